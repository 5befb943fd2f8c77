"""Kind `activity`: gates and states are the module's own; a trained gate opens where it must."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

import lstmviz
from lstmviz import pipeline
from lstmviz.figures.activity.curves import scale_of
from lstmviz.figures.activity.figure import INSET
from lstmviz.figures.activity.measured import Panel, with_bars
from lstmviz.figures.shared import plots
from lstmviz.network.plan import plan_of
from lstmviz.proof.prove import prove
from lstmviz.scene.near import box_of
from lstmviz.scene.plots import Curve
from lstmviz.translation.messages import message
from tests.conftest import ROOT
from tests.figures.lint import faults, labels_of

INPUT = {"batch_size": 4, "timesteps": 9, "features": 3}


def scene_of(source, **options):
    return lstmviz.draw(source, "activity", **options).scene


def values(scene, letter):
    """The rows of a map, or the curves of the input."""
    heat = next((one for one in scene.plots if one.id == letter), None)
    if heat is None:
        return np.array([one.values for one in scene.plots if one.id.startswith(f"{letter}.")])
    return np.array(heat.values).reshape(heat.rows, heat.columns)


def texts(scene):
    return " ".join(label.text for label in labels_of(scene))


def test_h_is_the_modules_output_and_f_its_derivative():
    torch.manual_seed(1)
    module, x = nn.LSTM(3, 5, batch_first=True), torch.randn(2, 7, 3)
    scene = scene_of(module, inputs=(x,), sample=1)
    assert np.allclose(values(scene, "h"), module(x)[0][1].T.detach(), atol=1e-4)
    assert np.allclose(values(scene, "x"), x[1].T, atol=1e-3)
    assert "the weights and the input as they were given" in texts(scene)
    i, f, g, c = (values(scene, letter) for letter in "ifgc")
    assert np.allclose(c[:, 1:], f[:, 1:] * c[:, :-1] + i[:, 1:] * g[:, 1:], atol=1e-3)


@pytest.mark.parametrize("layer", [
    {"lstm": {"hidden_size": 6, "num_layers": 2, "bidirectional": True}}, {"gru": 5}, {"rnn": 4},
    {"lstm": {"hidden_size": 6, "proj_size": 2}},
    {"rnn": {"hidden_size": 4, "nonlinearity": "relu", "bias": False}},
], ids=str)  # fmt: skip
@pytest.mark.parametrize("given", [{}, {"batch_first": True}, {"batch_size": None}, {"timesteps": 1},
                                   {"lengths": [9, 3, 1, 7]}], ids=str)  # fmt: skip
def test_all_is_proven(layer, given):
    source = {"input": {k: v for k, v in (INPUT | given).items() if v is not None}, "layers": [layer],
              "figures": ["activity"]}  # fmt: skip
    (proof,) = lstmviz.check(source)
    assert (proof.faults, proof.unproven) == ((), ())


def test_layers_directions_and_samples():
    layer = {"lstm": {"hidden_size": 6, "num_layers": 2, "bidirectional": True}}
    source = {"input": INPUT | {"lengths": [9, 3, 1, 7]}, "layers": [layer]}
    upper = scene_of(source, layer=1, direction="reverse", sample=1)
    assert values(upper, "x").shape == (12, 3)
    assert values(upper, "h").shape == (6, 3)
    assert (values(upper, "h") != values(scene_of(source, layer=1, sample=1), "h")).all()


@pytest.mark.parametrize("detail", ["low", "normal"])
@pytest.mark.parametrize(("asked", "drawn", "length"), [(None, 1, 9), (0, 0, 2), (2, 2, 1), (3, 3, 9)])
def test_the_first_of_the_longest_samples_is_drawn_and_a_shorter_one_says_its_length(
    asked, drawn, length, detail
):
    source = {"input": INPUT | {"lengths": [2, 9, 1, 9]}, "layers": [{"lstm": 6}]}
    options = {"detail": detail} | ({} if asked is None else {"sample": asked})
    scene = scene_of(source, **options)
    h = next(one for one in scene.plots if one.id == "h")
    assert (dict(h.about)["sample"], h.columns) == (drawn, length)
    said = [text.label.text for text in scene.texts if "its length" in text.label.text]
    assert [one[one.index("its") :][: len("its length: 9 of 9 steps")] for one in said] == (
        [f"its length: {length} of 9 steps"] if length < 9 else []
    )


@pytest.mark.parametrize("said", [[], [(1, 9)], [(2, 8)], [(2, 9), (1, 9)]], ids=str)
def test_a_false_length_of_the_sample_is_found(said, monkeypatch):
    source = {"input": INPUT | {"lengths": [2, 9, 1, 9]}, "layers": [{"lstm": 6}]}
    told = [message("activity.shorter", length=length, steps=steps) for length, steps in said]
    monkeypatch.setattr("lstmviz.figures.activity.figure.shorter", lambda *_: told)
    with pytest.raises(lstmviz.ProofError, match=r"2 of 9 steps are drawn|activity.shorter is said"):
        lstmviz.check(source | {"figures": [{"kind": "activity", "sample": 0}]})


def boxes(scene):
    return {one.id: one.box for one in scene.plots}


@pytest.mark.parametrize("width", ["column", "text"])
@pytest.mark.parametrize(("layer", "order"), [("lstm", "ifogch"), ("gru", "rznh"), ("rnn", "h")])
def test_all_stand_over_one_axis_of_steps(layer, order, width):
    """The input, the gates, then candidate and states; a bar is nearly as high as all that share it."""
    scene = scene_of({"input": INPUT, "layers": [{layer: 6}]}, width=width)
    at = boxes(scene)
    assert len({(box[0], box[2]) for name, box in at.items() if not name.endswith(".bar")}) == 1
    tops = {name: box[1] for name, box in at.items() if not name.endswith(".bar")}
    assert sorted(tops, key=tops.__getitem__) == ["x.0", "x.1", "x.2", *order]
    bars = {name: box for name, box in at.items() if name.endswith(".bar")}
    sharing = {}
    for one in scene.plots:
        if "bar" in dict(one.about):
            sharing.setdefault(dict(one.about)["bar"], []).append(one.box)
    assert sorted(bars) == sorted(sharing)
    assert all(bars[of][1::2] == (first[1] + INSET, last[3] - INSET) for of, (first, *_, last) in
               ((of, [boxes_[0], *boxes_]) for of, boxes_ in sharing.items()))  # fmt: skip
    assert {dict(one.about)["bar"] for one in scene.plots if one.id in {*"ifoz"}} <= {"i.bar", "r.bar"}
    for last in {order[-1], {"lstm": "o", "gru": "z"}.get(layer, "h"), "x.2"}:
        x0, _, x1, y1 = at[last]
        under = [t for t in scene.texts if t.at == at[last] and t.label.runs[0].y > y1]
        steps = [t for t in under if x0 < t.label.runs[0].x < x1]
        assert [text.label.text for text in steps] == [str(step) for step in range(1, 10)]


@pytest.mark.parametrize(("second", "bars"), [(0.9, ["r", "r", "n", "n"]), (0.5, ["r", "r", "n", "h"])])
def test_candidate_and_states_share_a_scale_that_each_fills(second, bars):
    def panel(letter, most):
        scale = ("linear", 0.0, 1.0) if letter in "rz" else ("signed", -most, most)
        return Panel(letter, (most,), (0,), *scale, letter)

    panels = [panel("r", 1.0), panel("z", 1.0), panel("n", 1.0), panel("h", second)]
    found = with_bars(panels)
    assert [one.bar for one in found] == bars
    assert [one.most for one in found] == [1.0, 1.0, 1.0, 1.0 if bars[-1] == "n" else second]


@pytest.mark.parametrize(("layer", "view"), [("lstm", "gates and states, step by step"),
                                             ("rnn", "states, step by step")])  # fmt: skip
def test_a_title_is_followed_by_what_is_shown_which_is_proven(layer, view, monkeypatch):
    source = {"title": "Rain", "input": INPUT, "layers": [{layer: 6}], "figures": ["activity"]}
    assert f"Rain {view}" in texts(scene_of(source)).replace("  ", " ")
    lstmviz.check(source)
    other = {"activity.view": "activity.view-states", "activity.view-states": "activity.view"}
    monkeypatch.setattr("lstmviz.figures.activity.figure.message",
                        lambda name, **given: message(other.get(name, name), **given))  # fmt: skip
    with pytest.raises(lstmviz.ProofError, match=r"activity\.view"):
        lstmviz.check(source)


def test_every_map_has_a_scale_near_its_own_values():
    torch.manual_seed(0)
    module = nn.LSTM(3, 4, batch_first=True)
    with torch.no_grad():
        module.bias_ih_l0[:], module.bias_hh_l0[:] = 2.0, 2.0
    scene = scene_of(module, inputs=(torch.randn(1, 9, 3),))
    own = {one.id: (one.low, one.high) for one in scene.plots}
    assert own["c.bar"] == own["c"] != own["h"] == own["h.bar"]
    assert own["i"] == own["f"] == own["o"] == own["i.bar"]


@pytest.mark.parametrize("features", [2, 5])
def test_how_many_rows_a_bare_input_has_is_proven_of_curves_too(features):
    source = {"input": INPUT | {"features": features}, "layers": [{"gru": 4}]}
    (proof,) = lstmviz.check(source | {"figures": [{"kind": "activity", "detail": "low"}]})
    assert (proof.faults, proof.unproven) == ((), ())
    spec = lstmviz.load(source)
    subject = pipeline.trace(spec)
    scene = lstmviz.draw(spec, "activity", detail="low").scene
    fewer = tuple(one for one in scene.plots if one.id not in {"x", "x.1"})
    found = prove(replace(scene, plots=fewer), subject.trace, plan_of(spec), measures=subject.measures)
    assert any("activity.all-features" in fault for fault in found.faults)


def test_few_steps_are_wide():
    one = boxes(scene_of({"input": INPUT | {"timesteps": 1}, "layers": [{"gru": 4}]}))["h"]
    assert one[2] - one[0] > 140


def test_a_point_of_the_input_is_marked_where_steps_are_far_enough_apart():
    few, many = (scene_of({"input": INPUT | {"timesteps": n}, "layers": [{"gru": 4}]}) for n in (9, 96))
    dots = [form for form in few.polygons if form.ellipse]
    assert len(dots) == 3 * 9
    assert not [form for form in many.polygons if form.ellipse]


@pytest.mark.parametrize(("given", "said"), [({}, True), ({"hx": True}, False)], ids=str)
def test_first_states_are_told(given, said):
    module, x = nn.LSTM(3, 4, batch_first=True), torch.randn(2, 5, 3)
    states = ((torch.randn(1, 2, 4), torch.randn(1, 2, 4)),) if given else ()
    scene = scene_of(module, inputs=(x, *states))
    assert ("h_0, c_0: zeros by default" in texts(scene)) is said


@pytest.mark.parametrize("width", ["column", "text", "slide"])
@pytest.mark.parametrize("shut", [0.0, -4.0])
@pytest.mark.parametrize("layer", [nn.LSTM, nn.GRU])
def test_no_map_of_a_state_is_empty(layer, shut, width):
    """Each has a bar of its own, which it fills as much as round ends let."""
    torch.manual_seed(0)
    module = layer(3, 16, batch_first=True)
    with torch.no_grad():
        module.bias_ih_l0[-16:] += shut  # the output gate of the LSTM, the candidate of the GRU
    scene = scene_of(module, inputs=(torch.randn(1, 20, 3),), width=width, detail="normal")
    assert faults(scene, words=7) == {}
    bars = {one.id: one.high for one in scene.plots if one.id.endswith(".bar")}
    for one in scene.plots:
        if one.id in {"g", "n", "c", "h"}:
            bar = dict(one.about)["bar"]
            assert bars[bar] == one.high == -one.low
            assert abs(values(scene, one.id)).max() >= one.high * 0.4


def test_what_is_counted_stands_beside_its_numbers_from_1():
    source = {"input": INPUT, "layers": [{"gru": 5}]}
    scene = scene_of(source)
    said = {t.label.text: t for t in reversed(scene.texts)}
    for name, plot, last in (("feature", "x.1", "2"), ("unit", "r", "5")):
        box = next(one.box for one in scene.plots if one.id == plot)
        numbers = [t for t in scene.texts if t.at == box and t.label.runs[0].x < box[0]]
        assert numbers[-1].label.text == last
        top = next(one.box for one in scene.plots if one.id == plot.replace(".1", ".0"))[1]
        assert top - 8 < said[name].label.runs[0].y < top  # over the numbers, ending where they do
        assert all(box_of(said[name].label)[2] == pytest.approx(box_of(t.label)[2], abs=1) for t in numbers)
    assert "layers and samples count from 0, all else from 1" in scene.caption


@pytest.mark.parametrize(
    ("units", "shown"), [(5, [1, 2, 3, 4, 5]), (8, [1, 2, 3, 4, 5, 6, 7, 8]), (20, [4, 8, 12, 16, 20])]
)
def test_numbers_of_units_are_regular_and_all_there_where_rows_are_high(units, shown):
    scene = scene_of({"input": INPUT, "layers": [{"lstm": units}]})
    box = next(one.box for one in scene.plots if one.id == "c")
    numbers = [t.label.text for t in scene.texts if t.at == box and t.label.runs[0].x < box[0]]
    assert numbers == [str(n) for n in shown]
    lines = [one for one in scene.polygons if one.stroke == plots.BETWEEN]
    assert len(lines) == (6 * (units - 1 + 8) if units < 9 else 0)  # six maps; of more units rows are low


def test_units_in_the_order_of_their_peaks():
    source = {"input": INPUT, "layers": [{"lstm": 70}]}
    assert values(scene_of(source), "h").shape == (64, 9)
    scene = scene_of(source, order="peak", units=8)
    peaks = abs(values(scene, "h")).argmax(1)
    assert (np.diff(peaks) >= 0).all()
    assert "8 of 70 units are drawn" in texts(scene)


@pytest.mark.parametrize("steps", [1, 2, 5, 96])
@pytest.mark.parametrize("width", ["column", "text", "slide"])
def test_it_is_drawn_without_faults(steps, width):
    scene = scene_of({"input": INPUT | {"timesteps": steps}, "layers": [{"gru": 20}]}, width=width)
    assert faults(scene, words=7) == {}


def test_what_cannot_be_measured_is_refused():
    with pytest.raises(lstmviz.FigureError, match="has no reverse direction"):
        scene_of({"input": INPUT, "layers": [{"lstm": 4}]}, direction="reverse")
    with pytest.raises(lstmviz.FigureError, match="there is no sample 9"):
        scene_of({"input": INPUT, "layers": [{"lstm": 4}]}, sample=9)
    with pytest.raises(lstmviz.FigureError, match="no recurrent layer"):
        scene_of({"input": INPUT, "layers": [{"linear": 4}]})


def test_a_module_that_computes_otherwise_is_refused():
    class Other(nn.LSTM):
        def forward(self, x, hx=None):
            output, ended = super().forward(x, hx)
            return output * 1.01, ended

    with pytest.raises(lstmviz.FigureError, match="does not give its output again"):
        scene_of(Other(3, 4), inputs=(torch.randn(5, 2, 3),))


def test_what_is_false_is_found():
    source = {"input": INPUT, "layers": [{"lstm": 4}]}
    spec = lstmviz.load(source)
    subject = pipeline.trace(spec)
    scene = scene_of(source)

    def proven(one):
        return prove(one, subject.trace, plan_of(spec), measures=subject.measures).faults

    assert proven(scene) == ()
    for name in ("i", "f", "g", "o", "c", "h", "x.0", "x.2"):
        plot = next(one for one in scene.plots if one.id == name)
        wrong = replace(plot, values=(*plot.values[:7], plot.values[7] + 0.05, *plot.values[8:]))
        assert any(f"{name}[1, 8]" in fault for fault in proven(with_plot(scene, wrong))), name
    curve = next(one for one in scene.plots if one.id == "x.1")
    short = replace(curve, high=sorted(curve.values)[-2])
    assert any("its scale ends before" in fault for fault in proven(with_plot(scene, short)))
    moved = replace(curve, id="x.0", about=next(one for one in scene.plots if one.id == "x.0").about)
    assert any("x.0[1, 1]" in fault for fault in proven(with_plot(scene, moved)))


def with_plot(scene, plot):
    """The scene with another plot in the place of the one of its id."""
    return replace(scene, plots=tuple(plot if one.id == plot.id else one for one in scene.plots))


@pytest.mark.parametrize("features", [1, 3, 4])
@pytest.mark.parametrize("steps", [1, 2, 96])
@pytest.mark.parametrize("detail", ["low", "normal"])
@pytest.mark.parametrize("width", ["column", "text"])
def test_an_input_of_few_features_is_a_curve_for_each(features, steps, detail, width):
    source = {"input": INPUT | {"features": features, "timesteps": steps}, "layers": [{"gru": 2}]}
    scene = scene_of(source, detail=detail, width=width)
    curves = [one for one in scene.plots if isinstance(one, Curve)]
    assert [one.id for one in curves] == [f"x.{k}" for k in range(features) if features <= 3]
    assert any(one.id == "x" for one in scene.plots) == (features > 3)
    h = next(one for one in scene.plots if one.id == "h")
    for curve in curves:
        points = [x for piece in curve.points() for x, _ in piece]
        cell = (h.box[2] - h.box[0]) / steps
        assert np.allclose(points, [h.box[0] + (k + 0.5) * cell for k in range(steps)])
    assert all(a.box[3] <= b.box[1] for a, b in itertools.pairwise(curves))
    assert faults(scene, words=7) == {}


def test_curves_have_the_names_that_the_data_gives_their_features():
    names = ["rainfall", "wind"]
    source = {"input": INPUT | {"features": names}, "layers": [{"lstm": {"hidden_size": 2, "num_layers": 2}}]}
    assert all(name in texts(scene_of(source)) for name in names)
    assert not any(
        name in texts(scene_of(source, layer=1)) for name in names
    )  # it reads h of the layer below
    behind = source | {"layers": [{"linear": 2}, {"lstm": 2}]}
    assert not any(name in texts(scene_of(behind)) for name in names)


@pytest.mark.parametrize(("numbers", "ends"), [
    ((-0.3, 0.9), (-1.0, 1.0)), ((0.0, 7.0), (0.0, 8.0)), ((-7.0, 0.0), (-8.0, 0.0)),
    ((283.0, 299.0), (280.0, 300.0)), ((0.0, 0.0), (0.0, 1.0)), ((5.0, 5.0), (0.0, 5.0)),
    ((-299.0, -283.0), (-300.0, -280.0)),
])  # fmt: skip
def test_the_scale_of_a_curve_has_round_ends(numbers, ends):
    assert scale_of(numbers) == ends


@pytest.mark.parametrize("kind", ["activity", "influence"])
@pytest.mark.parametrize(
    "said",
    [
        None,
        ("plots.own", {}),
        ("plots.trained", {"file": "best.pt", "seed": 0}),
        ("plots.untrained", {"seed": 7}),
    ],
    ids=str,
)
def test_whose_weights_they_are_is_held_against_the_run(kind, said, monkeypatch):
    source = {"input": INPUT, "layers": [{"gru": 4}]}
    spec = lstmviz.load(source)
    subject = pipeline.trace(spec)
    if said:
        monkeypatch.setattr(plots, "origin_said", lambda _: message(said[0], **said[1]))
    for detail in ("low", "normal"):
        scene = lstmviz.draw(source, kind, detail=detail).scene
        found = prove(scene, subject.trace, plan_of(spec), measures=subject.measures).faults
        assert any("whose weights and input" in fault for fault in found) is bool(said)
        assert bool(found) is bool(said)


class Remember(nn.Module):
    """Says at every step the number that came first."""

    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(2, 4, batch_first=True)
        self.head = nn.Linear(4, 1)

    def forward(self, x):
        return self.head(self.lstm(x)[0])


def numbers(count, steps=12):
    """Numbers of which the first alone matters, with a mark at it: (N, T, 2); and the first, (N,)."""
    value, mark = torch.rand(count, steps) * 2 - 1, torch.zeros(count, steps)
    mark[:, 0] = 1
    return torch.stack([value, mark], -1), value[:, 0]


def trained():
    torch.manual_seed(1)
    module = Remember()
    optimiser = torch.optim.Adam(module.parameters(), 0.05)
    for _ in range(150):
        x, first = numbers(64)
        loss = nn.functional.mse_loss(module(x)[..., 0], first[:, None].expand(-1, 12))
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return module, loss.item()


def test_the_tutorials_gate_opens_at_the_marked_step_alone():
    scene = scene_of(ROOT / "specs/marked.yaml")
    i, f, c = (values(scene, letter)[3] for letter in "ifc")
    others = np.arange(10) != 2
    assert i[2] > 0.5
    assert i[others].max() < 0.1
    assert f[2] < 0.6
    assert f[others].min() > 0.8
    changes = abs(np.diff(c))
    assert changes[1] > 0.1
    assert np.delete(changes, 1).max() < 0.04


def test_a_trained_gate_is_open_at_the_first_step_and_closed_after_it():
    """A model that must remember its first number lets that in, shuts the input gate, and forgets nothing."""
    module, loss = trained()
    assert loss < 0.002
    scene = scene_of(module, inputs=(numbers(2)[0],))
    i, f, c = (values(scene, letter) for letter in "ifc")
    keeps = (i[:, 0] - i[:, 2:].max(1)).argmax()
    assert i[keeps, 0] > 0.5
    assert i[keeps, 2:].max() < 0.15
    assert f[keeps, 2:].min() > 0.9
    assert np.ptp(c[keeps, 1:]) < 0.15


@pytest.mark.parametrize("nonlinearity", ["relu", "tanh"])
def test_an_empty_cell_is_explained_where_there_is_one(nonlinearity):
    source = {"input": INPUT, "layers": [{"rnn": {"hidden_size": 4, "nonlinearity": nonlinearity}}]}
    scene = scene_of(source)
    empty = any(0 in one.values for one in scene.plots if not one.id.endswith(".bar"))
    assert empty == (nonlinearity == "relu") == ("exactly 0" in texts(scene))
    spec = lstmviz.load(source)
    subject = pipeline.trace(spec)
    filled = tuple(replace(one, values=tuple(v or 1.0 for v in one.values)) for one in scene.plots)
    faults_ = prove(
        replace(scene, plots=filled), subject.trace, plan_of(spec), measures=subject.measures
    ).faults
    assert ("activity.empty is said, and is not so" in faults_) == empty


def test_of_sentences_a_word_has_its_own_vector_wherever_it_stands():
    spec = lstmviz.load(
        {
            "input": {"sentences": [["a", "fine", "slow", "fine"], ["film"]]},
            "layers": [{"embedding": 4}, {"gru": 3}],
        }
    )
    scene = lstmviz.draw(spec, "activity").scene
    x = next(plot for plot in scene.plots if plot.id == "x")
    columns = [x.values[step :: x.columns] for step in range(4)]
    assert columns[1] == columns[3]
    assert len(set(columns)) == 3
    assert any("the sentences given" in text.label.text for text in scene.texts)
    assert [proof.faults for proof in lstmviz.check(spec)] == [()] * len(lstmviz.check(spec))
