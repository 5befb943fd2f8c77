"""A loop as it ran again with derivatives: what each round depends on, and whether its wiring gives the same.

Neither is how the trace found it: that followed where tensors are kept.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import torch

from lstmviz.network.user.call_recorder import CallRecorder
from lstmviz.network.user.changer import Change
from lstmviz.network.user.events import Event, Source
from lstmviz.network.user.kinds import outputs_of
from lstmviz.network.user.loop_kinds import PIECES
from lstmviz.network.user.loop_rounds import LoopRun, Round, RoundInput
from lstmviz.network.user.mixed_inputs import Part
from lstmviz.network.user.recorder import Recorder
from lstmviz.network.user.values import leaves, mapped

Moved = Callable[[Change], "dict[int, torch.Tensor | None] | None"]
Rerun = Callable[[], "CallRecorder | None"]
CLOSE = 1e-9
"""Replayed values against the run's own, in float64, as a part of the largest of them."""


@dataclass(frozen=True)
class RoundsRun:
    """One loop of a run with derivatives; `others` are all loops of the run, this one among them."""

    ran: LoopRun
    record: Recorder
    others: Sequence[LoopRun]
    moved: Moved
    again: Rerun
    """Runs the module once more on other numbers; None if that cannot be."""
    name_of: Callable[[Source], str]

    @property
    def name(self) -> str:
        """The loop's name in the trace."""
        return self.ran.name

    @cached_property
    def _made(self) -> Mapping[Source, tuple[str, str, int]]:
        """Of what each round of each loop makes: the loop, the tensor, the round; this loop's own first."""
        return {
            source: (loop.name, tensor, number)
            for loop in (*self.others, self.ran)
            for number, one in enumerate(loop.rounds)
            for tensor, source in one.made.items()
        }

    def depends(
        self, number: int, tensor: str, stages: Sequence[str] = (), told: Collection[RoundInput] = ()
    ) -> frozenset[RoundInput] | None:
        """Find by derivatives from what a round makes a tensor, as a trace says it; None if it has none.

        Of a layer in the round derivatives pass through its own `stages` alone.
        A table that is `told` to be handed on is read as the round before left it, not as those did that
        wrote into it earlier. Of what is read anew the lag is how many rounds before the part was, or would
        be, read.
        """
        one = self.ran.rounds[number]
        source = one.made[tensor]
        event = self.record.events[source[0]]
        starts = [start for start in self.record.start(event) if start[0].name == source[1]]
        if not starts:
            return None
        found: set[RoundInput] = set()
        homes = self.record.home
        within = {i for i in one.calls if i in homes and homes[i].name in stages} if stages else one.calls
        turns = self.feeding(number)
        within = within - {source[0] for source in turns}
        before = self.ran.rounds[number - 1].made if number else {}
        whole = {before[name] for kind, name, lag in told if (kind, lag) == ("state", 1) and name in before}
        reached = self.record.reached(starts, frozenset(within), frozenset(whole))
        for read, grad in ((source, reached[source]) for source in self.record.latest(reached)):
            if grad is not None and read in turns:
                found.add(("mixed", turns[read], 0))
            elif grad is not None:
                found |= set(self._takes(read, grad, number))
        return frozenset(found)

    def feeding(self, number: int) -> dict[Source, str]:
        """Return what feeds the inputs that a round reads in turns, and which input that is."""
        found = ((one.sources.get(number), tensor) for tensor, one in self.ran.mixed.items())
        return {source: tensor for source, tensor in found if source is not None}

    def reads_part(self, number: int, tensor: str, axis: int, place: int) -> bool | None:
        """Say whether what a round reads in turns moves with a step of its target; None: it was not tried."""
        one = self.ran.mixed[tensor]
        whole = next(turn.whole for turn in one.turns.values() if isinstance(turn, Part))
        calls = self.ran.rounds[number].calls | self.ran.rounds[max(number - 1, 0)].calls
        source = one.sources.get(number, whole)
        moved = self.moved(Change(whole, axis, place, free=frozenset(calls - {source[0]})))
        return None if moved is None else source[0] in moved

    def _takes(self, read: Source, grad: torch.Tensor, number: int) -> Iterator[RoundInput]:
        if read in self._made:
            loop, tensor, of = self._made[read]
            read_as, lag = self.ran.reads.get(tensor), number - of
            if loop != self.name and read_as and read_as.steps:  # whose rounds may be read from the last on
                lag = read_as.lag(of, number, len(self.ran.rounds))
            read_now = loop != self.name or (number == of and read_as is not None)
            yield ("step" if read_now else "state", tensor, lag)
            return
        name, rows = self._rows(read, grad)
        read_as = self.ran.reads.get(name)
        if read_as is None or rows is None:
            yield ("constant", name, 0)
            return
        handed = name in self.ran.rounds[0].made  # what a round read, and hands on as it is
        for part in dict.fromkeys(int(row) // read_as.size for row in rows):
            lag = read_as.lag(part, number, len(self.ran.rounds))
            yield ("state" if handed and lag == 1 else "step", name, lag)

    def _rows(self, read: Source, grad: torch.Tensor) -> tuple[str, list[int] | None]:
        """Return which steps of a tensor are read, and what it is called: a piece of it is one of them."""
        event = self.record.events[read[0]] if read[0] >= 0 else None
        if event is not None and event.type in PIECES and event.sources:
            name = self.name_of(self.record.cut_from(event.slots[0].sources[0]))
            whole, part = self.ran.reads.get(name), event.cuts.get(read[1].removeprefix("output."))
            if whole is not None and whole.axis is not None and part is not None:
                return name, [part[whole.axis][0]]
        name = self.name_of(read)
        whole = self.ran.reads.get(name)
        if whole is None or whole.axis is None or whole.axis >= grad.dim():
            return name, None
        found = grad.movedim(whole.axis, 0).reshape(grad.shape[whole.axis], -1).ne(0).any(-1)
        return name, found.nonzero().flatten().tolist()

    def shown(self, number: int, tensor: str, take: RoundInput) -> bool | None:
        """Say whether a tensor of a round moves with what has no derivative; None if that cannot be tried."""
        one = self.ran.rounds[number]
        last = max((*one.calls, one.made[tensor][0]))
        tried = [self.moved(replace(change, until=last)) for change in self._changes(number, tensor, take)]
        if any(moved is not None and one.made[tensor][0] in moved for moved in tried):
            return True
        return False if tried and None not in tried else None

    def passes_on(self, number: int, answer: str, read: str) -> bool | None:
        """Say whether a state of a round is what it gives, or moves with that; None if it cannot be tried.

        A best token moves where another number is made the greatest.
        """
        made = self.ran.rounds[number].made
        later = self.ran.mixed.get(read)
        source = later.sources[number + 1] if later else made[read]
        if made[answer] == source:
            return True
        after = self.ran.rounds[number + 1].calls - {source[0]} if later else set()
        free = frozenset(self.ran.rounds[number].calls | after) - {made[answer][0]}
        told = True
        for scale in (1.37, -1e3, 1e3):
            moved = self.moved(Change(made[answer], scale=scale, free=free))
            if moved is not None and source[0] in moved:
                return True
            told = told and moved is not None
        return False if told else None

    def _changes(self, number: int, tensor: str, take: RoundInput) -> Iterator[Change]:
        """Yield the changes of what a round takes; of what only cuts a part out, that of the part itself."""
        calls, made = self.ran.rounds[number].calls, self.ran.rounds[number].made[tensor][0]
        for source in self._sources(number, take):
            if source[0] != made:
                yield Change(source, free=frozenset(calls - {source[0]}))
                continue
            read = self.ran.reads.get(take[1])
            parts = len(read.steps or read.spans) if read and take[0] == "step" else 0
            if read and read.axis is not None and number - take[2] < parts:
                place = read.spans[number][0] if read.spans else read.steps[number - take[2]] * read.size
                for whole in (one for slot in self.record.events[made].slots for one in slot.sources):
                    yield Change(self.record.cut_from(whole), read.axis, place, free=frozenset(calls))

    def _sources(self, number: int, take: RoundInput) -> Iterator[Source]:
        kind, name, lag = take
        if kind == "mixed":
            yield from (source for source, tensor in self.feeding(number).items() if tensor == name)
            return
        if kind == "state" and number >= lag:
            yield self.ran.rounds[number - lag].made[name]
            return
        for index in sorted(self.ran.rounds[number].calls):
            event = self.record.events[index]
            read = [self.record.cut_from(source) for slot in event.slots for source in slot.sources]
            if any(self.name_of(source) == name for source in read):
                yield (event.index, event.outputs[0][0])

    @cached_property
    def replayed(self) -> tuple[bool, str]:
        """Whether the calls of the rounds, wired as found, give on other numbers what the module gives there.

        If that could not be tried, say why; it is no fault then.
        """
        if any(self.record.events[i].writes for one in self.ran.rounds for i in one.calls):
            return True, "a round writes into memory that was there before: it is not replayed"
        other = self.again()
        if other is None or len(other.events) != len(self.record.events):
            return True, "the module does otherwise on other numbers: its rounds are not replayed"
        with torch.no_grad():
            return _Replay(self, other).result()


class _Replay:
    """The calls of a loop, made again on the numbers of another run."""

    def __init__(self, loop: RoundsRun, other: CallRecorder) -> None:
        self.loop, self.other = loop, other
        self.values: dict[Source, torch.Tensor] = {}
        self.earlier: set[int] = set()
        """The calls of the rounds before."""

    def result(self) -> tuple[bool, str]:
        """Replay every round; each state must be the other run's own."""
        for number, one in enumerate(self.loop.ran.rounds):
            before = self.loop.ran.rounds[number - 1] if number else None
            for index in sorted(filter(self._counts, one.calls)):
                event = self.loop.record.events[index]
                handed = ({*before.made.values()} if before else set()) | {*self.loop.feeding(number)}
                if left := self._left_out(event, handed):
                    return (
                        False,
                        f"round {number + 1} reads {left} of an earlier round, and no state hands it on",
                    )
                try:
                    named = self._call(event, self._arguments(event, one, handed))
                except Exception as error:  # noqa: BLE001 (torch's and the user's own)
                    return True, f"{event.name or event.type} cannot be called again: {error}"
                # a view may ask for memory in order: `contiguous()` is no call of its own
                self.values |= {(index, name): tensor.contiguous() for name, tensor in named}
            for tensor, source in one.made.items():
                true = dict(self._given(source[0])).get(source[1])
                if self.loop.record.events[source[0]].type in PIECES and true is not None:
                    self.values[source] = true  # it was read, and is handed on as it is
                if true is None or not _close(self.values.get(source), true):
                    return self._told(one, number, tensor)
            self.earlier |= one.calls
        return True, ""

    def _counts(self, index: int) -> bool:
        """Whether the model's result comes from a call: others are no part of it, and hand nothing on."""
        record = self.loop.record
        return index in record.home or record.events[index].type in PIECES

    def _left_out(self, event: Event, handed: Collection[Source]) -> str:
        """Say what a call reads of an earlier round that is no state; nothing if there is none."""
        for source in (source for slot in event.slots for source in slot.sources):
            cut = self.loop.record.events[source[0]].type in PIECES
            if source[0] in self.earlier and source not in handed and not cut:
                return self.loop.name_of(source)
        return ""

    def _told(self, one: Round, number: int, tensor: str) -> tuple[bool, str]:
        """Say that a round gives something else, unless one of its calls does when it is made as it was."""
        for index in sorted(one.calls):
            event = self.other.events[index]
            named = self._call(event, (event.args, event.kwargs))
            if not all(_close(a, b) for (_, a), (_, b) in zip(named, self._given(index), strict=False)):
                return True, f"{event.name or event.type} gives something else when it is called again"
        return False, f"round {number + 1}, replayed with the states that were found, gives another {tensor}"

    def _given(self, index: int) -> list[tuple[str, torch.Tensor]]:
        event = self.other.events[index]
        return outputs_of(event.module, event.result)

    def _call(self, event: Event, given: tuple[Any, Any]) -> list[tuple[str, torch.Tensor]]:
        call = event.module if event.module is not None else event.func
        args, kwargs = given
        return outputs_of(event.module, call(*args, **kwargs))

    def _arguments(self, event: Event, one: Round, handed: Collection[Source]) -> tuple[Any, Any]:
        """Return a call's arguments: what the round made, states as replayed, all else from the other run."""
        theirs = self.other.events[event.index]
        taken = [event.args[0] if len(event.args) == 1 else list(event.args), dict(event.kwargs)]
        others = [theirs.args[0] if len(theirs.args) == 1 else list(theirs.args), dict(theirs.kwargs)]
        sources = {slot.name: slot.sources for slot in event.slots}
        new: dict[int, torch.Tensor] = {}
        for mine, other in zip(taken, others, strict=True):
            beside = dict(leaves(other))
            for name, tensor in leaves(mine):
                found = sources.get(name, ())
                known = [s for s in found if (s[0] in one.calls or s in handed) and s in self.values]
                if not found:
                    continue
                own = self.values[known[0]] if len(found) == 1 and known else beside[name]
                new[id(tensor)] = own.to(tensor.dtype)  # a cast on the way is no call of its own
        return mapped((event.args, dict(event.kwargs)), lambda t: new.get(id(t), t))  # type: ignore[no-any-return]


def _close(one: torch.Tensor | None, two: torch.Tensor) -> bool:
    if one is None or one.shape != two.shape:
        return False
    if not one.is_floating_point():
        return bool(torch.equal(one, two))
    exact = CLOSE if one.dtype is torch.float64 else 1e-4
    return bool(torch.allclose(one, two, rtol=exact, atol=exact * float(two.abs().max() or 1.0)))
