"""What several commands need: specs from arguments, bytes to stdout, errors to the console."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from lstmviz.cli import on_demand
from lstmviz.commands.console import Console
from lstmviz.errors import ChoiceError, LstmvizError

if TYPE_CHECKING:
    from lstmviz.spec.model import Spec

STDIN = "-"

specs_argument = click.argument("specs", nargs=-1, type=click.Path(), required=True, metavar="SPEC...")
overrides_option = click.option(
    "--set",
    "overrides",
    multiple=True,
    metavar="KEY=VALUE",
    help="Override a value of the spec, e.g. input.timesteps=8; repeatable.",
)
cache_option = click.option("--no-cache", is_flag=True, help="Run the model even if it was run before.")
json_option = click.option("--json", "as_json", is_flag=True, help="Report on stdout, for programs.")

quiet_option = click.option("-q", "--quiet", is_flag=True, help="Say nothing but errors.")


def files(specs: Sequence[str], console: Console) -> list[str]:
    """The files that the arguments mean, folders opened, each once."""
    found: dict[str, None] = {}
    for source in specs:
        try:
            found |= dict.fromkeys(map(str, on_demand.selection.spec_files(source)))
        except LstmvizError as error:
            console.error(error)
    return list(found)


def load(file: str, overrides: Sequence[str]) -> Spec:
    """The spec in a file, or on standard input."""
    if file == STDIN:
        return on_demand.pipeline.load_bytes(_stdin(), "stdin", overrides=overrides)
    if "\n" in file:
        raise ChoiceError(f"{file!r} is not the name of a file")
    return on_demand.pipeline.load(file, overrides=overrides)


def _stdin() -> bytes:
    """What comes on standard input, which may have no end: no more of it than a spec may hold."""
    try:
        return sys.stdin.buffer.read(on_demand.reading.MAX_BYTES + 1)
    except OSError as error:  # a folder, for instance
        raise ChoiceError(f"standard input cannot be read: {error.strerror}") from error


def to_stdout(data: bytes) -> None:
    """Bytes as they are, for another program to read."""
    sys.stdout.flush()
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()


def debug() -> None:
    """Show where an error came from, to those who ask for it."""
    if os.environ.get("LSTMVIZ_DEBUG") == "1":
        import traceback  # noqa: PLC0415

        traceback.print_exc()
