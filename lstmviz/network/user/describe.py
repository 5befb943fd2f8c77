"""Describe a user's module: run a copy of it on given inputs, and write down what was there."""

from __future__ import annotations

import copy
import dataclasses
import inspect
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from lstmviz.errors import ModelError
from lstmviz.network.run import undisturbed
from lstmviz.network.user.loops import Group, grouped, types_of
from lstmviz.network.user.mismatch import mismatch
from lstmviz.network.user.values import leaves, mapped
from lstmviz.network.user.watch import Source, Watcher
from lstmviz.network.user.writing import Writer

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from lstmviz.network.structure import Trace


def describe(module: nn.Module, inputs: Any) -> Trace:
    """Run a copy of a module on `inputs`, in evaluation mode, and return what was seen.

    `inputs` are the arguments of its forward, or a mapping of them by name.
    The module itself is not run, nor changed. Raises ModelError if it cannot
    be copied, or raises; the message names the stages that ran until then.
    """
    if not isinstance(module, nn.Module):
        raise ModelError(f"inputs go with a torch module, and this is a {type(module).__name__}")
    if isinstance(inputs, torch.Tensor):
        inputs = (inputs,)
    with undisturbed():
        own, given = _copied(module, inputs)
        kwargs = dict(given) if isinstance(given, Mapping) else {}
        args = () if kwargs else tuple(given)
        watcher = Watcher(own, kwargs or args)
        try:
            with watcher:
                result = own(*args, **kwargs)
        except Exception as cause:
            raise _failed(module, watcher, cause) from cause
        return _trace(watcher, kwargs or args, result)


def _copied(module: nn.Module, inputs: Any) -> tuple[nn.Module, Any]:
    try:
        own = copy.deepcopy(module, dict(_computed(module))).cpu().eval()
    except Exception as cause:
        raise ModelError(
            f"{type(module).__name__} cannot be copied: {cause}",
            hint="lstmviz runs a copy, so that your module stays as it is",
        ) from cause
    return own, mapped(inputs, lambda tensor: tensor.detach().cpu().clone())


def _computed(module: nn.Module) -> Iterator[tuple[int, torch.Tensor]]:
    """Yield copies of the tensors that torch itself cannot copy: those with a history, kept by modules."""
    for part in module.modules():
        for _, tensor in leaves(list(vars(part).values())):
            if not tensor.is_leaf:
                yield id(tensor), tensor.detach().clone()


def _failed(module: nn.Module, watcher: Watcher, cause: Exception) -> ModelError:
    events, name = watcher.events, type(module).__name__
    refused = watcher.refused
    if refused and (said := mismatch(refused, events)):
        where = f" ({refused.where})" if refused.where else ""
        return ModelError(f"{name}: {said[0]}{where}", hint=said[1])
    reached = [event.name or event.type for event in events]
    after = f"after {' → '.join(reached[-6:])}" if reached else "before any of its stages ran"
    where = f" ({events[-1].where})" if events and events[-1].where else ""
    return ModelError(f"{name} stopped {after}{where}: {type(cause).__name__}: {cause}")


def _trace(watcher: Watcher, inputs: Any, result: Any) -> Trace:
    notes: list[str] = []
    groups = grouped(watcher.events, notes)
    ends = watcher.sources(result)
    if any(not watcher.sources(tensor) for _, tensor in leaves(result)):
        notes.append("not followed: what the model returns (it left torch on the way, or is a constant)")
    else:
        groups = _reaching(groups, ends)
    taken = list(leaves(inputs))
    if not taken:
        raise ModelError("the inputs hold no tensor", hint="inputs=(x,) with a tensor x")
    writer = Writer(groups, notes)
    _name(groups, writer.last_steps)
    trace = writer.trace(taken, [watcher.sources(tensor) for _, tensor in leaves(result)])
    used = {name for stage in trace.stages for name in stage.inside}
    return dataclasses.replace(
        trace,
        names=(*_given_names(watcher.model, inputs, taken), *writer.returned(leaves(result), watcher)),
        modules=tuple((name, cls) for name, cls in watcher.modules.items() if name in used),
    )


def _given_names(
    model: nn.Module, inputs: Any, taken: list[tuple[str, torch.Tensor]]
) -> Iterator[tuple[str, str]]:
    """Yield what forward calls each of its inputs."""
    args, kwargs = ((), inputs) if isinstance(inputs, Mapping) else (inputs, {})
    try:
        bound = inspect.signature(model.forward).bind(*args, **kwargs).arguments
    except (TypeError, ValueError):
        return
    called = {id(tensor): name for name, tensor in leaves(bound)}
    for place, (name, tensor) in enumerate(taken):
        yield ("input" if place == 0 else f"input.{name}"), called.get(id(tensor), name)


def _reaching(groups: list[Group], ends: Iterable[Source]) -> list[Group]:
    """Leave out the functions that nothing in the model's result comes from."""
    home = {e.index: group for group in groups for e in (*group.events, *group.absorbed)}
    kept: set[int] = set()
    open_ = [index for index, _ in ends]
    while open_:
        group = home.get(open_.pop())
        if group is not None and id(group) not in kept:
            kept.add(id(group))
            open_ += [i for e in (*group.events, *group.absorbed) for i, _ in e.sources]
    modules = [id(group) for group in groups if group.first.module is not None]
    for group in groups:  # what runs in vain is shown, if it is a module
        if id(group) in modules and id(group) not in kept:
            kept.add(id(group))
            before = [home[i] for e in group.events for i, _ in e.sources if i in home]
            kept |= {id(one) for one in before}
    return [group for group in groups if id(group) in kept]


def _name(groups: Iterable[Group], last_steps: set[int]) -> None:
    """Name every stage: the module's path, or the function; a second one gets -2."""
    used: set[str] = set()
    for group in groups:
        base = group.first.name if group.first.module is not None else group.first.type
        base = "last_step" if id(group) in last_steps else base or types_of(group)[0].lower()
        name, count = base, 1
        while name in used:
            count += 1
            name = f"{base}-{count}"
        used.add(name)
        group.name = name
