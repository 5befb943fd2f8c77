"""How much each input step moves each step of a result: all derivatives, in batches, with bounded memory.

Copies of one sample run side by side. Forwards, each copy carries the derivative by one number of one input
step, and a run gives what it does to every step of the result; backwards, each copy asks for one number of
one result. Whichever needs fewer copies is taken, backwards where they are few either way; what torch cannot
differentiate forwards goes backwards.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from typing import cast

import torch
from torch.autograd import forward_ad

from lstmviz.errors import ModelError, TooLongError
from lstmviz.network.values.data import Influence, Norm
from lstmviz.network.values.rounding import all_rounded
from lstmviz.network.values.sources import WORK, Source, first_line

Tensor = torch.Tensor
COPIES = 256
"""So many copies of the sample run at a time, at most."""
NUMBERS = 2**22
"""So many numbers the copies of one run may have, all steps of the result together."""
FEW = 2048
"""Of so many numbers of a result derivatives go backwards: for those forwards torch imports its compiler."""
MOST = 60_000
"""More derivatives than this are not asked for."""
IMPORT = 10**7
"""torch's compiler is imported in the time that so many numbers take."""
PRODUCTS = 256
"""A number is taken or given in the time of so many products with a weight."""
STEPS = 512
"""More steps than this are no map that anyone could read."""
NEAR = 1e-9
"""As equal as this are two runs that do the same."""
STEP = 1e-5
"""How far a value is changed, both ways, for the quotient of differences."""
JUMP = 1e-4
"""By how much a result beside its largest number may leave its slope at `STEP`; a bend leaves it by less."""
ROUNDED = 4
"""So many units in the last place may a sum differ by with its row in a batch: the order of its terms."""


def influence(source: Source, of: str, sample: int, norm: Norm) -> Influence:
    """Measure the norm of ∂y_t/∂x_s for every two steps, by derivatives. Raises ModelError."""
    with source.apart():
        rows = _derivatives(source, of, sample, norm)
        walls = _walls(source, of, sample, rows)
    return replace(_made(source, of, rows), walls=walls)


def _derivatives(source: Source, of: str, sample: int, norm: Norm) -> Tensor:
    forwards = _goes_forwards(*_tried(source, of, sample))
    try:
        return _forwards(source, of, sample, norm) if forwards else _backwards(source, of, sample, norm)
    except (RuntimeError, NotImplementedError, ModelError) as error:
        if not forwards:
            raise ModelError(f"{of} has no derivatives: {first_line(error)}") from error
        return _backwards(source, of, sample, norm)


def _walls(source: Source, of: str, sample: int, rows: Tensor) -> tuple[int, ...]:
    """Return after which steps code, or a chunk's end, cuts the gradient (truncated backpropagation).

    The derivatives of the map pass what is detached; here it is run as it is written.
    """
    if not (source.origin.own or source.chunks > 1) or rows.shape[0] != rows.shape[1]:
        return ()
    try:
        grads = gradients(source, of, sample)
    except ModelError:  # none of it is to be trained
        return ()
    if not grads.any():
        return ()
    return tuple(k for k in range(1, len(rows)) if rows[k:, :k].any() and not grads[k:, :k].any())


def gradients(source: Source, of: str, sample: int, *, each: bool = False) -> Tensor:
    """Return what gradients say, as the code is written, of every two steps of result and input.

    All numbers of a step are asked together, each in a share of its own, or `each` of them alone.
    """
    source.as_written = True
    try:
        with source.apart():
            return _asked(source, of, sample, each=each)
    except RuntimeError as error:
        raise ModelError(f"{of} has no gradients: {first_line(error)}") from error
    finally:
        source.as_written = False


def _asked(source: Source, of: str, sample: int, *, each: bool) -> Tensor:
    given, made = _tried(source, of, sample)
    if each:
        return _backwards(source, of, sample, "max")
    shares = 1.0 + torch.arange(made[0].numel(), dtype=torch.float64).sqrt()
    rows = torch.zeros(len(made), len(given), dtype=torch.float64)
    size = source.most or max(1, min(COPIES, NUMBERS // max(1, given.numel() + made.numel())))
    for begin in range(0, len(made), size):
        steps = range(begin, min(begin + size, len(made)))
        with torch.enable_grad():
            copies = given.repeat(len(steps), 1, 1).requires_grad_()
            result = _full(source, of, sample, copies)
            asked = sum((result[at, step].reshape(-1) * shares).sum() for at, step in enumerate(steps))
            grads = torch.autograd.grad(asked, copies, allow_unused=True)[0]  # type: ignore[arg-type]
        if grads is not None:
            rows[begin : begin + len(steps)] = torch.stack([one.abs().amax(-1) for one in grads])
    return rows


def cut(source: Source, of: str, sample: int) -> tuple[int, ...]:
    """Return after which steps no gradient of any number passes; none where there are no gradients at all.

    Each number is asked alone only where those of a step together have none.
    """
    found: tuple[int, ...] = ()
    for each in (False, True):
        try:
            grads = gradients(source, of, sample, each=each)
        except ModelError:  # none of it is to be trained
            return ()
        found = tuple(k for k in range(1, min(grads.shape)) if grads.any() and not grads[k:, :k].any())
        if not found:
            break
    return found


def differences(source: Source, of: str, sample: int, norm: Norm) -> Influence:
    """Measure the same by quotients of differences: every number of every step a little more, and less."""
    with source.apart(), torch.no_grad():
        given, made = _tried(source, of, sample)
        rows = torch.zeros(len(made), len(given), dtype=torch.float64)
        for places in _batches(given, made, source.most, pairs=2):
            copies = given.repeat(2 * len(places), 1, 1)
            for at, place in enumerate(places):
                copies[at].view(-1)[place] += STEP
                copies[len(places) + at].view(-1)[place] -= STEP
            result = _full(source, of, sample, copies)
            quotient = _apart(result[: len(places)], result[len(places) : 2 * len(places)]) / (2 * STEP)
            _added(rows, quotient, places, given.shape[1], norm)
        other = source.run_again(of, sample)
    apart = float((made - other).abs().max()) if made.shape == other.shape else math.inf
    lost = ROUNDED * torch.finfo(made.dtype).eps * float(made.abs().max()) / STEP
    lost *= (made.shape[1] * given.shape[1]) ** 0.5
    return replace(_made(source, of, _rooted(rows, norm)), lost=lost, apart=apart)


def _apart(more: Tensor, less: Tensor) -> Tensor:
    """How far two results are apart: nothing, where rows of one batch may differ so in their last digits."""
    rounded_off = ROUNDED * torch.finfo(more.dtype).eps * torch.maximum(more.abs(), less.abs())
    return (more - less).where((more - less).abs() > rounded_off, 0.0)


def _made(source: Source, of: str, rows: Tensor) -> Influence:
    tokens = source.tokens
    read = "input" if tokens is None else source.name_of(tokens)
    return Influence(of, read, rows.shape[0], rows.shape[1], all_rounded(rows), source.origin)


def _tried(source: Source, of: str, sample: int) -> tuple[Tensor, Tensor]:
    """Run once; return the steps of the sample and the result's. ModelError for what is too much."""
    if source.of_whole_numbers:
        raise ModelError("the input holds whole numbers that no embedding reads: they have no derivatives")
    key = ("tried", of, sample)
    if key not in source.found:
        with torch.no_grad():
            given = source.steps(sample)
            made = source.run(of, sample, given.repeat(source.most or 1, 1, 1))[0]
            _bounded(source, given, made, of)
            _alone(source, of, sample, given)
            _smooth(source, of, sample, given, made)
        source.found[key] = given, made
    return cast("tuple[Tensor, Tensor]", source.found[key])


def _goes_forwards(given: Tensor, made: Tensor) -> bool:
    return given.numel() < made.numel() > FEW


def _bounded(source: Source, given: Tensor, made: Tensor, of: str) -> None:
    """ModelError if there is no map of these steps, or if it would take too long."""
    if not made.is_floating_point():
        raise ModelError(f"what {of} gives is whole numbers: they have no derivatives")
    if max(len(given), len(made)) > STEPS:
        raise ModelError(
            f"a map of {len(made)} × {len(given)} steps is more than can be read; {STEPS} are the most",
            hint="give fewer timesteps",
        )
    forwards = _goes_forwards(given, made)
    copies = given.numel() if forwards else made.numel()
    if copies > MOST:
        raise ModelError(f"{copies:,} derivatives would be needed, and {MOST:,} are the most")
    products = source.weights * max(len(given), len(made))
    work = copies * (given.numel() + made.numel() + products // PRODUCTS) + IMPORT * forwards
    if work > source.work:
        refused = TooLongError if work <= WORK else ModelError
        raise refused(f"its derivatives go through {work:,} numbers, and {source.work:,} are the most")


def _alone(source: Source, of: str, sample: int, given: Tensor) -> None:
    """ModelError if the other samples of a batch move this one's result: then copies are no samples apart."""
    if not source.batched or source.most == 1:
        return
    copies = given.repeat(source.most or 2, 1, 1)
    first, again = source.run(of, sample, copies), source.run(of, sample, copies)
    if not torch.allclose(first, again, rtol=NEAR, atol=NEAR, equal_nan=True):
        raise ModelError(f"two runs on the same give two results of {of}")
    for own in (0, -1):  # a layer that takes the batch for time leaves the first, or the last, alone
        others = copies * 0.5 + 0.3
        others[own] = copies[own]
        if not torch.allclose(
            first[own], source.run(of, sample, others)[own], rtol=NEAR, atol=NEAR, equal_nan=True
        ):
            raise ModelError(
                f"the samples of one batch move each other in {of}: no map is of one sample alone"
            )


def _smooth(source: Source, of: str, sample: int, given: Tensor, made: Tensor) -> None:
    """ModelError if a result jumps where the input hardly moves: then its derivatives say nothing of it."""
    little, twice = _full(source, of, sample, torch.stack([given + STEP, given + 2 * STEP]))[:2]
    bent = 2 * (little - made) - (twice - made)  # nothing along a slope; after a jump the jump itself
    if float(bent.abs().max()) > JUMP * float(made.abs().max()):
        raise ModelError(
            f"{of} jumps at these very numbers, as one with a mask of steps that hold one value does: "
            "derivatives do not say what moves it"
        )


def _batches(given: Tensor, made: Tensor, most: int | None, *, pairs: int = 1) -> Iterator[list[int]]:
    """Yield the places of the numbers of all steps, as many as run at a time."""
    room = max(1, min(COPIES, NUMBERS // max(1, given.numel() + made.numel()))) // pairs
    size = max(1, room if most is None else most // pairs)
    for begin in range(0, given.numel(), size):
        yield list(range(begin, min(begin + size, given.numel())))


def _full(source: Source, of: str, sample: int, copies: Tensor) -> Tensor:
    """Run copies; where the model works with so many alone, the last one is repeated."""
    count = len(copies)
    if source.most is not None and count < source.most:
        copies = torch.cat([copies, copies[-1:].expand(source.most - count, -1, -1)])
    if not source.batched:
        return torch.cat([source.run(of, sample, one[None]) for one in copies])
    return source.run(of, sample, copies)


def _forwards(source: Source, of: str, sample: int, norm: Norm) -> Tensor:
    given, made = _tried(source, of, sample)
    rows = torch.zeros(len(made), len(given), dtype=torch.float64)
    for places in _batches(given, made, source.most):
        copies = given.repeat(len(places), 1, 1)
        along = torch.zeros_like(copies)
        for at, place in enumerate(places):
            along[at].view(-1)[place] = 1.0
        with forward_ad.dual_level(), torch.no_grad():  # no graph is kept of what goes forwards
            dual: Tensor = forward_ad.make_dual(copies, along)  # type: ignore[no-untyped-call]
            result = _full(source, of, sample, dual)
            moved = forward_ad.unpack_dual(result).tangent  # type: ignore[no-untyped-call]
            moved = torch.zeros_like(result) if moved is None else moved.detach()
        _added(rows, moved, places, given.shape[1], norm)
    return _rooted(rows, norm)


def _added(rows: Tensor, moved: Tensor, places: list[int], features: int, norm: Norm) -> None:
    """Add what the numbers at these places of the input do: (B, T, D) into the map."""
    for at, place in enumerate(places):
        column, now = place // features, moved[at]
        if norm == "max":
            rows[:, column] = torch.maximum(rows[:, column], now.abs().amax(-1))
        else:
            rows[:, column] += now.square().sum(-1)


def _rooted(rows: Tensor, norm: Norm) -> Tensor:
    return rows if norm == "max" else rows.sqrt()


def _backwards(source: Source, of: str, sample: int, norm: Norm) -> Tensor:
    given, made = _tried(source, of, sample)
    rows = torch.zeros(len(made), len(given), dtype=torch.float64)
    for places in _batches(made, given, source.most):
        with torch.enable_grad():
            copies = given.repeat(len(places), 1, 1).requires_grad_()
            result = _full(source, of, sample, copies)
            asked = sum(result[at].reshape(-1)[place] for at, place in enumerate(places))
            found: tuple[Tensor | None, ...] = torch.autograd.grad(asked, copies, allow_unused=True)  # type: ignore[arg-type]
        grads = found[0]
        if grads is None:
            continue
        for at, place in enumerate(places):
            row, now = place // made.shape[1], grads[at]
            if norm == "max":
                rows[row] = torch.maximum(rows[row], now.abs().amax(-1))
            else:
                rows[row] += now.square().sum(-1)
    return _rooted(rows, norm)
