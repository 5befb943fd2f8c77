"""The matrices of one part beside what is said of them, as items of the layout."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from lstmviz.figures.base import shape_tag
from lstmviz.figures.shared.calls import made
from lstmviz.figures.shared.claimed import called, named, parameter, symbol, weight
from lstmviz.figures.shared.parts import packed_rows
from lstmviz.figures.weights.look import Look
from lstmviz.figures.weights.plan import Block, Matrix, Order, WeightedStage
from lstmviz.figures.weights.values import bar
from lstmviz.layout.boxes import Item, fit, flow, line, lines, padded, row, stack
from lstmviz.scene import ids
from lstmviz.scene.canvas import Canvas
from lstmviz.scene.claims import claim
from lstmviz.scene.items import GROUND, INK, MUTED, Box, Tint, stroke_of
from lstmviz.scene.labels import EMPTY, TextLine, letters, math, words
from lstmviz.scene.labels import row as inline
from lstmviz.translation.messages import message, user_text

HEAD = 13.0
"""The room of the letter over a matrix, pt."""
NEXT = 5.0
"""The gap between two matrices, pt."""
BODY = Tint("param.fill", "ground", 0.35)
OTHER = Tint("param.fill", "ground", 0.65)
"""The fill of every second block."""
FORMULA, COUNT = 320.0, 150.0
"""The most that a count on one line takes, and its room over a part that is less wide, pt."""


def panel(part: WeightedStage, look: Look) -> Item:
    """Return a part of the model: its name, its matrices, their names, shapes and count."""
    sets = [_set(part, at, look) for at in range(len(part.sets))]
    beside = row(*sets, gap=20)
    drawn = stack(*sets, gap=12) if part.sets[0][0].across or beside.width > look.room else beside
    scale = bar(part, look.shades)
    drawn = drawn if scale is None else row(drawn, scale, gap=12)
    named = _names(part, look)
    drawn = fit(look.room, row(drawn, named, gap=14), stack(drawn, named, gap=6))
    counted = count_of(part, replace(look, room=max(drawn.width, COUNT)))
    return stack(headed(part, look.room), counted, drawn, gap=3)


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


def _set(part: WeightedStage, at: int, look: Look) -> Item:
    """Return the matrices of one direction, side by side; Keras's lie, and stand under each other."""
    matrices = part.sets[at]
    several = part.layer is not None and part.layer.directions > 1
    head = line(words(message("axis.rev" if at else "axis.fwd"), 7, tint=MUTED)) if several else line(EMPTY)
    if matrices[0].across:
        return stack(head, *(_named(part, m, look) for m in matrices), gap=3)
    names = _names_beside(part, matrices[0], look)
    drawn = [_headed(part, m, look, beside=names and m is matrices[0]) for m in matrices]
    return stack(head, flow(drawn, look.room, gap=NEXT, step=6, align="start"))


def _names_beside(part: WeightedStage, first: Matrix, look: Look) -> bool:
    """Tell whether the names of the blocks stand at the left of the first matrix: they do not fit in it."""
    width, height = look.sides(first)
    plain = f"{part.stage}.{first.key}" not in look.shades
    fits = [plain and _label(block).width + 2 <= width for block in first.blocks]
    return len(fits) > 1 and not all(fits) and height / len(fits) >= 10


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


def _headed(part: WeightedStage, matrix: Matrix, look: Look, *, beside: bool) -> Item:
    """Return a matrix under its letter; the names of its blocks in it, or at its left."""
    letter, sub = matrix.symbol
    if not letter:
        above = key_of(part, matrix, look)
    elif part.layer is not None and part.layer.num_layers > 1 == part.count:
        above = weight(part.layer, sub, part.depth, letter, INK)
    else:
        above = symbol(letter, sub, size=9)
    width, height = look.sides(matrix)
    left = max((_label(b).width + 4 for b in matrix.blocks), default=0.0) if beside else 0.0
    over = max(0.0, (above.width - width) / 2)
    left = max(left, over)

    def draw(canvas: Canvas, x: float, y: float) -> None:
        canvas.text(above, x + left + width / 2, y - 4, "middle", role="param")
        box = (x + left, y, x + left + width, y + height)
        blocks = paint(canvas, part, matrix, look, box)
        if beside or f"{part.stage}.{matrix.key}" not in look.shades:  # no words on shades
            _named_blocks(canvas, matrix, blocks, look, beside=beside)

    return padded(Item(left + width + over, height, draw), above=HEAD)


def _named(part: WeightedStage, matrix: Matrix, look: Look) -> Item:
    """Return a lying matrix with its name over it."""
    width, height = look.sides(matrix)
    name = line(key_of(part, matrix, look))

    def draw(canvas: Canvas, x: float, y: float) -> None:
        blocks = paint(canvas, part, matrix, look, (x, y, x + width, y + height))
        _named_blocks(canvas, matrix, blocks, look, beside=False)

    return stack(name, Item(width, height, draw))


def _named_blocks(canvas: Canvas, matrix: Matrix, boxes: list[Box], look: Look, *, beside: bool) -> None:
    named = [*zip(map(_label, matrix.blocks), boxes, strict=False)]
    if matrix.across and any(label.width + 2 > box[2] - box[0] for label, box in named):
        return
    for label, box in named:
        _write(canvas, label, box, cut=look.cut(matrix)[0], beside=beside)


def paint(canvas: Canvas, part: WeightedStage, matrix: Matrix, look: Look, box: Box) -> list[Box]:
    """Draw a matrix, its blocks, and dots where it is cut; give the boxes of the blocks."""
    name = f"{part.stage}.{matrix.key}"
    cut, shaded = look.cut(matrix), look.shades.get(name)
    members: list[str] = []
    boxes: list[Box] = []
    for at, block in enumerate(matrix.blocks if len(matrix.blocks) > 1 else ()):
        inner, members = _block(canvas, matrix, box, at), [*members, ids.named(name, block.key)]
        shade, hollow = (BODY, OTHER)[at % 2], shaded is not None or any(cut)
        if any(cut) and shaded is None:  # a node's own fill would hide the dots
            canvas.box(inner, fill=shade, z=15)
        canvas.node(members[-1], "param", inner, None, line=0.6, fill=shade, hollow=hollow)
        boxes.append(inner)
    fill = GROUND if shaded else None if members else BODY
    tensor = {"tensor": matrix.tensor.name, "shape": matrix.tensor.sizes} if matrix.tensor else {}
    canvas.frame(name, "param", box, line=1.0, fill=fill, members=tuple(members), **tensor)
    if shaded is not None:
        canvas.plot(replace(shaded, box=box))
        for inner in boxes or [box]:
            canvas.box(inner, stroke=INK, line=0.7, z=12)
    tint, middle = stroke_of("param"), ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)
    for at in range(max(1, len(members)) if cut[0] and not matrix.across else int(cut[0])):
        inner = _block(canvas, matrix, box, at) if members else box
        canvas.dots(box[0] + 0.75 * (box[2] - box[0]), (inner[1] + inner[3]) / 2, tint, r=0.9)
    if cut[1]:
        canvas.dots(middle[0], middle[1], tint, down=True, r=min(0.9, (box[2] - box[0]) / 4))
    return boxes


def _block(_canvas: Canvas, matrix: Matrix, box: Box, at: int) -> Box:
    """Return the place of a block: an equal share of the rows, or of the columns."""
    x0, y0, x1, y1 = box
    wide, high = ((side / len(matrix.blocks)) for side in (x1 - x0, y1 - y0))
    if matrix.across:
        return (x0 + at * wide, y0, x0 + (at + 1) * wide, y1)
    return (x0, y0 + at * high, x1, y0 + (at + 1) * high)


def _write(canvas: Canvas, label: TextLine, box: Box, *, cut: bool, beside: bool) -> None:
    """Write a block's name in it or at its left, where there is room."""
    width, height = box[2] - box[0], box[3] - box[1]
    y = (box[1] + box[3]) / 2 + (label.ascent - label.descent) / 2
    if height < label.ascent + label.descent - 1:
        return
    if beside:
        canvas.text(label, box[0] - 3, y, "end", role="param", at=box)
    elif label.width + 2 <= width * (0.6 if cut else 1.0):
        middle = box[0] + width * (0.35 if cut else 0.5)
        canvas.text(label, middle, y, "middle", role="param", at=box)


def _names(part: WeightedStage, look: Look) -> Item:
    """Return the names and shapes of the parameters."""
    told: list[TextLine] = []
    for matrix, tensor in ((one, one.tensor) for one in part.sets[0]):
        if tensor is None:
            continue
        name = key_of(part, matrix, look)
        if part.layer is not None and not part.layer.cell:
            name = named(part.layer, tensor.name)
        told.append(inline(name, shape_tag(tensor, look.options, size=8), gap=5))
    return lines(*told, step=11.0)


def count_of(part: WeightedStage, look: Look) -> Item:
    """Return the count: in letters, in numbers, and what it comes to, each on a line where it must be."""
    mode = look.options.shapes
    plain = part.formula.plain
    asked = ["total"] if mode == "off" else []
    asked = asked or [*(["symbols"] if mode != "numbers" and not plain else []),
                      *(["numbers"] if mode != "symbols" or plain else []), "total"]  # fmt: skip
    if asked[-2:] == ["numbers", "total"] and part.formula.write("numbers") == part.formula.write("total"):
        asked.remove("numbers")
    factors = _factors(part) if len(asked) > 1 else []
    pieces = [formula(part, said, look.order) for said in asked]
    first, *others = [piece for piece in pieces[:-1] if piece.width + 9 <= look.room] + pieces[-1:]
    equal = [piece for other in others for piece in (letters("=", 9), other)]
    whole = inline(first, *equal, gap=4)
    if whole.width <= min(look.room, FORMULA):
        beside = [inline(whole, *factors, gap=9)]
        return lines(*(beside if beside[0].width <= look.room else [whole, *factors]), step=12.0)
    rest = packed_rows([inline(*equal[i : i + 2], gap=4) for i in range(0, len(equal), 2)], look.room, 4)
    return lines(first, *rest, *factors, step=12.0)


def _factors(part: WeightedStage) -> list[TextLine]:
    """Return what the first factors of a layer's count are: its directions, the gates of its weights."""
    if part.layer is None or part.sets[0][0].tensor is None or not part.layer.bias:
        return []
    many = {"ways": part.layer.directions, "blocks": len(part.sets[0][0].blocks)}
    many = {name: n for name, n in many.items() if n > 1}
    which = "factors" if len(many) > 1 else f"factor-{next(iter(many), '')}"
    return [words(message(f"weights.{which}", layer=part.stage, **many), 7, tint=MUTED)] if many else []


def numbers_of(part: WeightedStage, matrix: Matrix) -> TextLine:
    """Return how many numbers a matrix has, as the sum of all adds them."""
    if matrix.tensor is None:
        return EMPTY
    about = {"of": part.stage, "name": matrix.tensor.name, "count": matrix.rows * matrix.columns}
    return words(message("weights.numbers", **about), 7, tint=MUTED)


def formula(part: WeightedStage, said: Any, order: Order, size: float = 9) -> TextLine:
    """Return the count of a part in letters, in numbers, or what it comes to."""
    text = part.formula.write(said)
    facts = {"of": part.stage, "depth": part.depth, "order": order, "said": said}
    whole = {"times": part.formula.times, "terms": part.formula.terms, "rest": part.formula.rest}
    return letters(text, size).claiming(claim("formula", text, **facts, **whole))
