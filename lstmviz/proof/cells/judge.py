"""A drawn cell held against the real module: its arrows, operations, names and shapes.

- The drawn graph is followed with the module's own weights, and gives the module's h and c, at every step
  of several random runs, to 1e-12 in float64.
- All these steps are run again operation by operation, and what stands in the drawing is among the values
  that torch computes on the way, or leads to one.
- Every label is compared with what its node or its parameter really is, and every printed equation is
  worked out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from lstmviz.network.run import undisturbed
from lstmviz.proof.cells.algebra import Numbers
from lstmviz.proof.cells.equations import Reader, alike, equation_faults, printed
from lstmviz.proof.cells.graph import Cell, Computed, arrow, compute, read, structure_faults
from lstmviz.proof.cells.labels import label_faults
from lstmviz.proof.cells.log import values_of_step
from lstmviz.proof.evidence import CLOSE
from lstmviz.proof.states import States, directions, step_through
from lstmviz.scene import ids
from lstmviz.scene.scene import Scene

SEEDS = (0, 1, 2)
BATCH, STEPS = 3, 3
"""Sizes of the random runs."""
MOST = 4_000_000
"""A module with more weights is run as a smaller one of the same kind: what is drawn is the same."""

Vectors = dict[str, torch.Tensor]


@dataclass(frozen=True, slots=True)
class CellEvidence:
    """What one cell of a module does, in all steps of all runs as one batch.

    `given` and `results` hold the states that enter and leave under the ids
    that a scene gives them, `passed` every value on the way, by shape.
    """

    numbers: Numbers
    given: Vectors
    results: Vectors
    passed: dict[torch.Size, torch.Tensor]

    def passes(self, value: torch.Tensor) -> bool:
        """Whether torch computes a value on the way."""
        same = self.passed.get(value.shape)
        return same is not None and bool(((same - value).abs().flatten(1).amax(1) <= CLOSE).any())


def cell_faults(scene: Scene, module: nn.RNNBase, *, layer: int, direction: int) -> tuple[list[str], int]:
    """What is wrong with a drawn cell, and how many of its arrows are proven.

    `module` is a real float64 module (of any size: a very large one may be on
    the device ``meta``), `direction` 0 or 1. Nothing of torch's state is
    changed; random numbers come from generators of their own.
    """
    with undisturbed():
        known = cell_evidence(module, layer, direction)
        return faults_against(known, scene, module, layer=layer, direction=direction)


def cell_evidence(module: nn.RNNBase, layer: int, direction: int) -> CellEvidence:
    """Run a module, and watch one step of one of its cells; best within `undisturbed`."""
    small, before = runnable(module), "t+1" if direction else "t-1"
    found = list(runs(small, layer, direction))
    given = {"x.t": torch.cat([run.inputs for run in found]).flatten(0, 1)}
    results: Vectors = {}
    for k, base in enumerate("hc"[: len(found[0].after)]):
        given[ids.named(base, before)] = torch.cat([run.before[k] for run in found]).flatten(0, 1)
        results[ids.named(base, "t")] = torch.cat([run.after[k] for run in found]).flatten(0, 1)
    results["h.t.up"] = results["h.t"]
    passed = values_of_step(found[0].cell.alone, tuple(given.values()))
    return CellEvidence(Numbers(dict(small.named_parameters()), small.hidden_size), given, results, passed)


def faults_against(
    known: CellEvidence, scene: Scene, module: nn.RNNBase, *, layer: int, direction: int
) -> tuple[list[str], int]:
    """Hold a scene against what is known of a cell: faults, and the number of arrows without any."""
    drawn = read(scene, type(module).__name__.lower())
    ends = {*known.given, *known.results}
    faults = [f"{name} is not drawn" for name in sorted(ends - drawn.nodes.keys())]
    faults += [*structure_faults(drawn), *label_faults(scene, drawn, module, layer, direction)]
    found = compute(drawn, {n: v for n, v in known.given.items() if n in drawn.nodes}, known.numbers)
    wrong, right = _flow_faults(drawn, known, found)
    faults += wrong
    suffix = f"_l{layer}" + ("_reverse" if direction else "")
    given = {name.replace(".", "_"): value for name, value in known.given.items()}
    reader = Reader(drawn.type, suffix, printed(scene), given, known.numbers)
    real = {name.replace(".", "_"): value for name, value in known.results.items() if name != "h.t.up"}
    faults += equation_faults(scene, found.values, real, reader)
    torn = {a for a in drawn.arrows if any(arrow(*a) in fault for fault in faults)}
    proven = [a for a in drawn.arrows if a[1] in right and a not in torn]
    return list(dict.fromkeys(faults)), len(proven)


def _flow_faults(drawn: Cell, known: CellEvidence, found: Computed) -> tuple[list[str], set[str]]:
    """Follow the drawing with numbers, beside the module: faults, and the nodes that are right."""
    faults, right = [*found.faults], {*known.given}
    for name, real in known.results.items():
        last = ", ".join(arrow(source, name) for source in drawn.into(name)) or name
        if name not in found.values:
            faults.append(f"{name} cannot be computed from what is drawn")
        elif not alike(found.values[name], real):
            faults.append(f"{last}: another {name} than the module's")
        else:
            right.add(name)
    between = {name: value for name, value in found.values.items() if name not in known.results}
    right |= {name for name, value in between.items() if known.passes(value)}
    for _ in drawn.nodes:  # what torch groups in another way is right if what it leads to is
        right |= {source for source, target in drawn.arrows if target in right and source in found.values}
    for name in drawn.nodes:
        if name not in right and set(drawn.into(name)) <= right:
            coming = ", ".join(arrow(source, name) for source in drawn.into(name)) or name
            faults.append(f"{coming}: torch computes nothing like it in this cell")
    return faults, right


def runnable(module: nn.RNNBase) -> nn.RNNBase:
    """The module itself, or one of the same kind that is small enough to run."""
    if sum(p.numel() for p in module.parameters()) <= MOST and not next(module.parameters()).is_meta:
        return module
    options: dict[str, Any] = {
        name: getattr(module, name) for name in ("num_layers", "bias", "bidirectional", "batch_first")
    }
    if module.mode.startswith("RNN"):
        options["nonlinearity"] = module.nonlinearity
    if module.proj_size:
        options["proj_size"] = 2
    return type(module)(3, 4, dtype=torch.float64, **options).eval()  # type: ignore[arg-type]


def runs(module: nn.RNNBase, layer: int, direction: int) -> Iterator[States]:
    """The cell's states in random runs of the whole module, which agree with the module's own."""
    deep, wide = module.num_layers * directions(module), module.proj_size or module.hidden_size
    for seed in SEEDS:
        random = torch.Generator().manual_seed(seed)
        sizes = [(STEPS, BATCH, module.input_size), (deep, BATCH, wide), (deep, BATCH, module.hidden_size)]
        made = [torch.randn(size, dtype=torch.float64, generator=random) for size in sizes]
        begun = tuple(made[1:] if module.mode == "LSTM" else made[1:2])
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
        assert alike(real[index], stepped[last])
