"""The filter for Pandoc: the same figure in every kind of document, with its alternative text."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from xml.etree import ElementTree as ET

import pypandoc
import pytest

import lstmviz
from tests.conftest import ROOT

pytestmark = pytest.mark.pandoc
SPEC = "input: {batch_size: 6, timesteps: 4, features: 3}\nlayers: [lstm: 16]\n"
PAGE = f"""# A model

```{{.lstmviz #fig-a kind=rolled width=column caption="An *LSTM*"}}
{SPEC}```

```yaml
a: 1
```
"""


PANDOCS = {"of the system": shutil.which("pandoc"), "as in Quarto": pypandoc.get_pandoc_path()}
"""Pandoc 2 of Debian, where a figure with a caption is a paragraph, and Pandoc 3, where it is a block."""


@pytest.fixture(params=sorted(PANDOCS))
def pandoc(tmp_path, request):
    """Convert a page; what pandoc says, and its code."""
    (tmp_path / "bin").mkdir()
    command = tmp_path / "bin/lstmviz"
    command.write_text(f'#!/bin/sh\nexec {sys.executable} -m lstmviz "$@"\n')
    command.chmod(0o755)
    path = f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}"
    python = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))

    def pandoc(output, text=PAGE, *more):
        (tmp_path / "page.md").write_text(text, "utf-8")
        lua = ROOT / "lstmviz/documents/pandoc.lua"
        return subprocess.run(
            [PANDOCS[request.param], "--lua-filter", lua, "page.md", "-o", output, *more],
            cwd=tmp_path, env={**os.environ, "PATH": path, "PYTHONPATH": python},
            capture_output=True, text=True, check=False, timeout=120,
        )  # fmt: skip

    return pandoc


def test_html_shows_svg_with_its_words(pandoc, tmp_path):
    done = pandoc("page.html")
    assert done.returncode == 0, done.stderr
    page = (tmp_path / "page.html").read_text("utf-8")
    (figure,) = (tmp_path / "lstmviz-figures").iterdir()
    assert f'src="lstmviz-figures/{figure.name}"' in page
    spec = lstmviz.load(SPEC)
    assert figure.read_text("utf-8") == lstmviz.draw(spec, "rolled", width="column").svg
    assert "<figcaption>An <em>LSTM</em></figcaption>" in page
    assert page.count('id="fig-a"') == 1
    assert "unit" in page.partition('alt="')[2].partition('"')[0]
    assert page.count("<img") == 1
    assert 'class="sourceCode yaml"' in page


def test_latex_takes_pdf_and_word_takes_png(pandoc, tmp_path):
    assert pandoc("page.tex").returncode == 0
    assert ".pdf}" in (tmp_path / "page.tex").read_text("utf-8")
    assert pandoc("page.docx").returncode == 0
    with zipfile.ZipFile(tmp_path / "page.docx") as archive:
        assert any(name.endswith(".png") for name in archive.namelist())


def test_a_book_holds_the_figure_with_its_words(pandoc, tmp_path):
    done = pandoc("page.epub", PAGE, "--metadata", "title=A book")
    assert done.returncode == 0, done.stderr
    with zipfile.ZipFile(tmp_path / "page.epub") as book:
        assert book.read("mimetype") == b"application/epub+zip"
        (figure,) = (name for name in book.namelist() if name.endswith(".svg"))
        spec = lstmviz.load(SPEC)
        assert book.read(figure).decode() == lstmviz.draw(spec, "rolled", width="column").svg
        listed = ET.fromstring(book.read("EPUB/content.opf"))
        (item,) = (e for e in listed.iter() if e.get("media-type") == "image/svg+xml")
        assert f"EPUB/{item.get('href')}" == figure
        chapter = ET.fromstring(book.read("EPUB/text/ch001.xhtml"))
    (image,) = (e for e in chapter.iter() if e.tag.endswith("}img"))
    assert image.get("src") == f"../media/{Path(figure).name}"
    assert "unit" in image.get("alt")
    assert "An LSTM" in ["".join(e.itertext()) for e in chapter.iter() if e.tag.endswith("}figcaption")]


def test_a_block_has_its_options_in_its_lines_as_cells_of_quarto_do(pandoc, tmp_path):
    options = '#| label: fig-a\n#| kind: rolled\n#| width: column\n#| fig-cap: "An *LSTM*"'
    cell = f"```{{.lstmviz}}\n{options}\n{SPEC}```\n"
    done = pandoc("page.html", cell)
    assert done.returncode == 0, done.stderr
    page = (tmp_path / "page.html").read_text("utf-8")
    (figure,) = (tmp_path / "lstmviz-figures").iterdir()
    assert figure.read_text("utf-8") == lstmviz.draw(lstmviz.load(SPEC), "rolled", width="column").svg
    assert "<figcaption>An <em>LSTM</em></figcaption>" in page
    assert page.count('id="fig-a"') == 1


@pytest.mark.parametrize(("output", "ending"), [("talk.html", "svg"), ("talk.pdf", "pdf")])
def test_one_file_is_a_talk_in_the_browser_and_in_beamer(pandoc, tmp_path, output, ending):
    page = (ROOT / "docs/how-to/slides.md").read_text("utf-8")
    (talk,) = re.findall(r"^````markdown\n(.*?)^````$", page, re.MULTILINE | re.DOTALL)
    kind = "revealjs" if ending == "svg" else "beamer"
    done = pandoc(output, talk, "-s", "-t", kind)
    assert done.returncode == 0, done.stderr
    (figure,) = (tmp_path / "lstmviz-figures").iterdir()
    assert figure.suffix == f".{ending}"
    assert (tmp_path / output).stat().st_size > 5000


def test_a_mistake_stops_with_its_place(pandoc):
    done = pandoc("page.html", PAGE.replace("timesteps", "timestep"))
    assert done.returncode != 0
    assert "did you mean 'timesteps'" in done.stderr
