"""A talk of Pandoc's in reveal.js itself: its figure is seen as a whole (`make test-editor`)."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys

import pytest

from tests.conftest import ROOT

pytestmark = pytest.mark.editor
REVEAL = ROOT / ".venv/editor/node_modules/reveal.js"
ASK = """<script>Reveal.on("ready", () => setTimeout(() => {
  const box = document.querySelector("section img").getBoundingClientRect();
  document.title = JSON.stringify([box.left, box.top, box.right, box.bottom, innerWidth, innerHeight]);
}, 1000));</script></body>"""
TALK = re.compile(r"^````markdown\n(.*?)^````$", re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("width", ["beamer", "slide"])
def test_a_figure_below_a_title_is_seen_as_a_whole(tmp_path, width):
    command = tmp_path / "lstmviz"
    command.write_text(f'#!/bin/sh\nexec {sys.executable} -m lstmviz "$@"\n')
    command.chmod(0o755)
    (talk,) = TALK.findall((ROOT / "docs/how-to/slides.md").read_text("utf-8"))
    (tmp_path / "talk.md").write_text(talk.replace("width=beamer", f"width={width}"), "utf-8")
    surroundings = os.environ | {
        "PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")])),
    }
    lua = ROOT / "lstmviz/documents/pandoc.lua"
    subprocess.run(
        ["pandoc", "--lua-filter", lua, "-t", "revealjs", "-s", "talk.md", "-o", "talk.html",
         "-V", f"revealjs-url={REVEAL}"],
        cwd=tmp_path, env=surroundings, check=True, timeout=120,
    )  # fmt: skip
    page = tmp_path / "talk.html"
    page.write_text(page.read_text("utf-8").replace("</body>", ASK), "utf-8")
    shown = subprocess.run(
        ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--allow-file-access-from-files",
         f"--user-data-dir={tmp_path / 'profile'}", "--window-size=1280,720",
         "--virtual-time-budget=8000", "--dump-dom", page.as_uri() + "#/1"],
        capture_output=True, text=True, check=True, timeout=120,
    ).stdout  # fmt: skip
    left, top, right, bottom, wide, high = json.loads(re.search(r"<title>(\[.*?\])</title>", shown)[1])
    assert 0 <= left < right <= wide
    assert 0 < top < bottom <= high
    assert (bottom - top) * (right - left) > 0.2 * wide * high
