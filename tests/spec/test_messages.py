"""The sentences themselves, word for word."""

from __future__ import annotations

import pytest

from tests.spec.marked import problems

INPUT = "input: {timesteps: 5, features: 3, batch_size: 2}\n"


def of(layers):
    return f"{INPUT}layers: [{layers}]\n"


DECODED = (
    "input: {{features: 3, timesteps: 5, axes: {{target: {target}}}}}\n"
    "layers: [gru: 4, decoder: {{cell: gru, hidden_size: 4, steps: 3, features: 3, reads: {reads}}}, "
    "linear: 3]\n"
)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (of("lstm: {hidden_size: 16, hiden: 1}"), "'hiden' is not an option of lstm"),
        (of("lstm: {hidden_size: 0}"), "'hidden_size' is 0, but must be at least 1"),
        (of("lstm: 1000000000"), "'hidden_size' is 1000000000, but must be at most 1000000"),
        (of(f"lstm: {'9' * 50}"), "'hidden_size' is 999999999999…, but must be at most 1000000"),
        (of("lstm: {hidden_size: 8, bias: no}"), "'bias' must be true or false, not the text 'no'"),
        (of("lstm: [8, 9]"), "'hidden_size' must be a whole number, not a list"),
        (
            of("rnn: {hidden_size: 8, nonlinearity: x}"),
            "'nonlinearity' must be 'tanh' or 'relu', not the text 'x'",
        ),
        (
            of(f"rnn: {{hidden_size: 8, nonlinearity: {'x' * 40}}}"),
            f"'nonlinearity' must be 'tanh' or 'relu', not the text '{'x' * 40}'",
        ),
        (
            of(f"rnn: {{hidden_size: 8, nonlinearity: {'x' * 41}}}"),
            f"'nonlinearity' must be 'tanh' or 'relu', not the text '{'x' * 39}…'",
        ),
        (
            of("lstm: {hidden_size: 8, proj_size: 8}"),
            "'proj_size' is 8, but must be less than hidden_size, 8",
        ),
        (of("lstm"), "lstm needs 'hidden_size'"),
        (
            of("lstm: {hidden_size: 8, input_size: 3}"),
            "'input_size' is not written: it follows from what runs before",
        ),
        (
            of("lstm: {hidden_size: 8, batch_first: true}"),
            "'batch_first' is not written: it is written once, in input",
        ),
        (of("lsmt"), "'lsmt' is not a layer"),
        (of("relu: 3"), "relu takes no value"),
        (of("permute: [1, 2, 3]"), "'dims' must hold each of 0 to 2 once"),
        (of("view: [-1, -1]"), "-1 can stand only once"),
        (of("view: []"), "'sizes' has 0 values, but must have at least 1"),
        (of("view: [1, 1, 1, 1, 1, 1, 1, 1, 1]"), "'sizes' has 9 values, but must have at most 8"),
        (of("relu, ~"), "an entry without a layer"),
        (of("relu, [a]"), "a layer is a name or a mapping, not a list"),
        (of("embedding: 8"), "embedding reads tokens, but the input gives a sequence of numbers"),
        (of("last_step, lstm: 8"), "lstm reads a sequence, but last_step gives rows without time"),
        (
            of("gru: 8, decoder: {cell: lstm, hidden_size: 8, steps: 3, features: 2}"),
            "an lstm decoder starts from h_n and c_n, but the gru before it has no c_n",
        ),
        (f"{INPUT}layers: {{relu: ~}}\n", "'layers' must be a list, not a mapping"),
        ("layers: [relu]\n", "a spec needs 'input'"),
        (
            "input: {timesteps: 5}\nlayers: [relu]\n",
            "input needs features, vocabulary, or channels with height and width",
        ),
        (
            "input: {features: 3, vocabulary: 5}\nlayers: [relu]\n",
            "'vocabulary' belongs to tokens, but 'features' makes the input a sequence",
        ),
        ("input: {features: 3, axes: {time: a}}\nlayers: [relu]\n", "the input has no time axis"),
        (
            "input: {features: 3, timesteps: 5, axes: {time: {labels: [a]}}}\nlayers: [relu]\n",
            "1 label for an axis of 5",
        ),
        (
            "input: {features: 3, timesteps: 5, axes: {target: words}}\nlayers: [gru: 4]\n",
            "'target' is what a decoder reads: there is none",
        ),
        (DECODED.format(target="{labels: [a, b]}", reads="target"), "2 labels for the 3 steps of a decoder"),
        (DECODED.format(target="{labels: [a, b, c]}", reads="own"), "no decoder reads a target"),
        (
            "input: {features: 3, timesteps: 5, batch_size: 2, lengths: [6, 1]}\nlayers: [relu]\n",
            "length 6 is longer than the 5 timesteps",
        ),
        ("input: {features: [a, [b]]}\nlayers: [relu]\n", "entry 2 of 'features' must be text, not a list"),
        ("input: {features: }\nlayers: [relu]\n", "'features' has no value"),
        ("input: [a\n", "'[' is never closed"),
        ("input: {a: [\n", "a value is missing here"),
        ("input: {features: 3]\n", "']' cannot close a '{'"),
        (
            "input: !!python/name:os.system\n",
            "the tag '!!python/name:os.system' is not allowed: a spec is data only",
        ),
        ("input: {features: 3}\nlayers: [relu]\ntitle: a\ntitle: b\n", "'title' is written twice"),
        ("", "the spec is empty"),
    ],
)
def test_message(text, message):
    assert message in [p.message for p in problems(text)]
