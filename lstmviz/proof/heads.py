"""Several heads on one recurrent layer: which row each row stands on, and which result stands on which."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from lstmviz.network.structure import Trace, full_name
from lstmviz.proof.levels import Level
from lstmviz.proof.reading import by_step
from lstmviz.scene import ids
from lstmviz.scene.scene import Scene


def several(scene: Scene) -> bool:
    """Return whether more than one of the model's results is drawn."""
    return any(ids.read(node.id).base == ids.numbered(ids.RESULT, 1) for node in scene.nodes)


def parted(scene: Scene, trace: Trace, rows: Sequence[Level]) -> list[Level]:
    """Return the rows on a layer with what each stands on, from the lowest up, and then the model's results.

    A stage stands on the last one drawn of which it reads anything, or on the layer; a result on the stage
    that gives the tensor that it claims to be.
    """
    ground, *above = rows
    if any(level.ran is None for level in above):  # another layer stands on them
        return [*rows]
    boxes = {node.id: node.box for node in scene.nodes}
    made: dict[str, Level] = {}
    for level in above:
        stage = trace.stage(level.ran.name) if level.ran is not None else None
        if stage is not None:
            behind = trace.behind(stage.sources)
            under = next((made[name] for name in reversed(made) if name in behind), ground)
            made[stage.name] = replace(level, under=under)
    given = {
        full_name(stage, tensor): made[stage.name]
        for stage in trace.stages
        for tensor in stage.outputs
        if stage.name in made
    }
    names = [node.id for node in scene.nodes]
    claimed = {node.id: node.tensor or "" for node in scene.nodes}
    results = [
        Level(nodes, under=given[tensor])
        for place in range(len(ids.RESULT_LETTERS))
        if (nodes := by_step(names, ids.numbered(ids.RESULT, place)))
        for tensor in {claimed[name] for name in nodes.values()} & {*trace.returned} & given.keys()
    ]
    lowest_first = sorted(made.values(), key=lambda level: -max(boxes[one][3] for one in level.ids.values()))
    return [ground, *lowest_first, *results]
