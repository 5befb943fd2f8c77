"""Values that were measured, each once: as plain data, kept between runs, handed from process to process."""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

from lstmviz.errors import ModelError
from lstmviz.network.plan import ModelPlan, as_data
from lstmviz.network.record import frozen, reader
from lstmviz.network.structure import Trace
from lstmviz.network.values.data import Activity, Influence, Origin, Parameter, StateGradients, ValueSource
from lstmviz.store import cache_directory, code, keep, kept, verified, version, with_checksum

Key = tuple[Any, ...]
Measure = Callable[[str, tuple[Any, ...]], Any]

TYPES = {one.__name__: one for one in (Influence, StateGradients, Activity, Parameter)}
OWN = Origin(own=True)
ENTRIES, BYTES = 64, 2**23
"""So many models' values are kept, of at most so many bytes each."""


class Known(ValueSource):
    """What was measured, by what was asked for; `measure` gives the rest, and `changed` is told of it."""

    def __init__(
        self,
        known: Mapping[Key, Any] | None = None,
        measure: Measure | None = None,
        changed: Callable[[Known], None] = lambda _: None,
    ) -> None:
        self.known = dict(known or {})
        self.measure, self.changed = measure, changed

    def asked(self, name: str, *about: Any) -> Any:
        """Return what was measured before; ModelError again where that was refused."""
        key = (name, *about)
        if key not in self.known:
            if self.measure is None:
                raise ModelError("this was not measured")
            try:
                self.known[key] = self.measure(name, about)
            except ModelError as error:
                self.known[key] = error
            self.changed(self)
        found = self.known[key]
        if isinstance(found, ModelError):
            raise found
        return found


def to_record(known: Known) -> list[Any]:
    """Return all that was measured, and what was refused, as JSON data."""
    return [[key, _record(found)] for key, found in known.known.items()]


def from_record(data: list[Any]) -> Known:
    """Return what was measured elsewhere; KeyError, TypeError or ValueError if it is no such record."""
    return Known({frozen(key): _found(one) for key, one in data})


def _record(found: Any) -> Any:
    if isinstance(found, int):
        return found
    if isinstance(found, tuple):
        return [_record(one) for one in found]
    if isinstance(found, ModelError):
        return {"refused": str(found), "hint": found.hint}
    return {"type": type(found).__name__, **asdict(found)}


def _found(data: Any) -> Any:
    if isinstance(data, int):
        return data
    if isinstance(data, list):
        return tuple(map(_found, data))
    if "refused" in data:
        return ModelError(data["refused"], hint=data["hint"])
    return reader(TYPES[data["type"]])(data)


def of_spec(plan: ModelPlan, trace: Trace, *, use_cache: bool = True) -> Known:
    """Return who measures a spec's model, and remembers what was measured of it before."""
    known = (use_cache and _look_up(plan)) or Known()
    return Known(known.known, _measured_by("of_spec", plan, trace), lambda one: _store(plan, one))


def of_module(
    module: Any, inputs: Any, trace: Trace, origin: Origin = OWN, *, briefly: bool = False
) -> Known:
    """Return who measures a user's own module, on its own inputs; `briefly`: not for longer than seconds."""
    return Known(measure=_measured_by("of_module", module, inputs, trace, origin, briefly=briefly))


def _measured_by(maker: str, *model: Any, **how: bool) -> Measure:
    """Return what measures a model; torch is imported when it first does."""
    made = cache(lambda: getattr(import_module("lstmviz.network.values.measuring"), maker)(*model, **how))
    return lambda name, about: made().measure(name, about)


def _look_up(plan: ModelPlan) -> Known | None:
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError, RuntimeError, AttributeError):
        entry = json.loads(verified(kept(_path(plan), 2 * BYTES)))
        if version("torch") in {entry["torch"], "unknown"}:
            return from_record(entry["values"])
    return None


def _store(plan: ModelPlan, known: Known) -> None:
    """Keep what was measured; do nothing where that is impossible."""
    data = with_checksum(json.dumps({"torch": version("torch"), "values": to_record(known)}).encode())
    if len(data) <= BYTES:
        with contextlib.suppress(OSError, RuntimeError):
            keep(_path(plan), data, like="values-*.json", most=ENTRIES)


def _path(plan: ModelPlan) -> Path:
    here = Path(__file__).parent
    key = {
        "plan": as_data(plan),
        "lstmviz": version("lstmviz"),
        "code": [code(here, "*.py"), code(here.parent, "*.py")],
    }
    digest = hashlib.sha256(json.dumps(key, sort_keys=True, default=list).encode()).hexdigest()
    return cache_directory() / f"values-{digest[:32]}.json"
