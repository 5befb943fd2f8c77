"""Loops that read their own answers: a state that is made from what a round gives, and from nothing else."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace

from lstmviz.network.own_layers import giver_of, made_from
from lstmviz.network.recurrence import Fed, OwnLoop, StateVariable, StepOutput
from lstmviz.network.structure import Trace


def answering(trace: Trace, own: OwnLoop, kept: Collection[str] = ()) -> OwnLoop:
    """Return a loop with its own answers as what its rounds read; but for states whose letters are `kept`.

    The best token of a round, or its y, is handed on as any state is; it is read as an x is.
    """
    found = {
        state.tensor: (state, given) for state, given in _answers(trace, own) if state.letter not in kept
    }
    if not found or len(found) == len(own.states):
        return own
    fed = [
        Fed(state.letter, state.base, state.said, state.tensor, state.each, first=-1, answer=given.tensor)
        for state, given in found.values()
        if state.each is not None
    ]
    return replace(
        own,
        states=tuple(state for state in own.states if state.tensor not in found),
        answered=tuple(state for state, _ in found.values()),
        fed=(*fed, *own.fed),
        given=tuple(replace(one, state="") if one.tensor in found else one for one in own.given),
    )


def _answers(trace: Trace, own: OwnLoop) -> Iterator[tuple[StateVariable, StepOutput]]:
    """Yield the states that are made, by learned weights, from the other new states alone; and the answer.

    All that they are made from comes through that answer: they are it, or its best token.
    """
    loop = next((one for one in trace.loops if one.name == own.name), None)
    if loop is None or own.loop:
        return
    states = {state.tensor for state in own.states}
    for state in own.states:
        made = made_from(loop, states, state.tensor)
        if not made.takes or any(kind == "step" or lag for kind, _, lag in made.takes):
            continue
        for given in own.given:
            stages = made_from(loop, states, given.tensor).stages
            learned = any(stage.parameters for name in stages if (stage := trace.stage(name)))
            through = made_from(loop, {given.tensor}, state.tensor).takes
            only = given.tensor == state.tensor or through == {("state", given.tensor, 0)}
            if learned and only and not given.last and giver_of(given.tensor) in made.stages:
                yield state, given
                break
