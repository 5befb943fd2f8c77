"""A figure made of several: what stands in its rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lstmviz import suggestions
from lstmviz.spec import words
from lstmviz.spec.nodes import Items, Node, Path, Scalar, Table

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from lstmviz.spec.ledger import Ledger

SHEET = "sheet"


def is_sheet(node: Node) -> bool:
    """Whether a figure is a sheet: it has rows instead of a kind."""
    return isinstance(node, Table) and SHEET in node.entries and "kind" not in node.entries


def panels(node: Node, path: Path) -> Iterator[tuple[Node, Path]]:
    """Every panel of a sheet with its path."""
    rows = node.get(SHEET) if isinstance(node, Table) else None
    for r, line in enumerate(rows.items if isinstance(rows, Items) else ()):
        for c, panel in enumerate(line.items if isinstance(line, Items) else ()):
            yield panel, (*path, SHEET, r, c)


def check_panels(
    ledger: Ledger, node: Node, path: Path, known: Collection[str], check: Callable[[Node, Path], object]
) -> None:
    """Complain of panels that are no figures; `known` are the kinds and the figures' names."""
    for panel, place in panels(node, path):
        if is_sheet(panel):
            ledger.add("bad-value", "a sheet cannot stand in a sheet", ledger.at(*place), place)
        elif isinstance(panel, Table):
            check(panel, place)
        elif isinstance(panel, Scalar) and not panel.empty and panel.text not in known:
            guess = suggestions.guess(panel.text, known)
            hint = suggestions.did_you_mean(guess) if guess else f"there is {suggestions.listed(known)}"
            message = f"{words.quoted(panel.text)} is neither a kind nor the name of a figure"
            ledger.add("unknown-kind", message, panel.span, place, hint)
