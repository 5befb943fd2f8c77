"""Words of other libraries and papers: each has its answer, and none leads to a wrong neighbour."""

import pytest
from click.testing import CliRunner

from lstmviz.cli import cli
from lstmviz.errors import SpecError
from lstmviz.spec.foreign import ANSWERS, MEANT, OPTIONS
from lstmviz.spec.forms import write_out
from lstmviz.spec.layer_types import LAYERS
from lstmviz.spec.ledger import Ledger
from lstmviz.spec.load import load_text
from lstmviz.spec.source import parse
from lstmviz.spec.stack import answer, layers
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
        ("max_pool3d", "there is lstm"),
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


@pytest.mark.parametrize("word", OPTIONS)
def test_options_of_others(word):
    found = problem(f"lstm: {{hidden_size: 4, {word}: 1}}")
    assert found.hint == OPTIONS[word]


@pytest.mark.parametrize(
    ("written", "hint"),
    [
        ("reads: self", "did you mean 'own'?"),
        ("attention: bahdanau", "did you mean 'additive'?"),
        ("teacher_forcing: true", OPTIONS["teacher_forcing"]),
    ],
)
def test_what_papers_call_a_decoders_ways(written, hint):
    found = problem(f"decoder: {{cell: lstm, hidden_size: 5, steps: 4, features: 2, {written}}}")
    assert (found.hint, found.span.line) == (hint, 4)


def test_every_answer_is_one_line_about_layers_that_there_are():
    for hint in (*ANSWERS.values(), *OPTIONS.values()):
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
