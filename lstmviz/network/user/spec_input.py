"""The input section of a spec, read off the axes of what a user's model was given."""

from __future__ import annotations

from typing import Any

from lstmviz.network.frames import FRAMES, IMAGES
from lstmviz.network.structure import Recurrent, Stage, Tensor, Trace, split_name
from lstmviz.network.user.arranging import IMAGE


class BeyondSpecError(Exception):
    """A spec cannot say this model; `reasons` name the stages, and why."""

    def __init__(self, *reasons: str) -> None:
        self.reasons = reasons
        super().__init__("; ".join(reasons))


def input_of(trace: Trace) -> dict[str, Any]:
    """Return the input section; raises BeyondSpecError if a spec has no such input."""
    layers = trace.recurrent
    own = [layer for layer in layers if not layer.states_from]
    first = own[0] if own else None
    if any(layer.batch_first != own[0].batch_first for layer in layers if layer.batch_size is not None):
        raise BeyondSpecError("some recurrent layers are batch_first, and some are not")
    if len({layer.states_given for layer in own}) > 1:
        raise BeyondSpecError("some recurrent layers are given their first states, and some are not")
    if any(layer.lengths for layer in own) and all(stage.type != "pack" for stage in trace.stages):
        raise BeyondSpecError(f"{own[0].name} is given a packed sequence, and a spec packs its own")
    if len({layer.lengths for layer in own}) > 1:
        raise BeyondSpecError("some recurrent layers read packed sequences, and some do not")
    return {
        **_form(trace.input, trace.stages, first),
        "lengths": first.lengths if first else None,
        "states_given": bool(first and first.states_given),
    }


def _form(given: Tensor, stages: tuple[Stage, ...], first: Recurrent | None) -> dict[str, Any]:
    """Read the axes of the model's input, by what reads it."""
    sizes = given.sizes
    types = [stage.type for stage in stages]
    arguments = dict(stages[0].arguments)
    batch_first = first.batch_first if first is not None else True
    images = [t for t in types if t in IMAGE]
    if images and (first is None or len(sizes) in {IMAGES, FRAMES}):
        leading = ["timesteps", "batch_size"] if batch_first else ["batch_size", "timesteps"]
        names = ["width", "height", "channels", *(leading if len(sizes) == FRAMES else ["batch_size"])]
        frames = first is not None or len(sizes) == FRAMES
        return {"form": "image", "batch_first": batch_first and frames,
                **dict(zip(names, reversed(sizes), strict=False))}  # fmt: skip
    tokens = types[:1] == ["embedding"]
    axes = ["batch_size", "timesteps"] if batch_first else ["timesteps", "batch_size"]
    lead = sizes if tokens else sizes[:-1]
    if first is not None and first.batch_size is None:
        axes = ["timesteps"]
    elif first is None and len(lead) == 1:
        axes = ["batch_size"]
    if len(lead) > len(axes):
        raise BeyondSpecError(
            f"its input has {len(sizes)} axes; a spec's has N, T and F, or N, (T,) C, height and width"
        )
    found: dict[str, Any] = {
        "form": "tokens" if tokens else "sequence",
        "batch_first": batch_first and (first is not None or len(axes) == 2),
    }
    found |= dict(zip(axes, lead, strict=False))
    return found | ({"vocabulary": arguments.get("num_embeddings")} if tokens else {"features": sizes[-1]})


def why_unread(trace: Trace, stage: Stage) -> str:
    """Say why no layer of a spec reads what a stage does: states, those of a loop, or several tensors."""
    states = [trace.layers.get(name) for name, output in map(split_name, stage.sources) if output != "output"]
    loops = {loop.where: one.cell for one in states if one and (loop := trace.loop(one.name))}
    if loops:
        ends = " and ".join(f"the loop of {cell} at {where}" for where, cell in loops.items())
        return f", where {ends} ends; in a spec only last_state reads states, and h alone"
    several = "only add and concat read two layers, the one before first"
    alone = "each layer reads the one before, or `from` names another"
    only = "only last_state reads states, h_n[-1] or the ends of both directions side by side"
    return f"; in a spec {only if any(states) else several if len(stage.sources) > 1 else alone}"
