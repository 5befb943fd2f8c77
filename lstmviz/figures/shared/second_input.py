"""What a decoder reads at each step beside the states that it starts from, as the run showed it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lstmviz.network.structure import parted
from lstmviz.translation.messages import literal, message

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lstmviz.network.steps import Relation
    from lstmviz.network.structure import Recurrent, Stage, Trace
    from lstmviz.translation.messages import Said

AS_GIVEN = "x′: a second input, target, read as it is given; nothing in it is shifted"
LATER = "x′: a second input, target, read one step later: step t reads its step t − 1"
UNTOLD = "x′: a second input, target"
OWN = "x′: made in the model from {}"
PASSED_ON = frozenset(
    {
        "getitem",
        "select",
        "narrow",
        "unsqueeze",
        "squeeze",
        "unbind",
        "iter",
        "split",
        "chunk",
        "cat",
        "stack",
    }
)
"""Calls that pass on the very numbers that they read."""


def second_input(trace: Trace, decoder: Recurrent) -> str:
    """Return the sentence about x′: read as it is given, one step later, or made from other tensors.

    A spec's decoder is handed its target as it is. In a user's own module the relations
    of steps are followed from what the decoder reads back to the model's inputs.
    """
    stage = trace.stage(decoder.name)
    if stage is None:
        return AS_GIVEN
    target = stage.reading("target")
    if target is None and not stage.sources and any(tensor.name == "target" for tensor in stage.inputs):
        return UNTOLD
    if not stage.sources or target is not None:
        return LATER if target is not None and target.relation.shift == -1 else AS_GIVEN
    sources = [source for source in stage.sources if not source.endswith((".h_n", ".c_n"))]
    found = [one for source in sources for one in _origins(trace, source, None, frozenset())]
    inputs = {tensor.name for tensor in trace.inputs}
    whole = {name for name, _ in found} <= inputs  # nothing on the way computes with it
    kinds = {relation.kind if relation else "own" for _, relation in found}
    if whole and kinds == {"own"} and len(found) == 1:
        return AS_GIVEN
    if whole and any(relation and _is_later(relation) for _, relation in found):
        return LATER
    return OWN.format(", ".join(dict.fromkeys(name for name, _ in found)) or "what was not followed")


def no_output(encoder: str, decoder: str, skipped: str = "") -> Said:
    """Return the sentence that a decoder reads nothing of its encoder but the last states."""
    given = {"decoder": literal(decoder), "encoder": literal(encoder)}
    given |= {"skipped": literal(skipped)} if skipped else {}
    return message("grid.no-output-nor" if skipped else "grid.no-output", **given)


def first_input(trace: Trace, decoder: Recurrent) -> list[Said]:
    """Return the sentence about what step 1 of a decoder reads whose target comes one step later."""
    stage = trace.stage(decoder.name)
    target = stage.reading("target") if stage else None
    if stage is None or target is None or target.relation.shift != -1:
        return []
    last = next((one for one in stage.reads if one.source != "target"), None)
    if last is None:
        return [message("second.starts-zero", decoder=decoder.name)]
    name = "second.starts-last-real" if last.samples else "second.starts-last"
    return [message(name, decoder=decoder.name, source=literal(last.source))]


def _is_later(relation: Relation) -> bool:
    return relation.kind == "window" and (relation.width, relation.shift, relation.stride) == (1, -1, 1)


def _origins(
    trace: Trace, source: str, after: Relation | None, seen: frozenset[str]
) -> Iterator[tuple[str, Relation | None]]:
    """Yield the inputs of the model behind a tensor, each with the relation of steps on the way to it.

    Where numbers are computed, or no relation was measured, the tensor itself is named.
    """
    name, output = parted(source)
    stage: Stage | None = trace.stage(name)
    if stage is None or source in seen or stage.type not in PASSED_ON:
        yield source, after
        return
    readings = [one for one in stage.reads if one.output == output]
    if not readings or any(one.states for one in readings):
        yield source, after
        return
    for one in readings:
        way = one.relation if after is None or after.kind == "own" else after.after(one.relation)
        yield from _origins(trace, one.source, way, seen | {source})
