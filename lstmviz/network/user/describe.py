"""Describe a user's module: run a copy of it on given inputs, and write down what was there."""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from lstmviz.errors import ModelError
from lstmviz.network.run import undisturbed
from lstmviz.network.structure import Recurrent, Stage, Tensor, Trace
from lstmviz.network.trace import ORDER
from lstmviz.network.user.loops import Group, grouped, types_of
from lstmviz.network.user.recurrent import recurrent, states_of
from lstmviz.network.user.values import leaves, mapped, sizes
from lstmviz.network.user.watch import INPUT, Event, Source, Watcher

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


def is_module(value: Any) -> bool:
    """Whether this is a torch module."""
    return isinstance(value, nn.Module)


def describe(module: nn.Module, inputs: Any) -> Trace:
    """Run a copy of a module on `inputs`, in evaluation mode, and return what was seen.

    `inputs` are the arguments of its forward, or a mapping of them by name.
    The module itself is not run, nor changed. Raises ModelError if it cannot
    be copied, or raises; the message names the stages that ran until then.
    """
    if isinstance(inputs, torch.Tensor):
        inputs = (inputs,)
    with undisturbed():
        own, given = _copied(module, inputs)
        kwargs = dict(given) if isinstance(given, Mapping) else {}
        args = () if kwargs else tuple(given)
        watcher = Watcher(own, kwargs or (args[0] if len(args) == 1 else args))
        try:
            with watcher:
                result = own(*args, **kwargs)
        except Exception as cause:
            raise _failed(module, watcher.events, cause) from cause
        return _trace(watcher, kwargs or args, result)


def _copied(module: nn.Module, inputs: Any) -> tuple[nn.Module, Any]:
    try:
        own = copy.deepcopy(module).cpu().eval()
    except Exception as cause:
        raise ModelError(
            f"{type(module).__name__} cannot be copied: {cause}",
            hint="lstmviz runs a copy, so that your module stays as it is",
        ) from cause
    return own, mapped(inputs, lambda tensor: tensor.detach().cpu().clone())


def _failed(module: nn.Module, events: Sequence[Event], cause: Exception) -> ModelError:
    reached = [event.name or event.type for event in events]
    after = f"after {' → '.join(reached[-6:])}" if reached else "before any of its stages ran"
    where = f" ({events[-1].where})" if events and events[-1].where else ""
    return ModelError(f"{type(module).__name__} stopped {after}{where}: {type(cause).__name__}: {cause}")


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
    return writer.trace(taken)


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


class Writer:
    """Writes the groups of a run down as a trace."""

    def __init__(self, groups: list[Group], notes: list[str]) -> None:
        self.groups = groups
        self.notes = notes
        self.home = {e.index: group for group in groups for e in (*group.events, *group.absorbed)}
        self.layers: dict[str, Recurrent] = {}
        self.symbols: dict[str, tuple[str, ...]] = {}
        self.tied: dict[int, str] = {}
        self.last_steps = {id(group) for group in groups if self._last_step(group)}

    def trace(self, taken: Sequence[tuple[str, torch.Tensor]]) -> Trace:
        """Return the whole trace."""
        for group in self.groups:
            self._layer(group)
        given = sizes(taken[0][1])
        first = next(iter(self.layers.values()), None)
        letters = tuple(map(str, given))
        for group in self.groups:
            if (
                group.ran is not None
                and self._read(group) == ("input",)
                and group.ran.tensors["input"] == given
            ):
                letters = self.layers[group.name].tensor("input").symbols
        self.symbols["input"] = letters
        stages = tuple(self._stage(group) for group in self.groups)
        order = first.sizes if first is not None else ()
        return Trace(
            stages=stages,
            recurrent=tuple(self.layers.values()),
            input=Tensor("input", given, letters),
            sizes=tuple(sorted(order, key=lambda item: ORDER.index(item[0][0]))),
            notes=tuple(dict.fromkeys(self.notes)),
        )

    def _read(self, group: Group, events: Sequence[Event] = ()) -> tuple[str, ...]:
        """Name the tensors that a stage reads from others, each once."""
        cuts = [e for e in group.absorbed if e.index < group.events[-1].index]
        found: dict[str, None] = {}
        for event in events or (*group.events, *cuts):
            for index, name in event.sources:
                if index == INPUT:
                    found[f"input.{name}" if name not in {"", "0"} else "input"] = None
                elif (home := self.home.get(index)) is not None and home is not group:
                    found |= dict.fromkeys(f"{home.name}.{one}" for one in home.output(event.sources))
        return tuple(found)

    def _layer(self, group: Group) -> None:
        if group.ran is None:
            return
        layer = recurrent(group.name, group.ran, states_from=self._states_from(group))
        begun = states_of(group.first)
        if begun and not group.first.begun and not any(s.requires_grad or bool(s.any()) for s in begun):
            layer = recurrent(group.name, _from_zeros(group))
        self.layers[group.name] = layer
        self.symbols |= {f"{group.name}.{t.name}": t.symbols for t in layer.tensors}
        if group.looped:
            type_ = type(group.first.module).__name__
            self.notes.append(
                f"{group.name}: a {type_} that a loop calls {len(group.events)} times, drawn as one layer"
            )

    def _states_from(self, group: Group) -> str:
        """Return the layer whose last states this one starts from, unless it reads its output, too."""
        begun = [(self.home[i], name) for i, name in group.first.begun if i in self.home]
        if group.ran is None or not begun or len(begun) != len(group.first.begun):
            return ""
        giver = begun[0][0]
        if giver.ran is None or any(home is not giver for home, _ in begun):
            return ""
        names = [giver.output([(i, n)]) for i, n in group.first.begun]
        if (
            names != [("h_n",), ("c_n",)][: len(names)]
            or giver.ran.tensors["h_n"] != group.ran.tensors["h_0"]
        ):
            return ""
        if self._comes_from(group, giver):
            self.notes.append(
                f"{group.name} starts from the last states of {giver.name}, and reads its output as well"
            )
            return ""
        return giver.name

    def _comes_from(self, group: Group, giver: Group) -> bool:
        """Whether what a layer reads, beside its states, was made from another's output."""
        states = set(group.first.begun)
        open_ = [s for e in (*group.events, *group.absorbed) for s in e.sources if s not in states]
        seen: set[Source] = set()
        while open_:
            source = open_.pop()
            home = self.home.get(source[0])
            if source in seen or home is None or home is group:
                continue
            seen.add(source)
            if home is giver:
                return True
            open_ += [s for e in (*home.events, *home.absorbed) for s in e.sources]
        return False

    def _stage(self, group: Group) -> Stage:
        type_, arguments = types_of(group)
        event, layer = group.first, self.layers.get(group.name)
        sources = self._read(group)
        if id(group) in self.last_steps:
            type_, arguments = "last_step", ()
        if event.inputs and not sources and event.module is not None:
            self.notes.append(f"not followed: where the input of {group.name} comes from")
        inputs = self._inputs(group, layer, sources)
        outputs = self._outputs(group, layer)
        self.symbols |= {f"{group.name}.{t.name}": t.symbols for t in outputs}
        return Stage(group.name, type_, arguments, inputs, outputs, self._parameters(group, layer), sources,
                     event.where, 1 if group.looped else len(group.events))  # fmt: skip

    def _inputs(self, group: Group, layer: Recurrent | None, sources: tuple[str, ...]) -> tuple[Tensor, ...]:
        if layer is not None and group.looped:
            return (layer.tensor("input"),)
        taken = group.first.inputs or tuple((n, sizes(p)) for n, p in group.first.parameters.items())
        known = [self.symbols[s] for s in sources if s in self.symbols]
        packed = layer is not None and layer.lengths is not None
        found = []
        for place, (_, shape) in enumerate(taken):
            name = "input" if place == 0 else f"input.{place}"
            if layer is not None and place:
                name = ("h_0", "c_0")[place - 1]
            same = [s for s in known if len(s) == len(shape)] if place < len(sources) else []
            said = self.symbols.get(sources[place], ()) if place < len(sources) else ()
            symbols = said if len(said) == len(shape) else same[0] if same and len(known) == 1 else ()
            found.append(
                Tensor("data" if packed and not place else name, shape, symbols or tuple(map(str, shape)))
            )
        return tuple(found)

    def _outputs(self, group: Group, layer: Recurrent | None) -> tuple[Tensor, ...]:
        if layer is not None and layer.lengths is None:
            return tuple(t for t in layer.tensors if t.name in {"output", "h_n", "c_n"})
        if layer is not None:
            states = tuple(t for t in layer.tensors if t.name in {"h_n", "c_n"})
            shape = group.first.outputs[0][1]
            return (Tensor("output", shape, tuple(map(str, shape))), *states)
        return tuple(Tensor(n, s, tuple(map(str, s))) for n, s in group.first.outputs)

    def _parameters(self, group: Group, layer: Recurrent | None) -> tuple[Tensor, ...]:
        """Return the parameters that no stage before has: tied ones count once."""
        own = {name: p for name, p in group.first.parameters.items() if isinstance(p, torch.Tensor)}
        fresh = [name for name, p in own.items() if self.tied.get(id(p), group.name) == group.name]
        for name, p in own.items():
            if id(p) in self.tied and self.tied[id(p)] != group.name:
                self.notes.append(f"{group.name}.{name} belongs to {self.tied[id(p)]} as well: counted there")
            self.tied.setdefault(id(p), group.name)
        if layer is not None:
            return layer.parameters if fresh or not own else ()
        short = {name: name.rpartition(".")[2] if group.first.module is None else name for name in fresh}
        return tuple(Tensor(short[n], sizes(own[n]), tuple(map(str, sizes(own[n])))) for n in fresh)

    def _last_step(self, group: Group) -> bool:
        """Whether a call picks the last step of a recurrent layer's output, and nothing else."""
        event = group.first
        if event.type != "getitem" or len(event.sources) != 1 or event.sources[0][0] not in self.home:
            return False
        home = self.home[event.sources[0][0]]
        if home.ran is None or home.output(event.sources) != ("output",) or home.ran.lengths is not None:
            return False
        time = 1 if home.ran.facts["batch_first"] and home.ran.batch_size is not None else 0
        whole = event.args[0]
        if whole.dim() <= time or whole.shape[time] != home.ran.timesteps:
            return False
        last = whole.select(time, whole.shape[time] - 1)
        return bool(last.data_ptr() == event.result.data_ptr() and last.stride() == event.result.stride()
                    and last.shape == event.result.shape)  # fmt: skip


def _from_zeros(group: Group) -> Any:
    assert group.ran is not None
    return dataclasses.replace(group.ran, zeros=True)
