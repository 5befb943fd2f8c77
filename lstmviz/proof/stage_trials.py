"""What stages do to numbers, tried on some: torch's module or function of a stage is called on a few."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import torch
from torch import nn
from torch.nn import functional

from lstmviz.network.structure import Stage
from lstmviz.proof.facts.fact import MessageFacts
from lstmviz.proof.operations import UntriedError
from lstmviz.spec.layer_types import CLASSES

FAR = torch.linspace(-40.0, 40.0, 161)
"""Numbers from far below zero to far above."""
SMALL = 4
"""So many numbers along each axis are enough to see what is done along it."""


def applied(stage: Stage, value: torch.Tensor) -> torch.Tensor:
    """Return what the stage's own module of torch makes of a tensor, in evaluation mode; or its function."""
    given = dict(stage.arguments)
    made = getattr(nn, CLASSES.get(stage.type, stage.type), None)
    try:
        if isinstance(made, type) and issubclass(made, nn.Module):
            result = made(**given).eval()(value)
        else:
            result = _function(stage.type)(value, **given)
    except Exception as error:
        raise UntriedError(f"{stage.name} could not be tried") from error
    if not isinstance(result, torch.Tensor):
        raise UntriedError(f"{stage.name} gives no tensor")
    return result


def _function(name: str) -> Any:
    for home in (functional, torch, torch.Tensor):
        if callable(found := getattr(home, name, None)):
            return found
    raise UntriedError(f"nothing of torch is called {name}")


def clips(stage: Stage, _: MessageFacts) -> bool:
    """Whether what is below zero becomes zero, and all else stays."""
    return bool((applied(stage, FAR) == FAR.clamp(min=0)).all())


def slopes(stage: Stage, given: MessageFacts) -> bool:
    """Whether what is below zero is multiplied, and all else stays."""
    wanted = torch.where(FAR < 0, FAR * given["slope"], FAR)
    return torch.allclose(applied(stage, FAR), wanted)


def bounded_below(stage: Stage, given: MessageFacts) -> bool:
    """Whether what is far below zero comes close to a bound, and what is above stays."""
    found = applied(stage, FAR)
    return math.isclose(found[0].item(), -given["least"], abs_tol=1e-4) and bool(
        (found[FAR >= 0] == FAR[FAR >= 0]).all()
    )


def bounded(stage: Stage, given: MessageFacts) -> bool:
    """Whether all that comes out lies between two bounds, and comes close to both."""
    found = applied(stage, FAR)
    low, high = (float(given[end].replace("−", "-")) for end in ("low", "high"))
    return math.isclose(found.min().item(), low, abs_tol=1e-4) and math.isclose(
        found.max().item(), high, abs_tol=1e-4
    )


def keeps(stage: Stage, _: MessageFacts) -> bool:
    """Whether nothing changes."""
    return bool((applied(stage, FAR) == FAR).all())


def drops(stage: Stage, given: MessageFacts) -> bool:
    """Whether nothing changes in evaluation, and this is the share that is dropped in training."""
    return dict(stage.arguments).get("p") == given["p"] and keeps(stage, given)


def _like(stage: Stage) -> torch.Tensor:
    """Return a small tensor with as many axes as the stage reads."""
    generator = torch.Generator().manual_seed(0)
    return torch.randn([SMALL + k for k in range(len(stage.inputs[0].sizes))], generator=generator)


def sums(stage: Stage, given: MessageFacts) -> bool:
    """Whether what comes out sums to 1 over one dim, and not over others."""
    return _sums_over(applied(stage, _like(stage)), given["dim"])


def log_sums(stage: Stage, given: MessageFacts) -> bool:
    """Whether it is the logarithm of such."""
    return _sums_over(applied(stage, _like(stage)).exp(), given["dim"])


def _sums_over(found: torch.Tensor, dim: int) -> bool:
    if not -found.dim() <= dim < found.dim():
        return False
    total = found.sum(dim)
    return torch.allclose(total, torch.ones_like(total), atol=1e-5)


def pools(stage: Stage, given: MessageFacts) -> bool:
    """Whether the first value is the largest, or the mean, of the first window of this size."""
    size = tuple(int(n) for n in given["size"].split("×"))
    own = dict(stage.arguments)["kernel_size"]
    own = own if isinstance(own, tuple | list) else (own,) * (1 if stage.type.endswith("1d") else 2)
    if tuple(own) != size:
        return False
    rising = torch.arange(math.prod(2 * n for n in size), dtype=torch.float32)
    value = rising.reshape(1, 1, *(2 * n for n in size))
    free = {k: 0 for k in ("padding",) if k in dict(stage.arguments)}
    plain = tuple((k, free.get(k, v)) for k, v in stage.arguments if k != "dilation")
    first = applied(replace(stage, arguments=plain), value).flatten()[0]
    window = value[0, 0]
    for axis, n in enumerate(size):
        window = window.narrow(axis, 0, n)
    wanted = window.max() if given["id"].startswith("stage.largest") else window.mean()
    return bool(torch.isclose(first, wanted))
