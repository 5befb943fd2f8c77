"""The rows of a head: stages that stand on a recurrent layer, and what they read of what is below."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from lstmviz.network.decoders import PLACED
from lstmviz.network.steps import Relation, relation
from lstmviz.network.structure import Stage, Tensor

FEW = 4
"""So many steps that something reads apart from others are drawn, whatever else is left out."""


@dataclass(frozen=True, slots=True)
class Row:
    """A stage that stands on what is below it: on the layer, or on the stage before.

    `reads` says for ``output``, ``h_n`` and ``c_n`` of the layer, or for the row below (""), which of its
    steps each step of the result reads; `steps` whether the result has steps. `passed` is what is done on the
    way without weights, where several ways meet here. `given` is the tensor that goes on.
    """

    stage: Stage
    reads: tuple[tuple[str, Relation], ...]
    steps: bool
    given: Tensor
    passed: tuple[Stage, ...] = ()
    samples: tuple[Relation, ...] = ()
    beside: tuple[str, ...] = ()
    """What it reads that comes of nothing below: places to be filled, or steps of what is not drawn."""

    crossed: bool = False
    """Whether steps lie on two axes of what it gives, such as scores of all with all: no row of steps."""

    asides: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """What those on the way read beside: the order in which samples are put, say."""

    @property
    def through(self) -> tuple[str, ...]:
        """What is computed on the way; parts taken out and other views are told by the lines."""
        return tuple(stage.type for stage in self.passed if stage.type not in PLACED)

    @property
    def weighs(self) -> bool:
        """Whether steps of `output` are read anew here, beside what was made below: attention."""
        return {"", "output"} <= dict(self.reads).keys()

    @property
    def reads_each(self) -> bool:
        """Whether each step reads its own one of `output` anew, and of what is below: a residual."""
        return self.weighs and all(own.kind == "own" and own.given > 1 for _, own in self.reads)

    def of(self, base: str, sample: int | None = None) -> Relation | None:
        """What is read of one thing below, by one sample if they differ."""
        found = dict(self.reads).get(base)
        return self.samples[sample] if found and self.samples and sample is not None else found

    @property
    def states(self) -> bool:
        """Whether last states are read here, and no output."""
        return any(base.endswith("_n") for base, _ in self.reads)


@dataclass(frozen=True, slots=True)
class Climbed:
    """The rows above a layer, and what comes after the highest: a recurrent layer, or the model's result."""

    rows: tuple[Row, ...] = ()
    layer: str = ""
    result: bool = False
    """Whether the highest row gives a result of the model."""


@dataclass(frozen=True, slots=True)
class Head:
    """Rows that stand on a layer beside others, and what the user's code calls the result of the highest."""

    rows: tuple[Row, ...]
    key: str = ""
    on: str = ""
    """The stage whose row they stand on; else the layer."""


def either(one: Relation, other: Relation) -> Relation:
    """What is read by either of two relations, step by step."""
    rows = zip(one.rows(), other.rows(), strict=True)
    return relation([sorted({*a, *b}) for a, b in rows], one.taken)


def to_next(rows: Iterable[Row]) -> Relation | None:
    """What the highest row's steps read of the layer's output; None if it reads none, or has no steps."""
    whole: Relation | None = None
    for row in rows:
        own = row.of("output") if whole is None else row.of("")
        if own is None or not row.steps:
            return None
        again = row.of("output") if whole is not None else None
        whole = own if whole is None else own.after(whole)
        whole = either(whole, again) if whole and again else whole
    return whole


def chosen_steps(rows: Sequence[Row], sample: int | None = None) -> tuple[int, ...]:
    """The steps of `output` that something reads apart from others, if they are few: they are drawn.

    Of a padded batch each `sample` has its own.
    """
    first = rows[0].of("output", sample) if rows else None
    if first is None or first.kind in {"own", "all", "past", "future"}:
        return ()
    read = first.read()
    return read if len(read) <= FEW else ()
