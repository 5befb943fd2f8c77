"""Stages that torch has no class for: steps chosen, pooled, repeated, read by each other, merged."""

from __future__ import annotations

import dataclasses

import torch
from torch import nn

from lstmviz.network.flow import RunningValue
from lstmviz.network.stages import Head, StageModule, last_of


class LastStep(StageModule):
    """The last step of a sequence; of a padded batch the last valid one."""

    def forward(self, flow: RunningValue) -> RunningValue:
        """Select the step of every sample."""
        return dataclasses.replace(flow, value=last_of(flow.data, flow), lengths=None)


class FirstStep(StageModule):
    """The first step of a sequence: valid in every sample."""

    def forward(self, flow: RunningValue) -> RunningValue:
        """Select the step."""
        return dataclasses.replace(flow, value=flow.data.select(flow.time_axis, 0), lengths=None)


class PoolSteps(StageModule):
    """The mean or the maximum over the valid steps of each sample."""

    def __init__(self, head: Head, mode: str) -> None:
        super().__init__(head)
        self.mode = mode

    def forward(self, flow: RunningValue) -> RunningValue:
        """Pool along time; padded steps count for nothing."""
        value, axis = flow.data, flow.time_axis
        if flow.lengths is None:
            pooled = value.mean(axis) if self.mode == "mean" else value.amax(axis)
            return dataclasses.replace(flow, value=pooled)
        steps = torch.arange(value.shape[axis], device=value.device)
        lengths = torch.tensor(flow.lengths, device=value.device)
        valid = steps < lengths[:, None]  # (N, T)
        valid = (valid if axis == 1 else valid.T)[..., None]
        if self.mode == "max":
            pooled = value.masked_fill(~valid, -torch.inf).amax(axis)
        else:
            pooled = (value * valid).sum(axis) / lengths[:, None]
        return dataclasses.replace(flow, value=pooled, lengths=None)


class SelfAttention(StageModule):
    """torch's attention with every step as query, key and value; padded steps are read by none."""

    inner: nn.MultiheadAttention

    def forward(self, flow: RunningValue) -> RunningValue:
        """Let the steps read each other."""
        value, hidden = flow.data, None
        if flow.lengths is not None:
            steps = torch.arange(value.shape[flow.time_axis], device=value.device)
            hidden = steps >= torch.tensor(flow.lengths, device=value.device)[:, None]  # (N, T)
        mixed, _ = self.inner(value, value, value, key_padding_mask=hidden, need_weights=False)
        return dataclasses.replace(flow, value=mixed)


class Merge(StageModule):
    """What reaches it together with what an earlier layer gave: their sum, or one behind the other."""

    names = ("input", "other")

    def forward(self, flow: RunningValue) -> RunningValue:
        """Merge both."""
        one, two = self.takes(flow)
        merged = one + two if self.head.type == "add" else torch.cat((one, two), -1)
        return dataclasses.replace(flow, value=merged)

    def takes(self, before: RunningValue) -> list[torch.Tensor]:
        """Return both."""
        return [before.data, before.made[self.head.other].data]


class LastState(StageModule):
    """The last layer's h_n, both directions side by side: ``(N, D·H)``."""

    names = ("h_n",)

    def __init__(self, head: Head, directions: int) -> None:
        super().__init__(head)
        self.directions = directions

    def forward(self, flow: RunningValue) -> RunningValue:
        """Take the states with which the layer before ended."""
        last = flow.ended[0][-self.directions :]
        return dataclasses.replace(flow, value=torch.cat(tuple(last), -1), lengths=None)

    def takes(self, before: RunningValue) -> list[torch.Tensor]:
        """Return h_n."""
        return [before.ended[0]]


class Repeat(StageModule):
    """A vector so many times along a new time axis, as torch's expand gives it."""

    def __init__(self, head: Head, times: int) -> None:
        super().__init__(head)
        self.times = times

    def forward(self, flow: RunningValue) -> RunningValue:
        """Repeat it where the steps of a sequence are."""
        axis, value = flow.time_axis, flow.data
        sizes = [-1] * (value.dim() + 1)
        sizes[axis] = self.times
        repeated = value.unsqueeze(axis).expand(*sizes)
        return dataclasses.replace(flow, value=repeated, timesteps=self.times, lengths=None)
