"""The sentences of a grid: its subtitle, its description, and what it leaves out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lstmviz.figures.shared.calls import call as stage_call
from lstmviz.figures.shared.second_input import first_input, second_input
from lstmviz.figures.shared.sentences import spoken
from lstmviz.translation.messages import message

if TYPE_CHECKING:
    from lstmviz.figures.grid.layer_stack import Look
    from lstmviz.figures.shared.content import Floor, Story
    from lstmviz.network.structure import Trace
    from lstmviz.translation.messages import Said


def besides(trace: Trace, told: Story, look: Look) -> list[str | Said]:
    """What the figure does not draw: other recurrent layers, and what follows one that is shown alone."""
    said: list[str | Said] = []
    if told.others:
        others = ", ".join(f"{one.name} ({one.timesteps} steps)" for one in told.others)
        said.append(f"not drawn: {others}; ask for it with of: {told.others[0].name}")
    last = told.shown[-1].layer
    names = {stage.name for stage in trace.stages}
    if not told.ends and not told.others and last.name in names:
        rest = [s.type for s in trace.following(last.name) if s.type not in {"pack", "unpack"}]
        said += [f"after this layer: {' → '.join(rest)}"] if rest else []
    said += _branches(trace, told)
    if told.decoder:
        skipped = " → ".join(row.stage.name for row in told.floors[-1].after)
        through = f" (nor {skipped})" if skipped else ""
        ends = f"{told.floors[-1].layer.name}{through}: only its last states"
        said.append(f"{told.decoder.layer.name} reads no output of {ends}")
        said += [second_input(trace, told.decoder.layer), *first_input(trace, told.decoder.layer)]
    said += [
        message("grid.reverse-read-one", layer=floor.layer.name) for floor in told.shown if _half_read(floor)
    ]
    if look.options.highlight is not None:
        said.append(_highlighted(told, look, look.options.highlight))
    after = told.shown[-1].after if told.ends and not told.decoder else ()
    if look.valid < told.floors[0].layer.timesteps and after and after[0].steps:
        said.append("what follows reads the padded steps as zeros: its results there mean nothing")
    return said


def _half_read(floor: Floor) -> bool:
    """Whether the last step alone is taken of a layer that also reads in reverse, which has read no other."""
    first = floor.after[0] if floor.after else None
    return floor.layer.bidirectional and first is not None and first.stage.type == "last_step"


def _branches(trace: Trace, told: Story) -> list[str]:
    """The stages beside the chain that read what is drawn, and are not drawn."""
    drawn = {floor.layer.name for floor in told.shown} | {
        row.stage.name for f in told.shown for row in f.after
    }
    known = drawn | {layer.name for layer in told.others}
    helped = {s.name for s in trace.stages if s.type in {"pack", "unpack"}}
    found = [s for s in trace.readers(drawn | helped) if s.name not in known]
    said = [f"{s.name} reads {', '.join(x for x in s.sources if x.rpartition('.')[0] in drawn | helped)}"
            for s in found[:3]]  # fmt: skip
    return [f"not drawn: {', and '.join(said)}{' …' if len(found) > 3 else ''}"] if said else []


def _highlighted(told: Story, look: Look, step: int) -> str:
    layer = told.floors[0].layer
    if step > look.valid:
        return f"marked: t = {step} is padding of sample {look.sample}; nothing is computed there"
    both = "h and c" if layer.has_cell_state else "h"
    before = f"the {both} of t = {step - 1}" if step > 1 else f"the initial {both}"
    after = f" (reverse: of t = {step + 1})" if layer.bidirectional and step < look.valid else ""
    return f"marked: t = {step}, where every layer reads {before}{after} beside what comes from below"


def describe(told: Story) -> str:
    """What the figure shows, in sentences to be read aloud."""
    sentences = [_layer(floor) for floor in told.floors]
    if told.decoder:
        start = f"It starts from the last states of {told.floors[-1].layer.name} and reads the target."
        sentences += [_layer(told.decoder), start]
    last = told.shown[-1]
    if told.ends and last.after and last.result:
        made = last.after[-1].given
        through = ", ".join(stage_call(row.stage) for row in last.after)
        sentences.append(f"On output stand {through}; the result y is {spoken(made)}.")
    return " ".join(sentences)


def _layer(floor: Floor) -> str:
    layer = floor.layer
    ways = "both directions" if layer.bidirectional else "one direction"
    depth = f"{layer.num_layers} layers" if layer.num_layers > 1 else "one layer"
    shapes = "; ".join(f"{t.name} {t.sizes}" for t in layer.tensors)
    kept = "h and c" if layer.has_cell_state else "h"
    up = " and h to the layer above" if layer.num_layers > 1 else ""
    return (
        f"{layer.type.upper()} with {depth} in {ways}, unrolled over {layer.timesteps} time steps: each "
        f"cell hands {kept} to the next step{up}. output holds the last layer's h at "
        f"every step; h_n{' and c_n hold' if layer.has_cell_state else ' holds'} the last state of every "
        f"layer and direction. Shapes: {shapes}."
    )
