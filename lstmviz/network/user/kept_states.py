"""Which recurrent layers begin a call with what they ended the last one with: states that a module keeps.

Layers that begin with states which are learned, or made from what the model is given.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
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


def with_origins(trace: Trace) -> Trace:
    """Return a trace whose layers say what the states that they are given are: learned, or made from what."""
    names = dict(trace.names)
    layers = []
    for layer in trace.recurrent:
        begun = _begun(trace, layer) if layer.states_given else ()
        origins = _origins(trace, begun)
        made = len(origins) == 1 and not origins & {*begun} and all(one.through for one in layer.handovers)
        of = next(iter(origins)) if made else ""
        layers.append(replace(layer, learned=bool(begun) and not origins, made_of=names.get(of, of)))
    return replace(trace, recurrent=tuple(layers))


def _begun(trace: Trace, layer: Recurrent) -> Collection[str]:
    stage = trace.stage(layer.name)
    own = [
        state for loop in trace.loops for state in loop.states if split_name(state.tensor)[0] == layer.name
    ]
    return [one for state in own for one in state.begun] if own else stage.sources[1:] if stage else ()


def _origins(trace: Trace, tensors: Collection[str]) -> set[str]:
    """Return what tensors come from, parameters apart: inputs, layers, and stages that read nothing."""
    inner = trace.behind(tensors, trace.layers)
    stages = [stage for stage in trace.stages if stage.name in inner]
    read = {*tensors, *(source for stage in stages for source in stage.sources)}
    found = {stage.name for stage in stages if not (stage.sources or stage.parameters)}
    found |= {split_name(one)[0] for one in read if split_name(one)[0] in trace.layers}
    return found | {one for one in read if trace.stage(split_name(one)[0]) is None}
