"""A loop of the user's own code as it is drawn: which arrows, lines and names a whole drawing of it has."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from lstmviz.network.recurrence import OwnLoop, Share, StateVariable
from lstmviz.network.structure import split_name
from lstmviz.proof.reading import is_rolled
from lstmviz.proof.verdict import against
from lstmviz.scene import ids
from lstmviz.scene.items import Edge, Node
from lstmviz.scene.scene import Scene

SQUARE = 0.01
"""A state that begins or ends a bare drawing is a square without a name: as wide as high but for this, pt."""
ASIDE = frozenset({"x", "output", "all"})
"""The ids of what a loop reads and gives."""
RoundInput = tuple[str, str, int]
Key = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Arrow:
    """One arrow: its ends, the state handed on, its role, and what of the target's round it stands for."""

    source: str
    target: str
    letter: str
    role: str
    take: RoundInput | None = None
    step: int = 0

    @property
    def key(self) -> Key:
        """What tells it from all others."""
        return self.source, self.target, self.letter


@dataclass
class Drawing:
    """The items of one loop in a scene."""

    scene: Scene
    prefix: str
    own: OwnLoop
    rolled: bool = field(init=False)
    edges: list[Edge] = field(init=False)
    nodes: dict[str, Node] = field(init=False)

    def __post_init__(self) -> None:
        self.rolled = is_rolled(self.scene, self.prefix)
        self.edges = [
            edge
            for edge in self.scene.edges
            if (self.owns(edge.source) or edge.source.startswith((self.lower, self.below)))
            and self.owns(edge.target)
        ]
        own = [node for node in self.scene.nodes if self.owns(node.id)]
        self.nodes = {node.id.removeprefix(self.prefix): node for node in own}

    def owns(self, name: str) -> bool:
        """Whether an id is of this loop's own items: its cells, what they read and give, and its states."""
        one = ids.read(name)
        end = one.layer is not None and one.base.endswith(("_0", "_n"))
        own = one.is_cell or one.is_delay or end or one.counted[0] in ASIDE
        own |= one.base in {share.name for share in self.own.shares[:-1]}
        return one.prefix == self.prefix and own

    @property
    def steps(self) -> list[int]:
        """The steps whose cells are drawn, in the order in which they run; 0 stands for every one."""
        cells = (one for one in map(ids.read, self.nodes) if one.is_cell and one.way == self.own.way)
        found = sorted(one.step or 0 for one in cells)
        return found[::-1] if self.own.way == "rev" else found

    @property
    def lower(self) -> str:
        """What the ids of what the layer below gives begin with; where there is none, no id does."""
        if not self.own.below:
            return "/"
        loop, _, depth = self.own.name.rpartition(".")
        return ids.at("output", prefix=ids.inside(f"{loop}.{int(depth) - 1}"))

    @property
    def below(self) -> str:
        """What the ids of what a forward direction reads as well begin with; if there is none, no id."""
        return f"{ids.inside(self.own.ahead)}x" if self.own.ahead else "/"

    @property
    def bare(self) -> bool:
        """Whether it is a loop alone, without the states that begin and end it."""
        return self.rolled and not any(ids.read(name).is_delay for name in self.nodes)

    def at(self, name: str, step: int) -> str:
        """Return the id of something at a step."""
        return ids.at(name, step=step or None, prefix=self.prefix)

    def cell(self, step: int) -> str:
        """Return the id of the cell at a step."""
        return ids.cell(0, self.own.way, step or None, prefix=self.prefix)

    def end(self, state: StateVariable, which: str) -> str:
        """Return the id of a state before the first round (``0``) or after the last (``n``)."""
        return ids.state(state.letter, which, 0, self.own.way, prefix=self.prefix)

    def arrows(self) -> Iterator[Arrow]:
        """Yield every arrow that a whole drawing has."""
        steps = self.steps
        for state in self.own.states:
            take = ("state", state.tensor, 1)
            if self.bare:
                yield Arrow(self.cell(0), self.cell(0), state.letter, state.role, take)
                continue
            before = [self.end(state, "0"), *map(self.cell, steps)]
            for source, step in zip(before, steps, strict=False):
                yield Arrow(source, self.cell(step), state.letter, state.role, take, step)
            if self.rolled:
                delay = ids.delay(state.letter, prefix=self.prefix)
                yield Arrow(self.cell(0), delay, state.letter, state.role)
                yield Arrow(delay, self.cell(0), state.letter, state.role, take)
            if steps:
                yield Arrow(self.cell(steps[-1]), self.end(state, "n"), state.letter, state.role)
        yield from self._around(steps)

    def share(self, share: Share, step: int) -> str:
        """Return the id of a part of a round."""
        return self.cell(step) if share.name == "cell" else self.at(share.name, step)

    def stands_for(self, name: str, step: int) -> set[tuple[str, str]]:
        """Return what a node may stand for to a part of a round: the kind, and the stage."""
        own = self.own
        before = [one for one in self.nodes if one.startswith("cell.") and f"{self.prefix}{one}" == name]
        inner = {("inner", stage) for share in own.shares for stage in share.stages
                 if name == self.share(share, step)}  # fmt: skip
        if not inner and (before or "_0.l0." in name):
            inner |= {("state", split_name(state.tensor)[0]) for state in own.states}
        chips = {("constant", split_name(one.tensor)[0]) for k, one in enumerate(own.constants, 1)
                 if name == f"{self.prefix}all{k}"}  # fmt: skip
        fed = {("step", split_name(one.tensor)[0]) for one in own.fed if name.startswith(f"{self.prefix}x")}
        return inner | chips | fed

    def _lane(self, steps: Sequence[int]) -> Iterator[Arrow]:
        """Yield the arrows of what weighs another tensor's steps in each round."""
        own = self.own
        places = {one.tensor: k for k, one in enumerate(own.constants, 1)}
        for at, step in enumerate(steps):
            for share in own.shares:
                target = self.share(share, step)
                for kind, name, _ in share.takes:
                    state = next((one for one in own.states if one.tensor == name), None)
                    if kind == "constant":
                        yield Arrow(f"{self.prefix}all{places[name]}", target, "", "input", None, step)
                    elif kind == "inner":
                        giver = next(one for one in own.shares if split_name(name)[0] in one.stages)
                        asks = giver.name == "cell" and state is not None
                        yield Arrow(
                            self.share(giver, step), target, "", state.role if asks and state else "op"
                        )
                    elif kind == "state" and share.name != "cell" and state is not None:
                        source = self.cell(steps[at - 1]) if at else self.end(state, "0")
                        yield Arrow(source, target, "", state.role, None, step)

    def _giver(self, tensor: str, step: int) -> str:
        """Return the node that gives a tensor outside in a round."""
        for share in self.own.shares:
            if split_name(tensor)[0] in share.stages:
                return self.share(share, step)
        return self.cell(step)

    def _around(self, steps: Sequence[int]) -> Iterator[Arrow]:
        """Yield the arrows up into the cells, and up out of them."""
        yield from self._lane(steps)
        yield from (arrow for arrow, _, _ in self.led_back())
        for step in steps:
            if self.own.below:
                below = ("state", self.own.below, 0)
                yield Arrow(ids.at(self.lower, step=step), self.cell(step), "", "hidden", below, step)
            for place, fed in enumerate(self.own.fed):
                name = ids.numbered("x", place)
                source = ids.at(self.below, step=step) if self.own.ahead else self.at(name, step)
                if fed.is_read(step or "t"):
                    yield Arrow(source, self.cell(step), "", "input", fed.take, step)
            for place, fed in enumerate(self.own.constants if not self.own.shares else ()):
                all_ = ids.constant(place, prefix=self.prefix)
                yield Arrow(all_, self.cell(step), "", "input", ("constant", fed.tensor, 0), step)
            for place, one in enumerate(self.own.given):
                name = ids.numbered("output", place)
                role = next((s.role for s in self.own.states if s.letter == one.state), "output")
                if not one.last or step == steps[-1]:
                    yield Arrow(self._giver(one.tensor, step), self.at(name, step), "", role)

    def led_back(self) -> Iterator[tuple[Arrow, str, str]]:
        """Yield the arrows from an answer to what the next step reads, with both tensors."""
        places = {one.tensor: ids.numbered("output", k) for k, one in enumerate(self.own.given)}
        for place, fed in enumerate(self.own.fed):
            for step, after in pairwise(self.steps) if fed.answer else ():
                if after == step + 1 and fed.is_read(after):
                    ends = self.at(places[fed.answer], step), self.at(ids.numbered("x", place), after)
                    yield Arrow(*ends, "", "output", None, step), fed.answer, fed.tensor

    def faults(self) -> Iterator[str]:
        """Say which arrows, lines and names are not those of a whole drawing of the loop."""
        own, steps = self.own, self.steps
        ends = {own.timesteps, 1} if not self.rolled else {0}
        if not ends <= {*steps}:
            yield f"of {own.timesteps} rounds the first or the last is not drawn"
        expected = {one.key: one.role for one in self.arrows()}
        drawn = Counter(map(self.key, self.edges))
        for edge in self.edges:
            key = self.key(edge)
            if key not in expected:
                yield against(edge, "is false: nothing flows there")
            elif expected[key] != edge.role:
                yield against(edge, f"is false: it carries {expected[key]}")
            elif drawn[key] > 1:
                yield against(edge, "is drawn twice")
            yield from self._line(edge)
        yield from (f"the arrow {k[0]} → {k[1]} is missing" for k in expected if k not in drawn)
        yield from self._looks()
        yield from self._names()

    def key(self, edge: Edge) -> Key:
        """Return what tells an arrow from all others: its ends, and the state that its id names."""
        letters, one = {state.letter for state in self.own.states}, ids.read(edge.id)
        return edge.source, edge.target, one.base if one.carries and one.base in letters else ""

    def _looks(self) -> Iterator[str]:
        """Say which states' lines cannot be told apart, or do not look the same all along."""
        looks: dict[str, set[tuple[object, ...]]] = {}
        for edge in self.edges:
            if letter := self.key(edge)[2]:
                looks.setdefault(letter, set()).add((edge.role, edge.stroke))
        marks = {(state.role, state.mark) for state in self.own.states}
        if any(len(found) > 1 for found in looks.values()):
            yield "the lines of one state do not look alike"
        tinted = {s.letter: (s.role, bool(s.mark)) for s in self.own.states if s.letter in looks}
        wrong = [
            k
            for k, (role, mark) in tinted.items()
            if {(r, t is not None) for r, t in looks[k]} != {(role, mark)}
        ]
        if wrong or len(marks) < len(self.own.states):
            yield f"the line of {' and '.join(wrong)} does not look as its state does"

    def _line(self, edge: Edge) -> Iterator[str]:
        """Check the line itself: double in the role of c, dashed along a loop that goes backwards."""
        if edge.double != (edge.role == "cell"):
            yield against(edge, "has the wrong line: what has the role of c, and that alone, is double")
        ends = {ids.read(end).counted[0] for end in (edge.source, edge.target)}
        along = ends.isdisjoint(ASIDE) and edge.role != "op"
        back = ids.read(edge.source).counted[0] == "output" and ids.read(edge.target).counted[0] == "x"
        if edge.dashed != (back or (along and self.own.way == "rev")):
            yield against(edge, "has the wrong line: dashed means backwards, or led back")

    def _names(self) -> Iterator[str]:
        """Hold each chip's name and tensor against what its id says that it is."""
        for place, one in enumerate(self.own.constants):
            name = ids.constant(place)
            node = self.nodes.get(name)
            said = (
                [c.fact("name") for c in node.label.claims if c.kind == "name"] if node and node.label else []
            )
            if node is None or said != [one.base] or node.tensor != one.tensor:
                yield f"{self.prefix}{name} is {one.base}, and does not say so"
        for name, node in self.nodes.items():
            if (wanted := self._wanted(name)) is None:
                continue
            base, step, tensor = wanted
            claims = (
                [dict(one.facts) for one in node.label.claims if one.kind == "state"] if node.label else []
            )
            x0, y0, x1, y1 = node.box
            square = node.label is None and abs((x1 - x0) - (y1 - y0)) < SQUARE
            way = self.own.way if self.own.two_ways and ids.read(name).counted[0] != "x" else ""
            if not square and [(c["letter"], c["step"], c["way"]) for c in claims] != [(base, step, way)]:
                yield f"{node.id} is {base}_{step}, and does not say so"
            if node.tensor != tensor:
                yield f"{node.id} is {tensor}, not {node.tensor}"

    def _wanted(self, name: str) -> tuple[str, str, str | None] | None:
        """Return the letter, the index and the tensor of a chip."""
        own = self.own
        for state in own.states:
            if name == ids.state(state.letter, "0", 0, own.way):
                return state.base, "0", next(iter(state.begun), None)
            if name == ids.state(state.letter, "n", 0, own.way):
                last = own.time if own.way == "fwd" else "1"
                return state.base, last if self.rolled else str(self.steps[-1]), state.tensor
        one = ids.read(name)
        (kind, place), step = one.counted, "t" if one.step is None else str(one.step)
        if kind not in {"x", "output"} or name != ids.at(one.base, step=one.step):
            return None
        if kind == "output":
            return (own.given[place].base, step, own.given[place].tensor) if place < len(own.given) else None
        fed = own.fed[place]
        shifted = str(int(step) + fed.first) if step.isdigit() else fed.index
        return fed.base, shifted, fed.tensor
