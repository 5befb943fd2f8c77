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
