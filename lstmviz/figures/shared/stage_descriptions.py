"""What a stage does, in a few words, each a message that says what it is about."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from lstmviz.network.operators import for_readers
from lstmviz.network.stage_types import RESHAPES, TURNS
from lstmviz.network.structure import Recurrent, Stage
from lstmviz.spec.layer_types import CLASSES
from lstmviz.translation.messages import Message, joined, lettered, message, user_text

MessageFacts = dict[str, Any]

TITLES = {name: kind for name, kind in CLASSES.items() if name != "flatten"}
"""Modules by their names in torch; everything else is called as the spec calls it."""


def title_of(stage: Stage) -> str:
    """Return what a stage is called: its module's class, its function, or the word for an operator."""
    return for_readers(TITLES.get(stage.type, stage.type))


def about(stage: Stage, what: str, /, **given: Any) -> Message:
    """A message about a stage."""
    return message(f"stage.{what}", **given, stage=stage.name)


def told_of(stage: Stage, layer: Recurrent | None) -> tuple[Message, ...]:
    """What a stage does, in a few words."""
    given: MessageFacts = dict(stage.arguments)
    if layer is not None:
        return (*_recurrent(stage, layer, given), *_batch_as_time(stage, layer))
    needs, told = _TOLD.get(stage.type, ((), None))
    if told is not None and all(given.get(name) is not None for name in needs):
        return tuple(told(given, stage))
    if stage.type in RESHAPES | TURNS and all(isinstance(v, int | tuple) for v in given.values()):
        return _rearranged(given, stage)
    if {"input_size", "hidden_size"} <= given.keys():  # a cell, or a layer, whose states a loop changes
        return (about(stage, "widths", first=given["input_size"], last=stage.outputs[0].sizes[-1]),)
    said = [(name, str(value)) for name, value in stage.arguments[:3] if value is not None]
    return tuple(about(stage, "argument", name=name, value=value) for name, value in said)


def _recurrent(stage: Stage, layer: Recurrent, given: MessageFacts) -> Iterator[Message]:
    each = layer.tensor("output").sizes[-1] // layer.directions
    widths: MessageFacts = {"first": layer.input_size, "last": each}
    if layer.bidirectional:
        yield about(stage, "widths-both", **widths)
    elif "cell" in given:
        yield about(stage, "widths-cell", cell=layer.type.upper(), **widths)
    else:
        yield about(stage, "widths", **widths)
    more = [about(stage, "layers", n=layer.num_layers)] if layer.num_layers > 1 else []
    more += [about(stage, "ways")] if layer.bidirectional else []
    if more:
        yield joined(", ", *more)
    if layer.dropout and layer.num_layers > 1:
        yield about(stage, "dropout-between", p=layer.dropout)
    if layer.proj_size:
        yield about(stage, "proj", n=layer.proj_size)


def _batch_as_time(stage: Stage, layer: Recurrent) -> Iterator[Message]:
    """Say so if what the layer takes for time counts samples: batch_first was forgotten, mostly."""
    axes = stage.inputs[0].symbols
    if layer.batch_size is None or len(axes) != 3 or stage.inputs[0].name != "input":
        return
    time = axes[1 if layer.batch_first else 0]
    if "N" in time.split("·"):
        yield about(stage, "batch-as-time", axis=lettered(time))


def _rearranged(given: MessageFacts, stage: Stage) -> tuple[Message, ...]:
    if stage.type == "flatten" and given.get("end_dim") == -1 and given.get("start_dim", -1) >= 0:
        return (about(stage, "flat", first=given["start_dim"]),)
    values = [n for value in given.values() for n in (value if isinstance(value, tuple) else (value,))]
    return (about(stage, "values", values=", ".join(map(str, values))),) if values else ()


def window(size: Any) -> str:
    """A window's size: ``3×3``; of one axis, given as ``(3,)``, it is 3."""
    return "×".join(map(str, size)) if isinstance(size, tuple | list) else f"{size}×{size}"


def _spread(given: MessageFacts, stage: Stage) -> list[Message]:
    """Stride, padding and dilation, where they are not torch's own."""
    return [about(stage, k, size=window(v) if isinstance(v, tuple | list) else str(v))
            for k, v in given.items() if k in {"stride", "padding", "dilation"}]  # fmt: skip


def _conv(given: MessageFacts, stage: Stage) -> Iterator[Message]:
    yield about(stage, "channels", first=given["in_channels"], last=given["out_channels"])
    size = given["kernel_size"]
    said = ("kernel", str(size)) if stage.type == "conv1d" else ("kernels", window(size))
    yield joined(", ", about(stage, said[0], size=said[1]), *_spread(given, stage))


def _layer_norm(given: MessageFacts, stage: Stage) -> Iterator[Message]:
    shape = given["normalized_shape"]
    last = str(shape) if isinstance(shape, int) else " × ".join(map(str, shape))
    yield about(stage, "normed-last", sizes=last)


def _pool(given: MessageFacts, stage: Stage) -> Iterator[Message]:
    what, size = "largest" if stage.type.startswith("max") else "mean", given["kernel_size"]
    kept = {k: v for k, v in given.items() if k != "stride" or v != size}
    flat = stage.type.endswith("1d")
    said = about(stage, f"{what}-steps" if flat else what, size=str(size) if flat else window(size))
    yield joined(", ", said, *_spread(kept, stage))


def _one(name: str, **read: Callable[[MessageFacts], Any]) -> Callable[[MessageFacts, Stage], list[Message]]:
    """One message, with what it says of the arguments."""
    return lambda given, stage: [about(stage, name, **{key: of(given) for key, of in read.items()})]


def _packs(_: MessageFacts, stage: Stage) -> list[Message]:
    """What is packed: a padded batch (and its lengths), or sequences that have no padding."""
    several = len(stage.inputs) > 1 and len({len(one.sizes) for one in stage.inputs}) == 1
    return [about(stage, "packs-list" if several else "packs")]


def _at(name: str) -> Callable[[MessageFacts], Any]:
    return lambda given: given[name]


def _pooled(given: MessageFacts, stage: Stage) -> list[Message]:
    return [about(stage, {"mean": "mean-over", "max": "largest-over"}[given["mode"]])]


def _attends(given: MessageFacts, stage: Stage) -> list[Message]:
    return [about(stage, "heads", n=given["num_heads"]), about(stage, "attends")]


def _weighs(given: MessageFacts, stage: Stage) -> list[Message]:
    return [about(stage, "scores", score=user_text(given["score"])), about(stage, "weighs")]


_TOLD: dict[str, tuple[tuple[str, ...], Callable[[MessageFacts, Stage], Any]]] = {
    "linear": (
        ("in_features", "out_features"), _one("widths", first=_at("in_features"), last=_at("out_features"))),
    "embedding": (
        ("num_embeddings", "embedding_dim"),
        _one("tokens", first=_at("num_embeddings"), last=_at("embedding_dim"))),
    "dropout": (("p",), _one("drops", p=_at("p"))),
    "conv1d": (("in_channels", "out_channels", "kernel_size"), _conv),
    "conv2d": (("in_channels", "out_channels", "kernel_size"), _conv),
    **dict.fromkeys(("max_pool1d", "avg_pool1d", "max_pool2d", "avg_pool2d"), (("kernel_size",), _pool)),
    "adaptive_avg_pool1d": (("output_size",), _one("means-steps", size=lambda g: str(g["output_size"]))),
    "adaptive_avg_pool2d": (("output_size",), _one("means", size=lambda g: window(g["output_size"]))),
    "group_norm": (
        ("num_groups", "num_channels"), _one("groups", n=_at("num_channels"), groups=_at("num_groups"))),
    "batch_norm1d": (("num_features",), _one("normed", n=_at("num_features"))),
    "leaky_relu": (("negative_slope",), _one("below-times", slope=_at("negative_slope"))),
    "elu": (("alpha",), _one("below-towards", least=_at("alpha"))),
    "identity": ((), _one("as-is")),
    "log_softmax": (("dim",), _one("log-sums", dim=_at("dim"))),
    "first_step": ((), _one("first-step")),
    "pool_steps": (("mode",), _pooled),
    "last_state": ((), _one("last-layer")),
    "repeat": (("times",), _one("repeated", n=_at("times"))),
    "layer_norm": (("normalized_shape",), _layer_norm),
    "batch_norm2d": (("num_features",), _one("normed", n=_at("num_features"))),
    "relu": ((), _one("below-zero")),
    "tanh": ((), _one("into", low=lambda _: "−1", high=lambda _: "1")),
    "sigmoid": ((), _one("into", low=lambda _: "0", high=lambda _: "1")),
    "softmax": (("dim",), _one("sums", dim=_at("dim"))),
    "last_step": ((), _one("last-step", axis=lambda _: lettered("T"))),
    "self_attention": (("num_heads",), _attends),
    "attention": (("score",), _weighs),
    "pack": ((), _packs),
    "unpack": ((), _one("unpacks")),
}  # fmt: skip
"""What the types of stages do, in words; before it the arguments without which nothing is said."""
