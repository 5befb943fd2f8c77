"""How each format is made: paint with a backend, then sign and finish."""

from __future__ import annotations

import contextlib
import logging
from dataclasses import replace
from importlib import import_module
from typing import TYPE_CHECKING

from lstmviz.backends.fonts import LOCK
from lstmviz.backends.order import batched
from lstmviz.scene.json import to_json

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from lstmviz.backends.drawing import Drawing
    from lstmviz.backends.order import Order
    from lstmviz.backends.svgread import Element
    from lstmviz.scene.items import Font

SHEET = 4096
"""So many groups are painted at once (PNG: all): a backend takes ten times the memory of what it paints."""


def svg(order: Order) -> bytes:
    """The figure as SVG."""
    from lstmviz.backends.svg import Finish, finish  # noqa: PLC0415

    faces: Mapping[Font, str] = {}
    rules, outline, glyphs = "", None, None
    if order.text != "plain":
        from lstmviz.backends import webfonts  # noqa: PLC0415  (fontTools takes 0.1 s)

        if order.text == "embed":
            faces, rules = webfonts.embedded(order.drawing, order.prefix)
            outline = webfonts.outline
        else:
            glyphs = webfonts.glyphs
    how = Finish(
        order.prefix,
        order.digest,
        faces,
        rules,
        outline,
        glyphs,
        order.dark,
        order.transparent,
        order.chinese,
    )
    return finish(_elements(order), order.drawing, order.scene, how)


def _elements(order: Order) -> Iterator[Element]:
    """Return the paths and texts of the drawing, as a backend paints them where one is named."""
    if order.backend is None:
        from lstmviz.backends.svg import elements  # noqa: PLC0415

        return elements(order.drawing)
    return _painted_elements(order)


def _painted_elements(order: Order) -> Iterator[Element]:
    """Yield what the backend paints, sheet by sheet."""
    from lstmviz.backends import graphviz, svgread  # noqa: PLC0415

    for painted in _sheets(order, "svg"):
        if order.backend == "graphviz":
            yield from svgread.from_graphviz(painted, graphviz.page(order.drawing, 72)[1])
        else:
            yield from svgread.from_matplotlib(painted)


def _sheets(order: Order, fmt: str) -> Iterator[bytes]:
    """The figure in sheets to be laid upon each other; the first one has the ground."""
    ground = not order.transparent
    for groups in batched(order.drawing.groups, SHEET) if order.drawing.groups else [()]:
        yield _painted(order, fmt, replace(order.drawing, groups=groups), transparent=not ground)
        ground = False


def _painted(order: Order, fmt: str, drawing: Drawing, *, transparent: bool) -> bytes:
    """What the backend makes of a drawing; imported here and nowhere else."""
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


def png(order: Order) -> bytes:
    """The figure as PNG, with its true resolution and its hash."""
    from lstmviz.backends.png import fit, signed  # noqa: PLC0415

    fit(order.scene, order.dpi)
    data = _painted(order, "png", order.drawing, transparent=order.transparent)
    return signed(data, order.dpi, order.digest)


def pdf(order: Order) -> bytes:
    """The figure as PDF, with its true page and its hash."""
    from lstmviz.backends.pdf import signed, stacked  # noqa: PLC0415

    return signed(
        stacked(list(_sheets(order, "pdf"))),
        order.drawing,
        order.digest,
        (order.scene.title, order.scene.description),
    )


def json(order: Order) -> bytes:
    """The scene itself as JSON."""
    return b"".join([piece.encode("utf-8", "replace") for piece in to_json(order.scene)])
