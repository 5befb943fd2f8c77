"""A figure of one recurrent layer says that there are others, and what the whole model is."""

from dataclasses import replace

import pytest

import lstmviz
from lstmviz.network.plan import plan_of
from lstmviz.pipeline import load, trace
from lstmviz.proof.prove import prove

THREE = {
    "input": {"batch_size": 8, "timesteps": 10, "features": 6, "batch_first": True},
    "layers": [{"lstm": 12}, {"lstm": 8}, {"lstm": 4}, "last_step", {"linear": 1}],
}
TOLD = "of lstm → lstm-2 → lstm-3 → last_step → linear"


def foot(scene):
    return [text for text in scene.texts if text.label.text.startswith("drawn:")]


@pytest.mark.parametrize("kind", ["rolled", "unrolled", "unfold", "cell", "tensors"])
def test_the_others_are_named(kind):
    scene = lstmviz.draw(THREE, kind, of="lstm-2").scene
    assert [text.label.text for text in foot(scene)] == [f"drawn: lstm-2, {TOLD}"]
    assert not foot(lstmviz.draw(THREE | {"layers": [{"lstm": 12}]}, kind).scene)


def test_it_is_said_in_chinese_and_proven():
    spec = THREE | {"figures": ["rolled", "tensors"], "style": {"language": "zh"}}
    assert all(proof.proven == proof.arrows for proof in lstmviz.check(spec))
    assert "画出：lstm" in lstmviz.draw(spec, "rolled").svg


WRONG = [
    ("chain", TOLD.removeprefix("of ").replace("lstm-3", "lstm")),
    ("drawn", "lstm, lstm-2, lstm-3"),
]


@pytest.mark.parametrize(("name", "said"), WRONG)
def test_what_is_not_so_is_refuted(name, said):
    spec = load(THREE)
    scene, seen = lstmviz.draw(spec, "rolled").scene, trace(spec).trace
    (text,) = foot(scene)
    (one,) = text.label.claims
    given = tuple({**dict(one.fact("given")), name: ("own", said)}.items())
    lie = replace(one, facts=tuple((key, given if key == "given" else value) for key, value in one.facts))
    wrong = replace(text, label=replace(text.label, claims=(lie,)))
    changed = replace(scene, texts=tuple(wrong if t is text else t for t in scene.texts))
    assert any("is false" in fault for fault in prove(changed, seen, plan_of(spec)).faults)
