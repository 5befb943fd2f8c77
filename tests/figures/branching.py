"""Modules that branch, join, nest and repeat: some by name, and any at random."""

from __future__ import annotations

import sys
from pathlib import Path

import torch
from hypothesis import strategies as st
from torch import nn

sys.path.insert(0, str(Path(__file__).parents[1] / "network"))
import zoo

WIDE = 8
INPUTS = st.integers(1, 3)


class Part(nn.Module):
    """One step of a random model: what it does, and which earlier values it reads."""

    def __init__(self, kind, inner=None):
        super().__init__()
        self.kind = kind
        makers = {
            "linear": lambda: nn.Linear(WIDE, WIDE),
            "relu": nn.ReLU,
            "drop": lambda: nn.Dropout(0.1),
            "norm": lambda: nn.LayerNorm(WIDE),
            "gru": lambda: nn.GRU(WIDE, WIDE, batch_first=True),
            "lstm": lambda: nn.LSTM(WIDE, WIDE, 2, batch_first=True),
            "joined": lambda: nn.Linear(2 * WIDE, WIDE),
            "nested": lambda: inner,
            "repeated": lambda: nn.ModuleList(Residual() for _ in range(4)),
        }
        self.body = makers[kind]() if kind in makers else None

    def forward(self, a, b):
        if self.kind in {"linear", "relu", "drop", "norm", "nested"}:
            return self.body(a)
        if self.kind in {"gru", "lstm"}:
            return self.body(a)[0]
        if self.kind == "joined":
            return self.body(torch.cat([a, b], -1))
        if self.kind == "repeated":
            for block in self.body:
                a = block(a)
            return a
        return {"add": torch.add, "mul": torch.mul, "sub": torch.sub}[self.kind](a, b)


class Residual(nn.Module):
    """A block of a stack."""

    def __init__(self):
        super().__init__()
        self.norm, self.gru = nn.LayerNorm(WIDE), nn.GRU(WIDE, WIDE, batch_first=True)

    def forward(self, x):
        return x + self.gru(self.norm(x))[0]


class Random(nn.Module):
    """Steps that read any values before them, and one or two results."""

    def __init__(self, steps, inputs, results):
        super().__init__()
        self.steps = nn.ModuleList(step for step, _, _ in steps)
        self.reads = [(a, b) for _, a, b in steps]
        self.inputs, self.results = inputs, results

    def forward(self, *given):
        values = list(given)
        for step, (a, b) in zip(self.steps, self.reads, strict=True):
            values.append(step.forward(values[a], values[b]))
        if self.results == 1:
            return values[-1]
        return {f"result {k}": values[-1 - k] for k in range(self.results)}


@st.composite
def modules(draw, depth=2):
    """A random module, and what it is run on."""
    module, inputs = draw(_module(depth, draw(INPUTS)))
    return module, tuple(torch.randn(2, 5, WIDE) for _ in range(inputs))


@st.composite
def _module(draw, depth, inputs):
    kinds = ["linear", "relu", "drop", "norm", "gru", "lstm", "joined", "add", "mul", "sub", "repeated"]
    kinds += ["nested"] * 3 if depth > 1 else []
    steps = []
    for at in range(draw(st.integers(1, 7))):
        kind = draw(st.sampled_from(kinds))
        have = inputs + at
        near = st.integers(max(0, have - 3), have - 1)
        inner = draw(_module(depth - 1, 1))[0] if kind == "nested" else None
        steps.append((Part(kind, inner), draw(near), draw(st.integers(0, have - 1))))
    results = draw(st.integers(1, min(2, len(steps)))) if depth > 1 else 1
    return Random(steps, inputs, results), inputs


class Attention(nn.Module):
    """Additive attention, as a module of its own inside a decoder."""

    def __init__(self, size):
        super().__init__()
        self.query, self.key, self.score = nn.Linear(size, size), nn.Linear(size, size), nn.Linear(size, 1)

    def forward(self, asked, memory):
        mixed = torch.tanh(self.query(asked).unsqueeze(2) + self.key(memory).unsqueeze(1))
        weights = self.score(mixed).squeeze(-1).softmax(-1)
        return weights @ memory, weights


class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed, self.rnn = nn.Embedding(50, 8), nn.LSTM(8, 16, batch_first=True)

    def forward(self, tokens):
        return self.rnn(self.embed(tokens))


class Decoder(Encoder):
    def __init__(self):
        super().__init__()
        self.attention, self.out = Attention(16), nn.Linear(32, 50)

    def forward(self, tokens, memory, state):
        asked, _ = self.rnn(self.embed(tokens), state)
        context, weights = self.attention(asked, memory)
        return {"logits": self.out(torch.cat([asked, context], -1)), "weights": weights}


class Translator(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder, self.decoder = Encoder(), Decoder()

    def forward(self, source, target):
        return self.decoder(target, *self.encoder(source))


class Stack(nn.Module):
    """Six residual blocks between two layers."""

    def __init__(self, count=6):
        super().__init__()
        self.first, self.last = nn.Linear(3, 8), nn.Linear(8, 2)
        self.blocks = nn.ModuleList(Residual() for _ in range(count))

    def forward(self, x):
        x = self.first(x)
        for block in self.blocks:
            x = block(x)
        return self.last(x)


TRANSLATOR = (Translator(), (zoo.tokens(4, 5), zoo.tokens(4, 6)))
STACK = (Stack(), (zoo.data(4, 5, 3),))
