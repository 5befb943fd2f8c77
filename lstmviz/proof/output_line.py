"""Arrows that lead steps of `output` on one line to what reads them anew, held against derivatives."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from itertools import pairwise

from lstmviz.proof.levels import Level
from lstmviz.scene import ids
from lstmviz.scene.scene import Scene

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
