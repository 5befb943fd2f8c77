"""TikZ: a \\node for each node, a style for each role, labels as TeX."""

from __future__ import annotations

import re

import pytest

import lstmviz
from lstmviz.backends import embedded_digest
from lstmviz.backends.tikztext import pieces
from lstmviz.themes import THEMES
from tests.conftest import ROOT, SPEC


def test_every_node_is_one_node_under_its_id():
    figure = lstmviz.draw(SPEC, "grid")
    text = figure.paint("tikz").decode()
    named = re.findall(r"\\node\[[^]]*\] \(([^)]+)\)", text)
    assert named == [node.id.replace(".", "-") for node in figure.scene.nodes]
    assert embedded_digest(text.encode()) == figure.digest()
    for role in ("input", "hidden", "cell", "param"):
        assert f"\\tikzset{{lv {role}/.style=" in text
    for edge in figure.scene.edges:
        assert f"% {edge.source} -> {edge.target}\n" in text


@pytest.mark.parametrize("theme", THEMES)
def test_colours_that_are_used_are_defined(theme):
    text = lstmviz.draw(ROOT / "specs/weather.yaml", "tensors", theme=theme).paint("tikz").decode()
    defined = set(re.findall(r"definecolor\{(.+?)\}", text))
    assert set(re.findall(r"(?:(?:fill|draw|text)=|color\{)(lv-[\w-]+)", text)) <= defined
    assert ("\\fill[lv-ground]" in text) == (theme == "dark")


def test_words_beside_a_formula_are_one_line_as_wide_as_tex_makes_it():
    """Each at its own place, TeX's wider formulas ran into the words behind them."""
    text = lstmviz.draw(SPEC, "cell", width="column").paint("tikz").decode()
    (line,) = [one for one in text.splitlines() if r"\textsf{units, one step}" in one]
    assert re.search(
        r"\$H ?= ?\d+\$.*\\hspace\{[\d.]+bp\}\{\\lvsize\{[\d.]+\}\\color\{lv-\w+\}\\textsf", line
    )
    assert len(re.findall(r"\\node", line)) == 1


def test_labels_are_text_and_mathematics():
    scene = lstmviz.draw(ROOT / "specs/bilstm.yaml", "grid").scene
    said = {piece.tex for node in scene.nodes if node.label for piece in pieces(node.label)}
    said |= {piece.tex for text in scene.texts for piece in pieces(text.label)}
    assert r"$\vec{h}_{\mathrm{1}}^{\mathrm{(1)}}$" in said
    assert r"$\lvback{h}_{\mathrm{1}}^{\mathrm{(1)}}$" in said
    assert r"\textsf{LSTM}" in said
    assert r"\texttt{h\_n[3]}" in {p.tex for t in scene.texts for p in pieces(t.label)} | said
