"""A large model of a spec at smaller sizes, where what depends on what is the same.

Stages and flows that ran on shapes alone, with random numbers in their place: derivatives need them.
"""

from __future__ import annotations

import copy
import dataclasses

import torch

from lstmviz.network.flow import RunningValue
from lstmviz.network.letters import Letter, letters_of, resized, true_sizes
from lstmviz.network.plan import ModelPlan, PlanLayer
from lstmviz.network.stages import StageModule

KEPT = ("T", "L", "Σ")
"""Letters that a figure draws one by one, or that lengths are about, stay what they are."""
OUT = 7
"""So many results of a linear layer are enough."""


def narrowed(plan: ModelPlan) -> ModelPlan:
    """Return the plan with fewer features, units, tokens, samples; as it is if it says sizes itself.

    Steps, layers, directions and lengths are kept. A view by numbers depends on all
    sizes: such a plan, and one of images, is not changed.
    """
    literal = any(isinstance(size, int) for layer in plan.layers for size in layer.options.get("sizes", ()))
    if literal or plan.form == "image":
        return plan
    letters = tuple(letter for letter in letters_of(plan) if _shrinks(letter, plan))
    true = true_sizes(plan, letters)
    small = resized(plan, letters, {one.symbol: min(one.small, true[one.symbol]) for one in letters})
    return small.changed(layers=tuple(map(_fewer_results, small.layers)))


def _shrinks(letter: Letter, plan: ModelPlan) -> bool:
    return not letter.symbol.startswith(KEPT) and not (letter.symbol == "N" and plan.lengths is not None)


def _fewer_results(layer: PlanLayer) -> PlanLayer:
    if layer.type != "linear":
        return layer
    return layer.having(out_features=min(layer.options["out_features"], OUT))


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
