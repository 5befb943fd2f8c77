"""The facts that messages assert of a loop of the user's own code, each a predicate on the loop as it ran."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from lstmviz.network.recurrence import own_recurrences

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lstmviz.network.recurrence import Carried, Own
    from lstmviz.network.structure import Trace

Given = Mapping[str, Any]
OfLoop = Callable[["Own", Given], bool]


def _of_loop(fact: OfLoop) -> Callable[[Trace, Given], bool]:
    """Return a fact of the trace: of the loop that the sentence names."""

    def holds(trace: Trace, given: Given) -> bool:
        return any(fact(own, given) for own in own_recurrences(trace) if own.name == given["loop"])

    return holds


def _begin(own: Own, given: Given, which: Callable[[Carried], bool]) -> bool:
    """Whether these are the names of just those states before the first round of which something holds."""
    return _names(given["names"]) == {f"{state.base}_0" for state in own.states if which(state)}


def _names(text: str) -> set[str]:
    return set(text.replace(" and ", ", ").split(", "))


def _called(own: Iterable[Any], given: Given) -> bool:
    """Whether a letter of the drawing stands for what the code calls so."""
    return any(
        one.base == given["base"] and one.said in {given.get("name", one.base), given.get("name", "")}
        and given.get("tensor", one.tensor) == one.tensor
        for one in own
    )  # fmt: skip


OF_LOOPS: dict[str, OfLoop] = {
    "loop-where": lambda own, g: g["where"] == own.where,
    "loop-weights": lambda own, g: g["names"] == ", ".join(own.weights) and bool(own.parameters),
    "loop-no-weights": lambda own, _: not own.parameters,
    "loop-state": lambda own, g: _called(own.states, g),
    "loop-read": lambda own, g: _called(own.fed, g),
    "loop-given": lambda own, g: (g["base"], g["tensor"]) in {(one.base, one.tensor) for one in own.given},
    "loop-reads-nothing": lambda own, _: not own.fed,
    "loop-last-read": lambda own, g: not own.given and _names(g["names"]) == {s.base for s in own.states},
    "loop-zeros": lambda own, g: _begin(own, g, lambda s: s.zeros and not s.begun),
    "loop-constant": lambda own, g: _begin(own, g, lambda s: not s.zeros and not s.begun),
    "loop-begun": lambda own, g: any(
        g["names"] == f"{s.base}_0" and g["giver"] == ", ".join(s.begun) for s in own.states
    ),
    "loop-takes": lambda own, g: ", ".join(own.takes.get(g["made"].removesuffix("_t"), ())) == g["taken"],
    "loop-calls": lambda own, g: 0 < g["count"] <= own.calls,
    "loop-detached": lambda own, g: _names(g["names"]) == {s.base for s in own.states if s.detached},
}

ABOUT_LOOPS = {name: _of_loop(fact) for name, fact in OF_LOOPS.items()}
"""Facts of one loop, the one that the sentence names."""
