"""The user's own words on a figure: that they are the user's, and stand in the order of their lists.

What a word means is the user's business; whose it is, and beside which others, is the figure's.

Names of the data that a figure shortens: the whole stands somewhere in it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from lstmviz.network.second_input import second_origin
from lstmviz.network.structure import Trace
from lstmviz.proof.kinds import shown
from lstmviz.proof.page_text import labels_of
from lstmviz.proof.verdict import Tally
from lstmviz.scene import ids
from lstmviz.scene.claims import Claim
from lstmviz.scene.items import Label
from lstmviz.scene.scene import Scene

Words = tuple[str, ...]
"""One text of the user's, or a list of them in its order."""
Named = Sequence[tuple[str, Words]]
"""Lists of what steps are called, each with the axis that it is of."""
ROW = 0.5
"""Texts whose baselines, or anchors, are as near as this, pt, stand in one row, or column."""


def words_in(value: Any) -> Iterator[Words]:
    """Yield the texts in a value that was read from a user's file or options, each list of texts as one.

    >>> list(words_in({"title": "Rain", "labels": ["Mon", "Tue"], "rows": 3}))
    [('Rain',), ('Mon', 'Tue')]
    """
    if isinstance(value, str):
        yield (value,)
    elif isinstance(value, Mapping):
        for part in value.values():
            yield from words_in(part)
    elif isinstance(value, Sequence):
        if value and all(isinstance(part, str) for part in value):
            yield tuple(value)
        else:
            for part in value:
                yield from words_in(part)


def judge(tally: Tally, scene: Scene, words: Sequence[Words], steps: Named, trace: Trace) -> None:
    """Doubt words that are not the user's; refute what stands in another order than in their lists, or at
    steps of another tensor.
    """
    every = [scene.title, *(" ".join(one.split()) for many in words for one in many)]
    # In a key, a number may stand at the end of a line and its word in the next.
    numbers = {str(place) for place in range(1, max(map(len, words), default=0) + 1)}
    own = [label for label in labels_of(scene) if any(one.kind == "own" for one in label.claims)]
    for label in own:
        told = numbers | {one.text for one in label.claims if one.kind != "own"}
        for one in label.claims:
            if one.kind == "own" and one.text not in told and _says(one.text) and not _of(one.text, every):
                tally.doubt(one.text, "the user has no such words, and nothing says what they assert")
    theirs = [one for label in own for one in label.claims if one.kind == "own"]
    tally.refute(_elsewhere(theirs, steps, trace))
    if shown(scene.kind).steps_named:
        listed = {text for _, many in steps for text in many}
        for one in theirs:
            facts = dict(one.facts)
            named = "step" in facts or facts.get("span", (0, 0))[0] > 0  # a piece of a key, broken over lines
            if one.text in listed and not named and not _among(one.text, words, steps):
                tally.doubt(one.text, "nothing says which step is called so")
    tally.refute(_disordered(scene, own, [many for many in words if len(many) > 1]))


def _elsewhere(claims: Sequence[Claim], steps: Named, trace: Trace) -> Iterator[str]:
    """Say which words stand at a step that the user calls otherwise, or at a step of something else."""
    for one in claims:
        facts = dict(one.facts)
        if "step" not in facts:
            continue
        axis, place = _read_at(trace, str(facts["layer"]), int(facts["step"]))
        called = [many[place - 1] for name, many in steps if name == axis and 0 < place <= len(many)]
        if not _of(one.text, [" ".join(text.split()) for text in called]):
            yield f"{one.text} is not what step {facts['step']} of {facts['layer'] or 'the input'} is called"


def _read_at(trace: Trace, name: str, step: int) -> tuple[str, int]:
    """Return of which axis the steps of a layer, a stage or the input are, and which of them one is."""
    layer, stage = trace.layers.get(name), trace.stage(name)
    if layer is not None and layer.giver:
        how, _ = second_origin(trace, layer)
        return {"as-given": ("target", step), "later": ("target", step - 1)}.get(how, ("", 0))
    read = layer.tensor("input") if layer else stage.outputs[0] if stage else trace.input
    return ("time" if "T" in read.symbols else "", step)


def _among(text: str, words: Sequence[Words], steps: Named) -> bool:
    """Whether something else than a step is called so, too."""
    other = [many for many in words if not any(many == named for _, named in steps)]
    return any(text in many for many in other)


def _says(text: str) -> bool:
    return any(sign.isalnum() for sign in text)


def _of(text: str, every: Collection[str]) -> bool:
    """Whether a text is one of these, or a part of one: long ones are broken and cut.

    A key lists several, with their numbers or after what they are called: ``days: 1 Monday, 2 Tuesday``.
    """
    shown = " ".join(text.split())
    parts = [re.sub(r"^\d+( |$)", "", part).strip("… ") for part in re.split("[,:] |,$", shown)]
    return all(any(part in one for one in every) for part in (parts if len(parts) > 1 else [shown]))


def _disordered(scene: Scene, labels: Sequence[Label], lists: Sequence[Words]) -> Iterator[str]:
    alone = [label for label in labels if [one.kind for one in label.claims] == ["own"]]
    # What goes in and what comes out, and the cells of a padded batch, stand step by step.
    timed = {"x", ids.RESULT, "input"}
    steps = [node.label for node in scene.nodes if node.label and ids.read(node.id).counted[0] in timed]
    level = {id(one) for many in lists for one in _side_by_side(alone, many)}
    down = [one for one in alone if one not in steps and id(one) not in level]
    for across in (True, False):
        for row in _lines(alone if across else down, across=across):
            if _cut(row, lists):
                continue
            for many in lists:
                said = [text for text, _ in groupby(row) if text in many]
                often = max((-(-said.count(text) // many.count(text)) for text in said), default=1)
                if _passes(said, many) > often:  # a list may stand there twice: beside a cube and its table
                    yield f"{', '.join(said)} stand in another order than {', '.join(many)}"


def _side_by_side(labels: Sequence[Label], many: Words) -> Iterator[Label]:
    """Yield the labels that stand in a row with another word of their list: they are read across alone."""
    rows: dict[int, list[Label]] = defaultdict(list)
    for label in labels:
        if label.text in many:
            rows[round(label.runs[0].y / ROW)].append(label)
    yield from (one for row in rows.values() if len({one.text for one in row}) > 1 for one in row)


def _cut(row: Sequence[str], lists: Sequence[Words]) -> bool:
    """Whether a row is one list after the other, each in its order from its first to its last word.

    A decoder that reads its target one step later does not read the last.
    """
    begun = {0}
    for start in range(len(row)):
        for many in lists if start in begun else ():
            if row[start] != many[0]:
                continue
            place = 0
            for end in range(start, len(row)):
                if row[end] not in many[place:]:
                    break
                place = many.index(row[end], place) + 1
                if row[end] in many[-2:]:
                    begun.add(end + 1)
    return len(row) in begun


def _passes(said: Iterable[str], many: Words) -> int:
    """How often a list must be gone through to meet these of its words in their order."""
    passes, after = 1, 0
    for text in said:
        if text not in many[after:]:
            passes, after = passes + 1, 0
        after = many.index(text, after) + 1
    return passes


def _lines(labels: Iterable[Label], *, across: bool) -> Iterator[list[str]]:
    """Yield the texts that stand in one row, from the left, or in one column, from above."""
    found: dict[int, list[tuple[float, str]]] = defaultdict(list)
    for label in labels:
        x, y = label.runs[0].x, label.runs[0].y
        found[round((y if across else x) / ROW)].append((x if across else y, label.text))
    yield from ([text for _, text in sorted(line)] for line in found.values() if len(line) > 1)


CUT = "…"
LEFT_OUT = f", {CUT},"
"""A key of many names has the first and the last of them."""


def shortened(scene: Scene, names: Collection[str]) -> Iterator[str]:
    """Say which of the data's names stand in a figure cut at their end, and nowhere whole.

    What all begin with may stand apart from how each goes on: ``days 2024-01-…``, and ``02``.
    Lines of a key break where there is a space, or within a word of Chinese: blanks do not count.
    """
    texts = [label.text for label in labels_of(scene)]
    found = _unspaced("".join(texts))
    whole = {name for name in names if _unspaced(name) in found}
    some = any(LEFT_OUT in text for text in texts)
    for text in dict.fromkeys(texts):
        for begun in _ends(text) if text.endswith(CUT) and not some else ():
            meant = {name for name in names if name.startswith(begun)}
            tails = tuple(name.removeprefix(begun).strip() for name in meant)
            if (
                meant
                and not meant & whole
                and not any(other.endswith(tails) for other in texts if other != text)
            ):
                yield f"{text!r} is {min(meant)!r} cut short, which stands nowhere whole"
                break


def _ends(text: str) -> Iterator[str]:
    """Yield what may be the beginning of a name: a text before its dots, without words before it."""
    parts = text.removesuffix(CUT).rstrip().split(" ")
    return (" ".join(parts[at:]) for at in range(len(parts)) if len(parts[at]) > 1)


def _unspaced(text: str) -> str:
    return re.sub(r"\s+", "", text)
