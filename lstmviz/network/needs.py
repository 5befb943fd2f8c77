"""What a layer needs of what reaches it, said before torch would take it for something else."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from lstmviz.errors import ModelError
from lstmviz.network.flow import RunningValue
from lstmviz.network.plan import PlanLayer


def need_time(layer: PlanLayer, flow: RunningValue) -> None:
    """Refuse a value without a time axis, before torch takes it for unbatched."""
    axes = 3 if flow.batched else 2
    found = tuple(flow.data.shape)
    if len(found) == axes and flow.data.is_floating_point():
        return
    expected = "(N, T, F) in some order" if flow.batched else "(T, F)"
    hint = None
    if not flow.data.is_floating_point():
        hint = "put an embedding before it"
    elif flow.timesteps is None:
        hint = "give input.timesteps"
    raise ModelError(
        f"{layer.type} reads {expected}, but what reaches it is {found}", place=layer.place, hint=hint
    )


def need_rows(layer: PlanLayer, flow: RunningValue) -> None:
    """Refuse what is no vector for each sample."""
    axes, found = (2 if flow.batched else 1), tuple(flow.data.shape)
    if len(found) != axes or not flow.data.is_floating_point():
        raise ModelError(
            f"{layer.type} reads one vector a sample, but what reaches it is {found}",
            place=layer.place,
            hint="put last_state, last_step or pool_steps before it" if len(found) == axes + 1 else None,
        )


def need_valid_steps(layer: PlanLayer, flow: RunningValue) -> None:
    """Refuse a padded batch whose steps are not those that its lengths are about."""
    assert flow.lengths is not None
    steps = flow.data.shape[flow.time_axis]
    if steps != flow.timesteps or flow.data.shape[flow.batch_axis] != len(flow.lengths):
        raise ModelError(
            f"input.lengths are about {flow.timesteps} steps, but {steps} reach {layer.type}",
            place=layer.place,
            hint="leave out lengths, or keep the number of steps (padding of the convolution)",
        )


def need_first_step(layer: PlanLayer, flow: RunningValue, features: int) -> None:
    """Refuse to begin with the input's last step where a step of it has other features than are read."""
    wide = None if flow.read is None else flow.read.shape[-1]
    if wide == features:
        return
    fitting = f"an answer of {wide}" if layer.answers_itself else f"features: {wide}"
    raise ModelError(
        f"the decoder reads {features} features, but each step that {flow.source} reads has {wide}",
        place=f"{layer.place}.decoder.start",
        hint=f"{fitting}, or start: zeros",
    )


def need_answer(decoder: PlanLayer, after: Sequence[PlanLayer], flow: RunningValue) -> int:
    """Return how many features the answer of a decoder has; refuse if it was to read others."""
    found, asked = int(flow.data.shape[-1]), decoder.options["features"]
    if asked not in {None, found}:
        giver = after[-1].name if after else decoder.name
        raise ModelError(
            f"the decoder reads its own answer: {giver} gives {found} features, not {asked}",
            place=f"{decoder.place}.decoder.features",
            hint="leave it out: it follows",
        )
    return found


def need_steps_apart(
    decoder: PlanLayer, after: Sequence[PlanLayer], free: torch.Tensor, whole: torch.Tensor
) -> None:
    """Refuse answers that a step by itself would not give: then no step could read that of the one before."""
    if free.shape == whole.shape and torch.allclose(free, whole, rtol=1e-3, atol=1e-4):
        return
    giver = after[-1].name if after else decoder.name
    raise ModelError(
        f"{giver} gives a step by itself something else than among all steps: it is no answer to read",
        place=decoder.place,
        hint="reads: shifted, or do the same to every step before it",
    )
