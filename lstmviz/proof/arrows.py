"""Drawn arrows held against a module's dependences."""

from __future__ import annotations

from collections import Counter
from itertools import product
from typing import TYPE_CHECKING

from lstmviz.proof.evidence import CLOSE, before
from lstmviz.proof.reading import WAYS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from lstmviz.proof.evidence import Evidence
    from lstmviz.proof.reading import Reading


def arrow_faults(reading: Reading, found: Evidence) -> list[str]:
    """Say which drawn arrows the module does not have, and which of its own are not drawn.

    An arrow over elided steps is right if every step that it passes over
    hands on the same state, and the whole run depends as it says.
    """
    faults = list(reading.faults)
    shown = reading.steps
    faults += _cells(reading, found, shown)
    faults += _results(reading, found)
    faults += _over(reading, found)
    faults += _elided(reading, found)
    if not faults:  # else every one of them would be said again
        faults += _totals(reading, found, shown)
    faults += [f"{target} depends on another sample" for target in found.leaks]
    if found.error > CLOSE:
        faults.append(f"stepped states differ from the module's own by {found.error:.1e}")
    return faults


def _cells(reading: Reading, found: Evidence, shown: list[int]) -> Iterator[str]:
    layers = sorted({cell.split(".")[0] for cell in reading.sources})
    ways = WAYS[: found.layer.directions]
    for cell in [f"{layer}.{way}.t{step}" for layer in layers for way in ways for step in shown]:
        if cell not in reading.sources:
            yield f"cell.{cell} is not drawn"
    for cell, drawn in reading.sources.items():
        true = found.direct.get(f"h.{cell}")
        if true is None:
            yield f"cell.{cell} is drawn, and the module has no such cell"
            continue
        expected = Counter(_as_drawn(value, cell, reading) for value in true)
        yield from _differences(drawn, expected, f"cell.{cell}")
        if found.layer.has_cell_state and found.direct[f"c.{cell}"] != true:
            yield f"the h and c of cell.{cell} depend on different values, and the drawing cannot say so"


def _as_drawn(value: str, cell: str, reading: Reading) -> str:
    """Name a source as the drawing does: before a gap stands the last drawn step, or layer."""
    if not value.startswith(("h.l", "c.l")):
        return value
    letter, layer, way, step = value.split(".")
    here_layer, here_way, here_step = cell.split(".")
    if (layer, way) == (here_layer, here_way):
        here = int(here_step[1:])
        before = [s for s in reading.steps if (s < here) == (int(step[1:]) < here) and s != here]
        nearest = min(before, key=lambda s: abs(s - here), default=int(step[1:]))
        return f"{letter}.{layer}.{way}.t{nearest}"
    lower = [depth for depth in reading.layers if depth < int(here_layer[1:])]
    return f"{letter}.l{max(lower)}.{way}.{step}" if lower else value


def _results(reading: Reading, found: Evidence) -> Iterator[str]:
    for node, drawn in reading.taps.items():
        expected = _consists_of(node, found)
        if expected is None:
            yield f"{node} is drawn, and the module gives no such result"
        else:
            yield from _differences(drawn, Counter(expected), node)
    cells = {cell.rpartition(".t")[0] for cell in reading.sources}
    letters = "hc" if found.layer.has_cell_state else "h"
    for node in [f"{letter}_n.{cell}" for cell in sorted(cells) for letter in letters]:
        if reading.ended and node not in reading.taps:
            yield f"nothing is drawn into {node}"
    results = [node for node in reading.taps if not node.startswith(("h_n", "c_n"))]
    steps = {node.rpartition(".t")[2] for node in results}
    for step in reading.steps:
        if str(step) not in steps:
            yield f"what comes out at t = {step} is not drawn"


def _over(reading: Reading, found: Evidence) -> Iterator[str]:
    """Hold what enters a layer drawn as one against what its cells read at the steps drawn."""
    for node, drawn in reading.over.items():
        layer, ways = node.removeprefix("layer."), WAYS[: found.layer.directions]
        cells = [f"h.{layer}.{way}.t{step}" for way in ways for step in reading.steps]
        if any(cell not in found.direct for cell in cells):
            yield f"{node} is drawn, and the module has no such layer"
            continue
        read = {value for cell in cells for value in found.direct[cell] if f".{layer}." not in value}
        begun = {name for name in reading.firsts if f".{layer}." in name}
        yield from _differences(drawn, Counter(read | begun), node)


def _consists_of(node: str, found: Evidence) -> tuple[str, ...] | None:
    """Return the states of a result; ``h.l0.t1`` is what layer 0 hands up."""
    if not node.startswith("h.l"):
        return found.taps.get(node)
    _, layer, step = node.split(".")
    halves = tuple(f"h.{layer}.{way}.{step}" for way in WAYS[: found.layer.directions])
    above = f"h.l{int(layer[1:]) + 1}.fwd.{step}"
    if above in found.direct:  # the layer above takes exactly these
        return halves if set(halves) <= found.direct[above] else None
    return found.taps.get(f"output.{step}")


def _differences(drawn: Counter[str], true: Counter[str], target: str) -> Iterator[str]:
    for value in drawn - true:
        yield f"the arrow {_tail(value)} → {target} is false: {target} does not take {value}"
    for value in true - drawn:
        yield f"the arrow {_tail(value)} → {target} is missing: {target} takes {value}"


def _tail(value: str) -> str:
    """Name the node that a value comes out of.

    >>> _tail("h.l0.fwd.t1"), _tail("x.t1"), _tail("c_0.l0.fwd")
    ('cell.l0.fwd.t1', 'x.t1', 'c_0.l0.fwd')
    """
    return f"cell.{value[2:]}" if value.startswith(("h.l", "c.l")) else value


def _elided(reading: Reading, found: Evidence) -> Iterator[str]:
    """Say which steps and layers between the drawn ones do not do what those do."""
    letters = "hc" if found.layer.has_cell_state else "h"
    ways = WAYS[: found.layer.directions]
    for depth in range(min(reading.layers, default=0), max(reading.layers, default=-1) + 1):
        for way, step in product(ways, range(1, found.steps + 1)):
            cell = f"l{depth}.{way}"
            if f"{cell}.t{step}" in reading.sources:
                continue
            true = found.direct[f"h.{cell}.t{step}"]
            below = {f"x.t{step}"} if depth == 0 else {f"h.l{depth - 1}.{half}.t{step}" for half in ways}
            earlier = {before(letter, cell, int(way == "rev"), step, found.steps) for letter in letters}
            if true != below | earlier:
                yield f"cell.{cell}.t{step} is elided, and depends on {', '.join(sorted(true))}"


def _totals(reading: Reading, found: Evidence, shown: list[int]) -> Iterator[str]:
    """Compare the paths of the drawing with the derivatives of the whole run."""
    reached = _reached(reading)
    there = {f"x.t{step}" for step in shown}
    there |= {f"{kind}_0.l{depth}.{way}" for kind in "hc" for depth in reading.layers for way in WAYS}
    for target, true in found.total.items():
        if target not in reached:
            continue
        drawn = reached[target]
        if not any(value.startswith("x.") for value in drawn):
            continue  # a layer above the first alone: its inputs are states
        expected = true & there
        for value in sorted(drawn - expected):
            yield f"the drawing has a path from {value} to {target}, and there is no dependence"
        for value in sorted(expected - drawn):
            yield f"{target} depends on {value}, and the drawing has no path"


def _reached(reading: Reading) -> dict[str, set[str]]:
    """Return from which inputs and initial states each result can be reached."""

    def inputs_of(values: Mapping[str, int]) -> set[str]:
        leaves, waiting = set(), list(values)
        seen = set(waiting)
        while waiting:
            value = waiting.pop()
            if not value.startswith(("h.l", "c.l")):
                leaves.add(value)
                continue
            entering = reading.sources.get(value[2:])
            if entering is None:
                leaves.add(value)
            for one in set(entering or ()) - seen:
                seen.add(one)
                waiting.append(one)
        return leaves

    return {target: inputs_of(values) for target, values in reading.taps.items()}
