"""A drawn cell held against the real module: its arrows, operations, names and shapes.

Three ways, none of which takes the others' word:

- the drawn graph is followed with the module's own weights, and gives the module's h and c, at every step
  of several random runs, to 1e-12 in float64;
- one step of the module is watched operation by operation, and what the drawing computes is the same
  polynomial of the same functions of the same products (`cell_log` says how both are brought to one form);
- every label is compared with what its node or its parameter really is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch

from lstmviz.network.proof.cell_graph import Algebra, Cell, arrow, compute, read, structure_faults
from lstmviz.network.proof.cell_labels import label_faults
from lstmviz.network.proof.cell_log import Log, log_of
from lstmviz.network.proof.cell_symbols import Applied, Form, Rows, State, UndefinedError
from lstmviz.network.proof.states import cells, directions, step_through

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from torch import nn

    from lstmviz.network.proof.states import States
    from lstmviz.scene.items import Scene

EXACT = 1e-12
SEEDS = (0, 1, 2)
BATCH, STEPS = 3, 3
"""Sizes of the random runs."""
MOST = 4_000_000
"""A module with more weights is run as a smaller one of the same kind: what is drawn is the same."""


def cell_faults(scene: Scene, module: nn.RNNBase, *, layer: int, direction: int) -> tuple[list[str], int]:
    """What is wrong with a drawn cell, and how many of its arrows are proven.

    `module` is a real float64 module (of any size: a very large one may be on
    the device ``meta``), `direction` 0 or 1. Nothing of torch's state is
    changed; random numbers come from generators of their own.
    """
    drawn = read(scene, type(module).__name__.lower())
    faults = [*structure_faults(drawn), *label_faults(scene, drawn, module, layer, direction)]
    runs = _runnable(module)
    before = "t+1" if direction else "t-1"
    wrong, unproven = _flow_faults(drawn, runs, layer, direction, before)
    faults += wrong
    faults += _value_faults(drawn, runs, layer, direction, before)
    torn = {a for a in drawn.arrows if any(arrow(*a) in fault for fault in faults)}
    proven = [a for a in drawn.arrows if a[1] not in unproven and a not in torn]
    return list(dict.fromkeys(faults)), len(proven)


def _runnable(module: nn.RNNBase) -> nn.RNNBase:
    """The module itself, or one of the same kind that is small enough to run."""
    if sum(p.numel() for p in module.parameters()) <= MOST and not next(module.parameters()).is_meta:
        return module
    options: dict[str, Any]
    kinds = (
        "num_layers",
        "bias",
        "bidirectional",
        *(("nonlinearity",) if module.mode.startswith("RNN") else ()),
    )
    options = {name: getattr(module, name) for name in kinds}
    if module.proj_size:
        options["proj_size"] = 2
    with torch.random.fork_rng(devices=[]):
        return type(module)(3, 4, dtype=torch.float64, **options).eval()  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class Numbers:
    """Values as tensors, with a module's own weights."""

    parameters: Mapping[str, torch.Tensor]
    hidden: int

    def plus(self, one: torch.Tensor, two: torch.Tensor) -> torch.Tensor:
        """The sum."""
        _fitting(one, two)
        return one + two

    def times(self, one: torch.Tensor, two: torch.Tensor) -> torch.Tensor:
        """The product, entry by entry."""
        _fitting(one, two)
        return one * two

    def one_minus(self, value: torch.Tensor) -> torch.Tensor:
        """What is missing to one."""
        return 1 - value

    def apply(self, function: str, value: torch.Tensor) -> torch.Tensor:
        """Return σ, tanh or ReLU of every entry."""
        done: torch.Tensor = getattr(torch, function)(value)
        return done

    def affine(self, weight: str, bias: str | None, value: torch.Tensor) -> torch.Tensor:
        """W v, or W v + b."""
        missing = [n for n in (weight, bias) if n is not None and n not in self.parameters]
        if missing:
            raise UndefinedError(f"the module has no {missing[0]}")
        if self.parameters[weight].shape[1] != value.shape[-1]:
            raise UndefinedError(
                f"{weight} takes {self.parameters[weight].shape[1]} numbers, not {value.shape[-1]}"
            )
        made = value @ self.parameters[weight].T
        return made if bias is None else made + self.parameters[bias]

    def blocks(self, value: torch.Tensor, first: int, last: int) -> torch.Tensor:
        """Blocks of H rows each."""
        if value.shape[-1] < last * self.hidden:
            raise UndefinedError(f"it has {value.shape[-1]} rows")
        return value[..., first * self.hidden : last * self.hidden]


def _fitting(one: torch.Tensor, two: torch.Tensor) -> None:
    if one.shape != two.shape:
        raise UndefinedError(f"{one.shape[-1]} numbers meet {two.shape[-1]}")


@dataclass(frozen=True, slots=True)
class Forms:
    """Values as normal forms."""

    rows: Mapping[str, int]
    """How many rows each parameter has."""
    hidden: int

    def plus(self, one: Form, two: Form) -> Form:
        """The sum."""
        return one.plus(two)

    def times(self, one: Form, two: Form) -> Form:
        """The product, entry by entry."""
        return one.times(two)

    def one_minus(self, value: Form) -> Form:
        """What is missing to one."""
        return Form.one().plus(value, -1)

    def apply(self, function: str, value: Form) -> Form:
        """Return σ, tanh or ReLU of a form."""
        return Form.of(Applied(function, value))

    def affine(self, weight: str, bias: str | None, value: Form) -> Form:
        """W v, or W v + b."""
        if weight not in self.rows or (bias is not None and bias not in self.rows):
            raise UndefinedError(f"the module has no {weight if weight not in self.rows else bias}")
        made = Form.of(Rows(weight, 0, self.rows[weight], value))
        return made if bias is None else made.plus(Form.of(Rows(bias, 0, self.rows[bias])))

    def blocks(self, value: Form, first: int, last: int) -> Form:
        """Blocks of H rows each."""
        return value.rows(first * self.hidden, last * self.hidden)


def _value_faults(drawn: Cell, module: nn.RNNBase, layer: int, direction: int, before: str) -> list[str]:
    """Follow the drawing with numbers, step by step, beside the module."""
    algebra = Numbers(dict(module.named_parameters()), module.hidden_size)
    faults: list[str] = []
    for states in _runs(module, layer, direction):
        given = {"x.t": states.inputs, f"h.{before}": states.before[0]}
        given |= {f"c.{before}": part for part in states.before[1:]}
        with torch.no_grad():
            found = compute(drawn, given, algebra)
        faults += found.faults
        wanted = {"h.t": states.after[0], "h.t.up": states.after[0]}
        wanted |= dict.fromkeys(["c.t"][: len(states.after) - 1], states.after[-1])
        for name, real in wanted.items():
            if name in found.values and not _same(found.values[name], real):
                faults.append(f"{_last(drawn, name)} gives another {name} than the module")
            elif name not in found.values:
                faults.append(f"{name} cannot be computed from what is drawn")
    return faults


def _same(one: torch.Tensor, two: torch.Tensor) -> bool:
    return one.shape == two.shape and bool((one - two).abs().max() <= EXACT)


def _last(drawn: Cell, name: str) -> str:
    return ", ".join(arrow(source, name) for source in drawn.into(name)) or name


def _runs(module: nn.RNNBase, layer: int, direction: int) -> Iterator[States]:
    """The cell's states in random runs of the whole module, which agree with the module's own."""
    deep, wide = module.num_layers * directions(module), module.proj_size or module.hidden_size
    for seed in SEEDS:
        random = torch.Generator().manual_seed(seed)
        sizes = [(STEPS, BATCH, module.input_size), (deep, BATCH, wide), (deep, BATCH, module.hidden_size)]
        made = [torch.randn(size, dtype=torch.float64, generator=random) for size in sizes]
        begun = tuple(made[1:] if module.mode == "LSTM" else made[1:2])
        with torch.no_grad():
            for states in step_through(module, made[0], begun):
                if (states.cell.layer, states.cell.direction) == (layer, direction):
                    _agree(module, made[0], begun, states)
                    yield states


def _agree(module: nn.RNNBase, inputs: torch.Tensor, begun: tuple[torch.Tensor, ...], states: States) -> None:
    """Assert that the stepped states end as the module's own h_n and c_n do."""
    given = inputs.transpose(0, 1) if module.batch_first else inputs
    ended = module(given, begun if len(begun) > 1 else begun[0])[1]
    index = states.cell.layer * directions(module) + states.cell.direction
    last = 0 if states.cell.direction else -1
    for real, stepped in zip(ended if len(begun) > 1 else (ended,), states.after, strict=True):
        assert _same(real[index], stepped[last])


def _flow_faults(
    drawn: Cell, module: nn.RNNBase, layer: int, direction: int, before: str
) -> tuple[list[str], set[str]]:
    """Compare the drawn flow with torch's: faults, and the nodes whose arrows are not proven."""
    given = {"x.t": "x", f"h.{before}": "h"} | ({f"c.{before}": "c"} if module.mode == "LSTM" else {})
    real = _log(module, layer, direction)
    rows = {name: p.shape[0] for name, p in module.named_parameters()}
    states = {name: Form.of(State(letter)) for name, letter in given.items() if name in drawn.nodes}
    algebra: Algebra[Form] = Forms(rows, module.hidden_size)
    found = compute(drawn, states, algebra)
    faults = [*found.faults, *(f"{name} is not drawn" for name in given if name not in drawn.nodes)]
    wanted = dict(zip(("h.t", "c.t"), real.results, strict=False)) | {"h.t.up": real.results[0]}
    faults += [f"{name} is not drawn" for name in wanted if name not in drawn.nodes]
    right = {name for name, form in wanted.items() if found.values.get(name) == form}
    ends = [n for n in drawn.nodes if n in wanted and n not in right]
    known = _known(drawn, found.values, real, right)
    known -= {*ends, *given}
    known |= given.keys() & drawn.nodes.keys()
    for name in drawn.nodes:
        if name not in known and set(drawn.into(name)) <= known:
            coming = ", ".join(arrow(source, name) for source in drawn.into(name)) or name
            faults.append(f"{coming}: torch computes nothing like it in this cell")
    return faults, set(drawn.nodes) - known


def _known(drawn: Cell, values: Mapping[str, Form], real: Log, right: set[str]) -> set[str]:
    """Nodes whose value torch computes too, or that are a step on the way to one."""
    known = {name for name, form in values.items() if form in real.values} | right
    for _ in drawn.nodes:
        known |= {source for source, target in drawn.arrows if target in known and source in values}
    return known


def _log(module: nn.RNNBase, layer: int, direction: int) -> Log:
    """One step of the real cell, watched."""
    cell = next(c for c in cells(module) if (c.layer, c.direction) == (layer, direction))
    names = {id(p): name for name, p in module.named_parameters()}
    wide, random = module.proj_size or module.hidden_size, torch.Generator().manual_seed(0)
    sizes = (cell.alone.input_size, wide, *((module.hidden_size,) if module.mode == "LSTM" else ()))
    vectors = tuple(torch.randn(2, size, dtype=torch.float64, generator=random) for size in sizes)
    return log_of(cell.alone, names, vectors)
