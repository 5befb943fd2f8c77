"""``lstmviz new``: a spec to begin with."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

import click

from lstmviz.cli.common import STDIN, to_stdout
from lstmviz.cli.completion import words
from lstmviz.commands.console import say
from lstmviz.errors import ChoiceError, OutputError
from lstmviz.suggestions import instead

TEMPLATES = (
    "rnn", "lstm", "bilstm", "gru", "stacked", "weather", "sentences", "regression", "seq2seq", "mlp", "cnn",
)  # fmt: skip
SCHEMA = "lstmviz.schema.json"
"""If this is beside the new spec, the spec names it for the editor."""


@click.command()
@click.argument("template", default="lstm", metavar="[TEMPLATE]", shell_complete=words(lambda: [*TEMPLATES]))
@click.argument("file", required=False, type=click.Path(), metavar="[FILE]")
@click.option("--list", "listed", is_flag=True, help="List the templates, one line each.")
def new(template: str, file: str | None, listed: bool) -> None:
    """Write a commented spec to begin with.

    A file that is there is never written over.

    TEMPLATE is one of those that --list shows (lstm), FILE the new spec
    (TEMPLATE.yaml; - for standard output).

    \b
    Examples:
      lstmviz new
      lstmviz new bilstm my-model.yaml
      lstmviz new --list
    """
    if listed:
        for name in TEMPLATES:
            click.echo(f"{name:10} {text_of(name).partition(chr(10))[0].removeprefix('# ')}")
        return
    if file is None and template not in TEMPLATES and Path(template).suffix in {".yaml", ".yml"}:
        template, file = "lstm", template
    if template not in TEMPLATES:
        hint = instead(template, TEMPLATES)
        raise ChoiceError(f"there is no template {template!r} ({hint})", known=TEMPLATES)
    if file == STDIN:
        to_stdout(text_of(template).encode())
        return
    path = Path(file or f"{template}.yaml")
    _create(path, text_of(template))
    say(f"wrote {path}; draw it with: lstmviz render {path}")


def text_of(template: str) -> str:
    """The text of a template."""
    return resources.files("lstmviz.spec").joinpath(f"templates/{template}.yaml").read_text("utf-8")


def _create(path: Path, text: str) -> None:
    """Write a file that is not there yet; OutputError if it is."""
    line = f"# yaml-language-server: $schema={SCHEMA}\n" if path.with_name(SCHEMA).is_file() else ""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8", newline="\n") as stream:
            stream.write(line + text)
    except FileExistsError as error:
        raise OutputError(str(path), "there is such a file already, and it stays as it is") from error
    except OSError as error:
        raise OutputError(str(path), error.strerror or str(error)) from error
