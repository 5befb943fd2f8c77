"""Calls of all functions of torch that take and give tensors, found by looking into torch itself."""

from __future__ import annotations

import inspect
import warnings
from dataclasses import dataclass
from itertools import islice, product
from typing import TYPE_CHECKING, Any

import torch
from torch.overrides import get_overridable_functions, get_testing_overrides

from lstmviz.network.user.values import leaves

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

TRIED = 200
"""So many ways of calling a function are tried until one runs."""
NEVER = frozenset({
    "register_hook", "register_post_accumulate_grad_hook", "backward", "retain_grad", "share_memory_",
    "set_", "resize_", "resize_as_", "resize_as_sparse_", "record_stream", "numpy", "pin_memory", "cuda",
    "cpu", "data_ptr", "module_load", "reinforce", "__setstate__", "_make_subclass", "to_dense", "apply_",
    "map_", "map2_", "bfloat16", "xpu", "ipu", "mtia", "hpu", "swap_tensors", "storage", "untyped_storage",
    "detach_", "rename", "rename_", "refine_names", "align_to", "align_as", "names", "is_shared",
})  # fmt: skip
"""What moves memory, needs a device, or is no computation."""


def functions() -> Iterator[tuple[str, Any]]:
    """Every function and method of torch that may be overridden, with its name."""
    seen = set()
    for space, found in get_overridable_functions().items():
        for func in found:
            name = getattr(func, "__name__", "")
            public = not name.startswith("_") or name.startswith("__")
            if id(func) in seen or not public or name in NEVER or name == "__get__":
                continue
            seen.add(id(func))
            yield f"{getattr(space, '__name__', space)}.{name}", func


@dataclass(frozen=True)
class Of:
    """A tensor that is made of the model's own."""

    made: Callable[[torch.Tensor], torch.Tensor]


X, TOKENS = Of(lambda x: x), Of(lambda x: x.argmax(-1))
MASK, SQUARE = Of(lambda x: x > 0), Of(lambda x: x[0].mT @ x[0] + torch.eye(8))


def choices() -> dict[str, list[Any]]:
    """What is tried for a parameter, by its name; the model's own tensor first wherever one may stand."""
    ones = torch.ones
    return {
        "": [X, 1, Of(lambda x: x[0]), Of(lambda x: x[0, 0]), (1,), (2, 2), 0.5, TOKENS, MASK,
             Of(lambda x: x.mT), Of(lambda x: x[0].mT), (2, 0, 1), SQUARE],
        "dim": [1, 0, (0, 1)], "dim0": [0], "dim1": [1], "dims": [(2, 0, 1), (0,), ((0,), (0,))],
        "size": [(4, 48), (4, 6, 8), (4, 1)], "shape": [(4, 48), (4, 6, 8)],
        "kernel_size": [2, (2, 2)], "output_size": [2, (2, 2)], "num_embeddings": [9], "groups": [2],
        "weight": [ones(8, 8), ones(3, 6, 2), ones(3, 4, 2, 2), ones(6), ones(8), ones(9, 5), ones(6, 3, 2),
                   ones(5, 8, 8)],
        "normalized_shape": [(8,)], "num_groups": [2], "split_size_or_sections": [2], "sections": [2],
        "chunks": [2], "indices": [(1, 2), torch.zeros(2, dtype=torch.long)], "repeats": [(1, 1, 2), 2],
        "index": [TOKENS, torch.tensor([0, 1]), (torch.tensor([0]),), Of(lambda x: x.argmax(-1, True))],
        "idx": [0, slice(1, 2), (slice(None), -1)], "key": [0], "mask": [MASK], "condition": [MASK],
        "pad": [(1, 1)], "p": [0.5, 2], "equation": ["abc->cb"], "k": [1, 2], "n": [2], "diagonal": [0],
        "dtype": [torch.int32, torch.float64], "tensors": [(X, X), [X, X]], "upscale_factor": [2],
        "target": [X, TOKENS], "running_mean": [torch.zeros(6)], "running_var": [ones(6)],
    }  # fmt: skip


def called(func: Any, x: torch.Tensor) -> Callable[[torch.Tensor], Any] | None:
    """Return a way of calling a function on a tensor that gives a tensor; None if none was found."""
    told = get_testing_overrides().get(func)
    if told is None:
        return None
    parameters = list(inspect.signature(told).parameters.values())
    needed = [one for one in parameters if one.default is inspect.Parameter.empty]
    needed = [one for one in needed if one.kind is not inspect.Parameter.VAR_KEYWORD]
    known = choices()
    for given in islice(product(*(known.get(one.name, []) + known[""] for one in needed)), TRIED):
        if _uses(given) and _runs(func, given, x):
            return lambda value, given=given: func(*_made(given, value))
    return None


def _uses(given: Any) -> bool:
    return any(isinstance(one, Of) or (isinstance(one, list | tuple) and _uses(one)) for one in given)


def _made(given: Any, x: torch.Tensor) -> Any:
    if isinstance(given, Of):
        return given.made(x)
    return type(given)(_made(one, x) for one in given) if isinstance(given, list | tuple) else given


def _runs(func: Any, given: tuple[Any, ...], x: torch.Tensor) -> bool:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            result = func(*_made(given, x.clone()))
    except Exception:  # noqa: BLE001 (torch raises all kinds where the arguments do not fit)
        return False
    tensors = [tensor for _, tensor in leaves(result)]
    return bool(tensors) and all(t.numel() and not t.is_sparse for t in tensors)
