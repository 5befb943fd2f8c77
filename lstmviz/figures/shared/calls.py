"""A stage as code makes it: its class, its arguments, its call."""

from __future__ import annotations

import re

from lstmviz.network.operators import for_readers
from lstmviz.network.structure import Stage
from lstmviz.scene.code import Code, coded
from lstmviz.spec.layer_types import CLASSES, LAYER_TYPES, OWN

PLACE = re.compile(r"arg\d+")
"""What an argument is called that torch has no name for: it is written by place."""


def class_of(stage: Stage) -> str:
    """The stage's class as code writes it; a function that takes weights has no class, but its own name."""
    if stage.function and stage.parameters:
        return stage.type
    return for_readers(CLASSES.get(stage.type.lower(), stage.type))


def arguments(stage: Stage) -> tuple[list[str], list[str]]:
    """The arguments written by place, and those written with their names."""
    kind, said = stage.type.lower(), list(stage.arguments)
    if "stride" in (LAYER_TYPES[kind].always if kind in LAYER_TYPES else ()):
        size = dict(said).get("kernel_size")
        said = [(k, v) for k, v in said if k != "stride" or v not in (None, size)]
    row = LAYER_TYPES.get(kind)
    unsaid = row.unsaid if row else {}
    if all(k in unsaid and unsaid[k] in (None, v) for k, v in said):
        return [], []
    count = row.by_place if row else sum(bool(PLACE.fullmatch(name)) for name, _ in said)
    if kind in {"view", "reshape", "permute"}:  # or a view of the same bytes as other numbers
        return [str(v) for name, values in said for v in ([values] if name == "dtype" else values)], []
    return [repr(v) for _, v in said[:count]], [f"{k}={v!r}" for k, v in said[count:]]


def call(stage: Stage) -> str:
    """The stage as code makes it, ``Conv2d(3, 32, 3)``; what torch has no class for as a spec writes it."""
    if stage.type in OWN:
        return ": ".join([stage.type, *(str(value) for _, value in stage.arguments)])
    if stage.function and (stage.parameters or "dtype" in dict(stage.arguments)):
        return stage.type
    if stage.type == "setitem":
        return for_readers(stage.type)  # it is no expression
    if stage.type == "getitem":
        index = str(dict(stage.arguments)["index"])
        return "[…]" if "tensor" in index else index  # another one in every round, or not in the code
    if any(value == "…" for _, value in stage.arguments):
        return class_of(stage)  # another number in every round: no code says it
    given = [text for part in arguments(stage) for text in part]
    return f"{class_of(stage)}({', '.join(given)})" if given else class_of(stage)


def made(stage: Stage) -> Code:
    """The call as code: it builds the stage's module, or is a method of what the stage reads.

    A class without arguments is named alone.
    """
    source = call(stage)
    attribute = stage.function and class_of(stage) == stage.type  # W.T, x.mT
    if class_of(stage)[:1].isupper() and not attribute:
        return coded(source, makes=stage.name)
    return coded(source, calls=stage.name)
