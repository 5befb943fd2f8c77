"""Names of steps, samples or features as the data has them: in the room there is, and whole in the key."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import takewhile

from lstmviz.scene.canvas import Canvas
from lstmviz.scene.items import MUTED
from lstmviz.scene.labels import shorten, words, wrap
from lstmviz.scene.metrics import text_width
from lstmviz.spec.model import Input
from lstmviz.translation.messages import Message, joined, user_text

SEPARATORS = "-/. :"
"""Where a name may be taken apart."""
MANY, FIRST = 14, 6
"""Of more names than this the key has so many, and the last."""


@dataclass(frozen=True, slots=True)
class Fitting:
    """Names as they are written: without the `start` that all share, or `cut` at their ends."""

    texts: tuple[str, ...]
    start: str = ""
    cut: bool = False


def widest(texts: Sequence[str], size: float = 7, *, bold: bool = True) -> float:
    """The width of the widest of some names, pt."""
    return max((text_width(t, "bold" if bold else "sans", size) for t in texts), default=0.0)


def start_of(names: Sequence[str], room: float, *, bold: bool = False) -> str:
    """What all names begin with, if they fit `room` pt without it, and only so.

    >>> start_of(["2024-01-01", "2024-01-02"], 20.0), start_of(["2024-01-01", "2024-01-02"], 90.0)
    ('2024-01-', '')
    """
    if len(names) < 2 or widest(names, bold=bold) <= room:
        return ""
    alike = sum(1 for _ in takewhile(lambda signs: len(set(signs)) == 1, zip(*names, strict=False)))
    start = names[0][: max(names[0].rfind(sign, 0, alike) + 1 for sign in SEPARATORS)]
    rests = [name[len(start) :] for name in names]
    return start if all(rests) and widest(rests, bold=bold) <= room else ""


def fitting(names: Sequence[str], room: float) -> Fitting:
    """The names whole, or without what all begin with, or each shortened at its end to `room` pt."""
    start = start_of(names, room)
    if start:
        return Fitting(tuple(name[len(start) :] for name in names), start)
    texts = tuple(shorten(user_text(name), room, 7).text for name in names)
    return Fitting(texts, cut=texts != tuple(names))


def key(fit: Fitting, names: Sequence[str], called: str = "") -> list[Message]:
    """What is said of names that are not whole: how they begin, or each in full with its number from 1."""
    if fit.start:
        return [user_text(f"{called} {fit.start}…".strip())]
    if not fit.cut:
        return []
    numbered = [f"{number} {name}" for number, name in enumerate(names, 1)]
    if len(numbered) > MANY:
        numbered = [*numbered[:FIRST], "…", numbered[-1]]
    return [user_text((f"{called}: " if called else "") + ", ".join(numbered))]


def below(canvas: Canvas, axes: Iterable[tuple[Message, Sequence[str]]], room: float) -> None:
    """Write under a drawing, in full, the names that are shortened somewhere in it, axis by axis."""
    shown = {text.label.text for text in canvas.texts} | {n.label.text for n in canvas.nodes if n.label}
    cut = tuple(text.removesuffix("…") for text in shown if text.endswith("…") and len(text) > 1)
    y = canvas.extent()[3]
    for called, names in axes:
        whole = [name for name in dict.fromkeys(names) if name not in shown and name.startswith(cut)]
        if len(whole) > MANY:
            whole = [*whole[:FIRST], "…", whole[-1]]
        text = joined(": ", called, user_text(", ".join(whole)))
        for line in wrap(text, room, 7) if whole else ():
            y += 10.5
            canvas.text(words(line, 7, tint=MUTED), 0.0, y, role="note")


def time_called(data: Input | None) -> str:
    """What the data calls its time axis, or nothing."""
    return (data.axes.time.name if data is not None and data.axes.time else None) or ""
