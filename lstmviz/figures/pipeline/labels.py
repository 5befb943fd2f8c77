"""What a pipeline says below its drawing: rearranged axes, sums of parameters, letters."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence

from lstmviz.figures.base import Options, respell
from lstmviz.figures.pipeline.axis_descriptions import said
from lstmviz.figures.pipeline.boxes import WEIGHED
from lstmviz.figures.pipeline.cards import Graph
from lstmviz.figures.pipeline.options import PipelineOptions
from lstmviz.figures.pipeline.parts import PipelinePlan
from lstmviz.figures.pipeline.pictures import way_of
from lstmviz.figures.pipeline.steps import Step
from lstmviz.figures.shared.claimed import meant
from lstmviz.figures.shared.common import keep
from lstmviz.figures.shared.parts import packed_rows
from lstmviz.figures.shared.second_input import first_input
from lstmviz.network.meaning import meaning_of
from lstmviz.network.operators import for_readers
from lstmviz.network.structure import Recurrent, Tensor, Trace
from lstmviz.scene.canvas import Canvas
from lstmviz.scene.claims import claim
from lstmviz.scene.items import MUTED, Point
from lstmviz.scene.labels import TextLine, row, words, wrap
from lstmviz.translation.messages import Message, joined, message, user_text

LINE = 11.0
ARROWS = {"down": "↓", "right": "→", "away": "↗"}
"""The ways that an axis runs in a block."""
IMAGES = {"rows": "down", "columns": "right", "channels": "away"}
"""The same of an image, whose axes stand there without a letter."""


def _reads_as(plan: PipelinePlan, steps: list[Step]) -> list[TextLine]:
    """How blocks are read where no letter says it: ``rows ↓``, ``batch ↓``."""
    first, options = plan.items[0], plan.options
    tensor = first.tensor
    away = [n for s, n in zip(tensor.symbols, tensor.sizes, strict=True) if way_of(s) == "away"]
    if first.picture is None:
        return _plane(steps, [tensor], options)
    if len(away) == 3 and first.picture is not None:
        named = [one for one in IMAGES if one != "channels" or away[0] > 1]
        return [
            row(words(message(f"pipeline.{one}"), 7, tint=MUTED), _arrow(one, IMAGES[one]), gap=2.5)
            for one in named
        ]
    if options.shapes not in {"numbers", "off"}:
        return []
    meanings = {letter: meaning for letter in tensor.symbols if (meaning := meaning_of(letter))}
    said = [(words(message(f"axis.{meanings[s]}"), 7, tint=MUTED), s) for s in meanings]
    return [row(word, _way(letter), gap=2.5) for word, letter in said]


def _plane(steps: Sequence[Step], inputs: Sequence[Tensor], options: Options) -> list[TextLine]:
    """Which axes of an image are its rows and its columns, where no letter says it."""
    images = [one for one in inputs if len(one.sizes) > 3 and all(s.isdigit() for s in one.symbols[-2:])]
    if options.shapes == "off" or not images or not any(step.type == "conv2d" for step in steps):
        return []
    rows, columns = images[0].sizes[-2:]
    said = message("pipeline.plane", rows=rows, columns=columns, of=images[0].name)
    return [words(said, 7, tint=MUTED)]


def _way(letter: str) -> TextLine:
    return _arrow(letter, way_of(letter))


def _arrow(axis: str, way: str) -> TextLine:
    """The arrow of an axis, a letter or a word for one of an image; it is held against the blocks."""
    return words(ARROWS[way], 7, tint=MUTED).claiming(claim("way", ARROWS[way], symbol=axis, way=way))


def _drawn_letters(plan: PipelinePlan) -> set[str]:
    """The letters of the axes that are seen in blocks."""
    blocks = [one.tensor for item in plan.items for one in (item, *item.beside) if one.picture is not None]
    if any(len(tensor.sizes) == 4 for tensor in blocks):
        return set()  # images, one of many
    axes = [axis for tensor in blocks for axis in zip(tensor.symbols, tensor.sizes, strict=True)]
    seen = {s for s, size in axes if size > 1 or way_of(s) != "away"}
    return seen | {letter for s in seen if way_of(letter := s.lstrip("0123456789")) == "away"}


def draw_notes(plan: PipelinePlan, steps: list[Step], trace: Trace, y: float) -> float:
    """Lines under the drawing; gives their lower end."""
    width = plan.width
    quiet = plan.options.legend == "off"
    lines = [] if quiet else _followed(plan, trace.recurrent)
    told = [] if quiet else _lesson(steps)
    told = [*_wirings(steps, plan.options, plan.canvas), *told, *begun_with(trace)]
    if getattr(plan.options, "parameters", False):
        told.append(message("pipeline.parameters-all", count=sum(s.parameters for s in steps)))
    lines += packed_rows([words(t, 7) for text in told for t in wrap(text, width, 7)], width)
    tensors = [item.tensor for item in plan.items] + [t for s in steps for t in (*s.beside, *s.handed)]
    given = [(plan.items[0].tensor.name, plan.items[0].tensor), *((s.stage, s.output) for s in steps)]
    letters = [] if quiet else _letters(plan.options, tensors, given, _drawn_letters(plan))
    said = (
        [*_reads_as(plan, steps), *letters] if plan.items[0].picture else [*letters, *_reads_as(plan, steps)]
    )
    lines += packed_rows(said, width, 9)
    y += 8
    for line in lines:
        y += LINE
        plan.canvas.text(line, 0, y)
    return y


def begun_with(trace: Trace) -> list[Message]:
    """What step 1 of a decoder reads of the data, which no arrow shows: every other step reads the target."""
    said = (one for layer in trace.recurrent if layer.giver for one in first_input(trace, layer))
    return [one for one in said if one.id != "second.starts-zero"]


def draw_below(canvas: Canvas, graph: Graph, options: PipelineOptions, at: Point, width: float) -> None:
    """Lines under a graph, from `at` on: the left and lower end of the graph."""
    x, y = at
    tensors = [given.tag.tensor for card in graph.cards.values() for given in card.given]
    told = list(_wirings(graph.steps, options, canvas))
    if options.parameters:
        told.append(message("pipeline.parameters-all", count=graph.flow.parameters))
    closed = [part for part in graph.flow.parts if part.module]
    if closed and options.depth is None and options.legend == "auto":
        deeper = 2 + min(part.stages[0].inside.index(part.name) for part in closed)
        names = ", ".join(dict.fromkeys(part.module for part in closed))
        told.append(message("pipeline.not-opened", names=user_text(names), depth=deeper))
    if graph.placed.badges and options.legend == "auto":
        told += _delayed(graph)
    weights = [(step, [one for one in step.told if one.id == WEIGHED]) for step in graph.steps]
    shapes = (joined(": ", _called(step, graph.steps), joined(", ", *said)) for step, said in weights if said)
    if options.detail != "full":  # else they are drawn
        canvas.caption += shapes
    lines = packed_rows([words(t, 7) for text in told for t in wrap(text, width, 7)], width)
    given = [(graph.flow.called.get(tensor.name, tensor.name), tensor) for tensor in graph.flow.inputs]
    given += [(p.name, tensor) for p in graph.flow.parts for stage in p.stages for tensor in stage.outputs]
    letters = [*_plane(graph.steps, graph.flow.inputs, options), *_letters(options, tensors, given)]
    lines += packed_rows(letters, width, 9) if options.legend == "auto" else []
    for number, line in enumerate(lines):
        canvas.text(line, x, y + 8 + LINE * (number + 1))


def _delayed(graph: Graph) -> Iterator[Message]:
    """Say what a delay is; what of the rounds is read in the next one without a delay at its line."""
    delays, delayed = graph.flow.delays, [tensor for tensor, _ in graph.placed.badges]
    states = tuple(tensor for tensor in delayed if tensor in delays)
    if states:
        near = not any({*delays[tensor]} - {1} for tensor in states)
        yield message("pipeline.delayed" if near else "pipeline.delayed-more", tensors=states)
    if len(states) < len(delayed):
        yield message("pipeline.delayed-step")


def _wirings(steps: list[Step], options: Options, canvas: Canvas) -> Iterator[Message]:
    """What stages do to the axes; without a legend only where a shape is right and the numbers are elsewhere.

    That is a note: it goes with ``notes: off``. All else is in the boxes, and said in the caption; at
    `detail: full`, where it is drawn in the boxes, below.
    """
    for step in steps:
        told = said(step.wiring, step.type) if step.wiring is not None else []
        misleads = step.wiring is not None and step.wiring.misleads
        if not told or (options.notes if misleads else options.legend) != "auto":
            continue
        first = joined(": ", _called(step, steps), told[0])
        if misleads or options.detail == "full":
            yield first
            yield from told[1:]
        else:
            canvas.caption.append(first)


def _called(step: Step, steps: list[Step]) -> Message:
    """The stage's own name, or which one it is of several without: ``second view``."""
    alike = [other.name for other in steps if re.fullmatch(rf"{step.type}(-\d+)?", other.name)]
    if step.name not in alike or len(alike) == 1:
        return message("pipeline.read", name=step.name, tensor=step.name)
    return message("stage.nth-of-type", n=alike.index(step.name) + 1, type=step.type, stage=step.stage)


def _followed(plan: PipelinePlan, layers: Collection[Recurrent]) -> list[TextLine]:
    """What the blocks are: one image of many, or one step followed through all."""
    told: list[Message] = []
    given, pictures = plan.items[0].tensor, [item for item in plan.items if item.picture is not None]
    if pictures and len(given.sizes) == 4 and given.sizes[0] > 1:
        others = any(_stacked(item.tensor) for item in pictures)
        what = message("pipeline.one-input" if others else "pipeline.one-block")
        return [words(message("pipeline.one-of", what=what, n=given.sizes[0]), 7)]
    shaded = [item.picture for item in pictures if item.picture is not None and item.picture.followed]
    if shaded:
        told.append(message("pipeline.shaded", n=shaded[0].step + 1))
        told += _read_until(layers, shaded[0].step + 1)
    if any(end is not None for item in pictures if item.picture is not None for end in item.picture.ends):
        told.append(message("pipeline.hatched"))
    return packed_rows([words(line, 7) for text in told for line in wrap(text, plan.width, 7)], plan.width)


def _read_until(layers: Collection[Recurrent], n: int) -> list[Message]:
    """That an output of recurrent layers with the same directions at step `n`, from 1, is not of it alone."""
    ways = {layer.bidirectional for layer in layers}
    if n == 1 or len(ways) != 1 or any(layer.type == "own" or layer.states_from for layer in layers):
        return []
    if ways == {False}:
        return [message("pipeline.of-steps-to")]
    padded = any(layer.lengths for layer in layers)
    return [message("pipeline.of-real-steps" if padded else "pipeline.of-all-steps")]


def _stacked(tensor: Tensor) -> bool:
    """Whether the block of a tensor has rows and columns, and is no image."""
    return len(tensor.sizes) == 3 or (len(tensor.sizes) == 2 and "N" not in tensor.symbols)


def _lesson(steps: list[Step]) -> list[Message]:
    """Two views around a Linear change nothing: it works on the last axis alone."""
    for a, b, c in zip(steps, steps[1:], steps[2:], strict=False):
        if b.type != "linear" or a.wiring is None or c.wiring is None:
            continue
        if a.wiring.merges and c.wiring.splits and a.wiring.before.sizes[:-1] == c.wiring.after.sizes[:-1]:
            return [message("pipeline.linear-last", views=(a.stage, c.stage), stage=b.stage)]
    return []


def _letters(
    options: Options,
    tensors: list[Tensor],
    given: list[tuple[str, Tensor]],
    drawn: Collection[str] = frozenset(),
) -> list[TextLine]:
    """``N batch``, ``H₁ units``: what the letters of all shapes stand for; ``T time →`` of those `drawn`.

    Of further letters of time it is said which of the inputs and stages, `given` in order, has it first.
    """
    if options.shapes in {"numbers", "off"}:
        return []
    seen: dict[str, None] = {}
    for tensor in tensors:
        for symbol in tensor.symbols:
            for part in symbol.replace("Σ lengths", "").split("·"):
                letter = part.lstrip("0123456789")
                if letter and letter[0].isalpha():
                    seen[letter] = None
    order = {k: i for i, k in enumerate("NTFVCEHPL")}
    ordered = sorted(seen, key=lambda k: (order.get(k[0], 99), k))
    said = [(k, _since(meant(k, respell(k, options), 7, 2.5), k, given)) for k in ordered if meaning_of(k)]
    return keep(row(one, _way(k), gap=2.5) if k in drawn else one for k, one in said)


def _since(meaning: TextLine, symbol: str, given: list[tuple[str, Tensor]]) -> TextLine:
    """The same with where the letter comes from, if there are several of time: ``T−4 time after conv1``."""
    if symbol[:1] != "T" or symbol in {"T", "T′"}:
        return meaning
    first = next((k for k, (_, tensor) in enumerate(given) if symbol in _parts(tensor)), None)
    if first is None:
        return meaning
    of, tensor = given[first]
    of_input = of == tensor.name or tensor.name.startswith("input")
    how = "pipeline.time-of" if of_input else "pipeline.time-after"
    said = message(how, of=of if of_input else for_readers(of), symbol=symbol)
    return row(meaning, words(said, 7, tint=MUTED), gap=2.5)


def _parts(tensor: Tensor) -> set[str]:
    return {part for symbol in tensor.symbols for part in symbol.split("·")}
