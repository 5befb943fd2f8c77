"""A scene as plain data, and as the JSON that ``-f json`` prints."""

from __future__ import annotations

import json
from dataclasses import fields, is_dataclass
from typing import Any

from lstmviz.scene.items import Label, Scene, Tint


def to_dict(scene: Scene) -> dict[str, Any]:
    """The scene as dicts, lists, numbers and text; coordinates to 1/1000 pt."""
    data: dict[str, Any] = _plain(scene)
    return data


def to_json(scene: Scene) -> str:
    """The scene as JSON text with a stable order of keys."""
    return json.dumps(to_dict(scene), ensure_ascii=False, indent=1) + "\n"


def _plain(value: Any) -> Any:
    if isinstance(value, Label):
        return value.text
    if isinstance(value, Tint):
        return f"{value.name}+{value.by:g}*{value.to}" if value.to else value.name
    if is_dataclass(value):
        out: dict[str, Any] = {}
        for field in fields(value):
            out[field.name] = _plain(getattr(value, field.name))
            if isinstance(getattr(value, field.name), Label):
                out["runs"] = [_plain(run) for run in getattr(value, field.name).runs]
        return out
    if isinstance(value, tuple | list):
        return [_plain(v) for v in value]
    if isinstance(value, float):
        return round(value, 3) + 0.0
    return value
