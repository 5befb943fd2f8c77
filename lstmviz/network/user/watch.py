"""Watching a module run: which modules and functions were called, on what, and from which line.

Forward hooks see the modules of torch.nn; a TorchFunctionMode sees what is
done to tensors between them. Where a tensor comes from is kept by tensor, and
by storage for what is written in place through a view.
"""

from __future__ import annotations

import os
import sys
from collections import defaultdict
from typing import TYPE_CHECKING, Any, Self

import torch
from torch import nn
from torch.overrides import TorchFunctionMode

from lstmviz.network.user.events import Event, Source
from lstmviz.network.user.kinds import is_leaf, op_name, outputs_of, parameters_of
from lstmviz.network.user.signatures import name_of
from lstmviz.network.user.values import Place, leaves, mapped, place, sizes, storage

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import FrameType

TORCH = os.path.dirname(torch.__file__) + os.sep  # noqa: PTH120 (compared with frames' file names)
OWN = os.path.dirname(__file__) + os.sep  # noqa: PTH120
PLUMBING = frozenset(
    {"_call_impl", "_wrapped_call_impl", "__torch_function__", "_fn", "fn", "forward", "wrapped", "inner"}
)
SAME = frozenset({"contiguous", "clone", "detach", "to", "cpu", "float", "double", "requires_grad_", "data"})
"""Methods and attributes that give the values that they take."""
OVERWRITES = frozenset({"copy_", "fill_", "zero_"})
"""Methods that keep nothing of what they write into."""
INPUT = -1
"""The number of the event that gave the model its inputs."""


class Watcher(TorchFunctionMode):
    """Records the events of one run of a model, between `with` and its end."""

    def __init__(self, model: nn.Module, inputs: Any) -> None:
        super().__init__()
        self.events: list[Event] = []
        self._made: dict[int, Source] = {}
        self._written: dict[int, list[tuple[Source, Place | None]]] = defaultdict(list)
        self._kept: list[Any] = []  # an id is only unique as long as its tensor lives
        self._names = {id(module): name for name, module in model.named_modules()}
        self._parameters = {id(p): name for name, p in model.named_parameters(remove_duplicate=False)}
        self.model = model
        self.given = inputs
        self._hooks: list[Any] = []
        self._inside = 0
        self._open: Event | None = None
        self._call: FrameType | None = None
        self.modules: dict[str, str] = {}
        self._entered: list[str] = []
        for name, tensor in leaves(inputs):
            self._mark(tensor, (INPUT, name))

    def __enter__(self) -> Self:
        for module in self.model.modules():
            if is_leaf(module) and not isinstance(module, torch.jit.ScriptModule):
                self._hooks.append(module.register_forward_pre_hook(self._before, with_kwargs=True))
                self._hooks.append(module.register_forward_hook(self._after, with_kwargs=True))
            elif module is not self.model and not isinstance(module, torch.jit.ScriptModule):
                self._hooks.append(module.register_forward_pre_hook(self._enter))
                self._hooks.append(module.register_forward_hook(self._leave))
        super().__enter__()  # type: ignore[no-untyped-call]
        return self

    def __exit__(self, *error: object) -> None:
        super().__exit__(*error)  # type: ignore[no-untyped-call]
        for hook in self._hooks:
            hook.remove()

    @property
    def refused(self) -> Event | None:
        """The module that was running when the run ended, if it did not end by itself."""
        return self._open if self._inside else None

    def sources(self, value: Any) -> tuple[Source, ...]:
        """Return where the tensors in a value come from, each place once."""
        found: dict[Source, None] = {}
        for _, tensor in leaves(value):
            found |= dict.fromkeys(self._sources(tensor))
        return tuple(found)

    def _sources(self, tensor: torch.Tensor) -> list[Source]:
        """Return what gave a tensor its numbers: a call, and those that wrote into its memory since then."""
        made = self._made.get(id(tensor))
        found = [made] if made is not None else []
        since = made[0] if made is not None else INPUT  # what was written before is a source of that
        written = [one for one in self._written.get(storage(tensor), ()) if one[0][0] > since]
        for source, written_to in written:
            whole = written_to is not None and written_to == place(
                tensor
            )  # it read what was there, and wrote all of it
            found = [source] if whole else [*found, source]
        return found

    def _mark(self, tensor: torch.Tensor, source: Source) -> None:
        self._made[id(tensor)] = source
        self._kept.append(tensor)

    def _enter(self, module: nn.Module, args: Any) -> None:  # noqa: ARG002
        name, count = self._names.get(id(module), ""), 1
        while (called := name if count == 1 else f"{name}-{count}") in self.modules:
            count += 1
        self.modules[called] = type(module).__name__
        self._entered.append(called)

    def _leave(self, module: nn.Module, args: Any, result: Any) -> None:  # noqa: ARG002
        self._entered.pop()

    def _before(self, module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        self._inside += 1
        if self._inside > 1:
            return
        name = self._names.get(id(module), "")
        event = self._event("module", name, args, kwargs, self._user()[1])
        event.module, self._open = module, event
        event.parameters = parameters_of(module)
        event.begun = self.sources(args[1] if len(args) > 1 else kwargs.get("hx"))

    def _after(self, module: nn.Module, args: Any, kwargs: Any, result: Any) -> Any:  # noqa: ARG002
        if self._inside > 1 or self._open is None:
            self._inside -= 1
            return None
        self._call = None
        result = self.altered(self._open, fresh(result, [args, kwargs]))
        self._inside -= 1
        self._ended(self._open, result)
        return result

    def _event(self, type_: str, name: str, args: Any, kwargs: Any, where: str) -> Event:
        taken = [args[0] if len(args) == 1 else list(args), dict(kwargs)]
        inputs = tuple((n, sizes(t)) for part in taken for n, t in leaves(part) if not self._own(t))
        return Event(len(self.events), type_, name, None, args, kwargs, inputs, self.sources(taken), where,
                     inside=tuple(self._entered))  # fmt: skip

    def _own(self, tensor: torch.Tensor) -> bool:
        return id(tensor) in self._parameters

    def _ended(self, event: Event, result: Any) -> None:
        event.result = result
        if event.index == len(self.events):
            self.events.append(event)
        named = outputs_of(event.module, result)
        event.outputs = tuple((name, sizes(tensor)) for name, tensor in named)
        for name, tensor in named:
            self._mark(tensor, (event.index, name))

    def __torch_function__(
        self, func: Any, types: Iterable[type], args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        """Run a function, and write it down unless a module of torch.nn calls it."""
        kwargs = kwargs or {}
        if self._inside:
            return func(*args, **kwargs)
        call, where = self._user()
        event = self._event(op_name(func, call), "", args, kwargs, where)
        event.func = func
        if event.type in {"pack", "unpack"}:  # its lengths and orders are no values
            event.sources = self.sources([t for t in _tensors([args, kwargs]) if t.is_floating_point()])
        result = func(*args, **kwargs)
        name = getattr(func, "__name__", "")
        if not (in_place(name) or name_of(func) in SAME):
            part = self._call is not None and call is self._call and self.events
            result = self.altered(self.events[-1] if part else event, fresh(result, [args, kwargs]))
        self._note(event, result, call, func)
        return result

    def altered(self, event: Event, result: Any) -> Any:  # noqa: ARG002
        """Return what the module goes on with instead of a call's result: the same."""
        return result

    def _note(self, event: Event, result: Any, call: FrameType | None, func: Any) -> None:
        name = getattr(func, "__name__", "")
        if in_place(name):
            if call is None or call is not self._call:
                self._wrote(event, name)
            return
        if name.startswith(("new_", "zeros_", "ones_", "full_", "empty_")) or not _tensors(result):
            return
        if name_of(func) in SAME and event.sources:
            for _, tensor in leaves(result):
                self._mark(tensor, event.sources[0])
            return
        self._kept.append((event.args, event.kwargs))
        used = {self._parameters[id(t)]: t for _, t in leaves([list(event.args), dict(event.kwargs)])
                if self._own(t)}  # fmt: skip
        if not event.sources and not used:
            return  # a constant
        event.parameters = used
        last = self.events[-1] if self.events else None
        if call is not None and call is self._call and last is not None:
            added = [s for s in event.sources if s[0] != last.index and s not in last.sources]
            last.sources = (*last.sources, *added)
            self._joined(last, event, result)
            return
        self._call = call
        if event.type in {"pack", "unpack"}:
            self._joined(event, event, result)
        else:
            self._ended(event, result)

    def _wrote(self, event: Event, name: str) -> None:
        """End a call that writes into a tensor, which others may see through views."""
        target = event.args[0] if event.args else None
        if name in OVERWRITES:
            event.sources = self.sources([list(event.args[1:]), dict(event.kwargs)])
        if isinstance(target, torch.Tensor) and event.sources:
            event.writes = True
            self._ended(event, target)
            self._note_write(target, (event.index, "output"))

    def _note_write(self, target: torch.Tensor, source: Source) -> None:
        """Note a write; the one before into the same place is a source of it."""
        own, written = place(target), self._written[storage(target)]
        if own is not None:
            written[:] = [one for one in written if one[1] != own]
        written.append((source, own))

    def _joined(self, event: Event, step: Event, result: Any) -> None:
        """End a function of torch that is made of several; of packing, orders and lengths are no result."""
        if event.type not in {"pack", "unpack"}:
            self._ended(event, result)
            return
        values = [tensor for tensor in _tensors(result) if tensor.is_floating_point()]
        if not event.outputs and values:
            event.inputs = step.inputs
        if values or event.index == len(self.events):
            self._ended(event, values[0] if values else ())
        for tensor in _tensors(result):
            self._mark(tensor, (event.index, "output"))

    def _user(self) -> tuple[FrameType | None, str]:
        """Return torch's function that the user's code called, and the file and line of that."""
        frame: FrameType | None = sys._getframe(2)  # noqa: SLF001
        call = None
        while frame is not None and frame.f_code.co_filename.startswith((TORCH, OWN)):
            code = frame.f_code
            plumbing = code.co_name in PLUMBING or code.co_name.startswith("handle_torch")
            if not code.co_filename.startswith(OWN) and not plumbing:
                call = frame
            frame = frame.f_back
        if frame is None:
            return call, ""
        return call, f"{os.path.basename(frame.f_code.co_filename)}:{frame.f_lineno}"  # noqa: PTH119


def in_place(name: str) -> bool:
    """Whether a method writes into the tensor that it is called on."""
    return name == "__setitem__" or (name.endswith("_") and not name.endswith("__"))


def fresh(result: Any, taken: Any) -> Any:
    """Return a result with tensors of its own, also if a call gives back what it took: dropout does.

    What has come through a call and what has not could not be told apart.
    """
    given = {id(tensor) for tensor in _tensors(taken)}
    if not any(id(tensor) in given for tensor in _tensors(result)):
        return result
    return mapped(result, lambda tensor: tensor.view_as(tensor) if id(tensor) in given else tensor)


def _tensors(value: Any) -> list[torch.Tensor]:
    return [tensor for _, tensor in leaves(value)]
