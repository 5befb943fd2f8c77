"""Kind `influence`: the map and the curves are the run's, and show what is known of these models."""

from __future__ import annotations

import math
import time
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch import nn

import lstmviz
from lstmviz import pipeline
from lstmviz.figures.shared import plots
from lstmviz.network.plan import plan_of
from lstmviz.network.values import copies, influence, measuring
from lstmviz.network.values.sources import Source
from lstmviz.proof import measured as proof_measured
from lstmviz.proof.measured import _wall_faults, bar_faults
from lstmviz.proof.measured_said import Drawn
from lstmviz.proof.prove import prove
from lstmviz.scene.canvas import Canvas
from lstmviz.scene.items import GROUND
from lstmviz.scene.near import box_of
from lstmviz.scene.plots import Curve, Heat
from lstmviz.translation.messages import message
from tests.figures.lint import faults, labels_of

INPUT = {"batch_size": 4, "timesteps": 20, "features": 3}


def model(*layers, **given):
    return {"input": INPUT | given, "layers": list(layers)}


def scene_of(source, **options):
    return lstmviz.draw(source, "influence", **options).scene


def plot(scene, name):
    return next(one for one in scene.plots if one.id == name)


def cells(scene):
    heat = plot(scene, "map")
    return np.array(heat.values).reshape(heat.rows, heat.columns)


def texts(scene):
    return " ".join(label.text for label in labels_of(scene))


@pytest.mark.parametrize("way", ["backwards", "twice", "forwards"])
def test_it_is_torchs_jacobian(way, monkeypatch):
    def other(*_):
        raise AssertionError("derivatives go another way")

    for name, one in {"_backwards": "backwards", "_twice": "twice", "_dual": "forwards"}.items():
        monkeypatch.setattr(influence, name, getattr(influence, name) if one == way else other)
    monkeypatch.setattr(influence, "way", lambda *_: way)
    torch.manual_seed(3)
    module, x = nn.LSTM(3, 5, batch_first=True), torch.randn(2, 6, 3)
    found = cells(lstmviz.draw(module, "influence", inputs=(x,), sample=1).scene)
    jacobian = torch.autograd.functional.jacobian(lambda one: module(one[None])[0][0], x[1])
    true = jacobian.square().sum((1, 3)).sqrt().numpy()
    assert np.allclose(found, true, rtol=1e-3, atol=1e-6)
    assert (found[np.triu_indices(6, 1)] == 0).all()
    largest = cells(lstmviz.draw(module, "influence", inputs=(x,), sample=1, norm="max").scene)
    assert np.allclose(largest, jacobian.abs().amax((1, 3)).numpy(), rtol=1e-3, atol=1e-6)


def test_derivatives_go_the_way_that_takes_least_time():
    def way(steps, features, units):
        given, made = torch.zeros(steps, features), torch.zeros(steps, units)
        return copies.way(SimpleNamespace(weights=4 * units * (features + units)), given, made)

    assert way(50, 64, 64) == way(50, 32, 64) == "backwards"
    assert way(50, 8, 64) == "twice"
    assert way(100, 1, 64) == "twice"
    assert way(200, 8, 128) == "forwards"


def test_untrained_weights_of_seed_0_are_torchs():
    torch.manual_seed(0)
    module = nn.LSTM(3, 16)
    x = torch.randn(20, 4, 3, generator=torch.Generator().manual_seed(0))
    own = cells(lstmviz.draw(module, "influence", inputs=(x,)).scene)
    assert np.allclose(own, cells(scene_of(model({"lstm": 16}))), rtol=2e-3)


def left(scene, state):
    return plot(scene, f"{state}.l0.fwd").values[0]


def test_an_untrained_lstm_forgets_as_an_rnn_does_and_one_with_a_forget_bias_does_not():
    """By torch's defaults h_0 is gone after 20 steps in both; with a forget bias of 3 c carries it."""
    rnn, lstm = scene_of(model({"rnn": 16})), scene_of(model({"lstm": 16}))
    assert left(rnn, "h") < 1e-4
    assert left(lstm, "h") < 1e-4
    torch.manual_seed(0)
    module = nn.LSTM(3, 16)
    with torch.no_grad():
        module.bias_ih_l0[16:32], module.bias_hh_l0[16:32] = 3.0, 0.0
    keeping = lstmviz.draw(module, "influence", inputs=(torch.randn(20, 4, 3),)).scene
    assert left(keeping, "c") > 0.5
    assert left(keeping, "c") > 1e3 * left(lstm, "c")
    assert cells(keeping)[-1, 0] > 1e3 * cells(lstm)[-1, 0]


@pytest.mark.parametrize(
    ("layer", "bias", "state", "known"),
    [(nn.RNN, None, "h", 7.5e-6), (nn.LSTM, None, "h", 1.0e-5), (nn.LSTM, 3.0, "c", 0.89)],
)
def test_what_is_left_after_twenty_steps_by_torchs_first_weights(layer, bias, state, known):
    """No LSTM is better by itself; one whose forget gate begins open keeps c.

    What is known are root mean squares, Frobenius over √H: here the median of nine seeds, H = 16. The figure
    has the most that can be left, the spectral norm: as large at least, and √H times as large at most.
    """
    found = []
    for seed in range(9):
        torch.manual_seed(seed)
        module, x, zero = (
            one.double() for one in (layer(3, 16), torch.zeros(20, 1, 3), torch.zeros(1, 1, 16))
        )
        if bias is not None:
            with torch.no_grad():
                module.bias_ih_l0[16:32], module.bias_hh_l0[16:32] = bias, 0.0

        def last(first, module=module, x=x, zero=zero):
            begun = {"c": (zero, first), "h": (first, zero)}[state] if layer is nn.LSTM else first
            ended = module(x, begun)[1]
            return ended["hc".index(state)] if layer is nn.LSTM else ended

        jacobian = torch.autograd.functional.jacobian(last, zero).view(16, 16)
        found.append(float(jacobian.norm()) / 4)
        if seed == 0:
            drawn = left(lstmviz.draw(module, "influence", inputs=(x,)).scene, state)
            assert drawn == pytest.approx(float(torch.linalg.matrix_norm(jacobian, 2)), rel=1e-3)
    assert known / 2 < sorted(found)[4] < known * 2, found


def test_both_directions_leave_no_cell_empty():
    scene = scene_of(model({"lstm": {"hidden_size": 6, "bidirectional": True}}))
    assert (cells(scene) != 0).all()
    assert "every step is moved by every input" in scene.caption
    assert {"h.l0.fwd", "h.l0.rev", "c.l0.fwd", "c.l0.rev"} <= {one.id for one in scene.plots}
    assert "exactly 0" not in texts(scene)
    for name in ("h.l0.fwd", "h.l0.rev"):  # both over the true steps: forward 0 … T, reverse T + 1 … 1
        curve = plot(scene, name)
        ((first, *_, last),) = curve.points()
        begin, end = (curve.box[2], curve.box[0]) if name.endswith("rev") else (curve.box[0], curve.box[2])
        assert (round(first[0], 6), round(last[0], 6)) == (round(begin, 6), round(end, 6))


def claiming(scene, before, after, **given):
    """The scene with another message claimed, and other facts of it."""

    def other(one):
        facts = dict(one.facts)
        if facts.get("id") != before:
            return one
        changed_ = tuple((dict(facts["given"]) | given).items())
        return replace(one, facts=tuple((facts | {"id": after, "given": changed_}).items()))

    return replace(
        scene,
        texts=tuple(
            replace(t, label=replace(t.label, claims=tuple(map(other, t.label.claims)))) for t in scene.texts
        ),
    )


@pytest.mark.parametrize(
    ("before", "after", "given"),
    [
        ("influence.rows-y", "influence.rows-output", {}),
        ("influence.rows-y", "influence.rows-y", {"of": "lstm"}),
        ("influence.map-y", "influence.map-output", {}),
    ],
)
def test_whose_steps_are_moved_is_held_against_the_model(before, after, given):
    source = model({"lstm": 4}, {"linear": 2}, timesteps=4)
    scene = scene_of(source)
    assert proven(scene, source) == ()
    assert proven(claiming(scene, before, after, **given), source)


def test_the_reverse_direction_ends_at_step_1_and_is_said_to():
    source = model({"lstm": {"hidden_size": 4, "bidirectional": True}}, timesteps=4)
    scene = scene_of(source, width="column", state="h")
    assert proven(scene, source) == ()
    assert "‖∂h_1/∂h_t‖_2" in texts(scene)
    wrong = claiming(scene, "influence.carried-rev", "influence.carried")
    forward = tuple(p for p in scene.plots if p.id != "h.l0.fwd")
    assert "influence.carried is said, and is not so" in proven(replace(wrong, plots=forward), source)
    turned = tuple(replace(p, mirrored=not p.mirrored) if p.id == "h.l0.rev" else p for p in scene.plots)
    assert "influence.carried-rev is said, and is not so" in proven(replace(scene, plots=turned), source)


@pytest.mark.parametrize("width", ["column", "text"])
def test_what_the_rows_are_stands_beside_them_and_what_the_columns_are_under_them(width):
    scene = scene_of(model({"lstm": 4}, {"linear": 2}, timesteps=5), width=width)
    x0, y0, x1, y1 = plot(scene, "map").box
    for words, fits in (
        ("at step t ↓", lambda a, b, c, d: c < x0 - 8 and y0 < (b + d) / 2 < y1),
        ("input x at step s →", lambda a, b, c, d: b > y1 and abs(a + c - x0 - x1) < 1),
        ("‖∂y_t/∂x_s‖_F Frobenius norm, log scale", lambda a, b, c, d: b > y1),
    ):
        (found,) = (box_of(text.label) for text in scene.texts if text.label.text == words)
        assert fits(*found), (words, found)


@pytest.mark.parametrize("width", ["column", "text", "slide"])
@pytest.mark.parametrize("both", [False, True])
def test_every_curve_has_words_and_every_axis_numbers_at_its_ends(width, both):
    source = model({"lstm": {"hidden_size": 4, "num_layers": 2, "bidirectional": both}}, timesteps=9)
    scene = scene_of(source, width=width, detail="normal")
    assert (proven(scene, source), faults(scene, words=7)) == ((), {})
    words = texts(scene).split()
    for last in ("T", "1") if both else ("T",):
        assert [words.count(f"‖∂{state}_{last}/∂{state}_t‖_2") for state in "hc"] == [1, 1]  # of both layers
    for one in scene.plots:
        if isinstance(one, Curve):
            numbers = {t.label.text for t in scene.texts if t.at == one.box}
            lowest = dict(one.about)["depth"] == 0  # of panels over each other
            assert lowest is (({"1"} if one.mirrored else {"0", "9"}) <= numbers)
    assert "T = 9" in texts(scene)
    named = [text.label.text for text in scene.texts]
    assert named.count("start") == both  # of the reverse direction, which begins after the last step
    scales = [one.rpartition("  ")[2] for one in named if one.endswith("log scale")]
    assert len(scales) == 2  # of the map, and of all curves
    assert [one for one in scales if one.startswith("largest singular value")]
    assert sum(one.startswith("step t") for one in named) == 1 + both  # under the lowest panels alone
    bare = tuple(t for t in scene.texts if "∂c" not in t.label.text)
    assert any("what the curve c.l0.fwd is" in one for one in proven(replace(scene, texts=bare), source))


def test_curves_have_points_at_steps_full_ones_of_h_and_open_ones_of_c():
    few, many = (scene_of(model({"lstm": 4}, timesteps=n)) for n in (9, 96))
    dots = [one for one in few.polygons if one.ellipse]
    assert len(dots) == 2 * 10 + 2  # and one of each at what it is
    assert len([one for one in many.polygons if one.ellipse]) < 2 * 40  # at even steps
    assert sum(one.fill == one.stroke for one in dots) == sum(one.fill == GROUND for one in dots) == 11


def test_a_scale_of_curves_begins_where_they_do():
    for steps in (1, 6, 40):
        scene = scene_of(model({"rnn": 4}, timesteps=steps))
        (curve,) = (one for one in scene.plots if isinstance(one, Curve))
        least = math.log10(min(curve.values))
        assert curve.low < least or steps == 1
        assert least - curve.low < 0.1 * (curve.high - curve.low) or curve.low == -0.1


@pytest.mark.parametrize(("low", "written"), [(-2.0, "0.01"), (-6.0, "10^-4")])
def test_numbers_of_a_scale_are_written_in_one_way(low, written):
    canvas = Canvas()
    heat = Heat("map", (0.0, 0.0, 200.0, 8.0), 1, 1, (0.5,), "log", low, 0.0)
    plots.bar(canvas, heat, heat.box, lying=True)
    said = [text.label.text for text in canvas.texts]
    assert written in said
    assert len({"^" in one for one in said}) == 1


@pytest.mark.parametrize(("asked", "drawn"), [(None, 1), (0, 0)])
@pytest.mark.parametrize("detail", ["low", "normal"])
def test_the_longest_sample_is_drawn_and_it_is_said_which(asked, drawn, detail):
    source = model({"lstm": 4}, timesteps=9, lengths=[2, 9, 1, 9])
    options = {"detail": detail} | ({} if asked is None else {"sample": asked})
    scene = scene_of(source, **options)
    assert dict(plot(scene, "map").about)["sample"] == drawn
    said = [text.label.text for text in scene.texts]
    assert any(one.startswith(f"sample {drawn}") for one in said) is (detail == "normal")


def test_a_false_sample_is_found(monkeypatch):
    source = model({"lstm": 4}, timesteps=4)

    def said(name, **given):
        return message(name, **(given | {"sample": 2} if name == "influence.whose" else given))

    monkeypatch.setattr("lstmviz.figures.influence.figure.message", said)
    assert "influence.whose is said, and is not so" in proven(scene_of(source), source)


def test_what_the_empty_half_means_stands_in_it_where_there_is_room():
    def said(steps):
        scene = scene_of(model({"lstm": 4}, timesteps=steps))
        (x0, y0, x1, y1), found = plot(scene, "map").box, texts(scene)
        inside = [t.label for t in scene.texts if t.label.text == "later one"]
        assert all(x0 < label.runs[0].x < x1 and y0 < label.runs[0].y < y1 for label in inside)
        return len(inside), "exactly 0" in found

    assert (said(2), said(4), said(12)) == ((0, True), (1, True), (1, True))
    assert "no step reads a later one" in texts(scene_of(model({"lstm": 4}, timesteps=4)))


def test_a_convolution_reaches_as_far_as_its_kernels():
    """Kernels of 3 and 3 with a dilation of 2 see 1 + 2 + 4 = 7 steps, three to each side."""
    convs = ({"conv1d": {"out_channels": 4, "kernel_size": 3, "padding": 1}},
             {"conv1d": {"out_channels": 4, "kernel_size": 3, "padding": 2, "dilation": 2}})  # fmt: skip
    scene = scene_of(model(*convs, batch_first=True))
    apart = np.abs(np.subtract.outer(np.arange(20), np.arange(20)))
    assert ((cells(scene) != 0) == (apart <= 3)).all()
    assert "a step is moved by 7 inputs at most" in texts(scene)


def test_a_causal_convolution_of_ones_own():
    class Causal(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv = nn.Conv1d(3, 4, 3, dilation=2)

        def forward(self, x):
            padded = nn.functional.pad(x.transpose(1, 2), (4, 0))
            return self.conv(padded).transpose(1, 2)

    found = cells(lstmviz.draw(Causal(), "influence", inputs=(torch.randn(2, 12, 3),)).scene)
    back = np.subtract.outer(np.arange(12), np.arange(12))
    assert ((found != 0) == np.isin(back, (0, 2, 4))).all()


class Truncated(nn.Module):
    """Reads its input in parts, and carries the state on without its history."""

    def __init__(self, *, cut=True):
        super().__init__()
        self.rnn, self.head, self.cut = nn.GRU(3, 4, batch_first=True), nn.Linear(4, 2), cut

    def forward(self, x):
        state, found = None, []
        for part in x.split(3, dim=1):
            output, state = self.rnn(part, state)
            state = state.detach() if self.cut else state
            found.append(output)
        return self.head(torch.cat(found, 1))


def test_truncated_backpropagation_has_walls():
    x = torch.randn(2, 9, 3)
    scene = lstmviz.draw(Truncated(), "influence", inputs=(x,)).scene
    assert dict(plot(scene, "map").about)["walls"] == "3 6"
    assert (cells(scene)[np.tril_indices(9)] != 0).all()  # what is behind still moves the result
    assert "walls after steps 3, 6" in texts(scene)
    whole = lstmviz.draw(Truncated(cut=False), "influence", inputs=(x,)).scene
    assert "wall" not in texts(whole)
    subject = pipeline.described(Truncated(), (x,))
    for walls, true in (("3 6", True), ("3", False), ("4", False)):
        heat = replace(
            plot(scene, "map"), about=(("of", "rnn"), ("sample", 0), ("norm", "fro"), ("walls", walls))
        )
        faults_ = list(_wall_faults(heat, subject.measures()))
        assert (faults_ == []) is true, faults_


def op_lines(scene):
    return [one for one in scene.polygons if one.role == "op"]


@pytest.mark.parametrize("options", [{}, {"detail": "low"}, {"detail": "low", "width": "column"}], ids=str)
def test_walls_are_drawn_at_their_steps_with_little_detail_too(options):
    x, module = torch.randn(2, 9, 3), Truncated()
    scene = scene_of(module, inputs=(x,), **options)
    bare = "detail" in options
    x0, y0, x1, y1 = plot(scene, "map").box
    corners = [one.points[1] for one in op_lines(scene)[:2]]
    true = [(x0 + k * (x1 - x0) / 9, y0 + k * (y1 - y0) / 9) for k in (3, 6)]
    assert np.allclose(corners, true)
    assert ("gradient cut" in texts(scene)) is bare
    subject = pipeline.described(module, (x,))

    def faults_of(one):
        return prove(one, subject.trace, measures=subject.measures).faults

    assert faults_of(scene) == ()
    first = op_lines(scene)[0]
    moved = replace(first, points=tuple((a + (x1 - x0) / 9, b) for a, b in first.points))
    for changed_ in ([], [moved]):
        left = tuple(one for one in scene.polygons if one is not first)
        faults_ = faults_of(replace(scene, polygons=(*left, *changed_)))
        assert any("walls are drawn elsewhere than after these steps: [3, 6]" in fault for fault in faults_)
    whole = scene_of(Truncated(cut=False), inputs=(x,), **options)
    assert op_lines(whole) == []
    assert "gradient cut" not in texts(whole)


STREAMS = "input: {features: 3, stateful: {parallel: 2, chunk: 4}%s}\nlayers: [%s]\n"


def test_streams_have_a_wall_between_two_chunks_of_which_the_second_goes_on():
    spec = lstmviz.load(STREAMS % ("", "lstm: 6, linear: 2") + "figures: [influence]\n")
    scene = lstmviz.draw(spec, "influence").scene
    heat = plot(scene, "map")
    assert (heat.rows, heat.columns, dict(heat.about)["walls"]) == (8, 8, "4")
    assert (cells(scene)[np.tril_indices(8)] != 0).all()
    assert len(plot(scene, "h.l0.fwd").values) == 9
    assert "2 chunks of 4 steps" in texts(scene)
    (proof,) = lstmviz.check(spec)
    assert proof.unproven == ()
    # the first chunk's map is that of one chunk alone, and what an unbroken run of both would give
    long = "input: {batch_size: 2, timesteps: 8, features: 3, states: given}\nlayers: [lstm: 6, linear: 2]\n"
    np.testing.assert_allclose(cells(scene), cells(lstmviz.draw(long, "influence").scene), rtol=1e-5)
    measures = pipeline.trace(spec).measures()
    wrong = replace(heat, about=(("of", "linear"), ("sample", 0), ("norm", "fro"), ("walls", "3")))
    faults_ = list(_wall_faults(wrong, measures))
    assert faults_ == ["there is no wall after step 3", "the wall after step 4 is missing"]


def test_streams_of_tokens_and_layers_that_end_with_each_chunk():
    tokens = "input: {vocabulary: 9, stateful: {parallel: 2, chunk: 3}}\nlayers: [embedding: 4, gru: 5]\n"
    assert dict(plot(lstmviz.draw(tokens, "influence").scene, "map").about)["walls"] == "3"
    attending = STREAMS % ("", "lstm: 6, self_attention: 2")
    scene = lstmviz.draw(attending, "influence").scene
    assert (cells(scene)[:4, 4:] == 0).all()  # no step of a chunk attends to a later chunk
    assert (cells(scene)[:4, :4] != 0).all()


@pytest.mark.parametrize("layers", [
    [{"gru": {"hidden_size": 6, "num_layers": 2}}, {"linear": 2}],
    [{"lstm": {"hidden_size": 8, "proj_size": 3}}],
    [{"rnn": {"hidden_size": 5, "nonlinearity": "relu", "bias": False}}],
])  # fmt: skip
@pytest.mark.parametrize("given", [{}, {"batch_first": True}, {"batch_size": None}, {"timesteps": 1},
                                   {"timesteps": 2}, {"lengths": [20, 3, 1, 7]}])  # fmt: skip
def test_all_is_proven(layers, given):
    source = {"input": {k: v for k, v in (INPUT | given).items() if v is not None}, "layers": layers,
              "figures": ["influence"]}  # fmt: skip
    (proof,) = lstmviz.check(source)
    assert (proof.faults, proof.unproven) == ((), ())


@pytest.mark.parametrize("given", [{"vocabulary": 9, "features": None}])
def test_tokens_are_moved_as_their_embedding(given):
    source = {"input": {k: v for k, v in (INPUT | given).items() if v is not None},
              "layers": [{"embedding": 4}, {"lstm": 5}]}  # fmt: skip
    assert "embedding x at step s →" in texts(scene_of(source))


def proven(scene, source):
    spec = lstmviz.load(source)
    subject = pipeline.trace(spec)
    return prove(scene, subject.trace, plan_of(spec), measures=subject.measures).faults


def changed(scene, name, at, value):
    one = plot(scene, name)
    values = tuple(value if k == at else v for k, v in enumerate(one.values))
    return replace(scene, plots=tuple(replace(p, values=values) if p is one else p for p in scene.plots))


def test_what_is_false_is_found():
    source = model({"lstm": 6}, timesteps=6)
    scene = scene_of(source)
    assert proven(scene, source) == ()
    value = cells(scene)[3, 2]
    assert any("map[4, 3]" in fault for fault in proven(changed(scene, "map", 20, value * 1.01), source))
    assert any("exactly zero" in fault for fault in proven(changed(scene, "map", 20, 0.0), source))
    assert any("map[1, 6]" in fault for fault in proven(changed(scene, "map", 5, value), source))
    assert any("h.l0.fwd at t = 0" in fault for fault in proven(changed(scene, "h.l0.fwd", 0, 0.5), source))
    bar = replace(
        scene, plots=tuple(replace(p, high=p.high + 1) if p.id == "map.bar" else p for p in scene.plots)
    )
    assert any("no bar of its shades" in fault for fault in proven(bar, source))
    lower = replace(scene, texts=tuple(_down(t) if t.label.text == "0.1" else t for t in scene.texts))
    assert any("does not stand at its place" in fault for fault in proven(lower, source))


def _down(text):
    runs = tuple(replace(run, y=run.y + 9) for run in text.label.runs)
    return replace(text, label=replace(text.label, runs=runs))


def test_a_proof_that_breaks_proves_no_figure_without_arrows(monkeypatch):
    def broken(*_):
        raise KeyError("walls")

    source = model({"gru": 4}, timesteps=4)
    scene, spec = scene_of(source), lstmviz.load(source)
    subject = pipeline.trace(spec)
    monkeypatch.setattr(proof_measured, "_drawn_walls", broken)
    (one,) = prove(scene, subject.trace, plan_of(spec), measures=subject.measures).unproven
    assert (one.what, one.why) == ("the figure", "the proof broke: KeyError: 'walls'")


def test_what_nobody_would_wait_for_is_refused(monkeypatch):
    """A score for each of 10,000 words at each of 35 steps; the check of such a model takes seconds."""
    numbers, products = 20 * 3 + 20 * 7, 20 * 4 * 7 * (3 + 7 + 2)
    least = 20 * 7 * (numbers + products // 256)
    monkeypatch.setattr(Source, "work", least - 1)
    with pytest.raises(lstmviz.FigureError, match="derivatives go through 31,640 numbers"):
        scene_of(model({"lstm": 7}))
    monkeypatch.setattr(Source, "work", least)
    scene_of(model({"lstm": 7}, batch_size=3))


def test_a_check_of_an_own_module_says_which_map_it_does_not_wait_for(monkeypatch):
    def found():
        proofs = lstmviz.check(nn.LSTM(3, 4), inputs=(torch.randn(9, 2, 3),))
        return {proof.kind: proof for proof in proofs}

    assert found()["influence"].answer == "proven"
    monkeypatch.setattr(measuring, "BRIEF", 10)
    proof = found()["influence"]
    assert (proof.answer, proof.faults) == ("not proven", ())
    (left,) = proof.unproven
    assert left.what == "the map"
    assert "numbers, and 10 are the most" in left.why
    assert lstmviz.draw(nn.LSTM(3, 4), "influence", inputs=(torch.randn(9, 2, 3),)).scene.plots
    monkeypatch.setattr(copies, "WORK", 100)
    assert "influence" not in found()  # it is refused as well where it is asked for: there is no figure


def test_what_is_refused_is_left_out_of_a_check_of_an_own_module(monkeypatch):
    monkeypatch.setattr(copies, "STEPS", 8)
    kinds = {proof.kind for proof in lstmviz.check(nn.LSTM(3, 4), inputs=(torch.randn(9, 2, 3),))}
    assert "activity" in kinds
    assert "influence" not in kinds


def test_every_layer_has_its_curves_or_it_is_said_which():
    def drawn(count, **options):
        scene = scene_of(model({"gru": {"hidden_size": 3, "num_layers": count}}, timesteps=6), **options)
        assert faults(scene, words=7) == {}
        depths = [dict(one.about)["depth"] for one in scene.plots if isinstance(one, Curve)]
        return scene, sorted(depths), "the states of layers" in texts(scene)

    for width in ("column", "text", "slide"):
        assert drawn(4, width=width, detail="normal")[1:] == ([0, 1, 2, 3], False)
        assert drawn(5, width=width, detail="normal")[1:] == ([0, 4], True)
    assert drawn(5, layer=2)[1:] == ([2], False)
    scene = drawn(5)[0]
    subject = pipeline.trace(
        spec := lstmviz.load(model({"gru": {"hidden_size": 3, "num_layers": 5}}, timesteps=6))
    )

    def refuted(one):
        return prove(one, subject.trace, plan_of(spec), measures=subject.measures).faults

    assert refuted(scene) == ()
    kept = tuple(text for text in scene.texts if "states of layers" not in text.label.text)
    silent = replace(
        scene, texts=kept, said=tuple(one for one in scene.said if "some-layers" not in str(one))
    )
    assert any("has 5 layers, and the curves of 2 are drawn" in fault for fault in refuted(silent))


@pytest.mark.parametrize("layer", [{"lstm": 3}, {"gru": {"hidden_size": 3, "bidirectional": True}}], ids=str)
def test_a_curve_is_held_against_other_measurements_at_every_step(layer):
    source = model(layer, timesteps=30)
    spec, scene = lstmviz.load(source), scene_of(source)
    subject = pipeline.trace(spec)
    names = [one.id for one in scene.plots if isinstance(one, Curve)]
    for name in names:
        for t in range(30):
            one = next(plot for plot in scene.plots if plot.id == name)
            wrong = changed(scene, name, t, one.values[t] * 1.01)
            faults_ = prove(wrong, subject.trace, plan_of(spec), measures=subject.measures).faults
            assert any(fault.startswith(f"{name} at t = {t} ") for fault in faults_), (name, t)


PADDED = {"conv1d": {"out_channels": 4, "kernel_size": 3, "padding": 1}}


@pytest.mark.parametrize(
    ("layers", "options", "why"),
    [
        ([{"lstm": {"hidden_size": 4, "num_layers": 2}}], {"layer": 5}, "no layer 5: lstm has layers 0 to 1"),
        ([{"gru": 4}], {"state": "c"}, "gru has no c"),
        ([PADDED, {"gru": 4}], {"of": "conv1d", "layer": 0}, "none runs up to conv1d"),
    ],
)
def test_curves_that_there_cannot_be_are_refused(layers, options, why):
    with pytest.raises(lstmviz.FigureError, match=why):
        scene_of(model(*layers, timesteps=5, batch_first=True), **options)


@pytest.mark.parametrize(
    ("kind", "option", "place"),
    [("influence", "layer: -1", 30), ("influence", "sample: -1", 31), ("activity", "units: 0", 29)],
)
def test_numbers_out_of_range_have_their_place(kind, option, place):
    text = (
        f"input: {{timesteps: 5, features: 3}}\nlayers: [gru: 4]\nfigures:\n  - {{kind: {kind}, {option}}}\n"
    )
    with pytest.raises(lstmviz.SpecError) as caught:
        lstmviz.load(text)
    (problem,) = caught.value.problems
    assert (problem.code, problem.span.line, problem.span.column) == ("out-of-range", 4, place)


def test_what_cannot_be_measured_is_refused():
    with pytest.raises(lstmviz.FigureError, match="no time axis"):
        scene_of({"input": {"batch_size": 4, "features": 3}, "layers": [{"linear": 2}]})
    with pytest.raises(lstmviz.FigureError, match="no stage named 'gru' gives something at every step"):
        scene_of(model({"lstm": 4}), of="gru")
    with pytest.raises(lstmviz.FigureError, match=r"there is no sample 4: there are 4"):
        scene_of(model({"lstm": 4}), sample=4)
    with pytest.raises(lstmviz.FigureError, match=r"600 × 600 steps .* \(give fewer timesteps\)"):
        scene_of(model({"rnn": 2}, timesteps=600))


def test_two_hundred_steps_take_seconds():
    began = time.process_time()
    scene = scene_of(model({"lstm": {"hidden_size": 32, "num_layers": 2}}, timesteps=200))
    assert time.process_time() - began < 30
    assert cells(scene).shape == (200, 200)
    assert faults(scene, words=7) == {}
    assert len(lstmviz.draw(model({"lstm": 8}, timesteps=200), "influence").svg) < 600_000


def test_numbers_of_steps_stand_at_rows_lower_than_they_are():
    scene = scene_of({"input": {"timesteps": 200, "features": 1}, "layers": [{"rnn": 1}]})
    assert list(bar_faults(scene, Drawn(scene))) == []


def test_what_is_lost_in_differences_is_not_refuted():
    """Quotients of differences of results around 1 lose a derivative of 10⁻¹¹ in their last digits."""

    class Little(nn.Module):
        def __init__(self):
            super().__init__()
            self.gru = nn.GRU(3, 4, batch_first=True)

        def forward(self, x):
            return 1 + 1e-8 * self.gru(x)[0]

    torch.manual_seed(0)
    module, x = Little(), torch.randn(2, 12, 3)
    subject = pipeline.described(module, (x,))
    scene = scene_of(module, inputs=(x,))
    found = cells(scene)[np.tril_indices(12)]
    assert 0 < found.min() < 3e-11
    assert prove(scene, subject.trace, measures=subject.measures).faults == ()
    wrong = changed(scene, "map", 143, 2 * cells(scene)[11, 11])
    assert prove(wrong, subject.trace, measures=subject.measures).faults


def test_a_map_is_one_item_of_few_paths():
    scene = scene_of(model({"lstm": 4}))
    assert {type(one) for one in scene.plots} == {Heat, Curve}
    svg = lstmviz.draw(model({"lstm": 4}), "influence", text="plain").svg
    group = svg[svg.index('-map" class="shape') :].partition("</g>")[0]
    assert group.count("<path") <= 25


@pytest.mark.parametrize("backend", ["graphviz", "matplotlib"])
def test_backends_paint_the_same(backend):
    source = model({"lstm": 4}, timesteps=5)
    assert lstmviz.draw(source, "influence", backend=backend).svg.count("<path") > 10
    assert lstmviz.draw(source, "influence", backend=backend).png(dpi=50)


def test_the_norm_of_a_title_and_values_under_the_scale_are_proven():
    source = model({"rnn": 3}, timesteps=60)
    scene = scene_of(source, width="text", detail="normal")
    heat = next(one for one in scene.plots if one.id == "map")
    said = {text.label.text for text in scene.texts}
    assert proven(scene, source) == ()
    assert "≤" in said
    assert min(value for value in heat.values if value) < 10**heat.low
    assert any(one.startswith("‖∂output_t/∂x_s‖_F Frobenius norm") for one in said)
    other = replace(heat, about=tuple((k, "max" if k == "norm" else v) for k, v in heat.about))
    wrong = replace(scene, plots=tuple(other if one is heat else one for one in scene.plots))
    assert "influence.map-output is said, and is not so" in proven(wrong, source)
    above = replace(heat, values=tuple(value and max(value, 1.1 * 10**heat.low) for value in heat.values))
    wrong = replace(scene, plots=tuple(above if one is heat else one for one in scene.plots))
    assert "plots.or-less is said, and is not so" in proven(wrong, source)
    assert "≤" not in {t.label.text for t in scene_of(model({"rnn": 3}, timesteps=4), width="text").texts}


@pytest.mark.parametrize("layers", [1, 2])
def test_the_shades_are_used_and_what_is_empty_is_said_once(layers):
    scene = scene_of(model({"lstm": {"hidden_size": 4, "num_layers": layers}}, timesteps=8))
    heat = next(one for one in scene.plots if one.id == "map")
    sizes = [math.log10(value) for value in heat.values if value]
    for end, own in ((heat.low, min(sizes)), (heat.high, max(sizes))):
        assert abs(end - own) < math.log10(2.5) + 1e-9  # the next of 1, 2 and 5 times a power of ten
        assert round(10 ** (end - math.floor(end + 1e-9)), 6) in {1, 2, 5}
    said = texts(scene)
    assert "exactly 0: no step reads a later one" in said
    lines = [one for one in scene.polygons if one.stroke == plots.BETWEEN]
    assert len(lines) == 14  # around the shaded half alone
    assert sum(abs(x1 - x0) + abs(y1 - y0) for (x0, y0), (x1, y1) in (one.points for one in lines)) < (
        0.7 * 14 * (heat.box[2] - heat.box[0])
    )


def test_a_long_name_of_the_rows_leaves_the_curves_their_room():
    class Attended(nn.Module):
        def __init__(self):
            super().__init__()
            self.rnn = nn.GRU(3, 4, batch_first=True)
            self.multi_head_attention_output = nn.Linear(4, 4)

        def forward(self, x):
            return self.multi_head_attention_output(self.rnn(x)[0]).mean(1)

    scene = lstmviz.draw(Attended(), "influence", inputs=torch.rand(6, 5, 3)).scene
    assert "multi_head_attention_output at step t ↓" in texts(scene)
    curves = [plot for plot in scene.plots if isinstance(plot, Curve)]
    assert curves
    assert all(plot.box[2] - plot.box[0] > 100 for plot in curves)
