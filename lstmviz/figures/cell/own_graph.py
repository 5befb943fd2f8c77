"""One round of a loop of one's own as a graph: its calls, what they read, and what leaves it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from lstmviz.figures.cell.own_calls import Sign, sign
from lstmviz.network.recurrence import OwnLoop
from lstmviz.network.rounds import Call, Loop
from lstmviz.network.structure import Trace
from lstmviz.scene import ids


@dataclass
class Graph:
    """One round as a graph: its calls, what they read, and what leaves it."""

    own: OwnLoop
    loop: Loop
    trace: Trace
    prefix: str
    signs: dict[str, Sign] = field(init=False)
    alias: dict[str, str] = field(init=False)
    """The chip of what is only a step of a tensor, or is handed on as a round read it."""

    def __post_init__(self) -> None:
        fed = {one.take: number for number, one in enumerate(self.own.fed)}
        anew: dict[str, int] = {}
        for number, one in enumerate(self.own.fed):
            anew.setdefault(one.tensor, number)
        self.alias = {s.tensor: self.read(anew[s.tensor]) for s in self.own.states if s.tensor in anew}
        kept = []
        for call in self.loop.body:
            stage = self.trace.stage(call.stage)
            steps = [one for one in call.taken if one[1] == "step"]
            if stage and stage.type == "getitem" and len(call.taken) == len(steps) == 1:
                self.alias[f"{call.stage}.output"] = self.read(fed[steps[0][1:]])
            else:
                kept.append(call)
        used = self._used(kept)
        names = dict(self.loop.called)
        stages = {call.stage: self.trace.stage(call.stage) for call in kept if call.stage in used}
        hidden = dict.fromkeys(self.leaving(), "")  # the chip has the name
        read = {tensor for call in kept if (of := self.trace.stage(call.stage)) and of.type == "mul"
                for _, _, tensor, _ in call.taken}  # fmt: skip
        self.signs = {
            call.stage: sign(call, stage, names | hidden, read, self.own.name)
            for call in kept
            if (stage := stages.get(call.stage)) is not None
        }

    def _used(self, calls: list[Call]) -> set[str]:
        """Return the stages from which something is handed on or given."""
        made = {call.stage: call for call in calls}
        open_ = [self.stage_of(name) for name in self.leaving()]
        found: set[str] = set()
        while open_:
            stage = open_.pop()
            if stage in made and stage not in found:
                found.add(stage)
                open_ += [self.stage_of(one[2]) for one in made[stage].taken if one[1] == "inner"]
        return found

    def stage_of(self, tensor: str) -> str:
        """Return the stage that gives a tensor: names of stages and of outputs may have dots."""
        found = [call.stage for call in self.loop.body if tensor.startswith(f"{call.stage}.")]
        return max(found, key=len, default="")

    def leaving(self) -> dict[str, str]:
        """Return what a round hands on or gives, and the id of its chip."""
        found = {one.tensor: ids.named(one.letter, "t", prefix=self.prefix) for one in self.own.states}
        for one in self.own.given:
            if not one.state:
                found.setdefault(one.tensor, ids.named(one.letter, "t", prefix=self.prefix))
        return found

    def read(self, place: int) -> str:
        """Return the id of the chip of what is read anew."""
        return ids.named(self.own.fed[place].letter, "t", prefix=self.prefix)

    def source(self, kind: str, tensor: str, lag: int = 0) -> str:
        """Return the node that a tensor comes from."""
        if kind == "inner":
            return self.alias.get(tensor) or ids.named("op", self.stage_of(tensor), prefix=self.prefix)
        if kind == "state":
            state = next(one for one in self.own.states if one.tensor == tensor)
            return ids.named(state.letter, "t-1", prefix=self.prefix)
        if kind == "constant":
            letter = next(one.letter for one in self.own.constants if one.tensor == tensor)
            return f"{self.prefix}{letter}"
        last = self.own.timesteps
        found = (
            number
            for number, one in enumerate(self.own.fed)
            if (
                one.turns == tensor and one.is_read(last)
                if kind == "mixed"
                else one.take == (kind, tensor, lag)
            )
        )
        return self.read(next(found))

    def lines(self) -> dict[tuple[str, str], list[str]]:
        """Return, by source and tensor, the nodes that read it: each once."""
        found: dict[tuple[str, str], list[str]] = defaultdict(list)
        for call in self.loop.body:
            for _, kind, tensor, lag in call.taken if call.stage in self.signs else ():
                node = self.source(kind, tensor, lag)
                read = "" if node in self.alias.values() or kind != "inner" else tensor
                targets = found[node, read]
                target = ids.named("op", call.stage, prefix=self.prefix)
                targets += [target] if target not in targets else []
        for tensor, chip in self.leaving().items():
            node = self.source("inner", tensor)
            found[node, "" if node in self.alias.values() else tensor].append(chip)
        return dict(found)
