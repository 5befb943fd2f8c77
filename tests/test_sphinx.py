"""The Sphinx directive: HTML with SVG, LaTeX with PDF, warnings with their place."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

import lstmviz
from tests.conftest import SPEC

ALT = "A layer, unrolled"
BROKEN = """
.. lstmviz::
   :kind: grid

   input: {features: 3, timesteps: 4}
   layers: [lstm: {hiden: 3}]"""
PAGE = """\
Title
=====

.. lstmviz:: sub/small.yaml
   :kind: rolled
   :width: column
   :caption: The *loop* of it
   :name: loop
   :align: center
   :class: wide

See :ref:`loop`.

.. lstmviz::
   :figure: unfold
   :alt: A layer, unrolled

   {spec}
"""


@pytest.fixture
def project(tmp_path):
    """A folder that Sphinx can build."""
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub/small.yaml").write_text(SPEC, "utf-8")
    (tmp_path / "conf.py").write_text("extensions = ['lstmviz.sphinx']\nproject = 'Test'\n", "utf-8")
    (tmp_path / "index.rst").write_text(PAGE.replace("{spec}", SPEC.replace("\n", "\n   ")), "utf-8")
    return tmp_path


@pytest.fixture
def build(project):
    """Run a builder as users do: its exit code and what it says; warnings fail."""

    def build(builder, page=None):
        if page:
            (project / "index.rst").write_text(page, "utf-8")
        command = [
            sys.executable,
            "-m",
            "sphinx",
            "-q",
            "-W",
            "--keep-going",
            "-b",
            builder,
            ".",
            f"_{builder}",
        ]
        done = subprocess.run(command, cwd=project, capture_output=True, text=True, check=False, timeout=300)
        return done.returncode, done.stderr

    return build


def test_html_gets_svg_that_follows_the_page(build, project):
    assert build("html") == (0, "")
    html = (project / "_html/index.html").read_text("utf-8")
    assert html.count("<svg") == 2
    assert re.search(r'<figure class="lstmviz wide align-center" id="loop">\s*<svg', html)
    assert "The <em>loop</em> of it" in html
    assert re.search(r'href="#loop"', html)
    assert lstmviz.draw(SPEC, "rolled", width="column").alt in html
    assert re.search(r"<desc[^>]*>A layer, unrolled</desc>", html)
    assert html.count("[data-theme=dark]") == 2


def test_latex_gets_pdf(build, project):
    assert build("latex") == (0, "")
    tex = (project / "_latex/test.tex").read_text("utf-8")
    names = re.findall(r"\\sphinxincludegraphics\{\{(\w+)\}\.pdf\}", tex)
    drawn = [
        lstmviz.draw(SPEC, "rolled", width="column"),
        lstmviz.draw(SPEC, "unfold", alt="A layer, unrolled"),
    ]
    assert [(project / f"_latex/{name}.pdf").read_bytes() for name in names] == [f.pdf for f in drawn]
    assert r"\caption{The \sphinxstyleemphasis{loop} of it}\label{\detokenize{index:loop}}" in tex


def test_text_gets_the_alternative_text(build, project):
    assert build("text")[0] == 0
    words = " ".join((project / "_text/index.txt").read_text("utf-8").split())
    assert "[A layer, unrolled]" in words
    assert lstmviz.draw(SPEC, "rolled", width="column").alt in words


def test_epub_gets_files(build, project):
    (project / "conf.py").write_text("extensions = ['lstmviz.sphinx']\nproject = 'T'\nversion = '1'\n"
                                     "copyright = 'x'\n", "utf-8")  # fmt: skip
    build("epub")
    html = (project / "_epub/index.xhtml").read_text("utf-8")
    (first, second) = re.findall(r'<img alt="([^"]*)" src="_images/\w+\.svg"', html)
    assert second == "A layer, unrolled"
    assert first == lstmviz.draw(SPEC, "rolled", width="column").alt


MISTAKES = f"""\
Title
=====
{BROKEN}

.. lstmviz:: sub/small.yaml
   :kind: gird

.. lstmviz:: sub/small.yaml
   :widht: column

.. lstmviz:: nix.yaml

.. lstmviz::
"""


def test_mistakes_are_warnings_with_their_place(build, project):
    code, err = build("html", MISTAKES)
    assert code == 1
    for said in (
        r"index\.rst:8: WARNING: index\.rst:8:20: error\[unknown-key\]: 'hiden' is not an option of lstm",
        r"index\.rst:10: WARNING: there is no kind or figure 'gird' \(did you mean 'grid'\?\)",
        r"index\.rst:13: WARNING: .*did you mean 'width'",
        r"index\.rst:16: WARNING: nix\.yaml: error\[unreadable\]: there is no such",
        r"index\.rst:18: ERROR: .*one of the two",
    ):
        assert re.search(said, err), err
    html = (project / "_html/index.html").read_text("utf-8")
    assert "error[unknown-key]" in html
    assert str(project) not in html


def test_a_mistake_in_a_file_is_placed_there(build, project):
    (project / "sub/small.yaml").write_text(SPEC.replace("hidden_size", "hiden_size"), "utf-8")
    assert re.search(r"small\.yaml:4: WARNING: sub/small\.yaml:4:12: error\[unknown-key\]", build("html")[1])


def test_a_changed_spec_is_drawn_again(build, project):
    build("html")
    (project / "sub/small.yaml").write_text(SPEC.replace("16", "32"), "utf-8")
    build("html")
    assert "nn.LSTM(3, 32" in (project / "_html/index.html").read_text("utf-8")


def test_flags_and_numbers_are_read_as_in_a_spec(build, project):
    page = "T\n=\n\n.. lstmviz:: sub/small.yaml\n   :kind: tensors\n   :table:\n"
    assert build("html", page) == (0, "")
    table = lstmviz.draw(SPEC, "tensors", table=True)
    assert table.alt in (project / "_html/index.html").read_text("utf-8")
