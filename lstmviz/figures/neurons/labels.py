"""What a recurrent network drawn unit by unit says around the drawing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lstmviz.figures.neurons import beside
from lstmviz.figures.neurons import facts as neurons_facts
from lstmviz.figures.neurons.page import role_of
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
from lstmviz.figures.shared.content import starts_from_zeros
from lstmviz.figures.shared.formulas import mixed
from lstmviz.figures.shared.parts import time_arrow
from lstmviz.figures.shared.place_names import Fitting, fitting, key, time_called
from lstmviz.figures.shared.step_words import words_read
from lstmviz.scene.items import INK, MUTED, stroke_of
from lstmviz.scene.labels import EMPTY, TextLine, letters, row, shorten, words, wrap
from lstmviz.translation.messages import message, user_text

if TYPE_CHECKING:
    from lstmviz.figures.base import Subject
    from lstmviz.figures.neurons.page import NeuronsDrawing

LINE = 9.5


def captions(s: NeuronsDrawing, subject: Subject, width: float, *, fixed: bool) -> None:
    """Everything that is written; below the drawing `width` pt wide, or as wide as that where not `fixed`."""
    named_as = _columns(s, subject)
    for depth in s.depths:
        _states(s, depth)
    if not s.narrow:
        beside.left(s)
    y = s.floor + 34
    first, last = s.columns[0][1], s.columns[-1][1]
    time_arrow(
        s.canvas,
        first - s.half - 3,
        max(last + s.half + 3, first - s.half + 75),
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
    fit = fitting(drawn, 2 * s.half - 34)
    for i, (step, x) in enumerate(s.columns):
        over = words(
            s.tell("same" if i else "ordinary" if step == 1 else "the"), 7 if s.narrow else 8, tint=MUTED
        )
        s.canvas.text(over, x, _heading(s, step), "middle")
        if s.lead is None:
            given = named_state(s.layer.name, letter(s.layer), str(step), tint=stroke_of("input"))
            s.canvas.text(given, x, s.m.r + 8, "middle", role="input")
        when = stepped(letters(f"t = {step}", 9.5), s.layer, step, "t")
        if i < len(fit.texts) and fit.texts[i]:
            when = row(when, of_step(fit.texts[i], s.layer.name, step, tint=MUTED), gap=5)
        s.canvas.text(when, x, s.floor + 17, "middle", role="axis")
        _predicted(s, step, x)
    return fit


def _heading(s: NeuronsDrawing, step: int) -> float:
    """The baseline of the words over a column; if narrow, over the highest layer's name."""
    high, top = s.roof(step) - 4.5, s.depths[-1]
    if s.layer.has_cell_state:  # clear of the names over its strips of c
        high = min(high, s.upper(top, "c") - 31)
    return min(high, _layer_name(s, top) - 10.5) if s.narrow else high


def _layer_name(s: NeuronsDrawing, depth: int) -> float:
    """The baseline of a layer's name on a narrow page: over that of its first state."""
    if not s.layer.has_cell_state:
        return s.top(depth) - 12
    return s.upper(depth, "c") - (23.5 if starts_from_zeros(s.layer) else 15.0)


def _predicted(s: NeuronsDrawing, step: int, x: float) -> None:
    """The name of what comes out of the head, if it does not stand in its only unit."""
    if s.heads_at(step) and s.chain.rows[-1].size > 1 and s.chain.rows[-1].role == "output":
        label = named_state(s.layer.name, "y", str(step), tint=stroke_of("output"))
        s.canvas.text(label, x, s.roof(step) + 10, "middle", role="output")


def _states(s: NeuronsDrawing, depth: int) -> None:
    """The names of h and c: where they begin, in every gap, where they end."""
    low, high = s.foot(depth) + 9.5, s.upper(depth, "c") - 5.0
    ends = [("c", high), ("h", low)] if s.layer.has_cell_state else [("h", low)]
    aside = _aside(s, depth)
    if s.narrow:
        name = deep(words(beside.layer_name(s, depth), 7, tint=stroke_of("param")), s.layer, depth)
        s.canvas.text(name, s.start - 1, _layer_name(s, depth), role="param")
    for base, y in ends:
        role = role_of(base)
        tint = stroke_of(role)
        zero = (
            words(message("layer.zeros", layer=s.layer.name), 7, tint=MUTED)
            if starts_from_zeros(s.layer)
            else EMPTY
        )
        first, under = _place(s, f"{base}_0", depth).line(tint=tint), 8.5 if zero.runs else 0.0
        tight = s.narrow and aside > 0  # no room for a third line: zeros stand beside W_hh
        at = [y - under, y] if base == "c" else [y + aside, y if tight else y + aside + 8.5]
        for line, level in zip((first, zero), at, strict=True):
            s.canvas.text(line, s.start - _reach(s), level, role=role)
        _ended(s, depth, base, y)
        for step, _ in s.columns[1:]:
            name = state(s.layer, base, step - 1, "fwd", depth, tint=tint)
            x = s.strip(step) + (s.m.strip / 2 if base == "h" else s.m.strip + s.m.fan / 2 + 1)
            s.canvas.text(name, x, y + (1 if base == "h" else 0), "middle", role=role)
    _weights(s, depth, low)


def under_states(s: NeuronsDrawing, depth: int, *, first: bool) -> float:
    """How far what is said under the states of a step reaches below a layer, pt."""
    low = s.lower(depth, "h") - s.foot(depth) + 12.0
    apart = 0.0 if _beside(s, depth) else 10.0
    more = apart + (8.5 if starts_from_zeros(s.layer) and not (s.narrow and apart) else 0.0)
    return low + (more if first else 0.0)


def _place(s: NeuronsDrawing, tensor: str, depth: int) -> Place:
    return kept_at(s.layer, tensor, depth)


def _reach(s: NeuronsDrawing) -> float:
    """How far the names of the initial states reach to the left of their strips, pt."""
    return 1.0 if s.narrow else 4.0


def _weights(s: NeuronsDrawing, depth: int, y: float) -> None:
    """The name of W_hh at its first lines, beside the name of h_0; that is further off without room."""
    name = weight(s.layer, "hh", depth)
    s.canvas.text(name, s.start + s.entry - s.pad - 1 - name.width, y + 1, role="param")


def _aside(s: NeuronsDrawing, depth: int) -> float:
    """How far apart the names of h_0 and of W_hh stand, W_hh nearer to its lines, pt."""
    return 0.0 if _beside(s, depth) else 9.5 if s.narrow else 12.5


def _beside(s: NeuronsDrawing, depth: int) -> bool:
    """Whether the name of W_hh has room beside that of h_0."""
    room = s.entry - s.pad - weight(s.layer, "hh", depth).width - 3
    return room >= _place(s, "h_0", depth).line().width - _reach(s)


def _ended(s: NeuronsDrawing, depth: int, base: str, y: float) -> None:
    """The name of a final state and, on a wide page, below it which step's it is."""
    role = role_of(base)
    name = _place(s, f"{base}_n", depth).line(tint=stroke_of(role))
    if not s.narrow and not s.layer.cell:
        y -= 10.5 if base == "c" else 0
        s.canvas.text(_last(s, base, depth), s.end - 1, y + 10.8, role=role)
    s.canvas.text(name, _final(s, name.width), y, "middle", role=role)


def _last(s: NeuronsDrawing, base: str, depth: int) -> TextLine:
    """Which step's state a final one is: ``= h_3``."""
    tint = stroke_of(role_of(base))
    last = state(s.layer, base, s.last_step, "fwd", depth, tint=tint)
    return row(letters("=", 8.5, tint=tint), last, gap=2.5)


def _final(s: NeuronsDrawing, wide: float) -> float:
    """Where the names of the final states stand, in the middle: clear of the last card's edge."""
    middle = s.end + s.m.strip / 2
    if s.narrow:
        return max(middle, s.columns[-1][1] + s.half + 4 + wide / 2)
    return s.end - 1 + wide / 2


def reach(s: NeuronsDrawing) -> float:
    """How wide the drawing is without the names beside it."""
    name = _place(s, "h_n", s.depths[-1]).line().width
    named = 0.0 if s.narrow else s.end - 1 + _last(s, "h", s.depths[-1]).width
    return max(_final(s, name) + name / 2, named) - s.start + (5 if s.narrow else 6)


def width(s: NeuronsDrawing) -> float:
    """How wide the drawing is with the names beside it."""
    return beside.left_width(s) + reach(s)


def band(s: NeuronsDrawing, depth: int) -> tuple[float, float]:
    """The upper and the lower edge of a layer with the names of its states."""
    names = 27.0 if s.layer.has_cell_state else 8.0
    over = (
        _layer_name(s, depth) - 9
        if s.narrow
        else s.upper(depth, "c" if s.layer.has_cell_state else "h") - names
    )
    under = under_states(s, depth, first=True)
    return over, s.foot(depth) + max(under, 0.0 if s.narrow else 26.0)


def token(s: NeuronsDrawing, subject: Subject, step: int) -> TextLine:
    """The token read at a step: the first sample's own, or its name."""
    sentences = subject.data.sentences if subject.data is not None else None
    longest = max(sentences, key=len) if sentences else ()
    if step <= len(longest):
        return words(shorten(user_text(longest[step - 1]), 2 * s.half - 8, 7), 7)
    said = s.tell("token-n", n=step)
    return mixed(said, gap=3, tint=INK, put={str(step): letters(str(step), 8)})
