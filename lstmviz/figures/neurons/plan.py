"""Rows of units: what a chain of linear layers is, read from the trace."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from lstmviz.figures.base import Options, Subject
from lstmviz.figures.pages import Page
from lstmviz.figures.shared.calls import made
from lstmviz.layout.elide import ends
from lstmviz.network.stage_types import PACKS, RESHAPES
from lstmviz.network.structure import Recurrent, Stage, Tensor
from lstmviz.scene.canvas import Canvas
from lstmviz.scene.code import Code
from lstmviz.scene.items import Role
from lstmviz.spec.layer_types import CURVES

PASSED = PACKS | {"dropout", "identity"}
_UNNAMED = re.compile(r"linear(-\d+)?")


@dataclass(frozen=True, slots=True)
class Row:
    """One row of units: the input's features, or what a linear layer gives.

    `id` is the first part of its nodes' ids. `after` names what is applied to
    each unit: the activation, dropout. `names` are the features' own.
    """

    id: str
    role: Role
    tensor: Tensor
    stage: Stage | None = None
    """The linear layer that gives it."""
    weight: Tensor | None = None
    bias: Tensor | None = None
    after: tuple[str, ...] = ()
    names: tuple[str, ...] = ()

    @property
    def size(self) -> int:
        """How many units there are, drawn or not."""
        return self.tensor.sizes[-1]

    @property
    def symbol(self) -> str:
        """The letter of that number, or the number."""
        return self.tensor.symbols[-1]

    @property
    def code(self) -> Code:
        """The linear layer as code makes it."""
        assert self.stage is not None
        return made(self.stage)

    @property
    def own_name(self) -> str:
        """The name that the spec gives the layer, if any."""
        return "" if self.weight is None or _UNNAMED.fullmatch(self.id) else self.id

    @property
    def activation(self) -> str:
        """The last activation applied, or nothing."""
        return next((a for a in reversed(self.after) if a in CURVES.values()), "")


@dataclass(frozen=True, slots=True)
class Chain:
    """Rows from the lowest to the highest, and where following them ended.

    `before` names what the values went through before the first row, `last`
    says that only the last time step goes on; `stopped` is the first stage
    that is no row of units.
    """

    rows: tuple[Row, ...]
    before: tuple[str, ...] = ()
    last: bool = False
    stopped: Stage | None = None


def follow(start: Row, stages: Sequence[Stage]) -> Chain:
    """The rows on top of `start`, as long as the stages are rows of units."""
    rows, last = [start], False
    for at, stage in enumerate(stages):
        if _makes_row(stage):
            rows.append(_linear(stage))
        elif stage.type == "last_step":
            last = True
        elif (said := _on_units(stage)) is None:
            more = any(map(_makes_row, stages[at:]))
            return Chain(tuple(rows) if more else _ended(rows), last=last, stopped=stage)
        else:
            rows[-1] = replace(rows[-1], after=(*rows[-1].after, *said))
    return Chain(_ended(rows), last=last)


def _makes_row(stage: Stage) -> bool:
    return stage.type == "linear" and any(p.name == "weight" for p in stage.parameters)


def _linear(stage: Stage) -> Row:
    parameters = {p.name: p for p in stage.parameters}
    return Row(stage.name, "hidden", stage.outputs[0], stage, parameters["weight"], parameters.get("bias"))


def _ended(rows: list[Row]) -> tuple[Row, ...]:
    """The last row is what comes out."""
    return (*rows[:-1], replace(rows[-1], role="output")) if len(rows) > 1 else tuple(rows)


def _on_units(stage: Stage) -> tuple[str, ...] | None:
    """What a stage does to each unit, in words; None if it is more than that."""
    given, axes = dict(stage.arguments), len(stage.outputs[0].sizes)
    if stage.type in CURVES:
        return (CURVES[stage.type],) if given.get("dim", -1) in {-1, axes - 1} else None
    if stage.type == "dropout":
        return (f"dropout {given.get('p', 0.5):g}",)
    if stage.type in RESHAPES and stage.inputs[0].sizes[-1] != stage.outputs[0].sizes[-1]:
        return None
    return () if stage.type in RESHAPES | PASSED else None


def feed_forward(subject: Subject) -> Chain:
    """The whole model as rows: what reaches its first linear layer is the lowest."""
    stages = subject.trace.stages
    first = next((i for i, stage in enumerate(stages) if stage.type == "linear"), len(stages))
    lead = stages[:first]
    reached = lead[-1].outputs[0] if lead else subject.trace.input
    names = subject.data.feature_names if subject.data is not None else None
    named = names if names and reached.sizes[-1] == len(names) else ()
    chain = follow(Row("x", "input", reached, names=tuple(named or ())), stages[first:])
    return replace(chain, before=tuple(_said(stage) for stage in lead))


def _said(stage: Stage) -> str:
    words = _on_units(stage)
    return words[0] if words else stage.type


def refuse_chain(subject: Subject) -> str | None:
    """Why a model without a recurrent layer is no chain of rows, or None."""
    stages = subject.trace.stages
    if not subject.trace.chained:
        return "this model branches, and a chain of rows does not"
    if not any(stage.type == "linear" for stage in stages):
        return "this model has no linear layer, so there are no rows of units to draw"
    lead = RESHAPES | PASSED | {"embedding"} | set(CURVES)
    chain = feed_forward(subject)
    before = stages[: next(i for i, stage in enumerate(stages) if stage.type == "linear")]
    odd = next((stage for stage in before if stage.type not in lead), chain.stopped)
    if odd is None:
        return None
    if odd.type in RESHAPES:
        return f"{odd.name} regroups the units between two layers, so no unit keeps its place"
    return f"{odd.name} is no row of units: only linear layers and activations are"


def recurrent_rows(subject: Subject, layer: Recurrent) -> Chain:
    """What stands on a recurrent layer; the first row is the layer's own h."""
    return follow(Row("h", "hidden", layer.tensor("output")), subject.trace.following(layer.name))


def stages_before(subject: Subject, layer: Recurrent) -> list[Stage]:
    """What the input goes through before it reaches a recurrent layer."""
    before = subject.trace.leading(layer.name)
    return [stage for stage in before if stage.type not in PASSED]


def shown_units(count: int, slots: int) -> tuple[int | None, ...]:
    """The units drawn, from 1; None stands for the three dots of the others.

    >>> shown_units(3, 4), shown_units(64, 4), shown_units(784, 6)
    ((1, 2, 3), (1, 2, None, 64), (1, 2, 3, None, 783, 784))
    """
    tail = slots // 3 if slots >= 6 else 1
    return ends(count, slots, max(1, slots - 1 - tail), tail)


def live(units: Sequence[int | None]) -> list[int]:
    """The numbers of the units drawn."""
    return [unit for unit in units if unit is not None]


@dataclass(frozen=True, slots=True)
class Still:
    """Everything that the parts of a feed-forward figure draw from and on."""

    canvas: Canvas
    chain: Chain
    options: Options
    page: Page
    shown: tuple[int, ...]
    """The rows drawn, from the lowest."""
    r: float

    @property
    def wide(self) -> bool:
        """Whether equations have a column of their own."""
        return not self.page.narrow

    def row(self, index: int) -> Row:
        """A row by its index."""
        return self.chain.rows[index]

    def letter(self, index: int) -> tuple[str, str]:
        """What a row's values are called, and the layer's number on top."""
        if self.row(index).role == "input":
            return ("x", "")
        if self.row(index).role == "output":
            return ("y", "")
        return ("h", f"({index})" if len(self.chain.rows) > 3 else "")
