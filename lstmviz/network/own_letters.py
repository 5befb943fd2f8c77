"""The letters F and H of loops of the user's own code: of which axes of which tensors they are the sizes.

N and T are found by running; F is what a step of the model's input holds beside, H the units of a state.

Letters of what stands on a recurrent layer: its steps are the layer's.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping

from lstmviz.network.recurrence import Fed, OwnLoop
from lstmviz.network.structure import Recurrent, Stage, Tensor, Trace, full_name
from lstmviz.spec.layer_types import EACH_STEP

VECTORS = 2
"""A share with more axes (samples, units) is an image, or a matrix: its sizes are no F."""

Axis = tuple[str, int, str]
"""A tensor's full name, one of its axes from the last, and a letter for it."""


def units_of(own: OwnLoop) -> int:
    """Return how many units the states have that are vectors; 0 if none is, or they differ."""
    shares = [s.each.sizes for s in own.states if s.each is not None and 0 < len(s.each.sizes) <= VECTORS]
    found = {sizes[-1] for sizes in shares if sizes[-1] > 1}  # one number a sample is no layer: a token
    return found.pop() if len(found) == 1 else 0


def letters_of_loop(own: OwnLoop, letters: Mapping[int, str], inputs: Collection[str]) -> Iterator[Axis]:
    """Yield the axes that have a letter: of states, of what holds them, of what is read of `inputs`.

    `letters` are those of units, by their number, `inputs` the names of what the model takes.
    """
    letter, units = letters.get(units_of(own), ""), units_of(own)
    states = {one.tensor for one in own.states}
    held = [(one.tensor, one.each) for one in own.states if one.each is not None]
    held += [
        (one.whole.name, one.each) for one in own.given if one.whole is not None and one.tensor in states
    ]
    if units and letter:
        for name, each in held:
            yield from ((name, axis, letter) for axis in _axes(each, units))
    vectors = max((len(each.sizes) for _, each in held if len(each.sizes) <= VECTORS), default=0)
    for fed in own.fed:
        if fed.tensor in inputs and fed.whole is not None and 0 < vectors == len(fed.each.sizes):
            yield fed.tensor, _features(fed), "F" if fed.tensor == "input" else "F′"


def _axes(each: Tensor, size: int) -> Iterator[int]:
    """Yield the axes of one step's share that are so long, from the last."""
    yield from (axis - len(each.sizes) for axis, one in enumerate(each.sizes) if one == size)


def _features(fed: Fed) -> int:
    """Return the last axis of what is read step by step that is not the steps'."""
    assert fed.whole is not None
    last = len(fed.whole.sizes) - 1
    return -1 if fed.axis not in {last, -1} else -2


def letters_after(
    trace: Trace,
    layer: Recurrent,
    stage: Stage,
    spelt: Mapping[str, tuple[str, ...]],
    source: Callable[[Stage, int], str | None],
) -> dict[str, tuple[str, ...]]:
    """Spell what is made of a layer's output, as far as every step is worked on by itself.

    `spelt` is what is said of each tensor, by its full name; `source` names what a stage reads.
    """
    own = {full_name(stage, tensor) for tensor in stage.outputs[:1]}
    found = {name: spelt[name] for name in own}
    for one in trace.stages:
        read = found.get(source(one, 0) or "")
        made = full_name(one, one.outputs[0]) if one.outputs else ""
        if read is None or one.type not in EACH_STEP or len(spelt[made]) != len(read):
            continue
        pairs = zip(spelt[made][:-1], read[:-1], strict=True)
        steps = (new if old == str(layer.timesteps) else old for old, new in pairs)
        found[made] = (*steps, spelt[made][-1])
    return found
