"""A plan as the text of a spec: what a person would have written."""

from __future__ import annotations

from typing import Any

import yaml

from lstmviz.network.plan import SIZES, ModelPlan, PlanLayer
from lstmviz.spec.layer_types import LAYER_TYPES, RECURRENT_DEFAULTS

SHORT = {
    "hidden_size",
    "out_features",
    "embedding_dim",
    "p",
    "kernel_size",
    "sizes",
    "dims",
    "mode",
    "layer",
    "times",
}
"""What may stand alone after the layer's type."""


def spec_text(plan: ModelPlan, title: str, source: str) -> str:
    """Return the spec of a plan as YAML; `source` says in a comment where it came from."""
    given: dict[str, Any] = {name: getattr(plan, name) for name in SIZES if getattr(plan, name) is not None}
    given |= {"batch_first": True} if plan.batch_first else {}
    given |= {"lengths": list(plan.lengths)} if plan.lengths else {}
    given |= {"states": "given"} if plan.states_given else {}
    lines = [f"# {source}, as `lstmviz inspect` saw it run", f"title: {_flow(title)}", "input:"]
    lines += [f"  {name}: {_flow(value)}" for name, value in given.items()]
    lines.append("layers:")
    labels: set[str] = set()
    names = {"input": "input"} | {layer.place: layer.name for layer in plan.layers}
    for layer in plan.layers:
        named = layer.having(layer=names[layer.options["layer"]]) if "layer" in layer.options else layer
        lines += _layer(named, labels)
        lines += [f"    from: {_flow(names[layer.reads])}"] if layer.reads else []
    return "\n".join(lines) + "\n"


def _layer(layer: PlanLayer, labels: set[str]) -> list[str]:
    """Return the lines of one layer; its name, unless it is what it would be called anyhow."""
    options = _unusual(layer)
    first = next(iter(options), "")
    short = len(options) == 1 and first in SHORT
    said = f": {_flow(options[first] if short else options)}" if options else ""
    label, count = layer.type, 1
    while label in labels:
        count += 1
        label = f"{layer.type}-{count}"
    labels.add(layer.name)
    if layer.name == label:
        return [f"  - {layer.type}{said}"]
    return [f"  - {layer.type}{said or ': {}'}", f"    name: {_flow(layer.name)}"]


def _unusual(layer: PlanLayer) -> dict[str, Any]:
    row = LAYER_TYPES[layer.type]
    usual = {**RECURRENT_DEFAULTS, **row.unusual, **row.unsaid}
    return {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in layer.options.items()
        if name not in usual or value != usual[name]
    }


def _flow(value: Any) -> str:
    """Spell a value on one line."""
    text = yaml.safe_dump(value, default_flow_style=True, sort_keys=False, width=10**6, allow_unicode=True)
    return text.removesuffix("\n").removesuffix("\n...")
