"""EPS: the figure as Ghostscript sees it, its box and hash, and text that no shipped font has."""

from __future__ import annotations

import io
import re
import subprocess

import numpy as np
import pytest
from PIL import Image

import lstmviz
from lstmviz.backends import digest, embedded_digest
from tests.conftest import ROOT, SPEC


def test_it_has_its_box_its_hash_and_no_time_of_day():
    figure = lstmviz.draw(SPEC, "rolled", width="column")
    data = figure.paint("eps")
    assert data == lstmviz.draw(SPEC, "rolled", width="column").paint("eps")
    assert data.startswith(b"%!PS-Adobe-3.0 EPSF-3.0\n")
    assert data.endswith(b"%%EOF\n")
    assert embedded_digest(data) == digest(figure.scene, "light")
    box = re.search(rb"HiResBoundingBox: 0 0 (\S+) (\S+)", data)
    assert [float(n) for n in box.groups()] == pytest.approx(
        [figure.scene.width, figure.scene.height], abs=0.01
    )
    assert b"Date" not in data
    assert data.isascii()


def test_text_that_runs_to_the_left_is_shaped():
    data = lstmviz.draw(SPEC, "rolled", title="יום − LSTM").paint("eps")
    assert re.search(rb"\nnewpath -?[\d.]+ -?[\d.]+ M [^\n]* z [\d. ]+ F\n", data)


@pytest.mark.tex
@pytest.mark.parametrize(
    ("spec", "kind"), [("bilstm", "grid"), ("weather", "cube"), ("activity", "activity")]
)
def test_ghostscript_paints_what_the_png_shows(tmp_path, spec, kind):
    figure = lstmviz.draw(ROOT / f"specs/{spec}.yaml", kind)
    figure.save(tmp_path / "a.eps")
    command = ["gs", "-q", "-dSAFER", "-dBATCH", "-dNOPAUSE", "-dEPSCrop", "-r96", "-dTextAlphaBits=4",
               "-dGraphicsAlphaBits=4", "-sDEVICE=png16m", "-sOutputFile=a.png", "a.eps"]  # fmt: skip
    subprocess.run(command, cwd=tmp_path, check=True, timeout=120)
    pictures = [Image.open(tmp_path / "a.png"), Image.open(io.BytesIO(figure.png(dpi=96)))]
    # Ghostscript rounds the page down, we round it up: both on one page, not stretched onto one another
    page = [-(-max(sizes) // 6) * 6 for sizes in zip(*(p.size for p in pictures), strict=True)]
    on_page = [Image.new("L", page, "white") for _ in pictures]
    for blank, picture in zip(on_page, pictures, strict=True):
        blank.paste(picture.convert("L"))
    shown, wanted = (
        np.asarray(p.resize((p.width // 6, p.height // 6), Image.Resampling.BOX), float) for p in on_page
    )
    same = np.abs(shown - wanted).mean()  # Ghostscript's lines are a little bolder
    aside = [np.abs(np.roll(shown, by, axis) - wanted).mean() for by in (-1, 1) for axis in (0, 1)]
    assert same < 0.7 * min(aside), "no nearer than what stands 1.6 mm aside"
    assert np.abs(shown - wanted).max() < 100
