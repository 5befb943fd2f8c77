"""Bare figures on a slide: large type, as wide as the slide, what a first look needs in words."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest

import lstmviz
from lstmviz import judging, pipeline
from lstmviz.figure_requests import plan
from lstmviz.network.plan import plan_of
from lstmviz.proof.facts.cell import ABOUT_CELLS
from lstmviz.scene.geometry import middle
from lstmviz.scene.near import box_of
from lstmviz.translation.messages import note
from tests.figures.test_bare import STEPPED, drawn, kinds_of, subject
from tests.refuting import refuted

ON_A_SLIDE = ("lstm", "gru", "rnn", "both", "tagger", "pair", "one-pair", "weighing-pair", "self-attended")
"""Models of which a slide's bare figures have large type."""


@pytest.mark.parametrize("name", ON_A_SLIDE)
def test_type_on_a_slide_is_18_pt_and_more(name):
    for kind in sorted({"cell", *STEPPED} & {*kinds_of(name)}):
        scene = drawn(name, kind, width="slide").scene
        labels = [t.label for t in scene.texts] + [node.label for node in scene.nodes if node.label]
        assert min(max((r.size for r in one.runs), default=18.0) for one in labels) >= 18, kind


@pytest.mark.parametrize("cell", ["lstm", "gru", "rnn"])
def test_a_cell_lies_along_a_slide_and_stands_in_a_column(cell):
    wide, upright = (drawn(cell, "cell", width=width).scene for width in ("slide", "column"))
    (x0, y0, x1, y1), (a0, b0, a1, b1) = (one.frames[0].box for one in (wide, upright))
    assert x1 - x0 > 1.5 * (y1 - y0)
    assert (x1 - x0) / (y1 - y0) > (a1 - a0) / (b1 - b0)
    assert {t.label.text for t in wide.texts} >= {"hidden state", *(["cell state"] if cell == "lstm" else [])}


def test_a_gru_says_what_its_update_gate_keeps_and_adds():
    """In words, at the product with the old h and at the sum: z = 1 keeps, which "open" would not tell."""
    scene, about = drawn("gru", "cell", width="slide").scene, subject("gru")[1]
    at = {t.label.text: box_of(t.label) for t in scene.texts}
    boxes = {node.id: node.box for node in scene.nodes}
    for said, node in (("keep old", "times.zh"), ("add new", "plus.h")):
        assert 0 < boxes[node][0] - at[said][2] < 16
        assert boxes[node][1] - 16 < at[said][1] < at[said][3] < boxes[node][3]
    assert 0 < at["the rest"][0] - boxes["one_minus.z"][2] < 30
    layer, other = about.trace.recurrent[0], subject("lstm")[1].trace.recurrent[0]
    assert ABOUT_CELLS["gru-mixes"](layer, {})
    assert not ABOUT_CELLS["gru-mixes"](other, {})


@pytest.mark.parametrize("kind", ["grid", "unrolled"])
def test_a_decoder_does_not_bear_its_encoders_names(kind):
    for name in ("one-pair", "weighing-pair"):
        scene, about = drawn(name, kind, width="column").scene, subject(name)[1]
        given = {n.id: n for n in scene.nodes if n.label and ids_of(n) == "output"}
        primed = {n.label.text[1] == "′" for n in given.values() if n.id.startswith("decoder/")}
        assert primed == {True}
        node = next(n for n in given.values() if n.id.startswith("decoder/"))
        runs = tuple(replace(run, text=run.text.replace("′", "")) for run in node.label.runs)
        bare = replace(node.label, runs=runs, text=node.label.text.replace("′", ""))
        nodes = tuple(replace(n, label=bare) if n is node else n for n in scene.nodes)
        assert refuted(replace(scene, nodes=nodes), about.trace), node.label.text


def ids_of(node):
    return node.id.rpartition("/")[2].partition(".")[0]


def test_a_self_attention_shows_which_steps_are_read():
    """Of every step drawn a line to every one; none where the pipeline stands upward."""
    spec = lstmviz.load(
        {
            "input": {"batch_size": 2, "timesteps": 9, "features": 4},
            "layers": [{"self_attention": {"num_heads": 2}}, {"linear": 3}, {"linear": 2}],
        }
    )
    about = pipeline.trace(spec)
    lines = {
        width: [p for p in pipeline.compose(about, plan(spec, "pipeline", {"detail": "low", "width": width}))
                .scene.polygons if p.role == "gate" and len(p.points) == 2]
        for width in ("slide", "column")
    }  # fmt: skip
    assert len(lines["slide"]) == 4  # one step reads the steps 1, 2, 3 and 9
    assert lines["column"] == []


def test_a_box_of_a_pipeline_names_all_that_is_in_it_in_the_order_of_the_run():
    """A stage that a box no longer names, two that have changed places, and one that moved on are found."""
    layers = [{"linear": 20}, "relu", {"dropout": 0.5}, {"linear": 6}, "relu", "sigmoid", {"linear": 2}]
    spec = lstmviz.load({"input": {"batch_size": 2, "features": 8}, "layers": layers})
    about = pipeline.trace(spec)
    scene = pipeline.compose(about, plan(spec, "pipeline", {"detail": "low", "width": "slide"})).scene
    boxes = [node for node in scene.nodes if node.id.startswith("stage.")]
    named = {node.id: [one for one in node.label.claims if one.kind == "sentence"] for node in boxes}
    assert [len(one) for one in named.values()] == [3, 3, 1]
    first, second = boxes[:2]
    claims = first.label.claims
    moved = (claims[-1], *second.label.claims)
    wrong = [
        {first: claims[:1] + claims[2:]},
        {first: (claims[1], claims[0], *claims[2:])},
        {first: claims[:-1], second: moved},
    ]
    for changed in wrong:
        nodes = tuple(
            replace(n, label=replace(n.label, claims=changed[n])) if n in changed else n for n in scene.nodes
        )
        assert refuted(replace(scene, nodes=nodes), about.trace)


@pytest.mark.parametrize("width", ["column", "text"])
def test_heads_that_read_the_same_stand_beside_each_other_under_their_own_names(width):
    """None of them after another's output; a head that bears another's name, or reads it, is found."""
    layers = [{"lstm": 4}, "last_step", {"linear": 3, "name": "mood"},
              {"linear": 1, "name": "age", "from": "last_step"}]  # fmt: skip
    spec = lstmviz.load({"input": {"batch_size": 2, "timesteps": 5, "features": 3}, "layers": layers})
    about = pipeline.trace(spec)
    scene = pipeline.compose(about, plan(spec, "pipeline", {"detail": "low", "width": width})).scene
    given = {node.label.text: node for node in scene.nodes if node.role == "output"}
    assert given.keys() == {"mood", "age"}
    level = 0 if width == "text" else 1  # ends of ways are in line: upward at one height, else at one x
    assert middle(given["mood"].box)[level] == pytest.approx(middle(given["age"].box)[level])
    assert not refuted(scene, about.trace, plan_of(spec))
    swapped = {given["mood"].id: given["age"].label, given["age"].id: given["mood"].label}
    nodes = tuple(replace(n, label=swapped.get(n.id, n.label)) for n in scene.nodes)
    assert refuted(replace(scene, nodes=nodes), about.trace, plan_of(spec))
    for edge in scene.edges:
        edges = tuple(replace(one, source=given["mood"].id) if one is edge else one for one in scene.edges)
        assert refuted(replace(scene, edges=edges), about.trace, plan_of(spec)), edge.id


def test_a_bare_pipeline_of_an_image_is_its_maps_and_each_arrow_of_it_is_held():
    """From the image to the classes, as `volumes` draws them; upward on a narrow page."""
    spec, about = subject("image")
    for width in ("column", "text", "slide"):
        scenes = [
            pipeline.compose(about, plan(spec, kind, {"detail": "low", "width": width})).scene
            for kind in ("pipeline", "volumes")
        ]
        assert [n.box for n in scenes[0].nodes] == [n.box for n in scenes[1].nodes]
    scene = scenes[0]
    assert not refuted(scene, about.trace, plan_of(spec))
    for edge in scene.edges:
        rest = tuple(one for one in scene.edges if one is not edge)
        turned = replace(edge, source=edge.target, target=edge.source)
        for edges in (rest, (*rest, turned)):
            assert refuted(replace(scene, edges=edges), about.trace, plan_of(spec)), edge.id


@pytest.mark.parametrize("kind", ["volumes", "pipeline"])
def test_maps_have_their_sizes_and_a_false_one_is_found(kind):
    scene, about = drawn("image", kind, width="slide").scene, subject("image")[1]
    said = {text.label.text: text for text in scene.texts}
    assert {"40 × 40", "18 × 18", "6 maps"} <= {*said}
    other = next(one for one in said["40 × 40"].label.claims if one.kind == "sentence")
    facts = {**dict(other.facts), "given": (("rows", 40), ("columns", 40), ("of", "max_pool2d"))}
    false = replace(said["40 × 40"].label, claims=(replace(other, facts=tuple(facts.items())),))
    texts = tuple(replace(t, label=false) if t is said["40 × 40"] else t for t in scene.texts)
    assert refuted(replace(scene, texts=texts), about.trace)


@pytest.mark.parametrize("name", ["weighing-pair", "pair", "on-states", "given"])
def test_a_bare_pipeline_of_states_is_drawn_and_every_arrow_of_it_is_held(name):
    spec, about = subject(name)
    scene = pipeline.compose(about, plan(spec, "pipeline", {"detail": "low", "width": "slide"})).scene
    for edge in scene.edges:
        rest = tuple(one for one in scene.edges if one is not edge)
        assert refuted(replace(scene, edges=rest), about.trace, plan_of(spec)), edge.id


WORDS = ["they", "are", "watching", "<eos>"], ["<bos>", "ils", "regardent"], ["ils", "regardent", "<eos>"]
TRANSLATION = {
    "input": {
        "batch_size": 2,
        "timesteps": 4,
        "features": 3,
        "axes": {
            name: {"labels": many} for name, many in zip(["time", "target", "horizon"], WORDS, strict=True)
        },
    },
    "layers": [
        {"gru": 4},
        {"decoder": {"cell": "gru", "hidden_size": 4, "steps": 3, "features": 3}},
        {"linear": 5},
    ],
}


HEADS = "gru/x.", "decoder/x.", "result."


@pytest.mark.parametrize("head", HEADS)
@pytest.mark.parametrize("kind", ["grid", "unrolled"])
def test_the_users_words_go_in_and_come_out(kind, head):
    """Large, each at its own step; two that have changed places are found."""
    spec = lstmviz.load(TRANSLATION)
    about, asked = pipeline.trace(spec), plan(spec, kind, {"detail": "low", "width": "slide"})
    scene = pipeline.compose(about, asked).scene
    labels = [node.label for node in scene.nodes if node.label]
    shown = tuple([n.label.text for n in scene.nodes if n.id.startswith(head)] for head in HEADS)
    assert shown == WORDS
    assert min(run.size for label in labels for run in label.runs[:1]) >= 18
    assert judging.finding(scene, about, asked, plan_of(spec)).faults == ()
    one, two = (next(n for n in scene.nodes if n.id == f"{head}t{k}") for k in (1, 2))
    turned = {one: one.label.runs[0].x, two: two.label.runs[0].x}
    labels = {one: replace(two.label, runs=(replace(two.label.runs[0], x=turned[one]),)),
              two: replace(one.label, runs=(replace(one.label.runs[0], x=turned[two]),))}  # fmt: skip
    nodes = tuple(replace(n, label=labels.get(n, n.label)) for n in scene.nodes)
    assert judging.finding(replace(scene, nodes=nodes), about, asked, plan_of(spec)).faults


@pytest.mark.parametrize("detail", ["low", "normal", "full"])
def test_a_target_that_is_read_one_step_later_has_its_words_one_step_later(detail):
    layers = [
        {"gru": 4},
        {"decoder": {**TRANSLATION["layers"][1]["decoder"], "reads": "shifted"}},
        {"linear": 5},
    ]
    axes = {"time": {"labels": WORDS[0]}, "target": {"labels": WORDS[2]}}
    spec = lstmviz.load(TRANSLATION | {"layers": layers, "input": TRANSLATION["input"] | {"axes": axes}})
    about, asked = pipeline.trace(spec), plan(spec, "grid", {"detail": detail})
    scene = pipeline.compose(about, asked).scene
    every = [text.label for text in scene.texts] + [node.label for node in scene.nodes if node.label]
    own = [label.text for label in every if [claim.kind for claim in label.claims] == ["own"]]
    assert sorted(own) == sorted([*WORDS[0], *WORDS[2][:2]])
    x = {label.text: label.runs[0].x for label in every if label.text in own}
    boxes = {k: next(n for n in scene.nodes if n.id == f"decoder/x.t{k}").box for k in (1, 2, 3)}
    for word, k in (("ils", 2), ("regardent", 3)):
        assert min(boxes, key=lambda one: abs(boxes[one][0] - x[word])) == k
    assert judging.finding(scene, about, asked, plan_of(spec)).faults == ()


def test_words_of_steps_that_are_no_longer_those_of_the_data_are_not_printed():
    layers = [{"conv1d": {"out_channels": 4, "kernel_size": 3, "padding": 1}}, {"gru": 4}]
    given = TRANSLATION["input"] | {"axes": {"time": {"labels": WORDS[0]}}}
    spec = lstmviz.load({"input": given, "layers": layers})
    asked = plan(spec, "grid", {"detail": "low", "width": "slide"})
    assert not [
        n
        for n in pipeline.compose(pipeline.trace(spec), asked).scene.nodes
        if n.label and n.label.text in WORDS[0]
    ]


@pytest.mark.parametrize("name", ["both-ways-pair", "deep-pair", "on-states", "pair", "weighing-pair"])
def test_what_stands_on_a_layer_goes_before_type_is_below_18_pt(name):
    scene = drawn(name, "grid", width="slide").scene
    labels = [t.label for t in scene.texts] + [node.label for node in scene.nodes if node.label]
    assert min(max(run.size for run in one.runs) for one in labels) >= 18


PAIR = """
input: {batch_size: 2, timesteps: %d, features: 3, batch_first: true%s}
layers:
  - lstm: {hidden_size: 4}
  - decoder: {cell: lstm, hidden_size: 4, steps: %d, features: 3}
  - linear: 5
"""
LABELS = (
    ", axes: {time: {labels: [they, are, here]}, horizon: {labels: [ils, sont, là]}, "
    "target: {labels: [<bos>, ils, sont]}}"
)


@pytest.mark.parametrize("width", ["column", "text", "slide", "beamer"])
@pytest.mark.parametrize(("steps", "words"), [(1, ""), (2, ""), (96, ""), (3, LABELS)])
def test_an_encoder_and_its_decoder_are_one_row_of_five(steps, words, width):
    """In a column the input stands under the encoder, and the output over the decoder."""
    spec = lstmviz.load(PAIR % (steps, words, steps))
    scene = lstmviz.draw(spec, "pipeline", width=width, detail="low").scene
    boxes = {n.id: n.box for n in scene.nodes}
    ordered = ["input", "stage.lstm", "tensor.lstm.h_n", "stage.linear", "tensor.linear"]
    assert {*boxes} == {*ordered, "tensor.lstm.c_n"}
    one_row = dict(pairwise(ordered[1:4] if width == "column" else ordered))
    assert all(boxes[one][2] < boxes[two][0] for one, two in one_row.items())
    assert boxes["input"][1] > boxes["stage.lstm"][3] or width != "column"
    assert boxes["tensor.linear"][3] < boxes["stage.linear"][1] or width != "column"
    said = {" ".join(n.label.text for n in scene.nodes if n.label), *(t.label.text for t in scene.texts)}
    shown = {"they", "here", "ils", "là"} if words else {"input", "sequence"}
    assert shown <= {*" ".join(said).split()}
    assert not refuted(scene, lstmviz.shapes(spec).trace, plan_of(spec))


FALSE = {
    "bare.hidden-ended": {"of": "lstm.c_n"},
    "bare.cell-ended": {"of": "lstm.h_n"},
    "bare.input-sequence": {"of": "another"},
    "bare.output-sequence": {"of": "lstm.h_n"},
    "bare.encoder-of": {"stages": "decoder, linear"},
    "bare.decoder-of": {"stages": "lstm"},
}
"""Of what a row of five says, what is not so."""


@pytest.mark.parametrize("said", FALSE)
def test_what_a_row_of_five_says_is_refuted_of_others(said):
    spec = lstmviz.load(PAIR % (96, "", 96))
    scene, trace = (
        lstmviz.draw(spec, "pipeline", width="text", detail="low").scene,
        lstmviz.shapes(spec).trace,
    )
    claims = [(node, one) for node in scene.nodes for one in node.label.claims]
    about = [(node, one) for node, one in claims if dict(one.facts).get("id") == said]
    assert about
    for node, one in about:
        facts = dict(one.facts)
        given = tuple((dict(facts["given"]) | FALSE[said]).items())
        false = replace(one, facts=tuple((facts | {"given": given}).items()))
        label = replace(node.label, claims=tuple(false if c is one else c for c in node.label.claims))
        nodes = tuple(replace(n, label=label) if n is node else n for n in scene.nodes)
        assert refuted(replace(scene, nodes=nodes), trace, plan_of(spec)), one


ATTENDING = """
input: {vocabulary: 50, batch_size: 2, timesteps: 5, batch_first: true}
layers:
  - embedding: 4
  - gru: 4
  - decoder: {cell: gru, hidden_size: 4, steps: 3, features: 4, reads: %s, attention: additive}
  - linear: 4
"""


@pytest.mark.parametrize("reads", ["shifted", "own"])
@pytest.mark.parametrize("width", ["column", "slide"])
def test_attention_is_one_arc_over_the_row(reads, width):
    """What the decoder reads beside is noted; a false note, and an arc that is away, are found."""
    spec = lstmviz.load(ATTENDING % reads)
    scene = lstmviz.draw(spec, "pipeline", width=width, detail="low").scene
    trace = lstmviz.shapes(spec).trace
    arcs = [e for e in scene.edges if (e.source, e.target) == ("stage.gru", "stage.linear")]
    assert len(arcs) == 1
    assert min(y for _, y in arcs[0].route) < min(n.box[1] for n in scene.nodes if n.role == "param")
    assert not refuted(scene, trace, plan_of(spec))
    assert refuted(replace(scene, edges=tuple(e for e in scene.edges if e not in arcs)), trace, plan_of(spec))
    unshown = [one for one in scene.notes if one.id == "note.unshown"]
    assert len(unshown) == (reads == "shifted")
    for one in unshown:
        rest = tuple(other for other in scene.notes if other is not one)
        for notes in (rest, (*rest, note("note.unshown", name=dict(one.given)["name"], layer="gru"))):
            assert refuted(replace(scene, notes=notes), trace, plan_of(spec))


@pytest.mark.parametrize("width", ["column", "slide"])
def test_a_bare_decoder_that_reads_its_own_answers_is_led_them(width):
    """From every answer to the next step, where both are drawn; without them it would be another model."""
    spec = lstmviz.load((ATTENDING % "own").replace(", attention: additive", ""))
    about, asked = pipeline.trace(spec), plan(spec, "grid", {"detail": "low", "width": width})
    scene = pipeline.compose(about, asked).scene
    led = [e for e in scene.edges if e.source.startswith("result.")]
    assert [(e.source, e.target) for e in led] == [(f"result.t{k}", f"decoder/x.t{k + 1}") for k in (1, 2)]
    assert judging.finding(scene, about, asked, plan_of(spec)).faults == ()
    rest = replace(scene, edges=tuple(e for e in scene.edges if e not in led))
    assert judging.finding(rest, about, asked, plan_of(spec)).faults


def test_what_is_handed_over_on_a_slide_is_bolder_than_all_else():
    spec = lstmviz.load(PAIR % (3, "", 3))
    scene = lstmviz.draw(spec, "grid", width="slide", detail="low").scene
    ends = {f"{side}.l0.fwd" for side in ("encoder/h_n", "encoder/c_n", "decoder/h_0", "decoder/c_0")}
    ends = {one.replace("encoder", "lstm") for one in ends}
    lines = {
        role: {e.line: e.source in ends for e in scene.edges if e.role == role} for role in ("hidden", "cell")
    }
    for both in lines.values():
        thick = {line for line, handed in both.items() if handed}
        assert min(thick) > 1.5 * max({*both} - thick)


def test_the_maps_of_a_video_are_counted_of_each_frame():
    """As those of one image; a stage without weights is named in words; other counts are found."""
    spec = lstmviz.load({
        "input": {"batch_size": 2, "timesteps": 5, "channels": 3, "height": 8, "width": 8},
        "layers": [{"conv2d": {"out_channels": 4, "kernel_size": 3}}, "flatten", {"lstm": 4}, "last_step"],
    })  # fmt: skip
    about, asked = pipeline.trace(spec), plan(spec, "volumes", {"detail": "low", "width": "slide"})
    scene = pipeline.compose(about, asked).scene
    said = {text.label.text: text for text in scene.texts}
    assert {"one of 5 frames", "4 maps", "6 × 6", "last step"} <= {*said}
    assert judging.finding(scene, about, asked, plan_of(spec)).faults == ()
    claim = said["4 maps"].label.claims[0]
    given = tuple((dict(dict(claim.facts)["given"]) | {"n": 5}).items())
    false = replace(claim, facts=tuple((dict(claim.facts) | {"given": given}).items()))
    label = replace(said["4 maps"].label, claims=(false,))
    texts = tuple(replace(t, label=label) if t is said["4 maps"] else t for t in scene.texts)
    assert judging.finding(replace(scene, texts=texts), about, asked, plan_of(spec)).faults
