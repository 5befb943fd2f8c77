"""What a figure of one recurrent layer says of the others that the model, or its module, has."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence

from lstmviz.figures.shared.content import LayerBlock
from lstmviz.figures.shared.head_rows import Row
from lstmviz.figures.shared.legend import fitted
from lstmviz.figures.shared.parts import DrawnLayer
from lstmviz.network import own_loops
from lstmviz.network.decoders import PLACED
from lstmviz.network.operators import for_readers
from lstmviz.network.own_recurrences import drawn_among, is_beside
from lstmviz.network.second_input import stages_to
from lstmviz.network.stage_types import PACKS, TURNS
from lstmviz.network.structure import Recurrent, Stage, Trace, split_name
from lstmviz.scene import ids
from lstmviz.scene.canvas import Canvas
from lstmviz.scene.items import sentences_on, stroke_of
from lstmviz.scene.labels import words
from lstmviz.translation.messages import Message, joined, message, user_text

MOST = 9
"""Of a longer chain the first stages, the last one and the recurrent layers are named."""
TAKING = frozenset({"getitem", "index_select", "gather"})
"""Calls that are told by another tensor what to take, and in which order."""


def rest(trace: Trace, canvas: Canvas) -> list[Message]:
    """Say which recurrence is drawn, of which model, unless the figure has told what it leaves out."""
    places = _places(canvas)
    drawn, names = drawn_among(trace, places, alone=bool(canvas.nodes))
    told = str([given for name, given in sentences_on(canvas.texts) if name in TOLD])
    if not drawn or all(name in drawn or repr(name) in told for name in names):
        return []
    layers = [layer.name for layer in trace.recurrent]
    one_way = trace.chained and not any(layer.giver for layer in trace.recurrent) and names == layers
    chain = " → ".join(_shortened(trace, names)) if one_way else ", ".join(names)
    given = {"drawn": ", ".join(drawn), "chain": chain}
    return [message("layer.drawn-of", **{key: user_text(text) for key, text in given.items()})]


TOLD = frozenset({"grid.others", "grid.from-end", "neurons.stopped"})
"""Sentences that name recurrences that are not drawn."""


def _places(canvas: Canvas) -> set[str]:
    """What the ids of a drawing name: layers, stages, loops."""
    drawn_ids = [*(node.id for node in canvas.nodes), *(frame.id for frame in canvas.frames)]
    plots = {str(dict(plot.about).get("layer")) for plot in canvas.plots}
    return {part for id_ in drawn_ids for part in ids.within(id_)} | plots


def notes_of(trace: Trace, canvas: Canvas) -> list[str]:
    """Return the notes of a run; of those that speak of a loop as a layer, the ones of layers drawn."""
    places = _places(canvas)
    drawn, _ = drawn_among(trace, places, alone=bool(canvas.nodes))
    inside = {stage for loop in trace.loops if loop.name in places for stage in loop.stages}
    there = {*drawn, *ids.stages(node.id for node in canvas.nodes)}
    return [one for one in trace.notes if not is_beside(one, there, inside)]


def within(drawn: Sequence[DrawnLayer]) -> list[Message]:
    """Say which layer of a module of several is drawn; of an encoder and a decoder that are alike, once."""
    deep = [part for part in drawn if part.layer.num_layers > 1]
    alike = len({(part.depth, part.layer.num_layers) for part in drawn}) == 1
    said: list[Message] = []
    for part in deep[:1] if alike else deep:
        layer, n = part.layer, part.depth
        more = {} if alike else {"name": user_text(layer.name)}
        about = {"n": n, "count": layer.num_layers, "depth": n, "layer": layer.name}
        said.append(message(f"layer.depth-{'of' if alike else 'in'}", **about, **more))
    return said


def which(canvas: Canvas, part: DrawnLayer, x: float, room: float) -> None:
    """Over a drawing, from `x`: which of a module's layers it is, and how that is written."""
    for said in within([part]):
        lines = fitted(words(said, 8, tint=stroke_of("param")), room)
        y = canvas.extent()[1] - 8.0 - 11.0 * (len(lines) - 1)
        for i, line in enumerate(lines):
            canvas.text(line, x, y + 11.0 * i, role="param")


def _shortened(trace: Trace, names: Collection[str]) -> Sequence[str]:
    """The stages in their order; what is left out of many as one mark."""
    stages = [stage.name for stage in trace.stages if stage.type not in PACKS | TURNS]
    if len(stages) <= MOST:
        return stages
    kept = {stages[0], stages[-1], *names}
    found: list[str] = []
    for name in stages:
        if name in kept:
            found.append(name)
        elif found[-1] != "…":
            found.append("…")
    return found


def reads_elsewhere(rows: Iterable[Row]) -> list[Message]:
    """Say which rows, or stages on the way, also read what is not drawn: a mask, an order, other steps."""
    told = [one for row in rows for one in (*row.asides, (row.stage.name, row.beside)) if one[1]]
    return [_reads(name, sources) for name, sources in told]


def _reads(name: str, sources: Sequence[str]) -> Message:
    read = ", ".join(map(for_readers, sources))
    return message("grid.reads", name=user_text(for_readers(name)), sources=read, stage=name)


def branches(
    trace: Trace,
    drawn: Sequence[LayerBlock],
    others: Sequence[Recurrent] = (),
    weighing: Sequence[Stage] = (),
    before: Sequence[Stage] = (),
) -> list[Message]:
    """Say which stages read what is drawn, and are not drawn; and of those `weighing` that they do.

    Of those `before` the layer: which are told what to take, and in which order.
    """
    here = {floor.layer.name for floor in drawn}
    here |= {one.name for floor in drawn for row in floor.rows for one in (row.stage, *row.passed)}
    here |= {name for floor in drawn if floor.layer.giver in here for name in stages_to(trace, floor.layer)}
    known = here | {layer.name for layer in others}
    helped = {stage.name for stage in trace.stages if stage.type in PACKS}
    found = [stage for stage in trace.readers(here | helped) if stage.name not in known]
    masks = [_reads(one.name, one.sources[1:]) for one in before if one.type in TAKING and one.sources[1:]]
    masks += reads_elsewhere(row for floor in drawn for row in floor.rows)
    elsewhere = bool(weighing) and not masks
    return beside(trace, here | helped, found, known, *weighed(weighing), *masks, elsewhere=elsewhere)


def beside(
    trace: Trace,
    drawn: Collection[str],
    found: Sequence[Stage],
    known: Collection[str],
    *more: Message,
    elsewhere: bool = False,
) -> list[Message]:
    """Say that these stages read what is drawn, and are not drawn; after `more` that is not.

    `elsewhere`: name the kind that draws all of it.

    A call that only takes a part out, or joins parts, is told as what it leads to, if that is not `known`.
    """
    ends: dict[str, dict[str, None]] = {}
    for stage in found:
        read = dict.fromkeys(one for one in stage.sources if split_name(one)[0] in drawn)
        for end in _led_to(trace, stage, known):
            ends.setdefault(end, {}).update(read)
    told = _told_of(trace, ends)
    said = [*more, *(_reads(end, list(ends[end])) for end in told)]
    if not said:
        return []
    which = "-more" if len(ends) > len(told) else "-pipeline" if elsewhere else ""
    return [message(f"grid.beside{which}", what=joined(", and ", *said, other="，"))]


def _told_of(trace: Trace, ends: Collection[str]) -> list[str]:
    """Return three of many, and however many there are each that leads to no other of them."""
    leads: dict[str, bool] = {}
    for stage in reversed(trace.stages):
        after = [one.name for one in trace.readers({stage.name})]
        leads[stage.name] = any(one in ends or leads.get(one) for one in after)
    last = [end for end in ends if not leads[end]]
    first = [end for end in ends if leads[end]][: max(3 - len(last), 0)]
    return [end for end in ends if end in {*first, *last}]


def weighed(stages: Iterable[Stage]) -> list[Message]:
    """Say what these stages of attention read beside what they stand on."""
    return [_reads(one.name, one.sources[1:]) for one in stages]


def _led_to(trace: Trace, stage: Stage, known: Collection[str]) -> Iterator[str]:
    after = trace.readers({stage.name}) if stage.function and stage.type in {*PLACED, "cat", "stack"} else ()
    if not after:
        yield stage.name
    joins = len(stage.sources) > 1  # what a layer that is named reads beside the one before it
    for one in after:
        if one.name in known:
            yield from [one.name] if joins else []
        else:
            yield from _led_to(trace, one, known)


def from_the_end(trace: Trace, layers: Iterable[Recurrent]) -> Iterator[Message]:
    """Say which layers that are not drawn go backwards: two of them make one layer in both directions."""
    for layer in layers:
        if of := own_loops.from_the_end(trace, layer.name):
            name = getattr(layer, "layer", "") or layer.name  # a layer whose steps are told as rounds
            yield message("grid.from-end", name=user_text(name), of=user_text(of), layer=name, tensor=of)
