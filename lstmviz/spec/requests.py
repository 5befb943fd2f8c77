"""The `figures` and the `style` of a spec."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pydantic import BaseModel, ConfigDict

from lstmviz import suggestions
from lstmviz.spec import phrases
from lstmviz.spec.checking import Check, Checked
from lstmviz.spec.foreign import KINDS
from lstmviz.spec.ledger import Ledger
from lstmviz.spec.model import FigureRequest, FigureSchema
from lstmviz.spec.nodes import Items, Node, Path, Scalar, Table, dotted
from lstmviz.spec.other_specs import Others
from lstmviz.spec.sheets import SHEET, check_panels, is_sheet

_FILE_NAME = re.compile(r"[^/\\\0\t\n\r.][^/\\\0\t\n\r]{0,120}\Z")


class _Anything(BaseModel):
    """A mapping of which nothing is known."""

    model_config = ConfigDict(extra="allow")


def figures(ledger: Ledger, schema: FigureSchema | None, others: Others) -> tuple[FigureRequest, ...] | None:
    """The figures that the spec asks for; None for the default. `others` reads the specs that sheets name."""
    node = ledger.section("figures")
    if node is None:
        return None
    if not isinstance(node, Items):
        hint = f"write a list: [{node.text}]" if isinstance(node, Scalar) else "begin each figure with '- '"
        ledger.add(
            "bad-type",
            f"'figures' must be a list, not {phrases.shown(node)}",
            ledger.at("figures"),
            ("figures",),
            hint,
        )
        return None
    found = [figure(ledger, n, ("figures", i), schema) for i, n in enumerate(node.items)]
    requests = named(ledger, [f for f in found if f])
    known = [*(schema.kinds if schema else ()), *(r.name for r in requests if r.kind != SHEET)]
    for i, entry in enumerate(node.items if schema else ()):
        if is_sheet(entry):
            sheet = (entry, ("figures", i))
            check_panels(ledger, sheet, known, lambda n, p: figure(ledger, n, p, schema), others.look)
    return requests


def figure(ledger: Ledger, node: Node, path: Path, schema: FigureSchema | None) -> FigureRequest | None:
    """One figure; its `name` is still empty where the spec gives none."""
    if isinstance(node, Table) and is_sheet(node):
        node = node.having("kind", Scalar(SHEET, SHEET))
    kind = node.get("kind") if isinstance(node, Table) else None
    if not isinstance(node, Table) or not isinstance(kind, Scalar) or not isinstance(kind.value, str):
        figure_form(ledger, node, kind, path)
        return None
    if schema and kind.text not in schema.kinds and not (kind.text == SHEET and SHEET in node.entries):
        guess = suggestions.guess(kind.text, schema.kinds, KINDS)
        hint = suggestions.did_you_mean(guess) if guess else f"there is {suggestions.listed(schema.kinds)}"
        ledger.add(
            "unknown-kind",
            f"{phrases.quoted(kind.text)} is not a kind of figure",
            kind.span,
            (*path, "kind"),
            hint,
        )
        return None
    name = ""
    if "name" in node.entries:
        rule = "it becomes part of a file's name: no slashes, no dot at the beginning"
        name = ledger.name(node.entries["name"].node, (*path, "name"), _FILE_NAME, rule) or ""
    options = node.without("kind", "name")
    checked = (
        checked_options(ledger.root, options, path, schema.kinds, kind.text)
        if schema
        else Check(_Anything, ledger.root, path, "").run(options)
    )
    ledger.problems += checked.problems
    data = checked.data if isinstance(checked.data, dict) else {}
    return FigureRequest(kind=kind.text, name=name, options=data, path=dotted(path))


def figure_form(ledger: Ledger, node: Node, kind: Node | None, path: Path) -> None:
    """Complain of an entry that is not a figure."""
    if isinstance(node, Table) and kind is None:
        first = next(iter(node.entries), "")
        hint = f"write {{kind: {first}, …}}" if first and not isinstance(node.get(first), Scalar) else None
        guess = suggestions.guess(first, ["kind", SHEET]) if first else None
        ledger.add(
            "missing-key",
            "a figure needs 'kind'",
            node.span,
            path,
            suggestions.did_you_mean(guess) if guess else hint,
        )
    elif isinstance(node, Table):
        span = ledger.at(*path, "kind")
        ledger.add(
            "bad-type", f"'kind' must be text, not {phrases.shown(kind or node)}", span, (*path, "kind")
        )
    else:
        message = f"a figure is a kind or a mapping, not {phrases.shown(node)}"
        ledger.add("bad-type", message, ledger.at(*path), path)


def checked_options(
    root: Node, node: Node, path: Path, kinds: Mapping[str, type[BaseModel]], kind: str
) -> Checked[BaseModel]:
    """The options of one figure at a path; of another kind's option it is said whose it is."""
    check = Check(kinds[kind], root, path, f"an option of {kind}")
    checked = check.run(node)
    if all(problem.code != "unknown-key" for problem in checked.problems):
        return checked
    owners: dict[str, list[str]] = {}
    for name, model in kinds.items():
        for option in model.model_fields.keys() - kinds[kind].model_fields.keys():
            owners.setdefault(option, []).append(name)
    elsewhere = {option: f"only {phrases.either(names)} has it" for option, names in owners.items()}
    return replace(check, elsewhere=elsewhere).run(node)


def style(ledger: Ledger, schema: FigureSchema | None) -> dict[str, Any]:
    """What holds for all figures; its options are checked if a schema is given."""
    node = ledger.section("style")
    if not node:
        return {}
    checked = Check(schema.style if schema else _Anything, ledger.root, ("style",), "a key of style").run(
        node
    )
    ledger.problems += checked.problems
    return checked.data if isinstance(checked.data, dict) else {}


def named(ledger: Ledger, figures: list[FigureRequest]) -> tuple[FigureRequest, ...]:
    """Give every figure its name; complains of two for one file."""
    taken: dict[str, str] = {}
    counts: dict[str, int] = {}
    result = []
    for figure in figures:
        counts[figure.kind] = counts.get(figure.kind, 0) + (not figure.name)
        count = counts[figure.kind]
        name = figure.name or (figure.kind if count == 1 else f"{figure.kind}-{count}")
        if name.casefold() in taken:
            path: Path = (*(int(s) if s.isdigit() else s for s in figure.path.split(".")),)
            span = ledger.at(*path, "name") if figure.name else ledger.at(*path)
            ledger.add(
                "duplicate-name", f"two figures are called '{name}'", span, path, "give one another 'name'"
            )
        taken[name.casefold()] = name
        result.append(figure.model_copy(update={"name": name}))
    return tuple(result)
