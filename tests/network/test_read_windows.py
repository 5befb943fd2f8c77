"""Rounds that read several steps at once which other rounds read, too, and steps that not all rounds read."""

import pytest
import torch
from torch import nn

import lstmviz
from lstmviz.network.own_loops import recurrent_loops, why_not
from lstmviz.network.own_recurrences import own_recurrences
from lstmviz.network.rounds import bound
from lstmviz.network.user import loop_kinds
from lstmviz.network.user.describe import describe
from lstmviz.proof.facts.loop import OF_LOOPS
from tests.network.test_posted_reads import all_proven

X = torch.randn(2, 7, 3)


class Windows(nn.Module):
    """A round reads the steps of `of(t)`; `way` is how it takes them out."""

    def __init__(self, of, way="slice"):
        super().__init__()
        self.a, self.b, self.of, self.way = nn.Linear(3, 5), nn.Linear(5, 5), of, way

    def forward(self, x):
        h, hs = x.new_zeros(len(x), 5), []
        for t in range(1, x.shape[1] + 1):
            first, last = self.of(t)
            if self.way == "slice":
                read = x[:, first - 1 : last].mean(1)
            else:
                read = torch.stack([x[:, k - 1] for k in range(first, last + 1)]).sum(0)
            h = torch.tanh(self.a(read) + self.b(h))
            hs.append(h)
        return torch.stack(hs, 1)


WINDOWS = {
    ("1", "t"): lambda t: (1, t),
    ("max(1, t-2)", "t"): lambda t: (max(1, t - 2), t),
    ("max(1, t-1)", "min(7, t+1)"): lambda t: (max(1, t - 1), min(7, t + 1)),
    ("t", "7"): lambda t: (t, 7),
}


@pytest.mark.parametrize("way", ["slice", "list"])
@pytest.mark.parametrize("said", WINDOWS)
def test_a_window_is_told_by_its_first_and_last_step(said, way):
    """It was drawn as all of the input, in every round, and proven; or refused."""
    module = Windows(WINDOWS[said], way)
    (own,) = own_recurrences(describe(module, (X,)))
    assert (own.constants, [one.window for one in own.fed]) == ((), [said])
    if way == "slice":
        assert all_proven(module, X)
    scene = lstmviz.draw(module, "grid", inputs=(X,)).scene
    told = [text.label.text for text in scene.texts]
    assert any(f"in round t steps {said[0]} to {said[1]} of input" in text for text in told)
    assert not any("all of input" in text for text in told)
    with pytest.raises(lstmviz.FigureError, match="read one tensor step by step"):
        lstmviz.draw(module, "grid", inputs=(X,), detail="low")


def test_other_words_of_a_window_are_false():
    (own,) = own_recurrences(describe(Windows(WINDOWS["max(1, t-2)", "t"]), (X,)))
    said = {"base": "x", "tensor": "input", "first": "max(1, t-2)", "last": "t"}
    fact = OF_LOOPS["loop-window"]
    assert fact(own, said)
    for wrong in ({"first": "max(1, t-1)"}, {"first": "1"}, {"last": "min(7, t+1)"}, {"base": "h"}):
        assert not fact(own, said | wrong), wrong


@pytest.mark.parametrize("lost", ["first", "last"])
def test_a_window_that_is_taken_for_a_shorter_one_is_refuted(lost, monkeypatch):
    true = loop_kinds.windows

    def shorter(rounds):
        axis, spans = true(rounds)
        cut, least = (1, 2) if lost == "first" else (0, 1)
        return axis, tuple(
            (start + cut, size - 1) if size > least else (start, size) for start, size in spans
        )

    monkeypatch.setattr(loop_kinds, "windows", shorter)
    with pytest.raises(lstmviz.ProofError, match="that is not drawn"):
        lstmviz.check(Windows(WINDOWS["max(1, t-2)", "t"]), inputs=(X,))


@pytest.mark.parametrize("places", [[1, 3, 2], [2, 1, 1, 2]])
def test_windows_in_no_order_have_no_formula(places):
    assert bound(places, 4) == ""


def test_windows_that_overlap_another_way_of_reading_are_refused():
    class Both(Windows):
        def forward(self, x):
            h = x.new_zeros(len(x), 5)
            for t in range(x.shape[1]):
                h = torch.tanh(self.a(x[:, : t + 1].mean(1) + x[:, t]) + self.b(h))
            return h

    (loop,) = recurrent_loops(describe(Both(None), (X,)))
    assert why_not(loop) == "its rounds read several windows of input"


class Late(nn.Module):
    """The step of `lag` rounds before, zeros before there is one; or of later rounds."""

    def __init__(self, lag):
        super().__init__()
        self.a, self.b, self.c, self.lag = nn.Linear(3, 5), nn.Linear(3, 5), nn.Linear(5, 5), lag

    def forward(self, x):
        h, ys = x.new_zeros(len(x), 5), []
        for t in range(x.shape[1]):
            before = x[:, t - self.lag] if t >= self.lag else torch.zeros_like(x[:, 0])
            h = torch.tanh(self.a(x[:, t]) + self.b(before) + self.c(h))
            ys.append(h)
        return torch.stack(ys, 1)


@pytest.mark.parametrize("lag", [2, 3])
def test_a_step_of_before_that_the_first_rounds_do_not_have(lag):
    """It was refused."""
    (own,) = own_recurrences(describe(Late(lag), (X,)))
    assert [(one.first, one.rounds) for one in own.fed] == [(0, ()), (-lag, tuple(range(lag + 1, 8)))]
    scene = lstmviz.draw(Late(lag), "grid", inputs=(X,), elide="never").scene
    ends = {(edge.source, edge.target) for edge in scene.edges}
    assert {t for t in range(1, 8) if (f"x2.t{t}", f"cell.l0.fwd.t{t}") in ends} == {*range(lag + 1, 8)}
    told = " ".join(text.label.text for text in scene.texts)
    assert f"rounds {lag + 1}," in told
    assert f"read x_t-{lag}" in told
    assert all_proven(Late(lag), X)


class Twice(nn.Module):
    """The first round reads the context as its input, and zeros as its state; later ones read h as both."""

    def __init__(self):
        super().__init__()
        self.encoder, self.decoder = nn.GRU(3, 5, batch_first=True), nn.GRUCell(5, 5)

    def forward(self, x):
        given = self.encoder(x)[1][0]
        h, ys = torch.zeros_like(given), []
        for _ in range(4):
            given = h = self.decoder(given, h)
            ys.append(h)
        return torch.stack(ys, 1)


def test_a_state_that_begins_as_two_things_is_not_drawn_as_one_of_them():
    """h_0 was drawn as the encoder's last state, and it is zeros."""
    (loop,) = recurrent_loops(describe(Twice(), (X,)))
    assert why_not(loop) == (
        "the first round reads getitem.output and a constant, each in another place, where the others read "
        "given"
    )
    scene = lstmviz.draw(Twice(), "grid", inputs=(X,)).scene
    assert not any(edge.target.endswith("h_0.l0.fwd") for edge in scene.edges if "loop" in edge.target)


class Shrinking(nn.Module):
    """A batch sorted by length: samples that have ended keep their state."""

    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Linear(3, 5), nn.Linear(5, 5)

    def forward(self, x, lengths):
        h = x.new_zeros(len(x), 5)
        for t in range(x.shape[1]):
            n = sum(length > t for length in lengths)
            h = torch.cat([torch.tanh(self.a(x[:n, t]) + self.b(h[:n])), h[n:]])
        return h


def test_rounds_that_read_fewer_samples_are_named():
    """That each x_t has all samples was said, and of no round that it reads fewer."""
    given = torch.randn(3, 4, 3), [4, 2, 2]
    (own,) = own_recurrences(describe(Shrinking(), given))
    assert [one.less for one in own.fed] == [(3, 4)]
    scene = lstmviz.draw(Shrinking(), "grid", inputs=given).scene
    assert any("rounds 3, 4 read a part of x_t" in text.label.text for text in scene.texts)
    fact = OF_LOOPS["loop-less"]
    assert fact(own, {"base": "x", "rounds": "3, 4", "n": 2})
    assert not fact(own, {"base": "x", "rounds": "2, 3", "n": 2})
    assert {proof.answer for proof in lstmviz.check(Shrinking(), inputs=given)} == {"proven"}


class Segments(nn.Module):
    """Transformer-XL: a round reads a chunk, and the one of the round before."""

    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Linear(3, 3), nn.Linear(3, 3)

    def forward(self, x):
        before, ys = x.new_zeros(len(x), 2, 3), []
        for now in x.split(2, 1):
            ys.append(torch.tanh(self.a(now) + self.b(before)))
            before = now
        return torch.cat(ys, 1)


def test_a_chunk_that_is_handed_on_is_a_chunk():
    """Its shape was refuted: it was measured as all steps of the tensor, and drawn as the two of a chunk."""
    assert {proof.answer for proof in lstmviz.check(Segments(), inputs=(X[:, :6],))} == {"proven"}


class Back(nn.Module):
    """The state of `lag` rounds before, and of the one before that is `near`."""

    def __init__(self, lag, near=False):
        super().__init__()
        self.a, self.b, self.lag, self.near = nn.Linear(3, 5), nn.Linear(5, 5), lag, near

    def forward(self, x):
        hs = [x.new_zeros(len(x), 5)] * self.lag
        for x_t in x.unbind(1):
            hs.append(torch.tanh(self.a(x_t) + self.b(hs[-self.lag]) + (hs[-1] if self.near else 0)))
        return torch.stack(hs[self.lag :], 1)


@pytest.mark.parametrize("near", [True, False])
@pytest.mark.parametrize("lag", [2, 3])
def test_a_state_of_rounds_before_the_last_is_refused_with_their_number(lag, near):
    (loop,) = recurrent_loops(describe(Back(lag, near), (X,)))
    assert why_not(loop).endswith(f" of {lag} rounds before")
    with pytest.raises(lstmviz.FigureError, match=f"of {lag} rounds before: drawn by pipeline alone"):
        lstmviz.draw(Back(lag, near), "grid", inputs=(X,))
