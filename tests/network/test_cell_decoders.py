"""Decoders that are torch's cells in a loop, and begin with the last states of a layer of torch's."""

import pytest
import torch
from torch import nn

import lstmviz
from tests.figures.own_scenes import Scenes, without_or_turned
from tests.refuting import refuted

X = torch.randn(3, 6, 3)


class Reads(nn.Module):
    """An LSTM, its last states taken out, and a cell that goes on over the data, from its end or not."""

    def __init__(self, way="forwards", first=False):
        super().__init__()
        self.encoder, self.decoder = nn.LSTM(3, 4, batch_first=True), nn.LSTMCell(3, 4)
        self.out, self.way, self.first = nn.Linear(4, 3), way, first

    def forward(self, x):
        h, c = (state[0] for state in self.encoder(x)[1])
        ys = [self.out(h)] if self.first else []
        steps = range(x.shape[1] - 1)
        for t in steps if self.way == "forwards" else reversed(steps):
            h, c = self.decoder(x[:, t], (h, c))
            ys.append(self.out(h))
        return torch.stack(ys, 1)


@pytest.mark.parametrize("first", [False, True])
@pytest.mark.parametrize("way", ["forwards", "backwards"])
def test_states_without_an_axis_of_layers_are_handed_over(way, first):
    """Their arrows were refuted: samples were taken for layers. With `first` words were refuted, too."""
    module = Reads(way, first)
    assert {proof.answer for proof in lstmviz.check(module, inputs=(X,))} == {"proven"}
    scene = lstmviz.draw(module, "grid", inputs=(X,)).scene
    ends = {(edge.source, edge.target) for edge in scene.edges}
    handed = {(f"encoder/{s}_n.l0.fwd", f"decoder/{s}_0.l0.fwd") for s in "hc"}
    assert handed <= ends


def test_states_that_are_not_handed_over_so_are_refuted():
    scenes = Scenes(lambda way: (Reads(way), (X,)))
    scene, found = scenes.scene_of("forwards"), 0
    for changed, edge in without_or_turned(scene):
        if "h_n" in edge or "c_n" in edge:
            found += 1
            assert refuted(changed, scenes.seen("forwards").trace, followed=scenes.followed("forwards")), edge
    assert found >= 4
