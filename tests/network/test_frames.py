"""Sequences of images: every frame goes through the layers for images by itself, then time is back."""

import dataclasses

import pytest
import torch

import lstmviz
from lstmviz.errors import SpecError, SpecModelError
from lstmviz.network.plan import plan_of
from lstmviz.network.run import Host, run, undisturbed

N, T, C = 3, 5, 2
CNN = [{"conv2d": {"out_channels": 4, "kernel_size": 3}}, "relu", {"max_pool2d": 2}, "flatten"]


def spec(*layers, first=True, **given):
    size = {"batch_size": N, "timesteps": T, "channels": C, "height": 10, "width": 8, "batch_first": first}
    return {"input": size | given, "layers": list(layers)}


def run_on_noise(model):
    seen = []
    with undisturbed():
        run(plan_of(lstmviz.load(model)), Host(initialised=True), lambda *one: seen.append(one))
    flow = dataclasses.replace(seen[0][1], value=torch.randn(seen[0][1].data.shape))
    given = flow.data
    for stage, _, _ in seen:
        flow = stage(flow)
    return given, flow.data, [stage for stage, _, _ in seen]


@pytest.mark.parametrize("first", [True, False])
def test_each_frame_by_itself(first):
    given, made, stages = run_on_noise(spec(*CNN, {"linear": 6}, first=first))
    assert [stage.head.type for stage in stages] == [
        "view", "conv2d", "relu", "max_pool2d", "flatten", "view", "linear",
    ]  # fmt: skip
    alone = torch.nn.Sequential(*(stage.inner for stage in stages if stage.head.type != "view"))
    for i in range(given.shape[0]):
        torch.testing.assert_close(made[i], alone(given[i]))


def test_without_a_vector_the_frames_are_apart_again_at_the_end():
    shapes = [stage.outputs[0] for stage in lstmviz.shapes(spec(*CNN[:2])).stages]
    assert shapes == [(N * T, C, 10, 8), (N * T, 4, 8, 6), (N * T, 4, 8, 6), (N, T, 4, 8, 6)]
    symbols = [s.outputs[0].symbols for s in lstmviz.shapes(spec(*CNN[:2])).trace.stages]
    assert (symbols[0][0], symbols[-1][:2]) == ("N·T", ("N", "T"))


def test_one_sequence_needs_no_views():
    model = spec(*CNN, {"gru": 6}, batch_size=None)
    model["input"] = {k: v for k, v in model["input"].items() if v is not None}
    assert lstmviz.shapes(model).stages[0].type == "conv2d"


@pytest.mark.parametrize("lengths", [None, [5, 2, 4]])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_kind_is_proven(lengths, language):
    more = {"lengths": lengths} if lengths else {}
    model = spec(*CNN, {"lstm": 6}, "last_step", {"linear": 2}, **more)
    for proof in lstmviz.check(model | {"style": {"language": language}}):
        assert (proof.arrows, proof.unproven) == (proof.proven, ())


def test_volumes_draws_one_frame_and_says_so():
    scene = lstmviz.draw(spec(*CNN, {"lstm": 6}, "last_step"), "volumes").scene
    texts = [text.label.text for text in scene.texts]
    assert any("maps: one frame of 5 is drawn; lstm reads all 5" in text for text in texts)
    assert str((N * T, C, 10, 8)) in texts


def test_a_recurrent_layer_asks_for_a_vector_of_each_frame():
    with pytest.raises(SpecError) as raised:
        lstmviz.load(spec({"conv2d": {"out_channels": 4, "kernel_size": 3}}, {"lstm": 6}))
    (problem,) = raised.value.problems
    assert problem.message == "lstm reads a sequence, but the input gives a sequence of images"
    assert problem.hint == "make a vector of every frame first: '- flatten'"


def test_lengths_need_steps():
    model = spec(*CNN, timesteps=None, lengths=[1, 1, 1])
    model["input"].pop("timesteps")
    with pytest.raises(SpecError, match="an image has no time"):
        lstmviz.load(model)


def test_a_kernel_that_does_not_fit_is_said_of_the_frame():
    with pytest.raises(SpecModelError, match="does not fit into 10 × 8"):
        lstmviz.shapes(spec({"conv2d": {"out_channels": 4, "kernel_size": 11}}, "flatten"))
