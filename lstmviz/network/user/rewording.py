"""A user's calls in the words of a spec: ``h_n[-1]`` is a last_state, a mean over time pool_steps."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lstmviz.network.structure import Recurrent, Stage, Trace

INDEX = re.compile(r"\[(-?\d+)(, :)*\]")
POOLS = {"mean": "mean", "max": "max", "amax": "max"}
"""Functions that make one vector of all steps, and the mode of pool_steps that does the same."""
POINTWISE = frozenset({"relu", "tanh", "sigmoid", "gelu", "leaky_relu", "elu", "silu", "dropout", "identity"})
"""Layers to which it is one where the axes are."""
EXCHANGES = frozenset({"transpose", "permute"})


def reworded(trace: Trace) -> Trace:
    """Return the trace with such calls as the layers of a spec that do the same."""
    words = _Words(trace)
    for stage in trace.stages:
        words.add(stage)
    results = tuple(words.named.get(name, name) for name in trace.results)
    read = {source for stage in words.stages for source in stage.sources} | {*results}
    kept = [s for s in words.stages if s.name not in words.merged or f"{s.name}.output" in read]
    stages, renamed = _after_exchanges(kept, results)
    results = tuple(renamed.get(name, name) for name in results)
    return replace(trace, stages=tuple(stages), results=results)


def _after_exchanges(stages: list[Stage], results: tuple[str, ...]) -> tuple[list[Stage], dict[str, str]]:
    """Put what is computed number by number behind the exchange of axes that ends a conv1d, as a spec has it.

    ``conv1d, relu, transpose`` gives what ``conv1d, transpose, relu`` gives. Returns who is now another.
    """
    read = Counter((*(source for stage in stages for source in stage.sources), *results))
    found, renamed = list(stages), dict[str, str]()
    for at in range(len(found)):
        end = at + 1
        while end < len(found) and found[end].type in POINTWISE and _alone_reads(found, end, read):
            end += 1
        moves = end < len(found) and found[end].type in EXCHANGES and _alone_reads(found, end, read)
        if found[at].type != "conv1d" or end == at + 1 or not moves:
            continue
        exchange, moved = replace(found[end], sources=(f"{found[at].name}.output",)), found[at + 1 : end]
        placed = [exchange]
        for stage in moved:
            shape = tuple(replace(one, sizes=exchange.outputs[0].sizes) for one in stage.outputs)
            placed.append(replace(stage, outputs=shape, sources=(f"{placed[-1].name}.output",)))
        found[at + 1 : end + 1] = placed
        renamed[f"{exchange.name}.output"] = f"{moved[-1].name}.output"
        for later in range(end + 1, len(found)):
            sources = tuple(renamed.get(one, one) for one in found[later].sources)
            found[later] = replace(found[later], sources=sources)
    return found, renamed


def _alone_reads(stages: list[Stage], at: int, read: Counter[str]) -> bool:
    """Whether a stage reads the one before, and nothing else does."""
    before = f"{stages[at - 1].name}.output"
    return stages[at].sources == (before,) and read[before] == 1


class _Words:
    """The stages so far, in a spec's words."""

    def __init__(self, trace: Trace) -> None:
        self.recurrent = {layer.name: layer for layer in trace.recurrent}
        self.padded = any(layer.lengths for layer in trace.recurrent)
        self.batch_first = all(layer.batch_first for layer in trace.recurrent)
        self.stages: list[Stage] = []
        self.named: dict[str, str] = {}
        self.merged: set[str] = set()
        self.ends: dict[str, tuple[str, int]] = {}

    def add(self, stage: Stage) -> None:
        """Take one stage."""
        stage = replace(stage, sources=tuple(self.named.get(s, s) for s in stage.sources))
        ways = (self._state, self._both_ends, self._step, self._pooled, self._attention)
        found = next((made for way in ways if (made := way(stage))), stage)
        if found.type != stage.type and stage.function and all(s.name != found.type for s in self.stages):
            self.named[f"{stage.name}.output"] = f"{found.type}.output"
            self.named[f"{stage.name}.{stage.outputs[0].name}"] = f"{found.type}.output"
            found = replace(found, name=found.type)
        self.stages.append(found)

    def _state(self, stage: Stage) -> Stage | None:
        """Return a last_state for the last layer's row of h_n; note which row of it any other is."""
        layer = self._of_states(stage.sources)
        match = INDEX.fullmatch(str(dict(stage.arguments).get("index", "")))
        if layer is None or stage.type != "getitem" or match is None:
            return None
        rows = layer.num_layers * (2 if layer.bidirectional else 1)
        row = int(match[1]) % rows
        self.ends[f"{stage.name}.output"] = (layer.name, row - rows)
        alone = row == rows - 1 and rows == layer.num_layers
        return replace(stage, type="last_state", arguments=()) if alone else None

    def _of_states(self, sources: tuple[str, ...]) -> Recurrent | None:
        name, _, what = sources[0].rpartition(".") if len(sources) == 1 else ("", "", "")
        return self.recurrent.get(name) if what == "h_n" else None

    def _both_ends(self, stage: Stage) -> Stage | None:
        """Return a last_state for both directions' last rows of h_n, side by side."""
        ends = [self.ends.get(source, ("", 0)) for source in stage.sources]
        rows, names = [row for _, row in ends], {name for name, _ in ends}
        if stage.type != "cat" or rows != [-2, -1] or len(names) > 1:
            return None
        layer = self.recurrent[ends[0][0]]
        last = len(stage.outputs[0].sizes) - 1
        if not layer.bidirectional or dict(stage.arguments).get("dim") not in {-1, last}:
            return None
        self.merged |= {source.removesuffix(".output") for source in stage.sources}
        return replace(stage, type="last_state", arguments=(), sources=(f"{layer.name}.h_n",))

    def _step(self, stage: Stage) -> Stage | None:
        """Return a last_step for the last step of a sequence, none of which is padding."""
        wanted = ({"[:, -1]", "[:, -1, :]"}, {"[-1]", "[-1, :, :]"})[0 if self.batch_first else 1]
        sequence = stage.inputs and len(stage.inputs[0].sizes) == 3 and not self._of_states(stage.sources)
        index = dict(stage.arguments).get("index")
        if stage.type != "getitem" or self.padded or not sequence or index not in wanted:
            return None
        return replace(stage, type="last_step", arguments=())

    def _pooled(self, stage: Stage) -> Stage | None:
        """Return a pool_steps for a mean or a maximum over all steps, none of which is padding."""
        sizes = stage.inputs[0].sizes if stage.inputs else ()
        said = dict(stage.arguments)
        axis = said.get("dim")
        if stage.type not in POOLS or self.padded or len(sizes) != 3 or said.get("keepdim") or axis is None:
            return None
        axis = axis[0] if isinstance(axis, tuple) and len(axis) == 1 else axis
        if axis not in ((1, -2) if self.batch_first else (0, -3)):
            return None
        return self._alone(replace(stage, type="pool_steps", arguments=(("mode", POOLS[stage.type]),)))

    def _attention(self, stage: Stage) -> Stage | None:
        """Return a self_attention where query, key and value are one."""
        said = dict(stage.arguments)
        fits = stage.type == "MultiheadAttention" and len(stage.sources) == 1 and not self.padded
        if not fits or said.get("batch_first", False) != self.batch_first:
            return None
        options = tuple((name, said[name]) for name in ("num_heads", "dropout") if name in said)
        return self._alone(replace(stage, type="self_attention", arguments=options))

    def _alone(self, stage: Stage) -> Stage:
        """Return the stage with its first result alone, called output."""
        first = stage.outputs[0]
        self.named[f"{stage.name}.{first.name}"] = f"{stage.name}.output"
        return replace(stage, outputs=(replace(first, name="output"),))
