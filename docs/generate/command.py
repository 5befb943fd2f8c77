"""The page about the command line: every command and option, from click's own table."""

from __future__ import annotations

import inspect
import re
from typing import TYPE_CHECKING

import click
from generate.markdown import block, code, heading, page, sentence, table

from lstmviz import cli
from lstmviz.commands.console import MEANINGS

if TYPE_CHECKING:
    from collections.abc import Iterator

INTRO = """\
# The command line

stdout carries only what was asked for; messages go to stderr, one line for each file, then a summary. One bad spec does
not stop the others. Files are written whole or not at all, and left alone where their bytes are the same.
"""
VARIABLES = """\
| variable | effect |
| --- | --- |
| `LSTMVIZ_CACHE_DIR` | Where runs of models, and figures painted for documents, are kept. |
| `LSTMVIZ_DEBUG=1` | Shows the traceback of an error. |
| `NO_COLOR` | No colour, as off a terminal. |
"""


def command() -> str:
    """The whole page."""
    commands = cli.cli.commands
    return page(
        INTRO,
        table(
            ("command", "does"),
            ((f"[`lstmviz {n}`](#{n})", sentence(_summary(c))) for n, c in commands.items()),
        ),
        *(part for name, found in commands.items() for part in _command(name, found)),
        heading(2, "Of every command", "every-command"),
        table(
            ("option", "meaning"),
            (
                ("`-h`, `--help`", "Shows the help."),
                ("`--version`", "Shows the version (of `lstmviz` itself)."),
            ),
        ),
        heading(2, "Exit codes", "exit-codes"),
        "The highest of all that happened.",
        table(("code", "meaning"), ((code(n), sentence(words)) for n, words in MEANINGS.items())),
        heading(2, "Environment", "environment"),
        VARIABLES,
    )


def _summary(command: click.Command) -> str:
    return inspect.cleandoc(command.help or "").partition("\n\n")[0]


def _command(name: str, command: click.Command) -> Iterator[str]:
    words = inspect.cleandoc(command.help or "")
    said, _, examples = words.partition("\b")
    context = click.Context(command, info_name=f"lstmviz {name}")
    yield heading(2, f"`lstmviz {name}`", name)
    yield block(command.get_usage(context).removeprefix("Usage: "), "text")
    yield re.sub(r"(?m)^(# yaml-language-server\S*.*)$", r"`\1`", said)
    shown = [p for p in command.params if isinstance(p, click.Option)]
    if shown:
        yield table(("option", "meaning", "default"), (_option(o, context) for o in shown))
    lines = [line.strip() for line in examples.splitlines() if line.startswith("  ")]
    yield block("\n".join(f"$ {line}" for line in lines), "console")


def _option(option: click.Option, context: click.Context) -> tuple[str, str, str]:
    names = ", ".join(code(name) for name in option.opts)
    value = "" if option.is_flag else f" {code(option.make_metavar(context))}"
    default = option.default if option.show_default and option.default is not None else ""
    return names + value, sentence(option.help or ""), code(default) if default != "" else ""
