"""The line that leads an encoder's steps into the attention of a spec's decoder, held against derivatives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from lstmviz.network.attention import Attend
from lstmviz.proof.reading import by_step
from lstmviz.proof.stage_runs import Ran, Run
from lstmviz.scene import ids
from lstmviz.scene.scene import Scene


def attended(
    scene: Scene, ran: Sequence[Run], prefixes: Mapping[str, str], sample: int | None
) -> dict[tuple[str, str], str]:
    """Return the arrows onto such a line and off it: of the steps that the stage reads at every step drawn.

    `prefixes` are what the ids of each recurrent layer drawn begin with.
    """
    nodes = [node.id for node in scene.nodes]
    found: dict[tuple[str, str], str] = {}
    for run in ran:
        if not isinstance(run, Ran) or not isinstance(run.stage, Attend):
            continue
        hub = ids.constant(0, prefix=ids.inside(run.name))
        giver = prefixes.get(run.before.made[run.stage.head.other].source)
        if hub not in nodes or giver is None:
            continue
        into, read = by_step(nodes, run.name), run.stage.weighed(run.before, sample)
        every = set.intersection(*(read[step] for step in into))
        steps = every.intersection(by_step(nodes, "output", giver))
        found |= {(ids.at("output", step=step, prefix=giver), hub): "output" for step in steps}
        found |= {(hub, name): "output" for name in into.values()}
    return found
