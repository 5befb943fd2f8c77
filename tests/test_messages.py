"""Every message is there in both languages with the same facts, and says what it asserts, if anything."""

from __future__ import annotations

import re

import pytest

import lstmviz
from lstmviz import pipeline
from lstmviz.figure_requests import plan
from lstmviz.network.run import undisturbed
from lstmviz.proof import sentences
from lstmviz.proof.facts import layers as facts
from lstmviz.proof.facts.layers import FACTS
from lstmviz.proof.text_claims import LETTERS
from lstmviz.proof.verdict import Tally
from lstmviz.translation import speaking
from lstmviz.translation.messages import fields, message, room, rooms, user_text

MESSAGES = [one for name in rooms() for one in room(name).values()]
MERE = {
    "axis",
    "lane",
    "heading",
    "caption",
    "name",
    "list",
    "legend",
    "instruction",
    "title",
    "description",
    "measured",
    "origin",
    "reason",
}
"""Why a message may assert nothing of the model; what is measured is held against the drawn values."""


@pytest.mark.parametrize("one", MESSAGES, ids=lambda one: one.id)
def test_a_message_is_whole(one):
    assert fields(one.texts["en"]) == fields(one.texts["zh"])
    assert bool(one.fact) != bool(one.mere), "a message asserts a fact, or says why it asserts none"
    assert one.fact in {"", *FACTS}
    assert one.mere in {"", *MERE}
    assert not re.search(r"[\u4e00-\u9fff]", one.texts["en"])


def test_every_fact_is_asserted():
    assert {one.fact for one in MESSAGES} - {""} == FACTS.keys()


def test_what_is_put_in_is_never_looked_up():
    with speaking("zh"):
        for own in ("time", "output", "3 layers", "h_n", "zeros"):
            said = message("layer.states-of", names="h_0", finals="h_n", giver=user_text(own), layer="x")
            assert own in said.text


SEQUENCE = {"batch_size": 6, "timesteps": 5, "features": 3}
MODELS = {
    "stacked": (
        SEQUENCE,
        {"lstm": {"hidden_size": 4, "num_layers": 3, "bidirectional": True, "dropout": 0.5}},
    ),
    "first": (
        SEQUENCE | {"batch_first": True, "states": "given"},
        {"gru": {"hidden_size": 4, "bias": False}},
    ),
    "unbatched": ({"timesteps": 5, "features": 3}, {"lstm": {"hidden_size": 4, "proj_size": 2}}),
    "packed": (SEQUENCE | {"lengths": [5, 3, 1, 2, 5, 4]}, {"rnn": {"hidden_size": 4, "num_layers": 2}}),
}


def drawn(name, language="en"):
    given, layer = MODELS[name]
    spec = lstmviz.load({"input": given, "layers": [{**layer, "name": "cell"}]})
    subject = pipeline.trace(spec)
    options = {"table": True, "language": language}
    return pipeline.compose(subject, plan(spec, "tensors", options)).scene, subject.trace


def faults(scene, trace):
    tally = Tally(scene.kind)
    with undisturbed():
        sentences.judge(tally, scene, trace)
    return tally.faults


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("name", MODELS)
def test_what_is_said_is_true(name, language):
    assert not faults(*drawn(name, language))


@pytest.mark.parametrize("name", MODELS)
def test_what_is_said_of_another_model_is_refuted(name):
    """A sentence that only one of two models has is false of the other."""
    scene, _ = drawn(name)
    mine = set(sentences.asserted(scene))
    for other in MODELS.keys() - {name}:
        theirs, trace = drawn(other)
        other_words = mine - set(sentences.asserted(theirs))
        telling = [(one, given) for one, given in other_words if sentences.entry(one).fact]
        with undisturbed():
            held = [pair for pair in telling if sentences.holds(trace, *pair)]
        assert not held, (name, other)


def others(given):
    """The facts of a message with one of them changed: what is printed, and what it is about."""
    for at, (name, value) in enumerate(given):
        if name in LETTERS:  # the reader's own; that each is written one way is another fault
            continue
        match value:
            case ("said" | "joined" | "own", *_):
                continue
            case bool():
                new = not value
            case int() | float():
                new = value + 1
            case str():
                new = f"{value}x"
            case _:
                continue
        yield name, (*given[:at], (name, new), *given[at + 1 :])


def test_every_fact_told_otherwise_is_found():
    """A sentence about something else, or with another number or name in it, is false."""
    missed, count = [], 0
    for name in MODELS:
        scene, trace = drawn(name)
        for one, given in dict.fromkeys(sentences.asserted(scene)):
            if sentences.entry(one).fact in {"", "layer-exists"}:  # the place says which of them is meant
                continue
            for about, changed in others(given):
                count += 1
                with undisturbed():
                    missed += [(one, about, changed)] if sentences.holds(trace, one, changed) else []
    assert count > 100
    assert not missed, missed


READ_ROOMS = ("cell", "neurons")
"""Rooms of kinds that are read whole: what no fact bears out is a heading."""


@pytest.mark.parametrize("name", READ_ROOMS)
def test_every_sentence_of_a_kind_that_is_read_has_a_predicate(name):
    assert {one.mere for one in room(name).values()} <= {
        "",
        "heading",
        "caption",
        "name",
        "instruction",
        "legend",
        "list",
    }
    assert {one.fact for one in room(name).values()} - {""} <= FACTS.keys()


def test_no_fact_has_the_name_of_another():
    kinds = ("ABOUT_", "WEIGHT_FACTS")
    rooms_of_facts = [value for name, value in vars(facts).items() if name.startswith(kinds)]
    names = [name for room_of in rooms_of_facts for name in room_of]
    assert sorted(set(names)) == sorted(names)
