"""Calls known to treat each step by itself: told in few runs what changing steps one by one tells."""

import contextlib
from itertools import product

import pytest
import torch
from torch import nn
from torch.overrides import resolve_name

from lstmviz.network.measuring import Meter
from lstmviz.network.moved_numbers import Work
from lstmviz.network.step_changes import MOVES
from lstmviz.network.user import apart
from lstmviz.network.user.apart import axes_mixed, likely
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


LIKELY = {
    "lstm": (nn.LSTM(F, 4, batch_first=True), (X,), "past"),
    "two ways": (nn.GRU(F, 4, bidirectional=True, batch_first=True), (X,), "all"),
    "attention": (nn.MultiheadAttention(F, 1, batch_first=True), (X[:, :1], X, X), "all"),
    "letters kept": (torch.einsum, ("ntf,fh->nth", X, torch.randn(F, 4)), "own"),
    "letters kept elsewhere": (torch.einsum, ("ntf,fh->tnh", X, torch.randn(F, 4)), "own"),
    "letters summed": (torch.einsum, ("ntf,ft->nf", X, torch.randn(F, T)), "all"),
    "sum of steps": (torch.sum, (X, 1), "all"),
    "softmax of steps": (torch.softmax, (X, 1), "all"),
}


@pytest.mark.parametrize("name", sorted(LIKELY))
def test_what_a_call_is_likely_to_do_is_seen_in_a_few_steps(name):
    func, args, kind = LIKELY[name]
    again = Again(func, (args, {}), func if isinstance(func, nn.Module) else None)
    assert likely(again, X, 1, axes_mixed(again, X)) == kind
    with torch.no_grad():
        few, many = (
            Meter(again.of(X, 0, whole=False), X, 1, Work(1e9), samples=0, likely=one).measured()
            for one in (kind, None)
        )
    assert few == many is not None
    assert few.relation.kind == kind


def test_what_a_call_does_otherwise_is_not_taken_for_likely():
    for call, kind in product((lambda x: x.cumsum(1), lambda x: x.flip(1) * 2, lambda x: x * PADS), MOVES):
        found, asked = (
            Meter(call, X, 1, Work(1e9), samples=0, likely=one).measured() for one in (kind, None)
        )
        assert found == asked is not None


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


def spellings(func):
    """The ways to call a function of torch with so many tensors at once, a condition among them."""
    one, two = X[:, :2].abs() + 0.1, X[:, 2:4].abs() + 0.2
    along = [(-1,), (1,), ((0, 2),)] if func in apart.ALONG_ONE | apart.SUMS else [()]
    for tensors, more in product(((one,), (one, two), (one > 0.7, one, two), (one, one > 0.7, two)), along):
        with contextlib.suppress(TypeError, RuntimeError):
            if (made := func(*tensors, *more)) is not NotImplemented:
                yield (*tensors, *more), made


def told(func, args, made):
    """Whether each number of each tensor moves what shares its place on the axes that are not mixed, alone.

    None where nothing is told.
    """
    for at, given in enumerate(args):
        if not isinstance(given, torch.Tensor) or given.dtype is torch.bool:
            continue
        said = axes_mixed(Again(func, (args, {}), func if isinstance(func, nn.Module) else None), given)
        if said is None or not isinstance(made, torch.Tensor):
            yield None if said is None else False
            continue
        mixed, kept = said
        alone = [axis for axis in range(given.dim()) if axis not in mixed]
        for place in product(*(range(size) for size in given.shape)):
            other = given.clone()
            other[place] += 0.3
            moved = (func(*args[:at], other, *args[at + 1 :]) != made).nonzero()
            own = moved[:, alone] if kept else moved
            yield {*map(tuple, own.tolist())} <= {tuple(place[axis] for axis in alone)}


def called(func):
    """What torch calls a function; a module by its class."""
    return resolve_name(func) or f"{type(func).__name__} {getattr(func, '__name__', '')}"


MODULES = {nn.Linear(F, 4), *(make() for make in apart.MODULES)}
LISTED = sorted(apart.PLACE_BY_PLACE | apart.ALONG_ONE | apart.SUMS | MODULES, key=called)


@pytest.mark.parametrize("func", LISTED, ids=called)
def test_every_listed_function_mixes_the_axes_that_are_told_and_no_others(func):
    found = [one for given in spellings(func) for one in told(func, *given)]
    assert True in found
    assert False not in found


@pytest.mark.parametrize("func", [torch.fliplr, nn.functional.normalize], ids=called)
def test_a_function_that_moves_or_mixes_numbers_has_no_place_in_the_list(func, monkeypatch):
    monkeypatch.setattr(apart, "PLACE_BY_PLACE", apart.PLACE_BY_PLACE | {func})
    assert False in [one for given in spellings(func) for one in told(func, *given)]


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
