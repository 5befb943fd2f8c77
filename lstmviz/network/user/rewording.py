"""A user's calls in the words of a spec: ``h_n[-1]`` is a last_state, a mean over time pool_steps."""

from __future__ import annotations

import re
from dataclasses import replace

from lstmviz.network.structure import Recurrent, Stage, Trace
from lstmviz.network.user.arranging import POOLS, Arranging

INDEX = re.compile(r"\[(-?\d+)(, :)*\]")

NEW_AXIS = r"\[((:|None)(, )?)+\]"
"""An index that adds axes of one, and does nothing else."""


def reworded(trace: Trace) -> Trace:
    """Return the trace with such calls as the layers of a spec that do the same."""
    words = _Words(trace)
    for stage in trace.stages:
        words.ended(stage.sources if stage.name not in words.recurrent else ())
        words.add(stage)
    words.ended(trace.results)
    results = tuple(words.named.get(name, name) for name in trace.results)
    read = {source for stage in words.stages for source in stage.sources} | {*results}
    kept = [s for s in words.stages if s.name not in words.merged or f"{s.name}.output" in read]
    stages, results = Arranging(trace, batch_first=words.batch_first).put(kept, results)
    return replace(trace, stages=stages, results=results)


class _Words:
    """The stages so far, in a spec's words."""

    def __init__(self, trace: Trace) -> None:
        self.recurrent = {layer.name: layer for layer in trace.recurrent}
        self.padded = any(layer.lengths for layer in trace.recurrent)
        self.batch_first = all(layer.batch_first for layer in trace.recurrent)
        self.read = {source for stage in trace.stages for source in stage.sources} | {*trace.results}
        self.stages: list[Stage] = []
        self.named: dict[str, str] = {}
        self.merged: set[str] = set()
        self.ends: dict[str, tuple[str, int]] = {}
        self.rows: dict[str, Stage] = {}
        """What made one step of a vector, by its result."""

    def add(self, stage: Stage) -> None:
        """Take one stage."""
        stage = replace(stage, sources=tuple(self.named.get(s, s) for s in stage.sources))
        ways = (self._state, self._both_ends, self._step, self._pooled, self._attention, self._repeated,
                self._axis_of_one)  # fmt: skip
        found = next((made for way in ways if (made := way(stage))), stage)
        if found.type != stage.type and stage.function and all(s.name != found.type for s in self.stages):
            self.named[f"{stage.name}.output"] = f"{found.type}.output"
            self.named[f"{stage.name}.{stage.outputs[0].name}"] = f"{found.type}.output"
            found = replace(found, name=found.type)
        if found.type == "view" and self._one_step(found):
            self.rows[f"{found.name}.output"] = found
        self.stages.append(found)
        self._padded_again(found)

    def ended(self, sources: tuple[str, ...]) -> None:
        """Put a last_state behind a loop over one of torch's cells whose last h is read."""
        layer = self._of_states(sources)
        if layer is None or not layer.cell or sources[0] in self.named:
            return
        of = next(stage for stage in self.stages if stage.name == layer.name)
        state = layer.tensor("h_n")
        last = replace(state, name="output", sizes=state.sizes[1:], symbols=state.symbols[1:])
        taken = any(stage.name == "last_state" for stage in self.stages)
        name = f"{layer.name}.last_state" if taken else "last_state"
        self.named[sources[0]] = f"{name}.output"
        self.stages.append(
            replace(of, name=name, type="last_state", arguments=(), parameters=(), inputs=(state,),
                    outputs=(last,), sources=sources)
        )  # fmt: skip

    def _padded_again(self, stage: Stage) -> None:
        """Pad what a packed layer gives, as a spec does also where nothing reads it."""
        layer = self.recurrent.get(stage.name)
        if layer is None or not layer.lengths or any(s == f"{stage.name}.output" for s in self.read):
            return
        whole = replace(layer.tensor("output"), name="output")
        self.stages.append(
            replace(stage, name=f"{stage.name}-unpack", type="unpack", arguments=(), parameters=(),
                    outputs=(whole,), sources=(f"{stage.name}.output",))
        )  # fmt: skip

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
        options = tuple((name, said[name]) for name in ("num_heads", "bias", "dropout") if name in said)
        return self._alone(replace(stage, type="self_attention", arguments=options))

    def _repeated(self, stage: Stage) -> Stage | None:
        """Return a repeat for a vector that is every step of a sequence."""
        made = self.rows.get(stage.sources[0]) if len(stage.sources) == 1 else None
        time, sizes = int(self.batch_first), stage.outputs[0].sizes if stage.outputs else ()
        if made is None or stage.type not in {"repeat", "expand", "repeat_interleave"} or len(sizes) != 3:
            return None
        if (
            made.outputs[0].sizes[:time] + made.outputs[0].sizes[time + 1 :]
            != sizes[:time] + sizes[time + 1 :]
        ):
            return None
        self.merged.add(made.name)
        return replace(stage, type="repeat", arguments=(("times", sizes[time]),), sources=made.sources)

    def _one_step(self, stage: Stage) -> bool:
        """Whether it makes one step of a sequence of a vector."""
        given, time = stage.inputs[0].sizes if len(stage.inputs) == 1 else (), int(self.batch_first)
        return len(given) == 2 and stage.outputs[0].sizes == (*given[:time], 1, *given[time:])

    def _axis_of_one(self, stage: Stage) -> Stage | None:
        """Return a view for a call that adds or drops axes of one."""
        sizes = stage.outputs[0].sizes if len(stage.outputs) == 1 else ()
        given = stage.inputs[0].sizes if len(stage.inputs) == 1 else ()
        index = dict(stage.arguments).get("index", "")
        adds = stage.type == "unsqueeze" or (stage.type == "getitem" and re.fullmatch(NEW_AXIS, str(index)))
        if not (stage.type == "squeeze" or adds) or not sizes or not given:
            return None
        return replace(stage, type="view", arguments=(("sizes", (-1, *sizes[1:])),))

    def _alone(self, stage: Stage) -> Stage:
        """Return the stage with its first result alone, called output."""
        first = stage.outputs[0]
        self.named[f"{stage.name}.{first.name}"] = f"{stage.name}.output"
        return replace(stage, outputs=(replace(first, name="output"),))
