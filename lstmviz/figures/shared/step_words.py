"""The user's own words for the steps of a bare layer, in place of the letters of input and output."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import takewhile

from lstmviz.figures.base import Subject
from lstmviz.figures.shared import bare
from lstmviz.network.structure import Recurrent
from lstmviz.scene import labels
from lstmviz.scene.labels import Inline
from lstmviz.spec.layer_types import EACH_STEP
from lstmviz.translation.messages import literal

SAME = EACH_STEP | {"embedding", "pack"}
"""Stages that leave each step where it was."""
LONGEST, PAD = 80.0, 8.0
"""A word wider than this is no word for a step, pt; and the room beside one."""


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
        shown = (self.label(step), self.label(step, out=True))
        return max((one.width + PAD for one in shown if one), default=0.0)

    def label(self, step: int, *, out: bool = False) -> Inline | None:
        """The word of a step, counted from 1."""
        words = self.given if out else self.read
        return labels.words(literal(words[step - 1]), bare.WORD) if 0 < step <= len(words) else None


NO_WORDS = StepWords()


def words_of(subject: Subject, layer: Recurrent) -> StepWords:
    """Return the words for what a layer reads, or, of a decoder, gives: tokens, or labels of the axis.

    The steps are those of the longest sample, which is drawn. Long words are left out, all of them.
    """
    data, stages = subject.data, subject.trace.stages
    before = takewhile(lambda stage: stage.name != layer.name, stages)
    if data is None or (not layer.states_from and any(stage.type not in SAME for stage in before)):
        return NO_WORDS
    lengths = layer.lengths or (layer.timesteps,)
    axis = data.axes.horizon if layer.states_from else data.axes.time
    words = tuple((axis.labels if axis else None) or ())
    if data.sentences and not layer.states_from:
        words = data.sentences[lengths.index(max(lengths))]
    fitting = all(labels.wide(word, bare.WORD) <= LONGEST for word in words)
    if len(words) != max(lengths) or not fitting:
        return NO_WORDS
    return StepWords(given=words) if layer.states_from else StepWords(read=words)
