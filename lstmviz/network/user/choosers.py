"""Values that say what is read of others: masks, lengths, numbers of words, and all that is made of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import torch
from torch import nn

from lstmviz.network.user.events import INPUT, Event, Made, Source
from lstmviz.network.user.signatures import name_of
from lstmviz.network.user.values import arguments, leaves

Taken = Sequence[tuple[torch.Tensor, tuple[Source, ...]]]

UNSEEN = frozenset({"numpy", "__array__"})
"""What leads out of torch: of what comes back nothing is known."""


def chosen_by(inputs: Any) -> frozenset[str]:
    """Return which inputs hold other numbers than measures, or some that are zero and some that are not."""
    return frozenset(name for name, tensor in leaves(arguments(inputs)) if _may_choose(tensor))


def _may_choose(tensor: torch.Tensor) -> bool:
    if not (tensor.is_floating_point() or tensor.is_complex()):
        return True
    zeros = tensor.eq(0)
    return bool(zeros.any()) and not bool(zeros.all())


class Choosers:
    """Which tensors of a run come from such inputs, and whether such a value stood beside what was asked."""

    def __init__(self, names: Iterable[str] = ()) -> None:
        self._known: set[int | Source] = {(INPUT, name) for name in names}
        self.asked = False

    def pass_on(self, made: Made) -> None:
        """Note what a call makes of such values; the numbers that stand for words are measures."""
        if not self._known or not any(self._holds(sources) for _, sources in made.taken):
            return
        self.asked = self.asked or made.name in UNSEEN
        if made.event is not None and not looked_up(made.event):
            self._known.add(made.event.index)

    def ask(self, taken: Taken, asked: Sequence[torch.Tensor]) -> None:
        """Note whether there is such a value among what a call takes, beside those that are asked about."""
        if self._known and not self.asked:
            beside = (sources for tensor, sources in taken if not any(tensor is one for one in asked))
            self.asked = any(map(self._holds, beside))

    def ask_by_change(self, event: Event, sources: Iterable[Source], tensor: torch.Tensor) -> None:
        """Note whether numbers that are no measures were changed: what they say went with it."""
        plain = tensor.is_floating_point() or tensor.is_complex()
        if self._known and not plain and not looked_up(event) and name_of(event.func) != "one_hot":
            self.asked = self.asked or self._holds(sources)

    def _holds(self, sources: Iterable[Source]) -> bool:
        return any(one in self._known or one[0] in self._known for one in sources)


def looked_up(event: Event) -> bool:
    """Whether a call gives a row of a table for each number."""
    return isinstance(event.module, nn.Embedding) or event.func is torch.nn.functional.embedding
