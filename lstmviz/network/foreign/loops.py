"""Recurrent layers of other libraries in torch: its own layer, or a loop where none of torch does the same.

Both take x, (T, N, F) or batch first (N, T, F), and states (D, N, H); they give `output` and the last states.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from lstmviz.errors import ModelError
from lstmviz.network.foreign.twins import filled, linear

Tensor = torch.Tensor
CLASSES: dict[str, type[nn.RNNBase]] = {"LSTM": nn.LSTM, "GRU": nn.GRU, "RNN": nn.RNN}
CELLS: dict[str, type[nn.RNNCellBase]] = {"LSTM": nn.LSTMCell, "GRU": nn.GRUCell, "RNN": nn.RNNCell}
USUAL = {"LSTM": ("sigmoid", "tanh", "tanh"), "GRU": ("sigmoid", "tanh"), "RNN": ("tanh",)}
"""Torch's activations: of the gates, of the candidate, of c on its way out."""
ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "sigmoid": torch.sigmoid, "tanh": torch.tanh, "relu": torch.relu, "softsign": functional.softsign,
    "softplus": functional.softplus, "hard_sigmoid": functional.hardsigmoid, "elu": functional.elu,
    "selu": functional.selu, "gelu": functional.gelu, "silu": functional.silu, "exponential": torch.exp,
    "linear": lambda x: x,
}  # fmt: skip
TAKING: dict[str, Callable[[Tensor, float, float], Tensor]] = {
    "hardsigmoid": lambda x, a, b: (a * x + b).clamp(0, 1),
    "leakyrelu": lambda x, a, _: functional.leaky_relu(x, a),
    "elu": lambda x, a, _: functional.elu(x, a), "affine": lambda x, a, b: a * x + b,
    "thresholdedrelu": lambda x, a, _: torch.where(x > a, x, 0.0),
    "scaledtanh": lambda x, a, b: a * torch.tanh(b * x),
}  # fmt: skip
"""ONNX's activations that take numbers."""


@dataclass(frozen=True, slots=True)
class Lane:
    """One direction: its weights with the gates in torch's order, and how it computes.

    `weights` are W_ih, W_hh, b_ih, b_hh (biases None where there are none), `peepholes` p_i, p_f, p_o.
    """

    weights: Sequence[Any]
    activations: tuple[str, ...]
    numbers: tuple[tuple[float, float], ...] = ()
    """What those of `TAKING` take: alpha and beta."""
    peepholes: Sequence[Any] = ()
    clip: float = 0.0
    coupled: bool = False
    """Whether f is 1 − i."""
    reset_first: bool = False
    """Whether r multiplies h before its weights, and not the product."""
    back: bool = False

    def named(self, end: str = "") -> dict[str, Any]:
        """Return the weights under torch's names, which end with this."""
        names = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
        return {f"{name}{end}": value for name, value in zip(names, self.weights, strict=True)}

    def usual(self, op: str) -> bool:
        """Whether torch's layer computes this."""
        same = self.activations == USUAL[op] or (op == "RNN" and self.activations == ("relu",))
        return same and not (len(self.peepholes) or self.clip or self.coupled or self.reset_first)


def in_torchs_order(rows: Any, order: Sequence[int]) -> torch.Tensor:
    """Return the rows of all gates as torch has them: `order` says where its gates stand."""
    gates = np.split(rows, len(order))
    return torch.from_numpy(np.concatenate([gates[i] for i in order]))


def layer_of(op: str, lanes: Sequence[Lane], *, batch_first: bool) -> nn.Module:
    """Return torch's layer with these weights; a loop for each direction where torch's does otherwise."""
    alike = len({lane.activations for lane in lanes}) == 1
    if not alike or not all(lane.usual(op) for lane in lanes):
        found = [LOOPS[op](lane, batch_first=batch_first) for lane in lanes]
        return found[0] if len(found) == 1 else BothWays(*found, batch_first=batch_first)
    w, r, b, _ = lanes[0].weights
    more: dict[str, Any] = {"nonlinearity": lanes[0].activations[0]} if op == "RNN" else {}
    made = CLASSES[op](w.shape[1], r.shape[1], bias=b is not None, batch_first=batch_first,
                       bidirectional=len(lanes) == 2, **more)  # fmt: skip
    for lane, end in zip(lanes, ("_l0", "_l0_reverse"), strict=False):
        filled(made, **lane.named(end))
    return made


def cell_of(op: str, lane: Lane) -> nn.Module:
    """Return torch's cell with these weights; one step of a loop where torch's does otherwise."""
    if not lane.usual(op):
        return Step(LOOPS[op](lane, batch_first=True))
    w, r, b, _ = lane.weights
    more: dict[str, Any] = {"nonlinearity": lane.activations[0]} if op == "RNN" else {}
    made = CELLS[op](w.shape[1], r.shape[1], bias=b is not None, **more)
    return filled(made, **lane.named())


class Loop(nn.Module):
    """A recurrent layer of one direction, step by step in plain operations."""

    def __init__(self, lane: Lane, *, batch_first: bool) -> None:
        super().__init__()
        self.lane, self.batch_first = lane, batch_first
        w, r, b_w, b_r = lane.weights
        self.hidden = r.shape[1]
        self.input = linear(w, b_w)
        self._recurrent(r, b_r)

    def _recurrent(self, r: Any, b: Any) -> None:
        self.state = linear(r, b)

    def activated(self, number: int, a: Tensor) -> Tensor:
        """Apply an activation, after the clip."""
        name = self.lane.activations[number]
        a = a.clamp(-self.lane.clip, self.lane.clip) if self.lane.clip else a
        if self.lane.numbers and name in TAKING:
            return TAKING[name](a, *self.lane.numbers[number])
        if name not in ACTIVATIONS:
            raise ModelError(f"the activation {name!r} is not followed (known: {', '.join(ACTIVATIONS)})")
        return ACTIVATIONS[name](a)

    def forward(self, x: Tensor, begun: Any = None, mask: Any = None) -> tuple[Tensor, Any]:
        """Return `output` and h_n; steps that do not count by the mask leave h as it was."""
        first = begun[0] if isinstance(begun, tuple) else begun
        h, found = self._zeros(x) if first is None else first[0], []
        for t in self._steps(x):
            new = self.step(x.select(self.axis, t), h)
            h = new if mask is None else torch.where(self._counts(mask, t), new, h)
            found.append(h)
        return self._output(found), h.unsqueeze(0)

    @property
    def axis(self) -> int:
        """Return which axis is time."""
        return 1 if self.batch_first else 0

    def _zeros(self, x: Tensor) -> Tensor:
        return x.new_zeros(x.shape[1 - self.axis], self.hidden)

    def _steps(self, x: Tensor) -> range:
        return range(x.shape[self.axis])[:: -1 if self.lane.back else 1]

    def _counts(self, mask: Tensor, t: int) -> Tensor:
        return mask.select(self.axis, t).unsqueeze(-1)

    def _output(self, found: list[Tensor]) -> Tensor:
        return torch.stack(found[::-1] if self.lane.back else found, self.axis)

    def step(self, x: Tensor, h: Tensor) -> Tensor:
        """Return h after one step."""
        raise NotImplementedError


class LSTMLoop(Loop):
    """Gates i, f, g, o; with peepholes, a clip, f = 1 − i or other activations, as its lane says."""

    p_i: Tensor
    p_f: Tensor
    p_o: Tensor

    def __init__(self, lane: Lane, *, batch_first: bool) -> None:
        super().__init__(lane, batch_first=batch_first)
        for name, value in zip(("p_i", "p_f", "p_o"), lane.peepholes, strict=False):
            self.register_parameter(name, nn.Parameter(torch.tensor(value)))

    def forward(self, x: Tensor, begun: Any = None, mask: Any = None) -> tuple[Tensor, Any]:
        """Return `output`, and (h_n, c_n)."""
        h, c = (self._zeros(x), self._zeros(x)) if begun is None else (begun[0][0], begun[1][0])
        found = []
        for t in self._steps(x):
            new_h, new_c = self.cell(x.select(self.axis, t), h, c)
            if mask is None:
                h, c = new_h, new_c
            else:
                counts = self._counts(mask, t)
                h, c = torch.where(counts, new_h, h), torch.where(counts, new_c, c)
            found.append(h)
        return self._output(found), (h.unsqueeze(0), c.unsqueeze(0))

    def cell(self, x: Tensor, h: Tensor, c: Tensor) -> tuple[Tensor, Tensor]:
        """Return h and c after one step."""
        i, f, g, o = (self.input(x) + self.state(h)).chunk(4, 1)
        peeps = bool(self.lane.peepholes)
        i = self.activated(0, i + self.p_i * c if peeps else i)
        f = 1 - i if self.lane.coupled else self.activated(0, f + self.p_f * c if peeps else f)
        g = self.activated(1, g)
        c = f * c + i * g
        o = self.activated(0, o + self.p_o * c if peeps else o)
        return o * self.activated(2, c), c


class GRULoop(Loop):
    """Gates r, z and candidate n; r multiplies h itself where its lane says so."""

    def _recurrent(self, r: Any, b: Any) -> None:
        size = 2 * self.hidden
        self.state = linear(r[:size], None if b is None else b[:size])
        self.new = linear(r[size:], None if b is None else b[size:])

    def step(self, x: Tensor, h: Tensor) -> Tensor:
        """Return h after one step."""
        size = 2 * self.hidden
        a = self.input(x)
        r, z = self.activated(0, a[:, :size] + self.state(h)).chunk(2, 1)
        n = self.activated(1, a[:, size:] + (self.new(r * h) if self.lane.reset_first else r * self.new(h)))
        return (1 - z) * n + z * h


class RNNLoop(Loop):
    """One activation, no gate."""

    def step(self, x: Tensor, h: Tensor) -> Tensor:
        """Return h after one step."""
        return self.activated(0, self.input(x) + self.state(h))


LOOPS: dict[str, type[Loop]] = {"LSTM": LSTMLoop, "GRU": GRULoop, "RNN": RNNLoop}


class Step(nn.Module):
    """One step of a loop, called as a cell of torch's is."""

    def __init__(self, loop: Loop) -> None:
        super().__init__()
        self.loop = loop

    def forward(self, x: Tensor, states: Any) -> Any:
        """Return h, or h and c where the states are two."""
        return self.loop.cell(x, *states) if isinstance(self.loop, LSTMLoop) else self.loop.step(x, states)


class BothWays(nn.Module):
    """Two loops over one input, side by side."""

    def __init__(self, forth: Loop, back: Loop, *, batch_first: bool) -> None:
        super().__init__()
        self.forth, self.back, self.batch_first = forth, back, batch_first

    def forward(self, x: Tensor, begun: Any = None, mask: Any = None) -> tuple[Tensor, Any]:
        """Return `output` (…, 2·H), and h_n (2, N, H) or (h_n, c_n)."""
        given = begun if isinstance(begun, tuple) else (begun,)
        halves = [None if begun is None else tuple(s[d : d + 1] for s in given) for d in (0, 1)]
        (right, first), (left, second) = self.forth(x, halves[0], mask), self.back(x, halves[1], mask)
        output = torch.cat([right, left], -1)
        if not isinstance(first, tuple):
            return output, torch.cat([first, second])
        return output, tuple(torch.cat(pair) for pair in zip(first, second, strict=True))
