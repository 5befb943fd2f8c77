"""What a scene of single units claims: which value enters which unit, read from its ids and edges."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lstmviz.network.structure import Recurrent
    from lstmviz.scene.items import Edge, Frame
    from lstmviz.scene.scene import Scene

_UNIT = re.compile(r"h\.l(\d+)\.fwd\.t(\d+)\.u(\d+)(\.up|\.out|\.in)?")
_CELL = re.compile(r"c\.l(\d+)\.fwd\.t(\d+)\.u(\d+)")
_STATE = re.compile(r"([hc])_([0n])\.l(\d+)\.fwd\.u(\d+)")
_TOKEN = re.compile(r"token\.t\d+")
_FRAME = re.compile(r"(unit|lane)\.l(\d+)\.fwd\.t(\d+)(?:\.u(\d+))?")


@dataclass(slots=True)
class Drawn:
    """A figure of units, as its scene says it.

    `claims` are pairs of a value and the unit that it enters: ``x.t1.u2``,
    ``h.l0.t1.u2``, ``c.l0.t0.u2`` (step 0 is the initial state), ``linear.t1.u1``.
    `output` says which layer's h is framed as output at a step, `ended` at
    which step a layer's h is drawn as h_n.
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
    ended: dict[int, int] = field(default_factory=dict)
    bundles: int = 0
    """How many arrows lead a layer's h as a whole to h_n: `ended` says of which step."""
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
        prefix = f"{layer.name}/" if layer and any("/" in n.id for n in scene.nodes) else ""
        self.cut = prefix
        self.nodes = {n.id.removeprefix(prefix): n for n in scene.nodes}
        self.edges = scene.edges
        self.frames = scene.frames
        self.lstm = layer is not None and layer.has_cell_state
        names = "|".join(map(re.escape, rows)) or "(?!)"
        self.row = re.compile(rf"(x|{names})(\.t\d+)?\.u(\d+)")
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
        found = [m for m in map(_UNIT.fullmatch, self.nodes) if m and not m[4]]
        done.depths, done.steps, done.units = (tuple(sorted({int(m[i]) for m in found})) for i in (1, 2, 3))
        rows: dict[str, set[int]] = {}
        for name, node in self.nodes.items():
            if m := self.row.fullmatch(name):
                rows.setdefault(m[1], set()).add(int(m[3]))
                if node.shape:
                    done.sizes[m[1]] = node.shape[-1]
            done.tokens |= bool(_TOKEN.fullmatch(name))
        done.inputs = tuple(sorted(rows.pop("x", set())))
        done.rows = {name: tuple(sorted(units)) for name, units in rows.items()}
        for depth in done.depths:
            for step in done.steps:
                for unit in done.units:
                    self.needs(f"h.l{depth}.fwd.t{step}.u{unit}")

    def needs(self, unit: str) -> None:
        """Every unit has its ports and, in an LSTM, its c."""
        wanted = [unit, f"{unit}.in"]
        wanted += [f"{unit}.up", "c" + unit[1:]] if self.lstm else []
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
        claim = read(a, b) if read else None
        if claim is not None and edge.double is not (edge.role == "cell"):
            return None
        return claim

    def _upward(self, a: str, b: str) -> tuple[str, str] | None:
        source, target = _UNIT.fullmatch(a), _UNIT.fullmatch(b)
        if source and source[4] != (".up" if self.lstm else None):
            return None
        if target and target[4]:
            return None
        if len({m for end in (a, b) for m in re.findall(r"\.t(\d+)\b", end)}) > 1:
            return None  # a network's own lines stay within one step
        value = _unit(*source.groups()[:3]) if source else a if self._row(a) or _TOKEN.fullmatch(a) else None
        unit = _unit(*target.groups()[:3]) if target else b if self._row(b) else None
        return (value, unit) if value and unit else None

    def _row(self, name: str) -> bool:
        return bool(self.row.fullmatch(name))

    def _across(self, a: str, b: str) -> tuple[str, str] | None:
        source, target, begun = _UNIT.fullmatch(a), _UNIT.fullmatch(b), _STATE.fullmatch(a)
        if not target or target[4] != ".in":
            return None
        unit = _unit(*target.groups()[:3])
        if begun and begun[1] + begun[2] == "h0":
            return _unit(begun[3], "0", begun[4]), unit
        return (_unit(*source.groups()[:3]), unit) if source and source[4] == ".out" else None

    def _kept(self, a: str, b: str) -> tuple[str, str] | None:
        source, target = _CELL.fullmatch(a), _CELL.fullmatch(b)
        begun, ended = _STATE.fullmatch(a), _STATE.fullmatch(b)
        if source:
            value = "c" + _unit(*source.groups())[1:]
        elif begun and begun[1] + begun[2] == "c0":
            value = "c" + _unit(begun[3], "0", begun[4])[1:]
        else:
            return None
        if target:
            return value, _unit(*target.groups())
        return (value, f"c_n.l{ended[3]}.u{ended[4]}") if ended and ended[1] + ended[2] == "cn" else None

    def frame(self, frame: Frame) -> None:
        """A frame's members are what its id says: one unit, one layer's lane, output."""
        name = frame.id.removeprefix(self.cut)
        members = {m.removeprefix(self.cut) for m in frame.members}
        found = _FRAME.fullmatch(name)
        if found and found[1] == "unit":
            unit = f"l{found[2]}.fwd.t{found[3]}.u{found[4]}"
            if members != {f"h.{unit}", f"h.{unit}.up", f"c.{unit}"}:
                self.wrong(frame)
        elif found:
            self._lane(frame, (int(found[2]), int(found[3])), members)
        elif m := re.fullmatch(r"output\.t(\d+)", name):
            self._framed(frame, int(m[1]), members)
        else:
            self.wrong(frame)

    def wrong(self, frame: Frame) -> None:
        """Note a frame that holds something else than its id says."""
        self.done.faults.append(f"the members of {frame.id} are not what its id says")

    def _lane(self, frame: Frame, at: tuple[int, int], members: set[str]) -> None:
        """H comes in, passes every unit, and goes on: to the next step's strip or to h_n."""
        depth, step = at
        units = [f"h.l{depth}.fwd.t{step}.u{u}" for u in self.done.units]
        ended = {f"h_n.l{depth}.fwd.u{u}" for u in self.done.units}
        rest = members - set(units) - {f"{u}.in" for u in units}
        if not members.issuperset([*units, *(f"{u}.in" for u in units)]):
            self.wrong(frame)
        elif rest == ended:
            self.done.ended[depth] = step
        elif rest != {f"{u}.out" for u in units if f"{u}.out" in self.nodes}:
            self.wrong(frame)

    def _framed(self, frame: Frame, step: int, members: set[str]) -> None:
        found = [m for m in map(_UNIT.fullmatch, members) if m]
        layers = {int(m[1]) for m in found}
        same = {(int(m[2]), int(m[3]), m[4]) for m in found} == {(step, u, None) for u in self.done.units}
        if len(layers) == 1 and same and len(found) == len(members):
            self.done.output[step] = layers.pop()
        else:
            self.wrong(frame)

    def all_framed(self) -> None:
        """No unit without its frame, no layer without its lane; h_n where the last step is drawn."""
        if self.layer is None:
            return
        ids = {f.id.removeprefix(self.cut) for f in self.frames}
        done = self.done
        for depth in done.depths:
            if done.last(self.layer) in done.steps and depth not in done.ended:
                done.faults.append(f"h_n of layer {depth} is drawn without the h that it is")
            for step in done.steps:
                wanted = [f"lane.l{depth}.fwd.t{step}"]
                wanted += [f"unit.l{depth}.fwd.t{step}.u{u}" for u in done.units] if self.lstm else []
                done.faults += [f"there is no frame {f}" for f in wanted if f not in ids]


def _unit(depth: str | None, step: str | None, unit: str | None) -> str:
    return f"h.l{depth}.t{step}.u{unit}"
