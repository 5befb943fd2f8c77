"""The options of all commands that paint: who paints, and how figures look."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import reduce
from typing import Any

import click

from lstmviz.backends.choices import BACKENDS, DPI, TEXT_MODES
from lstmviz.cli.completion import themes, words
from lstmviz.translation import LANGUAGES

DETAILS = ("low", "normal", "full")
EMPHASES = ("time", "states", "shapes")


class Finite(click.FloatRange):
    """A number within bounds; ``nan`` is within any to click."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """The number; UsageError."""
        number = float(super().convert(value, param, ctx))
        if math.isnan(number):
            self.fail(f"{value!r} is not a number.", param, ctx)
        return number


_OPTIONS = (
    click.option("--backend", type=click.Choice(BACKENDS), help="Who paints."),
    click.option("--theme", metavar="THEME", shell_complete=words(themes),
                 help="light, dark, print, auto, or your own theme file."),
    click.option("--width", metavar="WIDTH",
                 help="auto, column, text, slide, beamer, or a length such as 120mm or 340pt (TeX's)."),
    click.option(
        "--detail", type=click.Choice(DETAILS), help="How much is drawn: the bare drawing, or all of it."
    ),
    click.option("--emphasis", type=click.Choice(EMPHASES), help="What is told; all else is grey."),
    click.option(
        "--language", type=click.Choice(LANGUAGES), help="The words that figures print: English, Chinese."
    ),
    click.option("--text", type=click.Choice(TEXT_MODES), help="How SVG carries its fonts."),
    click.option("--dpi", type=Finite(18, 2400), default=DPI, show_default=True, metavar="N",
                 help="Resolution of PNG."),
    click.option("--transparent", is_flag=True, help="No ground behind the figure (svg, png, pdf)."),
)  # fmt: skip


def look_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command all of them, in this order."""
    return reduce(lambda made, option: option(made), reversed(_OPTIONS), command)
