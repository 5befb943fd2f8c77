"""What may be written in a spec, as text for a terminal: layers and kinds with options and an example."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from typing import Any

from lstmviz import figures
from lstmviz.errors import ChoiceError
from lstmviz.figures.base import Options
from lstmviz.spec.examples import example
from lstmviz.spec.layer_answers import answer
from lstmviz.spec.layer_types import LAYERS
from lstmviz.suggestions import instead

KIND_SAMPLES: Mapping[str, Any] = {
    "cube.view": "slices", "batch.view": "buckets", "layer": 0, "depth": 2, "steps": 3, "sample": 0,
    "weights.order": "keras", "title": "What is built",
}  # fmt: skip
"""Values for the examples, by the name of an option, of any kind or of one."""


def layer_lines() -> str:
    """Return every layer with what it does and an example, a line each."""
    wide = max(map(len, LAYERS))
    rows = [(name, _does(name), example(name)) for name in LAYERS]
    most = max(len(does) for _, does, _ in rows)
    return "\n".join(f"{name:{wide}}  {does:{most}}  {example}" for name, does, example in rows)


def layer_page(name: str) -> str:
    """Return a layer with its options; ChoiceError if there is none of that name."""
    if name not in LAYERS:
        raise ChoiceError(f"there is no layer {name!r} ({answer(name)})")
    return "\n".join([f"{name}: {_does(name)}", f"  {example(name)}", *_options(LAYERS[name].arguments())])


def kind_page(name: str) -> str:
    """Return a kind of figure with its options; ChoiceError if there is none of that name."""
    if name not in figures.KINDS:
        raise ChoiceError(f"there is no kind {name!r} ({instead(name, figures.KINDS)})")
    kind = figures.kind(name)
    fields = kind.options.model_fields
    own = {field: info for field, info in fields.items() if field not in Options.model_fields}
    shared = {field: info for field, info in fields.items() if field in Options.model_fields}
    lines = [f"{name}: {kind.summary}"]
    first = next((field for field in (*own, "title") if field != "of"), "title")
    value = KIND_SAMPLES.get(f"{name}.{first}", KIND_SAMPLES.get(first, fields[first].default))
    text = str(value).lower() if isinstance(value, bool) else value
    lines.append(f"  figures: [{{kind: {name}, {first}: {text}}}]")
    lines += ["its own options:", *_options(own)] if own else []
    return "\n".join([*lines, "options of every kind:", *_options(shared)])


def _does(name: str) -> str:
    return (inspect.getdoc(LAYERS[name]) or "").splitlines()[0].rstrip(".").replace("`", "")


def _options(fields: Mapping[str, Any]) -> Iterator[str]:
    """Yield a line for each option: its name, its default, what it means."""
    wide = max(map(len, fields), default=0)
    for name, info in fields.items():
        value = info.default
        plain = isinstance(value, str | int | float | bool)
        default = "needed" if info.is_required() else str(value).lower() if isinstance(value, bool) else value
        said = f"{default}" if info.is_required() or plain else "-"
        meaning = (info.description or "").rstrip(".")
        yield f"  {name:{wide}}  {said:10}  {meaning}"
