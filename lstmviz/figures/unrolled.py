"""Kind `unrolled`: one recurrent layer at every time step."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lstmviz.figures import chain, facts, grid_head, parts
from lstmviz.figures.base import Draft, Kind
from lstmviz.figures.grid_story import follows
from lstmviz.scene.canvas import Canvas

if TYPE_CHECKING:
    from lstmviz.figures.base import Page, Subject


def compose(subject: Subject, options: parts.OneLayer, page: Page) -> Draft:
    """The layer as a chain of cells, with what surrounds it."""
    part = parts.pick("unrolled", subject, options, narrow=page.narrow)
    canvas = Canvas()
    drawn = chain.plan(part, page.inner - 2)  # lines and tabs stand out by 1 pt
    chain.draw(canvas, drawn)
    after = follows(subject.trace, part.layer) if part.top else ()
    above = grid_head.rows(chain.stand(canvas, drawn), after, options, end=True)
    y = facts.around(canvas, drawn, covered=bool(after))
    said = [*facts.covered(part), *above.said] if after else []
    facts.below(canvas, part, y, max(min(drawn.width, page.inner - 3), min(page.inner - 3, 290.0)), said=said)
    return Draft(canvas, facts.unrolled(drawn), parts.call(part.layer))


UNROLLED = Kind(
    "unrolled",
    "one recurrent layer at every time step, both directions if it has two",
    parts.OneLayer,
    compose,
    parts.refuse,
)
