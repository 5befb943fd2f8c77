"""The numbers of the matrices as shades: read from the model, one scale with its bar for each part."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from lstmviz.errors import FigureError, ModelError
from lstmviz.figures.base import Subject
from lstmviz.figures.shared import plots
from lstmviz.figures.weights.plan import Matrix, WeightedStage
from lstmviz.layout.boxes import Item
from lstmviz.network.values.data import Origin, Parameter
from lstmviz.scene import ids
from lstmviz.scene.canvas import Canvas
from lstmviz.scene.plots import Heat
from lstmviz.translation.messages import Message, message

MOST = 16_384
"""So many numbers a matrix has at most whose numbers are shaded: each is a rectangle in the file."""
BAR, END = 76.0, 10.0
"""The width of a bar of shades; how far its numbers stand out, pt."""
NOWHERE = (0.0, 0.0, 0.0, 0.0)


def shades_of(
    subject: Subject, parts: Sequence[WeightedStage], fits: Callable[[Matrix], bool]
) -> tuple[dict[str, Heat], Origin]:
    """Return the numbers of every matrix that fits the page, under its frame's id, and whose they are.

    Raises FigureError where there are none to be had.
    """
    if subject.measures is None:
        raise FigureError(
            "weights", "its numbers are read in Python: lstmviz.draw(module, 'weights', values=True)"
        )
    found: dict[str, Heat] = {}
    origin = None
    for part in parts:
        try:
            read = {f"{part.stage}.{n}": p for n, p in _read(subject, part, fits)}
        except ModelError as error:
            raise FigureError("weights", str(error)) from error
        most = plots.round_up(max((abs(v or 0.0) for p in read.values() for v in p.values), default=0.0))
        for name, one in read.items():
            about = (("of", one.of), ("name", one.name), ("bar", ids.bar(_bar_of(part))))
            found[name] = Heat(name, NOWHERE, one.rows, one.columns, one.values, "ordered", -most, most,
                               "param", about)  # fmt: skip
            origin = one.origin
    if origin is None:
        raise FigureError("weights", f"values shades matrices of at most {MOST:,} numbers that the page holds"
                                     ": every one of this model is larger")  # fmt: skip
    return found, origin


def _read(
    subject: Subject, part: WeightedStage, fits: Callable[[Matrix], bool]
) -> Iterator[tuple[str, Parameter]]:
    assert subject.measures is not None
    measures = subject.measures()
    for matrix in (m for one in part.sets for m in one):
        if matrix.rows * matrix.columns <= MOST and fits(matrix):
            yield matrix.key, measures.parameter(part.stage, matrix.key)


def _bar_of(part: WeightedStage) -> str:
    return ids.at(part.stage, part.depth) if part.layer else part.stage


def bar(part: WeightedStage, shades: Mapping[str, Heat]) -> Item | None:
    """Return the bar of a part's shades, and after it what exactly zero looks like, if it has some."""
    own = [shades[name] for name in _names(part) if name in shades]
    if not own:
        return None
    scale = Heat(_bar_of(part), NOWHERE, 1, 1, (0.0,), "ordered", own[0].low, own[0].high)
    zero = any(value == 0 for heat in own for value in heat.values)

    def draw(canvas: Canvas, x: float, y: float) -> None:
        plots.bar(canvas, scale, (x + END, y, x + END + BAR, y + plots.BAR), lying=True)
        if zero:
            plots.nothing(canvas, x + BAR + 3 * END, y)

    return Item(BAR + 2 * END + (52.0 if zero else 0.0), plots.BAR + 13, draw)


def _names(part: WeightedStage) -> Iterator[str]:
    yield from (f"{part.stage}.{m.key}" for one in part.sets for m in one)


def told(origin: Origin, parts: Sequence[WeightedStage], shades: Mapping[str, Heat]) -> Iterator[Message]:
    """Yield whose numbers they are, and how many matrices have none."""
    if origin.weights:
        yield message("weights.of-file", file=origin.weights)
    elif origin.own:
        yield message("weights.given")
    else:
        yield message("weights.untrained", seed=origin.seed)
    plain = sum(name not in shades for part in parts for name in _names(part))
    if plain:
        yield message("weights.unshaded", count=plain, most=MOST)
