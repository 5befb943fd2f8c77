"""Two loops of one's own, or one over what was turned round, as the two directions of one layer."""

import dataclasses

import pytest
import torch
from torch import nn

from lstmviz.errors import FigureError
from lstmviz.proof import rounds
from lstmviz.proof.prove import prove
from lstmviz.proof.real_model import WHOLE, Asked
from lstmviz.scene import ids
from tests.figures.own_scenes import Scenes, without_or_turned
from tests.refuting import refuted

STEPS, UNITS = 4, 4


def both(hs, gs, join):
    a, b = torch.stack(hs), torch.stack(gs)
    return {"cat": lambda: torch.cat([a, b], -1), "stack": lambda: torch.stack([a, b], -1)}.get(
        join, lambda: a + b
    )()


class Rnn(nn.Module):
    """An RNN by hand, in both directions."""

    def __init__(self, join="cat", head=True):
        super().__init__()
        self.f, self.b, self.join = nn.Linear(3 + UNITS, UNITS), nn.Linear(3 + UNITS, UNITS), join
        self.head = nn.Linear(2 * UNITS, 2) if head else nn.Identity()

    def reads(self, x, hs, t):
        return x[t]

    def begins(self, x, h):
        return x.new_zeros(x.shape[1], UNITS)

    def forward(self, x):
        h = x.new_zeros(x.shape[1], UNITS)
        hs, gs = [], [None] * len(x)
        for t in range(len(x)):
            h = torch.tanh(self.f(torch.cat([x[t], h], 1)))
            hs.append(h)
        g = self.begins(x, h)
        for t in reversed(range(len(x))):
            g = torch.tanh(self.b(torch.cat([self.reads(x, hs, t), g], 1)))
            gs[t] = g
        y = both(hs, gs, self.join)
        return self.head(y) if isinstance(self.head, nn.Linear) else y


class Backwards(Rnn):
    """The same, the reverse direction first."""

    def forward(self, x):
        h = g = x.new_zeros(x.shape[1], UNITS)
        hs, gs = [], []
        for t in range(len(x) - 1, -1, -1):
            g = torch.tanh(self.b(torch.cat([x[t], g], 1)))
            gs.insert(0, g)
        for t in range(len(x)):
            h = torch.tanh(self.f(torch.cat([x[t], h], 1)))
            hs.append(h)
        return self.head(both(hs, gs, "cat"))


class Lstm(nn.Module):
    """An LSTM by hand, in both directions: two states each, of the same names."""

    def __init__(self):
        super().__init__()
        self.f, self.b = nn.Linear(3 + UNITS, 4 * UNITS), nn.Linear(3 + UNITS, 4 * UNITS)
        self.head = nn.Linear(2 * UNITS, 2)

    def step(self, gates, x, h, c):
        i, f, g, o = gates(torch.cat([x, h], 1)).chunk(4, 1)
        c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
        return torch.sigmoid(o) * torch.tanh(c), c

    def forward(self, x):
        hs, gs, zeros = [], [], x.new_zeros(x.shape[1], UNITS)
        h = c = zeros
        for t in range(len(x)):
            h, c = self.step(self.f, x[t], h, c)
            hs.append(h)
        h = c = zeros
        for t in range(len(x) - 1, -1, -1):
            h, c = self.step(self.b, x[t], h, c)
            gs.insert(0, h)
        return self.head(both(hs, gs, "cat"))


class Flip(nn.Module):
    """One loop called on x, and on x turned round."""

    def __init__(self, back=True):
        super().__init__()
        self.f, self.b = nn.Linear(3 + UNITS, UNITS), nn.Linear(3 + UNITS, UNITS)
        self.head, self.back = nn.Linear(2 * UNITS, 2), back

    def run(self, cell, x):
        h, hs = x.new_zeros(x.shape[1], UNITS), []
        for t in range(len(x)):
            h = torch.tanh(cell(torch.cat([x[t], h], 1)))
            hs.append(h)
        return torch.stack(hs)

    def forward(self, x):
        behind = self.run(self.b, x.flip(0))
        return self.head(torch.cat([self.run(self.f, x), behind.flip(0) if self.back else behind], -1))


class Deep(nn.Module):
    """Two layers of two directions, the upper one over the lower one's result."""

    def __init__(self):
        super().__init__()
        self.low, self.high = Rnn(head=False), Rnn(head=False)
        self.between, self.head = nn.Linear(2 * UNITS, 3), nn.Linear(2 * UNITS, 2)

    def forward(self, x):
        return self.head(self.high(self.between(self.low(x))))


class Cells(nn.Module):
    """Two cells of torch's, each in a loop of its own."""

    def __init__(self, way, cell=nn.GRUCell):
        super().__init__()
        self.f, self.b, self.head = cell(3, UNITS), cell(3, UNITS), nn.Linear(2 * UNITS, 2)
        self.way = way

    def run(self, cell, steps):
        h, hs = steps[0].new_zeros(len(steps[0]), UNITS), []
        state = (h, h) if isinstance(cell, nn.LSTMCell) else h
        for x_t in steps:
            state = cell(x_t, state)
            hs.append(state[0] if isinstance(state, tuple) else state)
        return hs

    def forward(self, x):
        steps = x.unbind()
        if self.way == "list":
            hs, gs = self.run(self.f, steps), self.run(self.b, steps[::-1])[::-1]
            return self.head(both(hs, gs, "cat"))
        hs, gs = self.run(self.f, steps), self.run(self.b, x.flip(0).unbind())
        return self.head(torch.cat([torch.stack(hs), torch.stack(gs).flip(0)], -1))


class Layers(nn.Module):
    """Two layers of torch's, one over the input turned round."""

    def __init__(self, way, layer=nn.LSTM, *, back=True, begun=False):
        super().__init__()
        self.f, self.b = (
            layer(3, UNITS, batch_first=way == "list"),
            layer(3, UNITS, batch_first=way == "list"),
        )
        self.way, self.back, self.head = way, back, nn.Linear(2 * UNITS, 2)
        self.start = nn.Linear(2, UNITS) if begun else None

    def turned(self, x):
        order = list(range(STEPS - 1, -1, -1))
        if self.way == "list":
            return x[:, order]
        return x.flip(0) if self.way == "flip" else x.index_select(0, torch.tensor(order))

    def forward(self, x):
        x = x.transpose(0, 1) if self.way == "list" else x
        begun = (self.start(x[0, :, :2])[None],) if self.start else ()
        (hs, _), (gs, _) = self.f(x, *begun), self.b(self.turned(x), *begun)
        gs = self.turned(gs) if self.back else gs
        return hs + gs if self.way == "select" else self.head(torch.cat([hs, gs], -1))


class ReadsTheFirst(Rnn):
    """It only looks alike: the second loop reads what the first one gave."""

    def reads(self, x, hs, t):
        return hs[t][:, :3]


class BeginsWithTheFirst(Rnn):
    """The second loop begins with the state with which the first one ends."""

    def begins(self, x, h):
        return h


class GoesTheSameWay(Rnn):
    """Two loops over one input, both from its first step."""

    def forward(self, x):
        h = g = x.new_zeros(x.shape[1], UNITS)
        hs, gs = [], []
        for t in range(len(x)):
            h = torch.tanh(self.f(torch.cat([x[t], h], 1)))
            hs.append(h)
        for t in range(len(x)):
            g = torch.tanh(self.b(torch.cat([x[t], g], 1)))
            gs.append(g)
        return self.head(both(hs, gs, "cat"))


MODELS = {
    "cat": Rnn,
    "stack": lambda: Rnn("stack", head=False),
    "sum": lambda: Rnn("sum", head=False),
    "reverse first": Backwards,
    "lstm": Lstm,
    "flip": Flip,
    "cells": lambda: Cells("list"),
    "cells flip": lambda: Cells("flip"),
    "cells lstm": lambda: Cells("list", nn.LSTMCell),
    "layers": lambda: Layers("flip"),
    "layers gru": lambda: Layers("list", nn.GRU),
    "layers rnn": lambda: Layers("select", nn.RNN),
    "layers begun": lambda: Layers("flip", nn.GRU, begun=True),
}
ALIKE = {
    "reads": ReadsTheFirst,
    "begins": BeginsWithTheFirst,
    "same way": GoesTheSameWay,
    "not turned back": lambda: Flip(back=False),
    "layer not turned back": lambda: Layers("flip", back=False),
}
LONG = 30


def made(name):
    module = (MODELS | ALIKE | {"long": Rnn, "deep": Deep})[name]()
    return module, (torch.randn(LONG if name == "long" else STEPS, 2, 3),)


SCENES = Scenes(made)


def found(name, scene, asked=WHOLE):
    return prove(scene, SCENES.seen(name).trace, None, asked, followed=SCENES.followed(name))


def proven(name, scene, asked=WHOLE):
    told = found(name, scene, asked)
    assert not told.faults
    assert not told.unproven
    assert told.proven == told.arrows == len(scene.edges)


def wrong(name, scene):
    return refuted(scene, SCENES.seen(name).trace, followed=SCENES.followed(name))


def ways(scene):
    """Which directions there are of each loop's cells, and how many chips of what is read."""
    cells = {(one.prefix, one.way) for one in ids.read_all(scene.nodes) if one.is_cell}
    return {way for _, way in cells}, {one.prefix for one in ids.read_all(scene.nodes) if one.base == "x"}


@pytest.mark.parametrize("kind", ["grid", "unrolled"])
@pytest.mark.parametrize("name", sorted(MODELS))
def test_two_loops_are_the_directions_of_one_layer(name, kind):
    scene = SCENES.scene_of(name, kind)
    directions, read = ways(scene)
    assert directions == {"fwd", "rev"}
    assert len(read) == 1  # both read the same x_t
    proven(name, scene)
    arrows = {(edge.source, edge.target) for edge in scene.edges}
    prefixes = {one.prefix for one in ids.read_all(scene.nodes) if one.is_cell}
    (x,), (other,) = read, prefixes - read
    for step in range(1, STEPS + 1):
        assert (f"{x}x.t{step}", f"{x}cell.l0.fwd.t{step}") in arrows
        assert (f"{x}x.t{step}", f"{other}cell.l0.rev.t{step}") in arrows
        joined = [{target for source, target in arrows if source == f"{p}output.t{step}"} for p in (x, other)]
        assert len(joined[0]) == 1
        assert joined[0] == joined[1]
    for step in range(1, STEPS):
        assert (f"{other}cell.l0.rev.t{step + 1}", f"{other}cell.l0.rev.t{step}") in arrows


@pytest.mark.parametrize("name", sorted(ALIKE))
def test_what_only_looks_alike_stays_two_layers(name):
    scene = SCENES.scene_of(name)
    first = {"loop/", "f/"}
    assert len({one.way for one in ids.read_all(scene.nodes) if one.is_cell and one.prefix in first}) == 1
    assert len(ways(scene)[1]) == len({one.prefix for one in ids.read_all(scene.nodes) if one.is_cell})
    proven(name, scene)


def test_a_loop_that_is_asked_for_is_drawn_alone():
    scene = SCENES.scene_of("cat", of="loop-2")
    assert ways(scene) == ({"rev"}, {"loop-2/"})
    proven("cat", scene, Asked(of="loop-2"))


def test_states_have_their_names_and_the_arrow_of_their_direction():
    scene = SCENES.scene_of("cat")
    names = {node.id: node.label.text for node in scene.nodes if node.label}
    assert names["loop/output.t2"] == "→h_2"
    assert names["loop-2/output.t2"] == "←g_2"
    assert names["loop-2/g_n.l0.rev"] == "←g_1"


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_words_of_both_directions_are_proven(language):
    scene = SCENES.scene_of("flip", language=language)
    texts = [text.label.text for text in scene.texts]
    said = {"en": ("forward", "reverse", "goes through input from"), "zh": ("前向", "反向", "走到第一步")}
    for word in said[language]:
        assert any(word in text for text in texts)
    proven("flip", scene)


@pytest.mark.parametrize("name", ["flip", "lstm", "layers"])
def test_every_arrow_that_is_taken_away_or_turned_is_refuted(name):
    for changed, edge in without_or_turned(SCENES.scene_of(name)):
        assert wrong(name, changed), edge


@pytest.mark.parametrize("name", ["flip", "sum", "layers rnn"])
def test_an_arrow_to_another_step_is_refuted(name):
    scene = SCENES.scene_of(name)
    edges = list(scene.edges)
    for place, edge in enumerate(edges):
        one = ids.read(edge.target)
        if one.step in {None, STEPS} or ids.read(edge.source).step != one.step:
            continue
        target = edge.target.replace(f".t{one.step}", f".t{one.step + 1}")
        moved = dataclasses.replace(edge, target=target)
        others = (*edges[:place], moved, *edges[place + 1 :])
        assert wrong(name, dataclasses.replace(scene, edges=others)), edge.id


def test_a_state_with_the_arrow_of_the_other_direction_is_refuted():
    scene = SCENES.scene_of("flip")
    labels = {node.id: node.label for node in scene.nodes}
    nodes = list(scene.nodes)
    place = next(k for k, node in enumerate(nodes) if node.id == "loop-2/output.t2")
    nodes[place] = dataclasses.replace(nodes[place], label=labels["loop/output.t2"])
    assert wrong("flip", dataclasses.replace(scene, nodes=tuple(nodes)))


def test_steps_that_are_left_out_are_so_in_both_directions():
    scene = SCENES.scene_of("long")
    cells = [one for one in ids.read_all(scene.nodes) if one.is_cell]
    steps = [sorted(one.step for one in cells if one.way == way) for way in ("fwd", "rev")]
    assert steps[0] == steps[1]
    assert len(steps[0]) < LONG
    proven("long", scene)


def test_a_layer_of_two_directions_stands_on_another():
    scene = SCENES.scene_of("deep")
    cells = {(one.prefix, one.way) for one in ids.read_all(scene.nodes) if one.is_cell}
    assert cells == {("loop/", "fwd"), ("loop-2/", "rev"), ("loop-3/", "fwd"), ("loop-4/", "rev")}
    proven("deep", scene)
    led = [edge for edge in scene.edges if edge.target.startswith("loop-3/x")]
    assert len(led) == STEPS
    for edge in led:
        others = tuple(one for one in scene.edges if one.id != edge.id)
        assert wrong("deep", dataclasses.replace(scene, edges=others))


@pytest.mark.parametrize("kind", ["grid", "unrolled"])
def test_few_large_words_do_not_draw_one_direction_as_if_it_were_all(kind):
    with pytest.raises(FigureError, match="loop and loop-2 are the two of one layer"):
        SCENES.scene_of("cat", kind, detail="low")


def test_a_layer_of_two_of_torchs_is_named_after_both_and_says_what_a_box_is():
    scene = SCENES.scene_of("layers")
    texts = " ".join(text.label.text for text in scene.texts)
    assert "f and b: the two directions of one layer, 4 steps" in texts
    assert "one step of f" in texts
    assert "loop" not in texts
    assert "LSTM" in texts


@pytest.mark.parametrize("name", ["layers", "cells flip"])
@pytest.mark.parametrize("kind", ["grid", "unrolled"])
def test_a_bare_figure_does_not_pass_one_direction_off_as_the_model(name, kind):
    with pytest.raises(FigureError, match="one direction"):
        SCENES.scene_of(name, kind, detail="low")


def test_a_layer_whose_steps_are_not_its_rounds_is_refuted(monkeypatch):
    scene = SCENES.scene_of("layers")
    own = rounds.probe
    monkeypatch.setattr(rounds, "probe", lambda layer: own(dataclasses.replace(layer, bidirectional=True)))
    assert "f step by step, with the states handed on, gives something else" in found("layers", scene).faults
