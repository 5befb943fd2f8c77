"""First states that are made from last ones, through weights or operations, held against derivatives."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping

import torch
from torch.autograd.graph import get_gradient_edge

from lstmviz.network.structure import Recurrent, Trace
from lstmviz.network.user.kinds import recurrent_type
from lstmviz.network.user.recorder import RecordedTensor
from lstmviz.network.user.recurrent import states_of
from lstmviz.network.user.stage_run import STATES, StageRun
from lstmviz.scene import ids
from lstmviz.scene.ids import WAYS

ROLES = {"h": "hidden", "c": "cell"}
"""The roles of the lines of states."""
Makers = frozenset[tuple[str, str, int]]


def state_id(letter: str, end: str, index: int, layer: Recurrent, prefix: str) -> str:
    """Name the node of an entry of first or last states."""
    depth, way = divmod(index, layer.directions)
    return ids.state(letter, end, depth, WAYS[way], prefix=prefix)


def arrows(
    run: StageRun, layer: Recurrent, prefix: str, source: Callable[[str, str, int], str]
) -> Iterator[tuple[tuple[str, str], str]]:
    """Yield the arrows, with their roles, into the boxes that make a layer's first states, and out of these.

    `source` names the node of a last state by its layer, letter and index, and of all else by the stage.
    """
    made = {one.first: one.through[-1] for one in layer.handovers if one.through}
    for (letter, index), makers in made_from(run).items() if made else ():
        if (letter, index) in made:
            target = state_id(letter, "0", index, layer, prefix)
            box = ids.made(made[letter, index], target)
            yield (box, target), ROLES[letter]
            yield from (((source(*one), box), ROLES.get(one[1], "output")) for one in makers)


def made_here(trace: Trace, drawn: Collection[str]) -> set[str]:
    """Return the stages that make first states in boxes among the ids of what is drawn."""
    ends = {one.base for one in map(ids.read, drawn) if one.place is not None}
    ways = {one.through for layer in trace.recurrent for one in layer.handovers if one.through}
    return {name for through in ways if through[-1] in ends for name in through}


def made_from(run: StageRun) -> dict[tuple[str, int], Makers]:
    """Find by derivatives from which layers' last states, or what else, each entry of h_0 (c_0) is made.

    Of states their layer, the letter and the index from 0; of all else the stage, its tensor, and 0.
    """
    within = frozenset(i for i, home in run.record.home.items() if home.ran is None)
    found = {}
    for letter, state in zip("hc", states_of(run.group.first), strict=False):
        cell = recurrent_type(run.group.first.module) is None
        for index in range((1 if cell else len(state)) if state.requires_grad else 0):
            weights = torch.zeros(state.shape, dtype=state.dtype)
            (weights if cell else weights[index]).fill_(1.0)
            start = RecordedTensor(letter, get_gradient_edge(state), state.shape, state.dtype, None)
            reached = run.record.reached([(start, weights)], within)
            found[letter, index] = frozenset(_makers(run, reached))
    return found


def _makers(
    run: StageRun, reached: Mapping[tuple[int, str], torch.Tensor | None]
) -> Iterator[tuple[str, str, int]]:
    for (index, name), grad in reached.items():
        home = run.record.home.get(index)
        if grad is None:
            continue
        if home is None or home.ran is None or name not in {*STATES, "h", "c"}:
            yield home.name if home else "input", name, 0
            continue
        rows = grad.flatten(1).ne(0).any(-1).nonzero().flatten().tolist() if name in STATES else [0]
        yield from ((home.name, name[0], int(row)) for row in rows)
