"""The forms of a `volumes` figure and what runs between them, as painted."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from lstmviz.figures.base import Options
from lstmviz.figures.shared.claimed import stepped_in
from lstmviz.figures.shared.parts import packed_rows
from lstmviz.figures.volumes.captions_below import foot_lines, shared_lines
from lstmviz.figures.volumes.flow import LEAVE, PlacedForm, Row
from lstmviz.figures.volumes.kernel import draw_window, swatches
from lstmviz.figures.volumes.labels import Voice, name_of
from lstmviz.figures.volumes.plan import BESIDE, DOTS, Form, Move, is_drawn
from lstmviz.scene.canvas import Canvas
from lstmviz.scene.items import MUTED, Point, Role, Tint, fill_of, stroke_of
from lstmviz.scene.labels import letters, words, wrap
from lstmviz.translation.messages import message

PITCH = 9.0
"""From one line of a label to the next, pt."""
TURN = 7.5
"""Free space on either side of the line that leads to the next row, pt."""
NAMED = 9.0
"""The room of the numbers of steps, over these, pt."""
NEARLY = 12.0
"""Lines over arrows from bars that are no further apart are level, pt."""
DOTTED = (0.9, 1.7)


def role_of(form: Form) -> Role:
    """The input, the output, or what is in between."""
    return "input" if form.first else "output" if form.last else "hidden"


def draw_rows(canvas: Canvas, rows: Sequence[Row], width: float) -> tuple[float, set[Role]]:
    """All rows with what joins them; returns the lowest baseline, and the roles of the windows drawn."""
    y, low = 0.0, 0.0
    before: tuple[PlacedForm, float] | None = None
    windows: set[Role] = set()
    for count, row in enumerate(rows):
        tops = _levels(row)
        lines = [len(s.said.lines) if s.said else 0 for s in row]
        y += max(*map(_rise, row), *(t + n * PITCH for t, n in zip(tops, lines, strict=True)))
        for spot in row:
            draw_form(canvas, spot, y)
        foot = y + max(s.form.high / 2 + s.form.around for s in row)
        ends = [*([before] if before else []), *((s, y) for s in row)]
        for place, (a, b) in enumerate(pairwise(ends)):
            wraps = count > 0 and place == 0
            turn = (low + TURN, width) if wraps else None
            _move(canvas, a, b, turn)
            if not wraps:  # where a row ends between the two, the arrow alone goes round
                windows |= draw_window(canvas, a, b, upper=_upper(rows, b[0]))
        for spot, top in zip(row, tops, strict=True):
            _over(canvas, spot, y - top)
        low = _under(canvas, row, foot, width)
        before = (row[-1], y)
        y = low + 2 * TURN
    return low, windows


def _rise(spot: PlacedForm) -> float:
    """How far above its middle a form goes, with the numbers of its steps."""
    return spot.form.rise + NAMED * (spot.form.steps > 1)


def _clear(row: Row, spot: PlacedForm) -> float:
    """How far above the middle of the row the lines over an arrow begin: over all that is below them."""
    if spot.said is None:
        return 0.0
    half = spot.said.width / 2 + 3
    below = [_rise(s) for s in row if s.x < spot.mid + half and s.right > spot.mid - half]
    return max([*below, spot.form.high / 2 if is_drawn(spot.said.move) else 0.0]) + 5


def _levels(row: Row) -> list[float]:
    """How far above the middle of the row the last line over each arrow stands.

    First lines are level: those of arrows that maps are at, and those of arrows from bars that nearly are.
    """
    clear = [_clear(row, spot) for spot in row]
    count = [len(spot.said.lines) if spot.said else 0 for spot in row]
    bars = [spot.said is not None and spot.said.move.source.kind == "bar" for spot in row]
    found = list(clear)
    for kind in (False, True):
        own = [k for k, lines in enumerate(count) if lines and bars[k] == kind]
        first = {k: clear[k] + count[k] * PITCH for k in own}
        for k, at in first.items():
            most = max(one for one in first.values() if not kind or one - at <= NEARLY)
            found[k] = most - count[k] * PITCH
    return found


def _upper(rows: Sequence[Row], spot: PlacedForm) -> bool:
    """Windows are drawn in the upper and the lower half of the maps by turns."""
    spots = [s for row in rows for s in row]
    return spots.index(spot) % 2 == 1


def draw_form(canvas: Canvas, spot: PlacedForm, y: float) -> None:
    """Sheets or a bar, its front centred on y; those of several steps side by side, under their numbers."""
    form, role = spot.form, role_of(spot.form)
    line = 1.75 if form.last else 1.0
    y0, y1 = y - form.high / 2, y + form.high / 2
    border = (spot.x, y0 - form.deep - form.around, spot.right, y1 + form.around)
    if form.steps > 1:  # one tensor: what leaves it reads all of its steps
        canvas.box(border, role=role, stroke=MUTED, line=0.6, z=2)
    inset = (line - 1.0) / 2
    pale = Tint(f"{role}.fill", "ground", 0.35)
    for step, right in zip(form.shown, form.along, strict=True):
        x0 = spot.x + right + form.around
        x1 = x0 + form.wide
        if step is None:
            canvas.dots(x0 + (DOTS - BESIDE) / 2, y, stroke_of(role), gap=2.8, r=0.8)
            continue
        for d in reversed(form.behind):  # the maps behind the first; of many, as many as can be told apart
            back = (x0 + d, y0 - d, x1 + d, y1 - d)
            canvas.box(back, role=role, fill=pale, stroke=stroke_of(role), line=min(line, 0.9), z=3)
        front = (x0 + inset, y0 + inset, x1 - inset, y1 - inset)
        canvas.box(front, role=role, fill=fill_of(role), stroke=stroke_of(role), line=line, z=4)
        if form.cut:
            for k in (1, 2, 3):
                d = form.behind[-2] + (form.deep - form.behind[-2]) * k / 4
                for x, at in ((x0 + d, y0 - d), (x1 + d, y1 - d)):
                    canvas.dot(x, at, 0.6, stroke_of(role), role=role, z=5)
        if form.steps > 1:
            letter = "t" if form.first and step == 0 else ""
            said = f"{letter} = 1" if letter else str(step + 1)
            number = stepped_in("", letters(said, 8, tint=MUTED), step + 1, letter)
            canvas.text(number, x0 + (form.wide + form.deep) / 2, border[1] - 3, "middle", role="axis")
    canvas.node(form.id, role, (*border[:2], spot.edge, border[3]), tensor=form.tensor.name,
                shape=form.tensor.sizes, outline="none")  # fmt: skip


def _move(
    canvas: Canvas, a: tuple[PlacedForm, float], b: tuple[PlacedForm, float], turn: tuple[float, float] | None
) -> None:
    """The arrow from one form to the next, round the row's end if need be."""
    (one, y0), (two, y1) = a, b
    assert two.said is not None
    move = two.said.move
    route: list[Point] = [(one.edge, y0), (two.x, y1)]
    if turn is not None:
        low, right = turn
        route = [(one.edge, y0), (right, y0), (right, low), (0.0, low), (0.0, y1), (two.x, y1)]
    elif one.form.kind == "maps" and two.form.kind == "bar":
        _flatten(canvas, one, two, y0)
    cuts: tuple[tuple[float, float], ...] = ()
    if move.times > 1 and turn is None:
        middle = (one.edge + two.x) / 2
        canvas.dots(middle - 2, y0, MUTED, gap=3.2, r=0.9)
        cuts = ((middle - 2 - one.edge - 6, middle - 2 - one.edge + 6),)
    source = one.form.tensor
    canvas.edge(move.id, (one.form.id, two.form.id), "op", route, line=1.0, tensor=source.name,
                shape=source.sizes, cuts=cuts)  # fmt: skip


def _flatten(canvas: Canvas, one: PlacedForm, two: PlacedForm, y: float) -> None:
    """All maps one after the other in one bar."""
    half, deep, bar = one.form.high / 2, one.form.deep, two.form.high / 2
    for a, b in (((one.right, y - half - deep), (two.x, y - bar)),
                 ((one.right - deep, y + half), (two.x, y + bar))):  # fmt: skip
        canvas.line([a, b], stroke=stroke_of("op"), line=0.75, dash=DOTTED, role="op", z=1)


def _over(canvas: Canvas, spot: PlacedForm, low: float) -> None:
    """The lines over an arrow, the last of them at `low`."""
    lines = spot.said.lines if spot.said else ()
    role: Role = "param" if spot.said and spot.said.move.lead.parameters else "op"
    for k, line in enumerate(reversed(lines)):
        canvas.text(line, spot.mid, low - k * PITCH, "middle", role=role)


def _under(canvas: Canvas, row: Row, foot: float, width: float) -> float:
    """Shapes under the forms, and the names of the first and the last; returns the lowest baseline."""
    base = foot + 11
    low = base if any(s.tag.runs for s in row) else base - 11
    first = base
    for spot in row:
        form = spot.form
        base = first + 10.0 * spot.tight
        low = max(low, base if spot.tag.runs else low)
        canvas.text(spot.tag, spot.middle, base, "middle", role=role_of(form), tensor=form.tensor.name,
                    shape=form.tensor.sizes)  # fmt: skip
        name = name_of(form, spot.said.move if spot.said else None)
        if name.runs:
            whole = "input" if form.first else f"{form.tensor.of}.output"
            y = base + (10.5 if spot.tag.runs else 0.0)
            canvas.text(name, max(name.width / 2, spot.middle), y, "middle", role=role_of(form), tensor=whole)
            low = max(low, y)
    return max(low, _apart(canvas, row, first, width))


def _apart(canvas: Canvas, row: Row, low: float, width: float) -> float:
    """A bracket under the forms of one frame of all, and how many frames there are."""
    spots = [spot for spot in row if spot.form.apart]
    if not spots:
        return low
    x0, x1, y = spots[0].x, spots[-1].right, low + 7
    canvas.line([(x0, y - 3), (x0, y), (x1, y), (x1, y - 3)], stroke=MUTED, line=0.75, role="op")
    stages = tuple(spot.form.tensor.of for spot in spots)
    said = message("volumes.each-frame", n=spots[0].form.tensor.sizes[0], stages=stages)
    line = words(said, 7, tint=MUTED)
    middle = min(max((x0 + x1) / 2, line.width / 2), width - LEAVE - line.width / 2)
    canvas.text(line, middle, y + 9, "middle", role="axis")
    return y + 9


def draw_foot(
    canvas: Canvas,
    moves: list[Move],
    options: Options,
    voice: Voice,
    *,
    at: tuple[float, float],
    windows: set[Role],
) -> None:
    """What is said once, the key and the notes; `at` is the first baseline and the width."""
    y, width = at
    said = [words(part, 7) for one in shared_lines(moves, options, voice) for part in wrap(one, width, 7)]
    for line in packed_rows(said, width):
        canvas.text(line, 0.0, y, role="note")
        y += 10.5
    if options.legend == "off":
        return
    y = swatches(canvas, moves, options, voice, at=(y + 4, width), windows=windows)
    for note in foot_lines(canvas, moves, options, width):
        canvas.text(note, 0.0, y, role="note")
        y += 11
