"""The `layers` of a spec: which layer each entry is, and its options."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from lstmviz.spec import phrases
from lstmviz.spec.checking import Check
from lstmviz.spec.foreign import synonyms
from lstmviz.spec.layer_answers import answered, said_of, unknown_layer
from lstmviz.spec.layer_types import LAYERS
from lstmviz.spec.layers import MAX_LAYERS, Options
from lstmviz.spec.ledger import Ledger
from lstmviz.spec.model import Layer
from lstmviz.spec.nodes import Items, Node, Path, Scalar, Table, child, descend, key_place, kind_of
from lstmviz.suggestions import bare, did_you_mean, guess, listed

_NAME = re.compile(r"[^\s/\\.]{1,80}\Z")


@dataclass(frozen=True, slots=True)
class PartialLayer:
    """A layer as far as it is understood: `options` are None if in trouble."""

    index: int
    type: str
    options: Options | None
    name: str | None = None
    reads: str = ""
    """What `from` says."""

    @property
    def path(self) -> Path:
        """Where its options are."""
        return ("layers", self.index, self.type)


def layers(ledger: Ledger) -> list[PartialLayer | None]:
    """All layers; None for one whose type is not known."""
    node = ledger.section("layers")
    if not isinstance(node, Items):
        hint = (
            "begin each layer with '- '"
            if isinstance(node, Table)
            else f"as in: {phrases.EXAMPLES['layers']}"
        )
        if isinstance(node, Table) and next(iter(node.entries), "").startswith("-"):
            hint = f"write a space after the dash: {next(iter(node.entries)).replace('-', '- ', 1)}"
        if isinstance(node, Scalar) and node.value is not None:
            hint = f"write a list: [{node.text}]"
        if node is not None:
            ledger.add(
                "bad-type",
                f"'layers' must be a list, not {kind_of(node)}",
                ledger.at("layers"),
                ("layers",),
                hint,
            )
        return []
    if not node.items:
        ledger.add(
            "bad-value", "'layers' is empty: a model has at least one layer", ledger.at("layers"), ("layers",)
        )
    if len(node.items) > MAX_LAYERS:
        message = f"{len(node.items)} layers, but at most {MAX_LAYERS} can be drawn"
        ledger.add("out-of-range", message, ledger.key("layers"), ("layers",))
        return []
    parts = [layer(ledger, n, i) for i, n in enumerate(node.items)]
    same_names(ledger, [p for p in parts if p])
    return parts


def same_names(ledger: Ledger, parts: list[PartialLayer]) -> None:
    """Complain of two layers with one name: ids and `of` are made of names."""
    first: dict[str, PartialLayer] = {}
    for part in parts:
        if part.name and first.setdefault(part.name, part) is not part:
            inside = child(node, "name") if (node := descend(ledger.root, part.path)) else None
            path: Path = (*part.path, "name") if inside else ("layers", part.index, "name")
            earlier = ledger.key(*first[part.name].path)
            hint = f"the first one is in line {earlier.line}" if earlier else "names are unique"
            ledger.add("duplicate-name", f"two layers are called '{part.name}'", ledger.at(*path), path, hint)


def layer(ledger: Ledger, node: Node, index: int) -> PartialLayer | None:
    """One layer: its type, its name, its options."""
    path: Path = ("layers", index)
    if not isinstance(node, Table):
        nothing = isinstance(node, Scalar) and node.value is None
        message = (
            "an entry without a layer" if nothing else f"a layer is a name or a mapping, not {kind_of(node)}"
        )
        ledger.add("bad-type", message, ledger.at(*path), path)
        return None
    type_ = layer_type(ledger, node, index)
    if type_ is None:
        return None
    options = node.get(type_)
    if not isinstance(options, Table):
        ledger.add(
            "bad-type",
            f"{type_} takes no value",
            ledger.at(*path, type_),
            (*path, type_),
            f"write '- {type_}'",
        )
        return PartialLayer(index, type_, None)
    name = layer_name(ledger, node, options, index, type_)
    before = len(ledger.problems)
    found = layer_options(ledger, options, (*path, type_), type_)
    # What stands beside the layer instead of in it has been said already.
    ledger.problems[before:] = [
        p
        for p in ledger.problems[before:]
        if p.code != "missing-key" or p.path.rpartition(".")[2] not in node.entries
    ]
    return PartialLayer(index, type_, found, name, reads_from(ledger, node, path))


def reads_from(ledger: Ledger, node: Table, path: Path) -> str:
    """The name after `from`, beside the layer's type; empty without one."""
    if "from" not in node.entries:
        return ""
    return (
        ledger.name(node.entries["from"].node, (*path, "from"), _NAME, "the name of a layer, or input") or ""
    )


def layer_type(ledger: Ledger, node: Table, index: int) -> str | None:
    """Which key of an entry is the layer; complains of the others."""
    path: Path = ("layers", index)
    keys = [k for k in node.entries if k not in {"name", "from"}]
    known = [k for k in keys if k in LAYERS]
    if not keys:
        ledger.add("missing-key", "an entry without a layer", node.span, path)
        return None
    if not known:
        unknown_layer(ledger, keys[0], node, path)
        return None
    type_, *_ = known
    for key in keys:
        if key != type_:
            beside(ledger, key, type_, node, path)
    return type_


def beside(ledger: Ledger, key: str, type_: str, node: Table, path: Path) -> None:
    """Complain of a key beside the layer's type."""
    span = key_place(node, key)
    if key in LAYERS:
        message, hint = f"'{key}' is a second layer in one entry", "begin each layer with '- '"
    elif key in LAYERS[type_].arguments():
        message, hint = f"'{key}' stands beside {type_}, not in it", f"indent it below '{type_}:'"
    else:
        message, hint = (
            f"{phrases.quoted(key)} is not a key of a layer",
            "beside the layer's type only 'name' and 'from' may stand",
        )
    ledger.add("unknown-key", message, span, (*path, key), hint)


def layer_name(ledger: Ledger, node: Table, options: Table, index: int, type_: str) -> str | None:
    """The name inside the options or beside the type."""
    path: Path = ("layers", index)
    found = [((*path, "name"), node), ((*path, type_, "name"), options)]
    found = [(p, t) for p, t in found if "name" in t.entries]
    if len(found) == 2:
        ledger.add(
            "duplicate-key", "'name' is written twice", key_place(options, "name"), found[1][0], "keep one"
        )
    for place_, table in found:
        return ledger.name(table.entries["name"].node, place_, _NAME, "no spaces, dots or slashes")
    return None


def layer_options(ledger: Ledger, options: Table, path: Path, type_: str) -> Options | None:
    """The options of one layer."""
    model = LAYERS[type_]
    options = options.without("name")
    before = len(ledger.problems)
    named = synonyms([field for field in model.arguments() if field not in options.entries])
    meant = {bare(word) for word in named}
    for key in list(options.entries):
        if key in model.arguments():
            continue
        said = said_of(type_, key, is_meant=bare(key) in meant)
        if said:
            ledger.add("unknown-key", said[0], key_place(options, key), (*path, key), said[1])
            options = options.without(key)
    check = Check(model, ledger.root, path, f"an option of {type_}", named, list(model.arguments()))
    checked = check.run(options)
    ledger.problems += [answered(problem, type_, options) for problem in checked.problems]
    return checked.value if len(ledger.problems) == before else None


def labelled(parts: list[PartialLayer]) -> tuple[Layer, ...]:
    """Give every layer a label of its own: its name, or its type.

    >>> [l.label for l in labelled([PartialLayer(0, "relu", Options()), PartialLayer(1, "relu", Options())])]
    ['relu', 'relu-2']
    """
    taken = {p.name for p in parts if p.name}
    layers = []
    for part in parts:
        label, count = part.name or part.type, 1
        while not part.name and label in taken:
            count += 1
            label = f"{part.type}-{count}"
        taken.add(label)
        layers.append(
            Layer(
                type=part.type,
                options=part.options or Options(),
                name=part.name,
                label=label,
                reads=part.reads,
            )
        )
    return tuple(layers)


def known_layers(ledger: Ledger, layers: Sequence[Layer]) -> None:
    """Complain of a name after `from`, add or concat that no earlier layer has."""
    before = ["input"]
    for index, one in enumerate(layers):
        named = {("from",): one.reads, (one.type, "layer"): getattr(one.options, "layer", "")}
        for keys, name in named.items():
            if name and name not in before:
                path: Path = ("layers", index, *keys)
                near = guess(name, before)
                hint = did_you_mean(near) if near else f"there is {listed(before)}"
                message = f"no layer before this one is called {phrases.quoted(name)}"
                ledger.add("bad-value", message, ledger.at(*path), path, hint)
        before.append(one.label)
