"""Stages and flows that ran on shapes alone, with random numbers in their place: derivatives need them."""

from __future__ import annotations

import copy
import dataclasses

import torch

from lstmviz.network.flow import RunningValue
from lstmviz.network.stages import StageModule


def filled(stage: StageModule) -> StageModule:
    """Copy a stage, with random weights on the CPU."""
    made = copy.deepcopy(stage)
    made.allocate("cpu")
    with torch.no_grad():
        for parameter in made.parameters():
            parameter.uniform_(0.1, 1.0)
    return made


def random(flow: RunningValue) -> RunningValue:
    """Return a flow of the same shapes with numbers, and so all that may be read from it again."""
    made = {place: random(one) for place, one in flow.made.items()}
    return dataclasses.replace(flow, value=torch.rand(flow.data.shape, dtype=torch.float64), made=made)
