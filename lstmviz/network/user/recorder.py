"""A run that can be asked for derivatives: which other calls' results each call reads directly."""

from __future__ import annotations

import contextlib
import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Self

import torch
from torch import nn
from torch.autograd.graph import GradientEdge, get_gradient_edge

from lstmviz.network.derivatives import nearby
from lstmviz.network.user.call_recorder import CallRecorder, in_place
from lstmviz.network.user.events import INPUT, Event, Source
from lstmviz.network.user.gradient_bypass import GRAD_MODE, Alias, detaches, plain_functions
from lstmviz.network.user.loop_kinds import PIECES
from lstmviz.network.user.loops import Group
from lstmviz.network.user.values import leaves, mapped

STATES = frozenset({"h", "c", "h_n", "c_n"})
BEFORE = -1
"""Beside the outputs of a write at which derivatives stop: what was there before is stopped, too."""


@dataclass(frozen=True, slots=True)
class RecordedTensor:
    """One tensor that a call gave: the place in torch's graph, whatever is written into it later."""

    name: str
    edge: GradientEdge | None
    shape: torch.Size
    dtype: torch.dtype
    value: torch.Tensor | None
    """Of a state: its numbers."""

    def weights(self, luck: torch.Generator) -> torch.Tensor:
        """Return weights for all its entries, no two alike; of a large result along the last axis.

        Where they were alike along an axis that a softmax goes over, its derivative would be zero.
        """
        last = self.shape if math.prod(self.shape) <= FEW else self.shape[-1:]
        return torch.randn(last, generator=luck, dtype=self.dtype).expand(self.shape)


FEW = 2**16
"""So many numbers of a result have weights of their own at most."""
Start = tuple[RecordedTensor, torch.Tensor]
"""What is differentiated: a tensor, and the weights of its entries."""


class Recorder(CallRecorder):
    """A watcher that can say, after the run, what each call's result depends on directly.

    With `through`, derivatives pass also where the user's code lets none.
    """

    def __init__(self, model: nn.Module, inputs: Any, *, through: bool = False) -> None:
        def root(tensor: torch.Tensor) -> torch.Tensor:
            if not (tensor.is_floating_point() or tensor.is_complex()):
                return tensor
            return tensor.requires_grad_().clone()  # the user's code may write into it

        given = mapped(inputs, root)
        super().__init__(model, given)
        self.home: dict[int, Group] = {}
        self._through = through
        self._open_ways = contextlib.ExitStack()
        self._results: dict[int, list[RecordedTensor]] = {}
        self._owners: dict[Any, dict[int, list[Source]]] = defaultdict(lambda: defaultdict(list))
        self._writes: dict[Any, Source] = {}
        self._stops: dict[int, set[int]] = {}
        """Where no derivative goes on; by the number of a node, which would hold itself alive by its hook."""
        self._luck = torch.Generator().manual_seed(0)
        self._holding: dict[int, list[Event]] = defaultdict(list)
        """By the number of a tensor, the calls that took or gave it: they keep what is written over."""
        for name, tensor in leaves(given):
            self._keep((INPUT, name), tensor)

    def __enter__(self) -> Self:
        if self._through:
            self._open_ways.enter_context(plain_functions())
        return super().__enter__()

    def __exit__(self, *error: object) -> None:
        super().__exit__(*error)
        self._open_ways.close()

    def __torch_function__(
        self, func: Any, types: Iterable[type], args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        """Run a function; where derivatives are to pass, switch nothing off."""
        if self._through and getattr(func, "__name__", "") == GRAD_MODE:
            return None
        func = Alias(func) if self._through and detaches(func) else func
        name = getattr(func, "__name__", "")
        if (
            self._inside
            or not in_place(name)
            or name == "__setitem__"
            or not isinstance(args[0], torch.Tensor)
        ):
            return super().__torch_function__(func, types, args, kwargs)
        with torch._C.DisableTorchFunction():  # noqa: SLF001
            over = args[0].detach().clone()
        for event in self._holding.pop(id(args[0]), ()):
            event.args, event.kwargs, event.result = mapped(
                (event.args, event.kwargs, event.result), lambda one: over if one is args[0] else one
            )
        count = len(self.events)
        result = super().__torch_function__(func, types, args, kwargs)
        if len(self.events) > count:
            self.events[-1].args = (over, *args[1:])
        return result

    def altered(self, event: Event, result: Any) -> Any:
        """Give each piece that a tensor is cut into a place of its own in torch's graph."""
        return mapped(result, lambda piece: piece.view_as(piece)) if event.type in PIECES else result

    def passed(self, part: torch.Tensor, value: torch.Tensor) -> torch.Tensor:  # noqa: ARG002
        """Return the value itself: what was done to it goes on, past the table."""
        return value.clone()

    def _ended(self, event: Event, result: Any) -> None:
        super()._ended(event, result)
        named = list(zip([n for n, _ in event.outputs], [t for _, t in leaves(event.result)], strict=False))
        self._results[event.index] = [_given(name, tensor) for name, tensor in named]
        for _, tensor in (*event.taken, *named):
            self._holding[id(tensor)].append(event)
        for name, tensor in named:
            source = (event.index, name)
            part = event.type == "setitem" or tensor._base is not None  # noqa: SLF001 (what a view is of)
            if not event.writes or not part:  # ``h += 1`` gives a whole tensor, as ``h + 1`` does
                self._keep(source, tensor)
            for written in (tensor, tensor._base) if event.writes and part else ():  # noqa: SLF001
                if written is not None and written.grad_fn is not None:
                    self._writes[written.grad_fn] = source

    def _keep(self, source: Source, tensor: torch.Tensor) -> None:
        if tensor.grad_fn is not None:
            self._owners[tensor.grad_fn][tensor.output_nr].append(source)

    def tensors(self, event: Event) -> list[RecordedTensor]:
        """Return what a call gave."""
        return self._results.get(event.index, [])

    def ready(self, groups: Iterable[Group]) -> None:
        """Put a stop at the result of every call; only these belong to stages."""
        self.home = {e.index: group for group in groups for e in (*group.events, *group.absorbed)}
        for node in self._owners:
            node.register_prehook(self._stop(node))
        for node in self._writes:
            node.register_hook(self._pass_by(node))

    def _stop(self, node: Any) -> Any:
        stops, own = self._stops, id(node)

        def stop(grads: tuple[torch.Tensor | None, ...]) -> tuple[torch.Tensor | None, ...] | None:
            here = stops.get(own)
            if here is None:
                return None
            return tuple(None if nr in here else grad for nr, grad in enumerate(grads))

        return stop

    def _pass_by(self, node: Any) -> Any:
        """Of what is written into a tensor, let through what was there before, if that is asked for."""
        stops, own = self._stops, id(node)

        def passed(inward: tuple[Any, ...], outward: tuple[Any, ...]) -> tuple[Any, ...] | None:  # noqa: ARG001
            here = stops.get(own, ())
            before = None if BEFORE in here else inward[0]
            return (before, *(None for _ in inward[1:])) if 0 in here else None

        return passed

    def start(self, event: Event) -> list[Start]:
        """Return all that a call gave, to be differentiated."""
        return [(given, given.weights(self._luck)) for given in self.tensors(event) if given.edge]

    def cut_from(self, source: Source) -> Source:
        """Return what a part was cut out of by a call that is of no stage: ``for token in tokens``."""
        while source[0] != INPUT and source[0] not in self.home:
            read = [one for slot in self.events[source[0]].slots for one in slot.sources]
            if not read:
                break
            source = read[0]
        return source

    def reads(self, group: Group, starts: Sequence[Start]) -> dict[Source, torch.Tensor | None]:
        """Return what these results of a stage read of others, with the derivatives."""
        return self.reached(starts, frozenset(e.index for e in (*group.events, *group.absorbed)))

    def reads_of(self, event: Event) -> set[Source]:
        """Return what one call reads of all others."""
        found = self.reached(self.start(event), frozenset({event.index}))
        return {source for source, grad in found.items() if grad is not None}

    def latest(self, sources: Iterable[Source]) -> list[Source]:
        """Return sources without the writes of a stage that wrote into the table again: all is in that."""
        found = list(sources)
        homes = {one: self.home.get(one[0]) for one in found if one[0] >= 0 and self.events[one[0]].writes}
        last: dict[int, int] = {}
        for (index, _), home in homes.items():
            last[id(home)] = max(index, last.get(id(home), index))
        return [one for one in found if one not in homes or one[0] == last[id(homes[one])]]

    def reached(
        self, starts: Sequence[Start], within: frozenset[int], whole: frozenset[Source] = frozenset()
    ) -> dict[Source, torch.Tensor | None]:
        """Return what can be reached with no other call between, and its derivative if that is not zero.

        A write of `whole` stands for all of its table; behind other writes is what was there before.
        """
        edges = [given.edge for given, _ in starts if given.edge]
        border = list(self._border(edges, within, whole))
        if not border:
            return {}
        for node, nr, sources in border:
            self._stops.setdefault(id(node), set()).update({nr, BEFORE} if sources[0] in whole else {nr})
        written = any(node in self._writes for node, _, _ in border)
        inputs = {(node, nr) for node, nr, sources in border if sources[0][0] == INPUT and not written}
        try:
            weights = [weights for _, weights in starts]
            grads = nearby(edges, weights, [(node, nr) for node, nr, _ in border], inputs)
        except RuntimeError:  # what was read before has been written over, or cannot be differentiated
            return dict.fromkeys(source for _, _, sources in border for source in sources)
        finally:
            self._stops.clear()
        found: dict[Source, torch.Tensor | None] = {}
        for (_, _, sources), grad in zip(border, grads, strict=True):
            moved = grad if grad is not None and bool(grad.ne(0).any()) else None
            for source in sources:
                before = found.get(source)
                if before is None or (moved is not None and moved.numel() > before.numel()):
                    found[source] = moved  # of a value that is read twice, once as a view of a part
                elif moved is not None and moved.shape == before.shape:
                    found[source] = before + moved
        return found

    def _border(
        self, edges: Sequence[GradientEdge], within: frozenset[int], whole: frozenset[Source]
    ) -> Iterator[tuple[Any, int, list[Source]]]:
        """Walk torch's graph back to the results of other calls, and no further."""
        open_: list[tuple[Any, int]] = [(edge.node, edge.output_nr) for edge in edges]
        seen: set[tuple[Any, int]] = set()
        walked: set[Any] = set()
        while open_:
            node, nr = open_.pop()
            if node is None or (node, nr) in seen:
                continue
            seen.add((node, nr))
            owners = [s for s in self._owners.get(node, {}).get(nr, ()) if s[0] == INPUT or s[0] in self.home]
            if owners and not any(source[0] in within for source in owners):
                yield node, nr, owners
                continue
            write = self._writes.get(node)
            if write is not None and write[0] not in within and write[0] in self.home:
                yield node, nr, [write]
                open_ += () if write in whole else node.next_functions[:1]
            elif node not in walked:
                walked.add(node)
                open_ += node.next_functions


def _given(name: str, tensor: torch.Tensor) -> RecordedTensor:
    edge = get_gradient_edge(tensor) if tensor.requires_grad else None
    value = tensor.detach().clone() if name in STATES else None
    return RecordedTensor(name, edge, tensor.shape, tensor.dtype, value)
