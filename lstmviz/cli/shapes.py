"""``lstmviz shapes``: the tensors and parameters of a model."""

from __future__ import annotations

from typing import Literal

import click

from lstmviz.cli import on_demand
from lstmviz.cli.common import cache_option, debug, load, overrides_option, to_stdout
from lstmviz.commands.console import Console
from lstmviz.errors import LstmvizError


@click.command(no_args_is_help=True)
@click.argument("spec", type=click.Path(), metavar="SPEC")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@click.option("--markdown", is_flag=True, help="As Markdown tables.")
@overrides_option
@cache_option
def shapes(spec: str, as_json: bool, markdown: bool, overrides: tuple[str, ...], no_cache: bool) -> int:
    """Show every tensor and parameter with its shape.

    They are those of a real run of the model.

    \b
    Example:
      lstmviz shapes specs/lstm.yaml
    """
    if as_json and markdown:
        raise click.UsageError("--json and --markdown exclude each other")
    console = Console(as_json=as_json)
    try:
        loaded = load(spec, overrides)
        form: Literal["json", "markdown", "table"]
        form = "json" if as_json else "markdown" if markdown else "table"
        to_stdout(on_demand.pipeline.shapes_text(loaded, form, use_cache=not no_cache).encode())
    except LstmvizError as error:
        console.error(error)
        debug()
        return console.finish()
    return 0
