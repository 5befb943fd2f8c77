"""The command ``lstmviz``: words into calls of the pipeline, errors into exit codes."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any, Literal, NoReturn

import click

from lstmviz import __version__
from lstmviz.backends import BACKENDS, FORMATS, TEXT_MODES
from lstmviz.console import Console, code_of, say
from lstmviz.errors import ChoiceError, LstmvizError, ModelError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lstmviz.pipeline import Wanted
    from lstmviz.spec.model import Spec

STDIN = "-"
SETTINGS = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


@click.group(context_settings=SETTINGS)
@click.version_option(__version__, message="%(prog)s %(version)s")
def cli() -> None:
    """Right and clear figures of LSTM, GRU and RNN models from a few lines of YAML.

    \b
    Example:
      lstmviz render specs/lstm.yaml
    """


@cli.command(no_args_is_help=True)
@click.argument("specs", nargs=-1, required=True, metavar="SPEC...")
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
@click.option("--set", "overrides", multiple=True, metavar="KEY=VALUE",
              help="Override a value of the spec, e.g. input.timesteps=8; repeatable.")  # fmt: skip
@click.option("--no-cache", is_flag=True, help="Run the model even if it was run before.")
@click.option("--json", "as_json", is_flag=True, help="Report on stdout, for programs.")
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
    for spec in _files(specs, console):
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


def _files(specs: Sequence[str], console: Console) -> list[str]:
    """The files that the arguments mean, folders opened, each once."""
    from lstmviz.pipeline import spec_files  # noqa: PLC0415

    found: dict[str, None] = {}
    for source in specs:
        try:
            found |= dict.fromkeys(map(str, spec_files(source)))
        except LstmvizError as error:
            console.error(error)
    return list(found)


def _render_one(
    file: str, overrides: Sequence[str], wanted: Wanted, claimed: dict[str, str], console: Console
) -> None:
    from lstmviz import pipeline  # noqa: PLC0415

    spec = None
    try:
        spec = _load(file, overrides)
        for outcome in pipeline.outcomes(spec, wanted, claimed):
            if outcome.status == "drawn":
                _to_stdout(outcome.data)
            console.done(outcome)
    except ModelError as error:
        console.error(pipeline.placed(error, spec) if spec else error)
        _debug()
    except LstmvizError as error:
        console.error(error)
        _debug()


def _load(file: str, overrides: Sequence[str]) -> Spec:
    from lstmviz import pipeline  # noqa: PLC0415

    if file == STDIN:
        return pipeline.load_bytes(sys.stdin.buffer.read(), "stdin", overrides=overrides)
    if "\n" in file:
        raise ChoiceError(f"{file!r} is not the name of a file")
    return pipeline.load(file, overrides=overrides)


def _to_stdout(data: bytes) -> None:
    sys.stdout.flush()
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()


@cli.command(no_args_is_help=True)
@click.argument("specs", nargs=-1, required=True, metavar="SPEC...")
@click.option("--set", "overrides", multiple=True, metavar="KEY=VALUE", help="Override a value of the spec.")
@click.option("--json", "as_json", is_flag=True, help="Report on stdout, for programs.")
def check(specs: tuple[str, ...], overrides: tuple[str, ...], as_json: bool) -> int:
    """Prove every arrow and label of the figures against the real module; draw nothing.

    SPEC is a YAML file, a folder of them, or - for standard input.

    \b
    Example:
      lstmviz check specs/
    """
    from lstmviz import pipeline  # noqa: PLC0415

    console = Console(as_json=as_json)
    for file in _files(specs, console):
        spec = None
        try:
            spec = _load(file, overrides)
            for proof in pipeline.proofs(spec):
                console.proved(file, proof)
        except LstmvizError as error:
            placed = isinstance(error, ModelError) and spec is not None
            console.error(pipeline.placed(error, spec) if placed else error)  # type: ignore[arg-type]
            _debug()
    return console.finish()


@cli.command(no_args_is_help=True)
@click.argument("spec", metavar="SPEC")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@click.option("--markdown", is_flag=True, help="As Markdown tables.")
@click.option("--set", "overrides", multiple=True, metavar="KEY=VALUE", help="Override a value of the spec.")
@click.option("--no-cache", is_flag=True, help="Run the model even if it was run before.")
def shapes(spec: str, as_json: bool, markdown: bool, overrides: tuple[str, ...], no_cache: bool) -> int:
    """Show the tensors and parameters with their shapes, from a real run of the model.

    \b
    Example:
      lstmviz shapes specs/lstm.yaml
    """
    from lstmviz import pipeline  # noqa: PLC0415

    if as_json and markdown:
        raise click.UsageError("--json and --markdown exclude each other")
    console = Console(as_json=as_json)
    loaded = None
    try:
        loaded = _load(spec, overrides)
        form: Literal["json", "markdown", "table"]
        form = "json" if as_json else "markdown" if markdown else "table"
        _to_stdout(pipeline.shapes_text(loaded, form, use_cache=not no_cache).encode())
    except LstmvizError as error:
        placed = isinstance(error, ModelError) and loaded is not None
        console.error(pipeline.placed(error, loaded) if placed else error)  # type: ignore[arg-type]
        _debug()
        return console.finish()
    return 0


@cli.command()
def kinds() -> None:
    """List the kinds of figure, one line each.

    \b
    Example:
      lstmviz kinds
    """
    from lstmviz import figures  # noqa: PLC0415

    for name in figures.KINDS:
        click.echo(f"{name:10} {figures.kind(name).summary}")


@cli.command()
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


def _debug() -> None:
    """Show where an error came from, to those who ask for it."""
    if os.environ.get("LSTMVIZ_DEBUG") == "1":
        import traceback  # noqa: PLC0415

        traceback.print_exc()


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command and exit with its code; no traceback for a user's mistake."""
    code = _run(arguments)
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        _drop_stdout()
    sys.exit(code)


def _run(arguments: Sequence[str] | None) -> int:
    try:
        return int(cli.main(arguments, prog_name="lstmviz", standalone_mode=False) or 0)
    except SystemExit:  # click's way to leave a broken pipe
        _drop_stdout()
        return 0
    except click.Abort:  # Ctrl-C
        return 130
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except LstmvizError as error:
        say(f"lstmviz: {error}")
        _debug()
        return code_of(error)
    except Exception as error:  # noqa: BLE001  (a defect of ours; still no traceback)
        say(f"lstmviz: internal error: {type(error).__name__}: {error} (LSTMVIZ_DEBUG=1 shows where)")
        _debug()
        return 1


def _drop_stdout() -> None:
    """Nobody reads stdout any more: keep the interpreter from saying so."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
