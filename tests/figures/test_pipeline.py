"""The pipeline: every stage once, every shape as measured, an unbroken way, and rearranged axes."""

import math
from types import SimpleNamespace

import pytest

import lstmviz
from lstmviz.figures import kind
from lstmviz.figures.base import Subject
from lstmviz.figures.composing import compose
from lstmviz.figures.pipeline.axes import regrouped, wiring_of
from lstmviz.figures.pipeline.axis_descriptions import said
from lstmviz.figures.pipeline.pictures import Scale, picture_of
from lstmviz.figures.pipeline.piles import piles_of
from lstmviz.figures.pipeline.steps import steps_of
from lstmviz.network.cache import traced
from lstmviz.network.structure import Tensor
from lstmviz.proof.facts.layers import FACTS
from lstmviz.proof.flow import held_in
from lstmviz.spec import load

from .lint import faults

PIPELINE = kind("pipeline")
SEQUENCE = {"batch_size": 4, "timesteps": 5, "features": 3}
FIRST = {**SEQUENCE, "batch_first": True}
IMAGE = {"batch_size": 8, "channels": 3, "height": 32, "width": 48}
CONV = {"conv2d": {"out_channels": 16, "kernel_size": [3, 5], "padding": 1, "bias": False}}
DECODER = {"decoder": {"cell": "lstm", "hidden_size": 16, "steps": 4, "features": 8}}


def _block(channels):
    conv = {"out_channels": channels, "kernel_size": 3, "padding": 1}
    return [{"conv2d": conv}, "batch_norm2d", "relu", {"max_pool2d": 2}]


MODELS = {
    "regression": (SEQUENCE, [{"lstm": 16}, {"view": [-1, 16]}, {"linear": 1}, {"view": ["T", "N", -1]}]),
    "batch first": (FIRST, [{"lstm": 16}, {"reshape": [-1, 16]}, {"linear": 1}, {"reshape": ["N", "T", -1]}]),
    "scrambled": (
        SEQUENCE,
        [{"lstm": 16}, {"view": ["N", "T", 16]}, {"permute": [1, 0, 2]}, {"linear": 1}],
    ),
    "packed": (
        {**FIRST, "lengths": [5, 2, 4, 1], "states": "given"},
        [{"lstm": {"hidden_size": 16, "num_layers": 2, "bidirectional": True, "dropout": 0.1}},
         "last_step", {"linear": 2}, "softmax"],
    ),
    "over time": (
        SEQUENCE,
        [{"conv1d": {"out_channels": 8, "kernel_size": 3, "padding": 1}}, "relu", {"gru": 6}, "last_step",
         "layer_norm", {"linear": 1}],
    ),
    "cnn": (
        IMAGE,
        [CONV, "batch_norm2d", "relu", {"max_pool2d": 2}, {"dropout": 0.3}, "flatten", {"linear": 10}],
    ),
    "short cnn": (IMAGE, [CONV, {"avg_pool2d": [2, 3]}, "flatten", {"linear": 10}]),
    "encoder decoder": (SEQUENCE, [{"lstm": 16}, DECODER, {"linear": 8}]),
    "decoder further on": (SEQUENCE, [{"lstm": 16}, {"linear": 4}, DECODER]),
    "gru decoder": (
        {**SEQUENCE, "states": "given"},
        [{"gru": 16}, {"decoder": {"cell": "gru", "hidden_size": 16, "steps": 4, "features": 8}}],
    ),
    "unbatched": ({"timesteps": 5, "features": 3}, [{"rnn": 7}, {"linear": 1}]),
    "two": (
        SEQUENCE,
        [{"lstm": 16}, {"dropout": 0.5}, {"gru": 6, "name": "reader"}, "last_step", {"linear": 1}],
    ),
    "tokens": (
        {"vocabulary": 1000, "sentences": [["a", "b", "c"], ["d"]]},
        [{"embedding": 8}, {"lstm": 16}, "last_step", {"linear": 2}],
    ),
    "no time": ({"batch_size": 6, "features": 4}, [{"linear": 8}, "relu", {"linear": 3}, "sigmoid"]),
    "one": ({"batch_size": 1, "timesteps": 1, "features": 1}, [{"lstm": 1}]),
    "long": ({"batch_size": 112, "timesteps": 96, "features": 300},
             [{"lstm": {"hidden_size": 100, "num_layers": 8}}, {"view": [-1, 100]}, {"linear": 1000}]),
    "twenty": (
        {**IMAGE, "height": 64, "width": 64},
        [*_block(16), *_block(32), *_block(64), "flatten", {"linear": 256}, "relu", {"dropout": 0.5},
         {"linear": 64}, "relu", {"linear": 10}, "softmax"],
    ),
    "many recurrent": (FIRST, [{"lstm": 16}, {"dropout": 0.1}] * 9 + [DECODER]),
}  # fmt: skip


def subject(name):
    data, layers = MODELS[name]
    spec = load({"title": "A whole model, stage by stage", "input": data, "layers": layers})
    return Subject(traced(spec), spec.input, spec.title)


def draw(name, **options):
    return compose(PIPELINE, subject(name), PIPELINE.options(**options))


def texts(scene):
    return [t.label.text for t in scene.texts]


@pytest.mark.parametrize("width", ["text", "column", "110mm", "136mm"])
@pytest.mark.parametrize("name", MODELS)
def test_nothing_touches_what_it_should_not(name, width):
    assert faults(draw(name, width=width)) == {}


@pytest.mark.parametrize("width", ["text", "column"])
@pytest.mark.parametrize("name", MODELS)
def test_nothing_touches_with_parameters_and_depth(name, width):
    assert faults(draw(name, width=width, parameters=True, depth=2)) == {}


@pytest.mark.parametrize("shapes", ["symbols", "numbers", "off"])
@pytest.mark.parametrize("name", ["regression", "packed", "encoder decoder", "cnn", "twenty"])
def test_nothing_touches_whatever_shapes_say(name, shapes):
    for width in ("text", "column"):
        assert faults(draw(name, width=width, shapes=shapes, legend="off")) == {}


@pytest.mark.parametrize("width", ["text", "column"])
@pytest.mark.parametrize("name", MODELS)
def test_every_stage_and_every_tensor_is_there_as_measured(name, width):
    trace, nodes = subject(name).trace, {n.id: n for n in draw(name, width=width, detail="full").nodes}
    assert nodes["input"].shape == trace.input.sizes
    for stage in trace.stages:
        assert f"stage.{stage.name}" in nodes
        handed = f"tensor.{stage.name}" not in nodes
        for tensor in stage.outputs[1:] if handed else stage.outputs[:1]:
            node = nodes[f"tensor.{stage.name}{f'.{tensor.name}' if handed else ''}"]
            assert (node.tensor, node.shape) == (tensor.name, tensor.sizes)
        for tensor in stage.inputs[1:] if stage.type != "decoder" else stage.inputs[:1]:
            assert nodes[f"input.{stage.name}.{tensor.name}"].shape == tensor.sizes


@pytest.mark.parametrize("width", ["text", "column"])
@pytest.mark.parametrize("name", MODELS)
def test_the_way_through_the_model_is_unbroken(name, width):
    trace, scene = subject(name).trace, draw(name, width=width, detail="full")
    before = {}
    for edge in scene.edges:
        before.setdefault(edge.target, set()).add(edge.source)
    at, previous = "input", None
    for stage in trace.stages:
        reads, here = before[f"stage.{stage.name}"], f"stage.{stage.name}"
        beside = {s for s in reads if s.startswith(f"input.{stage.name}.")}
        states = {t.name.replace("_0", "_n") for t in stage.inputs if t.name[1:] == "_0"}
        if stage.type == "decoder" and f"tensor.{previous}" not in {n.id for n in scene.nodes}:
            assert reads - beside == {f"tensor.{previous}.{s}" for s in states}
            assert beside == {f"input.{stage.name}.target"}
        elif stage.type != "decoder":
            assert reads - beside == {at}
        at, previous = f"tensor.{stage.name}", stage.name
        given = [t for t in before if t == at or t.startswith(f"{at}.")]
        assert given and all(before[t] == {here} for t in given)


def test_what_moves_no_number_shares_a_box():
    """It stands with the stage before it; after a recurrent layer, whose output is drawn, with the next."""
    steps = [SimpleNamespace(name=n, type=n, wiring=w, beside=(), handed=(), source="", framed=f)
             for n, w, f in [("lstm", None, True), ("dropout", None, True), ("linear", None, False),
                             ("relu", None, False), ("flatten", 1, False), ("tanh", None, False),
                             ("softmax", None, False)]]  # fmt: skip
    piles = [[one.name for one in pile] for pile in piles_of(steps, PIPELINE.options())]
    assert piles == [["lstm"], ["dropout", "linear", "relu"], ["flatten"], ["tanh", "softmax"]]
    assert [len(pile) for pile in piles_of(steps, PIPELINE.options(detail="full"))] == [1] * len(steps)


@pytest.mark.parametrize("width", ["text", "column"])
@pytest.mark.parametrize("name", MODELS)
def test_every_stage_is_named_in_a_box_and_what_a_box_gives_is_as_measured(name, width):
    scene, trace = draw(name, width=width), subject(name).trace
    nodes, boxes = {node.id: node for node in scene.nodes}, held_in(scene)
    for stage in trace.stages:
        box = boxes.get(stage.name, f"stage.{stage.name}")
        assert box in nodes
        after = nodes.get(f"tensor.{stage.name}")
        assert after is None or after.shape == stage.outputs[0].sizes
        assert after is not None or box != f"stage.{stage.name}" or stage.outputs[1:]


def test_a_decoder_does_not_read_what_stands_between():
    scene = draw("decoder further on", width="column")
    reads = {e.source for e in scene.edges if e.target == "stage.decoder"}
    assert reads == {"input.decoder.target", "input.decoder.h_0", "input.decoder.c_0"}
    assert {"h_n of lstm", "c_n of lstm"} <= set(texts(scene))


def test_h_and_c_are_told_apart_where_they_are_handed_on():
    edges = {e.id: e for e in draw("encoder decoder").edges}
    c, h = edges["tensor.lstm.c_n-stage.decoder"], edges["tensor.lstm.h_n-stage.decoder"]
    assert (c.double, c.role, h.double, h.role) == (True, "cell", False, "hidden")
    assert "output not used" in texts(draw("encoder decoder"))


@pytest.mark.parametrize("width", ["text", "column"])
def test_what_a_decoder_begins_with_is_told_from_its_own_last_states(width):
    """What is handed over says what it becomes; what of the decoder nothing reads is called its own."""
    words = texts(draw("encoder decoder", width=width))
    assert {"h_n becomes h_0", "c_n becomes c_0"} <= set(words)
    (own,) = (one for one in words if "h_n, c_n" in one)
    assert own.startswith("its own ")
    assert "becomes" not in " ".join(texts(draw("encoder decoder", width=width, shapes="off")))


def test_what_last_states_become_is_held_against_the_model():
    seen = subject("encoder decoder").trace
    right = {"stage": "lstm", "last": "h_n", "name": "h_0"}
    assert FACTS["begins-decoder"](seen, right)
    for wrong in ({"name": "c_0"}, {"last": "c_n"}, {"stage": "decoder"}, {"name": "h_n"}):
        assert not FACTS["begins-decoder"](seen, right | wrong)


def test_groups_of_axes_follow_from_the_sizes():
    assert regrouped((5, 4, 16), (20, 16)) == (((0, 1), (0,)), ((2,), (1,)))
    assert regrouped((4, 16, 8, 8), (4, 1024)) == (((0,), (0,)), ((1, 2, 3), (1,)))
    assert regrouped((5, 4, 16), (4, 5, 16)) == (((0, 1), (0, 1)), ((2,), (2,)))
    assert regrouped((6,), (6, 1, 1)) == (((0,), (0, 1, 2)),)
    for before, after in (((2, 3, 4), (6, 4)), ((1, 6, 1), (6,)), ((12,), (3, 4)), ((4, 6), (8, 3))):
        for old, new in regrouped(before, after):
            assert math.prod(before[i] for i in old) == math.prod(after[i] for i in new)


def test_rearranged_axes_are_said_in_words():
    def words(name):
        return [
            "\n".join(one.text for one in said(w, s.type))
            for s in subject(name).trace.stages
            if (w := wiring_of(s))
        ]

    merged = "become one axis, in which {} varies fastest"
    assert words("regression") == [f"T and N {merged.format('N')}", "T·N splits into T and N"]
    assert words("batch first") == [f"N and T {merged.format('T')}", "N·T splits into N and T"]
    assert words("scrambled") == ["each row mixes samples:\nuse transpose(0, 1).reshape(N, 5, 16)", ""]
    assert words("cnn")[0].endswith("become one axis, in which the last varies fastest")
    assert any(
        "without both views the result is the same" in t for t in texts(draw("regression", width="text"))
    )
    assert not any("without both views" in t for t in texts(draw("scrambled", width="text")))


def test_permuted_axes_go_where_torch_puts_them():
    for stage in subject("over time").trace.stages:
        wiring = wiring_of(stage)
        if wiring is None:
            continue
        for (old,), (new,) in wiring.groups:
            assert stage.inputs[0].sizes[old] == stage.outputs[0].sizes[new]
            assert stage.inputs[0].symbols[old] == stage.outputs[0].symbols[new]


def test_parameters_are_those_of_torch():
    nn = pytest.importorskip("torch").nn
    made = [nn.LSTM(3, 16, 2, bidirectional=True), nn.Linear(32, 2)]
    counts = [sum(p.numel() for p in m.parameters()) for m in made]
    said_ = texts(draw("packed", width="text", parameters=True))
    assert all(any(f"{n:,} parameters" in one for one in said_) for n in counts)
    assert f"{sum(counts):,} parameters in all" in said_
    whole = [s.parameters for s in steps_of(subject("packed").trace, 2) if s.type == "lstm"]
    assert whole == counts[:1]  # its given states are of both layers
    deep = [s.parameters for s in steps_of(subject("long").trace, 2) if s.type == "lstm"]
    assert len(deep) == 3
    assert sum(deep) == sum(s.parameters for s in steps_of(subject("long").trace) if s.type == "lstm")


def test_depth_two_takes_recurrent_stages_apart():
    ids = {n.id for n in draw("long", depth=2).nodes}
    assert {"stage.lstm.l0", "stage.lstm.l1-l6", "stage.lstm.l7", "tensor.lstm.l7"} <= ids
    assert {"stage.packed"}.isdisjoint(ids)
    with pytest.raises(ValueError, match="greater than or equal to 1"):
        PIPELINE.options(depth=0)


def test_a_long_model_wraps_on_a_wide_page_and_flows_upward_on_a_narrow_one():
    wide = {n.id: n.box for n in draw("twenty", width="text").nodes}
    rows = {round((b[1] + b[3]) / 2) for i, b in wide.items() if i.startswith("stage.")}
    assert 3 < len(rows) < 12
    for detail in ("normal", "full"):
        scene = draw("twenty", width="column", detail=detail)
        columns = {}
        for node in scene.nodes:
            if node.id == "input" or node.id.startswith("stage."):
                columns.setdefault(round(sum(node.box[::2])), []).append(node.box[1])
        assert list(columns) == sorted(columns)
        assert len(columns) == 2
        assert all(heights == sorted(heights, reverse=True) for heights in columns.values())
        assert scene.height < 640 or detail == "full"


@pytest.mark.parametrize("name", ["regression", "encoder decoder", "cnn"])
def test_the_description_names_every_stage_with_its_shape(name):
    scene = draw(name)
    for step in steps_of(subject(name).trace):
        assert step.title.text in scene.description
        assert str(step.output.sizes) in scene.description


@pytest.mark.parametrize("upward", [False, True])
def test_padding_is_hatched_and_never_shaded_as_the_step_that_is_followed(upward):
    scale = Scale(8, upward=upward, steps=5, samples=4, lengths=(5, 2, 4, 1))
    picture = picture_of(Tensor("x", (4, 5, 8), ("N", "T", "E")), "input", scale)
    assert picture.ends == (None, 2, 4, 1)
    assert [patch.rows for patch in picture.followed] == [(0, 1), (2, 3)]
    assert picture_of(Tensor("data", (12, 8), ("Σ lengths", "E")), "input", scale).ends == ()


def test_what_hatching_means_is_said_where_there_is_padding():
    assert "hatched: padding" in " ".join(texts(draw("tokens", width="text")))
    assert "hatched: padding" not in " ".join(texts(draw("regression", width="text")))


def test_the_followed_step_is_shaded_where_a_fill_is_the_ground_too():
    shaded = {p.fill for p in draw("regression", width="column").polygons if p.z == 3 and p.fill is not None}
    assert {f"{role}.stroke" for role in ("input", "hidden", "output")} <= {fill.to for fill in shaded}


@pytest.mark.parametrize("width", ["text", "column"])
@pytest.mark.parametrize("name", MODELS)
def test_what_the_model_gives_is_named_and_not_output_unless_it_is_that_of_a_layer(name, width):
    trace, scene = subject(name).trace, draw(name, width=width)
    last = trace.stages[-1].type
    named = [t for t in texts(scene) if t.startswith("result y")]
    assert len(named) == (last not in {"lstm", "gru", "rnn", "decoder", "unpack"})


@pytest.mark.parametrize("width", ["text", "column"])
def test_the_step_that_is_followed_is_named_in_the_merged_blocks_too(width):
    scene = draw("regression", width=width)
    labels = [t.label.runs[0] for t in scene.texts if t.label.text == "t = 3"]
    boxes = {n.id: n.box for n in scene.nodes}
    for merged in ("input", "tensor.view", "tensor.linear"):
        x0, _, x1, y1 = boxes[merged]
        assert any(x0 - 8 < run.x < x1 + 8 and y1 < run.y < y1 + 12 for run in labels), merged


@pytest.mark.parametrize("width", ["text", "column"])
def test_axes_have_their_letters_and_ways_in_the_key_and_are_counted_as_dims(width):
    told = " ".join(texts(draw("regression", width=width, symbols={"batch": "B"})))
    assert all(axis in told for axis in ("B batch ↓", "T time →", "F features ↗", "H units ↗"))
    assert texts(draw("regression", width=width)).count("dim 0") == 0
    assert texts(draw("regression", width=width, detail="full")).count("dim 0") == 5
    assert "batch ↓" in " ".join(texts(draw("regression", width=width, shapes="numbers")))
    assert "channels ↗" in " ".join(texts(draw("short cnn", width=width)))
    assert "↗" not in " ".join(texts(draw("one", width=width)))  # a single feature has no depth


@pytest.mark.parametrize("width", ["text", "column"])
def test_tensors_are_all_blocks_or_all_cells_and_what_has_no_time_has_no_step(width):
    """Frames have no block; where one step is kept, what comes after has no time axis."""
    frames = {"batch_size": 2, "timesteps": 3, "channels": 1, "height": 8, "width": 8}
    conv = {"conv2d": {"out_channels": 2, "kernel_size": 3}}
    scene = lstmviz.draw({"input": frames, "layers": [conv, "flatten", {"gru": 4}, "last_step"]},
                         "pipeline", width=width).scene  # fmt: skip
    assert not any("t = " in t.label.text or "shaded" in t.label.text for t in scene.texts)
    table = {"batch_size": 2, "timesteps": 3, "features": 2}
    scene = lstmviz.draw({"input": table, "layers": [{"gru": 4}, "last_step", {"linear": 1}]},
                         "pipeline", width=width).scene  # fmt: skip
    named = [t for t in scene.texts if t.label.text == "t = 3"]
    assert len(named) == (
        2 if width == "text" else 1
    )  # the input and output, not what is kept and the result
