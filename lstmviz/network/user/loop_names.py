"""What the user's code calls the states of a loop, and what its rounds read."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import CodeType

from lstmviz.network.user.events import Source, name_in
from lstmviz.network.user.loop_kinds import Edge

Given = tuple[str, str]
"""What a stage gives: its name, and which of its outputs."""


def state_names(
    edges: Mapping[Given, Sequence[tuple[int, Edge]]],
    called: Mapping[str, str],
    code: CodeType,
    full: Callable[[Source], tuple[str, ...]],
) -> dict[Given, str]:
    """Name the states of a loop in `code`, by the `edges` that read each: each name once.

    As the code does, else by their role, else by number. `called` are the names of the tensors of a round.
    """
    found: dict[Given, str] = {}
    inner = {key: _first_name(read, code, within=True) for key, read in edges.items()}
    told_apart = all(inner.values()) and len(set(inner.values())) == len(inner)
    for place, (key, read) in enumerate(edges.items()):
        said = _first_name(read, code)
        said = inner[key] if told_apart and "[" in said else said
        said = said or next((called[n] for n in full(read[0][1].source) if n in called), "")
        role = key[1].partition("_")[0] if key[1] in {"h", "c", "h_n", "c_n"} else ""
        name = role if role and (not said or "[" in said) else said
        if not name or name in found.values():
            name = f"s{place + 1}"
        found[key] = name
    return found


def _first_name(read: Sequence[tuple[int, Edge]], code: CodeType, *, within: bool = False) -> str:
    return next((name for _, edge in read if (name := name_of(edge, code, within=within))), "")


def name_of(edge: Edge, code: CodeType, *, within: bool = False) -> str:
    """Return what the function with the loop calls a tensor that is read; else what an inner one does.

    With `within` only what an inner one does, where that is no part of a list: ``h, c = state``.
    """
    return name_in(edge.reader.event.called.get(edge.source, ()), code, within=within)
