"""Printed code, run: constructors build the same module, equations hold, calls give what is drawn."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import torch

from lstmviz.network.structure import Stage, Trace
from lstmviz.proof import windows
from lstmviz.proof.code_claims import UnknownError, argument, calls, holds, makes, numbered
from lstmviz.proof.expression import FalseError, evaluated
from lstmviz.proof.layers import TooLargeError, ends_in, ran
from lstmviz.proof.page_text import claims_of, labels_of
from lstmviz.proof.verdict import Tally
from lstmviz.scene.scene import Scene

SAMPLES = 64
"""Of a larger batch so many samples are tried."""


def judge(tally: Tally, scene: Scene, trace: Trace) -> None:
    """Run every line of code in a scene, each source once."""
    tally.refute(_misprinted(scene))
    every = (one for _, one in claims_of(scene, "code"))
    claims = {tuple(fact for fact in one.facts if fact[0] != "span"): one for one in every}
    tally.claims += len(claims)
    runner = CodeRunner(trace)
    for one in claims.values():
        source = one.fact("source")
        try:
            runner.hold(source, dict(one.fact("names")), dict(one.facts))
        except FalseError as error:
            tally.refute([f"the code {source!r} is false: {error}"])
        except UnknownError as error:
            tally.doubt(source, str(error))
        except TooLargeError:
            tally.doubt(source, "the layer is too large to run")


def _misprinted(scene: Scene) -> Iterator[str]:
    """Hold what is printed against the sources: each part as it is there, and no code without one."""
    for label, one in claims_of(scene, "code"):
        low, high = one.fact("span")
        part = one.fact("source")[low:high]
        if part != one.text or part not in label.text:
            yield f"the code {label.text!r} is not what runs: {part!r}"
    for label in labels_of(scene):
        mono = "".join(run.text for run in label.runs if run.font == "mono")
        if is_code(mono) and all(one.kind != "code" for one in label.claims):
            yield f"the code {label.text!r} stands for nothing that can be run"


def is_code(text: str) -> bool:
    """Whether a text in the font of code is more than names: a call, an equation, an argument.

    >>> is_code("output[-1] = h_n[-1]"), is_code("(h_0, c_0)"), is_code("h_n[3]")
    (True, False, False)
    """
    return re.search(r"\w\(|=", text) is not None


@dataclass
class CodeRunner:
    """A trace's model, whose layers are run when code names their tensors."""

    trace: Trace
    known: dict[str, dict[str, Any]] = field(default_factory=dict)

    def hold(self, source: str, names: Mapping[str, Any], facts: Mapping[str, Any]) -> None:
        """Run one source; FalseError if it does not do what is drawn, UnknownError if it cannot be tried."""
        if "argument" in facts:
            argument(source, facts)
        elif "makes" in facts:
            self._makes(source, self._stage(facts["makes"]))
        elif "calls" in facts:
            calls(source, self._stage(facts["calls"]))
        else:
            space: dict[str, Any] = {}
            for name, ref in names.items():
                space[name] = self._value(ref, space)
            for values in self._each(names):
                holds(source, space | values, facts)
            if "ends" in facts:
                self._ends(evaluated(source, space), *facts["ends"])

    def _each(self, names: Mapping[str, Any]) -> list[dict[str, int]]:
        """Return the values of an index that stands for any sample."""
        if "i" not in names:
            return [{}]
        count = self._layer(names["i"][1]).batch_size or 1
        return [{"i": i} for i in range(count)[:: -(-count // SAMPLES)]]

    def _value(self, ref: tuple[Any, ...], space: Mapping[str, Any]) -> Any:
        """Return what a name stands for in a run."""
        head, *rest = ref
        looked_up: dict[str, Any] = {
            "layer": self._tensor,
            "tensor": lambda name, sizes: numbered(self._measured(name, sizes)),
            "axis": lambda name, axis: space[name].shape[axis],
            "number": lambda number: number,
            "table": lambda *sizes: numbered(sizes),
            "windows": lambda series, *cut: self._windows(space[series], cut),
            "parameter": self._parameter,
            "stage": self._called,
            "lengths": self._lengths,
        }
        return looked_up[head](*rest)

    def _tensor(self, layer: str, name: str) -> Any:
        if name == "i":
            return 0
        if layer not in self.known:
            self.known[layer] = ran(self._layer(layer))
        return self.known[layer][name]

    def _parameter(self, stage: str, name: str) -> torch.Tensor:
        return numbered({p.name: p.sizes for p in self._stage(stage).parameters}[name])

    def _measured(self, name: str, sizes: tuple[int, ...]) -> tuple[int, ...]:
        tensors = (self.trace.input, *self.trace.inputs) if name == "input" else self._stage(name).outputs
        if sizes not in {tensor.sizes for tensor in tensors}:
            raise FalseError(f"{name} has no tensor of {sizes}")
        return sizes

    def _called(self, name: str) -> Any:
        """Return a stage as a function of what it reads, as far as shapes go."""
        stage = self._stage(name)

        def run(value: torch.Tensor) -> torch.Tensor:
            if tuple(value.shape) != stage.inputs[0].sizes:
                raise FalseError(f"{name} reads {stage.inputs[0].sizes}, not {tuple(value.shape)}")
            return numbered(stage.outputs[0].sizes)

        return run

    def _windows(self, series: torch.Tensor, cut: tuple[Any, ...]) -> torch.Tensor:
        """Cut a table; what it gives is a tensor of the run, where it has a name."""
        found = windows.cut_from(series, cut[:-1])
        if cut[-1]:
            self._measured(cut[-1], tuple(found.shape))
        return found

    def _lengths(self) -> list[int]:
        known = [layer.lengths for layer in self.trace.recurrent if layer.lengths is not None]
        if not known:
            raise UnknownError("no layer of the model reads lengths")
        return list(known[0])

    def _ends(self, part: Any, layer: str, place: int) -> None:
        if not ends_in(self._layer(layer), part, place):
            raise FalseError(f"it does not end in place {place} of h_n")

    def _makes(self, source: str, stage: Stage) -> None:
        """Hold a constructor against a stage; of a loop it makes the cell that is called."""
        cell = next((layer.cell for layer in self.trace.recurrent if layer.name == stage.name), "")
        others = (one for one in self.trace.stages if one.name != stage.name)
        makes(source, stage, cell, {p.sizes for one in others for p in one.parameters})

    def _layer(self, name: str) -> Any:
        found = self.trace.layers.get(name)
        if found is None:
            raise FalseError(f"the model has no layer {name}")
        return found

    def _stage(self, name: str) -> Stage:
        stage = self.trace.stage(name)
        if stage is None:
            raise FalseError(f"the model has no {name}")
        return stage
