"""An encoder and a decoder that are both loops of one's own: states led over, attention, all proven."""

import dataclasses

import pytest
import torch
from torch import nn

from lstmviz.proof.prove import prove
from lstmviz.proof.real_model import WHOLE
from tests.figures.own_scenes import Scenes, ends, without_or_turned
from tests.refuting import refuted

N, T, F, H = 2, 5, 3, 4


class Cell(nn.Module):
    def __init__(self, features):
        super().__init__()
        self.w, self.u = nn.Linear(features, H), nn.Linear(H, H)

    def forward(self, x, h):
        return torch.tanh(self.w(x) + self.u(h))


class Forecast(nn.Module):
    """The decoder goes on from the encoder's last state, and reads its own answers."""

    def __init__(self, way="plain"):
        super().__init__()
        self.encoder, self.decoder = Cell(F), Cell(F + H if way == "attention" else F)
        self.bridge, self.out, self.way = nn.Linear(H, H), nn.Linear(H, F), way

    def forward(self, x):
        h, hs, ys = x.new_zeros(len(x), H), [], []
        for x_t in x.unbind(1):
            h = self.encoder(x_t, h)
            hs.append(h)
        if self.way == "bridge":
            h = torch.relu(self.bridge(h))
        memory = torch.stack(hs, 1) if self.way == "attention" else None
        y = x.new_zeros(len(x), F)
        for _ in range(3):
            if memory is not None:
                weights = torch.softmax((memory * h.unsqueeze(1)).sum(-1), 1)
                read = torch.cat([y, (weights.unsqueeze(-1) * memory).sum(1)], 1)
            h = self.decoder(y if memory is None else read, h)
            y = self.out(h)
            ys.append(y)
        return torch.stack(ys, 1)


class Lstm(nn.Module):
    """Two states are handed over, and the decoder reads a target."""

    def __init__(self):
        super().__init__()
        self.encoder, self.decoder, self.out = (
            nn.Linear(F + H, 4 * H),
            nn.Linear(F + H, 4 * H),
            nn.Linear(H, 2),
        )

    def step(self, gates, x, h, c):
        i, f, g, o = gates(torch.cat([x, h], 1)).chunk(4, 1)
        c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
        return torch.sigmoid(o) * torch.tanh(c), c

    def forward(self, x, target):
        h = c = x.new_zeros(len(x), H)
        for x_t in x.unbind(1):
            h, c = self.step(self.encoder, x_t, h, c)
        ys = []
        for y_t in target.unbind(1):
            h, c = self.step(self.decoder, y_t, h, c)
            ys.append(self.out(h))
        return torch.stack(ys, 1)


class Split(Lstm):
    """Both states of the decoder are pieces of one projection."""

    def __init__(self):
        super().__init__()
        self.begin = nn.Linear(H, 2 * H)

    def forward(self, x, target):
        h = c = x.new_zeros(len(x), H)
        for x_t in x.unbind(1):
            h, c = self.step(self.encoder, x_t, h, c)
        h, c = self.begin(h).chunk(2, 1)
        ys = []
        for y_t in target.unbind(1):
            h, c = self.step(self.decoder, y_t, h, c)
            ys.append(self.out(h))
        return torch.stack(ys, 1)


class Middle(Forecast):
    """It only looks alike: the second loop begins with a state from the middle of the first."""

    def forward(self, x):
        h, hs, ys = x.new_zeros(len(x), H), [], []
        for x_t in x.unbind(1):
            h = self.encoder(x_t, h)
            hs.append(h)
        h, y = hs[1], x.new_zeros(len(x), F)
        for _ in range(3):
            h = self.decoder(y, h)
            y = self.out(h)
            ys.append(y)
        return torch.stack(ys, 1)


MODELS = {
    "plain": Forecast,
    "bridge": lambda: Forecast("bridge"),
    "attention": lambda: Forecast("attention"),
    "lstm": Lstm,
    "split": Split,
}


def made(name):
    inputs = (torch.randn(N, T, F), *([torch.randn(N, 3, F)] if name in {"lstm", "split"} else []))
    return (MODELS | {"middle": Middle})[name](), inputs


SCENES = Scenes(made)


def found(name, scene):
    return prove(scene, SCENES.seen(name).trace, None, WHOLE, followed=SCENES.followed(name))


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("kind", ["grid", "unrolled"])
@pytest.mark.parametrize("name", sorted(MODELS))
def test_the_decoder_stands_over_its_encoder(name, kind, language):
    scene = SCENES.scene_of(name, kind, language=language)
    told = found(name, scene)
    assert (told.faults, told.unproven) == ((), ())
    assert told.proven == told.arrows == len(scene.edges)
    begun = {target for _, target in ends(scene)} & {"loop-2/h_0.l0.fwd", "loop-2/c_0.l0.fwd"}
    assert len(begun) == (2 if name in {"lstm", "split"} else 1)
    words = " ".join(text.label.text for text in scene.texts)
    assert ("not drawn" in words, "未画" in words) == (False, False)


@pytest.mark.parametrize("name", sorted(MODELS))
def test_every_arrow_that_is_taken_away_or_turned_is_refuted(name):
    for changed, edge in without_or_turned(SCENES.scene_of(name)):
        assert refuted(changed, SCENES.seen(name).trace, followed=SCENES.followed(name)), edge


def test_a_state_that_comes_from_elsewhere_is_refuted():
    """Where the decoder begins with another round's state than the last, no line leads there."""
    scene = SCENES.scene_of("middle")
    told = found("middle", scene)
    assert (told.faults, told.unproven) == ((), ())
    assert ("loop/h_n.l0.fwd", "loop-2/h_0.l0.fwd") not in ends(scene)


def test_a_loop_that_is_drawn_is_not_said_to_be_left_out():
    scene = SCENES.scene_of("plain", of="loop")
    text = next(t for t in SCENES.scene_of("middle").texts if "not drawn: loop-2" in t.label.text)
    pair = SCENES.scene_of("plain")
    wrong = dataclasses.replace(pair, texts=(*pair.texts, text))
    assert any("said not to be" in fault for fault in found("plain", wrong).faults)
    assert not any("loop-2" in node.id for node in scene.nodes)
