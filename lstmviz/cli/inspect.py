"""``lstmviz inspect``: a user's own nn.Module as a table, a spec and figures."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lstmviz.backends import FORMATS
from lstmviz.backends.choices import file_options
from lstmviz.cli import on_demand
from lstmviz.cli.common import STDIN, debug, json_option, quiet_option, to_stdout
from lstmviz.cli.completion import kinds, words
from lstmviz.cli.looks import look_options
from lstmviz.cli.modules import asked, module_options
from lstmviz.commands.console import Console, say
from lstmviz.errors import LstmvizError, ModelError
from lstmviz.network.user.table import Form

if TYPE_CHECKING:
    from lstmviz.commands.inspection import Inspected
    from lstmviz.commands.selection import Wanted

YAML = (".yaml", ".yml")
STYLE = ("backend", "theme", "width", "detail", "emphasis", "language", "text", "of")


@click.command(no_args_is_help=True)
@click.argument("module", metavar="MODULE:ATTR")
@module_options(60)
@click.option("-o", "--output", "outputs", multiple=True, type=click.Path(readable=False), metavar="PATH",
              help="model.yaml: write a spec; else where figures go, as in render; repeatable.")  # fmt: skip
@click.option("--kind", "kinds", multiple=True, metavar="KIND", shell_complete=words(kinds),
              help="Draw this kind; repeatable.")  # fmt: skip
@click.option("--of", metavar="NAME", help="Draw this recurrent layer, when there are several.")
@click.option("-f", "--format", "formats", multiple=True, metavar="FMT",
              help=f"{' '.join(FORMATS)} (default svg, or what the suffix says); may repeat")  # fmt: skip
@look_options
@json_option
@click.option("--markdown", is_flag=True, help="The table as Markdown.")
@quiet_option
def inspect(module: str, **given: Any) -> int:
    """Trace your own nn.Module, and write a spec or draw it.

    MODULE:ATTR is pkg.module:Name or path/to/model.py:Name: a class, a function
    that makes a module, or a module; or the path of a model.onnx or
    model.keras. What begins with a layer of torch's, and such a file, can do without
    --input. This command and check, and no other, import and run your code, in
    a process of its own.

    \b
    Examples:
      lstmviz inspect model.py:Forecast --input 6,5,3
      lstmviz inspect model.py:Tagger --input 4,7 --dtype long --args 50,hidden=16 -o tagger.yaml
      lstmviz inspect model.py:Forecast --input 6,5,3 --kind grid --kind cell -o figures/
      lstmviz inspect model.onnx --kind grid --kind pipeline -o figures/
      lstmviz inspect model.py:Stateful --input 4,6,3 --input '((1,6,8), (1,6,8))' --weights best.pt
    """
    console = Console(given["quiet"], given["as_json"])
    try:
        specs, drawing = _outputs(given)
        seen = on_demand.inspection.inspected(asked(module, given, _measured(drawing)))
        _table(seen, given, silent=given["quiet"] or (drawing is not None and drawing.output == STDIN))
        for path in specs:
            _spec(seen, path, console)
        if drawing is not None:
            _draw(seen, drawing, console)
    except LstmvizError as error:
        console.error(error)
        debug()
        return console.finish()
    return console.code if given["as_json"] else console.finish()


def _outputs(given: dict[str, Any]) -> tuple[list[str], Wanted | None]:
    """The specs to write, and the figures to draw; UsageError for what does not go together."""
    if given["as_json"] and given["markdown"]:
        raise click.UsageError("--json and --markdown exclude each other")
    specs = [path for path in given["outputs"] if path.lower().endswith(YAML)]
    others = [path for path in given["outputs"] if path not in specs]
    if len(others) > 1:
        raise click.UsageError(f"figures go to one place, not to {' and '.join(others)}")
    if not given["kinds"]:
        if others:
            raise click.UsageError(f"-o {others[0]}: say which figures with --kind (a spec ends in .yaml)")
        return specs, None
    output = others[0] if others else "output"
    if output == STDIN and (given["as_json"] or given["markdown"]):
        raise click.UsageError("-o - and a table: one of the two, not both")
    formats = tuple(f.strip().lower() for many in given["formats"] for f in many.split(","))
    style = {name: given[name] for name in STYLE if given[name] is not None}
    wanted = on_demand.selection.Wanted(
        output, formats or ("svg",), (), given["kinds"], style, file_options(given)[0]
    )
    if (
        on_demand.selection.names_file(output)
        and formats
        and on_demand.selection.known_formats(wanted) != formats
    ):
        raise click.UsageError(f"{output} is not a file of format {', '.join(formats)}")
    on_demand.selection.check_kinds(wanted)
    return specs, wanted


def _measured(drawing: Wanted | None) -> list[tuple[str, dict[str, Any]]]:
    """The figures that draw values of the run, with their options."""
    kinds = drawing.kinds if drawing is not None else ()
    return [
        (kind, dict(drawing.style)) for kind in kinds if drawing and on_demand.figures.kind(kind).measured
    ]


def _table(seen: Inspected, given: dict[str, Any], *, silent: bool) -> None:
    form: Form = "json" if given["as_json"] else "markdown" if given["markdown"] else "table"
    if not silent or given["as_json"]:
        to_stdout(on_demand.table.told(seen.trace, form).encode())


def _spec(seen: Inspected, path: str, console: Console) -> None:
    """Write the spec of a model that has one."""
    if seen.spec is None:
        why = "".join(f"\n  {reason}" for reason in seen.why)
        console.error(ModelError(f"{path} was not written: a spec cannot say all of {seen.title}:{why}"))
        return
    wrote = on_demand.writer.write(Path(path), seen.spec.encode())
    if not console.quiet:
        say(f"{'wrote' if wrote else 'unchanged'} {path}; draw it with: lstmviz render {path}")


def _draw(seen: Inspected, drawing: Wanted, console: Console) -> None:
    for outcome in on_demand.batch.drawn_module(seen.subject, seen.name, drawing):
        if outcome.status == "drawn":
            to_stdout(outcome.data)
        console.done(outcome)
