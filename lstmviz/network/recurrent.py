"""A recurrent layer of torch's, and the states that one hands on: plain data without torch."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from lstmviz.network.handovers import StateHandover
from lstmviz.network.packed import Packing
from lstmviz.network.rounds import listed_rounds
from lstmviz.network.tensors import Tensor
from lstmviz.scene.ids import WAYS


@dataclass(frozen=True, slots=True)
class StateVariable:
    """A state on its line along time: `letter` in ids, `base` in print, `said` in the user's code.

    States of one `role` are told apart by their `mark`: how many strokes cross the line; h and c have none.
    """

    letter: str
    base: str
    role: Literal["hidden", "cell"]
    mark: int = 0
    said: str = ""
    tensor: str = ""
    each: Tensor | None = None
    begun: tuple[str, ...] = ()
    zeros: bool = True
    detached: bool = False
    cut: tuple[int, ...] = ()
    """The rounds, from 1, that no derivative leaves by it, where that are not all."""

    @property
    def cut_at(self) -> str:
        """These rounds in few words."""
        return listed_rounds([number - 1 for number in self.cut])


CELL_ABOVE_HIDDEN = (StateVariable("c", "c", "cell"), StateVariable("h", "h", "hidden"))
"""The states of torch's own layers, from the top of a drawing down."""


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
    def time_axis(self) -> int:
        """Which axis of `input` and `output` counts the steps."""
        return int(self.batch_first and self.batch_size is not None)

    @property
    def computed_steps(self) -> int:
        """How many steps are computed of the longest sample: behind it there is padding alone."""
        return max(self.lengths or (self.timesteps,))

    @property
    def time(self) -> str:
        """The letter of its steps: ``T``, or ``T′`` in a decoder, ``T−4`` after a convolution."""
        symbol = self.tensors[0].symbols[self.time_axis]
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

    @property
    def carried(self) -> tuple[StateVariable, ...]:
        """The states that it hands on, from the top of a drawing down: c above h."""
        states = CELL_ABOVE_HIDDEN if self.has_cell_state else CELL_ABOVE_HIDDEN[1:]
        return tuple(replace(one, cut=self.cuts) for one in states) if self.cuts else states

    @property
    def begins_with_zeros(self) -> bool:
        """Whether its first states are zeros."""
        return not self.states_given and not self.states_from

    def entry_is_zeros(self, letter: str, index: int) -> bool:
        """Whether this entry of h_0 (c_0) is zeros."""
        begun = {one.first for one in self.handovers}
        return (letter, index) not in begun if begun else not self.states_given

    def state_is_zeros(self, state: StateVariable, depth: int = 0, way: str = "fwd") -> bool:
        """Whether a state of one layer and direction begins with zeros."""
        return self.entry_is_zeros(state.letter, depth * self.directions + WAYS.index(way))

    def end_tensor(self, state: StateVariable, end: str) -> Tensor | None:
        """The tensor of a state before the first step (``0``) or after the last (``n``), if there is one."""
        return self.tensor(f"{state.letter}_{end}")

    def share(self, name: str) -> Tensor | None:
        """One step's share of `input`, h_n or c_n, as ``x_t``, ``h_t`` name it; None if it has none such."""
        letter, _, step = name.rpartition("_")
        if step != "t" or letter[1:] != "′" * bool(self.giver):  # a decoder's names are not its encoder's
            return None
        at = self.time_axis if letter[0] == "x" else 0
        of = "input" if letter[0] == "x" else f"{letter[0]}_n"
        return next((_without(tensor, at) for tensor in self.tensors if tensor.name == of), None)

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


def _without(tensor: Tensor, axis: int) -> Tensor:
    sizes, symbols = list(tensor.sizes), list(tensor.symbols)
    del sizes[axis], symbols[axis]
    return replace(tensor, sizes=tuple(sizes), symbols=tuple(symbols))
