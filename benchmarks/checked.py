"""Measures what a user's own module costs beside its own forward: one model and one work a process.

Prints the seconds of a forward, of the work (a check, its shapes, its pipeline), and the MiB that the work
took beyond the model.
"""

from __future__ import annotations

import resource
import sys
import time
from typing import TYPE_CHECKING, Any

import torch
from torch import nn

import lstmviz

if TYPE_CHECKING:
    from collections.abc import Callable


class LanguageModel(nn.Module):
    """A score for each word of the vocabulary, after each word."""

    def __init__(self, words: int, size: int) -> None:
        super().__init__()
        self.embed, self.rnn, self.out = (
            nn.Embedding(words, size),
            nn.LSTM(size, size, 2),
            nn.Linear(size, words),
        )

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        """Read a batch of sequences, time first."""
        return self.out(self.rnn(self.embed(tokens))[0])  # type: ignore[no-any-return]


class Sentiment(nn.Module):
    """Two directions over a long text, judged at its last word."""

    def __init__(self) -> None:
        super().__init__()
        self.rnn = nn.LSTM(100, 256, 2, bidirectional=True, batch_first=True)
        self.out = nn.Linear(512, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Judge every text."""
        return self.out(self.rnn(x)[0][:, -1])  # type: ignore[no-any-return]


class Greedy(nn.Module):
    """A translator whose decoder reads the word that it found likeliest."""

    def __init__(self, words: int) -> None:
        super().__init__()
        self.embed, self.encoder = nn.Embedding(words, 256), nn.GRU(256, 512)
        self.cell, self.out = nn.GRUCell(256, 512), nn.Linear(512, words)

    def forward(self, source: torch.Tensor) -> torch.Tensor:
        """Translate in eight steps."""
        state, word, scores = self.encoder(self.embed(source))[1][0], source[0], []
        for _ in range(8):
            state = self.cell(self.embed(word), state)
            scores.append(self.out(state))
            word = scores[-1].argmax(1)
        return torch.stack(scores)


class Loop(nn.Module):
    """A cell that is called for every step."""

    def __init__(self) -> None:
        super().__init__()
        self.cell, self.out = nn.LSTMCell(8, 32), nn.Linear(32, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Read a batch of sequences, time first."""
        h = c = x.new_zeros(x.shape[1], 32)
        for step in x:
            h, c = self.cell(step, (h, c))
        return self.out(h)  # type: ignore[no-any-return]


class LongLoop(nn.Module):
    """Two cells and a head for every step: three calls each."""

    def __init__(self) -> None:
        super().__init__()
        self.one, self.two, self.out = nn.LSTMCell(1, 51), nn.LSTMCell(51, 51), nn.Linear(51, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Read a batch of sequences, batch first."""
        h = c = g = d = x.new_zeros(len(x), 51)
        given = []
        for step in x.split(1, dim=1):
            h, c = self.one(step, (h, c))
            g, d = self.two(h, (g, d))
            given.append(self.out(g))
        return torch.cat(given, dim=1)


class OwnCell(nn.Module):
    """An LSTM in plain operations: some twenty calls for every step."""

    def __init__(self) -> None:
        super().__init__()
        self.gates = nn.Linear(8 + 32, 4 * 32)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Read a batch of sequences, time first."""
        h = c = x.new_zeros(x.shape[1], 32)
        found = []
        for step in x:
            i, f, g, o = self.gates(torch.cat([step, h], 1)).chunk(4, 1)
            c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
            h = torch.sigmoid(o) * torch.tanh(c)
            found.append(h)
        return torch.stack(found)


def tokens(words: int, *sizes: int) -> torch.Tensor:
    """Return a batch of words."""
    return torch.randint(0, words, sizes, generator=torch.Generator().manual_seed(0))


CASES: dict[str, Callable[[], tuple[nn.Module, Any]]] = {
    "language model, 10,000 words": lambda: (LanguageModel(10_000, 200), tokens(10_000, 35, 20)),
    "language model, 33,000 words": lambda: (LanguageModel(33_000, 400), tokens(33_000, 35, 10)),
    "two directions over 256 steps": lambda: (Sentiment(), torch.randn(8, 256, 100)),
    "greedy decoder, 5,893 words": lambda: (Greedy(5893), tokens(5893, 11, 8)),
    "loop over a cell, 200 steps": lambda: (Loop(), torch.randn(200, 8, 8)),
    "a cell of one's own, 200 steps": lambda: (OwnCell(), torch.randn(200, 8, 8)),
    "loop of 1,000 calls": lambda: (LongLoop(), torch.randn(2, 333)),
}
WORKS: dict[str, Callable[[nn.Module, Any], Any]] = {
    "check": lambda model, given: lstmviz.check(model, inputs=(given,)),
    "shapes": lambda model, given: lstmviz.shapes(model, inputs=(given,)),
    "pipeline": lambda model, given: lstmviz.draw(model, "pipeline", inputs=(given,)),
}


def seconds(work: Callable[[], Any]) -> float:
    """Return the processor's time for a call."""
    began = time.process_time()
    work()
    return time.process_time() - began


def peak() -> float:
    """Return the most memory that this process had so far, MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main(name: str, work: str) -> None:
    """Measure one model."""
    torch.set_num_threads(1)
    torch.manual_seed(0)
    model, given = CASES[name]()
    model(given)
    forward = min(seconds(lambda: model(given)) for _ in range(3))
    lstmviz.shapes(nn.LSTM(1, 1))  # what is imported once is not of this model
    before = peak()
    spent = seconds(lambda: WORKS[work](model, given))
    print(forward, spent, peak() - before)


if __name__ == "__main__":
    main(*sys.argv[1:])
