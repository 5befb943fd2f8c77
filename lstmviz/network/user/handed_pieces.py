"""What a round read anew, and hands on as it is, ``for x_t in x: …; last = x_t``: a state of the loop."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection

from lstmviz.network.rounds import Loop, Made, State
from lstmviz.network.user.loop_rounds import RoundInput, Rounds


def handed_on(loop: Loop, rounds: Rounds) -> Loop:
    """Return a loop with a state for each part of a tensor that the round after reads, too.

    The parts become what the rounds make.
    """
    for late in loop.reads:
        whole = [one for one in loop.reads if (one.tensor, one.axis) == (late.tensor, late.axis)]
        if late.how != "step" or not any(one.steps[:-1] == late.steps for one in whole):
            continue  # where the first round reads one too, each round reads several of them
        pieces, slots = rounds.pieces(late.steps), rounds.slots(late.steps)
        if len(pieces) != loop.rounds:
            continue
        for one, source in zip(rounds.rounds.values(), pieces, strict=True):
            one.made[late.tensor] = source
        sizes = dict(rounds.analysis.seen[pieces[0][0]].event.outputs)[pieces[0][1]]
        called = dict(loop.called)
        name = next((called[f"{cut}.output"] for cut in late.stages if f"{cut}.output" in called), "")
        state = State(
            name if rounds.cuts(late.steps) else late.name,
            late.tensor,
            late.stages,
            sizes,
            zeros=rounds.begins_with_zeros(slots),
        )
        loop = _with_state(loop, state, {f"{cut}.output" for cut in late.stages if rounds.cuts(late.steps)})
        loop = dataclasses.replace(loop, reads=tuple(one for one in loop.reads if one != late))
    return loop


def _with_state(loop: Loop, state: State, cut: Collection[str]) -> Loop:
    """Return a loop in which what was read one round late, or `cut` out again, is a state."""
    late = {("step", state.tensor, 1), *(("inner", tensor, 0) for tensor in cut)}

    def take(one: RoundInput) -> RoundInput:
        return ("state", state.tensor, 1) if one in late else one

    made = tuple(
        dataclasses.replace(one, takes=tuple(sorted({take(each) for each in one.takes}))) for one in loop.made
    )
    body = tuple(
        dataclasses.replace(
            call, taken=tuple((slot, *take((kind, name, lag))) for slot, kind, name, lag in call.taken)
        )
        for call in loop.body
        if f"{call.stage}.output" not in cut
    )
    handed = Made(state.tensor, (("step", state.tensor, 0),))
    return dataclasses.replace(loop, made=(*made, handed), body=body, states=(*loop.states, state))
