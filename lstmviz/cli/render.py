"""``lstmviz render``: the figures of specs as files."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import click

from lstmviz.backends import FORMATS
from lstmviz.backends.choices import file_options
from lstmviz.cli import on_demand
from lstmviz.cli.common import (
    STDIN,
    cache_option,
    debug,
    files,
    json_option,
    load,
    overrides_option,
    quiet_option,
    specs_argument,
    to_stdout,
)
from lstmviz.cli.completion import kinds, words
from lstmviz.cli.looks import look_options
from lstmviz.cli.watch import Watch
from lstmviz.commands.console import Console, say
from lstmviz.commands.snippets import EMBEDS, MARKUPS, Markup, Picture, snippets
from lstmviz.errors import LstmvizError
from lstmviz.scene.frames import FRAMES

if TYPE_CHECKING:
    from lstmviz.commands.selection import Wanted
    from lstmviz.spec.model import Spec


@click.command(no_args_is_help=True)
@specs_argument
@click.option("-o", "--output", type=click.Path(readable=False), default="output",
              metavar="PATH", show_default=True,
              help="Folder; a path with a known suffix is one file; - is stdout.")  # fmt: skip
@click.option("-f", "--format", "formats", multiple=True, metavar="FMT",
              help=f"{' '.join(FORMATS)}; repeatable or comma-separated (default svg).")  # fmt: skip
@click.option("--figure", "figures", multiple=True, metavar="NAME", shell_complete=words(kinds),
              help="Only this one of the spec's figures (name or kind); repeatable.")  # fmt: skip
@click.option("--kind", "kinds", multiple=True, metavar="KIND", shell_complete=words(kinds),
              help="Draw this kind instead of the spec's figures; repeatable.")  # fmt: skip
@look_options
@overrides_option
@cache_option
@json_option
@click.option("--watch", is_flag=True, help="Draw again on every save, until Ctrl-C.")
@click.option("--check", is_flag=True, help="Write nothing; exit 1 if a figure on disk is missing or stale.")
@click.option("--snippet", type=click.Choice(MARKUPS),
              help="Also print the lines to embed each figure (in latex: as pdf).")  # fmt: skip
@click.option("--frames", type=click.Choice(FRAMES), metavar="BY",
              help=f"Build each figure up by {', '.join(FRAMES)}: numbered files, or one PDF.")  # fmt: skip
@click.option("-j", "--jobs", type=click.IntRange(1), default=1, metavar="N",
              help="Draw N specs at a time, as far as there are processors.")  # fmt: skip
@quiet_option
def render(specs: tuple[str, ...], **given: Any) -> int:
    """Draw the figures of one or more specs.

    SPEC is a YAML file, a folder of them, or - for standard input.

    \b
    Examples:
      lstmviz render specs/lstm.yaml -f svg,pdf
      lstmviz render specs/ -o docs/img --theme dark -j 4
      lstmviz render specs/lstm.yaml --kind grid -o - > grid.svg
      lstmviz render specs/lstm.yaml --watch
      lstmviz render specs/lstm.yaml --snippet markdown
      lstmviz render specs/lstm.yaml --frames time -f pdf --snippet latex
      lstmviz render specs/ -o docs/img --check
    """
    _refuse(specs, given)
    selection, console = on_demand.selection, Console(given["quiet"], given["as_json"])
    wanted = _wanted(given)
    if given["watch"]:
        return Watch(specs, given["overrides"], wanted).run()
    claimed: dict[str, str] = {}
    asked = files(specs, console)
    selection.one_spec(asked, wanted)
    parallel = min(given["jobs"], processors()) > 1 and len(asked) > 1 and not selection.single(wanted.output)
    sound = (_at_once if parallel else _in_turn)(asked, given, wanted, claimed, console)
    if given["check"]:
        whole = any(map(selection.is_folder, specs))
        for outcome in on_demand.orphans.leftovers(asked, sound, wanted, claimed, whole=whole):
            console.done(outcome)
    for lines in _snippets(given["snippet"], console):
        click.echo(lines)
    if not (console.outcomes or console.errors or console.quiet or console.as_json):
        say("no figures: none is asked for (leave out 'figures', and every kind that fits is drawn)")
    return console.finish()


def _snippets(markup: Markup | None, console: Console) -> list[str]:
    """The lines that embed what was drawn, figures apart."""
    pictures = [Picture(o.path, o.drawing, o.frame) for o in console.outcomes if o.drawing]
    found = snippets(markup, pictures) if markup else []
    return [*[f"{lines}\n" for lines in found[:-1]], *found[-1:]]


EXCLUDE = (
    ("--check", "--watch"),
    ("--watch", "--json"),
    ("--watch", "-o -"),
    ("--check", "-o -"),
    ("-o -", "--json"),
    ("--snippet", "--check"),
    ("--snippet", "--watch"),
    ("--snippet", "--json"),
    ("--snippet", "-o -"),
)
"""What cannot be asked for at once."""


def _refuse(specs: tuple[str, ...], given: dict[str, Any]) -> None:
    """UsageError for options that do not go together."""
    asked = {"--json": given["as_json"], "-o -": given["output"] == STDIN}
    asked |= {f"--{name}": given[name] for name in ("check", "watch", "snippet")}
    for one, other in EXCLUDE:
        if asked[one] and asked[other]:
            raise click.UsageError(f"{one} and {other}: one of the two, not both")
    if given["watch"] and STDIN in specs:
        raise click.UsageError("--watch needs a file: standard input is never saved")
    if given["frames"] and given["snippet"] and on_demand.selection.single(given["output"]):
        raise click.UsageError("--snippet embeds frames as numbered files: give a folder with -o")


def _wanted(given: dict[str, Any]) -> Wanted:
    selection = on_demand.selection
    formats = tuple(name for many in given["formats"] for f in many.split(",") if (name := f.strip().lower()))
    if given["formats"] and not formats:
        raise click.UsageError(f"--format takes one of {', '.join(FORMATS)}")
    asked = ("backend", "theme", "width", "detail", "emphasis", "language", "text")
    style = {name: given[name] for name in asked if given[name] is not None}
    output = given["output"]
    if (
        selection.names_file(output)
        and formats
        and (selection.known_formats(selection.Wanted(output)) != formats)
    ):
        raise click.UsageError(f"{output} is not a file of format {', '.join(formats)}")
    wanted = selection.Wanted(
        output,
        formats or (("pdf",) if given["snippet"] == "latex" else ("svg",)),
        given["figures"],
        given["kinds"],
        style,
        file_options(given)[0],
        not given["no_cache"],
        given["frames"],
    )
    fits = EMBEDS.get(given["snippet"], FORMATS)
    if not set(selection.known_formats(wanted)) & set(fits):
        raise click.UsageError(f"--snippet {given['snippet']} takes -f {' or '.join(fits)}")
    return wanted


def _in_turn(
    asked: list[str], given: dict[str, Any], wanted: Wanted, claimed: dict[str, str], console: Console
) -> list[str]:
    """Draw or compare one spec after another; gives those that could be run."""
    draw = on_demand.batch.compared if given["check"] else on_demand.batch.drawn
    sound = []
    for number, file in enumerate(asked, 1):
        console.progress(file, number, len(asked))
        try:
            spec = load(file, given["overrides"])
            for outcome in draw(spec, wanted, claimed):
                if outcome.status == "drawn":
                    to_stdout(outcome.data)
                console.done(outcome)
        except LstmvizError as error:
            console.error(error)
            debug()
        else:
            sound.append(file)
    return sound


def processors() -> int:
    """How many processors this process may use; more processes than these would only wait.

    As in Python itself from 3.13 on, PYTHON_CPU_COUNT says otherwise.
    """
    said = os.environ.get("PYTHON_CPU_COUNT", "")
    if said.isdecimal():
        return max(1, int(said))
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _at_once(
    asked: list[str], given: dict[str, Any], wanted: Wanted, claimed: dict[str, str], console: Console
) -> list[str]:
    """The same in several processes, told in the same order."""
    specs: dict[str, Spec] = {}
    broken: dict[str, LstmvizError] = {}
    for file in asked:
        try:
            specs[file] = load(file, given["overrides"])
        except LstmvizError as error:
            broken[file] = error
            debug()
    work = on_demand.parallel.Work(wanted, given["check"], bool(given["snippet"]))
    with on_demand.parallel.in_processes(specs, work, jobs=min(given["jobs"], processors())) as wait_for:
        for number, file in enumerate(asked, 1):
            console.progress(file, number, len(asked))
            done = wait_for(file) if file in specs else None
            for outcome in done.outcomes if done else ():
                console.done(outcome)
            claimed |= done.claimed if done else {}
            wrong = done.error if done else broken[file]
            if wrong:
                console.error(wrong)
                broken[file] = wrong
    return [file for file in asked if file not in broken]
