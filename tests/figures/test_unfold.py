"""rolled, unrolled, unfold: ids, edges, shapes, and nothing on top of anything else."""

from dataclasses import replace
from itertools import pairwise
from types import MappingProxyType

import pytest

import lstmviz
from lstmviz.errors import FigureError
from lstmviz.figures import kind
from lstmviz.figures.base import Subject
from lstmviz.figures.composing import compose
from lstmviz.layout.elide import shown_steps
from lstmviz.network.cache import traced as model
from lstmviz.network.plan import ModelPlan, PlanLayer, plan_of
from lstmviz.network.trace import trace_plan
from lstmviz.proof.sentences import holds
from lstmviz.scene.items import GROUND
from lstmviz.scene.labels import run_box
from lstmviz.spec import load
from tests.network.mutants import moved
from tests.refuting import refuted

from .lint import faults

KINDS = ("rolled", "unrolled", "unfold")
WIDTHS = ("auto", "column", "text")


def traced(type_="lstm", **given):
    """The trace of one recurrent layer; what is not a size of the input is the module's."""
    sizes = {"T": "timesteps", "N": "batch_size", "first": "batch_first", "states": "states_given"}
    plain = {"timesteps": 5, "batch_size": 6, "batch_first": True, "features": 3}
    plain |= {sizes[k]: given.pop(k) for k in sizes if k in given}
    lengths = given.pop("lengths", None)
    every = {"hidden_size": 16, "num_layers": 1, "bias": True, "dropout": 0.0, "bidirectional": False}
    own = {"lstm": {"proj_size": 0}, "gru": {}, "rnn": {"nonlinearity": "tanh"}}[type_]
    layer = PlanLayer("layers.0", type_, type_, MappingProxyType(every | own | given))
    trace = trace_plan(ModelPlan("sequence", **plain, layers=(layer,)))
    # The API tensors of a packed layer are the padded ones around it.
    return replace(trace, recurrent=(replace(trace.recurrent[0], lengths=lengths),))


CASES = {
    "lstm": {},
    "gru": {"type_": "gru"},
    "rnn": {"type_": "rnn", "nonlinearity": "relu"},
    "bi-lstm": {"bidirectional": True},
    "bi-gru": {"type_": "gru", "bidirectional": True},
    "bi-rnn": {"type_": "rnn", "bidirectional": True},
    "proj": {"proj_size": 5},
    "bi-proj": {"proj_size": 5, "bidirectional": True},
    "stacked": {"num_layers": 3, "dropout": 0.2},
    "bi-stacked": {"num_layers": 2, "bidirectional": True},
    "one": {"T": 1},
    "bi-one": {"T": 1, "bidirectional": True},
    "two": {"T": 2},
    "bi-two": {"T": 2, "bidirectional": True},
    "four": {"T": 4},
    "long": {"T": 96},
    "bi-long": {"T": 96, "bidirectional": True},
    "unbatched": {"N": None},
    "packed": {"lengths": (5, 3, 4, 2, 5, 1)},
    "given": {"states": True, "first": False},
}
TRACES: dict = {}


def scene_of(name, case, width="text", **options):
    if case not in TRACES:
        TRACES[case] = traced(**CASES[case])
    drawn = kind(name)
    return compose(drawn, Subject(TRACES[case]), drawn.options(width=width, **options))


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("name", KINDS)
def test_is_drawn_clean(name, case, width):
    for layer in range(CASES[case].get("num_layers", 1)):
        assert faults(scene_of(name, case, width, layer=layer)) == {}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("name", ["unrolled", "unfold"])
def test_unrolled_edges_are_what_torch_does(name, case):
    options = CASES[case]
    last, lanes = options.get("T", 5), ["fwd", "rev"][: 1 + options.get("bidirectional", False)]
    depth = options.get("num_layers", 1) - 1
    scene = scene_of(name, case, layer=depth)
    edges = {(e.source, e.target, e.role) for e in scene.edges if not e.id.startswith("rolled/")}
    steps = sorted(int(n.id.removeprefix("output.t")) for n in scene.nodes if n.id.startswith("output.t"))
    assert steps[0] == 1
    assert steps[-1] == last
    states = {"c": "cell", "h": "hidden"} if options.get("type_", "lstm") == "lstm" else {"h": "hidden"}
    want = set()
    for lane in lanes:
        order = steps if lane == "fwd" else steps[::-1]
        cells = [f"cell.l{depth}.{lane}.t{s}" for s in order]
        for base, role in states.items():
            way = [f"{base}_0.l{depth}.{lane}", *cells, f"{base}_n.l{depth}.{lane}"]
            want |= {(a, b, role) for a, b in pairwise(way)}
        for step, cell in zip(order, cells, strict=True):
            below = (f"h.l{depth - 1}.t{step}", cell, "hidden") if depth else (f"x.t{step}", cell, "input")
            want |= {below, (cell, f"output.t{step}", "hidden")}
    assert edges == want


@pytest.mark.parametrize("case", CASES)
def test_rolled_state_returns_through_its_delay(case):
    options = CASES[case]
    scene = scene_of("rolled", case)
    pairs = {(e.source, e.target) for e in scene.edges}
    for lane in ["fwd", "rev"][: 1 + options.get("bidirectional", False)]:
        two = f".{lane}" if options.get("bidirectional") else ""
        cell = f"cell.l0.{lane}"
        for base in "hc" if options.get("type_", "lstm") == "lstm" else "h":
            assert {(cell, f"delay.{base}{two}"), (f"delay.{base}{two}", cell)} <= pairs
            assert {(f"{base}_0.l0.{lane}", cell), (cell, f"{base}_n.l0.{lane}")} <= pairs
        read = {source for source, _ in pairs if source.startswith("x")}
        assert read in ({"x"}, {"x.fwd", "x.rev"})  # side by side, both directions read one x_t
        assert {("x" if read == {"x"} else f"x{two}", cell), (cell, f"h{two}")} <= pairs


def texts(scene):
    return {text.label.text for text in scene.texts}


def test_a_rolled_state_says_what_of_output_it_is():
    """All of a step in one direction, half of it in each of two; of a layer that is not the last nothing."""
    model = "input: {batch_size: 2, timesteps: 4, features: 3}\nlayers: [gru: {hidden_size: 5%s}]\n"
    words = ("one step of output", "half of a step of output")
    for more, true in (("", words[:1]), (", bidirectional: true", words[1:]), (", num_layers: 2", ())):
        spec = lstmviz.load(model % more)
        drawn = texts(lstmviz.draw(spec, "rolled").scene)
        assert drawn & {*words} == {*true}
        assert ("side by side: one step of output" in drawn) == (true == words[1:])
        assert ("The GRU box is all 5 units of the layer." in drawn) == (true != words[1:])
        assert ({"to layer 1", "of layer 1"} <= {*drawn} | {one[-10:] for one in drawn}) == (true == ())
        trace = lstmviz.shapes(spec).trace
        given = (("depth", 0), ("layer", "gru"))
        facts = [holds(trace, f"chain.{one}of-output", given) for one in ("", "half-")]
        assert facts == [word in true for word in words]


def test_looks_tell_c_from_h_and_reverse_from_forward():
    for edge in scene_of("unfold", "bi-lstm").edges:
        assert edge.double == (edge.role == "cell")
        along = "_" in edge.source + edge.target or edge.source[:9] == edge.target[:9] == "cell.l0.r"
        if edge.dashed:
            assert edge.head == "hollow"
            assert "rev" in edge.id
        elif along:
            assert "rev" not in edge.id


def test_shapes_are_those_of_the_trace():
    scene = scene_of("unrolled", "bi-proj")
    layer = TRACES["bi-proj"].recurrent[0]
    tensors = {t.name: t.sizes for t in layer.tensors}
    for item in (*scene.nodes, *scene.frames):
        assert item.shape == (tensors[item.tensor] if item.tensor else None)
    told = " ".join(t.label.text for t in scene.texts)
    for shape in ("(N, T, 2P) = (6, 5, 10)", "(2L, N, P) = (2, 6, 5)", "(2L, N, H) = (2, 6, 16)"):
        assert shape in told
        assert shape in scene.description


@pytest.mark.parametrize("name", KINDS)
def test_the_true_number_of_steps_is_said(name):
    scene = scene_of(name, "long", "column")
    assert any("T = 96" in t.label.text for t in scene.texts)
    assert "96" in scene.description


def test_zeros_are_empty_boxes():
    for name in KINDS:
        empty = [n for n in scene_of(name, "lstm").nodes if "_0.l0" in n.id]
        assert empty
        assert {n.fill for n in empty} == {GROUND}
        assert {n.fill for n in scene_of(name, "given").nodes if "_0.l0" in n.id} == {None}


def test_zeros_and_given_states():
    def told(case):
        return [t.label.text for t in scene_of("unrolled", case).texts]

    assert any("zeros" in text for text in told("lstm"))
    assert not any("zeros" in text for text in told("given"))


def head_of(name, *stages, **layer):
    lstm = {"lstm": {"hidden_size": 16, "num_layers": 2, **layer}}
    spec = load({"input": {"batch_size": 6, "timesteps": 5, "features": 3}, "layers": [lstm, *stages]})
    drawn = kind(name)
    return compose(drawn, Subject(model(spec), spec.input), drawn.options(layer=1))


def test_what_follows_stands_on_the_last_layer():
    scene = head_of("unrolled", {"linear": 7}, "softmax", bidirectional=True)
    ups = {(e.source, e.target) for e in scene.edges if e.role == "output"}
    chain = ("output", "linear", "softmax", "result")
    assert ups == {(f"{a}.t{t}", f"{b}.t{t}") for a, b in pairwise(chain) for t in range(1, 6)}
    assert {n.shape for n in scene.nodes if n.id.startswith(("linear", "result"))} == {(5, 6, 7)}
    assert faults(scene) == {}


def test_elide_never_draws_every_step():
    scene = scene_of("unrolled", "long", "5000mm", elide="never")
    assert sum(n.id.startswith("cell.") for n in scene.nodes) == 96


@pytest.mark.parametrize("layer", [-1, 3])
def test_a_layer_that_is_not_there(layer):
    with pytest.raises(FigureError, match="there is no layer"):
        scene_of("unrolled", "stacked", layer=layer)


def test_shown_steps_never_repeats():
    for steps in range(1, 30):
        for slots in range(2, 9):
            shown = shown_steps(steps, slots)
            real = [s for s in shown if s]
            assert real == sorted(set(real))
            assert (real[0], real[-1]) == (1, steps)


STACKED = """
input: {batch_size: 8, timesteps: 5, features: 13, batch_first: true}
layers: [lstm: {hidden_size: 24, num_layers: %d, bidirectional: %s}]
"""


@pytest.mark.parametrize("width", ["column", "text"])
@pytest.mark.parametrize("name", KINDS)
def test_which_layer_it_is_stands_over_the_drawing_and_output_over_those_above(name, width):
    for layers, above in (
        (2, "layer 1: a chain like this one"),
        (4, "layers 1 to 3: chains like this one"),
    ):
        spec = lstmviz.load(STACKED % (layers, "false"))
        scene = lstmviz.draw(spec, name, width=width).scene
        which = [t for t in scene.texts if t.label.text.startswith(f"Layer 0 of {layers}, marked (0);")]
        which += [t for t in scene.texts if t.label.text.endswith("its own weights and states.")]
        assert len(which) == 2
        assert all(t.label.runs[0].y < min(n.box[1] for n in scene.nodes) for t in which)
        if name == "unfold":  # both halves end at the h of this layer
            told = [t.label.text for t in scene.texts]
            assert told.count("to layer 1") == 2
            assert not any(n.id.startswith("output.t") for n in scene.nodes)
            assert f"output (N, T, H) = (8, 5, 24) of layer {layers - 1}" in told
        if name == "unrolled":
            (strip,) = (n for n in scene.nodes if n.label and n.label.text == above)
            (given,) = (t for t in scene.texts if t.label.text == "output (N, T, H) = (8, 5, 24)")
            last = [n for n in scene.nodes if n.id.startswith("output.t")]
            assert given.label.runs[0].y < min(n.box[1] for n in last)  # over the last layer's states
            assert max(n.box[3] for n in last) < strip.box[1] - 6


def test_output_stands_at_the_layers_up_to_the_last_and_at_no_others():
    spec = lstmviz.load(STACKED % (3, "false"))
    subject, plan = Subject(lstmviz.shapes(spec).trace), plan_of(spec)
    scene = compose(kind("unrolled"), subject, kind("unrolled").options())
    assert not refuted(scene, subject.trace, plan)
    name = "output (N, T, H) = (8, 5, 24)"
    away = [replace(t, label=moved(t.label, 0.0, 200.0)) if t.label.text == name else t for t in scene.texts]
    assert refuted(replace(scene, texts=tuple(away)), subject.trace, plan)
    (strip,) = (n for n in scene.nodes if n.label and n.label.text == "layers 1 to 2: chains like this one")
    short = replace(strip, label=replace(strip.label, text="layer 1", means=""))
    nodes = tuple(short if n is strip else n for n in scene.nodes)
    assert refuted(replace(scene, nodes=nodes), subject.trace, plan)


@pytest.mark.parametrize("layers", [1, 2])
def test_in_a_column_the_loop_of_the_reverse_direction_is_told(layers):
    spec = lstmviz.load(STACKED % (layers, "true"))
    scene = lstmviz.draw(spec, "unfold", width="column").scene
    assert scene.height <= 230 * 72 / 25.4
    assert {n.id.split(".")[-1] for n in scene.nodes if n.id.startswith("rolled/cell")} == {"fwd"}
    trace, plan = lstmviz.shapes(spec).trace, plan_of(spec)
    assert not refuted(scene, trace, plan)
    said = {t: [dict(claim.facts).get("id") for claim in t.label.claims] for t in scene.texts}
    silent = tuple(t for t in scene.texts if "chain.reverse-alike" not in said[t])
    assert len(silent) < len(scene.texts)
    assert refuted(replace(scene, texts=silent), trace, plan)


@pytest.mark.parametrize("width", ["column", "text"])
@pytest.mark.parametrize("layers", [1, 2])
def test_what_both_directions_give_is_joined(layers, width):
    scene = lstmviz.draw(STACKED % (layers, "true"), "rolled", width=width).scene
    up = {n.id: n.box for n in scene.nodes if n.id in {"h.fwd", "h.rev"}}
    lines = [p.points for p in scene.polygons if not p.closed and p.role in {"output", "hidden"}]
    if width == "column":  # one line past both
        (rail,) = (points for points in lines if len(points) == 4)
        ends = (rail[0], rail[-1])
    else:  # an arrow from each into the box of both
        both = next(n.box for n in scene.nodes if n.id == "h")
        arrows = sorted(points for points in lines if len(points) == 3)
        ends = tuple(points[0] for points in arrows)
        reached = [points[-1] for points in arrows]
        assert [x < (both[0] + both[2]) / 2 for x, _ in reached] == [True, False]
        assert all(both[0] - 5 <= x <= both[2] + 5 and both[1] <= y <= both[3] for x, y in reached)
    for box, (x, y) in zip((up["h.fwd"], up["h.rev"]), ends, strict=True):
        assert box[0] - 0.1 <= x <= box[2] + 0.1
        assert box[1] - 0.1 <= y <= box[3] + 0.1
    assert texts(scene) & {"side by side: one step of output", "both go to layer 1:"}


@pytest.mark.parametrize("width", ["text", "column"])
def test_the_equals_sign_stands_between_the_two_drawings(width):
    scene = scene_of("unfold", "lstm", width=width)
    sign = next(run_box(text.label.runs[0]) for text in scene.texts if text.label.text == "=")
    boxes = {
        once: [n.box for n in scene.nodes if n.id.startswith("rolled/") == once] for once in (True, False)
    }
    axis, between = (0, 1) if width == "text" else (1, 0)  # side by side, or on each other
    assert max(box[axis + 2] for box in boxes[True]) < sign[axis]
    assert sign[axis + 2] < min(box[axis] for box in boxes[False])
    for chip in (box for n in scene.nodes if "_n" in n.id or "_0" in n.id for box in [n.box]):
        assert chip[between] > sign[between + 2] or chip[between + 2] < sign[between] or width == "column"


def test_both_halves_have_their_rows_at_one_height():
    for case in ("lstm", "gru"):
        scene = scene_of("unfold", case, width="text")
        at = {node.id: node.box[1] for node in scene.nodes}
        assert at["rolled/x"] == pytest.approx(at["x.t1"])
        assert at["rolled/h"] == pytest.approx(at["output.t1"])
