"""What every kind of figure is: options, a page, a subject, and `compose`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from lstmviz.errors import FigureError
from lstmviz.figures.shared import heading
from lstmviz.figures.shared.pages import LEAST, LEAST_SCALE, MARGIN, MM, Width, sheets
from lstmviz.figures.shared.pages import Page as Page  # noqa: PLC0414  (the kinds take it from here)
from lstmviz.figures.shared.steps import beyond
from lstmviz.figures.shared.symbols import Letters, Symbols
from lstmviz.figures.shared.untranslated import owned
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
    if not reason and options.elide == "never" and kind.name in ("unrolled", "unfold", "grid"):
        reason = beyond(subject.trace.recurrent)
    if reason:
        raise FigureError(kind.name, reason)
    if isinstance(options, LayerOptions) and options.of is not None:
        subject.recurrent(kind.name, options.of)  # a name that there is not is no default
    with speaking(options.language):
        scene, sheet, _ = fitted(kind, subject_in(subject, options.language), options)
    scene = scaled(scene, sheet.scale) if sheet.scale != 1 else scene
    return replace(scene, language=options.language)


def subject_in(subject: Subject, language: Language) -> Subject:
    """The subject for figures in a language: the user's own texts are marked where words are translated."""
    return subject if language == "en" else owned(subject)


def fitted(kind: Kind, subject: Subject, options: Options) -> tuple[Scene, Page, Options]:
    """The figure on the first page that holds it, at type size 1; the page, and the options used on it."""
    bare = options.model_copy(update={"legend": "off"})
    for sheet, told in sheets(options.width):
        used = options if told else bare
        try:
            scene = _composed(kind, subject, used, sheet)
        except FigureError:
            if sheet.scale <= LEAST_SCALE:
                raise
            continue
        if sheet.height is None or scene.height <= sheet.height + 1e-6:
            break
    return scene, sheet, used


def _composed(kind: Kind, subject: Subject, options: Options, sheet: Page) -> Scene:
    """The figure on one page, with its heading, at type size 1."""
    draft, extent = fitting(kind, subject, options, sheet)
    title = options.title if options.title is not None else (subject.title or "")
    told = [f"{note[:1].upper()}{note[1:]}." for note in subject.trace.notes]
    draft = replace(draft, description=said(" ".join([draft.description, *told])))
    return _on_page(kind.name, draft, options, own(title), sheet, extent=extent, notes=subject.trace.notes)


TRIES = 3
"""So often a layout is asked to do with less room, when its words stand out of the page."""


def fitting(kind: Kind, subject: Subject, options: Options, sheet: Page) -> tuple[Draft, Box]:
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
    below = [words for words in (own(options.caption or ""), *notes) if words]
    foot = [line for words in below for line in labels.wrap(words, width - 2 * MARGIN, 7)]
    height = top + (y1 - y0) + 12 * len(foot) + MARGIN + (2 if below else 0)
    spare = max(0.0, (sheet.height or 0.0) - height)
    canvas.move(left, top - y0 + spare / 2)
    y = MARGIN
    for line, step in over:
        canvas.text(line, MARGIN, y + line.ascent, role="note")
        y += step
    y = top + (y1 - y0) + spare / 2
    for i, text in enumerate(foot, 1):
        canvas.text(labels.words(text, 7, tint=MUTED), MARGIN, y + 12 * i)
    described = options.alt or draft.description
    return canvas.scene(kind, title or draft.subtitle or kind, described, width, height + spare)


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
