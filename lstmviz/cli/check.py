"""``lstmviz check``: the proof of every figure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import click

from lstmviz.cli import on_demand
from lstmviz.cli.common import debug, files, json_option, load, overrides_option, quiet_option, specs_argument
from lstmviz.cli.modules import OPTIONS, asked, module_options
from lstmviz.commands.console import Console
from lstmviz.errors import LstmvizError
from lstmviz.network.user.spelling import names_module
from lstmviz.view import Proof


@click.command(no_args_is_help=True)
@specs_argument
@overrides_option
@click.option(
    "--allow-unproven", is_flag=True, help="Exit with 0 also where something is neither proven nor refuted."
)
@module_options(600)
@json_option
@quiet_option
def check(specs: tuple[str, ...], allow_unproven: bool, as_json: bool, quiet: bool, **given: Any) -> int:
    """Prove every arrow and label of the figures.

    They are held against the real module; nothing is drawn. What is drawn is
    proven, refuted (exit code 1), or not proven, and why (exit code 5).

    SPEC is a YAML file, a folder of them, or - for standard input; or what inspect
    takes, with the same options: model.py:Name, model.onnx, model.keras. Every kind
    that can show such a model is proven. Your code is run in a process of its own.

    \b
    Examples:
      lstmviz check specs/
      lstmviz check model.py:Forecast --input 6,5,3
      lstmviz check model.onnx
    """
    console = Console(quiet, as_json, lenient=allow_unproven)
    modules = [source for source in specs if names_module(source)]
    _fits(modules, given)
    sources = [*modules, *files([source for source in specs if source not in modules], console)]
    for number, source in enumerate(sources, 1):
        console.progress(source, number, len(sources))
        try:
            for proof in _proofs(source, given, own=number <= len(modules)):
                console.proved(source, proof)
        except LstmvizError as error:
            console.error(error)
            debug()
    return console.finish()


def _fits(modules: list[str], given: dict[str, Any]) -> None:
    """Complain of options that no source of this kind takes."""
    of_modules = [name for name in OPTIONS if given[name]]
    if of_modules and not modules:
        (option, *_) = (o for o in click.get_current_context().command.params if o.name in of_modules)
        raise click.UsageError(f"{option.opts[0]} goes with a module: lstmviz check model.py:Name")
    if modules and given["overrides"]:
        raise click.UsageError("--set goes with a spec, and not with a module")


def _proofs(source: str, given: dict[str, Any], *, own: bool) -> Iterable[Proof]:
    if own:
        return on_demand.inspection.proofs(asked(source, given))
    spec = load(source, given["overrides"])  # what is no spec is said before torch is imported
    return on_demand.checking.proofs(spec)
