"""A reader's own letters stand in every word, formula, index, key and code of a figure."""

import re
from dataclasses import replace

import pytest

import lstmviz
from lstmviz.figure_requests import able, plan_kind
from lstmviz.judging import asked
from lstmviz.network.plan import plan_of
from lstmviz.pipeline import compose, load, trace
from lstmviz.proof.page_text import labels_of
from lstmviz.proof.prove import prove
from tests import house_specs

OWN = {
    "batch": "B", "time": "Z", "features": "Q", "hidden": "K",
    "layers": "J", "proj": "R", "embedding": "M", "vocabulary": "U",
}  # fmt: skip
USUAL = re.compile(r"(?<![\w.′])\d*[NTFHLPEV](′?|[₁₂₃₄])(?![A-Za-z])|_T\b")
HEIGHT = re.compile(r"H height|C, H, W|W(_\d)?\^T|‖_F Frobenius norm")
"""An image's height, a matrix transposed and the mark of a norm are other letters: they name no axis."""


@pytest.mark.parametrize("name", house_specs.SPECS)
def test_no_usual_letter_is_left(name):
    _, subject = house_specs.subject(name)
    for kind in able(subject):
        scene = compose(subject, plan_kind(kind, {"symbols": OWN})).scene
        texts = [t.label.text for t in scene.texts if t.role != "axis" or t.label.text != "H"]
        texts += [n.label.text for n in scene.nodes if n.label] + [scene.description]
        left = {text for text in texts if USUAL.search(HEIGHT.sub("", text))}
        assert not left, (kind, left)


SOURCE = {
    "input": {"batch_size": 6, "timesteps": 5, "features": 3},
    "layers": [{"lstm": {"hidden_size": 4, "num_layers": 2, "bidirectional": True}}, "last_step"],
    "style": {"symbols": OWN},
}


@pytest.mark.parametrize("language", ["en", "zh"])
def test_it_is_proven_in_any_letters(language):
    style = {"symbols": OWN, "language": language}
    assert all(proof.proven == proof.arrows for proof in lstmviz.check(SOURCE | {"style": style}))


def test_two_ways_to_write_one_letter_are_refuted():
    spec = load(SOURCE)
    subject = trace(spec)
    scene = compose(subject, plan_kind("unfold", {"symbols": OWN})).scene
    usual = compose(subject, plan_kind("unfold", {})).scene
    total = next(text for text in usual.texts if text.label.text == "T = 5")
    mixed = replace(scene, texts=(*scene.texts, total))
    assert "T is written T and Z" in prove(mixed, subject.trace, plan_of(spec)).faults


@pytest.mark.parametrize("kind", ["tensors", "unrolled"])
def test_a_letter_in_a_sentence_that_is_not_the_readers_is_refuted(kind):
    spec = load(SOURCE | {"input": SOURCE["input"] | {"batch_first": True}})
    subject, chosen = trace(spec), plan_kind(kind, {"symbols": OWN})
    scene, known = compose(subject, chosen).scene, asked(chosen.options, subject)
    assert prove(scene, subject.trace, plan_of(spec), known).faults == ()
    other = replace(known, letters=tuple((dict(known.letters) | {"T": "Y"}).items()))
    assert prove(scene, subject.trace, plan_of(spec), other).faults


def test_code_keeps_a_letter_that_is_no_name():
    code = [
        text.label.text for text in lstmviz.draw(SOURCE, "cube", symbols={"T": "T_x", "N": "N′"}).scene.texts
    ]
    assert any("reshape(N, T_x*F)" in text for text in code), code


@pytest.mark.parametrize("name", ["attention", "sentences", "tagger", "weather"])
def test_all_kinds_write_a_tensor_in_the_same_letters(name):
    """What the layer reads is (N, T, E) in every kind where an embedding gave it, else (N, T, F)."""
    subject = trace(load(f"specs/{name}.yaml"))
    (layer,) = subject.trace.recurrent
    embedded = any(stage.type == "embedding" for stage in subject.trace.stages)
    assert layer.tensor("input").symbols[-1] == ("E" if embedded else "F")
    wanted = {tensor.sizes: tensor.symbols for tensor in layer.tensors}
    for kind in able(subject):
        scene = compose(subject, plan_kind(kind, {})).scene
        said = [dict(c.facts) for label in labels_of(scene) for c in label.claims if c.kind == "shape"]
        for one in said:
            assert tuple(one["symbols"]) == wanted.get(one["sizes"], tuple(one["symbols"])), kind
