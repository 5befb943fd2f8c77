"""The names printed in a network drawn unit by unit, held against what they stand at."""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING

from lstmviz.scene.geometry import bounds, middle
from lstmviz.scene.near import box_of, to_box, to_route

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Sequence

    from lstmviz.network.structure import Recurrent
    from lstmviz.scene.items import Box, Edge, Node, Text
    from lstmviz.scene.scene import Scene

_UNIT = re.compile(r"(.+?)(?:\.t(\d+))?\.u(\d+)(?:\.(?:up|in|out))?")
_PLACE = re.compile(r"([hc])_([0n])\[(\d+)\]")
_STATE = re.compile(r"(= )?([hc])_(\d+)(?:\^\((\d+)\))?")
_WEIGHT = re.compile(r"W_(ih|hh)(?:\^\((\d+)\))?")
_STEP = re.compile(r"(x|y|t)(?:_| = )(\d+)(?: .*)?")
ROUNDED = 0.001
"""Distances are compared to this, pt."""
_LETTER = {"input": "x", "output": "y", "hidden": "h"}
_ROLE = {"x": "input", "y": "output", "h": "hidden", "c": "cell", "W": "param", "t": "axis"}


def name_faults(scene: Scene, layer: Recurrent | None) -> list[str]:
    """What is called by another name than its own: units, states, weights, steps."""
    prefix = f"{layer.name}/" if layer and any("/" in n.id for n in scene.nodes) else ""
    reader = _Names(scene, prefix, layer)
    return [*reader.units(), *(reader.texts() if layer else ())]


class _Names:
    """Finds what each name stands at."""

    def __init__(self, scene: Scene, prefix: str, layer: Recurrent | None) -> None:
        self.scene, self.layer = scene, layer
        self.nodes = {n.id.removeprefix(prefix): n for n in scene.nodes}
        self.edges = [(e.source.removeprefix(prefix), e.target.removeprefix(prefix), e) for e in scene.edges]
        self.groups: dict[str, dict[str, Box]] = {}

    def units(self) -> Iterator[str]:
        """Every unit is called by its number; the last of a row may be called by a letter."""
        rows: dict[str, list[int]] = {}
        for name in self.nodes:
            if found := _UNIT.fullmatch(name):
                rows.setdefault(name.rpartition(".u")[0], []).append(int(found[3]))
        for name, node in self.nodes.items():
            found = _UNIT.fullmatch(name)
            if found and node.label and not _is_called(node, found, rows[name.rpartition(".u")[0]]):
                yield f"{name} is called {node.label.text}"

    def texts(self) -> Iterator[str]:
        """Every name beside the drawing belongs to the nearest thing of its kind."""
        for text in self.scene.texts:
            said = text.label.text
            for pattern, check in (
                (_PLACE, self._place),
                (_STATE, self._state),
                (_WEIGHT, self._weight),
                (_STEP, self._step),
            ):
                found = pattern.fullmatch(said)
                if found and not (_ROLE[said.lstrip("= ")[0]] == text.role and check(found, text)):
                    yield f"{said} stands at something else"

    def _nearest(self, text: Text, pattern: str) -> str:
        """The nearest of the groups of nodes that a pattern names by its own groups."""
        if pattern not in self.groups:
            self.groups[pattern] = self._grouped(pattern)
        groups, own = self.groups[pattern], box_of(text.label)
        return min(groups, key=lambda key: to_box(own, groups[key]), default="")

    def _grouped(self, pattern: str) -> dict[str, Box]:
        """The boxes around the nodes that a pattern names, by what its groups say."""
        groups: dict[str, list[Node]] = {}
        for name, node in self.nodes.items():
            if found := re.fullmatch(pattern, name):
                groups.setdefault(" ".join(filter(None, found.groups())), []).append(node)
        return {key: _around(nodes) for key, nodes in groups.items()}

    def _place(self, found: re.Match[str], text: Text) -> bool:
        return self._strip(text, found[1]) == f"{found[1]}_{found[2]} {found[3]}"

    def _strip(self, text: Text, base: str) -> str:
        """The nearest strip of h (or c): ``h_0 1`` of layer 1, ``h 1 t2`` of its h at step 2."""
        ends, between = rf"({base}_[0n])\.l(\d+)\.fwd\.u\d+", rf"({base})\.l(\d+)\.fwd\.(t\d+)\.u\d+\.out"
        return self._nearest(text, f"{ends}|{between}")

    def _state(self, found: re.Match[str], text: Text) -> bool:
        final, base, step, depth = found[1], found[2], int(found[3]), found[4] or "0"
        if final:
            return self._strip(text, base) == f"{base}_n {depth}" and step == self._last
        if base == "h":
            return self._strip(text, base) == f"h {depth} t{step}"
        source, target = self._near_edge(text, {"cell"})
        before = re.fullmatch(rf"c(?:_0)?\.l{depth}\.fwd(?:\.t(\d+))?\.u\d+", source)
        after = re.fullmatch(rf"c(?:_n)?\.l{depth}\.fwd(?:\.t(\d+))?\.u\d+", target)
        if not before or not after:
            return False
        return int(before[1] or 0) <= step < (int(after[1]) if after[1] else self._last + 1)

    @property
    def _last(self) -> int:
        assert self.layer is not None
        return max(self.layer.lengths) if self.layer.lengths else self.layer.timesteps

    def _near_edge(self, text: Text, roles: Container[str]) -> tuple[str, str]:
        own = box_of(text.label)
        ends: tuple[tuple[float, float], str, str] = ((float("inf"), 0.0), "", "")
        for (source, target, edge), span in zip(self.edges, self._spans, strict=True):
            if edge.role in roles and to_box(own, span) <= ends[0][0] + ROUNDED:
                ends = min(ends, (_apart(own, edge, span), source, target), key=lambda found: found[0])
        return ends[1], ends[2]

    @cached_property
    def _spans(self) -> list[Box]:
        """The box around each edge."""
        return [bounds(edge.route) for _, _, edge in self.edges]

    def _weight(self, found: re.Match[str], text: Text) -> bool:
        """W_ih stands in a column of units, W_hh between two; each nearest to the lines of its layer."""
        within = any(x0 < middle(box_of(text.label))[0] < x1 for x0, x1 in self._columns)
        target = self._near_edge(text, {"param" if found[1] == "ih" else "hidden"})[1]
        return within is (found[1] == "ih") and target.startswith(f"h.l{found[2] or 0}.fwd.")

    @cached_property
    def _columns(self) -> list[tuple[float, float]]:
        """The stretch of x that the units of each step take."""
        boxes = self._grouped(r"h\.l\d+\.fwd\.t(\d+)\.u\d+").values()
        return [(box[0], box[2]) for box in boxes]

    def _step(self, found: re.Match[str], text: Text) -> bool:
        if found[1] == "t":
            columns = r"(x)\.t(\d+)\.u\d+"
            return self._nearest(text, columns) == f"x {found[2]}"
        if found[1] == "x":
            return self._nearest(text, r"(x)\.t(\d+)\.u\d+") == f"x {found[2]}"
        heads = {name: n for name, n in self.nodes.items() if n.role == "output"}
        own = box_of(text.label)
        near = min(heads, key=lambda name: to_box(own, heads[name].box), default="")
        return f".t{found[2]}." in near


def _is_called(node: Node, found: re.Match[str], row: Sequence[int]) -> bool:
    """Whether a unit's label is its number, alone or below its letter."""
    assert node.label is not None
    said, step, unit = node.label.text, found[2], int(found[3])
    if said == str(unit):
        return True
    if not re.search(
        r"\d", said
    ):  # there is no room for the number: the last one stands for the row's length
        return unit == max(row)
    letter, _, number = said.partition("^")[0].partition("_")
    if letter != _LETTER.get(node.role, letter):
        return False
    return number == (step if letter == "y" and step else str(unit))


def _around(nodes: Sequence[Node]) -> Box:
    return bounds([corner for n in nodes for corner in (n.box[:2], n.box[2:])])


def _apart(own: Box, edge: Edge, span: Box) -> tuple[float, float]:
    """How far an edge is, and how far its middle is: lines that cross a name are told apart by it."""
    ends, here = middle(span), middle(own)
    return round(to_route(own, edge.route), 3), abs(ends[0] - here[0]) + abs(ends[1] - here[1])
