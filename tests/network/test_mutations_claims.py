"""One thing changed in what a figure's texts assert, in every kind and in own modules: it is found."""

from __future__ import annotations

from dataclasses import replace

from lstmviz.proof.known import Known
from lstmviz.proof.prove import prove
from lstmviz.proof.said import claim_faults, unclaimed
from lstmviz.proof.sentences import READ
from tests.network import mutants


def said(label, known):
    """What the proof says of a label's own claims."""
    return [why for one in label.claims for why in claim_faults(label, one, known)]


def test_right_labels_have_no_faults():
    for one in mutants.drawn():
        known = Known(one.trace)
        assert [why for label, _ in mutants.labels(one.scene) for why in said(label, known)] == [], one.name


def test_a_kind_of_ones_own_is_proven_by_its_claims():
    """A claim is judged in every kind; what asserts without one is not proven."""
    one = next(one for one in mutants.drawn() if one.name == "rnn rolled")
    texts = [text for text in one.scene.texts if any(c.kind == "shape" for c in text.label.claims)]
    own = replace(one.scene, kind="own", nodes=(), edges=(), frames=(), texts=tuple(texts[:1]), polygons=())
    (text,) = own.texts
    assert not prove(own, one.trace).faults
    assert not prove(own, one.trace).unproven
    bare = replace(own, texts=(replace(text, label=replace(text.label, claims=())),))
    assert [one.what for one in prove(bare, one.trace).unproven] == [text.label.text]
    other = next(retold(text.label))
    assert prove(replace(own, texts=(replace(text, label=other),)), one.trace).faults


def retold(label):
    """Every digit of a label's claims said otherwise, in text and glyphs alike."""
    for at, char in enumerate(label.text):
        text = label.text[:at] + mutants.other(char) + label.text[at + 1 :]
        left, other = (unclaimed(one, label.claims) for one in (label.text, text))
        if char.isdigit() and len(left) != len(other):
            yield replace(label, text=text, runs=(replace(label.runs[0], text=text),))


def test_every_digit_told_otherwise_is_found(capsys):
    found = []
    for one in mutants.drawn():
        known = Known(one.trace)
        for label, _ in mutants.labels(one.scene):
            found += [
                (one.scene.kind, bool(said(mutant, known)), (label.text, mutant.text))
                for mutant in retold(label)
            ]
    mutants.tally(capsys, "digits of claims", found)


def test_every_letter_and_digit_is_part_of_a_claim(capsys):
    """Of the kinds that are read whole: what is no claim, not even one of the user's own, is not proven."""
    found = []
    for one in mutants.drawn():
        for label, _ in mutants.labels(one.scene) if one.scene.kind in READ else ():
            left = unclaimed(label.text, label.claims)
            found += [(one.scene.kind, char not in left, label.text) for char in label.text if char.isdigit()]
            assert not any(char.isalnum() for char in left), (one.name, label.text, left)
    mutants.tally(capsys, "digits with a claim", found)


ARGUED = {"cube", "cell", "neurons", "tensors", "rolled", "unrolled", "unfold", "grid"}
"""Kinds of which every argument of every sentence is bound."""


def test_every_argument_of_a_sentence_told_otherwise_is_found(capsys):
    found = [
        (one.scene.kind, bool(one.words(mutant).faults), (one.name, *what))
        for one in mutants.drawn()
        if one.scene.kind in ARGUED
        for what, mutant in mutants.told_otherwise(one.scene)
    ]
    mutants.tally(capsys, "arguments of sentences", found)
