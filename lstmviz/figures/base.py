"""What every kind of figure is: options, a page, a subject, and `compose`."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from lstmviz.errors import FigureError
from lstmviz.figures import heading
from lstmviz.figures.owned import owned
from lstmviz.figures.symbols import Letters, Symbols
from lstmviz.scene import labels
from lstmviz.scene.canvas import Canvas, scaled
from lstmviz.scene.items import MUTED
from lstmviz.translation import Language, own, said, speaking

if TYPE_CHECKING:
    from collections.abc import Callable

    from lstmviz.network.structure import Recurrent, Tensor, Trace
    from lstmviz.scene.items import Box, Scene
    from lstmviz.scene.labels import Inline
    from lstmviz.spec.model import Input

MARGIN = 8.0
"""Free space around everything, pt."""
MM = 72 / 25.4
COLUMN, TEXT = 84 * MM, 174 * MM
SLIDE = (338.7 * MM, 190.5 * MM)
_LENGTH = re.compile(r"(\d+(?:\.\d+)?)\s*(mm|cm|in|pt|px)")
_UNIT = {"mm": MM, "cm": 10 * MM, "in": 72.0, "pt": 1.0, "px": 0.75}
_WIDTHS = ("auto", "column", "text", "slide")
LEAST, MOST = 40 * MM, 5000 * MM


def width_in_pt(value: str) -> float:
    """A length in points; ValueError if it is none or out of bounds.

    >>> round(width_in_pt("84 mm"))
    238
    """
    found = _LENGTH.fullmatch(value.strip())
    if not found:
        near = [f"{value}mm"] if value.isdecimal() else difflib.get_close_matches(value, _WIDTHS, 1)
        raise ValueError(
            "a width is auto, column, text, slide, or a length such as 120mm, 12cm or 5in"
            + (f"; did you mean {near[0]}?" if near else "")
        )
    points = float(found[1]) * _UNIT[found[2]]
    if not LEAST <= points <= MOST:
        raise ValueError("a width lies between 40mm and 5000mm")
    return points


def _known_width(value: Any) -> Any:
    if isinstance(value, str) and value not in _WIDTHS:
        width_in_pt(value)
    return value


Width = Annotated[str, BeforeValidator(_known_width)]


class Style(BaseModel):
    """How figures look; every value may also stand in one figure."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    backend: Literal["graphviz", "matplotlib"] | None = Field(
        None, description="who paints: graphviz or matplotlib (default: what suits the kind)"
    )
    theme: str = Field("light", description="light, dark, print, auto, or a theme file")
    width: Width = Field("auto", description="auto, column (84 mm), text (174 mm), slide, or a length")
    text: Literal["embed", "plain", "paths"] = Field("embed", description="how SVG carries its fonts")
    shapes: Literal["both", "symbols", "numbers", "off"] = Field("both", description="what shape tags say")
    symbols: Symbols = Field(Letters(), description="other letters, e.g. {batch: B}")
    legend: Literal["auto", "off"] = Field("auto", description="the line that explains symbols and marks")
    elide: Literal["auto", "never"] = Field(
        "auto", description="leave out the middle of what is long, or never"
    )
    language: Language = Field("en", description="en or zh (Chinese): the words that figures print")


class Options(Style):
    """What a figure of any kind may be told."""

    name: str | None = Field(None, description="the figure's name in file names")
    title: str | None = Field(None, description="heading drawn above the figure")
    caption: str | None = Field(None, description="words drawn below the figure")
    alt: str | None = Field(None, description="alternative text instead of the generated one")


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

    def recurrent(self, kind: str, of: str | None) -> Recurrent:
        """The recurrent layer a figure is to show; FigureError if there is none."""
        layers = self.trace.recurrent
        if not layers:
            raise FigureError(kind, "this model has no recurrent layer")
        if of is None:
            return layers[0]
        for layer in layers:
            if layer.name == of:
                return layer
        names = ", ".join(layer.name for layer in layers)
        raise FigureError(kind, f"there is no recurrent layer named {of!r} (there is: {names})")


@dataclass(frozen=True, slots=True)
class Page:
    """How wide a figure may be, in pt at type size 1.

    `fixed` pages are exactly `width` wide; others shrink to their content.
    `scale` enlarges the finished scene, type included (2 on slides); `height`
    is set where the page has one.
    """

    width: float
    fixed: bool = True
    scale: float = 1.0
    height: float | None = None

    @property
    def narrow(self) -> bool:
        """Whether the layout for a column of print is to be used."""
        return self.width < 380

    @property
    def inner(self) -> float:
        """The width between the margins."""
        return self.width - 2 * MARGIN


def page(width: str) -> Page:
    """The page that a `width` option asks for."""
    if width == "slide":
        return Page(SLIDE[0] / 2, scale=2.0, height=SLIDE[1] / 2)
    named = {"auto": Page(TEXT, fixed=False), "column": Page(COLUMN), "text": Page(TEXT)}
    return named.get(width) or Page(width_in_pt(width))


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of figure.

    `compose` places the figure's items on a canvas of its own and returns it
    with the sentence that describes it and the constructor call (or another
    subtitle); `refuse` says why this kind cannot show a subject, or None.
    """

    name: str
    summary: str
    options: type[Options]
    compose: Callable[[Subject, Any, Page], Draft]
    refuse: Callable[[Subject], str | None]
    backend: Literal["graphviz", "matplotlib"] = "graphviz"


@dataclass(frozen=True, slots=True)
class Draft:
    """A composed figure before it gets its heading and its canvas."""

    canvas: Canvas
    description: str
    subtitle: str = ""


def compose(kind: Kind, subject: Subject, options: Options) -> Scene:
    """The whole figure as a Scene, at the width and in the language that its options ask for."""
    reason = kind.refuse(subject)
    if reason:
        raise FigureError(kind.name, reason)
    if isinstance(options, LayerOptions) and options.of is not None:
        subject.recurrent(kind.name, options.of)  # a name that there is not is no default
    with speaking(options.language):
        scene = _composed(kind, subject if options.language == "en" else owned(subject), options)
    return replace(scene, language=options.language)


def _composed(kind: Kind, subject: Subject, options: Options) -> Scene:
    sheet = page(options.width)
    draft, extent = _fitting(kind, subject, options, sheet)
    title = options.title if options.title is not None else (subject.title or "")
    told = [f"{note[:1].upper()}{note[1:]}." for note in subject.trace.notes]
    draft = replace(draft, description=said(" ".join([draft.description, *told])))
    scene = _on_page(kind.name, draft, options, own(title), sheet, extent=extent, notes=subject.trace.notes)
    return scaled(scene, sheet.scale) if sheet.scale != 1 else scene


TRIES = 3
"""So often a layout is asked to do with less room, when its words stand out of the page."""


def _fitting(kind: Kind, subject: Subject, options: Options, sheet: Page) -> tuple[Draft, Box]:
    """The draft and its extent; planned for less room where labels beside it reach over the page."""
    planned = sheet
    draft = kind.compose(subject, options, planned)
    extent = draft.canvas.extent()
    for _ in range(TRIES):
        over = _natural(extent) - sheet.width
        if over <= 0 or options.elide == "never" or planned.width - over < LEAST:
            break
        planned = replace(planned, width=planned.width - over)
        draft = kind.compose(subject, options, planned)
        extent = draft.canvas.extent()
    return draft, extent


def _natural(extent: Box) -> float:
    """The width that a draft takes with its margins, pt."""
    return extent[2] - extent[0] + 2 * MARGIN


def _on_page(
    kind: str,
    draft: Draft,
    options: Options,
    title: str,
    sheet: Page,
    *,
    extent: Box,
    notes: tuple[str, ...],
) -> Scene:
    """Heading above, caption and what the trace could not follow below; centred on a fixed page."""
    canvas = draft.canvas
    x0, y0, x1, y1 = extent
    natural = _natural(extent)
    if sheet.fixed and options.elide != "never" and natural > sheet.width + 0.5:
        raise FigureError(
            kind, f"a page {sheet.width / MM:.0f} mm wide is too narrow: {natural / MM:.0f} mm are needed"
        )
    if sheet.fixed and options.elide == "never" and natural > sheet.width + 0.5:
        raise FigureError(
            kind, f"elide: never needs {natural / MM:.0f} mm, more than the page's {sheet.width / MM:.0f} mm"
        )
    width = (
        sheet.width
        if sheet.fixed
        else max(natural, min(sheet.width, heading.width(title, draft.subtitle) + 2 * MARGIN))
    )
    over = heading.lines(title, draft.subtitle, width - 2 * MARGIN)
    top = MARGIN + sum(step for _, step in over)
    left = (
        (width - (x1 - x0)) / 2 - x0 if not over or sheet.fixed else max(MARGIN, (width - (x1 - x0)) / 2) - x0
    )
    canvas.move(left, top - y0)
    bottom = top + (y1 - y0)
    y = MARGIN
    for line, step in over:
        canvas.text(line, MARGIN, y + line.ascent, role="note")
        y += step
    below = [words for words in (own(options.caption or ""), *notes) if words]
    for text in (line for words in below for line in labels.wrap(words, width - 2 * MARGIN, 7)):
        bottom += 12
        canvas.text(labels.words(text, 7, tint=MUTED), MARGIN, bottom)
    height = bottom + MARGIN + (2 if below else 0)
    if sheet.height is not None:
        canvas.move(0, max(0.0, (sheet.height - height) / 2))
        height = max(height, sheet.height)
    described = options.alt or draft.description
    return canvas.scene(kind, title or draft.subtitle or kind, described, width, height)


def shape_tag(tensor: Tensor, options: Options, *, size: float = 9, mode: str | None = None) -> Inline:
    """A tensor's shape as the options want it: ``(N, T, F) = (6, 5, 3)``."""
    return labels.shape(
        [respell(s, options) for s in tensor.symbols],
        tensor.sizes,
        mode=mode or options.shapes,  # type: ignore[arg-type]
        size=size,
    )


def respell(symbol: str, options: Options) -> str:
    """A symbol in the reader's own letters (``symbols: {batch: B}``)."""
    return options.symbols.spell(symbol)
