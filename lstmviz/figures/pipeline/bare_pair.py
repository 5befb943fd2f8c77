"""The bare pipeline of an encoder and its decoder: a sequence in, the state handed over, a sequence out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from lstmviz.errors import FigureError
from lstmviz.figures.base import Subject
from lstmviz.figures.pages import MARGIN, Page
from lstmviz.figures.pipeline.bare_cards import arrow
from lstmviz.figures.pipeline.bare_strips import BOX, sequence
from lstmviz.figures.pipeline.labels import begun_with
from lstmviz.figures.pipeline.steps import Step
from lstmviz.figures.shared import bare
from lstmviz.figures.shared.step_words import words_of
from lstmviz.layout.boxes import Item, node, row, stack
from lstmviz.layout.links import Way, box_of, link
from lstmviz.network.second_input import given_beside
from lstmviz.network.structure import Trace, split_name
from lstmviz.scene import ids, labels
from lstmviz.scene.canvas import Canvas
from lstmviz.scene.items import INK, Role, stroke_of
from lstmviz.translation.messages import message, note

TITLE = 13.0
"""The size of what an encoder and a decoder are called, pt."""
PAD, STATE = (11.0, 17.0), (6.5, 6.0)
"""The room around the name of an encoder, and around those of a state, pt."""
GAPS, CLOSE, BETWEEN = (30.0, 20.0), 9.0, 7.0
"""From one to the next, at most and at least; where nothing else fits; and from one state to the next, pt."""
RISE, ARC = 18.0, 14.0
"""From a sequence up to what reads it, or from what gives it; and how far over both attention passes, pt."""
LEAST = 60.0
"""The least width of an encoder, pt."""


def fits(trace: Trace, steps: Sequence[Step]) -> bool:
    """Whether an encoder hands its states to the decoder right after it, and all else is one short way."""
    pairs = [place for place, (one, _) in enumerate(pairwise(steps), 1) if one.handed]
    others = [step for step in steps if step.source or (step.beside and step.type != "decoder")]
    if len(pairs) != 1 or steps[pairs[0]].type != "decoder" or others:
        return False
    sides = steps[: pairs[0]], steps[pairs[0] :]
    inputs = {tensor.name for tensor in trace.inputs}
    read = [split_name(source) for step in sides[1][1:] for source in _sources(trace, step)]
    far = [step for step in sides[1][1:] if step.type != "attention" and _reads(trace, step, sides[0])]
    ended = {split_name(one)[0] for one in trace.results} <= {steps[-1].name}
    return not far and ended and not any(name in inputs or part in inputs for name, part in read)


def _sources(trace: Trace, step: Step) -> tuple[str, ...]:
    stage = trace.stage(step.stage)
    return stage.sources if stage else ()


def _reads(trace: Trace, step: Step, others: Sequence[Step]) -> bool:
    """Whether a stage reads what one of others gives."""
    return bool({split_name(one)[0] for one in _sources(trace, step)} & {other.name for other in others})


@dataclass(frozen=True)
class _Pair:
    """The two sides with what is between them, what goes in, and what comes out."""

    row: tuple[Item, Item, Item]
    given: Item
    made: Item


def draw(subject: Subject, steps: Sequence[Step], page: Page) -> Canvas:
    """Draw one row; on a page that is too narrow for it, the input under the encoder and the output over the
    decoder.
    """
    at = next(place for place, step in enumerate(steps, 1) if step.handed)
    sides = steps[:at], steps[at:]
    flat = _pair(subject, sides, level=False)
    items = (flat.given, *flat.row, flat.made)
    least = sum(one.width for one in items) + GAPS[1] * 4
    weighs = any(step.type == "attention" for step in sides[1])
    canvas = Canvas()
    if level := least <= page.width * page.scale / page.least - 2 * MARGIN - 4:
        if least > page.inner - 4:
            raise FigureError("pipeline", "smaller type holds it in one row")
        gap = min(GAPS[0], GAPS[1] + (page.inner - 4 - least) / 4)
        row(*items, gap=gap, align="middle").place(canvas)
    else:
        _stand(canvas, _pair(subject, sides, level=True), page, weighs=weighs)
    _join(canvas, sides, "right" if level else "up", weighs=weighs)
    for name in given_beside(subject.trace, sides[1][0].name):
        canvas.notes.append(note("note.unshown", name=name, layer=sides[1][0].name))
    canvas.caption += begun_with(subject.trace)
    return canvas


def _pair(subject: Subject, sides: tuple[Sequence[Step], Sequence[Step]], *, level: bool) -> _Pair:
    trace, (left, right) = subject.trace, sides
    layers = [trace.layers[step.name] for step in (left[-1], right[0])]
    read, made = [words_of(subject, layer) for layer in layers]
    last = right[-1]
    output = (last.tensor_id, f"{last.name}.{last.output.name}", last.output)
    states = _states(left[-1], tight=level)
    high = states.high if len(left[-1].handed) > 1 else 0.0  # the arrows of both end at plain walls
    named = zip(("encoder", "decoder"), sides, strict=True)
    two = [_module(what, side, high, tight=level) for what, side in named]
    return _Pair(
        (two[0], states, two[1]),
        sequence(("input", "input", trace.input), layers[0], read, given=False, level=level),
        sequence(output, layers[1], made, given=True, level=level),
    )


def _module(what: str, side: Sequence[Step], high: float, *, tight: bool) -> Item:
    """What a side is for; which stages it has is claimed, not printed: at a glance the word is enough."""
    last, stages = side[-1], ", ".join(step.name for step in side)
    title = labels.words(message(f"bare.{what}-of", stages=stages), TITLE, font="bold")
    return node(last.id, "param", title, pad=(PAD[0] - 3.0 * tight, PAD[1]), least=(LEAST, high),
                outline="round", radius=7.0, line=1.4, tensor=last.name, shape=last.output.sizes)  # fmt: skip


def _role(state: str) -> Role:
    return "cell" if state[0] == "c" else "hidden"


def _states(encoder: Step, *, tight: bool) -> Item:
    """The last states that an encoder hands on, c above h."""
    found = []
    for one in sorted(encoder.handed, key=lambda tensor: tensor.name):
        name, role = f"{encoder.name}.{one.name}", _role(one.name)
        said = bare.lines_of(message(f"bare.{role}-ended", of=name))
        label = labels.stacked([labels.words(part, bare.WORD) for part in said], bare.LEAD)
        look: dict[str, Any] = {"line": 1.4, "tensor": name, "shape": one.sizes}
        if not tight:  # all that is handed on, the sequences too, has boxes of one size
            look["least"] = BOX
        found.append(
            node(
                f"{encoder.tensor_id}.{one.name}", role, label, pad=(STATE[0] - 2.0 * tight, STATE[1]), **look
            )
        )
    return stack(*found, gap=BETWEEN, align="middle")


def _stand(canvas: Canvas, pair: _Pair, page: Page, *, weighs: bool) -> None:
    """The encoder, the states and the decoder in one row; the input below, the output above."""
    encoder, _, decoder = pair.row
    gap = (page.inner - 4 - sum(one.width for one in pair.row)) / 2
    between = row(*pair.row, gap=min(GAPS[0], max(CLOSE, gap)), align="middle")
    between.place(canvas)
    low, high = ((between.high + side * one.high) / 2 for side, one in ((1, encoder), (-1, decoder)))
    x = min(max(0.0, (encoder.wide - pair.given.wide) / 2), between.wide - pair.given.wide)
    pair.given.draw(canvas, x, low + RISE)
    x = between.wide - max(pair.made.wide, (decoder.wide + pair.made.wide) / 2)
    pair.made.draw(canvas, x, high - RISE - pair.made.high - (ARC + bare.LEAD if weighs else 0.0))


def _join(canvas: Canvas, sides: Sequence[Sequence[Step]], way: Way, *, weighs: bool) -> None:
    """The arrows: into the encoder, through the states, out of the decoder; over them attention."""
    (left, right), encoder, decoder = sides, *(side[-1].id for side in sides)
    for ends, role in ((("input", encoder), "input"), ((decoder, right[-1].tensor_id), "output")):
        tint = stroke_of(role)
        link(canvas, ids.arrow(*ends), ends, "op", way, line=bare.THICK, stroke=tint, radius=4.0)
    for state in left[-1].handed:
        held = f"{left[-1].tensor_id}.{state.name}"
        for ends in ((encoder, held), (held, decoder)):
            link(canvas, ids.arrow(*ends), ends, _role(state.name), "right", **bare.style(state.name[0]))
    if weighs:
        one, two = box_of(canvas, encoder), box_of(canvas, decoder)
        a, b = (one[0] + one[2]) / 2, two[0] + (two[2] - two[0]) * (0.5 if way == "right" else 0.25)
        y = min(one[1], two[1]) - ARC
        route = [(a, one[1]), (a, y), (b, y), (b, two[1])]
        arrow(canvas, (encoder, decoder), route, stroke_of("output"))
        bare.say(canvas, message("bare.all-outputs"), ((a + b) / 2, y - 5.0), tint=INK)
