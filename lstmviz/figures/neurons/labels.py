"""What a recurrent network drawn unit by unit says around the drawing."""

from __future__ import annotations

from itertools import pairwise

from lstmviz.figures.base import Subject
from lstmviz.figures.neurons import beside
from lstmviz.figures.neurons import facts as neurons_facts
from lstmviz.figures.neurons.page import CHIP, NeuronsDrawing, role_of
from lstmviz.figures.neurons.states import NEAR
from lstmviz.figures.shared.claimed import (
    Place,
    deep,
    kept_at,
    letter,
    named_state,
    of_step,
    state,
    stepped,
    weight,
)
from lstmviz.figures.shared.formulas import mixed
from lstmviz.figures.shared.parts import time_arrow
from lstmviz.figures.shared.place_names import Fitting, fitting, key, time_called
from lstmviz.figures.shared.step_words import words_read
from lstmviz.scene.items import INK, MUTED, stroke_of
from lstmviz.scene.labels import EMPTY, TextLine, letters, row, shorten, words, wrap
from lstmviz.translation.messages import message, user_text

LINE = 9.5


def captions(s: NeuronsDrawing, subject: Subject, width: float, *, fixed: bool) -> None:
    """Everything that is written; below the drawing `width` pt wide, or as wide as that where not `fixed`."""
    named_as = _columns(s, subject)
    for depth in s.depths:
        _states(s, depth)
        for step, _ in s.columns:
            _bundles(s, depth, step)
        if s.narrow:
            name = deep(words(beside.layer_name(s, depth), 7, tint=stroke_of("param")), s.layer, depth)
            s.canvas.text(name, s.end + CHIP + 1, s.middle(depth) + CHIP / 2 + 8.5, "end", role="param")
    if not s.narrow:
        beside.left(s)
    y = s.floor + 34
    first, last = s.columns[0][1], s.columns[-1][1]
    time_arrow(
        s.canvas,
        first - s.half - 3,
        max(last + s.half + 3 if s.steps[-1] else s.end - 4, first - s.half + 75),
        y,
        s.layer,
        drawn=s.last_step,
        name=f"{time_called(subject.data)} {named_as.start}…".strip() if named_as.start else "",
    )
    x0, _, x1, _ = s.canvas.extent()
    whole = key(named_as, _dates(s, subject)) if named_as.cut else []
    for text in (part for one in whole for part in wrap(one, width, 7)):
        y += LINE
        s.canvas.text(words(text, 7, tint=MUTED), x0, y + 6)
    room = width if fixed else max(x1 - x0, min(width, 300.0))
    neurons_facts.facts(s, (x0, y + 8), room)
    if s.narrow:
        over = s.canvas.extent()[1]
        for k, line in enumerate(reversed(neurons_facts.ends(s, room))):
            s.canvas.text(line, x0, over - 8 - 11 * k)


def _dates(s: NeuronsDrawing, subject: Subject) -> tuple[str, ...]:
    """What the data calls the steps; tokens are what is read, and stand there."""
    tokens = subject.data is not None and subject.data.sentences
    return () if tokens else words_read(subject.data, subject.trace, s.layer, 0)


def _columns(s: NeuronsDrawing, subject: Subject) -> Fitting:
    """Above and below each step: that it is the same network, and which step; gives how they are named."""
    labels = _dates(s, subject)
    drawn = [labels[step - 1] for step, _ in s.columns if step <= len(labels)]
    fit = fitting(drawn, 2 * s.half + s.entry - 34)
    for i, (step, x) in enumerate(s.columns):
        if s.lead is None:
            given = named_state(s.layer.name, letter(s.layer), str(step), tint=stroke_of("input"))
            s.canvas.text(given, x, s.m.r + 8, "middle", role="input")
        when = stepped(letters(f"t = {step}", 9.5), s.layer, step, "t")
        if i < len(fit.texts) and fit.texts[i]:
            when = row(when, of_step(fit.texts[i], s.layer.name, step, tint=MUTED), gap=5)
        s.canvas.text(when, x - s.entry / 2, s.floor + 18, "middle", role="axis")
        _predicted(s, step, x)
    return fit


def _predicted(s: NeuronsDrawing, step: int, x: float) -> None:
    """The name of what comes out of the head, if it does not stand in its only unit."""
    if s.heads_at(step) and s.chain.rows[-1].size > 1 and s.chain.rows[-1].role == "output":
        label = named_state(s.layer.name, "y", str(step), tint=stroke_of("output"))
        s.canvas.text(label, x, s.roof(step) + 10, "middle", role="output")


def _bundles(s: NeuronsDrawing, depth: int, step: int) -> None:
    """The names of the weights beside their lines, where a card has room for them.

    Those of h stand left of its lines, those of the row below right of theirs.
    """
    if not beside.named_at_lines(s):
        return
    _along(s, weight(s.layer, "hh", depth), (s.read(depth, step).x(0), s.row(depth, step).x(0)), depth)
    if depth == 0 or depth - 1 in s.depths:
        below = s.inputs(step) if depth == 0 else s.row(depth - 1, step)
        ends = [units.x(len(units.shown) - 1) for units in (below, s.row(depth, step))]
        _along(s, weight(s.layer, "ih", depth), (ends[0], ends[1]), depth, right=True)


def _along(
    s: NeuronsDrawing, name: TextLine, ends: tuple[float, float], depth: int, *, right: bool = False
) -> None:
    """A name beside the line between two rows that begins and ends at these x: left of it, or `right`."""
    low, high = s.level(depth) - s.m.r, s.foot(depth)
    y = low + (0.6 if not right else 0.35 if ends[0] < ends[1] else 0.5) * (high - low) + 2.0
    at = [ends[0] + (ends[1] - ends[0]) * (low - y1) / (low - high) for y1 in (y - 7.0, y + name.descent)]
    if right:
        s.canvas.text(name, max(at) + beside.CLEAR, y, role="param")
    else:
        s.canvas.text(name, min(at) - beside.CLEAR, y, "end", role="param")


def _states(s: NeuronsDrawing, depth: int) -> None:
    """The names of h where it is read and, if that is not drawn, where it leaves; of c; of the ends."""
    tint = stroke_of("hidden")
    low = s.level(depth) + s.m.kept + (12.5 if s.layer.num_layers > 1 else 11.0)
    for step, x in s.columns:
        name, more = state(s.layer, "h", step - 1, "fwd", depth, tint=tint), EMPTY
        if s.before(step) is None:
            name, more = _place(s, "h_0", depth).line(tint=tint), _zeros(s)
        left = s.aside(step) - (name.width + (more.width + 4 if more.runs else 0)) / 2
        s.canvas.text(name, left, low, role="hidden")
        s.canvas.text(more, left + name.width + 4, low, role="hidden")
        if s.layer.has_cell_state:
            _kept(s, depth, step, x - s.half)
    for step, x in (one for one, after in pairwise(s.columns) if after[0] > one[0] + 1 and not s.narrow):
        given = state(s.layer, "h", step, "fwd", depth, tint=tint)
        s.canvas.text(given, x + s.half + 3, s.middle(depth) - 4, role="hidden")
    for base in s.layer.state_letters:
        _ended(s, depth, base)


def _kept(s: NeuronsDrawing, depth: int, step: int, edge: float) -> None:
    """The name of the c that comes in at a step, left of the first chip or over the line."""
    tint, y, first = stroke_of("cell"), s.y_of(depth, "c"), s.before(step) is None
    name, at = state(s.layer, "c", step - 1, "fwd", depth, tint=tint), (edge - 4.0, y + 11.5)
    if first:
        name = name if s.narrow else _place(s, "c_0", depth).line(tint=tint)
        at = (edge - 4.0, y + CHIP / 2 + 10.5) if s.narrow else (edge - NEAR - CHIP - 3, y + 2.6)
        s.canvas.text(_zeros(s), at[0], y + 11.0, "end", role="cell")
    s.canvas.text(name, *at, "end", role="cell")


def _zeros(s: NeuronsDrawing) -> TextLine:
    """That the first states are zeros, where they are; on a narrow page that stands with their shape."""
    zeros = words(message("layer.zeros", layer=s.layer.name), 7, tint=MUTED)
    return zeros if s.layer.begins_with_zeros and not s.narrow else EMPTY


def _place(s: NeuronsDrawing, tensor: str, depth: int) -> Place:
    return kept_at(s.layer, tensor, depth)


def _ended(s: NeuronsDrawing, depth: int, base: str) -> None:
    """The name of a final state and, on a wide page, below it which step's it is."""
    role, y = role_of(base), s.y_of(depth, base)
    name = _place(s, f"{base}_n", depth).line(tint=stroke_of(role))
    if s.narrow:
        low = y + CHIP / 2 + 8.5 if base == "c" else y - CHIP / 2 - 4
        s.canvas.text(name, s.end + CHIP + 1, low, "end", role=role)
        return
    s.canvas.text(name, s.end + CHIP + 3, y + 2.6, role=role)
    if not s.layer.cell:
        s.canvas.text(_last(s, base, depth), s.end + CHIP + 3, y + 12.4, role=role)


def _last(s: NeuronsDrawing, base: str, depth: int) -> TextLine:
    """Which step's state a final one is: ``= h_3``."""
    tint = stroke_of(role_of(base))
    last = state(s.layer, base, s.last_step, "fwd", depth, tint=tint)
    return row(letters("=", 8.5, tint=tint), last, gap=2.5)


def reach(s: NeuronsDrawing) -> float:
    """How wide the drawing is without the names beside it."""
    top = s.depths[-1]
    names = (_place(s, "h_n", top).line(), _last(s, "h", top))
    named = 0.0 if s.narrow else 3 + max(name.width for name in names)
    return s.end + CHIP + named + 3 - s.start


def width(s: NeuronsDrawing) -> float:
    """How wide the drawing is with the names beside it."""
    return beside.left_width(s) + reach(s)


def token(s: NeuronsDrawing, subject: Subject, step: int) -> TextLine:
    """The token read at a step: the first sample's own, or its name."""
    sentences = subject.data.sentences if subject.data is not None else None
    longest = max(sentences, key=len) if sentences else ()
    if step <= len(longest):
        return words(shorten(user_text(longest[step - 1]), 2 * s.half - 8, 7), 7)
    said = s.tell("token-n", n=step)
    return mixed(said, gap=3, tint=INK, put={str(step): letters(str(step), 8)})
