"""Attention and residuals over recurrent layers: each reading of `output` is drawn in the grid, or said."""

from __future__ import annotations

import pytest
import torch
from torch import nn

import lstmviz
from tests.network.keras_models import k, keras

STEPS, FEATURES, UNITS = 5, 6, 8


class Attended(nn.Module):
    """Torch's attention over an LSTM, a residual and a LayerNorm."""

    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(FEATURES, UNITS, batch_first=True)
        self.attention, self.norm = nn.MultiheadAttention(UNITS, 2, batch_first=True), nn.LayerNorm(UNITS)
        self.head = nn.Linear(UNITS, 3)

    def forward(self, x):
        steps, _ = self.lstm(x)
        return self.head(self.norm(steps + self.attention(steps, steps, steps)[0]).mean(1))


class ByHand(Attended):
    """The same of four layers, as tutorials write it."""

    def __init__(self):
        super().__init__()
        self.attention = None
        self.q, self.k, self.v, self.out = (nn.Linear(UNITS, UNITS) for _ in range(4))

    def forward(self, x):
        steps, _ = self.lstm(x)
        q, k, v = (one(steps).unflatten(-1, (2, 4)).transpose(1, 2) for one in (self.q, self.k, self.v))
        mixed = torch.softmax(q @ k.transpose(2, 3) / 2, -1) @ v
        return self.head(self.norm(steps + self.out(mixed.transpose(1, 2).flatten(2))).mean(1))


class Skipped(nn.Module):
    """A Linear, an LSTM of it, and their sum."""

    def __init__(self):
        super().__init__()
        self.project, self.lstm = nn.Linear(FEATURES, UNITS), nn.LSTM(UNITS, UNITS, batch_first=True)
        self.head = nn.Linear(UNITS, 2)

    def forward(self, x):
        projected = self.project(x)
        return self.head(projected + self.lstm(projected)[0])


class Heads(nn.Module):
    """Five heads on one LSTM."""

    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(FEATURES, UNITS, batch_first=True)
        self.heads = nn.ModuleList(nn.Linear(UNITS, size) for size in range(2, 7))

    def forward(self, x):
        steps, _ = self.lstm(x)
        return tuple(head(steps) for head in self.heads)


def attended(heads, size, **options):
    """Keras's attention over an LSTM, Add and LayerNormalization."""
    x = keras.Input((STEPS, FEATURES))
    steps = k.LSTM(UNITS, return_sequences=True, name="lstm")(x)
    mixed = k.MultiHeadAttention(heads, size, name="attention", **options)(steps, steps)
    added = k.LayerNormalization(name="norm")(k.Add(name="add")([steps, mixed]))
    return keras.Model(x, k.Dense(3, name="head")(k.GlobalAveragePooling1D()(added)))


def skipped():
    """Add of an LSTM and of the Dense that it reads."""
    x = keras.Input((STEPS, FEATURES))
    projected = k.Dense(UNITS, name="project")(x)
    steps = k.LSTM(UNITS, return_sequences=True, name="lstm")(projected)
    return keras.Model(x, k.Dense(2, name="head")(k.Add(name="add")([projected, steps])))


MODELS = {
    "attended": Attended, "by hand": ByHand, "skipped": Skipped, "heads": Heads,
    "keras attended": lambda: attended(2, UNITS // 2),
    "keras without biases": lambda: attended(2, UNITS // 2, use_bias=False),
    "keras with wider heads": lambda: attended(3, 4), "keras skipped": skipped,
}  # fmt: skip
DRAWN = {"attended": "lstm", "keras attended": "lstm", "keras without biases": "lstm"}
"""Where the sum is led to by an arrow from `output`."""
SAID = {"by hand": "add reads lstm.output", "keras with wider heads": "add reads lstm.output",
        "skipped": "add reads project.output", "keras skipped": "add reads project.output",
        "heads": "heads.4 reads lstm.output"}  # fmt: skip


@pytest.mark.parametrize("name", MODELS)
def test_every_kind_is_proven(name):
    for proof in lstmviz.check(MODELS[name](), inputs=(torch.randn(3, STEPS, FEATURES),)):
        assert proof.answer == "proven", (proof.kind, proof.faults, proof.unproven)


@pytest.mark.parametrize("kind", ["grid", "unrolled"])
@pytest.mark.parametrize("name", MODELS)
def test_the_second_reading_is_drawn_or_said(name, kind):
    scene = lstmviz.draw(MODELS[name](), kind, inputs=(torch.randn(3, STEPS, FEATURES),)).scene
    arrows = [edge for edge in scene.edges if edge.role == "output" and edge.target.startswith("add")]
    assert bool(arrows) is (name in DRAWN or "skipped" in name)
    said = " ".join(text.label.text for text in scene.texts)
    assert (SAID[name] in said) if name in SAID else "not drawn" not in said
