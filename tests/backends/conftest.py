"""A scene with everything that an item can be, built by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lstmviz.scene.canvas import Canvas
from lstmviz.scene.items import INK, MUTED, Tint, fill_of, stroke_of
from lstmviz.scene.labels import code, math, row, shape, words

if TYPE_CHECKING:
    from collections.abc import Callable

    from lstmviz.scene.scene import Scene

HOSTILE = [
    "<&\"'\\{}|",
    'quote \\" after a backslash \\',
    "<b>not html</b>",
    "\\N \\G %d $x$ &amp; &#64;",
    "emoji 🙂 and 中文 and שלום عربي",
    "control \x00\x07\x1b\x7f\ufffe\ud800 and\nbreaks\ttabs",
    "x" * 200,
    "]]>",
    "--",
]


def nodes(c: Canvas) -> None:
    for i, outline in enumerate(("rect", "round", "stadium", "circle", "none")):
        box = (20 + 64 * i, 100, 60 + 64 * i, 130)
        c.node(f"cell.l0.fwd.t{i + 1}", "param", box, words("LSTM", 8), outline=outline)
    c.node("h_n.l0.fwd", "hidden", (20, 24, 60, 48), math("h", "1", "(0)", arrow="→", size=10))
    c.node("output.t1", "output", (90, 24, 130, 48), code("h_n[3]", 7), hollow=True, line=2.25)


def edges(c: Canvas) -> None:
    ends = ("cell.l0.fwd.t1", "cell.l0.fwd.t2")
    c.edge("plain", ends, "hidden", [(60, 122), (84, 122)])
    c.edge("double", ends, "cell", [(60, 108), (84, 108)], double=True, line=0.9)
    c.edge("corners", ends, "hidden", [(40, 130), (40, 160), (104, 160), (104, 130)], cuts=((40, 52),))
    c.edge(
        "dashed", ends, "cell", [(168, 130), (168, 160), (232, 160), (232, 130)],
        double=True, line=0.9, dashed=True, head="hollow", cuts=((50, 58),),
    )  # fmt: skip
    c.edge("reverse", ends, "hidden", [(320, 115), (340, 115), (340, 60)], dashed=True, head="hollow")
    c.edge("bare", ends, "gate", [(250, 115), (276, 115)], head="none", line=0.75)


def forms(c: Canvas) -> None:
    c.box((8, 8, 352, 180), fill=fill_of("param", 0.8), radius=8, z=0)
    c.frame("output", "output", (14, 16, 150, 56), line=2.25, fill=Tint("output.fill", "ground", 0.6))
    c.frame("c_n", "cell", (200, 16, 300, 56), double=True, doors=((240, 56, 6), (200, 36, 5)))
    corners = ((304, 150), (340, 150), (340, 174), (304, 174))
    c.form(corners, fill=fill_of("cell"), stroke=stroke_of("cell"), ellipse=True)
    c.form(corners, stroke=stroke_of("op"), line=0.75, dash=(1, 1.6), radius=4)
    c.form(corners, stroke=stroke_of("op"), line=0.75, dash=(2, 1.5), ellipse=True)
    c.line([(20, 170), (100, 170)], head=5)
    c.line([(120, 165), (140, 165), (140, 175), (160, 175)], head=4, radius=4, dash=(2, 1))
    c.dots(72, 115, INK)


@pytest.fixture
def build() -> Callable[..., Scene]:
    """A function from extra texts to a scene."""

    def build(*extra: str, title: str = "A title", width: float = 360.25) -> Scene:
        c = Canvas()
        nodes(c)
        edges(c)
        forms(c)
        c.text(shape(["N", "T", "2H"], [6, 5, 32], size=9), 20, 200)
        c.text(words("never batch-first", 7, tint=MUTED), 200, 200, "middle", id="note")
        c.text(code("output[:, 0, 16:]", 7), 350, 200, "end")
        c.text(row(letter_c(), words("  kept", 7)), 20, 215)
        for i, text in enumerate(extra):
            c.text(words(text, 7), 20, 230 + 9 * i, id=f"extra.{i}")
            c.node(f"hostile.{i}", "op", (200, 222 + 9 * i, 240, 230 + 9 * i), words(text, 7))
        return c.scene("demo", title, "A description <with> & signs.", width, 240.5 + 9 * len(extra))

    return build


def letter_c():
    return math("c", size=9)


@pytest.fixture
def scene(build) -> Scene:
    """The scene without extras."""
    return build()


@pytest.fixture
def hostile() -> list[str]:
    """Texts that break what pastes strings."""
    return HOSTILE
