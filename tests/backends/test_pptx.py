"""A figure as a slide: native shapes and text, whole, and the same bytes every time."""

from __future__ import annotations

import io

import pytest
from pptx import Presentation
from pptx.enum.shapes import MSO_SHAPE_TYPE

import lstmviz
from lstmviz.backends import embedded_digest
from lstmviz.backends.pptxtext import boxes
from lstmviz.errors import MissingDependencyError
from lstmviz.figures import KINDS

SPEC = {
    "title": "A <&> title",
    "input": {"batch_size": 3, "timesteps": 4, "features": 2, "lengths": [4, 2, 1]},
    "layers": [{"lstm": {"hidden_size": 5, "num_layers": 2, "bidirectional": True}}, {"linear": 1}],
}
IMAGE = {
    "input": {"channels": 1, "height": 8, "width": 8},
    "layers": [{"conv2d": {"out_channels": 4, "kernel_size": 3}}],
}
MLP = {"input": {"batch_size": 5, "features": 3}, "layers": [{"linear": 4}]}
NATIVE = {MSO_SHAPE_TYPE.AUTO_SHAPE, MSO_SHAPE_TYPE.FREEFORM, MSO_SHAPE_TYPE.TEXT_BOX, MSO_SHAPE_TYPE.LINE}


def figure(kind, **options):
    return lstmviz.draw({"volumes": IMAGE, "neurons": MLP}.get(kind, SPEC), kind, **options)


def opened(fig):
    return Presentation(io.BytesIO(fig.paint("pptx")))


def walked(shapes):
    for shape in shapes:
        yield shape
        if shape.shape_type == MSO_SHAPE_TYPE.GROUP:
            yield from walked(shape.shapes)


def words(shapes):
    return [s.text_frame.text for s in walked(shapes) if s.has_text_frame and s.text_frame.text]


@pytest.mark.parametrize("kind", KINDS)
def test_all_of_it_is_native_and_every_label_is_there(kind):
    fig = figure(kind)
    (slide,) = opened(fig).slides
    shapes = list(walked(slide.shapes))
    assert {s.shape_type for s in shapes} - {MSO_SHAPE_TYPE.GROUP} <= NATIVE
    assert len({s.shape_id for s in shapes}) == len(shapes)
    names = {s.name for s in shapes}
    assert {n.id for n in fig.scene.nodes if n.outline != "none" or n.label} <= names
    assert {e.id for e in fig.scene.edges} <= names
    said = "".join("".join(words(slide.shapes)).split())
    labels = [item.label for item in (*fig.scene.nodes, *fig.scene.texts) if item.label]
    assert labels
    for label in labels:
        for run in label.runs:
            assert "".join(run.text.split()) in said, label.text


def test_a_node_keeps_its_place_and_its_form():
    fig = figure("grid")
    found = {s.name: s for s in walked(opened(fig).slides[0].shapes) if s.shape_type != MSO_SHAPE_TYPE.GROUP}
    for node in fig.scene.nodes:
        if node.outline != "none":
            box = found[node.id]
            ends = (box.left, box.top, box.left + box.width, box.top + box.height)
            assert [e / 12700 for e in ends] == pytest.approx(node.box, abs=0.01)
    assert found["cell.l0.fwd.t1"].auto_shape_type.name == "ROUNDED_RECTANGLE"
    assert found["x.t1"].auto_shape_type.name == "RECTANGLE"


def test_a_straight_arrow_holds_on_to_its_nodes_and_has_its_head():
    slide = opened(figure("grid")).slides[0]
    xml = {s.name: s._element.xml for s in walked(slide.shapes)}
    numbers = {s.name: s.shape_id for s in walked(slide.shapes)}
    arrow = next(x for x in xml.values() if "<a:stCxn" in x and "<a:endCxn" in x)
    assert 'type="triangle"' in arrow
    ids = {str(n) for n in numbers.values()}
    assert {part.split('"')[1] for part in arrow.split("Cxn id=")[1:]} <= ids


def test_the_slide_is_as_large_as_the_figure():
    for width, size in (("column", 84 / 25.4), ("slide", 338.7 / 25.4)):
        assert opened(figure("rolled", width=width)).slide_width / 914400 == pytest.approx(size, abs=0.001)


def test_what_goes_together_is_one_text_box():
    fig = figure("cell")
    label = next(n.label for n in fig.scene.nodes if n.label and "W" in n.label.text)
    from lstmviz.backends.drawing import Brush
    from lstmviz.themes import load_theme

    found = boxes(Brush(load_theme("light")).label(label))
    assert len(found) < len(label.runs)
    assert any("baseline=" in part.runs for part in found)


def test_equal_bytes_that_carry_their_hash():
    first, again = figure("unfold").paint("pptx"), figure("unfold").paint("pptx")
    assert first == again
    assert embedded_digest(first) == figure("unfold").digest()
    assert opened(figure("unfold")).core_properties.title == "A <&> title"


def test_dark_has_its_ground():
    xml = opened(figure("rolled", theme="dark")).slides[0]._element.xml
    assert '<a:srgbClr val="11151A"/>' in xml.split("</p:bg>")[0]


def test_check_knows_a_fresh_one(run, small):
    assert run("render", small, "-f", "pptx", "--kind", "rolled", "-q")[0] == 0
    code, _, said = run("render", small, "-f", "pptx", "--kind", "rolled", "--check")
    assert (code, said.splitlines()[0]) == (0, "fresh output/small-rolled.pptx")


def test_without_python_pptx_it_is_said_what_to_install(run, small, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "pptx", None)
    with pytest.raises(MissingDependencyError, match=r"pip install 'lstmviz\[pptx\]'"):
        figure("rolled").paint("pptx")
    code, _, said = run("render", small, "-f", "pptx", "--kind", "rolled")
    assert code == 3
    assert "python-pptx is not installed: pip install 'lstmviz[pptx]'" in said
