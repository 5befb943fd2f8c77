"""The tensors of a loop's rounds, as measured: what one step is, and how its rounds are counted."""

from __future__ import annotations

import math
from dataclasses import replace

from lstmviz.network.recurrence import StateVariable
from lstmviz.network.rounds import Loop
from lstmviz.network.structure import Tensor, Trace, split_name


def gives_its_state(trace: Trace, loop: Loop, state: StateVariable) -> bool:
    """Whether the output of what gives a state in each round is that state: of one step, one layer."""
    stage = trace.stage(split_name(state.tensor)[0])
    sizes = {one.name: one.sizes for one in stage.outputs} if stage else {}
    if "output" not in sizes or "h_n" not in sizes:
        return True
    layer = next((one for one in trace.recurrent if stage and one.name == stage.name), None)
    steps = layer.timesteps if layer else math.prod(sizes["output"]) // math.prod(sizes["h_n"])
    return math.prod(sizes["h_n"]) * steps == math.prod(sizes["output"]) and steps in {1, loop.rounds}


def step_of(whole: Tensor, axis: int) -> Tensor:
    """What one step of a tensor is: without its axis of steps."""
    sizes, symbols = ((*part[:axis], *part[axis + 1 :]) for part in (whole.sizes, whole.symbols))
    return replace(whole, sizes=tuple(map(int, sizes)), symbols=tuple(map(str, symbols)))


def whole_of(trace: Trace, name: str) -> Tensor:
    """The tensor of a full name as measured."""
    stage, output = split_name(name)
    found = trace.stage(stage)
    of_stage = found.outputs if found else ()
    for tensor in (*trace.inputs, trace.input):
        if tensor.name == name:
            return tensor
    chosen = next((one for one in of_stage if one.name == output), None) or of_stage[0]
    return replace(chosen, name=name)


def tensor_of(trace: Trace, name: str, sizes: tuple[int, ...] | None) -> Tensor:
    """A state as it was handed on, in the letters of the stage that gave it; without sizes all of that."""
    whole = whole_of(trace, name)
    if sizes is None:
        return whole
    symbols = whole.symbols[len(whole.sizes) - len(sizes) :]
    same = whole.sizes[len(whole.sizes) - len(sizes) :] == sizes
    return Tensor(name, sizes, symbols if same else tuple(map(str, sizes)))


def letter_of(trace: Trace, rounds: int) -> str:
    """Return the letter of a number of rounds: one that counts as many elsewhere; else one that is free."""
    tensors = [tensor for stage in trace.stages for tensor in (*stage.inputs, *stage.outputs)]
    pairs = [pair for t in (trace.input, *tensors) for pair in zip(t.symbols, t.sizes, strict=True)]
    known = {symbol: size for symbol, size in (*pairs, *trace.sizes) if symbol.rstrip("₂₃₄₅₆₇₈₉′") == "T"}
    letters = ("T", "T′", *(f"T{one}" for one in "₂₃₄₅₆₇₈₉"))
    alike = [one for one in letters if known.get(one) == rounds]
    return next(iter([*alike, *(one for one in letters if one not in known)]), str(rounds))
