"""The sentences of a grid: its subtitle, its description, and what it leaves out."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from lstmviz.figures.grid.layer_stack import GridContext
from lstmviz.figures.shared import other_layers, own_answers
from lstmviz.figures.shared.calls import made
from lstmviz.figures.shared.content import GridContent
from lstmviz.figures.shared.lattice_attention import hub_of
from lstmviz.figures.shared.second_input import no_output, read_beside, rounds_before
from lstmviz.figures.shared.sentences import code_said, shape_said, shapes_of
from lstmviz.figures.shared.transfers import said_of
from lstmviz.network.own_recurrences import own_recurrences
from lstmviz.network.second_input import reads_target
from lstmviz.network.stage_types import PACKS
from lstmviz.network.structure import Recurrent, Trace
from lstmviz.translation.messages import Message, joined, message, user_text


def view(told: GridContent) -> Message | None:
    """What of the model is shown, where each has one layer: of several the kind's own words tell it."""
    (layer, *others) = [floor.layer for floor in told.shown]
    if any(one.num_layers > 1 for one in (layer, *others)):
        return None
    return message("grid.view-each") if others else message("grid.view-one", layer=layer.name)


def besides(trace: Trace, told: GridContent, look: GridContext, nodes: Collection[str]) -> list[Message]:
    """What is not among the nodes drawn: other recurrent layers, and what follows one that is shown alone."""
    said: list[Message] = []
    if told.others:
        others = [message("grid.other", name=user_text(one.name), n=one.timesteps, layer=one.name)
                  for one in told.others]  # fmt: skip
        first = user_text(told.others[0].name)
        said.append(message("grid.others", names=joined(", ", *others, other=", "), first=first))
    drawn = {state.tensor.rpartition(".")[0] for loop in trace.loops for state in loop.states}
    here = {floor.layer.name for floor in told.shown}
    shown = {loop.name for loop in trace.loops if here & {*loop.stages}}  # as the layer that they call
    own = own_recurrences(trace) if drawn - {one.name for one in trace.recurrent} else ()
    loops = [one for one in own if one.name not in shown]
    if loops:
        others = [message("loop.other", name=user_text(o.name), n=o.timesteps, loop=o.name) for o in loops]
        first = user_text(loops[0].name)
        said.append(message("grid.others", names=joined(", ", *others, other="，"), first=first))
    said += other_layers.from_the_end(trace, [*told.others, *loops])
    last = told.shown[-1].layer
    names = {stage.name for stage in trace.stages}
    if not told.ends and not told.others and last.name in names:
        types = " → ".join(s.type for s in trace.following(last.name) if s.type not in PACKS)
        said += [message("grid.after", types=types, layer=last.name)] if types else []
    weighing = [row.stage for f in told.shown for row in f.after if row.stage.type == "attention"]
    weighing = [stage for stage in weighing if hub_of(stage) not in nodes]
    said += other_layers.branches(trace, told.drawn, told.others, weighing, told.before)
    if told.decoder:
        encoder, decoder = told.floors[-1].layer.name, told.decoder.layer.name
        stage = trace.stage(decoder)
        read = trace.behind(stage.sources if stage else ())
        over = (row.stage.name for row in told.floors[-1].after)
        skipped = " → ".join(name for name in over if name not in read)
        weighed = any(row.stage.type == "attention" for row in told.decoder.after)
        said += [] if weighed else [no_output(encoder, decoder, skipped)]
    for floor in told.shown:  # what made the first one's x is said under its input
        under = floor is told.shown[0] and told.before
        said += rounds_before(trace, floor.layer) if under else read_beside(trace, floor.layer)
    if look.options.highlight is not None:
        said.append(_highlighted(told, look, look.options.highlight))
    after = told.shown[-1].after if told.ends and not told.decoder else ()
    if look.valid < told.floors[0].layer.timesteps and after and after[0].steps:
        said.append(message("grid.padding-zeros", layer=told.floors[0].layer.name))
    return said


def _highlighted(told: GridContent, look: GridContext, step: int) -> Message:
    layer = told.floors[0].layer
    if step > look.valid:
        return message("grid.marked-padding", step=step, sample=look.sample, layer=layer.name)
    about: dict[str, Any] = {"step": step, "layer": layer.name}
    both = message(f"grid.{layer.state_letters}")
    if step > 1:
        before = message("grid.before", both=both, n=step - 1, **about)
    else:
        before = message("grid.before-first", both=both, **about)
    back = layer.bidirectional and step < look.valid
    after = message("grid.before-reverse", n=step + 1, **about) if back else user_text("")
    return message("grid.marked", before=before, after=after, **about)


def describe(trace: Trace, told: GridContent) -> Message:
    """What the figure shows, in sentences to be read aloud."""
    sentences = [one for floor in told.floors for one in _layer(floor.layer)]
    if told.decoder:
        name, giver = told.decoder.layer.name, user_text(told.floors[-1].layer.name)
        how = "grid.aloud-starts" if reads_target(trace, told.decoder.layer) else "chain.aloud-starts"
        how = "grid.aloud-starts-own" if own_answers.answered(trace, told.decoder.layer) else how
        starts = message(how, giver=giver, layer=name)
        if not told.decoder.layer.all_handed:
            said = joined("; ", *said_of(trace, told.decoder.layer))
            starts = joined("", said, user_text("."))
        sentences += [*_layer(told.decoder.layer), starts]
    last = told.shown[-1]
    if told.ends and last.after and last.result:
        rows = [code_said(made(row.stage)) for row in last.after]
        end, through = last.after[-1], joined(", ", *rows, other=", ")
        shape = {"shape": shape_said(end.given), "stage": end.stage.name}
        read = dict.fromkeys(base for row in last.after for base, _ in row.reads if base)
        *some, one = map(user_text, read)
        on = message("pipeline.and", rest=joined(", ", *some), last=one) if some else one
        about = {"names": tuple(read), "layer": last.layer.name}
        sentences.append(message("grid.aloud-result", on=on, through=through, **about, **shape))
    return joined(" ", *sentences)


def _layer(layer: Recurrent) -> list[Message]:
    """One recurrent module: how it is unrolled, what it gives, its shapes."""
    ways = message("grid.both-ways" if layer.bidirectional else "grid.one-way", layer=layer.name)
    both = message(f"grid.{layer.state_letters}")
    up = message("grid.up", layer=layer.name) if layer.num_layers > 1 else user_text("")
    about = {"type": layer.type.upper(), "n": layer.num_layers, "steps": layer.timesteps, "layer": layer.name}
    finals = message(f"tensors.{layer.state_letters}_n")
    return [
        message("grid.aloud", ways=ways, both=both, up=up, **about),
        message("grid.aloud-output", names=finals, count=1 + layer.has_cell_state, layer=layer.name),
        message("layer.shapes", shapes=shapes_of(layer)),
    ]
