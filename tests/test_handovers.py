"""Decoders that begin with some of an encoder's last states: drawn as they are handed, proven by the run."""

from __future__ import annotations

import warnings

import pytest
import torch
from torch import nn

import lstmviz
from lstmviz.checking import proofs_of
from lstmviz.network.foreign.opening import open_model
from lstmviz.network.handovers import StateHandover
from lstmviz.network.record import from_record, to_record
from lstmviz.network.user.describe import describe


class Pair(nn.Module):
    """An encoder and a decoder; `begin` makes the decoder's first states of the encoder's last ones."""

    def __init__(self, encoder: nn.Module, decoder: nn.Module, begin) -> None:
        super().__init__()
        self.enc, self.dec, self.begin = encoder, decoder, begin

    def forward(self, x, y):
        _, states = self.enc(x)
        return self.dec(y, self.begin(*(states if isinstance(states, tuple) else (states,))))[0]


def layer(cls, features=3, **more):
    return cls(features, 6, batch_first=True, **more)


def h(first, last):
    return StateHandover("enc", first, last)


LSTM, GRU, RNN = nn.LSTM, nn.GRU, nn.RNN
PAIRS = {
    "h of an LSTM begins a GRU": (
        layer(LSTM), layer(GRU, 2), lambda h, c: h, [h(("h", 0), ("h", 0))],
    ),
    "h of a GRU begins an LSTM, c is zeros": (
        layer(GRU), layer(LSTM, 2), lambda h: (h, torch.zeros_like(h)), [h(("h", 0), ("h", 0))],
    ),
    "h begins both": (
        layer(LSTM), layer(LSTM, 2), lambda h, c: (h, h), [h(("h", 0), ("h", 0)), h(("c", 0), ("h", 0))],
    ),
    "c alone": (
        layer(LSTM), layer(LSTM, 2), lambda h, c: (torch.zeros_like(h), c), [h(("c", 0), ("c", 0))],
    ),
    "swapped": (
        layer(LSTM), layer(LSTM, 2), lambda h, c: (c, h), [h(("h", 0), ("c", 0)), h(("c", 0), ("h", 0))],
    ),
    "the last layer": (
        layer(RNN, num_layers=2), layer(GRU, 2), lambda h: h[-1:], [h(("h", 0), ("h", 1))],
    ),
    "the forward direction": (
        layer(GRU, bidirectional=True), layer(GRU, 2), lambda h: h[:1].contiguous(), [h(("h", 0), ("h", 0))],
    ),
    "two of three layers": (
        layer(GRU, num_layers=3), layer(GRU, 2, num_layers=2), lambda h: h[1:],
        [h(("h", 0), ("h", 1)), h(("h", 1), ("h", 2))],
    ),
    "the layers turned round": (
        layer(GRU, num_layers=2), layer(GRU, 2, num_layers=2), lambda h: torch.stack([h[1], h[0]]),
        [h(("h", 0), ("h", 1)), h(("h", 1), ("h", 0))],
    ),
}  # fmt: skip


def made(name):
    encoder, decoder, begin, handovers = PAIRS[name]
    torch.manual_seed(0)
    return Pair(encoder, decoder, begin), (torch.randn(2, 5, 3), torch.randn(2, 4, 2)), handovers


@pytest.mark.parametrize("name", PAIRS)
def test_what_is_handed_is_found(name):
    model, inputs, handovers = made(name)
    trace = describe(model, inputs)
    assert trace.layers["dec"].giver == "enc"
    assert [*trace.layers["dec"].handovers] == handovers
    assert from_record(to_record(trace)) == trace


@pytest.mark.parametrize("name", PAIRS)
def test_what_is_handed_is_drawn_and_proven(name):
    model, inputs, handovers = made(name)
    opened = open_model(model, inputs)
    for proof in proofs_of(opened):
        assert proof.answer == "proven", (proof.figure, proof.faults)
    arrows = {
        (source.rpartition("/")[2].partition(".")[0], target.rpartition("/")[2].partition(".")[0])
        for edge in lstmviz.draw(model, "grid", inputs=inputs).scene.edges
        for source, target in [(edge.source, edge.target)]
        if source.startswith("enc/") and target.startswith("dec/")
    }
    assert arrows == {(f"{one.last[0]}_n", f"{one.first[0]}_0") for one in handovers}


@pytest.mark.parametrize("detail", ["low", "full"])
@pytest.mark.parametrize("name", PAIRS)
def test_other_details_hold_too(name, detail):
    model, inputs, _ = made(name)
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # a refuted figure warns
        lstmviz.draw(model, "grid", inputs=inputs, detail=detail, width="column")
        lstmviz.draw(model, "unrolled", inputs=inputs, detail=detail)


def test_a_state_through_weights_is_made_from_the_last_one():
    model = Pair(layer(GRU), layer(GRU, 2), nn.Linear(6, 6))
    decoder = describe(model, (torch.randn(2, 5, 3), torch.randn(2, 4, 2))).layers["dec"]
    assert decoder.handovers == (StateHandover("enc", ("h", 0), ("h", 0), ("begin",)),)
    assert not decoder.states_from


class PackedPair(Pair):
    """The encoder reads a packed batch, so each sample ends at a step of its own."""

    def forward(self, x, y):
        packed = nn.utils.rnn.pack_padded_sequence(x, torch.tensor([5, 3]), batch_first=True)
        return self.dec(y, self.enc(packed)[1][-1:])[0]


def test_states_of_a_packed_batch_are_handed_in_parts():
    model = PackedPair(layer(GRU, num_layers=2), layer(GRU, 2), None)
    inputs = (torch.randn(2, 5, 3), torch.randn(2, 4, 2))
    assert describe(model, inputs).layers["dec"].handovers == (StateHandover("enc", ("h", 0), ("h", 1)),)
    assert {proof.answer for proof in proofs_of(open_model(model, inputs))} == {"proven"}


class TwoDecoders(nn.Module):
    """One encoder, and two decoders that begin with its last states, each with a head of its own."""

    def __init__(self):
        super().__init__()
        self.encoder, self.first, self.second = nn.LSTM(3, 4), nn.LSTM(3, 4), nn.LSTM(3, 4)
        self.over_first, self.over_second = nn.Linear(4, 3), nn.Linear(4, 3)

    def forward(self, x, future):
        states = self.encoder(x)[1]
        one, two = self.first(x.flip(0), states)[0], self.second(future, states)[0]
        return self.over_first(one), self.over_second(two)


def test_the_head_of_the_first_of_two_decoders_stands_on_it():
    model, given = TwoDecoders(), (torch.randn(5, 2, 3), torch.randn(4, 2, 3))
    scene = lstmviz.draw(model, "grid", inputs=given).scene
    assert ("first/output.t5", "over_first.t5") in {(edge.source, edge.target) for edge in scene.edges}
    for one in lstmviz.check(model, inputs=given):
        assert (one.faults, one.unproven, one.proven) == ((), (), one.arrows), one.kind
