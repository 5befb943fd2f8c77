"""LSTM, GRU and RNN as the ONNX standard writes them, in NumPy, with every option.

The reference evaluator of the onnx package leaves out lengths, clips and activations; these take the place
of its own. They share nothing with the twin that is held against them.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from onnx.reference.op_run import OpRun
from onnx.reference.ops import op_loop

from lstmviz.network.foreign.onnx_graph import DEFAULTS, with_numbers

Array = Any
ACTIVATIONS: dict[str, Any] = {
    "Sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "Tanh": np.tanh,
    "Relu": lambda x: np.maximum(x, 0),
    "Softsign": lambda x: x / (1 + np.abs(x)),
    "Softplus": lambda x: np.log1p(np.exp(x)),
}
"""Activations without a number."""
TAKING: dict[str, Any] = {
    "HardSigmoid": lambda x, a, b: np.clip(a * x + b, 0, 1),
    "LeakyRelu": lambda x, a, _: np.where(x < 0, a * x, x),
    "Elu": lambda x, a, _: np.where(x < 0, a * np.expm1(np.minimum(x, 0)), x),
    "ThresholdedRelu": lambda x, a, _: np.where(x > a, x, 0),
    "Affine": lambda x, a, b: a * x + b,
    "ScaledTanh": lambda x, a, b: a * np.tanh(b * x),
}


class _Recurrent(OpRun):
    """What the three have in common: directions, layout, lengths, and the loop over the steps."""

    gates = 1

    def _run(self, x: Array, w: Array, r: Array, *more: Array, **_: Any) -> tuple[Array, ...]:
        """Return Y, Y_h (and Y_c) for arguments as the standard orders them."""
        rest: list[Array] = [*more, *[None] * (5 - len(more))]
        b, lengths, h, c, p = rest
        if self.layout:  # batch first
            x = np.swapaxes(x, 0, 1)
            h, c = (None if s is None else np.swapaxes(s, 0, 1) for s in (h, c))
        directions, _, hidden = r.shape
        steps, batch, _ = x.shape
        lengths = np.full(batch, steps) if lengths is None else lengths
        zeros = np.zeros((directions, batch, hidden), x.dtype)
        h, c = (zeros if s is None else s for s in (h, c))
        b = np.zeros((directions, 2 * self.gates * hidden), x.dtype) if b is None else b
        p = np.zeros((directions, 3 * hidden), x.dtype) if p is None else p
        found = [
            self._direction(x, lengths, back, (h[d], c[d]), (w[d], r[d], b[d], p[d], d))
            for d, back in enumerate(self._backwards())
        ]
        y = np.stack([ys for ys, _, _ in found], axis=1)
        states = [np.stack(s) for s in zip(*[f[1:] for f in found], strict=True)]
        if self.layout:
            y, states = np.transpose(y, (2, 0, 1, 3)), [np.swapaxes(s, 0, 1) for s in states]
        return tuple(a.astype(x.dtype) for a in (y, *states))[: 3 if self.gates == 4 else 2]

    def _backwards(self) -> tuple[bool, ...]:
        return {"forward": (False,), "reverse": (True,), "bidirectional": (False, True)}[self.direction]

    def _direction(
        self, x: Array, lengths: Array, back: bool, states: tuple[Array, Array], weights: tuple[Array, ...]
    ) -> tuple[Array, Array, Array]:
        h, c = states
        steps = len(x)
        y = np.zeros((steps, *h.shape), x.dtype)
        for step in range(steps)[::-1] if back else range(steps):
            new_h, new_c = self.cell(x[step], h, c, *weights)
            valid = (step < lengths)[:, None]
            h, c = np.where(valid, new_h, h), np.where(valid, new_c, c)
            y[step] = np.where(valid, new_h, 0)
        return y, h, c

    def cell(self, x: Array, h: Array, c: Array, *weights: Array) -> tuple[Array, Array]:
        """Return the states after one step."""
        raise NotImplementedError

    def activation(self, direction: int, number: int, value: Array) -> Array:
        """Apply one of the direction's activations, after the clip."""
        usual = DEFAULTS[type(self).__name__]
        said = {key: getattr(self, key) for key in ("activations", "activation_alpha", "activation_beta")}
        name, *numbers = with_numbers(said, usual * 2)[direction * len(usual) + number]
        if self.clip:
            value = np.clip(value, -self.clip, self.clip)
        return TAKING[name](value, *numbers) if name in TAKING else ACTIVATIONS[name](value)


class LSTM(_Recurrent):
    """Gates in the order i, o, f, c."""

    op_domain = ""
    gates = 4

    def cell(self, x: Array, h: Array, c: Array, *weights: Array) -> tuple[Array, Array]:
        """Return h and c."""
        w, r, b, p, d = weights
        i, o, f, g = np.split(x @ w.T + h @ r.T + sum(np.split(b, 2)), 4, -1)
        p_i, p_o, p_f = np.split(p, 3)
        i = self.activation(d, 0, i + p_i * c)
        f = 1 - i if self.input_forget else self.activation(d, 0, f + p_f * c)
        c = f * c + i * self.activation(d, 1, g)
        o = self.activation(d, 0, o + p_o * c)
        return o * self.activation(d, 2, c), c


class GRU(_Recurrent):
    """Gates in the order z, r, h."""

    op_domain = ""
    gates = 3

    def cell(self, x: Array, h: Array, c: Array, *weights: Array) -> tuple[Array, Array]:
        """Return h, and c as it was: a GRU has none."""
        w, r, b, _, d = weights
        (w_z, w_r, w_h), (r_z, r_r, r_h) = np.split(x @ w.T, 3, -1), np.split(r, 3)
        b_z, b_r, b_h, rb_z, rb_r, rb_h = np.split(b, 6)
        z = self.activation(d, 0, w_z + h @ r_z.T + b_z + rb_z)
        reset = self.activation(d, 0, w_r + h @ r_r.T + b_r + rb_r)
        inner = reset * (h @ r_h.T + rb_h) if self.linear_before_reset else (reset * h) @ r_h.T + rb_h
        new = self.activation(d, 1, w_h + inner + b_h)
        return (1 - z) * new + z * h, c


class RNN(_Recurrent):
    """One activation, no gate."""

    op_domain = ""

    def cell(self, x: Array, h: Array, c: Array, *weights: Array) -> tuple[Array, Array]:
        """Return h, and c as it was."""
        w, r, b, _, d = weights
        return self.activation(d, 0, x @ w.T + h @ r.T + sum(np.split(b, 2))), c


class Loop(op_loop.Loop):
    """The standard's Loop: what each round gives is stacked (the package's own puts it end to end)."""

    op_domain = ""

    def _run(self, most: Array, going: Array, *begun: Array, context: Any = None, **_: Any) -> Any:
        """Return what is handed on after the last round, and what the rounds gave, stacked."""
        names, handed = self.body.input_names, list(begun)
        given: list[Any] = []
        while (most is None or len(given) < most) and (going is None or going):
            inputs = dict(context or {}) | dict(zip(names[2:], handed, strict=True))
            inputs |= {names[0]: np.array(len(given), np.int64), names[1]: np.array(True)}
            going, *found = self._run_body(inputs)
            handed, more = found[: len(begun)], found[len(begun) :]
            given.append(more)
        return (*handed, *(np.stack(each) for each in zip(*given, strict=True)))


OPS = [LSTM, GRU, RNN, Loop]
