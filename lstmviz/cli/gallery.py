"""``lstmviz gallery``: every figure on one page."""

from __future__ import annotations

import time
from pathlib import Path

import click

from lstmviz.cli import on_demand
from lstmviz.cli.common import (
    cache_option,
    debug,
    files,
    load,
    overrides_option,
    quiet_option,
    specs_argument,
)
from lstmviz.commands.console import Console
from lstmviz.errors import LstmvizError


@click.command(no_args_is_help=True)
@specs_argument
@click.option("-o", "--output", type=click.Path(), default="gallery", metavar="DIR", show_default=True,
              help="Folder that the page, index.html, goes to.")  # fmt: skip
@click.option("--title", default="Figures", metavar="WORDS", show_default=True, help="Heading of the page.")
@overrides_option
@cache_option
@quiet_option
def gallery(
    specs: tuple[str, ...],
    output: str,
    title: str,
    overrides: tuple[str, ...],
    *,
    no_cache: bool,
    quiet: bool,
) -> int:
    """Put all figures on one HTML page.

    Each has its alt text and the lines to embed it. The page is one file that
    needs no other, and has a switch between light and dark.

    \b
    Example:
      lstmviz gallery specs/ -o docs/gallery
    """
    began = time.perf_counter()
    console = Console(quiet)
    rooms = []
    for file in files(specs, console):
        try:
            spec = load(file, overrides)
            found = list(on_demand.gallery.exhibits(spec, use_cache=not no_cache))
        except LstmvizError as error:
            console.error(error)
            debug()
            continue
        for wrong in found:
            if isinstance(wrong, LstmvizError):
                console.error(wrong)
        shown = tuple(one for one in found if isinstance(one, on_demand.gallery.Exhibit))
        rooms.append(on_demand.gallery.Room(spec, shown))
    if any(room.exhibits for room in rooms):
        path = Path(output) / "index.html"
        data = on_demand.gallery.page(rooms, title).encode()
        wrote = on_demand.writer.write(path, data)
        seconds = time.perf_counter() - began
        console.page(
            on_demand.batch.Outcome(str(path), "wrote" if wrote else "unchanged", "", "", data, seconds)
        )
    return console.finish()
