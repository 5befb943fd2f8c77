"""A decoder of one's own that asks a padded, packed encoder with a mask: what has no derivative is tried."""

from __future__ import annotations

import pytest
import torch
from torch import nn
from torch.nn.utils import rnn

from lstmviz.checking import proofs_of
from lstmviz.network.foreign.opening import open_model

LENGTHS = torch.tensor([5, 3, 4])


class Asks(nn.Module):
    """Three rounds of a GRUCell over a packed GRU's weighed outputs; `masked` puts the padded steps out."""

    def __init__(self, masked):
        super().__init__()
        self.masked = masked
        self.encoder, self.query, self.cell = (
            nn.GRU(4, 5, batch_first=True),
            nn.Linear(5, 5),
            nn.GRUCell(5, 5),
        )

    def forward(self, x, lengths):
        packed = rnn.pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
        output, h_n = self.encoder(packed)
        output, _ = rnn.pad_packed_sequence(output, batch_first=True)
        h, found = h_n[0], []
        padded = torch.arange(output.shape[1])[None] >= lengths[:, None]
        for _ in range(3):
            energy = (output @ self.query(h)[:, :, None]).squeeze(2)
            energy = self.masked(energy, padded)
            h = self.cell((torch.softmax(energy, 1)[:, None] @ output).squeeze(1), h)
            found.append(h)
        return torch.stack(found, 1)


def proofs(masked):
    inputs = (torch.randn(3, 5, 4), LENGTHS)
    return {one.kind: one for one in proofs_of(open_model(Asks(masked).eval(), inputs))}


MASKS = {
    "none": lambda energy, _: energy,
    "filled": lambda energy, padded: energy.masked_fill(padded, -1e10),
    "added": lambda energy, padded: energy - 1e10 * padded,
    "chosen": lambda energy, padded: torch.where(padded, -1e10, energy),
}


@pytest.mark.parametrize("masked", MASKS)
def test_every_arrow_is_proven(masked):
    found = proofs(MASKS[masked])
    assert {kind: found[kind].answer for kind in ("grid", "unrolled", "rolled")} == dict.fromkeys(
        ("grid", "unrolled", "rolled"), "proven"
    )


def test_a_mask_that_changes_nothing_is_not_proven_to_be_read():
    found = proofs(lambda energy, padded: energy + 0 * padded)["grid"]
    assert found.answer == "not proven"
    assert {doubt.what.rpartition(" → ")[2] for doubt in found.unproven} >= {"loop/scores.t1"}
