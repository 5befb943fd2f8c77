"""What is learned, layer by layer: which matrices, which blocks in them, how many numbers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from math import prod
from typing import Any, Literal

from lstmviz.figures.base import Options, respell
from lstmviz.network.structure import Recurrent, Stage, Tensor, Trace
from lstmviz.scene.formula import Formula, Term

Order = Literal["torch", "keras", "onnx"]
GATES: dict[Order, dict[str, str]] = {
    "torch": {"lstm": "ifgo", "gru": "rzn", "rnn": " "},
    "keras": {"lstm": "ifgo", "gru": "zrn", "rnn": " "},
    "onnx": {"lstm": "iofg", "gru": "zrn", "rnn": " "},
}
"""The order of the blocks in each framework, in torch's letters; an RNN has one, without a letter."""


@dataclass(frozen=True, slots=True)
class Block:
    """The part of a matrix that belongs to one gate: ``W_ii``, or all of it where there are no gates."""

    letter: str
    read: str
    gate: str

    @property
    def key(self) -> str:
        """Return what its id ends with."""
        return f"{self.letter}_{self.sub}"

    @property
    def sub(self) -> str:
        """Return the subscript: what it reads and for which gate, ``ii``."""
        return f"{self.read}{self.gate}".strip() if self.gate.strip() else f"{self.read}h"


@dataclass(frozen=True, slots=True)
class Matrix:
    """A parameter as it is drawn: numbers down and across, and its blocks along one of the two."""

    key: str
    rows: int
    columns: int
    tensor: Tensor | None = None
    blocks: tuple[Block, ...] = ()
    across: bool = False
    shape: tuple[int, ...] = ()
    """The sizes as another framework has them, where it keeps them so."""
    symbol: tuple[str, str] = ("", "")
    """The letter over it and its subscript; none where the name alone says it."""


@dataclass(frozen=True, slots=True)
class WeightedStage:
    """One layer of a recurrent module in both its directions, or one other stage with weights.

    `count` layers have the same shapes; `sets` are the matrices, direction by direction.
    """

    stage: str
    sets: tuple[tuple[Matrix, ...], ...]
    formula: Formula
    layer: Recurrent | None = None
    depth: int = 0
    count: int = 1
    called: Stage | None = None

    @property
    def total(self) -> int:
        """Return how many numbers all of it has, every layer that it stands for."""
        return self.formula.value * self.count


def parts_of(trace: Trace, options: Options, order: Order, *, each: bool = False) -> list[WeightedStage]:
    """Return every part of the model that learns, in the order in which it runs.

    Layers of one shape are one part, unless `each` is to be drawn.
    """
    layers = {layer.name: layer for layer in trace.recurrent}
    found: list[WeightedStage] = []
    for stage in trace.stages:
        if not stage.parameters:
            continue
        layer = layers.get(stage.name)
        if layer is not None:
            layered = _layers(layer, options, order)
            found += layered if each else _alike(layered)
        else:
            found.append(_elsewhere(trace, stage, options, order) or _other(stage, options))
    return found


def gates_of(part: WeightedStage) -> str:
    """The gates of a part, in the order of their rows; none where there are no rows of any."""
    return "".join(block.gate for block in part.sets[0][0].blocks).strip()


def foreign(part: WeightedStage) -> bool:
    """Whether another framework's matrices are drawn of a part, and not torch's."""
    return part.sets[0][0].tensor is None


KERAS: dict[str, tuple[str, str, tuple[int, ...]]] = {
    "linear": ("kernel", "bias", (1, 0)), "embedding": ("embeddings", "", (0, 1)),
    "layer_norm": ("gamma", "beta", (0,)), "batch_norm": ("gamma", "beta", (0,)),
    "conv1d": ("kernel", "bias", (2, 1, 0)), "conv2d": ("kernel", "bias", (2, 3, 1, 0)),
}  # fmt: skip
"""What Keras calls `weight` and `bias` of a stage, and which of torch's axes those of the first are."""


def _elsewhere(trace: Trace, stage: Stage, options: Options, order: Order) -> WeightedStage | None:
    """Return a stage without steps as another framework keeps it; None where that is torch's own way."""
    own = trace.original
    if order == "keras" and (own is None or own.keeps(stage.name)):
        return _in_keras(stage, options)
    kept = dict(own.kept).get(stage.name) if order == "onnx" and own else None
    if own is None or kept is None:
        return None
    matrices, terms = [], []
    lying = stage.name in own.turned
    for tensor, (name, sizes) in zip(stage.parameters, kept, strict=True):
        rows, columns = (prod(sizes[:-1]), sizes[-1]) if lying else (sizes[0], prod(sizes[1:]))
        matrices.append(Matrix(name, rows, columns, across=lying, shape=sizes))
        symbols = tensor.symbols[::-1] if lying else tensor.symbols
        terms.append(tuple((respell(s, options), n) for s, n in zip(symbols, sizes, strict=True)))
    return WeightedStage(stage.name, (tuple(matrices),), Formula((), tuple(terms)), called=stage)


def _in_keras(stage: Stage, options: Options) -> WeightedStage | None:
    """Return a stage without steps as Keras keeps it, lying: outputs across; None where that is not known."""
    if stage.type not in KERAS:
        return None
    first, second, axes = KERAS[stage.type]
    matrices, terms = [], []
    for tensor in stage.parameters:
        turned = axes if tensor.name == "weight" else (0,)
        sizes = tuple(tensor.sizes[i] for i in turned)
        name = first if tensor.name == "weight" else second
        matrices.append(Matrix(name, prod(sizes[:-1]), sizes[-1], across=True, shape=sizes))
        terms.append(tuple((respell(tensor.symbols[i], options), tensor.sizes[i]) for i in turned))
    return WeightedStage(stage.name, (tuple(matrices),), Formula((), tuple(terms)), called=stage)


def _layers(layer: Recurrent, options: Options, order: Order) -> Iterator[WeightedStage]:
    for depth in range(layer.num_layers):
        sets = tuple(_matrices(layer, depth, way, order) for way in layer.ways)
        yield WeightedStage(layer.name, sets, _counted(layer, depth, options, order), layer, depth)


def _alike(parts: Iterator[WeightedStage]) -> list[WeightedStage]:
    """Put layers of one shape, above each other, into one part."""
    found: list[WeightedStage] = []
    for part in parts:
        if found and found[-1].formula == part.formula:
            last = found.pop()
            part = WeightedStage(part.stage, last.sets, part.formula, part.layer, last.depth, last.count + 1)  # noqa: PLW2901
        found.append(part)
    return found


def suffix(depth: int, way: str) -> str:
    """Return what the names of a layer's parameters end with: ``_l0_reverse``."""
    return f"_l{depth}{'_reverse' if way == 'rev' else ''}"


def _matrices(layer: Recurrent, depth: int, way: str, order: Order) -> tuple[Matrix, ...]:
    end = suffix(depth, way)
    if order != "torch":
        return tuple(_others(layer, end, order))
    gates = GATES["torch"][layer.type]
    found = []
    for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh", "weight_hr"):
        if (name.startswith("bias") and not layer.bias) or (name == "weight_hr" and not layer.proj_size):
            continue
        tensor, letter, read = layer.parameter(f"{name}{end}"), name[0].replace("w", "W"), name[-2:]
        tensor = replace(tensor, name=layer.own_name(tensor.name))
        rows, columns = (*tensor.sizes, 1)[:2]
        blocks = () if name == "weight_hr" else tuple(Block(letter, read[0], gate) for gate in gates)
        found.append(Matrix(tensor.name, rows, columns, tensor, blocks, symbol=(letter, read)))
    return tuple(found)


def _others(layer: Recurrent, end: str, order: Order) -> Iterator[Matrix]:
    """Yield the matrices as Keras or ONNX keeps them."""
    gates = GATES[order][layer.type]
    (rows, inputs), hidden = layer.parameter(f"weight_ih{end}").sizes, layer.hidden_size
    name = end.strip("_")
    first, second, third = ("kernel", "recurrent_kernel", "bias") if order == "keras" else ("W", "R", "B")

    def blocks(letter: str, reads: str) -> tuple[Block, ...]:
        return tuple(Block(letter, read, gate) for read in reads for gate in gates)

    if order == "onnx":
        yield Matrix(f"{name}.{first}", rows, inputs, None, blocks("W", "i"))
        yield Matrix(f"{name}.{second}", rows, hidden, None, blocks("W", "h"))
        if layer.bias:
            yield Matrix(f"{name}.{third}", 2 * rows, 1, None, blocks("b", "ih"))
        return
    lying: dict[str, Any] = {"across": True}
    yield Matrix(f"{name}.{first}", inputs, rows, None, blocks("W", "i"), shape=(inputs, rows), **lying)
    yield Matrix(f"{name}.{second}", hidden, rows, None, blocks("W", "h"), shape=(hidden, rows), **lying)
    if layer.bias:
        for read in "ih" if layer.type == "gru" else "i":
            which = f"{third}[{'ih'.index(read)}]" if layer.type == "gru" else third
            yield Matrix(f"{name}.{which}", 1, rows, None, blocks("b", read), shape=(rows,), **lying)


def _counted(layer: Recurrent, depth: int, options: Options, order: Order) -> Formula:
    """Return the count of one layer: its gates, and for each of them what it reads and its biases."""
    end = suffix(depth, "fwd")
    gates, hidden = len(GATES["torch"][layer.type]), layer.hidden_size
    h = (respell(layer.units, options), hidden)
    terms: list[Term] = []
    for name in ("weight_ih", "weight_hh"):
        tensor = layer.parameter(f"{name}{end}")
        terms.append((h, (respell(tensor.symbols[1], options), tensor.sizes[1])))
    biases = 1 if order == "keras" and layer.type != "gru" else 2
    if layer.bias:
        terms += [(h,)] * biases
    rest: tuple[Term, ...] = ()
    if layer.proj_size:
        tensor = layer.parameter(f"weight_hr{end}")
        rest = (tuple((respell(s, options), n) for s, n in zip(tensor.symbols, tensor.sizes, strict=True)),)
    times = tuple(n for n in (layer.directions, gates) if n > 1)
    return Formula(times if not rest or gates > 1 else (*times, 1), tuple(terms), rest)


def _other(stage: Stage, options: Options) -> WeightedStage:
    matrices, terms = [], []
    for tensor in stage.parameters:
        sizes = tensor.sizes or (1,)
        rows, columns = sizes[0], 1
        for size in sizes[1:]:
            columns *= size
        matrices.append(Matrix(tensor.name, rows, columns, tensor))
        symbols = tensor.symbols or ("1",)
        terms.append(tuple((respell(s, options), n) for s, n in zip(symbols, sizes, strict=True)))
    return WeightedStage(stage.name, (tuple(matrices),), Formula((), tuple(terms)), called=stage)
