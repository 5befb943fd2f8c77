"""What a scene of recurrent states claims: its arrows, read without knowing what they should be."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from lstmviz.proof.verdict import against
from lstmviz.scene import ids
from lstmviz.scene.ids import WAYS
from lstmviz.scene.items import Edge
from lstmviz.scene.scene import Scene

LETTER = {"hidden": "h", "cell": "c"}


@dataclass(slots=True)
class DrawnStates:
    """The graph of states that a scene draws, under the names of its ids.

    `sources` says per cell (``cell.l0.fwd.t1``) which values enter it, `taps` per
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
    ways: tuple[str, ...] = WAYS
    """The directions that are to be drawn, where there are two."""

    @property
    def silent(self) -> bool:
        """Whether nothing that the highest layer gives is drawn, but its last states."""
        return all(ids.read(node).form in ids.LAST for node in self.taps)

    @property
    def steps(self) -> list[int]:
        """The time steps whose cells are drawn, from 1."""
        return sorted({ids.read(cell).step or 0 for cell in self.sources})

    @property
    def layers(self) -> list[int]:
        """The layers whose cells are drawn, from 0."""
        return sorted({ids.read(cell).layer or 0 for cell in self.sources})


class Drawing:
    """The nodes and arrows of a scene whose ids begin with a prefix, without it."""

    def __init__(self, scene: Scene, prefix: str) -> None:
        self.prefix = prefix
        self.nodes = [self.short(n.id) for n in scene.nodes if self.owns(n.id)]
        self.edges = [
            e for e in scene.edges if self.owns(e.source) and self.owns(e.target) and not led_back(e)
        ]
        self.into: dict[str, list[Edge]] = {}
        self.faults: list[str] = []
        for edge in self.edges:
            self.into.setdefault(self.short(edge.target), []).append(edge)
        self._check()

    def owns(self, name: str) -> bool:
        """Whether an id is of this layer's own parts."""
        one = ids.read(name)
        return one.prefix == self.prefix and one.inner

    def short(self, name: str) -> str:
        """Return an id without the prefix."""
        return name.removeprefix(self.prefix)

    def fault(self, edge: Edge, why: str) -> None:
        """Note what is wrong with an arrow."""
        self.faults.append(against(edge, why))

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
        ends = [ids.read(edge.source), ids.read(edge.target)]
        ways = {end.way for end in ends}
        if all(end.along_time for end in ends) and len(ways) == 1 and edge.dashed != (ways == {"rev"}):
            self.fault(edge, "has the wrong line: dashed means the reverse direction")


def by_step(names: Sequence[str], name: str, prefix: str = "") -> dict[int, str]:
    """Return the drawn nodes of this name by step; 0 if it has none."""
    whole = f"{prefix}{name}"
    steps = ((ids.read(node).step, node) for node in names)
    found = {step: node for step, node in steps if step is not None and node == ids.at(whole, step=step)}
    return found or ({0: whole} if whole in names else {})


def is_rolled(scene: Scene, prefix: str) -> bool:
    """Whether the cells whose ids begin with a prefix are drawn once for all steps."""
    return scene.kind == "rolled" or prefix.startswith(ids.ROLLED)


def led_back(edge: Edge) -> bool:
    """Whether an arrow leads an answer back to what a later step reads: it is no part of one layer's run."""
    ends = ids.read(edge.source).form, ids.read(edge.target).form
    return edge.role == "output" and ends == (ids.OUTPUT, ids.INPUT)


def read(scene: Scene, prefix: str, ways: int) -> DrawnStates:
    """Read the cells and states drawn step by step under a prefix.

    `ways` is the number of directions: what a drawn ``h.l0.t1`` consists of.
    """
    return _Unrolled(Drawing(scene, prefix), ways).read()


class _Unrolled:
    """Follows arrows back to the values that they carry."""

    def __init__(self, drawing: Drawing, ways: int) -> None:
        self.drawing, self.ways = drawing, ways
        self.done = DrawnStates(faults=drawing.faults, arrows=len(drawing.edges))
        self.done.firsts = [node for node in drawing.nodes if ids.read(node).form in ids.FIRST]

    def read(self) -> DrawnStates:
        for node in self.drawing.nodes:
            entering, form = self.drawing.into.get(node, []), ids.read(node).form
            if form == ids.CELL_AT:
                self.done.sources[node] = self._values(entering)
            elif form == ids.LAYER:
                self.done.over[node] = self._values(entering)
            elif entering and form in {ids.OUTPUT, ids.HANDED_UP, *ids.LAST}:
                self.done.taps[node] = self._values(entering)
                for edge in entering if form in ids.LAST else ():
                    if ids.read(self.drawing.short(edge.source)).form == ids.HANDED_UP:
                        self.drawing.fault(edge, "is false: a last state comes out of its cell")
            elif form not in ids.PASSED:
                for edge in entering:
                    self.drawing.fault(edge, f"is false: nothing is computed into {node}")
        return self.done

    def _values(self, entering: list[Edge]) -> Counter[str]:
        return Counter(value for edge in entering for value in self._carried(edge, frozenset()))

    def _carried(self, edge: Edge, seen: frozenset[str]) -> list[str]:
        """Return the values that an arrow brings: a state, an input, or what was joined."""
        source = self.drawing.short(edge.source)
        form = ids.read(source).form
        if source in seen:
            self.drawing.fault(edge, "closes a circle")
            return []
        if form in ids.PASSED or (form == ids.HANDED_UP and source in self.drawing.into):
            joined = self.drawing.into.get(source, [])
            for one in joined:
                self._hands_up(one)
            inner = [value for one in joined for value in self._carried(one, seen | {source})]
            return _under("hidden", edge, inner)
        values = self._given(source, edge)
        if not values:
            self.drawing.fault(edge, f"is false: nothing goes out of {source}")
        return values

    def _hands_up(self, edge: Edge) -> None:
        """Find fault with an arrow into what hands a layer's h up at a step, from elsewhere."""
        one, giver = ids.read(self.drawing.short(edge.target)), ids.read(self.drawing.short(edge.source))
        if edge.role != "hidden" or (one.layer, one.step) != (giver.layer, giver.step):
            self.drawing.fault(edge, f"is false: {one} hands up the h of its own layer and step alone")

    def _given(self, source: str, edge: Edge) -> list[str]:
        """Return the values of a node that joins nothing; none if it gives none."""
        one = ids.read(source)
        if one.form == ids.CELL_AT:
            up = ids.at("h", one.layer, step=one.step)
            if ids.read(self.drawing.short(edge.target)).form == ids.LAYER and up in self.drawing.nodes:
                self.drawing.fault(edge, f"passes {up} by")
            return [one.called(LETTER.get(edge.role, edge.role))]
        if one.form == ids.INPUT:
            return _under("input", edge, [source])
        if one.form in ids.FIRST:
            return _under({"h": "hidden", "c": "cell"}[source[0]], edge, [source])
        if one.form == ids.HANDED_UP:
            both = [ids.at("h", one.layer, way, one.step) for way in WAYS[: self.ways]]
            return _under("hidden", edge, both)
        return []


def _under(role: str, edge: Edge, values: list[str]) -> list[str]:
    """Return values under their names, if the arrow has their role."""
    return values if edge.role == role else [f"{edge.role} of {value}" for value in values]


def read_rolled(scene: Scene, prefix: str, ways: int, steps: int) -> DrawnStates:
    """Read a rolled cell as what it says of each of so many steps."""
    return _Rolled(Drawing(scene, prefix), ways, steps).read()


class _Rolled:
    """Unrolls a loop: what passes the delay is the state of the step before."""

    def __init__(self, drawing: Drawing, ways: int, steps: int) -> None:
        self.drawing, self.ways, self.steps = drawing, ways, steps
        self.done = DrawnStates(faults=drawing.faults, arrows=len(drawing.edges))
        self.done.ended = any(ids.read(n).form in ids.FIRST | ids.LAST for n in drawing.nodes)

    def read(self) -> DrawnStates:
        for node in self.drawing.nodes:
            entering, one = self.drawing.into.get(node, []), ids.read(node)
            if one.form == ids.CELL:
                for step in range(1, self.steps + 1):
                    values = [v for edge in entering for v in self._at(edge, one, step)]
                    self.done.sources[str(replace(one, step=step))] = Counter(values)
            elif one.form in ids.LAST:
                last = 1 if one.way == "rev" else self.steps
                self.done.taps[node] = Counter(self._out(edge, last) for edge in entering)
            elif one.form in ids.LOOPED_OUT:
                self._hands_up(entering)
                for edge in entering:
                    self._crosses(edge, one, ids.read(self.drawing.short(edge.source)))
            elif not one.is_delay:
                for edge in entering:
                    self.drawing.fault(edge, f"is false: nothing is computed into {node}")
        return self.done

    def _hands_up(self, entering: list[Edge]) -> None:
        for edge in entering:
            one = ids.read(edge.source)
            layer = one.layer if one.form == ids.CELL else None
            for step in range(1, self.steps + 1):
                tap = ids.at("h", layer, step=step)
                self.done.taps.setdefault(tap, Counter())[self._out(edge, step)] += 1

    def _crosses(self, edge: Edge, end: ids.Id, cell: ids.Id) -> None:
        """Find fault with an arrow from what one direction reads or gives to the other one's cell."""
        if end.way and cell.way and end.way != cell.way:
            self.drawing.fault(edge, "is false: it leads from one direction to the other")

    def _out(self, edge: Edge, step: int) -> str:
        """Name the state that leaves a cell at a step by this arrow."""
        one = ids.read(self.drawing.short(edge.source))
        if one.form != ids.CELL:
            self.drawing.fault(edge, "is false: it does not come out of a cell")
            return edge.source
        return replace(one, step=step).called(LETTER.get(edge.role, edge.role))

    def _at(self, edge: Edge, cell: ids.Id, step: int) -> list[str]:
        """Return what an arrow brings into a cell at one step."""
        source, layer = self.drawing.short(edge.source), cell.layer or 0
        one = ids.read(source)
        earlier = step + (1 if cell.way == "rev" else -1)
        inside = 1 <= earlier <= self.steps
        if one.form in ids.FIRST:
            role = {"h": "hidden", "c": "cell"}[source[0]]
            return [] if inside else _under(role, edge, [source])
        if one.is_delay:
            looped = self.drawing.into.get(source, [])
            values = [value for one in looped for value in _under(one.role, edge, [self._out(one, earlier)])]
            return values if inside else []
        if one == cell:  # a loop: the state before, which at the first step is the initial one
            before = ids.state(LETTER.get(edge.role, edge.role), "0", layer, cell.way)
            return [self._out(edge, earlier) if inside else before]
        if one.form in ids.LOOPED_IN:
            if step == 1:
                self._crosses(edge, one, cell)
            if layer == 0:
                return _under("input", edge, [ids.at("x", step=step)])
            below = [ids.at("h", layer - 1, way, step) for way in WAYS[: self.ways]]
            return _under("hidden", edge, below)
        if step == 1:
            self.drawing.fault(edge, f"is false: nothing goes out of {source}")
        return []
