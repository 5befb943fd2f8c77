"""ONNX operators without weights as expressions of torch, one row each."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from lstmviz.errors import ModelError
from lstmviz.network.foreign.onnx_graph import Graph, Node

TYPES = {1: "float32", 6: "int32", 7: "int64", 9: "bool", 10: "float16", 11: "float64"}
FEW = 64
"""A fixed value of more numbers is kept as a tensor, not written out."""


class Operation:
    """One operator and what its row may ask: `args` are the expressions of its inputs."""

    def __init__(self, node: Node, graph: Graph, args: list[str]) -> None:
        self.node, self.graph, self.args = node, graph, args

    def get(self, name: str, usual: Any = None) -> Any:
        """Return an attribute."""
        return self.node.attributes.get(name, usual)

    def ints(self, place: int, name: str = "") -> list[int]:
        """Return whole numbers that are fixed: an input, or (before opset 13) an attribute."""
        if place < len(self.node.inputs) and self.node.inputs[place]:
            value = self.graph.constant(self.node.inputs[place])
            if value is None:
                raise ModelError(f"{self.node.label}: input {place + 1} is computed from the data")
            return [int(n) for n in np.asarray(value).reshape(-1)]
        return [int(n) for n in np.atleast_1d(self.get(name, ()))]

    def sizes(self, place: int = 0) -> tuple[int, ...]:
        """Return the sizes of an input."""
        return tuple(np.shape(self.graph.values[self.node.inputs[place]]))


def _reshape(o: Operation) -> str:
    wanted = o.ints(1)
    old = o.sizes()
    sizes = [old[i] if n == 0 and not o.get("allowzero") else n for i, n in enumerate(wanted)]
    kept = len(sizes) - 1
    whole = tuple(sizes[:-1]) == old[:kept] and sizes[-1] in {-1, math.prod(old[kept:])}
    if whole and 1 < kept < len(old) - 1:
        return f"{o.args[0]}.flatten({kept})"
    if -1 not in sizes and sizes and sizes[0] == old[0]:
        sizes[0] = -1  # as torch's users write it: any batch, or any number of steps, will do
    return f"{o.args[0]}.reshape({', '.join(map(str, sizes))})"


def _squeeze(o: Operation) -> str:
    axes = o.ints(1, "axes") or [i for i, n in enumerate(o.sizes()) if n == 1]
    return f"{o.args[0]}.squeeze({axes[0] if len(axes) == 1 else tuple(axes)})"


def _unsqueeze(o: Operation) -> str:
    return o.args[0] + "".join(f".unsqueeze({axis})" for axis in sorted(o.ints(1, "axes")))


def _transpose(o: Operation) -> str:
    perm = list(o.get("perm") or range(len(o.sizes()))[::-1])
    moved = [i for i, axis in enumerate(perm) if i != axis]
    if len(moved) == 2:
        return f"{o.args[0]}.transpose({moved[0]}, {moved[1]})"
    return f"{o.args[0]}.permute({', '.join(map(str, perm))})"


def _gather(o: Operation) -> str:
    axis = o.get("axis", 0)
    index = o.graph.constant(o.node.inputs[1])
    if index is not None and np.ndim(index) == 0:
        return f"{o.args[0]}[{':, ' * (axis % len(o.sizes()))}{int(index)}]"
    if index is not None and np.ndim(index) == 1:
        return f"{o.args[0]}.index_select({axis}, torch.tensor({[int(i) for i in index]}))"
    if index is None and not np.ndim(o.graph.values[o.node.inputs[1]]):
        return f"{o.args[0]}[{':, ' * (axis % len(o.sizes()))}{o.args[1]}]"
    if index is None and np.ndim(o.graph.values[o.node.inputs[1]]) == 1:
        return f"{o.args[0]}.index_select({axis}, {o.args[1]})"
    raise ModelError(f"{o.node.label}: what it picks is computed from the data")


def _slice(o: Operation) -> str:
    starts, ends = o.ints(1, "starts"), o.ints(2, "ends")
    axes = o.ints(3, "axes") or list(range(len(starts)))
    steps = o.ints(4) or [1] * len(starts)
    if any(step < 0 for step in steps):
        return o.args[0] + f".flip({tuple(axes)})" if all(s == -1 for s in steps) else _refuse(o)
    parts = [":"] * len(o.sizes())
    for start, end, axis, step in zip(starts, ends, axes, steps, strict=True):
        until = "" if end >= o.sizes()[axis] else end
        parts[axis] = f"{start or ''}:{until}" + (f":{step}" if step != 1 else "")
    while parts[-1] == ":" and len(parts) > 1:
        parts.pop()
    return f"{o.args[0]}[{', '.join(parts)}]"


def _split(o: Operation) -> str:
    sizes = o.ints(1, "split")
    axis = o.get("axis", 0)
    if not sizes:
        return f"{o.args[0]}.chunk({len(o.node.outputs)}, {axis})"
    return f"{o.args[0]}.split({sizes}, {axis})"


def _reduce(name: str) -> Callable[[Operation], str]:
    def written(o: Operation) -> str:
        axes = o.ints(1, "axes") or list(range(len(o.sizes())))
        keep = ", keepdim=True" if o.get("keepdims", 1) else ""
        return f"{o.args[0]}.{name}({axes[0] if len(axes) == 1 else tuple(axes)}{keep})"

    return written


def _gemm(o: Operation) -> str:
    a, b = (f"{x}.t()" if o.get(f"trans{k}") else x for x, k in zip(o.args, "AB", strict=False))
    product = f"{a} @ {b}" if o.get("alpha", 1.0) == 1 else f"{o.get('alpha')} * ({a} @ {b})"
    beta = o.get("beta", 1.0)
    rest = "" if len(o.args) < 3 else f" + {o.args[2]}" if beta == 1 else f" + {beta} * {o.args[2]}"
    return product + rest


def _pool(name: str) -> Callable[[Operation], str]:
    def written(o: Operation) -> str:
        kernel, sides = o.get("kernel_shape"), len(o.sizes()) - 2
        pads = o.get("pads", (0,) * 2 * sides)
        plain = (
            pads[:sides] == pads[sides:] and not o.get("ceil_mode") and o.get("auto_pad") in {None, "NOTSET"}
        )
        if not plain or len(o.node.outputs) > 1 or (any(pads) and name == "avg"):
            return _refuse(o)
        strides = o.get("strides", (1,) * sides)
        return f"F.{name}_pool{sides}d({o.args[0]}, {tuple(kernel)}, {tuple(strides)}, {tuple(pads[:sides])})"

    return written


def _clip(o: Operation) -> str:
    bounds = [o.args[i] if i < len(o.args) and o.args[i] else None for i in (1, 2)]
    return f"torch.clamp({o.args[0]}, {bounds[0]}, {bounds[1]})"


def _flatten(o: Operation) -> str:
    axis = o.get("axis", 1)
    return f"{o.args[0]}.flatten({axis})" if axis == 1 else _refuse(o)


def _softmax(name: str) -> Callable[[Operation], str]:
    def written(o: Operation) -> str:
        old = o.graph.opset < 13
        axis = o.get("axis", 1 if old else -1)
        last = axis % len(o.sizes()) == len(o.sizes()) - 1
        return f"F.{name}({o.args[0]}, dim={axis})" if last or not old else _refuse(o)

    return written


def _expand(o: Operation) -> str:
    sizes = np.broadcast_shapes(o.sizes(), tuple(o.ints(1)))
    return f"torch.broadcast_to({o.args[0]}, {tuple(sizes)})"


def _cast(o: Operation) -> str:
    return f"{o.args[0]}.to(torch.{TYPES[o.get('to')]})" if o.get("to") in TYPES else _refuse(o)


def _refuse(o: Operation) -> str:
    raise ModelError(f"{o.node.label} has options that are not followed: {o.node.attributes}")


def _topk(o: Operation) -> str:
    largest = bool(o.get("largest", 1))
    return f"torch.topk({o.args[0]}, {o.ints(1)[0]}, dim={o.get('axis', -1)}, largest={largest})"


def _reverse_sequence(o: Operation) -> str:
    axis = o.get("time_axis", 0)
    return f"{o.args[0]}.flip({axis})" if set(o.ints(1)) == {o.sizes()[axis]} else _refuse(o)


def _scatter(o: Operation) -> str:
    plain = o.get("reduction", "none") == "none"
    return f"{o.args[0]}.scatter({o.get('axis', 0)}, {o.args[1]}, {o.args[2]})" if plain else _refuse(o)


def _called(name: str) -> Callable[[Operation], str]:
    return lambda o: f"{name}({', '.join(o.args)})"


def _between(sign: str) -> Callable[[Operation], str]:
    return lambda o: f"{o.args[0]} {sign} {o.args[1]}"


EXPRESSIONS: Mapping[str, Callable[[Operation], str]] = {
    **{op: _between(sign) for op, sign in {
        "Add": "+", "Sub": "-", "Mul": "*", "Div": "/", "Pow": "**", "MatMul": "@", "And": "&", "Or": "|",
        "Greater": ">", "Less": "<", "GreaterOrEqual": ">=", "LessOrEqual": "<=", "Equal": "==",
    }.items()},
    **{op: _called(f"torch.{op.lower()}") for op in (
        "Relu", "Tanh", "Sigmoid", "Exp", "Log", "Sqrt", "Abs", "Neg", "Erf", "Where", "Floor", "Ceil",
        "Sign", "Sin", "Cos", "Reciprocal")},
    "Max": _called("torch.maximum"), "Min": _called("torch.minimum"), "Not": _called("torch.logical_not"),
    **{op: _reduce(name) for op, name in {"ReduceMean": "mean", "ReduceSum": "sum", "ReduceMax": "amax",
                                          "ReduceMin": "amin", "ReduceProd": "prod"}.items()},
    **{op: _called(f"F.{op.lower()}") for op in ("Softplus", "Softsign", "Mish", "HardSwish")},
    "HardSigmoid": lambda o: (
        f"torch.clamp({o.get('alpha', 0.2):g} * {o.args[0]} + {o.get('beta', 0.5):g}, 0, 1)"),
    "Sum": lambda o: " + ".join(o.args), "Tile": lambda o: f"{o.args[0]}.repeat({o.ints(1)})",
    "TopK": _topk, "ReverseSequence": _reverse_sequence, "ScatterElements": _scatter,
    "Softmax": _softmax("softmax"), "LogSoftmax": _softmax("log_softmax"),
    "LeakyRelu": lambda o: f"F.leaky_relu({o.args[0]}, {o.get('alpha', 0.01):g})",
    "Elu": lambda o: f"F.elu({o.args[0]}, {o.get('alpha', 1.0):g})",
    "Gelu": lambda o: f"F.gelu({o.args[0]}, approximate={o.get('approximate', 'none')!r})",
    "Identity": lambda o: o.args[0], "Dropout": lambda o: o.args[0],
    "Cast": _cast,
    "Concat": lambda o: f"torch.cat([{', '.join(o.args)}], dim={o.get('axis')})",
    "Expand": _expand,
    "Reshape": _reshape, "Squeeze": _squeeze, "Unsqueeze": _unsqueeze, "Transpose": _transpose,
    "Flatten": _flatten, "Gather": _gather, "Slice": _slice, "Split": _split, "Gemm": _gemm, "Clip": _clip,
    "MaxPool": _pool("max"), "AveragePool": _pool("avg"),
    "GlobalAveragePool": lambda o: f"{o.args[0]}.mean({tuple(range(2, len(o.sizes())))}, keepdim=True)",
    "ArgMax": lambda o: f"{o.args[0]}.argmax({o.get('axis', 0)}, keepdim={bool(o.get('keepdims', 1))})",
}  # fmt: skip
"""How each is written; what is not here is refused by its name."""


def literal(value: Any) -> str | None:
    """Write a fixed value out, where it is short; None where it is to be kept as a tensor."""
    if np.ndim(value) == 0:
        return repr(np.asarray(value).item())
    return None
