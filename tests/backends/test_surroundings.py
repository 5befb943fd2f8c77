"""What drawing leaves alone: environment, settings, streams; and repeatability."""

from __future__ import annotations

import hashlib
import os
import pickle
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from lstmviz.backends import FORMATS, digest, paint
from lstmviz.backends.choices import BACKENDS

DRAW = """
import hashlib, pickle, sys
from lstmviz.backends import paint
with open(sys.argv[1], "rb") as file:
    scene = pickle.load(file)
for backend in sys.argv[2].split(","):
    for fmt in sys.argv[3].split(","):
        print(hashlib.sha256(paint(scene, "light", backend=backend, fmt=fmt)).hexdigest())
"""


@pytest.fixture
def outside(scene, tmp_path):
    """Draw in another process; give its lines and what it wrote to standard error."""
    kept = tmp_path / "scene.pickle"
    kept.write_bytes(pickle.dumps(scene))
    work = tmp_path / "work"
    work.mkdir()

    def outside(backends="graphviz", formats="svg,png,pdf,dot", code=DRAW, **environment):
        root = str(Path(__file__).parents[2])
        env = {"PATH": os.environ["PATH"], "PYTHONPATH": root, "LSTMVIZ_CACHE_DIR": str(tmp_path / "cache")}
        env = {k: v for k, v in (env | environment).items() if v is not None}
        command = [sys.executable, "-W", "error::ResourceWarning", "-c", code, str(kept), backends, formats]
        done = subprocess.run(command, env=env, cwd=work, capture_output=True, text=True, check=False)
        assert not list(work.iterdir())
        return done.stdout.split(), done.stderr

    return outside


def here(scene, backends="graphviz", formats="svg,png,pdf,dot"):
    return [
        hashlib.sha256(paint(scene, "light", backend=b, fmt=f)).hexdigest()
        for b in backends.split(",")
        for f in formats.split(",")
    ]


@pytest.mark.parametrize("backend", BACKENDS)
def test_equal_bytes_twice_and_under_any_hash_seed(scene, outside, backend):
    expected = here(scene, backend)
    assert here(scene, backend) == expected
    for seed in ("0", "4711"):
        assert outside(backend, PYTHONHASHSEED=seed, HOME="/nonexistent") == (expected, "")


def test_no_font_settings_of_the_user_matter(scene, outside, tmp_path):
    empty = tmp_path / "empty.conf"
    empty.write_text("<fontconfig></fontconfig>")
    assert outside(FONTCONFIG_FILE=str(empty), FONTCONFIG_PATH=str(tmp_path), HOME=None) == (here(scene), "")


def test_a_cache_that_cannot_be_written_is_done_without(scene, outside, tmp_path):
    (tmp_path / "file").write_text("")
    assert outside(LSTMVIZ_CACHE_DIR=str(tmp_path / "file" / "cache")) == (here(scene), "")


@pytest.mark.parametrize("name", ["a\x1bb", "a\udcffb", "a\nb", 'a&<b">'])
def test_a_cache_whose_name_xml_cannot_hold(scene, outside, tmp_path, name):
    assert outside(LSTMVIZ_CACHE_DIR=str(tmp_path / name)) == (here(scene), "")


def test_no_matplotlibrc_of_the_user_matters(scene, outside, tmp_path):
    (tmp_path / "matplotlibrc").write_text(
        "pdf.compression: 0\nsvg.fonttype: path\nfigure.dpi: 33\npath.snap: False\nno.such: 1\n"
    )
    assert outside("matplotlib", MATPLOTLIBRC=str(tmp_path)) == (here(scene, "matplotlib"), "")


def test_importing_the_room_imports_no_painter(outside):
    heavy = {"matplotlib", "pygraphviz", "fontTools", "graphviz"}
    code = f"import sys, lstmviz.backends; print(*{heavy} & set(sys.modules))"
    assert outside(code=code) == ([], "")


def test_environment_and_settings_are_as_before(scene, monkeypatch):
    import matplotlib as mpl

    monkeypatch.setenv("FONTCONFIG_FILE", "/some/where")
    before, settings, had = dict(os.environ), mpl.rcParams.copy(), "matplotlib.pyplot" in sys.modules
    for backend in BACKENDS:
        for fmt in FORMATS:
            paint(scene, "light", backend=backend, fmt=fmt)
    assert dict(os.environ) == before
    assert mpl.rcParams.copy() == settings
    assert ("matplotlib.pyplot" in sys.modules) == had  # other tests' libraries may have brought it


def test_the_first_drawing_restores_the_environment(outside):
    code = (
        "import os\nbefore = dict(os.environ)\n" + DRAW + "assert dict(os.environ) == before\n"
        "import threading; assert threading.active_count() == 1"
    )
    assert outside(code=code, FONTCONFIG_SYSROOT="/nowhere")[1] == ""
    assert outside(code=code)[1] == ""


def test_nothing_reaches_standard_error(build, hostile, capfd):
    for backend in BACKENDS:
        for fmt in FORMATS:
            paint(build(*hostile), "light", backend=backend, fmt=fmt)
    assert capfd.readouterr() == ("", "")


def test_nothing_is_logged_in_a_program_that_shows_logs(scene, outside):
    shown = "import logging; logging.basicConfig(level=logging.INFO)"
    lines, err = outside(
        ",".join(BACKENDS), code=shown + DRAW + "print(logging.getLogger('fontTools.subset').level)"
    )
    assert err == ""
    assert lines[-1] == "0"


@pytest.mark.parametrize("backend", BACKENDS)
def test_threads_get_the_bytes_of_one(build, backend):
    scenes = [build(f"figure {i}") for i in range(8)]
    formats = ("svg", "png", "pdf") if backend == "graphviz" else ("svg", "png")  # its PDF takes 0.2 s

    def draw(scene):
        return [paint(scene, "light", backend=backend, fmt=fmt) for fmt in formats]

    alone = [draw(s) for s in scenes]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(draw, scenes)) == alone


WITHOUT = "import sys\nsys.modules['pygraphviz'] = None\n"


def test_without_pygraphviz_a_graphviz_asked_for_by_name_says_so(outside):
    _, err = outside(code=WITHOUT + DRAW)
    assert "MissingDependencyError: pygraphviz is not installed: pip install pygraphviz, or leave out" in err


def test_without_pygraphviz_matplotlib_paints_and_the_figure_is_as_fresh(scene, outside):
    drawn = DRAW.replace("backend=backend", "default_backend=backend")
    there, err = outside(code=WITHOUT + drawn, formats="png,pdf")
    assert (err, there) == ("", here(scene, "matplotlib", "png,pdf")) or len(set(there)) == 2
    code = (
        WITHOUT
        + "import pickle\nfrom lstmviz.backends import digest, paint\n"
        + (
            "scene = pickle.load(open(sys.argv[1], 'rb'))\n"
            "from lstmviz.backends import embedded_digest\n"
            "print(embedded_digest(paint(scene, 'light', fmt='pdf')), digest(scene, 'light'))\n"
        )
    )
    (in_file, asked), _ = outside(code=code)
    assert in_file == asked == digest(scene, "light")


def test_drawing_into_axes_of_the_user(scene):
    import matplotlib as mpl
    from matplotlib.figure import Figure

    from lstmviz.backends.matplotlib import draw_into
    from lstmviz.themes import load_theme

    settings, had = mpl.rcParams.copy(), "matplotlib.pyplot" in sys.modules
    figure = Figure((5, 8))
    ax = figure.add_subplot()
    draw_into(ax, scene, load_theme("light"))
    import io

    for fmt in ("png", "svg", "pdf"):
        out = io.BytesIO()
        figure.savefig(out, format=fmt)
        if fmt == "svg":
            assert b'id="cell.l0.fwd.t1"' in out.getvalue()
    assert ax.get_aspect() == 1
    assert ax.get_ylim() == (scene.height, 0)
    assert not ax.axison
    assert mpl.rcParams.copy() == settings
    assert ("matplotlib.pyplot" in sys.modules) == had  # other tests' libraries may have brought it
