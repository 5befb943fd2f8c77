"""Painting by an engine: Graphviz or Matplotlib is handed the display list, sheet by sheet."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator
from dataclasses import replace
from importlib import import_module

from lstmviz.backends import graphviz, svgread
from lstmviz.backends.drawing import Drawing
from lstmviz.backends.fonts import LOCK
from lstmviz.backends.order import Order, batched
from lstmviz.backends.svgread import Element

SHEET = 4096
"""So many groups are painted at once (PNG: all): a backend takes ten times the memory of what it paints."""


def elements(order: Order) -> Iterator[Element]:
    """Yield the paths and texts that the backend paints as SVG."""
    for sheet in sheets(order, "svg"):
        if order.painter == "graphviz":
            yield from svgread.from_graphviz(sheet, graphviz.page(order.drawing, 72)[1])
        else:
            yield from svgread.from_matplotlib(sheet)


def sheets(order: Order, fmt: str) -> Iterator[bytes]:
    """Yield the figure in sheets to be laid upon each other; the first one has the ground."""
    ground = not order.transparent
    for groups in batched(order.drawing.groups, SHEET) if order.drawing.groups else [()]:
        yield painted(order, fmt, replace(order.drawing, groups=groups), transparent=not ground)
        ground = False


def painted(order: Order, fmt: str, drawing: Drawing, *, transparent: bool) -> bytes:
    """Return what the backend makes of a drawing; it is imported here and nowhere else."""
    with LOCK, _silent("matplotlib"):
        backend = import_module(f"lstmviz.backends.{order.painter}")
        data: bytes = backend.draw(drawing, fmt, dpi=order.dpi, transparent=transparent)
    return data


@contextlib.contextmanager
def _silent(name: str) -> Iterator[None]:
    """Keep a library's log to itself: a cache folder missing, fonts looked up."""
    log = logging.getLogger(name)
    level = log.level
    log.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        log.setLevel(level)
