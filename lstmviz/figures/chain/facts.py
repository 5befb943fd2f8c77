"""What is said around the drawing of one layer: shapes, lessons, sentences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from lstmviz.figures.base import stacked_tag
from lstmviz.figures.chain import rows as chain_rows
from lstmviz.figures.chain.formula import listed, same_weights
from lstmviz.figures.chain.plan import Chain
from lstmviz.figures.shared import claimed, legend, parts
from lstmviz.figures.shared import lessons as equations
from lstmviz.figures.shared.captions_below import Foot
from lstmviz.figures.shared.legend import Entry
from lstmviz.figures.shared.other_layers import within
from lstmviz.figures.shared.parts import DrawnLayer
from lstmviz.figures.shared.sentences import about, begun, shapes_of, states_begun
from lstmviz.figures.shared.swatches import Swatch
from lstmviz.network.structure import Recurrent, Tensor
from lstmviz.scene import ids, labels
from lstmviz.scene.canvas import Canvas
from lstmviz.scene.code import Code
from lstmviz.scene.items import MUTED
from lstmviz.scene.labels import TextLine
from lstmviz.translation.messages import Message, joined, message, user_text

LINE = 12.0
"""From one line of facts to the next, pt."""


def step_tensors(part: DrawnLayer) -> list[tuple[tuple[str, ...], Tensor]]:
    """What one step reads and hands on, without the axis of time or of layers."""
    layer = part.layer
    time = layer.time_axis
    states = [(base, parts.without_axis(layer.tensor(f"{base}_n"), 0)) for base in layer.state_letters]
    found: list[tuple[tuple[str, ...], Tensor]] = []
    if part.depth == 0:
        found.append((("x",), parts.without_axis(layer.tensor("input"), time)))
    if layer.bidirectional and (part.depth or part.top):  # read from the layer below, or given out
        found.append((("output",), parts.without_axis(layer.tensor("output"), time)))
    if len(states) > 1 and states[0][1].sizes == states[1][1].sizes:
        return [*found, (("h", "c"), states[0][1])]
    return [*found, *(((base,), tensor) for base, tensor in states)]


def step_shapes(part: DrawnLayer) -> list[TextLine]:
    """The same as lines of text: ``each x_t (N, F) = (6, 3)``."""
    lines = []
    for bases, tensor in step_tensors(part):
        names = [claimed.each(part.layer, base) for base in bases]
        if bases == ("output",):  # one step of `output` has no letter of its own: both h side by side
            both = [claimed.each(part.layer, "h", way) for way in ids.WAYS]
            names = [labels.row(*both, gap=4)]
        each = labels.words(message("layer.each"), 7, tint=MUTED)
        lines.append(parts.named_shape([each, listed(names)], tensor, part.options))
    return lines


def whole_shapes(part: DrawnLayer) -> list[TextLine]:
    """The states' tensors: ``h_0, h_n (L, N, H) = (1, 6, 16)``, and that N is never first."""
    layer = part.layer
    lines: list[TextLine] = []
    h = parts.states_tensor(layer, "h_n")
    same = layer.has_cell_state and parts.states_tensor(layer, "c_n").sizes == h.sizes
    for bases, tensor in _groups(part, h, same=same):
        names = [claimed.named(part.layer, f"{b}_{i}") for i in "0n" for b in bases]
        each = labels.words(message("layer.each"), 7, tint=MUTED)
        lines.append(parts.named_shape([listed(names), each], tensor, part.options))
    if layer.batch_first and layer.batch_size is not None and not layer.states_from and lines[-1].runs:
        lines.append(labels.words(message("layer.never-first", layer=layer.name), 7, tint=MUTED))
    return lines


def _groups(part: DrawnLayer, h: Tensor, *, same: bool) -> list[tuple[str, Tensor]]:
    if same or not part.layer.has_cell_state:
        return [(part.layer.state_letters, h)]
    return [("h", h), ("c", parts.states_tensor(part.layer, "c_n"))]


def lessons(part: DrawnLayer) -> list[TextLine]:
    """Where the last of `output` is found in `h_n`; not for a packed batch, whose ends differ."""
    if not part.top or part.layer.lengths is not None:
        return []
    return [one.line() for one in equations.output_equations(part.layer)]


def around(canvas: Canvas, drawn: Chain, **more: Any) -> float:
    """The tensors' names above and below, and time; gives the y where facts may go on.

    Where something stands on `output`, it is `covered`: only its name has room.
    `room` is the width for words, if something else stands beside the chain,
    `limit` the furthest that they may reach.
    """
    part, layer = drawn.part, drawn.part.layer
    covered = more.get("covered", False)
    top, low = chain_rows.frame_box(drawn, "output"), chain_rows.frame_box(drawn, "input")
    wide = not part.narrow and not layer.bidirectional
    x0, x1 = (low[0], max(low[2], low[0] + 240.0)) if wide else (0.0, max(drawn.width, 219.0))
    if "room" in more:
        x0, x1 = 0.0, more["room"]
    x1 = min(x1, more.get("limit", x1))
    unread = [equations.in_vain(layer)] if part.unread else []
    above = [] if covered or not part.top else [upper(part), *(unread or lessons(part))]
    if more.get("onward") and not part.top:
        canvas.text(parts.goes_up(part), top[2] + 1, drawn.ys[0] + 2.5)
    if covered:
        lines = [claimed.named(layer, "output"), *shape_beside(drawn)]
        for i, line in enumerate(lines):
            y = (top[1] + top[3]) / 2 + 2.5 + (i - (len(lines) - 1) / 2) * LINE
            canvas.text(line, top[0] - 5, y, "end", role="output")
    for i, line in enumerate(reversed(parts.packed_rows(above, x1 - x0))):
        canvas.text(line, min(low[0], max(x0, x1 - line.width)), top[1] - 6.5 - i * LINE)
    y = low[3] + (12.0 if part.depth == 0 else 6.0)
    for line in parts.packed_rows(_lower(part, min(x1 - x0, 400.0)), x1 - x0):
        canvas.text(line, min(low[0], max(x0, x1 - line.width)), y)
        y += LINE
    parts.time_arrow(canvas, low[0], max(low[2], low[0] + 78.0), y + 2, layer, drawn=part.steps)
    return y + 21


def shape_beside(drawn: Chain) -> list[TextLine]:
    """The shape of `output` as it stands left of its frame, over the first states; nothing without room."""
    room = chain_rows.frame_box(drawn, "output")[0] - 5 + drawn.beside
    tensor = drawn.part.layer.tensor("output")
    return stacked_tag(tensor, drawn.part.options, room, 8) or stacked_tag(
        tensor, drawn.part.options, room, 7
    )


def covered(drawn: Chain) -> list[Entry]:
    """What stands over `output` where there is room: its shape, if it is not beside it, what is in h_n."""
    over = [] if shape_beside(drawn) else [upper(drawn.part)]
    told = lessons(drawn.part) if drawn.part.full else []  # what is last in `output` has no room there
    return legend.plain([*over, *told], drawn.part.layer.name)


def upper(part: DrawnLayer) -> TextLine:
    """``output (T, N, H) = (5, 6, 16)``."""
    return parts.named_shape([claimed.named(part.layer, "output")], part.layer.tensor("output"), part.options)


def _lower(part: DrawnLayer, room: float) -> list[TextLine]:
    if part.depth == 0:
        name = claimed.named(part.layer, "input")
        return [parts.named_shape([name], part.layer.tensor("input"), part.options)]
    text = _reads_below(part)
    return [labels.words(line, 7, tint=MUTED) for line in labels.wrap(text, room, 7)]


def _reads_below(part: DrawnLayer) -> Message:
    """That a layer reads the h of the one below, of both directions, after dropout."""
    layer, nothing = part.layer, user_text("")
    dropped, both = nothing, nothing
    if layer.dropout:
        dropped = tell(part, "dropped", p=layer.dropout)
    if layer.bidirectional:
        both = tell(part, "both", n=layer.tensor("output").sizes[-1])
    return tell(part, "reads-below", n=part.depth, below=part.depth - 1, dropped=dropped, both=both)


def below(canvas: Canvas, layers: Sequence[DrawnLayer], y: float, width: float, **more: Any) -> float:
    """Lines of facts from `x0` under a drawing; gives the last y.

    `rows` are entries about what stands on the layers, `said` more sentences;
    with `rolled` nothing else is drawn; `whole` are tensors without a frame, named here.
    """
    rows: list[Entry] = list(more.get("rows", ()))
    named, alone = len(layers) > 1, more.get("rolled", False)
    rows = rows if named else [replace(row, name="") for row in rows]
    shapes = [e for p in layers for e in _shapes(p, p.layer.name if named else "", more.get("whole", ()))]
    without: list[Swatch] = ["zeros", "step"] if alone else ["zeros"]  # white chips say it themselves
    without += [] if any(part.top for part in layers) and not alone else ["output"]
    without += [] if any(part.depth == 0 for part in layers) else ["input"]
    told = remarks(layers, alone=alone and not layers[0].layer.bidirectional)
    quiet: list[Message] = [
        *(within(layers) if len(layers) > 1 else []),  # of one it stands over the drawing
        *{one.text: one for part in layers for one in notes(part, several=named, rolled=alone)}.values(),
        *([states_begun(layers[0].layer)] if layers[0].layer.made_of and not named else []),
        *more.get("said", ()),
        *([] if layers[0].full else own_weights(layers)),
        *([message("layer.counting")] if layers[0].options.legend != "off" else []),
    ]
    foot = Foot([*shapes, *rows] if named else [*rows, *shapes], told, quiet)
    at = (more.get("x0", 0.0), y - legend.LINE)
    return foot.write(canvas, [part.layer for part in layers], layers[0].options, at, width, without=without)


def _shapes(part: DrawnLayer, name: str, whole: Sequence[str]) -> list[Entry]:
    """The shapes of one layer's tensors, those of the `whole` that has no frame, and of one step of them."""
    ends = [
        parts.named_shape([claimed.named(part.layer, tensor)], part.layer.tensor(tensor), part.options)
        for tensor in whole
    ]
    if ends and not part.top:
        said = message(
            f"chain.output-of{'-both' * part.layer.bidirectional}",
            n=part.layer.num_layers - 1,
            layer=part.layer.name,
        )
        ends[-1] = labels.row(ends[-1], labels.words(said, 7, tint=MUTED), gap=5)
    steps = step_shapes(part) if part.full else []
    return legend.plain([*ends, *steps, *whole_shapes(part)], name)


def remarks(drawn: Sequence[DrawnLayer], *, alone: bool = False) -> list[Entry]:
    """What the picture means: a box, or the one `alone`, is the whole layer; its weights stay the same."""
    part, layer = drawn[0], drawn[0].layer
    box = "layer.box-one" if alone else "layer.box"
    whole = message(box, type=layer.type.upper(), units=layer.hidden_size, layer=layer.name)
    same, *formula = same_weights(part, several=len(drawn) > 1)
    theirs = [labels.words(one, 7) for one in own_weights(drawn)] if part.full else []
    return [Entry((labels.words(whole, 7),)), Entry((same, *theirs)), *legend.plain(formula)]


def own_weights(drawn: Sequence[DrawnLayer]) -> list[Message]:
    """Which of what is drawn has weights of its own: θ and θ′ in the boxes."""
    layer = drawn[0].layer
    own = [message("layer.own-way", layer=layer.name)] if layer.bidirectional else []
    if drawn[-1].second:
        names = {"encoder": user_text(layer.name), "decoder": user_text(drawn[1].layer.name)}
        own.append(message("layer.own-pair", **names))
    return own


def notes(part: DrawnLayer, *, several: bool = False, rolled: bool = False) -> list[Message]:
    """What is said more quietly of one layer: where it starts, and where it ends."""
    layer = part.layer
    told = [about(layer, "layer.reverse-from-T")] if layer.bidirectional else []
    if layer.lengths is not None and not rolled:  # a loop says it at its states
        told.append(message(f"layer.longest{'-of-two' * layer.bidirectional}", layer=layer.name))
    if layer.states_from and not several:
        name, giver = user_text(layer.name), user_text(layer.states_from)
        told.append(message("layer.continues", name=name, giver=giver, layer=layer.name))
    return told


def subtitle(part: DrawnLayer) -> tuple[str, tuple[Code, ...]]:
    """The constructor call, and it as code."""
    return parts.call(part.layer), (parts.made(part.layer),)


def tell(part: DrawnLayer, id: str, **given: Any) -> Message:
    """Return a message about the layer that is drawn."""
    return about(part.layer, f"chain.{id}", **given, depth=part.depth)


def same(part: DrawnLayer) -> Message:
    """Say that every step has the same weights."""
    return message("chain.same", layer=part.layer.name)


def shapes_words(part: DrawnLayer) -> Message:
    """Every tensor with its shape, as a sentence."""
    return message("layer.shapes", shapes=shapes_of(part.layer))


def handed(part: DrawnLayer) -> Message:
    """What passes from step to step, in words."""
    return tell(part, "both-states" if part.layer.has_cell_state else "one-state")


def _begun(layer: Recurrent) -> Message:
    return begun(layer, zeros="layer.zeros", of="layer.those-of")


def some(part: DrawnLayer, steps: Sequence[int], *, all_: bool) -> Message:
    """Which steps are drawn, if not all are."""
    return user_text("") if all_ else tell(part, "some", steps=", ".join(map(str, steps)))


def _read(part: DrawnLayer) -> Message:
    return tell(part, "below", n=part.depth - 1) if part.depth else tell(part, "x")


def unrolled(drawn: Chain) -> Message:
    """The sentences that describe an unrolled layer."""
    part, layer = drawn.part, drawn.part.layer
    shown = some(part, drawn.steps, all_=not drawn.gaps)
    told = [tell(part, "aloud-unrolled", subject=_subject(part), n=layer.timesteps, some=shown)]
    goes: dict[str, Any] = {} if part.top else {"n": part.depth + 1}
    up = "aloud-output" if part.top else "aloud-upward"
    told += [tell(part, up, read=_read(part), handed=handed(part), **goes)]
    told += [tell(part, "aloud-begun", begun=_begun(layer))]
    told += [tell(part, "aloud-second-set")] if layer.bidirectional else []
    return joined(" ", *told, shapes_words(part))


def rolled(part: DrawnLayer) -> Message:
    """The sentences that describe a rolled layer."""
    layer = part.layer
    told = [tell(part, "aloud-rolled", subject=_subject(part), read=_read(part), handed=handed(part))]
    if equations.ragged(layer):
        told += [tell(part, "aloud-ends-ragged", begun=_begun(layer))]
    else:
        told += [tell(part, "aloud-ends", begun=_begun(layer), n=layer.timesteps)]
    told += [tell(part, "aloud-second-cell")] if layer.bidirectional else []
    return joined(" ", *told, shapes_words(part))


def _subject(part: DrawnLayer) -> Message:
    """The layer in words: ``Layer 0 of 2 in a bidirectional LSTM with 16 units``."""
    layer = part.layer
    article = "a-bidirectional" if layer.bidirectional else "a" if layer.type == "gru" else "an"
    kind = message(f"cell.{article}", type=layer.type.upper(), layer=layer.name)
    more = {"kind": kind, "units": layer.hidden_size}
    if layer.num_layers == 1:
        return tell(part, "subject-one", **more)
    return tell(part, "subject", n=part.depth, count=layer.num_layers, **more)
