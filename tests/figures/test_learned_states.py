"""States that are parameters of the model: figures say that they are learned, not that they are given."""

import dataclasses

import pytest
import torch
from torch import nn

from lstmviz.proof.prove import prove
from tests.figures.own_scenes import Scenes


class Begins(nn.Module):
    """A layer, or a cell in a loop, that begins with parameters, or with what it is given, or with both."""

    def __init__(self, how):
        super().__init__()
        self.how, self.rnn, self.cell = how, nn.LSTM(3, 4), nn.LSTMCell(3, 4)
        self.h0, self.c0 = nn.Parameter(torch.randn(1, 1, 4)), nn.Parameter(torch.randn(1, 1, 4))

    def forward(self, x, c):
        h0, c0 = (one.expand(-1, x.shape[1], -1) for one in (self.h0, self.c0))
        if self.how == "cell":
            h, c, out = h0[0], c0[0], []
            for x_t in x:
                h, c = self.cell(x_t, (h, c))
                out.append(h)
            return torch.stack(out)
        begun = {"layer": (h0, c0), "given": (c, c), "both": (h0, c)}[self.how]
        return self.rnn(x, tuple(one.contiguous() for one in begun))[0]


SCENES = Scenes(lambda how: (Begins(how), (torch.randn(4, 2, 3), torch.randn(1, 2, 4))))


@pytest.mark.parametrize("how", ["layer", "cell", "given", "both"])
@pytest.mark.parametrize("kind", ["grid", "tensors", "rolled"])
def test_what_is_learned_is_not_said_to_be_given(how, kind):
    scene = SCENES.scene_of(how, kind)
    words = " ".join([scene.description, *(text.label.text for text in scene.texts)])
    assert ("learned" in words) == (how in {"layer", "cell"})
    assert ("given" in words) == (how in {"given", "both"})
    assert not prove(scene, SCENES.seen(how).trace, followed=SCENES.followed(how)).faults


@pytest.mark.parametrize("how", ["layer", "given"])
def test_the_other_word_is_refuted(how):
    trace = SCENES.seen(how).trace
    layers = tuple(dataclasses.replace(one, learned=not one.learned) for one in trace.recurrent)
    other = dataclasses.replace(trace, recurrent=layers)
    assert prove(SCENES.scene_of(how), other, followed=SCENES.followed(how)).faults
