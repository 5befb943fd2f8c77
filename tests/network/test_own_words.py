"""The user's own words: they are on the figure as the user wrote them, in their order, in every language."""

from dataclasses import replace
from itertools import pairwise

import pytest

import lstmviz
from lstmviz import checking, judging, pipeline
from lstmviz.figure_requests import plan
from lstmviz.network.plan import plan_of
from lstmviz.proof import own_words
from lstmviz.proof.own_words import words_in
from lstmviz.proof.prove import prove
from lstmviz.proof.real_model import Asked
from lstmviz.proof.verdict import Tally
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
        (
            "cube",
            {},
            {
                "input": {
                    "batch_size": 6,
                    "timesteps": 5,
                    "features": ["temperature", "rain", "wind"],
                    "batch_first": True,
                    "axes": {
                        "batch": {"labels": ["Oslo", "Rome", "Lima", "Cairo", "Perth", "Quito"]},
                        "time": {"name": "days", "labels": ["Mon", "Tue", "Wed", "Thu", "Fri"]},
                    },
                },
                "layers": [{"lstm": 16}],
            },
        ),
    ],
    ids=[
        "no step T of so many",
        "no longest of so many words",
        "x′ of a decoder",
        "words over packed ones",
        "days of a cube over those of its table",
    ],
)
def test_what_random_specs_found_is_proven(kind, options, spec):
    """A batch whose longest sample ends before T, and a decoder's units: each was refuted, and rightly."""
    spec = lstmviz.load(spec)
    found = checking.proof(pipeline.trace(spec), plan(spec, kind, options), plan_of(spec))
    assert (found.faults, found.unproven) == ((), ())


PAIR = """
input:
  batch_size: 4
  timesteps: 4
  features: [load, heat, wind, rain]
  axes:
    batch: {labels: [Rome, Oslo, Lima, Bern]}
    time: {labels: [Mon, Tue, Wed, Thu]}
    target: {labels: [one, two, six, ten]}
layers:
  - {lstm: 4, name: encoder}
  - decoder: {cell: lstm, hidden_size: 4, steps: 4, features: 2, reads: shifted}
"""
LISTS = {"time": "Mon Tue Wed Thu", "target": "one two six ten", "batch": "Rome Oslo Lima Bern"}
STEPS = [*((kind, of) for kind in ("activity", "grid", "neurons") for of in ("encoder", "decoder")),
         ("influence", "encoder"), ("influence", "decoder")]  # fmt: skip


def of_pair(kind, of, change=lambda scene: scene):
    subject = pipeline.trace(lstmviz.load(PAIR))
    one = plan(lstmviz.load(PAIR), kind, {"of": of})
    scene = change(pipeline.compose(subject, one).scene)
    tally = Tally(kind)
    asked = judging.asked(one.options, subject, one.kind)
    own_words.judge(tally, scene, asked.words, asked.steps, subject.trace)
    return [(c, text) for text in scene.texts for c in text.label.claims if c.kind == "own"], tally


@pytest.mark.parametrize(("kind", "of"), STEPS)
def test_words_stand_at_the_steps_that_they_are_of(kind, of):
    """A decoder reads its target one step later, and the days of the input are none of its."""
    shown, tally = of_pair(kind, of)
    words = {claim.text for claim, _ in shown}
    decoder = of == "decoder" and kind != "influence"
    here, there = (
        LISTS["target" if decoder else "time"].split(),
        LISTS["time" if decoder else "target"].split(),
    )
    assert words & {*here}
    assert not words & {*there}
    assert (tally.faults, tally.texts) == ({}, {})
    if of == "decoder" and kind == "influence":  # the columns are the input's, the rows are not
        assert sorted(claim.text for claim, _ in shown if claim.text in here) == sorted(here)


@pytest.mark.parametrize("kind", ["grid", "neurons", "unrolled"])
def test_words_of_a_target_that_is_read_one_step_later_are_proven(kind):
    spec = lstmviz.load(PAIR)
    found = checking.proof(pipeline.trace(spec), plan(spec, kind, {"of": "decoder"}), plan_of(spec))
    assert (found.faults, found.unproven) == ((), ())


@pytest.mark.parametrize("other", ["batch", "time", "target"])
@pytest.mark.parametrize(("kind", "of"), STEPS)
def test_the_list_of_another_tensor_is_refuted(kind, of, other):
    own = "target" if of == "decoder" and kind != "influence" else "time"
    words = dict(zip(LISTS[own].split(), LISTS[other].split(), strict=True))

    def change(scene):
        for index, text in enumerate(scene.texts):
            claims = tuple(replace(c, text=words.get(c.text, c.text)) if c.kind == "own" else c
                           for c in text.label.claims)  # fmt: skip
            scene = swapped(scene, "texts", index, replace(text, label=replace(text.label, claims=claims)))
        return scene

    _, tally = of_pair(kind, of, change)
    assert any("is called" in fault for fault in tally.faults) is (other != own)


def test_a_word_that_does_not_say_its_step_is_not_proven():
    def change(scene):
        index, text = next((i, t) for i, t in enumerate(scene.texts) if t.label.text == "Tue")
        (own,) = text.label.claims
        bare = replace(own, facts=tuple(one for one in own.facts if one[0] == "span"))
        return swapped(scene, "texts", index, replace(text, label=replace(text.label, claims=(bare,))))

    assert [*of_pair("grid", "encoder", change)[1].texts] == ["Tue"]


def test_steps_that_a_convolution_made_are_no_days():
    text = PAIR[: PAIR.index("layers")] + "layers: [conv1d: {out_channels: 3, kernel_size: 2}, lstm: 4]\n"
    spec = lstmviz.load(text.replace("target: {labels: [one, two, six, ten]}", ""))
    for kind in ("activity", "neurons", "grid"):
        scene = pipeline.compose(pipeline.trace(spec), plan(spec, kind, {})).scene
        assert not {text.label.text for text in scene.texts} & {*LISTS["time"].split()}, kind
