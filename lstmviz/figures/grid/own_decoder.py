"""A grid under a decoder loop of the user's own."""

from __future__ import annotations

from dataclasses import replace

from lstmviz.figures.base import Draft, Subject
from lstmviz.figures.chain import own_pair
from lstmviz.figures.grid import ends as grid_ends
from lstmviz.figures.grid import key as grid_key
from lstmviz.figures.grid.description import describe
from lstmviz.figures.grid.encoder_decoder import fitting
from lstmviz.figures.grid.layer_stack import GridContext, base, tower
from lstmviz.figures.grid.plan import together, widest
from lstmviz.figures.shared.content import GridContent, LayerBlock
from lstmviz.figures.shared.legend import Entry
from lstmviz.figures.shared.sentences import subtitle
from lstmviz.network.decoders import Decoder
from lstmviz.translation.messages import Message, joined


def compose(subject: Subject, told: GridContent, look: GridContext, decoder: Decoder) -> Draft | None:
    """The encoder's grid with the loop on top of it; None if the page is too narrow for that."""
    up = own_pair.upper(subject.trace, look.options, look.page, decoder)
    if not up:
        return None
    *others, top = told.floors
    told = replace(told, floors=(*others, LayerBlock(top.layer)), ends=False, others=())
    look = replace(look, prefixed=True)
    ms = together([floor.layer for floor in told.floors], look.page, small=True)
    room = look.page.inner - own_pair.lanes(decoder)
    (cols,) = fitting(look, [told.floors[0].layer], (widest(ms),), room)
    built = tower(told, look, ms, cols, named=True, covered=True)
    g, canvas = built.grids[-1], built.grids[0].canvas
    y = base(told, look, built.grids[0])
    edges = canvas.extent()

    def foot(at: float) -> float:
        words: tuple[list[Entry], list[Message]] = ([], [])
        return grid_key.foot(built.grids, look.options, words, (edges[0] + 1, at + 7), look.page.inner - 2)

    ends = [end for one in decoder.handed for end in one.ends]
    lower = own_pair.Lower(canvas, grid_ends.stand(g, ends), foot, y)
    said = own_pair.over_encoder(subject, up, look.page, decoder, lower)
    return Draft(canvas, joined(" ", describe(subject.trace, told), said), *subtitle(told))
