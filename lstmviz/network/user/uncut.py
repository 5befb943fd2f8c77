"""Where loops detach their states: a run whose derivatives go no further than the user's code lets them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lstmviz.network.rounds import Loop
from lstmviz.network.structure import Trace
from lstmviz.network.user.loop_rounds import LoopRun
from lstmviz.network.user.recorder import Recorder

MOST = 24
"""So many rounds of a loop are tried at most."""


def cut_faults(trace: Trace, record: Recorder, loops: Sequence[LoopRun]) -> Iterator[str]:
    """Say where a derivative goes back over what is said to be detached, or none does where nothing is."""
    for loop in trace.loops:
        ran = next((one for one in loops if one.name == loop.name), None)
        if ran is not None and any(state.cut or state.detached for state in loop.states):
            yield from _of(loop, record, ran)


def _of(loop: Loop, record: Recorder, ran: LoopRun) -> Iterator[str]:
    every = max(1, len(ran.rounds) // MOST)
    cuts = {number for state in loop.states for number in state.cut if number < len(ran.rounds)}
    for number in sorted({*range(1, len(ran.rounds), every), *sorted(cuts)[:MOST]}):
        one, before = ran.rounds[number], ran.rounds[number - 1]
        starts = [
            start
            for tensor, source in one.made.items()
            for start in record.start(record.events[source[0]])
            if start[0].name == source[1] and tensor
        ]
        found = record.reached(starts, frozenset(one.calls)) if starts else {}
        for state in loop.states:
            passes = found.get(before.made[state.tensor]) is not None
            if passes is (state.detached or number in state.cut):
                what = "a derivative goes" if passes else "no derivative goes"
                yield f"{what} back over {state.name} as round {number + 1} of {loop.name} begins"
