"""A row of nodes that stands on another in a drawing, with the stage that made it.

Arrows that lead steps of `output` on one line to what reads them anew, held against derivatives.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from lstmviz.network.structure import Trace, split_name
from lstmviz.proof.stage_runs import Run
from lstmviz.scene import ids
from lstmviz.scene.scene import Scene


@dataclass(slots=True)
class Level:
    """A row of a drawing: the nodes of one stage, by step; 0 is a node over all steps."""

    ids: dict[int, str]
    ran: Run | None = None
    """None for a row that repeats the one below: the result y, the x of the layer above."""
    states: dict[tuple[str, int], str] = field(default_factory=dict)
    """Of a layer: the nodes of its last states, by tensor and index from 1."""
    given: frozenset[str] = frozenset()
    """Of a loop: the tensors that its nodes stand for, whatever else of it is read."""
    under: Level | None = None
    """The row that it stands on, if that is not the one before."""


def pairs_of(rows: Sequence[Level]) -> Iterator[tuple[Level, Level]]:
    """Yield each row but the first with the one that it stands on, if that is not the lowest, read anew."""
    for before, row in pairwise(rows):
        if row.under is not rows[0] or before is rows[0]:
            yield row.under or before, row


def ending(trace: Trace, hidden: Sequence[Run], reached: Collection[str]) -> Run | None:
    """Return the stage that makes the model's result of tensors that a drawing reached; None if they are it.

    It is one of those that are not drawn, run together with the others on the way to it.
    """
    runs = {run.name: run for run in hidden}
    found: dict[str, Run | None] = dict.fromkeys(reached)
    there = {*reached}
    for stage in trace.stages:
        if stage.name in runs and there & {*stage.sources}:
            given = {f"{stage.name}.{tensor.name}" for tensor in stage.outputs}
            there |= given
            found |= dict.fromkeys(given, runs[stage.name])
    last = next((found[name] for name in trace.returned if name in found), None)
    return last.beside([run for run in hidden if run is not last]) if last is not None else None


Ends = tuple[str, str]
STATES = {"h": "hidden", "c": "cell"}


def led_anew(
    scene: Scene,
    levels: Sequence[Level],
    output: Collection[str],
    sample: int | None,
    readers: Collection[str] | None = None,
) -> dict[Ends, str]:
    """Return the arrows from the lowest row, and from last states, to rows above the second.

    `output` are the tensors that the lowest row stands for, `readers` the stages that read them, if that is
    known: a derivative alone passes what was written in place on the way up.
    What is made of them on the way up does not count: a step is asked with all else held.
    """
    nodes = {node.id for node in scene.nodes}
    drawn = {(edge.source, edge.target) for edge in scene.edges}
    found: dict[Ends, str] = {}
    for under, level in pairwise(levels[1:]):
        states = level.ran.states()[0] if level.ran is not None and levels[0].states else ()
        found |= {
            (node, target): STATES[state[0][0]]
            for state, node in levels[0].states.items()
            if state in states
            for target in level.ids.values()
        }
        if level.ran is None:
            continue
        hub = ids.constant(0, prefix=ids.inside(ids.read(next(iter(level.ids.values()))).base))
        below = levels[0].ids
        beyond = [one for one in output if under.ran is None or one.rpartition(".")[0] != under.ran.name]
        read = dict(level.ran.depends([step for step in level.ids if step], sample, beyond))
        lost = readers is not None and level.ran.name in readers and not any(read.values())  # written over
        for to, steps in read.items():  # a maximum takes few of its steps: the others are changed
            end = hub if hub in nodes else level.ids[to]
            left = [step for step in below.keys() - steps if (below[step], end) in drawn]
            asked = {step: level.ran.reads(to, step, sample, () if lost else beyond) for step in left}
            read[to] = steps | {step for step, moved in asked.items() if moved or (lost and moved is None)}
        if hub not in nodes:
            if readers is not None and level.ran.name not in readers:
                continue
            found |= {
                (below[step], level.ids[to]): "output"
                for to, steps in read.items()
                for step in steps & below.keys()
            }
            continue
        every = frozenset.intersection(*read.values())
        found |= {(node, hub): "output" for step, node in below.items() if step in every}
        found |= {(hub, name): "output" for name in level.ids.values()}
    return found


def unshown_states(rows: Sequence[Level]) -> Iterator[tuple[Ends, str]]:
    """Yield the arrows from last states to rows that read them and do not move with them, and their roles."""
    for level in rows[1:]:
        read = level.ran.unshown() if level.ran is not None and rows[0].states else frozenset()
        for (tensor, _), node in rows[0].states.items():
            yield from (((node, to), STATES[tensor[0]]) for to in level.ids.values() if tensor in read)


def on_its_way(trace: Trace, below: Level, level: Level) -> tuple[Level, Level]:
    """Return two rows of a user's own module, the lower one with what of it the other reads.

    Another step of the data that a call has beside it is none of the row's steps.
    """
    stage = trace.stage(level.ran.name) if level.ran is not None else None
    if not trace.parts or stage is None or below.ran is None or below.given or below.states:
        return below, level
    waiting, seen = [*stage.sources], dict[str, bool]()
    while waiting:
        name = waiting.pop()
        owner = split_name(name)[0]
        if name not in seen:
            seen[name] = below.ran.name in trace.behind([name])
            before = trace.stage(owner)
            waiting += before.sources if before is not None and seen[name] else ()
    given = frozenset(name for name, told in seen.items() if told)
    return replace(below, given=given if len(given) < len(seen) else frozenset()), level
