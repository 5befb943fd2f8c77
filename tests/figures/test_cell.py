"""The inside of a cell: the graph, what is written beside it, and nothing on top of anything else."""

import itertools

import pytest

import lstmviz
from lstmviz.errors import FigureError
from lstmviz.figures import kind
from lstmviz.figures.base import Subject
from lstmviz.figures.composing import compose
from lstmviz.network.cache import traced
from lstmviz.scene.geometry import bounds
from lstmviz.scene.labels import run_box
from lstmviz.spec import load

from .lint import faults

CELL = kind("cell")
SUBJECTS: dict = {}


def subject_of(type="lstm", *, n=6, title=None, **arguments):
    key = repr((type, n, title, sorted(arguments.items())))
    if key not in SUBJECTS:
        size = {"batch_size": n} if n else {}
        spec = load(
            {
                **({"title": title} if title else {}),
                "input": {**size, "timesteps": 5, "features": 3},
                "layers": [{type: {"hidden_size": 16, **arguments}}],
            }
        )
        SUBJECTS[key] = Subject(traced(spec), spec.input, spec.title)
    return SUBJECTS[key]


def scene_of(type="lstm", *, n=6, title=None, options=None, **arguments):
    asked = CELL.options(**{"width": "text", **(options or {})})
    return compose(CELL, subject_of(type, n=n, title=title, **arguments), asked)


def texts(scene):
    return [t.label.text for t in scene.texts]


TYPES = {
    "lstm": {},
    "proj": {"proj_size": 8},
    "gru": {"type": "gru"},
    "rnn": {"type": "rnn"},
    "relu": {"type": "rnn", "nonlinearity": "relu"},
}
CASES = [
    *(
        {**TYPES[name], "bias": bias, "hidden_size": hidden}
        for name, bias, hidden in itertools.product(TYPES, (True, False), (16, 1024))
    ),
    *({**given, "num_layers": 3, "bidirectional": True, "dropout": 0.2} for given in TYPES.values()),
    {"n": None},
    {"hidden_size": 4096, "num_layers": 2, "bidirectional": True},
    {"type": "gru", "n": None, "hidden_size": 4096, "num_layers": 2, "bidirectional": True},
    {"title": "A title that goes on for longer than one line of a figure in a narrow column can ever hold"},
]
OPTIONS = [
    {},
    {"equations": True},
    {"equations": False},
    {"shapes": "symbols", "symbols": {"hidden": "D", "batch": "B"}},
    {"shapes": "numbers", "legend": "off"},
    {"shapes": "off"},
]


def sample():
    """Every case at every width, the options in turn: each meets each case and each width."""
    turn = itertools.cycle(OPTIONS)
    for case, width in itertools.product(CASES, ("text", "column", "120mm", "150mm", "slide", "auto")):
        yield case, width, {} if width in {"text", "column"} else next(turn)
        if width in {"text", "column"}:
            yield case, width, next(turn)
    yield from itertools.product([{}, {"type": "gru"}], ("text", "column"), OPTIONS)


@pytest.mark.parametrize(("case", "width", "options"), list(sample()))
def test_nothing_touches_what_it_should_not(case, width, options):
    deep = case.get("num_layers", 1) - 1
    way = "reverse" if case.get("bidirectional") else "forward"
    scene = scene_of(options={"layer": deep, "direction": way, **options, "width": width}, **case)
    assert faults(scene) == {}


def ends(scene):
    return {(e.source, e.target) for e in scene.edges}


def test_an_lstm_adds_the_products_cuts_the_sum_and_keeps_c():
    assert ends(scene_of()) == {
        ("x.t", "linear.ih"),
        ("h.t-1", "linear.hh"),
        ("linear.ih", "plus.a"),
        ("linear.hh", "plus.a"),
        *((f"{'plus.a'}", f"rows.{g}") for g in "ifgo"),
        *((f"rows.{g}", f"gate.{g}") for g in "ifgo"),
        ("gate.f", "times.fc"),
        ("c.t-1", "times.fc"),
        ("gate.i", "times.ig"),
        ("gate.g", "times.ig"),
        ("times.fc", "plus.c"),
        ("times.ig", "plus.c"),
        ("plus.c", "c.t"),
        ("plus.c", "tanh.c"),
        ("tanh.c", "times.oc"),
        ("gate.o", "times.oc"),
        ("times.oc", "h.t"),
        ("times.oc", "h.t.up"),
    }


def test_a_projection_stands_before_h_leaves():
    assert {("times.oc", "project.h"), ("project.h", "h.t"), ("project.h", "h.t.up")} <= ends(
        scene_of(proj_size=8)
    )


def test_a_gru_resets_after_the_product():
    found = ends(scene_of("gru"))
    assert {("linear.hh", "rows.hh.n"), ("rows.hh.n", "times.rn"), ("gate.r", "times.rn")} <= found
    assert {("times.rn", "plus.n"), ("rows.ih.n", "plus.n"), ("plus.n", "gate.n")} <= found
    assert {("gate.z", "one_minus.z"), ("one_minus.z", "times.zn"), ("gate.n", "times.zn")} <= found
    assert {
        ("h.t-1", "times.zh"),
        ("gate.z", "times.zh"),
        ("times.zh", "plus.h"),
        ("times.zn", "plus.h"),
    } <= found


def test_a_plain_cell_has_one_function():
    assert ("plus.a", "tanh.a") in ends(scene_of("rnn"))
    assert ("plus.a", "relu.a") in ends(scene_of("rnn", nonlinearity="relu"))


def test_the_reverse_cell_reads_the_step_after_and_time_runs_to_the_left():
    scene = scene_of(bidirectional=True, options={"direction": "reverse"})
    nodes = {n.id: n for n in scene.nodes}
    assert {"h.t+1", "c.t+1"} <= nodes.keys()
    assert not {"h.t-1", "c.t-1"} & nodes.keys()
    assert nodes["h.t"].box[0] < nodes["x.t"].box[0] < nodes["h.t+1"].box[0]
    along = [
        e for e in scene.edges if e.role in {"hidden", "cell"} and e.target in {"h.t", "c.t", "linear.hh"}
    ]
    assert len(along) == 3
    assert all(e.dashed and e.head == "hollow" for e in along)
    assert not any(e.dashed for e in scene.edges if e.role in {"gate", "op", "input"})


def test_c_is_one_straight_double_line():
    belt = [e for e in scene_of().edges if e.role == "cell" and e.target != "tanh.c"]
    assert len({y for e in belt for _, y in e.route}) == 1
    assert all(e.double for e in belt)
    assert [e.head for e in belt].count("filled") == 1


def test_weights_and_their_shapes_are_those_of_the_trace():
    subject = subject_of(num_layers=2, bidirectional=True, proj_size=8)
    held = {p.name: p.sizes for p in subject.trace.recurrent[0].parameters}
    scene = compose(CELL, subject, CELL.options(layer=1, direction="reverse"))
    drawn = {i.tensor: i.shape for i in (*scene.nodes, *scene.texts) if i.tensor}
    assert drawn == {n: s for n, s in held.items() if n.endswith("_l1_reverse")}
    assert drawn["weight_hr_l1_reverse"] == (8, 16)
    assert {"(4H, 2P) = (64, 16)", "(4H, P) = (64, 8)", "(P, H) = (8, 16)"} <= set(texts(scene))


@pytest.mark.parametrize("given", TYPES.values(), ids=TYPES)
def test_without_biases_no_b_is_anywhere(given):
    scene = scene_of(bias=False, **given)
    every = texts(scene) + [n.label.text for n in scene.nodes if n.label]
    assert not any("b_" in text or "bias_" in text or "both b" in text for text in every)
    assert {"matmul.ih", "matmul.hh"} <= {n.id for n in scene.nodes}
    assert any("b_ih" in text for text in texts(scene_of(**given)))


def test_equations_stand_beside_the_cell_where_there_is_room_and_below_when_asked():
    said = "c_t = f_t ⊙ c_t-1 + i_t ⊙ g_t"
    shown = {
        w: {" ".join(t.split()) for t in texts(scene_of(options={"width": w}))} for w in ("text", "column")
    }
    assert said in shown["text"]
    assert said not in shown["column"]
    below = scene_of(options={"width": "column", "equations": True})
    assert said in {" ".join(t.split()) for t in texts(below)}
    assert not any("⊙ tanh(" in t for t in texts(scene_of(options={"equations": False})))


GROUPS = {
    "lstm": ["plus.a", "gate.i gate.f gate.g gate.o", "times.fc times.ig plus.c", "tanh.c times.oc"],
    "gru": ["plus.rz", "gate.r gate.z", "times.rn plus.n gate.n", "times.zh one_minus.z times.zn plus.h"],
    "rnn": ["plus.a", "tanh.a"],
}


@pytest.mark.parametrize("width", ["text", "column"])
@pytest.mark.parametrize("type", GROUPS)
def test_steps_are_numbered_downwards_and_their_numbers_stand_in_their_groups(type, width):
    scene = scene_of(type, options={"width": width, "equations": True})
    at = [(t.label.text, t.label.runs[0]) for t in scene.texts if t.label.text in set("1234")]
    x0, _, x1, y1 = scene.frames[0].box
    listed = [(number, run.y) for number, run in at if not (x0 < run.x < x1 and run.y < y1)]
    assert [n for n, _ in sorted(listed, key=lambda found: found[1])] == list("1234")[: len(GROUPS[type])]
    grounds = [bounds(p.points) for p in scene.polygons if p.role == "note" and p.fill and p.radius]
    for number, run in at:
        if (number, run.y) in listed:
            continue
        (box,) = [b for b in grounds if b[0] < run.x < b[2] and b[1] < run.y < b[3]]
        held = {n.id for n in scene.nodes if box[0] <= n.box[0] and n.box[2] <= box[2]
                and box[1] <= n.box[1] and n.box[3] <= box[3]}  # fmt: skip
        assert {n for n in held if n.split(".")[0] not in {"linear", "rows"}} == set(
            GROUPS[type][int(number) - 1].split()
        )


@pytest.mark.parametrize("width", ["text", "column"])
def test_all_rows_are_written_also_where_the_blocks_are_too_narrow(width):
    for hidden in (16, 1024):
        scene = scene_of(hidden_size=hidden, options={"width": width})
        every = " ".join([*texts(scene), *(n.label.text for n in scene.nodes if n.label)])
        for k in range(4):
            assert f"{k * hidden}:{(k + 1) * hidden}" in every


def test_the_cell_frames_all_but_the_states_around_it():
    scene = scene_of()
    (frame,) = scene.frames
    outside = {n.id for n in scene.nodes} - set(frame.members)
    assert frame.id == "cell.l0.fwd"
    assert outside == {"x.t", "h.t-1", "c.t-1", "h.t", "h.t.up", "c.t"}


def test_several_recurrent_layers_are_told_apart_by_name():
    spec = load(
        {
            "input": {"batch_size": 6, "timesteps": 4, "features": 3},
            "layers": [{"lstm": 16, "name": "encoder"}, {"gru": 12, "name": "top"}],
        }
    )
    subject = Subject(traced(spec), spec.input)
    scene = compose(CELL, subject, CELL.options(of="top"))
    assert {"top/gate.r", "top/x.t"} <= {n.id for n in scene.nodes}
    assert scene.frames[0].id == "top/cell.l0.fwd"
    assert any(t.id == "top/name.gate.z" for t in scene.texts)


def test_it_says_where_h_goes():
    assert "to output" in texts(scene_of(num_layers=2, options={"layer": 1}))
    assert "to layer 1" in texts(scene_of(num_layers=2, options={"layer": 0}))
    two = scene_of(bidirectional=True, options={"direction": "reverse"})
    assert "to output[..., 16:]" in texts(two)
    assert "to output[..., :8]" in texts(scene_of(bidirectional=True, proj_size=8))


def test_the_description_is_a_sentence_with_the_shapes():
    said = scene_of("gru").description
    assert "GRU with 16 units" in said
    assert "weight_ih_l0 (3H, F) = (48, 3)" in said
    assert "(1 − z) ⊙ n + z ⊙ h" in said


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"direction": "reverse"}, "not bidirectional"),
        ({"layer": 1}, "only layer 0"),
        ({"of": "other"}, "no recurrent layer named 'other'"),
    ],
)
def test_what_is_not_there_is_refused(options, why):
    with pytest.raises(FigureError, match=why):
        scene_of(options=options)


def test_a_model_without_a_recurrent_layer_is_refused():
    spec = load({"input": {"batch_size": 2, "features": 4}, "layers": [{"linear": 3}]})
    with pytest.raises(FigureError, match="no recurrent layer"):
        compose(CELL, Subject(traced(spec), spec.input), CELL.options())


def test_a_page_too_narrow_is_refused_with_what_is_needed():
    with pytest.raises(FigureError, match=r"too narrow: 8\d mm will do"):
        scene_of(options={"width": "60mm"})


@pytest.mark.parametrize("name", ["lstm", "gru"])
@pytest.mark.parametrize("width", ["text", "column"])
def test_words_have_room_in_the_boxes_of_gates_and_these_stand_apart(name, width):
    layers = [{name: 16}]
    given = {"input": {"batch_size": 6, "timesteps": 4, "features": 3}, "layers": layers}
    gates = [n for n in lstmviz.draw(given, "cell", width=width).scene.nodes if n.id.startswith("gate.")]
    for node in gates:
        boxes = [run_box(run) for run in node.label.runs]
        assert min(box[0] for box in boxes) - node.box[0] >= 2.5
        assert node.box[2] - max(box[2] for box in boxes) >= 2.5
    level = sorted(n.box for n in gates if n.box[1] == max(one.box[1] for one in gates))
    assert all(b[0] - a[2] >= 2.5 - 1e-9 for a, b in itertools.pairwise(level))
    if (name, width) == ("lstm", "text"):
        assert len({round(n.box[2] - n.box[0], 6) for n in gates}) == 1
