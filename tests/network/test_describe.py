"""A user's own module: what is seen of it, and that it stays as it was."""

import copy
import re
import sys
import threading
from pathlib import Path

import pytest
import torch
from torch import nn

import lstmviz
from lstmviz import pipeline
from lstmviz.figure_requests import plan_kind
from lstmviz.figures.shared.other_layers import notes_of
from lstmviz.network.record import from_record, to_record
from lstmviz.network.user.describe import describe

sys.path.insert(0, str(Path(__file__).parent))
import zoo

CASES = pytest.mark.parametrize("case", zoo.CASES, ids=lambda case: case.make.__name__)
STEPPED = ("rolled", "unrolled", "unfold", "grid", "cell", "tensors")


@CASES
def test_layers_flow_and_notes(case):
    trace = case.trace
    seen = {
        r.name: (r.type, r.timesteps, r.tensor("output").sizes, r.tensor("h_n").sizes)
        for r in trace.recurrent
    }
    assert seen == case.layers
    reads = {stage.name: stage.sources for stage in trace.stages}
    assert {name: reads.get(name) for name in case.flow} == case.flow
    said = " | ".join(trace.notes)
    assert all(words in said for words in case.notes), said


EMBEDDED = {"Tagger", "Crf", "TiedLanguageModel"}
"""Whose layers read embedded tokens."""


@CASES
def test_letters_are_the_fields(case):
    first = True
    for layer in case.trace.recurrent:
        assert layer.tensor("h_n").symbols[-1][0] in {"H", "P"}
        assert layer.time in layer.tensor("input").symbols
        usual = "E" if case.make.__name__ in EMBEDDED else "F"
        read = layer.tensor("input").symbols[-1]
        assert read == usual if first else read.isdigit() or read[-2:].strip("2₁₂′") in {"H", "F", "E"}
        first = False


@CASES
def test_a_record_gives_the_same_trace(case):
    trace = case.trace
    assert from_record(to_record(trace)) == trace


@CASES
def test_every_kind_draws_it_or_says_why_not(case):
    for kind in STEPPED:
        if case.layers:
            figure = pipeline.compose(case.subject, plan_kind(kind, {}))
            for note in notes_of(case.trace, figure.scene):
                assert note in figure.alt.replace(note[:1].upper() + note[1:], note)
        elif not case.trace.loops:
            with pytest.raises(lstmviz.FigureError, match="no recurrent layer"):
                pipeline.compose(case.subject, plan_kind(kind, {}))


class Noisy(nn.Module):
    def __init__(self, fails):
        super().__init__()
        self.lstm, self.norm, self.fails = nn.LSTM(3, 8), nn.BatchNorm1d(8), fails
        self.register_buffer("calls", torch.zeros(1))

    def forward(self, x):
        self.calls += 1
        x += 1
        out = self.lstm(x)[0] + torch.randn(1)
        if self.fails:
            raise KeyError("broken")
        return self.norm(out.transpose(1, 2))


@pytest.mark.parametrize("fails", [False, True])
def test_the_module_stays_as_it_was(fails):
    module, x = Noisy(fails).train(), torch.randn(5, 4, 3)
    module.lstm.weight_ih_l0.grad = torch.ones_like(module.lstm.weight_ih_l0)
    before, given = copy.deepcopy(module.state_dict()), x.clone()
    random, threads = torch.get_rng_state(), torch.get_num_threads()
    if fails:
        with pytest.raises(
            lstmviz.ModelError, match=r"Noisy stopped after .*lstm → .*KeyError: 'broken'"
        ) as caught:
            lstmviz.shapes(module, inputs=(x,))
        assert isinstance(caught.value.__cause__, KeyError)
    else:
        lstmviz.shapes(module, inputs=(x,))
    assert all(torch.equal(value, before[name]) for name, value in module.state_dict().items())
    assert module.training
    assert module.norm.training
    assert not any(m._forward_hooks or m._forward_pre_hooks for m in module.modules())
    assert torch.equal(module.lstm.weight_ih_l0.grad, torch.ones_like(module.lstm.weight_ih_l0))
    assert torch.equal(x, given)
    assert torch.equal(torch.get_rng_state(), random)
    assert torch.get_num_threads() == threads
    assert torch.is_grad_enabled()


def test_tied_parameters_count_once():
    trace = describe(zoo.TiedLanguageModel(), (zoo.tokens(5, 4),))
    named = {stage.name: [p.name for p in stage.parameters] for stage in trace.stages}
    assert named["embed"] == ["weight"]
    assert named["decode"] == ["bias"]


def test_another_layer_by_its_name():
    inputs = (zoo.data(4, 5, 3), zoo.data(4, 6, 2))
    figure = lstmviz.draw(zoo.Seq2Seq(), "tensors", inputs=inputs, of="decoder")
    assert "nn.LSTM(2, 8" in figure.svg
    with pytest.raises(lstmviz.FigureError, match="there is: encoder, decoder"):
        lstmviz.draw(zoo.Seq2Seq(), "tensors", inputs=inputs, of="other")


def test_the_line_of_the_users_code():
    stage = describe(zoo.LastStep(), (zoo.data(4, 5, 3),)).stages[0]
    assert stage.where.startswith("zoo.py:")


def test_a_head_on_a_state_is_no_head_on_the_output():
    """fc reads h_n: a grid leads its line from there, and none from `output`."""
    figure = lstmviz.draw(zoo.LastState(), "grid", inputs=(zoo.data(4, 5, 3),))
    ends = {(edge.source, edge.target) for edge in figure.scene.edges}
    assert {("h_n.l0.fwd", "fc"), ("fc", "result")} <= ends
    assert not any(source.startswith("output") for source, _ in ends)


def test_what_is_no_chain_is_a_pipeline_that_branches():
    figure = lstmviz.draw(zoo.Residual(), "pipeline", inputs=(zoo.data(4, 5, 8),))
    edges = {(edge.source, edge.target) for edge in figure.scene.edges}
    assert {("input", "stage.add"), ("tensor.layers.0", "stage.add")} <= edges


@pytest.mark.parametrize(("options", "words"), [({"theme": "nope"}, "theme"), ({"layers": 1}, "layers")])
def test_wrong_options(options, words):
    with pytest.raises(lstmviz.ChoiceError, match=words):
        lstmviz.draw(zoo.LastStep(), "grid", inputs=(zoo.data(4, 5, 3),), **options)


def reached(trace, name):
    """Every stage that a stage's results come from, by what the trace says."""
    reads = {stage.name: stage.sources for stage in trace.stages}
    found, open_ = set(), [name]
    while open_:
        for source in reads[open_.pop()]:
            before = re.sub(r"\.(output|h_n|c_n)(\.\w+)?$", "", source)
            before = before if before in reads else None
            if before is not None and before not in found:
                found.add(before)
                open_.append(before)
    return found


@CASES
def test_flow_by_derivatives(case):
    """What a module's output depends on, asked of autograd in a run of its own, is what the trace says."""
    module, given = case.make().eval(), {}
    trace = describe(module, case.inputs)
    calls = []

    def watch(name):
        def hook(_module, _args, result):
            calls.append(name)
            first = result
            while isinstance(first, tuple) and not hasattr(first, "batch_sizes"):
                first = first[0]
            tensors = [first.data if hasattr(first, "batch_sizes") else first]
            tensors += flat(result[1]) if isinstance(result, tuple) and len(result) == 2 else []
            given[name] = tensors

        return hook

    names = [s.name for s in trace.stages if s.name in dict(module.named_modules())]
    for name in names:
        module.get_submodule(name).register_forward_hook(watch(name))
    if case.make is zoo.NumpyTrip:
        pytest.skip("NumPy has no derivatives")
    module(*case.inputs)
    once = [name for name in names if calls.count(name) == 1]
    for later in once:
        depends = set()
        for before in once[: once.index(later)]:
            total = sum((t * torch.rand_like(t)).sum() for t in given[later])
            grads = torch.autograd.grad(total, given[before], allow_unused=True, retain_graph=True)
            if any(g is not None and bool(g.any()) for g in grads):
                depends.add(before)
        assert depends == reached(trace, later) & set(once), later


def flat(value):
    return [value] if isinstance(value, torch.Tensor) else [t for part in value for t in flat(part)]


def test_a_module_with_computed_weights_that_has_been_trained():
    module = zoo.WeightNormed()
    module(zoo.data(5, 4, 3)).sum().backward()
    module.kept = [module.fc.weight * 2]  # no leaf: torch alone does not copy it
    assert lstmviz.shapes(module, inputs=(zoo.data(5, 4, 3),)).tensors["h_n"] == (1, 4, 8)


def test_what_cannot_be_copied_is_said():
    module = zoo.LastStep()
    module.lock = threading.Lock()
    with pytest.raises(lstmviz.ModelError, match="LastStep cannot be copied"):
        lstmviz.draw(module, "grid", inputs=(zoo.data(4, 5, 3),))


def test_inputs_belong_to_a_module():
    with pytest.raises(lstmviz.ModelError, match=r"LastStep is a module: it takes inputs=\(x,\)"):
        lstmviz.draw(zoo.LastStep(), "grid")
    with pytest.raises(lstmviz.ModelError, match="this is a str"):
        lstmviz.shapes("specs/lstm.yaml", inputs=(zoo.data(4, 5, 3),))


@pytest.mark.parametrize("inputs", [zoo.data(4, 5, 3), {"x": zoo.data(4, 5, 3)}, [zoo.data(4, 5, 3)]])
def test_inputs_alone_by_name_or_in_a_list(inputs):
    assert lstmviz.shapes(zoo.LastStep(), inputs=inputs).tensors["h_n"] == (4, 4, 8)


def test_a_bare_layer_and_a_quantized_one():
    x = zoo.data(4, 5, 3)
    assert [s.name for s in describe(nn.LSTM(3, 8), (x,)).stages] == ["lstm"]
    quantized = torch.ao.quantization.quantize_dynamic(zoo.LastStep(), {nn.LSTM, nn.Linear})
    assert describe(quantized, (x,)).recurrent[0].tensor("h_n").sizes == (4, 4, 8)


def test_states_that_the_model_returns_are_used():
    batch = {"x": zoo.data(4, 5, 3)}
    assert describe(zoo.Dicts(), (batch,)).results == ("fc.output", "rnn.h_n")
    figure = lstmviz.draw(zoo.Dicts(), "pipeline", inputs=(batch,))
    assert not any("not used" in text.label.text for text in figure.scene.texts)
    figure = lstmviz.draw(zoo.RegLSTM(), "pipeline", inputs=(zoo.data(5, 4, 3),))
    assert any("not used" in text.label.text for text in figure.scene.texts)


class Reader(zoo.Seq2Seq):
    """Its decoder reads the encoder's output, and starts from its last states."""

    def __init__(self):
        super().__init__()
        self.decoder, self.side = nn.LSTM(zoo.H, zoo.H, batch_first=True), nn.Linear(zoo.H, 2)

    def forward(self, source):
        out, state = self.encoder(source)
        read, _ = self.decoder(out, state)
        return self.out(read) + self.side(read)


def test_a_decoder_that_reads_the_output_is_not_drawn_as_one_that_reads_states_alone():
    trace = describe(Reader(), (zoo.data(4, 5, 3),))
    assert trace.recurrent[1].states_from == ""
    assert trace.recurrent[1].states_given
    assert "decoder starts from the last states of encoder, and reads its output as well" in trace.notes


def test_a_chain_ends_where_its_output_is_read_twice():
    trace = describe(Reader(), (zoo.data(4, 5, 3),))
    assert trace.following("decoder") == ()
    assert not trace.chained
    figure = lstmviz.draw(Reader(), "grid", inputs=(zoo.data(4, 5, 3),), of="decoder")
    said = " ".join(text.label.text for text in figure.scene.texts)
    assert "not drawn: side reads decoder.output, and add reads out.output" in said


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm, self.gru = nn.LayerNorm(8), nn.GRU(8, 8, batch_first=True)

    def forward(self, x):
        return x + self.gru(self.norm(x))[0]


class Twins(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(Block(), Block())

    def forward(self, left, right):
        return {"left": self.body(left), "right": self.body(right)}


def test_the_users_own_modules_and_names_are_kept():
    seen = lstmviz.shapes(Twins(), inputs=(zoo.data(4, 5, 8), zoo.data(4, 6, 8))).trace
    inside = {stage.name: stage.inside for stage in seen.stages}
    assert inside["body.0.norm"] == ("body", "body.0")
    assert inside["body.1.gru-2"] == ("body-2", "body.1-2")
    assert inside["add-2"] == ("body", "body.1")
    assert dict(seen.modules)["body.1-2"] == "Block"
    assert [(t.name, t.sizes) for t in seen.inputs] == [("input", (4, 5, 8)), ("input.1", (4, 6, 8))]
    assert dict(seen.names) == {
        "input": "left", "input.1": "right", "add-2.output": "left", "add-4.output": "right",
    }  # fmt: skip
    assert from_record(to_record(seen)) == seen


class Ill(nn.Module):
    """Modules in a row, of which one does not take what it is given."""

    def __init__(self, *modules):
        super().__init__()
        self.linear = modules[-1]
        self.lstm = modules[0] if len(modules) > 1 else None

    def forward(self, x):
        return self.linear(self.lstm(x)[0] if self.lstm else x)


@pytest.mark.parametrize(
    ("modules", "sentence"),
    [
        (
            (nn.LSTM(3, 64, bidirectional=True), nn.Linear(64, 1)),
            "linear takes 64 features, but the bidirectional lstm before it gives 2 × 64 = 128",
        ),
        ((nn.GRU(3, 8), nn.Linear(9, 1)), "linear takes 9 features, but the gru before it gives 8"),
        ((nn.LSTM(5, 8),), "lstm 'linear' takes 5 features, but the input has 3"),
        ((nn.Conv1d(7, 8, 1),), "conv1d 'linear' takes 7 channels, but the input has 4"),
    ],
)
def test_sizes_that_do_not_fit_are_said_in_the_words_of_the_field(modules, sentence):
    with pytest.raises(lstmviz.ModelError) as caught:
        lstmviz.shapes(Ill(*modules), inputs=(torch.zeros(5, 4, 3),))
    assert f"Ill: {sentence} (" in str(caught.value)
    assert caught.value.hint
    assert isinstance(caught.value.__cause__, RuntimeError)


def test_a_model_that_branches_has_n_and_t_in_letters():
    shapes = {s.name: s.outputs[0].symbols for s in describe(zoo.Attention(), zoo.CASES[6].inputs).stages}
    assert shapes["transpose"] == ("N", "8", "T")
    assert shapes["matmul"] == ("N", "6", "T")
    assert describe(zoo.CnnLstm(), (zoo.data(4, 5, 3),)).input.symbols == ("N", "T", "3")


def test_a_decoder_that_reads_its_own_answers_takes_no_second_input():
    trace = describe(zoo.GreedyDecoder(), (zoo.data(4, 5, 3),))
    assert trace.recurrent[1].states_from == ""
    assert "decoder starts from the last states of encoder" in trace.notes
