"""Short forms and aliases, written out in full before anything is checked."""

from __future__ import annotations

from collections.abc import Callable

from lstmviz.errors import Problem
from lstmviz.spec.layer_types import LAYERS
from lstmviz.spec.nodes import Entry, Items, Node, Scalar, Table, dotted

ALIASES = {"seq_len": "timesteps", "input_size": "features"}


def write_out(root: Node) -> tuple[Node, list[Problem]]:
    """Write out every short form; what makes no sense is left as it is.

    `- lstm: 16` becomes `- lstm: {hidden_size: 16}`, `- rolled` becomes
    `- {kind: rolled}`, `batch: cities` becomes `batch: {name: cities}`.
    """
    if not isinstance(root, Table):
        return root, []
    problems: list[Problem] = []
    entries = {}
    for key, entry in root.entries.items():
        if key in {"figures", "style"} and _left_out(entry.node):
            continue
        node = entry.node
        if key == "input" and isinstance(node, Table):
            node = _input(node, problems)
        elif key == "layers":
            node = _each(node, _layer)
        elif key == "figures":
            node = _each(node, _figure)
        entries[key] = Entry(entry.key, node, entry.written)
    return Table(entries, root.span), problems


def _left_out(node: Node) -> bool:
    """Whether a section is there but says nothing: all of it commented out."""
    return isinstance(node, Scalar) and node.value is None


def _each(node: Node, write: Callable[[Node], Node]) -> Node:
    return Items(tuple(write(n) for n in node.items), node.span) if isinstance(node, Items) else node


def _input(table: Table, problems: list[Problem]) -> Table:
    entries: dict[str, Entry] = {}
    for key, entry in table.entries.items():
        name = ALIASES.get(key, key)
        if name in entries:
            message = f"'{key}' and '{entries[name].written}' are the same"
            problems.append(Problem("duplicate-key", message, entry.key, dotted(("input", key)), "keep one"))
        elif name == "axes" and isinstance(entry.node, Table):
            entries[name] = Entry(entry.key, _axes(entry.node), key)
        elif name != "axes" or not _left_out(entry.node):
            entries[name] = Entry(entry.key, entry.node, key)
    return Table(entries, table.span)


def _axes(table: Table) -> Table:
    return Table({k: Entry(e.key, _axis(e.node), k) for k, e in table.entries.items()}, table.span)


def _axis(node: Node) -> Node:
    if not isinstance(node, Scalar) or node.empty:
        return node
    return Table({"name": Entry(None, node, "name")}, node.span)


def _figure(node: Node) -> Node:
    if not isinstance(node, Scalar) or node.empty:
        return node
    return Table({"kind": Entry(None, node, "kind")}, node.span)


def _layer(node: Node) -> Node:
    if isinstance(node, Scalar) and node.value is not None:
        return Table({node.text: Entry(node.span, Table({}, node.span), node.text)}, node.span)
    if not isinstance(node, Table):
        return node
    entries = {k: Entry(e.key, _options(k, e), k) for k, e in node.entries.items()}
    return Table(entries, node.span)


def _options(layer: str, entry: Entry) -> Node:
    node = entry.node
    if layer not in LAYERS or isinstance(node, Table):
        return node
    if _left_out(node):
        return Table({}, entry.key)
    first = next(iter(LAYERS[layer].arguments()), None)
    return Table({first: Entry(None, node, first)}, node.span) if first else node
