"""A recurrence: what is handed on from step to step, read at each and given by each.

A layer of torch's and a loop of the user's own code are told in the same words: figures draw both alike.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from lstmviz.network.own_loops import recurrent_loops, stepwise, way, why_not
from lstmviz.network.state_names import ident, spelt, unique
from lstmviz.network.structure import Recurrent, Tensor

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from lstmviz.network.rounds import Loop, State
    from lstmviz.network.structure import Trace

USUAL = {"hidden": ("h", "hx", "hidden"), "cell": ("c", "cx", "C")}
"""What is called so has the colour of h, or of c."""


@dataclass(frozen=True, slots=True)
class Carried:
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


@dataclass(frozen=True, slots=True)
class Given:
    """What a step gives to what is outside: a state of it (then `state` is its letter), or something else."""

    letter: str
    base: str
    tensor: str
    each: Tensor
    state: str = ""
    last: bool = False
    """Whether the last step's alone is read."""


@dataclass(frozen=True, slots=True)
class Own(Recurrent):
    """A loop of the user's own code that hands states on; arguments of torch's layers say nothing here."""

    states: tuple[Carried, ...] = ()
    fed: tuple[Fed, ...] = ()
    given: tuple[Given, ...] = ()
    constants: tuple[Fed, ...] = ()
    """What every round reads all of: an encoder's output."""
    where: str = ""
    way: Literal["fwd", "rev"] = "fwd"
    weights: tuple[str, ...] = ()
    """The stages of a round that have weights."""
    calls: int = 0
    """How many calls a round has."""
    made: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """What a round computes, and from what: ``("c", ("x_t", "c_t-1"))``."""

    @property
    def shapes(self) -> dict[str, str]:
        """The sizes of one round's share of everything, as they are written."""
        return {one.base: str(one.each.sizes) for one in self.parts if one.each is not None}

    @property
    def letters(self) -> dict[str, str]:
        """What stands in print for each letter of ids."""
        return {one.letter: one.base for one in self.parts}

    @property
    def takes(self) -> dict[str, tuple[str, ...]]:
        """From what a round makes each state, and what else it gives."""
        return dict(self.made)

    def each(self, letter: str) -> Tensor | None:
        """Return one step's share of a state, of what is read or given, by its letter in print."""
        steps: tuple[Carried | Fed | Given, ...] = (*self.fed, *self.states, *self.given)
        return next((one.each for one in steps if one.base == letter), None)

    def whole(self, base: str) -> Tensor | None:
        """Return what every round reads all of, by its name in print."""
        return next((one.each for one in self.constants if one.base == base), None)

    @property
    def parts(self) -> tuple[Carried | Fed | Given, ...]:
        """All that a round reads, hands on and gives."""
        return (*self.fed, *self.states, *self.given, *self.constants)

    @property
    def sizes(self) -> tuple[tuple[str, int], ...]:
        """The letters of its tensors, with their numbers."""
        found = {
            symbol: size
            for tensor in self.tensors
            for symbol, size in zip(tensor.symbols, tensor.sizes, strict=True)
            if symbol.isalpha()
        }
        return tuple((found | {"T": self.timesteps}).items())


def carried(layer: Recurrent) -> tuple[Carried, ...]:
    """The states that a layer hands on, from the top of a drawing down: c above h."""
    if isinstance(layer, Own):
        return layer.states
    h = Carried("h", "h", "hidden")
    return (Carried("c", "c", "cell"), h) if layer.has_cell_state else (h,)


def own_recurrences(trace: Trace) -> tuple[Own, ...]:
    """The loops of the user's code that can be drawn step by step, as recurrences."""
    return tuple(_own(trace, loop) for loop in recurrent_loops(trace) if not why_not(loop, trace))


def _own(trace: Trace, loop: Loop) -> Own:
    """Tell a loop as a recurrence."""
    states = tuple(_states(trace, loop))
    used = {state.base for state in states}
    fed = tuple(_fed(trace, loop, used))
    given = tuple(_given(trace, loop, states, used | {one.base for one in fed}))
    used |= {one.base for one in fed} | {one.base for one in given}
    constants = tuple(_constants(trace, loop, used))
    every: tuple[Carried | Fed | Given, ...] = (*states, *fed, *given, *constants)
    tensors = [one.each for one in every if one.each is not None]
    tensors += [one.whole for one in fed if one.whole is not None]
    stages = [stage for name in loop.stages if (stage := trace.stage(name))]
    return Own(
        name=loop.name, type="own", input_size=0, hidden_size=0, num_layers=1, bias=True,
        batch_first=False, dropout=0.0, bidirectional=False, proj_size=0, nonlinearity="",
        timesteps=loop.rounds, batch_size=None, lengths=None, states_given=False, tensors=tuple(tensors),
        parameters=tuple(p for stage in stages for p in stage.parameters),
        states=states, fed=fed, given=given, constants=constants, where=loop.where,
        way="rev" if any(way(read, loop.rounds) == "rev" for read in stepwise(loop)) else "fwd",
        weights=tuple(stage.name for stage in stages if stage.parameters),
        made=tuple(_made(loop, states, fed, given, constants)), calls=len(loop.body),
    )  # fmt: skip


def _states(trace: Trace, loop: Loop) -> Iterator[Carried]:
    """Yield the states, those like c above those like h; what has its name keeps its colour unmarked."""
    read = {tensor for tensor, _ in loop.results}
    names = unique([spelt(state.name) for state in loop.states], "s")
    roles = [_role(base, state, read, alone=len(names) == 1)
             for base, state in zip(names, loop.states, strict=True)]  # fmt: skip
    counts = dict.fromkeys(USUAL, 0 if len(names) == 1 else 1)
    marks: list[int] = []
    for base, role in zip(names, roles, strict=True):
        first = base == next((b for b in names if b in USUAL[role]), None)
        marks.append(0 if first else counts[role])
        counts[role] += not first
    found = [
        Carried(
            ident(base), base, role, mark, state.name, state.tensor,
            _tensor(trace, state.tensor, state.sizes), state.begun, state.zeros, state.detached,
        )
        for base, role, mark, state in zip(names, roles, marks, loop.states, strict=True)
    ]  # fmt: skip
    yield from sorted(found, key=lambda one: (one.role == "hidden", -one.mark))


def _role(base: str, state: State, read: Collection[str], *, alone: bool) -> Literal["hidden", "cell"]:
    if base in USUAL["cell"]:
        return "cell"
    return "hidden" if base in USUAL["hidden"] or alone or state.tensor in read else "cell"


def _fed(trace: Trace, loop: Loop, used: Collection[str]) -> Iterator[Fed]:
    reads = stepwise(loop)
    names = unique([spelt(read.name) for read in reads], "x", used)
    for base, read in zip(names, reads, strict=True):
        whole = _whole(trace, read.tensor)
        each = whole
        if read.axis is not None:
            keep = [axis for axis in range(len(whole.sizes)) if axis != read.axis]
            sizes, symbols = ([part[axis] for axis in keep] for part in (whole.sizes, whole.symbols))
            each = replace(whole, sizes=tuple(map(int, sizes)), symbols=tuple(map(str, symbols)))
        first = read.steps[0] if way(read, loop.rounds) == "fwd" else 0
        yield Fed(ident(base), base, read.name, read.tensor, each, whole if read.axis is not None else None,
                  first)  # fmt: skip


def _given(trace: Trace, loop: Loop, states: Sequence[Carried], used: Collection[str]) -> Iterator[Given]:
    """Yield what is read outside of more rounds than the last, or of what is no state."""
    own = {state.tensor: state for state in states}
    own |= {state.tensor.replace(".h_n", ".output"): state for state in states}
    made = {one.tensor for one in loop.made}
    results = [(tensor, taken) for tensor, taken in loop.results if tensor in made or tensor in own]
    free = [tensor for tensor, _ in results if tensor not in own]
    called = dict(loop.called)
    names = unique([spelt(called.get(tensor, "")) for tensor in free], "y", used)
    named = dict(zip(free, names, strict=True))
    for tensor, taken in results:
        state = own.get(tensor)
        if state is not None and state.each is not None:
            if taken != "last":
                yield Given(state.letter, state.base, state.tensor, state.each, state.letter)
            continue
        each = _whole(trace, tensor)
        yield Given(ident(named[tensor]), named[tensor], tensor, each, last=taken == "last")


def _made(
    loop: Loop,
    states: Sequence[Carried],
    fed: Sequence[Fed],
    given: Sequence[Given],
    constants: Sequence[Fed],
) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield from what a round makes each of its tensors, in the letters of the drawing."""
    named = {("state", state.tensor): f"{state.base}_t-1" for state in states}
    named |= {("step", one.tensor): f"{one.base}_t" for one in fed}
    named |= {("constant", one.tensor): one.base for one in constants}
    bases = {one.tensor: one.base for one in given} | {one.tensor: one.base for one in states}
    for one in loop.made:
        if one.tensor in bases:
            taken = {(kind, tensor) for kind, tensor, _ in one.takes}
            yield bases[one.tensor], tuple(said for key, said in named.items() if key in taken)


def _whole(trace: Trace, name: str) -> Tensor:
    """The tensor of a full name as measured."""
    stage, _, output = name.rpartition(".")
    found = trace.stage(stage)
    of_stage = found.outputs if found else ()
    for tensor in (*trace.inputs, trace.input):
        if tensor.name == name:
            return tensor
    chosen = next((one for one in of_stage if one.name == output), None) or of_stage[0]
    return replace(chosen, name=name)


def _tensor(trace: Trace, name: str, sizes: tuple[int, ...]) -> Tensor:
    """A state as it was handed on, in the letters of the stage that gave it."""
    whole = _whole(trace, name)
    symbols = whole.symbols if whole.sizes == sizes else tuple(map(str, sizes))
    return Tensor(name, sizes, symbols)


def _constants(trace: Trace, loop: Loop, used: Collection[str]) -> Iterator[Fed]:
    """Yield what every round reads all of, and makes something from."""
    taken = {name for one in loop.made for kind, name, _ in one.takes if kind == "constant"}
    reads = {read.tensor: read for read in loop.reads if read.how == "constant" and read.tensor in taken}
    names = unique([spelt(read.name) for read in reads.values()], "a", used)
    for base, (tensor, read) in zip(names, reads.items(), strict=True):
        whole = _whole(trace, tensor)
        yield Fed(ident(base), base, read.name, tensor, whole, whole)
