"""Loops and layers as people post them: what is drawn is what ran, or is refused."""

import pytest
import torch
from torch import nn

import lstmviz
from lstmviz.network.user.describe import describe

X = torch.randn(6, 2, 3)


class Episodes(nn.Module):
    """Reinforcement learning: a done flag empties the states between two calls of a layer."""

    def __init__(self):
        super().__init__()
        self.lstm, self.actor = nn.LSTM(3, 4), nn.Linear(4, 2)

    def forward(self, x, done):
        h = c = torch.zeros(1, x.shape[1], 4)
        outputs = []
        for x_t, d in zip(x, done, strict=True):
            kept = (1 - d).view(1, -1, 1)
            y, (h, c) = self.lstm(x_t[None], (kept * h, kept * c))
            outputs.append(y)
        return self.actor(torch.cat(outputs))


class Stepped(nn.Module):
    """A layer called on one step after the other; `read` is what of each call is kept."""

    def __init__(self, read, **more):
        super().__init__()
        self.lstm, self.read = nn.LSTM(3, 4, **more), read

    def forward(self, x):
        states, kept = None, []
        for t in range(len(x)):
            y, states = self.lstm(x[t : t + 1], states)
            kept.append({"output": y, "h": states[0], "c": states[1]}[self.read])
        return torch.cat(kept)


def all_proven(module, *inputs):
    return [proof.unproven for proof in lstmviz.check(module, inputs=inputs) if proof.unproven] == []


def test_states_that_are_changed_between_the_calls_of_a_layer_are_those_of_a_loop():
    """It was drawn as a layer of one step."""
    given = (X, torch.randint(0, 2, (6, 2)).float())
    trace = describe(Episodes(), given)
    assert (trace.recurrent, trace.loops[0].rounds) == ((), 6)
    figure = lstmviz.draw(Episodes(), "grid", inputs=given)
    edges = {(edge.source, edge.target) for edge in figure.scene.edges}
    assert {("cell.l0.fwd.t1", "cell.l0.fwd.t2"), ("x2.t2", "cell.l0.fwd.t2")} <= edges


@pytest.mark.parametrize(
    ("read", "more", "merged"),
    [
        ("output", {}, True),
        ("output", {"num_layers": 2}, True),
        ("h", {}, False),  # it is what output is, and comes another way
        ("h", {"num_layers": 2}, False),
        ("c", {}, False),
        ("output", {"bidirectional": True}, False),  # its reverse states go forwards from call to call
    ],
)
def test_calls_are_one_layer_only_if_that_gives_all_that_is_read(read, more, merged):
    trace = describe(Stepped(read, **more), (X,))
    assert [layer.timesteps for layer in trace.recurrent] == [6] * merged
    assert all_proven(Stepped(read, **more), X)


class Collects(nn.Module):
    """What the rounds gave, joined on behind or before what there is; the first is all there is."""

    def __init__(self, way):
        super().__init__()
        self.a, self.b, self.way = nn.Linear(3, 4), nn.Linear(4, 4), way

    def forward(self, x):
        h, ys = x.new_zeros(x.shape[1], 4), x.new_zeros(0, x.shape[1], 4) if self.way == "before" else None
        for t in range(len(x)):
            h = torch.tanh(self.a(x[t]) + self.b(h))
            if self.way == "before":
                ys = torch.cat([h[None], ys])
            elif self.way == "once":
                y = h.unsqueeze(0)
                ys = y if ys is None else torch.cat([ys, y])
            else:
                ys = h.unsqueeze(0) if ys is None else torch.cat((ys, h.unsqueeze(0)))
        return ys


@pytest.mark.parametrize(
    ("way", "steps"), [("twice", range(6)), ("once", range(6)), ("before", range(5, -1, -1))]
)
def test_results_that_pile_up_are_no_state(way, steps):
    (loop,) = describe(Collects(way), (X,)).loops
    if way != "before":  # an index of None is no unsqueeze: it stays a call of its own
        assert [one.steps for one in loop.filled] == [tuple(steps)]
    assert [state.name for state in loop.states if "cat" in state.tensor] == []
    lstmviz.check(Collects(way), inputs=(X,))


class Clockwork(nn.Module):
    """The second half of the units moves in every other round alone."""

    def __init__(self, period):
        super().__init__()
        self.a, self.b, self.period = nn.Linear(3, 4), nn.Linear(4, 4), period

    def forward(self, x):
        h = x.new_zeros(x.shape[1], 4)
        for t in range(len(x)):
            new = torch.tanh(self.a(x[t]) + self.b(h))
            h = torch.cat([new[:, :2], new[:, 2:] if t % self.period == 0 else h[:, 2:]], 1)
        return h


@pytest.mark.parametrize(("period", "said"), [(2, True), (1, False)])
def test_a_cell_says_that_other_rounds_make_other_calls(period, said):
    (loop,) = describe(Clockwork(period), (X,)).loops
    assert loop.unlike == ((0, 2, 4) if said else ())
    figure = lstmviz.draw(Clockwork(period), "cell", inputs=(X,))
    told = " ".join(text.label.text for text in figure.scene.texts)
    assert ("not every round makes the same calls" in told, "one round as it ran" in told) == (said, not said)
    assert all_proven(Clockwork(period), X)


def test_what_each_round_cuts_out_at_one_place_is_not_another_each_round():
    told = lstmviz.draw(Clockwork(2), "pipeline", inputs=(X,)).scene
    boxes = " ".join(text.label.text for text in told.texts)
    assert boxes.count("another each round") == 1  # x[…]


class Between(nn.Module):
    """Several steps of an equation between two of the data: none before the first."""

    def __init__(self):
        super().__init__()
        self.f, self.cell = nn.Linear(4, 4), nn.GRUCell(3, 4)

    def forward(self, x):
        h = x.new_zeros(x.shape[1], 4)
        for t in range(len(x)):
            if t > 0:
                for _ in range(3):
                    h = h + self.f(h) / 3
            h = self.cell(x[t], h)
        return h


def test_a_loop_in_some_rounds_of_another_says_so():
    figure = lstmviz.draw(Between(), "pipeline", inputs=(X,))
    told = " ".join(text.label.text for text in figure.scene.texts)
    assert figure.refuted == ()
    assert "in 5 of 6 rounds" in told
    assert "times a round" not in told


class Halting(nn.Module):
    """What the first round gives outside is a constant: it is left out, and named."""

    def __init__(self):
        super().__init__()
        self.cell, self.more = nn.GRUCell(3, 4), nn.Linear(4, 1)

    def forward(self, x):
        h, u, used = x.new_zeros(x.shape[1], 4), x.new_ones(x.shape[1], 1), []
        for x_t in x:
            b = torch.round(u)
            h = b * self.cell(x_t, h) + (1 - b) * h
            u = b * torch.sigmoid(self.more(h)) + (1 - b) * u
            used.append(b)
        return h, torch.stack(used)


def test_a_result_that_not_all_rounds_make_alike_is_left_out_and_the_rest_is_drawn():
    scene = lstmviz.draw(Halting(), "grid", inputs=(X,)).scene
    told = " ".join(text.label.text for text in scene.texts)
    assert "not drawn: stack reads round.output" in told
    assert "only the last round" not in told  # those of other rounds are read as well
    lstmviz.check(Halting(), inputs=(X,))


class Looks(nn.Module):
    """Every round reads its own step of the data, and all of it besides."""

    def __init__(self):
        super().__init__()
        self.a, self.b, self.all = nn.Linear(3, 4), nn.Linear(4, 4), nn.Linear(3, 4)

    def forward(self, x):
        h = x.new_zeros(x.shape[1], 4)
        for t in range(len(x)):
            seen = torch.relu(self.all(x) + h).sum(0)
            h = torch.tanh(self.a(x[t]) + self.b(h) + seen)
        return h


def test_one_step_of_a_tensor_and_all_of_it_are_told_apart():
    scene = lstmviz.draw(Looks(), "cell", inputs=(X,)).scene
    read = {(edge.source, edge.target) for edge in scene.edges}
    assert {("x.t", "op.a"), ("a", "op.all")} <= read
    assert all_proven(Looks(), X)
