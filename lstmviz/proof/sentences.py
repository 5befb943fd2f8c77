"""Printed sentences, held against the run: each message says which fact it asserts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from lstmviz.network.own_layers import alphabet_of
from lstmviz.network.structure import Trace
from lstmviz.proof.facts.layers import FACTS
from lstmviz.proof.facts.work import spelt
from lstmviz.proof.kinds import READ
from lstmviz.proof.layers import TooLargeError
from lstmviz.proof.operations import UntriedError
from lstmviz.proof.page_text import claims_of, labels_of
from lstmviz.proof.text_claims import GAP, unclaimed
from lstmviz.proof.verdict import Tally
from lstmviz.scene import ids
from lstmviz.scene.claims import Claim, sentences
from lstmviz.scene.scene import Scene
from lstmviz.translation.letters import LETTERS
from lstmviz.translation.messages import Note, bare, entry, message_from_facts

SHARED = frozenset({"layer", "chain", "loop"})
"""Groups of sentences that several kinds print of what they draw."""


def judge(tally: Tally, scene: Scene, trace: Trace, about: Sequence[Mapping[str, Any]] = ()) -> None:
    """Hold every sentence of a scene against the run, each once; `about` is what the figure was to show.

    Where it shows several layers, a sentence is about one of them.
    """
    tally.refute(_misprinted(scene))
    for name, given in dict.fromkeys(asserted(scene)):
        drawn = about if name.partition(".")[0] in {scene.kind, *SHARED} else ()
        if drawn and all(_differs(given, one) for one in drawn):
            tally.refute([f"{_english(name, given)!r} is said of something else than what is drawn"])
            continue
        if not entry(name).fact:
            continue
        tally.claims += 1
        try:
            true = _true(trace, name, given)
        except TooLargeError:
            tally.doubt(_english(name, given), "the layer is too large to run")
            continue
        except UntriedError as error:
            tally.doubt(_english(name, given), str(error))
            continue
        if not true:
            tally.refute([f"{_english(name, given)!r} is false"])
    _noted(tally, scene, trace)
    for text in unread(scene):
        tally.doubt(text, "nothing says what this text asserts")


def _english(name: str, given: Any) -> str:
    return bare(message_from_facts(name, given).english)


def _differs(given: Iterable[tuple[str, Any]], one: Mapping[str, Any]) -> bool:
    """Whether a message, or one inside it, is about something else."""
    for key, value in given:
        match value:
            case ("said", _, inner):
                other = _differs(inner, one)
            case ("joined", _, parts):
                other = any(_differs([(key, part)], one) for part in parts)
            case _:
                other = value != one.get(key, value)
        if other:
            return True
    return False


def _noted(tally: Tally, scene: Scene, trace: Trace) -> None:
    """Hold the notes of a scene against the run, and against what is drawn: its steps, its arrows."""
    drawn = {
        "",
        *(edge.id for edge in scene.edges),
        *(ids.rest(frame.id) for frame in scene.frames),
    }
    stepped = [one for one in ids.read_all(scene.nodes) if one.base in {"cell", "x"} and one.step is not None]
    shown = {str(one.step) for one in stepped}
    for note in scene.notes:
        if not isinstance(note, Note):
            tally.doubt(note, "nothing says what this note asserts")
            continue
        given = dict(note.given)
        there = {given.get("edge", ""), given.get("block", "")} <= drawn
        there = there and shown >= {*given.get("steps", "").split(", ")} - {""}
        tally.claims += 1
        if not there or not _true(trace, note.id, note.given):
            tally.refute([f"{note!r} is false"])


def holds(trace: Trace, name: str, given: Any) -> bool:
    """Whether a message of this id and these facts, and every message in it, is true of a model."""
    every = [(name, given), *inside(value for _, value in given)]
    return all(_true(trace, one, facts) for one, facts in every if entry(one).fact)


def _true(trace: Trace, name: str, given: Any) -> bool:
    """Whether the fact that a message asserts holds; of what the model has not, nothing does."""
    letters = [(letter, said) for letter, said in given if letter in LETTERS.values()]
    own = alphabet_of(trace, dict(given).get("layer")) if letters else {}
    if not all(spelt(said, own.get(letter, letter)) for letter, said in letters):
        return False  # neither the letter of this layer nor the reader's own for it
    try:
        return FACTS[entry(name).fact](trace, {**dict(given), "id": name})
    except (LookupError, StopIteration, ValueError, TypeError):
        return False


def _beside(scene: Scene) -> Iterator[tuple[str, Claim]]:
    """Yield the sentences that are read aloud, or stand in the caption."""
    for text, claims in ((scene.description, scene.said), (scene.caption, scene.captioned)):
        yield from ((text, one) for one in claims if one.kind == "sentence")


def _misprinted(scene: Scene) -> Iterator[str]:
    """Hold what is printed, or read aloud, against what the message says of these facts."""
    for text, one in (*((label.text, one) for label, one in claims_of(scene, "sentence")), *_beside(scene)):
        low, high = one.fact("span")
        part = bare(message_from_facts(one.fact("id"), one.fact("given"), scene.language).text)[low:high]
        if part != one.text or part not in text:
            yield f"{text!r} is printed where the figure says {part!r}"


def unread(scene: Scene) -> Iterator[str]:
    """Yield every text of which nothing says what it asserts, in the kinds whose texts all say so."""
    if scene.kind not in READ:
        return
    texts = dict.fromkeys((label.text, label.english, label.claims) for label in labels_of(scene))
    texts[scene.description, scene.description, scene.said] = None
    texts[scene.caption, scene.caption, scene.captioned] = None
    for text, english, claims in texts:
        if re.search(r"[^\W_]", unclaimed(text, claims).replace(GAP, "")):
            yield english


def shown(scene: Scene) -> Iterator[tuple[str, Any]]:
    """Yield the messages that are printed in a scene or its caption, also those put into another."""
    return _with_inner((*_printed(scene), *scene.captioned))


def asserted(scene: Scene) -> Iterator[tuple[str, Any]]:
    """Yield the id and the facts of every message in a scene, also of those put into another."""
    return _with_inner((*_printed(scene), *scene.said, *scene.captioned))


def _printed(scene: Scene) -> Iterator[Claim]:
    return (one for _, one in claims_of(scene, "sentence"))


def _with_inner(claims: Iterable[Claim]) -> Iterator[tuple[str, Any]]:
    for name, given in sentences(claims):
        yield name, given
        yield from inside(value for _, value in given)


def inside(values: Iterable[Any]) -> Iterator[tuple[str, Any]]:
    """Yield the id and the facts of every message put into a message, whose facts have these values."""
    for value in values:
        match value:
            case ("said", str(id), given):
                yield id, given
                yield from inside(one for _, one in given)
            case ("joined", _, parts):
                yield from inside(parts)
