"""Which recurrent layers begin a call with what they ended the last one with: states that a module keeps."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import torch
from torch import nn

from lstmviz.network.user.loops import Group
from lstmviz.network.user.values import leaves


def kept(model: nn.Module, groups: Iterable[Group], call: Callable[[], Any]) -> tuple[str, ...]:
    """Return the names of these layers; `call` runs the model, which has run once, a second time.

    That is done only if some module has a layer's last states, as an attribute or a buffer.
    """
    ended = {group.name: _ended(group) for group in groups if group.ran is not None}
    held = list(_held(model)) if ended else []
    homes = {one.name: one.first.module for one in groups if _any_equal(held, ended.get(one.name, []))}
    begun: dict[str, list[torch.Tensor]] = {}

    def watched(name: str) -> Callable[..., None]:
        def hook(_module: nn.Module, args: tuple[Any, ...], given: dict[str, Any]) -> None:
            states = args[1] if len(args) > 1 else given.get("hx")
            begun.setdefault(name, [tensor.detach().clone() for _, tensor in leaves([states])])

        return hook

    hooks = [home.register_forward_pre_hook(watched(name), with_kwargs=True)
             for name, home in homes.items() if home is not None]  # fmt: skip
    try:
        if hooks:
            call()
    except Exception:  # noqa: BLE001 (it cannot be called twice: so it keeps nothing for a next call)
        begun.clear()
    finally:
        for hook in hooks:
            hook.remove()
    return tuple(name for name, states in begun.items() if _any_equal(states, ended[name]))


def _ended(group: Group) -> list[torch.Tensor]:
    """The states that a layer's last call gave: h_n (c_n), or those of a cell."""
    result = group.events[-1].result
    whole = not group.looped and isinstance(result, tuple)
    return [tensor.detach().clone() for _, tensor in leaves([result[1] if whole else result])]


def _held(model: nn.Module) -> Iterator[torch.Tensor]:
    for part in model.modules():
        yield from (tensor for _, tensor in leaves(list(vars(part).values())))
        yield from (tensor for tensor in part.buffers(recurse=False))


def _any_equal(held: Iterable[torch.Tensor], states: Iterable[torch.Tensor]) -> bool:
    states = list(states)
    return any(one.shape == other.shape and torch.equal(one, other) for one in held for other in states)
