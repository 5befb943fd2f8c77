"""The trace: what the real torch module did, as plain data without torch."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any, Literal

from lstmviz.network.handovers import StateHandover
from lstmviz.network.original import Original
from lstmviz.network.packed import Packing
from lstmviz.network.rounds import Loop
from lstmviz.network.steps import StepDependence
from lstmviz.scene.ids import WAYS


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


@dataclass(frozen=True, slots=True)
class Recurrent:
    """A recurrent layer: its arguments, and its tensors as measured.

    `tensors` holds ``input h_0 [c_0] output h_n [c_n]`` in this order, with the shapes that the module's own
    API takes and gives; `parameters` ``weight_ih_l0`` … as torch names them. `batch_size` is None for
    unbatched input, `lengths` is set for a packed batch.
    """

    name: str
    type: Literal["lstm", "gru", "rnn", "own"]
    input_size: int
    hidden_size: int
    num_layers: int
    bias: bool
    batch_first: bool
    dropout: float
    bidirectional: bool
    proj_size: int
    nonlinearity: str
    timesteps: int
    batch_size: int | None
    lengths: tuple[int, ...] | None
    states_given: bool
    tensors: tuple[Tensor, ...]
    parameters: tuple[Tensor, ...]
    handovers: tuple[StateHandover, ...] = ()
    """Which last states of another layer its first ones are: then it is a decoder. Others are zeros."""
    all_handed: bool = True
    """Whether those are all of h_n (c_n), each as the same entry of h_0 (c_0)."""
    cell: str = ""
    """The class of torch's cell (``LSTMCell``) that the user's loop calls step by step.

    Then no nn.LSTM is there: each call takes x_t (N, F) and the states (N, H), the
    parameters are ``weight_ih`` …, and `tensors` hold all calls together, (T, N, …).
    """
    packing: Packing | None = None
    """How the batch that it reads was packed."""
    handed: bool = False
    """Whether the zeros that it starts from are handed to it, and not torch's default."""
    kept: bool = False
    """Whether its last states are kept, and the model's next call starts from them."""
    cuts: tuple[int, ...] = ()
    """The steps that begin with states which the loop that calls it has detached."""
    learned: bool = False
    """Whether the states that it is given are parameters of the model."""
    made_of: str = ""
    """The layer, or the input of the model in the user's words, that all these states are made from."""

    @property
    def giver(self) -> str:
        """The layer whose last states, or some of them, this one begins with."""
        return self.handovers[0].giver if self.handovers else ""

    @property
    def states_from(self) -> str:
        """The layer whose h_n (c_n) are this one's h_0 (c_0); nothing if only some are."""
        return self.giver if self.all_handed else ""

    @property
    def sizes(self) -> tuple[tuple[str, int], ...]:
        """The letters of this layer's own tensors, with their numbers."""
        features, depths = self.tensors[0].symbols[-1], self.tensor("h_n").symbols[0].lstrip("0123456789")
        letters = {
            "N": self.batch_size,
            self.time: self.timesteps,
            features if features[-1:] in "EF′" else "": self.input_size,
            self.units: self.hidden_size,
            self.tensor("h_n").symbols[-1]: self.proj_size or self.hidden_size,
            depths: self.num_layers,
        }
        return tuple((s, n) for s, n in letters.items() if n is not None and s and not s.isdigit())

    @property
    def time(self) -> str:
        """The letter of its steps: ``T``, or ``T′`` in a decoder, ``T−4`` after a convolution."""
        symbol = self.tensors[0].symbols[int(self.batch_first and self.batch_size is not None)]
        return symbol if "T" in symbol else "T"

    @property
    def units(self) -> str:
        """The letter of its units: ``H``, or ``H₁`` beside another layer."""
        symbol = self.tensors[-1].symbols[-1]
        return "H" if symbol.isdigit() else symbol

    @property
    def alphabet(self) -> dict[str, str]:
        """The letters of this layer by those that a layer alone would have."""
        states = self.tensor("h_n").symbols
        return {"T": self.time, "H": self.units, "P": states[-1], "L": states[0].lstrip("0123456789")}

    @property
    def directions(self) -> int:
        """D: 2 for a bidirectional layer, else 1."""
        return 2 if self.bidirectional else 1

    @property
    def two_ways(self) -> bool:
        """Whether its steps are gone through from both ends."""
        return self.bidirectional

    @property
    def ways(self) -> tuple[str, ...]:
        """How its steps are gone through: ``fwd``, and ``rev`` where there are two directions."""
        return WAYS[: self.directions]

    @property
    def has_cell_state(self) -> bool:
        """Whether there is a c beside h: only the LSTM has one."""
        return self.type == "lstm"

    @property
    def state_letters(self) -> str:
        """The letters of the states that torch's layer hands on."""
        return "hc" if self.has_cell_state else "h"

    def states_at(self, *ends: str) -> tuple[str, ...]:
        """What these are called at the ends: ``("h_0", "c_0")`` at "0"."""
        return tuple(f"{letter}_{end}" for end in ends for letter in self.state_letters)

    def tensor(self, name: str) -> Tensor:
        """The tensor of this API name; KeyError if this layer has none."""
        return {t.name: t for t in self.tensors}[name]

    def own_name(self, parameter: str) -> str:
        """What the module calls a parameter: torch's cells leave out the layer, ``weight_ih``."""
        return parameter.removesuffix("_l0") if self.cell else parameter

    def parameter(self, name: str) -> Tensor:
        """The parameter of this name; KeyError if this layer has none."""
        return {p.name: p for p in self.parameters}[name]


@dataclass(frozen=True, slots=True)
class Trace:
    """What the real run of a whole model showed.

    `sizes` gives the letters their numbers: ``(("N", 6), ("T", 5), …)``, those
    of the model's input and of its first recurrent layer. `notes` says openly
    what could not be followed. `results` are the tensors that the model returns,
    ``fc.output``; empty if that is the output of its last stage.

    Of a user's module, `inputs` are all that it takes: ``input``, ``input.1`` …,
    the first among them; `names` says what the user's code calls what the model
    takes and returns, ``("input.1", "target")`` and ``("fc.output", "logits")``;
    `modules` gives the class of every module that a stage is `inside`, `parts` the names of
    all modules that the model has. `loops` are the loops of its code, an outer one before
    those inside it; `halves` layers of torch's that are the two directions of one, told in rounds.
    """

    stages: tuple[Stage, ...]
    recurrent: tuple[Recurrent, ...]
    input: Tensor
    sizes: tuple[tuple[str, int], ...]
    notes: tuple[str, ...] = ()
    results: tuple[str, ...] = ()
    inputs: tuple[Tensor, ...] = ()
    names: tuple[tuple[str, str], ...] = ()
    modules: tuple[tuple[str, str], ...] = ()
    parts: tuple[str, ...] = ()
    loops: tuple[Loop, ...] = ()
    halves: tuple[Loop, ...] = ()
    original: Original | None = None
    """The model of another library whose twin was run."""

    def loop(self, stage: str) -> Loop | None:
        """The innermost loop that a stage runs in."""
        return next((loop for loop in reversed(self.loops) if stage in loop.stages), None)

    @property
    def layers(self) -> dict[str, Recurrent]:
        """The recurrent layers by their names."""
        return {layer.name: layer for layer in self.recurrent}

    def stage(self, name: str) -> Stage | None:
        """The stage of this name."""
        return next((stage for stage in self.stages if stage.name == name), None)

    def following(self, name: str) -> tuple[Stage, ...]:
        """The stages after this one, as long as each reads the one before alone; ValueError without it.

        In a model that branches this ends where its output is read twice.
        """
        found: list[Stage] = []
        for stage in self.stages[[one.name for one in self.stages].index(name) + 1 :]:
            last = found[-1].name if found else name
            read = f"{last}.output"
            if stage.sources == (read,) and sum(read in s.sources for s in self.stages) < 2:
                found.append(stage)
            elif read not in stage.sources:
                continue  # beside the chain
            else:
                break
        return tuple(found)

    def leading(self, name: str) -> tuple[Stage, ...]:
        """The stages from the model's input to this one, if they are a chain; else those nearest."""
        at = [one.name for one in self.stages].index(name)
        found, now = list[Stage](), self.stages[at]
        while (read := now.reads_alone) and (before := self.stage(read.removesuffix(".output"))):
            found, now = [before, *found], before
        return tuple(found)

    def reads_input(self, name: str) -> bool:
        """Whether the stages to this one begin at the model's first input: those to a decoder do not."""
        first = next(iter(self.leading(name)), self.stage(name))
        return first is not None and first.reads_alone == "input"

    def readers(self, names: Collection[str]) -> tuple[Stage, ...]:
        """The stages that read a tensor of these, and are none of them."""
        others = (stage for stage in self.stages if stage.name not in names)
        return tuple(one for one in others if any(split_name(s)[0] in names for s in one.sources))

    @property
    def chained(self) -> bool:
        """Whether every stage reads what the one before it gives, and nothing else; a decoder its target."""
        before = ["input", *(f"{stage.name}.output" for stage in self.stages)]
        taught = [stage.type == "decoder" and not self.inputs for stage in self.stages]
        pairs = zip(self.stages, before, taught, strict=False)
        return all(told or stage.sources == (read,) for stage, read, told in pairs)
