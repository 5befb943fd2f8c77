"""Loops that read a target in some rounds and their own answers in others: teacher forcing by chance."""

import dataclasses
import random
import re
from itertools import pairwise

import pytest
import torch
from torch import nn

import lstmviz
from lstmviz.figure_requests import plan_kind
from lstmviz.figures.base import Subject
from lstmviz.network.user import loop_rounds
from lstmviz.network.user.describe import describe
from lstmviz.network.user.stage_dependences import follow
from lstmviz.pipeline import compose
from lstmviz.proof.prove import prove

V, E, H, N, T = 11, 4, 5, 3, 7


class Tokens(nn.Module):
    """An encoder of torch's, and a decoder that reads a token of its target, or its own best one."""

    def __init__(self):
        super().__init__()
        self.emb, self.out = nn.Embedding(V, E), nn.Linear(H, V)
        self.encoder, self.cell = nn.LSTM(E, H, batch_first=True), nn.LSTMCell(E, H)

    def forward(self, source, target):
        luck = random.Random(3)
        _, (h, c) = self.encoder(self.emb(source))
        h, c, token, ys = h[0], c[0], target[:, 0], []
        for t in range(1, T):
            h, c = self.cell(self.emb(token), (h, c))
            y = self.out(h)
            ys.append(y)
            token = target[:, t] if luck.random() < 0.5 else y.argmax(1)
        return torch.stack(ys, 1)


class Numbers(nn.Module):
    """A loop that chooses before it reads; the answers have derivatives, and nothing chooses in round 1."""

    def __init__(self):
        super().__init__()
        self.cell, self.out = nn.GRUCell(2, H), nn.Linear(H, 2)

    def forward(self, x):
        h, ys, luck = x.new_zeros(N, H), [], random.Random(8)
        for t in range(T):
            read = ys[-1] if t and luck.random() < 0.5 else x[:, t]
            h = self.cell(read, h)
            ys.append(self.out(h))
        return torch.stack(ys, 1)


class ThenItself(nn.Module):
    """The data as far as it goes, then its own answers, in one loop; answers are written to a table."""

    def __init__(self):
        super().__init__()
        self.w, self.u, self.out = nn.Linear(2, H), nn.Linear(H, H), nn.Linear(H, 2)

    def forward(self, x):
        h, ys, y = x.new_zeros(N, H), x.new_zeros(N, T, 2), None
        for t in range(T):
            h = torch.tanh(self.w(x[:, t] if t < 4 else y) + self.u(h))
            y = self.out(h)
            ys[:, t] = y
        return ys


class Captions(nn.Module):
    """Begins with an image; words of both kinds are embedded before they are chosen from."""

    def __init__(self):
        super().__init__()
        self.emb, self.image, self.cell, self.out = (
            nn.Embedding(V, 2), nn.Linear(6, 2), nn.GRUCell(2, H), nn.Linear(H, V))  # fmt: skip

    def forward(self, image, words):
        h, x, ys = image.new_zeros(N, H), self.image(image), []
        for t in range(T):
            h = self.cell(x, h)
            y = self.out(h)
            ys.append(y)
            x = self.emb(words[:, t]) if t % 3 else self.emb(y.argmax(1))
        return torch.stack(ys, 1)


class Two(nn.Module):
    """Two such inputs side by side, and two answers."""

    def __init__(self):
        super().__init__()
        self.cell, self.a, self.b = nn.GRUCell(4, H), nn.Linear(H, 2), nn.Linear(H, 2)

    def forward(self, p, d):
        h, ys, zs = p.new_zeros(N, H), [], []
        x, w = p[:, 0], d[:, 0]
        for t in range(1, T):
            h = self.cell(torch.cat([x, w], 1), h)
            y, z = self.a(h), self.b(h)
            ys.append(y)
            zs.append(z)
            x, w = p[:, t] if t % 2 else y, z if t % 3 else d[:, t]
        return torch.stack(ys, 1), torch.stack(zs, 1)


class Unread(nn.Module):
    """Answers that nothing outside reads: there is nothing to lead back from."""

    def __init__(self):
        super().__init__()
        self.cell, self.out, self.last = nn.GRUCell(2, H), nn.Linear(H, 2), nn.Linear(H, 1)

    def forward(self, x):
        h, y = x.new_zeros(N, H), x[:, 0]
        for t in range(T):
            h = self.cell(y if t % 2 else x[:, t], h)
            y = self.out(h)
        return self.last(h)


def tokens(*sizes):
    return torch.randint(V, sizes, generator=torch.Generator().manual_seed(1))


CASES = {
    "tokens": (Tokens, (tokens(N, 5), tokens(N, T)), "input.1", (0, 1, None, 3, None, None)),
    "numbers": (Numbers, torch.randn(N, T, 2), "input", (0, None, 2, None, 4, None, None)),
    "then-itself": (ThenItself, torch.randn(N, T, 2), "input", (0, 1, 2, 3, None, None, None)),
}


def turns(make, inputs):
    """Which step of its target each round reads, None of an answer: by changing one step after the other.

    What the first layer of a round takes is kept; the answers are, too.
    """
    torch.manual_seed(0)
    module, taken, answers = make(), [], []
    given = inputs if isinstance(inputs, tuple) else (inputs,)
    reader = module.emb if hasattr(module, "emb") else module.cell if hasattr(module, "cell") else module.w
    reader.register_forward_pre_hook(lambda _, args: taken.append(args[0]))
    module.out.register_forward_hook(lambda _, __, result: answers.append(result))
    module(*given)
    rounds = taken[-len(answers) :]
    best = [None, *(a.argmax(1) if rounds[0].dtype is torch.int64 else a for a in answers[:-1])]
    return tuple(
        None if before is not None and torch.equal(read, before) else number
        for number, (read, before) in enumerate(zip(rounds, best, strict=True))
    )


@pytest.mark.parametrize("name", sorted(CASES))
def test_the_trace_says_of_each_round_what_it_reads(name):
    make, inputs, tensor, parts = CASES[name]
    torch.manual_seed(0)
    trace = describe(make(), inputs)
    (loop,) = trace.loops
    (mixed,) = loop.mixed
    assert (mixed.tensor, mixed.answer, mixed.parts) == (tensor, "out.output", parts)
    assert turns(make, inputs) == parts
    assert not {state.tensor for state in loop.states} & {mixed.read, "out.output"}


@pytest.mark.parametrize(
    ("name", "kind"),
    [(name, kind) for name in sorted(CASES) for kind in ("grid", "unrolled", "unfold")
     if (name, kind) != ("tokens", "unfold")],
)  # fmt: skip
def test_each_step_has_its_target_or_a_dotted_line_from_the_answer_before(name, kind):
    make, inputs, _, parts = CASES[name]
    torch.manual_seed(0)
    scene = lstmviz.draw(make(), kind, inputs=inputs).scene
    edges = [e for e in scene.edges if not e.target.startswith(("encoder/", "rolled/"))]
    read = [(e.source.split("/")[-1], e.target.split("/")[-1], e.dashed) for e in edges]
    drawn = sorted({int(target.partition(".t")[2]) for _, target, _ in read if target.startswith("cell.")})
    assert {step for step in drawn if parts[step - 1] is None}
    for step in drawn:
        chip = "x2" if parts[step - 1] is None else "x"
        cell = f"cell.l0.fwd.t{step}"
        assert [one for one, to, _ in read if to == cell and one[0] == "x"] == [f"{chip}.t{step}"]
        led = [(one, dashed) for one, to, dashed in read if to in {f"x.t{step}", f"x2.t{step}"}]
        before = chip == "x2" and step - 1 in drawn
        assert led == [(f"output.t{step - 1}", True)] * before


@pytest.mark.parametrize("name", sorted(CASES))
def test_it_is_proven_in_every_kind(name):
    make, inputs, *_ = CASES[name]
    torch.manual_seed(0)
    assert {proof.answer for proof in lstmviz.check(make(), inputs=inputs)} == {"proven"}


@pytest.mark.parametrize("place", [1, 2])
def test_a_round_that_is_told_the_other_way_is_refuted(monkeypatch, place):
    """Round 2 of the tokens reads its target, round 3 its own answer."""
    told = loop_rounds.Rounds._told

    def otherwise(self, *args):
        one = told(self, *args)
        parts = [*one.parts]
        parts[place] = None if parts[place] is not None else place
        return dataclasses.replace(one, parts=tuple(parts))

    monkeypatch.setattr(loop_rounds.Rounds, "_told", otherwise)
    make, inputs, *_ = CASES["tokens"]
    torch.manual_seed(0)
    with pytest.raises(
        lstmviz.LstmvizError, match="another answer" if place == 1 else "round 3 does not read"
    ):
        lstmviz.check(make(), inputs=inputs)


@pytest.mark.parametrize("name", sorted(CASES))
def test_an_arrow_that_is_led_elsewhere_is_refuted(name):
    make, inputs, *_ = CASES[name]
    torch.manual_seed(0)
    module = make()
    trace = describe(module, inputs)
    followed = follow(module, inputs, trace)
    scene = compose(Subject(trace), plan_kind("grid", {})).scene
    assert not prove(scene, trace, followed=followed).faults
    dotted = [edge for edge in scene.edges if edge.dashed]
    into = [edge for edge in scene.edges if edge.source.split("/")[-1].startswith("x2.")]
    for edge in (dotted[0], into[-1]):
        others = tuple(one for one in scene.edges if one is not edge)
        wrong = dataclasses.replace(
            edge, source=re.sub(r"t\d+$", "t1" if edge.source.endswith("t7") else "t7", edge.source)
        )
        for edges in (others, (*others, wrong)):
            assert prove(dataclasses.replace(scene, edges=edges), trace, followed=followed).faults, edge


def test_what_is_embedded_before_it_is_chosen_is_followed_to_both():
    torch.manual_seed(0)
    module, inputs = Captions(), (torch.randn(N, 6), tokens(N, T))
    (mixed,) = describe(module, inputs).loops[0].mixed
    assert (mixed.tensor, mixed.parts) == ("input.1", (None, None, 1, 2, None, 4, 5))
    assert mixed.begun == ("image.output",)
    assert {proof.answer for proof in lstmviz.check(module, inputs=inputs)} == {"proven"}


def test_a_line_led_back_passes_beside_what_stands_next_to_both_its_ends():
    torch.manual_seed(0)
    module, inputs = Two(), (torch.randn(N, T, 2), torch.randn(N, T, 2))
    scene = lstmviz.draw(module, "grid", inputs=inputs, elide="never").scene
    dotted = [edge for edge in scene.edges if edge.dashed]
    assert len(dotted) == 2 + 4
    for edge in dotted:
        for (ax, ay), (bx, by) in pairwise(edge.route):
            for node in (one for one in scene.nodes if one.id not in {edge.source, edge.target}):
                x0, y0, x1, y1 = node.box
                apart = max(ax, bx) <= x0 or min(ax, bx) >= x1 or max(ay, by) <= y0 or min(ay, by) >= y1
                assert apart, (edge.id, node.id)
    assert {proof.answer for proof in lstmviz.check(module, inputs=inputs)} == {"proven"}


class ThenBlank(nn.Module):
    """The data, then zeros as long: a cell of torch's that a loop calls."""

    def __init__(self):
        super().__init__()
        self.cell, self.out = nn.GRUCell(2, H), nn.Linear(H, 1)

    def forward(self, x):
        h, blank = x.new_zeros(N, H), x.new_zeros(N, 2)
        for t in range(2 * T):
            h = self.cell(x[:, t] if t < T else blank, h)
        return self.out(h)


@pytest.mark.parametrize("kind", ["grid", "unrolled"])
def test_steps_that_read_a_constant_are_counted(kind):
    scene = lstmviz.draw(ThenBlank(), kind, inputs=torch.randn(N, T, 2)).scene
    assert {"x: what index makes of the data", "in 7 of 14 rounds"} <= {t.label.text for t in scene.texts}
    assert {p.answer for p in lstmviz.check(ThenBlank(), inputs=torch.randn(N, T, 2))} == {"proven"}


def test_answers_that_are_not_given_are_named():
    drawn = lstmviz.draw(Unread(), "grid", inputs=torch.randn(N, T, 2))
    assert "x: one of input, out.output in each round" in {text.label.text for text in drawn.scene.texts}
    assert {p.answer for p in lstmviz.check(Unread(), inputs=torch.randn(N, T, 2))} == {"proven"}
