"""How much of a model a page holds: ways of drawing it, from much room to little, tried until one fits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from itertools import product

from lstmviz.figures.pipeline.cards import BADGE, Card, Graph, Maker, Manner
from lstmviz.figures.pipeline.flow import GroupName, PipelineFlow, depths, piled, recurrent_modules
from lstmviz.figures.pipeline.graph import Speaker, flow_of, roles_of
from lstmviz.figures.pipeline.options import PipelineOptions
from lstmviz.figures.pipeline.steps import Step
from lstmviz.figures.shared.claimed import called
from lstmviz.layout.branches import arranged, place
from lstmviz.layout.ranks import Net, Piece, Ranked
from lstmviz.network.structure import Trace
from lstmviz.scene import ids
from lstmviz.scene.items import Role
from lstmviz.scene.labels import TextLine, row, words
from lstmviz.translation.messages import message

MANNERS: tuple[Manner, ...] = (
    Manner(line=True, room=104, gap=18),
    Manner(line=True, room=104, gap=12),
    Manner(line=False, room=104, gap=12),
    Manner(line=False, room=74, gap=9, terse=True),
    Manner(line=False, room=54, gap=6, terse=True),
    Manner(line=False, room=54, gap=3, terse=True),
    Manner(line=False, room=42, gap=2, terse=True),
)
"""From much room to little."""
LOW: tuple[Manner, ...] = (
    Manner(line=True, room=104, gap=9, numbers=True, channel=7.5, lead=6.0),
    Manner(line=True, room=160, gap=6, numbers=True, channel=7.5, lead=6.0),
)
"""The lowest that is still read, where nothing else fits; then wider than high."""
Level = tuple[int, frozenset[str]]
"""So many levels of modules are opened, and these modules at any depth."""
TALL = 640.0
"""What is taller than this is drawn tighter, and with fewer of its modules opened, pt."""


def fitted(trials: Trials, width: float, tall: float = TALL) -> Graph:
    """Return the first way of drawing the model that the page holds, or the last that is no wider.

    Nothing is laid out of which its sizes alone say that it is too large.
    """
    full = trials.options.detail == "full"
    heaps = ((0, 1), (3,)) if full else ((1, 2), (3,))
    ways = [(level, heap, MANNERS) for some in heaps for level, heap in product(trials.levels, some)]
    ways += [(level, 3, LOW) for level in trials.levels]
    for level, heap, manners in ways:
        drafts = [trials.draft(level, replace(manner, piled=heap)) for manner in manners]
        if all(draft.least[1] > tall for draft in drafts):
            continue
        for draft in drafts:
            if draft.least[0] <= width and draft.graph.width <= width:
                if draft.graph.height <= tall:
                    return draft.graph
                break
    rest = [trials.draft(level, replace(one, piled=heap)) for level, heap, some in ways for one in some]
    within = [draft for draft in rest if draft.least[0] <= width and draft.graph.width <= width]
    lowest = min(within, key=lambda draft: draft.graph.height, default=None)
    return (lowest or min(rest, key=lambda draft: draft.least[0])).graph


@lru_cache(4)
def trials_of(trace: Trace, options: PipelineOptions) -> Trials:
    """Return the ways of drawing a model, the same for every page that is tried."""
    return Trials(trace, options)


@dataclass(frozen=True)
class Trials:
    """Everything of one model that its drafts have in common, made once."""

    trace: Trace
    options: PipelineOptions

    @cached_property
    def levels(self) -> Sequence[Level]:
        """How far modules may be opened, the furthest first.

        Before all of a level is closed, what holds a recurrent layer or a loop stays open.
        """
        deepest = depths(self.trace)
        if self.options.depth is not None:
            return [(min(self.options.depth, deepest), frozenset())]
        if self.options.whole:
            return [(deepest, frozenset())]
        kept = recurrent_modules(self.trace)
        opened = [frozenset[str](), kept]
        found = [(d, some) for d in range(deepest, 0, -1) for some in reversed(opened)]
        return list(dict.fromkeys(level for level in found if level[0] < deepest or not level[1]))

    @cached_property
    def _roles(self) -> Mapping[str, Role]:
        return roles_of(self.trace)

    @cached_property
    def _opened(self) -> dict[Level, tuple[PipelineFlow, list[Step]]]:
        return {}

    @cached_property
    def _drafts(self) -> dict[tuple[Level, Manner], Draft]:
        return {}

    def _at(self, level: Level) -> tuple[PipelineFlow, list[Step]]:
        if level not in self._opened:
            flow = flow_of(self.trace, *level, fold=not self.options.whole)
            steps = list(map(Speaker(self.trace, self._roles, flow).step, flow.parts))
            self._opened[level] = (flow, steps)
        return self._opened[level]

    def draft(self, level: Level, manner: Manner) -> Draft:
        """Return the model as it is drawn at this level, in this manner, without a place yet."""
        if (level, manner) not in self._drafts:
            self._drafts[level, manner] = self._draft(level, manner)
        return self._drafts[level, manner]

    def _draft(self, level: Level, manner: Manner) -> Draft:
        flow, steps = self._at(level)
        said, step_of = dict(self.trace.names), {step.name: step for step in steps}
        maker = Maker(flow, self.options, manner, self._roles)
        made = [maker.input(t, said.get(t.name, t.name)) for t in flow.inputs]
        piles = piled(flow, manner.piled)
        made += [maker.card([(part, step_of[part.name]) for part in pile]) for pile in piles]
        cards = {card.id: card for card in made}
        names = {group: group_title(name) for group, name in flow.groups.items()}
        return Draft(flow, steps, cards, names, self._roles, manner)


@dataclass(frozen=True)
class Draft:
    """A model cut into cards, in ranks."""

    flow: PipelineFlow
    steps: list[Step]
    cards: dict[str, Card]
    names: dict[str, TextLine]
    roles: Mapping[str, Role]
    manner: Manner

    @cached_property
    def _widths(self) -> Mapping[str, float]:
        return {group: line.width + 4 for group, line in self.names.items()}

    @cached_property
    def _ranked(self) -> Ranked:
        pieces = [
            Piece(card.id, *card.size, card.inside, head=card.head, foot=card.foot)
            for card in self.cards.values()
        ]
        nets = list(_nets(self.flow, self.cards))
        return arranged(pieces, nets, names=self._widths, pull=not self.manner.terse)

    @cached_property
    def least(self) -> tuple[float, float]:
        """The width and the height that it has at least, pt."""
        return self._ranked.least(self.manner.gap, self.manner.channel)

    @cached_property
    def graph(self) -> Graph:
        """Lay everything out."""
        placed = place(self._ranked, names=self._widths, gap=self.manner.gap, channel=self.manner.channel)
        return Graph(self.flow, self.steps, self.cards, self.names, self.roles, placed)


def group_title(name: GroupName) -> TextLine:
    """The name of a module in code, and its class; or what runs several times."""
    if name.times:
        first = words(message("pipeline.loop"), 7) if not name.first else name_line(name)
        how = message("pipeline.times", n=name.often or name.times, blocks=name.blocks, loop=name.loop)
        return row(first, words(how, 7, font="bold"), gap=4)
    return row(name_line(name), called(name.module, font="sans"), gap=4)


def name_line(name: GroupName) -> TextLine:
    """What a group is called, or from which name to which: ``layers.0 … 5``."""
    if not name.last:
        return called(name.first)
    return words(message("pipeline.span", first=name.first, last=name.last), 7, font="mono")


def _nets(flow: PipelineFlow, cards: Mapping[str, Card]) -> Iterator[Net]:
    readers: dict[str, list[str]] = {}
    first = {stage: card.id for card in cards.values() for stage in card.stages}
    shown = {given.name for card in cards.values() for given in card.given}
    for part in flow.parts:
        for name in part.reads:
            if name in shown:
                readers.setdefault(name, []).append(first[ids.named("stage", part.name)])
    for card in cards.values():
        offsets = card.offsets()
        for given in card.given:
            if given.name in readers:
                targets = tuple(readers[given.name])
                yield Net(given.name, card.id, targets, offsets[given.name], BADGE[0])
