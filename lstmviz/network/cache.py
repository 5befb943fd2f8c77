"""Traces of models that were run before, so that drawing again needs no torch."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from pathlib import Path
from typing import Any

from lstmviz.errors import TORCH, MissingDependencyError, ModelError
from lstmviz.interrupts import held_back
from lstmviz.network.bounds import check_bounds
from lstmviz.network.plan import ModelPlan, PlanLayer, as_data, plan_of
from lstmviz.network.record import from_record, to_record
from lstmviz.network.structure import Recurrent, Trace
from lstmviz.spec.layer_types import RECURRENT
from lstmviz.store import cache_directory, code, keep, kept, version

ENTRIES = 256
"""So many traces are kept; the longest unused go first."""

BYTES = 2**20
"""A trace that takes more is not kept: its model is seldom drawn twice."""


def traced(spec: Any, *, use_cache: bool = True) -> Trace:
    """Return the spec's trace, from the cache if this model was run before.

    Without `use_cache` the model is run, and its trace replaces the old one.
    Raises ModelError if the model cannot run, MissingDependencyError if torch
    is needed and not there; the cache itself never raises.
    """
    plan = plan_of(spec)
    found = look_up(plan) if use_cache else None
    if found is not None:
        return found
    check_bounds(plan)
    with held_back():
        need_torch()
        from lstmviz.network.trace import trace_plan  # noqa: PLC0415 (imports torch)

    result = trace_plan(plan)
    store(plan, result)
    return result


def unknown(spec: Any) -> bool:
    """Whether a spec's model must be run before it can be drawn."""
    with contextlib.suppress(ModelError):
        return look_up(plan_of(spec)) is None
    return False


def need_torch() -> None:
    """Import torch; MissingDependencyError, with the command that mends it, where it is not there."""
    try:
        import torch  # noqa: F401, PLC0415 (a second, and only when needed)
    except (ImportError, OSError) as cause:
        raise MissingDependencyError("torch", TORCH) from cause


def look_up(plan: ModelPlan) -> Trace | None:
    """Return the trace of a plan; None if there is none, or a damaged one."""
    try:
        path = _path(plan)
        entry = json.loads(kept(path, 2 * BYTES))
        # Where there is no torch, that of any version counts.
        if entry["digest"] != _digest(entry["trace"]) or version("torch") not in {entry["torch"], "unknown"}:
            return None
        trace = from_record(entry["trace"])
        if not _is_of(trace, plan):
            return None
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RuntimeError):
        return None  # RuntimeError: no home directory, or nested beyond reason
    with contextlib.suppress(OSError):
        os.utime(path)
    return trace


def _is_of(trace: Trace, plan: ModelPlan) -> bool:
    """Whether a trace can be one of this plan: its input, and its recurrent layers with their options."""
    layers = [layer for layer in plan.layers if layer.type in (*RECURRENT, "decoder")]
    tensors = [t for stage in trace.stages for t in (*stage.inputs, *stage.outputs, *stage.parameters)]
    return (
        len(trace.stages) >= len(plan.layers)
        and all(stage.inputs and stage.outputs for stage in trace.stages)
        and all(size > 0 for tensor in tensors for size in tensor.sizes)
        and trace.input.sizes == plan.input_shape
        and [r.name for r in trace.recurrent] == [layer.name for layer in layers]
        and all(_has(r, layer) for r, layer in zip(trace.recurrent, layers, strict=True))
    )


def _has(found: Recurrent, layer: PlanLayer) -> bool:
    """Whether a recurrent layer has what the plan says, and the sizes of its own input."""
    said = {_OWN.get(name, name): value for name, value in layer.options.items() if name not in _AROUND}
    if layer.type != "decoder":
        said["type"] = layer.type
    if layer.answers_itself:
        said.pop("input_size")  # it follows from its answer
    given = found.tensor("input").sizes
    return (
        all(getattr(found, name) == value for name, value in said.items())
        and found.input_size == given[-1]
        and found.timesteps in given
        and (found.batch_size is None or found.batch_size in given)
    )


_OWN = {"cell": "type", "steps": "timesteps", "features": "input_size"}
"""What a decoder calls otherwise."""
_AROUND = frozenset({"attention", "reads", "start"})
"""What a decoder's options say of the stages around its cells."""


def store(plan: ModelPlan, trace: Trace) -> None:
    """Keep a trace, whole or not at all; do nothing where that is impossible."""
    record = to_record(trace)
    entry = {"digest": _digest(record), "torch": version("torch"), "trace": record}
    text = json.dumps(entry, ensure_ascii=False)
    if len(text) > BYTES:
        return
    with contextlib.suppress(OSError, RuntimeError):
        keep(_path(plan), text.encode(), like="trace-*.json", most=ENTRIES)


def _path(plan: ModelPlan) -> Path:
    key = {
        "plan": as_data(plan),
        "lstmviz": version("lstmviz"),
        "code": code(Path(__file__).parent, "*.py"),
    }
    return cache_directory() / f"trace-{_digest(key)}.json"


def _digest(data: Any) -> str:
    text = json.dumps(data, sort_keys=True, ensure_ascii=True, default=list)
    return hashlib.sha256(text.encode()).hexdigest()[:32]
