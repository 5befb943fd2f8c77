"""docs/style.md: its theme works, and it names the pictures that its script draws."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from lstmviz.themes import ROLES
from lstmviz.themes.file import read_theme

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "style.md").read_text("utf-8")


def test_its_theme_is_one(tmp_path):
    (found,) = re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    (tmp_path / "lab.yaml").write_text(found, "utf-8")
    assert read_theme(tmp_path / "lab.yaml").colours["hidden.stroke"] == "#0b3d91"


def test_every_picture_is_there_and_every_role_is_told():
    named = set(re.findall(r"\(style/(.*?\.svg)\)", PAGE))
    assert named == {path.name for path in (DOCS / "style").glob("*.svg")}
    assert all(f"| `{role}` |" in PAGE for role in ROLES)


def test_the_script_is_python():
    ast.parse((DOCS / "style.py").read_text("utf-8"))
