"""Inputs as the command line says them: sizes, values, and tuples, lists, mappings, packed batches of them.

``4,5,8`` are sizes and ``[5, 3, 2]`` values, as they are. Anything else is read as a Python
expression of literals, in which a tuple of whole numbers means sizes: ``((1, 4, 8), (1, 4, 8))``
is a pair of states. `CALLS` are the words that stand for what no literal says.
"""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from lstmviz.errors import ChoiceError

DTYPES = ("float", "double", "half", "bfloat16", "long", "int", "bool")
MOST = 2**28
"""So many numbers at most are one input: a gigabyte."""
FILES = (".npy", ".pt", ".pth")
"""Endings of files that hold an input: NumPy's, and torch's (read as weights only)."""
CALLS = ("number", "packed", *DTYPES)
"""``number(5)`` is the plain number, ``packed((4, 7, 3), [7, 5, 3, 2])`` a packed batch-first batch,
``long(4, 7)`` sizes with a dtype of their own."""
_NAME = re.compile(r"[A-Za-z_]\w*(\.\w+)*")
_NAMED = re.compile(r"\s*([A-Za-z_][\w.]*)\s*=(?!=)")
HELP = "write its sizes: 4,5,8; its values: [5, 3, 2]; number(5); or a tuple, list or mapping of these"

Tree = dict[str, Any]
"""An input as JSON data: one of ``sizes`` (with ``dtype``), ``values``, ``plain``, ``tuple``, ``list``,
``dict``, ``packed`` and ``file``."""


@dataclass(frozen=True, slots=True)
class SpelledInput:
    """One input: `name` as forward has it (empty: by its place), and what it is."""

    name: str
    tree: Tree


def given(texts: Sequence[str], dtypes: Sequence[str] = ()) -> tuple[SpelledInput, ...]:
    """Read the inputs in their order, each with its dtype; ChoiceError.

    One dtype is that of all of them, several are told off one by one.

    >>> given(("x=4,5", "lengths=[5, 3, 4, 2]"), ("long",))[1].tree
    {'values': [5, 3, 4, 2], 'dtype': 'long'}
    """
    if len(dtypes) > 1 and len(dtypes) != len(texts):
        raise ChoiceError(f"{len(texts)} inputs and {len(dtypes)} dtypes: give one for all, or one for each")
    kinds = list(dtypes) * len(texts) if len(dtypes) == 1 else list(dtypes) or [""] * len(texts)
    found = tuple(_given(text, dtype) for text, dtype in zip(texts, kinds, strict=True))
    if len({bool(one.name) for one in found}) > 1:
        raise ChoiceError("give all inputs by name (x=4,5,8), or none")
    return found


def _given(text: str, dtype: str) -> SpelledInput:
    match = _NAMED.match(text)
    if match is None:
        if "=" in text.partition("(")[0].partition("[")[0].partition("{")[0]:
            raise ChoiceError(f"{text.partition('=')[0]!r} is no name of an input")
        return SpelledInput("", _input(text, text.strip(), dtype))
    if not _NAME.fullmatch(match[1]):
        raise ChoiceError(f"{match[1]!r} is no name of an input")
    return SpelledInput(match[1], _input(text, text[match.end() :].strip(), dtype))


def _input(text: str, said: str, dtype: str) -> Tree:
    """Read one input, `text` being all that was written of it."""
    if said.endswith(FILES):
        return {"file": said}
    if re.fullmatch(r"\d+(\s*,\s*\d+)*,?", said):
        return _sizes([int(size) for size in said.split(",") if size.strip()], dtype)
    said = {"true": "True", "false": "False", "null": "None"}.get(said, said)
    try:
        node = ast.parse(said, mode="eval").body
    except (SyntaxError, ValueError):
        raise ChoiceError(f"{text!r} is no input ({HELP})") from None
    return _tree(node, dtype, text)


def _tree(node: ast.expr, dtype: str, text: str) -> Tree:
    """Return an expression as data; ChoiceError for what is no literal."""
    if isinstance(node, ast.Call):
        return _called(node, dtype, text)
    if isinstance(node, ast.Dict):
        keys = [_literal(key, text) for key in node.keys if key is not None]
        return {"dict": [[k, _tree(v, dtype, text)] for k, v in zip(keys, node.values, strict=True)]}
    if isinstance(node, ast.List) and _values(node):
        return {"values": _literal(node, text), "dtype": dtype}
    if isinstance(node, ast.Tuple) and (whole := _whole(node)):
        return _sizes(whole, dtype)
    if isinstance(node, ast.List | ast.Tuple):
        kind = "list" if isinstance(node, ast.List) else "tuple"
        return {kind: [_tree(item, dtype, text) for item in node.elts]}
    return {"plain": _literal(node, text)}


def _called(node: ast.Call, dtype: str, text: str) -> Tree:
    word = node.func.id if isinstance(node.func, ast.Name) else ""
    if word not in CALLS or node.keywords:
        raise ChoiceError(f"{text!r}: an input calls nothing but {', '.join(CALLS)}")
    if word == "number" and len(node.args) == 1:
        return {"plain": _literal(node.args[0], text)}
    if word == "packed":
        sizes = _whole(node.args[0]) if node.args else None
        lengths = _literal(node.args[1], text) if len(node.args) == 2 else None
        if not sizes or not isinstance(lengths, list) or len(lengths) != sizes[0]:
            raise ChoiceError(
                f"{text!r}: write packed((4, 7, 3), [7, 5, 3, 2]): sizes (N, T, …), then N lengths"
            )
        return {"packed": _sizes(sizes, dtype), "lengths": lengths}
    if word in DTYPES:
        one = node.args[0] if len(node.args) == 1 else ast.Tuple(node.args)
        if (whole := _whole(one)) is not None:
            return _sizes(whole, word)
        if isinstance(one, ast.List):
            return {"values": _literal(one, text), "dtype": word}
    raise ChoiceError(f"{text!r} is no input ({HELP})")


def _whole(node: ast.expr) -> list[int] | None:
    """Return the sizes in a tuple of whole numbers (or a single one); None if it is none."""
    items = node.elts if isinstance(node, ast.Tuple) else [node]
    values = [item.value for item in items if isinstance(item, ast.Constant)]
    plain = all(isinstance(value, int) and not isinstance(value, bool) for value in values)
    return [int(value) for value in values] if plain and values and len(values) == len(items) else None  # type: ignore[arg-type]


def _values(node: ast.expr) -> bool:
    """Whether an expression is a list of numbers, or of such lists."""
    if isinstance(node, ast.List):
        return bool(node.elts) and all(map(_values, node.elts))
    inner = node.operand if isinstance(node, ast.UnaryOp) else node
    return isinstance(inner, ast.Constant) and isinstance(inner.value, int | float)


def _literal(node: ast.expr, text: str) -> Any:
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError, MemoryError, RecursionError):
        raise ChoiceError(f"{text!r} is no input ({HELP})") from None


def _sizes(sizes: list[int], dtype: str) -> Tree:
    said = ",".join(map(str, sizes))
    if math.prod(sizes) > MOST:
        raise ChoiceError(f"an input of {said} is too large: at most {MOST} numbers")
    if 0 in sizes:
        raise ChoiceError(f"an input of {said} holds no number: every size is at least 1")
    return {"sizes": sizes, "dtype": dtype or "float"}
