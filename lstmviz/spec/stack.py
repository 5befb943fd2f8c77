"""The `layers` of a spec: which layer each entry is, and its options."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from lstmviz.spec import words
from lstmviz.spec.checking import Check
from lstmviz.spec.foreign import ANSWERS, DERIVED, FOREIGN_WORDS, MEANT, OPTIONS, OWN_MODULE, VALUES
from lstmviz.spec.layer_types import LAYERS
from lstmviz.spec.layers import MAX_LAYERS, Options
from lstmviz.spec.model import Layer
from lstmviz.spec.nodes import Items, Node, Path, Scalar, Table, child, descend, key_place, kind_of
from lstmviz.suggestions import bare, did_you_mean, guess, listed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lstmviz.errors import Problem
    from lstmviz.spec.ledger import Ledger

_NAME = re.compile(r"[^\s/\\.]{1,80}\Z")


@dataclass(frozen=True, slots=True)
class Part:
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


def layers(ledger: Ledger) -> list[Part | None]:
    """All layers; None for one whose type is not known."""
    node = ledger.section("layers")
    if not isinstance(node, Items):
        hint = (
            "begin each layer with '- '" if isinstance(node, Table) else f"as in: {words.EXAMPLES['layers']}"
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


def same_names(ledger: Ledger, parts: list[Part]) -> None:
    """Complain of two layers with one name: ids and `of` are made of names."""
    first: dict[str, Part] = {}
    for part in parts:
        if part.name and first.setdefault(part.name, part) is not part:
            inside = child(node, "name") if (node := descend(ledger.root, part.path)) else None
            path: Path = (*part.path, "name") if inside else ("layers", part.index, "name")
            earlier = ledger.key(*first[part.name].path)
            hint = f"the first one is in line {earlier.line}" if earlier else "names are unique"
            ledger.add("duplicate-name", f"two layers are called '{part.name}'", ledger.at(*path), path, hint)


def layer(ledger: Ledger, node: Node, index: int) -> Part | None:
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
        return Part(index, type_, None)
    name = layer_name(ledger, node, options, index, type_)
    before = len(ledger.problems)
    found = layer_options(ledger, options, (*path, type_), type_)
    # What stands beside the layer instead of in it has been said already.
    ledger.problems[before:] = [
        p
        for p in ledger.problems[before:]
        if p.code != "missing-key" or p.path.rpartition(".")[2] not in node.entries
    ]
    return Part(index, type_, found, name, reads_from(ledger, node, path))


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


def answer(key: str) -> str:
    """What to do about a word that is no layer.

    >>> answer("RepeatVector"), answer("max_pool3d")[:17]
    ("did you mean 'repeat'?", 'there is lstm, gr')
    """
    if found := {bare(word): text for word, text in ANSWERS.items()}.get(bare(key)):
        return found
    meant = {bare(word): text for word, text in MEANT.items()}.get(bare(key))
    near = meant or guess(key, LAYERS)
    return did_you_mean(near) if near else f"there is {listed(LAYERS)}; {OWN_MODULE}"


def unknown_layer(ledger: Ledger, key: str, node: Table, path: Path) -> None:
    """Complain of a type that does not exist."""
    hint = answer(key)
    if written := re.fullmatch(r"(?P<layer>[\w.]+)[ (=]+(?P<value>[^()]+)\)?", key):
        named = guess(written["layer"], LAYERS, MEANT)
        hint = f"did you mean '{named}: {written['value']}'?" if named else hint
    elif "(" in key:
        hint = answer(key.partition("(")[0])
    ledger.add(
        "unknown-layer", f"{words.quoted(key)} is not a layer", key_place(node, key), (*path, key), hint
    )


def beside(ledger: Ledger, key: str, type_: str, node: Table, path: Path) -> None:
    """Complain of a key beside the layer's type."""
    span = key_place(node, key)
    if key in LAYERS:
        message, hint = f"'{key}' is a second layer in one entry", "begin each layer with '- '"
    elif key in LAYERS[type_].arguments():
        message, hint = f"'{key}' stands beside {type_}, not in it", f"indent it below '{type_}:'"
    else:
        message, hint = (
            f"{words.quoted(key)} is not a key of a layer",
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
    for key in list(options.entries):
        if key in model.arguments():
            continue
        if key in DERIVED or key in model.foreign or key in OPTIONS:
            derived(ledger, key, options, path, type_)
            options = options.without(key)
    check = Check(model, ledger.root, path, f"an option of {type_}", FOREIGN_WORDS, list(model.arguments()))
    checked = check.run(options)
    ledger.problems += [_answered(problem, type_, options) for problem in checked.problems]
    return checked.value if len(ledger.problems) == before else None


def _answered(problem: Problem, type_: str, options: Table) -> Problem:
    """The problem of a value that is known from elsewhere, with its answer."""
    key = problem.path.rpartition(".")[2]
    value = options.get(key)
    found = VALUES.get((type_, key, value.text)) if isinstance(value, Scalar) else None
    return replace(problem, hint=found) if found else problem


def derived(ledger: Ledger, key: str, options: Table, path: Path, type_: str) -> None:
    """Complain of an argument that is not for this spec, or this layer, to give."""
    span = key_place(options, key)
    if key in DERIVED:
        ledger.add(
            "unknown-key", f"'{key}' is not written: {DERIVED[key]}", span, (*path, key), "leave it out"
        )
        return
    if key in OPTIONS:
        message = f"'{key}' is not an option of {type_}"
        ledger.add("unknown-key", message, span, (*path, key), OPTIONS[key])
        return
    owners = [k for k in ("lstm", "gru", "rnn") if key not in LAYERS[k].foreign]
    ledger.add(
        "unknown-key",
        f"'{key}' is not an option of {type_}",
        span,
        (*path, key),
        f"only {words.either(owners)} has it",
    )


def labelled(parts: list[Part]) -> tuple[Layer, ...]:
    """Give every layer a label of its own: its name, or its type.

    >>> [l.label for l in labelled([Part(0, "relu", Options()), Part(1, "relu", Options())])]
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
                message = f"no layer before this one is called {words.quoted(name)}"
                ledger.add("bad-value", message, ledger.at(*path), path, hint)
        before.append(one.label)
