"""Calls known to treat each step by itself: told in few runs what changing steps one by one tells."""

import pytest
import torch
from torch import nn

from lstmviz.network.measuring import Meter
from lstmviz.network.moved_numbers import Work
from lstmviz.network.user.apart import axes_mixed
from lstmviz.network.user.replay import Again

N, T, F = 2, 5, 3
X = torch.randn(N, T, F, generator=torch.Generator().manual_seed(0))
PADS = torch.tensor([[1, 1, 1, 0, 0], [1, 1, 0, 0, 0]]).float()[:, :, None]
STEP = torch.ones(N, 1, F)

KNOWN = {
    "tanh": (torch.tanh, (X,)),
    "mul": (torch.Tensor.mul, (X, STEP * 1.5)),
    "add, more axes": (torch.add, (torch.ones(4, 1, 1, 1), X)),
    "padded": (torch.mul, (X, PADS)),
    "one step": (torch.mul, (X[:, :1], STEP)),
    "itself": (torch.Tensor.__mul__, (X, X)),
    "softmax of features": (nn.functional.softmax, (X, -1)),
    "sum of features": (torch.sum, (X, 2)),
    "kept sum": (torch.Tensor.sum, (X, -1, True)),
    "sum of samples": (torch.sum, (X, 0)),
    "sum of steps": (torch.sum, (X, 1)),
    "softmax of steps": (torch.softmax, (X, 1)),
    "mean of all but samples": (torch.mean, (X, (1, 2))),
    "linear": (nn.Linear(F, 4), (X,)),
    "sigmoid": (nn.Sigmoid(), (X,)),
}


def meter(func, args, *, known):
    again = Again(func, (args, {}), func if isinstance(func, nn.Module) else None)
    x = args[1] if args[0].dim() > X.dim() else args[0]
    runs = []

    def call(value):
        runs.append(value)
        return again.of(x, 0, whole=False)(value)

    mixed = axes_mixed(again, x)
    assert mixed is not None
    return Meter(call, x, 1, Work(1e9), samples=0, mixed=mixed if known else None), runs


@pytest.mark.parametrize("name", sorted(KNOWN))
def test_what_is_known_of_a_call_is_what_changing_its_steps_shows(name):
    func, args = KNOWN[name]
    with torch.no_grad():
        (short, few), (long, many) = (meter(func, args, known=known) for known in (True, False))
        assert short.measured() == long.measured() is not None
    assert len(few) <= len(many)
    assert len(few) <= 8 or any(word in name for word in ("steps", "samples", "one"))


def test_nothing_is_known_of_calls_that_may_do_more():
    hooked = nn.Linear(F, F)
    hooked.register_forward_hook(lambda *three: three[2].flip(1))
    for again in (
        Again(hooked, ((X,), {}), hooked),
        Again(torch.cumsum, ((X, 1), {}), None),
        Again(torch.sum, ((X,), {}), None),
        Again(torch.Tensor.add_, ((X, 1), {}), None, writes=True),
        Again(nn.functional.linear, ((X, X[0]), {}), None),
    ):
        assert axes_mixed(again, X) is None


@pytest.mark.parametrize(
    ("cut", "runs"),
    [(lambda x: x[:, 1:3], 2), (lambda x: x.transpose(0, 1), 2), (lambda x: x[:, [2, 0]], 5)],
    ids=["slice", "turned", "copied"],
)
def test_a_part_is_told_in_two_runs(cut, runs):
    seen = []
    read = Meter(lambda x: cut(x) if seen.append(x) is None else x, X, 1, Work(1e9), samples=0).measured()
    assert read is not None
    assert [len(row) for row in read.relation.rows()] == [1] * read.relation.given
    assert len(seen) == runs


def test_what_writes_into_what_it_takes_is_no_part():
    """It gives the memory that it took, with other numbers in it."""
    read = Meter(lambda x: x.zero_(), X, 1, Work(1e9)).measured()
    assert read is not None
    assert not read.relation.read()
