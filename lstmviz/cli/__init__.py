"""The command ``lstmviz``: words into calls of the pipeline, errors into exit codes.

Each command has its file here; what they share is in `common`.
"""

from __future__ import annotations

import contextlib
import gc
import sys
from collections.abc import Sequence
from typing import NoReturn

import click

from lstmviz.cli.check import check
from lstmviz.cli.common import debug
from lstmviz.cli.completion import completion
from lstmviz.cli.doctor import doctor
from lstmviz.cli.filter import filter_
from lstmviz.cli.gallery import gallery
from lstmviz.cli.inspect import inspect
from lstmviz.cli.lists import kinds, layers, schema, themes
from lstmviz.cli.new import new
from lstmviz.cli.render import render
from lstmviz.cli.shapes import shapes
from lstmviz.cli.streams import close_streams, drop_stdout, open_streams, unheard
from lstmviz.commands.console import code_of, say
from lstmviz.errors import TORCH, LstmvizError, MissingDependencyError
from lstmviz.version import __version__


class _InOrder(click.Group):
    """Lists its commands as one meets them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of the commands."""
        del ctx
        return list(self.commands)


SETTINGS = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


@click.group(cls=_InOrder, context_settings=SETTINGS)
@click.version_option(__version__, message="%(prog)s %(version)s")
def cli() -> None:
    """Right and clear figures of LSTM, GRU and RNN models from a few lines of YAML.

    \b
    Example:
      lstmviz new lstm
      lstmviz render lstm.yaml
    """


for command in (
    new,
    render,
    check,
    shapes,
    inspect,
    gallery,
    filter_,
    kinds,
    layers,
    themes,
    schema,
    doctor,
    completion,
):
    cli.add_command(command)


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command and exit with its code; no traceback for a user's mistake."""
    # A large figure is a million small things, all of them needed: looking
    # through them again and again for garbage takes a third of the time.
    gc.set_threshold(100_000, 20, 100)
    open_streams()
    sys.exit(close_streams(_run(arguments)))


def _run(arguments: Sequence[str] | None) -> int:
    try:
        return int(cli.main(arguments, prog_name="lstmviz", standalone_mode=False) or 0)
    except SystemExit:  # click's way to leave a broken pipe
        drop_stdout()
        return 0
    except click.Abort:  # Ctrl-C
        return 130
    except click.ClickException as error:
        with contextlib.suppress(OSError):
            error.show()
        return error.exit_code
    except (LstmvizError, ModuleNotFoundError) as error:
        known = error if isinstance(error, LstmvizError) else _missing(error)
        say(f"lstmviz: {known}")
        debug()
        return code_of(known)
    except Exception as error:  # noqa: BLE001  (still no traceback)
        return _unforeseen(error)


def _unforeseen(error: Exception) -> int:
    """The exit code after a stdout that takes no more, or a defect of ours."""
    if isinstance(error, OSError) and error.filename is None:  # of no file: what a stream says
        return unheard(error, 0)
    say(f"lstmviz: internal error: {type(error).__name__}: {error} (LSTMVIZ_DEBUG=1 shows where)")
    debug()
    return 1


def _missing(error: ModuleNotFoundError) -> MissingDependencyError:
    again = "pip install --force-reinstall lstmviz"
    return MissingDependencyError(str(error.name), TORCH if error.name == "torch" else again)
