"""What a layer reads at each step where that is no step of the data: another input, or what is made of it."""

from __future__ import annotations

from lstmviz.figures.shared.calls import call
from lstmviz.network.operators import for_readers
from lstmviz.network.recurrence import OwnLoop
from lstmviz.network.rounds import listed_steps as listed
from lstmviz.network.second_input import (
    maker_before,
    missing_maker,
    order_before,
    read_backwards,
    second_origin,
    second_reading,
    starts_with,
    taken_in_turn,
)
from lstmviz.network.structure import Recurrent, Trace
from lstmviz.translation.messages import Message, message, user_text


def second_input(trace: Trace, decoder: Recurrent) -> Message:
    """Return the sentence about x′: read as it is given, one step later, or made from other tensors."""
    how, names = second_origin(trace, decoder)
    if how == "own":
        return message("second.own", names=user_text(", ".join(names)), decoder=decoder.name)
    if how == "same":
        given = {"names": user_text(names[0]), "encoder": user_text(decoder.giver)}
        return message("second.same", **given, decoder=decoder.name)
    if how != "made":
        return message(f"second.{how}", decoder=decoder.name)
    if not names:
        return message("second.unknown", decoder=decoder.name)
    return message("second.made", names=user_text(", ".join(names)), decoder=decoder.name)


def read_beside(trace: Trace, decoder: Recurrent | OwnLoop) -> list[Message]:
    """Return the sentences about what a decoder reads beside its states, and of another what made its x."""
    if isinstance(decoder, OwnLoop):
        return []
    if not decoder.giver:
        return made_before(trace, decoder)
    return [second_input(trace, decoder), *first_input(trace, decoder)]


def no_output(encoder: str, decoder: str, skipped: str = "") -> Message:
    """Return the sentence that a decoder reads nothing of its encoder but the last states."""
    given = {"decoder": user_text(decoder), "encoder": user_text(encoder)}
    given |= {"skipped": user_text(skipped)} if skipped else {}
    return message("grid.no-output-nor" if skipped else "grid.no-output", **given)


def first_input(trace: Trace, decoder: Recurrent) -> list[Message]:
    """Return the sentence about what step 1 of a decoder reads whose target comes one step later."""
    stage = trace.stage(decoder.name)
    read = second_reading(stage) if stage else None
    if read is None and second_origin(trace, decoder)[0] == "later":
        begun = starts_with(trace, decoder)[:1]
        return [message("second.starts-last", decoder=decoder.name, source=user_text(one)) for one in begun]
    if stage is None or read is None or read.relation.shift != -1:
        return []
    last = next((one for one in stage.reads if one.source != read.source), None)
    if last is None:
        return [message("second.starts-zero", decoder=decoder.name)]
    name = "second.starts-last-real" if last.samples else "second.starts-last"
    return [message(name, decoder=decoder.name, source=user_text(last.source))]


def made_before(trace: Trace, layer: Recurrent) -> list[Message]:
    """Return the sentence about what makes x, where a step of it is not known to be that step of the data.

    What stands on another recurrent layer is not told.
    """
    if turns := taken_in_turn(trace, layer):
        said = message("layer.in-turn", names=user_text(", ".join(turns)), layer=layer.name)
        return [said, *rounds_before(trace, layer)]
    if ordered := in_order(trace, layer):
        return [*ordered, *rounds_before(trace, layer)]
    maker = maker_before(trace, layer)
    if maker is None or missing_maker(trace, layer):
        return rounds_before(trace, layer)
    name = call(maker) if maker.type == "getitem" else maker.name
    name = for_readers(f"{maker.sources[0]}{name}" if name == "[…]" else name)
    said = message("layer.made-before", maker=user_text(name), stage=maker.name, layer=layer.name)
    return [said, *rounds_before(trace, layer)]


def in_order(trace: Trace, layer: Recurrent) -> list[Message]:
    """Return the sentence about which step of an input each x_t is, where that is not step t."""
    source, steps, _ = order_before(trace, layer)
    given = {"order": listed(steps), "source": user_text(source)} if steps else {}
    return [message("layer.order", **given, layer=layer.name)] if steps else []


def rounds_before(trace: Trace, layer: Recurrent) -> list[Message]:
    """Return the sentences that the calls of a cell, or of what makes its x, are not of every round."""
    some = missing_maker(trace, layer)
    made = message("layer.made-before", maker=user_text(for_readers(some)), stage=some, layer=layer.name)
    said = [*([made, *_rounds(trace, some)] if some else []), *_rounds(trace, layer.name)]
    if of := read_backwards(trace, layer):
        about = {"name": user_text(layer.name), "of": user_text(of)}
        said.append(message("grid.from-end", layer=layer.name, tensor=of, **about))
    return said


def _rounds(trace: Trace, stage: str) -> list[Message]:
    loop = trace.loop(stage)
    rounds = dict(loop.partial).get(stage, ()) if loop else ()
    return (
        [message("stage.some-rounds", k=len(rounds), n=loop.rounds, stage=stage)] if loop and rounds else []
    )
