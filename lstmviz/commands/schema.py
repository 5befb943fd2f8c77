"""The YAML language as JSON Schema, so that editors complete, explain and check it.

Everything comes from the models that check a spec, with the short forms that
`spec.forms` writes out. What only holds between several values (that labels
are as many as steps) a schema cannot say; `lstmviz check` can.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from lstmviz import figures
from lstmviz.figures.base import Style
from lstmviz.figures.pages import LENGTH, WIDTHS
from lstmviz.spec.forms import ALIASES
from lstmviz.spec.layer_types import LAYERS
from lstmviz.spec.layers import Options
from lstmviz.spec.load import Document
from lstmviz.spec.model import WrittenInput
from lstmviz.themes import THEMES

DRAFT = "http://json-schema.org/draft-07/schema#"
TEXT = ["string", "number", "boolean", "null"]
"""Where text is expected, what stands there without quotes is taken as written."""
SECTIONS = {
    "title": "The heading of every figure.",
    "input": "What goes into the model: a sequence, tokens, or an image.",
    "weights": "A state dict beside the spec (.safetensors, .pt): the weights where values are drawn.",
    "layers": "The layers, run top to bottom: torch's modules with torch's arguments.",
    "figures": "The figures to draw; if left out, every kind that can show this model.",
    "style": "How all figures look, unless one says otherwise.",
}
FORMS = [
    {"anyOf": [{"required": ["features"]}, {"required": ["input_size"]}]},
    {"anyOf": [{"required": ["vocabulary"]}, {"required": ["sentences"]}]},
    {"required": ["channels", "height", "width"]},
]
"""A sequence, tokens, an image: an input is one of them."""
START = {"batch_size": "${1:6}", "timesteps": "${2:5}", "features": "${3:3}"}
"""What an editor writes after ``input``: the sizes of a sequence, to be typed over."""
LAYER_NAME = {
    "type": TEXT,
    "pattern": r"^[^\s/\\.]{1,80}$",
    "description": "What ids and `of` call the layer.",
}
LAYER_READ = {**LAYER_NAME, "description": "The layer whose output it reads, or input; else the one before."}
FILE_NAME = {"type": TEXT, "pattern": r"^[^/\\\u0000\t\n\r.][^/\\\u0000\t\n\r]{0,120}$"}

Schema = dict[str, Any]


def json_schema() -> Schema:
    """The whole language as JSON Schema (draft 7)."""
    shared: dict[str, Schema] = {}
    sections = {
        "title": {"type": TEXT},
        "input": _input(shared),
        "layers": {"type": "array", "minItems": 1, "items": _layer(shared)},
        "weights": {"type": TEXT},
        "figures": {"anyOf": [{"type": "array", "items": _figure(shared)}, {"type": "null"}]},
        "style": {"anyOf": [_of(Style, shared), {"type": "null"}]},
    }
    assert sections.keys() == SECTIONS.keys() == Document.model_fields.keys()
    return {
        "$schema": DRAFT,
        "title": "lstmviz spec",
        "description": "A model, its input, and the figures to draw of it.",
        "type": "object",
        "required": ["input", "layers"],
        "additionalProperties": False,
        "properties": {k: {"description": SECTIONS[k], **v} for k, v in sections.items()},
        "definitions": shared,
    }


def _input(shared: dict[str, Schema]) -> Schema:
    """The input with its aliases, and an axis that may be just its name."""
    schema = _of(WrittenInput, shared)
    fields = schema["properties"]
    for alias, name in ALIASES.items():
        fields[alias] = {**fields[name], "description": f"{fields[name]['description']} The same as {name}."}
    axes = shared["Axes"]["properties"]
    for name, axis in axes.items():
        axes[name] = {"anyOf": [{"type": TEXT}, *axis["anyOf"]], "description": axis["description"]}
    fields["axes"] = {
        "anyOf": [{"$ref": "#/definitions/Axes"}, {"type": "null"}],
        "description": fields["axes"]["description"],
    }
    for field in fields.values():  # an editor writes into a new input whatever has a default
        field.pop("default", None)
    snippet = {"label": "a sequence", "body": START}
    return {**schema, "description": SECTIONS["input"], "oneOf": FORMS, "defaultSnippets": [snippet]}


def _layer(shared: dict[str, Schema]) -> Schema:
    """One layer: its bare name, or its name with its options."""
    bare, long = [], {}
    for name, model in LAYERS.items():
        says = _line(model)
        shared[f"layer.{name}"] = _options(model, shared)
        long[name] = {"description": says, **_written(name, model, shared)}
        if not _required(model):  # offered once, as it stands: editors would join both to `relu: relu`
            bare.append({"const": name, "description": says})
            long[name]["doNotSuggest"] = True
    mapping = {
        "type": "object",
        "properties": {**long, "name": LAYER_NAME, "from": LAYER_READ},
        "additionalProperties": False,
        "oneOf": [{"required": [name]} for name in LAYERS],
    }
    return {"anyOf": [mapping, {"oneOf": bare}]}


def _written(name: str, model: type[Options], shared: dict[str, Schema]) -> Schema:
    """What may stand after a layer's name: its options, or a short form."""
    forms: list[Schema] = [{"$ref": f"#/definitions/layer.{name}"}]
    first = next(iter(model.arguments()), None)
    if first and _required(model) <= {first}:
        value = shared[f"layer.{name}"]["properties"][first]
        forms.append({**value, "description": f"{_line(model)} Here its {first}: {value['description']}"})
    if not _required(model):
        forms.append({"type": "null"})
    return {"anyOf": forms}


def _options(model: type[Options], shared: dict[str, Schema]) -> Schema:
    """A layer's arguments, and its name among them."""
    schema = _of(model, shared)
    schema["properties"] = {**schema.get("properties", {}), "name": LAYER_NAME}
    return schema


def _figure(shared: dict[str, Schema]) -> Schema:
    """One figure: its kind, or a mapping with the kind's options."""
    bare, long = [], []
    for name in figures.KINDS:
        kind = figures.kind(name)
        bare.append({"const": name, "description": kind.summary})
        schema = _of(kind.options, shared)
        own = {"kind": {"const": name, "description": f"{name}: {kind.summary}"}, **schema["properties"]}
        own["name"] = {**FILE_NAME, "description": own["name"]["description"]}
        shared[f"figure.{name}"] = {
            **schema,
            "description": kind.summary,
            "properties": own,
            "required": ["kind", *schema.get("required", ())],
        }
        long.append({"$ref": f"#/definitions/figure.{name}"})
    shared["figure.sheet"] = _sheet(bare, long, shared)
    return {"anyOf": [{"oneOf": bare}, *long, {"$ref": "#/definitions/figure.sheet"}]}


def _sheet(bare: list[Schema], long: list[Schema], shared: dict[str, Schema]) -> Schema:
    """A sheet: rows of kinds, of kinds with options, or of figures' names."""
    kind = figures.kind(figures.SHEET)
    schema = _of(kind.options, shared)
    own = dict(schema["properties"])
    own["name"] = {**FILE_NAME, "description": own["name"]["description"]}
    row = own["sheet"]["items"]
    other = {
        "type": "object",
        "required": ["spec", "kind"],
        "properties": {"spec": {"type": TEXT, "description": "Another spec, whose model it shows."}},
    }
    panel = {"anyOf": [{"oneOf": bare}, {"type": TEXT}, *long, other]}
    own["sheet"] = {**own["sheet"], "items": {**row, "items": panel}}
    return {**schema, "description": f"{kind.summary[:1].upper()}{kind.summary[1:]}.", "properties": own}


def _of(model: type[BaseModel], shared: dict[str, Schema]) -> Schema:
    """A model's own schema; the models in it go to the shared ones."""
    schema = model.model_json_schema(ref_template="#/definitions/{model}")
    for name, definition in schema.pop("$defs", {}).items():
        shared[name] = _plain(definition)
    schema = dict(_plain(schema))
    fields = schema.get("properties", {})
    if "theme" in fields:
        known = {"enum": [*THEMES, "auto"]}
        fields["theme"] = {**fields["theme"], "type": "string", "anyOf": [known, {"pattern": r"\.ya?ml$"}]}
        fields["width"] = {
            **fields["width"],
            "type": "string",
            "anyOf": [{"enum": list(WIDTHS)}, {"pattern": f"^{LENGTH}$"}],
        }
    return schema


def _plain(schema: Any) -> Any:
    """Draft 2020 as pydantic writes it in draft 7, without names of our own code."""
    if isinstance(schema, list):
        return [_plain(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    named = {k: v for k, v in schema.items() if not (k == "title" and isinstance(v, str))}
    new = {k: _fields(v) if k == "properties" else _plain(v) for k, v in named.items()}
    if "prefixItems" in new:
        new["items"] = new.pop("prefixItems")
    if new.get("type") == "string" and not {"enum", "const", "pattern"} & new.keys():
        new["type"] = TEXT
    if new.get("default", ...) is None:
        del new["default"]
    return new


def _fields(properties: Mapping[str, Any]) -> Schema:
    return {name: _plain(field) for name, field in properties.items()}


def _required(model: type[Options]) -> set[str]:
    return {name for name, field in model.arguments().items() if field.is_required()}


def _line(model: type[BaseModel]) -> str:
    return (model.__doc__ or "").partition("\n")[0]
