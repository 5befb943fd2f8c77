"""The shapes printed in the SVG are those of a plain torch run written here."""

import itertools
import re
import xml.etree.ElementTree as ET

import pytest
import torch
from torch import nn

import lstmviz

SVG = "{http://www.w3.org/2000/svg}"
N, F, H = 6, 3, 16
CLASSES = {"lstm": nn.LSTM, "gru": nn.GRU, "rnn": nn.RNN}


def measured(type, layers, bidirectional, batch_first, steps):
    module = CLASSES[type](F, H, layers, bidirectional=bidirectional, batch_first=batch_first)
    x = torch.zeros(N, steps, F) if batch_first else torch.zeros(steps, N, F)
    output, states = module(x)
    states = states if type == "lstm" else (states,)
    return [tuple(x.shape), tuple(output.shape), *(tuple(s.shape) for s in states)]


def printed(svg):
    """The text of the figure with runs joined, without blanks: what a reader sees."""
    return re.sub(r"\s", "", "".join("".join(t.itertext()) for t in ET.fromstring(svg).iter(f"{SVG}text")))


@pytest.mark.parametrize(
    ("type", "layers", "bidirectional", "batch_first", "steps"),
    itertools.product(CLASSES, (1, 2, 3, 4), (False, True), (False, True), (2, 5)),
)
def test_printed_shapes_are_torchs(type, layers, bidirectional, batch_first, steps):
    spec = {
        "input": {"batch_size": N, "timesteps": steps, "features": F, "batch_first": batch_first},
        "layers": [{type: {"hidden_size": H, "num_layers": layers, "bidirectional": bidirectional}}],
    }
    text = printed(lstmviz.draw(spec, "grid", text="plain").svg)
    shapes = measured(type, layers, bidirectional, batch_first, steps)
    d = "2" if bidirectional else ""
    symbols = ["(N,T,F)", f"(N,T,{d}H)"] if batch_first else ["(T,N,F)", f"(T,N,{d}H)"]
    for symbol, shape in zip([*symbols, *[f"({d}L,N,H)"] * (len(shapes) - 2)], shapes, strict=True):
        assert f"{symbol}=({','.join(map(str, shape))})" in text
