"""The letters of a plan: which of its numbers each one stands for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from lstmviz.network.plan import ModelPlan, PlanLayer
from lstmviz.spec.layer_types import LAYER_TYPES, RECURRENT

TOTAL = "Σ lengths"
"""The letter of a packed batch's valid steps."""

INPUT = -1

PIXELS = 48
"""Enough for what halves an image five times."""


@dataclass(frozen=True, slots=True)
class Letter:
    """A symbol, the option that it stands for, and a small value for it.

    `layers` are the indices of the layers whose option it is, INPUT for the
    input: a decoder shares the H of the layer whose states it takes over, and
    has a whole number of times its layers (two where that layer has two directions).
    """

    symbol: str
    option: str
    layers: tuple[int, ...]
    small: int
    written: bool = True
    """Whether it is a letter at all: an image's sizes are only made smaller."""


def letters_of(plan: ModelPlan) -> tuple[Letter, ...]:
    """List the letters of a plan; the small values differ pairwise.

    With several recurrent layers their letters are counted: H₁, H₂ ….
    """
    return (*_of_input(plan), *_of_layers(plan))


# In torch's order; the numbers are primes, so that no product looks like a size.
_INPUT = (("N", "batch_size", 3), ("T", "timesteps", 7), ("F", "features", 5), ("V", "vocabulary", 23))


def _of_input(plan: ModelPlan) -> Iterator[Letter]:
    for symbol, option, small in sorted(_INPUT, key=lambda row: plan.batch_first or row[0] != "T"):
        if getattr(plan, option) is not None:
            yield Letter(symbol, option, (INPUT,), small)
    if plan.channels is not None:
        yield Letter("C", "channels", (INPUT,), 2)
    for option in ("height", "width"):
        size = getattr(plan, option)
        if size is not None:
            yield Letter(option, option, (INPUT,), min(size, PIXELS), written=False)
    if plan.lengths is not None:
        yield Letter(TOTAL, "lengths", (INPUT,), 13)


def _of_layers(plan: ModelPlan) -> Iterator[Letter]:
    places = [index for index, layer in enumerate(plan.layers) if layer.type in RECURRENT]
    for count, place in enumerate(places):
        options = plan.layers[place].options
        index = "" if len(places) == 1 else str(count + 1).translate(_SUBSCRIPT)
        stop = places[count + 1] if count + 1 < len(places) else len(plan.layers)
        shared = tuple(i for i in range(place, stop) if i == place or plan.layers[i].type == "decoder")
        hidden = 17 + 12 * count
        yield Letter(f"H{index}", "hidden_size", shared, hidden)
        if options.get("proj_size"):
            yield Letter(f"P{index}", "proj_size", (place,), hidden - 6)
        # L stays what it is: with fewer layers there would be fewer parameters to look at.
        yield Letter(f"L{index}", "num_layers", shared, options.get("num_layers") or 1)
    for place, layer in enumerate(plan.layers):
        if layer.type == "embedding":
            yield Letter("E", "embedding_dim", (place,), 19)
        elif layer.type == "decoder":
            yield Letter("T′", "steps", (place,), 11)
            if not layer.answers_itself:  # as many as its answer has
                yield Letter("F′", "features", (place,), 13)


_SUBSCRIPT = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


def true_sizes(plan: ModelPlan, letters: tuple[Letter, ...]) -> dict[str, int]:
    """Return what each letter is in this plan."""
    return {letter.symbol: _value(plan, letter) for letter in letters}


def _value(plan: ModelPlan, letter: Letter) -> int:
    place = letter.layers[0]
    if letter.symbol == TOTAL:
        assert plan.lengths is not None
        return sum(plan.lengths)
    return int(getattr(plan, letter.option) or 1) if place == INPUT else _option(plan, letter, place)


def _option(plan: ModelPlan, letter: Letter, place: int) -> int:
    return int(plan.layers[place].options.get(letter.option) or 1)


def resized(plan: ModelPlan, letters: tuple[Letter, ...], sizes: Mapping[str, int]) -> ModelPlan:
    """Return the plan with every letter at the given size.

    Raises ValueError if no lengths fit them.
    """
    fields: dict[str, Any] = {}
    layers = list(plan.layers)
    for letter in letters:
        for place in letter.layers:
            if letter.symbol == TOTAL:
                fields["lengths"] = _spread(sizes[TOTAL], sizes["N"], sizes["T"])
            elif place == INPUT:
                fields[letter.option] = sizes[letter.symbol]
            else:
                times = _option(plan, letter, place) // _value(plan, letter)
                layers[place] = layers[place].having(**{letter.option: sizes[letter.symbol] * times})
    return plan.changed(**fields, layers=tuple(map(_dividing, layers)))


def _dividing(layer: PlanLayer) -> PlanLayer:
    """Return the layer with 1 for what would have to divide a size."""
    option = LAYER_TYPES[layer.type].divides
    return layer.having(**{option: 1}) if option else layer


def _spread(total: int, samples: int, steps: int) -> tuple[int, ...]:
    """Return lengths that sum to `total`, none of them 0 or beyond `steps`."""
    if not samples <= total <= samples * steps:
        raise ValueError(f"{samples} lengths within 1 and {steps} cannot sum to {total}")
    left, lengths = total - samples, []
    for _ in range(samples):
        more = min(left, steps - 1)
        lengths.append(1 + more)
        left -= more
    return tuple(lengths)
