"""Networks unit by unit: which unit feeds which, true counts, and nothing that touches what it should not."""

import itertools
from dataclasses import replace

import pytest

import lstmviz
from lstmviz.errors import FigureError
from lstmviz.figures import kind
from lstmviz.figures.base import Subject
from lstmviz.figures.composing import compose
from lstmviz.figures.neurons.plan import shown_units
from lstmviz.figures.neurons.unrolled import chosen
from lstmviz.network.cache import traced
from lstmviz.proof.units.labels import name_faults
from lstmviz.scene import ids
from lstmviz.scene.geometry import inflate
from lstmviz.scene.items import GROUND
from lstmviz.spec import load

from . import lint
from .lint import faults, hit

NEURONS = kind("neurons")


def drawn(data, width="text", **options):
    spec = load(data)
    trace = traced(spec)
    scene = compose(NEURONS, Subject(trace, spec.input, spec.title), NEURONS.options(width=width, **options))
    return scene, trace


def recurrent(type="lstm", *, n=6, t=5, f=3, h=4, head=({"linear": 1},), **layer):
    return {
        "title": "A title that is long enough to be broken on a narrow page, and then some more of it",
        "input": {"batch_size": n, "timesteps": t, "features": f},
        "layers": [{type: {"hidden_size": h, **layer}}, *head],
    }


def chain(*sizes, features=3, between=("relu",), **given):
    layers = [x for size in sizes for x in ({"linear": size}, *between)]
    return {"input": {"batch_size": 7, "features": features, **given}, "layers": layers}


NAMES = ["rainfall in millimetres", "wind speed", "PM2.5"]
ODD = ["<&\"'", "降雨量", "x" * 200, "🌧"]
TOKENS = {
    "input": {
        "vocabulary": 1000,
        "batch_first": True,
        "sentences": [["the", "quick", "brown", "pneumonoultramicroscopicsilicovolcanoconiosis"], ["hello"]],
    },
    "layers": [{"embedding": 8}, {"lstm": 16}, "last_step", {"linear": 2}],
}
DAYS = {
    "input": {
        "batch_size": 6,
        "timesteps": 5,
        "features": NAMES,
        "batch_first": True,
        "states": "given",
        "axes": {"time": {"name": "days", "labels": ["Monday", "Tue", "Wed", "Thu", "Fri"]}},
    },
    "layers": [{"lstm": {"hidden_size": 16, "num_layers": 2, "dropout": 0.2}}, {"linear": 10}, "softmax"],
}
CASES = {
    **{
        f"{k}-{layers}-{t}": recurrent(k, t=t, num_layers=layers)
        for k, layers, t in itertools.product(("lstm", "gru", "rnn"), (1, 2, 3), (1, 2, 5))
    },
    "wide": recurrent(t=96, f=9, h=64, num_layers=2, head=({"linear": 10}, "softmax")),
    "huge": recurrent(t=500, f=300, h=4096, num_layers=4, head=()),
    "deep": recurrent(num_layers=8, h=256, head=()),
    "small": recurrent(t=1, f=1, h=1, head=()),
    "dropped": recurrent("gru", h=200, num_layers=2, dropout=0.25, head=("last_step", {"linear": 3})),
    "last": recurrent(t=12, h=128, head=("last_step", {"linear": 7}, "relu", {"linear": 1}, "sigmoid")),
    "no bias": recurrent(h=3, bias=False, head=({"linear": {"out_features": 2, "bias": False}},)),
    "tokens": TOKENS,
    "days": DAYS,
    "mlp": chain(5, 3, 1),
    "mlp names": {**chain(5), "input": {"features": NAMES}},
    "mlp odd": {
        "input": {"features": ODD},
        "layers": [{"linear": 3}, "tanh", {"linear": {"out_features": 2}, "name": "y" * 60}],
    },
    "odd": {
        "input": {"timesteps": 4, "features": ODD},
        "layers": [{"lstm": 5}, {"linear": {"out_features": 2}, "name": "y" * 60}],
    },
    "mlp deep": chain(64, 32, 16, 8, 12, 24, 9, 1, between=("tanh", {"dropout": 0.25})),
    "mlp image": {
        "input": {"batch_size": 16, "channels": 1, "height": 28, "width": 28},
        "layers": ["flatten", {"linear": 256}, "relu", {"linear": 10}, "softmax"],
    },
    "mlp one": chain(1, features=1),
    "mlp time": chain(1000, features=2000, timesteps=11),
}


SOME = ("lstm-2-5", "gru-1-1", "wide", "deep", "tokens", "mlp", "mlp deep", "mlp image")
PAGES = [*itertools.product(CASES, ("text", "column")), *itertools.product(SOME, ("120mm", "slide", "auto"))]


@pytest.mark.parametrize(("case", "width"), PAGES)
def test_nothing_touches_what_it_should_not(case, width):
    scene, _ = drawn(CASES[case], width)
    assert faults(scene) == {}
    pairs = itertools.combinations([(n.id, inflate(n.box, n.line / 2 - 0.8)) for n in scene.nodes], 2)
    assert [(a, b) for (a, p), (b, q) in pairs if hit(p, q)] == []


@pytest.mark.parametrize(
    "options", [{"shapes": m} for m in ("off", "symbols", "numbers")] + [{"legend": "off"}]
)
@pytest.mark.parametrize("case", ["lstm-2-5", "gru-1-2", "mlp", "last"])
def test_less_said_is_no_less_tidy(case, options):
    for width in ("text", "column"):
        scene, _ = drawn(CASES[case], width, **options)
        assert faults(scene) == {}


def ends(scene, role):
    return {(e.source, e.target) for e in scene.edges if e.role == role}


def test_every_arrow_of_a_recurrent_network_is_drawn_and_no_other():
    """A line for each weight; one line hands on the h of a layer, a copy, and one c, each unit's own."""
    scene, _ = drawn(recurrent(t=2, num_layers=2, h=4))
    units, steps = range(1, 5), range(1, 3)
    upward, across, kept = set(), set(), set()
    for t in steps:
        upward |= {(f"x.t{t}.u{a}", f"h.l0.fwd.t{t}.u{b}.foot") for a in range(1, 4) for b in units}
        upward |= {(f"h.l0.fwd.t{t}.u{a}", f"h.l1.fwd.t{t}.u{b}.foot") for a in units for b in units}
        upward |= {(f"h.l1.fwd.t{t}.u{a}", f"linear.t{t}.u1") for a in units}
    for layer, t in itertools.product((0, 1), steps):
        for a, b in itertools.product(units, units):
            source = f"h.l{layer}.fwd.t{t - 1}.u{a}.out" if t > 1 else f"h_0.l{layer}.fwd.u{a}"
            across.add((source, f"h.l{layer}.fwd.t{t}.u{b}.foot"))
        h, c = (f"{state}.l{layer}.fwd.t{t}" for state in "hc")
        later = t < len(steps)
        across.add((f"{h}.out", f"h.l{layer}.fwd.t{t + 1}.in" if later else f"h_n.l{layer}.fwd"))
        kept |= {(f"{c}.out", f"c.l{layer}.fwd.t{t + 1}.in" if later else f"c_n.l{layer}.fwd")}
        kept |= set() if t > 1 else {(f"c_0.l{layer}.fwd", f"{c}.in")}
    assert ends(scene, "param") == upward
    assert ends(scene, "hidden") == across
    assert ends(scene, "cell") == kept
    assert len(scene.edges) == len(upward) + len(across) + len(kept)
    assert {e.role for e in scene.edges if e.double} == {"cell"}


@pytest.mark.parametrize("type", ["gru", "rnn"])
def test_without_c_there_are_no_rails(type):
    scene, _ = drawn(recurrent(type, t=2, h=3))
    assert ends(scene, "cell") == set()
    assert not [n for n in scene.nodes if n.role == "cell"]
    assert ("h.l0.fwd.t1.u2", "linear.t1.u1") in ends(scene, "param")
    assert ("h.l0.fwd.t1.u2.out", "h.l0.fwd.t2.u1") in ends(scene, "hidden")


def test_a_unit_of_an_lstm_holds_its_own_c_and_its_h():
    scene, _ = drawn(recurrent(t=2, h=2))
    members = {f.id: f.members for f in scene.frames}
    unit = ("h.l0.fwd.t1.u2", "h.l0.fwd.t1.u2.foot", "c.l0.fwd.t1.u2")
    assert members["unit.l0.fwd.t1.u2"] == unit
    boxes = {n.id: n.box for n in scene.nodes}
    frame = next(f.box for f in scene.frames if f.id == "unit.l0.fwd.t1.u2")
    assert all(hit(boxes[m], frame) for m in unit)
    h, foot, c = (boxes[m] for m in unit)
    assert h[3] < c[1] < c[3] < foot[1], "what is read arrives below, gives c, and that h"
    assert members["output.t2"] == ("h.l0.fwd.t2.u1", "h.l0.fwd.t2.u2")


@pytest.mark.parametrize("width", ["text", "column"])
@pytest.mark.parametrize(
    "case", [{"t": 1}, {"t": 2}, {"t": 5}, {"t": 96, "h": 64}, {"t": 3, "h": 1}], ids=str
)
@pytest.mark.parametrize("type_", ["lstm", "gru"])
def test_what_a_step_gives_is_led_to_where_the_next_one_reads_it(type_, case, width):
    """The h of the step before stands beside what else the layer reads, and the line ends there."""
    layer = recurrent(type_, num_layers=2, **case)
    scene, _ = drawn(layer, width)
    boxes = {n.id: n.box for n in scene.nodes}
    led = [e for e in scene.edges if e.role == "hidden" and e.target.endswith(".in")]
    steps = {ids.read(n.id).step for n in scene.nodes if ids.read(n.id).form == ids.INPUT_UNIT}
    assert len(led) == 2 * (len(steps) - 1)
    for e in led:
        one = ids.read(e.target)
        copies = [
            boxes[i]
            for i in boxes
            if i.startswith(f"h.l{one.layer}.fwd.t{one.step - 1}.u") and i.endswith(".out")
        ]
        assert copies
        assert all(y0 < e.route[-1][1] < y1 and x0 > e.route[-1][0] for x0, y0, _, y1 in copies)
        below = f"x.t{one.step}.u1" if one.layer == 0 else f"h.l0.fwd.t{one.step}.u1"
        assert boxes[below][1] < e.route[-1][1] < boxes[below][3]
        assert bool(e.cuts) is (type_ == "lstm" or ids.read(e.source).step != one.step - 1)


def test_a_feed_forward_network_has_one_line_per_weight():
    scene, trace = drawn(chain(5, 2, features=3))
    first = {(f"x.u{a}", f"linear.u{b}") for a in range(1, 4) for b in range(1, 6)}
    second = {(f"linear.u{a}", f"linear-2.u{b}") for a in range(1, 6) for b in range(1, 3)}
    assert ends(scene, "param") == first | second
    assert len(scene.edges) == sum(p.sizes[0] * p.sizes[1] for s in trace.stages for p in s.parameters[:1])


def said(scene):
    return " | ".join(t.label.text for t in scene.texts)


@pytest.mark.parametrize("width", ["text", "column"])
def test_shapes_are_those_of_the_trace(width):
    scene, trace = drawn(recurrent(num_layers=2, t=5), width, detail="full")
    layer, text = trace.recurrent[0], said(scene)
    for name in ("weight_ih_l0", "weight_hh_l1", "bias_ih_l0"):
        sizes = layer.parameter(name).sizes
        assert f"= ({', '.join(map(str, sizes))}{',' if len(sizes) == 1 else ''})" in text
    assert "h_0, c_0, h_n, c_n each (L, N, H) = (2, 6, 4)" in text
    for node in scene.nodes:
        if node.tensor in {"input", "h_0", "c_0", "h_n", "c_n"}:
            assert node.shape == layer.tensor(node.tensor).sizes
    assert {f.shape for f in scene.frames if f.tensor == "output"} == {layer.tensor("output").sizes}
    scene, _ = drawn(chain(5, 1, features=4), width)
    assert "weight (5, F) = (5, 4)" in said(scene) or "weight (5, 4)" in said(scene)


@pytest.mark.parametrize(("width", "least"), [("text", 67), ("column", 46)])
@pytest.mark.parametrize("case", ["lstm-2-5", "gru-1-1", "rnn-3-2", "wide"])
def test_the_lines_of_w_hh_have_room_from_the_units_of_the_step_before_to_their_own(case, width, least):
    scene, _ = drawn(CASES[case], width)
    rises = [
        e.route[0][1] - e.route[-1][1]
        for e in scene.edges
        if e.role == "hidden" and ids.read(e.target).unit is not None
    ]
    assert rises
    assert min(rises) >= least


def test_states_have_the_last_units_number_and_a_head_on_the_last_step_gives_its_y():
    scene, _ = drawn(
        recurrent(t=6, h=20, num_layers=2, dropout=0.1, head=("last_step", {"linear": 2})), "column"
    )
    last = [n for n in scene.nodes if ids.read(n.id).unit == 20 and ids.read(n.id).base != "c"]
    last = [n for n in last if not n.id.endswith(".foot")]
    assert len(last) == 2 * 2 * 2  # of each layer and step drawn, as it is and as it is read
    assert {n.label.text for n in last if n.label} == {"20"}
    assert all(n.label for n in last)
    assert "Linear(20, 2) → y_6" in said(scene)
    assert "dropout 0.1 between the layers, while training" in scene.caption


@pytest.mark.parametrize("width", ["text", "column"])
def test_all_that_a_unit_reads_arrives_at_one_place_under_its_c(width):
    scene, _ = drawn(recurrent(t=2, num_layers=2), width)
    for unit in (f for f in scene.frames if f.id.startswith("unit.")):
        name = unit.members[0]
        tips = {e.route[-1] for e in scene.edges if e.target == f"{name}.foot"}
        ((x, y),) = tips
        assert (x, y) == ((unit.box[0] + unit.box[2]) / 2, unit.box[3])
        roles = {e.role for e in scene.edges if e.target == f"{name}.foot"}
        assert roles == {"param", "hidden"}


@pytest.mark.parametrize("type_", ["lstm", "rnn"])
def test_weights_are_named_once_beside_the_drawing_and_zeros_where_they_are(type_):
    """No line is opened for a name; zeros are called so at every state that begins with them."""
    scene, _ = drawn(recurrent(type_, t=2, f=2, h=3, num_layers=2))
    assert not any(edge.cuts for edge in scene.edges if edge.role == "param")
    named = [t.label.text for t in scene.texts if t.label.text.startswith("W_")]
    names = {f"W_{way}^({depth}) weight_{way}_l{depth}" for way in ("ih", "hh") for depth in (0, 1)}
    assert names <= {*named}
    assert sum(text.label.text == "zeros" for text in scene.texts) == 2 * (1 + (type_ == "lstm"))
    narrow, _ = drawn(recurrent(type_, t=2, f=2, h=3, num_layers=2), "column")
    assert f"h_0{', c_0' if type_ == 'lstm' else ''}: zeros" in said(narrow)


@pytest.mark.parametrize("width", ["text", "column"])
def test_weights_are_named_at_their_lines_at_every_step(width):
    """The same name in every column is how the same weights look; a name at other lines is refuted."""
    scene, trace = drawn(recurrent("rnn", t=2), width)
    named = [t for t in scene.texts if t.label.text in {"W_ih", "W_hh"} and t.role == "param"]
    assert [t.label.text for t in named] == ["W_hh", "W_ih"] * 2
    assert name_faults(scene, trace.recurrent[0]) == []
    other = replace(named[0], label=replace(named[0].label, text="W_ih"))
    texts = tuple(other if text == named[0] else text for text in scene.texts)
    assert name_faults(replace(scene, texts=texts), trace.recurrent[0]) == ["W_ih stands at something else"]


def test_a_column_of_print_holds_two_layers_and_a_head():
    scene, _ = drawn({**CASES["lstm-2-5"], "title": ""}, "column")
    assert scene.height < 195 * 72 / 25.4  # mm; a page of print is 220 mm and needs room for its caption


def test_shapes_stand_over_a_narrow_drawing_and_those_of_weights_below():
    scene, _ = drawn(recurrent(num_layers=2), "column")
    at = {t.label.text: t.label.runs[0].y for t in scene.texts if "= (" in t.label.text}
    units = [n.box[1] for n in scene.nodes]
    assert [text.split()[0] for text, y in at.items() if y < min(units)] == ["h_0,", "output", "input"]
    below = [text for text, y in at.items() if y > max(units)]
    assert below == ["W_ih^(0) (4H, F) = (16, 3) W_hh^(0) W_ih^(1) W_hh^(1) (4H, H) = (16, 4)"]


@pytest.mark.parametrize("width", ["column", "text"])
@pytest.mark.parametrize("type_", ["lstm", "gru", "rnn"])
def test_at_most_four_lines_stand_below(type_, width):
    scene, _ = drawn(
        recurrent(type_, t=9, h=64, num_layers=2, dropout=0.2, head=("last_step", {"linear": 2})), width
    )
    arrow = next(t.label.runs[0].y for t in scene.texts if t.label.text.startswith("T = "))
    assert 2 <= len({t.label.runs[0].y for t in scene.texts if t.label.runs[0].y > arrow + 1}) <= 4


@pytest.mark.parametrize("size", [1, 4])
def test_every_weight_is_said_once_with_those_of_its_shape(size):
    scene, _ = drawn(recurrent("gru", num_layers=3, f=size, h=size), "column")
    said = [t.label.text.partition(" (")[0] for t in scene.texts if "= (" in t.label.text]
    said = [text.split() for text in said if text.startswith("W_")]
    assert said[0] == ["W_ih^(0)"]  # F and H are not the same, even where both are 1
    assert sorted(itertools.chain(*said)) == sorted(f"W_{w}^({i})" for w in ("ih", "hh") for i in range(3))


def test_what_is_left_out_keeps_its_number():
    scene, _ = drawn(CASES["wide"])
    found = {n.id for n in scene.nodes}
    assert {"h.l1.fwd.t1.u1", "h.l1.fwd.t1.u64", "x.t2.u9", "h.l0.fwd.t1.u64.out"} <= found
    assert not {i for i in found if i.startswith("h.l0.fwd.t3.")}
    assert "64 units" in said(scene)
    assert "T = 96" in said(scene)
    assert scene.notes == ("T = 96; drawn: t = 1, 2",)
    scene, _ = drawn(CASES["mlp image"])
    assert all(count in said(scene) for count in ("784 values", "256 units", "10 units"))
    assert {"x.u784", "linear.u256"} <= {n.id for n in scene.nodes}
    scene, _ = drawn(CASES["mlp deep"])
    assert "4 more layers" in said(scene)
    scene, _ = drawn(recurrent(num_layers=3, h=2))  # with c a page has room for two layers
    assert {ids.read(n.id).layer for n in scene.nodes} == {None, 0, 2}
    assert "1 more layer" in said(scene)


def test_what_a_step_gives_has_its_name_where_it_leaves():
    """If it is not read at the next step that is drawn, where it is named; else it is named there alone."""
    scene, _ = drawn(recurrent("gru", t=3))
    assert [t.label.text for t in scene.texts if t.role == "hidden" and t.label.text in {"h_1", "h_2"}] == [
        "h_1"
    ]
    scene, trace = drawn(recurrent("gru", t=9, head=("last_step", {"linear": 1})))
    given = [t for t in scene.texts if t.role == "hidden" and t.label.text in {"h_1", "h_8"}]
    assert [t.label.text for t in given] == ["h_8", "h_1"]
    first = min(given, key=lambda t: t.label.runs[0].x)
    wrong = replace(first, label=replace(first.label, text="h_2"))
    texts = tuple(wrong if t is first else t for t in scene.texts)
    assert name_faults(replace(scene, texts=texts), trace.recurrent[0]) == ["h_2 stands at something else"]


@pytest.mark.parametrize("width", ["text", "column"])
def test_what_all_units_and_steps_do_alike_is_said(width):
    scene, _ = drawn(recurrent(t=3), width)
    told = said(scene) if width == "text" else scene.caption
    adds = "Biases are added, then sigmoid (i, f, o) or tanh (g)."
    gives = "The new c is f · c + i · g, and h is o · tanh(c)."
    parts = (
        gives,
        "Lines of h pass one dot: every h reaches every unit.",
        "Every step has the same weights.",
        "Each unit keeps its own c.",
    )
    assert all(part in told for part in (adds, *parts))
    deep, _ = drawn(recurrent(t=3, num_layers=2), width)
    assert ("W_hh from h of the step before." in deep.caption) == (width == "column")
    single, _ = drawn(recurrent(t=1), width)
    assert "Every step" not in single.caption + said(single)
    scene, _ = drawn(recurrent("rnn", bias=False), width)
    assert "Biases" not in said(scene) + scene.caption
    scene, _ = drawn(recurrent("rnn", nonlinearity="relu"), width)
    assert "Biases are added, then ReLU gives h." in said(scene) + scene.caption


@pytest.mark.parametrize("width", ["text", "column"])
@pytest.mark.parametrize(
    ("type_", "gates"),
    [
        ("lstm", "A line is 4 weights: i, f, g, o"),
        ("gru", "A line is 3 weights: r, z, n"),
        ("rnn", "Each line is one weight"),
    ],
)
def test_how_many_weights_a_line_is_and_which_way_it_leads(type_, gates, width):
    scene, _ = drawn(recurrent(type_, t=3, num_layers=2), width)
    assert f"{gates}." in said(scene)
    tips = {
        p.points[1] for p in scene.polygons if p.z == 30 and p.points[0][1] > p.points[1][1] < p.points[2][1]
    }
    lines = [e for e in scene.edges if e.role == "param"]
    bold = max(e.line for e in lines)
    assert min(e.line for e in lines) < bold
    assert {e.route[-1] for e in lines if e.line == bold} == tips  # heads at these alone


@pytest.mark.parametrize("width", ["column", "text"])
def test_a_layers_band_lies_over_the_ground_of_steps_and_units_of_a_head_stand_apart(width):
    scene, _ = drawn(recurrent("rnn", t=3, head=({"linear": 2},)), width)
    depths = [form.z for form in scene.polygons if form.z < 0]
    assert sorted(set(depths)) == [-2, -1]
    assert depths.count(-1) == 1  # one layer, through all steps
    one, two = sorted(n.box for n in scene.nodes if n.id.startswith("linear.t1."))
    assert two[0] - one[2] > 3.0


def test_the_only_result_of_a_network_has_no_index():
    scene, _ = drawn(chain(4, 1), "text")
    labels = [n.label.text for n in scene.nodes if n.role == "output" and n.label]
    assert labels == ["y"]


def test_only_the_last_step_reaches_a_head_behind_last_step():
    for width in ("text", "column"):
        scene, _ = drawn(CASES["last"], width)
        assert {e.target.split(".")[1] for e in scene.edges if e.target.startswith("linear")} == {"t12"}


@pytest.mark.parametrize("layer", ["gelu", "identity", "layer_norm"])
def test_a_row_under_what_is_not_drawn_is_no_prediction(layer):
    spec = f"""
input: {{batch_size: 4, timesteps: 5, features: 3}}
layers: [lstm: 6, linear: 8, {layer}, last_step, linear: 2]
"""
    scene = lstmviz.draw(spec, "neurons").scene
    words = said(scene)
    assert "8 units a step" in words
    assert ("prediction" in words) == (layer != "layer_norm")
    assert ("then layer_norm, not drawn" in words) == (layer == "layer_norm")
    assert ("GELU" in words) == (layer == "gelu")
    (proof,) = lstmviz.check(spec + "figures: [neurons]")
    assert proof.faults == ()


def test_names_of_features_tokens_and_steps_come_from_the_spec():
    scene, _ = drawn(CASES["days"])
    assert "x: 1 rainfall in millimetres, 2 wind speed, 3 PM2.5" in said(scene)
    assert "t = 1 Monday" in said(scene)
    scene, _ = drawn(TOKENS)
    tokens = {n.id: n.label.text for n in scene.nodes if n.id.startswith("token")}
    assert tokens["token.t1"] == "the"
    assert tokens["token.t4"].endswith("…")
    scene, _ = drawn({**chain(5), "input": {"features": ["age", "dose"]}})
    assert "age | dose" in said(scene)


def test_steps_are_as_many_as_asked_for():
    scene, _ = drawn(recurrent(t=9), "400mm", steps=4)
    assert {n.id for n in scene.nodes if n.id.endswith(".u1") and n.id.startswith("x.")} == {
        "x.t1.u1", "x.t2.u1", "x.t3.u1", "x.t9.u1"
    }  # fmt: skip
    with pytest.raises(FigureError, match="too narrow"):
        drawn(recurrent(t=9), "column", steps=4)
    assert chosen(9, 1, to_end=False) == (1, None)
    assert shown_units(10, 3) == (1, None, 10)


def test_nothing_is_left_out_if_so_asked_unless_nobody_could_read_it():
    scene, _ = drawn(recurrent(t=4, h=6, f=5), "auto", elide="never")
    assert {"x.t4.u5", "h.l0.fwd.t3.u6"} <= {n.id for n in scene.nodes}
    assert faults(scene) == {}
    for spec in (recurrent(t=40, h=512), chain(1000, features=1000)):
        with pytest.raises(FigureError, match="lines, and 20000 are the most"):
            drawn(spec, "auto", elide="never")


@pytest.mark.parametrize(
    ("layers", "reason"),
    [
        ([{"lstm": {"hidden_size": 4, "bidirectional": True}}], "two; the grid shows both"),
        ([{"lstm": {"hidden_size": 4, "proj_size": 2}}], "proj_size"),
        ([{"linear": 4}, {"view": [-1, 2]}, {"linear": 1}], "regroups the units"),
        ([{"linear": 4}, "layer_norm"], "no row of units"),
        (["relu"], "no linear layer"),
    ],
)
def test_what_is_no_row_of_units_is_refused_and_other_kinds_are_named(layers, reason):
    spec = {"input": {"batch_size": 6, "timesteps": 5, "features": 3}, "layers": layers}
    with pytest.raises(FigureError, match=reason) as caught:
        lstmviz.draw(spec, "neurons")
    if "lstm" in layers[0]:
        assert "grid" in caught.value.can


def test_of_chooses_the_layer_and_its_ids_carry_its_name():
    layers = [{"lstm": 4}, {"gru": {"hidden_size": 3}, "name": "second"}, {"linear": 2}]
    spec = {"input": {"batch_size": 6, "timesteps": 2, "features": 5}, "layers": layers}
    scene, _ = drawn(spec, of="second")
    assert all(n.id.startswith("second/") for n in scene.nodes)
    assert "x is what lstm gives" in said(scene)
    assert {n.id for n in scene.nodes if "linear" in n.id and "t1" in n.id} == {
        "second/linear.t1.u1", "second/linear.t1.u2"
    }  # fmt: skip
    scene, _ = drawn(spec)
    assert "then second, not drawn" in said(scene)


def test_it_can_be_read_aloud():
    scene, _ = drawn(recurrent(t=96, num_layers=2))
    for part in (
        "LSTM with 2 layers of 4 units",
        "96 time steps",
        "the same unit at the next step",
        "(96, 6, 3)",
    ):
        assert part in scene.description
    scene, _ = drawn(chain(5, 1, features=4))
    assert "4 to 5 to 1 units" in scene.description


def crosses(route, box):
    """Whether a straight line runs through the inside of a box."""
    return lint.crosses(*route, inflate(box, -0.5))


@pytest.mark.parametrize("width", ["text", "column"])
@pytest.mark.parametrize("case", [{"t": 1}, {"t": 3}, {"t": 96, "h": 64}], ids=str)
def test_no_line_runs_through_a_unit_or_through_what_a_step_reads(case, width):
    scene, _ = drawn(recurrent(num_layers=2, **case), width)
    units = [f.box for f in scene.frames if f.id.startswith("unit.")]
    units += [n.box for n in scene.nodes if n.outline != "none" and ids.read(n.id).base != "c"]
    assert len(units) > 10
    lines = [(e.id, one) for e in scene.edges for one in itertools.pairwise(e.route)]
    assert not [(name, box) for name, line in lines for box in units if crosses(line, box)]


def test_zeros_are_empty_and_states_are_not():
    scene, _ = drawn(recurrent(t=2))
    fills = {n.id.partition(".")[0]: n.fill for n in scene.nodes if n.tensor in {"h_0", "c_0", "h_n", "c_n"}}
    assert fills == {"h_0": GROUND, "c_0": GROUND, "h_n": None, "c_n": None}


def test_how_it_is_read_is_in_the_caption_and_drawn_only_where_all_is():
    about = "dots stand for the other units; there are 64 in all"
    scene, _ = drawn(CASES["wide"])
    assert about in scene.caption
    assert about not in said(scene)
    scene, _ = drawn(CASES["wide"], detail="full")
    assert about in said(scene)
    assert not scene.caption


def test_only_output_has_a_ring():
    scene, _ = drawn(recurrent())
    assert {n.line for n in scene.nodes if n.role == "output"} == {1.25}
    assert {f.line for f in scene.frames if f.role == "output"} == {1.4}


@pytest.mark.parametrize("width", ["text", "column"])
@pytest.mark.parametrize("type_", ["lstm", "gru", "rnn"])
def test_lines_from_the_units_of_the_step_before_meet_in_one_dot_for_each_layer_and_step(type_, width):
    scene, _ = drawn(recurrent(type_, t=2, num_layers=2), width)
    across = [e for e in scene.edges if e.role == "hidden" and ids.read(e.target).unit is not None]
    met = {}
    for edge in across:
        one = ids.read(edge.target)
        met.setdefault((one.layer, one.step), set()).add(edge.route[1:-1])
    assert {len(dots) for dots in met.values()} == {1}  # of all lines, those that are bold too
    assert all(len(dot) == 1 for dots in met.values() for dot in dots)
    dots = {dot for dots in met.values() for (dot,) in dots}
    marks = [p for p in scene.polygons if p.ellipse and p.z == 25]
    middles = {
        (sum(x for x, _ in p.points) / len(p.points), sum(y for _, y in p.points) / len(p.points))
        for p in marks
    }
    assert {(round(x, 3), round(y, 3)) for x, y in dots} == {(round(x, 3), round(y, 3)) for x, y in middles}
    alone, _ = drawn(recurrent(type_, t=2, h=1), width)
    assert not [p for p in alone.polygons if p.ellipse and p.z == 25]
