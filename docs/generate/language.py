"""The page about the language: every key of a spec, from the schema that editors use."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from generate.markdown import code, heading, page, sentence, table

from lstmviz.commands.schema import json_schema
from lstmviz.spec.foreign import DERIVED
from lstmviz.spec.forms import ALIASES
from lstmviz.spec.layer_types import LAYERS

if TYPE_CHECKING:
    from collections.abc import Iterator

HEAD = ("key", "value", "default", "meaning")
INTRO = """\
# The language

A spec is one YAML file: what goes into a model, its layers, and the figures to draw. It is data only; nothing in it is
imported, executed or fetched. Layers have PyTorch's names and PyTorch's arguments.

This page is made from the schema that `lstmviz schema` prints, with which an editor completes, explains and checks a
spec as you type. Put this line on top of it:

```yaml
# yaml-language-server: $schema=lstmviz.schema.json
```

It is strict: an unknown or doubled key, a boolean where a number belongs, `yes` and `no` are errors with their place, and
never guesses. Where text is expected, what stands there is taken as written.
"""
FORMS = """\
An input is one of three forms: a sequence (`features`, and `timesteps` unless the model has no time), tokens
(`vocabulary`, `sentences` or both), or an image (`channels`, `height`, `width`).
"""
LAYERS_INTRO = """\
`layers` is a list that runs from top to bottom. A layer is written with its arguments, with the first of them alone, or,
if it needs none, as its bare name:

```yaml
layers:
  - lstm: {hidden_size: 16, num_layers: 2, name: encoder}
  - linear: 10      # out_features
  - relu
```

Every layer may carry a `name`, which ids and the option `of` use. What follows from the layers before is never written:
"""


def language() -> str:
    """The whole page."""
    schema = json_schema()
    shared = schema["definitions"]
    sections = schema["properties"]
    fields = {k: v for k, v in sections["input"]["properties"].items() if k not in ALIASES}
    return page(
        INTRO,
        heading(2, "The sections", "sections"),
        table(
            ("section", "needed", "meaning"),
            (
                (f"[`{k}`](#{k})", "yes" if k in schema["required"] else "no", v["description"])
                for k, v in sections.items()
            ),
        ),
        heading(2, code("title"), "title"),
        sections["title"]["description"],
        heading(2, code("input"), "input"),
        FORMS,
        keys(fields, (), shared, also={name: alias for alias, name in ALIASES.items()}),
        heading(3, code("axes"), "axes"),
        "What an axis means: a name, or a name with labels, as in "
        "`time: {name: days, labels: [Mon, Tue, Wed, Thu, Fri]}`.",
        keys(shared["Axes"]["properties"], (), shared),
        keys(shared["Axis"]["properties"], (), shared),
        heading(2, code("layers"), "layers"),
        LAYERS_INTRO,
        table(("never written", "because"), ((code(k), f"{v}.") for k, v in DERIVED.items())),
        *_layers(shared),
        heading(2, code("weights"), "weights"),
        sections["weights"]["description"],
        heading(2, code("figures"), "figures"),
        sections["figures"]["description"]
        + " Each is a kind, or a mapping with `kind` and the kind's options: see [kinds of figure](kinds.md).",
        heading(2, code("style"), "style"),
        sections["style"]["description"],
        keys(_plain(sections["style"])["properties"], (), shared),
    )


def keys(fields: dict[str, Any], required: tuple[str, ...], shared: dict[str, Any], **more: Any) -> str:
    """The keys of a mapping as a table, without a column of defaults where there is none."""
    found = list(rows(fields, required, shared, **more))
    shown = [0, 1, 2, 3] if any(row[2] for row in found) else [0, 1, 3]
    return table([HEAD[i] for i in shown], ([row[i] for i in shown] for row in found))


def rows(
    fields: dict[str, Any],
    required: tuple[str, ...],
    shared: dict[str, Any],
    *,
    also: dict[str, str] | None = None,
) -> Iterator[tuple[str, str, str, str]]:
    """One row for each key of a mapping."""
    for name, field in fields.items():
        alias = f", also {code(also[name])}" if also and name in also else ""
        default = "**needed**" if name in required else _default(field)
        yield code(name) + alias, value(field, shared), default, sentence(field.get("description", ""))


def value(field: dict[str, Any], shared: dict[str, Any]) -> str:  # noqa: PLR0911  (one for each form)
    """What may be written, in words.

    >>> value({"type": "integer", "minimum": 1, "maximum": 100}, {})
    'a whole number, 1 to 100'
    >>> value({"anyOf": [{"enum": ["a", "b"]}, {"type": "null"}]}, {})
    '`a`, `b`'
    """
    if "$ref" in field:
        name = field["$ref"].rpartition("/")[2]
        return "an axis: a name, or `{name, labels}`" if name == "Axis" else _mapping(shared[name])
    if "enum" in field:
        return ", ".join(code(v) for v in field["enum"])
    if "const" in field:
        return code(field["const"])
    if "anyOf" in field:
        found = [value(f, shared) for f in field["anyOf"] if f.get("type") != "null"]
        return ", or ".join(f for i, f in enumerate(found) if f not in found[:i] and not _implied(f, found))
    if "pattern" in field and "ya?ml" in field["pattern"]:
        return "a file `….yaml`"
    if "pattern" in field and "mm|cm" in field["pattern"]:
        return "a length such as `120mm`"
    return _typed(field, shared)


def _typed(field: dict[str, Any], shared: dict[str, Any]) -> str:  # noqa: PLR0911  (one for each type)
    kind = field.get("type")
    if not isinstance(kind, str):  # where text is expected, any scalar is taken as written
        return "text"
    if kind == "array":
        item = field.get("items", {})
        if isinstance(item, list):
            return "a pair of them" if len(item) == 2 else f"a list of {len(item)}"
        return f"a list of {_several(value(item, shared))}"
    if kind in {"integer", "number"}:
        word = "a whole number" if kind == "integer" else "a number"
        low, high = field.get("minimum"), field.get("maximum", field.get("exclusiveMaximum"))
        if low is None:
            return word
        return f"{word}, {_n(low)} to {_n(high)}" if high is not None else f"{word}, at least {_n(low)}"
    if kind == "object":
        return "a mapping"
    return {"boolean": "`true`, `false`"}.get(kind, "text")


def _n(number: float) -> str:
    return f"{number:,}".replace(",", "\u202f").replace("-", "−")


def _several(words: str) -> str:
    words = words.replace("a whole number", "whole numbers").replace("a list", "lists")
    return re.sub(r"\btext\b", "texts", words)


def _mapping(schema: dict[str, Any]) -> str:
    return code("{" + ", ".join(schema["properties"]) + "}")


def _implied(found: str, among: list[str]) -> bool:
    """Whether "text" is said by a choice already."""
    return found == "text" and len(among) > 1 and any("`" in other for other in among)


def _default(field: dict[str, Any]) -> str:
    if "default" not in field or field["default"] in ({}, []):
        return ""
    shown = field["default"]
    return code(shown if isinstance(shown, str) else json.dumps(shown))


def _plain(schema: dict[str, Any]) -> dict[str, Any]:
    """The mapping among what a section may be."""
    found: dict[str, Any] = next((s for s in schema.get("anyOf", ()) if "properties" in s), schema)
    return found


def _layers(shared: dict[str, Any]) -> Iterator[str]:
    for name in LAYERS:
        schema = shared[f"layer.{name}"]
        fields = {k: v for k, v in schema["properties"].items() if k != "name"}
        yield heading(3, code(name), f"layer-{name}")
        yield schema["description"]
        if fields:
            yield keys(fields, tuple(schema.get("required", ())), shared)
