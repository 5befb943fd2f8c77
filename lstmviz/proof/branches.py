"""The pipeline of a user's own module held against its trace: who reads what, in which module, how often."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Literal

from lstmviz.network.structure import Stage, Trace
from lstmviz.proof.flow import differences, held_in, misplaced, noted
from lstmviz.scene import ids
from lstmviz.scene.claims import sentences
from lstmviz.scene.items import Edge, Node, sentences_on
from lstmviz.scene.scene import Scene
from lstmviz.translation.messages import Note

Pairs = set[tuple[str, str]]
HEAVIER = 1.6
"""The line of what the model returns, pt; and beside the thinnest of a figure with large type."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One of the times that a block repeats: what is drawn for it, and how many come after the first."""

    drawn: str
    block: str
    number: int
    last: int


@dataclass(frozen=True)
class DrawnFlow:
    """The drawn scene beside the traced flow; both by the names of stages."""

    scene: Scene
    trace: Trace

    @cached_property
    def nodes(self) -> set[str]:
        """The ids of everything drawn."""
        return {node.id for node in self.scene.nodes}

    @cached_property
    def stages(self) -> dict[str, Stage]:
        """All stages by name."""
        return {stage.name: stage for stage in self.trace.stages}

    @cached_property
    def turns(self) -> dict[str, Turn]:
        """For everything that a repeated block holds: what is drawn for it, and which turn it is."""
        found: dict[str, Turn] = {}
        for note in self.scene.notes:
            if isinstance(note, Note) and note.id == "note.stands":
                given = dict(note.given)
                names = [given["name"], *given["others"].split(", ")]
                last = len(names) - 1
                found |= {n: Turn(given["name"], given["block"], k, last) for k, n in enumerate(names)}
        return found

    @cached_property
    def held(self) -> dict[str, str]:
        """In which box each stage is named, of those that share one."""
        return held_in(self.scene)

    def turn(self, stage: Stage) -> Turn | None:
        """Which turn of a repeated block a stage runs in; None if in none."""
        return next((self.turns[name] for name in (stage.name, *stage.inside) if name in self.turns), None)

    def home(self, stage: Stage, *, end: bool = False) -> str:
        """The node of a stage; where its layers are drawn one by one, the first, or at its `end` the last."""
        for name in (stage.name, *reversed(stage.inside)):
            drawn = self.turns[name].drawn if name in self.turns else name
            if ids.named("stage", drawn) in self.nodes:
                return ids.named("stage", drawn)
            if drawn in self.held:
                return self.held[drawn]
            if layers := self.layers(drawn):
                return ids.named("stage", layers[-1 if end else 0])
        return ""

    def layers(self, name: str) -> list[str]:
        """The layers of a stage that are drawn one by one, upward."""
        own = [n for n in self.nodes if ids.head(n) == "stage" and ids.layers_of(n)[0] == name]
        return [ids.rest(node) for node in sorted(own, key=lambda node: ids.layers_of(node)[1])]

    def counterpart(self, stage: Stage) -> str:
        """The stage that is drawn in the place of one in a repeated block."""
        if stage.name in self.turns:
            return self.turns[stage.name].drawn
        for module in stage.inside:
            if module in self.turns:
                first = self.turns[module].drawn
                own, drawn = ([s.name for s in self.trace.stages if m in s.inside] for m in (module, first))
                return drawn[own.index(stage.name)]
        return stage.name

    @cached_property
    def ends(self) -> dict[str, str]:
        """For every tensor that is drawn for those of a repeated block, by full name, the last of them."""
        turns = [(stage, self.turn(stage)) for stage in self.trace.stages if self.turns]
        ends = [stage for stage, turn in turns if turn is not None and turn.number == turn.last]
        return {f"{self.counterpart(s)}.{t.name}": f"{s.name}.{t.name}" for s in ends for t in s.outputs}

    def owner(self, source: str) -> tuple[Stage | None, str]:
        """The stage that gives a tensor of this full name, and its name there."""
        for stage in self.trace.stages:
            for tensor in stage.outputs:
                name = "output" if tensor.name == "data" else tensor.name
                if source == f"{stage.name}.{name}":
                    return stage, name
        return None, source

    def tensor(self, owner: Stage, name: str) -> str:
        """The node of a tensor, or of the stage that gives it, where none is drawn for it."""
        home = self.home(owner, end=True)
        full = f"{self.counterpart(owner)}.{name}"
        own = ids.named("tensor", ids.rest(home))
        exact = [n.id for n in self.scene.nodes if n.tensor == full and n.id.startswith(own)]
        alone = (own, ids.named("tensor", self.counterpart(owner), name))  # a chain's names name no stage
        short = [n.id for n in self.scene.nodes if n.id in alone and n.tensor in {name, "data"}]
        return next(iter([*exact, *short]), home)


STARTS = frozenset({"second.starts-last", "second.starts-last-real"})
"""Sentences of what step 1 of a decoder reads, in place of an arrow."""


def traced_faults(scene: Scene, trace: Trace) -> list[str]:
    """Say what is drawn otherwise than the run of the module showed it."""
    flow = DrawnFlow(scene, trace)
    expected, faults = _expected(flow)
    within = {(e.source, e.target) for e in scene.edges if _within(flow, e.source, e.target)}
    faults += differences(scene, expected, within)
    ran = dict.fromkeys(name for stage in trace.stages for name in (*stage.inside, stage.name))
    faults += misplaced(scene, list(ran))
    return [*faults, *_frames(flow), *_loops(flow), *_results(flow), *_shapes(flow)]


def chain_faults(scene: Scene, trace: Trace) -> list[str]:
    """Say which arrows between feature maps of a user's own module its run does not bear out."""
    order = {stage.name: place for place, stage in enumerate(trace.stages)}
    drawn = sorted((order.get(node.tensor or "", -1), node.id) for node in scene.nodes)
    expected = set(pairwise(name for _, name in drawn)) if trace.chained else set()
    return differences(scene, expected)


def _expected(flow: DrawnFlow) -> tuple[Pairs, list[str]]:
    """The arrows that the trace asks for, and where a repeated block is not one."""
    pairs: Pairs = {(_maker(flow, n.id), n.id) for n in flow.scene.nodes if ids.head(n.id) == "tensor"}
    faults: list[str] = []
    handed: dict[tuple[str, int], Pairs] = {}
    unshown = {(one["layer"], one["name"]) for one in noted(flow.scene, "note.unshown")}
    told = [*sentences_on(flow.scene.texts), *sentences(flow.scene.captioned)]
    starts = [dict(given) for name, given in told if name in STARTS]
    begins = {(one["decoder"], one["source"][1]) for one in starts}
    for stage in flow.trace.stages:
        home, turn = flow.home(stage), flow.turn(stage)
        faults += [] if home else [f"{stage.name} is not drawn"]
        for source in stage.sources:
            owner, name = flow.owner(source)
            begun, way = (flow.tensor(owner, name), _way(flow, owner, stage)) if owner else (source, "drawn")
            if (own := ids.named("input", stage.name, source)) in flow.nodes:
                begun = own
            alone = (stage.name, source) in unshown and source not in flow.nodes
            if alone or (stage.name, source) in begins:
                continue
            if way == "drawn":
                pairs.add((begun, home))
            elif way == "astray":
                faults.append(f"{stage.name} reads {source}, which is none of the blocks drawn once")
            elif way != "within" and turn is not None:
                handed.setdefault((home, turn.number), set()).add((begun, way))
    pairs |= set(_led_back(flow))
    for (home, number), found in handed.items():
        again = {begun for begun, way in found if way == "again"}
        if handed.get((home, 1)) != found or not {(begun, home) for begun in again} <= pairs:
            faults.append(f"{home} reads something else in turn {number + 1} than in those before")
    return pairs, faults


def _led_back(flow: DrawnFlow) -> Iterator[tuple[str, str]]:
    """Yield the arrows of states that a box of several stages hands to its own next call."""
    for loop in flow.trace.loops:
        for state in loop.states:
            owner, name = flow.owner(state.tensor)
            for reader in state.stages:
                home = flow.home(flow.stages[reader])
                alone = owner is flow.stages[reader] and ids.rest(home) in flow.stages  # no closed module
                alone = alone and reader in flow.trace.layers  # drawn with all its steps
                inner = alone or ids.rest(home) in loop.within
                if owner is not None and not inner and flow.home(owner) == home:
                    yield flow.tensor(owner, name), home


def _way(
    flow: DrawnFlow, owner: Stage, reader: Stage
) -> Literal["drawn", "within", "handed on", "again", "astray"]:
    """How what one stage gives reaches another, where blocks that repeat are drawn once."""
    gives, reads = flow.turn(owner), flow.turn(reader)
    if gives is not None and reads is not None and gives.block == reads.block:
        if gives.number != reads.number:
            return "handed on" if reads.number == gives.number + 1 else "astray"
    elif gives is not None and gives.number != gives.last:
        return "astray"
    elif reads is not None and reads.number > 0:
        return "again"
    same = flow.home(owner) == flow.home(reader) and owner is not reader
    return "within" if same else "drawn"  # within a module that is not opened


def _maker(flow: DrawnFlow, tensor: str) -> str:
    """The stage that a drawn tensor belongs to: the one of the longest name that begins its own."""
    name = ids.rest(tensor)
    stages = [node for node in flow.nodes if ids.head(node) == "stage"]
    makers = [node for node in stages if name == ids.rest(node) or ids.inside_of(name, ids.rest(node))]
    return max(makers, key=len, default="")


def _within(flow: DrawnFlow, source: str, target: str) -> bool:
    """Whether an arrow runs inside one stage: from layer to layer, or from states that it was handed."""
    if ids.inside_of(source, ids.named("input", ids.rest(target))):
        return True
    stages = {ids.layers_of(end)[0] for end in (source, target)}
    return len(stages) == 1 and "" not in stages and flow.nodes >= {source, target}


def _frames(flow: DrawnFlow) -> Iterator[str]:
    """Say which frames of modules hold something else than what runs in them."""
    modules = dict(flow.trace.modules)
    for frame in flow.scene.frames:
        name = ids.rest(frame.id)
        if name not in modules:
            continue
        inside = {flow.home(stage) for stage in flow.trace.stages if name in stage.inside}
        if set(frame.members) != inside:
            wrong = ", ".join(sorted(inside ^ set(frame.members)))
            yield f"the frame of {name} does not hold what runs in it: {wrong}"


def _loops(flow: DrawnFlow) -> Iterator[str]:
    """Say which frames of loops hold something else than what a loop ran, and which loops have none."""
    drawn = {frozenset(f.members) for f in flow.scene.frames if ids.is_loop(f.id)}
    ran = set()
    for loop in flow.trace.loops:
        homes = frozenset(flow.home(flow.stages[name]) for name in loop.stages)
        if not {ids.rest(home) for home in homes} & set(loop.within):
            ran.add(homes)
    for members in sorted(map(sorted, drawn - ran)):
        yield f"a loop is drawn around {', '.join(members)}, and none ran just these"
    for members in sorted(map(sorted, ran - drawn)) if drawn else ():
        yield f"{', '.join(members)} ran in a loop that is not drawn"


def _shapes(flow: DrawnFlow) -> Iterator[str]:
    """Say which tensors have another shape than that of the very stage that gives them."""
    known = {tensor.name: tensor.sizes for tensor in (flow.trace.input, *flow.trace.inputs)}
    for stage in flow.trace.stages:
        for tensor in stage.outputs:
            known[f"{stage.name}.{'output' if tensor.name == 'data' else tensor.name}"] = tensor.sizes
    items: list[Node | Edge] = [*flow.scene.nodes, *flow.scene.edges]
    for item in items:
        true = known.get(item.tensor or "")
        if true is not None and item.shape is not None and item.shape != true:
            yield f"{item.id}: {item.tensor} has {true}, not {item.shape}"


def _results(flow: DrawnFlow) -> Iterator[str]:
    """Say which framed tensors the model does not return, and which it does that are not."""
    tensors = [node.tensor or "" for node in flow.scene.nodes if ids.head(node.id) == "tensor"]
    if all(flow.owner(name)[0] is None for name in tensors):
        return  # a chain names no stages in its tensors: its last one is the result
    lines = {node.id: node.line for node in flow.scene.nodes if ids.head(node.id) != "stage"}
    least = HEAVIER * min(lines.values(), default=0.0)  # on a slide or a frame all lines are scaled
    framed = {name for name, line in lines.items() if line >= least}
    owners = [flow.owner(result) for result in flow.trace.returned]
    returned = {flow.tensor(stage, name) for stage, name in owners if stage is not None}
    for node in sorted(framed - returned):
        yield f"{node} is framed, and the model does not return it"
    for node in sorted(returned - framed):
        yield f"{node} is returned, and is not framed"
