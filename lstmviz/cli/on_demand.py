"""The modules that commands use when they run, each loaded when it is first named: --help is quick."""

# ruff: noqa: PLC0414  (type checkers see what `as` passes on)

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from lstmviz import writer as writer
from lstmviz.interrupts import held_back
from lstmviz.network.user import table as table

if TYPE_CHECKING:
    from lstmviz import checking as checking
    from lstmviz import figures as figures
    from lstmviz import pipeline as pipeline
    from lstmviz import themes as themes
    from lstmviz.cli import parallel as parallel
    from lstmviz.commands import batch as batch
    from lstmviz.commands import doctor as doctor
    from lstmviz.commands import gallery as gallery
    from lstmviz.commands import inspection as inspection
    from lstmviz.commands import orphans as orphans
    from lstmviz.commands import reference as reference
    from lstmviz.commands import schema as schema
    from lstmviz.commands import selection as selection
    from lstmviz.spec import reading as reading

ROOMS = {
    "lstmviz": ("checking", "figures", "pipeline", "themes", "writer"),
    "lstmviz.cli": ("parallel",),
    "lstmviz.commands": (
        "batch", "doctor", "gallery", "inspection", "orphans", "reference", "schema", "selection",
    ),
    "lstmviz.network.user": ("table",),
    "lstmviz.spec": ("reading",),
}  # fmt: skip


def __getattr__(name: str) -> Any:
    """Load a module of this name."""
    for package, names in ROOMS.items():
        if name in names:
            with held_back():
                return import_module(f"{package}.{name}")
    raise AttributeError(name)
