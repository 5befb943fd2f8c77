"""Which recurrent layers begin a call with what they ended the last one with: states that a module keeps.

Layers that begin with states which are learned: parameters of the model, and nothing that it is given.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any

import torch
from torch import nn

from lstmviz.network.structure import Recurrent, Trace, split_name
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


def with_learned(trace: Trace) -> Trace:
    """Return a trace whose layers say whether all states that they begin with are learned."""
    layers = (replace(layer, learned=_begins_learned(trace, layer)) for layer in trace.recurrent)
    return replace(trace, recurrent=tuple(layers))


def _begins_learned(trace: Trace, layer: Recurrent) -> bool:
    stage = trace.stage(layer.name) if layer.states_given else None
    own = [
        state for loop in trace.loops for state in loop.states if split_name(state.tensor)[0] == layer.name
    ]
    begun = [one for state in own for one in state.begun] if own else stage.sources[1:] if stage else ()
    return stage is not None and bool(begun) and all(_of_parameters(trace, one) for one in begun)


def _of_parameters(trace: Trace, tensor: str) -> bool:
    """Whether a tensor comes from parameters alone."""
    stage = trace.stage(split_name(tensor)[0])
    if stage is None or stage.name in trace.layers or not (stage.sources or stage.parameters):
        return False
    return all(_of_parameters(trace, one) for one in stage.sources)
