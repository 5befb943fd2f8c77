"""PNG, PDF, JSON and DOT: what the files say about themselves."""

from __future__ import annotations

import io
import json
import re
import shutil
import struct
import subprocess
from dataclasses import replace

import pytest

from lstmviz.backends import paint
from lstmviz.backends.choices import BACKENDS
from lstmviz.backends.png import fit
from lstmviz.errors import FigureError


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("dpi", [96, 192, 300])
def test_png_has_its_true_resolution(scene, backend, dpi):
    image = pytest.importorskip("PIL.Image")
    with image.open(io.BytesIO(paint(scene, "light", fmt="png", backend=backend, dpi=dpi))) as picture:
        assert picture.info["dpi"] == pytest.approx((dpi, dpi), abs=0.02)
        assert re.fullmatch("sha256:[0-9a-f]{64}", picture.text["lstmviz"])
        size = tuple(-int(-n * dpi / 72 // 1) for n in (scene.width, scene.height))
        assert picture.size == size
        assert picture.convert("RGB").getpixel((0, 0)) == (255, 255, 255)


@pytest.mark.parametrize("size", [(20000, 300), (300, 20000), (9000, 9000)])
def test_a_png_too_large_is_refused_with_a_resolution_that_will_do(scene, size):
    """Graphviz would shrink it, and still claim the resolution asked for."""
    large = replace(scene, width=size[0], height=size[1])
    with pytest.raises(FigureError, match=r"too large: choose svg or pdf, or --dpi \d+ or less") as caught:
        paint(large, "light", fmt="png", dpi=192)
    dpi = int(re.search(r"--dpi (\d+)", str(caught.value))[1])
    fit(large, dpi)
    with pytest.raises(FigureError):
        fit(large, dpi + 2)


@pytest.mark.parametrize("backend", BACKENDS)
def test_png_can_be_transparent(scene, backend):
    image = pytest.importorskip("PIL.Image")
    with image.open(
        io.BytesIO(paint(scene, "light", fmt="png", backend=backend, transparent=True))
    ) as picture:
        assert picture.convert("RGBA").getpixel((1, 1))[3] == 0


def test_png_of_both_backends_look_alike(scene):
    image = pytest.importorskip("PIL.Image")
    chops = pytest.importorskip("PIL.ImageChops")
    one, two = (
        image.open(io.BytesIO(paint(scene, "light", fmt="png", backend=b))).convert("L") for b in BACKENDS
    )
    histogram = chops.difference(one, two).histogram()
    assert sum(histogram[96:]) / sum(histogram) < 0.004


@pytest.mark.parametrize("backend", BACKENDS)
def test_png_chunks_are_whole(scene, backend):
    import zlib

    data = paint(scene, "light", fmt="png", backend=backend)
    at, kinds = 8, []
    while at < len(data):
        (size,) = struct.unpack(">I", data[at : at + 4])
        body = data[at + 4 : at + 8 + size]
        assert zlib.crc32(body) == struct.unpack(">I", data[at + 8 + size : at + 12 + size])[0]
        kinds.append(body[:4])
        at += 12 + size
    assert kinds[0] == b"IHDR"
    assert kinds[-1] == b"IEND"
    assert kinds.count(b"pHYs") == kinds.count(b"tEXt") == 1


@pytest.mark.parametrize("backend", BACKENDS)
def test_pdf_has_its_page_its_hash_and_no_clock(scene, backend):
    data = paint(scene, "light", fmt="pdf", backend=backend)
    assert data.startswith(b"%PDF-")
    assert b"Date" not in data
    assert re.search(rb"/Keywords \(lstmviz sha256:[0-9a-f]{64}\)", data)
    box = [float(n) for n in re.search(rb"/MediaBox \[ (.*?) \]", data)[1].split()]
    assert box[2] - box[0] == pytest.approx(scene.width, abs=0.01)
    assert box[3] - box[1] == pytest.approx(scene.height, abs=0.01)
    assert "A title".encode("utf-16-be").hex().encode() in data


@pytest.mark.parametrize("backend", BACKENDS)
def test_every_object_of_a_pdf_is_where_its_table_says(scene, backend):
    data = paint(scene, "light", fmt="pdf", backend=backend)
    table = int(re.search(rb"startxref\n(\d+)\n%%EOF\n$", data)[1])
    rows = re.findall(rb"(\d{10}) \d{5} ([nf]) \n", data[table:])
    for number, (at, state) in enumerate(rows):
        if state == b"n":
            assert data[int(at) :].startswith(b"%d 0 obj" % number)
    assert {int(n) for n in re.findall(rb"(\d+) 0 R", data)} < set(range(len(rows)))


@pytest.mark.skipif(not shutil.which("pdffonts"), reason="needs poppler")
@pytest.mark.parametrize("backend", BACKENDS)
def test_pdf_fonts_are_embedded_truetype(build, backend, tmp_path):
    path = tmp_path / "f.pdf"
    path.write_bytes(paint(build("⊙ ö"), "light", fmt="pdf", backend=backend))
    done = subprocess.run(["pdffonts", path], capture_output=True, text=True, check=True)
    rows = done.stdout.splitlines()[2:]
    assert not done.stderr
    assert {"STIXGeneral-Italic", "DejaVuSans", "DejaVuSansMono"} <= {
        r.split()[0].split("+")[1] for r in rows
    }
    for line in rows:
        assert "TrueType" in line
        assert "Type 3" not in line
        assert line.split()[-5:-2] == ["yes", "yes", "yes"]
    words = subprocess.run(["pdftotext", path, "-"], capture_output=True, text=True, check=True).stdout
    assert "never batch-first" in words


def test_json_is_the_scene(scene):
    data = json.loads(paint(scene, "light", fmt="json"))
    assert [n["id"] for n in data["nodes"]] == [n.id for n in scene.nodes]


def drawn(source, fmt="svg"):
    from lstmviz.backends.fonts import shown_to_fontconfig

    pygraphviz = pytest.importorskip("pygraphviz")
    with shown_to_fontconfig():
        graph = pygraphviz.AGraph(string=source)
        return graph, graph.draw(format=fmt, prog="nop2")


def test_dot_has_real_nodes_and_edges_that_graphviz_draws(scene, capfd):
    graph, svg = drawn(paint(scene, "light", fmt="dot").decode())
    assert {n.id for n in scene.nodes} <= set(graph.nodes())
    assert graph.graph_attr["layout"] == "nop2"
    node = graph.get_node("cell.l0.fwd.t2")
    assert (node.attr["class"], node.attr["label"]) == ("node role-param", "LSTM")
    assert node.attr["pos"] == "104,125.5"
    routes = {e.attr["id"]: e.attr for e in graph.edges()}
    assert {e.id for e in scene.edges} == set(routes)
    assert routes["double"]["color"] == "#00664d:#00664d"
    assert routes["reverse"]["style"] == "dashed"
    assert routes["reverse"]["arrowhead"] == "empty"
    assert routes["corners"]["pos"].count(";") == 1
    assert b'id="cell.l0.fwd.t1"' in svg
    assert capfd.readouterr() == ("", "")


def test_dot_survives_hostile_labels(build, hostile, capfd):
    graph, svg = drawn(paint(build(*hostile), "light", fmt="dot").decode())
    from xml.etree import ElementTree as ET

    words = {t.text for t in ET.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")}
    assert {t for t in hostile if t.isprintable()} <= {w.replace("\xa0", " ") for w in words if w}
    assert capfd.readouterr() == ("", "")
    assert len(graph.nodes()) == len(build(*hostile).nodes) + len(build(*hostile).texts) + 2


def test_dot_labels_have_scripts(scene):
    assert "<→h<SUB>1</SUB><SUP>(0)</SUP>>" in paint(scene, "light", fmt="dot").decode()


def test_the_page_of_a_pdf_is_written_without_exponents():
    """1.1e-13 is no number in PDF, and viewers then show a page of another size."""
    from lstmviz.backends.drawing import Drawing
    from lstmviz.backends.pdf import _paged

    drawing = Drawing(493.23, 521.4200000000001, "#ffffff", ())
    assert _paged(b"/MediaBox [ 0 0 493.23 521.42 ]", drawing) == b"/MediaBox [ 0 0.0000 493.2300 521.4200 ]"


def test_json_in_pieces_is_the_whole(scene, monkeypatch):
    monkeypatch.setattr("lstmviz.scene.json.BATCH", 2)
    for one in (scene, replace(scene, edges=(), notes=("a", "ö", "T is 96"), title='"\n')):
        whole = json.dumps(one.to_dict(), ensure_ascii=False, indent=1) + "\n"
        assert (
            paint(one, "light", fmt="json").decode("utf-8", "replace")
            == whole.encode("utf-8", "replace").decode()
        )
