"""Where the forms of a `volumes` figure stand: rows that wrap, nothing overlapping."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from lstmviz.figures.volumes.labels import name_of
from lstmviz.figures.volumes.plan import Form, Move, is_drawn
from lstmviz.records import record
from lstmviz.scene.labels import TextLine

GAP = 20.0
"""The least room for an arrow between two forms, pt."""
CLOSE = 11.0
"""The room for the arrow to a form that stands close to the one before it."""
AIR = 7.0
"""The least room between two labels on one line, pt."""
ENTER = 22.0
"""Where the first form of a wrapped row may begin, pt."""
LEAVE = 9.0
"""How far the line to the next row goes right of everything, pt."""
TRIALS = 40
"""So many widths of rows are tried."""
ROOMY = 56.0
"""Words no wider than this stand on an arrow that is as long, where there is room, pt."""
LOOSE = 16.0
"""The most that a gap is widened to fill the page, pt."""


@dataclass(frozen=True)
class LabelledMove:
    """A move with the lines over its arrow, and its target's with the tag below it."""

    move: Move
    lines: tuple[TextLine, ...]
    tag: TextLine
    tight: bool = False
    """Whether its target stands close to its source, its tag on a line of its own below."""
    roomy: bool = False
    """Whether the arrow is as long as the words on it are wide."""

    @cached_property
    def width(self) -> float:
        """The width of the widest line."""
        return max((line.width for line in self.lines), default=0.0)

    @cached_property
    def under(self) -> float:
        """The width of what stands below its target."""
        return below(self.move.target, self.tag, self.move)


@record(frozen=True, slots=True)
class PlacedForm:
    """A form at its place: `x` is the left edge of its front, `mid` of the label before it."""

    form: Form
    x: float
    tag: TextLine
    said: LabelledMove | None = None
    mid: float = 0.0

    @property
    def tight(self) -> bool:
        """Whether it stands close to the form before it."""
        return self.said is not None and self.said.tight

    @property
    def right(self) -> float:
        """The right end of the form."""
        return self.x + self.form.across

    @property
    def edge(self) -> float:
        """Its right border at half height, where an arrow leaves it."""
        behind = 0.0 if self.form.steps > 1 else max(0.0, self.form.deep - self.form.high / 2)
        return self.right - behind

    @property
    def under(self) -> float:
        """The width of what stands below it."""
        return self.said.under if self.said else below(self.form, self.tag, None)

    @property
    def middle(self) -> float:
        """The x of its tag."""
        return (self.x + self.right) / 2

    def end(self) -> float:
        """The right end of the form and its labels."""
        said = self.mid + self.said.width / 2 if self.said else 0.0
        return max(self.right, self.middle + self.under / 2, said)


Row = tuple[PlacedForm, ...]


def below(form: Form, tag: TextLine, move: Move | None) -> float:
    """The width of a form's tag, and of its name if it is the model's input or result."""
    return max(tag.width, name_of(form, move).width)


def rows_of(first: Form, tag: TextLine, said: Sequence[LabelledMove], width: float) -> list[Row]:
    """The forms in as few rows as fit `width` pt, with the fewest windows cut by their ends."""
    roomy = [replace(one, roomy=one.lines != () and one.width <= ROOMY) for one in said]
    trials = []
    for one in (roomy, said):
        widest = rows = _filled(first, tag, one, width)
        narrower = []
        for w in (width * k / TRIALS for k in range(TRIALS - 1, 0, -1)):
            # What fits into less is filled as before: what did not fit into more does not now.
            rows = rows if _holds(rows, w) else _filled(first, tag, one, w)
            narrower += [rows] if _fits(rows, w) else []
        trials += [widest, *reversed(narrower)]
    return min(trials, key=lambda rows: (len(rows), cut_windows(rows)))


def cut_windows(rows: list[Row]) -> int:
    """How many windows would begin on one row and end on the next."""
    return sum(row[0].said is not None and is_drawn(row[0].said.move) for row in rows)


def _fits(rows: list[Row], width: float) -> bool:
    return all(row[-1].end() + (LEAVE if row is not rows[-1] else 0) <= width + 0.01 for row in rows)


def _holds(rows: list[Row], width: float) -> bool:
    """Whether each form that stands behind another still fits."""
    last = rows[-1][-1]
    return all(_is_within(spot, width, last=spot is last) for row in rows for spot in row[1:])


def _is_within(spot: PlacedForm, width: float, *, last: bool) -> bool:
    """Whether a form fits into a row, with the line to the next row if that could follow."""
    return spot.end() <= width - (0.0 if last or spot.tight else LEAVE)


def _filled(first: Form, tag: TextLine, said: Sequence[LabelledMove], width: float) -> list[Row]:
    """Row by row as much as fits; one form at least."""
    rows: list[list[PlacedForm]] = [[_begin(first, tag, None)]]
    for i, item in enumerate(said):
        spot = _after(rows[-1], item)
        if _is_within(spot, width, last=i == len(said) - 1):
            rows[-1].append(spot)
        else:
            rows.append([_begin(item.move.target, item.tag, item)])
    return [tuple(row) for row in rows]


def _begin(form: Form, tag: TextLine, said: LabelledMove | None) -> PlacedForm:
    """The first form of a row."""
    least = 2.0 if said is None else ENTER
    x = max(least, ((said.under if said else below(form, tag, None)) - form.across) / 2)
    mid = max((x + 2) / 2, 6 + said.width / 2) if said else 0.0
    x = max(x, mid + 6) if said else x  # a longer way in, a shorter way on: its own label takes the room
    return PlacedForm(form, x, tag, said, mid)


def _after(row: Sequence[PlacedForm], said: LabelledMove) -> PlacedForm:
    """The next form as near as its arrow and the labels above and below allow."""
    form, before = said.move.target, row[-1]
    half = form.across / 2
    x = before.right + (CLOSE if said.tight else said.width + 8 if said.roomy else GAP)
    same = next((spot for spot in reversed(row) if spot.tight == said.tight), None)
    if same is not None:
        x = max(x, same.middle + (same.under + said.under) / 2 + AIR - half)
    labelled = next((spot for spot in reversed(row) if spot.said and spot.said.lines), None)
    if said.lines and labelled is not None and labelled.said is not None:
        mid = labelled.mid + (labelled.said.width + said.width) / 2 + AIR
        x = max(x, 2 * mid - before.right)
    x = max(x, said.width - before.right)  # its label begins at 0 or later
    return PlacedForm(form, x, said.tag, said, (before.right + x) / 2)


def spread(rows: Sequence[Row], width: float, most: float = LOOSE) -> list[Row]:
    """The rows with wider gaps, so that they fill the page, each as far as it may."""
    free = []
    for row in rows:
        slack = width - row[-1].end() - (LEAVE if row is not rows[-1] else 0)
        free.append(max(0.0, slack) / max(1, sum(not spot.tight for spot in row[1:])))
    wide = [min(most, f) for f in free]
    if len(rows) > 1:
        wide[-1] = min(wide[-1], max(wide[:-1]))
    return [_wider(row, by) for row, by in zip(rows, wide, strict=True)]


def _wider(row: Row, by: float) -> Row:
    out, gone = [row[0]], 0.0
    for spot in row[1:]:
        wide = 0.0 if spot.tight else by
        out.append(replace(spot, x=spot.x + gone + wide, mid=spot.mid + gone + wide / 2))
        gone += wide
    return tuple(out)
