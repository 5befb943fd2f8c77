"""Long loops told from short runs: the same as told from themselves, or not told so."""

import itertools
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import torch
from torch import nn

from lstmviz.network.user.describe import _described, _of_whole, describe
from lstmviz.network.user.run_log import Again, folded
from lstmviz.network.user.running import alone
from lstmviz.network.user.short_runs import fewer_rounds, from_short_runs
from lstmviz.network.user.stretched import UnlikeError, stretched

sys.path.insert(0, str(Path(__file__).parent))
import own_cells
import own_styles
import own_zoo

T = 21
WHOLE = {"Copy", "Hierarchical"}
"""Steps that are a number of the model's own, or may end by what the inputs are: told from themselves."""


def cases():
    yield from ((c, own_cells.GIVEN.get(c, own_cells.steps)) for c in own_cells.cells())
    yield from ((getattr(own_zoo, name), given) for name, given in own_zoo.GIVEN.items())
    yield from ((c, lambda c=c: own_styles.given(c)) for c in (*own_styles.STEPS, *own_styles.OTHERS))


def both(module, *inputs):
    with alone():
        return from_short_runs(module, inputs, _described), _of_whole(module, inputs)


@pytest.mark.parametrize(("make", "given"), list(cases()), ids=lambda one: getattr(one, "__name__", ""))
def test_what_short_runs_tell_is_what_the_long_one_shows(make, given, monkeypatch):
    for home in (own_cells, own_zoo, own_styles):
        monkeypatch.setattr(home, "T", T)
    torch.manual_seed(0)
    module = make().eval()
    short, whole = both(module, *given())
    assert (short is None) == (make.__name__ in WHOLE)
    assert short is None or short == whole


class Looped(nn.Module):
    """A round is a function of x, the step and all states before."""

    def __init__(self, step):
        super().__init__()
        self.cell, self.step = nn.RNNCell(3, 4), step

    def forward(self, x):
        states = [x.new_zeros(x.shape[1], 4)]
        for t in range(len(x)):
            states.append(self.step(self.cell, x, t, states))
        return torch.cat(states)


def test_a_plain_loop_is_told_from_short_runs():
    short, whole = both(Looped(lambda cell, x, t, states: cell(x[t], states[-1])), torch.randn(40, 2, 3))
    assert short == whole
    assert short.loops[0].rounds == 40
    ids = [[getattr(one, "id", None) for one in trace.notes] for trace in (short, whole)]
    assert ids == [["user.cell-loop"]] * 2  # no words of the user's: they are said in Chinese, and held


@pytest.mark.parametrize(
    "step",
    [
        lambda cell, x, t, states: cell(x[t], states[max(0, t - 20)]),  # a state of long ago
        lambda cell, x, t, states: cell(x[max(0, t - 20)], states[-1]),  # a step of long ago
        lambda cell, x, t, states: cell(x[t] * 2 if t == 30 else x[t], states[-1]),  # one more call
        lambda cell, x, t, states: cell(x[t] * 2 if t % 7 == 0 else x[t], states[-1]),
        lambda cell, x, t, states: cell(x[t], states[-1]) if t != 25 else states[-1],  # one less
        lambda cell, x, t, states: cell(x[t, :1] if t > 20 else x[t, :2], states[-1][: 1 if t > 20 else 2]),
        lambda cell, x, t, states: cell(x[20] if t > 20 else x[t], states[-1]),  # stays where it is
    ],
)
def test_a_loop_that_changes_later_is_not_told_from_its_beginning(step):
    short, _ = both(Looped(step), torch.randn(40, 2, 3))
    assert short is None


class Masked(nn.Module):
    def __init__(self, mask):
        super().__init__()
        self.cell, self.mask = nn.RNNCell(3, 4), mask

    def forward(self, x, told):
        h = x.new_zeros(x.shape[1], 4)
        for t in range(len(x)):
            h = self.mask(told[t]) * self.cell(x[t], h)
        return h


@pytest.mark.parametrize(
    ("mask", "told"),
    [
        (lambda one: (one != 0).float()[:, None], torch.ones(40, 2, dtype=torch.long)),
        (lambda one: one[:, None], torch.ones(40, 2, dtype=torch.bool)),
        (lambda one: one[:, None], torch.cat([torch.ones(39, 2), torch.zeros(1, 2)])),
    ],
)
def test_a_mask_within_the_rounds_chooses_nothing_that_a_trace_says(mask, told):
    short, whole = both(Masked(mask), torch.randn(40, 2, 3), told)
    assert short == whole
    assert whole.loops[0].rounds == 40


class Above(nn.Module):
    """What stands on a loop's states reads them beside something that chooses."""

    def __init__(self, above):
        super().__init__()
        self.cell, self.above = nn.RNNCell(3, 4), above

    def forward(self, x, told):
        h, hs = x.new_zeros(x.shape[1], 4), []
        for x_t in x:
            h = self.cell(x_t, h)
            hs.append(h)
        return self.above(torch.stack(hs), told)


ENDS = torch.cat([torch.ones(20, 2), torch.zeros(20, 2)])


@pytest.mark.parametrize(
    ("above", "told"),
    [
        (lambda hs, told: hs * told[..., None], ENDS),
        (lambda hs, told: torch.where(told[..., None], hs, -hs), ENDS.bool()),
        (lambda hs, told: hs.masked_fill((told == 0)[..., None], 0), ENDS.long()),
        (lambda hs, told: hs * (torch.arange(len(hs))[:, None] < told)[..., None], torch.tensor([20, 20])),
        (lambda hs, told: hs * float(told[-1, 0]), ENDS),
        (lambda hs, told: hs * torch.from_numpy(told.numpy())[..., None], ENDS),
        (lambda hs, told: hs[told], torch.cat([torch.arange(20), torch.arange(39, 19, -1)])),
        (lambda hs, told: (hs * told.cumsum(0)[..., None]).sum(0), ENDS.flip(0)),
        (lambda hs, told: torch.stack([h + 1 for h in hs]) * told[..., None], ENDS),
    ],
)  # fmt: skip
def test_what_hangs_on_values_is_told_from_the_run_itself(above, told):
    short, _ = both(Above(above), torch.randn(40, 2, 3), told)
    assert short is None


class Convolved(nn.Module):
    """A loop over what a convolution, or a band of a matrix, gives of all steps."""

    def __init__(self, width, *, band=False):
        super().__init__()
        self.conv, self.hidden, self.band = nn.Conv1d(3, 4, width, padding=width // 2), nn.Linear(8, 4), band

    def forward(self, x):
        y = self.conv(x.permute(1, 2, 0)).permute(2, 0, 1)
        if self.band:
            near = torch.ones(len(y), len(y)).tril().triu(-8)
            y = torch.tensordot(near, y, 1)
        h = x.new_zeros(x.shape[1], 4)
        for step in y:
            h = torch.tanh(self.hidden(torch.cat([step, h], 1)))
        return h


@pytest.mark.parametrize(("module", "told"), [
    (Convolved(3), True), (Convolved(9), False), (Convolved(13), False), (Convolved(3, band=True), False),
])  # fmt: skip
def test_a_window_wider_than_the_short_runs_is_not_told_from_them(module, told):
    few, whole = both(module.eval(), torch.randn(T, 2, 3))
    assert (few == whole) if told else (few is None)
    kinds = {read.relation.kind for stage in whole.stages for read in stage.reads if read.read is not None}
    assert "all" not in kinds


def test_numbers_of_words_are_looked_up_and_choose_nothing():
    class Words(Above):
        def forward(self, x):
            return super().forward(self.words(x), x.new_ones(()).float())

    module = Words(lambda hs, _: (torch.softmax((hs * hs[-1]).sum(2), 0)[..., None] * hs).sum(0))
    module.words = nn.Embedding(9, 3)
    short, whole = both(module, torch.randint(9, (40, 2)))
    assert short == whole


class Made(nn.Module):
    """As many rounds as the model itself says; `step` is one."""

    def __init__(self, step, rounds=40):
        super().__init__()
        self.cell, self.step, self.rounds = nn.RNNCell(4, 4), step, rounds

    def forward(self, h):
        states = [h]
        for t in range(self.rounds):
            assert isinstance(range(2), range)
            states.append(self.step(self.cell, t, states))
        return torch.stack(states[1:])


def test_rounds_of_the_models_own_number_are_told_from_few():
    short, whole = both(Made(lambda cell, t, states: cell(states[-1])), torch.randn(2, 4))
    assert short == whole
    assert short.loops[0].rounds == 40
    assert "range" not in globals()


@pytest.mark.parametrize(
    "step",
    [
        lambda cell, t, states: cell(states[max(0, t - 20)]),  # a state of long ago
        lambda cell, t, states: cell(states[-1] * 2 if t == 30 else states[-1]),  # one more call
        lambda cell, t, states: cell(states[-1] * (0.0 if t == 30 else 0.5)),  # nothing of the state
    ],
)
def test_rounds_that_change_later_are_not_told_from_few(step):
    short, _ = both(Made(step), torch.randn(2, 4))
    assert short is None


def test_another_thread_runs_all_its_rounds_meanwhile():
    """A class that trains in one thread while it is drawn in another."""
    module = Made(lambda cell, t, states: cell(states[-1]))
    with ThreadPoolExecutor(1) as other, fewer_rounds(module, 20):
        assert len(module(torch.randn(2, 4))) == 20
        assert len(other.submit(module, torch.randn(2, 4)).result()) == 40


def test_a_run_that_fails_is_not_made_once_more():
    asked = []

    class Summed(nn.Module):
        """What reads no step by itself: rows or columns of its input might be its steps."""

        def __init__(self):
            super().__init__()
            self.gru = nn.GRU(3, 4)

        def forward(self, x):
            asked.append(x.shape[-1])
            return self.gru(x)[1].sum(0)

    describe(Summed(), torch.randn(5, 2, 3))
    assert asked.count(6) == 1


def test_what_repeats_is_folded():
    assert folded("abcbcbcd") == ["a", Again(("b", "c"), 3), "d"]
    inner = Again(("b",), 2)
    assert folded("abbcabbcabbc") == [Again(("a", inner, "c"), 3)]


def test_what_does_not_go_on_alike_is_not_stretched():
    assert stretched(((), (), (), (1,)), ((), (), (), (), (1,)), 2) == ((), (), (), (), (), (1,))
    for one, two in itertools.permutations([(0, 1, 4, 9), (0, 1, 4, 9, 16)], 2):
        with pytest.raises(UnlikeError):
            stretched(one, two, 1)
    with pytest.raises(UnlikeError):
        stretched("a", "b", 1)


@pytest.mark.parametrize(
    "part", [lambda n: (n, 3 - n), lambda n: [n, (n, "x")], lambda n: Again((n,), 2 * n + 1)]
)
def test_what_goes_on_alike_is_stretched_part_by_part(part):
    kind = type(part(0))
    one, two, long = ([part(n) for n in range(count)] for count in (4, 5, 300))
    assert stretched(one, two, 296) == long
    assert type(stretched(one, two, 296)[7]) is kind
