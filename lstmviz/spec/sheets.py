"""A figure made of several: what stands in its rows."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import replace

from lstmviz import suggestions
from lstmviz.spec import phrases
from lstmviz.spec.foreign import KINDS
from lstmviz.spec.ledger import Ledger
from lstmviz.spec.model import Spec
from lstmviz.spec.nodes import Items, Node, Path, Scalar, Table

SHEET = "sheet"
OTHER = "spec"
"""The key of a panel that shows the model of another spec."""


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
    ledger: Ledger,
    sheet: tuple[Node, Path],
    known: Collection[str],
    check: Callable[[Node, Path], object],
    of_another: Callable[[Ledger, Table, Path], Spec | None],
) -> None:
    """Complain of panels of a sheet that are no figures; `known` are the kinds and the figures' names.

    `of_another` looks at those that show the model of another spec.
    """
    for panel, place in panels(*sheet):
        if is_sheet(panel):
            ledger.add("bad-value", "a sheet cannot stand in a sheet", ledger.at(*place), place)
        elif isinstance(panel, Table) and OTHER in panel.entries:
            other = of_another(ledger, panel, place)
            if other:
                check(_of_its_kind(panel.without(OTHER), other), place)
        elif isinstance(panel, Table):
            check(panel, place)
        elif isinstance(panel, Scalar) and not panel.empty and panel.text not in known:
            guess = suggestions.guess(panel.text, known, KINDS)
            hint = suggestions.did_you_mean(guess) if guess else f"there is {suggestions.listed(known)}"
            message = f"{phrases.quoted(panel.text)} is neither a kind nor the name of a figure"
            ledger.add("unknown-kind", message, panel.span, place, hint)


def _of_its_kind(panel: Table, other: Spec) -> Table:
    """A panel with its kind for the name of a figure of another spec."""
    kinds = {request.name: request.kind for request in other.figures or () if request.kind != SHEET}
    kind = panel.get("kind")
    if not isinstance(kind, Scalar) or kind.text not in kinds:
        return panel
    return panel.having("kind", replace(kind, value=kinds[kind.text], text=kinds[kind.text]))
