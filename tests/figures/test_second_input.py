"""What a figure says of a decoder's second input is what the run showed."""

import pytest
import torch
from torch import nn

import lstmviz
from lstmviz.figures.shared.second_input import AS_GIVEN, LATER, OWN


class Pair(nn.Module):
    """An encoder and a decoder; how the decoder gets its steps is the test's."""

    def __init__(self, read):
        super().__init__()
        self.encoder, self.decoder, self.fc, self.read = nn.LSTM(2, 4), nn.LSTM(2, 4), nn.Linear(4, 2), read

    def forward(self, x, target):
        _, state = self.encoder(x)
        return self.fc(self.decoder(self.read(x, target), state)[0])


class Teacher(Pair):
    """Step by step: the last step of x, then the target's steps before."""

    def forward(self, x, target):
        _, state = self.encoder(x)
        read, given = x[-1], []
        for t in range(len(target)):
            y, state = self.decoder(read.unsqueeze(0), state)
            given.append(self.fc(y.squeeze(0)))
            read = target[t]
        return torch.stack(given)


MODELS = {
    "as given": (Pair(lambda _, target: target), AS_GIVEN),
    "doubled": (Pair(lambda _, target: target * 2), OWN.format("mul.output")),
    "turned round": (Pair(lambda _, target: target.flip(0)), OWN.format("flip.output")),
    "shifted": (Pair(lambda x, target: torch.cat([x[-1:], target[:-1]])), LATER),
    "step by step": (Teacher(None), LATER),
}


@pytest.mark.parametrize("kind", ["grid", "unrolled"])
@pytest.mark.parametrize("name", MODELS)
def test_only_what_the_run_showed_is_said(kind, name):
    model, expected = MODELS[name]
    figure = lstmviz.draw(model, kind, inputs=(torch.randn(5, 3, 2), torch.randn(4, 3, 2)))
    texts = " ".join(text.label.text for text in figure.scene.texts)
    assert expected in texts
    assert not [one for one in (AS_GIVEN, LATER) if one != expected and one in texts]
