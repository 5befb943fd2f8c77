"""Figures in notebooks: how one shows itself, and the cell magic."""

from __future__ import annotations

import base64
import html
import json
import re
import subprocess
import sys

import nbconvert
import nbformat
import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output

import lstmviz
from tests.conftest import ROOT, SPEC


@pytest.fixture
def shell(tmp_path, monkeypatch):
    """A notebook's shell, with the magic loaded."""
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    shell = InteractiveShell.instance()
    assert "lstmviz" not in shell.magics_manager.magics["cell"]
    shell.run_line_magic("load_ext", "lstmviz")
    yield shell
    shell.history_manager.end_session()
    InteractiveShell.clear_instance()


@pytest.fixture
def magic(shell):
    """Run a cell of the magic: what it returns, shows and says."""

    def magic(line, cell=SPEC):
        with capture_output() as seen:
            result = shell.run_cell_magic("lstmviz", line, cell)
        return result, seen

    return magic


def test_a_figure_shows_itself_as_svg_and_exports_as_pdf(shell, small):
    figure = lstmviz.draw(small, "rolled")
    data, metadata = shell.display_formatter.format(figure)
    assert data["image/svg+xml"] == figure.svg
    assert data["application/pdf"].startswith(b"%PDF")
    assert data["text/plain"] == figure.alt
    assert f'alt="{figure.alt}"' in data["text/html"]
    assert metadata == {name: {"alt": figure.alt} for name in ("image/svg+xml", "application/pdf")}


def exported(figure, kind, **how):
    """A notebook of one cell that shows a figure, as nbconvert writes it, and the files beside it."""
    data, metadata = figure._repr_mimebundle_()
    data |= {"application/pdf": base64.b64encode(data["application/pdf"]).decode()}
    shown = nbformat.v4.new_output("execute_result", data=data, metadata=metadata, execution_count=1)
    cell = nbformat.v4.new_code_cell("figure", outputs=[shown], execution_count=1)
    notebook = nbformat.v4.new_notebook(cells=[cell])
    body, rest = nbconvert.get_exporter(kind)(**how).from_notebook_node(notebook)
    return body, rest["outputs"]


def template(folder):
    """The template of the page, in a file."""
    page = (ROOT / "docs/how-to/notebooks.md").read_text("utf-8")
    (text,) = re.findall(r"```jinja\n(.*?)```", page, re.DOTALL)
    (folder / "alt.tex.j2").write_text(text, "utf-8")
    return str(folder / "alt.tex.j2")


def test_exported_to_html_a_picture_has_its_words(small):
    figure = lstmviz.draw(small, "rolled")
    body, _ = exported(figure, "html")
    assert html.escape(figure.alt) in body
    assert "No description has been provided" not in body


def test_the_template_of_the_page_hands_the_words_to_latex(small, tmp_path):
    figure = lstmviz.draw(small, "rolled", alt="h_n, c_n & 5 %")
    body, files = exported(figure, "latex", template_file=template(tmp_path))
    assert "\\def\\figurealt{h\\_n, c\\_n \\& 5 \\%}" in body
    (name,) = (name for name in files if name.endswith(".pdf"))
    assert f"\\includegraphics[alt=\\figurealt]{{{name}}}" in body


def test_one_figure_is_the_value_of_the_cell(magic, small):
    result, seen = magic("rolled width=column theme=dark")
    assert result.svg == lstmviz.draw(SPEC, "rolled", width="column", theme="dark").svg
    assert (seen.outputs, seen.stdout, seen.stderr) == ([], "", "")


def test_all_figures_of_the_spec_are_shown(magic):
    result, seen = magic("")
    assert result is None
    assert [output.data["text/plain"] for output in seen.outputs] == [
        lstmviz.draw(SPEC, kind).alt for kind in ("rolled", "unfold")
    ]


def test_values_are_read_as_in_a_spec(magic):
    result, _ = magic("grid highlight=2 title='Two words'")
    assert result.scene.title == "Two words"


@pytest.mark.parametrize(
    ("line", "old", "new", "words"),
    [
        (
            "",
            "hidden_size",
            "hiden_size",
            "cell:4:12: error[unknown-key]: 'hiden_size' is not an option of lstm",
        ),
        ("", "unfold", "volumes", "cell:5:19: error[figure]: volumes: this model takes no images"),
        ("gird", "", "", "there is no kind or figure 'gird' (did you mean 'grid'?)"),
        ("grid widht=column", "", "", "did you mean 'width'?"),
        ("'grid", "", "", "cannot be read"),
    ],
)
def test_mistakes_are_explained_without_a_traceback(magic, line, old, new, words):
    result, seen = magic(line, SPEC.replace(old, new) if old else SPEC)
    assert (result, seen.stdout, seen.outputs) == (None, "", [])
    assert seen.stderr.startswith(words) or words in seen.stderr.splitlines()[0]
    assert "written" not in seen.stderr
    assert "Traceback" not in seen.stderr


def test_nothing_but_the_magic_needs_ipython():
    code = (
        "import lstmviz, lstmviz.documents.notebook, sys, json; print(json.dumps('IPython' in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) is False


def test_the_notebook_of_the_docs_runs_and_shows_its_figures(shell, tmp_path, monkeypatch):
    """Cell by cell, but for the one that installs; every figure among the results is an SVG."""
    monkeypatch.chdir(tmp_path)
    notebook = json.loads((ROOT / "docs/lstmviz.ipynb").read_text("utf-8"))
    assert "colab.research.google.com/github/" in "".join(notebook["cells"][0]["source"])
    shell.run_line_magic("unload_ext", "lstmviz")
    figures = 0
    for cell in notebook["cells"]:
        if cell["cell_type"] != "code" or "install" in cell["metadata"].get("tags", []):
            continue
        with capture_output() as seen:
            done = shell.run_cell("".join(cell["source"]))
        done.raise_error()
        shown = [done.result, *(output for output in seen.outputs)]
        figures += any("image/svg+xml" in getattr(one, "data", {}) or hasattr(one, "svg") for one in shown)
        if isinstance(done.result, dict):
            assert set(done.result.values()) == {"proven"}
    assert figures == 4
    assert {path.name for path in tmp_path.iterdir()} >= {"forecast.pdf", "forecast.svg"}
