"""Named tensors with their shapes, and the calls that take and give them: plain data without torch."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from lstmviz.network.steps import StepDependence


def split_name(tensor: str) -> tuple[str, str]:
    """Return the stage and the output of a full name: ``("max", "output.1")`` of ``max.output.1``."""
    stage, _, output = tensor.rpartition(".")
    if output.isdigit() and stage.endswith(".output"):  # one of several results
        return stage.removesuffix(".output"), f"output.{output}"
    return stage, output


@dataclass(frozen=True, slots=True)
class Tensor:
    """A named tensor or parameter with its measured shape.

    `sizes` is what was measured; `symbols` says the same per axis in the
    field's letters: ``("N", "T", "2H")``. An axis that no symbol moves is
    its number. Both tuples are equally long. `of` is the stage, or layer, that has it
    under this name; nothing for what the model takes.
    """

    name: str
    sizes: tuple[int, ...]
    symbols: tuple[str, ...]
    of: str = field(default="", compare=False)

    @property
    def full(self) -> str:
        """The name with its stage's, ``gru.h_n``; of what the model takes the name alone."""
        return f"{self.of}.{self.name}" if self.of and not self.name.startswith(f"{self.of}.") else self.name


@dataclass(frozen=True, slots=True)
class Stage:
    """One module of the model, in the order in which they ran.

    `arguments` are the ones a figure may print, in torch's order and already resolved:
    ``(("in_features", 16), ("out_features", 1))``. `sources` are the tensors that it reads, ``encoder.h_n``
    or ``input``; none where that was not followed. `where` is the file
    and line of the user's call, `times` how often it ran there. `inside` are the user's modules whose forward
    made the call, from the outside in, the model itself left out; a module that runs again is ``encoder-2``.
    """

    name: str
    type: str
    arguments: tuple[tuple[str, Any], ...]
    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]
    parameters: tuple[Tensor, ...]
    sources: tuple[str, ...] = ()
    where: str = ""
    times: int = 1
    inside: tuple[str, ...] = ()
    reads: tuple[StepDependence, ...] = ()
    """Which steps of each source a step of the result depends on, as measured; nothing where that was not."""
    function: bool = False
    """Whether it is a function of torch that was called, and no module."""

    def reading(self, source: str, output: str = "output") -> StepDependence | None:
        """What a result of this stage reads of one of its sources; None if it was not measured."""
        return next((one for one in self.reads if (one.source, one.output) == (source, output)), None)

    @property
    def reads_alone(self) -> str:
        """The one tensor that it reads, beside states handed to the model; else nothing."""
        held = {s for s, one in zip(self.sources, self.inputs, strict=False) if one.name in {"h_0", "c_0"}}
        read = [s for s in self.sources if s not in held or not s.startswith("input")]
        return read[0] if len(read) == 1 else ""


def full_name(stage: Stage, tensor: Tensor) -> str:
    """Return a tensor's name as `sources` have it: packed data is an output, too."""
    return f"{stage.name}.{'output' if tensor.name == 'data' else tensor.name}"
