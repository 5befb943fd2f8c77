"""An encoder with a loop of the user's own on it: states led round to it, its steps on a bus."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

from lstmviz.figures.base import Draft, Options, Subject
from lstmviz.figures.chain import cells as chain_cells
from lstmviz.figures.chain import own_facts, own_rows, own_stack, plan
from lstmviz.figures.chain.own_stack import LoopInStack
from lstmviz.figures.pages import Page
from lstmviz.figures.shared import parts, state_looks
from lstmviz.figures.shared.called_names import called_short
from lstmviz.figures.shared.content import GridContent
from lstmviz.figures.shared.made_states import called
from lstmviz.figures.shared.output_row import Exit, OutputStand
from lstmviz.figures.shared.parts import DrawnLayer
from lstmviz.figures.shared.stages_above import HIGH, stage_id
from lstmviz.layout.crossings import crossing
from lstmviz.network.decoders import Decoder, Memory, StateTransfer, decoder_of, stages_in
from lstmviz.network.recurrence import StateVariable
from lstmviz.network.structure import Trace
from lstmviz.scene import ids
from lstmviz.scene.canvas import Canvas
from lstmviz.scene.items import Box, Point, Text, stroke_of
from lstmviz.translation.messages import Message, joined

LANE, CLEAR, ROW = 5.0, 8.0, 22.0
"""From one line to the next, the room beside them, and the height of a row with a stage on it, pt."""
BUS = 5.0
"""Between the lines of two tensors that all rounds read, pt."""


@dataclass(frozen=True, slots=True)
class Lower:
    """An encoder as it is drawn: where stages stand on it, and what writes the lines under all."""

    canvas: Canvas
    stand: OutputStand
    foot: Callable[[float], float]
    """Writes the lines under it from a level on, and says how far they reach."""
    y: float


def decoder_on(trace: Trace, told: GridContent) -> Decoder | None:
    """The loop to be drawn on an encoder; none where all it does is call a layer of torch's, drawn as one."""
    found = decoder_of(trace, told.floors[-1].layer)
    return None if found and told.decoder and not found.memories else found


def compose(subject: Subject, part: DrawnLayer, page: Page, *, alone: bool, both: bool) -> Draft:
    """A loop with what stands on it; or with the loop that goes on from it, where nothing else does."""
    trace = subject.trace
    over = list(own_stack.storeys(trace, part.loop, alone=False, both=True))
    single = both and len(over) == 1 and not over[0][0].two_ways
    decoder = decoder_of(trace, part.loop) if single else None
    up = upper(trace, part.options, page, decoder) if decoder else []
    if decoder is None or not up:
        return own_stack.compose(subject, part, page, alone=alone, both=both)
    chain = plan.plan(part, page.inner - 2 - lanes(decoder))
    canvas = Canvas()
    chain_cells.draw(canvas, chain, covered=bool(decoder.memories))
    canvas.text(called_short(part.layer.name, 60.0, 8), 0.0, chain.band[1] - 5)
    y = own_facts.around(canvas, chain)
    width = max(min(chain.width, page.inner - 3), min(page.inner - 3, own_stack.FOOT))

    def foot(at: float) -> float:
        return own_facts.below(canvas, [part], at, width, x0=canvas.extent()[0])

    words = own_facts.unrolled(chain)
    said = over_encoder(subject, up, page, decoder, Lower(canvas, own_rows.stand(canvas, chain), foot, y))
    return Draft(canvas, joined(" ", words, said), *own_facts.subtitle(part))


def lanes(decoder: Decoder) -> float:
    """The room that lines round the encoder take at both of its sides, pt."""
    ends = sum(len(one.ends) for one in decoder.handed)
    return 2 * (CLEAR + LANE * max(ends, len(decoder.handed))) if decoder.handed else 0.0


def upper(trace: Trace, options: Options, page: Page, decoder: Decoder) -> list[LoopInStack]:
    """The decoder on a canvas of its own, and what stands on it; nothing if the page is too narrow for it.

    Where it is for what weighs the encoder's steps alone, each round is one box.
    """
    room = page.inner - 2 - lanes(decoder) / 2
    for own in (decoder.own, replace(decoder.own, shares=())):
        part = parts.DrawnLayer(own, 0, ids.inside(own.name), options, narrow=page.narrow)
        up = own_stack.stacked(trace, part, room, kept=[one.letter for one in decoder.handed])
        if max(one.chain.width for one in up) <= room + 0.5 or options.whole:
            return up
    return []


def over_encoder(
    subject: Subject, up: Sequence[LoopInStack], page: Page, decoder: Decoder, lower: Lower
) -> Message:
    """Draw the decoder over its encoder, on that one's canvas, and the lines between the two."""
    chains = [one.chain for one in up]
    part = chains[0].part
    second, first = up[0].canvas, lower.canvas
    own_facts.around(second, chains[0])
    name = chains[0].part.layer.name
    second.text(called_short(name, 60.0, 8), 0.0, chains[0].band[1] - 5)
    second.texts = _tagged(second.texts, name, 0)
    route = _Router(first, second, lower.stand, decoder, subject.trace)
    route.place()
    first.merge(second)
    for one in decoder.handed:
        route.handed(part, one)
    for memory in decoder.memories:
        route.memory(part, memory)
    x0, _, x1, _ = first.extent()
    y = lower.foot(lower.y)
    width = max(min(x1 - x0, page.inner - 3), min(page.inner - 3, own_stack.FOOT))
    rows = [*(entry for one in up for entry in one.level.said), *own_stack.wholes(up)]
    beside = [decoder.encoder.name, *stages_in(subject.trace, decoder.encoder), *decoder.passed]
    said = own_stack.not_drawn(subject.trace, up, beside)
    before = len(first.texts)
    own_facts.below(
        first,
        [chain.part for chain in chains],
        y + 15,
        width,
        x0=x0,
        rows=rows,
        said=said,
        known=decoder.encoder.tensors,
    )
    first.texts[before:] = _tagged(first.texts[before:], name, len(second.texts))
    return joined(" ", *map(own_facts.unrolled, chains))


def _tagged(texts: Sequence[Text], name: str, start: int) -> list[Text]:
    """Texts that are about the loop, and not about the encoder beside which they stand."""
    return [
        replace(text, id=ids.named("text", i, prefix=ids.inside(name))) for i, text in enumerate(texts, start)
    ]


@dataclass
class _Router:
    """Leads lines from what the encoder gives to what the decoder reads."""

    first: Canvas
    second: Canvas
    stand: OutputStand
    decoder: Decoder
    trace: Trace
    rows: dict[str, float] = field(default_factory=dict)
    left: float = 0.0

    def place(self) -> None:
        """Put the decoder over the encoder, with room for the lines between."""
        x0, top, x1, _ = self.first.extent()
        memories = len(self.decoder.memories)
        y = min(top, self.stand.roof - 8.0 - BUS * memories) - CLEAR
        for one in self._ordered():
            y -= (ROW if one.through else 0.0) / 2
            self.rows[one.letter] = y
            y -= (ROW / 2 if one.through else LANE) + (LANE if self._turned(one) else 0.0)
        a, _, b, low = self.second.extent()
        spare = (x1 - x0 - (b - a)) / 2
        room = CLEAR + LANE * len(self.decoder.handed)
        aside = max(spare, 0.0 if x1 - x0 > b - a + room else room)
        self.second.move(x0 - a + aside, y - CLEAR - low - self._below())
        self.left = self.second.extent()[0]

    def _below(self) -> float:
        """How far a stage under a chip stands out of the decoder, pt."""
        return HIGH + 4.0 if any(one.through for one in self.decoder.memories) else 0.0

    def _ordered(self) -> list[StateTransfer]:
        """The states from the lowest row up: what begins highest goes round outermost."""
        order = [state.letter for state in self.decoder.own.states]
        return sorted(self.decoder.handed, key=lambda one: order.index(one.letter))

    def _turned(self, one: StateTransfer) -> bool:
        return any(exit_.left for exit_ in self._exits(one))

    def _exits(self, one: StateTransfer) -> list[Exit]:
        return [self.stand.states[end] for end in one.ends if end in self.stand.states]

    def _out(self, exit_: Exit) -> float:
        """Where a last state's line goes up beside the encoder: the highest is innermost."""
        x0, _, x1, _ = self.first_box
        every = [e for one in self.decoder.handed for e in self._exits(one) if e.left == exit_.left]
        place = sorted({e.route[-1][1] for e in every}).index(exit_.route[-1][1])
        return x0 - CLEAR - LANE * place if exit_.left else x1 + CLEAR + LANE * place

    @property
    def first_box(self) -> Box:
        """The box around the encoder alone."""
        boxes = [node.box for node in self.first.nodes if node.id in self._own]
        return (min(b[0] for b in boxes), 0.0, max(b[2] for b in boxes), 0.0)

    @property
    def room(self) -> float:
        """How wide a stage on the way may be, pt."""
        return self.first_box[2] - self.first_box[0]

    @property
    def _own(self) -> set[str]:
        return {node.id for node in self.first.nodes} - {node.id for node in self.second.nodes}

    def handed(self, part: DrawnLayer, one: StateTransfer) -> None:
        """The lines of one state, through a stage where there is one on the way."""
        exits = self._exits(one)
        state = next(s for s in self.decoder.own.states if s.letter == one.letter)
        target = ids.state(state.letter, "0", 0, self.decoder.own.way, prefix=part.prefix)
        box, y = self._box(target), self.rows[one.letter]
        rank = len(self.rows) - 1 - list(self.rows).index(one.letter)
        x, to = self.left - CLEAR - LANE * rank, (box[1] + box[3]) / 2
        last: list[Point] = [(x, y), (x, to), (box[0], to)]
        if not one.through:
            for exit_ in exits:
                self._line((exit_.id, target), [*self._up(exit_, y), *last], state)
            return
        letters = [state.letter for state in self.decoder.own.states]
        via = self._via(ids.made(one.through[-1], target, letters), one.through, y)
        for exit_ in exits:
            if exit_.left:
                cx = (via[1][0] + via[1][2]) / 2
                route = [*self._up(exit_, y + HIGH / 2 + 4.0), (cx, y + HIGH / 2 + 4.0), (cx, via[1][3])]
            else:
                route = [*self._up(exit_, y), (via[1][2], y)]
            self._line((exit_.id, via[0]), route, state)
        self._line((via[0], target), [(via[1][0], y), *last], state)

    def _up(self, exit_: Exit, y: float) -> list[Point]:
        """From a last state to beside the encoder, and up to a level."""
        out = self._out(exit_)
        return [*exit_.route[:-1], (out, exit_.route[-1][1]), (out, y)]

    def _via(self, name: str, through: Sequence[str], y: float) -> tuple[str, Box]:
        """The stage on the way, in the middle of a row."""
        line = called(self.trace, through, self.room)
        x0, _, x1, _ = self.first_box
        middle = (x0 + x1) / 2
        box = (middle - line.width / 2 - 6, y - HIGH / 2, middle + line.width / 2 + 6, y + HIGH / 2)
        node = self.first.node(name, "param", box, line, outline="round", line=1.25)
        return node.id, node.box

    def memory(self, part: DrawnLayer, one: Memory) -> None:
        """A bus over the encoder's output with a tap for each step that is read, and the way up from it."""
        places = [constant.tensor for constant in self.decoder.own.constants]
        k = places.index(one.tensor)
        rank = [memory.tensor for memory in self.decoder.memories].index(one.tensor)
        target = ids.constant(k, prefix=part.prefix)
        box = self._box(target)
        x, y = (box[0] + box[2]) / 2, self.stand.roof - 8.0 - BUS * rank
        if one.through:
            target, box = self._under(one.through, target, box)
        steps = [step for step in one.steps if step in self.stand.ids]
        for step in steps:
            at = self.stand.xs[step] - 5.0 * rank
            route = [(at, self.stand.foot), (at, y), (x, y), (x, box[3])]
            ends = (self.stand.ids[step], target)
            self.first.edge(ids.arrow(*ends), ends, "output", route, line=1.25, cuts=self._cuts(route))
            if at not in {min(self.stand.xs[s] for s in steps) - 5.0 * rank, x}:
                self.first.dot(at, y, 1.9, stroke_of("output"), role="output")

    def _under(self, through: Sequence[str], chip: str, box: Box) -> tuple[str, Box]:
        """A stage under the chip of what it gives."""
        line, x = called(self.trace, through, self.room), (box[0] + box[2]) / 2
        half, low = line.width / 2 + 5, box[3] + 8.0 + HIGH
        place = (x - half, low - HIGH, x + half, low)
        node = self.first.node(stage_id(through[-1]), "param", place, line, outline="round", line=1.25)
        route = [(x, node.box[1]), (x, box[3])]
        self.first.edge(ids.arrow(node.id, chip), (node.id, chip), "input", route, line=1.5)
        return node.id, node.box

    def _box(self, name: str) -> Box:
        return next(node.box for node in self.first.nodes if node.id == name)

    def _line(self, ends: tuple[str, str], route: list[Point], state: StateVariable) -> None:
        style: dict[str, Any] = state_looks.style(state)
        self.first.edge(ids.arrow(*ends, state.letter), ends, state.role, route, radius=3.0, **style)

    def _cuts(self, route: list[Point]) -> tuple[tuple[float, float], ...]:
        """Where an upright stretch crosses the level lines of states, and of other tensors."""
        others = [e.route for e in self.first.edges if {e.source, e.target} & self._crossed]
        found = {at for other in others for at in _crossings(route, other)}
        return tuple(sorted(parts.cut_at(route, at) for at in found))

    @property
    def _crossed(self) -> set[str]:
        names = {end[0].id for end in [self._exits(one) for one in self.decoder.handed] if end}
        ways = {one.through[-1] for one in self.decoder.handed if one.through}
        made = {node.id for node in self.first.nodes if ids.read(node.id).place is not None}
        return names | {name for name in made if ids.read(name).base in ways}


def _crossings(route: Sequence[Point], other: Sequence[Point]) -> Iterator[Point]:
    """Yield where upright stretches of one way cross level stretches of another."""
    for a, b in pairwise(route):
        for c, d in pairwise(other) if a[0] == b[0] else ():
            if (at := crossing(a, b, c, d)) is not None:
                yield at
