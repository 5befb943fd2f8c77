"""The spec's model as one torch module, with real weights."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import torch
from torch import nn

from lstmviz.network.bounds import check_bounds
from lstmviz.network.flow import RunningValue, States
from lstmviz.network.plan import ModelPlan, plan_of
from lstmviz.network.run import Host, run, undisturbed
from lstmviz.network.stages import StageModule


class Model(nn.Module):
    """The stages of a plan, run one after the other.

    `stages` are named modules; `stages[i].inner` is torch's own, and
    `stages[i].head.name` the layer's name.
    """

    def __init__(self, plan: ModelPlan, stages: Iterable[StageModule]) -> None:
        super().__init__()
        self.plan = plan
        self.stages = nn.ModuleList(stages)

    def forward(
        self,
        value: torch.Tensor,
        states: Mapping[str, States] | None = None,
        targets: Mapping[str, torch.Tensor] | None = None,
    ) -> RunningValue:
        """Run on an input; return the last flow, its value and states.

        `states` are h_0 (c_0) by the name of the layer that starts from them,
        `targets` the decoders' second inputs; what is not given is zeros.
        """
        flow = RunningValue(
            value,
            batched=self.plan.batched,
            batch_first=self.plan.batch_first,
            timesteps=self.plan.timesteps,
            lengths=self.plan.lengths,
            states_given=self.plan.states_given,
            given=states or {},
            targets=targets or {},
            wanted=self.plan.kept,
        ).kept("input")
        reads, before = {layer.place: layer.reads for layer in self.plan.layers}, ""
        for stage in self.stages:
            place: str = stage.head.place  # type: ignore[union-attr, assignment]
            flow = flow.back(reads[place] if place != before else "")
            flow, before = stage(flow).kept(place), place
        return flow


def build(spec: Any, *, dtype: torch.dtype = torch.float32, seed: int = 0) -> Model:
    """Build the spec's model with torch's own initial weights, for evaluation.

    The weights depend on `seed` alone; the random state of the process is
    left as it was. Raises ModelError, or TooBigError beyond the budget.
    """
    plan = plan_of(spec)
    check_bounds(plan)
    with undisturbed():
        torch.manual_seed(seed)
        return Model(plan, run(plan, Host(dtype=dtype, initialised=True)))
