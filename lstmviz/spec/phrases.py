"""The sentences of error messages: what is wrong, and what was meant."""

from __future__ import annotations

import re
from collections.abc import Iterable

from pydantic_core import ErrorDetails

from lstmviz.spec.nodes import Items, Node, Path, Scalar, Table, kind_of
from lstmviz.spec.scalars import meant_boolean, meant_number, resolve
from lstmviz.suggestions import _SHOWN, did_you_mean, guess

_EXPECTED = {
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "finite_number": "a finite number",
    "bool_type": "true or false",
    "string_type": "text",
    "tuple_type": "a list",
    "list_type": "a list",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
    "none_required": "null",
    "string_too_short": "text that is not empty",
}
BOUNDS = {
    "greater_than_equal": ("ge", "at least"),
    "greater_than": ("gt", "more than"),
    "less_than_equal": ("le", "at most"),
    "less_than": ("lt", "less than"),
}
_NOTHING = frozenset({"no", "false", "none", "null", "~", "never"})
EXAMPLES = {
    "input": "input: {batch_size: 6, timesteps: 5, features: 3}",
    "layers": "layers: [lstm: 16, linear: 1]",
}
"""Sections as they may be written."""


def quoted(text: str) -> str:
    """Quote what a user wrote, in one short line.

    >>> quoted("hiden_size")
    "'hiden_size'"
    """
    text = " ".join(text.split())
    return f"'{text}'" if len(text) <= _SHOWN else f"'{text[: _SHOWN - 1]}…'"


def name_of(path: Path) -> str:
    """Call a value by its key, or by its position in a list.

    >>> name_of(("input", "axes", "batch", "labels", 2))
    "entry 3 of 'labels'"
    """
    if not path:
        return "the spec"
    if isinstance(path[-1], int):
        over = path[-2] if len(path) > 1 else ""
        return f"entry {path[-1] + 1} of {quoted(str(over))}"
    return quoted(path[-1])


def shown(node: Node) -> str:
    """Say what was written instead of what was expected."""
    if not isinstance(node, Scalar) or node.value is None:
        return kind_of(node) if not isinstance(node, Scalar) else (node.text or "nothing")
    if isinstance(node.value, str):
        return f"the text {quoted(node.text)}"
    return node.text if len(node.text) <= _SHOWN else node.text[:12] + "…"


def either(words: Iterable[str]) -> str:
    """Join alternatives.

    >>> either(["a", "b", "c"])
    'a, b or c'
    """
    *first, last = dict.fromkeys(words)
    return f"{', '.join(first)} or {last}" if first else last


def expected(error: ErrorDetails) -> str | None:
    """What a validation error says should have been there, if it does."""
    if error["type"] in {"literal_error", "enum"}:
        return str(error["ctx"]["expected"])
    return _EXPECTED.get(error["type"])


def complaint(name: str, node: Node, group: list[ErrorDetails]) -> tuple[str, str, str | None]:
    """Say what is wrong with one value: the code, a sentence and a hint.

    `group` are the errors of every alternative that the value could have been.
    """
    by_type = {e["type"]: e for e in group}
    for kind, error in by_type.items():
        if kind in BOUNDS:
            return "out-of-range", *_out_of_range(name, node, error)
        if kind in {"too_short", "too_long", "missing"}:
            return "bad-value", *_length(name, node, error)
    wanted = [w for e in group if (w := expected(e))]
    if len(wanted) < len(group):
        other = next(e for e in group if not expected(e))
        message, _, guess = other["msg"].removeprefix("Value error, ").partition("; did you mean ")
        return "bad-value", f"{name}: {message}", f"did you mean {guess}" if guess else None
    choices = [c for w in wanted for c in re.findall(r"'([^']*)'", w)]
    code = "bad-value" if choices and isinstance(node, Scalar) and isinstance(node.value, str) else "bad-type"
    text = f"{name} must be {either(wanted)}, not {shown(node)}"
    return code, text, value_hint(node, set(by_type), choices)


def _out_of_range(name: str, node: Node, error: ErrorDetails) -> tuple[str, str | None]:
    key, words = BOUNDS[error["type"]]
    limit = error["ctx"][key]
    return f"{name} is {shown(node)}, but must be {words} {limit}", None


def _length(name: str, node: Node, error: ErrorDetails) -> tuple[str, str | None]:
    have = len(node.items) if isinstance(node, Items) else 0
    if error["type"] == "missing":
        return f"{name} has too few values: {have}", None
    most = error["type"] == "too_long"
    limit = error["ctx"]["max_length" if most else "min_length"]
    return f"{name} has {have} values, but must have {'at most' if most else 'at least'} {limit}", None


def value_hint(node: Node, types: set[str], choices: list[str]) -> str | None:
    """Guess what a value of the wrong type should have been."""
    if not isinstance(node, Scalar):
        return (
            _list_hint(node) if isinstance(node, Items) and not types & {"tuple_type", "list_type"} else None
        )
    off = "off" in choices and node.text.lower() in _NOTHING
    if close := "off" if off else guess(node.text, choices):
        return did_you_mean(close)
    if "bool_type" in types:
        return _boolean_hint(node)
    several = bool(types & {"tuple_type", "list_type"})
    if types & {"int_type", "float_type"} and not (several and re.match(r"\(|\d+ ?[x×]", node.text)):
        return _number_hint(node, whole="float_type" not in types)
    items = re.sub(" ?[x×] ?", ", ", node.text[:_SHOWN].strip("()"))
    return f"write a list: [{items}]" if several and items else None


def _list_hint(node: Items) -> str | None:
    if node.items and all(isinstance(item, Table) for item in node.items):
        return "leave out the '- '"
    return "write one value, without [ ]" if len(node.items) == 1 else None


def _boolean_hint(node: Scalar) -> str | None:
    word = {"0": "false", "1": "true"}.get(node.text) or meant_boolean(node.text)
    if word is None:
        return None
    quotes = not node.plain and isinstance(resolve(node.text), bool)
    return f"drop the quotes: {word}" if quotes else f"did you mean {word}?"


def _number_hint(node: Scalar, *, whole: bool) -> str | None:
    if isinstance(node.value, bool):
        return "a boolean is not a number"
    number = meant_number(node.text)
    if number is None or (whole and not number.lstrip("-").isdigit()):
        return None
    value = resolve(node.text)
    if not node.plain and isinstance(value, int | float):
        return f"drop the quotes: {number}"
    return f"did you mean {number}?"
