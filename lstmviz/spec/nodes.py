"""A spec's data before it is checked: every value and key with its place."""

from __future__ import annotations

import operator
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from lstmviz.errors import Problem, Span, SpecError

MAX_DEPTH = 64
MAX_NODES = 100_000
MAX_TEXT = 4000
"""Characters of one value: a long caption, and no more than a page can hold."""
_HUGE = 10**400
"""Beyond every bound; Python refuses to write numbers ten times as long."""

type_names = {bool: "a boolean", int: "a whole number", float: "a number", str: "text"}


@dataclass(frozen=True, slots=True)
class Scalar:
    """A single value: what it means, and the text that says so.

    `plain` scalars were written without quotes, so that where text is
    expected `text` is taken as written.
    """

    value: str | float | bool | None
    text: str
    plain: bool = False
    span: Span | None = None

    @property
    def empty(self) -> bool:
        """Whether there is nothing after the key or the dash."""
        return self.plain and not self.text


@dataclass(frozen=True, slots=True)
class Items:
    """A list."""

    items: tuple[Node, ...] = ()
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """A key of a mapping with its value; `written` is the key in the file."""

    key: Span | None
    node: Node
    written: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A mapping from text to values, in the order written."""

    entries: dict[str, Entry] = field(default_factory=dict)
    span: Span | None = None

    def get(self, key: str) -> Node | None:
        """The value of this key, or None."""
        entry = self.entries.get(key)
        return entry.node if entry else None

    def without(self, *keys: str) -> Table:
        """The same mapping with these keys left out."""
        return Table({k: e for k, e in self.entries.items() if k not in keys}, self.span)

    def having(self, key: str, node: Node, span: Span | None = None) -> Table:
        """The same mapping with this value set."""
        old = self.entries.get(key)
        entry = Entry(old.key if old else span, node, old.written if old else key)
        return Table({**self.entries, key: entry}, self.span)


Node = Scalar | Items | Table
Path = tuple[str | int, ...]


def dotted(path: Path) -> str:
    """Write a path as `--set` takes it.

    >>> dotted(("layers", 0, "lstm"))
    'layers.0.lstm'
    """
    return ".".join(map(str, path))


def kind_of(node: Node) -> str:
    """Name what a node is, for a sentence.

    >>> kind_of(Items())
    'a list'
    """
    if isinstance(node, Scalar):
        return "nothing" if node.value is None else type_names[type(node.value)]
    return "a list" if isinstance(node, Items) else "a mapping"


def plain_data(node: Node) -> Any:
    """Turn a node into plain Python data.

    >>> plain_data(Items((Scalar(1, "1"), Scalar("a", "a"))))
    [1, 'a']
    """
    if isinstance(node, Scalar):
        return node.value
    if isinstance(node, Items):
        return [plain_data(n) for n in node.items]
    return {k: plain_data(e.node) for k, e in node.entries.items()}


def child(node: Node, step: str | int) -> Node | None:
    """The value under a key or at an index, or None."""
    if isinstance(node, Table):
        return node.get(str(step))
    if isinstance(node, Items) and isinstance(step, int) and 0 <= step < len(node.items):
        return node.items[step]
    return None


def descend(node: Node, path: Path) -> Node | None:
    """The value at a path, or None."""
    for step in path:
        below = child(node, step)
        if below is None:
            return None
        node = below
    return node


def walk(node: Node, path: Path = ()) -> Iterator[tuple[Path, Node]]:
    """Every node below and including this one, with its path."""
    yield path, node
    if isinstance(node, Items):
        for i, item in enumerate(node.items):
            yield from walk(item, (*path, i))
    elif isinstance(node, Table):
        for key, entry in node.entries.items():
            yield from walk(entry.node, (*path, key))


def place(root: Node, path: Path, *, keys: bool = False) -> Span | None:
    """The place of the value at a path; with `keys`, that of its key.

    If nothing is there, the key of the nearest thing above it.
    """
    node, span, named = root, root.span, root.span
    for step in path:
        below = child(node, step)
        if below is None:
            return named or span
        key = key_place(node, step)
        named = key or below.span or named
        span = (key or below.span) if keys else (below.span or key)
        span = span or place(root, ())
        node = below
    return span


def key_place(parent: Node, key: str | int) -> Span | None:
    """The place of a key in its mapping; None for lists and missing keys."""
    entry = parent.entries.get(str(key)) if isinstance(parent, Table) else None
    return entry.key if entry else None


def from_python(value: Any, path: Path = ()) -> Node:
    """Turn plain Python data into nodes, which then have no place.

    Raises SpecError for what YAML could not have said.
    """
    if len(path) > MAX_DEPTH:
        raise _refuse("too-big", f"the mapping is nested deeper than {MAX_DEPTH} levels", ())
    if isinstance(value, str) and len(value) > MAX_TEXT:
        raise _refuse("too-big", f"a text of more than {MAX_TEXT} characters", path)
    if value is None or isinstance(value, str | bool | float):
        return Scalar(value, str(value), isinstance(value, float) and not isinstance(value, bool))
    if isinstance(value, Mapping):
        return Table({_key(k, path): Entry(None, from_python(v, (*path, k)), k) for k, v in value.items()})
    if isinstance(value, Sequence) and not isinstance(value, bytes | bytearray):
        return Items(tuple(from_python(v, (*path, i)) for i, v in enumerate(value)))
    try:
        number = operator.index(value)
    except TypeError:
        raise _refuse(
            "bad-type", f"a spec holds text, numbers, lists and mappings, not {type(value).__name__}", path
        ) from None
    number = max(-_HUGE, min(number, _HUGE))
    return Scalar(number, str(number), plain=True)


def _key(key: object, path: Path) -> str:
    if not isinstance(key, str):
        raise _refuse("bad-type", f"a key must be text, not {key!r}", path)
    return key


def _refuse(code: str, message: str, path: Path) -> SpecError:
    return SpecError([Problem(code, message, path=dotted(path))])
