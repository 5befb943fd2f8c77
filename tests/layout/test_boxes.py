"""Items know their size before they are drawn; rows, stacks and grids align their cores."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lstmviz.layout.boxes import (
    Item,
    beside,
    fit,
    flow,
    framed,
    grid,
    line,
    mosaic,
    moved,
    node,
    padded,
    para,
    pin,
    row,
    space,
    stack,
    within,
)
from lstmviz.layout.links import link, route
from lstmviz.scene.canvas import Canvas
from lstmviz.scene.items import GROUND
from lstmviz.scene.labels import EMPTY, words


def block(wide, high, sides=(0.0, 0.0, 0.0, 0.0)):
    """A painted core, and painted sides."""
    left, above, right, below = sides

    def draw(canvas, x, y):
        canvas.box((x, y, x + wide, y + high), fill=GROUND, role="op")
        canvas.box((x - left, y - above, x + wide + right, y + high + below), fill=GROUND)

    return Item(wide, high, draw, sides)


def cores(item):
    """The boxes of the painted cores, with the item's corner at (100, 100)."""
    canvas = Canvas()
    item.draw(canvas, 100, 100)
    return [(*p.points[0], *p.points[2]) for p in canvas.polygons if p.role == "op"]


lengths = st.floats(1, 60)
blocks = st.builds(block, lengths, lengths, st.tuples(*[st.floats(0, 20)] * 4))
items = st.recursive(
    blocks,
    lambda inner: st.one_of(
        st.builds(lambda some, gap, a: row(*some, gap=gap, align=a), st.lists(inner, max_size=4),
                  st.floats(0, 9), st.sampled_from(["start", "middle", "end"])),
        st.builds(lambda some, gap, a: stack(*some, gap=gap, align=a), st.lists(inner, max_size=4),
                  st.floats(0, 9), st.sampled_from(["start", "middle", "end"])),
        st.builds(lambda a, b, x, y, c: pin(a, b, (x, y), c), inner, inner, st.floats(-40, 80),
                  st.floats(-40, 80), st.tuples(st.floats(0, 1), st.floats(0, 1))),
        st.builds(beside, inner, inner,
                  st.sampled_from(["left", "right", "above", "below"])),
        st.builds(flow, st.lists(inner, max_size=5), st.floats(10, 200)),
        st.builds(lambda one, more, a: within(one, one.wide + more, a), inner, st.floats(0, 40),
                  st.sampled_from(["start", "middle", "end"])),
        st.builds(lambda one, pad: framed(one, pad, fill=GROUND), inner, st.floats(0, 9)),
        st.builds(lambda a, b, c: grid([[a, b], [b, c]], (3.0, 4.0)), inner, inner, inner),
        st.builds(lambda a, b, c: mosaic("a a\nb c", {"a": a, "b": b, "c": c}, (3.0, 4.0)),
                  inner, inner, inner),
    ),
    max_leaves=8,
)  # fmt: skip


@given(items)
def test_an_item_is_drawn_in_the_room_that_it_says(item):
    canvas = Canvas()
    item.place(canvas)
    for x, y in (point for polygon in canvas.polygons for point in polygon.points):
        assert -1e-6 <= x <= item.width + 1e-6
        assert -1e-6 <= y <= item.height + 1e-6


def test_cores_are_aligned_whatever_stands_at_their_sides():
    one, two = block(10, 20, (30, 0, 0, 0)), block(40, 5)
    assert cores(stack(one, two)) == [(100, 100, 110, 120), (100, 120, 140, 125)]
    assert cores(stack(one, two, align="end"))[0] == (130, 100, 140, 120)
    assert stack(one, two).sides == (30, 0, 0, 0)
    assert stack(one, two, align="end").sides == (0, 0, 0, 0)


def test_sides_keep_neighbours_apart():
    one, two = block(10, 10, (0, 0, 7, 0)), block(10, 10, (5, 0, 0, 0))
    assert cores(row(one, two, gap=3)) == [(100, 100, 110, 110), (125, 100, 135, 110)]


def test_what_is_empty_takes_no_gap():
    assert row(block(5, 5), space(), line(EMPTY), block(5, 5), gap=4).width == 14
    assert stack().empty
    assert beside(block(5, 5), line(EMPTY), "left").sides == (0, 0, 0, 0)


def test_columns_of_a_grid_line_up():
    wide, side = block(30, 8), block(10, 8, (6, 0, 0, 0))
    found = cores(grid([[wide, wide], [side, side]], (4, 2), ("start", "end")))
    (a, b), (c, d) = found[:2], found[2:]
    assert a[0] == c[0]
    assert b[2] == d[2]
    assert c[1] == 110


def test_a_pinned_corner_stands_at_its_point():
    item = pin(block(20, 20), block(10, 4), (20, 0), (0.5, 1))
    assert cores(item)[1] == (115, 96, 125, 100)
    assert item.sides == (0, 4, 5, 0)


@pytest.mark.parametrize(
    ("side", "box"),
    [("left", (80, 108, 95, 112)), ("right", (125, 108, 140, 112)),
     ("above", (102.5, 91, 117.5, 95)), ("below", (102.5, 125, 117.5, 129))],
)  # fmt: skip
def test_a_label_beside(side, box):
    assert cores(beside(block(20, 20), block(15, 4), side))[1] == pytest.approx(box)


def test_a_flow_breaks_where_the_width_ends():
    three = [block(30, 5)] * 3
    assert flow(three, 80, gap=10).high == 10
    assert flow(three, 110, gap=10).high == 5


def test_the_first_that_fits_or_the_last():
    tries = [block(w, 5) for w in (50, 30, 10)]
    assert fit(35, *tries) is tries[1]
    assert fit(5, *tries) is tries[2]


def test_words_take_the_room_of_their_lines():
    text = "one two three four five six seven eight nine ten"
    assert para(text, 60).width <= 60
    assert para(text, 60).high > para(text, 600).high == 10
    assert moved(block(5, 5), 2, 3).width == 5
    assert padded(block(5, 5), left=2).sides == padded(block(5, 5, (2, 0, 0, 0)), left=1, least=True).sides


def test_a_node_is_as_large_as_its_label():
    canvas = Canvas()
    row(node("a", "op", words("short")), node("b", "op", words("a long label")), gap=20).place(canvas)
    a, b = (n.box for n in canvas.nodes)
    assert b[2] - b[0] > a[2] - a[0]
    assert a[2] + 20 == b[0]
    assert node("c", "op", EMPTY, least=(40, 30)).wide == 40


def test_templates_of_a_page():
    parts = {name: block(20, 10) for name in "abc"} | {"wide": block(70, 5)}
    two = cores(mosaic("wide wide\na b", parts, (10, 4)))
    assert two == [(100, 100, 170, 105), (100, 109, 120, 119), (140, 109, 160, 119)]
    one = cores(mosaic("wide\na\nb", parts, (10, 4)))
    assert [box[:2] for box in one] == [(100, 100), (100, 109), (100, 123)]
    assert mosaic(". a", parts, (10, 4)).wide == 30


def test_links_are_straight_between_boxes_that_face_each_other():
    low, high, aside = (0, 100, 40, 120), (10, 20, 20, 40), (60, 20, 90, 40)
    assert route(low, high, "up") == [(15, 100), (15, 40)]
    assert route(low, aside, "up") == [(20, 100), (20, 70), (75, 70), (75, 40)]
    assert route(high, low, "down") == [(15, 40), (15, 100)]
    assert route(high, aside, "right") == [(20, 30), (60, 30)]
    assert route(aside, high, "left") == [(60, 30), (20, 30)]
    assert route(low, aside, "up", at=5, to=70, bend=0.25) == [(5, 100), (5, 85), (70, 85), (70, 40)]


def test_a_link_goes_from_node_to_node():
    canvas = Canvas()
    stack(node("y", "op", words("y")), node("x", "op", words("x")), gap=20, align="middle").place(canvas)
    edge = link(canvas, "x-y", ("x", "y"), "hidden", "up", line=2.0)
    assert (edge.source, edge.target, edge.line) == ("x", "y", 2.0)
    assert edge.route[0][1] - edge.route[-1][1] == pytest.approx(20)
