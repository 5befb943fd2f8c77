"""Layers that a loop calls with weights of their own or of others: blocks drawn once, rounds, letters."""

from __future__ import annotations

import torch
from torch import nn

import lstmviz


class Deep(nn.Module):
    """Three cells in every step, each added to what it reads."""

    def __init__(self):
        super().__init__()
        self.into, self.out = nn.Linear(3, 4), nn.Linear(4, 2)
        self.cells = nn.ModuleList(nn.GRUCell(4, 4) for _ in range(3))

    def forward(self, x):
        states, found = [x.new_zeros(len(x), 4) for _ in self.cells], []
        for t in range(x.shape[1]):
            now = self.into(x[:, t])
            for k, cell in enumerate(self.cells):
                states[k] = cell(now, states[k])
                now = now + states[k]
            found.append(now)
        return self.out(torch.stack(found, 1))


class Forecast(nn.Module):
    """A layer over the data, then over its own answers."""

    def __init__(self):
        super().__init__()
        self.rnn, self.out = nn.LSTM(3, 4, batch_first=True), nn.Linear(4, 3)

    def forward(self, x):
        given, states = self.rnn(x)
        found = [self.out(given[:, -1:])]
        for _ in range(3):
            given, states = self.rnn(found[-1], states)
            found.append(self.out(given))
        return torch.cat(found, 1)


X = torch.randn(2, 6, 3, generator=torch.Generator().manual_seed(0))


def test_cells_drawn_once_in_a_loop_hand_their_own_states_on():
    assert all(not one.faults and not one.unproven for one in lstmviz.check(Deep(), inputs=(X,)))


def test_a_round_with_the_weights_of_another_stage_has_weights():
    scene = lstmviz.draw(Forecast(), "grid", inputs=(X,)).scene
    told = [text.label.text for text in scene.texts]
    assert "the same weights in every round: rnn-2, out-2" in told
    assert "no weights in a round" not in told
    assert {"T = 6", "T₂ = 3"} <= {*told}
    assert all(not one.faults and not one.unproven for one in lstmviz.check(Forecast(), inputs=(X,)))
