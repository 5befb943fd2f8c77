"""One matrix, and what is said over it and of its part."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from lstmviz.figures.shared.calls import made
from lstmviz.figures.shared.claimed import called, parameter
from lstmviz.figures.shared.parts import packed_rows
from lstmviz.figures.weights.look import Look
from lstmviz.figures.weights.plan import Block, Matrix, Order, WeightedStage
from lstmviz.layout.boxes import Item, line, lines
from lstmviz.scene import ids
from lstmviz.scene.canvas import Canvas
from lstmviz.scene.claims import claim
from lstmviz.scene.items import GROUND, INK, Box, Tint, stroke_of
from lstmviz.scene.labels import EMPTY, TextLine, letters, math, words
from lstmviz.scene.labels import row as inline
from lstmviz.translation.messages import message, user_text

BODY = Tint("param.fill", "ground", 0.35)
FORMULA = 320.0
"""The most that a count on one line takes, pt."""


def headed(part: WeightedStage, room: float, *more: TextLine) -> Item:
    """Return the name of a part, what it is, and what more is said of it; a long call on lines of its own."""
    title = _title(part)
    if title.width > room and part.called is not None:
        return lines(_called(part.stage), *made(part.called).lines(room), step=11)
    return line(inline(title, *more, gap=8), step=13)


def _called(stage: str) -> TextLine:
    """The name of a stage, before what it is."""
    line = words(user_text(f"{stage}:"), 8, font="bold")
    return replace(line, claims=(claim("called", stage, name=stage, span=(0, len(stage))),))


def _title(part: WeightedStage) -> TextLine:
    name = _called(part.stage)
    if part.layer is None:
        assert part.called is not None
        call = made(part.called).line(8)
        return call if part.stage in call.text else inline(name, call, gap=4)
    about: dict[str, Any] = {"layer": part.layer.name}
    if part.count > 1:
        ends = {"first": part.depth, "last": part.depth + part.count - 1}
        return inline(name, words(message("weights.layers", **ends, **about), 8), gap=4)
    if part.layer.num_layers == 1:
        return inline(name, words(message("weights.one-layer", **about), 8), gap=4)
    return inline(name, words(message("layer.nth", n=part.depth, **about), 8), gap=4)


def _label(block: Block) -> TextLine:
    drawn = math(block.letter, block.sub, size=8.5)
    return drawn.claiming(claim("block", drawn.text, letter=block.letter, read=block.read, gate=block.gate))


def key_of(part: WeightedStage, matrix: Matrix, look: Look) -> TextLine:
    """What torch, or another framework, calls a matrix."""
    name = matrix.key.rpartition(".")[2] if part.layer else matrix.key
    if matrix.tensor is None:
        about: dict[str, Any] = {"order": look.order, "stage": part.stage, "key": matrix.key}
        about |= {"name": name, "shape": f" {matrix.shape}" if matrix.shape else ""}
        return words(message("weights.key", **about), 7, font="mono")
    own = part.layer is None and matrix.tensor is not None and matrix.tensor.name == name
    return parameter(part.stage, name) if own else called(name)


def write_blocks(
    canvas: Canvas, part: WeightedStage, matrix: Matrix, boxes: Sequence[Box], look: Look
) -> None:
    """Write the names of a matrix's blocks in them, where all have room and no shades are."""
    named = [*zip(map(_label, matrix.blocks), boxes, strict=False)]
    share = 0.6 if look.cut(matrix)[0] and not matrix.across else 1.0
    room = all(
        label.width + 2 <= share * (box[2] - box[0]) and label.ascent + label.descent - 1 <= box[3] - box[1]
        for label, box in named
    )
    if not room or f"{part.stage}.{matrix.key}" in look.shades:
        return
    for label, (x0, y0, x1, y1) in named:
        foot = (y0 + y1) / 2 + (label.ascent - label.descent) / 2
        canvas.text(label, x0 + (x1 - x0) * (0.35 if share < 1 else 0.5), foot, "middle", role="param",
                    at=(x0, y0, x1, y1))  # fmt: skip


def paint(canvas: Canvas, part: WeightedStage, matrix: Matrix, look: Look, box: Box) -> list[Box]:
    """Draw a matrix, its blocks, and dots where it is cut; give the boxes of the blocks."""
    name = f"{part.stage}.{matrix.key}"
    cut, shaded = look.cut(matrix), look.shades.get(name)
    members: list[str] = []
    boxes: list[Box] = []
    for at, block in enumerate(matrix.blocks if len(matrix.blocks) > 1 else ()):
        inner, members = _block(matrix, box, at), [*members, ids.named(name, block.key)]
        canvas.node(
            members[-1], "param", inner, None, line=0.6, hollow=True
        )  # dots, lines and shades are seen
        boxes.append(inner)
    fill = GROUND if shaded else BODY
    tensor = {"tensor": matrix.tensor.name, "shape": matrix.tensor.sizes} if matrix.tensor else {}
    canvas.frame(name, "param", box, line=1.0, fill=fill, members=tuple(members), **tensor)
    if shaded is not None:
        canvas.plot(replace(shaded, box=box))
        for inner in boxes or [box]:
            canvas.box(inner, stroke=INK, line=0.7, z=12)
    tint, middle = stroke_of("param"), ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)
    for at in range(max(1, len(members)) if cut[0] and not matrix.across else int(cut[0])):
        inner = _block(matrix, box, at) if members else box
        canvas.dots(box[0] + 0.75 * (box[2] - box[0]), (inner[1] + inner[3]) / 2, tint, r=0.9)
    if cut[1]:
        canvas.dots(middle[0], middle[1], tint, down=True, r=min(0.9, (box[2] - box[0]) / 4))
    return boxes


def _block(matrix: Matrix, box: Box, at: int) -> Box:
    """Return the place of a block: an equal share of the rows, or of the columns."""
    x0, y0, x1, y1 = box
    wide, high = ((side / len(matrix.blocks)) for side in (x1 - x0, y1 - y0))
    if matrix.across:
        return (x0 + at * wide, y0, x0 + (at + 1) * wide, y1)
    return (x0, y0 + at * high, x1, y0 + (at + 1) * high)


def count_of(part: WeightedStage, look: Look) -> Item:
    """Return the count: in letters, in numbers, and what it comes to, each on a line where it must be."""
    mode = look.options.shapes
    plain = part.formula.plain
    asked = ["total"] if mode == "off" else []
    asked = asked or [*(["symbols"] if mode != "numbers" and not plain else []),
                      *(["numbers"] if mode != "symbols" or plain else []), "total"]  # fmt: skip
    if asked[-2:] == ["numbers", "total"] and part.formula.write("numbers") == part.formula.write("total"):
        asked.remove("numbers")
    if part.layer is not None and part.layer.bidirectional and asked != ["total"]:  # the table counts one
        asked.insert(-1, "each")
    pieces = [formula(part, said, look.order) for said in asked]
    first, *others = [piece for piece in pieces[:-1] if piece.width + 9 <= look.room] + pieces[-1:]
    equal = [piece for other in others for piece in (letters("=", 9), other)]
    whole = inline(first, *equal, gap=4)
    if whole.width <= min(look.room, FORMULA):
        return line(whole, step=12.0)
    rest = packed_rows([inline(*equal[i : i + 2], gap=4) for i in range(0, len(equal), 2)], look.room, 4)
    return lines(first, *rest, step=12.0)


def numbers_of(part: WeightedStage, matrix: Matrix) -> TextLine:
    """Return how many numbers a matrix has, as the sum of all adds them."""
    if matrix.tensor is None:
        return EMPTY
    about = {"of": part.stage, "name": matrix.tensor.name, "count": matrix.rows * matrix.columns}
    return words(message("weights.numbers", **about), 9, font="roman")


def formula(part: WeightedStage, said: Any, order: Order, size: float = 9) -> TextLine:
    """Return the count of a part in letters, in numbers, or what it comes to."""
    text = part.formula.write(said)
    facts = {"of": part.stage, "depth": part.depth, "order": order, "said": said}
    whole = {"times": part.formula.times, "terms": part.formula.terms, "rest": part.formula.rest}
    return letters(text, size).claiming(claim("formula", text, **facts, **whole))
