"""The layers that people build with: shapes, values and places of each, beside torch itself."""

import dataclasses
from dataclasses import replace
from itertools import pairwise

import pytest
import torch
from torch import nn

import lstmviz
from lstmviz.errors import LstmvizError, SpecError
from lstmviz.network.plan import plan_of
from lstmviz.network.run import Host, run, undisturbed
from lstmviz.proof.prove import prove

N, T, F, H = 4, 6, 3, 5


def spec(*layers, **given):
    return {"input": {"batch_size": N, "timesteps": T, "features": F, **given}, "layers": list(layers)}


def ran(model):
    """The stages of a spec, run on noise: what reached each, and what it gave."""
    plan, seen = plan_of(lstmviz.load(model)), []
    torch.manual_seed(0)
    with undisturbed():
        run(plan, Host(initialised=True), lambda *one: seen.append(one))
        flow, again = dataclasses.replace(seen[0][1], value=torch.randn(seen[0][1].data.shape)), []
        for stage, _, _ in seen:
            after = stage(flow)
            again.append((stage, flow, after))
            flow = after
    return again


@pytest.mark.parametrize("lengths", [None, [6, 5, 2, 1]])
@pytest.mark.parametrize("batch_first", [False, True])
@pytest.mark.parametrize("mode", ["mean", "max"])
def test_pool_steps_takes_the_valid_steps(lengths, batch_first, mode):
    more = {"lengths": lengths} if lengths else {}
    *_, (_, before, after) = ran(spec({"gru": H}, {"pool_steps": mode}, batch_first=batch_first, **more))
    value = before.data if batch_first else before.data.transpose(0, 1)
    expected = torch.stack(
        [
            s[:n].mean(0) if mode == "mean" else s[:n].amax(0)
            for s, n in zip(value, lengths or [T] * N, strict=True)
        ]
    )
    torch.testing.assert_close(after.data, expected)


@pytest.mark.parametrize("lengths", [None, [6, 5, 2, 1]])
@pytest.mark.parametrize("both", [False, True])
def test_last_state_is_h_n_side_by_side(lengths, both):
    more = {"lengths": lengths} if lengths else {}
    layer = {"lstm": {"hidden_size": H, "num_layers": 2, "bidirectional": both}}
    *_, (stage, before, after) = ran(spec(layer, "last_state", batch_first=True, **more))
    assert stage.head.type == "last_state"
    h_n = before.ended[0]
    assert torch.equal(after.data, torch.cat((h_n[-2], h_n[-1]), 1) if both else h_n[-1])
    shapes = lstmviz.shapes(spec(layer, "last_state", {"linear": 2}, batch_first=True, **more))
    assert shapes.stages[-2].inputs == [((2 + 2 * both), N, H)]
    assert shapes.stages[-2].outputs == [(N, H * (1 + both))]
    stage = shapes.trace.stage("last_state")
    assert (stage.sources, stage.outputs[0].symbols) == (("lstm.h_n",), ("N", "2H" if both else "H"))


def test_first_step_and_repeat():
    *_, (_, before, after) = ran(spec({"rnn": H}, "first_step"))
    assert torch.equal(after.data, before.data[0])
    for first in (False, True):
        *_, (_, before, after) = ran(spec({"rnn": H}, "last_step", {"repeat": 7}, batch_first=first))
        steps = after.data.transpose(0, 1) if first else after.data
        assert steps.shape == (7, N, H)
        assert all(torch.equal(step, before.data) for step in steps)
        assert (after.timesteps, after.lengths) == (7, None)


OVER_TIME = {
    "max_pool1d": ({"kernel_size": 2}, nn.MaxPool1d(2)),
    "avg_pool1d": ({"kernel_size": 3, "stride": 1, "padding": 1}, nn.AvgPool1d(3, 1, 1)),
    "adaptive_avg_pool1d": ({"output_size": 2}, nn.AdaptiveAvgPool1d(2)),
    "batch_norm1d": ({}, nn.BatchNorm1d(F)),
    "group_norm": ({"num_groups": 3}, nn.GroupNorm(3, F)),
}


@pytest.mark.parametrize("name", OVER_TIME)
@pytest.mark.parametrize("batch_first", [False, True])
def test_over_time_between_two_exchanges_of_axes(name, batch_first):
    options, module = OVER_TIME[name]
    stages = ran(spec({name: options}, batch_first=batch_first))
    assert [stage.head.type for stage, _, _ in stages][1] == name
    assert len(stages) == 3
    value, after = stages[0][1].data, stages[-1][2].data
    order = (0, 2, 1) if batch_first else (1, 2, 0)
    back = (0, 2, 1) if batch_first else (2, 0, 1)
    torch.testing.assert_close(after, module.eval()(value.permute(order)).permute(back))


@pytest.mark.parametrize("lengths", [None, [6, 5, 2, 1]])
@pytest.mark.parametrize("batch_first", [False, True])
def test_self_attention_reads_the_valid_steps(lengths, batch_first):
    more = {"lengths": lengths} if lengths else {}
    model = spec({"gru": 6}, {"self_attention": 3}, batch_first=batch_first, **more)
    *_, (stage, before, after) = ran(model)
    assert (stage.inner.num_heads, stage.inner.batch_first) == (3, batch_first)
    for sample, steps in enumerate(lengths or [T] * N):
        where = (sample, slice(steps)) if batch_first else (slice(steps), sample)
        own = before.data[where]
        torch.testing.assert_close(stage.inner(own, own, own)[0], after.data[where])
    seen = lstmviz.shapes(model).trace.stage("self_attention")
    assert seen.outputs[0].symbols[-1] == "H"
    kinds = {reading.relation.kind for reading in seen.reads}
    assert kinds == ({"all"} if lengths is None else kinds)


def test_self_attention_is_proven_in_every_kind():
    layers = [{"lstm": {"hidden_size": 4, "bidirectional": True}}, {"self_attention": 2}, {"linear": 2}]
    for proof in lstmviz.check(spec(*layers) | {"style": {"language": "zh"}}):
        assert (proof.arrows, proof.unproven) == (proof.proven, ())


POINTWISE = {
    "gelu": nn.GELU(),
    "leaky_relu": nn.LeakyReLU(),
    "elu": nn.ELU(),
    "silu": nn.SiLU(),
    "log_softmax": nn.LogSoftmax(-1),
    "identity": nn.Identity(),
}


@pytest.mark.parametrize("name", POINTWISE)
def test_every_step_by_itself(name):
    ((_, before, after),) = ran(spec(name))
    torch.testing.assert_close(after.data, POINTWISE[name](before.data))


def test_images_and_rows_are_taken_as_they_are():
    image = {"batch_size": N, "channels": 6, "height": 9, "width": 7}
    model = {
        "input": image,
        "layers": [{"group_norm": 3}, {"adaptive_avg_pool2d": [2, 1]}, "flatten", "batch_norm1d"],
    }
    assert [s.outputs for s in lstmviz.shapes(model).stages] == [
        [(N, 6, 9, 7)], [(N, 6, 2, 1)], [(N, 12)], [(N, 12)],
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("model", "said"),
    [
        (spec({"lstm": H}, "relu", "last_state"), "h_n of the recurrent layer right before it"),
        (spec({"lstm": H}, {"repeat": 3}), "repeat reads one vector a sample"),
        (spec("last_state"), "h_n of the recurrent layer right before it"),
        ({"input": {"timesteps": T, "features": F}, "layers": ["batch_norm1d"]}, "give input.batch_size"),
        (spec({"max_pool1d": 9}), "max_pool1d"),
        (spec({"group_norm": 2}), "group_norm"),
        (spec({"self_attention": 2}), "2 heads cannot share 3 features evenly"),
        (spec({"lstm": H}, "last_step", {"self_attention": 1}), "reads a sequence"),
        (
            spec({"conv1d": {"out_channels": 4, "kernel_size": 2}}, "last_step", lengths=[6, 5, 2, 1]),
            "input.lengths are about 6 steps",
        ),
        (spec({"pool_steps": "median"}), "mode"),
        (spec({"lstm": H}, "last_state", {"max_pool1d": 2}), "reads a sequence"),
    ],
)  # fmt: skip
def test_what_cannot_run_says_why(model, said):
    with pytest.raises(LstmvizError) as raised:
        lstmviz.shapes(model)
    error = raised.value
    text = " ".join([str(error), *(p.message for p in getattr(error, "problems", ()))])
    hints = " ".join(str(p.hint) for p in getattr(error, "problems", ()))
    assert said in f"{text} {hints}"
    if isinstance(error, SpecError):
        assert all(problem.code for problem in error.problems)


def test_the_pipeline_of_a_head_on_h_n_is_proven():
    layer = {"lstm": {"hidden_size": H, "bidirectional": True}}
    model = spec(layer, "last_state", {"linear": 2}) | {"figures": ["pipeline"]}
    (proof,) = lstmviz.check(model)
    assert (proof.arrows, proof.unproven) == (proof.proven, ())
    ids = {(edge.source, edge.target) for edge in lstmviz.draw(model, "pipeline").scene.edges}
    assert ("tensor.lstm.h_n", "stage.last_state") in ids


@pytest.mark.parametrize("lengths", [None, [6, 5, 2, 1]])
def test_a_head_on_h_n_stands_in_grid_and_unrolled(lengths):
    layer = {"gru": {"hidden_size": H, "bidirectional": True}}
    more = {"lengths": lengths} if lengths else {}
    model = spec(layer, "last_state", {"linear": 2}, **more) | {"figures": ["grid", "unrolled"]}
    for proof in lstmviz.check(model):
        assert (proof.arrows, proof.unproven) == (proof.proven, ())
    scene = lstmviz.draw(model, "grid").scene
    assert {(e.source, e.target) for e in scene.edges if e.target == "last_state"} == {
        ("h_n.l0.fwd", "last_state"),
        ("h_n.l0.rev", "last_state"),
    }
    ends = replace(next(e for e in scene.edges if e.target == "last_state"), source="output.t1")
    wrong = replace(scene, edges=(*(e for e in scene.edges if e.target != "last_state"), ends))
    found = prove(wrong, lstmviz.shapes(model).trace, plan_of(lstmviz.load(model)))
    assert any("output.t1 → last_state" in fault for fault in found.faults)


@pytest.mark.parametrize("layer", [
    "conv1d: {out_channels: 4, kernel_size: 3}", "conv1d: {out_channels: 4, kernel_size: 3, padding: 1}",
    "max_pool1d: 2", "group_norm: 2", "batch_norm1d",
])  # fmt: skip
@pytest.mark.parametrize("first", ["true", "false"])
def test_layers_over_time_stand_on_a_recurrent_one_and_are_proven_along_their_own_axis(layer, first):
    """Between the two exchanges the steps are on the last axis: more of them than the axis of a batch has."""
    given = f"input: {{batch_size: 4, timesteps: 7, features: 5, batch_first: {first}}}\n"
    spec = f"{given}layers: [gru: 8, {layer}, linear: 2]\nfigures: [grid, unrolled, pipeline]\n"
    for proof in lstmviz.check(spec):
        assert (proof.arrows, proof.unproven) == (proof.proven, ()), proof
    boxes = [n.box for n in lstmviz.draw(spec, "grid").scene.nodes if n.id.startswith("linear.")]
    assert all(a[2] <= b[0] for a, b in pairwise(sorted(boxes)))  # none stands on another
