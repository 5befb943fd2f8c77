"""The steps of torch's layers told as the rounds of a loop: one may be one direction of a layer of two."""

from __future__ import annotations

from collections.abc import Iterator

from lstmviz.network.rounds import Call, Loop, Made, Read, State
from lstmviz.network.structure import Recurrent, Trace


def layers_as_loops(trace: Trace) -> Iterator[Loop]:
    """Yield what runs through all steps once, in one layer and direction, from zeros or a state each."""
    for layer in trace.recurrent:
        single = layer.num_layers == layer.directions == 1 and layer.timesteps > 1
        if single and not (layer.cell or layer.lengths or layer.giver or layer.cuts):
            yield from _told(trace, layer)


def _told(trace: Trace, layer: Recurrent) -> Iterator[Loop]:
    stage, name, steps = trace.stage(layer.name), layer.name, layer.timesteps
    letters, count = layer.state_letters, len(layer.state_letters)
    source, *begun = stage.sources if stage else ("",)
    if stage is None or stage.times > 1 or len(begun) not in {0, count} or bool(begun) != layer.states_given:
        return
    axis = int(layer.batch_first and layer.batch_size is not None)
    ends = [f"{name}.{letter}_n" for letter in letters]
    takes = (*(("state", end, 1) for end in ends), ("step", source, 0))
    states = (
        State(letter, end, (name,), layer.tensor(f"{letter}_n").sizes[1:], tuple(begun[k : k + 1]),
              zeros=not begun)
        for k, (letter, end) in enumerate(zip(letters, ends, strict=True))
    )  # fmt: skip
    yield Loop(
        name, stage.where, steps, (name,), (Read(source, (name,), "step", axis, tuple(range(steps))),),
        tuple(states), ((f"{name}.output", "every"),), made=tuple(Made(end, takes) for end in ends),
        body=(Call(name, tuple((str(k), *take) for k, take in enumerate(takes))),), often=(steps, steps),
        layer=name,
    )  # fmt: skip
