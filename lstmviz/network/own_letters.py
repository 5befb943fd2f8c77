"""The letters F and H of loops of the user's own code: which sizes of a round's share they stand for.

N and T are found by running; F is what a step of the model's input holds beside, H the units of a state.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lstmviz.network.recurrence import Carried, Fed, Given, Own
    from lstmviz.network.structure import Tensor, Trace

VECTORS = 2
"""A share with more axes (samples, units) is an image, or a matrix: its sizes are no F."""


def lettered(trace: Trace, loops: tuple[Own, ...], beside: int = 0) -> tuple[Own, ...]:
    """Return the loops with F and H on the shares of their rounds, and on what holds all of these.

    Several loops share H where their states have as many units, else each has an H of its own; a layer of so
    many units `beside` them has H.
    """
    units = {own.name: units for own in loops if (units := _units(own))}
    count = len(set(units.values()))
    alone = "H" if beside in {0, *units.values()} else "H′"
    marks = {size: f"H{'₁₂₃₄₅₆₇₈₉'[place]}" if count > 1 else alone for place, size in
             enumerate(dict.fromkeys(units.values())) if place < 9}  # fmt: skip
    given = {one.name for one in (trace.input, *trace.inputs)}
    made: dict[str, Tensor] = {}
    found = []
    for own in loops:
        size = units.get(own.name, 0)
        letters = {size: marks.get(size, str(size))} if size else {}
        found.append(_spelt(own, letters, given, made))
    return tuple(found)


def _units(own: Own) -> int:
    """How many units the states have that are vectors; 0 if none is, or they differ."""
    shares = [s.each.sizes for s in own.states if s.each is not None and 0 < len(s.each.sizes) <= VECTORS]
    found = {sizes[-1] for sizes in shares if sizes[-1] > 1}  # one number a sample is no layer: a token
    return found.pop() if len(found) == 1 else 0


def _spelt(own: Own, letters: Mapping[int, str], given: set[str], made: dict[str, Tensor]) -> Own:
    """Return one loop in its letters; `made` are the tensors that earlier loops gave, in theirs."""
    states = tuple(_state(one, letters) for one in own.states)
    known = {one.tensor: one.each for one in states}
    axes = {len(one.each.sizes) for one in states if one.each is not None and len(one.each.sizes) <= VECTORS}
    fed = tuple(_fed(one, given if len(one.each.sizes) in axes else set(), made) for one in own.fed)
    outs = tuple(_given(one, known) for one in own.given)
    made |= {one.whole.name: one.whole for one in outs if one.whole is not None}
    every: tuple[Carried | Fed | Given, ...] = (*states, *fed, *outs, *own.constants)
    tensors = [one.each for one in every if one.each is not None]
    steps: tuple[Fed | Given, ...] = (*fed, *outs)
    tensors += [one.whole for one in steps if one.whole is not None]
    return replace(own, states=states, fed=fed, given=outs, tensors=tuple(tensors))


def _state(one: Carried, letters: Mapping[int, str]) -> Carried:
    if one.each is None:
        return one
    pairs = zip(one.each.symbols, one.each.sizes, strict=True)
    symbols = tuple(letters.get(n, s) if s.isdigit() else s for s, n in pairs)
    return replace(one, each=replace(one.each, symbols=symbols))


def _fed(one: Fed, given: set[str], made: Mapping[str, Tensor]) -> Fed:
    """What is read of the model's input has features; what another loop gave has its letters."""
    whole = made.get(one.tensor, one.whole)
    vector = one.tensor in given and one.each.symbols[-1:] and one.each.symbols[-1].isdigit()
    if whole is not None and vector:
        last = max(axis for axis, symbol in enumerate(whole.symbols) if symbol == one.each.symbols[-1])
        whole = _put(whole, last, "F" if one.tensor == "input" else "F′")
    if whole is None or one.whole is None:
        return one
    free = [axis for axis in range(len(whole.sizes)) if one.axis != axis]
    sizes, symbols = tuple(whole.sizes[a] for a in free), tuple(whole.symbols[a] for a in free)
    each = replace(one.each, sizes=sizes, symbols=symbols)
    return replace(one, whole=whole, each=each)


def _put(tensor: Tensor, axis: int, letter: str) -> Tensor:
    return replace(tensor, symbols=(*tensor.symbols[:axis], letter, *tensor.symbols[axis + 1 :]))


def _given(one: Given, states: Mapping[str, Tensor | None]) -> Given:
    """What a round gives, in the letters of the state that it is; so, too, what holds it for all rounds."""
    each = states.get(one.tensor) or one.each
    if one.whole is None:
        return replace(one, each=each)
    free, axis = list(one.whole.sizes), 0
    while free[:axis] + free[axis + 1 :] != list(each.sizes):
        axis += 1
    symbols = (*each.symbols[:axis], one.whole.symbols[axis], *each.symbols[axis:])
    return replace(one, each=each, whole=replace(one.whole, symbols=symbols))
