"""What the command line says about a user's module: where it is, its inputs, its arguments."""

from __future__ import annotations

import math
import re
from dataclasses import asdict, dataclass
from typing import Any

from lstmviz.errors import ChoiceError

DTYPES = ("float", "double", "half", "bfloat16", "long", "int", "bool")
MOST = 2**28
"""So many numbers at most are one input: a gigabyte."""
_NAME = re.compile(r"[A-Za-z_]\w*(\.\w+)*")
_PART = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*")


@dataclass(frozen=True, slots=True)
class Target:
    """Where a module is: ``pkg.module`` or ``path/model.py``, and the name in it."""

    place: str
    name: str

    @property
    def is_file(self) -> bool:
        """Whether the place is a file, not a module to import by its name."""
        return self.place.endswith(".py") or "/" in self.place or "\\" in self.place


@dataclass(frozen=True, slots=True)
class Given:
    """One input: its `sizes` to be filled, or its `values`; `name` as forward has it, else by its place."""

    name: str
    sizes: tuple[int, ...] | None
    values: Any
    dtype: str

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON data."""
        return asdict(self)


def target(text: str) -> Target:
    """Read ``pkg.module:Attr``; ChoiceError if it is none.

    >>> target("models/forecast.py:Forecast")
    Target(place='models/forecast.py', name='Forecast')
    """
    place, colon, name = text.rpartition(":")
    if not colon or not place or not _PART.fullmatch(name):
        file = text if text.endswith(".py") else "model.py"
        raise ChoiceError(f"{text!r} does not say which module it is (write pkg.module:Name or {file}:Name)")
    found = Target(place, name)
    if not found.is_file and not _PART.fullmatch(place):
        raise ChoiceError(f"{place!r} is no name of a Python module (a file's ends in .py)")
    return found


def given(texts: tuple[str, ...], dtypes: tuple[str, ...]) -> tuple[Given, ...]:
    """Read the inputs in their order, each with its dtype; ChoiceError.

    One dtype is that of all of them, several are told off one by one.

    >>> given(("x=4,5", "lengths=[5, 3, 4, 2]"), ("long",))[1].values
    [5, 3, 4, 2]
    """
    if len(dtypes) > 1 and len(dtypes) != len(texts):
        raise ChoiceError(f"{len(texts)} inputs and {len(dtypes)} dtypes: give one for all, or one for each")
    kinds = dtypes * len(texts) if len(dtypes) == 1 else dtypes or ("",) * len(texts)
    found = tuple(_given(text, dtype) for text, dtype in zip(texts, kinds, strict=True))
    if len({bool(one.name) for one in found}) > 1:
        raise ChoiceError("give all inputs by name (x=4,5,8), or none")
    return found


def _given(text: str, dtype: str) -> Given:
    name, equals, said = text.partition("=")
    if not equals:
        name, said = "", text
    elif not _NAME.fullmatch(name.strip()):
        raise ChoiceError(f"{name!r} is no name of an input")
    said = said.strip()
    if re.fullmatch(r"\d+(\s*,\s*\d+)*,?", said):
        sizes = tuple(int(size) for size in said.split(",") if size.strip())
        if math.prod(sizes) > MOST:
            raise ChoiceError(f"an input of {said} is too large: at most {MOST} numbers")
        if 0 in sizes:
            raise ChoiceError(f"an input of {said} holds no number: every size is at least 1")
        return Given(name.strip(), sizes, None, dtype or "float")
    if said.startswith("["):
        return Given(name.strip(), None, _list(said), dtype)
    if said in {"true", "false", "null"}:
        return Given(name.strip(), None, {"true": True, "false": False, "null": None}[said], dtype)
    raise ChoiceError(f"{text!r} is no input (write its sizes: 4,5,8; or its values: [5, 3, 2])")


def _list(said: str) -> Any:
    import yaml  # noqa: PLC0415  (--help is quick)

    try:
        found = yaml.safe_load(said)
    except yaml.YAMLError:
        found = None
    if not isinstance(found, list) or not _numbers(found):
        raise ChoiceError(f"{said!r} is no list of numbers such as [5, 3, 2]")
    return found


def _numbers(value: Any) -> bool:
    if isinstance(value, list):
        return bool(value) and all(map(_numbers, value))
    return isinstance(value, int | float)


def arguments(texts: tuple[str, ...]) -> tuple[list[Any], dict[str, Any]]:
    """Read the arguments of a class or factory: ``3,hidden=16``, or YAML in brackets; ChoiceError.

    >>> arguments(("3, hidden=16", "sizes=[4, 2]"))
    ([3], {'hidden': 16, 'sizes': [4, 2]})
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
    import yaml  # noqa: PLC0415

    try:
        return yaml.safe_load(said)
    except yaml.YAMLError as error:
        raise ChoiceError(f"--args {text}: {said.strip()!r} is no value (write 3,hidden=16)") from error


def _parts(text: str) -> list[str]:
    """Split at the commas that stand in no brackets and no quotes."""
    return re.findall(r"(?:[^,\[\]{}'\"]|\[[^\]]*\]|\{[^}]*\}|'[^']*'|\"[^\"]*\")+", text)
