"""Figures in Inkscape and other programs that show SVG, also where few fonts are installed."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from itertools import combinations
from pathlib import Path

import matplotlib as mpl
import pytest
from PIL import Image

import lstmviz
from tests.conftest import ROOT, SPEC

pytestmark = pytest.mark.browser
FONTS = """<fontconfig><dir>{folder}</dir><cachedir>{folder}/cache</cachedir>
<alias><family>serif</family><prefer><family>DejaVu Serif</family></prefer></alias>
<alias><family>sans-serif</family><prefer><family>DejaVu Sans</family></prefer></alias>
</fontconfig>"""
"""DejaVu and nothing else: no STIX, and no Times of any kind."""
TO_PDF = {
    "Inkscape": "inkscape a.svg --export-filename=a.pdf",
    "librsvg": "rsvg-convert -f pdf a.svg -o a.pdf",
    "CairoSVG": f"{sys.executable} -m cairosvg a.svg -o a.pdf",
    "Chromium": "chromium --headless --no-sandbox --disable-gpu --user-data-dir={folder}/profile "
                "--no-pdf-header-footer --print-to-pdf={folder}/a.pdf file://{folder}/a.svg",
    "LibreOffice": "soffice -env:UserInstallation=file://{folder}/profile --headless --convert-to pdf a.svg",
}  # fmt: skip
TO_PNG = {
    "Inkscape": "inkscape a.svg --export-filename=a.png",
    "librsvg": "rsvg-convert a.svg -o a.png",
    "CairoSVG": f"{sys.executable} -m cairosvg a.svg -o a.png",
}


def converted(command, folder, **more):
    """Run a program in a folder where a.svg is."""
    words = command.format(folder=folder).split()
    done = subprocess.run(
        words, cwd=folder, env=os.environ | more, capture_output=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr[-500:]


def words_of(pdf):
    """The words on a page, each as its box and its text."""
    said = subprocess.run(["pdftotext", "-bbox", pdf, "-"], capture_output=True, text=True, check=True).stdout
    found = re.findall(r'xMin="(.*?)" yMin="(.*?)" xMax="(.*?)" yMax="(.*?)">(.*?)</word>', said)
    return [(*map(float, box), text) for *box, text in found]


def over_each_other(one, other, apart=0.5):
    """Whether two words of one line share more than half a point of its length."""
    wide = min(one[2], other[2]) - max(one[0], other[0])
    high = min(one[3], other[3]) - max(one[1], other[1])
    return wide > apart and high > 0.5 * min(one[3] - one[1], other[3] - other[1])


@pytest.mark.parametrize("program", sorted(TO_PDF))
def test_plain_formulas_survive_where_no_times_is_installed(tmp_path, program):
    fonts = tmp_path / "fonts"
    fonts.mkdir()
    for path in Path(mpl.get_data_path(), "fonts/ttf").glob("DejaVu*.ttf"):
        (fonts / path.name).symlink_to(path)
    (tmp_path / "fonts.conf").write_text(FONTS.format(folder=fonts), "utf-8")
    lstmviz.draw(ROOT / "specs/lstm.yaml", "cell", text="plain").save(tmp_path / "a.svg")
    converted(TO_PDF[program], tmp_path, FONTCONFIG_FILE=str(tmp_path / "fonts.conf"))
    used = subprocess.run(["pdffonts", tmp_path / "a.pdf"], capture_output=True, text=True, check=True).stdout
    assert "DejaVuSerif" in used
    words = words_of(tmp_path / "a.pdf")
    assert len(words) > 200
    assert [(a[4], b[4]) for a, b in combinations(words, 2) if over_each_other(a, b)] == []


@pytest.mark.parametrize("program", sorted(TO_PNG))
def test_auto_stays_light_where_the_docs_say_so(tmp_path, program):
    lstmviz.draw(SPEC, "unrolled", theme="auto").save(tmp_path / "a.svg")
    converted(TO_PNG[program], tmp_path)
    with Image.open(tmp_path / "a.png") as picture:
        assert picture.convert("RGBA").getpixel((2, 2))[:3] == (255, 255, 255)


def ink(path):
    """How dark a picture is in all, on white."""
    with Image.open(path) as picture:
        shown = picture.convert("RGBA")
    shown = Image.alpha_composite(Image.new("RGBA", shown.size, "white"), shown).convert("L")
    return sum((255 - grey) * many for grey, many in enumerate(shown.histogram()))


def test_inkscape_shows_formulas_as_librsvg_does(tmp_path):
    """It loads no embedded font: what it shows of formulas are the outlines."""
    lstmviz.draw(ROOT / "specs/lstm.yaml", "cell").save(tmp_path / "a.svg")
    shades = []
    for program in ("Inkscape", "librsvg"):
        converted(TO_PNG[program], tmp_path)
        shades.append(ink(tmp_path / "a.png"))
    assert shades[0] == pytest.approx(shades[1], rel=0.02)
