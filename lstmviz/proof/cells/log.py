"""One step of the real module, operation by operation, as normal forms.

In float64 torch runs a cell as single operations. Each becomes a form, and
what only moves numbers about (view, t, unbind, split, stack …) vanishes:
``addmm`` is rows of W·v plus rows of b, ``split`` narrows the rows, and
``(h − n)·z + n`` multiplies out. What is left says which value feeds which
function, product and sum, whatever their order and grouping.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from lstmviz.proof.cells.symbols import Applied, Form, Rows, State, UndefinedError
from lstmviz.proof.states import one_step

STILL = frozenset(
    {"view", "_unsafe_view", "t", "unbind", "stack", "select", "squeeze", "unsqueeze", "transpose"}
)
"""Operations that give the values they are given, in another order of axes."""
APPLIED = frozenset({"sigmoid", "tanh", "relu"})
SPLITS = frozenset({"unsafe_split", "split"})


@dataclass(frozen=True, slots=True)
class Log:
    """What one step of the real cell gives: h (c) as forms, and every form on the way."""

    results: tuple[Form, ...]
    values: frozenset[Form]


def log_of(alone: nn.RNNBase, names: Mapping[int, str], vectors: tuple[torch.Tensor, ...]) -> Log:
    """Watch one step: `vectors` are x and h (c), `names` the parameters' by id.

    UndefinedError is raised for an operation that no rule is known for.
    """
    given = zip(("x", "h", "c"), vectors, strict=False)
    watch = Watch(dict(names), {id(v): Form.of(State(name)) for name, v in given})
    with watch:
        results = one_step(alone, vectors[0], vectors[1:])
    return Log(tuple(watch.forms[id(r)] for r in results), frozenset(watch.passed))


class Watch(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Gives every tensor of a run its form."""

    def __init__(self, names: dict[int, str], forms: dict[int, Form]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.names, self.forms = names, forms
        self.passed: set[Form] = set()
        self.kept: list[torch.Tensor] = []
        """Everything seen: a tensor that is gone would lend its id to another."""

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        """Keep torch from importing its compiler: a second lost, and an environment variable left behind."""
        return False

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        op = func.__name__.split(".")[0]
        op = op if op.startswith("_") else op.removesuffix("_")  # in place or not is the same here
        tensors = [a for a in tree_leaves(args) if isinstance(a, torch.Tensor)]
        of_weight = op in STILL and id(tensors[0]) in self.names
        forms = [] if of_weight else self._form(op, args, kwargs or {}, tensors)
        result = func(*args, **(kwargs or {}))
        made = [r for r in tree_leaves(result) if isinstance(r, torch.Tensor)]
        self.kept += [*tensors, *made]
        if of_weight:
            self.names |= dict.fromkeys(map(id, made), self.names[id(tensors[0])])
        else:
            self.forms |= zip(map(id, made), forms if len(forms) > 1 else forms * len(made), strict=True)
            self.passed.update(forms)
        return result

    def _form(self, op: str, args: Any, kwargs: Any, tensors: list[torch.Tensor]) -> list[Form]:
        """The form of what an operation gives, or one for each of its results."""
        if op in STILL:
            return [self._the_one(op, tensors)]
        if op in SPLITS:
            return self._split(op, args)
        if op in APPLIED:
            return [Form.of(Applied(op, self.forms[id(tensors[0])]))]
        if op in {"mm", "addmm"}:
            return [self._product(op, tensors)]
        if op in {"add", "sub", "mul"} and len(tensors) == 2 and not kwargs:
            one, two = (self.forms[id(t)] for t in tensors)
            return [one.times(two) if op == "mul" else one.plus(two, -1 if op == "sub" else 1)]
        raise UndefinedError(f"torch runs {op!r}, for which no rule is known")

    def _the_one(self, op: str, tensors: list[torch.Tensor]) -> Form:
        found = {self.forms[id(t)] for t in tensors}
        if len(found) != 1:
            raise UndefinedError(f"torch's {op!r} joins different values")
        return found.pop()

    def _split(self, op: str, args: Any) -> list[Form]:
        form, total, by = self.forms[id(args[0])], args[0].shape[-1], args[1]
        if not isinstance(by, int):
            raise UndefinedError(f"torch's {op!r} cuts by {by}")
        return [form.rows(at, min(at + by, total)) for at in range(0, total, by)]

    def _product(self, op: str, tensors: list[torch.Tensor]) -> Form:
        """``v Wᵀ``, or ``b + v Wᵀ``."""
        *bias, vector, weight = tensors
        name, rows = self.names[id(weight)], weight.shape[1]
        form = Form.of(Rows(name, 0, rows, self.forms[id(vector)]))
        if op == "addmm":
            form = form.plus(Form.of(Rows(self.names[id(bias[0])], 0, rows)))
        return form
