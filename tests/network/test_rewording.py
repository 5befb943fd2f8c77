"""Models as people write them, as specs: last states, pooling, attention, skips, heads."""

from __future__ import annotations

import re

import pytest
import torch
from torch import nn

import lstmviz
from lstmviz.network.user.as_plan import plan_from
from lstmviz.network.user.as_spec import spec_text
from lstmviz.network.user.describe import describe
from lstmviz.network.user.rewording import reworded
from lstmviz.network.user.spec_input import BeyondSpecError

X = torch.zeros(4, 7, 8)
WAYS = {
    "last state": (lambda m, x: m.head(m.rnn(x)[1][0][-1]), "last_state"),
    "both ends": (
        lambda m, x: m.wide(torch.cat([(h := m.both(x)[1][0])[-2], h[-1]], dim=1)), "last_state"),
    "a loop's end": (lambda m, x: m.head(m.stepped(x)[0]), "last_state"),
    "a loop's end alone": (lambda m, x: m.stepped(x)[0], "last_state"),
    "last step": (lambda m, x: m.head(m.rnn(x)[0])[:, -1], "last_step"),
    "mean": (lambda m, x: m.head(m.rnn(x)[0].mean(1)), "pool_steps: mean"),
    "maximum": (lambda m, x: m.head(m.rnn(x)[0].max(dim=1).values), "pool_steps: max"),
    "attention": (lambda m, x: m.attend(*[m.rnn(x)[0]] * 3)[0], "self_attention: {num_heads: 2}"),
    "a convolution": (
        lambda m, x: m.head(m.rnn(torch.relu(m.conv(x.transpose(1, 2))).transpose(1, 2))[0]), "conv1d: "),
    "skip": (lambda m, x: m.norm(m.same(x)[0] + x), "add: input"),
    "concat": (lambda m, x: torch.cat([m.same(x)[0], x], -1), "concat: input"),
    "two heads": (lambda m, x: (m.head(y := m.rnn(x)[0]), m.other(y)), "from: rnn"),
}  # fmt: skip
REFUSED = {
    "a lower layer's state": (lambda m, x: m.deep(x)[1][0][0], r"getitem.*\(test_rewording.py:\d+\)"),
    "the ends the other way": (
        lambda m, x: torch.cat([(h := m.both(x)[1][0])[-1], h[-2]], 1), r"\(test_rewording.py:\d+\)"),
    "one direction's end": (lambda m, x: m.both(x)[1][0][-1], "in a spec only last_state reads states, h"),
    "a loop's cell state": (
        lambda m, x: m.head(m.stepped(x)[1]), r"where the loop of LSTMCell at test_rewording.py:\d+ ends;"),
    "a mean over the batch": (lambda m, x: m.rnn(x)[0].mean(0), "a spec has no layer mean"),
    "attention to others": (lambda m, x: m.attend((y := m.rnn(x)[0]), y * 2, y)[0], "no layer mul"),
    "the first behind": (lambda m, x: torch.cat([x, m.same(x)[0]], -1), "only add and concat read two"),
}  # fmt: skip


class Net(nn.Module):
    """All layers that the ways use; which of them run is the way's business."""

    def __init__(self, way):
        super().__init__()
        self.rnn, self.same = nn.LSTM(8, 16, batch_first=True), nn.GRU(8, 8, batch_first=True)
        self.conv = nn.Conv1d(8, 8, 3, padding=1)
        self.both = nn.LSTM(8, 16, batch_first=True, bidirectional=True)
        self.deep = nn.LSTM(8, 16, 2, batch_first=True)
        self.head, self.other, self.wide = nn.Linear(16, 2), nn.Linear(16, 1), nn.Linear(32, 2)
        self.attend, self.norm = nn.MultiheadAttention(16, 2, batch_first=True), nn.LayerNorm(8)
        self.step, self.way = nn.LSTMCell(8, 16), way

    def forward(self, x):
        return self.way(self, x)

    def stepped(self, x):
        h = c = x.new_zeros(x.shape[0], 16)
        for t in range(x.shape[1]):
            h, c = self.step(x[:, t], (h, c))
        return h, c


def written(way):
    return spec_text(plan_from(reworded(describe(Net(way), (X,))))[0], "Net", "x")


@pytest.mark.parametrize("name", WAYS)
def test_it_is_written_in_the_words_of_a_spec_and_proven(name):
    way, words = WAYS[name]
    text = written(way)
    assert re.search(rf"^ +(- )?{re.escape(words)}\b|^ +- {re.escape(words)}", text, re.MULTILINE), text
    ends = [[t.sizes for t in stage.outputs[:1]] for stage in lstmviz.shapes(text).trace.stages[-1:]]
    result = way(Net(way), X)
    last = result[-1] if isinstance(result, tuple) else result
    assert ends == [[tuple(last.shape)]]


@pytest.mark.parametrize("name", REFUSED)
def test_what_only_looks_alike_is_named_with_its_line(name):
    way, words = REFUSED[name]
    with pytest.raises(BeyondSpecError, match=words):
        written(way)


def test_a_mean_over_padding_is_no_pool_of_valid_steps():
    def padded(m, x):
        packed = nn.utils.rnn.pack_padded_sequence(x, [7, 5, 3, 2], batch_first=True)
        return nn.utils.rnn.pad_packed_sequence(m.rnn(packed)[0], batch_first=True)[0].mean(1)

    with pytest.raises(BeyondSpecError, match="no layer mean"):
        written(padded)


def test_a_packed_batch_that_is_given_is_named():
    packed = nn.utils.rnn.pack_padded_sequence(X, [7, 5, 3, 2], batch_first=True)
    with pytest.raises(BeyondSpecError, match="rnn is given a packed sequence"):
        plan_from(describe(Net(lambda m, x: m.rnn(x)[0].data), (packed,)))
