"""One thing changed in what a figure's texts assert, in every kind and in own modules: it is found."""

from __future__ import annotations

import itertools
from dataclasses import replace

from lstmviz.proof.kinds import READ
from lstmviz.proof.known import Known
from lstmviz.proof.prove import prove
from lstmviz.proof.text_claims import SPELLED, label_faults, mistitled, unclaimed
from tests.network import mutants


def said(label, known):
    """What the proof says of a label's own claims."""
    return [*label_faults(label, known)]


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


def test_no_right_sentence_is_doubted_where_it_stands_alone():
    for one in mutants.drawn():
        for label, put in mutants.labels(one.scene) if one.scene.kind in ARGUED else ():
            if any(claim.kind == "sentence" for claim in label.claims):
                assert not one.doubted(put(replace(label))), (one.name, label.text)


def test_every_argument_of_a_sentence_told_otherwise_is_found(capsys):
    found = [
        (one.scene.kind, one.doubted(mutant) or one.refuted(mutant), (one.name, *what))
        for one in mutants.drawn()
        if one.scene.kind in ARGUED
        for what, mutant in mutants.told_otherwise(one.scene)
    ]
    mutants.tally(capsys, "arguments of sentences", found)


def turned_round(label):
    """Every shape with two axes, or two letters alone, in each other's place, in text and claim."""
    for at, one in enumerate(label.claims):
        if one.kind != "shape" or not one.fact("symbols") or not one.fact("of"):
            continue
        facts = dict(one.facts)
        count = len(facts["sizes"])
        for a, b in itertools.combinations(range(count), 2):
            if facts["symbols"][a] == facts["symbols"][b]:
                continue
            order = [b if i == a else a if i == b else i for i in range(count)]
            for fields in (("symbols", "written", "sizes"), ("symbols", "written")):
                new = facts | {name: tuple(facts[name][i] for i in order) for name in fields}
                text = SPELLED["shape"](new)
                claims = list(label.claims)
                claims[at] = replace(one, text=text, facts=tuple(new.items()))
                yield replace(label, text=label.text.replace(one.text, text), claims=tuple(claims))


def test_every_two_axes_in_each_others_place_are_found(capsys):
    found = []
    for one in mutants.drawn():
        known = Known(one.trace)
        for label in {label.text: label for label, _ in mutants.labels(one.scene)}.values():
            found += [
                (one.scene.kind, bool(said(mutant, known)), (one.name, label.text, mutant.text))
                for mutant in turned_round(label)
            ]
    mutants.tally(capsys, "axes and letters in each other's place", found)


def test_every_name_of_another_tensor_is_found(capsys):
    """Of names beside a tensor's shape, or on the tensor: each of the model's other tensors in its place."""
    found = []
    for one in mutants.drawn():
        known = Known(one.trace)
        assert list(mistitled(one.scene, known)) == [], one.name
        for text in one.scene.texts:
            names = [c for c in text.label.claims if c.kind == "called"]
            if len(names) != 1 or not (text.tensor or any(c.kind == "shape" for c in text.label.claims)):
                continue
            own = replace(one.scene, texts=(text,), nodes=())
            for name in ("input", "target", "output", "h_n", "c_n"):
                other = replace(names[0], text=name, facts=(("name", name), ("span", (0, len(name)))))
                claims = tuple(other if c is names[0] else c for c in text.label.claims)
                new = replace(own, texts=(replace(text, label=replace(text.label, claims=claims)),))
                titles = next(
                    (known.titles(c.fact("of"), c.fact("tensor")) for c in claims if c.kind == "shape"),
                    known.titles("", text.tensor or ""),
                )
                if titles and name not in titles:
                    hit = bool(list(mistitled(new, known)))
                    found.append((one.scene.kind, hit, (one.name, text.label.text, name)))
    mutants.tally(capsys, "names on other tensors", found)
