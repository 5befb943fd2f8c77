"""Kinds `influence` and `activity` of modules that are given their first states: each sample has its own."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import nn

import lstmviz
from lstmviz import pipeline
from lstmviz.errors import ProofError
from lstmviz.figures.shared import plots
from lstmviz.network.plan import plan_of
from lstmviz.network.values import carried
from lstmviz.network.values.own_source import OwnSource
from lstmviz.network.values.spec_source import SpecSource


class Apart(nn.Module):
    """Takes h_0 and c_0 as arguments of their own."""

    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(3, 5, 2, batch_first=True)

    def forward(self, x, h_0, c_0):
        return self.lstm(x, (h_0, c_0))


class Together(nn.Module):
    """Takes them as one, and has a head."""

    def __init__(self):
        super().__init__()
        self.lstm, self.head = nn.LSTM(3, 5, 2, batch_first=True), nn.Linear(5, 2)

    def forward(self, x, states):
        return self.head(self.lstm(x, states)[0])


def given(samples=4, layers=2):
    """An input (N, T, F), h_0 and c_0 (L, N, H): with as many samples as layers no size tells N from L."""
    luck = torch.Generator().manual_seed(2)
    x = torch.randn(samples, 6, 3, generator=luck)
    return x, *(torch.randn(layers, samples, 5, generator=luck) for _ in "hc")


CASES = {
    "torch's own": (lambda: nn.LSTM(3, 5, 2, batch_first=True), lambda x, h, c: (x, (h, c))),
    "apart": (Apart, lambda x, h, c: (x, h, c)),
    "together": (Together, lambda x, h, c: (x, (h, c))),
    "by name": (Apart, lambda x, h, c: {"x": x, "h_0": h, "c_0": c}),
}


def lstm_of(module):
    return module if isinstance(module, nn.LSTM) else module.lstm


def plot(scene, name):
    heat = next(one for one in scene.plots if one.id == name)
    return torch.tensor(heat.values).view(heat.rows, heat.columns)


@pytest.mark.parametrize("samples", [1, 2, 4])
@pytest.mark.parametrize("case", CASES)
def test_states_are_the_samples_own(case, samples):
    torch.manual_seed(4)
    make, inputs = CASES[case]
    module, (x, h, c) = make(), given(samples)
    n = samples - 1
    scene = lstmviz.draw(module, "activity", inputs=inputs(x, h, c), sample=n, layer=1).scene
    output = lstm_of(module)(x, (h, c))[0]
    assert torch.allclose(plot(scene, "h"), output[n].T, atol=1e-4)


@pytest.mark.parametrize("case", CASES)
def test_derivatives_are_taken_there(case):
    torch.manual_seed(4)
    make, inputs = CASES[case]
    module, (x, h, c) = make(), given()
    scene = lstmviz.draw(module, "influence", inputs=inputs(x, h, c), sample=2).scene
    own = (h[:, 2:3], c[:, 2:3])

    def result(one):
        output = lstm_of(module)(one[None], own)[0]
        return module.head(output) if isinstance(module, Together) else output

    jacobian = torch.autograd.functional.jacobian(result, x[2])
    assert torch.allclose(plot(scene, "map"), jacobian.square().sum((0, 2, 4)).sqrt(), rtol=1e-3, atol=1e-6)

    def last(first):
        begun = (torch.stack([first, own[0][1, 0]])[:, None], own[1])
        return lstm_of(module)(x[2:3], begun)[1][0][0, 0]

    by_h = torch.linalg.matrix_norm(torch.autograd.functional.jacobian(last, h[0, 2]), 2)
    curve = next(one for one in scene.plots if one.id == "h.l0.fwd")
    assert curve.values[0] == pytest.approx(float(by_h), rel=1e-3)


def test_they_are_proven():
    module, (x, h, c) = Together(), given()
    proofs = {one.figure: one for one in lstmviz.check(module, inputs=(x, (h, c)))}
    assert {"influence", "activity"} <= proofs.keys()
    assert all((one.faults, one.unproven) == ((), ()) for one in proofs.values())


def test_what_all_samples_share_is_not_copied():
    """A mask of as many rows as there are samples is no batch."""

    class Masked(nn.Module):
        def __init__(self):
            super().__init__()
            self.gru = nn.GRU(3, 5, batch_first=True)

        def forward(self, x, mask):
            return mask @ self.gru(x)[0]

    x, mask = torch.randn(6, 6, 3), torch.ones(6, 6).tril()
    scene = lstmviz.draw(Masked(), "influence", inputs=(x, mask)).scene
    assert (plot(scene, "map").triu(1) == 0).all()
    assert (plot(scene, "map").tril() != 0).sum() == 21


SPECS = {
    "batched": ({"batch_size": 4}, {"lstm": {"hidden_size": 5, "num_layers": 2}}),
    "batch first": (
        {"batch_size": 3, "batch_first": True},
        {"gru": {"hidden_size": 5, "bidirectional": True}},
    ),
    "padded": ({"batch_size": 3, "lengths": [6, 2, 4]}, {"lstm": 5}),
    "one sample": ({}, {"rnn": 5}),
}  # fmt: skip


def spec_of(case):
    given, layer = SPECS[case]
    value = {"timesteps": 6, "features": 3, "states": "given"} | given
    return {"input": value, "layers": [layer, {"linear": 2}], "figures": ["influence", "activity"]}


def source_of(spec):
    loaded = lstmviz.load(spec)
    return SpecSource(plan_of(loaded), pipeline.trace(loaded).trace)


@pytest.mark.parametrize("case", SPECS)
def test_a_spec_is_measured_from_the_states_it_gives(case):
    spec = spec_of(case)
    source, n = source_of(spec), spec["input"].get("batch_size", 1) - 1
    ((name, begun),) = source.begun.items()
    assert all(bool(state.any()) for state in begun)
    layer, batched = source.recurrent(name), "batch_size" in spec["input"]
    x = source.input.select(0 if layer.batch_first else 1, n) if batched else source.input
    x = x[: spec["input"].get("lengths", [6] * 4)[n]]
    own = tuple(state[:, n] if batched else state for state in begun)
    output = layer(x, own if len(own) > 1 else own[0])[0]  # one sample, unbatched
    scene = lstmviz.draw(spec, "activity", sample=n, layer=layer.num_layers - 1).scene
    assert torch.allclose(plot(scene, "h"), output.T[:5].float(), atol=1e-4)
    for proof in lstmviz.check(spec):
        assert (proof.faults, proof.unproven) == ((), ())


def test_derivatives_of_a_spec_are_taken_there():
    spec = spec_of("batched")
    source, n = source_of(spec), 2
    layer, head = (stage.inner for stage in source.stages)
    own = tuple(state[:, n : n + 1] for state in source.begun["lstm"])
    jacobian = torch.autograd.functional.jacobian(
        lambda x: head(layer(x[:, None], own)[0]), source.input[:, n]
    )
    scene = lstmviz.draw(spec, "influence", sample=n).scene
    true = jacobian.square().sum((1, 2, 4)).sqrt().float()
    assert torch.allclose(plot(scene, "map"), true, rtol=1e-3, atol=1e-6)


@pytest.mark.parametrize("kind", ["influence", "activity"])
@pytest.mark.parametrize(
    ("language", "words"), [("en", "states it starts from are given"), ("zh", "初始状态为给定值")]
)
@pytest.mark.parametrize("states", ["given", "zeros"])
def test_it_is_said_where_they_are_given(kind, language, words, states, monkeypatch):
    spec = spec_of("batched") | {"style": {"language": language}}
    spec["input"]["states"] = states
    assert (words in texts(lstmviz.draw(spec, kind).scene)) is (states == "given")
    told = plots.origin_told
    other = {"given": False, "zeros": True}[states]
    monkeypatch.setattr(plots, "origin_told", lambda origin: told(replace(origin, states=other)))
    assert any("whose weights and input" in fault for fault in refuted(spec | {"figures": [kind]}))


def refuted(source, **given):
    """What `check` says is false."""
    with pytest.raises(ProofError) as error:
        lstmviz.check(source, **given)
    return error.value.items


def texts(scene):
    return " ".join(text.label.text for text in scene.texts)


def zeros(copies):
    """The copies of a spec's sample as they are, from zeros."""

    def of(source, sample, count):
        given, begun, lengths = copies(source, sample, count)
        return given, {name: tuple(s * 0 for s in states) for name, states in begun.items()}, lengths

    return of


FAULTS = {
    "another sample": lambda copies: lambda source, sample, count: copies(source, 0 if sample else 1, count),
    "zeros": zeros,
}


@pytest.mark.parametrize("kind", ["influence", "activity"])
@pytest.mark.parametrize("sample", [0, 2])
@pytest.mark.parametrize("fault", FAULTS)
def test_what_is_copied_wrongly_is_refuted(kind, sample, fault, monkeypatch):
    """The other road takes the sample from another run than that on its copies."""
    monkeypatch.setattr(SpecSource, "_copies", FAULTS[fault](SpecSource._copies))
    spec = spec_of("batched") | {"figures": [{"kind": kind, "sample": sample}]}
    wanted = "another sample" if kind == "influence" else "drawn as"
    assert any(wanted in one for one in refuted(spec))


@pytest.mark.parametrize("case", ["apart", "torch's own"])
def test_another_sample_of_an_own_module_is_refuted(case, monkeypatch):
    make, inputs = CASES[case]
    module, (x, h, c) = make(), given()
    copies = OwnSource._copies
    monkeypatch.setattr(OwnSource, "_copies", lambda source, sample, count: copies(source, sample + 2, count))
    faults = refuted(module, inputs=inputs(x, h, c))
    for wanted in (
        "influence: map is of another sample",
        "influence: h.l0.fwd",
        "activity: x.0[",
        "activity: h[",
    ):
        assert any(fault.startswith(wanted) for fault in faults), wanted


def test_lanes_of_another_sample_are_refuted(monkeypatch):
    """What was stepped is kept by sample: one kept for another sample is none of this one's."""
    true = carried._lanes

    def other(source, layer, run):
        return true(
            source, layer, (lambda: source.once(0, layer)) if run.__qualname__.startswith("lanes.") else run
        )

    monkeypatch.setattr(carried, "_lanes", other)
    wrong = [{"kind": kind, "sample": 2} for kind in ("activity", "influence")]
    faults = refuted(spec_of("batched") | {"figures": wrong})
    for wanted in ("activity: x.0[", "activity: h[", "influence: h.l0.fwd", "influence: c.l1.fwd"):
        assert any(fault.startswith(wanted) for fault in faults), wanted
