"""Attention in a loop's round: what weighs the steps of a tensor that every round reads, told from the rest.

It is found by axes, not by names: calls of a round whose results have that tensor's time axis lead from it
to a call whose result has none. A softmax among them parts what scores the steps from what reads them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import groupby

from lstmviz.network.reach import reached
from lstmviz.network.recurrence import OwnLoop, Share
from lstmviz.network.rounds import Call, Loop
from lstmviz.network.steps import time_axis
from lstmviz.network.structure import Trace, split_name

NORMS = frozenset({"softmax", "log_softmax"})
"""What makes scores weights."""
INNER = "inner"


def shares_of(trace: Trace, loop: Loop, own: OwnLoop) -> tuple[Share, ...]:
    """Return the parts of a round from the scores to its rest, the cell; none if it is not parted so."""
    memories = {one.tensor for one in own.constants if one.whole and time_axis(one.whole.symbols) is not None}
    body = tuple(_merged(loop.body))
    return _Round(trace, body, own, memories).shares() if memories and _once(body) else ()


def _merged(body: Sequence[Call]) -> Iterator[Call]:
    """Yield the calls, those that follow each other in one stage as one: what cuts out its step, and it."""
    for stage, same in groupby(body, key=lambda call: call.stage):
        calls = list(same)
        taken = tuple(
            t for call in calls for t in call.taken if t[1] != INNER or split_name(t[2])[0] != stage
        )
        yield replace(calls[-1], taken=taken)


def _takes_of(call: Call, stage: str) -> bool:
    return any(kind == INNER and split_name(name)[0] == stage for _, kind, name, _ in call.taken)


def _once(body: Sequence[Call]) -> bool:
    return len({call.stage for call in body}) == len(body)


@dataclass(frozen=True)
class _Round:
    """The calls of a round, and the tensors with steps that every round reads."""

    trace: Trace
    body: Sequence[Call]
    own: OwnLoop
    memories: Collection[str]

    def shares(self) -> tuple[Share, ...]:
        """Return the parts; none if states or steps meet in them, and not in the rest of the round."""
        named = self._named()
        if not named:
            return ()
        self._absorb(named)
        calls = {call.stage: call for call in self.body}
        of = {stage: name for name, stages in named.items() for stage in stages}
        rest = [call for stage, call in calls.items() if stage not in of]
        states = {state.tensor for state in self.own.states}
        read = {name for call in rest for _, kind, name, lag in call.taken if kind == "state" and lag == 1}
        anew = {
            t for stage in of for t in calls[stage].taken if t[1] == "step" or (t[1] == "state" and t[3] > 1)
        }
        made = {tensor for tensor in states if split_name(tensor)[0] in of}
        all_ = any(
            kind == "constant" and name in self.memories for call in rest for _, kind, name, _ in call.taken
        )
        if not rest or not states <= read or anew or made or all_:
            return ()
        named["cell"] = [call.stage for call in rest]
        return tuple(
            Share(name, tuple(stages), self._gives(stages), self._takes([calls[s] for s in stages], stages))
            for name, stages in named.items()
        )

    @cached_property
    def _timed(self) -> dict[str, None]:
        """The calls that give something for each step of a memory."""
        found: dict[str, None] = {}
        for call in self.body:
            stage = self.trace.stage(call.stage)
            steps = stage is not None and any(time_axis(one.symbols) is not None for one in stage.outputs)
            if steps and self._reads(call, found):
                found[call.stage] = None
        return found

    def _reads(self, call: Call, timed: Collection[str]) -> bool:
        """Whether a call takes a memory, or what was made from one step by step."""
        return any(
            (kind == "constant" and name in self.memories) or (kind == INNER and split_name(name)[0] in timed)
            for _, kind, name, _ in call.taken
        )

    def _named(self) -> dict[str, list[str]]:
        """Return the parts by their names, each with the calls that it is, in their order."""
        timed = self._timed
        exits = [c.stage for c in self.body if c.stage not in timed and self._reads(c, timed)]
        if len(exits) > 1:
            return {}
        norms = [one for one in timed if (s := self.trace.stage(one)) and s.type.lower() in NORMS]
        if len(norms) != 1:
            return {"context": [*timed, *exits]} if exits else {}
        before = self._before(norms[0])
        scores = [one for one in timed if one in before]
        after = [one for one in timed if one not in before and one not in norms]
        parts = {"scores": scores, "softmax": norms, "context": [*after, *exits]}
        if not exits and after:
            return {}
        return {name: stages for name, stages in parts.items() if stages}

    def _before(self, stage: str) -> set[str]:
        """The calls of the round that a call's arguments come from."""
        calls = {call.stage: call for call in self.body}

        def inner(stage: str) -> list[str]:
            return [split_name(name)[0] for _, kind, name, _ in calls[stage].taken if kind == INNER]

        return {*reached(inner(stage), inner)}

    def _absorb(self, named: dict[str, list[str]]) -> None:
        """Count to a part what is called for it alone: a Linear of the state that asks."""
        kept = {split_name(one.tensor)[0] for one in self.own.states}
        kept |= {split_name(one.tensor)[0] for one in self.own.given}
        for call in reversed(self.body):
            takers = {other.stage for other in self.body if _takes_of(other, call.stage)}
            of = {name for name, stages in named.items() for one in takers if one in stages}
            alone = len(of) == 1 and takers <= {*named[next(iter(of))]}
            if alone and call.stage not in kept and not any(call.stage in one for one in named.values()):
                named[next(iter(of))].insert(0, call.stage)

    def _takes(self, calls: Sequence[Call], stages: Collection[str]) -> tuple[tuple[str, str, int], ...]:
        """What a part takes from outside of it."""
        taken = {(kind, name, lag) for call in calls for _, kind, name, lag in call.taken}
        return tuple(sorted(t for t in taken if not (t[0] == INNER and split_name(t[1])[0] in stages)))

    def _gives(self, inside: Sequence[str]) -> str:
        """The tensor that goes on from a part: what another call takes of it, else its last result."""
        taken = [n for call in self.body if call.stage not in inside for _, k, n, _ in call.taken
                 if k == INNER and split_name(n)[0] in inside]  # fmt: skip
        return taken[0] if taken else f"{inside[-1]}.output"
