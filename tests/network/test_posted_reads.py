"""What the rounds of loops read, in the ways in which people write it: out of tables, steps before, chunks."""

import pytest
import torch
from torch import nn

import lstmviz
from lstmviz.network.user.describe import describe

X = torch.randn(2, 6, 3)
KINDS = ("grid", "unrolled", "rolled", "unfold", "cell", "pipeline")


def all_proven(module, *inputs):
    """Whether every kind that a recurrence has is drawn and proven."""
    proofs = {proof.kind: proof.answer for proof in lstmviz.check(module, inputs=inputs)}
    return {kind: proofs.get(kind) for kind in KINDS} == dict.fromkeys(KINDS, "proven")


class Table(nn.Module):
    """The state is read out of the table that the round before wrote it into."""

    def __init__(self, way="read"):
        super().__init__()
        self.a, self.b, self.way = nn.Linear(3, 5), nn.Linear(5, 5), way

    def forward(self, x):
        hs = x.new_zeros(len(x), x.shape[1] + 1, 5)
        for t in range(x.shape[1]):
            before = hs[:, t] if self.way == "view" else hs[:, t].clone()
            if self.way == "changed":
                before += 1.0
            hs[:, t + 1] = torch.tanh(self.a(x[:, t]) + self.b(before))
        return hs[:, 1:]


@pytest.mark.parametrize("way", ["read", "view"])
def test_a_state_that_is_read_out_of_the_table_of_results_is_a_state(way):
    (loop,) = describe(Table(way), (X,)).loops
    assert [state.tensor for state in loop.states] == ["tanh.output"]
    assert all_proven(Table(way), X)


class InPlace(nn.Module):
    """Gates and a state that are written over where they are: each call gives a whole tensor all the same."""

    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Linear(3, 10), nn.Linear(5, 10)

    def forward(self, x):
        h = x.new_zeros(len(x), 5)
        for x_t in x.unbind(1):
            gates = self.a(x_t)
            gates += self.b(h)
            f, g = gates.chunk(2, 1)
            f = torch.sigmoid(f)
            h = f * h
            h += (1 - f) * torch.tanh(g)
        return h


@pytest.mark.parametrize("module", [InPlace(), Table("changed")], ids=["gates", "table"])
def test_what_is_written_over_is_taken_as_it_was_when_a_call_took_it(module):
    """The cell said that ``+`` gives something else."""
    proofs = {proof.kind: proof.answer for proof in lstmviz.check(module, inputs=(X,))}
    assert (proofs["cell"], proofs["rolled"]) == ("proven", "proven")
    assert "refuted" not in proofs.values()


class Overwritten(nn.Module):
    """A part that was put into a table is written over in part before it is read."""

    def __init__(self):
        super().__init__()
        self.a = nn.Linear(3, 5)

    def forward(self, x):
        table = x.new_zeros(2, 4, 5)
        table[:, 1] = self.a(x[:, 0])
        table[0, 0:2] = self.a(x[0, 0:2])
        return torch.relu(table[:, 1])


def test_a_part_that_was_written_over_since_comes_from_both():
    reads = {stage.name: stage.sources for stage in describe(Overwritten(), (X,)).stages}
    assert set(reads["relu"]) != {"a.output"}


class Smoothed(nn.Module):
    """What was paid attention to before is added before the softmax: the state goes round one box of two calls."""

    def __init__(self):
        super().__init__()
        self.q, self.c = nn.Linear(4, 4), nn.LSTMCell(3, 4)

    def forward(self, x):
        h = c = w = x.new_zeros(len(x), 4)
        ws = []
        for x_t in x.unbind(1):
            h, c = self.c(x_t, (h, c))
            w = torch.softmax(self.q(h) + w, 1)
            ws.append(w)
        return torch.stack(ws, 1)


def test_a_state_that_is_read_within_the_box_that_gives_it_is_led_back_to_it():
    scene = lstmviz.draw(Smoothed(), "pipeline", inputs=(X,)).scene
    assert ("tensor.softmax", "stage.softmax") in {(edge.source, edge.target) for edge in scene.edges}
    assert all_proven(Smoothed(), X)
