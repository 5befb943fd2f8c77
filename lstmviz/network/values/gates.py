"""The gates and states of one layer over time, computed from its weights by the equations of its cell.

They are refused unless the states are the module's own to 1e-5, at every step.
"""

from __future__ import annotations

from typing import Any, Literal

import torch

from lstmviz.errors import ModelError
from lstmviz.network.structure import Recurrent
from lstmviz.network.values.carried import Lane, lanes, lanes_again
from lstmviz.network.values.data import Activity
from lstmviz.network.values.rounding import all_rounded
from lstmviz.network.values.sources import Source

Tensor = torch.Tensor
NEAR = 1e-5
"""The most that a state may differ from the module's own."""
NAMES = {"lstm": "ifgoch", "gru": "rznh", "rnn": "h"}


def activity(
    source: Source, layer: Recurrent, depth: int, direction: Literal["fwd", "rev"], sample: int
) -> Activity:
    """Compute gates and states step by step, in the order of time. Raises ModelError."""
    with source.apart(), torch.no_grad():
        lane = _of(lanes(source, layer, sample), depth, direction)
        return _made(source, layer, lane, sample, _computed(layer, lane))


def again(
    source: Source, layer: Recurrent, depth: int, direction: Literal["fwd", "rev"], sample: int
) -> Activity:
    """Measure the same by another road: states as another run gives them, gates as these states need them.

    f is the derivative of c by the c before, o is h over tanh c, and g or n is what the rest leaves.
    """
    with source.apart(), torch.no_grad():
        lane = _of(lanes_again(source, layer, sample), depth, direction)
        steps, error = _computed(layer, lane)
        return _made(source, layer, lane, sample, (_from_states(lane, layer, steps), error))


def _of(every: list[Lane], depth: int, direction: str) -> Lane:
    return next(one for one in every if (one.depth, one.direction) == (depth, direction))


def _made(
    source: Source, layer: Recurrent, lane: Lane, sample: int, computed: tuple[dict[str, Tensor], float]
) -> Activity:
    """Return the values of every step, (T, H) as the lane reads them, unit by unit in the order of time."""
    steps, error = computed
    inputs = lane.given
    if lane.direction == "rev":
        steps, inputs = {name: value.flip(0) for name, value in steps.items()}, inputs.flip(0)
    names = NAMES[layer.type]
    values = tuple(_unit_by_unit(steps[name]) for name in names)
    units = tuple((name, steps[name].shape[1]) for name in names)
    return Activity(
        layer.name, lane.depth, lane.direction, sample, len(inputs), units, values,
        _unit_by_unit(inputs), inputs.shape[1], error, source.origin,
    )  # fmt: skip


def _from_states(lane: Lane, layer: Recurrent, known: dict[str, Tensor]) -> dict[str, Tensor]:
    before, after = lane.states[0][:-1], lane.states[0][1:]
    found = known | {"h": after}
    if layer.type == "gru":
        found["n"] = (after - known["z"] * before) / (1 - known["z"])
    if layer.type != "lstm":
        return found
    with torch.enable_grad():
        c = lane.states[1][:-1].clone().requires_grad_()
        ended = lane.step(lane.given, (before, c))[1]
        (f,) = torch.autograd.grad(ended.sum(), c)
    c_t = lane.states[1][1:]
    found |= {"c": c_t, "f": f, "g": (c_t - f * lane.states[1][:-1]) / known["i"]}
    return found if layer.proj_size else found | {"o": after / c_t.tanh()}


def _unit_by_unit(value: Tensor) -> tuple[float | None, ...]:
    return all_rounded(value.T)


def _computed(layer: Recurrent, lane: Lane) -> tuple[dict[str, Tensor], float]:
    """Return every gate and state at every step, (T, H), by the equations; and how far the states are off.

    ModelError where that is more than rounding.
    """
    weights: dict[str, Any] = dict(lane.module.named_parameters())
    h = lane.states[0][0]
    c = lane.states[1][0] if len(lane.states) > 1 else h
    found: dict[str, list[Tensor]] = {name: [] for name in NAMES[layer.type]}
    for x in lane.given:
        one = weights["weight_ih_l0"] @ x + weights.get("bias_ih_l0", 0.0)
        two = weights["weight_hh_l0"] @ h + weights.get("bias_hh_l0", 0.0)
        now = _CELLS[layer.type](one, two, h, c, layer)
        h, c = now["h"], now.get("c", c)
        if layer.proj_size:
            h = now["h"] = weights["weight_hr_l0"] @ h
        for name, value in now.items():
            found[name].append(value)
    steps = {name: torch.stack(values) for name, values in found.items()}
    apart = [(steps[n] - own[1:]).abs().max() for n, own in zip("hc", lane.states, strict=False)]
    error = float(torch.stack(apart).max())
    if not error <= NEAR:
        raise ModelError(
            f"{layer.name} is computed otherwise than by the equations of its cell: {error:.1e} apart"
        )
    return steps, error


def _lstm(one: Tensor, two: Tensor, _h: Tensor, c: Tensor, _layer: Recurrent) -> dict[str, Tensor]:
    i, f, g, o = (one + two).chunk(4)
    i, f, g, o = i.sigmoid(), f.sigmoid(), g.tanh(), o.sigmoid()
    new = f * c + i * g
    return {"i": i, "f": f, "g": g, "o": o, "c": new, "h": o * new.tanh()}


def _gru(one: Tensor, two: Tensor, h: Tensor, _c: Tensor, _layer: Recurrent) -> dict[str, Tensor]:
    (r1, z1, n1), (r2, z2, n2) = one.chunk(3), two.chunk(3)
    r, z = (r1 + r2).sigmoid(), (z1 + z2).sigmoid()
    n = (n1 + r * n2).tanh()
    return {"r": r, "z": z, "n": n, "h": (1 - z) * n + z * h}


def _rnn(one: Tensor, two: Tensor, _h: Tensor, _c: Tensor, layer: Recurrent) -> dict[str, Tensor]:
    total = one + two
    return {"h": total.relu() if layer.nonlinearity == "relu" else total.tanh()}


_CELLS = {"lstm": _lstm, "gru": _gru, "rnn": _rnn}
