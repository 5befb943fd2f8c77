"""Networks drawn unit by unit, held against the real modules, unit by unit.

The scene alone says what is claimed: which value enters which unit. With all
other values cut (leaves of their own), the Jacobian of each drawn unit's h and
c must be non-zero exactly there. Ids: see `lstmviz.figures.neurons`.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import torch
from torch import nn

from lstmviz.network.run import undisturbed
from lstmviz.network.structure import Recurrent
from lstmviz.proof.evidence import CLOSE
from lstmviz.proof.states import Cell, cells, step_through
from lstmviz.proof.units.labels import name_faults
from lstmviz.proof.units.modules import Modules
from lstmviz.proof.units.read import Drawn, Reader
from lstmviz.scene import ids
from lstmviz.scene.scene import Scene

States = list[tuple[torch.Tensor, ...]]
"""h, and c, of every layer: each ``(T, 1, H)``."""


def unit_faults(scene: Scene, model: Modules, layer: Recurrent | None) -> tuple[list[str], int]:
    """What is wrong with a figure of single units, and how many of its arrows are proven.

    `layer` is the recurrent layer drawn, None for a feed-forward model.
    Nothing of torch's state is changed.
    """
    drawn = Reader(scene, tuple(name for name, _ in model.rows), layer).read()
    with undisturbed(), torch.enable_grad():
        true = set(_true(drawn, model, layer))
        wrong = list(_values(drawn, model, layer)) if layer and model.recurrent is not None else []
    claimed = set(drawn.claims)
    faults = [*drawn.faults, *wrong, *name_faults(scene, layer)]
    ends = (model.rows[0][0], model.rows[-1][0]) if model.rows else ()  # those between may be left out
    faults += [f"no unit of {name} is drawn" for name in ends if name not in drawn.rows]
    faults += [
        f"the arrow {a} → {b} is drawn, and {b} does not depend on it" for a, b in sorted(claimed - true)
    ]
    faults += [f"the arrow {a} → {b} is missing: {b} depends on it" for a, b in sorted(true - claimed)]
    return list(dict.fromkeys(faults)), sum(true.issuperset(one) for one in drawn.arrows)


def _true(drawn: Drawn, model: Modules, layer: Recurrent | None) -> Iterator[tuple[str, str]]:
    """Which drawn value every drawn unit is computed from."""
    if layer is not None and model.recurrent is not None:
        parts = list(cells(model.recurrent))
        for depth in drawn.depths:
            for step in drawn.steps:
                yield from _into_layer(drawn, model, parts[depth], (layer, step))
        if drawn.tokens:  # a token's vector is looked up whole
            yield from (
                (ids.at("token", step=t), ids.at("x", step=t, unit=u))
                for t in drawn.steps
                for u in drawn.inputs
            )
    yield from _rows(drawn, model, layer)


def _into_layer(
    drawn: Drawn, model: Modules, cell: Cell, at: tuple[Recurrent, int]
) -> Iterator[tuple[str, str]]:
    """What the units of a layer at a step are computed from, by the Jacobian of that step."""
    layer, step = at
    depth, wide, below = cell.layer, layer.hidden_size, None
    if depth == 0:
        below = (ids.at("x", step=step), drawn.inputs, layer.input_size)
    elif depth - 1 in drawn.depths:
        below = (ids.at("h", depth - 1, step=step), drawn.units, wide)
    targets = [ids.at("h", depth, step=step, unit=unit) for unit in drawn.units]
    places = [place(unit, wide, cell.alone.hidden_size) for unit in drawn.units]
    inputs, hidden, *kept = model.jacobian(cell, step, places)
    if below is not None:
        name, units, size = below
        yield from _pairs(
            inputs, [(ids.at(name, unit=u), place(u, size, inputs.shape[1])) for u in units], targets
        )
    own = [(u, place(u, wide, hidden.shape[1])) for u in drawn.units]
    yield from _pairs(hidden, [(ids.at("h", depth, step=step - 1, unit=u), i) for u, i in own], targets)
    if kept:
        yield from _pairs(kept[0], [(ids.at("c", depth, step=step - 1, unit=u), i) for u, i in own], targets)


def _pairs(
    mask: torch.Tensor, sources: list[tuple[str, int]], targets: list[str]
) -> Iterator[tuple[str, str]]:
    """The names of what depends on what; a row of the mask is a target."""
    for row, target in zip(mask.tolist(), targets, strict=True):
        yield from ((source, target) for source, index in sources if row[index])


def place(unit: int, true: int, here: int) -> int:
    """The index of a unit in a module that may be narrower: the last stays the last.

    >>> place(1, 64, 64), place(5, 64, 8), place(64, 64, 8)
    (0, 4, 7)
    """
    to_end = true - unit
    return unit - 1 if true == here or unit <= here // 2 or to_end >= here // 2 else here - 1 - to_end


def _rows(drawn: Drawn, model: Modules, layer: Recurrent | None) -> Iterator[tuple[str, str]]:
    """What the units of linear layers are computed from, at every step that reaches them."""
    steps: list[int | None] = [*drawn.steps] if layer else [None]
    if layer and model.last:
        steps = [t for t in drawn.steps if t == layer.computed_steps]
    first = ids.at("h", drawn.depths[-1]) if layer else "x"
    for at in steps:
        source, units = first, drawn.units if layer else drawn.inputs
        for name, module in model.rows:
            above = drawn.rows.get(name, ())
            size = layer.hidden_size if layer and source == first else drawn.sizes.get(source, 0)
            ends = [(ids.at(source, step=at, unit=u), place(u, size, module.in_features)) for u in units]
            rows = [place(u, drawn.sizes.get(name, 0), module.out_features) for u in above]
            mask = model.once((name, *rows), partial(_linear, module, rows))
            yield from _pairs(mask, ends, [ids.at(name, step=at, unit=u) for u in above])
            source, units = name, above


def _linear(module: nn.Linear, units: list[int]) -> torch.Tensor:
    """Where these of a layer's units depend on what it reads: one mask of (unit, source)."""
    leaf = (torch.arange(module.in_features, dtype=torch.float64) + 1).requires_grad_()
    given = module(leaf)
    grads = [torch.autograd.grad(given[unit], leaf, retain_graph=True)[0] for unit in units]
    return torch.stack(grads) != 0 if grads else torch.zeros(0, module.in_features, dtype=torch.bool)


def _values(drawn: Drawn, model: Modules, layer: Recurrent) -> Iterator[str]:
    """Whether what is framed as `output` and h_n is that, in a run of the real module."""
    states, output, ended = model.once(("run",), lambda: _run(model, layer.computed_steps))
    for step, depth in drawn.output.items():
        if (states[0][depth][step - 1] - output[step - 1]).abs().max() > CLOSE:
            name = ids.at("output", step=step)
            yield f"{name} frames the h of layer {depth}, and the module's output is another"
    for (name, depth), step in drawn.ended.items():
        which, end = "hc".index(name), f"{name}_n"
        if (states[which][depth][step - 1] - ended[which][depth]).abs().max() > CLOSE:
            drawn_as = f"the {name} of layer {depth} at t = {step} is drawn as {end}"
            yield f"{drawn_as}, and the module's {end} is another"
    if drawn.framed and set(drawn.output) != set(drawn.steps):
        yield f"output is framed at t = {sorted(drawn.output)}, and drawn are {list(drawn.steps)}"


def _run(model: Modules, last: int) -> tuple[States, torch.Tensor, tuple[torch.Tensor, ...]]:
    """Every layer's h, and c, step by step; and the module's own output, h_n and c_n."""
    module = model.recurrent
    assert module is not None
    generator = torch.Generator().manual_seed(7)
    inputs = torch.rand(last, 1, module.input_size, generator=generator, dtype=torch.float64)
    lstm = isinstance(module, nn.LSTM)
    sizes = (module.num_layers, 1, module.hidden_size)
    begun = tuple(torch.rand(sizes, generator=generator, dtype=torch.float64) for _ in range(1 + lstm))
    with torch.no_grad():
        output, ended = module(inputs, begun if lstm else begun[0])
        stepped = [states.after for states in step_through(module, inputs, begun)]
    return [*zip(*stepped, strict=True)], output, ended if lstm else (ended,)
