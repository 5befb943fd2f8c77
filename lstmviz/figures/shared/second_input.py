"""What a decoder reads at each step beside the states that it starts from, as the run showed it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lstmviz.network.recurrence import Own
from lstmviz.network.second_input import second_origin, second_reading
from lstmviz.translation.messages import literal, message

if TYPE_CHECKING:
    from lstmviz.network.structure import Recurrent, Trace
    from lstmviz.translation.messages import Said


def second_input(trace: Trace, decoder: Recurrent) -> Said:
    """Return the sentence about x′: read as it is given, one step later, or made from other tensors."""
    how, names = second_origin(trace, decoder)
    if how == "own":
        return message("second.own", names=literal(", ".join(names)), decoder=decoder.name)
    if how != "made":
        return message(f"second.{how}", decoder=decoder.name)
    if not names:
        return message("second.unknown", decoder=decoder.name)
    return message("second.made", names=literal(", ".join(names)), decoder=decoder.name)


def read_beside(trace: Trace, decoder: Recurrent | Own) -> list[Said]:
    """Return the sentences about what a decoder reads beside its states; none of what is no decoder."""
    if isinstance(decoder, Own) or not decoder.states_from:
        return []
    return [second_input(trace, decoder), *first_input(trace, decoder)]


def no_output(encoder: str, decoder: str, skipped: str = "") -> Said:
    """Return the sentence that a decoder reads nothing of its encoder but the last states."""
    given = {"decoder": literal(decoder), "encoder": literal(encoder)}
    given |= {"skipped": literal(skipped)} if skipped else {}
    return message("grid.no-output-nor" if skipped else "grid.no-output", **given)


def first_input(trace: Trace, decoder: Recurrent) -> list[Said]:
    """Return the sentence about what step 1 of a decoder reads whose target comes one step later."""
    stage = trace.stage(decoder.name)
    read = second_reading(stage) if stage else None
    if stage is None or read is None or read.relation.shift != -1:
        return []
    last = next((one for one in stage.reads if one.source != read.source), None)
    if last is None:
        return [message("second.starts-zero", decoder=decoder.name)]
    name = "second.starts-last-real" if last.samples else "second.starts-last"
    return [message(name, decoder=decoder.name, source=literal(last.source))]
