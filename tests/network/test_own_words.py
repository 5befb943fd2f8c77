"""The user's own words: they are on the figure as the user wrote them, in their order, in every language."""

from dataclasses import replace
from itertools import pairwise

import pytest

import lstmviz
from lstmviz import checking, judging, pipeline
from lstmviz.figure_requests import plan
from lstmviz.network.plan import plan_of
from lstmviz.proof.own_words import words_in
from lstmviz.proof.prove import prove
from lstmviz.proof.real_model import Asked
from tests.network.mutants import swapped

SPEC = """
title: {title}
input:
  batch_size: 3
  timesteps: 4
  features: [output, time, 3 layers]
  axes:
    batch: {{name: time, labels: [input, h_n, never batch-first]}}
    time: {{name: layers, labels: [gate, last step, zeros, cell]}}
layers:
  - lstm: 5
"""
TITLE = "hidden state h"


def judged(kind, change, *, language="en"):
    """What the proof says of a figure after a change of its scene."""
    spec = lstmviz.load(SPEC.format(title=TITLE))
    subject = pipeline.trace(spec)
    one = plan(spec, kind, {"language": language})
    scene = pipeline.compose(subject, one).scene
    asked = judging.asked(one.options, subject, one.kind)
    return prove(change(scene), subject.trace, plan_of(spec), asked)


def own_labels(scene):
    return [
        (index, text)
        for index, text in enumerate(scene.texts)
        if [one.kind for one in text.label.claims] == ["own"] and text.label.text != scene.title
    ]


def retold(text, said):
    """The text with another word of the user's in its place."""
    (own,) = text.label.claims
    label = replace(
        text.label,
        text=said,
        claims=(replace(own, text=said),),
        runs=(replace(text.label.runs[0], text=said),),
    )
    return replace(text, label=label)


@pytest.mark.parametrize("kind", ["cube", "grid"])
def test_two_words_in_each_others_place_are_refuted(kind):
    def change(scene):
        found = [
            (index, text) for index, text in own_labels(scene) if text.label.text in {"last step", "cell"}
        ]
        (a, one), (b, two) = next(
            p for p in pairwise(found) if p[0][1].label.runs[0].y == p[1][1].label.runs[0].y
        )
        changed = swapped(scene, "texts", a, retold(one, two.label.text))
        return swapped(changed, "texts", b, retold(two, one.label.text))

    assert judged(kind, lambda scene: scene).faults == ()
    assert any("another order" in fault for fault in judged(kind, change).faults)


@pytest.mark.parametrize("kind", ["cube", "grid"])
def test_a_word_that_is_not_the_users_is_not_proven(kind):
    def change(scene):
        index, text = own_labels(scene)[0]
        return swapped(scene, "texts", index, retold(text, "gates of another"))

    assert judged(kind, lambda scene: scene).unproven == ()
    assert [one.what for one in judged(kind, change).unproven] == ["gates of another"]


@pytest.mark.parametrize("kind", ["cube", "grid", "unrolled", "neurons", "tensors", "pipeline"])
def test_own_words_that_are_english_of_figures_too_stay_as_they_are_in_chinese(kind):
    """An axis called time, a feature called output, a sample called never batch-first: none is looked up."""
    shown = {}
    for language in ("en", "zh"):
        spec = lstmviz.load(SPEC.format(title=TITLE))
        scene = pipeline.compose(pipeline.trace(spec), plan(spec, kind, {"language": language})).scene
        own = [
            (one.text, text.label.text)
            for text in scene.texts
            for one in text.label.claims
            if one.kind == "own"
        ]
        assert all(said in label for said, label in own)
        shown[language] = {said for said, _ in own}
        assert scene.title == TITLE
    assert shown["en"] == shown["zh"]
    assert judged(kind, lambda scene: scene, language="zh").faults == ()


def test_lists_of_words_stay_lists():
    found = [*words_in({"title": "Rain", "axes": {"time": {"name": "days", "labels": ("Mon", "Tue")}}})]
    assert found == [("Rain",), ("days",), ("Mon", "Tue")]
    assert Asked().words is None


PADDED = {"batch_first": True, "batch_size": 3, "timesteps": 5, "lengths": [1, 3, 1]}
DECODER = {"cell": "gru", "hidden_size": 4, "steps": 5, "features": 2}


@pytest.mark.parametrize(
    ("kind", "options", "spec"),
    [
        ("neurons", {}, {"input": {**PADDED, "features": 2}, "layers": [{"lstm": 3}]}),
        ("cube", {}, {"input": {**PADDED, "vocabulary": 9}, "layers": [{"embedding": 4}, {"lstm": 3}]}),
        (
            "neurons",
            {"of": "decoder"},
            {"input": {"timesteps": 5, "features": 2}, "layers": [{"gru": 4}, {"decoder": DECODER}]},
        ),
        (
            "batch",
            {},
            {
                "input": {
                    "sentences": [["a", "quiet", "film"], ["far", "too", "long", "here"], ["not", "bad"]],
                    "vocabulary": 500,
                },
                "layers": [{"embedding": 4}, {"lstm": 3}],
            },
        ),
    ],
    ids=["no step T of so many", "no longest of so many words", "x′ of a decoder", "words over packed ones"],
)
def test_what_random_specs_found_is_proven(kind, options, spec):
    """A batch whose longest sample ends before T, and a decoder's units: each was refuted, and rightly."""
    spec = lstmviz.load(spec)
    found = checking.proof(pipeline.trace(spec), plan(spec, kind, options), plan_of(spec))
    assert (found.faults, found.unproven) == ((), ())
