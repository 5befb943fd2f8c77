"""The pages that figures stand on: named widths, lengths, slides."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Annotated, Any

from pydantic import BeforeValidator

from lstmviz.errors import FigureError
from lstmviz.scene.paper import COLUMN, MM, TEXT
from lstmviz.suggestions import guess

MARGIN = 8.0
"""Free space around everything, pt."""
SLACK = 0.5
"""So far, pt, lines of a border may stand out of a page."""
TALLEST = (230 * MM, 200 * MM)
"""The height of a page of print with room for a caption: of a column, and of the whole text."""
SLIDES = {"slide": (338.7 * MM, 190.5 * MM), "beamer": (140 * MM, 72 * MM)}
"""Pages to be projected: a whole slide of 16:9, and what a Beamer frame of 16:9 has below its title."""
UNITS = {"mm": MM, "cm": 10 * MM, "in": 72.0, "pt": 72 / 72.27, "bp": 1.0, "pc": 12 * 72 / 72.27, "px": 0.75}
"""Units of length in points of 1/72 in, which TeX calls bp; its own pt is 1/72.27 in."""
LENGTH = rf"\s*(\d+(?:\.\d+)?)\s*({'|'.join(UNITS)})\s*"
WIDTHS = ("auto", "column", "text", *SLIDES)
LEAST, MOST = 40 * MM, 5000 * MM


class NoRoomError(FigureError):
    """A figure that a page is too narrow for, `times` as wide as that."""

    def __init__(self, kind: str, reason: str, *more: Any, times: float = math.inf) -> None:
        super().__init__(kind, reason, *more)
        self.times = times


def width_in_pt(value: str) -> float:
    """A length in points; ValueError if it is none or out of bounds.

    >>> round(width_in_pt("84 mm"))
    238
    """
    found = re.fullmatch(LENGTH, value)
    if not found and "\\" in value:
        raise ValueError(
            f"{value} is TeX's: \\the with its name prints how long it is, such as 345pt: write that"
        )
    if not found:
        near = f"{value}mm" if value.isdecimal() else guess(value, WIDTHS)
        raise ValueError(
            f"a width is {', '.join(WIDTHS)}, or a length such as 120mm, 12cm, 5in or 340pt"
            + (f"; did you mean {near}?" if near else "")
        )
    points = float(found[1]) * UNITS[found[2]]
    if not LEAST <= points <= MOST:
        raise ValueError("a width lies between 40mm and 5000mm")
    return points


def _known_width(value: Any) -> Any:
    if isinstance(value, str) and value not in WIDTHS:
        width_in_pt(value)
    return value


Width = Annotated[str, BeforeValidator(_known_width)]


@dataclass(frozen=True, slots=True)
class Page:
    """How wide a figure may be, in pt at type size 1.

    `fixed` pages are exactly `width` wide; others shrink to their content.
    `scale` enlarges the finished scene, type included (up to 2 on slides); `height`
    is set where the page has one, `most` where a figure may be no higher.
    """

    width: float
    fixed: bool = True
    scale: float = 1.0
    height: float | None = None
    most: float | None = None
    least: float = 1.0
    """The `scale` of the smallest type at which no part of a bare figure is left out for larger type."""

    def holds(self, high: float) -> bool:
        """Whether a figure of this height has room."""
        most = self.height or self.most
        return most is None or high <= most + 1e-6

    @property
    def small(self) -> bool:
        """Whether parts are left out rather than that type gets smaller: on a slide below 18 pt."""
        return self.scale <= self.least

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
    column, text = (Page(wide, most=most) for wide, most in zip((COLUMN, TEXT), TALLEST, strict=True))
    named = {"auto": Page(TEXT, fixed=False), "column": column, "text": text}
    return named.get(width) or Page(width_in_pt(width))


LARGEST, SMALLEST = 20, 10
"""Type sizes on a slide, in tenths. What is still too tall then makes the slide taller."""


def sheets(width: str) -> Iterator[Page]:
    """The pages to try, first the one that is asked for.

    A slide is 16:9 with type twice as large; where a figure does not fit, it
    does without its legend, then with type as much smaller as it must be: a
    taller picture would be made smaller still to fit the screen. The text of a
    Beamer frame is the same, as much smaller as the frame is.
    """
    if width not in SLIDES:
        yield page(width)
        return
    wide, high = SLIDES[width]
    for tenths in range(LARGEST, SMALLEST - 1, -1):
        scale = tenths / 10 * _beside_a_slide(width)
        yield Page(wide / scale, scale=scale, height=high / scale)


BARE_SCALES = {"auto": 1.3} | dict.fromkeys(SLIDES, 3.4)
"""The largest type of a bare figure, whose words have 10 pt at type size 1; on slides beside a slide's."""
SLIDE_TYPE = 1.8
"""The type that the words of a bare figure have on a slide, if fewer parts can have it: 18 pt."""
BARE, MOST_BARE = 290.0, 1.35
"""The width from which a bare figure has more than type size 1, pt; and the most that it has off slides."""


def bare_sheets(width: str) -> Iterator[Page]:
    """The pages to try for a bare figure: it fills the page, type included, as far as that looks well."""
    wide, high = SLIDES.get(width, (0.0, 0.0))
    whole = Page(wide, height=high) if wide else page(width)
    unit = _beside_a_slide(width) if wide else 1.0
    most = BARE_SCALES.get(width) or min(MOST_BARE, max(1.15, whole.width / BARE))
    for twentieths in range(round(20 * most), 19, -1):
        k = twentieths / 20 * unit
        height = whole.height and whole.height / k
        tall = TALLEST[whole.width > COLUMN] / k
        least = SLIDE_TYPE * unit if wide else 1.0
        yield replace(whole, width=whole.width / k, scale=k, height=height, most=tall, least=least)


def _beside_a_slide(width: str) -> float:
    """How wide a projected page is beside a slide."""
    return SLIDES[width][0] / SLIDES["slide"][0]
