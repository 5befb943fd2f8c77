"""Kind `unrolled`: one recurrent layer at every time step, and the decoder that it starts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from lstmviz.figures.base import Draft, Kind, Subject
from lstmviz.figures.chain import bare, facts, own_pair
from lstmviz.figures.chain import cells as chain
from lstmviz.figures.chain import plan as chain_plan
from lstmviz.figures.chain import rows as chain_rows
from lstmviz.figures.chain.plan import Chain
from lstmviz.figures.pages import Page
from lstmviz.figures.shared import other_layers, own, own_answers, parts
from lstmviz.figures.shared import stages_above as grid_head
from lstmviz.figures.shared import transfers as handed
from lstmviz.figures.shared.called_names import called_short
from lstmviz.figures.shared.content import GridContent, LayerBlock, follows, select_layers
from lstmviz.figures.shared.legend import Entry, own_letters
from lstmviz.figures.shared.lessons import unread
from lstmviz.figures.shared.made_states import StateTransfer
from lstmviz.figures.shared.parts import DrawnLayer
from lstmviz.figures.shared.second_input import no_output, read_beside
from lstmviz.figures.shared.sentences import subtitle
from lstmviz.network.decoders import Decoder
from lstmviz.network.own_recurrences import tied
from lstmviz.network.recurrence import OwnLoop
from lstmviz.network.structure import Trace
from lstmviz.scene import ids
from lstmviz.scene.canvas import Canvas
from lstmviz.scene.near import box_of
from lstmviz.translation.messages import Message, joined, message, user_text

SHARES = (0.5, 0.48, 0.52, 0.46, 0.54, 0.44, 0.56, 0.4, 0.6)
"""Parts of the width that an encoder is tried in, beside its decoder; halves are the best."""
FOOT = 290.0
"""The least width of the last lines, where the page has it, pt."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """A layer that is drawn: its chain, where its facts may go on, and what it has no room to say."""

    chain: Chain
    canvas: Canvas
    y: float
    rows: tuple[Entry, ...]


def compose(subject: Subject, options: parts.OneLayer, page: Page) -> Draft:
    """The layer as a chain of cells with what stands on it; its decoder beside it or above."""
    part = parts.pick("unrolled", subject, options, narrow=page.narrow, loops=True, halves=True)
    if isinstance(part.layer, OwnLoop):
        return own_pair.compose(subject, part, page, alone=True, both=options.of is None)
    told = select_layers(subject.trace, part.layer, alone=options.of is not None)
    decoder = own_pair.decoder_on(subject.trace, told) if options.of is None and part.top else None
    if decoder is not None and (draft := _with_loop(subject, part, page, decoder)):
        return draft
    if told.decoder and len(told.floors) == 1 and (both := _both(subject, options, told)):
        return _pair(subject.trace, both, told, page)
    floor = follows(subject.trace, part.layer) if part.top else LayerBlock(part.layer)
    floor = floor.having(("h_n", "c_n"), (part.depth,))
    lanes = chain_rows.lanes(floor.states_read)
    room = page.inner - 2 - lanes  # lines and tabs stand out by 1 pt
    keep = floor.keep(chain_rows.longest(part.layer))
    drawn = chain_plan.plan(part, room, keep=keep)
    if drawn.width > room + 0.5:
        drawn = chain_plan.plan(part, room, keep=keep, tight=True)
    spare = (page.inner - 3 - drawn.width) / 2 if page.fixed and not lanes else 0.0
    one = _draw(replace(drawn, beside=max(0.0, spare)), floor, limit=page.inner - 1 - lanes)
    own_answers.lead_back(one.canvas, subject.trace, part.layer, part.prefix)
    width = (
        page.inner - 3 if page.fixed else max(min(one.chain.width, page.inner - 3), min(page.inner - 3, FOOT))
    )
    x0 = min(0.0, (one.chain.width - width) / 2) if width > one.chain.width else 0.0
    said = [message("loop.cut-key")] if part.layer.cuts else []
    said += read_beside(subject.trace, part.layer)
    said += other_layers.branches(subject.trace, [floor], subject.trace.recurrent) if part.top else []
    other_layers.which(one.canvas, part, x0, width)
    facts.below(one.canvas, [part], one.y, width, x0=x0, rows=one.rows, said=said)
    return Draft(one.canvas, facts.unrolled(one.chain), parts.call(part.layer), (parts.made(part.layer),))


def _with_loop(subject: Subject, part: DrawnLayer, page: Page, decoder: Decoder) -> Draft | None:
    """A layer under a decoder loop of the user's own; None if the page is too narrow for both."""
    up = own_pair.upper(subject.trace, part.options, page, decoder)
    if not up:
        return None
    part = replace(part, prefix=ids.inside(part.layer.name))
    room = page.inner - 2 - own_pair.lanes(decoder)
    one = _draw(chain_plan.plan(part, room), LayerBlock(part.layer), covered=True)
    width = min(page.inner - 3, max(one.chain.width, FOOT))

    def foot(y: float) -> float:
        said = [*read_beside(subject.trace, part.layer), *own_letters(part.layer.tensors, part.layer.name)]
        return facts.below(one.canvas, [part], y, width, rows=facts.covered(one.chain), said=said)

    lower = own_pair.Lower(one.canvas, chain_rows.stand(one.canvas, one.chain), foot, one.y)
    _title(one, one.chain.band[1] - 5, ())
    said = own_pair.over_encoder(subject, up, page, decoder, lower)
    words = joined(" ", facts.unrolled(one.chain), said)
    return Draft(one.canvas, words, parts.call(part.layer), (parts.made(part.layer),))


def _draw(
    drawn: Chain, floor: LayerBlock, *, begun: bool = False, covered: bool = False, **more: float
) -> Drawn:
    """One layer on a canvas of its own, with the stages on it.

    `begun` says whether the states that begin the layer over it are drawn as well.
    """
    canvas, after = Canvas(), floor.after
    covered |= bool(after)
    chain.draw(canvas, drawn, covered=covered, begun=begun)
    stand = chain_rows.stand(canvas, drawn)
    above = grid_head.heads(stand, floor, drawn.part.options, end=floor.result)
    y = facts.around(canvas, drawn, covered=covered, **more)
    rows = (*facts.covered(drawn), *above.said) if after else ()
    return Drawn(drawn, canvas, y, rows)


def _both(
    subject: Subject, options: parts.OneLayer, told: GridContent
) -> tuple[DrawnLayer, DrawnLayer] | None:
    """A layer of the encoder, and the one of the decoder that its (forward) states begin; None for none.

    Both have the cells of a narrow page: two chains share the width.
    """
    assert told.decoder is not None
    first, second = told.floors[0].layer, told.decoder.layer
    depth = handed.begun_depth(first, second, options.layer)
    if depth is None:
        return None
    own = not tied(subject.trace) & {first.name, second.name}
    return (
        parts.DrawnLayer(
            first,
            options.layer,
            parts.prefix_of(subject.trace, first),
            options,
            narrow=True,
            unread=unread(subject.trace, first.name),
        ),
        parts.DrawnLayer(
            second, depth, parts.prefix_of(subject.trace, second), options, narrow=True, second=own
        ),
    )


def _pair(trace: Trace, both: tuple[DrawnLayer, DrawnLayer], told: GridContent, page: Page) -> Draft:
    """The encoder and its decoder: side by side where both fit, else one under the other."""
    assert told.decoder is not None
    after = told.decoder if both[1].top and told.ends else LayerBlock(both[1].layer)
    ends = _ends(both)
    level = both[0].layer.has_cell_state == both[1].layer.has_cell_state
    level = level and (both[1].layer.all_handed or all(one.level for one in ends))
    level = level and not (page.narrow or both[0].layer.bidirectional or both[1].layer.bidirectional)
    fitting = _beside(both, page.inner - 2) if level else None
    first, second, y = (
        _side_by_side(fitting, after, ends) if fitting else _stacked(trace, both, after, ends, page)
    )
    own_answers.lead_back(first.canvas, trace, both[1].layer, both[1].prefix)
    left, _, right, _ = first.canvas.extent()
    width = max(right - left - 2, min(page.inner - 3, FOOT))
    said = _not_drawn(trace, both, ends)
    if both[1].top and not any(one.id.startswith("grid.beside") for one in said):
        below = LayerBlock(told.floors[0].layer)
        said = [*other_layers.branches(trace, [below, after], trace.recurrent), *said]
    rows = {"rows": [*first.rows, *second.rows], "said": said}
    facts.below(first.canvas, both, y, min(width, page.inner - 2), x0=left + 1, **rows)
    words = (facts.unrolled(first.chain), facts.unrolled(second.chain))
    return Draft(first.canvas, joined(" ", *words), *subtitle(told))


def _ends(both: tuple[DrawnLayer, DrawnLayer]) -> list[StateTransfer]:
    """The states that the layer drawn hands over: a direction each may begin a layer of the decoder."""
    first, second = (handed.Side(part.layer, part.prefix, [part.depth]) for part in both)
    over = replace(second, depths=range(both[1].depth, both[1].layer.num_layers))
    return handed.between(first, over)


def _begun(both: tuple[DrawnLayer, DrawnLayer], ends: Sequence[StateTransfer]) -> bool:
    """Whether one of the states begins the layer over the decoder's that is drawn."""
    return both[1].depth + 1 in {ids.layer_of(end.target) for end in ends}


def _beside(both: tuple[DrawnLayer, DrawnLayer], room: float) -> tuple[Chain, Chain] | None:
    """Both chains as wide as they can be side by side; None where that is too narrow."""
    room -= handed.BESIDE
    best: tuple[Chain, Chain] | None = None
    for share in SHARES:
        first, second = (
            chain_plan.plan(part, room * k, tight=True)
            for part, k in zip(both, (share, 1 - share), strict=True)
        )
        fits = first.width <= room * share + 0.5 and second.width <= room * (1 - share) + 0.5
        if fits and (best is None or _steps(first, second) > _steps(*best)):
            best = (first, second)
    return best


def _steps(*chains: Chain) -> int:
    return sum(len(one.steps) for one in chains)


def _side_by_side(
    chains: tuple[Chain, Chain], after: LayerBlock, ends: Sequence[StateTransfer]
) -> tuple[Drawn, Drawn, float]:
    first = _draw(chains[0], LayerBlock(chains[0].part.layer), room=chains[0].width)
    over = [box_of(one.label)[2] for one in first.canvas.texts if one.label.runs[0].y < chains[0].band[1]]
    right = max(chain_rows.frame_box(chains[0], "output")[2], *over)
    free = max(0.0, chains[0].width + handed.BESIDE - right - 8)
    second = _draw(replace(chains[1], beside=free), after, room=chains[1].width)
    for one in (first, second):
        _title(one, one.chain.band[1] - 5, [chain.part.layer.name for chain in chains])
    second.canvas.move(chains[0].width + handed.BESIDE, 0.0)
    first.canvas.merge(second.canvas)
    handed.straight(first.canvas, ends)
    return first, second, max(first.y, second.y)


def _stacked(
    trace: Trace,
    both: tuple[DrawnLayer, DrawnLayer],
    after: LayerBlock,
    ends: Sequence[StateTransfer],
    page: Page,
) -> tuple[Drawn, Drawn, float]:
    close = page.narrow and any(part.layer.bidirectional for part in both)
    lanes = handed.lanes(ends, narrow=close)
    room = page.inner - lanes.room - 3
    first = _draw(chain_plan.plan(both[0], room, tight=close), LayerBlock(both[0].layer), room=room)
    begun = _begun(both, ends)
    second = _draw(chain_plan.plan(both[1], room, tight=close), after, begun=begun, room=room)
    names = [part.layer.name for part in both]
    titles = [called_short(name, room / 2, 7, among=names) for name in names]
    said = handed.words_about(trace, both[1].layer, room - 2 * lanes.clear)
    canvas, below = first.canvas, second.canvas
    return (
        first,
        second,
        second.y + handed.stacked(canvas, below, ends, lanes, trace, told=said, titles=titles),
    )


def _title(one: Drawn, y: float, names: Sequence[str]) -> None:
    """The layer's name over its band, at the left, up to the first line that goes up."""
    chain = one.chain
    room = min(chain.at(chain.steps[0], lane)[0] for lane in chain.lanes) - 4
    one.canvas.text(called_short(chain.part.layer.name, room, 8, among=names), 0.0, y)


def _not_drawn(
    trace: Trace, both: tuple[DrawnLayer, DrawnLayer], ends: Sequence[StateTransfer]
) -> list[Message]:
    """What of the handing over has no arrow here."""
    encoder, decoder = both[0].layer, both[1].layer
    weighing = [s for s in trace.stages if s.type == "attention" and f"{encoder.name}.output" in s.sources]
    said = other_layers.beside(trace, (), (), (), *other_layers.weighed(weighing), elsewhere=True)
    said = said or [no_output(encoder.name, decoder.name)]
    said += [one for layer in both if not layer.depth for one in read_beside(trace, layer.layer)]
    given = {ids.read(end.target).way for end in ends}
    for lane in decoder.ways:
        if lane not in given:  # it comes from another layer of the encoder
            held = [str(both[1].place(f"{base}_n", lane)) for base, _ in parts.states_of(encoder)[::-1]]
            names, depth, name = ", ".join(held), both[1].depth, user_text(decoder.name)
            about = {"count": len(held), "layer": decoder.name}
            said.append(message("grid.begins", names=names, n=depth, name=name, **about))
    return [*said, *(one for layer in (encoder, decoder) for one in own_letters(layer.tensors, layer.name))]


UNROLLED = Kind(
    "unrolled",
    "one recurrent layer at every time step, both directions if it has two, and the decoder it starts",
    parts.OneLayer,
    compose,
    own.refuse,
    bare=bare.unrolled,
    unable=own.no_bare_steps,
    loops=True,
    stepped=True,
    frames=("time",),
    view="chain.view-unrolled",
)
