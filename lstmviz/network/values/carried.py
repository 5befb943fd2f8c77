"""How much the states of a recurrent layer move its last ones: ‖∂h_T/∂h_t‖ and ‖∂c_T/∂c_t‖ for every t.

Each layer and direction is stepped alone, with the module's own parameters. Of every step the derivatives of
its states by those before are taken, all steps side by side; their products lead back from the last state to
each t.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, cast

import torch
from torch import nn

from lstmviz.errors import ModelError
from lstmviz.network.structure import Recurrent
from lstmviz.network.values.data import State, StateGradients
from lstmviz.network.values.quotients import quotients
from lstmviz.network.values.reached import in_time, reached
from lstmviz.network.values.sources import Source
from lstmviz.scene.plots import rounded

Tensor = torch.Tensor
NEAR = 1e-5
"""The most that a stepped state may differ from the module's own output."""
RUNS, SAME, LOST = 8, 1e-3, 1e-7
"""From so many t, and from T, a changed state is run to the end; what is the same there: a share, or no more
than is lost in such quotients."""
PRODUCTS = 4e10
"""More multiplications than this are not spent on the derivatives of a layer."""
ROWS = 4096
"""So many rows of derivatives are taken at a time."""


@dataclass(frozen=True, slots=True)
class Lane:
    """One layer in one direction: a module of its own with the real parameters, what it reads, its states.

    `given` is (T, F) in the order in which the direction reads it; `states` are those of every t from 0,
    (T + 1, H) of h, and of c.
    """

    depth: int
    direction: Any
    module: nn.Module
    given: Tensor
    states: tuple[Tensor, ...]

    def step(self, given: Tensor, states: Sequence[Tensor]) -> tuple[Tensor, ...]:
        """Run one step of many samples: (B, F) and (B, H) to (B, H) of each state."""
        begun = tuple(state[None] for state in states)
        _, ended = self.module(given[None], begun if len(begun) > 1 else begun[0])
        return tuple(state[0] for state in (ended if len(begun) > 1 else (ended,)))


def lanes(source: Source, layer: Recurrent, sample: int) -> list[Lane]:
    """Step every layer and direction of a recurrent module through one sample."""
    key = ("lanes", layer.name, sample)
    if key not in source.found:
        found = _lanes(source, layer, lambda: source.once(sample, layer))
        if layer.cell:
            in_time(source, layer, sample, found[0].given)
        source.found[key] = found
    return cast("list[Lane]", source.found[key])


def lanes_again(source: Source, layer: Recurrent, sample: int) -> list[Lane]:
    """Step them through what the sample is to the module in another run than on copies."""
    return _lanes(source, layer, lambda: source.again(sample, layer))


def _lanes(source: Source, layer: Recurrent, run: Callable[[], int]) -> list[Lane]:
    module = source.recurrent(layer.name)
    given, begun, output = reached(source, module, layer, run)
    found: list[Lane] = []
    for depth in range(layer.num_layers):
        above = []
        for at, way in enumerate(layer.ways):
            alone = _alone(module, layer, depth, way)
            read = given.flip(0) if way == "rev" else given
            first = tuple(state[depth * layer.directions + at] for state in begun)
            lane = _stepped(Lane(depth, way, alone, read, first))
            found.append(lane)
            top = lane.states[0][1:]
            above.append(top.flip(0) if way == "rev" else top)
        given = torch.cat(above, -1)
    apart = float((given - output).abs().max()) if given.shape == output.shape else math.inf
    if not apart <= NEAR:
        raise ModelError(f"stepped alone, {layer.name} does not give its output again: {apart:.1e} apart")
    return found


def _alone(module: nn.Module, layer: Recurrent, depth: int, way: str) -> nn.Module:
    """Build a module of one layer and direction that shares the real one's parameters."""
    end = "" if layer.cell else f"_l{depth}{'_reverse' if way == 'rev' else ''}"
    more: dict[str, Any] = {"nonlinearity": layer.nonlinearity} if layer.type == "rnn" else {}
    more |= {"proj_size": layer.proj_size} if layer.proj_size else {}
    inputs = getattr(module, f"weight_ih{end}").shape[1]
    alone: nn.Module = {"lstm": nn.LSTM, "gru": nn.GRU, "rnn": nn.RNN}[layer.type](
        inputs, layer.hidden_size, bias=layer.bias, dtype=torch.float64, **more
    )
    with torch.no_grad():
        for name, parameter in alone.named_parameters():
            parameter.copy_(getattr(module, name.replace("_l0", end)))
    return alone.eval().requires_grad_(requires_grad=False)


def _stepped(lane: Lane) -> Lane:
    states, all_ = tuple(state[None] for state in lane.states), []
    all_.append(states)
    for row in lane.given:
        states = lane.step(row[None], states)
        all_.append(states)
    whole = tuple(torch.cat([states[k] for states in all_]) for k in range(len(states)))
    return Lane(lane.depth, lane.direction, lane.module, lane.given, whole)


def carried(source: Source, layer: Recurrent, sample: int) -> tuple[StateGradients, ...]:
    """Measure the norms of ∂h_T/∂h_t, and of ∂c_T/∂c_t, for every layer, direction and t from 0."""
    with source.apart():
        found: list[StateGradients] = []
        for lane in lanes(source, layer, sample):
            values = _norms(lane, _jacobians)
            letters: list[State] = ["h", "c"]
            for letter, norms in zip(letters, values, strict=False):
                numbers = tuple(rounded(value) for value in norms)
                found.append(StateGradients(layer.name, lane.depth, lane.direction, letter, numbers))
    return tuple(found)


def _norms(lane: Lane, derivatives: Callable[[Lane], Iterator[Tensor]]) -> list[list[float]]:
    """Return the norms of h's block, and of c's, of the products of derivatives, t from 0 to T."""
    sizes = [state.shape[1] for state in lane.states]
    total, steps = sum(sizes), len(lane.given)
    weights = sum(parameter.numel() for parameter in lane.module.parameters())
    if steps * total * weights > PRODUCTS:
        raise ModelError(
            f"a layer of {sizes[-1]} units over {steps} steps is too large to differentiate step by step"
        )
    begins = [sum(sizes[:k]) for k in range(len(sizes))]
    product = torch.eye(total, dtype=torch.float64)
    norms = [[_of(product, begins, sizes, k)] for k in range(len(sizes))]
    for jacobian in derivatives(lane):
        product = product @ jacobian
        for k in range(len(sizes)):
            norms[k].insert(0, _of(product, begins, sizes, k))
    return norms


def _of(product: Tensor, begins: list[int], sizes: list[int], k: int) -> float:
    block = slice(begins[k], begins[k] + sizes[k])
    return float(torch.linalg.matrix_norm(product[block, block], 2))


def _jacobians(lane: Lane) -> Iterator[Tensor]:
    """Yield the derivatives of each step's states by those before it, the last step first."""
    total = sum(state.shape[1] for state in lane.states)
    many = max(1, ROWS // total)
    for end in range(len(lane.given), 0, -many):
        begin = max(0, end - many)
        steps = torch.arange(begin, end).repeat_interleave(total)
        with torch.enable_grad():
            before = [state[steps].clone().requires_grad_() for state in lane.states]
            after = torch.cat(lane.step(lane.given[steps], before), -1)
            asked = after.view(end - begin, total, total).diagonal(dim1=1, dim2=2).sum()
            grads = torch.autograd.grad(asked, before)
        rows = torch.cat(grads, -1).view(end - begin, total, total)
        yield from reversed(rows.unbind(0))


def carried_differences(source: Source, layer: Recurrent, sample: int) -> tuple[StateGradients, ...]:
    """Measure the same by quotients of differences: of every step, and their products lead back to each t.

    At some t a state is changed and the layer run to its end: where that is otherwise, it is what is given.
    """
    with source.apart(), torch.no_grad():
        found: list[StateGradients] = []
        for lane in lanes_again(source, layer, sample):
            letters: list[State] = ["h", "c"]
            last = len(lane.given)
            bends: list[int] = []
            for at, (letter, norms) in enumerate(
                zip(letters, _norms(lane, partial(_quotients, bends)), strict=False)
            ):
                for t in sorted({round(k * last / RUNS) for k in range(RUNS + 1)}):
                    whole = _quotient(lane, at, t)
                    if not abs(norms[t] - whole) <= SAME * whole + LOST:
                        norms[t] = whole
                values = tuple(rounded(value) for value in norms)
                found.append(
                    StateGradients(
                        layer.name, lane.depth, lane.direction, letter, values, max(bends, default=0)
                    )
                )
    return tuple(found)


def _quotients(bends: list[int], lane: Lane) -> Iterator[Tensor]:
    """Yield the same as `_jacobians`, by quotients; `bends` gets the steps that stand on a bend."""
    for t in range(len(lane.given) - 1, -1, -1):
        before = _after(lane, t)
        changed = partial(_changed, lane, before, range(t, t + 1))
        slopes, bent, _ = quotients(changed, _after(lane, t + 1), torch.arange(len(before)))
        if bent.any():
            bends.append(t + 1)
        yield slopes.T


def _changed(lane: Lane, before: Tensor, rows: range, which: Tensor, step: float) -> tuple[Tensor, Tensor]:
    """Read some rows, with some numbers of the states a step more, and less: (B, all units) of each."""
    shift = step * torch.eye(len(before), dtype=torch.float64)[which]
    sizes = [state.shape[1] for state in lane.states]
    now = torch.split(before + torch.cat([shift, -shift]), sizes, -1)
    for row in lane.given[rows.start : rows.stop]:
        now = lane.step(row.expand(2 * len(which), -1), now)
    after = torch.cat(now, -1)
    return after[: len(which)], after[len(which) :]


def _after(lane: Lane, t: int) -> Tensor:
    return torch.cat([state[t] for state in lane.states])


def _quotient(lane: Lane, at: int, t: int) -> float:
    """The norm of what a state at t does to the last one, run through to the end."""
    sizes = [state.shape[1] for state in lane.states]
    block = slice(sum(sizes[:at]), sum(sizes[: at + 1]))
    before, last = _after(lane, t), _after(lane, len(lane.given))
    rows, units = range(t, len(lane.given)), torch.arange(len(before))[block]

    def changed(which: Tensor, step: float) -> tuple[Tensor, Tensor]:
        more, less = _changed(lane, before, rows, which, step)
        return more[:, block], less[:, block]

    moved, *_ = quotients(changed, last[block], units)
    return float(torch.linalg.matrix_norm(moved, 2))
