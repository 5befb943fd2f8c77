"""A scene as plain data, and as the JSON that ``-f json`` prints."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

from lstmviz.scene.claims import Claim
from lstmviz.scene.items import Label, Run, Tint

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

BATCH = 256
"""So many items are put into text at a time."""
RARE = frozenset({"plots", "caption", "captioned"})
"""What most scenes have not, and their JSON leaves out."""
ATOMS = frozenset({str, int, bool, type(None)})


def to_dict(scene: DataclassInstance) -> dict[str, Any]:
    """The scene as dicts, lists, numbers and text; coordinates to 1/1000 pt."""
    data: dict[str, Any] = _plain(scene)
    return data


def to_json(scene: DataclassInstance) -> Iterator[str]:
    """The scene as JSON text, keys in a stable order; in pieces, as its whole takes much memory as data."""
    begin = "{"
    for name in _names(type(scene)):
        value = getattr(scene, name)
        if not value and name in RARE:
            continue
        yield f'{begin}\n "{name}": '
        begin = ","
        if value and isinstance(value, tuple):
            yield "[\n"
            for at in range(0, len(value), BATCH):
                # As deep as the items stand in the whole.
                text = json.dumps({"": _plain(value[at : at + BATCH])}, ensure_ascii=False, indent=1)
                yield (",\n" if at else "") + text.removeprefix('{\n "": [\n').removesuffix("\n ]\n}")
            yield "\n ]"
        else:
            yield json.dumps(_plain(value), ensure_ascii=False)
    yield "\n}\n"


def _plain(value: Any) -> Any:
    kind = type(value)
    if kind is float:
        return round(value, 3) + 0.0
    if kind is tuple or kind is list:
        return [_plain(v) for v in value]
    if kind is Label or kind is Tint:
        return value.text if kind is Label else _tint(value)
    if kind is Claim:
        return _claim(value)
    if kind in ATOMS or not is_dataclass(kind):
        return value
    out: dict[str, Any] = {}
    for name in _names(kind):
        inner = getattr(value, name)
        if (inner is None and name == "at") or (not inner and name in RARE):
            continue
        out[name] = list(inner) if name == "values" else _plain(inner)  # measured ones are of any size
        if type(inner) is Label:
            out["runs"] = list(map(_run, inner.runs))
            if inner.claims:
                out["claims"] = [_claim(one) for one in inner.claims]
    return out


@lru_cache(1 << 12)
def _claim(one: Claim) -> dict[str, Any]:
    """A claim with its facts by name: a state's is shared by all labels that name it."""
    return {"kind": one.kind, "text": one.text, **{name: _plain(fact) for name, fact in one.facts}}


def _run(run: Run) -> dict[str, Any]:
    """What `_plain` gives, four times as fast: most of a scene is runs."""
    x, y, size = round(run.x, 3) + 0.0, round(run.y, 3) + 0.0, round(run.size, 3)
    tint = _tint(run.tint)
    return {
        "x": x,
        "y": y,
        "text": run.text,
        "font": run.font,
        "size": size,
        "anchor": run.anchor,
        "tint": tint,
    }


@cache
def _names(kind: type) -> tuple[str, ...]:
    """The fields of a dataclass."""
    return tuple(field.name for field in fields(kind))


@lru_cache(1 << 8)
def _tint(tint: Tint) -> str:
    return f"{tint.name}+{tint.by:g}*{tint.to}" if tint.to else tint.name
