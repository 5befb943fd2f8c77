"""Long loops told from short runs: the same as told from themselves, or not told so."""

import itertools
import sys
from pathlib import Path

import pytest
import torch
from torch import nn

from lstmviz.network.user.describe import _described
from lstmviz.network.user.run_log import Again, folded
from lstmviz.network.user.running import alone
from lstmviz.network.user.short_runs import from_short_runs
from lstmviz.network.user.stretched import UnlikeError, stretched

sys.path.insert(0, str(Path(__file__).parent))
import own_cells
import own_styles
import own_zoo

T = 21
WHOLE = {"Copy", "DoneMask", "Greedy", "Hierarchical", "OwnAnswer", "Padded"}
"""Steps that are a number of the model's own, or may end by what the inputs are: told from themselves."""


def cases():
    yield from ((c, own_cells.GIVEN.get(c, own_cells.steps)) for c in own_cells.cells())
    yield from ((getattr(own_zoo, name), given) for name, given in own_zoo.GIVEN.items())
    yield from ((c, lambda c=c: own_styles.given(c)) for c in (*own_styles.STEPS, *own_styles.OTHERS))


def both(module, *inputs):
    with alone():
        return from_short_runs(module, inputs, _described), _described(module, inputs)[0]


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
def test_what_may_be_a_mask_is_not_cut(mask, told):
    short, whole = both(Masked(mask), torch.randn(40, 2, 3), told)
    assert short is None
    assert whole.loops[0].rounds == 40


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
