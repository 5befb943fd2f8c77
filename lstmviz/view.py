"""What ``lstmviz.shapes`` and ``lstmviz.check`` give: what a real run showed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from lstmviz.network import report
from lstmviz.network.structure import Stage, Tensor, Trace
from lstmviz.proof.verdict import Unproven

Sizes = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class StageShapes:
    """One module of the model, in the order in which they ran."""

    name: str
    type: str
    inputs: list[Sizes]
    outputs: list[Sizes]
    parameters: Mapping[str, Sizes]


@dataclass(frozen=True, slots=True)
class Proof:
    """One figure held against the real module.

    `arrows` are drawn, of which `proven` are the module's own; `claims` were read
    in texts; `tensors` had their drawn shape measured, `values` were measured again, and are as drawn to
    0.2 %. `faults` say what is false,
    `unproven` what could be neither borne out nor refuted, and why: without
    both all of it is proven. A figure that cannot be drawn has the `place` in
    the spec that asks for it. `lessons` say what the model does that was probably not meant.
    """

    figure: str
    kind: str
    arrows: int
    proven: int
    tensors: int
    seconds: float
    faults: tuple[str, ...] = ()
    unproven: tuple[Unproven, ...] = ()
    claims: int = 0
    place: str = ""
    lessons: tuple[str, ...] = ()
    values: int = 0

    @property
    def answer(self) -> Literal["proven", "refuted", "not proven"]:
        """One of three: an arrow or a text is false, or not all of them are proven, or all are."""
        if self.faults:
            return "refuted"
        return "not proven" if self.unproven or self.proven < self.arrows else "proven"


@dataclass(frozen=True, slots=True)
class Shapes:
    """The tensors and parameters of a model, as a real run showed them.

    `tensors` and `parameters` are those of the first recurrent layer, with the
    names of torch's API; those of every module are in `stages`.
    """

    trace: Trace

    @property
    def tensors(self) -> dict[str, Sizes]:
        """``input h_0 [c_0] output h_n [c_n]``; ``input`` alone if nothing is recurrent."""
        layers = self.trace.recurrent
        return _sizes(layers[0].tensors) if layers else _sizes([self.trace.input])

    @property
    def parameters(self) -> dict[str, Sizes]:
        """``weight_ih_l0`` and so on; empty if nothing is recurrent."""
        layers = self.trace.recurrent
        return _sizes(layers[0].parameters) if layers else {}

    @property
    def stages(self) -> tuple[StageShapes, ...]:
        """Every module of the model."""
        return tuple(_stage(stage) for stage in self.trace.stages)

    def to_dict(self) -> dict[str, Any]:
        """What ``lstmviz shapes --json`` prints."""
        data: dict[str, Any] = report.to_dict(self.trace)
        return data


def _sizes(tensors: Iterable[Tensor]) -> dict[str, Sizes]:
    return {tensor.name: tensor.sizes for tensor in tensors}


def _stage(stage: Stage) -> StageShapes:
    return StageShapes(
        stage.name,
        stage.type,
        [t.sizes for t in stage.inputs],
        [t.sizes for t in stage.outputs],
        _sizes(stage.parameters),
    )
