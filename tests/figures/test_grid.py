"""The grid: ids and edges as the contract says, and nothing that touches what it should not."""

import itertools

import pytest

import lstmviz
from lstmviz.errors import FigureError
from lstmviz.figures import kind
from lstmviz.figures.base import Subject
from lstmviz.figures.composing import compose
from lstmviz.network.cache import traced
from lstmviz.scene.geometry import length_of
from lstmviz.scene.labels import run_box
from lstmviz.spec import load

from .lint import faults

GRID = kind("grid")


def scene_of(width="text", *, type="lstm", n=6, t=5, lengths=None, batch_first=True, of=GRID, **layer):
    spec = load(
        {
            "input": {
                "batch_size": n,
                "timesteps": t,
                "features": 3,
                "batch_first": batch_first,
                **({"lengths": lengths} if lengths else {}),
            },
            "layers": [{type: {"hidden_size": 16, **layer}}],
        }
    )
    return compose(of, Subject(traced(spec), spec.input), of.options(width=width, detail="full"))


CASES = [
    *(
        {"type": k, "num_layers": layers, "bidirectional": bi, "t": t}
        for k, layers, bi, t in itertools.product(
            ("lstm", "gru"),
            (1, 2, 3),
            (False, True),
            (1, 2, 3, 5, 96),  # an RNN stands as a GRU does
        )
    ),
    {"num_layers": 9, "t": 4},
    {"num_layers": 9, "t": 1, "bidirectional": True},
    {"num_layers": 2, "dropout": 0.2},
    {"num_layers": 2, "dropout": 0.2, "bidirectional": True},
    {"num_layers": 2, "proj_size": 8},
    {"num_layers": 1, "proj_size": 8, "t": 1},
    {"num_layers": 2, "lengths": [5, 3, 4, 2, 5, 1]},
    {"num_layers": 2, "lengths": [5, 3, 4, 2, 5, 1], "bidirectional": True},
    {"num_layers": 2, "lengths": [96, 40, 4, 2, 5, 1], "t": 96},
    {"num_layers": 2, "batch_first": False},
]


def places(scene):
    """Where everything stands, a label in the middle of a box by that box."""
    ends = [(edge.id, edge.route, edge.cuts) for edge in scene.edges]
    return [(node.id, node.box) for node in scene.nodes], ends, [(one.id, one.box) for one in scene.frames]


@pytest.mark.parametrize("width", ["text", "column", "120mm", "slide"])
@pytest.mark.parametrize("bidirectional", [False, True])
def test_an_rnn_stands_as_a_gru_does(bidirectional, width):
    one, other = (
        scene_of(width, type=cell, num_layers=2, bidirectional=bidirectional) for cell in ("gru", "rnn")
    )
    assert places(one) == places(other)
    assert len(one.texts) == len(other.texts)


@pytest.mark.parametrize("width", ["text", "column", "120mm", "slide"])
@pytest.mark.parametrize("case", CASES, ids=lambda c: "-".join(f"{k}={v}" for k, v in c.items()))
def test_nothing_touches_what_it_should_not(case, width):
    assert faults(scene_of(width, **case)) == {}


def steps_between(scene, role):
    pairs = ((e.source, e.target) for e in scene.edges if e.role == role)
    return {p for p in pairs if p[0].startswith("cell") and p[1].startswith("cell") and same_layer(*p)}


def same_layer(a, b):
    return a.split(".")[1:3] == b.split(".")[1:3]


@pytest.mark.parametrize("type", ["lstm", "gru", "rnn"])
@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("layers", [1, 3])
def test_every_arrow_of_the_recurrence_is_drawn_and_no_other(type, bidirectional, layers):
    scene = scene_of(type=type, bidirectional=bidirectional, num_layers=layers, t=4)
    lanes = ["fwd", "rev"][: 1 + bidirectional]
    expected = set()
    for depth, lane in itertools.product(range(layers), lanes):
        order = range(1, 5) if lane == "fwd" else range(4, 0, -1)
        expected |= {
            (f"cell.l{depth}.{lane}.t{a}", f"cell.l{depth}.{lane}.t{b}") for a, b in itertools.pairwise(order)
        }
    assert steps_between(scene, "hidden") == expected
    assert steps_between(scene, "cell") == (expected if type == "lstm" else set())
    ends = {(e.source, e.target) for e in scene.edges}
    for depth, lane in itertools.product(range(layers), lanes):
        first, last = (1, 4) if lane == "fwd" else (4, 1)
        for base in ("h", "c") if type == "lstm" else ("h",):
            assert (f"{base}_0.l{depth}.{lane}", f"cell.l{depth}.{lane}.t{first}") in ends
            assert (f"cell.l{depth}.{lane}.t{last}", f"{base}_n.l{depth}.{lane}") in ends
    for step, lane in itertools.product(range(1, 5), lanes):
        assert (f"cell.l{layers - 1}.{lane}.t{step}", f"output.t{step}") in ends
        assert (f"x.t{step}", f"cell.l0.{lane}.t{step}") in ends


def test_shapes_are_those_of_the_trace():
    scene = scene_of(bidirectional=True, num_layers=2)
    shapes = {n.tensor: n.shape for n in scene.nodes if n.tensor}
    assert shapes == {
        "input": (6, 5, 3),
        "output": (6, 5, 32),
        "h_0": (4, 6, 16),
        "c_0": (4, 6, 16),
        "h_n": (4, 6, 16),
        "c_n": (4, 6, 16),
    }


def test_both_directions_read_the_whole_concatenation():
    scene = scene_of(bidirectional=True, num_layers=2)
    up = {(e.source, e.target) for e in scene.edges}
    assert {("concat.l0.t2", "cell.l1.fwd.t2"), ("concat.l0.t2", "cell.l1.rev.t2")} <= up


def test_a_padded_sample_has_cells_only_for_its_own_steps():
    scene = scene_of(num_layers=2, lengths=[5, 3, 4, 2, 5, 1], bidirectional=True)
    cells = {n.id for n in scene.nodes if n.id.startswith("cell.l0.fwd")}
    assert cells == {"cell.l0.fwd.t1", "cell.l0.fwd.t2", "cell.l0.fwd.t3"}
    ends = {(e.source, e.target) for e in scene.edges}
    assert ("h_0.l0.rev", "cell.l0.rev.t3") in ends
    assert ("cell.l1.fwd.t3", "h_n.l1.fwd") in ends


def test_an_unknown_sample_is_refused():
    spec = load({"input": {"batch_size": 2, "timesteps": 3, "features": 4}, "layers": [{"lstm": 5}]})
    with pytest.raises(FigureError, match="no sample 2"):
        compose(GRID, Subject(traced(spec), spec.input), GRID.options(sample=2))


def test_elided_steps_keep_their_true_numbers():
    scene = scene_of(t=96)
    assert {n.id for n in scene.nodes if n.id.startswith("x.")} == {"x.t1", "x.t2", "x.t3", "x.t96"}
    assert any("96" in t.label.text for t in scene.texts)


@pytest.mark.parametrize("width", ["column", "text", "slide"])
@pytest.mark.parametrize("bidirectional", [False, True])
def test_every_layer_of_a_deep_module_has_its_last_states_with_the_cells_that_compute_them(
    bidirectional, width
):
    scene = scene_of(width, num_layers=9, bidirectional=bidirectional, t=12)
    lanes = ("fwd", "rev") if bidirectional else ("fwd",)
    ends = {"fwd": 12, "rev": 1}
    links = {(edge.source, edge.target) for edge in scene.edges}
    for depth, lane, base in itertools.product(range(9), lanes, "hc"):
        assert (f"cell.l{depth}.{lane}.t{ends[lane]}", f"{base}_n.l{depth}.{lane}") in links
    assert {edge.source for edge in scene.edges} | {edge.target for edge in scene.edges} <= {
        node.id for node in scene.nodes
    }


def test_five_steps_of_both_directions_fit_a_page_of_text():
    cells = {n.id for n in scene_of(bidirectional=True, num_layers=2).nodes if n.id.startswith("cell.l0.fwd")}
    assert len(cells) == 5


@pytest.mark.parametrize("type", ["lstm", "gru"])
@pytest.mark.parametrize("width", ["text", "column"])
def test_where_each_direction_starts_and_ends_is_said_over_its_states(width, type):
    scene = scene_of(width, type=type, hidden_size=4, num_layers=2, bidirectional=True)
    first = "c" if type == "lstm" else "h"
    boxes = {n.id: n.box for n in scene.nodes}
    over = {"forward starts": "0.l{}.fwd", "forward ends": "n.l{}.fwd"}
    over |= {"reverse starts": "0.l{}.rev", "reverse ends": "n.l{}.rev"}
    short = width == "column"  # words end before the band: the box says that it begins, the line which way
    for text, name in over.items():
        seen = text.removesuffix(" starts").split()[-1] if short else text
        said = [t.label.runs[0].y for t in scene.texts if t.label.text == seen]
        said = [y for y in said if y < boxes["x.t1"][1]]  # the key stands below
        for depth in (0, 1):
            top = boxes[f"{first}_{name.format(depth)}"][1]
            assert any(y + 4.5 == pytest.approx(top, abs=0.6) for y in said)
    cells = min(box[0] for name, box in boxes.items() if name.startswith("cell"))
    for run in (t.label.runs[0] for t in scene.texts if short and t.label.text in {"ends", "forward"}):
        assert run_box(run)[2] < cells or run.x > cells  # before the band, or at the other side


@pytest.mark.parametrize("kind_", [GRID, kind("unrolled")], ids=lambda k: k.name)
def test_each_direction_is_named_at_its_first_line_and_its_last_h_at_the_state(kind_):
    gru = {"gru": {"hidden_size": 4, "bidirectional": True}}
    scene = lstmviz.draw({"input": {"timesteps": 4, "features": 3}, "layers": [gru]}, kind_.name).scene
    at = {t.label.text: t.label.runs[0] for t in scene.texts}
    boxes = {n.id: n.box for n in scene.nodes}
    assert boxes["h_0.l0.fwd"][2] < at["forward"].x < boxes["cell.l0.fwd.t1"][0]
    assert boxes["cell.l0.rev.t4"][2] < at["reverse"].x < boxes["h_0.l0.rev"][0]
    last = {text: run.x for text, run in at.items() if text.startswith("= ") and "h" in text}
    (first, other) = sorted(last, key=last.__getitem__)
    assert ("1" in first, "4" in other) == (True, True)
    assert sum(t.label.text == "starts" for t in scene.texts) == (0 if kind_ is GRID else 2)


@pytest.mark.parametrize("kind_", [GRID, kind("unrolled")], ids=lambda k: k.name)
def test_lines_along_time_are_whole_and_those_that_cross_them_are_open(kind_):
    scene = scene_of(hidden_size=4, bidirectional=True, of=kind_)
    along = [e for e in scene.edges if len(e.route) == 2 and e.route[0][1] == e.route[1][1]]
    assert any(e.dashed for e in along)
    assert not any(e.cuts for e in along)
    up = [e for e in scene.edges if e.route[-2][0] == e.route[-1][0]]
    crossed = 0
    for line, upright in itertools.product(along, up):
        (x, low), (y, (left, right)) = upright.route[-1], (line.route[0][1], sorted(p[0] for p in line.route))
        if left < x < right and min(low, upright.route[-2][1]) < y < max(low, upright.route[-2][1]):
            crossed += 1
            at = length_of(upright.route) - abs(low - y)
            assert any(begin < at < end for begin, end in upright.cuts)
    assert crossed == 20


@pytest.mark.parametrize("width", ["text", "column"])
def test_what_the_last_step_is_in_h_n_stands_at_the_corner_of_output(width):
    input_ = {"batch_size": 6, "timesteps": 4, "features": 3}
    layers = [{"lstm": {"hidden_size": 16, "num_layers": 2}}, "last_step", {"linear": 10}]
    scene = lstmviz.draw({"input": input_, "layers": layers}, "grid", width=width).scene
    (told,) = (text for text in scene.texts if text.label.text == "output[-1] = h_n[1]")
    box = next(node.box for node in scene.nodes if node.id == "output.t4")
    end = max(run_box(run)[2] for run in told.label.runs)
    if width == "column":  # no room but at the line: it stands under the drawing
        assert told.label.runs[0].y > max(node.box[3] for node in scene.nodes)
        return
    assert end < box[0] - 20  # at the frame's corner, clear of the line that goes up from h_T and its words
    assert told.label.runs[0].y < box[1]


@pytest.mark.parametrize("width", ["column", "text"])
@pytest.mark.parametrize("name", ["grid", "unrolled"])
def test_heads_of_arrows_end_within_the_frame_they_lead_into(name, width):
    """A head is longer than a border is thick: it lies between the frame and the state, not on the line."""
    text = "input: {batch_size: 3, timesteps: 4, features: 2}\nlayers:\n  - lstm: 5\n  - linear: 2\n"
    scene = lstmviz.draw(text, name, width=width).scene
    frames = {frame.id: frame.box[3] for frame in scene.frames if frame.role == "output"}
    assert set(frames) >= {"output"}
    assert len(frames) == 2  # y's as well
    for frame in (
        one for one in scene.frames if one.role == "output" and (one.id == "output" or width == "text")
    ):
        boxes = [node.box for node in scene.nodes if node.id in frame.members]
        assert boxes
        assert all(frame.box[3] - box[3] >= 7.0 for box in boxes)


def test_a_grid_takes_the_width_of_a_page_of_text():
    text = "input: {batch_size: 3, timesteps: 4, features: 2}\nlayers:\n  - gru: {hidden_size: 5}\n"
    scene = lstmviz.draw(text, "grid", width="text").scene
    assert max(node.box[2] for node in scene.nodes) > 0.9 * scene.width
    weights = next(t for t in scene.texts if t.label.text == "the same weights at every step of a layer")
    low = max(frame.box[3] for frame in scene.frames if frame.role == "input")
    assert weights.label.runs[0].y > low + 30  # not under `input`, as if it spoke of it
