"""Axes arranged otherwise than a spec does: frames of a video, exchanges, repeated vectors, packed batches.

What is written gives the module's own numbers with its weights; what only looks alike is not written.
"""

from __future__ import annotations

import dataclasses
import re

import pytest
import torch
from torch import nn

import lstmviz
from lstmviz.network.plan import plan_of
from lstmviz.network.run import Host, run, undisturbed
from lstmviz.network.user.as_plan import plan_from
from lstmviz.network.user.as_spec import spec_text
from lstmviz.network.user.describe import describe
from lstmviz.network.user.rewording import reworded
from lstmviz.network.user.spec_input import BeyondSpecError

N, T, C, F = 2, 5, 3, 8
VIDEO, X, IMAGE = torch.randn(N, T, C, 8, 8), torch.randn(4, 7, F), torch.randn(N, C, 8, 10)
LENGTHS = torch.tensor([7, 5, 5, 2])


class Net(nn.Module):
    """All layers that the ways use; which of them run is the way's business."""

    def __init__(self, way):
        super().__init__()
        self.cnn, self.norm, self.pool2 = nn.Conv2d(C, 4, 3), nn.BatchNorm2d(4), nn.MaxPool2d(2)
        self.flat, self.after, self.video = nn.Flatten(), nn.Linear(36, F), nn.LSTM(36, 6, batch_first=True)
        self.rnn, self.both = nn.LSTM(F, F, batch_first=True), nn.GRU(F, F, 2, bidirectional=True)
        self.conv, self.conv2, self.batch = nn.Conv1d(F, F, 3), nn.Conv1d(F, F, 2), nn.BatchNorm1d(F)
        self.pool, self.one = nn.MaxPool1d(2), nn.AdaptiveAvgPool1d(1)
        self.head, self.wide, self.score = nn.Linear(F, 2), nn.Linear(2 * F, 2), nn.Linear(F, 1)
        self.back = nn.RNN(F, F, batch_first=True)
        self.columns = nn.LSTM(4 * 3, 6)
        self.way = way

    def forward(self, *given):
        return self.way(self, *given)


def frames(m, x):
    return m.pool2(torch.relu(m.norm(m.cnn(x))))


def vectors(m, x):
    rows = m.after(frames(m, x.reshape(-1, C, 8, 8)).view(N * T, -1))
    return m.rnn(torch.tanh(rows).view(N, T, F))[0]


def by_frame(m, x, steps):
    return m.rnn(torch.stack([m.after(m.flat(frames(m, x[:, t]))) for t in steps], dim=1))[0]


def several(m, x):
    moved = m.pool(m.conv2(torch.relu(m.batch(m.conv(x.permute(0, 2, 1))))))
    return m.rnn(moved.transpose(1, 2))[0]


def columns(m, x):
    return m.columns(frames(m, x).permute(3, 0, 1, 2).reshape(4, N, 12))[0]


def packed(m, x, lengths):
    rows = nn.utils.rnn.pack_padded_sequence(x, lengths, batch_first=True)
    return m.head(m.rnn(rows)[1][0][-1])


def packed_and_padded(m, x, lengths):
    rows = nn.utils.rnn.pack_padded_sequence(x, lengths, batch_first=True)
    output, (h, _) = m.rnn(rows)
    nn.utils.rnn.pad_packed_sequence(output, batch_first=True)
    return m.head(h[-1])


WAYS = {
    "frames": (lambda m, x: m.video(m.flat(frames(m, x.view(N * T, C, 8, 8))).view(N, T, -1))[0], (VIDEO,)),
    "frames that become vectors as they come apart": (
        lambda m, x: m.video(frames(m, x.flatten(0, 1)).reshape(N, T, -1))[0], (VIDEO,)),
    "a layer on the vector of every frame": (vectors, (VIDEO,)),
    "frame by frame": (lambda m, x: by_frame(m, x, range(T)), (VIDEO,)),
    "columns of an image": (columns, (IMAGE,)),
    "several layers between two exchanges": (several, (X,)),
    "the mean of a convolution": (lambda m, x: m.head(torch.relu(m.conv(x.transpose(1, 2))).mean(-1)), (X,)),
    "a convolution's one step": (lambda m, x: m.head(m.one(m.conv(x.transpose(1, 2))).squeeze(-1)), (X,)),
    "a vector as every step": (
        lambda m, x: m.head(m.rnn(x)[1][0][-1].unsqueeze(1).expand(-1, 6, -1)), (X,)),
    "a vector as every step of a layer": (
        lambda m, x: m.back(m.rnn(x)[1][0][-1].unsqueeze(1).repeat(1, 6, 1))[0], (X,)),
    "one axis less": (lambda m, x: m.score(m.rnn(x)[0][:, -1]).squeeze(1), (X,)),
    "packed, for the last state alone": (packed, (X, LENGTHS)),
    "packed and padded, for the last state alone": (packed_and_padded, (X, LENGTHS)),
}  # fmt: skip
LINE = r" \(test_arranging.py:\d+\): "
REFUSED = {
    "frames from the end": (
        lambda m, x: by_frame(m, x, range(T - 1, -1, -1)), (VIDEO,), f"getitem{LINE}"),
    "samples for steps": (
        lambda m, x: m.video(m.flat(frames(m, x.view(N * T, C, 8, 8))).view(T, N, -1))[0],
        (VIDEO,), rf"view-2{LINE}its outputs are output \(5, 2, 36\)"),
    "a softmax along time": (
        lambda m, x: m.rnn(torch.softmax(m.conv(x.transpose(1, 2)), 2).transpose(1, 2))[0],
        (X,), f"transpose{LINE}"),
    "no exchange back": (
        lambda m, x: m.rnn(m.conv(x.view(4, F, 7)).view(4, 5, F))[0], (X,),
        rf"view-2{LINE}as a spec it does not run"),
    "a vector along the batch": (
        lambda m, x: m.rnn(x)[1][0][-1].unsqueeze(0).repeat(6, 1, 1), (X,), f"repeat{LINE}"),
}  # fmt: skip


def written(way, inputs):
    net = Net(way).eval()
    return net, spec_text(plan_from(reworded(describe(net, inputs)))[0], "Net", "x")


def with_weights(text, net, given):
    """What the model of a spec gives on an input, with the weights of a module."""
    seen, own = [], net.state_dict()
    with undisturbed():
        run(plan_of(lstmviz.load(text)), Host(initialised=True), lambda *one: seen.append(one))
    flow = dataclasses.replace(seen[0][1], value=given)
    for stage, _, _ in seen:
        held = {k: v for k, v in own.items() if k.startswith(f"{stage.head.name}.")}
        stage.inner.load_state_dict({k.partition(".")[2]: v for k, v in held.items()})
        flow = stage.eval()(flow)
    return flow.data


@pytest.mark.parametrize("name", WAYS)
def test_what_is_written_gives_the_modules_own_numbers(name):
    way, inputs = WAYS[name]
    net, text = written(way, inputs)
    with torch.no_grad():
        torch.testing.assert_close(with_weights(text, net, inputs[0]), net(*inputs))
    assert all(proof.answer == "proven" for proof in lstmviz.check(text))


@pytest.mark.parametrize("name", REFUSED)
def test_what_only_looks_alike_is_not_written(name):
    way, inputs, words = REFUSED[name]
    with pytest.raises(BeyondSpecError) as error:
        written(way, inputs)
    assert re.search(words, str(error.value))


def test_a_flat_frame_needs_no_words():
    text = written(*WAYS["frames"])[1]
    assert "  - flatten: {}\n    name: flat\n" in text
    assert "view" not in text
    assert "  timesteps: 5\n  channels: 3\n" in text
