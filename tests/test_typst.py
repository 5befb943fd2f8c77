"""docs/how-to/typst.md, set by Typst."""

from __future__ import annotations

import re

import pytest

import lstmviz
from tests.conftest import ROOT, SPEC

typst = pytest.importorskip("typst")
PAGE = (ROOT / "docs/how-to/typst.md").read_text("utf-8")
(EXAMPLE,) = re.findall(r"^```typst\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
UNIT = 72 / 25.4


@pytest.mark.parametrize("text", ["embed", "paths"])
def test_the_page_s_lines_set_the_figure_at_its_size(tmp_path, text):
    (tmp_path / "figures").mkdir()
    figure = lstmviz.draw(SPEC, "grid", width="120mm", text=text)
    figure.save(tmp_path / "figures/paper-grid.svg")
    assert figure.scene.width == pytest.approx(120 * UNIT, abs=0.1)
    measured = '\n#context [#metadata(measure(image("figures/paper-grid.svg")).width.pt()) <width>]\n'
    (tmp_path / "paper.typ").write_text(f"{EXAMPLE}{measured}", "utf-8")
    assert typst.compile(tmp_path / "paper.typ").startswith(b"%PDF")
    said = typst.query(tmp_path / "paper.typ", "<width>", field="value", one=True)
    assert float(said) == pytest.approx(figure.scene.width, abs=0.5)
