"""What runs through the model: a value, its layout, and the states beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, replace

import torch
from torch.nn.utils.rnn import PackedSequence

from lstmviz.records import record

States = tuple[torch.Tensor, ...]
"""``(h,)`` or, for an LSTM, ``(h, c)``."""


@record(frozen=True, slots=True)
class RunningValue:
    """The value between two stages, and what later stages may ask for.

    `value` is a tensor or a packed sequence. `lengths` are those of a padded
    batch, as long as its steps are still the input's. `begun` and `ended` are
    the states h_0 (c_0) and h_n (c_n) of the recurrent layer `source`.
    """

    value: torch.Tensor | PackedSequence
    batched: bool
    batch_first: bool
    timesteps: int | None = None
    lengths: tuple[int, ...] | None = None
    folded: tuple[int, int] | None = None
    """Of images in sequence that stand one after the other on the first axis: what it is made of."""
    states_given: bool = False
    begun: States = ()
    ended: States = ()
    source: str = ""
    read: torch.Tensor | None = None
    """The sequence that the recurrent layer `source` read, with its padding."""
    given: Mapping[str, States] = field(default_factory=dict)
    """Initial states by the name of the layer that starts from them."""
    targets: Mapping[str, torch.Tensor] = field(default_factory=dict)
    """The second input of each decoder, by its name."""

    wanted: frozenset[str] = frozenset()
    """The places of layers whose output is read again later."""
    made: Mapping[str, RunningValue] = field(default_factory=dict)
    """What they gave, by place."""

    def kept(self, place: str) -> RunningValue:
        """Return the flow after the layer at this place, remembered if it is read again."""
        if place not in self.wanted:
            return self
        return replace(self, made={**self.made, place: replace(self, made={})})

    def back(self, place: str) -> RunningValue:
        """Return the flow as it was after that layer; as it is without a place."""
        return replace(self.made[place], made=self.made) if place else self

    @property
    def data(self) -> torch.Tensor:
        """The numbers themselves: of a packed sequence ``(Σ lengths, F)``."""
        return self.value.data if isinstance(self.value, PackedSequence) else self.value

    @property
    def time_axis(self) -> int:
        """Where a sequence has its steps."""
        return 1 if self.batched and self.batch_first else 0

    @property
    def batch_axis(self) -> int:
        """Where a batched sequence has its samples."""
        return 0 if self.batch_first else 1
