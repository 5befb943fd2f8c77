"""Options of the commands that run a user's own module, or a model in a file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import click

from lstmviz.cli import on_demand
from lstmviz.cli.looks import Finite
from lstmviz.network.user.input_spelling import DTYPES, FILES

if TYPE_CHECKING:
    from lstmviz.commands.inspection import Asked

OPTIONS = {
    "inputs": click.option("--input", "inputs", multiple=True, metavar="SIZES",
                           help="What forward takes, by sizes or values: 4,5,8 or [5, 3, 2] or x=4,5,8; "
                                "number(5), a file.npy, ((1,4,8), (1,4,8))."),
    "make_inputs": click.option("--inputs", "make_inputs", metavar="FILE.py:NAME",
                                help="Your function that returns the inputs, instead of --input."),
    "call": click.option("--call", metavar="METHOD", help="Run this method instead of forward."),
    "weights": click.option("--weights", metavar="FILE",
                            help="Load this state dict first (.pt, .safetensors)."),
    "dtypes": click.option("--dtype", "dtypes", multiple=True, type=click.Choice(DTYPES), metavar="DTYPE",
                           help=f"Of the inputs: {' '.join(DTYPES)} (float); one for all, or for each."),
    "args": click.option("--args", "args", multiple=True, metavar="ARGS",
                         help="What the class or factory takes: 3,hidden=16; repeatable."),
}  # fmt: skip
"""What is said of a module, by the name under which a command gets it."""


def module_options(seconds: int) -> Callable[[Callable[..., int]], Callable[..., int]]:
    """Give a command these options, and limits of so many seconds, and of memory."""
    limits = (
        click.option("--timeout", type=Finite(1), default=seconds, show_default=True, metavar="S",
                     help="So many seconds your code may take."),
        click.option("--memory", type=Finite(0.1), default=4, show_default=True, metavar="GB",
                     help="So much memory it may take (Linux)."),
    )  # fmt: skip

    def decorated(command: Callable[..., int]) -> Callable[..., int]:
        for option in reversed((*OPTIONS.values(), *limits)):
            command = option(command)
        return command

    return decorated


def asked(place: str, given: dict[str, Any], figures: Sequence[tuple[str, dict[str, Any]]] = ()) -> Asked:
    """Return what a command line asks of a module; UsageError for what does not go together.

    `figures` are those that draw values of its run.
    """
    maker = given["make_inputs"] or ""
    if maker.endswith(FILES):
        raise click.UsageError(f"--inputs names a function; a file of numbers is --input {maker}")
    if given["inputs"] and maker:
        raise click.UsageError("--input and --inputs exclude each other")
    limits = on_demand.inspection.Limits(given["timeout"], given["memory"])
    return on_demand.inspection.Asked(
        place,
        given["inputs"],
        dtypes=given["dtypes"],
        args=given["args"],
        make_inputs=maker,
        call=given["call"] or "",
        weights=given["weights"] or "",
        limits=limits,
        figures=figures,
    )
