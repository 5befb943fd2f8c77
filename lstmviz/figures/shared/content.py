"""Which recurrent layers of a model a grid shows, and what stands around them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

from lstmviz.figures.shared.head_rows import Climbed, Head, Row, chosen_steps, to_next
from lstmviz.figures.shared.layer_readers import climb
from lstmviz.figures.shared.readers import StageReaders
from lstmviz.network.second_input import stages_to, taken_in_turn
from lstmviz.network.stage_types import PACKS
from lstmviz.network.structure import Recurrent, Stage, Trace, full_name
from lstmviz.scene import ids


@dataclass(frozen=True, slots=True)
class LayerBlock:
    """A recurrent layer, and the stages from it to the next one or to the end."""

    layer: Recurrent
    after: tuple[Row, ...] = ()
    result: bool = False
    """Whether what stands highest gives a result of the model."""
    heads: tuple[Head, ...] = ()
    """What stands on the layer beside it, and gives other results."""
    key: str = ""
    """Of several results, what the user's code calls that of `after`."""

    @property
    def rows(self) -> tuple[Row, ...]:
        """All that stands on the layer."""
        return (*self.after, *(row for head in self.heads for row in head.rows))

    @property
    def states_read(self) -> tuple[tuple[str, int], ...]:
        """The last states that what stands on the layer reads, by tensor and index from 1."""
        read = ((base, i) for row in self.rows for base, own in row.reads for i in own.read())
        return tuple(dict.fromkeys(one for one in read if one[0].endswith("_n")))

    def keep(self, sample: int) -> tuple[int, ...]:
        """The steps of a sample's `output` that something reads apart from others, if few; and a cut."""
        cut = next(iter(self.layer.cuts), 0)
        firsts = [self.after, *(head.rows for head in self.heads)]
        chosen = (step for rows in firsts for step in chosen_steps(rows, sample))
        return (*dict.fromkeys(chosen), *((cut - 1, cut) if cut else ()))

    def having(self, states: Collection[str], depths: Collection[int]) -> LayerBlock:
        """The same, without what reads other states than these, of these layers, and what stands on that."""
        ways = self.layer.directions

        def lost(row: Row) -> bool:
            read = [(base, own) for base, own in row.reads if base in {"h_n", "c_n"}]
            return any(
                base not in states or any((i - 1) // ways not in depths for i in own.read())
                for base, own in read
            )

        heads = tuple(head for head in self.heads if not any(map(lost, head.rows)))
        place = next((place for place, row in enumerate(self.after) if lost(row)), None)
        if place is not None:
            return LayerBlock(self.layer, self.after[:place])
        return replace(self, heads=heads)


@dataclass(frozen=True, slots=True)
class GridContent:
    """The recurrent layers shown, from the first to run to the last.

    `floors` stand one above the other; `decoder` starts from the states of the
    last of them. `ends` says whether what follows the last one shown is the
    model's end. `others` are the recurrent layers that the figure leaves out.
    """

    before: tuple[Stage, ...]
    floors: tuple[LayerBlock, ...]
    decoder: LayerBlock | None = None
    ends: bool = True
    others: tuple[Recurrent, ...] = ()

    @property
    def shown(self) -> tuple[LayerBlock, ...]:
        """Every floor, the decoder's too."""
        return (*self.floors, self.decoder) if self.decoder else self.floors

    @property
    def drawn(self) -> tuple[LayerBlock, ...]:
        """The same with what of it is drawn: on what begins a decoder nothing else stands."""
        if self.decoder is None:
            return self.floors
        return (*self.floors[:-1], LayerBlock(self.floors[-1].layer), self.decoder)


def select_layers(trace: Trace, layer: Recurrent, *, alone: bool) -> GridContent:
    """What a grid tells: of one layer `alone`, or of as many as can stand together."""
    layers = trace.recurrent
    first = next(i for i, one in enumerate(trace.recurrent) if one.name == layer.name)
    climbed = [climb(trace, one) for one in layers]
    floors = [LayerBlock(one, up.rows, up.result) for one, up in zip(layers, climbed, strict=True)]
    floors[-1] = with_heads(trace, floors[-1])
    before = _before(trace, layer)
    if alone:
        last = first + 1 == len(layers)
        shown = floors[first] if last else LayerBlock(layers[first])
        return GridContent(before, (shown,), None, last)
    count = 1
    while count < len(floors) and _stands_on(climbed[count - 1], layers[count - 1], layers[count], trace):
        count += 1
    rest = floors[count:]
    decoder = rest[0] if rest and rest[0].layer.giver == floors[count - 1].layer.name else None
    if decoder and not decoder.layer.all_handed and _hands_on_alone(trace, floors[count - 1], decoder.layer):
        floors[count - 1] = LayerBlock(floors[count - 1].layer)  # the arrows of the states say it
    others = tuple(floor.layer for floor in (rest[1:] if decoder else rest))
    if others and decoder is None:  # what stands on the last one shown goes on to layers that are not
        floors[count - 1] = LayerBlock(floors[count - 1].layer)
    return GridContent(before, tuple(floors[:count]), decoder, not others, others)


def _stands_on(up: Climbed, lower: Recurrent, upper: Recurrent, trace: Trace) -> bool:
    """Whether one layer reads the other's output, and every step of one is a step of the other."""
    stage = trace.stage(upper.name)
    if up.layer != upper.name or stage is None or upper.giver:
        return False
    through = to_next(up.rows)
    own = through.kind == "own" if through else f"{lower.name}.output" in StageReaders(trace).sources(stage)
    return own and (lower.timesteps, lower.batch_size) == (upper.timesteps, upper.batch_size)


def _hands_on_alone(trace: Trace, floor: LayerBlock, decoder: Recurrent) -> bool:
    """Whether what stands on a layer only takes out, or makes, the states that begin its decoder."""
    return {row.stage.name for row in floor.after} <= stages_to(trace, decoder)


def follows(trace: Trace, layer: Recurrent) -> LayerBlock:
    """A layer with what stands on it, if it is the last one; else with nothing."""
    if layer.name != trace.recurrent[-1].name:
        return LayerBlock(layer)
    up = climb(trace, layer)
    return with_heads(trace, LayerBlock(layer, up.rows, up.result))


def _each_one(row: Row) -> bool:
    """Whether each step of a row reads one step of the row that it stands on, if it stands on one."""
    read = row.of("")
    return read is None or all(len(steps) == 1 for steps in read.rows())


def with_heads(trace: Trace, block: LayerBlock) -> LayerBlock:
    """Return a layer with what stands on it beside its `after`, each up to another result of the model.

    It may stand on a row of another head.
    """
    if not block.result or not block.after:
        return block
    found = {full_name(block.after[-1].stage, block.after[-1].given): block.after}
    for result in trace.returned:
        own = [row.stage.name for rows in found.values() for row in rows]
        rows = climb(trace, block.layer, result, own).rows
        if rows and full_name(rows[-1].stage, rows[-1].given) == result and result not in found:
            found[result] = rows
    # lines go up past what is below: a result at each step lets them through, with its name at its side
    order = sorted(found, key=lambda one: (not found[one][-1].steps, trace.returned.index(one)))
    heads: list[Head] = []
    drawn: set[str] = set()
    for result in order:
        rows = found[result]
        shared = next((place for place, row in enumerate(rows) if row.stage.name not in drawn), len(rows))
        new = rows[shared:]
        through = {one.name for row in new for one in (row.stage, *row.passed)}
        if new and not through & drawn and len(heads) < len(ids.RESULT_LETTERS) and _each_one(new[0]):
            on = rows[shared - 1].stage.name if shared else ""
            heads.append(Head(new, dict(trace.names).get(result, ""), on))
            drawn |= {row.stage.name for row in new}
    if len(heads) == 1:
        return block
    return replace(block, after=heads[0].rows, heads=tuple(heads[1:]), key=heads[0].key)


def _before(trace: Trace, layer: Recurrent) -> tuple[Stage, ...]:
    """The stages from the model's input, or the recurrent layer before, to this one.

    None to a cell that reads now one tensor, now another.
    """
    if taken_in_turn(trace, layer):
        return ()
    found: list[Stage] = []
    recurrent = {one.name for one in trace.recurrent}
    for stage in trace.leading(layer.name):
        found = [stage] if stage.name in recurrent else [*found, stage]
    return _seen(found)


def _seen(stages: Iterable[Stage]) -> tuple[Stage, ...]:
    return tuple(stage for stage in stages if stage.type not in PACKS)
