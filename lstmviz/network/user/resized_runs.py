"""The letters N and T in a user's module that no spec says: the module runs again with one size changed."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Iterator
from itertools import product
from typing import Any

import torch
from torch.nn.utils.rnn import PackedSequence

from lstmviz.errors import ModelError
from lstmviz.network.loop_tensors import whole_of
from lstmviz.network.own_loops import recurrent_loops
from lstmviz.network.rounds import Loop
from lstmviz.network.structure import Stage, Tensor, Trace, split_name
from lstmviz.network.user.values import arguments, leaves, mapped

MOST = 2**23
"""So many numbers, parameters and results of all stages, are run three times."""
TIMES = ("T", "T′")
ORDERS = frozenset({"getitem", "index_select", "flip", "roll"})
"""Calls that may put steps into another order, or leave some out."""
IMAGE = 4
"""An image has so many axes, with that of the batch."""
FEW = 5
"""A long axis is cut to so many."""


def unspelt(trace: Trace) -> bool:
    """Whether N or T of an image's layer stands as a number after it: a view by numbers made its steps."""
    if len(trace.input.sizes) != IMAGE:
        return False
    letters = {str(size) for size in _lengths(trace).values() if size}
    layer = next((at for at, stage in enumerate(trace.stages) if trace.recurrent
                  and stage.name == trace.recurrent[0].name), len(trace.stages))  # fmt: skip
    return any(letters & {*tensor.symbols} for stage in trace.stages[layer:] for tensor in stage.outputs)


def moved(inputs: Any, trace: Trace, run: Callable[[Any], Trace]) -> Trace:
    """Return the trace with N and T wherever an axis moves with those of its first recurrent layer, or loop.

    Each leading axis of the first input gets another size in a run of its own, and with it
    the same axis of every other input as long; `run` gives the trace of such a run. A long axis is cut
    short, where the model takes that: a loop over a thousand steps is then not run again.
    Where neither is T, rows or columns of an image may become steps: these are doubled.
    What is too large to run three times keeps its numbers. Call it within `alone`.
    """
    held = [tensor for stage in trace.stages for tensor in (*stage.outputs, *stage.parameters)]
    numbers = sum(math.prod(tensor.sizes) for tensor in held)
    before = trace
    packed = any(isinstance(one, PackedSequence) for one in _parts(inputs))
    if not any(_lengths(trace).values()) or numbers > MOST or packed:
        return trace
    for axis in _axes(sizes := trace.input.sizes):
        if axis > 1 and _spelt(trace, "T"):
            break
        for size, lengths in product(_others(axis, sizes[axis]), (False, True)):
            resized = _resized(inputs, axis, sizes[axis], size, lengths=lengths)
            if resized is None:
                continue
            try:
                again = run(resized)
            except (ModelError, RuntimeError):
                continue
            if [s.name for s in again.stages] != [s.name for s in trace.stages]:
                continue
            told = _told(trace, before, again, (sizes[axis], size) if axis < 2 else None)
            if told == trace and not lengths:
                continue
            trace = told
            if size < sizes[axis]:
                inputs, before = resized, again
            break
    return _by_order(_by_rounds(trace))


def shapes_of(inputs: Any) -> tuple[torch.Size, ...]:
    """Return the shapes of all that a model takes."""
    return tuple(tensor.shape for _, tensor in leaves(arguments(inputs)))


def like(spelt: Trace, trace: Trace) -> Trace:
    """Return the trace of a run of the same stages with the letters that the other one has.

    Raises ValueError if its stages are others.
    """
    if [one.name for one in trace.stages] != [one.name for one in spelt.stages]:
        raise ValueError("two runs of other stages")

    def lettered(own: Tensor, other: Tensor) -> Tensor:
        symbols = tuple(s if o.isdigit() else o for s, o in zip(own.symbols, other.symbols, strict=True))
        return own if symbols == own.symbols else dataclasses.replace(own, symbols=symbols)

    return _with_letters(trace, lettered, spelt)


def _told(trace: Trace, before: Trace, again: Trace, axis: tuple[int, int] | None) -> Trace:
    """Put N and T to what another run tells of them: where they moved with an axis, or as it made them."""
    after = _lengths(again)
    for letter, own in _lengths(trace).items():
        new = after.get(letter)
        if own and new and own != new and axis in {None, (own, new)}:
            trace = _lettered(trace, before, again, letter, (own, new))
    return trace


def _axes(sizes: tuple[int, ...]) -> list[int]:
    """The first two axes, the longer first, and then the others from the last one on."""
    return [*sorted(range(len(sizes[:2])), key=lambda axis: -sizes[axis]), *range(len(sizes) - 1, 1, -1)]


def _others(axis: int, size: int) -> tuple[int, ...]:
    if axis > 1:
        return (2 * size,)
    return (FEW, size + 1) if size > 2 * FEW else (size + 1,)


def _spelt(trace: Trace, letter: str) -> bool:
    """Whether what stands after the first recurrent layer has a letter where it counts."""
    if not trace.recurrent:
        return True
    layer = trace.recurrent[0].name
    at = next((place for place, stage in enumerate(trace.stages) if stage.name == layer), 0)
    return any(letter in tensor.symbols for stage in trace.stages[at + 1 :] for tensor in stage.outputs)


def _by_rounds(trace: Trace) -> Trace:
    """Put T, or T′ of a second number of rounds, to the axes whose parts loops read or give one by one.

    Where a loop's rounds cannot be made more, no run tells these axes.
    """
    pairs = (pair for one in _held(trace) for pair in zip(one.symbols, one.sizes, strict=True))
    known: dict[str, int] = {}
    for symbol, size in pairs:
        if symbol in TIMES:
            known.setdefault(symbol, size)  # a layer that is not the first may have a T of its own
    for loop in recurrent_loops(trace):
        if loop.often[0] < loop.often[1]:
            continue  # it goes round now more often, now less
        steps = (read for read in loop.reads if read.how == "step" and read.size == 1)
        axes = {(read.tensor, read.axis) for read in steps} | set(_put(trace, loop))
        free = [letter for letter in TIMES if known.get(letter, loop.rounds) == loop.rounds]
        for name, axis in axes if free else ():
            if axis is not None:
                named = _named(trace, name, axis, (free[0], loop.rounds))
                known |= {free[0]: loop.rounds} if named != trace else {}
                trace = named
    return trace


def _by_order(trace: Trace) -> Trace:
    """Put a letter to the steps of what a call puts into another order for a layer, or a loop.

    A list of indices holds so many steps: where it cannot be made longer, no run tells what it reads.
    """
    layers = [(stage, one.time_axis) for one in trace.recurrent
              if (stage := trace.stage(one.name)) and not one.cell]  # fmt: skip
    read = [(stage.sources[0], axis) for stage, axis in layers if stage.sources]
    read += [(one.tensor, one.axis) for loop in trace.loops for one in loop.reads if one.axis is not None]
    for first, axis in read:
        tensor = first
        while (stage := trace.stage(split_name(tensor)[0])) and stage.type in ORDERS and stage.sources:
            if dict(stage.arguments).get("index") == "[…]":
                break  # another part in each round of a loop: none is all of it
            made, whole = stage.outputs[0].sizes, whole_of(trace, stage.sources[0]).sizes
            if len(made) != len(whole) or made[:axis] + made[axis + 1 :] != whole[:axis] + whole[axis + 1 :]:
                break
            pairs = (pair for one in _held(trace) for pair in zip(one.symbols, one.sizes, strict=True))
            known, size = {"T": made[axis]} | dict(pairs), whole[axis]
            letter = next((one for one in ("T", "T₂", "T₃") if known.get(one, size) == size), str(size))
            trace, tensor = _named(trace, stage.sources[0], axis, (letter, size)), stage.sources[0]
    return trace


def _held(trace: Trace) -> Iterator[Tensor]:
    yield from (trace.input, *trace.inputs)
    for stage in trace.stages:
        yield from stage.outputs


def _put(trace: Trace, loop: Loop) -> Iterator[tuple[str, int | None]]:
    """Yield the axis along which a stack holds what each round of a loop gave."""
    every = {tensor for tensor, taken in loop.results if taken == "every"}
    for stage in trace.stages:
        if stage.type == "stack" and set(stage.sources) <= every and stage.name not in loop.stages:
            arguments = dict(stage.arguments)
            axis = arguments.get("dim", 0)
            yield f"{stage.name}.output", axis if isinstance(axis, int) else None


def _named(trace: Trace, name: str, axis: int, letter: tuple[str, int]) -> Trace:
    """Put a letter to one axis of one tensor, if it has none yet, and is as long."""

    def spelt(full: str, own: Tensor) -> Tensor:
        at = axis if axis >= 0 else axis + len(own.sizes)
        if full != name or not own.symbols[at].isdigit() or own.sizes[at] != letter[1]:
            return own
        return dataclasses.replace(own, symbols=(*own.symbols[:at], letter[0], *own.symbols[at + 1 :]))

    stages = tuple(
        dataclasses.replace(s, outputs=tuple(spelt(f"{s.name}.{t.name}", t) for t in s.outputs))
        for s in trace.stages
    )
    inputs = tuple(spelt(one.name, one) for one in trace.inputs)
    return dataclasses.replace(trace, stages=stages, inputs=inputs, input=spelt("input", trace.input))


def _lengths(trace: Trace) -> dict[str, int | None]:
    """Return how many samples and steps the first recurrent layer, or else the first loop, has."""
    if trace.recurrent:
        layer = trace.recurrent[0]
        return {"N": layer.batch_size, "T": layer.timesteps}
    loop = next(iter(recurrent_loops(trace)), None)
    if loop is None:
        return {}
    samples = {state.sizes[0] for state in loop.states if len(state.sizes) > 1}
    return {"N": samples.pop() if len(samples) == 1 else None, "T": loop.rounds}


def _parts(inputs: Any) -> Iterator[Any]:
    if isinstance(inputs, dict | tuple | list):
        yield from inputs.values() if isinstance(inputs, dict) else inputs


def _resized(inputs: Any, axis: int, size: int, new: int, *, lengths: bool) -> Any:
    """Return the inputs with `new` along this axis where there was `size`: cut, or its last parts again.

    With `lengths` also what holds one number for each sample: so many samples, or up to so many steps.
    None if nothing does.
    """
    numbers = []

    def along(tensor: torch.Tensor, at: int) -> torch.Tensor:
        if new < size:
            return tensor.narrow(at, 0, new).clone()
        return torch.cat([tensor, tensor.narrow(at, 2 * size - new, new - size)], at)

    def changed(tensor: torch.Tensor) -> torch.Tensor:
        if tensor.dim() > axis and tensor.shape[axis] == size:
            return along(tensor, axis)
        if not lengths or tensor.dim() != 1 or tensor.is_floating_point():
            return tensor
        numbers.append(len(tensor) == size or int(tensor.max()) == size)
        if len(tensor) == size:
            return along(tensor, 0)
        return torch.where(tensor >= min(size, new), new, tensor)

    made = mapped(arguments(inputs), changed)
    return made if any(numbers) or not lengths else None


def _lettered(trace: Trace, before: Trace, after: Trace, letter: str, moved: tuple[int, int]) -> Trace:
    """Put a letter where an axis was as long in two runs as the letter's own, which `moved` tells."""

    def spelt(own: Tensor, one: Tensor, other: Tensor) -> Tensor:
        if not len(own.sizes) == len(one.sizes) == len(other.sizes):
            return own
        axes = zip(own.symbols, own.sizes, one.sizes, other.sizes, strict=True)
        symbols = tuple(letter if s.isdigit() and n == moved[0] and (a, b) == moved else s
                        for s, n, a, b in axes)  # fmt: skip
        return own if symbols == own.symbols else dataclasses.replace(own, symbols=symbols)

    return _with_letters(trace, spelt, before, after)


def _with_letters(trace: Trace, spelt: Callable[..., Tensor], *runs: Trace) -> Trace:
    """Return a trace with every tensor as `spelt` from it, and from what it is in other runs."""

    def all_of(held: tuple[Tensor, ...], *others: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        if not all(others):
            return held
        places = [[min(at, len(run) - 1) for run in others] for at in range(len(held))]
        return tuple(
            spelt(one, *(run[at] for run, at in zip(others, places[place], strict=True)))
            for place, one in enumerate(held)
        )

    def stage(own: Stage, *others: Stage) -> Stage:
        inputs = all_of(own.inputs, *(one.inputs for one in others))
        outputs = all_of(own.outputs, *(one.outputs for one in others))
        if inputs == own.inputs and outputs == own.outputs:
            return own
        return dataclasses.replace(own, inputs=inputs, outputs=outputs)

    return dataclasses.replace(
        trace,
        stages=tuple(map(stage, trace.stages, *(run.stages for run in runs))),
        input=spelt(trace.input, *(run.input for run in runs)),
        inputs=all_of(trace.inputs, *(run.inputs for run in runs)),
    )
