"""Validation against a model, with every complaint at its place."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from lstmviz import suggestions
from lstmviz.errors import Problem, Span
from lstmviz.spec import phrases
from lstmviz.spec.forms import ALIASES
from lstmviz.spec.nodes import (
    Items,
    Node,
    Path,
    Scalar,
    Table,
    child,
    descend,
    dotted,
    key_place,
    place,
    walk,
)

_GUESSES = 50
"""More unknown keys than this are no slip of the fingers, and guessing is slow."""

M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Checked(Generic[M]):
    """What came out of a check.

    `value` is None unless all is well; `data` is then what was written, with
    text where text belongs. `broken` names the first-level keys in trouble.
    """

    value: M | None
    data: dict[str, Any]
    problems: list[Problem]
    broken: frozenset[str] = frozenset()


@dataclass(slots=True)
class Check(Generic[M]):
    """One part of a spec, checked against one model.

    `noun` completes "'x' is not …": "an option of lstm". `synonyms` are other
    words for the model's fields, `elsewhere` says where keys that are at home in
    another part belong: both are used for hints only.
    """

    model: type[M]
    root: Node
    path: Path
    noun: str
    synonyms: Mapping[str, str] = field(default_factory=dict)
    candidates: Iterable[str] | None = None
    elsewhere: Mapping[str, str] = field(default_factory=dict)

    @property
    def node(self) -> Node:
        """The part itself."""
        return _at(self.root, self.path)

    def run(self, node: Node | None = None) -> Checked[M]:
        """Validate the node at the path, or this one in its stead."""
        node = self.node if node is None else node
        texts: set[Path] = set()
        value: M | None = None
        while True:
            data = _data(node, texts)
            try:
                value = self.model.model_validate_json(_json(data), strict=True)
            except ValidationError as error:
                errors = error.errors(include_url=False, include_input=False)
                found = _as_text(node, errors) - texts
                if found:
                    texts |= found
                    continue
                problems = self.explain(node, errors)
            else:
                problems = [self.empty(p, node) for p in _empties(node)]
            return Checked(None if problems else value, data, problems, _first(problems, self.path))

    def empty(self, path: Path, node: Node) -> Problem:
        """A key or an entry that says nothing."""
        message = f"{phrases.name_of((*self.path, *path))} has no value"
        span = self.key(path, node) or self.value_place(path, node)
        return Problem("bad-value", message, span, self.written(path, node))

    def explain(self, node: Node, errors: list[ErrorDetails]) -> list[Problem]:
        """Turn a model's errors into problems, one for each place."""
        unknown, missing, groups = [], [], defaultdict(list)
        for error in errors:
            path, rest = _follow(node, error["loc"])
            if error["type"] == "extra_forbidden":
                unknown.append(path)
            elif error["type"] == "missing" and isinstance(rest, str):
                missing.append((*path, rest))
            else:
                groups[path].append(error)
        guesses = {p: self.guess(p, missing) if i < _GUESSES else None for i, p in enumerate(unknown)}
        explained = {(*p[:-1], g) for p, g in guesses.items() if g}
        empties = _empties(node) - guesses.keys()
        problems = [self.unknown(p, g, node) for p, g in guesses.items()]
        problems += [self.empty(p, node) for p in empties]
        problems += [self.missing(p, node) for p in missing if p not in explained]
        # A union complains of every alternative: the one that got furthest is meant.
        above = {p[:i] for p in groups for i in range(len(p))}
        for path, group in groups.items():
            if path not in above and path not in empties:
                problems.append(self.wrong(path, group, node))
        return problems

    def fields(self, path: Path) -> Iterable[str]:
        """The keys that the mapping at a path may have."""
        if not path and self.candidates is not None:
            return self.candidates
        model: type[BaseModel] | None = self.model
        for step in path:
            found = model.model_fields.get(str(step)) if model and isinstance(step, str) else None
            model = _model_in(found.annotation) if found else model
        return model.model_fields if model else ()

    def guess(self, path: Path, missing: list[Path]) -> str | None:
        """The key that was meant by an unknown one."""
        key = re.split(r"[: ]", str(path[-1]))[0]
        wanted = [str(m[-1]) for m in missing if m[:-1] == path[:-1]]
        return suggestions.guess(key, wanted, self.synonyms) or suggestions.guess(
            key, self.fields(path[:-1]), self.synonyms
        )

    def unknown(self, path: Path, guess: str | None, node: Node) -> Problem:
        """A key that the model does not have."""
        key = str(path[-1])
        noun = self.noun if len(path) == 1 else f"a key of {phrases.quoted(str(path[-2]))}"
        table = _at(node, path[:-1])
        if len(path) == 1 and key in self.elsewhere:
            hint: str | None = self.elsewhere[key]
        elif guess and ":" in key:
            hint = f"write a space after the colon: {key.replace(':', ': ', 1)}"
        elif key.isdecimal() and isinstance(table, Table) and key == next(iter(table.entries)):
            hint = f"say what {key} is: {{{next(iter(self.fields(path[:-1])), 'key')}: {key}}}"
        elif key.isdecimal():
            hint = "a decimal number is written with a point"
        elif guess and (apart := re.match(r"\w+(?= \S)", key)):
            value = key[apart.end() :].strip()
            hint = f"write a colon: {apart[0]}: {value if value.isalnum() else '…'}"
        elif guess:
            hint = suggestions.did_you_mean(guess)
        else:
            names = list(self.fields(path[:-1]))
            hint = f"there is {suggestions.listed(names)}" if names else "it takes none"
        message = f"{phrases.quoted(key)} is not {noun}"
        return Problem("unknown-key", message, self.key(path, node), self.written(path, node), hint)

    def missing(self, path: Path, node: Node) -> Problem:
        """A key that must be there."""
        over = (*self.path, *path[:-1])
        owner = str(over[-1]) if over and isinstance(over[-1], str) else "this entry" if over else "a spec"
        message = f"{owner} needs {phrases.quoted(str(path[-1]))}"
        span = self.owner_place(path[:-1], node)
        hint = f"as in: {phrases.EXAMPLES[path[0]]}" if path[0] in phrases.EXAMPLES and not over else None
        return Problem("missing-key", message, span, self.written(path, node), hint)

    def wrong(self, path: Path, group: list[ErrorDetails], node: Node) -> Problem:
        """A value that cannot be."""
        value = _at(node, path)
        code, text, hint = phrases.complaint(phrases.name_of((*self.path, *path)), value, group)
        return Problem(code, text, self.value_place(path, node), self.written(path, node), hint)

    def written(self, path: Path, node: Node) -> str:
        """The dotted path, in the words of the file."""
        steps: list[str | int] = list(self.path)
        for step in path:
            entry = node.entries.get(str(step)) if isinstance(node, Table) else None
            steps.append(entry.written or step if entry else step)
            node = child(node, step) or Scalar(None, "")
        return dotted(tuple(steps))

    def key(self, path: Path, node: Node) -> Span | None:
        """The place of a key."""
        if not path:
            return self.owner_place((), node)
        return key_place(_at(node, path[:-1]), path[-1])

    def owner_place(self, path: Path, node: Node) -> Span | None:
        """The key above a mapping; for an entry of a list, the entry."""
        if path:
            return self.key(path, node) or self.value_place(path, node)
        return place(self.root, self.path, keys=True)

    def value_place(self, path: Path, node: Node) -> Span | None:
        """The place of a value, or of the nearest thing that has one."""
        if not path:
            return place(self.root, self.path)
        below = _at(node, path)
        return below.span or place(node, path) or self.owner_place((), node)


def _data(node: Node, texts: set[Path], path: Path = ()) -> Any:
    """Plain data, where the scalars at `texts` are taken as written."""
    if isinstance(node, Scalar):
        return node.text if path in texts else node.value
    if isinstance(node, Items):
        return [_data(n, texts, (*path, i)) for i, n in enumerate(node.items)]
    return {k: _data(e.node, texts, (*path, k)) for k, e in node.entries.items()}


def _json(data: Any) -> bytes:
    # Half a surrogate pair is no text: it is complained of elsewhere, and must not stop the rest.
    return json.dumps(data, ensure_ascii=False).encode("utf-8", "replace")


def _as_text(node: Node, errors: list[ErrorDetails]) -> set[Path]:
    """Where text is expected and something unquoted stands."""
    paths = {_follow(node, e["loc"])[0] for e in errors if e["type"] == "string_type"}
    nodes = {p: _at(node, p) for p in paths}
    return {p for p, n in nodes.items() if isinstance(n, Scalar) and n.plain and not n.empty}


def _follow(node: Node, loc: tuple[int | str, ...]) -> tuple[Path, int | str | None]:
    """The path of an error, without the names of union members.

    The second value is the last step, if nothing is there.
    """
    path: Path = ()
    last: int | str | None = None
    for step in loc:
        below = child(node, step)
        last = step if below is None else None
        if below is not None:
            path, node = (*path, step), below
    return path, last


def _empties(node: Node) -> set[Path]:
    """Keys and entries without a value: they must not pass for null."""
    return {p for p, n in walk(node) if isinstance(n, Scalar) and n.empty}


def _at(node: Node, path: Path) -> Node:
    return descend(node, path) or Scalar(None, "")


def _first(problems: list[Problem], base: Path) -> frozenset[str]:
    """The first-level keys below `base` that problems are about."""
    steps = [p.path.split(".")[len(base) :] for p in problems]
    return frozenset(ALIASES.get(s[0], s[0]) for s in steps if s)


def _model_in(annotation: Any) -> type[BaseModel] | None:
    """The model that an annotation holds: `Axis` of `Axis | None`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((m for a in get_args(annotation) if (m := _model_in(a))), None)
