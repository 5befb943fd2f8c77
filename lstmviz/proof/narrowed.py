"""A large model of a spec at smaller sizes, where what depends on what is the same."""

from __future__ import annotations

from lstmviz.network.letters import Letter, letters_of, resized, true_sizes
from lstmviz.network.plan import ModelPlan, PlanLayer

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
