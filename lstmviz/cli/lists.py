"""``lstmviz kinds``, ``layers``, ``themes`` and ``schema``: what there is."""

from __future__ import annotations

import click

from lstmviz.cli import on_demand
from lstmviz.cli.completion import kinds as kind_names
from lstmviz.cli.completion import words


@click.command()
@click.argument("kind", required=False, shell_complete=words(kind_names))
def kinds(kind: str | None) -> None:
    """List the kinds of figure, or the options of one.

    \b
    Examples:
      lstmviz kinds
      lstmviz kinds cube
    """
    if kind is not None:
        click.echo(on_demand.reference.kind_page(kind))
        return
    for name in on_demand.figures.KINDS:
        click.echo(f"{name:10} {on_demand.figures.kind(name).summary}")


@click.command()
@click.argument("name", required=False)
def layers(name: str | None) -> None:
    """List the layers of the language, or the options of one.

    \b
    Examples:
      lstmviz layers
      lstmviz layers lstm
    """
    click.echo(
        on_demand.reference.layer_page(name) if name is not None else on_demand.reference.layer_lines()
    )


@click.command()
def themes() -> None:
    """List the themes, one line each.

    \b
    Example:
      lstmviz themes
    """
    for name, summary in on_demand.themes.THEMES.items():
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

    click.echo(json.dumps(on_demand.schema.json_schema(), indent=1, ensure_ascii=False))
