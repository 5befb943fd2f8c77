"""The grid of whole models: heads, stacks, decoders, and what the data is called."""

from itertools import pairwise

import pytest

import lstmviz
from lstmviz import pipeline
from lstmviz.errors import FigureError
from lstmviz.figures import kind
from lstmviz.figures.base import Subject
from lstmviz.figures.composing import compose
from lstmviz.figures.shared.transfers import _cuts
from lstmviz.network.cache import traced
from lstmviz.proof.prove import prove
from lstmviz.proof.sentences import holds
from lstmviz.spec import load

from .lint import faults

GRID = kind("grid")
DATA = {"batch_size": 6, "timesteps": 5, "features": 3, "batch_first": True}
LENGTHS = [5, 3, 4, 2, 5, 1]
LSTM = {"lstm": {"hidden_size": 16, "num_layers": 2}}
TWO = {"lstm": {"hidden_size": 16, "num_layers": 2, "bidirectional": True}}
DECODER = {"decoder": {"cell": "lstm", "hidden_size": 16, "num_layers": 2, "steps": 4, "features": 8}}
FOUR = {"decoder": DECODER["decoder"] | {"num_layers": 4}}
MODELS = {
    "step": [LSTM, {"linear": 1}],
    "steps": [LSTM, {"linear": 9}, "relu", {"dropout": 0.3}, {"layer_norm": {}}, {"linear": 4}, "softmax"],
    "last": [LSTM, "last_step", {"linear": 10}, "softmax"],
    "view": [LSTM, {"reshape": [-1, 16]}, {"linear": 1}, {"view": ["N", "T", -1]}],
    "both": [TWO, {"linear": 1}],
    "several": [LSTM, {"dropout": 0.3}, {"gru": 8}, "last_step", {"linear": 2}],
    "direct": [{"gru": 16}, {"lstm": 8}, {"rnn": 7}],
    "mixed": [TWO, {"linear": 9}, "relu", {"lstm": 8}],
    "decoder": [LSTM, DECODER, {"linear": 8}],
    "gru-decoder": [{"gru": 16}, {"decoder": {"cell": "gru", "hidden_size": 16, "steps": 9, "features": 8}}],
    "conv": [{"conv1d": {"out_channels": 4, "kernel_size": 3, "padding": 1}}, LSTM, {"linear": 1}],
}


def scene_of(layers, width="text", data=None, **options):
    spec = load(
        {"input": DATA | (data or {}), "layers": MODELS[layers] if isinstance(layers, str) else layers}
    )
    return compose(GRID, Subject(traced(spec), spec.input), GRID.options(width=width, **options))


def arrows(scene, role="output"):
    return {(e.source, e.target) for e in scene.edges if e.role == role}


def told(scene):
    return [t.label.text for t in scene.texts]


@pytest.mark.parametrize("width", ["text", "column", "120mm", "slide"])
@pytest.mark.parametrize("steps", [1, 2, 5, 96])
@pytest.mark.parametrize("model", MODELS)
def test_nothing_touches_what_it_should_not(model, steps, width):
    assert faults(scene_of(model, width, {"timesteps": steps})) == {}


@pytest.mark.parametrize("width", ["text", "column"])
@pytest.mark.parametrize("model", ["steps", "last", "both", "several", "mixed", "decoder"])
def test_padding_is_drawn_clean_in_whole_models(model, width):
    assert faults(scene_of(model, width, {"lengths": LENGTHS})) == {}


def test_a_stage_on_every_step_is_drawn_on_every_step():
    scene = scene_of("steps")
    chain = ("output", "linear", "relu", "dropout", "layer_norm", "linear-2", "softmax", "result")
    assert arrows(scene) == {(f"{a}.t{t}", f"{b}.t{t}") for a, b in pairwise(chain) for t in range(1, 6)}
    nodes = {n.id: n for n in scene.nodes}
    assert (nodes["linear.t2"].role, nodes["relu.t2"].role, nodes["result.t2"].role) == (
        "param",
        "op",
        "output",
    )
    assert (nodes["linear.t2"].tensor, nodes["linear.t2"].shape) == ("linear.output", (6, 5, 9))
    assert nodes["result.t5"].shape == (6, 5, 4)
    assert "(N, T, 4) = (6, 5, 4)" in " ".join(told(scene))


def test_last_step_takes_one_column_from_the_last_valid_step():
    for lengths, last in ((None, 5), (LENGTHS, 3)):
        scene = scene_of("last", data={"lengths": lengths} if lengths else {})
        chain = (f"output.t{last}", "last_step", "linear", "softmax", "result")
        assert arrows(scene) == set(pairwise(chain))
        boxes = {n.id: n.box for n in scene.nodes}
        middles = {round(boxes[i][0] + boxes[i][2], 6) for i in chain}
        assert len(middles) == 1


def test_a_merged_time_axis_is_drawn_over_all_steps():
    scene = scene_of("view")
    into = {(f"output.t{t}", "reshape") for t in range(1, 6)}
    assert arrows(scene) == into | {("reshape", "linear"), ("linear", "view"), ("view", "result")}
    box = next(n.box for n in scene.nodes if n.id == "linear")
    outer = next(f.box for f in scene.frames if f.id == "output")
    assert box[0] <= outer[0]
    assert box[2] >= outer[2]


def test_padded_steps_have_nothing_above_them():
    scene = scene_of("step", data={"lengths": LENGTHS}, sample=1)
    assert {n.id for n in scene.nodes if n.id.startswith(("linear", "result."))} == {
        f"{name}.t{t}" for name in ("linear", "result") for t in (1, 2, 3)
    }


def test_layers_stand_on_each_other_with_what_is_between():
    scene = scene_of("several")
    assert {(f"lstm/output.t{t}", f"dropout.t{t}") for t in range(1, 6)} <= arrows(scene)
    assert {(f"dropout.t{t}", f"gru/x.t{t}") for t in range(1, 6)} <= arrows(scene)
    assert ("gru/output.t5", "last_step") in arrows(scene)
    assert {f.id for f in scene.frames} >= {"lstm/input", "lstm/output", "gru/input", "gru/output"}
    assert {n.shape for n in scene.nodes if n.id.startswith("gru/x.")} == {(6, 5, 16)}


def test_one_layer_may_be_asked_for():
    scene = scene_of("several", of="gru")
    cells = {n.id.rpartition(".")[0] for n in scene.nodes if ".t" in n.id and "cell" in n.id}
    assert cells == {"gru/cell.l0.fwd"}
    assert any("Dropout(0.3) → x_t" in line for line in told(scene))
    lower = scene_of("several", of="lstm")
    assert not arrows(lower)
    assert any("dropout → gru" in line for line in told(lower))


def test_layers_with_other_steps_are_named():
    conv = {"conv1d": {"out_channels": 4, "kernel_size": 3}}
    scene = scene_of([LSTM, conv, {"gru": 8}])
    assert any("not drawn: gru (3 steps)" in line and "of: gru" in line for line in told(scene))
    assert not any(n.id.startswith("gru/") for n in scene.nodes)


@pytest.mark.parametrize("width", ["text", "column"])
def test_every_last_state_is_handed_to_the_decoder(width):
    scene = scene_of("decoder", width)
    for base, role in (("h", "hidden"), ("c", "cell")):
        handed = {p for p in arrows(scene, role) if p[0].startswith(f"lstm/{base}_n")}
        assert handed == {(f"lstm/{base}_n.l{k}.fwd", f"decoder/{base}_0.l{k}.fwd") for k in (0, 1)}
    assert {(f"decoder/output.t{t}", f"linear.t{t}") for t in (1, 4)} <= arrows(scene)
    assert not [e for e in scene.edges if e.source.startswith("lstm/output")]
    assert next(n.label.text for n in scene.nodes if n.id == "decoder/x.t1") == "x′_1"


@pytest.mark.parametrize(("layers", "width"), [([LSTM, DECODER], "column"), ([TWO, FOUR], "text")])
def test_states_that_go_round_never_share_a_lane(layers, width):
    routes = [e.route for e in scene_of(layers, width).edges if "_n." in e.source]
    ways = [(axis, p[axis]) for r in routes for p, q in pairwise(r) for axis in (0, 1) if p[axis] == q[axis]]
    beside = [(axis, at) for axis, at in ways if ways.count((axis, at)) > 1]
    assert len(routes) in (4, 8)
    assert beside == []


def test_both_directions_become_two_layers_of_a_decoder():
    encoder = {"lstm": {"hidden_size": 16, "bidirectional": True}}
    scene = scene_of([encoder, DECODER])
    handed = {p for p in arrows(scene, "hidden") if "_n." in p[0]}
    assert ("lstm/h_n.l0.fwd", "decoder/h_0.l0.fwd") in handed
    assert ("lstm/h_n.l0.rev", "decoder/h_0.l1.fwd") in handed
    assert faults(scene) == {}


def test_lanes_that_cross_are_opened():
    (cut,) = _cuts([(0, 5), (10, 5)], [[(4, 0), (4, 9)], [(4, 6), (4, 9)]])
    assert cut == pytest.approx((1.8, 6.2))


def test_ids_of_stages_are_apart_from_those_of_the_grid():
    layers = [LSTM, {"linear": 4, "name": "output"}, {"linear": 4, "name": "result"}]
    assert faults(scene_of(layers)) == {}
    assert ("output.t1", "output-stage.t1") in arrows(scene_of(layers))


def test_steps_carry_the_names_that_the_data_gives_them():
    days = {"axes": {"time": {"name": "days", "labels": ["Mon", "Tue", "Wed", "Thu", "Friday the 13th"]}}}
    scene = scene_of("step", data=days)
    assert {"Mon", "Tue", "time: days"} <= set(told(scene))
    assert faults(scene) == {}
    spec = load(
        {
            "input": {"vocabulary": 9, "batch_first": True, "sentences": [["a", "b", "c"], ["yes", "no"]]},
            "layers": [{"embedding": 4}, {"gru": 5}, "last_step"],
        }
    )
    words = told(compose(GRID, Subject(traced(spec), spec.input), GRID.options()))
    assert {"yes", "no"} <= set(words)
    assert "tokens → Embedding(9, 4) → x_t" in words


@pytest.mark.parametrize(
    ("model", "width"), [("step", "text"), ("step", "column"), ("step", "slide"), ("both", "slide")]
)
def test_a_marked_step_is_drawn_and_said(model, width):
    scene = scene_of(model, width, {"timesteps": 96}, highlight=40)
    assert any(n.id == "x.t40" for n in scene.nodes)
    assert "t = 40" in told(scene)
    assert any("h and c of t = 39" in line for line in (*told(scene), scene.caption))
    assert faults(scene) == {}


def test_a_marked_step_must_exist():
    with pytest.raises(FigureError, match="no step 6: T = 5"):
        scene_of("step", highlight=6)


HALF = "the reverse pass has made only one step"


@pytest.mark.parametrize(
    ("both", "head", "warned"),
    [(True, "last_step", True), (True, "last_state", False), (False, "last_step", False)],
)
@pytest.mark.parametrize("lengths", [None, [4, 2, 3]])
def test_the_reverse_half_of_the_last_step_is_warned_of(lengths, both, head, warned):
    given = {"batch_size": 3, "timesteps": 4, "features": 2} | ({"lengths": lengths} if lengths else {})
    layers = [{"gru": {"hidden_size": 3, "bidirectional": both}}, head, {"linear": 1}]
    model = {"input": given, "layers": layers, "figures": ["grid"]}
    texts = " ".join(text.label.text for text in lstmviz.draw(model, "grid").scene.texts)
    assert (HALF in texts) == warned
    (proof,) = lstmviz.check(model)
    assert (proof.arrows, proof.unproven) == (proof.proven, ())


STREAMS = "input: {features: 3, stateful: {parallel: 4, chunk: 5}%s}\nlayers: [%s, linear: 2]\n"


@pytest.mark.parametrize("kind", ["grid", "unrolled"])
@pytest.mark.parametrize("layers", ["lstm: 8", "gru: {hidden_size: 8, num_layers: 2}", "rnn: 8"])
def test_a_chunk_of_streams_is_cut_off_from_the_one_before(kind, layers):
    text = STREAMS % (", batch_first: true" if kind == "grid" else "", layers)
    scene = lstmviz.draw(text, kind).scene
    boxes = {n.id: n.box for n in scene.nodes}
    first = min((box for id_, box in boxes.items() if id_.startswith("cell.")), key=lambda box: box[0])
    begun = [box for id_, box in boxes.items() if id_.startswith("h_0.")]
    dashed = sorted(p.points[0][0] for p in scene.polygons if p.dash == (3.0, 2.2))
    if kind == "grid":  # the chunks beside it are drawn: the lines stand between them and this one's states
        assert len(dashed) == 2
        assert dashed[0] < min(box[0] for box in begun)
        assert dashed[1] > max(box[2] for id_, box in boxes.items() if id_.startswith("h_n."))
    else:
        assert dashed
        assert all(max(box[2] for box in begun) < x < first[0] for x in dashed)
    assert any("one chunk: 5 steps of 4 parallel streams" in t.label.text for t in scene.texts)
    subject = pipeline.trace(lstmviz.load(text))
    assert not prove(scene, subject.trace).faults
    layer = subject.trace.recurrent[0]
    for wrong in ({"chunk": 4, "streams": 4}, {"chunk": 5, "streams": 5}):
        assert not holds(subject.trace, "layer.chunk", (("layer", layer.name), *wrong.items()))


@pytest.mark.parametrize(
    ("said", "message"),
    [
        (", batch_size: 3", "'batch_size' is 3, but 'parallel' makes it 4"),
        (", timesteps: 9", "'timesteps' is 9, but 'chunk' makes it 5"),
        (", lengths: [1, 2, 3, 4]", "'lengths' belongs to sequences of their own"),
    ],
)
def test_streams_have_sizes_of_their_own(said, message):
    with pytest.raises(lstmviz.SpecError, match=message):
        lstmviz.load(STREAMS % (said, "lstm: 8"))


def test_streams_are_read_in_one_direction():
    with pytest.raises(lstmviz.SpecError, match="the reverse direction would begin at its end"):
        lstmviz.load(STREAMS % ("", "lstm: {hidden_size: 8, bidirectional: true}"))
