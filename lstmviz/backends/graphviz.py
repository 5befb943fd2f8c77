"""Graphviz as a painter: a display list in, SVG, PNG or PDF out.

Graphviz places nothing here: a view port pins the page, and everything on it
is handed over as xdot operations. pygraphviz does this in the process. A system's
own `dot` does not: releases before 3 cannot read so long a drawing.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cache

from lstmviz.backends.drawing import Drawing
from lstmviz.backends.fonts import shown_to_fontconfig
from lstmviz.backends.svgread import Words, from_graphviz
from lstmviz.backends.xdot import CLEAR, CORNER, Habits, number, operations
from lstmviz.errors import MissingDependencyError

FINE = 16.0
"""How much larger a PNG or PDF is set before it is zoomed to its size: Pango rounds
the width of every glyph to whole pixels, which this makes too small to see."""
INSTALL = "pip install pygraphviz"
REMEDY = f"{INSTALL}, or leave out --backend: Matplotlib paints as well"


def draw(drawing: Drawing, fmt: str, *, dpi: float = 96, transparent: bool = False) -> bytes:
    """What Graphviz makes of a drawing: ``svg``, ``png`` or ``pdf``.

    The page of a PNG is whole pixels, that of a PDF whole points.
    """
    width, height = page(drawing, dpi if fmt == "png" else 72)
    k = 1.0 if fmt == "svg" else FINE
    graph = {
        "_background": operations(drawing, height, k, habits()) + " ",
        "bgcolor": CLEAR if transparent and fmt != "svg" else drawing.ground,
        "pad": "0",
        "margin": "0",
    }
    if fmt != "svg":  # of which the page is ours; a port would leave out what lies beyond it
        graph["viewport"] = f"{width:.6f},{height:.6f},{1 / k},{k * width / 2:.6f},{k * height / 2:.6f}"
    if fmt == "png":
        graph["dpi"] = f"{dpi:g}"
    return run(graph, f"{number(k * width)},{number(k * height)}", fmt)


def page(drawing: Drawing, dpi: float) -> tuple[float, float]:
    """The page in pt, grown to whole pixels, which Graphviz would round to."""
    unit = 72 / dpi
    return (math.ceil(drawing.width / unit - 1e-6) * unit, math.ceil(drawing.height / unit - 1e-6) * unit)


@cache
def habits() -> Habits:
    """What this Graphviz does to text, seen from a drawing of one."""
    probe = {"_background": "F 100 4 -Sans c 7 -#000000 T 0 0 -1 0 3 -a\\b  ", "bgcolor": "#ffffff"}
    words = next(e for e in from_graphviz(run(probe, "9,9", "svg"), 0.0) if isinstance(e, Words))
    return Habits(lift=-words.y / 100, escapes=words.text != "a\\b")


def has_graphviz() -> bool:
    """Whether pygraphviz is installed, and works."""
    try:
        import pygraphviz  # noqa: F401, PLC0415
    except ImportError:
        return False
    return True


def run(graph: Mapping[str, str], far: str, fmt: str) -> bytes:
    """Draw an empty graph whose corners are the origin and `far`."""
    if not has_graphviz():
        raise MissingDependencyError("pygraphviz", REMEDY)
    from pygraphviz import AGraph  # noqa: PLC0415

    with shown_to_fontconfig():
        drawn = AGraph(directed=True, strict=False, **graph)
        drawn.add_node("origin", pos="0,0", **CORNER)
        drawn.add_node("far", pos=far, **CORNER)
        data: bytes = drawn.draw(format=fmt, prog="nop2")
    return data
