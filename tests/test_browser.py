"""The figures as other programs show them: Chromium, librsvg, poppler."""

from __future__ import annotations

import io
import subprocess
from pathlib import Path

import pytest
from PIL import Image

import lstmviz

pytestmark = pytest.mark.browser
OUTPUT = Path(__file__).parent.parent / "output"
SPEC = {"input": {"batch_size": 6, "timesteps": 4, "features": 3}, "layers": [{"lstm": 16}]}


def ink(image):
    """The share of an image that is not its most frequent colour."""
    counts = sorted(count for count, _ in image.convert("RGB").getcolors(2**24))
    return 1 - counts[-1] / sum(counts)


def show(*command):
    """What a program makes of a figure, which it must take without a word."""
    done = subprocess.run([*map(str, command)], capture_output=True, check=True, timeout=120)
    return done.stdout


@pytest.mark.parametrize("path", sorted(OUTPUT.glob("*.svg")), ids=lambda p: p.stem)
def test_librsvg_shows_every_figure(path):
    assert ink(Image.open(io.BytesIO(show("rsvg-convert", path)))) > 0.02


@pytest.mark.parametrize("backend", ["graphviz", "matplotlib"])
def test_chromium_and_librsvg_show_the_same_amount(tmp_path, backend):
    path = tmp_path / "a.svg"
    lstmviz.draw(SPEC, "unfold", backend=backend).save(path)
    shot = tmp_path / "a.png"
    paper = Image.open(io.BytesIO(show("rsvg-convert", "-b", "white", path)))
    width, height = paper.size
    show("chromium", "--headless", "--no-sandbox", "--hide-scrollbars", "--disable-gpu",
         f"--user-data-dir={tmp_path / 'profile'}", f"--window-size={width},{height}",
         f"--screenshot={shot}", path.as_uri())  # fmt: skip
    assert ink(Image.open(shot)) == pytest.approx(ink(paper), rel=0.2)


@pytest.mark.parametrize("backend", ["graphviz", "matplotlib"])
def test_poppler_shows_the_pdf(tmp_path, backend):
    path = tmp_path / "a.pdf"
    lstmviz.draw(SPEC, "unfold", backend=backend).save(path)
    show("pdftoppm", "-png", "-singlefile", path, tmp_path / "a")
    assert ink(Image.open(tmp_path / "a.png")) > 0.02
