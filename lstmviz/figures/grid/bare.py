"""The bare grid: few layers, few steps, both directions."""

from __future__ import annotations

from lstmviz.errors import FigureError
from lstmviz.figures.base import Draft, Subject
from lstmviz.figures.chain.bare import own_lattice
from lstmviz.figures.chain.own_stack import storeys
from lstmviz.figures.grid.bare_stack import HIGHER, stack
from lstmviz.figures.grid.description import describe
from lstmviz.figures.grid.options import GridOptions
from lstmviz.figures.pages import Page
from lstmviz.figures.shared import lattice, lattice_head, own, parts
from lstmviz.figures.shared.content import select_layers
from lstmviz.figures.shared.lattice import FEW
from lstmviz.figures.shared.lattice_draw import draw
from lstmviz.figures.shared.lattice_pair import WEIGHED, drawable, pair
from lstmviz.figures.shared.step_words import words_of
from lstmviz.figures.shared.transfers import Side
from lstmviz.network.own_recurrences import own_recurrences
from lstmviz.network.recurrence import OwnLoop

STACKED = "detail: low draws one loop; detail: normal draws those that stand on each other"


def unable(subject: Subject) -> str | None:
    """Why a model has no bare grid, or None: loops that stand on each other have too much to say."""
    loops = own_recurrences(subject.trace)
    if not subject.trace.recurrent and loops and len(list(storeys(subject.trace, loops[0], alone=False))) > 1:
        return STACKED
    if subject.trace.recurrent:
        told = select_layers(subject.trace, subject.trace.recurrent[0], alone=False)
        if any(stage.type == "attention" for stage in subject.trace.stages) and not (
            told.decoder and drawable(told.decoder)
        ):
            return WEIGHED
        if len(told.floors) > FEW:
            return HIGHER
    return own.no_bare_steps(subject)


def compose(subject: Subject, options: GridOptions, page: Page) -> Draft:
    """The first layers and the last one, at the first steps and the last one."""
    layer = subject.recurrent("grid", options.of, loops=True)
    if isinstance(layer, OwnLoop):
        if not options.of and len(list(storeys(subject.trace, layer, alone=False))) > 1:
            raise FigureError("grid", STACKED)
        part = parts.DrawnLayer(layer, 0, parts.prefix_of(subject.trace, layer), options, narrow=page.narrow)
        return own_lattice("grid", subject, part, page)
    told = select_layers(subject.trace, layer, alone=options.of is not None)
    if told.decoder is not None:
        both = (told.floors[-1].layer, told.decoder.layer)
        first, second = (
            Side(one, parts.prefix_of(subject.trace, one), range(one.num_layers)) for one in both
        )
        return Draft(
            pair(subject, (first, second), page, told.decoder, whole=options.whole),
            describe(subject.trace, told),
        )
    if len(told.floors) > FEW:
        raise FigureError("grid", HIGHER)
    if len(told.floors) > 1:
        canvas = stack(subject.trace, told, page, whole=options.whole)
        return Draft(canvas, describe(subject.trace, told), parts.call(layer), (parts.made(layer),))
    prefix = parts.prefix_of(subject.trace, layer)
    whole, words = options.whole, words_of(subject, layer)
    it, head = lattice_head.headed(told.shown[-1], page, lambda room: lattice.lattice(
        layer, prefix, range(layer.num_layers), room, whole=whole, words=words), ends=told.ends)  # fmt: skip
    return Draft(draw(it, head), describe(subject.trace, told), parts.call(layer), (parts.made(layer),))
