"""Code that a figure prints: its source, what its names stand for, and what must come of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from lstmviz.records import record
from lstmviz.scene.claims import Claim, parted, whole
from lstmviz.scene.items import INK, Tint
from lstmviz.scene.labels import TextLine, code, wrap

Ref = tuple[Any, ...]
"""What a name stands for, as `lstmviz.proof.code` looks it up: ``("layer", "encoder", "h_n")``."""


@record(frozen=True, slots=True)
class Code:
    """An expression, or an equation between several, that `check` can run.

    `names` are the names in it that are not torch's, `facts` what it must do:
    ``(("makes", "fc"),)`` builds that stage, ``(("gives", (6, 3)),)`` has this shape.
    """

    source: str
    names: tuple[tuple[str, Ref], ...] = ()
    facts: tuple[tuple[str, Any], ...] = ()

    def line(self, size: float = 7, *, tint: Tint = INK) -> TextLine:
        """Return all of it on one line."""
        return self.piece(self.source, size, tint=tint)

    def lines(self, room: float, size: float = 7, *, tint: Tint = INK) -> list[TextLine]:
        """Return it in lines of at most `room` pt."""
        texts = wrap(self.source, room, size, "mono")
        return list(claiming([code(text, size, tint=tint) for text in texts], self.source, [self]))

    def piece(self, text: str, size: float = 7, *, tint: Tint = INK) -> TextLine:
        """Return a part of it, after spaces, where the rest is known or stands elsewhere."""
        bare = text.strip()
        return code(text, size, tint=tint).claiming(self.claim(bare, self.source.index(bare)))

    def claim(self, text: str, start: int) -> Claim:
        """Return what a text that shows the source from `start` on asserts."""
        span = (start, start + len(text))
        return Claim(
            "code", text, (("source", self.source), ("span", span), ("names", self.names), *self.facts)
        )


def coded(source: str, names: Iterable[tuple[str, Ref]] = (), **facts: Any) -> Code:
    """Return code with what its names stand for and what must come of it."""
    return Code(source, tuple(names), tuple(facts.items()))


def claiming(lines: Sequence[TextLine], text: str, codes: Sequence[Code | Claim]) -> Iterator[TextLine]:
    """Yield the lines that a text was broken into, each with its part of the codes and names in it.

    A code that stands there twice is given twice.
    """
    found = list(whole([one if isinstance(one, Claim) else one.claim(one.source, 0) for one in codes], text))
    for line, own in zip(lines, parted(found, text, [line.text for line in lines]), strict=True):
        yield line.claiming(*own)
