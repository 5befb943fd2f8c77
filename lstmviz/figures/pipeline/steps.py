"""The stages of a model as they are drawn: what each is called, does, reads and gives."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import prod
from typing import TYPE_CHECKING, Any

from lstmviz.figures.pipeline.axes import REGROUP, REORDER, wiring_of
from lstmviz.spec.layer_types import CLASSES
from lstmviz.translation.letters import spell

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from lstmviz.figures.pipeline.axes import Wiring
    from lstmviz.network.structure import Recurrent, Stage, Tensor, Trace
    from lstmviz.scene.items import Role

TITLES = {name: kind for name, kind in CLASSES.items() if name != "flatten"}
"""Modules by their names in torch; everything else is called as the spec calls it."""
KEEPS = frozenset({"dropout", "unpack", "pack", "last_step", *REGROUP, *REORDER})
"""Stages that give the very numbers that they read (or some of them)."""


@dataclass(frozen=True, slots=True)
class Step:
    """One stage as it is drawn, with the tensor after it."""

    name: str
    type: str
    title: str
    told: tuple[str, ...]
    output: Tensor
    role: Role
    after: Role
    """The role of the tensor after it."""
    framed: bool = False
    """Whether that tensor is a recurrent layer's `output`, or the same numbers in another shape."""
    wiring: Wiring | None = None
    beside: tuple[Tensor, ...] = ()
    """What it reads beside the main line: `target`, or given states."""
    handed: tuple[Tensor, ...] = ()
    """What it hands on instead of its output: the states that a decoder starts from."""
    source: str = ""
    """The stage that a decoder's states come from, where it is not the one before."""
    unused: str = ""
    """States that it gives and that nothing reads."""
    parameters: int = 0
    called: str | None = None
    """The name that its box gives, where that is not for the box to find."""

    @property
    def id(self) -> str:
        """The id of its node."""
        return f"stage.{self.name}"

    @property
    def tensor_id(self) -> str:
        """The id of the tensor after it."""
        return f"tensor.{self.name}"


def steps_of(trace: Trace, depth: int = 1) -> list[Step]:
    """All stages in order; from depth 2 on, the layers of a recurrent stage one by one."""
    layers = {layer.name: layer for layer in trace.recurrent}
    found: list[Step] = []
    after: Role = "input"
    framed = False
    for index, stage in enumerate(trace.stages):
        layer = layers.get(stage.name)
        later = trace.stages[index + 1 :]
        last = not later
        if layer is not None:
            after, framed = "hidden", True
        elif stage.type == "last_step":
            framed = False
        elif stage.type not in KEEPS:
            framed = False
            after = "input" if stage.type == "embedding" else "output" if _settles(later) else "hidden"
        if last and after == "hidden" and not framed and stage.type not in KEEPS:
            after = "output"
        step = Step(
            stage.name, stage.type, TITLES.get(stage.type, stage.type), told_of(stage, layer),
            stage.outputs[0], _role(stage), after, framed, wiring_of(stage),
            parameters=sum(prod(p.sizes) for p in stage.parameters),
        )  # fmt: skip
        step = _with_states(step, stage, layer, later, found)
        if any(f"{stage.name}.{tensor.name}" in trace.results for tensor in stage.outputs[1:]):
            step = replace(step, unused="")  # the model itself returns it
        if stage.type == "last_step" and any(s.type == "unpack" for s in trace.stages[:index]):
            step = replace(step, told=("each sample's last real step",))
        found += _unfolded(step, stage, layer) if layer is not None and depth > 1 else [step]
    return found


def _settles(later: tuple[Stage, ...]) -> bool:
    """Whether nothing with weights of its own follows: what is there are the predictions."""
    return not any(stage.parameters for stage in later)


def _role(stage: Stage) -> Role:
    return "param" if stage.parameters or stage.type in {"lstm", "gru", "rnn", "decoder"} else "op"


def _with_states(
    step: Step, stage: Stage, layer: Recurrent | None, later: tuple[Stage, ...], before: list[Step]
) -> Step:
    """The states that a recurrent stage reads, hands on, or gives in vain."""
    if layer is None:
        return step
    beside = stage.inputs[1:]
    if stage.type == "decoder":
        states = stage.inputs[1:]
        direct = bool(before) and before[-1].name == layer.states_from
        beside = (stage.inputs[0], *(() if direct else states))
        step = replace(step, source="" if direct else layer.states_from)
    finals = stage.outputs[1:]
    if later and later[0].type == "decoder":
        return replace(step, beside=beside, handed=finals)
    names = ", ".join(t.name for t in finals)
    read = any(s.type == "decoder" for s in later)
    return replace(step, beside=beside, unused=names if later and not read else "")


def _unfolded(step: Step, stage: Stage, layer: Recurrent) -> list[Step]:
    """A recurrent stage layer by layer; of many, those between the first and the last together."""
    count = layer.num_layers
    if count == 1:
        return [step]
    spans = [(k, k) for k in range(count)] if count <= 4 else [(0, 0), (1, count - 2), (count - 1, count - 1)]
    found = []
    for first, last in spans:
        own = [p for p in stage.parameters if _layer_of(p.name) in range(first, last + 1)]
        name = f"l{first}" if first == last else f"l{first}-l{last}"
        which = f"layer {first}" if first == last else f"layers {first} to {last}"
        reads = layer.input_size if first == 0 else stage.outputs[0].sizes[-1]
        told = [f"{reads} → {stage.outputs[0].sizes[-1]}"]
        told += [f"then dropout {layer.dropout:g}"] if layer.dropout and last < count - 1 else []
        part = replace(step, name=f"{step.name}.{name}", title=f"{step.title} {which}", told=tuple(told),
                       parameters=sum(prod(p.sizes) for p in own))  # fmt: skip
        if last < count - 1:
            part = replace(part, framed=False, handed=(), unused="")
        if first > 0:
            part = replace(part, beside=())
        found.append(part)
    return found


def _layer_of(name: str) -> int:
    """The layer that a parameter belongs to: 1 for ``weight_ih_l1_reverse``."""
    return int(name.partition("_l")[2].partition("_")[0])


def told_of(stage: Stage, layer: Recurrent | None) -> tuple[str, ...]:
    """What a stage does, in a few words."""
    given: dict[str, Any] = dict(stage.arguments)
    if layer is not None:
        return (*_recurrent(layer, given), *_batch_as_time(stage, layer))
    needs, told = _TOLD.get(stage.type, ((), None))
    if told is not None and all(given.get(name) is not None for name in needs):
        return told(given, stage)
    if stage.type in REGROUP | REORDER and all(isinstance(v, int | tuple) for v in given.values()):
        return _rearranged(given)
    if {"input_size", "hidden_size"} <= given.keys():  # a cell that no layer is made of
        return (f"{given['input_size']} → {given['hidden_size']}",)
    return tuple(f"{name} = {value}" for name, value in stage.arguments[:3] if value is not None)


def _recurrent(layer: Recurrent, given: dict[str, Any]) -> tuple[str, ...]:
    cell = f"{layer.type.upper()}, " if "cell" in given else ""
    lines = [f"{cell}{layer.input_size} → {layer.tensor('output').sizes[-1]}"]
    more = [f"{layer.num_layers} layers"] if layer.num_layers > 1 else []
    more += ["2 directions"] if layer.bidirectional else []
    lines += [", ".join(more)] if more else []
    lines += [f"dropout {layer.dropout:g} between"] if layer.dropout and layer.num_layers > 1 else []
    return (*lines, f"proj_size {layer.proj_size}") if layer.proj_size else tuple(lines)


def _batch_as_time(stage: Stage, layer: Recurrent) -> Iterator[str]:
    """Say so if what the layer takes for time counts samples: batch_first was forgotten, mostly."""
    axes = stage.inputs[0].symbols
    if layer.batch_size is None or len(axes) != 3 or stage.inputs[0].name != "input":
        return
    time = axes[1 if layer.batch_first else 0]
    if "N" in time.split("·"):
        yield f"takes {spell(time)} as time"


def _rearranged(given: dict[str, Any]) -> tuple[str, ...]:
    values = [n for value in given.values() for n in (value if isinstance(value, tuple) else (value,))]
    return (f"({', '.join(map(str, values))})",) if values else ()


def _window(size: Any) -> str:
    return f"{size[0]}×{size[1]}" if isinstance(size, tuple | list) else f"{size}×{size}"


def _spread(given: dict[str, Any]) -> list[str]:
    """Stride, padding and dilation, where they are not torch's own."""
    return [f"{k} {_window(v) if isinstance(v, tuple | list) else v}" for k, v in given.items()
            if k in {"stride", "padding", "dilation"}]  # fmt: skip


def _conv(given: dict[str, Any], stage: Stage) -> tuple[str, ...]:
    size = given["kernel_size"]
    kernel = f"kernel {size}" if stage.type == "conv1d" else f"{_window(size)} kernels"
    return (
        f"{given['in_channels']} → {given['out_channels']} channels",
        ", ".join([kernel, *_spread(given)]),
    )


def _layer_norm(given: dict[str, Any], _: Stage) -> tuple[str, ...]:
    shape = given["normalized_shape"]
    last = shape if isinstance(shape, int) else " × ".join(map(str, shape))
    return (f"over the last {last}",)


def _pool(given: dict[str, Any], stage: Stage) -> tuple[str, ...]:
    what = "largest" if stage.type.startswith("max") else "mean"
    kept = {k: v for k, v in given.items() if k != "stride" or v != given["kernel_size"]}
    size = f"{given['kernel_size']} steps" if stage.type.endswith("1d") else _window(given["kernel_size"])
    return (", ".join([f"{what} of {size}", *_spread(kept)]),)


_TOLD: dict[str, tuple[tuple[str, ...], Callable[[dict[str, Any], Stage], tuple[str, ...]]]] = {
    "linear": (
        ("in_features", "out_features"), lambda g, _: (f"{g['in_features']} → {g['out_features']}",)),
    "embedding": (
        ("num_embeddings", "embedding_dim"),
        lambda g, _: (f"{g['num_embeddings']} tokens → {g['embedding_dim']}",)),
    "dropout": (("p",), lambda g, _: (f"p = {g['p']:g}, while training",)),
    "conv1d": (("in_channels", "out_channels", "kernel_size"), _conv),
    "conv2d": (("in_channels", "out_channels", "kernel_size"), _conv),
    **dict.fromkeys(("max_pool1d", "avg_pool1d", "max_pool2d", "avg_pool2d"), (("kernel_size",), _pool)),
    "adaptive_avg_pool1d": (("output_size",), lambda g, _: (f"means, {g['output_size']} steps",)),
    "adaptive_avg_pool2d": (("output_size",), lambda g, _: (f"means, {_window(g['output_size'])} of them",)),
    "group_norm": (
        ("num_groups", "num_channels"),
        lambda g, _: (f"{g['num_channels']} channels in {g['num_groups']} groups",)),
    "batch_norm1d": (("num_features",), lambda g, _: (f"{g['num_features']} channels",)),
    "leaky_relu": (("negative_slope",), lambda g, _: (f"below 0 → × {g['negative_slope']:g}",)),
    "elu": (("alpha",), lambda g, _: (f"below 0 → towards −{g['alpha']:g}",)),
    "identity": ((), lambda *_: ("as it is",)),
    "log_softmax": (("dim",), lambda g, _: (f"log of what sums to 1 over dim {g['dim']}",)),
    "first_step": ((), lambda *_: ("t = 1 alone",)),
    "pool_steps": (
        ("mode",), lambda g, _: ({"mean": "mean", "max": "largest"}[g["mode"]] + " over the steps",)),
    "self_attention": (
        ("num_heads",),
        lambda g, _: (f"{g['num_heads']} head{'s' * (g['num_heads'] > 1)}", "steps read each other")),
    "last_state": ((), lambda *_: ("of the last layer",)),
    "repeat": (("times",), lambda g, _: (f"{g['times']} times along time",)),
    "layer_norm": (("normalized_shape",), _layer_norm),
    "batch_norm2d": (("num_features",), lambda g, _: (f"{g['num_features']} channels",)),
    "relu": ((), lambda *_: ("below 0 → 0",)),
    "tanh": ((), lambda *_: ("into −1 … 1",)),
    "sigmoid": ((), lambda *_: ("into 0 … 1",)),
    "softmax": (("dim",), lambda g, _: (f"sums to 1 over dim {g['dim']}",)),
    "last_step": ((), lambda *_: (f"t = {spell('T')} alone",)),
    "pack": ((), lambda *_: ("leaves out the padding",)),
    "unpack": ((), lambda *_: ("puts the padding back",)),
}  # fmt: skip
"""What the types of stages do, in words; before it the arguments without which nothing is said."""
