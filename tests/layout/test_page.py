"""docs/layout.md: every word of the vocabulary is on it, drawn by its own code."""

from __future__ import annotations

import ast
import importlib.util
from pathlib import Path

from lstmviz.layout import boxes

DOCS = Path(__file__).parents[2] / "docs"


def script():
    """docs/layout.py as a module."""
    spec = importlib.util.spec_from_file_location("layout_page", DOCS / "layout.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_pictures_are_what_the_code_draws():
    drawn = dict(script().pictures())
    assert drawn == {path.stem: path.read_bytes() for path in (DOCS / "layout").glob("*.svg")}
    page = (DOCS / "layout.md").read_text("utf-8")
    assert all(f"(layout/{word}.svg)" in page for word in drawn)


def test_every_word_is_on_the_page():
    page = (DOCS / "layout.md").read_text("utf-8")
    tree = ast.parse(Path(boxes.__file__).read_text("utf-8"))
    public = [n.name for n in tree.body if isinstance(n, ast.FunctionDef) and n.name[0] != "_"]
    assert [name for name in public if f"## {name}\n" not in page and f"`{name}`" not in page] == []
