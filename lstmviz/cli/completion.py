"""``lstmviz completion``: the Tab key in the shell."""

from __future__ import annotations

from collections.abc import Callable

import click
from click.shell_completion import get_completion_class

from lstmviz.cli import on_demand

VARIABLE = "_LSTMVIZ_COMPLETE"


def words(found: Callable[[], list[str]]) -> Callable[[click.Context, click.Parameter, str], list[str]]:
    """What completes an option's value: those of these words that begin so."""
    return lambda _, __, begun: [word for word in found() if word.startswith(begun)]


def kinds() -> list[str]:
    """The kinds of figure."""
    return list(on_demand.figures.KINDS)


def themes() -> list[str]:
    """The themes."""
    return [*on_demand.themes.THEMES, "auto"]


@click.command(no_args_is_help=True)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print what makes the shell complete words.

    Commands, options, files, kinds, themes and templates are completed.

    \b
    Examples:
      lstmviz completion bash >> ~/.bashrc
      lstmviz completion zsh >> ~/.zshrc
      lstmviz completion fish > ~/.config/fish/completions/lstmviz.fish
    """
    found = get_completion_class(shell)
    assert found is not None
    click.echo(found(context.find_root().command, {}, "lstmviz", VARIABLE).source())
