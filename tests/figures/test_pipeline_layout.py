"""How the pipeline finds a way of drawing that a page holds, without laying out what cannot fit."""

from __future__ import annotations

import random
from itertools import permutations

import pytest
import torch
from torch import nn

from lstmviz import pipeline
from lstmviz.figure_requests import plan_kind
from lstmviz.figures.pipeline import trials
from lstmviz.layout.channels import Wire, _cheapest, _cost

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
            draft = made.draft(depth, manner)
            graph = draft.graph()
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
    assert len(tried) <= 6 < len(made.depths) * 2 * len(trials.MANNERS)


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
