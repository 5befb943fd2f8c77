"""The names printed in a network drawn unit by unit, held against what they stand at."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from math import inf

from lstmviz.network.structure import Recurrent
from lstmviz.proof.units.read import prefix_of
from lstmviz.scene import ids
from lstmviz.scene.claims import sentences
from lstmviz.scene.geometry import bounds
from lstmviz.scene.items import Box, Node, Text
from lstmviz.scene.near import box_of, to_box, to_route
from lstmviz.scene.scene import Scene

_PLACE = re.compile(r"([hc])_([0n])\[(\d+)\]")
_STATE = re.compile(r"(= )?([hc])_(\d+)(?:\^\((\d+)\))?")
_WEIGHT = re.compile(r"W_(ih|hh)(?:\^\((\d+)\))?")
_STEP = re.compile(r"(x|y|t)(?:_| = )(\d+)(?: .*)?")
_LETTER = {"input": "x", "output": "y", "hidden": "h"}
_ROLE = {"x": "input", "y": "output", "h": "hidden", "c": "cell", "t": "axis", "W": "param"}


def name_faults(scene: Scene, layer: Recurrent | None) -> list[str]:
    """What is called by another name than its own: units, states, weights, steps."""
    reader = _Names(scene, prefix_of(scene, layer), layer)
    return [*reader.units(), *(reader.texts() if layer else ())]


class _Names:
    """Finds what each name stands at."""

    def __init__(self, scene: Scene, prefix: str, layer: Recurrent | None) -> None:
        self.scene, self.layer = scene, layer
        self.nodes = {n.id.removeprefix(prefix): n for n in scene.nodes}
        self.groups: dict[tuple[str, ...], dict[str, Box]] = {}

    def units(self) -> Iterator[str]:
        """Every unit is called by its number, a token by its step; the last of a row may have a letter."""
        units = {name: one for name in self.nodes if (one := ids.read(name)).unit is not None}
        rows: dict[str, list[int]] = {}
        for one in units.values():
            rows.setdefault(_row(one), []).append(one.unit or 0)
        for name, one in units.items():
            node = self.nodes[name]
            if node.label and not _is_called(node, one, rows[_row(one)]):
                yield f"{name} is called {node.label.text}"
        for name, node in self.nodes.items():
            step, label = ids.read(name).step, node.label
            said = sentences(label.claims) if label else ()
            if label and step is not None and {dict(given).get("n", step) for _, given in said} - {step}:
                yield f"{name} is called {label.text}"

    def texts(self) -> Iterator[str]:
        """Every name beside the drawing belongs to the nearest thing of its kind."""
        for text in self.scene.texts:
            said = text.label.text
            for pattern, check in (
                (_PLACE, self._place),
                (_STATE, self._state),
                (_STEP, self._step),
                (_WEIGHT, self._weight),
            ):
                found = pattern.fullmatch(said)
                if found and not (_ROLE[said.lstrip("= ")[0]] == text.role and check(found, text)):
                    yield f"{said} stands at something else"

    def _weight(self, found: re.Match[str], text: Text) -> bool:
        """Whether the line nearest to the name of a weight is one of that weight's, and of its layer."""
        own = box_of(text.label)
        lines = [e for e in self.scene.edges if ids.read(e.source).unit and ids.read(e.target).unit]
        near = min(lines, key=lambda edge: to_route(own, edge.route))
        layer = ids.read(near.target).layer
        return near.role == {"ih": "param", "hh": "hidden"}[found[1]] and layer == int(found[2] or 0)

    def _nearest(self, text: Text, *forms: str) -> str:
        """The nearest of the groups of nodes of some forms of ids: an id without its unit."""
        return self._near(text, *forms)[1]

    def _near(self, text: Text, *forms: str) -> tuple[float, str]:
        """How near the nearest is, pt, and which it is."""
        if forms not in self.groups:
            self.groups[forms] = self._grouped(*forms)
        groups, own = self.groups[forms], box_of(text.label)
        return min(((to_box(own, box), key) for key, box in groups.items()), default=(inf, ""))

    def _grouped(self, *forms: str) -> dict[str, Box]:
        """The boxes around the nodes of some forms of ids, by their ids without the unit."""
        groups: dict[str, list[Node]] = {}
        for name, node in self.nodes.items():
            if (one := ids.read(name)).form in forms:
                groups.setdefault(_row(one), []).append(node)
        return {key: _around(nodes) for key, nodes in groups.items()}

    def _place(self, found: re.Match[str], text: Text) -> bool:
        return self._strip(text, found[1]) == ids.state(found[1], found[2], int(found[3]), "fwd")

    def _strip(self, text: Text, base: str) -> str:
        """The nearest state: ``h_0.l1.fwd``; ``h.l1.fwd.t2`` where h leaves or is read; c as it comes in."""
        known = (f"{base}_0.l.way.u", f"{base}_0.l.way", f"{base}_n.l.way")
        if base == "h":
            return min(self._near(text, *known, "h.l.way.t.u.out"), self._near(text, "h.l.way.t.out"))[1]
        found = ids.read(self._nearest(text, *known, "c.l.way.t.in"))
        return str(replace(found, step=found.step - 1) if found.step and found.step > 1 else found)

    def _state(self, found: re.Match[str], text: Text) -> bool:
        final, base, step, depth = found[1], found[2], int(found[3]), int(found[4] or 0)
        if final:
            return self._strip(text, base) == ids.state(base, "n", depth, "fwd") and step == self._last
        ends = {0: "0", self._last: "n"}
        near = ids.state(base, ends[step], depth, "fwd") if step in ends else ""
        return self._strip(text, base) in {near, ids.at(base, depth, "fwd", step)}

    @property
    def _last(self) -> int:
        assert self.layer is not None
        return self.layer.computed_steps

    def _step(self, found: re.Match[str], text: Text) -> bool:
        if found[1] in {"t", "x"}:
            return self._nearest(text, ids.INPUT_UNIT) == ids.at("x", step=int(found[2]))
        heads = {name: n for name, n in self.nodes.items() if n.role == "output"}
        own = box_of(text.label)
        near = min(heads, key=lambda name: to_box(own, heads[name].box), default="")
        return ids.read(near).step == int(found[2])


def _row(one: ids.Id) -> str:
    """Return the id of what a unit belongs to."""
    return str(replace(one, unit=None, end=""))


def _is_called(node: Node, one: ids.Id, row: Sequence[int]) -> bool:
    """Whether a unit's label is its number, alone or below its letter."""
    assert node.label is not None
    said, step, unit = node.label.text, one.step, one.unit
    if (said == "c") or (one.base == "c" and not one.end):  # only what a unit keeps has its letter
        return said == one.base
    if said == str(unit):
        return True
    if not re.search(
        r"\d", said
    ):  # there is no room for the number: the last one stands for the row's length
        return unit == max(row)
    letter, _, number = said.partition("^")[0].partition("_")
    if letter != _LETTER.get(node.role, letter):
        return False
    return number == str(step if letter == "y" and step else unit)


def _around(nodes: Sequence[Node]) -> Box:
    return bounds([corner for n in nodes for corner in (n.box[:2], n.box[2:])])
