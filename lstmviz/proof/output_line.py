"""Arrows that lead steps of `output` on one line to what reads them anew, held against derivatives."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from lstmviz.scene import ids

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from lstmviz.proof.levels import Level
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
        read = level.ran.depends([step for step in level.ids if step], sample, beyond)
        if readers and level.ran.name in readers and not any(read.values()):  # written over: no derivatives
            drawn = {(edge.source, edge.target) for edge in scene.edges}
            read = {to: frozenset(step for step in below if (below[step], level.ids[to]) in drawn
                                  and level.ran.reads(to, step, sample) is not False)
                    for to in read}  # fmt: skip
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
