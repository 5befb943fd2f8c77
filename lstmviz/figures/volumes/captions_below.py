"""What stands at the foot of a `volumes` figure, and what is read aloud in its place."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from lstmviz.figures.base import Options, respell
from lstmviz.figures.shared.calls import class_of
from lstmviz.figures.shared.caption import under_figure
from lstmviz.figures.shared.claimed import called
from lstmviz.figures.shared.parts import packed_rows
from lstmviz.figures.volumes.labels import Voice, tail, uniform, window_text
from lstmviz.figures.volumes.leading import lead_of
from lstmviz.figures.volumes.plan import SHEETS, Form, Move, small
from lstmviz.network.structure import Tensor
from lstmviz.scene import labels
from lstmviz.scene.canvas import Canvas
from lstmviz.scene.items import MUTED
from lstmviz.scene.labels import TextLine, row, words
from lstmviz.spec.layer_types import RECURRENT
from lstmviz.translation.messages import Message, joined, message, user_text

FEW = 12
"""Of more moves than this the description only counts."""


def shared_lines(moves: Sequence[Move], options: Options, voice: Voice) -> list[Message]:
    """What is left out over the arrows, because it is the same at each of them."""
    said = []
    for name in sorted(voice.shared - voice.silent):
        one = next(m for m in moves if class_of(m.lead) == name)
        named, follows = (", ".join(part) for part in tail(one))
        given: dict[str, Any] = {"cls": name}
        given |= {"given": named} if named else {}
        given |= {"follows": follows} if follows else {}
        if named or follows:
            how = ("each-then" if named else "each-only-then") if follows else "each"
            said.append(message(f"volumes.{how}", **given))
    if voice.level == "terse" and options.detail == "full" and any(m.weight for m in moves):
        said.append(message("volumes.under"))
    return said


def foot_lines(canvas: Canvas, moves: Sequence[Move], options: Options, width: float) -> list[TextLine]:
    """What the input is, what of it is drawn, and to which scale: that may also stand in the caption."""
    first = moves[0].source
    found: list[TextLine] = []
    told: list[Message] = []
    found += _given(first, options, width)
    if len(first.tensor.sizes) > len(first.sizes):
        told.append(_one(moves, first.tensor))
    forms = [first, *(move.target for move in moves)]
    if any(one.kind == "maps" and one.sizes[0] > one.sheets for one in forms):
        one_image = bool(told) and told[0].id == "volumes.one-image"
        told = [message(f"volumes.{'one-image-' if one_image else ''}at-most", n=SHEETS), *told[one_image:]]
    told += [message("volumes.alike")] if any(m.times > 1 for m in moves) else []
    usual = [*_left_out(moves), message("volumes.scale"), *_larger(moves, options)]
    told += under_figure(canvas, usual, options)
    lines = [words(part, tint=MUTED) for one in told for part in _broken(one, width)]
    return packed_rows([*found, *lines], width)


def _broken(said: Message, width: float) -> list[Message]:
    """A sentence that is wider than the page broken into lines."""
    return [said] if labels.wide(said, 7) <= width else labels.wrap(said, width, 7)


def _one(moves: Sequence[Move], given: Tensor) -> Message:
    """What is drawn of the batch: one image, or one frame of all that a layer reads."""
    steps = dict(zip(given.symbols, given.sizes, strict=True)).get("T")
    if steps is None:
        return message("volumes.one-image")
    reader = next((m.lead.name for m in moves if m.lead.type in RECURRENT), None)
    if reader is None:
        return message("volumes.frame", steps=steps)
    return message("volumes.frame-read", steps=steps, reader=user_text(reader), layer=reader)


def _left_out(moves: Sequence[Move]) -> list[Message]:
    """Where pooling leaves out rows or columns, because they do not fill a window: said once."""
    for move in moves:
        if move.window is None or move.lead.type not in {"max_pool2d", "avg_pool2d"}:
            continue
        (high, wide), (rows, columns) = move.source.plane, move.target.plane
        if any(move.window.rest(axis, size) for axis, size in enumerate((high, wide))):
            sizes = {"high": high, "wide": wide, "rows": rows, "columns": columns}
            return [message("volumes.left-out", stage=move.lead.name, **sizes)]
    return []


def _larger(moves: Sequence[Move], options: Options) -> Iterator[Message]:
    """What the scale does not hold for, because it could not be seen."""
    forms = [moves[0].source, *(m.target for m in moves)]
    named = list(dict.fromkeys(shape_of(f) for f in forms if f.raised and f.sizes))
    told = [message("volumes.shape", shape=one) for one in named]
    if options.shapes in {"symbols", "off"}:
        told = [message("volumes.the-smallest")] if named else []
    told = [*told[:3], *[message("volumes.more")] * (len(told) > 3)]
    told += [message("volumes.windows")] * any(small(m) for m in moves)
    if told:
        yield message("volumes.larger", what=joined(", ", *told))


def _given(form: Form, options: Options, width: float) -> Iterator[TextLine]:
    """What the axes of the input are, in their order."""
    given = form.tensor
    if options.shapes == "off" or form.kind != "maps":
        return
    letters = [*(respell(symbol, options) for symbol in lead_of(given)), "C", "H", "W"]
    # H is the height here, and elsewhere the units: what is held against the run is the measured axis.
    tag = labels.shape(
        letters, given.sizes, mode="symbols", size=9, tint=MUTED, of="input", means=given.symbols
    )
    counted = {"N": "batch", "T": "time"}
    names = [*(counted[s] for s in lead_of(given) if s in counted), "channels", "height", "width"]

    if len(names) != len(letters):
        return
    name = row(called("input", tint=MUTED), words(user_text("="), 7, tint=MUTED), gap=3)
    axes = [words(message(f"axis.{one}"), 7, tint=MUTED) for one in names]
    by = words(user_text("×"), 7, tint=MUTED)
    parts = [axes[0], *(row(by, axis, gap=3) for axis in axes[1:])]
    if options.shapes != "numbers":
        whole = row(called("input", tint=MUTED), tag, words(user_text("="), 7, tint=MUTED), *parts, gap=3)
        parts = [whole] if whole.width <= width else [name, *parts]
    else:
        parts = [name, *parts]
    yield from packed_rows(parts, width, 3)


def kernel_text(moves: Sequence[Move], options: Options) -> list[Message]:
    """The lesson of one convolution: what a kernel makes of what, and the shape of those of one layer."""
    convs = [m for m in moves if m.lead.type.lower() == "conv2d" and m.weight and m.window]
    if not convs:
        return []
    same = uniform(moves).get("param")
    name = "volumes.kernel" if any(m.source.sizes[0] > 1 for m in convs) else "volumes.kernel-alone"
    plain = message(f"{name}-size", size=same) if same else message(name)
    if options.shapes in {"symbols", "off"}:
        return [plain]
    sizes = [m.weight.sizes for m in convs if m.weight]
    at = next((i for i, s in enumerate(sizes) if s[1] > 1 and len(set(s[:3])) == 3), 0)  # no two sizes alike
    weight, before = convs[at].weight, sum(move.times for move in convs[:at])
    assert weight is not None
    many, stage = weight.sizes[0], convs[at].lead.name
    alone = len(convs) == convs[0].times == 1
    which = message("volumes.the-conv" if alone else "volumes.nth-conv", n=before + 1, stage=stage)
    shape = labels.shape((), weight.sizes[1:], mode="numbers").text
    about = {"which": which, "shape": shape, "stage": stage}
    if many == 1:
        return [plain, message("volumes.kernel-of", **about)]
    return [plain, message("volumes.kernels-of", n=many, **about)]


def describe(moves: list[Move]) -> Message:
    """A sentence that reads the figure aloud."""
    shape = labels.shape((), moves[0].source.tensor.sizes, mode="numbers").text
    if len(moves) > FEW:
        what = message("volumes.aloud-counted", counts=_counted(moves), shape=shape_of(moves[-1].target))
    else:
        what = message("volumes.aloud-output", steps=joined("; ", *map(_step, moves)))
    conv = any(m.lead.type.lower() == "conv2d" for m in moves)
    lesson = message("volumes.lesson") if conv else user_text("")
    return joined(" ", message("volumes.aloud", shape=shape, what=what), lesson)


def _step(move: Move) -> Message:
    """What one move does, and the shape that it makes."""
    stages = (move.lead, *move.follows)
    done = [message("volumes.stage", name=class_of(one), stage=one.name) for one in stages]
    if move.window:
        size = window_text(move)
        done[0] = message("volumes.stage-window", name=class_of(move.lead), size=size, stage=move.lead.name)
    what = joined(" and ", *done)
    about = {"what": what, "shape": shape_of(move.target), "stages": tuple(one.name for one in stages)}
    if move.times > 1:
        return message("volumes.step-times", n=move.times, **about)
    return message("volumes.step", **about)


def _counted(moves: list[Move]) -> Message:
    counts: dict[str, int] = {}
    for move in moves:
        for stage in (move.lead, *move.follows):
            counts[class_of(stage)] = counts.get(class_of(stage), 0) + move.times
    return joined(", ", *(message("volumes.counted", n=n, cls=name) for name, n in counts.items()))


def shape_of(form: Form) -> str:
    """The shape of a form in numbers."""
    return labels.shape(form.symbols, form.sizes, mode="numbers").text
