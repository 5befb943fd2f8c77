"""A run that can be asked for derivatives: which other calls' results each call reads directly."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

import torch

from lstmviz.network.user.values import leaves, mapped
from lstmviz.network.user.watch import INPUT, Watcher

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from torch import nn

    from lstmviz.network.user.events import Event, Source
    from lstmviz.network.user.loops import Group


class Recorder(Watcher):
    """A watcher that can say, after the run, what each call's result depends on directly."""

    def __init__(self, model: nn.Module, inputs: Any) -> None:
        roots: list[torch.Tensor] = [p for p in model.parameters() if p.requires_grad]

        def root(tensor: torch.Tensor) -> torch.Tensor:
            if not tensor.is_floating_point():
                return tensor
            roots.append(tensor.requires_grad_())
            return tensor.clone()  # the user's code may write into it

        given = mapped(inputs, root)
        super().__init__(model, given)
        self.home: dict[int, Group] = {}
        self.found: dict[Source, torch.Tensor] = {}
        self._results: dict[int, list[tuple[str, torch.Tensor]]] = {}
        self._nodes: dict[Any, list[tuple[int, Source]]] = defaultdict(list)
        self._writes: dict[Any, Source] = {}
        self._within: frozenset[int] = frozenset()
        self._asked = False
        self._roots = roots
        self._luck = torch.Generator().manual_seed(0)
        for name, tensor in leaves(given):
            self._keep((INPUT, name), tensor)

    def _ended(self, event: Event, result: Any) -> None:
        super()._ended(event, result)
        named = list(zip([n for n, _ in event.outputs], [t for _, t in leaves(event.result)], strict=False))
        self._results[event.index] = [(name, self._kept_for_good(tensor)) for name, tensor in named]
        for name, tensor in named:
            source = (event.index, name)
            if not event.writes:
                self._keep(source, tensor)
            for written in (tensor, tensor._base) if event.writes else ():  # noqa: SLF001 (what a view is of)
                if written is not None and written.grad_fn is not None:
                    self._writes[written.grad_fn] = source

    def _kept_for_good(self, tensor: torch.Tensor) -> torch.Tensor:
        """Return a copy that nothing writes into later; its derivatives are those of the original."""
        self._inside += 1
        try:
            return tensor.clone()
        finally:
            self._inside -= 1

    def _keep(self, source: Source, tensor: torch.Tensor) -> None:
        if tensor.grad_fn is not None:
            self._nodes[tensor.grad_fn].append((tensor.output_nr, source))

    def tensors(self, event: Event) -> list[tuple[str, torch.Tensor]]:
        """Return what a call gave, by name."""
        return self._results.get(event.index, [])

    def ready(self, groups: Iterable[Group]) -> None:
        """Put a stop at the result of every call; only these belong to stages."""
        self.home = {e.index: group for group in groups for e in (*group.events, *group.absorbed)}
        for node in self._nodes:
            node.register_prehook(self._stop(node))
        for node, source in self._writes.items():
            node.register_hook(self._pass_by(source))

    def _stop(self, node: Any) -> Any:
        def stop(grads: tuple[torch.Tensor | None, ...]) -> tuple[torch.Tensor | None, ...] | None:
            owners = [(nr, s) for nr, s in self._nodes[node] if s[0] == INPUT or s[0] in self.home]
            if not self._asked or not owners or any(s[0] in self._within for _, s in owners):
                return None
            for number, source in owners:
                self._note_grad(source, grads[number])
            return tuple(None if grad is None else torch.zeros_like(grad) for grad in grads)

        return stop

    def _pass_by(self, source: Source) -> Any:
        """Of what is written into a tensor, let through what was there before."""

        def passed(inward: tuple[Any, ...], outward: tuple[Any, ...]) -> tuple[Any, ...] | None:
            if not self._asked or source[0] in self._within or source[0] not in self.home:
                return None
            self._note_grad(source, outward[0])
            return (inward[0], *(None if grad is None else torch.zeros_like(grad) for grad in inward[1:]))

        return passed

    def _note_grad(self, source: Source, grad: torch.Tensor | None) -> None:
        if grad is not None and bool(grad.ne(0).any()):
            before = self.found.get(source)
            self.found[source] = grad if before is None else before + grad

    def reads(self, group: Group, results: Sequence[torch.Tensor]) -> dict[Source, torch.Tensor]:
        """Return what these results of a stage read of others, with the derivatives."""
        self._within = frozenset(e.index for e in (*group.events, *group.absorbed))
        return self._derived(results)

    def reads_of(self, event: Event) -> set[Source]:
        """Return what one call reads of all others."""
        self._within = frozenset({event.index})
        return set(self._derived([t for _, t in self.tensors(event)]))

    def _derived(self, results: Sequence[torch.Tensor]) -> dict[Source, torch.Tensor]:
        self.found = {}
        starts = [t for t in results if t.requires_grad]
        if not starts:
            return {}
        weights = [torch.rand(t.shape, generator=self._luck, dtype=t.dtype) + 0.1 for t in starts]
        self._asked = True
        try:
            torch.autograd.grad(starts, self._roots, weights, retain_graph=True, allow_unused=True)
        finally:
            self._asked = False
        return self.found
