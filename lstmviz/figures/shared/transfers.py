"""States handed from an encoder to its decoder: straight across, or round on lanes of their own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from lstmviz.figures.shared.made_states import ROW, Boxes, StateTransfer, made, way_of, ways
from lstmviz.figures.shared.parts import cut_at, line_style, states_of
from lstmviz.layout.crossings import merged
from lstmviz.network.handovers import entries_named
from lstmviz.network.structure import Recurrent, Trace
from lstmviz.scene import ids
from lstmviz.scene.canvas import Canvas
from lstmviz.scene.geometry import inflate
from lstmviz.scene.items import Box, Point, Tint
from lstmviz.scene.labels import EMPTY, TextLine, run_box, words, wrap
from lstmviz.translation.messages import Message, message, user_text

BESIDE = 22.0
"""From the encoder's last states to the decoder's first, side by side, pt."""
LANE, CLEAR = 4.5, 6.0
"""From one lane to the next, and the free space beside them, pt."""
OVER = 12.0
"""What ways over an encoder take beside it and beside its decoder, pt."""
CLOSE = (4.0, 4.0)
"""The same two where the page is narrow."""
HEAD = 12.0
"""The height of a title at the head of a frame, pt."""
PAD, QUIET = 2.0, Tint("muted", "ground", 0.6)
"""From what is drawn of an encoder or decoder to the frame around it, pt; that frame's colour."""
LINE, ROOM = 10.0, 5.0
"""From line to line of what is told of them; and the free space around, pt."""
HALF = 2.2
"""Half the opening of a lane that another one crosses, pt."""

Style = Callable[[str], dict[str, Any]]
"""How the line of a letter looks."""
Cuts = tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Side:
    """A recurrent layer as it is drawn: what its ids begin with, and which of its layers there are."""

    layer: Recurrent
    prefix: str
    depths: Collection[int]


def between(giver: Side, taker: Side) -> list[StateTransfer]:
    """The states handed over, the lowest first, as far as both their ends are drawn.

    Of what is made from several last states all of these are to be drawn.
    """
    ways, roles = (giver.layer.directions, taker.layer.directions), dict(states_of(taker.layer))
    found: list[StateTransfer] = []
    lacking = set()
    for one in sorted(taker.layer.handovers, key=lambda it: it.last[1]):
        ends = (*one.last, "n", giver, ways[0]), (*one.first, "0", taker, ways[1])
        names = [
            ids.state(letter, end, index // ways, ids.WAYS[index % ways], prefix=side.prefix)
            for letter, index, end, side, ways in ends
            if index // ways in side.depths
        ]
        if len(names) == len(ends):
            found.append(StateTransfer(names[0], names[1], one.first[0], roles[one.first[0]], one.through))
        elif one.through:
            lacking.add(one.first)
    return [one for one in found if _place(one.target, taker) not in lacking]


def _place(name: str, side: Side) -> tuple[str, int]:
    """The letter and index of a state that is drawn."""
    one = ids.read(name)
    return one.base[0], (one.layer or 0) * side.layer.directions + ids.WAYS.index(one.way)


def begun_depth(giver: Recurrent, taker: Recurrent, depth: int) -> int | None:
    """Which layer of a decoder the forward state of a layer of its encoder begins; None for none."""
    index = depth * giver.directions
    return next((one.first[1] // taker.directions for one in taker.handovers if one.last[1] == index), None)


@dataclass(frozen=True, slots=True)
class Lanes:
    """How many states go which way round, and how far apart."""

    count: Counter[str]
    lane: float = LANE
    clear: float = CLEAR
    pad: float = PAD
    """From what is drawn of a layer to its frame, pt; 0 without one."""

    def wide(self, *ways: str) -> float:
        """The width of the lanes of these ways beside what they pass."""
        count = sum(self.count[way] for way in ways)
        return self.clear + self.lane * (count - 1) if count else 0.0

    @property
    def room(self) -> float:
        """What all sides take of the page's width, and the frames around both layers."""
        return self.wide("ll", "lr") + self.wide("rl") + self.wide("lr", "rr") + 2 * self.pad


def lanes(ends: Iterable[StateTransfer], *, narrow: bool) -> Lanes:
    """The lanes for these states."""
    return Lanes(ways([*ends]), *(CLOSE if narrow else (LANE, CLEAR)))


def said_of(trace: Trace, decoder: Recurrent) -> list[Message]:
    """What the states are that are handed over: last ones begin a decoder, or are made into what does."""
    encoder = trace.layers[decoder.giver]
    about = {"giver": user_text(encoder.name), "taker": user_text(decoder.name), "layer": decoder.name}
    if decoder.all_handed:
        return [message("layer.hands-hc" if encoder.has_cell_state else "layer.hands-h", **about)]
    said = []
    for through in dict.fromkeys(one.through for one in decoder.handovers):
        own = [one for one in decoder.handovers if one.through == through]
        last = entries_named([one.last for one in own], "n")
        first = entries_named([one.first for one in own], "0")
        if through:
            facts = about | {
                "by": message("loop.through", **way_of(trace, through)),
                "count": first.count(",") + 1,
            }
            said.append(message("layer.makes", last=last, first=first, **facts))
        else:
            count = last.count(",") + 1
            said.append(message("layer.hands-entries", last=last, first=first, count=count, **about))
    return said


def words_about(trace: Trace, decoder: Recurrent, room: float) -> list[TextLine]:
    """The same in lines of `room` pt; what is made says itself how, in its box."""
    said = [one for one in said_of(trace, decoder) if one.id != "layer.makes"]
    return [words(part, 7) for one in said for part in wrap(one, room, 7)]


def straight(
    canvas: Canvas, ends: Sequence[StateTransfer], style: Style = line_style, told: Sequence[TextLine] = ()
) -> None:
    """Each state from its box to the one on the same level at its right, the words `told` of them below."""
    if not ends:  # those of a reverse direction alone are led over
        return
    boxes = {node.id: node.box for node in canvas.nodes}
    low = max((boxes[end.source] for end in ends), key=lambda box: box[3])
    middle = (low[2] + min(boxes[end.target][0] for end in ends)) / 2
    below = [box for box in boxes.values() if box[0] == low[0] and box[1] < low[3] + LINE]  # the other state
    foot = max(box[3] for box in below)
    for i, line in enumerate(told):
        canvas.text(line, middle, foot + LINE * (i + 1), "middle")
    for end in ends:
        a, b = boxes[end.source], boxes[end.target]
        y = (a[1] + a[3]) / 2
        _link(canvas, end, [(a[2], y), (b[0], y)], style=style)


def level(canvas: Canvas, ends: Sequence[StateTransfer], roof: float, told: Sequence[TextLine] = ()) -> None:
    """The states of one to the other beside it: straight what ends at the right, else over its `roof`."""
    forward = [end for end in ends if end.way == "rl"]
    straight(canvas, forward, told=told)
    over(canvas, [one for one in ends if one not in forward], roof, LANE)


def over(
    canvas: Canvas, ends: Sequence[StateTransfer], roof: float, lane: float, style: Style = line_style
) -> None:
    """States from the left of their layer, up and over all of it, to where they begin at the right.

    The lowest is the inmost, so that none crosses another.
    """
    boxes = {node.id: node.box for node in canvas.nodes}
    for k, end in enumerate(ends):
        a, b = boxes[end.source], boxes[end.target]
        y, to = (a[1] + a[3]) / 2, (b[1] + b[3]) / 2
        left, high, right = a[0] - lane * (k + 1), roof - lane * k, b[0] - lane * (len(ends) - k) - 2.0
        route = [(a[0], y), (left, y), (left, high), (right, high), (right, to), (b[0], to)]
        others = [list(edge.route) for edge in canvas.edges if edge.role in {"hidden", "cell"}]
        _link(canvas, end, route, _cuts(route, others), style=style)


def stacked(
    above: Canvas, below: Canvas, ends: Sequence[StateTransfer], lanes: Lanes, trace: Trace, *,
    style: Style = line_style, told: Sequence[TextLine] = (), titles: Sequence[TextLine] = (EMPTY, EMPTY),
    size: float = 7,
) -> float:  # fmt: skip
    """Put the decoder under its encoder, each in a frame, and lead each state round to where it begins.

    What begins on the side where it ended goes straight down, the others cross between the two, and on
    their lines stand the words that are `told` of them; what is made from others goes through a box
    of what is done. Gives how far the decoder has moved.
    """
    for canvas, title in zip((above, below), titles, strict=True):
        _headed(canvas, title)
    left, top, right, low = inflate(above.extent(), lanes.pad)
    x, y, end, foot = inflate(below.extent(), lanes.pad)
    plain = [one for one in ends if not one.through]
    own = Counter(one.way for one in plain)
    rows = max(own["rl"] + own["lr"] - 1, 0)
    lead = max([LINE, *(line.ascent + 2.0 for line in told)])
    gap = max(lanes.lane * rows + 2 * lanes.clear, (lead + 4.0) * len(told)) if plain or told else lanes.clear
    corridor = low + (gap - lanes.lane * rows) / 2
    boxes_at = low + gap
    gap += ROW * len(made(ends))
    across, drop = left + lanes.wide("rl") - x, low + gap - y
    below.move(across, drop)
    outer = end + across
    above.merge(below)
    for box in ((left, top, right, low), (x + across, y + drop, outer, foot + drop)):
        if lanes.pad:
            _framed(above, box)
    middle = (left + lanes.wide("rl") + right) / 2
    for i, line in enumerate(told):
        above.text(line, middle, (low + boxes_at) / 2 + 2.6 + lead * (i - (len(told) - 1) / 2), "middle")
    half = max((line.width for line in told), default=0.0) / 2 + ROOM
    boxes = {node.id: node.box for node in above.nodes}
    far = max(right + lanes.wide("rl"), outer) + lanes.clear
    sides = ((left - lanes.clear, right + lanes.clear), (left, far))
    routes = _routes(plain, boxes, lanes, (left, right, corridor, outer))
    lines = list(zip(plain, routes, strict=True))
    lines += Boxes(middle, boxes_at, lanes.lane, *sides, own).drawn(
        above, trace, ends, right - left - 40, size
    )
    for i, (one, route) in enumerate(lines):
        cuts = _cuts(route, [other for k, (_, other) in enumerate(lines) if k != i])
        if i < len(plain) and one.way in {"rl", "lr"}:
            cuts += (cut_at(route, (middle, route[2][1]), half),)
        _link(above, one, route, merged(cuts), style=style)
    return drop + lanes.pad


def _headed(canvas: Canvas, title: TextLine) -> None:
    """A title at the head of a drawing: left of what stands highest there, or over it."""
    left, top, _, _ = canvas.extent()
    boxes = [run_box(run) for text in canvas.texts for run in text.label.runs]
    boxes += [node.box for node in canvas.nodes] + [frame.box for frame in canvas.frames]
    ends = [box[0] for box in boxes if box[1] < top + HEAD]
    ends += [x for edge in canvas.edges for x, y in edge.route if y < top + HEAD]
    beside = left + title.width + 3.0 <= min(ends, default=0.0)
    canvas.text(title, left, top + HEAD - 5.0 if beside else top - 5.0)


def _framed(canvas: Canvas, box: Box) -> None:
    """A quiet frame, of single lines: a drawing made lower makes it lower."""
    x0, y0, x1, y1 = box
    for side in ([(x0, y0), (x1, y0)], [(x0, y1), (x1, y1)], [(x0, y0), (x0, y1)], [(x1, y0), (x1, y1)]):
        canvas.line(side, stroke=QUIET, line=0.75, z=-1)


def _routes(
    ends: Sequence[StateTransfer],
    boxes: dict[str, Box],
    lanes: Lanes,
    edges: tuple[float, float, float, float],
) -> Iterator[list[Point]]:
    """Where each state goes; of those that cross the lowest has the inmost lane at the encoder."""
    left, right, corridor, outer = edges
    ranks: Counter[str] = Counter()
    for end in ends:
        a, b = boxes[end.source], boxes[end.target]
        start = (a[2] if end.way[0] == "r" else a[0], (a[1] + a[3]) / 2)
        stop = (b[2] if end.way[1] == "r" else b[0], (b[1] + b[3]) / 2)
        out, ranks[end.way] = lanes.lane * ranks[end.way], ranks[end.way] + 1
        back = lanes.lane * (lanes.count[end.way] - 1) - out
        if end.way in {"ll", "rr"}:
            x = left - lanes.clear - out
            if end.way == "rr":
                x = max(right + lanes.wide("rl"), outer) + lanes.clear + out
            yield [start, (x, start[1]), (x, stop[1]), stop]
            continue
        first, y, last = right + lanes.clear + out, corridor + out, left + out
        if end.way == "lr":
            first, last = left - lanes.clear - out, outer + lanes.clear + back
            y += lanes.lane * lanes.count["rl"]
        yield [start, (first, start[1]), (first, y), (last, y), (last, stop[1]), stop]


def _cuts(route: list[Point], others: list[list[Point]]) -> Cuts:
    """Where a route's level stretches cross other routes' upright ones."""
    uprights = [(p, q) for other in others for p, q in pairwise(other) if p[0] == q[0]]
    found = []
    for (x0, y), (x1, y1) in pairwise(route):
        for (x, top), (_, low) in uprights if y == y1 else ():
            if min(x0, x1) < x < max(x0, x1) and min(top, low) < y < max(top, low):
                found.append(cut_at(route, (x, y), HALF))
    return tuple(sorted(found))


def _link(
    canvas: Canvas, end: StateTransfer, route: list[Point], cuts: Cuts = (), *, style: Style = line_style
) -> None:
    name = ids.arrow(end.source, end.target, end.role)
    canvas.edge(name, (end.source, end.target), end.role, route, cuts=cuts, radius=3.0, **style(end.letter))
