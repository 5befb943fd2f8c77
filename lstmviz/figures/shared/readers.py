"""Who reads which tensor of a model; packing, which only stores otherwise, is looked through."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection

from lstmviz.network.rounds import Call
from lstmviz.network.stage_types import PACKS
from lstmviz.network.steps import StepDependence
from lstmviz.network.structure import Stage, Trace, split_name

TOLD = frozenset({
    "masked_fill", "masked_fill_", "gather", "getitem", "index_select", "take_along_dim", "mul", "div",
})  # fmt: skip
"""Calls that are told by another tensor which places to fill or to take, or by what to multiply or divide."""


OLD = frozenset({"state", "unknown"})
"""What a call takes of the round before: a state, or memory that each round writes into."""


def _goes_on(call: Call) -> bool:
    names = (tensor for _, kind, tensor, _ in call.taken if kind in OLD)
    return any(call.stage in {tensor, split_name(tensor)[0]} for tensor in names)


class StageReaders:
    """Who reads what in a trace; packing, which only stores otherwise, is looked through.

    `without` are stages that put together what a loop gave: what they give is known as the loop's own.
    With a `result`, what leads to other results of the model alone is not there.
    """

    def __init__(self, trace: Trace, without: Collection[str] = (), result: str = "") -> None:
        self.stages = trace.stages
        self._by_name = {stage.name: stage for stage in trace.stages}
        self.results = {self.origin(one) for one in ([result] if result else trace.returned)}
        leading = trace.behind([result]) if result else self._by_name.keys()
        self._made_of: frozenset[str] = frozenset()
        self.told_by: dict[str, tuple[str, ...]] = {}
        """What stages read beside what they stand on, as far as it was asked."""
        self.rows_of: frozenset[str] = frozenset()
        """Stages that are rows wherever they can be: others stand on them."""
        self.carried = frozenset(call.stage for loop in trace.loops for call in loop.body if _goes_on(call))
        """The stages that read in each round of a loop what they gave in the last: a sum, a maximum."""
        self._readers: dict[str, list[Stage]] = defaultdict(list)
        places = {stage.name: place for place, stage in enumerate(trace.stages)}
        for place, stage in enumerate(trace.stages):
            helps = stage.type in PACKS or stage.name in without or stage.name not in leading
            for source in self.sources(stage) if not helps else ():
                if places.get(split_name(source)[0], -1) < place:  # its own answer stands on no layer
                    self._readers[source].append(stage)

    def sources(self, stage: Stage) -> tuple[str, ...]:
        """The tensors that a stage reads."""
        return tuple(dict.fromkeys(self.origin(source) for source in stage.sources))

    def origin(self, source: str) -> str:
        """The tensor that a source is, packed or not."""
        stage = self._by_name.get(split_name(source)[0])
        if stage is None or stage.type not in PACKS:
            return source
        before = self.sources(stage)
        return before[0] if len(before) == 1 else source

    def readers(self, tensor: str) -> list[Stage]:
        """The stages that read a tensor, in the order in which they ran."""
        return self._readers.get(tensor, [])

    def stand_on(self, tensors: Collection[str]) -> None:
        """From now on tell what comes of these tensors from what comes of none."""
        found: set[str] = set()
        for stage in self.stages:
            if any(one in tensors or split_name(one)[0] in found for one in self.sources(stage)):
                found.add(stage.name)
        self._made_of = frozenset(found)

    def besides(self, stage: Stage, source: str, output: str) -> bool:
        """Whether a stage reads beside what it stands on: which places it means, or steps each at its own."""
        if split_name(source)[0] in self._made_of:
            return False
        reading = self.reading(stage, source, output)
        axes = {one.given for one in stage.reads if one.output == output}  # each at its own: along one axis
        own = reading is not None and axes == {reading.given} != {None} and reading.relation.kind == "own"
        return own or (stage.type in TOLD and source != self.sources(stage)[0])

    def reading(self, stage: Stage, source: str, output: str) -> StepDependence | None:
        """What a result of a stage reads of a source, step by step; None if that is not known."""
        found = [one for one in stage.reads if self.origin(one.source) == source]
        return next((one for one in found if one.output == output), None)
