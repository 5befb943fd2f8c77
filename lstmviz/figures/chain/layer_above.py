"""The layer over an unrolled one, as a strip: what it reads, and what begins it."""

from __future__ import annotations

from lstmviz.figures.chain import facts
from lstmviz.figures.chain import rows as chain_rows
from lstmviz.figures.chain.plan import OUT, Chain
from lstmviz.figures.shared import claimed, parts, state_looks
from lstmviz.scene import ids, labels
from lstmviz.scene.canvas import Canvas
from lstmviz.scene.items import Box, fill_of, stroke_of

RISE = 16.0
"""From the states of a layer up to the strip, past their tabs, pt."""
HIGH = 17.0
"""How high the strip is, pt; with two states that begin it, `PAIR` more."""
PAIR = 18.0
RISES = 30.0
"""From the strip to the states that come out of it, pt."""


def over(canvas: Canvas, chain: Chain, *, begun: bool) -> None:
    """The strip that stands for all cells of the next layer: each step's h goes into it.

    With `begun` its initial states are drawn as well: another layer's last ones begin it.
    """
    part = chain.part
    x0, y0, x1, y1 = _box(chain, begun=begun)
    said = _words(chain, x1 - x0)
    wider = max(0.0, said.width + 8 - (x1 - x0)) / 2
    x0, x1 = x0 - wider, x1 + wider
    box = (x0, y0, x1, y1)
    depth = part.depth + 1
    if not begun:
        _comes_out(canvas, chain, y0)
    strip = ids.at("layer", depth, prefix=part.prefix)
    more = {"outline": "round", "line": 0.75, "fill": fill_of("param", 0.72)}
    canvas.node(strip, "param", box, said, **more)
    for step in chain.steps:
        x, top = chain.columns[step], chain.ys[0] - parts.CHIP / 2
        source = ids.at("h", part.depth, step=step, prefix=part.prefix)
        canvas.edge(ids.end(source, "up"), (source, strip), "hidden", [(x, top), (x, y1)], line=1.5)
    for state, dy in chain.ports() if begun else ():
        y, base, role = (y0 + y1) / 2 + dy, state.letter, state.role
        id_ = ids.state(base, "0", depth, "fwd", prefix=part.prefix)
        tensor = part.layer.tensor(f"{base}_0")
        place = claimed.kept_at(part.layer, tensor.name, depth)
        name = claimed.state(part.layer, base, 0, "fwd", depth) if part.full else place.line()
        told = {"tensor": tensor.name, "shape": tensor.sizes, "wide": chain.chip}
        node = parts.chip(canvas, id_, role, (chain.chip / 2, y), name, **told)
        if part.full:
            parts.index_tab(canvas, place, role, node.box, below=dy > 0)
        canvas.edge(
            ids.end(id_, "next"), (id_, strip), role, [(chain.chip, y), (x0, y)], **parts.line_style(base)
        )


def _comes_out(canvas: Canvas, chain: Chain, low: float) -> None:
    """What comes out at the end of all layers: `output`, with the states of the last one."""
    part, y = chain.part, low - RISES
    top, tensor = part.layer.num_layers - 1, part.layer.tensor("output")
    told = {"tensor": "output", "shape": tensor.sizes}
    look = {"fill": state_looks.output_fill(unread=part.unread), "stroke": stroke_of("hidden")}
    names = {step: ids.at("output", step=step, prefix=part.prefix) for step in chain.steps}
    for step, x in chain.columns.items():
        held = [claimed.state(part.layer, "h", step, lane, top) for lane in part.layer.ways]
        wide = chain.chip if len(held) > 1 else max(26.0, held[0].width + 6)
        node = parts.pair(canvas, names[step], "output", (x, y), held, wide=wide, **look, **told)
        up = [(x, low), (x, node.box[3])]
        canvas.line(up, stroke=stroke_of("hidden"), line=1.5, head=5, role="output")
    x0, _, x1, _ = chain_rows.frame_box(chain, "output")
    frame = state_looks.output_frame(unread=part.unread) | told
    box, members = (x0, y - OUT, x1, y + OUT), tuple(names.values())
    canvas.frame(f"{part.prefix}output", "output", box, members=members, **frame)
    for gap in chain.gaps:
        canvas.dots(gap, y, stroke_of("hidden"), r=1.2)
    canvas.text(facts.upper(part), x0, y - OUT - 6.5, role="output")


def _box(chain: Chain, *, begun: bool) -> Box:
    """Over the states of all steps; what begins it stands at its left as it does at the cells'."""
    low = chain.ys[0] - parts.CHIP / 2 - RISE
    high = HIGH + (PAIR if begun and chain.part.layer.has_cell_state else 0.0)
    return (chain.chip + chain.lead, low - high, chain.width - chain.chip - chain.lead, low)


def _words(chain: Chain, room: float) -> labels.TextLine:
    """``layer 1``, and what its input passes on the way, where there is room."""
    layer, n, tint = chain.part.layer, chain.part.depth + 1, stroke_of("param")
    last = layer.num_layers - 1
    which, more = ("strips", {"n": n, "last": last}) if last > n else ("strip", {"n": n})
    ends = ("-alike-dropped", "-dropped", "-alike", "") if layer.dropout else ("-alike", "")
    texts = [
        facts.tell(chain.part, f"{which}{end}", **more | ({"p": layer.dropout} if "drop" in end else {}))
        for end in ends
    ]
    lines = [claimed.deep(labels.words(text, 7, tint=tint), layer, n) for text in texts]
    return next((line for line in lines if line.width <= room - 6), lines[-1])
