"""Every kind of one model says the same of a tensor: its letters, its sizes, its name."""

import os
import sys
from collections import defaultdict
from itertools import combinations
from pathlib import Path

import pytest
import torch

import lstmviz
from lstmviz import pipeline
from lstmviz.figure_requests import able, plan_kind
from lstmviz.network.structure import full_name
from lstmviz.proof.page_text import labels_of
from tests.network import mutants, zoo

sys.path.insert(0, str(Path(__file__).parents[1] / "network"))
import own_cells
import own_models
import own_zoo

ALL = os.environ.get("LSTMVIZ_ALL") == "1"
SPECS = ("attention_decoder", "packed", "residual", "sensors", "several", "translation", "video")
"""Specs with several layers, steps, directions; `LSTMVIZ_ALL=1` takes all."""
NAMING = {"called", "name"}
MODULES = (
    "Attention",
    "Autoencoder",
    "Crf",
    "General",
    "Pooled",
    "StackWithNorm",
    "StepwiseAttention",
    "Tagger",
)


def modules():
    """Own modules with what they take, by name."""
    every = {cell.__name__: (cell, own_cells.GIVEN.get(cell, own_cells.steps)) for cell in own_cells.cells()}
    for file in (own_zoo, own_models):
        every |= {name: (getattr(file, name), given) for name, given in file.GIVEN.items()}
    every |= {case.make.__name__: (case.make, lambda case=case: case.inputs) for case in zoo.CASES}
    return {name: one for name, one in sorted(every.items()) if ALL or name in MODULES}


def scenes(subject):
    for kind in able(subject):
        try:
            yield pipeline.compose(subject, plan_kind(kind, {})).scene
        except lstmviz.FigureError:
            continue


def tensors(trace):
    """What each stage reads and gives, by its own name there: the full name of the tensor that it is."""
    sizes = {one.name: one.sizes for one in (*trace.inputs, trace.input)}
    sizes |= {full_name(stage, one): one.sizes for stage in trace.stages for one in stage.outputs}
    found, before = {}, "input"
    for stage in trace.stages:
        found |= {(stage.name, one.name): full_name(stage, one) for one in stage.outputs}
        for one, source in zip(stage.inputs, stage.sources or (before,), strict=False):
            if sizes.get(source) == one.sizes and one.name not in {"h_0", "c_0"}:
                found[stage.name, one.name] = source
        before = full_name(stage, stage.outputs[0])
    return found


def disagreements(subject):
    """Yield tensors of one shape in several spellings, or of other names, and letters of several numbers."""
    names = tensors(subject.trace)
    users = {read.name for loop in subject.trace.loops for read in loop.reads}  # what a loop's code calls it
    spelt, numbers, called = defaultdict(set), defaultdict(set), defaultdict(lambda: defaultdict(set))
    for scene in scenes(subject):
        for item in (*scene.texts, *scene.nodes):
            own = [one.text for one in (item.label.claims if item.label else ()) if one.kind in NAMING]
            if len(own) == 1 and item.tensor and own[0] not in users:
                called[item.tensor][scene.kind] |= {*own}
        for one in (claim for label in labels_of(scene) for claim in label.claims):
            facts = dict(one.facts)
            if one.kind == "shape" and facts["symbols"]:
                tensor = facts["of"], facts["tensor"]
                spelt[names.get(tensor, tensor), facts["sizes"]].add(facts["symbols"])
                for symbol, size in zip(facts["symbols"], facts["sizes"], strict=True):
                    numbers[symbol].add(size)
            elif one.kind in {"count", "axis"}:
                numbers[facts["symbol"]].add(facts.get("number", facts.get("size")))
    for tensor, kinds in called.items():  # a result has the user's name beside torch's
        yield from ((tensor, a, b) for a, b in combinations(kinds.values(), 2) if not a & b)
    yield from (item for item in spelt.items() if len(item[1]) > 1)
    yield from (item for item in numbers.items() if len(item[1]) > 1 and not item[0].isdigit())


@pytest.mark.parametrize("name", [file.stem for file in mutants.every_spec() if ALL or file.stem in SPECS])
def test_all_kinds_of_a_spec_agree(name):
    subject = pipeline.trace(lstmviz.load(mutants.SPECS / f"{name}.yaml"))
    assert list(disagreements(subject)) == []


@pytest.mark.parametrize("name", modules())
def test_all_kinds_of_a_module_agree(name):
    torch.manual_seed(0)
    make, given = modules()[name]
    assert list(disagreements(pipeline.described(make(), given()))) == []


def test_layers_of_unequal_sizes_have_letters_of_their_own():
    """In a module that no spec can say, in every kind alike."""

    class Two(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.lower = torch.nn.LSTM(3, 8, num_layers=2)
            self.upper = torch.nn.GRU(8, 5, bidirectional=True)

        def forward(self, x):
            low = self.lower(x)[0]
            return self.upper(low * torch.sigmoid(low))[0]

    subject = pipeline.described(Two(), torch.randn(6, 2, 3))
    assert list(disagreements(subject)) == []
    lower, upper = subject.trace.recurrent
    assert lower.tensor("h_n").symbols == ("L₁", "N", "H₁")
    assert upper.tensor("h_n").symbols == ("2L₂", "N", "H₂")
    assert upper.parameter("weight_hh_l0").symbols == ("3H₂", "H₂")


class TwoSeries(torch.nn.Module):
    """Two series, each with its own layer, its own number of steps and of features."""

    def __init__(self):
        super().__init__()
        self.first, self.second = torch.nn.LSTM(3, 4, batch_first=True), torch.nn.GRU(2, 5, batch_first=True)
        self.both = torch.nn.Bilinear(4, 5, 2)

    def forward(self, x, y):
        return self.both(self.first(x)[1][0][-1], self.second(y)[1][-1])


def test_a_second_input_has_no_letter_that_counts_otherwise_in_the_first():
    given = torch.randn(3, 5, 3), torch.randn(3, 4, 2)
    inputs = lstmviz.shapes(TwoSeries(), inputs=given).trace.inputs
    assert [tensor.symbols for tensor in inputs] == [("N", "T", "F"), ("N", "T₂", "2")]
    assert not lstmviz.draw(TwoSeries(), "pipeline", inputs=given).refuted


class Backwards(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.gru = torch.nn.GRU(3, 4, batch_first=True)

    def forward(self, x):
        return self.gru(x.flip(1))[0]


def test_what_is_turned_round_in_time_keeps_its_letters():
    trace = lstmviz.shapes(Backwards(), inputs=torch.randn(2, 5, 3)).trace
    assert trace.input.symbols == trace.stage("flip").outputs[0].symbols == ("N", "T", "F")


class TwoCells(torch.nn.Module):
    """Cells of torch's of other sizes, in one loop, found by key."""

    def __init__(self):
        super().__init__()
        self.cells = torch.nn.ModuleDict({"slow": torch.nn.LSTMCell(4, 3), "fast": torch.nn.LSTMCell(4, 5)})

    def forward(self, x):
        states = {key: (x.new_zeros(len(x), cell.hidden_size),) * 2 for key, cell in self.cells.items()}
        for t in range(x.shape[1]):
            for key, cell in self.cells.items():
                if key == "fast" or t % 2 == 0:
                    states[key] = cell(x[:, t], states[key])
        return torch.cat([states["slow"][0], states["fast"][0]], -1)


def test_states_of_cells_have_the_letters_of_their_layer():
    x = torch.randn(2, 6, 4)
    trace = lstmviz.shapes(TwoCells(), inputs=(x,)).trace
    for name, letter in (("cells.slow", "H₁"), ("cells.fast", "H₂")):
        assert {one.symbols[-1] for one in trace.stage(name).outputs} == {letter}
    assert all(one.answer == "proven" for one in lstmviz.check(TwoCells(), inputs=(x,)))
