"""``lstmviz render``: the figures of specs as files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from lstmviz.backends import BACKENDS, FORMATS, TEXT_MODES
from lstmviz.cli.common import (
    cache_option,
    debug,
    files,
    json_option,
    load,
    overrides_option,
    placed,
    specs_argument,
    to_stdout,
)
from lstmviz.console import Console
from lstmviz.errors import LstmvizError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lstmviz.pipeline import Wanted


@click.command(no_args_is_help=True)
@specs_argument
@click.option("-o", "--output", default="output", metavar="PATH", show_default=True,
              help="Folder; a path with a known suffix is one file; - is stdout.")  # fmt: skip
@click.option("-f", "--format", "formats", multiple=True, metavar="FMT",
              help=f"{' '.join(FORMATS)} (default svg, or what the suffix says); may repeat")  # fmt: skip
@click.option("--figure", "figures", multiple=True, metavar="NAME",
              help="Only this one of the spec's figures (name or kind); repeatable.")  # fmt: skip
@click.option("--kind", "kinds", multiple=True, metavar="KIND",
              help="Draw this kind instead of the spec's figures; repeatable.")  # fmt: skip
@click.option("--backend", type=click.Choice(BACKENDS), help="Who paints.")
@click.option("--theme", metavar="THEME", help="light, dark, print or auto.")
@click.option("--width", metavar="WIDTH", help="auto, column, text, slide, or a length such as 120mm.")
@click.option("--text", type=click.Choice(TEXT_MODES), help="How SVG carries its fonts.")
@click.option("--dpi", type=click.FloatRange(18, 2400), default=192, show_default=True, metavar="N",
              help="Resolution of PNG.")  # fmt: skip
@overrides_option
@cache_option
@json_option
@click.option("-q", "--quiet", is_flag=True, help="Say nothing but errors.")
def render(specs: tuple[str, ...], **given: Any) -> int:
    """Draw the figures of one or more specs.

    SPEC is a YAML file, a folder of them, or - for standard input.

    \b
    Examples:
      lstmviz render specs/lstm.yaml -f svg,pdf
      lstmviz render specs/ -o docs/img --theme dark
      lstmviz render specs/lstm.yaml --kind grid -o - > grid.svg
    """
    console = Console(given["quiet"], given["as_json"])
    wanted = _wanted(given)
    claimed: dict[str, str] = {}
    for spec in files(specs, console):
        _render_one(spec, given["overrides"], wanted, claimed, console)
    return console.finish()


def _wanted(given: dict[str, Any]) -> Wanted:
    from lstmviz.pipeline import STDOUT, Wanted, known_formats, names_file  # noqa: PLC0415  (--help is quick)

    formats = tuple(f.strip().lower() for many in given["formats"] for f in many.split(","))
    style = {name: given[name] for name in ("backend", "theme", "width", "text") if given[name] is not None}
    output = given["output"]
    if output == STDOUT and given["as_json"]:
        raise click.UsageError("stdout can take the figure (-o -) or the report (--json), not both")
    if names_file(output) and formats and (known_formats(Wanted(output)) != formats):
        raise click.UsageError(f"{output} is not a file of format {', '.join(formats)}")
    wanted = Wanted(
        output,
        formats or ("svg",),
        given["figures"],
        given["kinds"],
        style,
        given["dpi"],
        not given["no_cache"],
    )
    known_formats(wanted)
    return wanted


def _render_one(
    file: str, overrides: Sequence[str], wanted: Wanted, claimed: dict[str, str], console: Console
) -> None:
    from lstmviz import pipeline  # noqa: PLC0415

    spec = None
    try:
        spec = load(file, overrides)
        for outcome in pipeline.outcomes(spec, wanted, claimed):
            if outcome.status == "drawn":
                to_stdout(outcome.data)
            console.done(outcome)
    except LstmvizError as error:
        console.error(placed(error, spec))
        debug()
