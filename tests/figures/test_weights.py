"""Kind `weights`: every parameter is there and to scale, in torch's order, and its count is the module's."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from math import prod
from pathlib import Path

import pytest
import torch
from torch import nn

import lstmviz
from lstmviz import pipeline
from lstmviz.network.plan import plan_of
from lstmviz.proof.facts.weight import biases_add, gate_order
from lstmviz.proof.prove import prove
from lstmviz.proof.sentences import holds
from lstmviz.proof.text_claims import SPELLED
from lstmviz.scene.items import sentences_on
from lstmviz.scene.labels import run_box
from tests.figures.lint import faults, labels_of

INPUT = {"batch_size": 6, "timesteps": 5, "features": 3}


def model(layer, *more):
    return {"input": INPUT, "layers": [layer, *more]}


def scene_of(source, **options):
    return lstmviz.draw(source, "weights", **options).scene


def texts(scene):
    return [label.text for label in labels_of(scene)]


def sums(scene, count):
    """Whether the count of all parameters is said: alone, or as the sum of its parts."""
    said = [one for one in texts(scene) if "parameters in all" in one]
    return len(said) == 1 and f" {said[0]} ".replace(" parameters", " = ").count(f" {count:,} ") == 1


LAYERS = [
    (
        "lstm",
        nn.LSTM(3, 9, 2, bidirectional=True),
        {"hidden_size": 9, "num_layers": 2, "bidirectional": True},
    ),
    ("lstm", nn.LSTM(3, 16, proj_size=4), {"hidden_size": 16, "proj_size": 4}),
    ("lstm", nn.LSTM(3, 5, bias=False), {"hidden_size": 5, "bias": False}),
    ("gru", nn.GRU(3, 7, 3), {"hidden_size": 7, "num_layers": 3}),
    ("rnn", nn.RNN(3, 4), {"hidden_size": 4}),
]


@pytest.mark.parametrize(("kind", "module", "options"), LAYERS, ids=str)
def test_the_sum_is_the_modules(kind, module, options):
    scene = scene_of(model({kind: options}))
    count = sum(p.numel() for p in module.parameters())
    assert sums(scene, count)
    assert faults(scene, words=7) == {}
    full = scene_of(model({kind: options}), detail="full")
    assert sums(full, count)
    assert faults(full, words=7) == {}


@pytest.mark.parametrize(
    ("options", "drawn"), [({}, False), ({"detail": "full"}, False), ({"values": True}, True)]
)
@pytest.mark.parametrize("width", ["column", "text"])
def test_directions_are_drawn_once_where_no_number_is_seen(width, options, drawn):
    """They have matrices of the same sizes; with shades each has its own, under its own name."""
    source = model({"lstm": {"hidden_size": 6, "num_layers": 2, "bidirectional": True}})
    scene = scene_of(source, width=width, **options)
    boxes = {frame.id: frame.box for frame in scene.frames}
    for name in ("weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0"):
        assert (f"lstm.{name}_reverse" in boxes) is drawn
        if drawn:
            (x0, y0, x1, y1), (a0, b0, a1, b1) = (boxes[f"lstm.{name}{end}"] for end in ("", "_reverse"))
            assert (round(x1 - x0, 6), round(y1 - y0, 6)) == (round(a1 - a0, 6), round(b1 - b0, 6))
            assert y1 < b0
    said = " ".join(texts(scene))
    assert said.count("forward; reverse (names end with _reverse) doubles the sum") == (not drawn)
    assert (proven_with(scene, source) if drawn else proven(scene, source)).faults == ()
    if not drawn:
        untold = replace(scene, texts=tuple(t for t in scene.texts if "reverse" not in t.label.text))
        assert any("_reverse is not drawn" in fault for fault in proven(untold, source).faults)


@pytest.mark.parametrize("layer", ["lstm", "gru", "rnn"])
def test_what_one_of_two_directions_comes_to_is_written_as_the_table_adds_it(layer):
    source = model({layer: {"hidden_size": 6, "num_layers": 1, "bidirectional": True}})
    each = sum(prod(p.sizes) for p in pipeline.trace(lstmviz.load(source)).trace.stages[0].parameters) // 2
    said = " ".join(texts(scene_of(source)))
    assert f"= 2·{each:,} = {2 * each:,}" in said
    assert "= 2·" not in " ".join(texts(scene_of(model({layer: 6}))))


def test_that_reverse_doubles_the_sum_is_refuted_where_it_does_not():
    trace = pipeline.trace(lstmviz.load(model({"gru": {"hidden_size": 6, "bidirectional": True}}))).trace
    (layer,), given = trace.recurrent, (("layer", "gru"),)
    *others, last = layer.parameters
    assert last.name.endswith("_reverse")
    longer = replace(last, sizes=(last.sizes[0] + 1,))
    for parameters, true in ((layer.parameters, True), ((*others, longer), False), (tuple(others), False)):
        told = replace(trace, recurrent=(replace(layer, parameters=parameters),))
        assert holds(told, "weights.second-set", given) is true


@pytest.mark.parametrize("order", ["keras", "onnx"])
def test_directions_as_others_keep_them_are_drawn_once_too(order):
    source = model({"gru": {"hidden_size": 6, "bidirectional": True}})
    scene = scene_of(source, order=order)
    assert "forward and reverse alike" in " ".join(texts(scene))
    assert not any("reverse" in frame.id for frame in scene.frames)
    assert proven(scene, source).faults == ()


TERMS = [
    ("W_hh", {"which": "hr"}, "has no weight_hr_l0"),
    ("W_ih", {"way": "rev"}, "has no weight_ih_l0_reverse"),
    ("W_ih", {"depth": 2}, "has no weight_ih_l2"),
    ("W_ih", {"depth": 1}, "stands at gru.weight_ih_l0"),
    ("b_hh bias_hh_l0", {"which": "ih"}, "b_ih is bias_ih_l0"),
    ("b_hh bias_hh_l0", {"letter": "W"}, "W_hh is weight_hh_l0"),
]


@pytest.mark.parametrize(("said", "other", "fault"), TERMS, ids=str)
def test_what_a_matrix_is_called_is_refuted_where_it_is_false(said, other, fault):
    """Where the words say the same falsehood, too: `check` has the run's own answer."""
    source = model({"gru": {"hidden_size": 6, "num_layers": 2}})
    scene = scene_of(source)
    text = next(t for t in scene.texts if t.label.text == said)
    (one,) = (one for one in text.label.claims if one.kind == "term")
    facts = dict(one.facts) | other
    wrong = replace(one, text=SPELLED["term"](facts), facts=tuple(facts.items()))
    changed = replace(text, label=replace(text.label, text=wrong.text, claims=(wrong,)))
    texts_ = tuple(changed if t is text else t for t in scene.texts)
    assert any(fault in one for one in proven(replace(scene, texts=texts_), source).faults)


@pytest.mark.parametrize("width", ["column", "text"])
def test_matrices_stand_in_the_order_of_the_count(width):
    """Which is torch's own order, and that of the names: both weights, then both biases."""
    scene = scene_of(model({"gru": {"hidden_size": 6, "num_layers": 2}}, {"linear": 2}), width=width)
    boxes = {frame.id: frame.box for frame in scene.frames}
    names = ["weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0"]
    assert sorted(names, key=lambda name: boxes[f"gru.{name}"][0]) == names
    told = [text for text in scene.texts if text.label.text.endswith("_l0")]
    assert [t.label.text.split()[1] for t in sorted(told, key=lambda t: run_box(t.label.runs[0])[1])] == names
    assert "W_hr" in texts(scene_of(model({"lstm": {"hidden_size": 6, "proj_size": 2}})))
    firsts = ("gru.weight_ih_l0", "gru.weight_ih_l1", "linear.weight")
    assert width == "column" or len({round(boxes[name][0], 6) for name in firsts}) == 1


def test_what_x_is_in_a_layer_above_is_said_and_refuted():
    source = model({"lstm": {"hidden_size": 6, "num_layers": 2, "bidirectional": True}})
    scene = scene_of(source)
    assert any("reads both h of layer 0" in text for text in texts(scene))
    trace = pipeline.trace(lstmviz.load(source)).trace
    for name, n, true in (("both", 0, True), ("both", 1, False), ("both", -1, False), ("", 0, False)):
        end = f"-{name}" * bool(name)
        assert holds(trace, f"weights.reads-below{end}", (("layer", "lstm"), ("n", n))) is true


def test_numbers_that_are_large_enough_have_lines_between_them():
    few, many = (scene_of(model({"rnn": units})) for units in (4, 64))
    assert len(few.polygons) > len(many.polygons) + 2 * 3


def test_layers_stand_under_each_other_with_their_names_in_one_column():
    scene = scene_of(SOURCE)
    boxes = {frame.id: frame.box for frame in scene.frames}
    firsts = [boxes[name] for name in ("lstm.weight_ih_l0", "lstm.weight_ih_l1", "linear.weight")]
    assert len({round(box[0], 6) for box in firsts}) == 1
    assert all(upper[3] < lower[1] for upper, lower in pairwise(firsts))
    counts = [t.label for t in scene.texts if any(name == "weights.numbers" for name, _ in sentences_on([t]))]
    assert len({round(run_box(one.runs[-1])[2], 3) for one in counts}) == 1
    assert len(counts) == 4 + 4 + 2


def test_the_formula_in_letters_and_numbers():
    for detail in ("normal", "full"):
        said = " ".join(texts(scene_of(model({"lstm": 16}), detail=detail)))
        assert "4·(H·F + H·H + H + H) = 4·(16·3 + 16·16 + 16 + 16) = 1,344" in said
    numbers = texts(scene_of(model({"lstm": 16}), shapes="numbers"))
    assert any("4·(16·3 + 16·16 + 16 + 16) = 1,344" in text for text in numbers)


@pytest.mark.parametrize("width", ["column", "text"])
def test_each_count_stands_under_its_names_in_the_order_of_the_run_and_all_are_added(width):
    source = model({"gru": {"hidden_size": 8, "num_layers": 3}}, {"linear": 2})
    scene = scene_of(source, width=width)
    boxes = {frame.id: frame.box for frame in scene.frames}
    tops = [boxes[name][1] for name in ("gru.weight_ih_l0", "gru.weight_ih_l1", "linear.weight")]
    assert tops == sorted(tops)
    counts = [next(t for t in scene.texts if f"= {n}" in t.label.text) for n in ("312", "432", "18")]
    last = [next(t for t in scene.texts if one in t.label.text) for one in ("bias_hh_l0", "bias_hh_l1")]
    feet = [run_box(t.label.runs[0])[3] for t in last]
    for count, foot, lower in zip(counts, feet, (*tops[1:],), strict=False):
        assert foot < run_box(count.label.runs[0])[3] < lower
    assert "parameters in all: 312 + 2 × 432 + 18 = 1,194" in texts(scene)
    assert proven(scene, source).faults == ()
    for name, other in (("weights.added", {"terms": "312 + 882"}),
                        ("weights.numbers", {"count": 193})):  # fmt: skip
        assert proven(claimed(scene, name, **other), source).faults, name


def claimed(scene, name, **other):
    """The scene with other facts of a message."""

    def change(one):
        facts = dict(one.facts)
        if facts.get("id") != name:
            return one
        given = tuple((dict(facts["given"]) | other).items())
        return replace(one, facts=tuple((facts | {"given": given}).items()))

    def changed(text):
        return replace(text, label=replace(text.label, claims=tuple(map(change, text.label.claims))))

    return replace(scene, texts=tuple(map(changed, scene.texts)))


def test_a_name_over_another_matrix_is_refuted():
    scene = scene_of(SOURCE)
    boxes = {frame.id: frame.box for frame in scene.frames}
    name = next(t for t in scene.texts if t.at == boxes["lstm.weight_hh_l1"] and t.label.text == "W_hh")
    other = replace(name, at=boxes["lstm.weight_ih_l1"])
    wrong = replace(scene, texts=tuple(other if t is name else t for t in scene.texts))
    assert any("'W_hh' stands at lstm.weight_ih_l1" in fault for fault in proven(wrong, SOURCE).faults)


def test_blocks_stand_in_torchs_order():
    scene = scene_of(model({"lstm": 16}))
    blocks = [node for node in scene.nodes if node.id.startswith("lstm.weight_hh_l0.")]
    ordered = sorted(blocks, key=lambda node: node.box[1])
    assert [node.id[-1] for node in ordered] == list("ifgo")
    assert gate_order("gru") == "rzn"


def test_a_matrix_is_as_large_as_it_has_numbers():
    frames = {f.id: f for f in scene_of(model({"lstm": {"hidden_size": 16, "num_layers": 2}})).frames}
    ih, hh = (frames[f"lstm.weight_{which}_l0"].box for which in ("ih", "hh"))
    assert (ih[2] - ih[0]) / 3 == pytest.approx((hh[2] - hh[0]) / 16)
    assert (hh[3] - hh[1]) == pytest.approx(4 * (hh[2] - hh[0]))


@pytest.mark.parametrize("order", ["keras", "onnx"])
def test_other_frameworks_keep_the_same_weights(order):
    scene = scene_of(model({"lstm": 16}, {"linear": 1}), order=order)
    count = {"keras": 4 * (16 * 3 + 16 * 16 + 16) + 16 + 1, "onnx": 4 * (16 * 3 + 16 * 16 + 32)}[order]
    name = {"keras": "Keras", "onnx": "ONNX"}[order]
    assert f"{count:,} numbers as {name} keeps them" in texts(scene)
    assert ("as torch keeps them: linear" in texts(scene)) == (order == "onnx")
    assert faults(scene, words=7) == {}


def test_what_one_bias_means():
    """Keras's one bias computes what torch's two do, if it is their sum; not so in a GRU."""
    assert [biases_add(kind) for kind in ("lstm", "gru", "rnn")] == [True, False, True]
    module, x = nn.LSTM(3, 4), torch.randn(5, 2, 3)
    before = module(x)[0]
    with torch.no_grad():
        module.bias_ih_l0 += module.bias_hh_l0
        module.bias_hh_l0.zero_()
    assert torch.allclose(before, module(x)[0], atol=1e-6)


def test_what_there_is_not_is_refused():
    with pytest.raises(lstmviz.FigureError, match="this model has no parameters"):
        scene_of(model("relu"))
    with pytest.raises(lstmviz.FigureError, match="Keras has no projection, and lstm has one"):
        scene_of(model({"lstm": {"hidden_size": 8, "proj_size": 2}}), order="keras")
    with pytest.raises(lstmviz.FigureError, match="order is about recurrent layers"):
        scene_of(model({"linear": 4}), order="onnx")


@pytest.mark.parametrize("width", ["column", "text", "slide"])
def test_an_own_module_with_many_parts(width):
    many = nn.Sequential(nn.Embedding(900, 8), *(nn.Linear(8, 8) for _ in range(20)))
    figure = lstmviz.draw(many, "weights", inputs=(torch.zeros(2, 5, dtype=torch.long),), width=width)
    assert faults(figure.scene, words=7) == {}
    more = 15 if width == "slide" else 5  # a bare figure draws six
    assert {f"and {more} more parts with weights"} <= set(texts(figure.scene))


def test_a_cell_in_a_loop_of_ones_own():
    class Loop(nn.Module):
        def __init__(self):
            super().__init__()
            self.cell = nn.LSTMCell(3, 4)

        def forward(self, x):
            state = None
            for step in x:
                state = self.cell(step, state)
            return state[0]

    figure = lstmviz.draw(Loop(), "weights", inputs=(torch.randn(5, 2, 3),))
    assert "144 parameters in all" in texts(figure.scene)
    assert {f.id for f in figure.scene.frames} >= {"cell.weight_ih", "cell.bias_hh"}


def proven_with(scene, source):
    spec = lstmviz.load(source)
    subject = pipeline.trace(spec)
    return prove(scene, subject.trace, plan_of(spec), measures=subject.measures)


def proven(scene, source):
    subject = pipeline.trace(lstmviz.load(source))
    return prove(scene, subject.trace, plan_of(lstmviz.load(source)))


SOURCE = model({"lstm": {"hidden_size": 16, "num_layers": 2}}, {"linear": 1})


def moved(scene, one, other):
    """The scene with two blocks in each other's place."""
    boxes = {one: next(n.box for n in scene.nodes if n.id == other)}
    boxes[other] = next(n.box for n in scene.nodes if n.id == one)
    return replace(scene, nodes=tuple(replace(n, box=boxes.get(n.id, n.box)) for n in scene.nodes))


def test_what_is_drawn_is_proven_and_what_is_false_is_found():
    scene = scene_of(SOURCE)
    assert proven(scene, SOURCE).faults == ()
    wrong = moved(scene, "lstm.weight_hh_l0.W_hi", "lstm.weight_hh_l0.W_hf")
    assert any("blocks of lstm.weight_hh_l0 are f i g o" in fault for fault in proven(wrong, SOURCE).faults)
    wide = replace(scene, frames=tuple(
        replace(f, box=(*f.box[:2], f.box[2] + 9, f.box[3])) if f.id == "lstm.weight_hh_l1" else f
        for f in scene.frames))  # fmt: skip
    assert any("lstm.weight_hh_l1: a side of 16" in fault for fault in proven(wide, SOURCE).faults)
    less = replace(scene, frames=tuple(f for f in scene.frames if f.id != "linear.bias"))
    assert any("linear.bias is not drawn" in fault for fault in proven(less, SOURCE).faults)


@pytest.mark.parametrize(("before", "after"), [("(16·5", "(16·6"), ("W_hf", "W_hx"), ("3,665", "3,666")])
def test_a_false_number_or_name_is_found(before, after):
    source = Path("specs/weights.yaml")
    text = scene_of(source, detail="full")
    changed = replace(text, texts=tuple(_swapped(t, before, after) for t in text.texts))
    assert changed != text
    assert proven(changed, source).faults


def _swapped(text, before, after):
    label = text.label
    if before not in label.text:
        return text
    said = label.text.replace(before, after)
    runs = tuple(replace(r, text=r.text.replace(before, after)) for r in label.runs)
    return replace(text, label=replace(label, text=said, runs=runs))


def _shaded(scene):
    return {one.id: one for one in scene.plots if not one.id.endswith(".bar")}


def test_shades_are_the_modules_own_numbers():
    torch.manual_seed(3)
    module = nn.Sequential(nn.Embedding(7, 3, padding_idx=0), nn.GRU(3, 4, 2, batch_first=True))
    drawing = lstmviz.draw(module, "weights", inputs=(torch.randint(0, 7, (2, 5)),), values=True)
    shaded, state = _shaded(drawing.scene), module.state_dict()
    assert shaded.keys() == state.keys()
    for name, heat in shaded.items():
        found = torch.tensor(heat.values).reshape(heat.rows, heat.columns)
        assert torch.allclose(found, state[name].reshape(heat.rows, -1), rtol=1e-3)
    assert [shaded["0.weight"].level(value) for value in shaded["0.weight"].values[:3]] == [None] * 3
    assert "the numbers are those of the module as it was given" in texts(drawing.scene)
    assert "exactly 0" in texts(drawing.scene)


def test_numbers_of_bars_stand_at_them_where_the_page_is_made_lower():
    """The lower edge of a bar, and of the place that its numbers name, were rounded otherwise."""
    spec = SOURCE | {"figures": [{"kind": "weights", "values": True, "width": "text"}]}
    for hidden in (5, 7, 16):
        spec["layers"] = [{"lstm": {"hidden_size": hidden, "num_layers": 2}}, {"linear": 2}]
        (proof,) = lstmviz.check(spec)
        assert (proof.faults, proof.unproven) == ((), ()), hidden


def test_false_shades_are_refuted():
    source = model({"lstm": 3})
    scene = scene_of(source, values=True)
    spec = lstmviz.load(source)
    subject = pipeline.trace(spec)

    def faults_of(one):
        return prove(one, subject.trace, plan_of(spec), measures=subject.measures).faults

    def with_(change):
        return replace(scene, plots=tuple(change(p) for p in scene.plots))

    hh = "lstm.weight_hh_l0"
    assert faults_of(scene) == ()
    turned = with_(lambda p: replace(p, values=(0.0, *p.values[1:])) if p.id == hh else p)
    assert any(f"{hh}[1, 1] is drawn as exactly zero" in fault for fault in faults_of(turned))
    elsewhere = with_(lambda p: replace(p, box=(0.0, 0.0, 9.0, 9.0)) if p.id == hh else p)
    assert any("do not fill its frame" in fault for fault in faults_of(elsewhere))
    fewer = replace(scene, plots=tuple(p for p in scene.plots if p.id != hh))
    assert any("have no shades" in fault for fault in faults_of(fewer))
    scaled = with_(lambda p: replace(p, high=2 * p.high) if p.id == hh else p)
    assert any("no bar" in fault for fault in faults_of(scaled))
    other = replace(scene, texts=tuple(_given(t) for t in scene.texts))
    assert any("whose weights" in fault for fault in faults_of(other))


def _given(text):
    """Return a text that says of untrained weights that they were given."""

    def changed(one):
        other = {"weights.untrained": "weights.given"}
        return replace(one, facts=tuple((k, other.get(v, v)) for k, v in one.facts))

    return replace(text, label=replace(text.label, claims=tuple(map(changed, text.label.claims))))


def test_what_is_too_large_has_no_shades_and_it_is_said():
    scene = scene_of(model({"lstm": 70}), values=True)
    assert _shaded(scene).keys() == {"lstm.weight_ih_l0", "lstm.bias_ih_l0", "lstm.bias_hh_l0"}
    assert any(text.startswith("1 matrix has no shades") for text in texts(scene))


def test_values_are_torchs_own():
    with pytest.raises(lstmviz.FigureError, match="leave out order"):
        scene_of(model({"lstm": 4}), values=True, order="keras")


@pytest.mark.parametrize("options", [{"detail": "full"}, {"order": "keras"}, {"width": "column"}], ids=str)
@pytest.mark.parametrize(
    ("kind", "named"),
    [
        ("lstm", "i: input gate, f: forget gate, g: candidate, o: output gate"),
        ("gru", "r: reset gate, z: update gate, n: candidate (new)"),
    ],
)
def test_letters_and_gates_have_a_key(kind, named, options):
    source = {"input": INPUT, "layers": [{kind: 4}, {kind: 5, "name": "upper"}]}
    said = texts(scene_of(source, **options))
    words = [one.strip().split(": ")[1].removesuffix(" (new)") for one in named.split(",")]
    in_words = [word for word in words if said.count(word) == 2]
    assert said.count(named) + (in_words == words) == 1  # a key, or the words beside their rows
    assert "H units" in " ".join(said)
    (proof,) = lstmviz.check(source | {"figures": [{"kind": "weights", **options}]})
    assert (proof.faults, proof.unproven) == ((), ())
    other = pipeline.trace(
        lstmviz.load({"input": INPUT, "layers": [{"rnn": {"hidden_size": 4}, "name": kind}]})
    )
    assert not holds(other.trace, f"weights.gates-{kind}", (("layer", kind),))


@pytest.mark.parametrize("detail", ["normal", "full"])
def test_what_is_tall_is_drawn_smaller_and_stays_to_scale(detail):
    source = {
        "input": INPUT | {"features": 6},
        "layers": [{"linear": 20}, {"gru": {"hidden_size": 5, "num_layers": 2, "bidirectional": True}}],
    }
    (proof,) = lstmviz.check(source | {"figures": [{"kind": "weights", "width": "column", "detail": detail}]})
    assert (proof.faults, proof.unproven) == ((), ())


def test_an_index_in_large_type_stands_as_much_farther_from_its_state():
    source = {"input": INPUT, "layers": [{"lstm": 4}]}
    figure = {"kind": "rolled", "width": "slide", "detail": "full"}
    (proof,) = lstmviz.check(source | {"figures": [figure]})
    assert proof.faults == ()


@pytest.mark.parametrize("options", [{}, {"detail": "low"}, {"values": True}], ids=str)
@pytest.mark.parametrize("width", ["column", "text", "slide"])
@pytest.mark.parametrize(
    ("units", "kind"), [((1, 64), "lstm"), ((64, 1), "gru"), ((3, 128), "lstm"), ((1, 1), "gru")]
)
def test_rows_lower_than_a_name_have_none(units, kind, width, options):
    """A layer of one unit beside a large one: its gates are named in words, in the order of their rows."""
    layers = [{kind: count} for count in units]
    source = {"input": {"batch_size": 2, "timesteps": 4, "features": 3}, "layers": layers}
    scene = lstmviz.draw(source, "weights", width=width, **options).scene
    assert faults(scene, words=7) == {}
    named = [text for text in scene.texts if text.role == "gate"]
    assert named
    low = max(units) > 20 * min(units)
    if not options and width == "text":
        said = " ".join(text.label.text for text in scene.texts)
        assert ("the blocks of each, from the top" in said) is low
    figures = [{"kind": "weights", "width": width} | options]
    assert all(proof.answer == "proven" for proof in lstmviz.check(source | {"figures": figures}))


@pytest.mark.parametrize("width", ["column", "text"])
def test_every_tensor_has_its_own_count_and_all_come_to_the_sum(width):
    scene = scene_of(model({"lstm": 16}, {"linear": 2}), width=width)
    said = [dict(given) for name, given in sentences_on(scene.texts) if name == "weights.numbers"]
    counts = [one["count"] for one in said]
    assert sum(counts) == sum(prod(frame.shape) for frame in scene.frames)


def test_the_letter_of_the_vocabulary_is_in_the_key_and_no_biases_are_said_where_there_are_none():
    words = {"input": {"sentences": [["a", "b"], ["c"]]}, "layers": [{"embedding": 4}, {"gru": 3}]}
    assert any("V vocabulary" in text for text in texts(scene_of(words)))
    said = " ".join(texts(scene_of(model({"lstm": {"hidden_size": 5, "bias": False}}))))
    assert "biases" not in said.replace("there are no biases", "")


def test_matrices_wider_than_a_column_are_drawn_under_each_other():
    layers = [{"lstm": {"hidden_size": 16, "bidirectional": True}}, {"self_attention": 2}]
    source = {"input": INPUT | {"features": 200}, "layers": layers}
    narrow, wide = (scene_of(source, width=width) for width in ("column", "text"))
    rows = [{round(f.box[1]) for f in one.frames if not f.id.startswith("lstm")} for one in (narrow, wide)]
    assert len(rows[0]) == 2 > len(rows[1])
    assert {f.id for f in narrow.frames} == {f.id for f in wide.frames}


def test_dots_of_a_matrix_that_is_cut_are_over_its_blocks():
    """They were painted under the gates' own fill: the foot spoke of dots that nobody saw."""
    spec = {"input": {"batch_size": 3, "timesteps": 4, "features": 200}, "layers": [{"gru": 4}]}
    scene = lstmviz.draw(spec, "weights", width="column").scene
    dots = [form for form in scene.polygons if form.ellipse]
    assert dots
    for dot in dots:
        x, y = (sum(axis) / len(dot.points) for axis in zip(*dot.points, strict=True))
        over = [n for n in scene.nodes if n.box[0] < x < n.box[2] and n.box[1] < y < n.box[3]]
        assert over
        assert all(node.hollow for node in over)
