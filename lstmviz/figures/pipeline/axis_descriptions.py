"""What a stage does to the axes of what it reads, in words."""

from __future__ import annotations

from typing import Any

from lstmviz.figures.pipeline.axes import Wiring
from lstmviz.network.stage_types import TURNS
from lstmviz.translation.messages import Message, joined, lettered, message


def said(wiring: Wiring, kind: str) -> list[Message]:
    """A wiring in words, line by line: ``T and N become one axis, N changing first``."""
    if wiring.mixed is not None:
        return _unmixed(wiring, wiring.mixed)
    if wiring.scrambled:
        return [message("pipeline.no-transpose", stage=wiring.stage)]
    parts = []
    for first, second in wiring.groups:
        old, new = (
            [t.symbols[i] for i in axes] for t, axes in ((wiring.before, first), (wiring.after, second))
        )
        if kind not in TURNS and (len(old) > 1 or len(new) > 1):
            parts.append(_regroups(wiring.stage, old, new))
    return [joined("; ", *parts)] if parts else []


def _regroups(stage: str, old: list[str], new: list[str]) -> Message:
    """That some axes merge, split, or become others."""
    about: dict[str, Any] = {"old": tuple(old), "new": tuple(new), "stage": stage}
    if len(new) == 1:
        alike = len(set(old)) < len(old)
        fastest = message("pipeline.the-last") if alike else lettered(old[-1])
        return message("pipeline.merge", axes=_listed(old), fastest=fastest, **about)
    if len(old) == 1:
        return message("pipeline.split", axis=lettered(old[0]), axes=_listed(new), **about)
    return message("pipeline.become", before=_listed(old), after=_listed(new), **about)


def _unmixed(wiring: Wiring, axis: int) -> list[Message]:
    """Say that samples are mixed, and the call that keeps them apart."""
    after, stage = wiring.after, wiring.stage
    if after.symbols[0] != "N":
        return [message("pipeline.mixes", stage=stage)]
    rest = "-1" if len(after.sizes) == 2 else ", ".join(map(str, after.sizes[1:]))
    use = message("pipeline.unmix", dim=axis, batch=lettered("N"), rest=rest, stage=stage)
    return [message("pipeline.mixes-but", stage=stage), use]


def _listed(names: list[str]) -> Message:
    return message("pipeline.and", rest=lettered(", ".join(names[:-1])), last=lettered(names[-1]))
