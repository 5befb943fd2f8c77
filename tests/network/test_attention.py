"""A decoder with attention: its steps weigh the encoder's valid steps, as torch run by hand shows."""

import dataclasses

import pytest
import torch

import lstmviz
from lstmviz.errors import LstmvizError
from lstmviz.network.cache import traced
from lstmviz.network.model import build
from lstmviz.network.plan import plan_of
from lstmviz.proof.facts.layers import FACTS
from tests.refuting import refuted

N, T, OUT, H = 3, 5, 4, 6


def spec(score, *, first=True, both=False, **given):
    encoder = {"gru": {"hidden_size": 6 if not both else 3, "bidirectional": both}}
    decoder = {"cell": "gru", "hidden_size": H, "steps": OUT, "features": 2, "attention": score}
    if both:
        decoder |= {"hidden_size": 3, "num_layers": 2}
    size = {"batch_size": N, "timesteps": T, "features": 2, "batch_first": first, **given}
    return {"input": size, "layers": [encoder, {"decoder": decoder}, {"linear": 2}]}


def scores(inner, query, key):
    """One score, by the formula in the books."""
    if inner.score == "dot":
        return query @ key
    if inner.score == "general":
        return query @ (inner.keys.weight @ key)
    return inner.v.weight[0] @ torch.tanh(inner.queries.weight @ query + inner.keys.weight @ key)


@pytest.mark.parametrize("score", ["dot", "general", "additive"])
@pytest.mark.parametrize("lengths", [None, [5, 2, 4]])
@pytest.mark.parametrize("first", [True, False])
def test_each_step_weighs_the_valid_steps(score, lengths, first):
    model = build(lstmviz.load(spec(score, first=first, **({"lengths": lengths} if lengths else {}))))
    x, target = torch.randn(N, T, 2), torch.randn(N, OUT, 2)
    inputs = [one if first else one.transpose(0, 1) for one in (x, target)]
    encoder, decoder, attention, linear = (
        stage.inner for stage in model.stages if stage.head.type not in {"pack", "unpack"}
    )
    with torch.no_grad():
        made = model(inputs[0], targets={"decoder": inputs[1]}).value
        made = made if first else made.transpose(0, 1)
        encoder.batch_first = decoder.batch_first = True
        for i in range(N):
            keys, state = encoder(x[i : i + 1, : (lengths or [T] * N)[i]])
            queries = decoder(target[i : i + 1], state)[0][0]
            for t, query in enumerate(queries):
                weights = torch.softmax(torch.stack([scores(attention, query, key) for key in keys[0]]), 0)
                expected = linear(torch.cat((weights @ keys[0], query)))
                torch.testing.assert_close(made[i, t], expected, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("score", ["dot", "general", "additive"])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_kind_is_proven(score, language):
    for proof in lstmviz.check(spec(score) | {"style": {"language": language}}):
        assert (proof.arrows, proof.unproven) == (proof.proven, ()), proof


def test_the_branch_is_drawn():
    scene = lstmviz.draw(spec("general"), "pipeline").scene
    arrows = {(edge.source, edge.target) for edge in scene.edges if edge.target == "stage.attention"}
    assert len(arrows) == 2
    narrow = lstmviz.draw(spec("general"), "grid", width="column").scene
    into = {edge.target for edge in narrow.edges if edge.source == "attention/all1"}
    assert into == {"attention.t1", "attention.t4"}
    unrolled = lstmviz.draw(spec("general"), "unrolled").scene
    assert "only its last states" not in " ".join(text.label.text for text in unrolled.texts)


@pytest.mark.parametrize("lengths", [None, [2, 5, 4][:N]])
def test_a_grid_leads_the_encoders_steps_into_the_attention(lengths):
    """Onto one line, a tap for each step: every arrow of it left out, or one more, is found."""
    asked = spec("general")
    if lengths:
        asked["input"]["lengths"] = lengths
    scene, model = lstmviz.draw(asked, "grid").scene, lstmviz.load(asked)
    taps = [edge for edge in scene.edges if "attention/all1" in {edge.source, edge.target}]
    assert {"attention.t1", "attention/all1"} < {edge.target for edge in taps}

    def wrong(edges):
        return refuted(dataclasses.replace(scene, edges=tuple(edges)), traced(model), plan_of(model))

    assert not wrong(scene.edges)
    for tap in taps:
        assert wrong(edge for edge in scene.edges if edge is not tap), tap.id


def test_a_dot_needs_vectors_of_one_length():
    with pytest.raises(LstmvizError, match="gru gives 6, the decoder 3"):
        lstmviz.shapes(spec("dot", both=True))
    assert lstmviz.shapes(spec("additive", both=True)).stages[2].outputs == [(N, OUT, 9)]


@pytest.mark.parametrize("said", ["dot", "additive"])
def test_another_score_is_refuted(said):
    seen = lstmviz.shapes(spec("general")).trace
    given = {"stage": "attention", "score": ("own", said)}
    assert not FACTS["stage-scores"](seen, given)
    assert FACTS["stage-scores"](seen, given | {"score": ("own", "general")})
