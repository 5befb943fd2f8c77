"""The bare grid: few layers, few steps, both directions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lstmviz.figures.base import Draft
from lstmviz.figures.grid.description import describe
from lstmviz.figures.shared import lattice, parts
from lstmviz.figures.shared.content import story
from lstmviz.figures.shared.lattice_draw import draw
from lstmviz.figures.shared.lattice_pair import pair
from lstmviz.figures.shared.transfers import Side

if TYPE_CHECKING:
    from lstmviz.figures.base import Subject
    from lstmviz.figures.grid.options import GridOptions
    from lstmviz.figures.pages import Page


def compose(subject: Subject, options: GridOptions, page: Page) -> Draft:
    """The first layers and the last one, at the first steps and the last one."""
    layer = subject.recurrent("grid", options.of)
    told = story(subject.trace, layer, alone=options.of is not None)
    if told.decoder is not None:
        both = (told.floors[-1].layer, told.decoder.layer)
        first, second = (
            Side(one, parts.prefix_of(subject.trace, one), range(one.num_layers)) for one in both
        )
        return Draft(pair((first, second), page, whole=options.elide == "never"), describe(told))
    prefix = parts.prefix_of(subject.trace, layer)
    whole = options.elide == "never"
    it = lattice.lattice(layer, prefix, range(layer.num_layers), page, whole=whole)
    return Draft(draw(it), describe(told), parts.call(layer))
