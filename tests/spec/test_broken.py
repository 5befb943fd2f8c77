"""One mistake each, and what is said about it: code, place and hint."""

from __future__ import annotations

import pytest

from tests.spec.marked import check

INPUT = "input: {batch_size: 6, timesteps: 5, features: 3}\n"
LAYER = "layers: [lstm: 16]\n"


def layers(text):
    return f"{INPUT}layers:\n{text}\n"


def lstm(options):
    return layers(f"  - lstm: {{{options}}}")


def given(options):
    return f"input: {{{options}}}\n{LAYER}"


TOP = [
    (f"{INPUT}{LAYER}«titel»: x\n", "unknown-key", "did you mean 'title'?"),
    (f"{INPUT}«layer»: [lstm: 16]\n", "unknown-key", "did you mean 'layers'?"),
    (f"{INPUT}{LAYER}«timesteps»: 4\n", "unknown-key", "indent it below 'input:'"),
    (f"{INPUT}{LAYER}«seq_len»: 4\n", "unknown-key", "indent it below 'input:'"),
    (f"{INPUT}{LAYER}«zzzzzz»: 4\n", "unknown-key", "there is title, input, layers, weights, figures, style"),
    (f"{INPUT}{LAYER}«layers»: [gru: 16]\n", "duplicate-key", "first written in line 2"),
    (f"{INPUT}{LAYER}title: «[a]»\n", "bad-type", "write one value"),
    (f"{INPUT}{LAYER}«title»:\n", "bad-value", None),
    (f"«{INPUT.rstrip()}»\n", "missing-key", "as in: layers: [lstm: 16, linear: 1]"),
    ("«layers: [lstm: 16]»\n", "missing-key", "as in: input: {batch_size: 6"),
    (f"input: «5»\n{LAYER}", "bad-type", "as in: input: {batch_size: 6"),
    (f"input: «[1, 2]»\n{LAYER}", "bad-type", "as in: input:"),
    (f"{INPUT}layers: «{{lstm: 16, linear: 1}}»\n", "bad-type", "begin each layer with '- '"),
    (f"{INPUT}layers: «lstm»\n", "bad-type", "write a list: [lstm]"),
    (f"{INPUT}layers: «[]»\n", "bad-value", None),
    ("«- input»\n- layers\n", "bad-type", None),
    ("«just text»\n", "bad-type", None),
]

NUMBERS = [
    (lstm("«hiden_size»: 16"), "unknown-key", "did you mean 'hidden_size'?"),
    (lstm("«hidden_size:16»"), "unknown-key", "write a space after the colon: hidden_size: 16"),
    (lstm("hidden_size: «010»"), "bad-type", "did you mean 10?"),
    (lstm("hidden_size: «0x10»"), "bad-type", "did you mean 16?"),
    (lstm("hidden_size: «0o20»"), "bad-type", "did you mean 16?"),
    (lstm("hidden_size: «0b101»"), "bad-type", "did you mean 5?"),
    (lstm("hidden_size: «+016»"), "bad-type", "did you mean 16?"),
    (lstm("hidden_size: «-0x10»"), "bad-type", "did you mean -16?"),
    (layers("  - lstm: «1,000»"), "bad-type", "did you mean 1000?"),
    (lstm("hidden_size: «1_000»"), "bad-type", "did you mean 1000?"),
    (lstm('hidden_size: «"16"»'), "bad-type", "drop the quotes: 16"),
    (lstm("hidden_size: «'1e3'»"), "bad-type", "drop the quotes: 1000"),
    (lstm("hidden_size: «1e3»"), "bad-type", "did you mean 1000?"),
    (lstm("hidden_size: «16.0»"), "bad-type", "did you mean 16?"),
    (lstm("hidden_size: «16.5»"), "bad-type", None),
    (lstm("hidden_size: «12:30»"), "bad-type", None),
    (lstm("hidden_size: «sixteen»"), "bad-type", None),
    (lstm("hidden_size: «true»"), "bad-type", "a boolean is not a number"),
    (lstm("hidden_size: «yes»"), "bad-type", None),
    (lstm("hidden_size: «[16]»"), "bad-type", "write one value, without [ ]"),
    (lstm("hidden_size: «{a: 1}»"), "bad-type", None),
    (lstm("hidden_size: «~»"), "bad-type", None),
    (lstm("hidden_size«:»"), "syntax", "write a space after the colon"),
    (layers("  - lstm:\n      «hidden_size»:"), "bad-value", None),
    (lstm("hidden_size: «0»"), "out-of-range", None),
    (lstm("hidden_size: «-3»"), "out-of-range", None),
    (lstm("hidden_size: «1000000000»"), "out-of-range", None),
    (lstm(f"hidden_size: «{'9' * 3000}»"), "out-of-range", None),
    (lstm("hidden_size: 16, num_layers: «1001»"), "out-of-range", None),
    (lstm("hidden_size: 16, dropout: «1.5»"), "out-of-range", None),
    (lstm("hidden_size: 16, dropout: «.nan»"), "bad-type", None),
    (lstm("hidden_size: 16, dropout: «.inf»"), "bad-type", None),
    (lstm("hidden_size: 16, dropout: «'0.5'»"), "bad-type", "drop the quotes: 0.5"),
    (lstm("hidden_size: 16, dropout: 0,«5»"), "unknown-key", "with a point"),
    (layers("  - dropout: «0,5»"), "bad-type", "did you mean 0.5?"),
    (lstm("hidden_size: 16, bidirectional: «yes»"), "bad-type", "did you mean true?"),
    (lstm("hidden_size: 16, bidirectional: «Off»"), "bad-type", "did you mean false?"),
    (lstm("hidden_size: 16, bidirectional: «1»"), "bad-type", "did you mean true?"),
    (lstm("hidden_size: 16, bidirectional: «'true'»"), "bad-type", "drop the quotes: true"),
    (lstm("hidden_size: 16, bidirectional: «tRUE»"), "bad-type", "did you mean true?"),
    (lstm("hidden_size: 16, «hidden_size»: 32"), "duplicate-key", "first written in line 3"),
    (lstm("hidden_size: 16, proj_size: «16»"), "out-of-range", None),
    (lstm("hidden_size: 16, «nonlinearity»: relu"), "unknown-key", "only rnn has it"),
    (lstm("hidden_size: 16, «input_size»: 3"), "unknown-key", "leave it out"),
    (lstm("hidden_size: 16, «batch_first»: true"), "unknown-key", "leave it out"),
    (lstm("«units»: 16"), "unknown-key", "did you mean 'hidden_size'?"),
    (lstm("hidden_size: 16, «frobnicate»: 1"), "unknown-key", "there is hidden_size, num_layers, bias"),
]

STACK = [
    (layers("  - «LSTM»: 16"), "unknown-layer", "did you mean 'lstm'?"),
    (layers("  - «MaxPool2d»: 16"), "unknown-layer", "did you mean 'max_pool2d'?"),
    (layers("  - «dense»: 16"), "unknown-layer", "did you mean 'linear'?"),
    (layers("  - «bilstm»: 16"), "unknown-layer", "bidirectional: true"),
    (layers("  - «qqqqq»"), "unknown-layer", "there is lstm, gru, rnn"),
    (layers("  - {«type»: lstm, hidden_size: 16}"), "unknown-layer", "'- lstm: {hidden_size: 16}'"),
    (layers("  - «lstm»"), "missing-key", "as in: '- lstm: 16'"),
    (layers("  - «lstm»:"), "missing-key", "as in: '- lstm: 16'"),
    (layers("  - «lstm»: {}"), "missing-key", "as in: '- lstm: 16'"),
    (layers("  - «conv1d»: 8"), "missing-key", "as in: '- conv1d: {out_channels: 32, kernel_size: 3}'"),
    (layers("  - relu: «3»"), "bad-type", "write '- relu'"),
    (layers("  - relu: {«inplace»: true}"), "unknown-key", "no figure changes by it"),
    (layers("  - lstm:\n    «hidden_size»: 16"), "unknown-key", "indent it below 'lstm:'"),
    (layers("  - lstm: 16\n    «linear»: 1"), "unknown-key", "begin each layer with '- '"),
    (layers("  - lstm: 16\n    «colour»: red"), "unknown-key", "only 'name'"),
    (layers("  - lstm: 16\n  - «3»"), "unknown-layer", "there is lstm"),
    (layers("  - lstm: 16\n  - «[relu]»"), "bad-type", None),
    (layers("  - lstm: 16\n  - «{}»"), "missing-key", None),
    (layers("  - lstm: 16\n    name: «a b»"), "bad-value", "no spaces"),
    (layers("  - lstm: {hidden_size: 16, name: «a/b»}"), "bad-value", "slashes"),
    (layers("  - lstm: {hidden_size: 16, name: «[a]»}"), "bad-type", None),
    (layers("  - lstm: {hidden_size: 16, «name»: a}\n    name: b"), "duplicate-key", "keep one"),
    (
        layers("  - lstm: {hidden_size: 16, name: a}\n  - gru: {hidden_size: 16, name: «a»}"),
        "duplicate-name",
        "line 3",
    ),
    (layers("  - rnn: {hidden_size: 16, nonlinearity: «rellu»}"), "bad-value", "did you mean 'relu'?"),
    (layers("  - gru: {hidden_size: 16, «proj_size»: 4}"), "unknown-key", "only lstm has it"),
    (layers("  - linear: {out_features: 1, «in_features»: 16}"), "unknown-key", "leave it out"),
    (layers("  - softmax: «9»"), "out-of-range", None),
    (layers("  - view: [«n», -1]"), "bad-value", "did you mean 'N'?"),
    (layers("  - view: [-1, «-1»]"), "bad-value", None),
    (layers("  - view: [«0», 3]"), "bad-value", None),
    (layers("  - view: [«-2», 3]"), "out-of-range", None),
    (layers("  - view: «3»"), "bad-type", "write a list: [3]"),
    (layers("  - view: «[]»"), "bad-value", None),
    (layers("  - permute: «[0, 0, 1]»"), "bad-value", None),
    (layers("  - reshape: {«size»: [3]}"), "unknown-key", "did you mean 'sizes'?"),
    (layers("  - «embedding»: 8"), "misplaced-layer", "'vocabulary' instead of 'features'"),
    (layers("  - last_step\n  - «lstm»: 16"), "misplaced-layer", "leave it out"),
    (layers("  - «conv2d»: {out_channels: 4, kernel_size: 3}"), "misplaced-layer", "'channels'"),
    (
        layers("  - «decoder»: {cell: gru, hidden_size: 16, steps: 4, features: 8}"),
        "misplaced-layer",
        "put an lstm",
    ),
    (
        layers("  - gru: 16\n  - «decoder»: {cell: lstm, hidden_size: 16, steps: 4, features: 8}"),
        "misplaced-layer",
        "cell: gru",
    ),
    (
        layers("  - lstm: 16\n  - decoder: {cell: «lstn», hidden_size: 16, steps: 4, features: 8}"),
        "bad-value",
        "'lstm'",
    ),
]

IMAGE = "input: {channels: 3, height: 8, width: 8}\n"
TOKENS = "input: {vocabulary: 9, batch_size: 2, timesteps: 4}\n"
DATA = [
    (given("«feature»: 3, timesteps: 5"), "unknown-key", "did you mean 'features'?"),
    (given("features: 3, «sequence_length»: 5"), "unknown-key", "did you mean 'timesteps'?"),
    (given("features: 3, timesteps: 5, «seq_len»: 5"), "duplicate-key", "keep one"),
    (given("features: 3, seq_len: «0»"), "out-of-range", None),
    (given("features: 3, timesteps: «100001»"), "out-of-range", None),
    (given("features: 3, timesteps: 5, batch_size: «1000000000»"), "out-of-range", None),
    (given("features: «[]», timesteps: 5"), "bad-value", None),
    (given("features: «yes», timesteps: 5"), "bad-type", None),
    (given("features: «1.5», timesteps: 5"), "bad-type", None),
    (given("features: [a, «[b]»], timesteps: 5"), "bad-type", "without [ ]"),
    (given("features: 3, timesteps: 5, batch_first: «on»"), "bad-type", "did you mean true?"),
    (given("features: 3, timesteps: 5, states: «givn»"), "bad-value", "did you mean 'given'?"),
    (given("features: 3, timesteps: 5, axes: {«feature»: a}"), "unknown-key", "did you mean 'features'?"),
    (
        given("features: 3, timesteps: 5, axes: {time: {«label»: [a]}}"),
        "unknown-key",
        "did you mean 'labels'?",
    ),
    (given("features: 3, timesteps: 5, axes: {time: {labels: «[a, b]»}}"), "bad-value", None),
    (given("features: 3, timesteps: 5, axes: {features: {labels: «[a, b]»}}"), "bad-value", None),
    (given("features: [a, b], timesteps: 5, axes: {features: {labels: «[a, c]»}}"), "bad-value", "keep one"),
    (given("features: 3, timesteps: 5, axes: {time: {labels: «abc»}}"), "bad-type", "write a list: [abc]"),
    (given("features: 3, timesteps: 5, axes: {«batch»: cities}"), "bad-value", "batch_size"),
    (given("features: 3, timesteps: 5, axes: «cities»"), "bad-type", None),
    (given("features: 3, timesteps: 5, batch_size: 2, lengths: [5, «6»]"), "out-of-range", None),
    (given("features: 3, timesteps: 5, batch_size: 2, lengths: [«0», 5]"), "out-of-range", None),
    (given("features: 3, timesteps: 5, batch_size: 2, lengths: «[5]»"), "bad-value", None),
    (given("features: 3, timesteps: 5, «lengths»: [5]"), "missing-key", None),
    (given("features: 3, timesteps: 5, «vocabulary»: 5"), "mixed-input", "one of sequence, tokens and image"),
    ("«input»: {timesteps: 5}\n" + LAYER, "missing-key", "as in: input: {batch_size: 6"),
    ("input: {features: 3}\nlayers: [«lstm»: 16]\n", "misplaced-layer", "give input its 'timesteps'"),
    ("input: {features: 3}\nlayers: [«last_step»]\n", "misplaced-layer", "give input its 'timesteps'"),
    ("«input»: {channels: 3, height: 8}\nlayers: [flatten]\n", "missing-key", None),
    (
        "input: {channels: 3, height: 8, width: 8, «lengths»: [5]}\nlayers: [flatten]\n",
        "mixed-input",
        "give input its 'timesteps': a sequence of images",
    ),
    ("input: {channels: 3, height: 8, width: 8, axes: {«time»: a}}\nlayers: [flatten]\n", "bad-value", None),
    (IMAGE + "layers: [«lstm»: 16]\n", "misplaced-layer", "view or reshape"),
    (IMAGE + "layers: [conv2d: {out_channels: 4, kernel_size: [3, «x»]}]\n", "bad-type", None),
    (IMAGE + "layers: [conv2d: {out_channels: 4, kernel_size: «[3]»}]\n", "bad-value", None),
    (IMAGE + "layers: [conv2d: {out_channels: 4, kernel_size: «[3, 3, 3]»}]\n", "bad-value", None),
    (
        "input: {channels: 3, height: 8, width: 8, batch_size: 2}\nlayers: [flatten, «lstm»: 16]\n",
        "misplaced-layer",
        "leave it out",
    ),
    (
        layers(
            "  - lstm: 16\n  - decoder: {cell: gru, hidden_size: 16, steps: 4, features: 8}\n"
            "  - «decoder»: {cell: lstm, hidden_size: 16, steps: 4, features: 8}"
        ),
        "misplaced-layer",
        "cell: gru",
    ),
    (
        "input: {sentences: [[a, b], [c]], lengths: «[2, 2]»}\nlayers: [embedding: 8]\n",
        "bad-value",
        "leave it out",
    ),
    (TOKENS + "layers: [«lstm»: 16]\n", "misplaced-layer", "'- embedding: 16'"),
    (TOKENS + "layers: [embedding: {embedding_dim: 8, padding_idx: «9»}]\n", "out-of-range", "0 to 8"),
    ("input: {sentences: [[a, b], «[]»]}\nlayers: [embedding: 8]\n", "bad-value", None),
    ("input: {sentences: [«a b», [c]]}\nlayers: [embedding: 8]\n", "bad-type", "write a list"),
    ("input: {sentences: [[a, b]], batch_size: «2»}\nlayers: [embedding: 8]\n", "bad-value", "leave it out"),
    ("input: {sentences: [[a, b]], timesteps: «1»}\nlayers: [embedding: 8]\n", "bad-value", "leave it out"),
    ("input: {sentences: [[a, b]], vocabulary: «1»}\nlayers: [embedding: 8]\n", "bad-value", "at least 2"),
    ("input: {features: 3, timesteps: 5, states: «given»}\nlayers: [linear: 3]\n", "bad-value", None),
]


@pytest.mark.parametrize(("text", "code", "hint"), TOP + NUMBERS + STACK + DATA)
def test_one_mistake(text, code, hint):
    check(text, code, hint)
