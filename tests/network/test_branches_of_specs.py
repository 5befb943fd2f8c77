"""Layers that read another one than the layer before: skip connections, concatenations, a second head."""

import dataclasses

import pytest
import torch

import lstmviz
from lstmviz.errors import SpecError, SpecModelError
from lstmviz.network.model import build
from lstmviz.network.plan import plan_of
from lstmviz.network.reach import reached
from lstmviz.pipeline import load, trace
from lstmviz.proof.flow import source_faults
from lstmviz.proof.stage_runs import run_through

N, T, F, H = 4, 6, 5, 5
GIVEN = {"batch_size": N, "timesteps": T, "features": F, "batch_first": True}
RESIDUAL = {
    "input": GIVEN,
    "layers": [{"gru": H}, {"add": "input"}, {"gru": H, "name": "upper"}, {"add": "add"}, "last_step"],
}
HEADS = {
    "input": GIVEN | {"lengths": [6, 2, 3, 6]},
    "layers": [
        {"lstm": {"hidden_size": 8, "bidirectional": True}},
        "last_step",
        {"linear": 3, "name": "kind"},
        {"linear": 1, "name": "length", "from": "last_step"},
        {"linear": 2, "from": "lstm", "name": "tags"},
    ],
}
CONCAT = {"input": GIVEN, "layers": [{"lstm": 4}, {"concat": "input"}, {"linear": 3}]}


def test_the_sum_is_that_of_both():
    model = build(load(RESIDUAL))
    x = torch.randn(N, T, F)
    with torch.no_grad():
        lower, upper = (stage.inner for stage in model.stages if stage.head.type == "gru")
        first = lower(x)[0] + x
        expected = (upper(first)[0] + first)[:, -1]
        torch.testing.assert_close(model(x).value, expected)


def test_each_reads_what_it_names():
    seen = trace(load(HEADS)).trace
    sources = {stage.name: stage.sources for stage in seen.stages}
    assert sources["length"] == sources["kind"] == ("last_step.output",)
    assert sources["tags"] == ("unpack.output",)
    assert seen.results == ("kind.output", "length.output", "tags.output")
    assert seen.stage("tags").inputs[0].symbols == ("N", "T", "2H")
    assert lstmviz.shapes(CONCAT).stages[1].outputs == [(N, T, 4 + F)]


@pytest.mark.parametrize("model", [RESIDUAL, HEADS, CONCAT], ids=["residual", "heads", "concat"])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_kind_is_proven(model, language):
    for proof in lstmviz.check(model | {"style": {"language": language}}):
        assert (proof.arrows, proof.unproven) == (proof.proven, ()), proof


def test_another_source_is_refuted():
    seen = trace(load(HEADS)).trace
    ran = run_through(plan_of(load(HEADS)))
    assert not list(source_faults(seen, ran))
    lie = dataclasses.replace(seen.stage("length"), sources=("kind.output",))
    wrong = dataclasses.replace(
        seen, stages=tuple(lie if stage.name == "length" else stage for stage in seen.stages)
    )
    assert list(source_faults(wrong, ran)) == ["length reads last_step.output, not kind.output"]


@pytest.mark.parametrize(
    ("layers", "message", "hint"),
    [
        ([{"lstm": 4}, {"add": "lstn"}], "no layer before this one is called 'lstn'", "did you mean 'lstm'?"),
        ([{"add": "lstm"}, {"lstm": 4}], "no layer before this one is called 'lstm'", "there is input"),
        ([{"lstm": 4}, {"linear": 3, "from": "head"}], "is called 'head'", "there is input"),
        ([{"lstm": 4}, {"linear": 3, "form": "lstm"}], "'form' is not a key of a layer", "'name' and 'from'"),
    ],
)
def test_a_name_that_there_is_not(layers, message, hint):
    with pytest.raises(SpecError) as raised:
        lstmviz.load({"input": GIVEN, "layers": layers})
    (problem,) = raised.value.problems
    assert message in problem.message
    assert hint in problem.hint


def test_shapes_that_cannot_be_added():
    with pytest.raises(
        SpecModelError, match=r"what reaches it is \(4, 6, 8\), and the input gives \(4, 6, 5\)"
    ):
        lstmviz.shapes({"input": GIVEN, "layers": [{"lstm": 8}, {"add": "input"}]})


def test_what_a_tensor_comes_from_is_followed_once_through_branches_and_loops():
    seen = trace(load(RESIDUAL)).trace
    names = [stage.name for stage in seen.stages]
    last = seen.stages[-1]
    assert seen.behind(last.sources) == {*names[:-1]}
    assert seen.behind(last.sources, {"add"}) == {"upper", names[-2]}
    assert seen.behind(["input"]) == set()
    assert list(reached([1], lambda one: [one % 3 + 1])) == [1, 2, 3]
