"""Words of other libraries and papers: each has its answer, and none leads to a wrong neighbour."""

import pytest
from click.testing import CliRunner

from lstmviz.cli import cli
from lstmviz.errors import SpecError
from lstmviz.figure_requests import schema
from lstmviz.figures import KINDS as KIND_NAMES
from lstmviz.spec.foreign import ANSWERS, INPUT_WORDS, KINDS, MEANT, option_answer, synonyms
from lstmviz.spec.forms import write_out
from lstmviz.spec.layer_answers import answer
from lstmviz.spec.layer_types import LAYERS
from lstmviz.spec.ledger import Ledger
from lstmviz.spec.load import load_text
from lstmviz.spec.model import WrittenInput
from lstmviz.spec.source import parse
from lstmviz.spec.stack import layers
from lstmviz.suggestions import did_you_mean, guess

HEAD = "input: {batch_size: 4, timesteps: 6, features: 3}\nlayers:\n  - lstm: 5\n"


def ledger_of(example):
    """The section of layers with one line."""
    return Ledger(write_out(parse(f"layers:\n  {example}\n", "x.yaml")[0])[0])


def problem(line):
    with pytest.raises(SpecError) as raised:
        load_text(f"{HEAD}  - {line}\n")
    (found,) = raised.value.problems
    return found


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("simple_rnn", "did you mean 'rnn'?"),
        ("SimpleRNN", "did you mean 'rnn'?"),
        ("bidirectional", "bidirectional: true"),
        ("return_sequences", "output holds every step always"),
        ("time_distributed", "a linear works on every step"),
        ("RepeatVector", "did you mean 'repeat'?"),
        ("dense", "did you mean 'linear'?"),
        ("units", "it is hidden_size"),
        ("recurrent_dropout", "torch has none inside its cells"),
        ("stateful", "states: given"),
        ("cat", "did you mean 'concat'?"),
        ("residual", "'- add: NAME'"),
        ("attention", "'- self_attention: 2'"),
        ("MultiheadAttention", "did you mean 'self_attention'?"),
        ("maxpool", "over time '- max_pool1d: 2'"),
        ("embedding_dim", "did you mean 'embedding'?"),
        ("max_pool3d", "a spec cannot say it"),
        ("mean_pool", "did you mean 'pool_steps: mean'?"),
        ("encoder", "it is the recurrent layer before the decoder"),
        ("Bidirectional(LSTM(16))", "bidirectional: true"),
        ("TimeDistributed(Dense(10))", "a linear works on every step"),
        ("last_hidden", "did you mean 'last_state'?"),
        ("ctc", "it is a loss"),
        ("what_is_this", "lstmviz inspect model.py:Name"),
    ],
)
def test_each_word_has_its_answer(word, said):
    found = problem(word)
    assert (found.code, found.span.line) == ("unknown-layer", 4)
    assert said in found.hint


@pytest.mark.parametrize("word", sorted({*ANSWERS, *MEANT}))
def test_every_word_is_answered_as_it_is_in_the_table(word):
    said = ANSWERS.get(word) or did_you_mean(MEANT[word])
    for spelling in (word, word.title(), word.title().replace("_", "")):
        assert problem(spelling).hint == said


FAMILIES = {
    "a layer of the language": (
        "nn.Linear tf.keras.layers.Dense LazyLinear fc1 fc_2 dense_3 lstm_layer LSTM2 lstm_1 RNNModel Grus "
        "embeding lsmt gruu dropuot bach_norm2d relu1 lstm_block linaer"
    ),
    "a spec cannot say it": (
        "ConvLSTM1D Conv1DTranspose DepthwiseConv2D AdaptiveMaxPool1d MaxUnpool2d LPPool1d RReLU LogSigmoid "
        "GLU SwiGLU GEGLU CELU SpatialDropout2D RMSNorm maxx_poool3d InstanceNorm1d TransformerEncoderLayer "
        "crf_layer Zoneout peephole_lstm GlobalMaxPooling2D Jordan sum_pool Subtract"
    ),
    "no part of the model": "CrossEntropyLoss MSELoss NLLLoss my_loss Adam epochs lr dataloader",
    "input: {": "seq_len num_steps vocab_size batch_size features lengths pack_padded_sequence tbptt",
    "it is an option": "num_layers num_hiddens proj_size bidirectional kernel_size deep_lstm lstmp",
    "layer by layer": "ResNet18 vgg16 backbone lstm_autoencoder latent wavenet mlp_block FFN",
    "there is lstm": "quux zzz step9 ann2vec tweedle_1d",
}


@pytest.mark.parametrize(
    ("family", "word"), [(f, word) for f, words in FAMILIES.items() for word in words.split()]
)
def test_what_is_said_of_a_word_is_of_its_family(family, word):
    """Words as posted: with a module before them, a number behind, a letter wrong: never a neighbour."""
    hint = problem(word).hint
    layer = hint.removeprefix("did you mean '").partition("'")[0].partition(":")[0]
    assert layer in LAYERS if family == "a layer of the language" else family in hint
    for digits in ("1d", "2d"):
        if digits in word.lower() and layer[-2:] in {"1d", "2d"}:
            assert layer.endswith(digits)


FIELD_WORDS = [
    ("lstm: {units: 16}", "did you mean 'hidden_size'?"),
    ("lstm: {num_hiddens: 16}", "did you mean 'hidden_size'?"),
    ("lstm: {hidden_size: 16, input_dim: 3}", "it follows from what runs before"),
    ("lstm: {hidden_size: 16, activation: relu}", "rnn has nonlinearity"),
    ("gru: {hidden_size: 16, activation: relu}", "rnn has nonlinearity"),
    ("rnn: {hidden_size: 16, activation: relu}", "did you mean 'nonlinearity'?"),
    ("lstm: {hidden_size: 16, return_sequences: true}", "output holds every step always"),
    ("lstm: {hidden_size: 16, return_state: true}", "h_n and c_n are there always"),
    ("lstm: {hidden_size: 16, recurrent_dropout: 0.2}", "torch has none inside its cells"),
    ("lstm: {hidden_size: 16, kernel_initializer: he}", "weights: FILE"),
    ("lstm: {hidden_size: 16, use_bias: false}", "did you mean 'bias'?"),
    ("lstm: {hidden_size: 16, depth: 2}", "did you mean 'num_layers'?"),
    ("lstm: {hidden_size: 16, stateful: true}", "input: {stateful:"),
    ("lstm: {hidden_size: 16, unit_forget_bias: true}", "torch's biases start alike"),
    ("lstm: {hidden_size: 16, peepholes: true}", "lstmviz inspect"),
    ("linear: {units: 5}", "did you mean 'out_features'?"),
    ("linear: {output_dim: 5}", "did you mean 'out_features'?"),
    ("linear: {out_features: 5, activation: relu}", "a layer of its own after this one"),
    ("conv1d: {filters: 8, kernel_size: 3}", "did you mean 'out_channels'?"),
    ("conv1d: {out_channels: 8, kernel_size: 3, strides: 2}", "did you mean 'stride'?"),
    ("conv1d: {out_channels: 8, kernel_size: 3, dilation_rate: 2}", "did you mean 'dilation'?"),
    ("conv1d: {out_channels: 8, kernel_size: 3, padding: same}", "(kernel_size − 1) / 2"),
    ("conv1d: {out_channels: 8, kernel_size: 3, padding: causal}", "torch pads both ends alike"),
    ("conv1d: [8, 3]", "as in: '- conv1d: {out_channels: 32, kernel_size: 3}'"),
    ("max_pool1d: {pool_size: 2}", "did you mean 'kernel_size'?"),
    ("max_pool2d: {pool_size: 2}", "did you mean 'kernel_size'?"),
    ("conv2d: {out_channels: 8, kernel_size: 3x3}", "write a list: [3, 3]"),
    ("dropout: {rate: 0.5}", "did you mean 'p'?"),
    ("dropout: {keep_prob: 0.5}", "1 − keep_prob"),
    ("dropout: 50%", "a probability"),
    ("embedding: {input_dim: 100, embedding_dim: 8}", "it is the input's vocabulary"),
    ("embedding: {output_dim: 8}", "did you mean 'embedding_dim'?"),
    ("embedding: {embedding_dim: 8, mask_zero: true}", "lengths: [5, 3, 4]"),
    ("repeat: {n: 5}", "did you mean 'times'?"),
    ("self_attention: {heads: 3}", "did you mean 'num_heads'?"),
    ("self_attention: {num_heads: 3, key_dim: 4}", "the heads share the features"),
    ("softmax: {axis: -1}", "did you mean 'dim'?"),
    ("layer_norm: 64", "'- layer_norm'"),
    ("leaky_relu: {alpha: 0.2}", "did you mean 'negative_slope'?"),
    ("view: {shape: [N, -1]}", "did you mean 'sizes'?"),
    ("permute: [T, N, F]", "by number"),
    ("pool_steps: average", "did you mean 'mean'?"),
    ("concat: [lstm, input]", "'- concat: lstm'"),
    ("add: [input, lstm]", "'- add: input'"),
    ("lstm: hidden_size=16", "did you mean {hidden_size: 16}?"),
    ("decoder: {units: 5, cell: lstm, steps: 4}", "did you mean 'hidden_size'?"),
    ("decoder: {cell: lstm, hidden_size: 5, seq_len: 4}", "did you mean 'steps'?"),
    ("decoder: {type: lstm, hidden_size: 5, steps: 4}", "did you mean 'cell'?"),
    ("decoder: {cell: lstm, hidden_size: 5, steps: 4, reads: self}", "did you mean 'own'?"),
    ("decoder: {cell: lstm, hidden_size: 5, steps: 4, attention: bahdanau}", "did you mean 'additive'?"),
    ("decoder: {cell: lstm, hidden_size: 5, steps: 4, attention: true}", "dot, general or additive"),
    ("decoder: {cell: lstm, hidden_size: 5, steps: 4, teacher_forcing: true}", "reads: shifted"),
    ("LSTM(16, return_sequences=True)", "did you mean 'lstm: 16'?"),
    ("nn.LSTM(3, 16, bidirectional=True)", "'lstm: {hidden_size: 16, bidirectional: true}'"),
    ("Dense(10, activation='softmax')", "did you mean 'linear: 10'?"),
]


@pytest.mark.parametrize(("line", "said"), FIELD_WORDS)
def test_arguments_of_others_are_answered_with_the_word_of_torch(line, said):
    """At the place of the word, or of its value; nothing else that the word explains is complained of."""
    with pytest.raises(SpecError) as raised:
        load_text(f"{HEAD}  - {line}\n")
    hints = {p.hint: p.span for p in raised.value.problems if p.code != "misplaced-layer"}
    (found,) = {hint: span for hint, span in hints.items() if said in hint}.items()
    assert len({p.code for p in raised.value.problems} - {"misplaced-layer"}) == 1 or "[8, 3]" in line
    assert (found[1].line, len(found[0]) < 110) == (4, True)
    assert found[1].column > 4


@pytest.mark.parametrize("name", LAYERS)
def test_a_word_of_others_stands_for_an_option_that_the_layer_has(name):
    fields = LAYERS[name].arguments()
    for word, field in synonyms(fields).items():
        assert (field in fields, word in fields) == (True, False) or word in fields
    assert option_answer(name, "kernel_initializer")


@pytest.mark.parametrize(
    ("section", "hint"),
    [
        ("{batch: 4, time: 6, features: 3}", "did you mean 'timesteps'?"),
        ("{N: 4, timesteps: 6, features: 3}", "did you mean 'batch_size'?"),
        ("{timesteps: 6, input_dim: 3}", "did you mean 'features'?"),
        ("{timesteps: 6, vocab_size: 3}", "did you mean 'vocabulary'?"),
        ("{timesteps: 6, features: 3, input_shape: [6, 3]}", "every size has its name"),
        ("{timesteps: 6, features: 3, horizon: 2}", "kind: cube, windows"),
        ("{batch_size: None, timesteps: 6, features: 3}", "leave it out for unbatched input"),
        ("{batch_size: 4, timesteps: 6, features: 3, stateful: true}", "stateful: {parallel: 4, chunk: 5}"),
    ],
)
def test_the_input_in_words_of_others(section, hint):
    with pytest.raises(SpecError) as raised:
        load_text(f"input: {section}\nlayers: [lstm: 5]\n")
    assert any(hint in (found.hint or "") and found.span.line == 1 for found in raised.value.problems)


def test_other_words_for_kinds_sections_and_sizes():
    assert {*KINDS.values()} == {*KIND_NAMES}
    assert not {*KINDS} & {*KIND_NAMES}
    assert {*INPUT_WORDS.values()} <= {*WrittenInput.model_fields}
    text = HEAD + "figures: [architecture]\nmodel: 3\n"
    with pytest.raises(SpecError) as raised:
        load_text(text, figures=schema())
    assert [p.hint for p in raised.value.problems] == ["did you mean 'pipeline'?", "did you mean 'layers'?"]


def test_every_answer_is_one_line_about_layers_that_there_are():
    for hint in ANSWERS.values():
        assert len(hint) < 110
    for meant in MEANT.values():
        assert meant.partition(":")[0] in LAYERS
    assert not {*ANSWERS, *MEANT} & {*LAYERS}


@pytest.mark.parametrize("name", LAYERS)
def test_a_guess_stays_in_its_family(name):
    """A letter wrong is answered with the layer meant; another digit or end never with a neighbour."""
    assert answer(f"{name}z") == did_you_mean(name)
    for here, there in (("1d", "3d"), ("2d", "3d"), ("last", "next"), ("first", "next")):
        if here in name:
            assert guess(name.replace(here, there), LAYERS) is None


@pytest.mark.parametrize("kind", KIND_NAMES)
def test_every_kind_has_an_example_that_can_be_written(kind):
    page = CliRunner().invoke(cli, ["kinds", kind]).output.splitlines()
    (example,) = (line.strip() for line in page if "figures: [" in line)
    spec = load_text(f"{HEAD}{example}\n", figures=schema())
    assert [request.kind for request in spec.figures] == [kind]
    assert spec.figures[0].options


def test_layers_and_kinds_say_what_may_be_written():
    listed = CliRunner().invoke(cli, ["layers"]).output.splitlines()
    assert [line.split()[0] for line in listed] == [*LAYERS]
    for line in listed:  # each example is a layer
        layer = layers(ledger_of(line[line.index("  - ") + 2 :]))
        assert layer[0].options is not None, line
    page = CliRunner().invoke(cli, ["layers", "conv1d"]).output
    assert "  kernel_size   needed " in page
    page = CliRunner().invoke(cli, ["kinds", "cube"]).output
    assert "figures: [{kind: cube, view: slices}]" in page
    assert "language  en" in page
    wrong = CliRunner().invoke(cli, ["kinds", "rolld"])
    assert (type(wrong.exception).__name__, wrong.exit_code) != ("NoneType", 0)
