"""Figures in LaTeX: the lines to copy, beside packages that read options in their own way; Beamer; pgf."""

from __future__ import annotations

import re
import subprocess
from itertools import pairwise

import numpy as np
import pytest
from matplotlib.figure import Figure as Page
from PIL import Image

import lstmviz
from lstmviz.commands.snippets import Picture, snippets
from tests.conftest import ROOT, SPEC
from tests.test_notebook import exported, template

pytestmark = pytest.mark.tex
ENGINES = ("pdflatex", "lualatex")
ALT = "LSTM, 2 − 1 layers: c_t = f ⊙ c, h₁ → ŷ; 50 % of {x}, x′ ≤ σ"


@pytest.fixture
def tex(tmp_path):
    """Set a document; its log, and the text of its page."""

    def tex(engine, preamble, body, name="paper"):
        source = f"\\documentclass{preamble}\n\\begin{{document}}\n{body}\n\\end{{document}}\n"
        (tmp_path / f"{name}.tex").write_text(source, "utf-8")
        done = subprocess.run(
            [engine, "-interaction=nonstopmode", "-halt-on-error", name],
            cwd=tmp_path, capture_output=True, check=False, timeout=300,
        )  # fmt: skip
        log = (tmp_path / f"{name}.log").read_text("utf-8", errors="replace")
        assert done.returncode == 0, log[-3000:]
        shown = subprocess.run(
            ["pdftotext", f"{name}.pdf", "-"], cwd=tmp_path, capture_output=True, check=True
        )
        return log, shown.stdout.decode()

    return tex


ARTICLE = r"{article}\usepackage{graphicx}"
READERS = ("xkeyval", "hyperref", "todonotes", "adjustbox", "glossaries", "standalone", "nomencl")
"""Packages that read options in a way of their own."""
BESIDE = {"alone": ARTICLE} | {name: rf"{ARTICLE}\usepackage{{{name}}}" for name in READERS} | {
    "acmart": r"[nonacm]{acmart}"}  # fmt: skip


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("beside", sorted(BESIDE))
def test_the_lines_to_copy_show_the_figure_and_nothing_else(tex, tmp_path, engine, beside):
    figure = lstmviz.draw(SPEC, "rolled", alt=ALT, title="50 % of h_n − ŷ", width="column")
    figure.save(tmp_path / "a.pdf")
    (lines,) = snippets("latex", [Picture("a.pdf", figure)])
    log, text = tex(engine, BESIDE[beside], lines)
    assert "a.pdf" in log
    assert "alt" not in text
    assert "layers:" not in text
    assert "50 % of h" in text
    assert not re.search(r"Overfull|Missing character", log)


FIGURES = [("bilstm", "grid"), ("gru", "unfold"), ("weather", "cube"), ("lstm", "cell"), ("cnn", "volumes"),
           ("regression", "pipeline"), ("sensors", "tensors"), ("mlp", "neurons"), ("influence", "influence"),
           ("activity", "activity"), ("weights", "weights"), ("batch", "batch")]  # fmt: skip


@pytest.mark.parametrize(("spec", "kind"), FIGURES, ids=lambda one: one)
def test_tikz_is_a_page_of_its_own(tmp_path, spec, kind):
    figure = lstmviz.draw(ROOT / f"specs/{spec}.yaml", kind)
    figure.save(tmp_path / "a.tikz")
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "a.tikz"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False, timeout=300)
    assert done.returncode == 0, done.stdout[-2000:]
    info = subprocess.run(
        ["pdfinfo", "a.pdf"], cwd=tmp_path, capture_output=True, text=True, check=True
    ).stdout
    assert re.search(r"Pages: +1\n", info)
    width, height = re.search(r"Page size: +(\S+) x (\S+) pts", info).groups()
    assert (float(width), float(height)) == pytest.approx((figure.scene.width, figure.scene.height), abs=0.6)


@pytest.mark.parametrize(("spec", "kind"), FIGURES, ids=lambda one: one)
def test_tikz_is_the_picture_that_png_is(tmp_path, spec, kind):
    """Seen from far, where letters of two fonts are alike: what one has and the other has not shows."""
    figure = lstmviz.draw(ROOT / f"specs/{spec}.yaml", kind, detail="low", width="column")
    figure.save(tmp_path / "a.tikz")
    figure.save(tmp_path / "a.png")
    for command in ("pdflatex -interaction=nonstopmode a.tikz", "pdftoppm -r 100 -png -singlefile a.pdf b"):
        subprocess.run(command.split(), cwd=tmp_path, capture_output=True, check=True, timeout=300)
    far = [np.asarray(Image.open(tmp_path / name).convert("L").resize((24, 24), Image.Resampling.BOX), float)
           for name in ("a.png", "b.png")]  # fmt: skip
    assert np.abs(far[0] - far[1]).mean() < 6  # at most 3.3 as it is, 28 without the map of `activity`


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("preamble", ["{article}", "[aspectratio=169]{beamer}"])
def test_tikz_stands_in_a_document_and_is_set_by_its_fonts(tex, tmp_path, engine, preamble):
    lstmviz.draw(SPEC, "rolled", width="column", detail="normal").save(tmp_path / "a.tikz")
    frame = "\\begin{{frame}}{0}\\end{{frame}}" if "beamer" in preamble else "{0}"
    _, text = tex(engine, f"{preamble}\\usepackage{{tikz}}", frame.format("before \\input{a.tikz} after"))
    assert "before" in text
    assert "after" in text
    assert "LSTM" in text


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("preamble", ["[conference]{IEEEtran}", "[sigconf,nonacm]{acmart}"])
def test_several_pictures_of_tikz_stand_in_figures_of_a_journal(tex, tmp_path, engine, preamble):
    """What a first picture reads inside its float is gone after it: the second one reads it again."""
    floats = []
    for kind in ("rolled", "unrolled"):
        lstmviz.draw(SPEC, kind, width="column").save(tmp_path / f"{kind}.tikz")
        shown = f"\\centering\\input{{{kind}.tikz}}\\caption{{A {kind}}}"
        floats.append(f"\\begin{{figure}}{shown}\\end{{figure}}")
    title = "\\title{Of recurrence}\\author{A}" + ("\\affiliation{\\country{X}}" if "acm" in preamble else "")
    body = "\n".join([title, "\\maketitle", "before", *floats, "after"])
    log, text = tex(engine, f"{preamble}\\usepackage{{tikz}}", body)
    assert text.count("LSTM") > 2
    assert not re.search(r"Overfull \\hbox|Missing character", log)


def test_a_frame_of_beamer_holds_a_figure_below_its_title(tex, tmp_path):
    body = []
    for kind in ("unrolled", "grid", "cell", "tensors"):
        lstmviz.draw(SPEC, kind, width="beamer").save(tmp_path / f"{kind}.pdf")
        body.append(f"\\begin{{frame}}{{A title}}\\includegraphics{{{kind}.pdf}}\\end{{frame}}")
    log, _ = tex("pdflatex", "[aspectratio=169]{beamer}", "\n".join(body))
    assert "Overfull" not in log


def test_frames_come_one_after_the_other_on_a_slide(tex, run, tmp_path):
    """Each overlay is a page of its own, all of one size, and the last one is the whole figure."""
    (tmp_path / "a.yaml").write_text(SPEC, "utf-8")
    args = ("--frames", "time", "-f", "pdf", "--width", "beamer", "--snippet", "latex", "-o", ".")
    code, lines, _ = run("render", "a.yaml", "--kind", "unrolled", *args)
    assert code == 0
    slide = f"\\begin{{frame}}{{A title}}\n{lines}\\end{{frame}}"
    log, text = tex("pdflatex", "[aspectratio=169]{beamer}\\usepackage{graphicx}", slide)
    pages = text.split("\f")[:-1]
    assert len(pages) == lines.count("\\only")
    assert all(one.count("LSTM") < other.count("LSTM") for one, other in pairwise(pages))
    assert "Overfull" not in log


def test_a_length_in_pt_is_tex_s(tex):
    log, _ = tex("pdflatex", "{article}", r"\typeout{WIDTH \the\textwidth}text")
    width = re.search(r"WIDTH (\S+)", log)[1]
    scene = lstmviz.draw(SPEC, "rolled", width=width).scene
    assert scene.width * 72.27 / 72 == pytest.approx(float(width.removesuffix("pt")), abs=1e-6)


@pytest.mark.parametrize(("place", "beside"), [("", False), ("[!t]", True)])
def test_a_tall_figure_has_a_page_of_its_own_unless_told_otherwise(tex, tmp_path, place, beside):
    """As the page for papers says: a figure of more than half a page, and `[!t]`."""
    assert "`\\begin{figure}[!t]` puts it above text" in (ROOT / "docs/how-to/paper.md").read_text("utf-8")
    lstmviz.draw(ROOT / "specs/weather.yaml", "grid", width="text").save(tmp_path / "a.pdf")
    shown = f"\\begin{{figure}}{place}\\centering\\includegraphics{{a.pdf}}\\caption{{Tall}}\\end{{figure}}"
    preamble = "{article}\\usepackage{graphicx}\\usepackage[a4paper,margin=18mm]{geometry}"
    _, text = tex("pdflatex", preamble, f"{'prose ' * 300}\n\n{shown}\n\n{'prose ' * 2000}")
    (page,) = (one for one in text.split("\f") if "Figure 1: Tall" in one)
    assert ("prose" in page) is beside


@pytest.mark.parametrize("engine", ENGINES)
def test_an_exported_notebook_is_set_with_the_words_of_its_figure(tmp_path, engine):
    """nbconvert's preamble loads adjustbox, which takes options apart at their commas."""
    figure = lstmviz.draw(SPEC, "rolled", alt="A, said: c_t and h_t; 50 % of {x}", width="column")
    body, files = exported(figure, "latex", template_file=template(tmp_path))
    for name, data in (("a.tex", body.encode()), *files.items()):
        (tmp_path / name).write_bytes(data)
    done = subprocess.run(
        [engine, "-interaction=nonstopmode", "-halt-on-error", "a"],
        cwd=tmp_path, capture_output=True, check=False, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-2000:]
    said = subprocess.run(["pdftotext", "a.pdf", "-"], cwd=tmp_path, capture_output=True, check=True)
    assert b"LSTM" in said.stdout
    assert b"said" not in said.stdout


def test_a_page_of_matplotlib_with_a_figure_is_saved_for_tex(tmp_path, monkeypatch):
    import matplotlib as mpl

    monkeypatch.chdir(tmp_path)
    page = Page((4, 3))
    lstmviz.draw(SPEC, "rolled").draw(page.subplots())
    with mpl.rc_context({"pgf.texsystem": "pdflatex", "pgf.rcfonts": False}):
        page.savefig("page.pgf", backend="pgf")
    assert "LSTM" in (tmp_path / "page.pgf").read_text("utf-8")
