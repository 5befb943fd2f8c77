"""Decoders that read their own answers: run, drawn and proven."""

import dataclasses
from functools import lru_cache

import pytest
import torch

import lstmviz
from lstmviz.errors import LstmvizError
from lstmviz.network.model import build
from lstmviz.network.plan import plan_of
from lstmviz.proof.facts.layers import FACTS
from lstmviz.proof.prove import prove

INPUT = "input: {batch_size: 2, timesteps: 3, features: 3, batch_first: true}\n"
PAIR = (
    "layers: [{gru: 4, name: encoder}, decoder: {cell: gru, hidden_size: 4, steps: %s, reads: own%s}, %s]\n"
)


def spec(steps=4, more="", after="linear: 3"):
    return INPUT + PAIR % (steps, more, after)


def test_each_step_reads_the_answer_of_the_one_before():
    model = build(lstmviz.load(spec(more=", start: last_input")), seed=1)
    given = torch.randn(2, 3, 3)
    encoder, decoder, linear = (stage.inner for stage in model.stages)
    with torch.no_grad():
        found = model(given).data
        _, state = encoder(given)
        read, answers = given[:, -1:], []
        for _ in range(4):
            output, state = decoder(read, state)
            read = linear(output)
            answers.append(read)
    assert torch.allclose(found, torch.cat(answers, 1), atol=1e-6)


@pytest.mark.parametrize("attention", ["dot", "general", "additive"])
def test_what_weighs_the_encoder_is_part_of_the_answer(attention):
    trace = lstmviz.shapes(spec(more=f", attention: {attention}")).trace
    assert trace.stage("decoder").sources[0] == "linear.output"
    assert trace.stage("attention").sources == ("decoder.output", "encoder.output")
    assert trace.results == ("linear.output",)


ITSELF = (
    INPUT + "layers: [{gru: 4, name: encoder}, decoder: {cell: gru, hidden_size: 4, steps: 4, reads: own}]\n"
)


def test_without_layers_after_it_the_answer_is_its_output():
    text = ITSELF
    assert lstmviz.shapes(text).trace.stage("decoder").inputs[0].sizes == (2, 4, 4)
    scene = lstmviz.draw(text, "grid").scene
    assert ("decoder/output.t1", "decoder/x.t2") in {(e.source, e.target) for e in scene.edges}
    for proof in lstmviz.check(text + "figures: [grid, unrolled, pipeline]\n"):
        assert (proof.arrows, proof.unproven) == (proof.proven, ())


@pytest.mark.parametrize(("text", "answer"), [(ITSELF, "decoder.output"), (spec(), "linear.output")])
def test_what_a_decoder_is_said_to_read_is_its_states_and_its_answers(text, answer):
    trace = lstmviz.shapes(text).trace
    made = ("said", "pipeline.gives", (("tensor", "decoder.output"),))

    def said(*sources):
        reads = [("said", "pipeline.read", (("tensor", one),)) for one in sources]
        given = {"stage": "decoder", "made": made, "reads": ("joined", ", ", reads), "sources": sources}
        return FACTS["part-makes"](trace, given)

    assert said(answer, "encoder.h_n")
    for wrong in (
        ["encoder.h_n"],
        [answer],
        [answer, "encoder.h_n", "input"],
        ["encoder.output", "encoder.h_n"],
    ):
        assert not said(*wrong), wrong


def test_a_single_answer_is_read_by_no_step():
    scene = lstmviz.draw(spec(steps=1), "grid").scene
    assert not [edge for edge in scene.edges if edge.dashed]
    lstmviz.check(spec(steps=1) + "figures: [grid, unrolled, pipeline]\n")


def test_what_mixes_steps_is_no_part_of_an_answer():
    assert (
        lstmviz.shapes(spec(after="softmax: {dim: 1}")).trace.stage("decoder").sources[0] == "decoder.output"
    )


@lru_cache(1)
def grid():
    loaded = lstmviz.load(spec())
    return lstmviz.draw(loaded, "grid").scene, lstmviz.shapes(loaded).trace, plan_of(loaded)


def faults(scene):
    _, trace, plan = grid()
    return prove(scene, trace, plan).faults


def test_an_answer_that_is_led_elsewhere_is_refuted():
    scene = grid()[0]
    assert not faults(scene)
    led = [edge for edge in scene.edges if edge.dashed]
    assert [(e.source, e.target) for e in led] == [(f"result.t{k}", f"decoder/x.t{k + 1}") for k in (1, 2, 3)]
    for edge in led:
        rest = tuple(e for e in scene.edges if e is not edge)
        assert f"the arrow {edge.source} → {edge.target} is missing" in faults(
            dataclasses.replace(scene, edges=rest)
        )
        wrong = dataclasses.replace(edge, target="decoder/x.t1")
        assert any("is false" in one for one in faults(dataclasses.replace(scene, edges=(*rest, wrong))))


@pytest.mark.parametrize(
    ("text", "said", "hint"),
    [
        (spec(more=", features: 5"), "linear gives 3 features, not 5", "leave it out: it follows"),
        (spec(more=", start: last_input", after="linear: 5"), "has 3", "an answer of 3, or start: zeros"),
        (spec().replace("reads: own", "reads: shifted"), "decoder needs 'features'", ""),
    ],
)
def test_what_cannot_be_an_answer_is_said(text, said, hint):
    with pytest.raises(LstmvizError) as raised:
        lstmviz.shapes(text)
    assert said in str(raised.value)
    assert hint in str(raised.value)


class OverItself(torch.nn.Module):
    """Reads its own answers under the very name of what a round reads, from no state at all."""

    def __init__(self):
        super().__init__()
        self.cell, self.out = torch.nn.GRUCell(3, 8), torch.nn.Linear(8, 3)

    def forward(self, x, steps):
        """All answers, (steps, N, 3)."""
        h, ys = None, []
        for _ in range(steps):
            h = self.cell(x, h)
            x = self.out(h)
            ys.append(x)
        return torch.stack(ys)


def test_an_answer_that_the_code_calls_x_is_proven_and_no_state_is_zeros():
    inputs = (torch.randn(2, 3), 4)
    assert {proof.answer for proof in lstmviz.check(OverItself(), inputs=inputs)} == {"proven"}
    scene = lstmviz.draw(OverItself(), "grid", inputs=inputs).scene
    assert ("loop/output.t1", "loop/x.t2") in {(e.source, e.target) for e in scene.edges}
    assert "h_0: zeros at the start" in {text.label.text for text in scene.texts}
