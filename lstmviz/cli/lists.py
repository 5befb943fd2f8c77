"""``lstmviz kinds``, ``themes`` and ``schema``: what there is."""

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


@click.command()
def schema() -> None:
    """Print the JSON Schema of the language.

    It is draft 7, for editors and validators. With the schema beside the specs,
    editors complete, explain and check them if the first line is
    # yaml-language-server: $schema=lstmviz.schema.json

    \b
    Example:
      lstmviz schema > lstmviz.schema.json
    """
    import json  # noqa: PLC0415

    from lstmviz.commands.schema import json_schema  # noqa: PLC0415

    click.echo(json.dumps(json_schema(), indent=1, ensure_ascii=False))
