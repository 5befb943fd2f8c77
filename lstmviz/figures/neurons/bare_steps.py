"""The bare recurrent network: the same rows of units at a few steps, each hidden layer handing its state on.

Ids as in `figure`, but a layer hands on its states as a whole: its h from ``h.l0.fwd.t1.out`` to
``h.l0.fwd.t2.in``, all units to all, its c from ``c.l0.fwd.t1.out`` to ``c.l0.fwd.t2.in``, each to itself;
``h_0.l0.fwd`` begins and ``h_n.l0.fwd`` ends. The frame ``units.l0.fwd.t1`` holds a layer's units.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise, product
from typing import Any

from lstmviz.figures.base import Draft, Options, Subject
from lstmviz.figures.neurons.draw import Units, draw_units, fan
from lstmviz.figures.neurons.plan import Chain, recurrent_rows, shown_units
from lstmviz.figures.pages import Page
from lstmviz.figures.shared import bare, parts
from lstmviz.figures.shared.claimed import stepped
from lstmviz.figures.shared.lattice import FEW, few
from lstmviz.network.structure import Recurrent
from lstmviz.scene import ids, labels
from lstmviz.scene.canvas import Canvas
from lstmviz.scene.items import GROUND, MUTED, Role, Tint, fill_of, stroke_of
from lstmviz.translation.messages import Message, joined, message, user_text

PORT_WIDE = 0.5
FAINT = Tint("param.stroke", "ground", 0.35)
RISE, MORE, PORT = 62.0, 22.0, 6.5
"""From one row to the next; more where layers are left out; how far off the middle c and h leave, pt."""
PAD, MARK, AIR, DOTTED = 4.5, 10.0, 7.0, 30.0
"""From the units to the frame around them; the side of a state's mark; between words and what they name; the
least gap where steps are left out, pt."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """Radius of units, pitch of a row and its places, gap between two steps and before the first, pt."""

    r: float
    pitch: float
    slots: int
    gap: float
    lead: float

    @property
    def half(self) -> float:
        """Half the width of a full row with its frame."""
        return (self.slots - 1) / 2 * self.pitch + self.r + PAD


SIZES = (
    Sizes(9.5, 25.0, 4, 62.0, 30.0),
    Sizes(9.0, 23.0, 4, 46.0, 24.0),
    Sizes(8.0, 19.5, 4, 27.0, 10.0),
    Sizes(9.0, 23.0, 3, 40.0, 20.0),
    Sizes(7.0, 18.0, 3, 28.0, 14.0),
    Sizes(6.0, 15.5, 3, 26.0, 8.0),
)
"""The best first."""
LARGE = 1.16
"""Larger type than this is made smaller before units are left out."""


@dataclass(frozen=True, slots=True)
class Network:
    """What is drawn of a layer and of what stands on it, and where: y = 0 is the middle of the inputs."""

    canvas: Canvas
    layer: Recurrent
    prefix: str
    chain: Chain
    depths: tuple[int | None, ...]
    steps: tuple[int | None, ...]
    m: Sizes
    left: float
    """The room of the words at the left."""

    @property
    def layers(self) -> list[int]:
        """The layers that are drawn."""
        return [depth for depth in self.depths if depth is not None]

    @property
    def start(self) -> float:
        """The left edge of the first states."""
        return self.left

    @property
    def columns(self) -> dict[int, float]:
        """The middle of every step."""
        x, found = self.left + MARK + self.m.lead + self.m.half, dict[int, float]()
        for step in self.steps:
            if step is None:
                x += max(0.0, DOTTED - self.m.gap)
                continue
            found[step] = x
            x += 2 * self.m.half + self.m.gap
        return found

    @property
    def end(self) -> float:
        """The right edge of the last states."""
        return [*self.columns.values()][-1] + self.m.half + self.m.lead + MARK

    def level(self, depth: int) -> float:
        """The middle of a layer's units."""
        skipped = MORE * (None in self.depths and depth != self.layers[0])
        return -RISE * (self.layers.index(depth) + 1) - skipped

    def row(self, depth: int, step: int) -> Units:
        """A layer's units at a step."""
        shown = shown_units(self.layer.hidden_size, self.m.slots)
        at = (self.columns[step], self.level(depth))
        return Units(
            ids.at("h", depth, "fwd", step, prefix=self.prefix), "hidden", shown, at, self.m.pitch, self.m.r
        )

    def heads(self, step: int) -> list[Units]:
        """The rows of units on the layer at a step, from the lowest."""
        if self.chain.last and step != [*self.columns][-1]:
            return []
        rows, y = list(self.chain.rows[1:]), self.level(self.layers[-1])
        found = []
        for k, row in enumerate(rows):
            shown, at = shown_units(row.size, self.m.slots), (self.columns[step], y - RISE * (k + 1))
            found.append(Units(ids.at(row.id, step=step), row.role, shown, at, self.m.pitch, self.m.r))
        return found


def compose(subject: Subject, layer: Recurrent, options: Options, page: Page) -> Draft:
    """Three steps, or two where the page is narrow, of the first layer and the last."""
    prefix, chain = parts.prefix_of(subject.trace, layer), recurrent_rows(subject, layer)
    last = max(layer.lengths) if layer.lengths else layer.timesteps
    picked = tuple(d if d is None else d - 1 for d in few(layer.num_layers, 2))
    named = [line for told in _words(layer, picked) for line in told.text.split("\n")]
    left = max(labels.wide(user_text(line), bare.WORD) for line in named) + AIR
    tries = [few(last)] + ([few(last, 2)] if page.small else [])
    if options.whole:
        tries, picked = [tuple(range(1, last + 1))], tuple(range(layer.num_layers))
    for steps, sizes in product(tries, SIZES[:3] if page.scale > LARGE else SIZES):
        it = Network(Canvas(), layer, prefix, chain, picked, steps, sizes, left)
        if it.end <= page.inner - 4:
            break
    for step in it.columns:
        _step(it, step)
    for depth in it.layers:
        for base, role in parts.states_of(layer):
            _states(it, depth, base, role)
    _beside(it)
    return Draft(it.canvas, _told(it), parts.call(layer), (parts.made(layer),))


def _words(layer: Recurrent, depths: tuple[int | None, ...]) -> list[Message]:
    """What the rows are called."""
    if layer.num_layers == 1:
        return [message("neurons.layer-one", layer=layer.name)]
    return [_called(layer, depth) for depth in depths if depth is not None]


def _called(layer: Recurrent, depth: int) -> Message:
    about = {"n": depth, "layer": layer.name}
    if depth == layer.num_layers - 1 and layer.num_layers > FEW:
        return message("neurons.layer-last", **about)
    if depth < FEW:
        return message(f"neurons.layer-{depth + 1}", **about)
    return message("neurons.layer-n", nth=depth + 1, **about)


def _step(it: Network, step: int) -> None:
    """The ordinary network of one step."""
    given, x = it.layer.tensor("input"), it.columns[step]
    shown = shown_units(it.layer.input_size, it.m.slots)
    below = Units(ids.at("x", step=step, prefix=it.prefix), "input", shown, (x, 0.0), it.m.pitch, it.m.r)
    draw_units(it.canvas, below, _plain, tensor="input", shape=given.sizes)
    heads = it.heads(step)
    for depth in it.layers:
        units = it.row(depth, step)
        _frame(it, units, depth, step, output=depth == it.layers[-1] and len(it.chain.rows) == 1)
        if depth and depth - 1 not in it.layers:
            y = (units.middle[1] + below.middle[1]) / 2
            it.canvas.dots(x, y, MUTED, gap=6, r=1.5, down=True)
        else:
            fan(it.canvas, below.top(), units.foot(), stroke=FAINT, line=0.9)
        draw_units(it.canvas, units, _plain)
        below = units
    for units, row in zip(heads, it.chain.rows[1:], strict=False):
        fan(it.canvas, below.top(), units.foot(), stroke=FAINT, line=0.9)
        draw_units(it.canvas, units, _plain, tensor=row.tensor.name, shape=row.tensor.sizes)
        below = units
    label = labels.words(message("bare.step", n=step), bare.WORD, tint=MUTED)
    it.canvas.text(stepped(label, it.layer, step), x, it.m.r + 14, "middle")


def _plain(_: int) -> None:
    """No unit has a number."""


def _frame(it: Network, units: Units, depth: int, step: int, *, output: bool) -> None:
    """The border of a layer's units, with the places where its states come in and go out."""
    (x, y), half, high = units.middle, it.m.half, it.m.r + PAD
    members = tuple(units.id(unit) for unit in units.places)
    box = (x - half, y - high, x + half, y + high)
    look = {"radius": 8.0, "members": members, "fill": fill_of("hidden", 0.7)}
    if output:
        kept = {"tensor": "output", "shape": it.layer.tensor("output").sizes}
        it.canvas.frame(
            ids.at("output", step=step, prefix=it.prefix), "output", box, line=2.4, **kept, **look
        )
    else:
        it.canvas.frame(
            ids.at("units", depth, "fwd", step, prefix=it.prefix), "hidden", box, line=1.2, **look
        )
    for (base, _), (side, name) in product(parts.states_of(it.layer), ((-half, "in"), (half, "out"))):
        dy = _port(it, base)
        inner = x + side - side / half * PORT_WIDE
        edge = (min(x + side, inner), y + dy - 2, max(x + side, inner), y + dy + 2)
        port = ids.at(base, depth, "fwd", step, end=name, prefix=it.prefix)
        it.canvas.node(port, "cell" if base == "c" else "hidden", edge, outline="none")


def _port(it: Network, base: str) -> float:
    return 0.0 if not it.layer.has_cell_state else -PORT if base == "c" else PORT


def _states(it: Network, depth: int, base: str, role: Role) -> None:
    """One state along time, from the mark where it begins to the one where it ends."""
    y, half = it.level(depth) + _port(it, base), MARK / 2
    begin, end = (
        ids.state(base, "0", depth, "fwd", prefix=it.prefix),
        ids.state(base, "n", depth, "fwd", prefix=it.prefix),
    )
    zeros = not it.layer.states_given and not it.layer.states_from
    for name, x, fill in ((begin, it.start + half, GROUND if zeros else None), (end, it.end - half, None)):
        tensor = ids.read(name).base
        kept: dict[str, Any] = {"tensor": tensor, "shape": it.layer.tensor(tensor).sizes, "fill": fill}
        box = (x - half, y - half, x + half, y + half)
        it.canvas.node(name, role, box, line=1.4, **kept)
    ports = [(begin, it.start + MARK)]
    for step, x in it.columns.items():
        port = ids.at(base, depth, "fwd", step, prefix=it.prefix)
        ports += [(ids.end(port, "in"), x - it.m.half), (ids.end(port, "out"), x + it.m.half)]
    ports.append((end, it.end - MARK))
    shown = [*it.columns]
    gaps = [b - a > 1 for a, b in pairwise(shown)]
    for k, ((source, x0), (target, x1)) in enumerate(zip(ports[::2], ports[1::2], strict=True)):
        skips = 0 < k <= len(gaps) and gaps[k - 1]
        route = [(x0, y), (x1, y)]
        cuts = (parts.cut_at(route, ((x0 + x1) / 2, y), 8.0),) if skips else ()
        if skips:
            parts.line_dots(it.canvas, ((x0 + x1) / 2, y), role, double=base == "c")
        it.canvas.edge(
            ids.arrow(source, target), (source, target), role, route, cuts=cuts, **bare.style(base)
        )


def _beside(it: Network) -> None:
    """What the rows are called, what the ends are, which way time runs, what the lines are."""
    x = it.left - AIR
    bare.say(it.canvas, message("bare.input"), (x, 3.5), "end", tint=stroke_of("input"))
    rows = zip(it.layers, _words(it.layer, it.depths), strict=True)
    for depth, told in rows:
        y = it.level(depth) + 3.5 - told.text.count("\n") * bare.LEAD / 2
        bare.say(it.canvas, told, (x, y), "end", tint=stroke_of("hidden"))
    top = it.level(it.layers[-1])
    heads = len(it.chain.rows) - 1
    y = top - RISE * heads + 3.5 if heads else top - it.m.r - PAD - 7
    at = (next(iter(it.columns.values())), "middle") if not heads else (x, "end")
    said = message("bare.output" if heads or len(it.columns) == 1 else "bare.output-steps")
    bare.say(it.canvas, said, (at[0], y), at[1], tint=stroke_of("output"))
    _ends(it)
    xs = list(it.columns.values())
    y = it.m.r + 31.0
    bare.time_axis(it.canvas, xs[0] - 13, max(xs[-1] + 13, xs[0] + 60), y)
    states = parts.states_of(it.layer)
    more = {base: message(f"bare.{base}-goes", layer=it.layer.name) for base, _ in states}
    bare.key(it.canvas, states, (0.0, y + 19.0), more, it.end)


def _ends(it: Network) -> None:
    """The words at the marks of the first layer drawn."""
    low = it.level(it.layers[0]) + it.m.r + PAD + 11.0
    bare.say(it.canvas, message("neurons.start"), (it.start, low), "start")
    bare.say(it.canvas, message("neurons.final"), (it.end, low), "end")


def _told(it: Network) -> Message:
    """What is drawn, to be read aloud."""
    layer, drawn = it.layer, ", ".join(map(str, it.columns))
    about = {"drawn": drawn, "depth": layer.num_layers, "units": layer.hidden_size, "layer": layer.name}
    kinds = ["aloud-hands-c", "aloud-c-own"] if layer.has_cell_state else ["aloud-hands"]
    hands = [message(f"neurons.{kind}", layer=layer.name) for kind in kinds]
    return joined(" ", message("neurons.aloud-few", **about), *hands)
