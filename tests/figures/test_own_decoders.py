"""An encoder of torch's and a decoder loop of one's own: attention as a lane, states led over, all proven."""

import dataclasses
import sys
from pathlib import Path

import pytest
import torch
from torch import nn

from lstmviz.checking import proof
from lstmviz.figure_requests import plan_kind
from lstmviz.network.decoders import decoders
from tests.figures.own_scenes import Scenes, ends
from tests.refuting import refuted

sys.path.insert(0, str(Path(__file__).parents[1] / "network"))
import own_zoo

N, T, F, H = 2, 5, 3, 4


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.Wa, self.Ua, self.Va = nn.Linear(H, H), nn.Linear(H, H), nn.Linear(H, 1)

    def forward(self, query, keys):
        scores = self.Va(torch.tanh(self.Wa(query) + self.Ua(keys))).squeeze(2).unsqueeze(1)
        weights = torch.softmax(scores, -1)
        return torch.bmm(weights, keys), weights


class Tutorial(nn.Module):
    """PyTorch's tutorial: additive attention, an nn.GRU called step by step, the best token read next."""

    def __init__(self):
        super().__init__()
        self.embed, self.encoder = nn.Embedding(7, H), nn.GRU(H, H, batch_first=True)
        self.words, self.attention = nn.Embedding(7, H), Attention()
        self.gru, self.out = nn.GRU(2 * H, H, batch_first=True), nn.Linear(H, 7)

    def forward(self, x):
        outputs, hidden = self.encoder(self.embed(x))
        token, found, weighed = torch.zeros(len(x), 1, dtype=torch.long), [], []
        for _ in range(3):
            context, weights = self.attention(hidden.permute(1, 0, 2), outputs)
            output, hidden = self.gru(torch.cat((self.words(token), context), 2), hidden)
            y = self.out(output)
            found.append(y)
            weighed.append(weights)
            token = y.topk(1)[1].squeeze(-1).detach()
        return torch.log_softmax(torch.cat(found, 1), -1), torch.cat(weighed, 1)


class Bridged(nn.Module):
    """Two directions, summarised for the decoder by a Linear."""

    def __init__(self):
        super().__init__()
        self.encoder = nn.LSTM(F, H, batch_first=True, bidirectional=True)
        self.bridge, self.W = nn.Linear(2 * H, H), nn.Linear(2 * H, H, bias=False)
        self.cell, self.out = nn.GRUCell(F + 2 * H, H), nn.Linear(H, 6)

    def forward(self, x, y):
        memory, (h, _) = self.encoder(x)
        h, keys, found = torch.tanh(self.bridge(torch.cat([h[-2], h[-1]], 1))), self.W(memory), []
        for t in range(y.shape[1]):
            weights = torch.softmax(torch.einsum("bth,bh->bt", keys, h), 1)
            context = (weights[:, :, None] * memory).sum(1)
            h = self.cell(torch.cat([y[:, t], context], 1), h)
            found.append(self.out(h))
        return torch.stack(found, 1)


class Packed(nn.Module):
    """A padded batch: the encoder's steps are masked by their lengths."""

    def __init__(self):
        super().__init__()
        self.encoder, self.cell = nn.GRU(F, H, batch_first=True), nn.GRUCell(F + H, H)

    def forward(self, x, lengths, y):
        packed = nn.utils.rnn.pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
        output, h = self.encoder(packed)
        memory, _ = nn.utils.rnn.pad_packed_sequence(output, batch_first=True)
        h, mask, found = h[-1], torch.arange(T) >= lengths[:, None], []
        for y_t in y.unbind(1):
            scores = (memory * h[:, None]).sum(2).masked_fill(mask, -1e9)
            context = (torch.softmax(scores, 1)[:, :, None] * memory).sum(1)
            h = self.cell(torch.cat([y_t, context], 1), h)
            found.append(h)
        return torch.stack(found, 1)


class LastThree(nn.Module):
    """Reads the encoder's last three steps alone, and of them the best: no derivative goes through that."""

    def __init__(self):
        super().__init__()
        self.encoder, self.cell = nn.GRU(F, H, batch_first=True), nn.GRUCell(F + H, H)

    def forward(self, x, y):
        memory, h = self.encoder(x)
        memory, h, found = memory[:, -3:], h[0], []
        for t in range(y.shape[1]):
            best = (memory * h[:, None]).sum(2).argmax(1)
            h = self.cell(torch.cat([y[:, t], memory[torch.arange(N), best]], 1), h)
            found.append(h)
        return torch.stack(found, 1)


MADE = {
    "Tutorial": (Tutorial, lambda: (torch.randint(7, (N, T)),)),
    "Packed": (Packed, lambda: (torch.randn(N, T, F), torch.tensor([3, 5]), torch.randn(N, 3, F))),
    "LastThree": (LastThree, lambda: (torch.randn(N, T, F), torch.randn(N, 3, F))),
    "Bridged": (Bridged, lambda: (torch.randn(N, T, F), torch.randn(N, 3, F))),
    **{name: (getattr(own_zoo, name), own_zoo.GIVEN[name]) for name in ("Bahdanau", "General", "MultiHead")},
}


SCENES = Scenes(lambda name: (MADE[name][0](), MADE[name][1]()))
made, seen, followed, scene_of = SCENES.made, SCENES.seen, SCENES.followed, SCENES.scene_of


@pytest.mark.parametrize("name", MADE)
@pytest.mark.parametrize("kind", ["grid", "unrolled"])
def test_what_is_drawn_is_proven(name, kind):
    for width in ("text", "column"):
        found = proof(seen(name), plan_kind(kind, {"width": width}), followed=followed(name))
        assert (found.faults, found.unproven) == ((), ()), width
        assert found.arrows == found.proven > 0


def test_the_tutorial_is_drawn_as_it_runs():
    drawn = ends(scene_of("Tutorial"))
    assert {(f"encoder/output.t{t}", "loop/all1") for t in range(1, T + 1)} <= drawn
    assert ("encoder/h_n.l0.fwd", "loop/hidden_0.l0.fwd") in drawn
    assert ("loop/cell.l0.fwd.t1", "loop/scores.t2") in drawn  # what asks is the state of the step before
    assert {("loop/all1", "loop/scores.t2"), ("loop/scores.t2", "loop/softmax.t2"),
            ("loop/softmax.t2", "loop/context.t2"), ("loop/all1", "loop/context.t2"),
            ("loop/context.t2", "loop/cell.l0.fwd.t2")} <= drawn  # fmt: skip
    assert ("loop/softmax.t2", "loop/output2.t2") in drawn


def test_only_the_steps_that_are_read_are_on_the_bus():
    read = {source for source, target in ends(scene_of("LastThree")) if target == "loop/all1"}
    assert read == {f"encoder/output.t{t}" for t in (3, 4, 5)}


def test_luong_asks_with_the_state_of_the_same_step():
    assert ("loop/cell.l0.fwd.t2", "loop/scores.t2") in ends(scene_of("General"))


def test_both_directions_reach_the_decoder_through_the_bridge():
    drawn = ends(scene_of("Bridged"))
    assert {
        ("encoder/h_n.l0.fwd", "tanh.l0.fwd.k0"),
        ("encoder/h_n.l0.rev", "tanh.l0.fwd.k0"),
        ("tanh.l0.fwd.k0", "loop/h_0.l0.fwd"),
    } <= drawn
    assert {("encoder/output.t1", "W"), ("W", "loop/all1"), ("encoder/output.t1", "loop/all2")} <= drawn


def test_torchs_attention_is_one_node_of_the_lane():
    (one,) = decoders(seen("MultiHead").trace)
    assert [share.name for share in one.own.shares] == ["context", "cell"]


@pytest.mark.parametrize("name", ["Bahdanau", "Bridged"])
def test_every_arrow_that_is_wanting_is_missed(name):
    scene = scene_of(name)
    for place, edge in enumerate(scene.edges):
        edges = (*scene.edges[:place], *scene.edges[place + 1 :])
        new = dataclasses.replace(scene, edges=edges)
        assert refuted(new, seen(name).trace, followed=followed(name)), edge.id


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("loop/all1", "loop/context.t1"),
        ("loop/scores.t1", "loop/context.t1"),
        ("loop/cell.l0.fwd.t2", "loop/scores.t2"),
        ("loop/context.t1", "loop/cell.l0.fwd.t2"),
        ("encoder/output.t2", "loop/all1"),
        ("encoder/h_n.l0.fwd", "loop/x.t1"),
    ],
)
def test_a_false_arrow_is_found(source, target):
    scene = scene_of("Bahdanau")
    boxes = {node.id: node.box for node in scene.nodes}
    route = tuple(((boxes[name][0] + boxes[name][2]) / 2, boxes[name][side]) for name, side in
                  ((source, 1), (target, 3)))  # fmt: skip
    edge = dataclasses.replace(scene.edges[0], id="more", source=source, target=target, route=route)
    new = dataclasses.replace(scene, edges=(*scene.edges, edge))
    assert refuted(new, seen("Bahdanau").trace, followed=followed("Bahdanau"))
