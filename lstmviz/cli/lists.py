"""``lstmviz kinds`` and ``lstmviz themes``: what there is."""

from __future__ import annotations

import click


@click.command()
def kinds() -> None:
    """List the kinds of figure, one line each.

    \b
    Example:
      lstmviz kinds
    """
    from lstmviz import figures  # noqa: PLC0415

    for name in figures.KINDS:
        click.echo(f"{name:10} {figures.kind(name).summary}")


@click.command()
def themes() -> None:
    """List the themes, one line each.

    \b
    Example:
      lstmviz themes
    """
    from lstmviz.themes import THEMES  # noqa: PLC0415

    for name, summary in THEMES.items():
        click.echo(f"{name:10} {summary}")
    click.echo(f"{'auto':10} light or dark, as the reader's screen is set (SVG)")
