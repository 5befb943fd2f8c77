"""How the pipeline finds a way of drawing that a page holds, without laying out what cannot fit."""

from __future__ import annotations

import random
from itertools import pairwise, permutations

import pytest
import torch
from torch import nn

import lstmviz
from lstmviz import pipeline
from lstmviz.figure_requests import plan_kind
from lstmviz.figures.pipeline import trials
from lstmviz.layout.channels import Wire, _cheapest, _cost
from lstmviz.proof.geometry import strayed

OPTIONS = plan_kind("pipeline", {}).options


class Attention(nn.Module):
    def __init__(self, size):
        super().__init__()
        self.q, self.k, self.v, self.out = (nn.Linear(size, size) for _ in range(4))

    def forward(self, x, memory):
        q, k, v = self.q(x), self.k(memory), self.v(memory)
        return self.out((q @ k.transpose(1, 2)).softmax(-1) @ v)


class Block(nn.Module):
    def __init__(self, size):
        super().__init__()
        self.own, self.across, self.norm = Attention(size), Attention(size), nn.LayerNorm(size)
        self.wider = nn.Linear(size, size + 4)

    def forward(self, x, memory):
        x = self.norm(x + self.own(x, x))
        return self.wider(x + self.across(x, memory))


class Growing(nn.Module):
    """Blocks of different widths, so that none repeats."""

    def __init__(self, blocks=4):
        super().__init__()
        self.blocks = nn.ModuleList(Block(8 + 4 * k) for k in range(blocks))
        self.memory = nn.ModuleList(nn.Linear(6, 8 + 4 * k) for k in range(blocks))

    def forward(self, x, memory):
        for block, own in zip(self.blocks, self.memory, strict=True):
            x = block(x, own(memory))
        return x


@pytest.fixture(scope="module")
def subject():
    return pipeline.described(Growing(), (torch.randn(2, 3, 8), torch.randn(2, 5, 6)))


def test_no_drawing_is_smaller_than_its_least_size(subject):
    made = trials.Trials(subject.trace, OPTIONS)
    for depth in (1, 2):
        for manner in trials.MANNERS:
            draft = made.draft((depth, frozenset()), manner)
            graph = draft.graph
            assert draft.least[0] <= graph.width
            assert draft.least[1] <= graph.height


@pytest.mark.parametrize("width", [230.0, 480.0])
def test_few_of_the_ways_are_laid_out(subject, width, monkeypatch):
    made = trials.Trials(subject.trace, OPTIONS)
    tried = []

    def counted(*args, **kwargs):
        tried.append(args)
        return place(*args, **kwargs)

    place = trials.place
    monkeypatch.setattr(trials, "place", counted)
    graph = trials.fitted(made, width)
    assert graph.width <= width
    assert len(tried) <= 6 < len(made.levels) * 2 * len(trials.MANNERS)


def whole_cost(order):
    pairs = [(low, high) for k, low in enumerate(order) for high in order[k + 1 :]]
    levels = sum(0.001 * (wire.ends[1] - wire.ends[0]) * level for level, wire in enumerate(order))
    return sum(_cost(low, high) for low, high in pairs) + levels


def test_the_tracks_of_a_channel_are_those_that_cost_least():
    luck = random.Random(3)
    for _ in range(60):
        wires = [
            Wire(str(k), [luck.randrange(0, 90, 3)], [luck.randrange(0, 90, 3)])
            for k in range(luck.randint(1, 5))
        ]
        best = min(whole_cost(order) for order in permutations(wires))
        assert whole_cost(_cheapest(wires)) == pytest.approx(best, abs=1e-5)


class Recurrent(nn.Module):
    def __init__(self, size):
        super().__init__()
        self.rnn, self.out = nn.LSTM(size, size, bidirectional=True), nn.Linear(2 * size, size)

    def forward(self, x):
        return self.out(self.rnn(x)[0])


def test_what_the_model_is_about_is_not_closed():
    sizes = [6, 16, 24, 32, 48, 64, 96, 6]
    layers = [part for a, b in pairwise(sizes) for part in (nn.Linear(a, b), nn.ReLU(), nn.LayerNorm(b))]
    model = nn.Sequential(nn.Sequential(*layers), nn.Sequential(Recurrent(6), Recurrent(6)))
    scene = pipeline.compose(
        pipeline.described(model, (torch.randn(7, 2, 6),)), plan_kind("pipeline", {})
    ).scene
    said = [text.label.text for text in scene.texts]
    assert sum(text.startswith("LSTM") for text in said) == 2
    assert any("21 stages" in text for text in said)
    assert not any("4 stages" in text for text in said)


def test_a_table_beside_a_small_picture_keeps_clear_of_the_stage_above_it():
    conv = {"conv2d": {"kernel_size": 1, "padding": 1, "out_channels": 1}}
    one = {"channels": 1, "height": 1, "width": 1}
    spec = lstmviz.load({"input": one, "layers": [{"max_pool2d": 1}, conv]})
    assert [*strayed(lstmviz.draw(spec, "pipeline", width="column").scene)] == []
