"""What every kind of figure is: options, a subject, a draft."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from lstmviz.errors import FigureError
from lstmviz.figures.pages import SLIDES, Page, Width
from lstmviz.figures.recurrences import NONE, lacking
from lstmviz.figures.symbols import Letters, Symbols
from lstmviz.network.own_recurrences import first_recurrence, own_recurrences
from lstmviz.network.structure import Recurrent, Tensor, Trace
from lstmviz.network.values.data import ValueSource
from lstmviz.scene import labels
from lstmviz.scene.canvas import Canvas
from lstmviz.scene.claims import Claim
from lstmviz.scene.code import Code
from lstmviz.scene.frames import By
from lstmviz.scene.labels import TextLine
from lstmviz.spec.model import Input
from lstmviz.translation import Language, spelling
from lstmviz.translation.messages import Message

MOST = 20_000
"""So many cells or lines are drawn, where none are to be left out: some 60 MB of SVG."""


class Style(BaseModel):
    """How figures look; every value may also stand in one figure."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    backend: Literal["graphviz", "matplotlib"] | None = Field(
        None,
        description="who paints: graphviz or matplotlib (default: none for SVG, else what suits the kind)",
    )
    theme: str = Field("light", description="light, dark, print, auto, or a theme file")
    width: Width = Field(
        "auto",
        description="auto, column (84 mm), text (174 mm), slide, beamer, or a length such as 120mm or 340pt",
    )
    text: Literal["embed", "plain", "paths"] = Field("embed", description="how SVG carries its fonts")
    shapes: Literal["both", "symbols", "numbers", "off"] = Field("both", description="what shape tags say")
    symbols: Symbols = Field(Letters(), description="other letters, e.g. {batch: B}")
    notes: Literal["auto", "off"] = Field(
        "auto", description="lines under the figure on what was probably not meant: samples mixed by a view …"
    )
    legend: Literal["auto", "off"] = Field("auto", description="the line that explains symbols and marks")
    elide: Literal["auto", "never"] = Field(
        "auto", description="leave out the middle of what is long, or never"
    )
    language: Language = Field("en", description="en or zh (Chinese): the words that figures print")
    detail: Literal["low", "normal", "full"] | None = Field(
        None,
        description="low (a bare drawing, for a first look), normal (its caption says how to read it), "
        "full (that is drawn too); default: normal, low on a slide",
    )
    emphasis: Literal["time", "states", "shapes"] | None = Field(
        None, description="time, states or shapes: all else is set back to grey, nothing moves"
    )


class Options(Style):
    """What a figure of any kind may be told."""

    name: str | None = Field(None, description="the figure's name in file names")
    title: str | None = Field(None, description="heading drawn above the figure")
    caption: str | None = Field(None, description="words drawn below the figure")
    alt: str | None = Field(None, description="alternative text instead of the generated one")

    @property
    def whole(self) -> bool:
        """Whether nothing that is long may be left out."""
        return self.elide == "never"

    def beyond_bare(self) -> list[str]:
        """Return what a bare drawing does not show of values that have options of their own."""
        return []


class LayerOptions(Options):
    """Options of the kinds that show one recurrent layer of the model."""

    of: str | None = Field(None, description="name of the recurrent layer, when there are several")


@dataclass(frozen=True, slots=True)
class Subject:
    """What a figure is about: the trace, and what its axes mean.

    `data` is the spec's input (axis names and labels, tokens, lengths), None
    for a user's own module.
    """

    trace: Trace
    data: Input | None = None
    title: str | None = None
    measures: Callable[[], ValueSource] | None = field(default=None, compare=False)
    """Who measures values of a run, where there is a model at hand."""

    def recurrent(
        self,
        kind: str,
        of: str | None,
        *,
        loops: bool = False,
        layers_first: bool = False,
        halves: bool = False,
    ) -> Recurrent:
        """Return the recurrent layer, or own loop, that a figure is to show; FigureError if there is none.

        With `layers_first` a loop is shown where no layer of torch's is there; else whichever runs first,
        with `halves` as one of two directions where it is one.
        """
        layers = (*self.trace.recurrent, *(own_recurrences(self.trace) if loops else ()))
        if not layers:
            raise FigureError(kind, lacking(self.trace) or NONE)
        if of is None:
            return (
                None if layers_first or not loops else first_recurrence(self.trace, halves=halves)
            ) or layers[0]
        for layer in layers:
            if layer.name == of:
                return layer
        names = ", ".join(layer.name for layer in layers)
        raise FigureError(kind, f"there is no recurrent layer named {of!r} (there is: {names})")


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of figure.

    `compose` places the figure's items on a canvas of its own and returns it
    with the sentence that describes it and the constructor call (or another
    subtitle); `refuse` says why this kind cannot show a subject, or None.
    `bare` composes the figure for a first look (``detail: low``), where there is one,
    and `unable` says why a subject has none.
    """

    name: str
    summary: str
    options: type[Options]
    compose: Callable[[Subject, Any, Page], Draft]
    refuse: Callable[[Subject], str | None]
    backend: Literal["graphviz", "matplotlib"] = "graphviz"
    bare: Callable[[Subject, Any, Page], Draft] | None = None
    loops: bool = False
    """Whether it draws loops of the user's own code as it draws layers."""
    unable: Callable[[Subject], str | None] = lambda _: None
    shown_bare: frozenset[str] = frozenset({"of", "layer", "direction"})
    """Its own options that the bare drawing heeds as well."""
    stepped: bool = False
    """Whether it draws a cell for each step of each layer."""
    measured: bool = False
    """Whether it draws values of a run."""
    frames: tuple[By, ...] = ()
    """What its figures can be built up by, frame by frame."""
    chunks_beside: bool = False
    """Whether the chunks of a stream before and after the drawn one stand beside it, where there is room."""
    view: str = ""
    """The message that says, beside a title that names the model, what of it is shown."""
    holds: tuple[str, ...] = ()
    """Of a sheet the kinds of the panels that show its model."""

    def is_bare(self, options: Options) -> bool:
        """Tell whether the drawing is to be bare: on a slide it is, unless it could not show all that is."""
        if self.bare is None or options.detail in {"normal", "full"}:
            return False
        return options.detail == "low" or (options.width in SLIDES and not self.beyond_bare(options))

    def beyond_bare(self, options: Options) -> list[str]:
        """Return the options that ask for what a bare drawing does not show."""
        own = set(self.options.model_fields) - set(Options.model_fields) - self.shown_bare
        set_ = [
            name for name in own & options.model_fields_set if getattr(options, name) not in (None, False)
        ]
        return sorted([*set_, *options.beyond_bare()])

    def drafted(self, subject: Subject, options: Options, page: Page) -> Draft:
        """Compose the figure at the detail and in the letters asked for."""
        composing = self.bare if self.bare is not None and self.is_bare(options) else self.compose
        with spelling(options.symbols.own):
            return composing(subject, options, page)


@dataclass(frozen=True, slots=True)
class Draft:
    """A composed figure before it gets its heading and its canvas."""

    canvas: Canvas
    description: str | Message
    subtitle: str | Message = ""
    code: tuple[Code | Claim, ...] = ()
    """The codes that the subtitle prints, and the names before them, in their order."""
    view: Message | None = None
    """What of the model is shown, where its title does not say it: set beside it."""


def refuse_more(kind: str, count: int, what: str, most: int = MOST) -> None:
    """Raise FigureError where `elide: never` asks for more of something than are drawn."""
    if count > most:
        raise FigureError(kind, f"elide: never would draw {count} {what}, and {most} are the most")


def shape_tag(tensor: Tensor, options: Options, *, size: float = 9, mode: str | None = None) -> TextLine:
    """A tensor's shape as the options want it: ``(N, T, F) = (6, 5, 3)``."""
    return labels.shape(
        [respell(s, options) for s in tensor.symbols],
        tensor.sizes,
        mode=mode or options.shapes,  # type: ignore[arg-type]
        size=size,
        of=tensor.name,
        stage=tensor.of,
        means=tensor.symbols,
    )


def stacked_tag(tensor: Tensor, options: Options, room: float, size: float = 9) -> list[TextLine]:
    """A tensor's shape in `room` pt, letters over numbers if need be; nothing where that has no room."""
    whole = shape_tag(tensor, options, size=size)
    if whole.width <= room or options.shapes != "both":
        return [whole] if whole.runs and whole.width <= room else []
    numbers = shape_tag(tensor, options, size=size, mode="numbers")
    both = [
        shape_tag(tensor, options, size=size, mode="symbols"),
        labels.row(labels.letters("=", size), numbers, gap=3),
    ]
    return both if all(line.width <= room for line in both) else []


def respell(symbol: str, options: Options) -> str:
    """A symbol in the reader's own letters (``symbols: {batch: B}``)."""
    return options.symbols.spell(symbol)
