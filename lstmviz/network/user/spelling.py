"""What the command line says about a user's module: where it is, and its arguments."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from typing import Any

from lstmviz.errors import ChoiceError

MODELS = (".onnx", ".keras")
"""The endings of files that hold a model."""
_PART = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*")


@dataclass(frozen=True, slots=True)
class Target:
    """Where a module is: ``pkg.module`` or ``path/model.py``, and the name in it."""

    place: str
    name: str

    @property
    def is_model(self) -> bool:
        """Whether the place is a file that holds a model itself, and nothing is named in it."""
        return self.place.lower().endswith(MODELS)

    @property
    def is_file(self) -> bool:
        """Whether the place is a file, not a module to import by its name."""
        return self.place.endswith(".py") or "/" in self.place or "\\" in self.place


def names_module(text: str) -> bool:
    """Whether a source is a module in code or a model's file, and no spec.

    >>> [names_module(text) for text in ("net.py:Tagger", "model.onnx", "a.yaml", "a.yaml:grid", "-")]
    [True, True, False, False, False]
    """
    place, colon, name = text.rpartition(":")
    code = colon and _PART.fullmatch(name) and not place.endswith((".yaml", ".yml"))
    return text.lower().endswith(MODELS) or bool(code and (place.endswith(".py") or _PART.fullmatch(place)))


def target(text: str) -> Target:
    """Read ``pkg.module:Attr``; ChoiceError if it is none.

    >>> target("models/forecast.py:Forecast")
    Target(place='models/forecast.py', name='Forecast')
    """
    if text.lower().endswith(MODELS):
        return Target(text, "")
    place, colon, name = text.rpartition(":")
    if not colon or not place or not _PART.fullmatch(name):
        file = text if text.endswith(".py") else "model.py"
        raise ChoiceError(f"{text!r} does not say which module it is (write pkg.module:Name or {file}:Name)")
    found = Target(place, name)
    if not found.is_file and not _PART.fullmatch(place):
        raise ChoiceError(f"{place!r} is no name of a Python module (a file's ends in .py)")
    return found


def arguments(texts: tuple[str, ...]) -> tuple[list[Any], dict[str, Any]]:
    """Read the arguments of a class or factory: ``3,hidden=16``, or YAML in brackets; ChoiceError.

    What stands in parentheses is a tuple, as in Python.

    >>> arguments(("3, hidden=16", "sizes=[4, 2], kernel=(3, 3)"))
    ([3], {'hidden': 16, 'sizes': [4, 2], 'kernel': (3, 3)})
    """
    places: list[Any] = []
    names: dict[str, Any] = {}
    for text in texts:
        inside = text.strip()
        if inside[:1] + inside[-1:] in {"{}", "[]"}:
            value = _value(inside, text)
            places += value if isinstance(value, list) else []
            names |= value if isinstance(value, dict) else {}
            continue
        for part in _parts(inside):
            name, equals, said = part.partition("=")
            if equals and name.strip().isidentifier():
                names[name.strip()] = _value(said, text)
            elif names:
                raise ChoiceError(f"--args {text}: {part.strip()!r} comes after arguments with names")
            else:
                places.append(_value(part, text))
    return places, {str(name): value for name, value in names.items()}


def _value(said: str, text: str) -> Any:
    import yaml  # noqa: PLC0415  (--help is quick)

    try:
        if said.strip().startswith("("):
            return ast.literal_eval(said.strip())
        return yaml.safe_load(said)
    except (yaml.YAMLError, ValueError, SyntaxError) as error:
        raise ChoiceError(f"--args {text}: {said.strip()!r} is no value (write 3,hidden=16)") from error


def _parts(text: str) -> list[str]:
    """Split at the commas that stand in no brackets and no quotes.

    >>> _parts("a, (3, [1, 2]), b='x,y'")
    ['a', ' (3, [1, 2])', " b='x,y'"]
    """
    parts, depth, quote = [""], 0, ""
    for char in text:
        if quote or char in "'\"":
            quote = "" if char == quote else quote or char
        depth += 0 if quote else (char in "([{") - (char in ")]}")
        if char == "," and depth <= 0 and not quote:
            parts.append("")
        else:
            parts[-1] += char
    return [part for part in parts if part.strip()]
