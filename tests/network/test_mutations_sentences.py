"""Sentences with one fact changed: each is found; and no text of a figure is left unread."""

from __future__ import annotations

import pytest

from lstmviz.figures import KINDS
from lstmviz.network.run import undisturbed
from lstmviz.proof import prove, sentences
from lstmviz.proof.kinds import READ
from lstmviz.proof.operations import UntriedError
from lstmviz.translation import speaking
from tests.network import mutants

WHOLE = {"pipeline", "volumes"}
"""Kinds in which every fact of every sentence is held, also what it is about and does not print."""
TRUE_ANYWAY = {"layer-exists"}
"""Facts that hold of another too: which layer is said by the place."""


def test_every_kind_is_read_and_judged():
    assert {*READ} == {*prove.JUDGES} == {*KINDS}


def test_every_text_says_what_it_asserts():
    """A sentence without a predicate, a digit without a claim, is not proven: it fails here."""
    left = {(one.scene.kind, text) for one in mutants.drawn() for text in sentences.unread(one.scene)}
    assert not left


def changed(given):
    """The facts of a message, one of them changed: each number, name and text in it."""
    for at, (name, value) in enumerate(given):
        for new in _others(value):
            yield name, (*given[:at], (name, new), *given[at + 1 :])


def _others(value):
    match value:
        case ("said" | "joined" | "own", *_):
            return
        case bool():
            yield not value
        case int() | float():
            yield value + 1
        case str() if value:
            yield f"{value}x"
        case tuple() if value and all(isinstance(part, str) for part in value):
            yield value[:-1]


def test_every_fact_told_otherwise_is_found(capsys):
    found, seen = [], set()
    for one in mutants.drawn():
        if one.scene.kind not in WHOLE:
            continue
        with speaking(one.scene.language), undisturbed():
            for name, given in dict.fromkeys(sentences.asserted(one.scene)):
                if sentences.entry(name).fact in {"", *TRUE_ANYWAY}:
                    continue
                for about, other in changed(given):
                    if (name, other, one.name) in seen:
                        continue
                    seen.add((name, other, one.name))
                    try:
                        caught = not sentences.holds(one.trace, name, other)
                    except UntriedError:
                        caught = True  # not proven
                    found.append((one.scene.kind, caught, (one.name, name, about, dict(other)[about])))
    mutants.tally(capsys, "facts of sentences", found)


@pytest.mark.parametrize("kind", sorted(READ))
def test_a_text_without_a_claim_is_not_proven(kind):
    from dataclasses import replace

    one = next(one for one in mutants.drawn() if one.scene.kind == kind)
    text = next(text for text in one.scene.texts if text.label.claims)
    bare = replace(text, label=replace(text.label, claims=()))
    scene = replace(one.scene, texts=(*one.scene.texts, bare))
    assert text.label.english in set(sentences.unread(scene))
