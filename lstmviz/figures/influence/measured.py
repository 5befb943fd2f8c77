"""What `influence` measures, and what is said of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from pydantic import Field

from lstmviz.errors import FigureError, MeasureError, ModelError
from lstmviz.figures.base import Options, Subject
from lstmviz.figures.shared import plots
from lstmviz.figures.shared.common import ends
from lstmviz.figures.shared.parts import depth_of
from lstmviz.network.structure import Recurrent, Stage, Trace, full_name
from lstmviz.network.values.data import Influence, StateGradients
from lstmviz.scene.canvas import Canvas
from lstmviz.scene.items import INK, Box
from lstmviz.scene.plots import Heat, fitted
from lstmviz.translation.messages import Message, joined, message, user_text

WALL = 1.4
"""How thick a wall is, pt."""
SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


class InfluenceOptions(Options):
    """Options of `influence`."""

    of: str | None = Field(None, description="whose result is moved (default: the last stage with steps)")
    layer: int | None = Field(
        None, ge=0, description="whose states the curves are about (default: every layer's)"
    )
    state: Literal["both", "h", "c"] = Field("both", description="h, c, or both along time")
    norm: Literal["fro", "max"] = Field(
        "fro", description="of each map cell: fro (all numbers together) or max (the largest)"
    )
    sample: int | None = Field(
        None, ge=0, description="which sample, counted from 0 (default: the first of the longest)"
    )


def stages_of(subject: Subject) -> list[Stage]:
    """Return the stages whose result has steps of its own."""
    trace = subject.trace
    batched = "N" in trace.input.symbols

    def fits(stage: Stage) -> bool:
        if _unnamed(subject):
            return stage.outputs[0].sizes[:2] == trace.input.sizes[:2] and len(stage.outputs[0].sizes) == 3
        symbols = stage.outputs[0].symbols if stage.outputs else ()
        times = [symbol for symbol in symbols if symbol in {"T", "T′"}]
        return len(times) == 1 and len(symbols) == 2 + batched and ("N" in symbols) == batched

    found = [stage for stage in trace.stages if fits(stage)]
    known = [stage for stage in found if subject.data is not None or _caught(stage, trace)]
    return known or found


def _caught(stage: Stage, trace: Trace) -> bool:
    """Whether what a stage gives is had while a user's module runs: a module's, or the model's result."""
    return stage.name in trace.parts or full_name(stage, stage.outputs[0]) in trace.results


def _unnamed(subject: Subject) -> bool:
    """Whether the input may be a batch of sequences without letters: its axes are found when it runs."""
    given = subject.trace.input
    return subject.data is None and len(given.sizes) == 3 and "T" not in given.symbols


def refuse(subject: Subject) -> str | None:
    """Why this kind cannot show a model, or None."""
    if subject.measures is None:
        return "its values are measured in Python: lstmviz.draw(module, 'influence', inputs=(x,))"
    if subject.trace.input.symbols.count("T") != 1 and not _unnamed(subject):
        return "the input of this model has no time axis"
    if len(subject.trace.input.sizes) > 3:
        return "each step of the input is an image: too many numbers to be changed one by one"
    return None if stages_of(subject) else "no stage of this model gives something at every step"


@dataclass(frozen=True, slots=True)
class Seen:
    """What was measured, and how it is to be drawn."""

    subject: Subject
    options: InfluenceOptions
    sample: int
    found: Influence
    carried: tuple[StateGradients, ...]
    why: str
    """Why there are no curves, if there are none."""


def measured(subject: Subject, options: InfluenceOptions) -> Seen:
    """Measure the map, and the curves of the recurrent layer that it ends in, or else of the first."""
    stages = {stage.name: stage for stage in stages_of(subject)}
    if options.of is not None and options.of not in stages:
        told = f"no stage named {options.of!r} gives something at every step"
        raise FigureError("influence", f"{told} (there is: {', '.join(stages)})")
    of = options.of or list(stages)[-1]
    samples = dict(subject.trace.sizes).get(
        "N", min(subject.trace.input.sizes[:2]) if _unnamed(subject) else 1
    )
    lengths = next((one.lengths for one in subject.trace.recurrent if one.lengths), (0,))
    sample = lengths.index(max(lengths)) if options.sample is None else options.sample
    if sample >= samples:
        raise FigureError("influence", f"there is no sample {sample}: there are {samples}, from 0")
    layer = _layer(subject, of)
    _refuse_states(layer, of, options)
    assert subject.measures is not None
    measures = subject.measures()
    try:
        found = measures.influence(of, sample, options.norm)
    except ModelError as error:
        raise MeasureError("influence", str(error) + (f" ({error.hint})" if error.hint else "")) from error
    carried: tuple[StateGradients, ...] = ()
    why = ""
    if layer is not None:
        try:
            carried = measures.carried(layer.name, sample)
        except ModelError as error:
            why = str(error)
    return Seen(subject, options, sample, found, carried, why)


def _refuse_states(layer: Recurrent | None, of: str, options: InfluenceOptions) -> None:
    """FigureError if curves are asked for that there cannot be."""
    if layer is None:
        if options.layer is not None or options.state != "both":
            raise FigureError(
                "influence", f"layer and state are about a recurrent layer, and none runs up to {of}"
            )
        return
    if options.layer is not None:
        depth_of("influence", layer, options.layer)
    if options.state == "c" and not layer.has_cell_state:
        raise FigureError("influence", f"{layer.name} has no c: only its h goes on in time")


def letter_of(subject: Subject, of: str) -> str:
    """Return `output` for what a recurrent layer gives, `y` for the model's result; else nothing."""
    trace = subject.trace
    stage = next(stage for stage in trace.stages if stage.name == of)
    if len(trace.recurrent) == 1 and (stage.type == "unpack" or of == trace.recurrent[0].name):
        return "output"
    results = trace.returned
    return "y" if set(results) == {full_name(stage, stage.outputs[0])} else ""


def _layer(subject: Subject, of: str) -> Recurrent | None:
    """Return the recurrent layer whose states are shown: the last one up to the stage."""
    names = [stage.name for stage in subject.trace.stages]
    upto = names[: names.index(of) + 1]
    layers = [layer for layer in subject.trace.recurrent if layer.name in upto and not layer.states_from]
    return layers[-1] if layers else None


def draw_map(canvas: Canvas, seen: Seen, box: Box, *, line: float) -> Heat:
    """Draw the map in a box, in a frame so thick, with a wall after each step where the gradient is cut."""
    found = seen.found
    walls = (("walls", " ".join(map(str, found.walls))),) if found.walls else ()
    about = (("of", found.of), ("sample", seen.sample), ("norm", seen.options.norm), *walls)
    low, high = ends("influence.map", *fitted(found.values))
    heat = Heat("map", box, found.rows, found.columns, found.values, "log", low, high, "input", about)
    canvas.plot(heat)
    plots.separated(canvas, heat)
    canvas.box(box, stroke=INK, line=line, z=12)
    (x0, y0, x1, y1), rows, columns = box, found.rows, found.columns
    for step in found.walls:
        x, y = x0 + step * (x1 - x0) / columns, y0 + step * (y1 - y0) / rows
        canvas.line([(x0, y), (x, y), (x, y1)], stroke=INK, line=WALL, z=13, role="op")
    return heat


def told(seen: Seen) -> Iterator[Message]:
    """Yield what is said of the values drawn, and is not said where they are."""
    found = seen.found
    yield from plots.origin_told(found.origin)
    zero = _zeros(seen)
    if not any(map(any, zero)):
        yield message("influence.everywhere")
    most = max(len(line) - sum(line) for line in zero)
    streams = seen.subject.data.stateful if seen.subject.data else None
    if found.walls and streams:
        yield message("influence.chunks", count=len(found.walls) + 1, chunk=streams.chunk)
    elif found.walls:
        yield message("influence.walls", count=len(found.walls), steps=", ".join(map(str, found.walls)))
    ended = _length(seen, zero)
    if most < ended:
        yield message("influence.reach", most=most)
    if ended < found.columns:
        yield message("influence.padded", n=ended)
    if seen.why:
        yield message("influence.no-curves", why=user_text(seen.why))


def _length(seen: Seen, zero: list[list[bool]]) -> int:
    """Return how many steps the sample has: fewer than there are if it is packed, and the rest is empty."""
    found, layers = seen.found, seen.subject.trace.recurrent
    known = {length for layer in layers for length in layer.lengths or ()}
    rows = [t for t, row in enumerate(zero, 1) if not all(row)]
    columns = [s for s, column in enumerate(zip(*zero, strict=True), 1) if not all(column)]
    length = max([*rows, *columns], default=0)
    return length if found.rows == found.columns and length in known else found.columns


def _zeros(seen: Seen) -> list[list[bool]]:
    """Return row by row which cells of the map are exactly zero."""
    found = seen.found
    starts = range(0, len(found.values), found.columns)
    return [[not value for value in found.values[at : at + found.columns]] for at in starts]


def causal(seen: Seen) -> bool:
    """Tell whether no step reads a later one: all above the diagonal is zero."""
    found = seen.found
    return found.rows == found.columns > 1 and all(all(row[t + 1 :]) for t, row in enumerate(_zeros(seen)))


def some_layers(seen: Seen, curves: Sequence[StateGradients]) -> Iterator[Message]:
    """Yield of which layers the curves are, where some are not drawn and nobody asked for one."""
    depths = {one.depth for one in seen.carried}
    if curves and seen.options.layer is None and {one.depth for one in curves} != depths:
        yield message("influence.some-layers", last=max(depths), count=len(depths))


def apart(curves: Sequence[StateGradients]) -> Iterator[Message]:
    """Yield that h and c are changed one at a time, where both have curves."""
    if {one.state for one in curves} == {*"hc"}:
        yield message("influence.apart")


def left(curves: Sequence[StateGradients]) -> Iterator[Message]:
    """Yield how much is left of a change of each state, where the curves end."""
    for state in dict.fromkeys(curve.state for curve in curves):
        values = [curve.values[0] or 0.0 for curve in curves if curve.state == state]
        about = {"state": state, "steps": len(curves[0].values) - 1, "most": _number(max(values))}
        if _number(min(values)) == about["most"]:
            yield message("influence.left", **about)
        else:
            yield message("influence.left-range", least=_number(min(values)), **about)


def _number(value: float) -> str:
    """Return a value with two digits: ``0.89``, ``2.9·10⁻⁵``."""
    if value == 0 or 0.01 <= value < 1000:
        return f"{value:.2g}"
    digits, _, power = f"{value:.1e}".partition("e")
    return f"{digits}·10{str(int(power)).translate(SUPERSCRIPTS)}"


def aloud(seen: Seen, curves: Sequence[StateGradients] = ()) -> Message:
    """Return what the figure shows, to be read aloud."""
    found = seen.found
    said = [message("influence.aloud", of=user_text(found.of), read=user_text(found.read), rows=found.rows,
                    columns=found.columns), message(f"influence.norm-{seen.options.norm}")]  # fmt: skip
    said += [message("influence.norm-curves")] if curves else []
    under = [message("influence.causal")] if causal(seen) else []
    return joined(". ", *said, *told(seen), *some_layers(seen, curves), *under, *apart(curves), *left(curves))
