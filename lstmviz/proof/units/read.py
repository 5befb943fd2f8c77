"""What a scene of single units claims: which value enters which unit, read from its ids and edges."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from itertools import product

from lstmviz.network.structure import Recurrent
from lstmviz.scene import ids
from lstmviz.scene.items import Edge, Frame
from lstmviz.scene.scene import Scene

UNIT, TOKEN = "h.l.way.t.u", "token.t"


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
    arrows: list[list[tuple[str, str]]] = field(default_factory=list)
    """What each arrow claims; nothing, where it leads a whole state to its last or to where it is read."""
    framed: bool = True
    """Whether the units that are `output` are framed as that."""
    faults: list[str] = field(default_factory=list)

    def step_before(self, step: int) -> int:
        """The drawn step before another; 0 is the initial state."""
        earlier = [t for t in self.steps if t < step]
        return earlier[-1] if earlier else 0


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
        self.single = any(ids.read(name).form in {f"{UNIT}.out", "h_0.l.way.u"} for name in self.nodes)
        """Whether the h of the step before stands there unit by unit, and not a layer's as a whole."""
        self.copied: set[tuple[int, int]] = set()
        """The layers and steps to which a line leads the h of the step before."""
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
                self.done.arrows.append(claims)
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
        """Every unit is there; where units are numbered one of an LSTM has its foot and its c."""
        wanted = [unit]
        if self.lstm and self.single:
            wanted += [ids.end(unit, "foot"), ids.read(unit).called("c")]
        self.done.faults += [f"there is no {name}" for name in wanted if name not in self.nodes]

    def claims(self, edge: Edge) -> list[tuple[str, str]] | None:
        """The values and units that an arrow joins; None if it means nothing."""
        a, b = edge.source.removeprefix(self.cut), edge.target.removeprefix(self.cut)
        if a not in self.nodes or b not in self.nodes:
            return None
        if edge.role in {"hidden", "cell"} and ids.read(a).unit is None:
            return self._along(edge, ids.read(a), ids.read(b))
        read = {"param": self._upward, "hidden": self._across}.get(edge.role)
        claim = read(a, b) if read and not edge.double else None
        return None if claim is None else [claim]

    def _along(self, edge: Edge, a: ids.Id, b: ids.Id) -> list[tuple[str, str]] | None:
        """Read a line along time as all that it stands for."""
        letter = "c" if edge.role == "cell" else "h"
        leaves = a.form in {f"{letter}.l.way.t.out", f"{letter}_0.l.way"}
        enters = b.form in {f"{letter}.l.way.t.in", f"{letter}_n.l.way"}
        if not leaves or not enters or edge.double is not (letter == "c"):
            return None
        if a.layer != b.layer or a.layer is None or not self.done.units:
            return None
        if b.step is None:
            self.done.ended[letter, a.layer] = a.step or 0
            return []
        return self._handed(letter, a.layer, (a.step or 0, b.step))

    def _handed(self, letter: str, depth: int, steps: tuple[int, int]) -> list[tuple[str, str]] | None:
        """What reaches a step is what the one before it gave; where steps are left out, the last of those.

        A c is each unit's own; h goes from all units to all, or to where it stands unit by unit to be read.
        """
        before, after = steps
        if before != self.done.step_before(after):
            return None
        if letter == "h" and self.single:
            self.copied.add((depth, after))
            return []
        sources, targets = (
            [ids.at(one, depth, step=step, unit=unit) for unit in self.done.units]
            for one, step in ((letter, after - 1), ("h", after))
        )
        pairs = zip(sources, targets, strict=True) if letter == "c" else product(sources, targets)
        return list(pairs)

    def _upward(self, a: str, b: str) -> tuple[str, str] | None:
        source, target = ids.read(a), ids.read(b)
        if None not in {source.step, target.step} and source.step != target.step:
            return None  # a network's own lines stay within one step
        value = _unit(source) if source.form == UNIT else a if self._row(a) or source.form == TOKEN else None
        unit = _unit(target) if self._enters(target) else b if self._row(b) else None
        return (value, unit) if value and unit else None

    def _enters(self, target: ids.Id) -> bool:
        """Whether it is a unit, or the foot of one that has a c as well."""
        return target.form == (f"{UNIT}.foot" if self.lstm and self.single else UNIT)

    def _row(self, name: str) -> bool:
        one = ids.read(name)
        of_row = one.base in self.rows and one.unit is not None
        return of_row and name == ids.at(one.base, step=one.step, unit=one.unit)

    def _across(self, a: str, b: str) -> tuple[str, str] | None:
        source, target = ids.read(a), ids.read(b)
        leaves = (
            source.form in {f"{UNIT}.out", "h_0.l.way.u"} and (source.step or 0) == (target.step or 0) - 1
        )
        return (_unit(source), _unit(target)) if leaves and self._enters(target) else None

    def frame(self, frame: Frame) -> None:
        """A frame's members are what its id says: one unit, one layer's lane, output."""
        one = ids.read(frame.id.removeprefix(self.cut))
        members = {m.removeprefix(self.cut) for m in frame.members}
        unit = one.called("h")
        units = {ids.at("h", one.layer, one.way, one.step, unit=u) for u in self.done.units}
        wanted = {
            "unit.l.way.t.u": {unit, ids.end(unit, "foot"), one.called("c")},
            "units.l.way.t": units,
        }
        if one.form == ids.OUTPUT:
            self._framed(frame, one.step or 0, members)
        elif members != wanted.get(one.form):
            self.wrong(frame)

    def wrong(self, frame: Frame) -> None:
        """Note a frame that holds something else than its id says."""
        self.done.faults.append(f"the members of {frame.id} are not what its id says")

    def without(self, letter: str, depth: int) -> None:
        """Note a last state of which no drawn step is said to be the one that it is."""
        if (letter, depth) not in self.done.ended:
            self.done.faults.append(f"{letter}_n of layer {depth} is drawn without the {letter} that it is")

    def _framed(self, frame: Frame, step: int, members: set[str]) -> None:
        found = [one for one in map(ids.read, members) if one.form == UNIT]
        layers = {one.layer or 0 for one in found}
        same = {(one.step, one.unit) for one in found} == {(step, unit) for unit in self.done.units}
        if len(layers) == 1 and same and len(found) == len(members):
            self.done.output[step] = layers.pop()
        else:
            self.wrong(frame)

    def all_framed(self) -> None:
        """No layer without its frame, no h of the step before without its line; the last step's is h_n."""
        if self.layer is None:
            return
        drawn, done = {f.id.removeprefix(self.cut) for f in self.frames}, self.done
        done.framed = any(ids.read(name).form == ids.OUTPUT for name in drawn)
        wanted: list[str] = []
        for depth in done.depths:
            for letter in self.layer.state_letters if self.layer.computed_steps in done.steps else ():
                self.without(letter, depth)
            top = done.framed and depth == done.depths[-1]
            wanted += [
                ids.at("output", step=t) if top else ids.at("units", depth, "fwd", t) for t in done.steps
            ]
            if self.single and self.lstm:
                wanted += [ids.at("unit", depth, "fwd", t, unit=u) for t in done.steps for u in done.units]
            if self.single:
                done.faults += [
                    f"nothing leads the h of layer {depth} to t = {t}"
                    for t in done.steps[1:]
                    if (depth, t) not in self.copied
                ]
        done.faults += [f"there is no frame {name}" for name in wanted if name not in drawn]


def _unit(one: ids.Id) -> str:
    """Return the value of a unit's h; step 0 is the initial state."""
    return ids.at("h", one.layer, step=one.step or 0, unit=one.unit)


def prefix_of(scene: Scene, layer: Recurrent | None) -> str:
    """Return what the ids of a layer begin with, where those of any do."""
    return ids.inside(layer.name) if layer and any(ids.prefixed(node.id) for node in scene.nodes) else ""
