"""Loops of the user's code in the pipeline: frames with their rounds, and states that are led back."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
import torch
from torch import nn

from lstmviz import pipeline
from lstmviz.figure_requests import plan_kind
from lstmviz.proof.branches import traced_faults


class Decoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed, self.rnn, self.out = nn.Embedding(9, 6), nn.GRU(6, 8), nn.Linear(8, 9)

    def forward(self, token, hidden):
        output, hidden = self.rnn(self.embed(token).unsqueeze(0), hidden)
        return self.out(output.squeeze(0)), hidden


class Translator(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed, self.encoder, self.decoder = nn.Embedding(9, 6), nn.GRU(6, 8), Decoder()

    def forward(self, source):
        _, hidden = self.encoder(self.embed(source))
        token, answers = source[0], torch.zeros(5, source.size(1), 9)
        for t in range(5):
            answers[t], hidden = self.decoder(token, hidden)
            token = answers[t].argmax(1)
        return answers


class Cell(nn.Module):
    def __init__(self, features, units):
        super().__init__()
        self.gates = nn.Linear(features + units, units)

    def forward(self, x, h):
        return torch.tanh(self.gates(torch.cat([x, h], 1)))


class Stacked(nn.Module):
    """Three cells, each looped over all steps: layers in turn."""

    def __init__(self, sizes=(3, 5, 5, 7)):
        super().__init__()
        self.cells = nn.ModuleList(Cell(a, b) for a, b in pairwise(sizes))

    def forward(self, x):
        for cell in self.cells:
            h, steps = x.new_zeros(len(x), cell.gates.out_features), []
            for t in range(x.size(1)):
                h = cell(x[:, t], h)
                steps.append(h)
            x = torch.stack(steps, 1)
        return x


class Encoder(nn.Module):
    """Holds its loop itself: as a closed box it runs once."""

    def __init__(self):
        super().__init__()
        self.cell = Cell(3, 4)

    def forward(self, x):
        h = x.new_zeros(x.size(1), 4)
        for step in x:
            h = self.cell(step, h)
        return h


class Holds(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder, self.fc = Encoder(), nn.Linear(4, 2)

    def forward(self, x):
        return self.fc(self.encoder(x))


class Ahead(nn.Module):
    """The data first, then its own answers, by the same cell."""

    def __init__(self):
        super().__init__()
        self.cell, self.fc = nn.LSTMCell(1, 8), nn.Linear(8, 1)

    def forward(self, x, future):
        h = c = torch.zeros(len(x), 8)
        ys = []
        for step in x.split(1, dim=1):
            h, c = self.cell(step, (h, c))
            ys.append(self.fc(h))
        for _ in range(future):
            h, c = self.cell(ys[-1], (h, c))
            ys.append(self.fc(h))
        return torch.cat(ys, 1)


TOKENS = torch.arange(21).reshape(7, 3) % 9


def scene_of(model, inputs, depth):
    subject = pipeline.described(model, inputs)
    scene = pipeline.compose(subject, plan_kind("pipeline", {"depth": depth})).scene
    assert traced_faults(scene, subject.trace) == []
    return scene


def words_of(scene):
    return " ".join(text.label.text for text in scene.texts)


def led_back(scene):
    """The arrows that turn: into what runs before the place where they come from, or at it."""
    order = {node.id: number for number, node in enumerate(scene.nodes) if node.id.startswith("stage.")}
    found = set()
    for edge in scene.edges:
        if edge.source.startswith("tensor."):
            whole = "stage." + edge.source.removeprefix("tensor.")
            maker = max((s for s in order if f"{whole}.".startswith(f"{s}.")), key=len)
            if order[edge.target] <= order[maker]:
                found.add((edge.tensor, edge.target))
    return found


def test_a_closed_module_stands_in_its_loop():
    scene = scene_of(Translator(), (TOKENS,), 1)
    (frame,) = scene.frames
    assert {"stage.decoder", "stage.argmax"} <= set(frame.members)
    assert "stage.encoder" not in frame.members
    assert words_of(scene).count("× 5") == 2  # at the frame, and in the closed box
    assert {("argmax.output", "stage.decoder"), ("decoder.rnn.h_n", "stage.decoder")} <= led_back(scene)


def test_an_open_module_stands_in_its_loop():
    frames = {frame.id: set(frame.members) for frame in scene_of(Translator(), (TOKENS,), 2).frames}
    loop = next(members for name, members in frames.items() if "loop" in name)
    assert frames["group.decoder"] < loop


@pytest.mark.parametrize("depth", [1, 2])
def test_loops_one_after_the_other_are_several(depth):
    scene = scene_of(Stacked(), (torch.randn(2, 6, 3),), depth)
    loops = [set(frame.members) for frame in scene.frames if "loop" in frame.id]
    assert len(loops) == 3
    assert not loops[0] & loops[1] | loops[1] & loops[2]
    targets = sorted(target for _, target in led_back(scene))
    closed = ["stage.cells.0", "stage.cells.1", "stage.cells.2"]
    assert targets == (closed if depth == 1 else ["stage.cat", "stage.cat-2", "stage.cat-3"])


def test_a_module_that_holds_its_loop_runs_once():
    closed = scene_of(Holds(), (torch.randn(6, 2, 3),), 1)
    assert "×" not in words_of(closed)
    assert led_back(closed) == set()
    assert not closed.frames
    opened = scene_of(Holds(), (torch.randn(6, 2, 3),), 2)
    assert "× 6" in words_of(opened)


def test_two_loops_over_one_cell_have_rounds_of_their_own():
    scene = scene_of(Ahead(), {"x": torch.randn(3, 6), "future": 2}, 1)
    said = words_of(scene)
    assert "loop × 6" in said
    assert "loop × 2" in said
    assert "a round" not in said
    assert len([node for node in scene.nodes if node.id.startswith("tensor.split")]) == 0


def test_a_longer_loop_is_drawn_as_large():
    short, long = (scene_of(Ahead(), {"x": torch.randn(2, t), "future": 3}, 1) for t in (12, 60))
    assert [node.id for node in short.nodes] == [node.id for node in long.nodes]
    assert short.height == long.height


def test_a_frame_that_holds_too_little_is_a_fault():
    subject = pipeline.described(Translator(), (TOKENS,))
    scene = pipeline.compose(subject, plan_kind("pipeline", {"depth": 1})).scene
    (frame,) = scene.frames
    fewer = replace(scene, frames=(replace(frame, members=frame.members[1:]),))
    assert traced_faults(scene, subject.trace) == []
    assert any("a loop is drawn around" in fault for fault in traced_faults(fewer, subject.trace))


class Diffusing(nn.Module):
    """A cell whose own method walks over a graph, in a loop."""

    def __init__(self):
        super().__init__()
        self.mix, self.new = nn.Linear(3, 3), nn.Linear(3, 3)

    def walk(self, x):
        for _ in range(2):
            x = torch.relu(x @ x.new_ones(3, 3))
        return x

    def forward(self, x, h):
        return torch.tanh(self.mix(self.walk(x + h))) * torch.sigmoid(self.new(self.walk(h)))


class OverTime(nn.Module):
    def __init__(self):
        super().__init__()
        self.cell = Diffusing()

    def forward(self, x):
        h = x.new_zeros(2, 3)
        for x_t in x:
            h = self.cell(x_t, h)
        return h


def test_loops_in_a_closed_module_are_within_it_in_every_round():
    subject = pipeline.described(OverTime(), (torch.randn(4, 2, 3),))
    assert [loop.within for loop in subject.trace.loops] == [(), ("cell",), ("cell",)]
    plan = plan_kind("pipeline", {})
    assert not pipeline.judged(pipeline.compose(subject, plan), subject, plan).refuted
