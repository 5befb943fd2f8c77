"""A model that branches, as parts and what each reads: modules opened so far, repeats counted once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from functools import cached_property

from lstmviz.figures.pipeline.piles import QUIET
from lstmviz.network.rounds import Loop, how_often
from lstmviz.network.stage_types import PACKS, TURNS
from lstmviz.network.structure import Stage, Tensor, Trace, full_name
from lstmviz.scene import ids

ALONE = PACKS | {"lstm", "gru", "rnn"}
"""Stages that share no box with what they read."""
NEVER = ALONE | TURNS | {"view", "reshape", "flip"}
"""Stages after which the shape is said, even if it is the one before."""
MOST = 6
"""So many stages share a box at most."""
ANY = 3
"""How tightly parts are piled where whatever reads one tensor and gives one shares a box."""


@dataclass(frozen=True)
class PipelineNode:
    """A stage, or a whole module that is not opened.

    `stages` are what it holds; `reads` the full names of the tensors that it
    takes from others (``encoder.h_n``), `given` those of its own that others
    read or the model returns. `inside` are the groups around it. `times` is
    how often a loop runs it.
    """

    name: str
    stages: tuple[Stage, ...]
    reads: tuple[str, ...]
    given: tuple[tuple[str, Tensor], ...]
    inside: tuple[str, ...]
    module: str = ""
    """The class of a module that is not opened."""
    times: int = 1
    rounds: int = 1
    """How many rounds the loops around it have together."""

    @property
    def stage(self) -> Stage | None:
        """The one stage that it is, if it is no closed module."""
        return None if self.module else self.stages[0]

    @cached_property
    def does(self) -> str:
        """What it has in common with all parts that do the same to the same sizes."""
        return repr([
            (s.type, s.arguments, [t.sizes for t in s.inputs], [(t.name, t.sizes) for t in s.outputs],
             [(p.name, p.sizes) for p in s.parameters], s.times)
            for s in self.stages
        ])  # fmt: skip


@dataclass(frozen=True)
class GroupName:
    """What is written at a group: a name, or from which to which; a class, or how often it runs.

    `blocks` are the parts with which each of several equal blocks begins, `loop` is the user's loop
    that runs it.
    """

    first: str = ""
    last: str = ""
    module: str = ""
    times: int = 0
    often: str = ""
    blocks: tuple[str, ...] = ()
    loop: str = ""


@dataclass(frozen=True)
class PipelineFlow:
    """All parts in the order in which they run; `groups` says what is written at each."""

    parts: tuple[PipelineNode, ...]
    inputs: tuple[Tensor, ...]
    groups: Mapping[str, GroupName]
    repeats: Mapping[str, tuple[str, ...]]
    """For a part that is drawn once for many: the names of the others."""
    returned: Mapping[str, str]
    """The tensors that the model gives, with what the user's code calls them."""
    parameters: int = 0
    """How many the model has, those of repeated blocks each."""
    delays: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    """Of what the rounds of a loop hand on: by how many rounds later it is read, where that was followed."""
    called: Mapping[str, str] = field(default_factory=dict)
    """What the user's code calls the tensors that the model takes."""
    lists: Mapping[str, int] = field(default_factory=dict)
    """Of what the model returns round by round: how many rounds."""


def depths(trace: Trace) -> int:
    """How many levels there are to open: 1 for a model without modules of its own inside."""
    return 1 + max((len(stage.inside) for stage in trace.stages), default=0)


def recurrent_modules(trace: Trace) -> frozenset[str]:
    """Return the user's modules that hold a recurrent layer, or a loop of the user's own."""
    layers = {layer.name for layer in trace.recurrent} | {s for loop in trace.loops for s in loop.stages}
    return frozenset(name for stage in trace.stages if stage.name in layers for name in stage.inside)


def parts_of(trace: Trace, depth: int, opened: AbstractSet[str] = frozenset()) -> Iterator[PipelineNode]:
    """Return the stages, and in their place the modules that are not opened.

    All are opened `depth` levels deep, and those in `opened` at any depth.
    """
    homes: dict[str, str] = {}
    held: dict[str, list[Stage]] = {}
    for stage in trace.stages:
        closed = next((name for name in stage.inside[depth - 1 :] if name not in opened), stage.name)
        homes[stage.name] = closed
        held.setdefault(closed, []).append(stage)
    stages = {stage.name: stage for stage in trace.stages}
    owners = {full_name(s, t): homes[s.name] for s in stages.values() for t in s.outputs}
    read: dict[str, set[str]] = defaultdict(set)
    for stage in trace.stages:
        for source in stage.sources:
            if owners.get(source) != homes[stage.name] or len(held[homes[stage.name]]) == 1:
                read[homes[stage.name]].add(source)
    states: dict[str, list[str]] = defaultdict(list)
    for reader, tensor in led_back(trace, homes):
        read[reader].add(tensor)
        states[reader].append(tensor)
    wanted = {name for names in read.values() for name in names} | set(trace.results)
    classes = dict(trace.modules)
    for name, members in held.items():
        module = classes.get(name, "") if name not in stages or len(members) > 1 else ""
        sources = (s for m in members for s in m.sources if s in read[name])
        reads = dict.fromkeys([*sources, *states[name]])
        given = [(full_name(m, t), t) for m in members for t in m.outputs if full_name(m, t) in wanted]
        last = members[-1]
        given = given or [(full_name(last, last.outputs[0]), last.outputs[0])] if last.outputs else given
        inside = members[0].inside
        inside = inside[: inside.index(name)] if name in inside else inside
        yield PipelineNode(name, tuple(members), tuple(reads), tuple(given), inside, module,
                   members[0].times if not module else 1)  # fmt: skip


def led_back(trace: Trace, homes: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield the closed modules that a loop calls, with the states that each hands to its own next call.

    `homes` says for every stage in which module, or on its own, it is drawn.
    """
    owners = {full_name(stage, t): stage.name for stage in trace.stages for t in stage.outputs}
    for loop in trace.loops:
        for state in loop.states:
            owner = owners.get(state.tensor, "")
            for reader in state.stages:
                home = homes.get(reader, "")
                # a layer of torch's is drawn with all its steps
                itself = home == owner == reader and owner in trace.layers
                if homes.get(owner) == home and not itself and home not in loop.within:
                    yield home, state.tensor


def looped(
    parts: Sequence[PipelineNode], loops: Sequence[Loop]
) -> tuple[list[PipelineNode], dict[str, GroupName]]:
    """Return the parts with a group around what each loop of the user's code runs."""
    found = list(parts)
    groups: dict[str, GroupName] = {}
    for loop in loops:
        stages = set(loop.stages)
        own = [k for k, part in enumerate(found) if _runs_in(part, stages, loop)]
        if not own:
            continue
        for k, part in zip(own, _in_order([found[k] for k in own], loop), strict=True):
            found[k] = part
        name = ids.named("loop", found[own[0]].name)
        name = name if name not in groups else f"{loop.name}.{found[own[0]].name}"
        groups[name] = GroupName(times=loop.rounds, often=how_often(loop), loop=loop.name)
        for k in own:
            part = found[k]
            around = [g for g in part.inside if g in loop.within or g in groups]
            rest = tuple(g for g in part.inside if g not in around)
            each = len(dict(loop.partial).get(part.name, ())) or loop.rounds
            times = part.times // each if part.times % each == 0 else 1  # the inner loop says how often
            found[k] = replace(part, inside=(*around, name, *rest), times=max(times, 1),
                               rounds=part.rounds * loop.rounds)  # fmt: skip
    return found, groups


def _in_order(parts: Sequence[PipelineNode], loop: Loop) -> list[PipelineNode]:
    """Return the parts as a whole round runs them: the first one may lack what begins the others."""
    place: dict[str, float] = {call.stage: number for number, call in enumerate(loop.body)}
    before = -1.0
    for name in loop.stages:  # what the last round does not call stands after what it follows
        before = place.setdefault(name, before + 1e-3)
    return sorted(parts, key=lambda part: min(place.get(stage.name, before) for stage in part.stages))


def _runs_in(part: PipelineNode, stages: AbstractSet[str], loop: Loop) -> bool:
    """Whether every round of a loop runs a part: a closed module that holds the loop itself is none."""
    return all(stage.name in stages for stage in part.stages) and part.name not in loop.within


def piled(flow: PipelineFlow, tight: int = 1) -> list[list[PipelineNode]]:
    """The parts in order, those together that share a box with the one part that they alone read.

    None do if `tight` is 0; else what keeps the shape and has no weights, or is a norm; from 2 on
    whatever keeps the shape; at 3 all that reads one tensor and gives one.
    """
    readers: dict[str, int] = defaultdict(int)
    for part in flow.parts:
        for name in part.reads:
            readers[name] += 1
    piles: list[list[PipelineNode]] = []
    for part in flow.parts:
        fits = (pile for pile in piles if tight and _fits(pile, part, flow, readers, tight))
        under = next(fits, None)
        if under is None:
            piles.append([part])
        else:
            under.append(part)
    return piles


def _fits(
    pile: Sequence[PipelineNode],
    part: PipelineNode,
    flow: PipelineFlow,
    readers: Mapping[str, int],
    tight: int,
) -> bool:
    if any(flow.groups[group].loop for group in part.inside):
        tight = 1  # what the next round reads has to leave its box
    under, stage, never = pile[-1], part.stage, ALONE if tight == ANY else NEVER
    if stage is None or stage.type in never or len(under.given) != 1:
        return False
    if len(pile) >= MOST and stage.type not in QUIET:
        return False
    if stage.parameters and tight == 1 and stage.type not in QUIET:
        return False
    ((name, tensor),) = under.given
    alone = part.reads == (name,) and readers[name] == 1 and name not in flow.returned
    same = len(part.given) == 1 and part.given[0][1].sizes == tensor.sizes
    return alone and under.inside == part.inside and tensor.name == "output" and (same or tight == ANY)
