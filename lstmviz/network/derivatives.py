"""Derivatives from torch's engine itself."""

from __future__ import annotations

from collections.abc import Container, Sequence
from typing import Any, cast

import torch
from torch.autograd import Variable
from torch.autograd.graph import GradientEdge

Derivatives = tuple["torch.Tensor | None", ...]
Place = tuple[Any, int]
"""A node of torch's graph, and which of its results."""


def derivatives(
    outputs: Sequence[GradientEdge], weights: Sequence[torch.Tensor], ends: Sequence[GradientEdge]
) -> Derivatives:
    """Return the derivative of weighted outputs by each of `ends`; None where none arrives.

    Not by torch.autograd.grad: to compare the sizes of weights it imports SymPy, a second.
    """
    engine = Variable._execution_engine  # noqa: SLF001 (what torch.autograd.grad itself calls)
    found = engine.run_backward(
        tuple(outputs),
        tuple(weights),
        True,
        False,
        tuple(ends),
        allow_unreachable=True,
        accumulate_grad=False,
    )
    return cast("Derivatives", found)


def nearby(
    outputs: Sequence[GradientEdge],
    weights: Sequence[torch.Tensor],
    ends: Sequence[Place],
    inputs: Container[Place],
) -> Sequence[torch.Tensor | None]:
    """Return the derivatives at all `ends`, at those which are inputs from where steps were cut out of them.

    torch's engine goes through all that leads to an end, whatever arrives there: of a loop that reads an
    input step by step through all rounds before, were it not asked for the steps that were cut out.
    """
    cuts = _cuts(outputs, set(ends), inputs)
    near = [*(end for end in ends if not cuts or end not in inputs), *cuts]
    found = dict(zip(near, derivatives(outputs, weights, _edges(near)), strict=True))
    given = {cut: grad for cut in cuts if (grad := found[cut]) is not None}
    if given:
        far = [end for end in ends if end in inputs]
        grads = derivatives(_edges(list(given)), list(given.values()), _edges(far))
        found |= dict(zip(far, grads, strict=True))
    return [found.get(end) for end in ends]


def _edges(places: Sequence[Place]) -> list[GradientEdge]:
    return [GradientEdge(node, nr) for node, nr in places]


def _cuts(outputs: Sequence[GradientEdge], ends: Container[Place], inputs: Container[Place]) -> list[Place]:
    """Return where the graph parts into what leads to inputs alone; nothing where an input is read itself."""
    kinds: dict[Any, int] = {}

    def kind(place: Place) -> int:
        """1: it leads to inputs; 2: to other ends; 3: to both."""
        if place in ends:
            return 1 if place in inputs else 2
        return kinds.get(place[0], 0)

    open_: list[tuple[Any, bool]] = [(edge.node, False) for edge in outputs]
    while open_:
        node, seen = open_.pop()
        places = [place for place in node.next_functions if place[0] is not None]
        if seen:
            for place in places:
                kinds[node] |= kind(place)
        elif node not in kinds:
            kinds[node] = 0
            open_ += [(node, True), *((place[0], False) for place in places if place not in ends)]
    mixed = [place for node, own in kinds.items() if own == 3 for place in node.next_functions]
    alone = list(dict.fromkeys(place for place in mixed if place[0] is not None and kind(place) == 1))
    plain = any(kind((edge.node, edge.output_nr)) == 1 for edge in outputs)
    plain = plain or any(place in ends for place in alone)
    return [] if plain or _meet(alone, ends) else alone


def _meet(places: Sequence[Place], ends: Container[Place]) -> bool:
    """Whether one of the places lies behind another: what arrives there would be counted twice."""
    every, seen = set(places), set(places)
    open_ = [one for node, _ in places for one in node.next_functions]
    while open_:
        place = open_.pop()
        if place in every:
            return True
        if place[0] is not None and place not in ends and place not in seen:
            seen.add(place)
            open_ += place[0].next_functions
    return False
