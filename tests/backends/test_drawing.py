"""The display list: what is painted where, in which order."""

from __future__ import annotations

import math

import pytest

from lstmviz.backends.drawing import PathMark, TextMark, display_list, legal
from lstmviz.backends.lines import edge_lines, hollow_head, measure
from lstmviz.scene.geometry import bounds, distance
from lstmviz.scene.items import Edge, Frame, Label, Polygon, Run, Text, Tint
from lstmviz.scene.scene import Scene
from lstmviz.themes import load_theme


def drawn(**items):
    return display_list(Scene("k", "t", "d", 200, 100, **items), load_theme("light"))


def edge(route, **more):
    return Edge("e", "a", "b", "hidden", tuple(route), **more)


def test_order_is_low_forms_frames_high_forms_edges_nodes_texts(scene):
    kinds = [g.kind for g in display_list(scene, load_theme("light")).groups]
    first = {kind: kinds.index(kind) for kind in ("frame", "edge", "node", "text")}
    assert kinds[0] == "shape"  # z = 0
    assert kinds[first["frame"] - 1] == "shape"
    assert (
        first["frame"] < kinds.index("shape", first["frame"]) < first["edge"] < first["node"] < first["text"]
    )


@pytest.mark.parametrize("more", [{}, {"double": True, "line": 0.9}, {"head": "hollow"}, {"line": 0.75}])
def test_the_tip_is_the_end_of_the_route(more):
    _, head = edge_lines(edge([(0, 0), (50, 0), (50, 40)], **more))
    tip = head.segments[0][0]
    pen = measure(edge([(0, 0), (9, 0)], **more)).scale if more.get("head") == "hollow" else 0.0
    size = measure(edge([(0, 0), (9, 0)], **more))
    slant = math.atan2(size.wide / 2, size.long)
    assert distance(tip, (50, 40)) == pytest.approx(pen / 2 / math.sin(slant), abs=1e-6)
    assert tip[0] == pytest.approx(50)


def test_a_hollow_head_paints_the_same_triangle_as_a_filled_one():
    head = hollow_head([(0, 0), (20, 0)], 5.5, 5.2, 1.0)
    back, half = head.start[0], head.start[1]
    assert back - 0.5 == pytest.approx(20 - 5.5)  # its stroke reaches as far back
    assert abs(half) < 2.6


def test_the_line_ends_inside_its_head():
    (line,), head = edge_lines(edge([(0, 0), (60, 0)]))
    assert line.points[-1][0] == pytest.approx(60 - 5.5 + 0.6)
    assert head.start[0] < line.points[-1][0] < 60


def test_cuts_are_left_open_and_dashes_begin_anew():
    lines, _ = edge_lines(edge([(0, 0), (100, 0)], cuts=((40, 50),), dashed=True))
    spans = [(p.start[0], p.points[-1][0]) for p in lines]
    assert all(b <= 40 + 1e-6 or a >= 50 - 1e-6 for a, b in spans)
    assert any(b == pytest.approx(40) for _, b in spans)
    assert any(a == pytest.approx(50) for a, _ in spans)


def test_the_two_lines_of_c_are_parallel_and_concentric():
    lines, _ = edge_lines(edge([(0, 0), (40, 0), (40, 40)], double=True, line=0.9, head="none"))
    left, right = lines
    assert left.start == (0, pytest.approx(-1.1))
    assert right.start == (0, pytest.approx(1.1))
    (_, _, end), (_, _, inner) = left.segments[1], right.segments[1]
    assert end[1] == pytest.approx(4)  # both arcs end beside the same point of the route
    assert inner[1] == pytest.approx(4)


def test_dashes_of_both_lines_of_c_are_as_many():
    lines, _ = edge_lines(edge([(0, 0), (40, 0), (40, 40)], double=True, line=0.9, dashed=True))
    sides = [sum(abs(distance(p.start, (0, y)) - 0) >= 0 for p in lines) for y in (-1.1, 1.1)]
    assert sides[0] == sides[1] == len(lines)
    assert len(lines) % 2 == 0


def test_scaling_a_line_scales_its_head():
    small, large = (measure(edge([(0, 0), (99, 0)], line=w)) for w in (0.75, 1.5))
    assert large.long == pytest.approx(5.5)
    assert small.long == pytest.approx(2.75)


def test_doors_open_both_lines_of_a_double_frame():
    frame = Frame("f", "cell", (0, 0, 100, 50), double=True, doors=((30, 50, 6), (0, 2, 6)))
    (group,) = drawn(frames=(frame,)).groups
    for path in group.marks[0].paths:
        for x, y in path.points:
            assert not (24.01 < x < 35.99 and y > 40)
            assert not (x < 2 and y < 7.9 and y > 2.1)
    assert group.marks[0].width == 0.75


def test_a_door_over_a_corner_is_one_opening():
    frame = Frame("f", "cell", (0, 0, 100, 50), doors=((0, 1, 5),))
    (group,) = drawn(frames=(frame,)).groups
    (path,) = group.marks[0].paths
    assert {path.start, path.points[-1]} == {(0.0, 6.0), (4.0, 0.0)}


def test_hollow_nodes_have_no_fill(scene):
    groups = {g.id: g for g in display_list(scene, load_theme("light")).groups if g.id}
    assert groups["output.t1"].marks[0].fill is None
    assert groups["output.t1"].marks[0].width == 2.25
    assert isinstance(groups["cell.l0.fwd.t5"].marks[0], TextMark)  # outline none


def test_a_dashed_ellipse_stays_on_its_box():
    form = Polygon(((0, 0), (40, 0), (40, 20), (0, 20)), stroke=Tint("ink"), ellipse=True, dash=(2, 1))
    (group,) = drawn(polygons=(form,)).groups
    box = bounds([p for path in group.marks[0].paths for p in path.points])
    assert box == pytest.approx((0, 0, 40, 20), abs=0.1)
    assert len(group.marks[0].paths) > 20


def test_outer_blanks_do_not_move_the_ink():
    runs = (Run(10, 0, "  a", "mono", 10), Run(10, 0, "a  ", "mono", 10, "end"), Run(10, 0, " ", "sans", 9))
    (group,) = drawn(texts=(Text(Label("x", runs)),)).groups
    marks = group.marks
    assert [m.text for m in marks] == ["a", "a"]
    assert marks[0].x == pytest.approx(22.04, abs=0.01)
    assert marks[1].x == pytest.approx(-2.04, abs=0.01)


def test_only_legal_characters_are_left():
    assert legal("a\x00\x1bb\nc\td\ufffe\ud800é中🙂") == "a��b c d��é中🙂"


def test_nothing_is_painted_for_nothing():
    assert (
        drawn(texts=(Text(Label("", ())),), polygons=(Polygon(((0, 0), (1, 1)), closed=False),)).groups == ()
    )


def test_roles_without_paint_are_muted():
    (group,) = drawn(frames=(Frame("f", "note", (0, 0, 9, 9)),)).groups
    assert group.marks == (PathMark(group.marks[0].paths, None, load_theme("light").colours["muted"]),)
