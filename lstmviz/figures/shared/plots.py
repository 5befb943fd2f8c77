"""What stands around measured values: bars of shades, marks on scales, the steps along an axis."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby, pairwise

from lstmviz.figures.base import Subject
from lstmviz.figures.shared.claimed import of_step, ticked
from lstmviz.figures.shared.place_names import fitting, key, time_called
from lstmviz.network.values.data import Origin
from lstmviz.scene import ids, labels
from lstmviz.scene.canvas import Canvas
from lstmviz.scene.claims import claim
from lstmviz.scene.items import GROUND, INK, MUTED, Box, Tint
from lstmviz.scene.labels import TextLine, letters, words, wrap
from lstmviz.scene.plots import Heat
from lstmviz.translation.messages import Message, message

BAR = 8.0
"""How wide a bar of shades is, pt."""
TICK = 3.0
"""How long a mark on a scale is, pt."""
PLAIN = -3.0
"""From this power of ten on a scale has plain numbers: 0.001, 0.01, 0.1."""
ROW = 6.0
"""Rows at least so high have each its number, and cells at least so wide and high lines between them, pt."""
BETWEEN = Tint("ground", "muted", 0.6)
"""The colour of these lines."""
APART = 9.0
"""Between two names or numbers of a column, and 3 pt more of a row, pt."""


ROUND = (1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10)
"""Numbers at which a scale ends, times a power of ten: so near to each other that few shades lie unused."""


def mark(value: float, *, log: bool, size: float = 7.0, plain: bool = False) -> TextLine:
    """Return a number on a scale: if that is logarithmic 10 with its power, or `plain` what that is."""
    if log and plain:
        text = f"{10**value:.3g}"  # between two powers: 1, 2 or 5 times one
        return letters(text, size + 1).claiming(claim("mark", text, value=value, log=True, plain=True))
    if log:
        power = math.floor(value + 1e-9)
        times = f"{10 ** (value - power):.2g}·" if value % 1 else ""
        line = labels.math(f"{times}10", sup=str(power), size=size + 1)
        return line.claiming(claim("mark", line.text, value=value, log=True, plain=False))
    text = f"{value:g}"
    return letters(text, size + 1).claiming(claim("mark", text, value=value, log=False))


def powers(low: float, high: float, room: float) -> list[int]:
    """Return the powers of ten to mark on a scale with so much room, pt: its top always.

    >>> powers(-3.0, 0.0, 100), powers(-40.0, 0.0, 50)
    ([-3, -2, -1, 0], [-40, -30, -20, -10, 0])
    """
    count = max(1, int(room // 12))
    every = next(n for n in (1, 2, 5, 10, 20, 50, 100, 200, 500) if (high - low) / n <= count)
    return [n for n in range(math.ceil(low), round(high) + 1) if (round(high) - n) % every == 0]


def bar(
    canvas: Canvas, heat: Heat, box: Box, *, lying: bool = False, size: float = 7.0, bare: bool = False
) -> None:
    """Draw the shades of a map with their numbers beside them.

    A standing bar has its greatest values at the top, one that is `lying` at the right; a `bare` one has
    numbers at its ends alone, and none where its scale is logarithmic: that is then said in words.
    """
    levels = range(heat.levels) if lying else range(heat.levels - 1, -1, -1)
    values = tuple(float(f"{heat.middle(level):.6e}") for level in levels)
    rows, columns = (1, heat.levels) if lying else (heat.levels, 1)
    canvas.plot(Heat(ids.bar(heat.id), box, rows, columns, values, heat.scale, heat.low, heat.high))
    canvas.box(box, stroke=INK, line=0.6, z=12)
    x0, y0, x1, y1 = box
    log, room = heat.scale == "log", (x1 - x0) if lying else (y1 - y0)
    marks: Sequence[float] = _log_marks(heat, room * (0.6 if lying else 1)) if log else (
        heat.low, (heat.low + heat.high) / 2, heat.high)  # fmt: skip
    if bare:
        marks = () if log else (heat.low, heat.high)
    plain = heat.low >= PLAIN or (log and heat.high - heat.low < 2 and heat.low >= PLAIN - 1)
    for value in marks:
        share = (value - heat.low) / (heat.high - heat.low)
        line = mark(value, log=log, size=size, plain=plain)
        less = words(message("plots.or-less"), size) if log and value == heat.low and below(heat) else None
        if lying:
            x = x0 + share * (x1 - x0)
            canvas.line([(x, y1), (x, y1 + TICK)], line=0.6, z=12)
            canvas.text(line, x, y1 + TICK + line.ascent + 1.5, "middle", at=box)
            if less:
                canvas.text(less, x - line.width / 2 - 1.5, y1 + TICK + line.ascent + 1.5, "end")
        else:
            y = y1 - share * (y1 - y0)
            canvas.line([(x1, y), (x1 + TICK, y)], line=0.6, z=12)
            canvas.text(line, x1 + TICK + 1.5, y + 2.6 * size / 7, at=box)


def _log_marks(heat: Heat, room: float) -> list[float]:
    """Return both ends of a logarithmic scale, and the powers of ten between that keep apart from them."""
    apart = (heat.high - heat.low) * 24.0 / room
    between: list[float] = [*powers(heat.low, float(math.floor(heat.high)), room)]
    if heat.high - heat.low < 2:
        between = finer(heat.low, heat.high)
    found = [heat.low]
    for n in between:
        if found[-1] + apart <= n <= heat.high - apart:
            found.append(n)
    return [*found, heat.high]


def finer(low: float, high: float) -> list[float]:
    """Return the logarithms of 1, 2 and 5 times powers of ten on a scale.

    >>> [round(10**n, 6) for n in finer(-1.3, 0.0)]
    [0.1, 0.2, 0.5, 1.0]
    """
    every = (k + math.log10(n) for k in range(math.floor(low), math.ceil(high) + 1) for n in (1, 2, 5))
    return [n for n in every if low < n <= high]


def below(heat: Heat) -> bool:
    """Tell whether a map has values under its logarithmic scale: they have the shade of its lower end."""
    return any(0 < abs(value) < 10**heat.low for value in heat.values if value)


def nothing(
    canvas: Canvas, x: float, y: float, *, side: float = BAR, size: float = 7.0, said: Message | None = None
) -> None:
    """Draw what exactly zero looks like, and say so: no shade at all."""
    canvas.box((x, y, x + side, y + side), fill=GROUND, stroke=MUTED, line=0.6)
    line = words(said or message("plots.zero"), size, tint=MUTED)
    canvas.text(line, x + side + 4, y + side / 2 + 2.6 * size / 7)


def steps_shown(count: int, gap: float, least: float = APART) -> list[int]:
    """Return which steps have their number at an axis: the first and even ones, of many the last.

    >>> steps_shown(5, 20.0), steps_shown(96, 1.0)
    ([1, 2, 3, 4, 5], [1, 10, 20, 30, 40, 50, 60, 70, 80, 96])
    >>> steps_shown(9, 6.0), steps_shown(12, 6.0)
    ([1, 3, 5, 7, 9], [1, 3, 5, 7, 9, 11])
    """
    every = next(n for n in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000) if n * gap >= least or n >= count)
    if every == 1:
        return list(range(1, count + 1))
    even = next((n for n in range(every, 5) if (count - 1) % n == 0), 0)
    if even or every < 5:
        return list(range(1, count + 1, even or every))
    shown = [n for n in range(every, count, every) if (n - 1) * gap >= least and (count - n) * gap >= least]
    return [1, *shown, count]


def from_zero(last: int, gap: float, least: float = APART) -> list[int]:
    """Return which steps have their number where the first is 0: it, the last, and even ones between.

    >>> from_zero(15, 4.0), from_zero(1, 20.0), from_zero(9, 7.5)
    ([0, 5, 10, 15], [0, 1], [0, 3, 6, 9])
    """
    every = next(n for n in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000) if n * gap >= least or n >= last)
    even = next((n for n in range(every, 5) if last % n == 0), every)
    return [0, *(n for n in range(even, last, even) if (last - n) * gap >= least), *([last] if last else [])]


def names_of(subject: Subject, sample: int, count: int) -> list[str]:
    """Return what the data calls the steps of the input: the sample's tokens, or labels of the time axis."""
    data = subject.data
    if data is None:
        return []
    if data.sentences:
        return list(data.sentences[sample])[:count]
    axis = data.axes.time
    return list(axis.labels)[:count] if axis and axis.labels else []


def along(
    canvas: Canvas, box: Box, count: int, names: Sequence[str], *, layer: str = "", size: float = 7.0
) -> float:
    """Write the steps under a map, of a layer or of the input, by name where there is room; gives the lower
    edge of the words.
    """
    x0, _, x1, y1 = box
    gap = (x1 - x0) / count
    fit = fitting(names, gap - 3)
    if len(names) == count and not fit.cut:
        for at, text in enumerate(fit.texts):
            line = of_step(text, layer, at + 1, size)
            if text:  # a decoder reads no step of its target first
                canvas.text(line, x0 + (at + 0.5) * gap, y1 + size + 2, "middle", role="axis")
        return y1 + size + 4
    wide = letters(str(count), size + 1).width + 4
    for step in steps_shown(count, gap, max(APART, wide)):
        line = ticked(letters(str(step), size + 1), step, count)
        canvas.text(line, x0 + (step - 0.5) * gap, y1 + size + 2, "middle", role="axis", at=box)
    return y1 + size + 4


def names_whole(subject: Subject, names: Sequence[str], gap: float, room: float = 0.0) -> list[Message]:
    """What is said of names under a map whose steps are `gap` pt wide: nothing if they stand there whole.

    With a `room` they stand at its left as well.
    """
    called = time_called(subject.data)
    return key(fitting(names, gap - 3), names, called) or (
        key(fitting(names, room), names, called) if room else []
    )


def beside_names(names: Sequence[str], count: int, gap: float, room: float, *, of: str) -> list[TextLine]:
    """Return what the steps of a stage are called, for rows, in what room there is at their left.

    There are none where they cannot be told apart.
    """
    fit = fitting(names, room)
    if len(names) != count or gap < APART or len({*fit.texts}) < len({*names}):
        return []
    return [of_step(text, of, step) for step, text in enumerate(fit.texts, 1)]


def units_shown(count: int, gap: float) -> list[int]:
    """Return which rows have their number: all where they are high enough, else even ones.

    >>> units_shown(8, 6.0), units_shown(8, 4.5), units_shown(16, 2.5)
    ([1, 2, 3, 4, 5, 6, 7, 8], [2, 4, 6, 8], [4, 8, 12, 16])
    """
    every = next(n for n in (1, 2, 4, 5, 10, 20, 50, 100) if n * gap >= (ROW if n == 1 else APART))
    return list(range(every, count + 1, every))


def separated(canvas: Canvas, heat: Heat) -> None:
    """Draw thin lines around the shaded cells of a map that have room, so that equal ones do not merge."""
    x0, y0, x1, y1 = heat.box
    wide, high = (x1 - x0) / heat.columns, (y1 - y0) / heat.rows
    if min(wide, high) < ROW:
        return
    starts = range(0, len(heat.values), heat.columns)
    rows = [[bool(value) for value in heat.values[at : at + heat.columns]] for at in starts]
    for cells, across in ((rows, False), ([*zip(*rows, strict=True)], True)):
        for k, (one, other) in enumerate(pairwise(cells), 1):
            for shaded, run in groupby(range(len(one)), lambda at, a=one, b=other: a[at] or b[at]):  # type: ignore[misc]
                first, *more = run
                ends = [(first, k), ((more or [first])[-1] + 1, k)]
                way = [(x0 + (v if across else u) * wide, y0 + (u if across else v) * high) for u, v in ends]
                if shaded:
                    canvas.line(way, stroke=BETWEEN, line=0.4, z=10)


def down(canvas: Canvas, box: Box, count: int, lines: Sequence[TextLine] = (), *, size: float = 7.0,
    units: bool = False,
) -> None:  # fmt: skip
    """Write the steps, or `units`, at the left of a map, by name where there is room for all."""
    x0, y0, _, y1 = box
    gap = (y1 - y0) / count
    if lines:
        for at, line in enumerate(lines):
            canvas.text(line, x0 - 4, y0 + (at + 0.5) * gap + 2.6, "end", role="axis")
        return
    shown = units_shown(count, gap) if units else steps_shown(count, gap, APART + size - 7)
    for step in shown:
        line = ticked(letters(str(step), size + 1), step, count)
        canvas.text(line, x0 - 4, y0 + (step - 0.5) * gap + 2.6 * size / 7, "end", role="axis", at=box)


def origin_said(origin: Origin) -> Message:
    """Say whose weights and input the values come from."""
    if origin.own:
        which = "-random" if origin.random else ""
        given = {"file": origin.weights} if origin.weights else {}
        return message(f"plots.{'file' if given else 'own'}{which}", **given)
    values = message("plots.sentences") if origin.words and not origin.values else origin.values
    files: dict[str, str | Message] = {"file": origin.weights, "values": values}
    named = {key: name for key, name in files.items() if name}
    seed = {"seed": origin.seed} if len(named) < 2 else {}
    ids = {"": "untrained", "file": "trained", "values": "measured", "file values": "both"}
    return message(f"plots.{ids[' '.join(named)]}", **named, **seed)


def origin_told(origin: Origin) -> Iterator[Message]:
    """Yield whose weights and input these are, and what the first states are where they are given."""
    yield origin_said(origin)
    if origin.states:
        yield message("plots.begun", seed=origin.seed)


def paragraphs(
    told: Iterable[Message], room: float, size: float = 7, tint: Tint = MUTED
) -> Iterator[TextLine]:
    """Yield sentences in lines that fit, each beginning on its own."""
    for said in told:
        start = 0
        for text in wrap(said.text, room, size):
            start = said.text.index(text, start)
            yield words(said.part(text, start), size, tint=tint)
            start += len(text)


def round_up(value: float) -> float:
    """Return a round number that is not smaller.

    >>> round_up(2.3), round_up(0.05), round_up(0.7), round_up(0.0)
    (2.5, 0.05, 0.8, 1.0)
    """
    if value <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(value))
    return float(f"{next(n for n in ROUND if n * power >= value * (1 - 1e-9)) * power:.6g}")
