"""`detail: low`: large words, few of them, nothing named twice, and as right as the full figure."""

from __future__ import annotations

import itertools
import os
from dataclasses import replace
from functools import cache

import pytest

import lstmviz
from lstmviz import figures, judging, pipeline
from lstmviz.figure_requests import able, plan
from lstmviz.figures.shared.lattice import few
from lstmviz.network.plan import plan_of
from lstmviz.proof.sentences import unread
from tests.figures.lint import faults, runs
from tests.refuting import refuted

SEQUENCE = {"batch_size": 6, "timesteps": 5, "features": 3}
TALL = {"column": 230, "text": 200}
"""The height of a page, mm."""


def recurrent(cell, steps=5, **layer):
    return {"input": SEQUENCE | {"timesteps": steps}, "layers": [{cell: {"hidden_size": 16, **layer}}]}


MODELS = {
    "lstm": recurrent("lstm"),
    "gru": recurrent("gru", 3),
    "rnn": recurrent("rnn", 96),
    "relu": recurrent("rnn", 4, nonlinearity="relu", bias=False),
    "one-step": recurrent("gru", 1),
    "two-steps": recurrent("lstm", 2, proj_size=5),
    "both": recurrent("lstm", bidirectional=True),
    "both-long": recurrent("gru", 96, bidirectional=True),
    "stack": recurrent("lstm", 1234, num_layers=2, dropout=0.1),
    "deep": recurrent("gru", num_layers=3, bias=False),
    "deeper": recurrent("lstm", num_layers=9, bidirectional=True),
    "given": {
        "input": SEQUENCE | {"states": "given", "lengths": [5, 3, 1, 2, 5, 4]},
        "layers": [{"lstm": 16}, "last_step", {"linear": 2}],
    },
    "short": {"input": SEQUENCE | {"lengths": [4, 3, 1, 2, 4, 4]}, "layers": [{"gru": 16}, {"linear": 2}]},
    "several": {"input": SEQUENCE, "layers": [{"lstm": 8}, {"gru": {"hidden_size": 4, "num_layers": 2}}]},
    "units": {"input": {"batch_size": 6, "features": 4}, "layers": [{"linear": 5}, "relu", {"linear": 3}]},
    "many-units": {
        "input": {"batch_size": 6, "features": 784},
        "layers": [{"linear": 256}, "relu", {"linear": 128}, {"linear": 64}, {"linear": 32}, {"linear": 10}],
    },
    "tokens": {
        "input": {"batch_size": 6, "timesteps": 5, "vocabulary": 100},
        "layers": [
            {"embedding": 8},
            {"lstm": {"hidden_size": 8, "num_layers": 2, "bidirectional": True}},
            {"dropout": 0.5},
            {"linear": 2},
            "softmax",
        ],
    },
    "many-stages": {
        "input": {"batch_size": 6, "features": 4},
        "layers": [{"linear": 5}, "relu", "tanh", "sigmoid", {"linear": 3}, *["relu"] * 9],
    },
    "many-boxes": {"input": {"batch_size": 6, "features": 4}, "layers": [{"linear": 5}] * 13},
    "unbatched": {"input": {"timesteps": 5, "features": 3}, "layers": [{"lstm": 16}]},
}
DECODER = {"cell": "lstm", "hidden_size": 16, "steps": 4, "features": 8}
MODELS |= {
    "pair": {
        "input": SEQUENCE,
        "layers": [{"lstm": {"hidden_size": 16, "num_layers": 2}}, {"decoder": DECODER | {"num_layers": 2}}],
    },
    "one-pair": {
        "input": SEQUENCE | {"timesteps": 40},
        "layers": [{"lstm": 16}, {"decoder": DECODER | {"steps": 1}}, {"linear": 8}],
    },
    "both-ways-pair": {
        "input": SEQUENCE,
        "layers": [
            {"gru": {"hidden_size": 16, "bidirectional": True}},
            {"decoder": DECODER | {"cell": "gru", "num_layers": 2}},
            {"linear": 8},
        ],
    },
    "weighing-pair": {
        "input": SEQUENCE,
        "layers": [
            {"gru": 16},
            {"decoder": DECODER | {"cell": "gru", "attention": "additive"}},
            {"linear": 8},
        ],
    },
    "deep-pair": {
        "input": SEQUENCE,
        "layers": [{"lstm": {"hidden_size": 16, "num_layers": 5}}, {"decoder": DECODER | {"num_layers": 5}}],
    },
}
MODELS |= {  # what stands on a layer: at each step, at the last one, on last states, over all steps
    "tagger": recurrent("lstm") | {"layers": [{"lstm": 16}, {"dropout": 0.5}, {"linear": 4}, "softmax"]},
    "last": recurrent("gru")
    | {"layers": [{"gru": {"hidden_size": 16, "num_layers": 2}}, "last_step", {"linear": 4}]},
    "on-states": recurrent("lstm")
    | {
        "layers": [
            {"lstm": {"hidden_size": 16, "bidirectional": True}},
            "last_state",
            {"linear": 8},
            {"linear": 2},
        ]
    },
    "late": recurrent("lstm") | {"layers": [{"lstm": 16}, {"linear": 4}, "softmax", "last_step"]},
    "on-each-other": {
        "input": SEQUENCE,
        "layers": [
            {"lstm": {"hidden_size": 16, "bidirectional": True}},
            {"linear": 8},
            {"gru": 8},
            {"linear": 4},
        ],
    },
    "on-one-state": recurrent("gru") | {"layers": [{"gru": 16}, "last_state", {"linear": 2}]},
    "pooled": recurrent("rnn") | {"layers": [{"rnn": 16}, {"pool_steps": "mean"}, {"linear": 2}]},
    "self-attended": recurrent("gru")
    | {"layers": [{"gru": 16}, {"self_attention": {"num_heads": 2}}, {"linear": 2}]},
}
IMAGE = {"batch_size": 6, "channels": 3, "height": 40, "width": 40}
CONV = {"out_channels": 32, "kernel_size": 3, "padding": 1}
MODELS |= {
    "image": {
        "input": IMAGE,
        "layers": [
            {"conv2d": {"out_channels": 6, "kernel_size": 5}},
            "relu",
            {"max_pool2d": 2},
            "flatten",
            {"linear": 20},
            "relu",
            {"linear": 10},
        ],
    },
    "maps": {"input": IMAGE | {"channels": 1}, "layers": [{"conv2d": CONV}, "relu", {"conv2d": CONV}]},
    "deep-image": {
        "input": IMAGE,
        "layers": [{"conv2d": CONV}, {"conv2d": CONV}, "relu", {"max_pool2d": 2}] * 4
        + ["flatten", {"linear": 20}, "relu", {"linear": 10}, "softmax"],
    },
}
STEPPED = ("rolled", "unrolled", "unfold", "grid")
MEASURED = {
    "influence": {"lstm", "gru", "both", "tokens"},
    "activity": {"lstm", "relu", "both-long", "two-steps"},
}
"""Kinds that run the model again for every figure: they are drawn of so many models."""
WIDTHS = ("column", "text", "slide", "auto")


@cache
def subject(name):
    spec = lstmviz.load(MODELS.get(name) or recurrent("lstm", 24, num_layers=2))  # a short "pile"
    return spec, pipeline.trace(spec)


NARROW = {("two-steps", "cell")}
"""A projected cell is too wide for a column, and says so."""


def pages(name, kind, *widths):
    return [width for width in widths if width != "column" or (name, kind) not in NARROW]


def drawn(name, kind, **options):
    spec, about = subject(name)
    return pipeline.compose(about, plan(spec, kind, {"detail": "low", **options}))


MODELS["weather"] = {
    "input": {
        "batch_size": 6,
        "timesteps": 40,
        "features": ["rainfall", "wind speed", "PM2.5"],
        "axes": {"batch": "cities", "time": "days", "features": "weather factors"},
    },
    "layers": [{"lstm": 16}],
}


def kinds_of(name):
    """The kinds of which a model has a bare figure."""
    _, about = subject(name)
    for kind in sorted(figures.KINDS):
        drawn_bare = figures.kind(kind).bare is not None and figures.kind(kind).unable(about) is None
        drawn_bare = drawn_bare and name in MEASURED.get(kind, {name})
        if drawn_bare and kind in able(about):
            yield kind


def layers(name, kind):
    """The options that choose among a model's layers: the first and the last."""
    count = subject(name)[1].trace.recurrent[0].num_layers if subject(name)[1].trace.recurrent else 1
    own = "layer" in figures.kind(kind).options.model_fields and "layer" in figures.kind(kind).shown_bare
    return [{"layer": depth} for depth in sorted({0, count - 1})] if own else [{}]


PAGES = {"en": WIDTHS, "zh": ("column", "slide") if os.environ.get("LSTMVIZ_ALL") == "1" else ("column",)}


@pytest.mark.parametrize("name", MODELS)
def test_bare_figures_are_large_clean_and_proven_and_say_little(name):
    for kind in kinds_of(name):
        large_clean_and_proven(name, kind)


def large_clean_and_proven(name, kind):
    spec, about = subject(name)
    for language, layer in itertools.product(PAGES, layers(name, kind)):
        for width in pages(name, kind, *PAGES[language]):
            look = {"detail": "low", "width": width, "language": language, **layer}
            asked = plan(spec, kind, look)
            scene = pipeline.compose(about, asked).scene
            large_and_clean(scene, width)
            assert language == "en" or list(unread(scene)) == []
            if width == "text":
                says_little(scene, LONGER.get(kind, 30))
            if language == "en" and width in {"column", "slide"}:
                found = judging.finding(scene, about, asked, plan_of(spec))
                assert found.faults == ()
                assert found.proven == found.arrows, kind


def large_and_clean(scene, width):
    assert faults(scene, words=9) == {}, (scene.kind, width)
    assert scene.height * 25.4 / 72 <= TALL.get(width, 10**6)
    assert width != "slide" or scene.height == pytest.approx(540)
    assert "mono" not in {run.font for run in runs(scene)}  # no parameter, no index, no code


LONGER = {"weights": 72, "pipeline": 36}
"""So many words at most where parts of a model are named: twelve for each of six; three of twelve."""


def says_little(scene, most):
    said = [t.label.text for t in scene.texts]
    assert sum(len(text.replace(" × ", "×").split()) for text in said) <= most
    assert not [text for text in said if "=" in text.strip("=") or "[" in text]
    assert len(scene.description) > 30


@pytest.mark.parametrize("width", ["column", "text"])
def test_no_word_of_a_cube_is_broken(width):
    for name, words in (("lstm", {"samples", "features"}), ("tokens", {"numbers"}), ("weather", {"cities"})):
        said = {t.label.text.rpartition(" ")[2] for t in drawn(name, "cube", width=width).scene.texts}
        assert words <= said


@pytest.mark.parametrize("kind", STEPPED)
def test_few_steps_and_layers_say_it(kind):
    scene = drawn("stack", kind, width="text").scene
    steps = {n.id.rpartition(".t")[2] for n in scene.nodes if ".t" in n.id and n.id.startswith("cell")}
    assert steps in ({"1", "2", "1234"}, set())
    assert few(9, 2) == (1, None, 9)


def test_few_maps_say_it():
    scene = drawn("deep-image", "volumes", width="text").scene
    assert len(scene.nodes) == 6
    said = {t.label.text for t in scene.texts}
    assert {"more layers", "7", "linear layers"} <= said
    whole = drawn("deep-image", "volumes", width="text", elide="never").scene
    assert len(whole.nodes) == 1 + 12 + 2


@pytest.mark.parametrize("other", [{"n": 8}, {"last": "linear"}, {"first": "conv2d-5"}])
def test_a_wrong_count_of_maps_is_found(other):
    from lstmviz.proof.facts.layers import FACTS

    trace = subject("deep-image")[1].trace
    true = {"n": 7, "first": "max_pool2d-2", "last": "max_pool2d-4"}
    assert FACTS["stages-between"](trace, true) != FACTS["stages-between"](trace, true | other)


@pytest.mark.parametrize("name", ["pair", "one-pair"])
def test_boxes_between_an_encoder_and_its_decoder_are_of_one_size_and_their_arrows_end_at_plain_walls(name):
    scene = drawn(name, "pipeline", width="slide", detail="low").scene
    boxes = {
        role: [one.box for one in scene.nodes if one.role == role] for role in ("param", "hidden", "cell")
    }
    held = boxes["hidden"] + boxes["cell"]
    assert held
    assert len({(round(x1 - x0, 3), round(y1 - y0, 3)) for x0, y0, x1, y1 in held}) == 1
    for _, low, _, high in boxes["param"]:
        assert all(low + 7 <= (y0 + y1) / 2 <= high - 7 for _, y0, _, y1 in held)


def test_a_slide_is_bare_unless_more_is_asked_for():
    for kind in STEPPED:
        low, full = (drawn("lstm", kind, width="slide", detail=detail).scene for detail in (None, "full"))
        assert low == drawn("lstm", kind, width="slide").scene != full
        assert (
            drawn("lstm", kind, width="text", detail=None).scene
            == drawn("lstm", kind, width="text", detail="normal").scene
        )


def test_the_drawing_alone_has_a_title_only_where_it_is_given():
    scene = drawn("lstm", "unrolled").scene
    assert scene.title == "nn.LSTM(3, 16)"
    assert scene.title not in {t.label.text for t in scene.texts}
    titled = drawn("lstm", "unrolled", title="A chain").scene
    assert "A chain" in {t.label.text for t in titled.texts}


def test_a_wrong_bare_arrow_is_found():
    """The proof above can fail: a loop that goes nowhere, a final state that comes out of the first cell."""
    from lstmviz.proof.prove import prove

    spec, about = subject("gru")
    scene = drawn("gru", "unrolled").scene
    last = next(e for e in scene.edges if e.target == "h_n.l0.fwd")
    moved = [replace(e, source="cell.l0.fwd.t1") if e is last else e for e in scene.edges]
    found = prove(replace(scene, edges=tuple(moved)), about.trace, plan_of(spec))
    assert any("h_n.l0.fwd" in fault for fault in found.faults)
    scene = drawn("gru", "rolled").scene
    loop = next(e for e in scene.edges if e.source == e.target)
    found = prove(
        replace(scene, edges=tuple(e for e in scene.edges if e is not loop)), about.trace, plan_of(spec)
    )
    assert found.faults


def test_what_a_bare_figure_cannot_show_is_not_left_out_in_silence():
    marked = drawn("lstm", "grid", width="slide", detail=None, highlight=2).scene
    assert marked == drawn("lstm", "grid", width="slide", detail="normal", highlight=2).scene
    with pytest.raises(lstmviz.FigureError, match="detail: low does not show highlight; detail: normal does"):
        drawn("lstm", "grid", highlight=2)


@pytest.mark.parametrize("cell", ["lstm", "gru", "rnn"])
def test_a_wrong_gate_is_found(cell):
    """Two gates that have changed their names, and x led into the wrong box."""
    scene, about = drawn(cell, "cell").scene, subject(cell)[1]
    gates = [n for n in scene.nodes if n.id.startswith("layer.")]
    if cell != "rnn":
        one, two = gates[:2]
        labels = {one.id: two.label, two.id: one.label}
        nodes = tuple(replace(n, label=labels.get(n.id, n.label)) for n in scene.nodes)
        assert refuted(replace(scene, nodes=nodes), about.trace)
    for edge in scene.edges:
        rest = tuple(e for e in scene.edges if e is not edge)
        assert refuted(replace(scene, edges=rest), about.trace), edge.id


def test_every_wrong_bundle_of_states_is_found():
    """Arrows of a layer's whole h or c: each removed, turned, led to another step, in another role."""
    scene, trace = drawn("pile", "neurons").scene, subject("pile")[1].trace
    bundles = [e for e in scene.edges if e.role in {"hidden", "cell"}]
    assert len(bundles) == 2 * 2 * 4
    every = 1 if os.environ.get("LSTMVIZ_ALL") == "1" else 3
    there = {(e.source, e.target) for e in bundles}
    for edge in bundles[::every]:
        rest = tuple(e for e in scene.edges if e is not edge)
        turned = replace(edge, source=edge.target, target=edge.source)
        other = "cell" if edge.role == "hidden" else "hidden"
        led = [replace(edge, target=e.target) for e in bundles if (edge.source, e.target) not in there]
        false = [turned, replace(edge, role=other), *led[:2]]
        assert refuted(replace(scene, edges=rest), trace), edge.id
        for one in false:
            assert refuted(replace(scene, edges=(*rest, one)), trace), one


def test_every_frame_of_a_layers_units_is_needed():
    for name in ("pile", "gru"):
        scene, trace = drawn(name, "neurons").scene, subject(name)[1].trace
        for frame in scene.frames:
            rest = tuple(f for f in scene.frames if f is not frame)
            fewer = replace(frame, members=frame.members[1:])
            assert refuted(replace(scene, frames=rest), trace)
            assert refuted(replace(scene, frames=(*rest, fewer)), trace)


def test_what_has_no_bare_figure_says_so_and_has_the_usual_one_on_a_slide():
    with pytest.raises(lstmviz.FigureError, match="low draws at most"):
        drawn("many-boxes", "pipeline")
    usual = drawn("many-boxes", "pipeline", width="slide", detail="normal").scene
    assert drawn("many-boxes", "pipeline", width="slide", detail=None).scene == usual


ON_TOP = (
    "tagger",
    "last",
    "late",
    "on-each-other",
    "on-states",
    "on-one-state",
    "pooled",
    "self-attended",
    "weighing-pair",
)
"""Models with something on their layers."""


@pytest.mark.parametrize("name", ON_TOP)
def test_every_arrow_above_a_bare_layer_is_held(name):
    spec, about = subject(name)
    asked = plan(spec, "grid", {"detail": "low", "width": "text"})
    scene = pipeline.compose(about, asked).scene
    above = [edge for edge in scene.edges if edge.role == "output"]
    assert {node.id for node in scene.nodes} & {"result", "result.t1"}
    for k, edge in enumerate(above):
        rest = tuple(one for one in scene.edges if one is not edge)
        assert refuted(replace(scene, edges=rest), about.trace, plan_of(spec)), edge.id
        other = above[k - 1]
        if (edge.source, other.target) not in {(one.source, one.target) for one in above}:
            turned = replace(edge, target=other.target)
            assert refuted(replace(scene, edges=(*rest, turned)), about.trace, plan_of(spec)), turned


def test_only_what_a_page_has_no_room_for_is_left_out_above():
    assert "result.t1" in {node.id for node in drawn("one-pair", "grid", width="text").scene.nodes}
    assert not [
        node for node in drawn("both-ways-pair", "grid", width="slide").scene.nodes if node.role == "op"
    ]
