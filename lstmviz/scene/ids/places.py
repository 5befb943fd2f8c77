"""Ids that say where an item stands, from the layer to the unit.

    encoder/cell.l0.fwd.t1      in the part encoder: the cell of layer 0, forward, at step 1
    h_n.l1.rev                  the last h of layer 1, reverse
    h.l0.fwd.t2.u3.out          of unit 3 of that layer's h at step 2: where it leaves
    input.n0.k2.t1              sample 0, chunk 2, step 1

Layers, samples and places count from 0, steps and units from 1.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import lru_cache

from lstmviz.records import record
from lstmviz.scene.items import Node

WAYS = ("fwd", "rev")
"""The directions in which a layer runs, in torch's order."""
WAY = {"forward": "fwd", "reverse": "rev"}
"""What ids call a direction that an option names."""
BACKWARD = WAYS[1]

ROLLED = "rolled/"
"""What the ids of a rolled cell that is drawn beside its unrolled self begin with."""

ENDS = ("up", "foot", "in", "out", "next", "first", "last", "back", *WAYS)
_ID = re.compile(
    r"(?:(?P<prefix>.*/))?(?P<base>[^/]*?)(?:\.l(?P<layer>\d+))?(?:\.(?P<way>fwd|rev))?(?:\.n(?P<sample>\d+))?"
    rf"(?:\.k(?P<place>\d+))?(?:\.t(?P<step>\d+))?(?:\.u(?P<unit>\d+))?(?:\.(?P<end>{'|'.join(ENDS)}))?",
    re.DOTALL,
)

CELL, CELL_AT = "cell.l.way", "cell.l.way.t"
"""The forms of a cell: of a loop, and at a step."""
FIRST, LAST = frozenset({"h_0.l.way", "c_0.l.way"}), frozenset({"h_n.l.way", "c_n.l.way"})
STATES = frozenset({"h.l.way.t", "c.l.way.t"})
"""A state that a cell gives at a step."""
INPUT, INPUT_UNIT, OUTPUT = "x.t", "x.t.u", "output.t"
RESULT, RESULT_AT = "result", "result.t"
"""What the model gives: once, and at a step; of several results the second is `result2`."""
RESULT_LETTERS = "yzw"
"""How several results are called, in their order."""
RESULTS_AT = (RESULT_AT, "result2.t", "result3.t")
HANDED_UP = "h.l.t"
"""What a layer gives to what stands above it, of both directions."""
LAYER = "layer.l"
"""A layer of which no cell is drawn."""
LOOPED_IN, LOOPED_OUT = frozenset({"x", "x.way"}), frozenset({"h", "h.way"})
"""Below and above a cell with its loop."""
PASSED = frozenset({"concat.l.t", "drop.l.t"})
"""What stands between two layers: both directions side by side, and dropout."""
PARTS = ("l", "way", "n", "k", "t", "u")
_INNER = {"x", "h", "output", "delay.h", "delay.c", "cell.l", "h_0.l", "c_0.l", "h_n.l", "c_n.l"}
_INNER |= {"h.l", "layer.l", "concat.l", "drop.l"}


@lru_cache(1 << 10)
def _form(base: str, there: tuple[bool, ...], end: str) -> str:
    """Return the form of ids that have these parts; proofs ask for it all the time."""
    parts = (base, *(name for name, one in zip(PARTS, there, strict=True) if one), end)
    return ".".join(part for part in parts if part)


@record(frozen=True, slots=True)
class Id:
    """What an id says, part by part; `prefix` ends with a slash where there is one."""

    base: str
    layer: int | None = None
    way: str = ""
    step: int | None = None
    unit: int | None = None
    sample: int | None = None
    place: int | None = None
    end: str = ""
    prefix: str = ""

    @property
    def form(self) -> str:
        """The id without its prefix, its numbers and its direction.

        >>> read("a/cell.l0.rev.t3").form, read("x.t1.u2.in").form
        ('cell.l.way.t', 'x.t.u.in')
        """
        numbers = (self.sample, self.place, self.step, self.unit)
        there = (self.layer is not None, bool(self.way), *(one is not None for one in numbers))
        return _form(self.base, there, self.end)

    @property
    def inner(self) -> bool:
        """Whether it is a part of a recurrent layer; what stands outside of one has other ids."""
        own = self.base if self.layer is None else f"{self.base}.l"
        return own in _INNER and not self.end and {self.unit, self.sample, self.place} == {None}

    @property
    def is_cell(self) -> bool:
        """Whether it is a cell, of a loop or at a step."""
        return self.form in {CELL, CELL_AT}

    @property
    def is_delay(self) -> bool:
        """Whether it holds a state of a loop until the next step."""
        return self.base.startswith("delay.")

    @property
    def counted(self) -> tuple[str, int]:
        """The name, and the place from 0, of one of several of a kind.

        >>> read("x.t1").counted, read("output2.t1").counted
        (('x', 0), ('output', 1))
        """
        name = self.base.rstrip("0123456789")
        return name, int(self.base[len(name) :] or 1) - 1

    @property
    def carries(self) -> bool:
        """Whether it is a line along which a state goes on: to the next step, or around its loop."""
        return self.end == "next" or (self.step is None and self.end in {"first", "last", "out", "back"})

    @property
    def along_time(self) -> bool:
        """Whether it is a cell, or a state that a layer begins or ends with."""
        return self.form in {CELL, CELL_AT, *FIRST, *LAST}

    def called(self, base: str) -> str:
        """Return the id of something else at the same place.

        >>> read("cell.l0.fwd.t2").called("h")
        'h.l0.fwd.t2'
        """
        return str(replace(self, base=base))

    def __str__(self) -> str:
        """Return the id."""
        more = {"unit": self.unit, "sample": self.sample, "place": self.place, "end": self.end}
        return at(self.base, self.layer, self.way, self.step, prefix=self.prefix, **more)  # type: ignore[arg-type]


def at(
    base: str,
    layer: int | None = None,
    way: str = "",
    step: int | None = None,
    *,
    unit: int | None = None,
    sample: int | None = None,
    place: int | None = None,
    end: str = "",
    prefix: str = "",
) -> str:
    """Return the id of what is called `base`, at a place.

    >>> at("x", step=1), at("h", 0, "fwd", 2, unit=3, end="out"), at("output", step=1, prefix="encoder/")
    ('x.t1', 'h.l0.fwd.t2.u3.out', 'encoder/output.t1')
    """
    id_ = f"{prefix}{base}"
    if layer is not None:
        id_ += f".l{layer}"
    if way:
        id_ += f".{way}"
    if sample is not None:
        id_ += f".n{sample}"
    if place is not None:
        id_ += f".k{place}"
    if step is not None:
        id_ += f".t{step}"
    if unit is not None:
        id_ += f".u{unit}"
    return f"{id_}.{end}" if end else id_


def cell(layer: int, way: str, step: int | None = None, *, prefix: str = "") -> str:
    """Return the id of a cell: at a step, or of a loop."""
    return at("cell", layer, way, step, prefix=prefix)


def state(letter: str, end: str, layer: int, way: str, *, unit: int | None = None, prefix: str = "") -> str:
    """Return the id of a state before the first step (end ``0``) or after the last (``n``).

    >>> state("h", "n", 0, "fwd")
    'h_n.l0.fwd'
    """
    return at(f"{letter}_{end}", layer, way, unit=unit, prefix=prefix)


def made(stage: str, first: str, letters: Sequence[str] = "hc") -> str:
    """Return the id of what a stage makes a first state from last ones with, by the id of that state.

    `letters` are all states that the layer, or loop, begins with.

    >>> made("fc", "decoder/h_0.l0.fwd"), made("fc", "decoder/c_0.l1.fwd")
    ('fc.l0.fwd.k0', 'fc.l1.fwd.k1')
    """
    one = read(first)
    return at(stage, one.layer, one.way, place=letters.index(one.base.removesuffix("_0")))


def delay(letter: str, way: str = "", *, prefix: str = "") -> str:
    """Return the id of what holds a state of a loop until the next step."""
    return at(f"delay.{letter}", way=way, prefix=prefix)


def constant(place: int, *, prefix: str = "") -> str:
    """Return the id of what every step reads all of, by its place from 0."""
    return f"{prefix}all{place + 1}"


def inside(*parts: str) -> str:
    """Return what the ids of the items inside of some parts of a figure begin with.

    >>> inside("rolled", "encoder"), inside("", "")
    ('rolled/encoder/', '')
    """
    return "".join(f"{part}/" for part in parts if part)


def numbered(base: str, place: int) -> str:
    """Return what one of several of a kind is called: `x`, `x2`, `x3`, by places from 0."""
    return f"{base}{place + 1}" if place else base


@lru_cache(1 << 16)
def read(id_: str) -> Id:
    """Return what an id says.

    >>> one = read("encoder/h_n.l1.rev")
    >>> one.prefix, one.base, one.layer, one.way, one.step
    ('encoder/', 'h_n', 1, 'rev', None)
    """
    found = _ID.fullmatch(id_)
    assert found is not None  # every text is an id of some base
    layer, step, unit, sample, place = (
        None if found[part] is None else int(found[part])
        for part in ("layer", "step", "unit", "sample", "place")
    )
    base, way, end, prefix = (found[part] or "" for part in ("base", "way", "end", "prefix"))
    return Id(base, layer, way, step, unit, sample, place, end, prefix)


def read_all(items: Iterable[Node]) -> Iterator[Id]:
    """Yield what the ids of nodes say."""
    return (read(item.id) for item in items)


def within(id_: str) -> tuple[str, ...]:
    """Return the parts that an id's prefix names, from the outermost."""
    return tuple(id_.split("/")[:-1])


def stages(drawn: Iterable[str]) -> set[str]:
    """Return the stages that have a node of their own among these ids: ``stage.fc`` is that of ``fc``."""
    return {one.removeprefix("stage.") for one in drawn if one.startswith("stage.")}


def prefixed(id_: str) -> bool:
    """Whether an id has a prefix."""
    return "/" in id_


def layer_of(id_: str) -> int | None:
    """Return the layer that an id names."""
    return read(id_).layer


def below(prefix: str, id_: str) -> str | None:
    """Return an id without its prefix; None if it has another.

    >>> below("a/", "a/x.t1"), below("", "a/x.t1")
    ('x.t1', None)
    """
    return id_[len(prefix) :] if read(id_).prefix == prefix else None
