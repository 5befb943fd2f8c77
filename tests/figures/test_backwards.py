"""Two layers over one input, the second from its end: that is said where the first is drawn."""

import dataclasses

import pytest
import torch
from torch import nn

import lstmviz
from lstmviz.figure_requests import plan_kind
from lstmviz.pipeline import compose, described
from tests.refuting import refuted

SAID = "goes through input from its last step to its first"


class Flipped(nn.Module):
    """Two layers of torch's, the second over the flipped input."""

    def __init__(self, turn=True):
        super().__init__()
        self.f, self.b, self.turn = nn.LSTM(3, 4), nn.LSTM(3, 4), turn

    def forward(self, x):
        turned = x.flip(0) if self.turn else x * 2
        return torch.cat([self.f(x)[0], self.b(turned)[0].flip(0)], -1)


class Cells(nn.Module):
    """Two loops over cells of torch's, the second from the end."""

    def __init__(self, turn=True):
        super().__init__()
        self.f, self.b, self.turn = nn.GRUCell(3, 4), nn.GRUCell(3, 4), turn

    def forward(self, x):
        there = list(range(len(x)))
        hs, h, back = [], x.new_zeros(x.shape[1], 4), x.new_zeros(x.shape[1], 4)
        for t in there:
            h = self.f(x[t], h)
            hs.append(h)
        backs = [h] * len(x)
        for t in there[::-1] if self.turn else there:
            back = self.b(x[t], back)
            backs[t] = back
        return torch.cat([torch.stack(hs), torch.stack(backs)], -1)


class Own(Cells):
    """The same with cells written in plain operations, that end in their last states."""

    def __init__(self, turn=True):
        nn.Module.__init__(self)
        self.f, self.b, self.turn = nn.Linear(7, 4), nn.Linear(7, 4), turn

    def forward(self, x):
        there, zeros = range(len(x)), x.new_zeros(x.shape[1], 4)
        h = back = zeros
        for t in there:
            h = torch.tanh(self.f(torch.cat([x[t], h], 1)))
        for t in reversed(there) if self.turn else there:
            back = torch.tanh(self.b(torch.cat([x[t], back], 1)))
        return torch.cat([h, back], 1)


def told(module):
    seen = described(module, (torch.randn(5, 2, 3),))
    scene = compose(seen, plan_kind("grid", {})).scene
    return seen, scene, [text for text in scene.texts if SAID in text.label.text]


@pytest.mark.parametrize("model", [Flipped, Cells, Own])
def test_the_second_layer_goes_from_the_end(model):
    seen, scene, said = told(model())
    assert said
    assert not refuted(scene, seen.trace)
    wrong = [
        dataclasses.replace(
            text, label=dataclasses.replace(text.label, text=text.label.text.replace("input", "output"))
        )
        for text in said
    ]
    others = tuple(text for text in scene.texts if text not in said)
    assert refuted(dataclasses.replace(scene, texts=(*others, *wrong)), seen.trace)


@pytest.mark.parametrize("model", [Flipped, Cells, Own])
def test_a_second_layer_that_goes_the_same_way_does_not(model):
    assert not told(model(turn=False))[2]


@pytest.mark.parametrize("kind", ["unrolled", "grid"])
def test_two_layers_that_make_one_are_called_as_in_the_code(kind):
    """Not by names that are in no code, as f-forward and b-reverse."""
    scene = lstmviz.draw(Flipped(), kind, inputs=(torch.randn(5, 2, 3),)).scene
    said = " ".join(text.label.text for text in scene.texts)
    assert "-forward" not in said
    assert "-reverse" not in said
    assert f"b {SAID}" in said
