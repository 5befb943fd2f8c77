"""`KEY=VALUE`: setting one value of a spec from outside the file."""

from __future__ import annotations

from typing import NoReturn

from lstmviz.errors import Problem, Span, SpecError
from lstmviz.spec.forms import ALIASES
from lstmviz.spec.nodes import MAX_DEPTH, Entry, Items, Node, Path, Table, dotted, kind_of
from lstmviz.spec.source import parse

FILE = "--set"
"""What stands for the file's name in the place of an override."""


def override(root: Node, setting: str) -> Node:
    """Set the value that `KEY=VALUE` names; VALUE is YAML.

    Keys that do not exist are created in mappings; a list only takes an index
    that it has. Raises SpecError (`bad-override`) where that cannot be.
    """
    key, equals, value = setting.partition("=")
    steps = tuple(s.strip() for s in key.split("."))
    if not equals or not all(steps):
        _refuse(setting, key, "an override is KEY=VALUE, as in input.timesteps=8")
    if len(steps) > MAX_DEPTH:
        _refuse(setting, key, f"a key of more than {MAX_DEPTH} parts")
    # The value keeps its column in KEY=VALUE, so that an error can point at it.
    node, problems = parse(" " * (len(key) + 1) + value, FILE, shown=setting) if value.strip() else (None, [])
    if node is None:
        _refuse(setting, key, f"'{key}' is given no value")
    if problems:
        raise SpecError(problems, FILE)
    return _Setting(setting, key, node).into(root, steps, ())


class _Setting:
    """One override on its way down the tree."""

    def __init__(self, text: str, key: str, value: Node) -> None:
        self.text = text
        self.key = key
        self.value = value

    def into(self, node: Node | None, steps: tuple[str, ...], path: Path) -> Node:
        if not steps:
            return self.value
        if node is None:
            node = Table({})
        if isinstance(node, Items):
            return self.into_list(node, steps, path)
        if isinstance(node, Table):
            return self.into_table(node, steps, path)
        return _refuse(self.text, self.key, f"{dotted(path)} is {kind_of(node)}: it has no '{steps[0]}'")

    def into_list(self, node: Items, steps: tuple[str, ...], path: Path) -> Items:
        index = int(steps[0]) if steps[0].isdecimal() and len(steps[0]) < 8 else -1
        if not 0 <= index < len(node.items):
            count = len(node.items)
            has = f"0 to {count - 1}" if count else "none"
            _refuse(self.text, self.key, f"{dotted(path)} has no entry '{steps[0]}'", f"its entries: {has}")
        below = self.into(node.items[index], steps[1:], (*path, index))
        return Items((*node.items[:index], below, *node.items[index + 1 :]), node.span)

    def into_table(self, node: Table, steps: tuple[str, ...], path: Path) -> Table:
        name = ALIASES.get(steps[0], steps[0]) if path == ("input",) else steps[0]
        old = node.entries.get(name)
        below = self.into(old.node if old else None, steps[1:], (*path, steps[0]))
        # The key's place is now in the override, unless the file has it.
        key = old.key if old and len(steps) > 1 else self.key_span()
        return Table({**node.entries, name: Entry(key, below, steps[0])}, node.span)

    def key_span(self) -> Span:
        return Span(FILE, 1, 1, len(self.key) + 1, self.text)


def _refuse(setting: str, key: str, message: str, hint: str | None = None) -> NoReturn:
    span = Span(FILE, 1, 1, max(len(key), 1) + 1, setting)
    raise SpecError([Problem("bad-override", message, span, key, hint)], FILE)
