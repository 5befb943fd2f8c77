"""How much each input step moves each step of a result: all derivatives, in batches, with bounded memory.

Copies of one sample run side by side. Backwards, each copy asks for one number of one result; forwards, each
carries the derivative by one number of one input step, and a run gives what it does to every step of the
result: by dual numbers, or where they are few by a derivative of the derivative, for which torch imports
nothing. Whichever takes less time is taken; what torch cannot differentiate so goes backwards.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import torch
from torch.autograd import forward_ad

from lstmviz.errors import ModelError
from lstmviz.network.surroundings import without_compiler
from lstmviz.network.values.copies import COPIES, NUMBERS, batches, full, tried, way
from lstmviz.network.values.data import Influence, Norm
from lstmviz.network.values.quotients import ROUNDED, STEP, quotients
from lstmviz.network.values.rounding import all_rounded
from lstmviz.network.values.sources import Source, first_line

Tensor = torch.Tensor
Run = Callable[[Tensor], Tensor]
Moved = Callable[[Run, Tensor, Tensor], Tensor]


def influence(source: Source, of: str, sample: int, norm: Norm) -> Influence:
    """Measure the norm of ∂y_t/∂x_s for every two steps, by derivatives. Raises ModelError."""
    with source.apart():
        rows = _derivatives(source, of, sample, norm)
        walls = _walls(source, of, sample, rows)
    return replace(_made(source, of, rows), walls=walls)


def _derivatives(source: Source, of: str, sample: int, norm: Norm) -> Tensor:
    chosen = way(source, *tried(source, of, sample))
    try:
        if chosen != "backwards":
            return _forwards(source, of, sample, norm, _twice if chosen == "twice" else _dual)
        return _backwards(source, of, sample, norm)
    except (RuntimeError, NotImplementedError, ModelError) as error:
        if chosen == "backwards":
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
    given, made = tried(source, of, sample)
    if each:
        return _backwards(source, of, sample, "max")
    shares = 1.0 + torch.arange(made[0].numel(), dtype=torch.float64).sqrt()
    rows = torch.zeros(len(made), len(given), dtype=torch.float64)
    size = source.most or max(1, min(COPIES, NUMBERS // max(1, given.numel() + made.numel())))
    for begin in range(0, len(made), size):
        steps = range(begin, min(begin + size, len(made)))
        with torch.enable_grad():
            copies = given.repeat(len(steps), 1, 1).requires_grad_()
            result = full(source, of, sample, copies)
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
        given, made = tried(source, of, sample)
        rows = torch.zeros(len(made), len(given), dtype=torch.float64)
        bent, step = torch.zeros(rows.shape, dtype=torch.bool), STEP
        for places in batches(given, made, source.most, pairs=2):
            changed = partial(_changed, source, of, sample)
            slopes, crooked, least = quotients(changed, made, torch.tensor(places))
            step = min(step, least)
            _added(rows.T, slopes, places, given.shape[1], norm)
            for at, place in enumerate(places):
                bent[:, place // given.shape[1]] |= crooked[at]
        other = source.run_again(of, sample)
    apart = float((made - other).abs().max()) if made.shape == other.shape else math.inf
    lost = ROUNDED * torch.finfo(made.dtype).eps * float(made.abs().max()) / step
    lost *= (made.shape[1] * given.shape[1]) ** 0.5
    nowhere = tuple(bent.flatten().nonzero().flatten().tolist())
    return replace(_made(source, of, _rooted(rows, norm)), lost=lost, apart=apart, bent=nowhere)


def _changed(source: Source, of: str, sample: int, places: Tensor, step: float) -> tuple[Tensor, Tensor]:
    """Run the sample with some of its numbers a step more, and with them a step less."""
    given, _ = tried(source, of, sample)
    copies, count = given.repeat(2 * len(places), 1, 1), len(places)
    changes = torch.tensor([[step], [-step]], dtype=copies.dtype)
    copies.view(2, count, -1)[:, torch.arange(count), places] += changes
    result = full(source, of, sample, copies)
    return result[:count], result[count : 2 * count]


def _made(source: Source, of: str, rows: Tensor) -> Influence:
    tokens = source.tokens
    read = "input" if tokens is None else source.name_of(tokens)
    return Influence(of, read, rows.shape[0], rows.shape[1], all_rounded(rows), source.origin)


def _forwards(source: Source, of: str, sample: int, norm: Norm, moved_by: Moved) -> Tensor:
    given, made = tried(source, of, sample)
    rows = torch.zeros(len(made), len(given), dtype=torch.float64)
    for places in batches(given, made, source.most):
        copies = given.repeat(len(places), 1, 1)
        along = torch.zeros_like(copies)
        along.view(len(places), -1)[torch.arange(len(places)), places] = 1.0
        moved = moved_by(partial(full, source, of, sample), copies, along)
        _added(rows.T, moved[: len(places)], places, given.shape[1], norm)
    return _rooted(rows, norm)


def _dual(run: Run, copies: Tensor, along: Tensor) -> Tensor:
    """Return how a run's result moves along directions of its copies, no graph being kept."""
    with without_compiler(), forward_ad.dual_level(), torch.no_grad():
        result = run(forward_ad.make_dual(copies, along))  # type: ignore[no-untyped-call]
        moved: Tensor | None = forward_ad.unpack_dual(result).tangent  # type: ignore[no-untyped-call]
    return torch.zeros_like(result) if moved is None else moved.detach()


def _twice(run: Run, copies: Tensor, along: Tensor) -> Tensor:
    """Return the same: what goes backwards is linear in the weights of the result, and its slope is this."""
    with torch.enable_grad():
        result = run(copies.requires_grad_())
        weights = torch.zeros_like(result).requires_grad_()
        slopes = torch.autograd.grad((result * weights).sum(), copies, create_graph=True)[0]
        return torch.autograd.grad((slopes * along).sum(), weights)[0]


def _added(rows: Tensor, moved: Tensor, places: list[int], numbers: int, norm: Norm) -> None:
    """Add what goes with these places, of so many numbers a step, to the rows of their steps: (B, T, D)."""
    steps = [place // numbers for place in places]
    parts = moved.split([steps.count(step) for step in dict.fromkeys(steps)])  # type: ignore[no-untyped-call]
    for step, part in zip(dict.fromkeys(steps), parts, strict=True):
        if norm == "max":
            rows[step] = torch.maximum(rows[step], part.abs().amax((0, -1)))
        else:
            rows[step] += part.square().sum((0, -1))


def _rooted(rows: Tensor, norm: Norm) -> Tensor:
    return rows if norm == "max" else rows.sqrt()


def _backwards(source: Source, of: str, sample: int, norm: Norm) -> Tensor:
    given, made = tried(source, of, sample)
    rows = torch.zeros(len(made), len(given), dtype=torch.float64)
    for places in batches(made, given, source.most):
        with torch.enable_grad():
            copies = given.repeat(len(places), 1, 1).requires_grad_()
            result = full(source, of, sample, copies)
            # in one go: of each number alone torch would fill a whole result with zeros
            asked = result.flatten(1).gather(1, torch.tensor(places)[:, None]).sum()
            found: tuple[Tensor | None, ...] = torch.autograd.grad(asked, copies, allow_unused=True)
        if (grads := found[0]) is not None:
            _added(rows, grads[: len(places)], places, made.shape[1], norm)
    return _rooted(rows, norm)
