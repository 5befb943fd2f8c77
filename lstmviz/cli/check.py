"""``lstmviz check``: the proof of every figure."""

from __future__ import annotations

import click

from lstmviz.cli import doors
from lstmviz.cli.common import debug, files, json_option, load, overrides_option, specs_argument
from lstmviz.commands.console import Console
from lstmviz.errors import LstmvizError


@click.command(no_args_is_help=True)
@specs_argument
@overrides_option
@click.option(
    "--allow-unproven", is_flag=True, help="Exit with 0 also where something is neither proven nor refuted."
)
@json_option
def check(specs: tuple[str, ...], overrides: tuple[str, ...], allow_unproven: bool, as_json: bool) -> int:
    """Prove every arrow and label of the figures.

    They are held against the real module; nothing is drawn. What is drawn is
    proven, refuted (exit code 1), or not proven, and why (exit code 5).

    SPEC is a YAML file, a folder of them, or - for standard input.

    \b
    Example:
      lstmviz check specs/
    """
    console = Console(as_json=as_json, lenient=allow_unproven)
    asked = files(specs, console)
    for number, file in enumerate(asked, 1):
        console.progress(file, number, len(asked))
        try:
            for proof in doors.checking.proofs(load(file, overrides)):
                console.proved(file, proof)
        except LstmvizError as error:
            console.error(error)
            debug()
    return console.finish()
