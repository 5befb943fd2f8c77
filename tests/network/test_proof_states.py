"""Every state of the real module, step by step; and nothing of torch's is changed by a proof."""

from __future__ import annotations

import itertools
import warnings
from dataclasses import replace

import pytest
import torch
from torch import nn

import lstmviz
from lstmviz import pipeline
from lstmviz.network.plan import plan_of
from lstmviz.proof.evidence import CLOSE, Total, evidence
from lstmviz.proof.probe import Probe, probe
from lstmviz.proof.prove import prove
from lstmviz.proof.real_model import Asked
from lstmviz.proof.states import step_through

KINDS = {"lstm": nn.LSTM, "gru": nn.GRU, "rnn": nn.RNN, "relu": nn.RNN}


@pytest.mark.parametrize("kind", KINDS)
def test_stepped_states_are_the_modules_own(kind):
    """With random weights of either sign, in 60 and more configurations a type."""
    compared = 0
    for layers, two, steps, bias, proj in itertools.product(
        (1, 2, 3), (False, True), (1, 2, 5), (False, True), (0, 2)
    ):
        if proj and kind != "lstm":
            continue
        torch.manual_seed(compared)
        more = {"nonlinearity": "relu"} if kind == "relu" else {"proj_size": proj} if proj else {}
        module = KINDS[kind](
            2,
            4,
            layers,
            bias=bias,
            bidirectional=two,
            dropout=0.3 if layers > 1 else 0,
            dtype=torch.float64,
            **more,
        ).eval()
        stacked = layers * (2 if two else 1)
        x = torch.randn(steps, 3, 2, dtype=torch.float64)
        begun = (torch.randn(stacked, 3, proj or 4, dtype=torch.float64),)
        begun += (torch.randn(stacked, 3, 4, dtype=torch.float64),) if kind == "lstm" else ()
        with torch.no_grad(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            output, ended = module(x, begun if kind == "lstm" else begun[0])
            ended = ended if kind == "lstm" else (ended,)
            stepped = list(step_through(module, x, begun))
        top = torch.cat([states.after[0] for states in stepped[-(2 if two else 1) :]], -1)
        assert (top - output).abs().max() <= CLOSE
        for index, states in enumerate(stepped):
            last = -1 if states.cell.direction == 0 else 0
            for mine, theirs in zip(states.after, ended, strict=True):
                assert (mine[last] - theirs[index]).abs().max() <= CLOSE
        compared += 1
    assert compared >= 36


def traced(text):
    spec = lstmviz.load(text)
    return spec, pipeline.trace(spec)


PACKED = """
input: {batch_size: 4, timesteps: 6, features: 3, lengths: [3, 6, 1, 4], batch_first: true}
layers: [lstm: {hidden_size: 4, num_layers: 2, bidirectional: true}]
"""


@pytest.mark.parametrize("sample", range(4))
def test_each_sample_of_a_packed_batch_has_its_own_last_step(sample):
    _, subject = traced(PACKED)
    found = evidence(subject.trace.recurrent[0], range(1, 7), sample)
    length = (3, 6, 1, 4)[sample]
    assert found.steps == length
    assert found.error <= CLOSE
    assert found.leaks == ()
    assert found.taps["h_n.l1.fwd"] == (f"h.l1.fwd.t{length}",)
    assert found.taps["h_n.l1.rev"] == ("h.l1.rev.t1",)
    assert {f"x.t{step}" for step in range(1, length + 1)} <= found.total["output.t1"]
    assert f"x.t{length + 1}" not in found.total["output.t1"]


def test_a_result_that_another_sample_moves_is_found_by_its_name(monkeypatch):
    _, subject = traced("input: {batch_size: 3, timesteps: 5, features: 2}\nlayers: [gru: 3]\n")
    run = Probe.run

    def leaking(self):
        output, ended = run(self)
        mixed = output.clone()
        mixed[3] = output[3] + output[3, -1]  # of the last sample, in all
        return mixed, ended

    tried = probe(subject.trace.recurrent[0])
    with torch.enable_grad():
        plain, none = Total(tried).of([2, 4])
        monkeypatch.setattr(Probe, "run", leaking)
        found, leaks = Total(tried).of([2, 4])
    assert none == []
    assert leaks == ["output.t4"]
    assert found == plain
    assert found["output.t2"] == {"x.t1", "x.t2", "h_0.l0.fwd"}


def test_an_elided_figure_is_proven_at_its_true_length():
    spec, subject = traced(
        "input: {timesteps: 400, features: 2}\nlayers: [lstm: {hidden_size: 3, num_layers: 2}]\n"
    )
    scene = lstmviz.draw(spec, "grid").scene
    assert prove(scene, subject.trace, plan_of(spec)).faults == ()
    found = evidence(subject.trace.recurrent[0], [1, 400])
    assert found.steps == 400
    assert "x.t1" in found.total["output.t400"]


def test_nothing_of_torch_is_changed():
    spec, subject = traced(PACKED)
    scenes = [lstmviz.draw(spec, kind).scene for kind in ("rolled", "grid", "cell", "tensors", "pipeline")]
    torch.manual_seed(7)
    torch.set_num_threads(2)
    filters = list(warnings.filters)
    before = torch.get_rng_state()
    for scene in scenes:
        assert prove(scene, subject.trace, plan_of(spec)).faults == ()
    assert torch.equal(torch.get_rng_state(), before)
    assert torch.get_num_threads() == 2
    assert torch.is_grad_enabled()
    assert warnings.filters == filters


def test_the_layer_that_was_asked_for_is_the_one_drawn():
    spec, subject = traced(PACKED)
    scene = lstmviz.draw(spec, "unrolled", layer=1).scene
    assert prove(scene, subject.trace, plan_of(spec), Asked(layer=1)).faults == ()
    assert prove(scene, subject.trace, plan_of(spec)).faults == ("layer 0 was asked for, and [1] is drawn",)


def test_an_empty_drawing_proves_nothing():
    spec, subject = traced(PACKED)
    scene = replace(lstmviz.draw(spec, "grid").scene, nodes=())
    found = prove(scene, subject.trace, plan_of(spec))
    assert found.faults[0] == "no cell is drawn"
    assert found.proven == 0
