"""A recurrence: what is handed on from step to step, read at each and given by each.

A layer of torch's and a loop of the user's own code are told in the same words: figures draw both alike.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from lstmviz.network.recurrent import Recurrent, StateVariable
from lstmviz.network.tensors import Tensor

__all__ = ["Fed", "OwnLoop", "Share", "StateVariable", "StepOutput", "in_code"]


@dataclass(frozen=True, slots=True)
class Fed:
    """What a step reads anew: one part of `whole` along `axis`, the first step the part `first` (from 0)."""

    letter: str
    base: str
    said: str
    tensor: str
    each: Tensor
    whole: Tensor | None = None
    first: int = 0
    axis: int | None = None
    answer: str = ""
    """What the round before gave that this is, or is made from: then `first` is −1."""
    turns: str = ""
    """If rounds read it in turns with another one: what of the answer is read then."""
    rounds: tuple[int, ...] = ()
    """The rounds, from 1, that read it, where not all do."""
    begun: tuple[str, ...] = ()
    """Of an answer: what the first round reads in its place; none if that is a constant."""
    zeros: bool = False
    lag: int = 0
    """Of what is read several times, a step each: how many rounds ago the first of these was this one."""
    size: int = 1
    """How many steps of `whole` a round reads at once, `each` being `whole`; the last may read fewer."""
    spans: tuple[tuple[int, int], ...] = ()
    """Of windows, which have steps in common: the first of each round's, from 0, and how many there are."""
    window: tuple[str, str] | None = None
    """The first and the last step of the window that round t reads, from 1: ``("t-2", "t")``."""
    less: tuple[int, ...] = ()
    """The rounds, from 1, that read not all of their step, but fewer samples."""

    def last(self, rounds: int) -> int:
        """How many steps of it the last of all `rounds` reads."""
        steps = self.whole.sizes[self.axis] if self.whole is not None and self.axis is not None else 0
        return min(self.size, steps - (self.first + rounds - 1) * self.size)

    @property
    def index(self) -> str:
        """Which step of it a step reads: ``t-1``."""
        return f"t{self.first:+d}" if self.first else "t"

    @property
    def take(self) -> tuple[str, str, int]:
        """How a trace says that a round takes it."""
        if self.turns:
            return ("mixed", self.turns, 0)
        return ("state", self.tensor, 1) if self.answer else ("step", self.tensor, self.lag)

    def is_read(self, step: int | str) -> bool:
        """Whether a round, from 1, reads it; of a round as such it is said."""
        return not self.rounds or isinstance(step, str) or step in self.rounds


@dataclass(frozen=True, slots=True)
class StepOutput:
    """What a step gives to what is outside: a state of it (then `state` is its letter), or something else."""

    letter: str
    base: str
    tensor: str
    each: Tensor
    state: str = ""
    last: bool = False
    """Whether the last step's alone is read."""
    uneven: bool = False
    """Whether it is not of one size in all steps; then `each` is that of the first."""
    whole: Tensor | None = None
    """What puts the steps' shares together again, in their order, and does no more: ``stack.output``."""


@dataclass(frozen=True, slots=True)
class Share:
    """A part of a round that is drawn by itself: its calls, the tensor that it gives on, and what it takes.

    What it takes is told as in `Made`; ``inner`` is of the same round.
    """

    name: str
    stages: tuple[str, ...]
    tensor: str
    takes: tuple[tuple[str, str, int], ...]


@dataclass(frozen=True, slots=True)
class OwnLoop(Recurrent):
    """A loop of the user's own code that hands states on; arguments of torch's layers say nothing here."""

    states: tuple[StateVariable, ...] = ()
    fed: tuple[Fed, ...] = ()
    given: tuple[StepOutput, ...] = ()
    constants: tuple[Fed, ...] = ()
    """What every round reads all of: an encoder's output."""
    where: str = ""
    way: Literal["fwd", "rev"] = "fwd"
    weights: tuple[str, ...] = ()
    """The stages of a round that have weights."""
    products: tuple[str, ...] = ()
    """Those of them that are functions of parameters, as ``self.gx * x``, which have no names."""
    calls: int = 0
    """How many calls a round has."""
    unlike: tuple[int, ...] = ()
    """The rounds, from 0, that make other calls than the last."""
    ends: tuple[str, ...] = ()
    """The states of the last round that are read outside, where nothing else of the loop is."""
    inner: tuple[tuple[str, str, str], ...] = ()
    """The loops in a round: their names, where they are, and how often each goes round."""
    answered: tuple[StateVariable, ...] = ()
    """The states that are drawn as what a round reads of the answer before, and not as lines."""
    loop: str = ""
    """Of a layer in a loop's round: that loop."""
    layer: str = ""
    """The layer of torch's whose steps these are, where no code of the user's goes round."""
    below: str = ""
    """Of such a layer: the new state of the layer below that it reads; nothing for the lowest."""
    stages: tuple[str, ...] = ()
    """Of such a layer: what of the round it is."""
    taken: tuple[tuple[str, tuple[tuple[str, str, int], ...]], ...] = ()
    """Of such a layer: what it makes each tensor from; a lag of 0 is the new state below."""
    highest: bool = True
    rounds: str = "T"
    """The letter of its number of rounds, where no tensor that it reads or gives has that axis."""
    shares: tuple[Share, ...] = ()
    """What of a round weighs the steps of a tensor, if it is told from the rest: scores, softmax, context."""
    made: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """What a round computes, and from what: ``("c", ("x_t", "c_t-1"))``."""
    reverse: OwnLoop | None = None
    """Of the forward direction of a layer: the loop that goes through the same from its end."""
    ahead: str = ""
    """Of such a reverse direction: the forward one, whose steps it reads."""

    @property
    def weights_told(self) -> tuple[str, ...]:
        """What has the weights of a round: modules by their names, and parameters that functions read."""
        read = {one: [p.name for p in self.parameters if p.of == one] for one in self.products}
        return tuple(dict.fromkeys(name for one in self.weights for name in read.get(one, [one])))

    @property
    def two_ways(self) -> bool:
        """Whether it is one of the two directions of a layer."""
        return bool(self.reverse or self.ahead)

    @property
    def ways(self) -> tuple[str, ...]:
        """The one way that its rounds are gone through."""
        return (self.way,)

    @property
    def origin(self) -> str:
        """The loop in the trace."""
        return self.loop or self.name

    @property
    def shapes(self) -> dict[str, str]:
        """The sizes of one round's share of everything, as they are written."""
        return {
            one.base: str(one.each.sizes)
            for one in self.parts
            if one.each is not None and one not in self.chunks
        }

    @property
    def chunks(self) -> tuple[StateVariable | Fed | StepOutput, ...]:
        """What has not one size, or several steps, in each round: of what it reads, and what it gives."""
        read = [one for one in self.fed if one.size > 1 or one.spans]
        handed = (one for one in self.states if one.tensor in {each.tensor for each in read})
        return (*read, *handed, *(one for one in self.given if one.uneven))

    @property
    def letters(self) -> dict[str, str]:
        """What stands in print for each letter of ids."""
        return {one.letter: one.base for one in self.parts}

    @property
    def alphabet(self) -> dict[str, str]:
        """The letters of this loop by those that a layer alone would have."""
        return {"T": self.time}

    @property
    def takes(self) -> dict[str, tuple[str, ...]]:
        """From what a round makes each state, and what else it gives."""
        return dict(self.made)

    @property
    def carried(self) -> tuple[StateVariable, ...]:
        """The states that it hands on, from the top of a drawing down."""
        return self.states

    @property
    def begins_with_zeros(self) -> bool:
        """Whether its first states are zeros."""
        return all(state.zeros for state in self.states)

    def state_is_zeros(self, state: StateVariable, depth: int = 0, way: str = "fwd") -> bool:
        """Whether a state begins with zeros: a loop has one depth and one way."""
        del depth, way
        return state.zeros

    def end_tensor(self, state: StateVariable, end: str) -> Tensor | None:
        """The tensor of a state before the first round (``0``) or after the last (``n``), if there is one."""
        name = state.tensor if end == "n" else next(iter(state.begun), None)
        return replace(state.each, name=name) if name and state.each is not None else None

    def share(self, name: str) -> Tensor | None:
        """Return one round's share of something, ``h_t``, or what every round reads all of."""
        return self.each(name.removesuffix("_t")) if name.endswith("_t") else self.whole(name)

    def each(self, letter: str) -> Tensor | None:
        """Return one step's share of a state, of what is read or given, by its letter in print."""
        steps: tuple[StateVariable | Fed | StepOutput, ...] = (*self.fed, *self.states, *self.given)
        return next((one.each for one in steps if one.base == letter), None)

    def whole(self, base: str) -> Tensor | None:
        """Return what every round reads all of, by its name in print."""
        return next((one.each for one in self.constants if one.base == base), None)

    @property
    def starting(self) -> tuple[StateVariable | Fed, ...]:
        """What is there before the first round: the states, and what is read in the place of an answer."""
        read = (one for one in self.fed if one.answer and one.turns and one.is_read(1))
        return (*self.states, *self.answered, *read)

    @property
    def parts(self) -> tuple[StateVariable | Fed | StepOutput, ...]:
        """All that a round reads, hands on and gives."""
        return (*self.fed, *self.states, *self.given, *self.constants)

    @property
    def sizes(self) -> tuple[tuple[str, int], ...]:
        """The letters of its tensors, with their numbers."""
        found = {
            symbol: size
            for tensor in self.tensors
            for symbol, size in zip(tensor.symbols, tensor.sizes, strict=True)
            if symbol[:1].isalpha()  # also H₁
        }
        return tuple((found | {self.time: self.timesteps}).items())

    @property
    def time(self) -> str:
        """The letter of its number of rounds: ``T``, or ``T′`` beside another one."""
        steps: tuple[Fed | StepOutput, ...] = (*self.fed, *self.given)
        held = (one.whole for one in steps if one.whole is not None)
        found = {s for whole in held for s, n in zip(whole.symbols, whole.sizes, strict=True)
                 if s.startswith("T") and n == self.timesteps}  # fmt: skip
        return found.pop() if len(found) == 1 else self.rounds


def in_code(layer: Recurrent, tensor: Tensor) -> Tensor:
    """Return one of a layer's tensors as the code has it.

    A cell that a loop calls takes and gives its states without the axis of layers, and names no layer.
    """
    first = int(bool(layer.cell) and tensor.name[:2] in {"h_", "c_"})
    return replace(
        tensor,
        name=layer.own_name(tensor.name),
        sizes=tensor.sizes[first:],
        symbols=tensor.symbols[first:],
    )
