"""What a scene of single units claims: which value enters which unit, read from its ids and edges."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from lstmviz.network.structure import Recurrent
from lstmviz.scene import ids
from lstmviz.scene.items import Edge, Frame
from lstmviz.scene.scene import Scene

UNIT, CELL, TOKEN = "h.l.way.t.u", "c.l.way.t.u", "token.t"


@dataclass(slots=True)
class Drawn:
    """A figure of units, as its scene says it.

    `claims` are pairs of a value and the unit that it enters: ``x.t1.u2``,
    ``h.l0.t1.u2``, ``c.l0.t0.u2`` (step 0 is the initial state), ``linear.t1.u1``.
    `output` says which layer's h is framed as output at a step.
    """

    steps: tuple[int, ...] = ()
    depths: tuple[int, ...] = ()
    units: tuple[int, ...] = ()
    inputs: tuple[int, ...] = ()
    rows: dict[str, tuple[int, ...]] = field(default_factory=dict)
    sizes: dict[str, int] = field(default_factory=dict)
    tokens: bool = False
    claims: list[tuple[str, str]] = field(default_factory=list)
    output: dict[int, int] = field(default_factory=dict)
    ended: dict[tuple[str, int], int] = field(default_factory=dict)
    """At which step a layer's h, or c, is drawn as h_n, or c_n, by letter and layer."""
    bundles: int = 0
    """How many arrows lead a layer's state as a whole to its last one: `ended` says of which step."""
    framed: bool = True
    """Whether the units that are `output` are framed as that."""
    faults: list[str] = field(default_factory=list)

    def step_before(self, step: int) -> int:
        """The drawn step before another; 0 is the initial state."""
        earlier = [t for t in self.steps if t < step]
        return earlier[-1] if earlier else 0

    def last(self, layer: Recurrent) -> int:
        """The last step there is for what is drawn."""
        return max(layer.lengths) if layer.lengths else layer.timesteps


class Reader:
    """Turns ids into values and units."""

    def __init__(self, scene: Scene, rows: tuple[str, ...], layer: Recurrent | None) -> None:
        self.cut = prefix_of(scene, layer)
        self.nodes = {n.id.removeprefix(self.cut): n for n in scene.nodes}
        self.edges = scene.edges
        self.frames = scene.frames
        self.lstm = layer is not None and layer.has_cell_state
        self.rows = {"x", *rows}
        self.layer = layer
        self.done = Drawn()

    def read(self) -> Drawn:
        """Read everything; what can mean nothing becomes a fault."""
        self._what_is_drawn()
        twice = Counter((e.source, e.target) for e in self.edges)
        for edge in self.edges:
            claims = self.claims(edge)
            if claims is None or twice[edge.source, edge.target] > 1:
                self.done.faults.append(
                    f"the arrow {edge.source} → {edge.target} ({edge.role}) means nothing"
                )
            else:
                self.done.claims += claims
        again = [claim for claim, count in Counter(self.done.claims).items() if count > 1]
        self.done.faults += [f"the arrow {a} → {b} is drawn twice" for a, b in again]
        for frame in self.frames:
            self.frame(frame)
        self.all_framed()
        return self.done

    def _what_is_drawn(self) -> None:
        done = self.done
        found = [one for one in map(ids.read, self.nodes) if one.form == UNIT]
        done.depths = tuple(sorted({one.layer or 0 for one in found}))
        done.steps = tuple(sorted({one.step or 0 for one in found}))
        done.units = tuple(sorted({one.unit or 0 for one in found}))
        rows: dict[str, set[int]] = {}
        for name, node in self.nodes.items():
            one = ids.read(name)
            if self._row(name):
                rows.setdefault(one.base, set()).add(one.unit or 0)
                if node.shape:
                    done.sizes[one.base] = node.shape[-1]
            done.tokens |= one.form == TOKEN
        done.inputs = tuple(sorted(rows.pop("x", set())))
        done.rows = {name: tuple(sorted(units)) for name, units in rows.items()}
        for depth in done.depths:
            for step in done.steps:
                for unit in done.units:
                    self.needs(ids.at("h", depth, "fwd", step, unit=unit))

    def needs(self, unit: str) -> None:
        """Every unit has its ports and, in an LSTM, its c."""
        wanted = [unit, ids.end(unit, "in")]
        own = ids.read(unit).called("c")
        wanted += [ids.end(unit, "foot"), own, ids.end(own, "in")] if self.lstm else []
        self.done.faults += [f"there is no {name}" for name in wanted if name not in self.nodes]

    def claims(self, edge: Edge) -> list[tuple[str, str]] | None:
        """The values and units that an arrow joins; None if it means nothing."""
        claim = self._claim(edge)
        return None if claim is None else [claim]

    def _claim(self, edge: Edge) -> tuple[str, str] | None:
        """The value and the unit that an arrow joins; None if it can join none."""
        a, b = edge.source.removeprefix(self.cut), edge.target.removeprefix(self.cut)
        if a not in self.nodes or b not in self.nodes:
            return None
        read = {"param": self._upward, "hidden": self._across, "cell": self._kept}.get(edge.role)
        return read(a, b) if read and not edge.double else None

    def _upward(self, a: str, b: str) -> tuple[str, str] | None:
        source, target = ids.read(a), ids.read(b)
        if None not in {source.step, target.step} and source.step != target.step:
            return None  # a network's own lines stay within one step
        value = _unit(source) if source.form == UNIT else a if self._row(a) or source.form == TOKEN else None
        enters = target.form == (f"{UNIT}.foot" if self.lstm else UNIT)
        unit = _unit(target) if enters else b if self._row(b) else None
        return (value, unit) if value and unit else None

    def _row(self, name: str) -> bool:
        one = ids.read(name)
        of_row = one.base in self.rows and one.unit is not None
        return of_row and name == ids.at(one.base, step=one.step, unit=one.unit)

    def _across(self, a: str, b: str) -> tuple[str, str] | None:
        source, target = ids.read(a), ids.read(b)
        leaves = source.form in {f"{UNIT}.out", "h_0.l.way.u"}
        return (_unit(source), _unit(target)) if leaves and target.form == f"{UNIT}.in" else None

    def _kept(self, a: str, b: str) -> tuple[str, str] | None:
        source, target = ids.read(a), ids.read(b)
        if source.form not in {f"{CELL}.out", "c_0.l.way.u"} or target.form != f"{CELL}.in":
            return None
        return ids.at("c", source.layer, step=source.step or 0, unit=source.unit), _unit(target)

    def frame(self, frame: Frame) -> None:
        """A frame's members are what its id says: one unit, one layer's lane, output."""
        one = ids.read(frame.id.removeprefix(self.cut))
        members = {m.removeprefix(self.cut) for m in frame.members}
        if one.form == "unit.l.way.t.u":
            unit = one.called("h")
            if members != {unit, ids.end(unit, "foot"), one.called("c")}:
                self.wrong(frame)
        elif one.form in {"lane_h.l.way.t", "lane_c.l.way.t"}:
            self._lane(frame, one, members)
        elif one.form == ids.OUTPUT:
            self._framed(frame, one.step or 0, members)
        else:
            self.wrong(frame)

    def wrong(self, frame: Frame) -> None:
        """Note a frame that holds something else than its id says."""
        self.done.faults.append(f"the members of {frame.id} are not what its id says")

    def without(self, letter: str, depth: int) -> None:
        """Note a last state of which no drawn step is said to be the one that it is."""
        if (letter, depth) not in self.done.ended:
            self.done.faults.append(f"{letter}_n of layer {depth} is drawn without the {letter} that it is")

    def _lane(self, frame: Frame, one: ids.Id, members: set[str]) -> None:
        """A state comes in, passes every unit, and goes on: to the next step's strip or to the last state."""
        letter, depth = one.base.removeprefix("lane_"), one.layer or 0
        units = [ids.at(letter, depth, "fwd", one.step, unit=u) for u in self.done.units]
        ended = {ids.state(letter, "n", depth, "fwd", unit=u) for u in self.done.units}
        enter = {ids.end(unit, "in") for unit in units}
        rest = members - set(units) - enter
        if not members.issuperset({*units, *enter}):
            self.wrong(frame)
        elif rest == ended:
            self.done.ended[letter, depth] = one.step or 0
        elif rest != {ids.end(unit, "out") for unit in units} & set(self.nodes):
            self.wrong(frame)

    def _framed(self, frame: Frame, step: int, members: set[str]) -> None:
        found = [one for one in map(ids.read, members) if one.form == UNIT]
        layers = {one.layer or 0 for one in found}
        same = {(one.step, one.unit) for one in found} == {(step, unit) for unit in self.done.units}
        if len(layers) == 1 and same and len(found) == len(members):
            self.done.output[step] = layers.pop()
        else:
            self.wrong(frame)

    def all_framed(self) -> None:
        """No unit without its frame, no layer without its lane; h_n where the last step is drawn."""
        if self.layer is None:
            return
        drawn = {f.id.removeprefix(self.cut) for f in self.frames}
        done = self.done
        letters = ("h", "c") if self.lstm else ("h",)
        for depth in done.depths:
            for letter in letters if done.last(self.layer) in done.steps else ():
                self.without(letter, depth)
            for step in done.steps:
                wanted = [ids.at(f"lane_{letter}", depth, "fwd", step) for letter in letters]
                wanted += (
                    [ids.at("unit", depth, "fwd", step, unit=u) for u in done.units] if self.lstm else []
                )
                done.faults += [f"there is no frame {f}" for f in wanted if f not in drawn]


def _unit(one: ids.Id) -> str:
    """Return the value of a unit's h; step 0 is the initial state."""
    return ids.at("h", one.layer, step=one.step or 0, unit=one.unit)


def prefix_of(scene: Scene, layer: Recurrent | None) -> str:
    """Return what the ids of a layer begin with, where those of any do."""
    return ids.inside(layer.name) if layer and any(ids.prefixed(node.id) for node in scene.nodes) else ""
