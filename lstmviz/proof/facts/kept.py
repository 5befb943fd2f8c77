"""How other frameworks keep the same weights: which matrices, of which shapes."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod

from lstmviz.network.structure import Recurrent, Stage, Trace

Sizes = tuple[int, ...]
AXES = {"linear": (1, 0), "embedding": (0, 1), "layer_norm": (0,), "batch_norm": (0,), "conv1d": (2, 1, 0),
        "conv2d": (2, 3, 1, 0)}  # fmt: skip
"""Where the axes of Keras's weights are in torch's: the inputs of a kernel come before its outputs."""
CALLED = {"embedding": ("embeddings", ""), "layer_norm": ("gamma", "beta"), "batch_norm": ("gamma", "beta")}
"""What Keras calls torch's `weight` and `bias`, where that is not kernel and bias."""


def kept_sizes(trace: Trace, order: str) -> dict[str, dict[str, Sizes]]:
    """Return a framework's matrices of each stage, by their names; no stage that it keeps otherwise."""
    layers = trace.layers
    found = {}
    for stage in trace.stages:
        if order == "onnx" and stage.name not in layers:
            own = dict(dict(trace.original.kept if trace.original else ()).get(stage.name, ()))
        else:
            own = dict(_recurrent(layers[stage.name], order) if stage.name in layers else _other(stage))
        if own and (trace.original is None or trace.original.keeps(stage.name)):
            found[stage.name] = own
    return found


def kept_otherwise(trace: Trace, order: str) -> set[str]:
    """Return the stages with weights that are no matrices of the framework's."""
    return {stage.name for stage in trace.stages if stage.parameters} - kept_sizes(trace, order).keys()


def _recurrent(layer: Recurrent, order: str) -> Iterator[tuple[str, Sizes]]:
    for one in layer.parameters:
        what, end = one.name.split("_l", 1) if "_l" in one.name else (one.name, "0")
        if what == "bias_hh" and (order == "onnx" or layer.type != "gru"):
            continue  # it is in the first
        reads, sizes = what.rpartition("_")[2], one.sizes
        if order == "keras":
            both = f"[{int(reads == 'hh')}]" if layer.type == "gru" else ""
            name = f"bias{both}" if what[0] == "b" else {"ih": "kernel", "hh": "recurrent_kernel"}[reads]
            yield f"l{end}.{name}", sizes[::-1]
        elif what[0] == "b":
            yield f"l{end}.B", (2 * sizes[0],)
        else:
            yield f"l{end}.{'W' if reads == 'ih' else 'R'}", sizes


def _other(stage: Stage) -> Iterator[tuple[str, Sizes]]:
    axes = AXES.get(stage.type, ())
    for one in stage.parameters if axes else ():
        first, second = CALLED.get(stage.type, ("kernel", "bias"))
        whole = one.name == "weight"
        yield (first if whole else second), tuple(one.sizes[i] for i in axes) if whole else one.sizes


def drawn_sides(trace: Trace, order: str) -> dict[str, tuple[int, int]]:
    """Return rows and columns of matrices under the ids of their frames, but for recurrent layers."""
    layers, found = {layer.name for layer in trace.recurrent}, {}
    for stage, own in kept_sizes(trace, order).items():
        lying = order == "keras" or (trace.original is not None and stage in trace.original.turned)
        for name, sizes in own.items() if stage not in layers else ():
            found[f"{stage}.{name}"] = (prod(sizes[:-1]), sizes[-1]) if lying else (sizes[0], prod(sizes[1:]))
    return found
