"""What a layer needs of what reaches it, said before torch would take it for something else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lstmviz.errors import ModelError

if TYPE_CHECKING:
    from lstmviz.network.flow import Flow
    from lstmviz.network.plan import PlanLayer


def need_time(layer: PlanLayer, flow: Flow) -> None:
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


def need_rows(layer: PlanLayer, flow: Flow) -> None:
    """Refuse what is no vector for each sample."""
    axes, found = (2 if flow.batched else 1), tuple(flow.data.shape)
    if len(found) != axes or not flow.data.is_floating_point():
        raise ModelError(
            f"{layer.type} reads one vector a sample, but what reaches it is {found}",
            place=layer.place,
            hint="put last_state, last_step or pool_steps before it" if len(found) == axes + 1 else None,
        )


def need_valid_steps(layer: PlanLayer, flow: Flow) -> None:
    """Refuse a padded batch whose steps are not those that its lengths are about."""
    assert flow.lengths is not None
    steps = flow.data.shape[flow.time_axis]
    if steps != flow.timesteps or flow.data.shape[flow.batch_axis] != len(flow.lengths):
        raise ModelError(
            f"input.lengths are about {flow.timesteps} steps, but {steps} reach {layer.type}",
            place=layer.place,
            hint="leave out lengths, or keep the number of steps (padding of the convolution)",
        )
