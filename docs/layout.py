"""Draw the pictures of layout.md from its own code: python docs/layout.py"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lstmviz.backends import paint
from lstmviz.layout import boxes, links
from lstmviz.scene.canvas import Canvas
from lstmviz.scene.items import GROUND, Tint
from lstmviz.scene.labels import EMPTY, words

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE = Path(__file__).parent / "layout.md"
FOLDER = Path(__file__).parent / "layout"
MARGIN = 8.0


def pictures() -> Iterator[tuple[str, bytes]]:
    """Every word of the page with its picture, as SVG."""
    names: dict[str, Any] = {**vars(boxes), "words": words, "EMPTY": EMPTY, "GROUND": GROUND, "Tint": Tint}
    before, *sections = PAGE.read_text("utf-8").split("\n## ")
    exec(_code(before), names)  # noqa: S102  (our own page)
    for section in sections:
        own = dict(names)
        exec(_code(section), own)  # noqa: S102
        word = section.partition("\n")[0]
        yield word, drawn(word, own["item"], own.get("links", ()))


def _code(section: str) -> str:
    """The Python of a section."""
    return "\n".join(re.findall(r"```python\n(.*?)```", section, re.DOTALL))


def drawn(word: str, item: boxes.Item, edges: Any) -> bytes:
    """An item on the room that it takes, as SVG."""
    canvas = Canvas()
    canvas.box(
        (MARGIN, MARGIN, MARGIN + item.width, MARGIN + item.height), fill=Tint("muted", "ground", 0.92)
    )
    item.place(canvas, MARGIN, MARGIN)
    for edge in edges:
        links.link(canvas, *edge)
    width, height = item.width + 2 * MARGIN, item.height + 2 * MARGIN
    scene = canvas.scene("layout", f"The word {word}", f"What {word} places.", width, height)
    return paint(scene, "light", text="plain")


def main() -> None:
    """Write the pictures."""
    FOLDER.mkdir(exist_ok=True)
    for word, data in pictures():
        (FOLDER / f"{word}.svg").write_bytes(data)
        print(FOLDER / f"{word}.svg", file=sys.stderr)


if __name__ == "__main__":
    main()
