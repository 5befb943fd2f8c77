"""What a bare `volumes` figure tells: a few acts, each of one stage or of several alike."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from lstmviz.figures.shared.calls import class_of
from lstmviz.figures.volumes.fewer import merged
from lstmviz.figures.volumes.plan import WINDOWED, Form, Move
from lstmviz.translation.messages import Message, message

MOST, LEAD = 7, 3
"""So many acts say it; of more, the first ones and the last."""
WORDS = {"conv2d": "convolution", "max_pool2d": "pooling", "avg_pool2d": "pooling", "linear": "linear"}


@dataclass(frozen=True, slots=True)
class Act:
    """One stage or several that together make a form of another; `skipped` of them are left out."""

    first: Move
    last: Move
    count: int = 1
    skipped: int = 0

    @property
    def source(self) -> Form:
        """What it reads."""
        return self.first.source

    @property
    def target(self) -> Form:
        """What it makes."""
        return self.last.target

    @property
    def type(self) -> str:
        """What the stage is called that makes the form."""
        return self.last.lead.type.lower()

    @property
    def weighs(self) -> bool:
        """Whether it has weights."""
        return bool(self.last.lead.parameters) and not self.skipped

    @property
    def dense(self) -> bool:
        """Whether every value goes into every unit."""
        return self.type == "linear" and self.count == 1 and self.target.kind == "bar"

    @property
    def windowed(self) -> bool:
        """Whether a window moves over the maps."""
        return self.type in WINDOWED and not self.skipped and self.last.window is not None

    @property
    def word(self) -> Message:
        """What it is called."""
        ends = {"first": self.first.lead.name, "last": self.last.lead.name}
        if self.skipped:
            return message("bare.more-stages", n=self.skipped, **ends)
        if self.type not in WORDS:
            lead = self.last.lead
            return message("stage.class", name=class_of(lead).replace("_", " "), stage=lead.name)
        name = f"bare.{WORDS[self.type]}"
        if self.count == 1:
            return message(name)
        return message(f"{name}s", n=self.count, **ends)


def acts_of(moves: Sequence[Move], *, whole: bool) -> list[Act]:
    """The acts of a model, in their order; all of them if the `whole` is asked for."""
    acts = merged([Act(move, move) for move in moves], _flattened)
    if whole:
        return acts
    for type_ in ("conv2d", "linear"):
        if len(acts) > MOST:
            acts = merged(acts, _of_type(type_))
    if len(acts) <= MOST:
        return acts
    left = acts[LEAD:-1]
    count = sum(act.count for act in left)
    return [*acts[:LEAD], Act(left[0].first, left[-1].last, count, skipped=count), acts[-1]]


def _flattened(one: Act, two: Act) -> Act | None:
    """A layer with what only reshapes before it: all values in one row, or frame by frame."""
    shapes = one.type == "view" or (one.type == "flatten" and two.type in {"view", "linear"})
    return replace(two, first=one.first) if shapes else None


def _of_type(type_: str) -> Callable[[Act, Act], Act | None]:
    """Return what joins two acts of this type."""

    def join(one: Act, two: Act) -> Act | None:
        both = replace(one, last=two.last, count=one.count + two.count)
        return both if one.type == two.type == type_ else None

    return join
