"""The user's own words for the steps of a bare layer, in place of the letters of input and output."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import takewhile

from lstmviz.figures.base import Subject
from lstmviz.figures.shared import bare
from lstmviz.network.second_input import second_origin
from lstmviz.network.structure import Recurrent, Stage, Trace
from lstmviz.scene import labels
from lstmviz.scene.labels import TextLine
from lstmviz.spec.layer_types import EACH_STEP, RECURRENT
from lstmviz.spec.model import Axis, Input
from lstmviz.translation.messages import user_text

SAME = EACH_STEP | {"embedding", "pack"}
"""Stages that leave each step where it was."""
LONGEST, PAD, NEXT = 80.0, 8.0, 5.0
"""A word wider than this is no word for a step, pt; the room around one, and from one to the next."""


@dataclass(frozen=True, slots=True)
class StepWords:
    """Of each step the word that goes in, and the one that comes out; none where the user has none."""

    read: tuple[str, ...] = ()
    given: tuple[str, ...] = ()

    @property
    def any(self) -> bool:
        """Whether there are some."""
        return bool(self.read or self.given)

    def wide(self, step: int) -> float:
        """The room that the words of a step take, pt; 0 if there are none."""
        return 2 * max(self.half(step, out=out) for out in (False, True))

    def half(self, step: int, *, out: bool) -> float:
        """Half the room of one of them, pt; 0 if there is none."""
        one = self.label(step, out=out)
        return (one.width + PAD) / 2 if one else 0.0

    def apart(self, one: int, two: int, *, out: bool) -> float:
        """How far the middles of two steps are apart at least, pt."""
        return self.half(one, out=out) + self.half(two, out=out) + NEXT

    def label(self, step: int, *, out: bool = False) -> TextLine | None:
        """The word of a step, counted from 1."""
        words = self.given if out else self.read
        known = 0 < step <= len(words) and words[step - 1]
        return labels.words(user_text(words[step - 1]), bare.WORD) if known else None


NO_WORDS = StepWords()


def words_of(subject: Subject, layer: Recurrent) -> StepWords:
    """Return the words for what a layer reads, and, of a decoder, gives: tokens, or labels of the axis.

    The steps are those of the longest sample, which is drawn. Long words are left out, all of them.
    """
    data, stages = subject.data, subject.trace.stages
    if data is None:
        return NO_WORDS
    if layer.giver:
        given = _labels(data.axes.horizon)
        return StepWords(_fitting(target_words(data, subject.trace, layer), layer), _fitting(given, layer))
    before = takewhile(lambda stage: stage.name != layer.name, stages)
    if any(stage.type not in SAME for stage in before):
        return NO_WORDS
    lengths = layer.lengths or (layer.timesteps,)
    return StepWords(_fitting(words_read(data, subject.trace, layer, lengths.index(max(lengths))), layer))


def words_read(data: Input | None, trace: Trace, layer: Recurrent, sample: int) -> tuple[str, ...]:
    """Return what the data calls each step that a layer reads of a sample: tokens, or labels of its axis."""
    if data is not None and layer.giver:
        return target_words(data, trace, layer)
    before = [] if trace.stage(layer.name) is None else trace.leading(layer.name)
    if data is None or data.timesteps != layer.timesteps or not all(keeps_steps(one) for one in before):
        return ()
    return data.sentences[sample] if data.sentences else _labels(data.axes.time)


def keeps_steps(stage: Stage) -> bool:
    """Whether a stage leaves each step where it was."""
    return stage.type in SAME | RECURRENT


def target_words(data: Input, trace: Trace, decoder: Recurrent) -> tuple[str, ...]:
    """Return what the data calls each step that a decoder reads; "" at the first where it reads target's
    step before.
    """
    how, _ = second_origin(trace, decoder)
    words = _labels(data.axes.target)
    if len(words) != decoder.timesteps or how not in {"as-given", "later"}:
        return ()
    return words if how == "as-given" else ("", *words[:-1])


def _labels(axis: Axis | None) -> tuple[str, ...]:
    return (axis.labels if axis else None) or ()


def _fitting(words: tuple[str, ...], layer: Recurrent) -> tuple[str, ...]:
    """The words, if there is one for each step and none is too long; else none."""
    fits = len(words) == layer.computed_steps
    return words if fits and all(labels.wide(word, bare.WORD) <= LONGEST for word in words) else ()
