"""What is being read, and the complaints so far."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from lstmviz.errors import Problem, Span
from lstmviz.spec import phrases
from lstmviz.spec.nodes import Node, Path, Scalar, child, dotted, place


@dataclass(slots=True)
class Ledger:
    """The written-out document, with the problems found in it."""

    root: Node
    problems: list[Problem] = field(default_factory=list)

    def add(self, code: str, message: str, span: Span | None, path: Path, hint: str | None = None) -> None:
        """Write down one problem."""
        self.problems.append(Problem(code, message, span, dotted(path), hint))

    def section(self, name: str) -> Node | None:
        """One of the top-level sections, if it is there."""
        return child(self.root, name)

    def at(self, *path: str | int) -> Span | None:
        """The place of a value."""
        return place(self.root, path)

    def key(self, *path: str | int) -> Span | None:
        """The place of a key."""
        return place(self.root, path, keys=True)

    def name(self, node: Node, path: Path, pattern: re.Pattern[str], rule: str) -> str | None:
        """A name that ids or file names are made of."""
        if isinstance(node, Scalar) and node.value is None and not node.empty:
            return None
        if isinstance(node, Scalar) and not node.empty and (node.plain or isinstance(node.value, str)):
            if pattern.match(node.text):
                return node.text
            self.add("bad-value", f"{phrases.quoted(node.text)} cannot be a name", self.at(*path), path, rule)
        else:
            self.add("bad-type", f"'name' must be text, not {phrases.shown(node)}", self.at(*path), path)
        return None
