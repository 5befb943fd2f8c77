"""Other specs that a sheet names, each read once: a circle and a missing file are problems with a place."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from lstmviz.errors import SpecError
from lstmviz.spec import phrases
from lstmviz.spec.data_files import beside, missing
from lstmviz.spec.ledger import Ledger
from lstmviz.spec.model import Spec
from lstmviz.spec.nodes import Path as Place
from lstmviz.spec.nodes import Scalar, Table
from lstmviz.spec.sheets import OTHER

MOST = 64
"""So many specs may hang together by their sheets."""


@dataclass(frozen=True, slots=True)
class Others:
    """The specs that one spec's sheets name; `above` are those whose sheets led to it."""

    read: Callable[[Path, Others], Spec]
    file: str = ""
    above: tuple[Path, ...] = ()
    known: dict[Path, Spec] = field(default_factory=dict)
    found: dict[str, Spec] = field(default_factory=dict)
    """By the name that the spec writes."""

    def of(self, file: str) -> Others:
        """The same for a spec in this file."""
        return replace(self, file=file, above=(*self.above, Path(file).resolve()), found={})

    def look(self, ledger: Ledger, panel: Table, place: Place) -> Spec | None:
        """Read the spec that a panel names; what is wrong with it is complained of at the panel."""
        node, at = panel.entries[OTHER].node, (*place, OTHER)
        if not isinstance(node, Scalar) or node.empty:
            message = f"'{OTHER}' is the file of another spec, not {phrases.shown(node)}"
            ledger.add("bad-type", message, ledger.at(*at), at)
            return None
        path = beside(self.file, node.text)
        if missing(ledger, path, node.text, at, (".yaml", ".yml")):
            return None
        try:
            found = self._read(path.resolve(), path)
        except RecursionError:
            message = f"{node.text} is drawn in a sheet of its own sheets: they name each other in a circle"
            ledger.add("bad-value", message, ledger.at(*at), at)
            return None
        except SpecError as error:
            first, *more = str(error).splitlines()
            left = f" (and {len(more)} more)" if more else ""
            ledger.add("bad-value", f"{node.text} is no good spec: {first}{left}", ledger.at(*at), at)
            return None
        self.found[node.text] = found
        return found

    def _read(self, real: Path, path: Path) -> Spec:
        """Read a spec that is not being read already; RecursionError if it is."""
        if real in self.above:
            raise RecursionError
        if real not in self.known:
            if len(self.known) == MOST:
                raise SpecError([], f"more than {MOST} specs hang together by their sheets")
            self.known[real] = self.read(path, self)
        return self.known[real]
