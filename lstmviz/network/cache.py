"""Traces of models that were run before, so that drawing again needs no torch."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import sys
import tempfile
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lstmviz.errors import MissingDependencyError
from lstmviz.network.plan import Plan, as_data, plan_of
from lstmviz.network.record import from_record, to_record

if TYPE_CHECKING:
    from lstmviz.network.structure import Trace

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
    try:
        import torch  # noqa: F401, PLC0415 (a second, and only when needed)
    except (ImportError, OSError) as cause:
        raise MissingDependencyError("torch", "pip install torch") from cause
    from lstmviz.network.trace import trace_plan  # noqa: PLC0415 (imports torch)

    result = trace_plan(plan)
    store(plan, result)
    return result


def look_up(plan: Plan) -> Trace | None:
    """Return the trace of a plan; None if there is none, or a damaged one."""
    try:
        path = _path(plan)
        if path.stat().st_size > 2 * BYTES:
            return None
        entry = json.loads(path.read_text("utf-8"))
        if entry["digest"] != _digest(entry["trace"]):
            return None
        trace = from_record(entry["trace"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RuntimeError):
        return None  # RuntimeError: no home directory, or nested beyond reason
    with contextlib.suppress(OSError):
        os.utime(path)
    return trace


def store(plan: Plan, trace: Trace) -> None:
    """Keep a trace, whole or not at all; do nothing where that is impossible."""
    record = to_record(trace)
    text = json.dumps({"digest": _digest(record), "trace": record}, ensure_ascii=False)
    if len(text) > BYTES:
        return
    with contextlib.suppress(OSError, RuntimeError, ValueError):
        path = _path(plan)
        path.parent.mkdir(parents=True, exist_ok=True)
        _write(path, text)
        _tidy(path.parent)


def directory() -> Path:
    """Return the user's cache directory, by the platform's convention.

    `LSTMVIZ_CACHE_DIR` moves it. Raises RuntimeError if there is no home.
    """
    if moved := os.environ.get("LSTMVIZ_CACHE_DIR"):
        return Path(moved).expanduser()
    if sys.platform == "win32":
        local = os.environ.get("LOCALAPPDATA")
        return (Path(local) if local else Path.home() / "AppData" / "Local") / "lstmviz" / "Cache"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "lstmviz"
    xdg = os.environ.get("XDG_CACHE_HOME", "")
    # The XDG specification: a relative path is invalid and to be ignored.
    return (Path(xdg) if Path(xdg).is_absolute() else Path.home() / ".cache") / "lstmviz"


def _path(plan: Plan) -> Path:
    key = {
        "plan": as_data(plan),
        "torch": _version("torch"),
        "lstmviz": _version("lstmviz"),
        "code": _code(),
    }
    return directory() / f"trace-{_digest(key)}.json"


def _digest(data: Any) -> str:
    text = json.dumps(data, sort_keys=True, ensure_ascii=True, default=list)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "unknown"


def _code() -> str:
    """Tell apart two states of this package under one version number."""
    files = sorted(Path(__file__).parent.glob("*.py"))
    return hashlib.sha256(b"\0".join(file.read_bytes() for file in files)).hexdigest()


def _write(path: Path, text: str) -> None:
    handle, name = tempfile.mkstemp(prefix=".trace-", suffix=".tmp", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        Path(name).replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise


def _tidy(folder: Path) -> None:
    """Remove what is too much: the longest unused entries."""
    entries = [(entry.stat().st_mtime_ns, entry.path) for entry in os.scandir(folder) if _ours(entry.name)]
    for _, path in sorted(entries)[:-ENTRIES]:
        with contextlib.suppress(OSError):
            Path(path).unlink()


def _ours(name: str) -> bool:
    return name.startswith("trace-") and name.endswith(".json")
