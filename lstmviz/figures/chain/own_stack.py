"""Loops of one's own as rows of cells: one, or all that stand on each other, with the stages above."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from lstmviz.figures.base import Draft, Subject
from lstmviz.figures.chain import cells as chain_cells
from lstmviz.figures.chain import own_facts, own_rows, plan
from lstmviz.figures.chain import rows as chain_rows
from lstmviz.figures.chain.plan import Chain
from lstmviz.figures.pages import Page
from lstmviz.figures.shared import claimed, other_layers, parts, state_looks
from lstmviz.figures.shared import stages_above as above
from lstmviz.figures.shared.content import LayerBlock, with_heads
from lstmviz.figures.shared.head_rows import Climbed, Row, chosen_steps, to_next
from lstmviz.figures.shared.layer_readers import climb
from lstmviz.figures.shared.legend import Entry
from lstmviz.figures.shared.output_row import ASIDE
from lstmviz.figures.shared.parts import DrawnLayer
from lstmviz.figures.shared.stage_labels import HeadRow
from lstmviz.network.answers import answering
from lstmviz.network.own_layers import layers_of
from lstmviz.network.own_recurrences import own_recurrences, with_halves
from lstmviz.network.recurrence import OwnLoop
from lstmviz.network.structure import Trace, split_name
from lstmviz.network.two_ways import both_ways, turning
from lstmviz.scene import ids
from lstmviz.scene.canvas import Canvas
from lstmviz.scene.items import Role
from lstmviz.translation.messages import Message, joined, message, user_text

FOOT = 290.0
"""The least width of the last lines, where the page has it, pt."""


@dataclass(frozen=True, slots=True)
class LoopInStack:
    """A loop that is drawn with what stands on it."""

    chain: Chain
    canvas: Canvas
    level: HeadRow
    rows: tuple[Row, ...]
    """The stages that stand on it."""
    covered: bool
    """Whether something stands on what it gives."""
    enters: tuple[int, ...]
    """Which of what it reads come from the loop below; none for the lowest."""
    behind: tuple[Chain, ...] = ()
    """The reverse direction of a layer whose forward one it is."""

    @property
    def chains(self) -> tuple[Chain, ...]:
        """All its directions."""
        return (self.chain, *self.behind)


def compose(subject: Subject, part: DrawnLayer, page: Page, *, alone: bool, both: bool) -> Draft:
    """The loop, with those that stand on it unless it is drawn `alone`; `both` directions of its layer."""
    drawn = stacked(subject.trace, part, page.inner - 2, alone=alone, both=both)
    canvas, chains = drawn[0].canvas, [chain for one in drawn for chain in one.chains]
    y = own_facts.around(canvas, chains[0])
    width = max(min(chains[0].width, page.inner - 3), min(page.inner - 3, FOOT))
    rows = [*(entry for one in drawn for entry in one.level.said), *wholes(drawn)]
    turned = [chain.part.layer for one in drawn for chain in one.behind]
    said = list(other_layers.from_the_end(subject.trace, turned))
    said += not_drawn(subject.trace, drawn, alone=alone)
    several = [chain.part for chain in chains]
    own_facts.below(canvas, several, y, width, rows=rows, said=said)
    aloud = joined(" ", *map(own_facts.unrolled, chains))
    return Draft(canvas, aloud, *own_facts.subtitle(several[0]), view=own_facts.view(chains[0].part.loop))


def stacked(
    trace: Trace,
    part: DrawnLayer,
    room: float,
    *,
    alone: bool = False,
    kept: Collection[str] = (),
    both: bool = False,
) -> list[LoopInStack]:
    """The loop and those that stand on it, on the first one's canvas; states that are `kept` are lines."""
    told = list(storeys(trace, part.loop, alone=alone, kept=kept, both=both))
    own, up = told[-1]
    top = LayerBlock(own, up.rows, up.result and "y" not in {one.base for one in own.parts})
    top = top if own.reverse else with_heads(trace, top)
    states = any(row.states for row in top.rows)
    lanes = 2 * (ASIDE + 5.0 * len(told[-1][0].states)) if states else 0.0
    layers = [one for one, _ in told] + [one.reverse for one, _ in told if one.reverse]
    several = [replace(part, layer=one, prefix=parts.prefix_of(trace, one)) for one in layers]
    heads = [*(climbed.rows for _, climbed in told[:-1]), top.after, *(head.rows for head in top.heads)]
    keep = {step for rows in heads for step in chosen_steps(rows)}
    for own, _ in told:  # the first cut of each line, and the first turn of each input, with the step before
        some = [state.cut for state in own.states] + [fed.rounds for fed in own.fed]
        firsts = {next((number for number in rounds if number > 1), 0) for rounds in some} - {0}
        keep |= {step for first in firsts for step in (first - 1, first)}
    chains = plan.together(several, room - lanes, keep=keep)
    behind = {chain.part.loop.ahead: (chain,) for chain in chains[len(told) :]}
    drawn = [
        _drawn(chain, told, place, behind.get(told[place][0].name, ()), top)
        for place, chain in enumerate(chains[: len(told)])
    ]
    _stacked(drawn)
    return drawn


def storeys(
    trace: Trace, first: OwnLoop, *, alone: bool, kept: Collection[str] = (), both: bool = False
) -> Iterator[tuple[OwnLoop, Climbed]]:
    """Yield a loop, and those that stand on it, each with the stages between it and the next.

    With `both` two that are the directions of a layer are one.
    """
    loops = {own.name: own for own in with_halves(trace)}
    own: OwnLoop | None = first
    while own is not None:
        *lower, own = (own,) if alone else layers_of(trace, own)
        own = own if lower else answering(trace, own, kept)
        yield from ((layer, Climbed()) for layer in lower)
        own, up = _both(trace, own) if both and not lower else (own, climb(trace, own))
        yield own, up
        over = None if alone else loops.get(up.layer)
        own = over if over is not None and fed_by(own, up, over) else None


def _both(trace: Trace, own: OwnLoop) -> tuple[OwnLoop, Climbed]:
    """The loop as a layer of two directions, if one row stands on both; with what stands on it."""
    two = both_ways(trace, own)
    up = climb(trace, two)
    read = [{"output", "reverse"} & dict(row.reads).keys() for row in up.rows]
    joined = [len(one) for one in read] == [2] + [0] * (
        len(read) - 1
    )  # no row reads one of them alone, or again
    return (two, up) if two.reverse and joined else (own, climb(trace, own))


def fed_by(own: OwnLoop, up: Climbed, over: OwnLoop) -> tuple[int, ...]:
    """Which of what a loop reads step by step is what stands highest on another one: every step its own.

    Several, where that gives several tensors: ``u, f, r = self.w(x).chunk(3, -1)``.
    """
    if up.rows:
        through, top = to_next(up.rows), up.rows[-1]
        stage = top.stage
        alike = [one.output for one in stage.reads if through and through.kind == one.relation.kind == "own"]
        names = {f"{stage.name}.{one}" for one in [*alike, *([top.given.name] if alike else [])]}
    else:
        names = {name for one in own.given[:1] for name in (one.tensor, one.whole.name if one.whole else "")}
    if own.timesteps != over.timesteps:
        return ()
    return tuple([k for k, fed in enumerate(over.fed) if fed.tensor in names and not fed.first])


def _drawn(
    chain: Chain, told: Sequence[tuple[OwnLoop, Climbed]], place: int, behind: tuple[Chain, ...],
    top: LayerBlock,
) -> LoopInStack:  # fmt: skip
    """One loop on a canvas of its own, with the stages on it: on the last one those of the `top`, up to y."""
    own, up = told[place]
    canvas, last = Canvas(), place + 1 == len(told)
    block = top if last else LayerBlock(own, up.rows)
    covered = bool(block.after) or not last
    for one in (chain, *behind):
        chain_cells.draw(canvas, one, covered=covered)
    if len(told) > 1:
        canvas.text(claimed.called(own.name, 8, font="bold"), 0.0, chain.band[1] - 5)
    level = above.heads(chain_rows.stand(canvas, chain), block, chain.part.options, end=block.result)
    enters = fed_by(*told[place - 1], own) if place and not own.below else ()
    return LoopInStack(chain, canvas, level, block.rows, covered, enters, behind)


def _stacked(drawn: Sequence[LoopInStack]) -> None:
    """Each loop over the one that it reads, with a line into every step."""
    canvas, lift = drawn[0].canvas, 0.0
    for low, one in pairwise(drawn):
        foot, stand = lift, chain_rows.stand(low.canvas, low.chain)
        own = one.chain.part.loop
        foot_of = one.chain.band[3] if own.below else one.chain.ys[1] + 18.0
        lift += min(low.level.top, stand.roof) - above.APART - foot_of
        one.canvas.move(0.0, lift)
        canvas.merge(one.canvas)
        boxes = {node.id: node.box for node in one.canvas.nodes}
        for step in one.chain.steps:
            below = step if step in low.level.ids else 0
            bases = [ids.numbered("x", place) for place in one.enters]
            read = [ids.at(base, step=step, prefix=one.chain.part.prefix) for base in bases]
            for name in read or [one.chain.cell_id(step, own.way)]:
                x, end = (boxes[name][0] + boxes[name][2]) / 2, boxes[name][3]
                start = (low.level.xs[below] if below else x, foot + low.level.top)
                route = [start, (start[0], end + 7.0), (x, end + 7.0), (x, end)]
                ends = (low.level.ids[below], name)
                role: Role = "hidden" if own.below else "output"
                route = route if abs(x - start[0]) > 0.01 else [start, (x, end)]
                canvas.edge(ids.arrow(ends[0], ends[1], role), ends, role, route)


def wholes(drawn: Sequence[LoopInStack]) -> Iterator[Entry]:
    """The shapes of what holds the steps of a loop, where it has no room over its frame."""
    several = len(drawn) > 1 or any(one.behind for one in drawn)
    for chain in (chain for one in drawn if one.covered for chain in one.chains):
        own = chain.part.loop
        whole = own_rows.together(own)
        if whole is not None:
            line = parts.named_shape([claimed.called(whole.name)], whole, chain.part.options)
            yield Entry((line,), name=(own.layer or own.name) if several else "")


def not_drawn(
    trace: Trace, told: Sequence[LoopInStack], beside: Collection[str] = (), *, alone: bool = False
) -> Iterator[Message]:
    """What a cut in a line means, and what of the model is not in the figure: other loops, and readers.

    The stages and loops `beside` are drawn too. Where a loop is drawn `alone`, its heading names the others.
    """
    drawn_loops = [chain.part.loop for one in told for chain in one.chains]
    shown = {own.origin for own in drawn_loops}
    if any(state_looks.is_cut(state, step, 1) for own in drawn_loops for state in own.states
           for step in told[0].chain.steps):  # fmt: skip
        yield message("loop.cut-key")
    others = [own for own in own_recurrences(trace) if own.name not in shown | {*beside}]
    if others and not alone:
        names = [message("loop.other", name=user_text(o.name), n=o.timesteps, loop=o.name) for o in others]
        yield message("grid.others", names=joined(", ", *names, other="，"), first=user_text(others[0].name))
        yield from other_layers.from_the_end(trace, others)
    rows = {stage.name for one in told for row in one.rows for stage in (row.stage, *row.passed)} | {*beside}
    loops = {loop.name: set(loop.stages) for loop in (*trace.loops, *trace.halves)}
    inside = set().union(*(loops[name] for name in shown))
    put = {split_name(one.whole.name)[0] for own in drawn_loops for one in own.given if one.whole}
    put |= {stage for own in drawn_loops if own.ahead for stage in turning(trace, own)}
    drawn = rows | inside | put
    reading = [stage for stage in trace.readers(drawn)
               if not any(stage.name in loops[own.name] for own in others)]  # fmt: skip
    inner = {stage for own in others for stage in loops[own.name]}
    more = other_layers.reads_elsewhere(row for one in told for row in one.rows)
    yield from other_layers.beside(trace, drawn, reading, drawn | inner, *more)
