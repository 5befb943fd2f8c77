"""Tables that rounds write into and read as a whole: caches of keys, ring buffers."""

import pytest
import torch
from torch import nn

import lstmviz
from lstmviz.network.own_recurrences import own_recurrences
from lstmviz.network.user.describe import describe

X = torch.randn(2, 6, 3)


class Cache(nn.Module):
    """Attention over the keys of all steps so far, in a table."""

    def __init__(self):
        super().__init__()
        self.k, self.q = nn.Linear(3, 4), nn.Linear(3, 4)

    def forward(self, x):
        keys, ys = x.new_zeros(len(x), x.shape[1], 4), []
        for t in range(x.shape[1]):
            keys[:, t] = self.k(x[:, t])
            scores = (self.q(x[:, t]).unsqueeze(1) * keys[:, : t + 1]).sum(-1)
            ys.append((torch.softmax(scores, 1).unsqueeze(-1) * keys[:, : t + 1]).sum(1))
        return torch.stack(ys, 1)


class Ring(nn.Module):
    """The last three steps in a buffer that goes round; each round has a copy of its own."""

    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Linear(3, 4), nn.Linear(4, 4)

    def forward(self, x):
        buffer, h, hs = x.new_zeros(len(x), 3, 3), x.new_zeros(len(x), 4), []
        for t in range(x.shape[1]):
            buffer = buffer.clone()
            buffer[:, t % 3] = x[:, t]
            h = torch.tanh(self.a(buffer.mean(1)) + self.b(h))
            hs.append(h)
        return torch.stack(hs, 1)


class Halved(nn.Module):
    """Each round writes into its own step of the input, and reads it there: two writes a round, one table."""

    def __init__(self):
        super().__init__()
        self.cell = nn.GRUCell(3, 4)

    def forward(self, x):
        x, h, hs = x.clone(), x.new_zeros(x.shape[1], 4), []
        for t in range(len(x)):
            x[t] *= 0.5
            h = self.cell(x[t], h)
            hs.append(h)
        return torch.stack(hs)


@pytest.mark.parametrize(
    ("module", "state"), [(Cache(), "keys"), (Ring(), "buffer"), (Halved(), "x")], ids=["keys", "buffer", "x"]
)
def test_what_was_written_rounds_ago_comes_with_the_table(module, state):
    """It was refuted: the writes of earlier rounds were taken for what the round itself reads."""
    (own,) = own_recurrences(describe(module, (X,)))
    assert state in {one.base for one in own.states}
    lstmviz.check(module, inputs=(X,))


class Old(nn.Module):
    """A round reads the copies of the rounds before, one of them made before the last."""

    def __init__(self):
        super().__init__()
        self.a = nn.Linear(3, 4)

    def forward(self, x):
        tables = [x.new_zeros(len(x), 6, 4)] * 2
        for t in range(x.shape[1]):
            new = tables[-1].clone()
            new[:, t] = torch.tanh(self.a(x[:, t]) + tables[-2].sum(1))
            tables.append(new)
        return tables[-1]


def test_a_copy_of_earlier_rounds_is_no_table_of_the_round_before():
    with pytest.raises(lstmviz.FigureError, match="of 2 rounds before"):
        lstmviz.draw(Old(), "grid", inputs=(X,))


class Filled(nn.Module):
    """A cell of torch's whose states are written into a tensor that was made before the loop."""

    def __init__(self):
        super().__init__()
        self.cell = nn.GRUCell(3, 4)

    def forward(self, x):
        out, h = x.new_zeros(len(x), x.shape[1], 4), x.new_zeros(len(x), 4)
        for t in range(x.shape[1]):
            h = self.cell(x[:, t], h)
            out[:, t] = h
        return out


def test_a_box_of_a_cell_and_where_its_states_are_written_leads_nothing_back():
    """The pipeline was refuted: a line from the box to itself was asked for, and the cell is drawn whole."""
    proof = next(one for one in lstmviz.check(Filled(), inputs=(X,)) if one.kind == "pipeline")
    assert proof.arrows == proof.proven == 2
