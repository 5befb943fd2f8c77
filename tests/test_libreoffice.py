"""Figures in LibreOffice: a slide's words stand where they are drawn, and pictures are as the docs say."""

from __future__ import annotations

import re
import subprocess

import pytest
from PIL import Image

import lstmviz
from tests.conftest import SPEC
from tests.figures.lint import labels_of

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def office(tmp_path_factory):
    """Convert files by LibreOffice, in a profile of its own; their folder."""
    folder = tmp_path_factory.mktemp("office")

    def office(kind, *files):
        profile = f"-env:UserInstallation=file://{folder}/profile"
        command = ["soffice", profile, "--headless", "--convert-to", kind, "--outdir", folder, *files]
        done = subprocess.run(command, capture_output=True, check=False, timeout=300, cwd=folder)
        assert done.returncode == 0, done.stderr[-1000:]
        return folder

    return office


def test_words_of_a_slide_do_not_run_into_each_other(office, tmp_path):
    figure = lstmviz.draw(SPEC, "unrolled")
    figure.save(tmp_path / "slide.pptx")
    page = office("pdf", tmp_path / "slide.pptx") / "slide.pdf"
    said = subprocess.run(
        ["pdftotext", "-bbox", page, "-"], capture_output=True, text=True, check=True
    ).stdout
    words = re.findall(r'xMin="([\d.]+)" yMin="([\d.]+)" xMax="[\d.]+" yMax="[\d.]+">([^<]+)<', said)
    drawn = {run.text: run.x for label in labels_of(figure.scene) for run in label.runs}
    places = [float(x) for x, _, word in words if word == "c_n"]
    assert any(abs(x - drawn["c_n"]) < 1.0 for x in places), (places, drawn["c_n"])
    assert not [word for _, _, word in words if word.endswith("each") and word != "each"]


@pytest.mark.parametrize(("theme", "text", "dark"), [("light", "paths", False), ("auto", "embed", True)])
def test_the_theme_that_the_docs_name_is_safe(office, tmp_path, theme, text, dark):
    """`light` stays so; `auto` has its dark colours always, as the table of programs says."""
    path = tmp_path / f"{theme}.svg"
    lstmviz.draw(SPEC, "unrolled", theme=theme, text=text).save(path)
    with Image.open(office("png", path) / f"{theme}.png") as picture:
        assert (picture.convert("L").getpixel((2, 2)) < 128) is dark
