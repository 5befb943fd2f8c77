"""``lstmviz check``: the proof of every figure."""

from __future__ import annotations

import click

from lstmviz.cli.common import debug, files, json_option, load, overrides_option, placed, specs_argument
from lstmviz.console import Console
from lstmviz.errors import LstmvizError


@click.command(no_args_is_help=True)
@specs_argument
@overrides_option
@json_option
def check(specs: tuple[str, ...], overrides: tuple[str, ...], as_json: bool) -> int:
    """Prove every arrow and label of the figures.

    They are held against the real module; nothing is drawn.

    SPEC is a YAML file, a folder of them, or - for standard input.

    \b
    Example:
      lstmviz check specs/
    """
    from lstmviz import pipeline  # noqa: PLC0415

    console = Console(as_json=as_json)
    asked = files(specs, console)
    for number, file in enumerate(asked, 1):
        console.progress(file, number, len(asked))
        spec = None
        try:
            spec = load(file, overrides)
            for proof in pipeline.proofs(spec):
                console.proved(file, proof)
        except LstmvizError as error:
            console.error(placed(error, spec))
            debug()
    return console.finish()
