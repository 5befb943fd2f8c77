"""The bare network for images: maps as sheets, units as bars, and a word for each act between them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from lstmviz.figures.base import Draft, Options, Subject
from lstmviz.figures.pages import Page
from lstmviz.figures.shared import bare
from lstmviz.figures.volumes.acts import Act, acts_of
from lstmviz.figures.volumes.captions_below import describe
from lstmviz.figures.volumes.flow import LabelledMove as Told
from lstmviz.figures.volumes.flow import PlacedForm
from lstmviz.figures.volumes.kernel import patch_of, value_of
from lstmviz.figures.volumes.labels import window_role
from lstmviz.figures.volumes.plan import Form, is_drawn, moves_of
from lstmviz.scene import labels
from lstmviz.scene.canvas import Canvas
from lstmviz.scene.items import MUTED, Point, Role, Tint, fill_of, stroke_of
from lstmviz.scene.labels import EMPTY, TextLine
from lstmviz.translation.messages import Message, message

NARROW = 380.0
"""On a page no wider than this the forms stand upward, pt."""
SHEETS = (3.2, 0.85)
"""From one sheet to the next, to the right and upward, at best and at least, pt."""
FEW, MANY = 8, 9
"""Up to so many maps all are drawn; of more, so many sheets."""
LOOSE = ((1.2, 26.0), (1.2, 21.0), (1.2, 17.0), (1.0, 17.0), (0.85, 15.0))
"""How much larger than in the full figure forms are, and how far apart side by side, pt; the best first."""
PLAIN = 14.0
"""A window whose value is on a lower map would stand in the arrow's way, pt."""
AIR, RISE = 8.0, 30.0
"""Between two words on a line, and two forms one above the other, pt."""


@dataclass(frozen=True, slots=True)
class Stand:
    """A form with the words beside it, and the act that makes it."""

    form: Form
    named: tuple[TextLine, ...]
    act: Act | None = None
    said: tuple[TextLine, ...] = ()

    @property
    def wide(self) -> float:
        """What it covers from left to right."""
        return self.form.wide + self.form.deep

    @property
    def over(self) -> float:
        """The width of the widest word about its act."""
        return max((line.width for line in self.said), default=0.0)

    @property
    def under(self) -> float:
        """The width of the widest word about it."""
        return max((line.width for line in self.named), default=0.0)


def compose(subject: Subject, options: Options, page: Page) -> Draft:
    """From left to right where all fit side by side, else upward."""
    moves = moves_of(subject)
    acts = acts_of(moves, whole=options.whole)
    first = acts[0].source
    canvas = Canvas()
    for larger, gap in LOOSE:
        stands = _stands(first, acts, options, larger)
        xs = _level(stands, gap)
        if fits := _right(stands, xs) - _left(stands, gap) <= page.inner - 4:
            break
    if fits or (page.scale > 1 and page.width * page.scale > NARROW):  # smaller type is tried first
        _rightward(canvas, stands, xs)
    else:
        _upward(canvas, _stands(first, acts, options))
    return Draft(canvas, describe(moves))


def _stands(first: Form, acts: Sequence[Act], options: Options, larger: float | None = None) -> list[Stand]:
    """Every form with its words: so much `larger` on one level, or upward."""
    level = larger is not None
    forms = [_enlarged(form, larger or LOOSE[0][0]) for form in (first, *(act.target for act in acts))]
    tint = {True: stroke_of("param"), False: MUTED}
    said = [(), *(_lines(act.word, tint[act.weighs], broken=level) for act in acts)]
    chosen = any(one.type.endswith("softmax") for one in acts[-1].last.follows)
    named = [_named(form, options, level=level, chosen=chosen) for form in forms]
    return [Stand(*parts) for parts in zip(forms, named, (None, *acts), said, strict=True)]


def _enlarged(form: Form, k: float) -> Form:
    """The form as it is drawn here: maps as so many sheets as show that there are few or many."""
    large = replace(form, steps=1, wide=form.wide * (k if form.kind != "bar" else 1.1), high=form.high * k)
    return replace(large, deep=sum(_behind(large)))


def _behind(form: Form) -> list[float]:
    """How far each sheet stands behind the one before: all within half the height, where arrows meet them."""
    if form.kind != "maps":
        return []
    best, least = SHEETS
    count = form.sizes[0] if form.sizes[0] <= FEW else MANY
    more = min(count - 1, int(form.high / 2 / least))
    return [min(best, form.high / 2 / more)] * more if more else []


def _named(form: Form, options: Options, *, level: bool, chosen: bool) -> tuple[TextLine, ...]:
    """What a form is, how many maps or units it has, and of maps how large each is.

    What a model gives are classes where it is `chosen` between them by softmax.
    """
    name = "input" if form.first else "output" if form.last else ""
    said = message("bare.image" if form.first and form.kind == "maps" else f"bare.{name or 'output'}")
    steps = dict(zip(form.tensor.symbols, form.tensor.sizes, strict=True)).get("T", 1)
    if form.first and steps > 1:
        said = message("bare.frame", n=steps, of="input", axis=form.tensor.symbols.index("T"))
    lines = [labels.words(said, bare.WORD, tint=stroke_of(name))] if name else []
    if options.shapes == "off" or len(form.sizes) not in {1, 3}:
        return tuple(lines)
    plane = len(form.sizes) == 3
    told = bare.counted(form.tensor, form.tensor.name, first=form.first)
    if chosen and form.last and told and not plane:
        axis = len(form.tensor.sizes) - 1
        told = [message("bare.classes", n=form.sizes[0], of=form.tensor.name, axis=axis)]
    return (*lines, *(line for said in told for line in _lines(said, MUTED, broken=level and not plane)))


def _lines(told: Message, tint: Tint, *, broken: bool) -> tuple[TextLine, ...]:
    """Large words, broken after a number."""
    number, _, noun = told.text.partition(" ")
    parts = (
        [told.part(number, 0), told.part(noun, len(number) + 1)] if broken and number.isdigit() else [told]
    )
    return tuple(labels.words(part, bare.WORD, tint=tint) for part in parts)


def _level(stands: Sequence[Stand], gap: float) -> list[float]:
    """The left edges, as close as the arrows and the words above and below allow."""
    xs, end, over = [0.0], 0.0, -1e9
    for one, two in pairwise(stands):
        end = xs[-1] + one.wide
        x = end + (1.5 * gap if two.act and two.act.skipped else gap)
        x = max(x, xs[-1] + one.wide / 2 + (one.under + two.under) / 2 + AIR - two.wide / 2)
        middle = max((end + x) / 2, over + AIR + two.over / 2)
        x = max(x, 2 * middle - end)
        over = (end + x) / 2 + two.over / 2
        xs.append(x)
    return xs


def _left(stands: Sequence[Stand], gap: float) -> float:
    """Where the leftmost word begins."""
    one = stands[0]
    return min(0.0, (one.wide - one.under) / 2, one.wide + gap / 2 - stands[1].over / 2)


def _right(stands: Sequence[Stand], xs: Sequence[float]) -> float:
    """Where the last form ends, or the words at it."""
    last, between = stands[-1], (xs[-2] + stands[-2].wide + xs[-1]) / 2
    return max(xs[-1] + max(last.wide, (last.wide + last.under) / 2), between + last.over / 2)


def _rightward(canvas: Canvas, stands: Sequence[Stand], xs: Sequence[float]) -> None:
    """All on one level: what is done above, how many there are below."""
    roof = -max(s.form.high / 2 + s.form.deep for s in stands) - 9.0
    floor = max(s.form.high / 2 for s in stands) + 15.0
    spots = [PlacedForm(s.form, x, EMPTY, _move(s)) for s, x in zip(stands, xs, strict=True)]
    for stand, spot in zip(stands, spots, strict=True):
        _form(canvas, spot, 0.0)
        for i, line in enumerate(stand.named):
            canvas.text(line, spot.middle, floor + i * bare.LEAD, "middle")
    for k, (one, two) in enumerate(pairwise(spots)):
        stand = stands[k + 1]
        assert stand.act is not None
        route = [(one.edge, 0.0), (two.x, 0.0)]
        for i, line in enumerate(stand.said[::-1]):
            canvas.text(line, (one.right + two.x) / 2, roof - i * bare.LEAD, "middle")
        _arrow(canvas, stand.act, route)
        _fan(canvas, stand.act, one, two)
        _window(canvas, stand.act, (one, 0.0), (two, 0.0))


def _move(stand: Stand) -> Told | None:
    return Told(stand.act.last, (), EMPTY) if stand.act else None


def _upward(canvas: Canvas, stands: Sequence[Stand]) -> None:
    """One above the other; the words at the right."""
    wide = max(s.wide for s in stands)
    y, before = 0.0, None
    for stand in stands:
        form = stand.form
        flat = replace(form, wide=form.high, high=form.wide) if form.kind == "bar" else form
        if before is not None and stand.act is not None:
            gap = RISE * (1.4 if stand.act.skipped else 1.0)
            low = before[1] - before[0].form.high / 2 - before[0].form.deep
            y = low - gap - flat.high / 2
            route = [(wide / 2, low), (wide / 2, y + flat.high / 2)]
            _arrow(canvas, stand.act, route)
            canvas.text(stand.said[0], wide + 10, (low + route[1][1]) / 2 + 3.5)
        spot = PlacedForm(flat, (wide - flat.wide - flat.deep) / 2, EMPTY, _move(stand))
        _form(canvas, spot, y)
        top = y - (len(stand.named) - 1) / 2 * bare.LEAD + 3.5
        for i, line in enumerate(stand.named):
            canvas.text(line, wide + 10, top + i * bare.LEAD - flat.deep / 2)
        before = (spot, y)


def _form(canvas: Canvas, spot: PlacedForm, y: float) -> None:
    """Sheets one behind the other, or a bar, the front centred on y."""
    form = spot.form
    role: Role = "input" if form.first else "output" if form.last else "hidden"
    line = 2.4 if form.last else 1.3
    x0, x1, y0, y1 = spot.x, spot.x + form.wide, y - form.high / 2, y + form.high / 2
    back = _behind(form)
    for k in range(len(back), 0, -1):
        d = sum(back[:k])
        pale = Tint(f"{role}.fill", "ground", 0.35)
        canvas.box((x0 + d, y0 - d, x1 + d, y1 - d), role=role, fill=pale, stroke=stroke_of(role), z=3)
    canvas.box((x0, y0, x1, y1), role=role, fill=fill_of(role), stroke=stroke_of(role), line=line, z=4)
    box = (x0, y0 - form.deep, x1 + form.deep, y1)
    canvas.node(form.id, role, box, tensor=form.tensor.name, shape=form.tensor.sizes, outline="none")


def _arrow(canvas: Canvas, act: Act, route: list[Point]) -> None:
    """The arrow from one form to the next, open where stages are left out."""
    (x0, y0), (x1, y1) = route
    cuts: tuple[tuple[float, float], ...] = ()
    if act.skipped:
        middle, down = ((x0 + x1) / 2 - 2, (y0 + y1) / 2 + 2), y0 != y1
        canvas.dots(*middle, MUTED, r=1.3, down=down)
        half = abs(x1 - x0 + y1 - y0) / 2
        cuts = ((half - 2 - 8, half - 2 + 8),)
    source = act.source
    canvas.edge(
        act.last.id, (source.id, act.target.id), "op", route, line=bare.THICK, stroke=MUTED, cuts=cuts,
        tensor=source.tensor.name, shape=source.tensor.sizes,
    )  # fmt: skip


def _fan(canvas: Canvas, act: Act, one: PlacedForm, two: PlacedForm) -> None:
    """All values into every unit: a dense layer."""
    if not act.dense or act.skipped:
        return
    y0, y1, half = -one.form.high / 2 - one.form.deep, one.form.high / 2 - one.form.deep, two.form.high / 2
    points = [(one.right, y0), (two.x, -half), (two.x, half), (one.right, y1)]
    look = {"fill": Tint("param.fill", "ground", 0.55), "stroke": stroke_of("param"), "line": 0.5, "z": 1}
    canvas.form(points, role="param", **look)


def _window(canvas: Canvas, act: Act, a: tuple[PlacedForm, float], b: tuple[PlacedForm, float]) -> None:
    """A window on what it sees, and the value that it gives."""
    role = window_role(act.last)
    if b[0].form.high < PLAIN or not act.windowed or act.count > 1 or not is_drawn(act.last):
        return
    window = act.last.window
    assert window is not None
    rows, columns = act.target.plane
    row, column = min(int(rows * (0.25 if role == "param" else 0.8)), rows - 1), columns // 2
    patch, value = patch_of(*a, window, (row, column)), value_of(*b, (row, column))
    look: dict[str, Any] = {"stroke": stroke_of(role), "role": role}
    for i in (1, 3):
        canvas.line([(patch[2], patch[i]), (value[0], value[i])], line=0.8, z=8, **look)
    for box in (patch, value):
        canvas.box(box, fill=fill_of(role), line=1.0, z=9, **look)
