"""What a line of code on a figure must do: hold, make a stage as it is, call one, or name an argument."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from itertools import pairwise
from typing import Any

import torch
from torch import nn
from torch.nn.utils.rnn import PackedSequence, pad_packed_sequence

from lstmviz.network.arguments import arguments_of
from lstmviz.network.operators import for_readers
from lstmviz.network.structure import Stage
from lstmviz.proof import operations, windows
from lstmviz.proof.expression import METHODS, FalseError, evaluated, same
from lstmviz.spec.layer_types import CLASSES, OWN

MOST = 2**24
"""More numbers than this are not given memory."""


class UnknownError(Exception):
    """The code could not be tried; why."""


def numbered(sizes: tuple[int, ...]) -> torch.Tensor:
    """Return a tensor whose numbers all differ; UnknownError if it is too large."""
    if (count := int(torch.Size(sizes).numel())) > MOST:
        raise UnknownError("the tensor is too large")
    return torch.arange(count).reshape(sizes)


def holds(source: str, space: Mapping[str, Any], facts: Mapping[str, Any]) -> None:
    """Hold both sides of an equation against each other, and what a call gives against the drawing."""
    written = source.split(" = ")
    sides = [evaluated(side, space) for side in written]
    if not all(_with_numbers(a, b, space) for a, b in pairwise(written)):
        raise FalseError("the numbers stand for others")
    if not all(same(sides[0], other) for other in sides[1:]):
        raise FalseError("its sides differ in a run")
    result = sides[0]
    if "splits" in facts:
        windows.walks_forward(result, space, facts["splits"])
    if "gives" in facts and tuple(result.shape) != tuple(facts["gives"]):
        raise FalseError(f"it has {tuple(result.shape)}, and {facts['gives']} is drawn")
    if "takes" in facts and not same(result, _table(space).select(*facts["takes"])):
        raise FalseError(f"it is not place {facts['takes'][1]} of axis {facts['takes'][0]}")
    if "flattens" in facts and not same(result, space["X"].movedim(facts["flattens"], 0).flatten(1)):
        raise FalseError("it is not each sample's steps side by side")
    if "packs" in facts and not _packs(result, space["X"].movedim(facts["packs"], 0), space["lengths"]):
        raise FalseError("it packs other steps than the lengths say")


def _with_numbers(names: str, numbers: str, space: Mapping[str, Any]) -> bool:
    """Whether a sum of numbers alone is the one before it, with what its names stand for."""
    if re.search(r"[^\d\s()+/*-]", numbers) or numbers.strip().isdigit():
        return True
    values = {name: str(value) for name, value in space.items() if isinstance(value, int)}
    return re.sub(r"[A-Za-z]\w*", lambda name: values.get(name[0], name[0]), names) == numbers


def _table(space: Mapping[str, Any]) -> torch.Tensor:
    """Return what a place is taken of: the cube, else the first tensor that the code names."""
    found: torch.Tensor = space["X"] if "X" in space else next(iter(space.values()))
    return found


def _packs(result: Any, samples: torch.Tensor, lengths: list[int]) -> bool:
    if not isinstance(result, PackedSequence) or len(result.batch_sizes) != max(lengths):
        return False
    back, _ = pad_packed_sequence(result, batch_first=True)
    return len(back) == len(samples) and all(same(back[i, :n], samples[i, :n]) for i, n in enumerate(lengths))


def argument(source: str, facts: Mapping[str, Any]) -> None:
    """Hand an argument to the class that it is said to be one of; `first` is where the batch axis stands."""
    kind, name = facts["argument"]
    made = evaluated(f"nn.{kind.upper()}(2, 2, {source})", {})
    if not source.startswith(f"{name}=") or made.batch_first != (facts["first"] == 0):
        raise FalseError("the batch axis stands elsewhere")


@lru_cache(64)
def _made(source: str) -> Any:
    """Return what a constructor makes, without memory for its numbers; several figures print the same."""
    return evaluated(source, {})


def makes(source: str, stage: Stage, cell: str, tied: set[tuple[int, ...]]) -> None:
    """Build the module, and hold its class, arguments and parameters against the stage's, or its cell's.

    `tied` are the shapes of other stages' parameters: it may have one of them as its own.
    """
    if re.fullmatch(r"\w+", source) and source == stage.type and not hasattr(nn, source):
        return  # the name alone says which class ran
    made = _made(source)
    name = made.__name__ if isinstance(made, type) else type(made).__name__
    kind = str(dict(stage.arguments).get("cell", stage.type))
    if name.lower() != (cell or CLASSES.get(kind, kind).replace("_", "")).lower():
        raise FalseError(f"{stage.name} is no {name}")
    if isinstance(made, type):
        return
    if cell:
        sizes_of = [tuple(p.shape) for p in made.parameters()]
        if [p.sizes for p in stage.parameters] not in (
            sizes_of,
            [one for one in sizes_of if one not in tied],
        ):
            raise FalseError(f"{stage.name} has other parameters")
        return
    given = {key: repr(value) for key, value in stage.arguments if key != "cell"}
    if stage.function:  # what the call left out has the default of the class
        given |= {key: repr(value) for key, value in arguments_of(kind, type(made)(**dict(stage.arguments)))}
    plain = kind.removesuffix("Cell")
    row = plain.lower() if plain in {"LSTM", "GRU", "RNN"} else kind
    built = {key: repr(value) for key, value in arguments_of(row, made)}
    if given != built:
        raise FalseError(f"{stage.name} has other arguments: {', '.join(sorted(set(given) | set(built)))}")
    sizes = {key: tuple(p.shape) for key, p in made.named_parameters()}
    real = {p.name: p.sizes for p in stage.parameters}
    if sizes and not real and not tied & set(sizes.values()):
        raise UnknownError(f"{stage.name} keeps its weights in a form of its own")
    shared = {key for key in sizes.keys() - real.keys() if sizes[key] in tied}
    if {key: size for key, size in sizes.items() if key not in shared} != real:
        raise FalseError(f"{stage.name} has other parameters")


def calls(source: str, stage: Stage) -> None:
    """Call a method of what the stage reads: it must give the stage's shape; a name is its own."""
    if stage.type in OWN or (source.isidentifier() and stage.type != "getitem"):
        made = [str(value) for _, value in stage.arguments] if stage.type in OWN else []
        if source != ": ".join([for_readers(stage.type), *made]):
            raise FalseError(f"{stage.name} is another layer")
        return
    index = str(dict(stage.arguments).get("index"))
    if source == "[…]" and stage.type == "getitem" and ("…" in index or "tensor" in index):
        return  # which part it is, is not said
    if not operations.asks(source, stage):
        raise FalseError(f"{stage.name} was called otherwise: {stage.arguments}")
    named = re.match(r"[a-z]\w*", source)
    if named and named[0] not in METHODS:
        _operates(source, stage)
        return
    value = numbered(stage.inputs[0].sizes).double()  # a mean is of no whole numbers
    result = evaluated(f"x.{source}" if named else f"x{source}", {"x": value})
    if tuple(result.shape) != stage.outputs[0].sizes:
        raise FalseError(f"it gives {tuple(result.shape)}, and {stage.name} {stage.outputs[0].sizes}")


def _operates(source: str, stage: Stage) -> None:
    """Call a function of torch on what the stage reads."""
    try:
        shape = operations.gives(source, stage)
    except operations.UntriedError as error:
        raise UnknownError(str(error)) from error
    if shape != stage.outputs[0].sizes:
        raise FalseError(f"it gives {shape}, and {stage.name} {stage.outputs[0].sizes}")
