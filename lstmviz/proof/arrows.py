"""Drawn arrows held against a module's dependences."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import product

from lstmviz.proof.evidence import CLOSE, Evidence, before
from lstmviz.proof.reading import DrawnStates
from lstmviz.proof.verdict import refuted
from lstmviz.scene import ids
from lstmviz.scene.ids import WAYS


def arrow_faults(reading: DrawnStates, found: Evidence, *, given: bool = True) -> list[str]:
    """Say which drawn arrows the module does not have, and which of its own are not drawn.

    Unless it is not `given`, what comes out at every step must be drawn.

    An arrow over elided steps is right if every step that it passes over
    hands on the same state, and the whole run depends as it says.
    """
    faults = list(reading.faults)
    shown = reading.steps
    faults += _cells(reading, found, shown)
    faults += _results(reading, found, given=given)
    faults += _over(reading, found)
    faults += _elided(reading, found)
    if not faults:  # else every one of them would be said again
        faults += _totals(reading, found, shown)
    faults += [f"{target} depends on another sample" for target in found.leaks]
    if found.error > CLOSE:
        faults.append(f"stepped states differ from the module's own by {found.error:.1e}")
    return faults


def _cells(reading: DrawnStates, found: Evidence, shown: list[int]) -> Iterator[str]:
    for layer, way, step in product(reading.layers, _ways(reading, found), shown):
        if (cell := ids.cell(layer, way, step)) not in reading.sources:
            yield f"{cell} is not drawn"
    for cell, drawn in reading.sources.items():
        here = ids.read(cell)
        true = found.direct.get(here.called("h"))
        if true is None:
            yield f"{cell} is drawn, and the module has no such cell"
            continue
        expected = Counter(_as_drawn(value, here, reading) for value in true)
        yield from _differences(drawn, expected, cell)
        if found.layer.has_cell_state and found.direct[here.called("c")] != true:
            yield f"the h and c of {cell} depend on different values, and the drawing cannot say so"


def _as_drawn(value: str, cell: ids.Id, reading: DrawnStates) -> str:
    """Name a source as the drawing does: before a gap stands the last drawn step, or layer."""
    one = ids.read(value)
    if one.form not in ids.STATES or one.step is None or cell.step is None or cell.layer is None:
        return value
    if (one.layer, one.way) == (cell.layer, cell.way):
        here, step = cell.step, one.step
        before = [s for s in reading.steps if (s < here) == (step < here) and s != here]
        return str(replace(one, step=min(before, key=lambda s: abs(s - here), default=step)))
    lower = [depth for depth in reading.layers if depth < cell.layer]
    return str(replace(one, layer=max(lower))) if lower else value


def _results(reading: DrawnStates, found: Evidence, *, given: bool) -> Iterator[str]:
    for node, drawn in reading.taps.items():
        expected = _consists_of(node, reading, found)
        if expected is None:
            yield f"{node} is drawn, and the module gives no such result"
        else:
            yield from _differences(drawn, Counter(expected), node)
    cells = {(one.layer or 0, one.way) for one in map(ids.read, reading.sources)}
    letters = found.layer.state_letters
    for node in [ids.state(letter, "n", *cell) for cell in sorted(cells) for letter in letters]:
        if reading.ended and node not in reading.taps:
            yield f"nothing is drawn into {node}"
    steps = {ids.read(node).step for node in reading.taps}
    for step in reading.steps:
        if given and step not in steps:
            yield f"what comes out at t = {step} is not drawn"


def _over(reading: DrawnStates, found: Evidence) -> Iterator[str]:
    """Hold what enters a layer drawn as one against what its cells read at the steps drawn."""
    for node, drawn in reading.over.items():
        layer, ways = ids.read(node).layer, found.layer.ways
        cells = [ids.at("h", layer, way, step) for way in ways for step in reading.steps]
        if any(cell not in found.direct for cell in cells):
            yield f"{node} is drawn, and the module has no such layer"
            continue
        read = {value for cell in cells for value in found.direct[cell] if ids.read(value).layer != layer}
        begun = {name for name in reading.firsts if ids.read(name).layer == layer}
        yield from _differences(drawn, Counter(read | begun), node)


def _ways(reading: DrawnStates, found: Evidence) -> list[str]:
    """Return the directions that are to be drawn."""
    return [way for way in found.layer.ways if way in reading.ways]


def _consists_of(node: str, reading: DrawnStates, found: Evidence) -> tuple[str, ...] | None:
    """Return the states of a result; ``h.l0.t1`` is what layer 0 hands up."""
    one = ids.read(node)
    if one.form != ids.HANDED_UP or one.layer is None:
        return found.taps.get(node)
    halves = tuple(ids.at("h", one.layer, way, one.step) for way in _ways(reading, found))
    above = ids.at("h", one.layer + 1, "fwd", one.step)
    if above in found.direct:  # the layer above takes exactly these
        return halves if set(halves) <= found.direct[above] else None
    given = found.taps.get(ids.at("output", step=one.step))
    return given and tuple(value for value in given if ids.read(value).way in reading.ways)


def _differences(drawn: Counter[str], true: Counter[str], target: str) -> Iterator[str]:
    for value in drawn - true:
        why = f"{target} does not take {value}"
        yield refuted(f"the arrow {_tail(value)} → {target} is false: {why}", f"{value} → {target}")
    for value in true - drawn:
        yield f"the arrow {_tail(value)} → {target} is missing: {target} takes {value}"


def _tail(value: str) -> str:
    """Name the node that a value comes out of.

    >>> _tail("h.l0.fwd.t1"), _tail("x.t1"), _tail("c_0.l0.fwd")
    ('cell.l0.fwd.t1', 'x.t1', 'c_0.l0.fwd')
    """
    one = ids.read(value)
    return one.called("cell") if one.form in ids.STATES else value


def _elided(reading: DrawnStates, found: Evidence) -> Iterator[str]:
    """Say which steps and layers between the drawn ones do not do what those do."""
    letters = found.layer.state_letters
    ways = found.layer.ways
    for depth in range(min(reading.layers, default=0), max(reading.layers, default=-1) + 1):
        for way, step in product(_ways(reading, found), range(1, found.steps + 1)):
            cell = ids.cell(depth, way, step)
            if cell in reading.sources:
                continue
            true = found.direct[ids.at("h", depth, way, step)]
            halves = {ids.at("h", depth - 1, half, step) for half in ways}
            below = halves if depth else {ids.at("x", step=step)}
            earlier = {before(letter, depth, way, step, found.steps) for letter in letters}
            if true != below | earlier:
                yield f"{cell} is elided, and depends on {', '.join(sorted(true))}"


def _totals(reading: DrawnStates, found: Evidence, shown: list[int]) -> Iterator[str]:
    """Compare the paths of the drawing with the derivatives of the whole run."""
    reached = _reached(reading)
    there = {ids.at("x", step=step) for step in shown}
    there |= {ids.state(letter, "0", *at) for letter in "hc" for at in product(reading.layers, WAYS)}
    for target, true in found.total.items():
        if target not in reached:
            continue
        drawn = reached[target]
        if not any(ids.read(value).form == ids.INPUT for value in drawn):
            continue  # a layer above the first alone: its inputs are states
        expected = true & there
        for value in sorted(drawn - expected):
            yield f"the drawing has a path from {value} to {target}, and there is no dependence"
        for value in sorted(expected - drawn):
            yield f"{target} depends on {value}, and the drawing has no path"


def _reached(reading: DrawnStates) -> dict[str, set[str]]:
    """Return from which inputs and initial states each result can be reached."""

    def inputs_of(values: Mapping[str, int]) -> set[str]:
        leaves, waiting = set(), list(values)
        seen = set(waiting)
        while waiting:
            value = waiting.pop()
            if ids.read(value).form not in ids.STATES:
                leaves.add(value)
                continue
            entering = reading.sources.get(_tail(value))
            if entering is None:
                leaves.add(value)
            for one in set(entering or ()) - seen:
                seen.add(one)
                waiting.append(one)
        return leaves

    return {target: inputs_of(values) for target, values in reading.taps.items()}
