"""Every kind of figure is the same picture in Chromium, librsvg, CairoSVG, the PDF and the PNG.

One page of Chromium shows all ten figures, since starting it is what takes long.
"""

from __future__ import annotations

import io
import itertools
import subprocess
from dataclasses import replace
from functools import cache
from pathlib import Path

import cairosvg
import numpy as np
import pytest
from PIL import Image, ImageFilter

import lstmviz
from lstmviz import figures, pipeline
from lstmviz.backends.choices import BACKENDS
from lstmviz.figure_requests import plan
from lstmviz.scene.items import INK
from lstmviz.scene.labels import run_box
from tests.themes.test_colour import SHOWS

pytestmark = pytest.mark.browser
SPECS = Path(__file__).parents[1] / "specs"
ZOOM = 2
DPI = 96 * ZOOM
TILE = 32
FAR = {"pdf": 14.5, "chromium": 14, "librsvg": 18, "cairosvg": 26, "cairosvg paths": 18}
"""The most by which a tile (12 pt wide) of two slightly blurred pictures may differ, of 255.

Renderers differ in antialiasing and by a part of a pixel, outlines also in
kerning, which adds up to 3 px over a line of eighty letters, and CairoSVG hints
the widths of real text: a bold title ends 3 px early. The large sign of equality
between two drawings is part of a pixel off in a PDF: 14.1. A word of nine
letters that is missing differs by 15 and more.
"""


@cache
def drawn(kind, backend):
    spec = lstmviz.load(SPECS / f"{SHOWS[kind]}.yaml")
    return pipeline.compose(pipeline.trace(spec), plan(spec, kind, {"width": "text", "backend": backend}))


@pytest.fixture(scope="module")
def shots(tmp_path_factory):
    """Every figure as Chromium shows it, cut out of one screenshot."""
    folder = tmp_path_factory.mktemp("page")
    parts, places, top = [], {}, 0
    for kind, backend in itertools.product(figures.KINDS, BACKENDS):
        figure = drawn(kind, backend)
        name = f"{kind}-{backend}"
        (folder / f"{name}.svg").write_text(figure.svg, "utf-8")
        width, height = size(figure)
        parts.append(f'<img src="{name}.svg" decoding="sync" style="position:absolute;left:0;top:{top}px">')
        places[kind, backend] = (0, top * ZOOM, width, top * ZOOM + height)
        top += height // ZOOM + 8
    page = folder / "page.html"
    page.write_text(f'<body style="margin:0;background:#fff">{"".join(parts)}', "utf-8")
    shot = folder / "page.png"
    command = ["chromium", "--headless", "--no-sandbox", "--hide-scrollbars", "--disable-gpu",
               "--virtual-time-budget=60000", f"--force-device-scale-factor={ZOOM}",
               f"--user-data-dir={folder / 'profile'}",
               f"--window-size=800,{top}", f"--screenshot={shot}", page.as_uri()]  # fmt: skip
    subprocess.run(command, capture_output=True, check=True, timeout=120)
    whole = Image.open(shot).convert("RGB")
    return {key: whole.crop(box) for key, box in places.items()}


def size(figure):
    """Whole pixels of a figure."""
    return round(figure.scene.width * DPI / 72), round(figure.scene.height * DPI / 72)


def pictures(figure, folder, shot):
    """One figure in all ways, on white."""
    (folder / "a.svg").write_text(figure.svg, "utf-8")
    rsvg = subprocess.run(
        ["rsvg-convert", "-z", str(ZOOM), folder / "a.svg"], capture_output=True, check=True, timeout=60
    )
    return {
        "png": opened(figure.png(dpi=DPI)),
        "librsvg": opened(rsvg.stdout),
        "cairosvg paths": opened(cairosvg.svg2png(replace(figure, text="paths").svg.encode(), scale=ZOOM)),
        "cairosvg": opened(cairosvg.svg2png(figure.svg.encode(), scale=ZOOM)),
        "pdf": of_pdf(figure, folder),
        "chromium": shot,
    }


def of_pdf(figure, folder):
    """The page of a figure's PDF."""
    (folder / "a.pdf").write_bytes(figure.pdf)
    subprocess.run(["pdftoppm", "-png", "-r", str(DPI), "-singlefile", folder / "a.pdf", folder / "a"],
                   check=True, timeout=60)  # fmt: skip
    return Image.open(folder / "a.png").convert("RGB")


def opened(data):
    picture = Image.open(io.BytesIO(data)).convert("RGBA")
    white = Image.new("RGBA", picture.size, "white")
    return Image.alpha_composite(white, picture).convert("RGB")


def unlike(one, other, shape):
    """The mean difference of two pictures where they differ most."""
    apart = np.abs(soft(one, shape) - soft(other, shape))
    rows, columns = (n // TILE * TILE for n in apart.shape)
    tiles = apart[:rows, :columns].reshape(rows // TILE, TILE, columns // TILE, TILE).mean((1, 3))
    return float(tiles.max())


def soft(picture, shape):
    page = Image.new("L", shape, "white")
    page.paste(picture.convert("L"))
    return np.asarray(page.filter(ImageFilter.GaussianBlur(3)), float)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("kind", figures.KINDS)
def test_all_renderers_show_the_same_picture(kind, backend, shots, tmp_path):
    figure = drawn(kind, backend)
    shape = size(figure)
    found = pictures(figure, tmp_path, shots[kind, backend])
    sizes = {way: picture.size for way, picture in found.items()}
    assert all(abs(w - shape[0]) <= 4 and abs(h - shape[1]) <= 4 for w, h in sizes.values()), sizes
    differ = {way: round(unlike(found["png"], found[way], shape), 1) for way in FAR}
    assert {way: by for way, by in differ.items() if by > FAR[way]} == {}


@pytest.mark.parametrize("kind", figures.KINDS)
def test_both_backends_show_the_same_picture(kind):
    one, other = (opened(drawn(kind, backend).png(dpi=DPI)) for backend in BACKENDS)
    assert unlike(one, other, size(drawn(kind, "graphviz"))) < FAR["pdf"]


def test_a_missing_label_is_seen():
    """The tests above can fail."""
    figure = drawn("rolled", "graphviz")
    whole = opened(figure.png(dpi=DPI))
    assert unlike(whole, whole, whole.size) == 0
    words = [run for text in figure.scene.texts for run in text.label.runs]
    for word in (r for r in words if len(r.text) > 8 and r.tint == INK and r.font == "sans"):
        left, top, right, bottom = (round(n * DPI / 72) for n in run_box(word))
        less = whole.copy()
        less.paste("white", (left, top, right, bottom))
        assert unlike(whole, less, whole.size) > FAR["pdf"], word.text


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_pdf_in_sheets_is_the_same_page(tmp_path, monkeypatch, backend):
    figure = drawn("grid", backend)
    whole = of_pdf(figure, tmp_path)
    monkeypatch.setattr("lstmviz.backends.engines.SHEET", 9)
    assert len(figure.pdf) > 2 * (tmp_path / "a.pdf").stat().st_size  # every sheet has its fonts
    # Each sheet has its own subsets of the fonts, of which poppler smooths a few glyphs otherwise: that is
    # less than a tenth of what a word makes that is left out.
    assert unlike(whole, of_pdf(figure, tmp_path), size(figure)) < FAR["pdf"] / 10
