"""Networks unit by unit: which unit feeds which, true counts, and nothing that touches what it should not."""

import itertools

import pytest

import lstmviz
from lstmviz.errors import FigureError
from lstmviz.figures import kind
from lstmviz.figures.base import Subject
from lstmviz.figures.composing import compose
from lstmviz.figures.neurons.plan import shown_units
from lstmviz.figures.neurons.unrolled import chosen
from lstmviz.network.cache import traced
from lstmviz.scene import ids
from lstmviz.scene.geometry import bounds, inflate
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
    scene, _ = drawn(recurrent(t=3, num_layers=2, h=4))
    units, steps = range(1, 5), range(1, 4)
    upward, across, kept = set(), set(), set()
    for t in steps:
        upward |= {(f"x.t{t}.u{a}", f"h.l0.fwd.t{t}.u{b}.foot") for a in range(1, 4) for b in units}
        upward |= {(f"h.l0.fwd.t{t}.u{a}", f"h.l1.fwd.t{t}.u{b}.foot") for a in units for b in units}
        upward |= {(f"h.l1.fwd.t{t}.u{a}", f"linear.t{t}.u1") for a in units}
    for layer, t, b in itertools.product((0, 1), steps, units):
        for a in units:
            source = f"h.l{layer}.fwd.t{t - 1}.u{a}.out" if t > 1 else f"h_0.l{layer}.fwd.u{a}"
            across.add((source, f"h.l{layer}.fwd.t{t}.u{b}.in"))
        before = f"c.l{layer}.fwd.t{t - 1}.u{b}.out" if t > 1 else f"c_0.l{layer}.fwd.u{b}"
        kept.add((before, f"c.l{layer}.fwd.t{t}.u{b}.in"))
    assert ends(scene, "param") == upward
    assert ends(scene, "hidden") == across
    assert ends(scene, "cell") == kept
    assert len(scene.edges) == len(upward) + len(across) + len(kept)
    assert not any(e.double for e in scene.edges)  # one line for one number


@pytest.mark.parametrize("type", ["gru", "rnn"])
def test_without_c_there_are_no_rails(type):
    scene, _ = drawn(recurrent(type, t=2, h=3))
    assert ends(scene, "cell") == set()
    assert not [n for n in scene.nodes if n.role == "cell"]
    assert ("h.l0.fwd.t1.u2", "linear.t1.u1") in ends(scene, "param")
    assert ("h.l0.fwd.t1.u2.out", "h.l0.fwd.t2.u1.in") in ends(scene, "hidden")


def test_a_unit_of_an_lstm_holds_its_own_c_and_its_h():
    scene, _ = drawn(recurrent(t=2, h=2))
    members = {f.id: f.members for f in scene.frames}
    unit = ("h.l0.fwd.t1.u2", "h.l0.fwd.t1.u2.foot", "c.l0.fwd.t1.u2")
    assert members["unit.l0.fwd.t1.u2"] == unit
    boxes = {n.id: n.box for n in scene.nodes}
    frame = next(f.box for f in scene.frames if f.id == "unit.l0.fwd.t1.u2")
    assert all(hit(boxes[m], frame) for m in unit)
    h, foot, c = (boxes[m] for m in unit)
    assert c[3] < h[1] < foot[1] <= h[3], "c stands above h, as everywhere; what is read arrives at h"
    assert members["output.t2"] == ("h.l0.fwd.t2.u1", "h.l0.fwd.t2.u2")
    for state in ("h", "c"):
        ended = {f"{state}_n.l0.fwd.u1", f"{state}_n.l0.fwd.u2"}
        assert ended <= set(members[f"lane_{state}.l0.fwd.t2"])


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


@pytest.mark.parametrize(("width", "least"), [("text", 19), ("column", 14)])
@pytest.mark.parametrize("case", ["lstm-2-5", "gru-1-1", "rnn-3-2", "wide"])
def test_the_lines_of_w_hh_have_room_between_numbered_ends(case, width, least):
    scene, _ = drawn(CASES[case], width)
    across = [e for e in scene.edges if e.role == "hidden"]
    assert across
    assert all(e.route[1][0] - e.route[0][0] >= least for e in across)
    for prefix in {e.target.rpartition(".u")[0] for e in across}:
        ends_ = {e.target: e.route[1][1] for e in across if e.target.startswith(f"{prefix}.u")}
        steps = sorted(ends_.values())
        assert all(b - a >= 6.9 for a, b in itertools.pairwise(steps))
    named = {n.id: n.label.text for n in scene.nodes if n.id.endswith(".in") and n.label}
    assert named
    assert all(name.endswith(f".u{text}.in") for name, text in named.items())


def test_states_have_the_last_units_number_and_a_head_on_the_last_step_gives_its_y():
    scene, _ = drawn(
        recurrent(t=6, h=20, num_layers=2, dropout=0.1, head=("last_step", {"linear": 2})), "column"
    )
    last = [n for n in scene.nodes if ids.read(n.id).unit == 20 and ids.read(n.id).base != "c"]
    last = [n for n in last if not n.id.endswith(".foot")]
    assert len(last) > 8
    assert {n.label.text for n in last if n.label} == {"20"}
    assert all(n.label for n in last)
    assert "Linear(20, 2) → y_6" in said(scene)
    assert "dropout 0.1 between the layers, while training" in scene.caption


@pytest.mark.parametrize("width", ["text", "column"])
def test_what_an_lstm_reads_arrives_at_one_body_with_its_states(width):
    scene, _ = drawn(recurrent(t=2, num_layers=2), width)
    bodies = [bounds(p.points) for p in scene.polygons if p.z == 4]
    assert len(bodies) == 4
    open_lines = [p for p in scene.polygons if not p.closed]
    for x0, y0, x1, y1 in bodies:
        held = [f for f in scene.frames if f.id.startswith("unit.") and hit(f.box, (x0, y0, x1, y1))]
        assert len(held) == (4 if width == "text" else 2)
        assert all(x0 < f.box[0] and f.box[2] < x1 and y0 <= f.box[1] and f.box[3] < y1 for f in held)
        feet = {e.route[-1][1] for e in scene.edges if e.role == "param" and x0 < e.route[-1][0] < x1}
        assert any(abs(held[0].box[3] - foot) < 0.01 for foot in feet)
        tips = [p.points[1] for p in open_lines if len(p.points) == 3 and y0 < p.points[1][1] < y1]
        assert len({y for x, y in tips if abs(x - x0) < 0.01}) == 2  # h and c
        beads = [n for n in scene.nodes if n.label and n.label.text == "c" and hit(n.box, (x0, y0, x1, y1))]
        assert len(beads) == len(held)
        assert all(
            any(hit(inflate(bead.box, 0.5), (*p.points[0], *p.points[0])) for p in open_lines)
            for bead in beads
        )


@pytest.mark.parametrize("width", ["column", "text"])
@pytest.mark.parametrize("features", [2, 4])
@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize("type_", ["lstm", "rnn"])
def test_weights_are_named_once_beside_their_first_lines(type_, layers, features, width):
    """No line is opened for a name; zeros are called so at every state that begins with them."""
    scene, _ = drawn(recurrent(type_, t=2, f=features, h=3, num_layers=layers), width)
    assert not any(edge.cuts for edge in scene.edges if edge.role == "param")
    said = [t.label.text.partition("^")[0] for t in scene.texts if t.role == "param"]
    assert [said.count(name) for name in ("W_ih", "W_hh")] == [layers] * 2
    assert sum(text.label.text == "zeros" for text in scene.texts) == layers * (1 + (type_ == "lstm"))


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
    assert {"h.l1.fwd.t1.u1", "h.l1.fwd.t1.u64", "x.t96.u9", "h.l0.fwd.t95.u64.out"} <= found
    assert not {i for i in found if i.startswith("h.l0.fwd.t3.")}
    assert "64 units" in said(scene)
    assert "T = 96" in said(scene)
    assert scene.notes == ("T = 96; drawn: t = 1, 2, 96",)
    scene, _ = drawn(CASES["mlp image"])
    assert all(count in said(scene) for count in ("784 values", "256 units", "10 units"))
    assert {"x.u784", "linear.u256"} <= {n.id for n in scene.nodes}
    scene, _ = drawn(CASES["mlp deep"])
    assert "4 more layers" in said(scene)
    scene, _ = drawn(recurrent(num_layers=3, h=2))  # with c a page has room for two layers
    assert {ids.read(n.id).layer for n in scene.nodes} == {None, 0, 2}
    assert "1 more layer" in said(scene)


@pytest.mark.parametrize("width", ["text", "column"])
def test_the_same_network_at_every_step_is_said(width):
    scene, _ = drawn(recurrent(t=3), width)
    assert (
        said(scene).count("the same weights")
        == len({n.id.split(".")[1] for n in scene.nodes if n.id[0] == "x"}) - 1
    )
    assert said(scene).count("one step") == 1
    assert "but only its own c." in said(scene)


@pytest.mark.parametrize("width", ["text", "column"])
@pytest.mark.parametrize(
    ("type_", "gates"),
    [
        ("lstm", "of W_ih and W_hh is 4 weights: of i, f, g and o"),
        ("gru", "of W_ih and W_hh is 3 weights: of r, z and n"),
        ("rnn", "is one weight"),
    ],
)
def test_how_many_weights_a_line_is_and_which_way_it_leads(type_, gates, width):
    scene, _ = drawn(recurrent(type_, t=3, num_layers=2), width)
    assert f"Each line {gates}." in said(scene)
    tips = {
        p.points[1] for p in scene.polygons if p.z == 30 and p.points[0][1] > p.points[1][1] < p.points[2][1]
    }
    assert {e.route[-1] for e in scene.edges if e.role == "param"} == tips


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


@pytest.mark.parametrize("width", ["text", "column"])
@pytest.mark.parametrize(
    "case", [{"t": 1}, {"t": 2}, {"t": 5}, {"t": 96, "h": 64}, {"t": 3, "h": 1}], ids=str
)
def test_a_state_goes_on_one_ground_through_all_units_to_the_strip_that_feeds_it_back(case, width):
    scene, _ = drawn(recurrent(num_layers=2, **case), width)
    boxes = {n.id: n.box for n in scene.nodes}
    for state, role in (("h", "hidden"), ("c", "cell")):
        lanes = [f for f in scene.frames if f.id.startswith(f"lane_{state}.")]
        tips = {round(p.points[1][0] + 0.4, 2) for p in scene.polygons if p.role == role and p.z == 30}
        assert lanes
        for lane in lanes:
            inside = [boxes[m] for m in lane.members if ids.read(m).form == f"{state}.l.way.t.u"]
            assert inside
            assert all(lane.box[0] <= x0 and x1 <= lane.box[2] for x0, _, x1, _ in inside)
            handed = [boxes[m][0] for m in lane.members if m.endswith(".out") or m.startswith(f"{state}_n")]
            assert {round(x, 2) for x in handed} <= tips
            assert all(x <= lane.box[2] + 0.01 for x in handed)


def crosses(route, box):
    """Whether a straight line runs through the inside of a box."""
    return lint.crosses(*route, inflate(box, -0.5))


@pytest.mark.parametrize("width", ["text", "column"])
@pytest.mark.parametrize("case", [{"t": 1}, {"t": 3}, {"t": 96, "h": 64}], ids=str)
def test_no_line_runs_through_a_unit_or_through_lines_of_another_kind(case, width):
    """What goes through time stands between two columns, and what goes upward within one."""
    scene, _ = drawn(recurrent(num_layers=2, **case), width)
    units = [f.box for f in scene.frames if f.id.startswith("unit.")]
    assert units
    # h goes up inside its own unit, beside c
    lines = [(e.id, e.route[-2:]) for e in scene.edges]
    assert not [(name, box) for name, line in lines for box in units if crosses(line, box)]
    spans = {role: [bounds(e.route) for e in scene.edges if e.role == role] for role in ("cell", "hidden")}
    upward = [e for e in scene.edges if e.role == "param"]
    assert upward
    for role, other in (("cell", "hidden"), ("hidden", "cell")):
        assert not [e.id for e in upward for box in spans[role] if crosses(e.route[-2:], box)]
        assert not [a for a in spans[role] for b in spans[other] if hit(a, b)]


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
