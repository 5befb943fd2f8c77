"""A file such as people have: models to inspect, and some that go wrong."""

import os
import time

import torch
from torch import nn

VALUE = 3


class Forecast(nn.Module):
    def __init__(self, features=3, hidden=16):
        super().__init__()
        self.lstm = nn.LSTM(features, hidden, 2, batch_first=True)
        self.head = nn.Linear(hidden, 1)

    def forward(self, x):
        print("in forward:", tuple(x.shape))  # noqa: T201
        out, _ = self.lstm(x)
        return self.head(out[:, -1])


class Tagger(nn.Module):
    def __init__(self, words, hidden=8):
        super().__init__()
        self.embed = nn.Embedding(words, 6)
        self.rnn = nn.GRU(6, hidden, batch_first=True, bidirectional=True)

    def forward(self, batch, scale=1.0):
        packed = nn.utils.rnn.pack_padded_sequence(
            self.embed(batch["tokens"]), batch["lengths"], batch_first=True, enforce_sorted=False
        )
        return nn.utils.rnn.pad_packed_sequence(self.rnn(packed)[0], batch_first=True)[0] * scale


class Residual(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(3, 3, batch_first=True)

    def forward(self, x):
        return x + self.gru(x)[0]


def factory(hidden):
    return Forecast(hidden=hidden)


ready = Forecast()


class Slow(nn.Module):
    def forward(self, x):
        while True:
            time.sleep(0.1)


class Hungry(nn.Module):
    def forward(self, x):
        return torch.ones(2**33) + x.sum()


class Dies(nn.Module):
    def forward(self, x):
        os.abort()


class Ends(nn.Module):
    def forward(self, x):
        raise SystemExit(3)


class Breaks(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(3, 4)

    def forward(self, x):
        y = self.lstm(x)[0]
        return y @ y


class Refuses(nn.Module):
    def __init__(self):
        raise ValueError("no way")


class Stateful(nn.Module):
    """Takes a pair of states, a packed batch or a plain number, as callers do."""

    def __init__(self):
        super().__init__()
        self.lstm, self.out = nn.LSTM(3, 8), nn.Linear(8, 2)

    def forward(self, x, state, scale=1):
        h, c = state
        return self.out(self.lstm(x, (h, c))[0]) * scale

    def packed(self, batch):
        return self.out(self.lstm(batch)[0].data)

    def steps(self, x, number):
        assert isinstance(number, int)
        return self.lstm(x.expand(number, -1, -1))[0]


def states():
    return torch.rand(5, 2, 3), (torch.zeros(1, 2, 8), torch.zeros(1, 2, 8))
