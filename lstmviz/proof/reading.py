"""What a scene of recurrent states claims: its arrows, read without knowing what they should be."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lstmviz.scene.items import Edge
    from lstmviz.scene.scene import Scene

CELL = re.compile(r"cell\.(?P<cell>l(?P<layer>\d+)\.(?P<way>fwd|rev))")
STATE = re.compile(CELL.pattern + r"\.t(?P<step>\d+)")
FIRST = re.compile(r"[hc]_0\.l\d+\.(fwd|rev)")
LAST = re.compile(r"[hc]_n\.l\d+\.(fwd|rev)")
_INPUT = re.compile(r"x\.t\d+")
_RESULT = re.compile(r"output\.t\d+")
_LAYER = re.compile(r"h\.(?P<layer>l\d+)\.(?P<step>t\d+)")
_OVER = re.compile(r"layer\.l\d+")
_PASSED = re.compile(r"(concat|drop)\.l\d+\.t\d+")

INNER = re.compile(
    r"(x|h|output|delay\.[hc]|cell\.l\d+|[hc]_[0n]\.l\d+|(h|layer)\.l\d+|(concat|drop)\.l\d+)(\.(fwd|rev))?(\.t\d+)?"
)
"""The ids of a recurrent layer's own parts; what stands outside has others."""

LETTER = {"hidden": "h", "cell": "c"}
WAYS = ("fwd", "rev")


@dataclass(slots=True)
class Reading:
    """The graph of states that a scene draws, under the names of its ids.

    `sources` says per cell (``l0.fwd.t1``) which values enter it, `taps` per
    result which it is given; `over` says which enter a layer of which no cell
    is drawn, and `firsts` names the initial states; `faults` are the items that
    can mean nothing.
    """

    sources: dict[str, Counter[str]] = field(default_factory=dict)
    taps: dict[str, Counter[str]] = field(default_factory=dict)
    over: dict[str, Counter[str]] = field(default_factory=dict)
    firsts: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    arrows: int = 0
    ended: bool = True
    """Whether the drawing has a beginning and an end: a bare loop has neither."""

    @property
    def steps(self) -> list[int]:
        """The time steps whose cells are drawn, from 1."""
        return sorted({int(cell.rpartition(".t")[2]) for cell in self.sources})

    @property
    def layers(self) -> list[int]:
        """The layers whose cells are drawn, from 0."""
        return sorted({int(cell.partition(".")[0][1:]) for cell in self.sources})


class Drawing:
    """The nodes and arrows of a scene whose ids begin with a prefix, without it."""

    def __init__(self, scene: Scene, prefix: str) -> None:
        self.prefix = prefix
        self.nodes = [self.short(n.id) for n in scene.nodes if self.owns(n.id)]
        self.edges = [e for e in scene.edges if self.owns(e.source) and self.owns(e.target)]
        self.into: dict[str, list[Edge]] = {}
        self.faults: list[str] = []
        for edge in self.edges:
            self.into.setdefault(self.short(edge.target), []).append(edge)
        self._check()

    def owns(self, name: str) -> bool:
        """Whether an id is of this layer's own parts."""
        return name.startswith(self.prefix) and bool(INNER.fullmatch(self.short(name)))

    def short(self, name: str) -> str:
        """Return an id without the prefix."""
        return name.removeprefix(self.prefix)

    def fault(self, edge: Edge, why: str) -> None:
        """Note what is wrong with an arrow."""
        self.faults.append(f"the arrow {edge.source} → {edge.target} ({edge.role}) {why}")

    def _check(self) -> None:
        known = set(self.nodes)
        drawn = Counter((e.source, e.target, e.role) for e in self.edges)
        for edge in self.edges:
            if drawn[edge.source, edge.target, edge.role] > 1:
                self.fault(edge, "is drawn twice")
            for end in (edge.source, edge.target):
                if self.short(end) not in known:
                    self.fault(edge, f"ends at nothing: there is no {end}")
            self._line(edge)

    def _line(self, edge: Edge) -> None:
        """Check the line itself: c is double, the reverse direction dashed."""
        if edge.double != (edge.role == "cell"):
            self.fault(edge, "has the wrong line: c, and c alone, is double")
        ends = [self.short(edge.source), self.short(edge.target)]
        ways = {match[1] for end in ends if (match := re.search(r"\.(fwd|rev)\b", end))}
        if all(map(_along_time, ends)) and len(ways) == 1 and edge.dashed != (ways == {"rev"}):
            self.fault(edge, "has the wrong line: dashed means the reverse direction")


def _along_time(name: str) -> bool:
    return bool(CELL.match(name) or FIRST.fullmatch(name) or LAST.fullmatch(name))


def read(scene: Scene, prefix: str, ways: int) -> Reading:
    """Read the cells and states drawn step by step under a prefix.

    `ways` is the number of directions: what a drawn ``h.l0.t1`` consists of.
    """
    return _Unrolled(Drawing(scene, prefix), ways).read()


class _Unrolled:
    """Follows arrows back to the values that they carry."""

    def __init__(self, drawing: Drawing, ways: int) -> None:
        self.drawing, self.ways = drawing, ways
        self.done = Reading(faults=drawing.faults, arrows=len(drawing.edges))
        self.done.firsts = [node for node in drawing.nodes if FIRST.fullmatch(node)]

    def read(self) -> Reading:
        for node in self.drawing.nodes:
            entering = self.drawing.into.get(node, [])
            if match := STATE.fullmatch(node):
                self.done.sources[f"{match['cell']}.t{match['step']}"] = self._values(entering)
            elif _OVER.fullmatch(node):
                self.done.over[node] = self._values(entering)
            elif entering and (_RESULT.fullmatch(node) or LAST.fullmatch(node) or _LAYER.fullmatch(node)):
                self.done.taps[node] = self._values(entering)
            elif not _PASSED.fullmatch(node):
                for edge in entering:
                    self.drawing.fault(edge, f"is false: nothing is computed into {node}")
        return self.done

    def _values(self, entering: list[Edge]) -> Counter[str]:
        return Counter(value for edge in entering for value in self._carried(edge, frozenset()))

    def _carried(self, edge: Edge, seen: frozenset[str]) -> list[str]:
        """Return the values that an arrow brings: a state, an input, or what was joined."""
        source = self.drawing.short(edge.source)
        if source in seen:
            self.drawing.fault(edge, "closes a circle")
            return []
        if _PASSED.fullmatch(source) or (_LAYER.fullmatch(source) and source in self.drawing.into):
            joined = self.drawing.into.get(source, [])
            inner = [value for one in joined for value in self._carried(one, seen | {source})]
            return _under("hidden", edge, inner)
        values = self._given(source, edge)
        if not values:
            self.drawing.fault(edge, f"is false: nothing goes out of {source}")
        return values

    def _given(self, source: str, edge: Edge) -> list[str]:
        """Return the values of a node that joins nothing; none if it gives none."""
        if match := STATE.fullmatch(source):
            return [f"{LETTER.get(edge.role, edge.role)}.{match['cell']}.t{match['step']}"]
        if _INPUT.fullmatch(source):
            return _under("input", edge, [source])
        if FIRST.fullmatch(source):
            return _under({"h": "hidden", "c": "cell"}[source[0]], edge, [source])
        if match := _LAYER.fullmatch(source):
            both = [f"h.{match['layer']}.{way}.{match['step']}" for way in WAYS[: self.ways]]
            return _under("hidden", edge, both)
        return []


def _under(role: str, edge: Edge, values: list[str]) -> list[str]:
    """Return values under their names, if the arrow has their role."""
    return values if edge.role == role else [f"{edge.role} of {value}" for value in values]


def read_rolled(scene: Scene, prefix: str, ways: int, steps: int) -> Reading:
    """Read a rolled cell as what it says of each of so many steps."""
    return _Rolled(Drawing(scene, prefix), ways, steps).read()


_DELAY = re.compile(r"delay\.[hc](\.(fwd|rev))?")
_X = re.compile(r"x(\.(fwd|rev))?")
_H = re.compile(r"h(\.(fwd|rev))?")


class _Rolled:
    """Unrolls a loop: what passes the delay is the state of the step before."""

    def __init__(self, drawing: Drawing, ways: int, steps: int) -> None:
        self.drawing, self.ways, self.steps = drawing, ways, steps
        self.done = Reading(faults=drawing.faults, arrows=len(drawing.edges))
        self.done.ended = any(FIRST.fullmatch(n) or LAST.fullmatch(n) for n in drawing.nodes)

    def read(self) -> Reading:
        for node in self.drawing.nodes:
            entering = self.drawing.into.get(node, [])
            if match := CELL.fullmatch(node):
                for step in range(1, self.steps + 1):
                    values = [v for edge in entering for v in self._at(edge, match, step)]
                    self.done.sources[f"{match['cell']}.t{step}"] = Counter(values)
            elif LAST.fullmatch(node):
                last = 1 if node.endswith("rev") else self.steps
                self.done.taps[node] = Counter(self._out(edge, last) for edge in entering)
            elif _H.fullmatch(node):
                self._hands_up(entering)
            elif not _DELAY.fullmatch(node):
                for edge in entering:
                    self.drawing.fault(edge, f"is false: nothing is computed into {node}")
        return self.done

    def _hands_up(self, entering: list[Edge]) -> None:
        for edge in entering:
            match = CELL.fullmatch(self.drawing.short(edge.source))
            for step in range(1, self.steps + 1):
                layer = f"l{match['layer']}" if match else "?"
                self.done.taps.setdefault(f"h.{layer}.t{step}", Counter())[self._out(edge, step)] += 1

    def _out(self, edge: Edge, step: int) -> str:
        """Name the state that leaves a cell at a step by this arrow."""
        match = CELL.fullmatch(self.drawing.short(edge.source))
        if not match:
            self.drawing.fault(edge, "is false: it does not come out of a cell")
            return edge.source
        return f"{LETTER.get(edge.role, edge.role)}.{match['cell']}.t{step}"

    def _at(self, edge: Edge, cell: re.Match[str], step: int) -> list[str]:
        """Return what an arrow brings into a cell at one step."""
        source, layer = self.drawing.short(edge.source), int(cell["layer"])
        earlier = step + (1 if cell["way"] == "rev" else -1)
        inside = 1 <= earlier <= self.steps
        if FIRST.fullmatch(source):
            role = {"h": "hidden", "c": "cell"}[source[0]]
            return [] if inside else _under(role, edge, [source])
        if _DELAY.fullmatch(source):
            looped = self.drawing.into.get(source, [])
            values = [value for one in looped for value in _under(one.role, edge, [self._out(one, earlier)])]
            return values if inside else []
        if source == cell[0]:  # a loop: the state before, which at the first step is the initial one
            before = f"{LETTER.get(edge.role, edge.role)}_0.{cell['cell']}"
            return [self._out(edge, earlier) if inside else before]
        if _X.fullmatch(source):
            if layer == 0:
                return _under("input", edge, [f"x.t{step}"])
            return _under("hidden", edge, [f"h.l{layer - 1}.{way}.t{step}" for way in WAYS[: self.ways]])
        if step == 1:
            self.drawing.fault(edge, f"is false: nothing goes out of {source}")
        return []
