"""``lstmviz filter``: where the filter for Pandoc and Quarto is."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("filter")
def filter_() -> None:
    """Print the path of the Pandoc filter, for Pandoc and Quarto.

    It draws code blocks of class lstmviz.

    \b
    Example:
      pandoc --lua-filter "$(lstmviz filter)" paper.md -o paper.pdf
    """
    click.echo(Path(__file__).parents[1] / "documents" / "pandoc.lua")
