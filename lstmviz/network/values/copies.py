"""Many copies of one sample in one run of a model: whether it can be measured so, and how many at a time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, cast

import torch

from lstmviz.errors import ModelError, TooLongError
from lstmviz.network.values.quotients import STEP
from lstmviz.network.values.sources import WORK, Source

Tensor = torch.Tensor
COPIES = 256
"""So many copies of the sample run at a time, at most."""
NUMBERS = 2**22
"""So many numbers the copies of one run may have, all steps of the result together."""
Way = Literal["backwards", "twice", "forwards"]
"""A copy for each number of a result; for each that is given, twice backwards; the same, by dual numbers."""
SLOWER = 2.5
"""So many times as long as backwards a copy takes otherwise."""
MOST = 60_000
"""More derivatives than this are not asked for."""
IMPORT = 25 * 10**6
"""In the time that so many numbers take torch gets ready for dual numbers: it imports SymPy, and compiles."""
PRODUCTS = 256
"""A number is taken or given in the time of so many products with a weight."""
STEPS = 512
"""More steps than this are no map that anyone could read."""
NEAR = 1e-9
"""As equal as this are two runs that do the same."""
JUMP = 1e-4
"""By how much a result beside its largest number may leave its slope at `STEP`; a bend leaves it by less."""


def tried(source: Source, of: str, sample: int) -> tuple[Tensor, Tensor]:
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


def way(source: Source, given: Tensor, made: Tensor) -> Way:
    """Return which way derivatives take least time: with a copy for each number made, or for each given."""
    each = _each(source, given, made)
    backwards, forwards = made.numel() * each, SLOWER * given.numel() * each
    if backwards <= forwards:
        return "backwards"
    if forwards <= IMPORT:
        return "twice"
    return "forwards" if forwards + IMPORT < backwards else "backwards"


def _each(source: Source, given: Tensor, made: Tensor) -> int:
    """Return through how many numbers one copy goes."""
    products = source.weights * max(len(given), len(made))
    return given.numel() + made.numel() + products // PRODUCTS


def _bounded(source: Source, given: Tensor, made: Tensor, of: str) -> None:
    """ModelError if there is no map of these steps, or if it would take too long."""
    if not made.is_floating_point():
        raise ModelError(f"what {of} gives is whole numbers: they have no derivatives")
    if max(len(given), len(made)) > STEPS:
        raise ModelError(
            f"a map of {len(made)} × {len(given)} steps is more than can be read; {STEPS} are the most",
            hint="give fewer timesteps",
        )
    chosen = way(source, given, made)
    copies = made.numel() if chosen == "backwards" else given.numel()
    if copies > MOST:
        raise ModelError(f"{copies:,} derivatives would be needed, and {MOST:,} are the most")
    work = copies * _each(source, given, made) + IMPORT * (chosen == "forwards")
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
    little, twice = full(source, of, sample, torch.stack([given + STEP, given + 2 * STEP]))[:2]
    bent = 2 * (little - made) - (twice - made)  # nothing along a slope; after a jump the jump itself
    if float(bent.abs().max()) > JUMP * float(made.abs().max()):
        raise ModelError(
            f"{of} jumps at these very numbers, as one with a mask of steps that hold one value does: "
            "derivatives do not say what moves it"
        )


def batches(given: Tensor, made: Tensor, most: int | None, *, pairs: int = 1) -> Iterator[list[int]]:
    """Yield the places of the numbers of all steps, as many as run at a time."""
    room = max(1, min(COPIES, NUMBERS // max(1, given.numel() + made.numel()))) // pairs
    size = max(1, room if most is None else most // pairs)
    for begin in range(0, given.numel(), size):
        yield list(range(begin, min(begin + size, given.numel())))


def full(source: Source, of: str, sample: int, copies: Tensor) -> Tensor:
    """Run copies; where the model works with so many alone, the last one is repeated."""
    count = len(copies)
    if source.most is not None and count < source.most:
        copies = torch.cat([copies, copies[-1:].expand(source.most - count, -1, -1)])
    if not source.batched:
        return torch.cat([source.run(of, sample, one[None]) for one in copies])
    return source.run(of, sample, copies)
