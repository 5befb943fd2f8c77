"""The calls of a module that runs: which modules and functions were called, on what, and from which line.

The forward of every module of the copy that runs is wrapped, so that it is seen
however it is called; a TorchFunctionMode sees what is done to tensors between them.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from types import FrameType
from typing import Any, Self

import torch
from torch import nn
from torch.overrides import TorchFunctionMode

from lstmviz.network.stage_types import PACKS
from lstmviz.network.user.callers import Callers
from lstmviz.network.user.events import INPUT, Event, Made, Source
from lstmviz.network.user.kinds import cell_type, is_leaf, op_name, outputs_of, parameters_of, recurrent_type
from lstmviz.network.user.origins import Origins, cut, written_part
from lstmviz.network.user.signatures import name_of
from lstmviz.network.user.values import fresh, leaves, named_tensors, sizes, tensors_in

SAME = frozenset({"contiguous", "clone", "detach", "to", "cpu", "float", "double", "requires_grad_", "data"})
"""Methods and attributes that give the values that they take."""
DETACHED = frozenset({"detach", "data"})
OVERWRITES = frozenset({"copy_", "fill_", "zero_"})
"""Methods that keep nothing of what they write into."""
BUILTIN = frozenset({"add", "mul"})
"""What ``sum(parts)`` and the like call, as often as there are parts."""
ALIKE = frozenset({"expand_as", "view_as", "reshape_as", "type_as"})
"""Methods that take of their second tensor its shape or type alone."""
SHAPED = ("new_", "zeros_", "ones_", "full_", "empty_", "rand_", "randn_", "randint_")
"""Functions that take the shape of a tensor alone begin so."""


class CallRecorder(TorchFunctionMode):
    """Records the events of one run of a model, between `with` and its end."""

    def __init__(self, model: nn.Module, inputs: Any) -> None:
        super().__init__()
        self.events: list[Event] = []
        self.made: list[Made] = []
        """All that ran, in its order."""
        self.origins = Origins()
        self.callers = Callers()
        self._names = {id(module): name for name, module in model.named_modules()}
        self._parameters = {id(p): name for name, p in model.named_parameters(remove_duplicate=False)}
        self.model = model
        self.given = inputs
        self._undo: list[Callable[[], None]] = []
        self._inside = 0
        self._open: Event | None = None
        self._call: FrameType | None = None
        self.modules: dict[str, str] = {}
        self._entered: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())
        """The user's own modules that are running, each run counted, and by their names alone."""
        for name, tensor in leaves(inputs):
            self.origins.mark(tensor, (INPUT, name))

    def __enter__(self) -> Self:
        self.callers.begin()
        for module in self.model.modules():
            if isinstance(module, torch.jit.ScriptModule):
                continue  # it stands inside a module that is shown whole
            leaf = is_leaf(module)
            if leaf or module is not self.model:
                self._wrap(module, self._ran if leaf else self._run_within)
        super().__enter__()  # type: ignore[no-untyped-call]
        return self

    def __exit__(self, *error: object) -> None:
        super().__exit__(*error)  # type: ignore[no-untyped-call]
        for undo in self._undo:
            undo()
        self.callers.forget()
        self._call = None

    def _wrap(self, module: nn.Module, around: Callable[..., Any]) -> None:
        """Put a function around a module's forward, until the end."""
        before = vars(module).get("forward")
        vars(module)["forward"] = functools.partial(around, module, module.forward)

        def undo() -> None:
            del vars(module)["forward"]
            if before is not None:
                vars(module)["forward"] = before

        self._undo.append(undo)

    @property
    def refused(self) -> Event | None:
        """The module that was running when the run ended, if it did not end by itself."""
        return self._open if self._inside else None

    def sources(self, value: Any) -> tuple[Source, ...]:
        """Return where the tensors in a value come from, each place once."""
        return tuple(dict.fromkeys([s for _, t in named_tensors(value) for s in self.origins.of(t)]))

    def _run_within(self, module: nn.Module, forward: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Run a module of the user's, and note what is called meanwhile as inside it."""
        name, count = self._names.get(id(module), ""), 1
        while (called := name if count == 1 else f"{name}-{count}") in self.modules:
            count += 1
        self.modules[called] = type(module).__name__
        around = self._entered
        self._entered = ((*around[0], called), (*around[1], name))
        try:
            return forward(*args, **kwargs)
        finally:
            self._entered = around

    def _ran(self, module: nn.Module, forward: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Run a module that is shown whole, as one event; one whose weights others made as what it calls."""
        held = () if self._inside or recurrent_type(module) or cell_type(module) else module.parameters()
        if any(id(p) not in self._parameters and self.origins.of(p) for p in held):
            return self._run_within(module, forward, *args, **kwargs)
        with torch._C.DisableTorchFunction():  # noqa: SLF001 (what is looked at here is no call)
            self._before(module, args, kwargs)
        result = forward(*args, **kwargs)
        with torch._C.DisableTorchFunction():  # noqa: SLF001
            after = self._after(module, args, kwargs, result)
        return result if after is None else after

    def _before(self, module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        self._inside += 1
        if self._inside > 1:
            return
        self.callers.look()
        event = self._event("module", self._names.get(id(module), ""), args, kwargs)
        event.module, self._open = module, event
        event.parameters = parameters_of(module)
        if len(args) > 1 or kwargs:
            begun = args[1] if len(args) > 1 else kwargs.get("hx")
            event.begun = self.sources(begun)
            states = leaves([begun]) if recurrent_type(module) or cell_type(module) else ()
            event.zeros = not any(one.requires_grad or bool(one.any()) for _, one in states)

    def _after(self, module: nn.Module, args: Any, kwargs: Any, result: Any) -> Any:  # noqa: ARG002
        if self._inside > 1 or self._open is None:
            self._inside -= 1
            return None
        self._call = None
        result = self.altered(self._open, fresh(result, self._open.taken))
        self.callers.add(self._open)
        self._ended(self._open, result)
        self.made.append(Made("", self._open, self._once(self._open)))
        self._inside -= 1
        return result

    def _once(self, event: Event) -> tuple[tuple[str, tuple[Source, ...]], ...]:
        """Return which tensors a call takes that come from others, each once."""
        if len(event.slots) < 2:
            return tuple([(slot.name, slot.sources) for slot in event.slots])
        tensors = dict(event.taken)
        once = {id(tensors[slot.name]): (slot.name, slot.sources) for slot in reversed(event.slots)}
        return tuple(reversed(once.values()))

    def _event(self, type_: str, name: str, args: Any, kwargs: Any) -> Event:
        found = named_tensors(args[0] if len(args) == 1 else args)
        found += named_tensors(kwargs) if kwargs else []
        inputs = tuple([(n, sizes(t)) for n, t in found if id(t) not in self._parameters])
        slots = self.origins.slots(found)
        sources = tuple(dict.fromkeys([source for slot in slots for source in slot.sources]))
        inside, owners = self._entered
        event = Event(len(self.events), type_, name, None, args, kwargs, inputs, sources, self.callers.where,
                      inside=inside, owners=owners, slots=slots, taken=found)  # fmt: skip
        if self.callers.again((type_, name, owners), name) and sources:
            event.called = self.callers.names(set(sources), self.origins)
        return event

    def _ended(self, event: Event, result: Any) -> None:
        event.result = result
        if event.index == len(self.events):
            self.events.append(event)
        named = outputs_of(event.module, result)
        event.outputs = tuple([(name, sizes(tensor)) for name, tensor in named])
        for name, tensor in named:
            self.origins.mark(tensor, (event.index, name))

    def __torch_function__(
        self, func: Any, types: Iterable[type], args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        """Run a function, and write it down unless a module of torch.nn calls it."""
        kwargs = kwargs or {}
        if self._inside:
            return func(*args, **kwargs)
        name = getattr(func, "__name__", "")
        if name == "__set__":
            return self._set(func, args)
        self.callers.look()
        call = self.callers.torch
        event = self._event(op_name(func, call), "", args, kwargs)
        event.func = func
        taken, count = self._once(event), len(self.events)
        if event.type in PACKS:  # its lengths and orders are no values
            event.read_only(self.sources([t for t in tensors_in([args, kwargs]) if t.is_floating_point()]))
        elif name in ALIKE:
            event.read_only(self.sources(args[:1]))
            event.inputs = event.inputs[:1]
        result = func(*args, **kwargs)
        if name == "__getitem__" and (value := self.origins.put_at(result)) is not None:
            self.origins.passes(result, read := self.passed(result, value))
            self.made.append(Made(name, None, taken))
            return read
        plain = name_of(func)
        if not in_place(name) and plain not in SAME:
            part = self._call is not None and call is self._call and self.events
            result = self.altered(self.events[-1] if part else event, fresh(result, event.taken))
        self._note(event, result, call, (name, plain))
        home = self.events[-1] if self.events and plain not in SAME else None
        own = home is not None and (len(self.events) > count or self._is_of(home, result))
        self.made.append(Made(name, home if own else None, taken))
        return result

    def _is_of(self, event: Event, result: Any) -> bool:
        """Whether a result is one of an event's."""
        return any(index == event.index for index, _ in self.sources(result))

    def _set(self, func: Any, args: tuple[Any, ...]) -> Any:
        """Give a tensor other memory: ``x.data = y``."""
        sources = self.sources(args[1:])
        result = func(*args)
        if isinstance(args[0], torch.Tensor) and sources:
            self.origins.mark(args[0], *sources)
        return result

    def altered(self, event: Event, result: Any) -> Any:  # noqa: ARG002
        """Return what the module goes on with instead of a call's result: the same."""
        return result

    def passed(self, part: torch.Tensor, value: torch.Tensor) -> torch.Tensor:  # noqa: ARG002
        """Return what the module goes on with instead of a part of a table where a value was put: it."""
        return part

    def _note(self, event: Event, result: Any, call: FrameType | None, names: tuple[str, str]) -> None:
        name, plain = names
        if in_place(name):
            if call is None or call is not self._call:
                self._wrote(event, name)
            return
        if name.startswith(SHAPED) or not tensors_in(result):
            return
        if plain in SAME and event.sources:
            for _, tensor in leaves(result):
                self.origins.mark(tensor, *event.sources, detached=plain in DETACHED)
            return
        self.origins.keep((event.args, event.kwargs))
        used = {self._parameters[id(t)]: t for _, t in event.taken if id(t) in self._parameters}
        if plain in SAME or not (event.sources or used):  # a constant, or a parameter that stays one
            self._parameters |= {id(result): name for name in list(used)[:1]}
            self.origins.keep(result)
            return
        event.parameters = used
        last = self.events[-1] if self.events else None
        if call is not None and call is self._call and last is not None:
            added = [s for s in event.sources if s[0] != last.index and s not in last.sources]
            last.sources = (*last.sources, *added)
            last.slots = (*last.slots, *(s for s in event.slots if {*s.sources} & {*added}))
            last.parameters = {**last.parameters, **used}
            self._joined(last, event, result)
            return
        self._call = call
        self.callers.add(event, operator=name.startswith("__") or plain in BUILTIN)
        event.cuts = {n: c for n, t in leaves(result) if t._base is not None  # noqa: SLF001 (else it is no part)
                      and event.args and (c := cut(event.args[0], t))}  # fmt: skip
        if event.type in PACKS:
            self._joined(event, event, result)
        else:
            self._ended(event, result)

    def _wrote(self, event: Event, name: str) -> None:
        """End a call that writes into a tensor, which others may see through views."""
        target = event.args[0] if event.args else None
        if not isinstance(target, torch.Tensor):
            return
        if name in OVERWRITES:
            event.read_only(self.sources([list(event.args[1:]), dict(event.kwargs)]))
        if event.sources:
            event.writes = True
            event.cuts = written_part(event) if name == "__setitem__" else {}
            self.callers.add(event)
            read = () if name in OVERWRITES else self.origins.of(target)
            self._ended(event, target)
            self.origins.wrote(target, (event.index, "output"), read, part=bool(event.cuts))
            if event.cuts and isinstance(event.args[2], torch.Tensor):
                self.origins.put(
                    event.index, event.cuts["output"], target, target[event.args[1]], event.args[2]
                )

    def _joined(self, event: Event, step: Event, result: Any) -> None:
        """End a function of torch that is made of several; of packing, orders and lengths are no result."""
        if event.type not in PACKS:
            self._ended(event, result)
            return
        values = [tensor for tensor in tensors_in(result) if tensor.is_floating_point()]
        if not event.outputs and values:
            event.inputs = step.inputs
        if values or event.index == len(self.events):
            self._ended(event, values[0] if values else ())
        for tensor in tensors_in(result):
            self.origins.mark(tensor, (event.index, "output"))


@functools.lru_cache(maxsize=1024)
def in_place(name: str) -> bool:
    """Whether a method writes into the tensor that it is called on."""
    return name == "__setitem__" or (name.endswith("_") and not name.endswith("__") and name not in SAME)
