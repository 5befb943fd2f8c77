"""Bare figures of one recurrent layer: unrolled, rolled, and both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from lstmviz.errors import FigureError
from lstmviz.figures.base import Draft, Subject
from lstmviz.figures.chain import descriptions, facts, own_facts
from lstmviz.figures.chain.bare_loop import loops
from lstmviz.figures.pages import Page
from lstmviz.figures.shared import bare, lattice, lattice_head, own_bare, parts
from lstmviz.figures.shared.content import GridContent, LayerBlock, follows, select_layers
from lstmviz.figures.shared.lattice import Lattice
from lstmviz.figures.shared.lattice_draw import draw
from lstmviz.figures.shared.lattice_pair import pair
from lstmviz.figures.shared.layer_readers import climb
from lstmviz.figures.shared.parts import DrawnLayer
from lstmviz.figures.shared.step_words import NO_WORDS, StepWords, words_of
from lstmviz.figures.shared.transfers import Side, begun_depth
from lstmviz.network.recurrence import OwnLoop
from lstmviz.scene import ids, labels
from lstmviz.scene.canvas import Canvas
from lstmviz.translation.messages import Message, joined, user_text

EQUALS, SIGN = 52.0, 26.0
"""Room for the equals sign, and its size, pt: large and apart, as no state equals another."""


def unrolled(subject: Subject, options: parts.OneLayer, page: Page) -> Draft:
    """The layer at its first steps and its last one."""
    part = parts.pick("unrolled", subject, options, narrow=page.narrow, loops=True)
    if isinstance(part.layer, OwnLoop):
        return own_lattice("unrolled", subject, part, page)
    told = select_layers(subject.trace, part.layer, alone=options.of is not None)
    if told.decoder is not None and (draft := _pair(subject, options, told, page)):
        return draft
    floor = follows(subject.trace, part.layer)
    it, head = lattice_head.headed(
        floor, page, lambda room: _chain(part, room, words_of(subject, part.layer)), ends=floor.result
    )
    return Draft(draw(it, head), _steps(part, it), parts.call(part.layer), (parts.made(part.layer),))


def _pair(subject: Subject, options: parts.OneLayer, told: GridContent, page: Page) -> Draft | None:
    """A layer of the encoder, and the one of the decoder that its (forward) states begin; None for none."""
    assert told.decoder is not None
    first, second = told.floors[-1].layer, told.decoder.layer
    depth = begun_depth(first, second, options.layer)
    if depth is None:
        return None
    both = [
        parts.DrawnLayer(layer, at, parts.prefix_of(subject.trace, layer), options, narrow=True)
        for layer, at in ((first, options.layer), (second, depth))
    ]
    one, two = (Side(part.layer, part.prefix, [part.depth]) for part in both)
    canvas = pair(subject, (one, two), page, told.decoder, whole=options.whole)
    return Draft(canvas, joined(" ", *(_aloud(part, ()) for part in both)))


def rolled(subject: Subject, options: parts.OneLayer, page: Page) -> Draft:
    """The cell with its loops; one for each direction."""
    part = _fitting("rolled", parts.pick("rolled", subject, options, narrow=page.narrow, loops=True))
    told = descriptions.of(part)
    return Draft(loops(part, page), told.rolled(part), *told.subtitle(part))


def unfold(subject: Subject, options: parts.OneLayer, page: Page) -> Draft:
    """Rolled = unrolled: side by side where the page is wide enough, else one above the other."""
    part = _fitting("unfold", parts.pick("unfold", subject, options, narrow=page.narrow, loops=True))
    two = part.layer.bidirectional
    side = page.inner > 330 and (not two or page.height is not None)  # a slide is low
    left = loops(replace(part, prefix=f"{ids.ROLLED}{part.prefix}"), page, named=False, upright=side)
    x0, y0, x1, y1 = left.extent()
    it = _chain(part, replace(page, width=page.width - (x1 - x0) - EQUALS) if side else page)
    right = draw(it)
    canvas = Canvas()
    if side:
        low = right.extent()[3] - y1 if two else 0.0  # what stands on each other, beside all of the other
        left.move(-x0, low)
        right.move(x1 - x0 + EQUALS, 0.0)
        y = (y0 + y1) / 2 + low if two else it.level(it.layers[0], "fwd")
        canvas.text(labels.words("=", SIGN), x1 - x0 + EQUALS / 2 - 3, y + 8, "middle")
        over = it.roof - bare.CHIP / 2 - 12
    else:
        wide = max(it.width, x1 - x0)
        right.move((wide - it.width) / 2, 0.0)
        left.move((wide - x1 + x0) / 2 - x0, right.extent()[1] - 70 - y1)
        canvas.text(labels.words("=", SIGN), wide / 2, right.extent()[1] - 36, "middle")
        over = right.extent()[1] - 12
    if part.layer.parameters or not isinstance(part.layer, OwnLoop):
        bare.say(right, descriptions.of(part).same(part), (right.extent()[0], over), "start")
    canvas.merge(left)
    canvas.merge(right)
    if isinstance(part.layer, OwnLoop):
        aloud = joined(" ", own_facts.rolled(part), own_facts.along(part.layer, it.shown))
        return Draft(canvas, aloud, *own_facts.subtitle(part))
    return Draft(
        canvas,
        joined(" ", facts.rolled(part), _steps(part, it)),
        parts.call(part.layer),
        (parts.made(part.layer),),
    )


def own_lattice(kind: str, subject: Subject, part: DrawnLayer, page: Page) -> Draft:
    """A loop of one's own at its first steps and its last one, with what stands on it."""
    own, part = part.loop, _fitting(kind, part)
    up = climb(subject.trace, own)
    floor = LayerBlock(own, up.rows, up.result)
    it, head = lattice_head.headed(floor, page, lambda room: _chain(part, room), ends=up.result)
    return Draft(draw(it, head), own_facts.along(own, it.shown), *own_facts.subtitle(part))


def _fitting(kind: str, part: DrawnLayer) -> DrawnLayer:
    """The same part; FigureError if it is a loop that few large words cannot tell."""
    if isinstance(part.layer, OwnLoop) and (why := own_bare.unfit(part.layer)):
        raise FigureError(kind, why)
    return part


def _chain(part: DrawnLayer, page: Page, words: StepWords = NO_WORDS) -> Lattice:
    words = NO_WORDS if part.depth else words
    whole = part.options.whole
    return lattice.lattice(part.layer, part.prefix, [part.depth], page, whole=whole, words=words)


def _steps(part: DrawnLayer, it: Lattice) -> Message:
    """What the unrolled layer shows, to be read aloud."""
    return _aloud(part, it.shown if it.dotted else ())


def _aloud(part: DrawnLayer, steps: Sequence[int]) -> Message:
    """One layer along time; `steps` are those drawn, if not all are."""
    layer, some = part.layer, facts.some(part, steps, all_=not steps)
    about = {"type": layer.type.upper(), "n": layer.timesteps}
    told = [facts.tell(part, "aloud-bare", handed=facts.handed(part), some=some, **about)]
    told += [facts.tell(part, "aloud-second-row")] if layer.bidirectional else []
    if layer.states_from:
        told.append(facts.tell(part, "aloud-starts", giver=user_text(layer.states_from)))
    return joined(" ", *told)
