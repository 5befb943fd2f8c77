"""The pipeline on a wide page: stages from left to right, in as many rows as they need."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from itertools import pairwise

from lstmviz.figures.pipeline.boxes import StageBox
from lstmviz.figures.pipeline.parts import Item, PipelinePlan, Tag, draw_beside, state_tags
from lstmviz.figures.pipeline.pictures import SWATCH, step_label
from lstmviz.figures.shared.claimed import ticked
from lstmviz.scene.items import MUTED, Box, Point
from lstmviz.scene.labels import letters, words

LEAST, MOST, ALONE = 9.2, 56.0, 44.0
"""How long an arrow between a tensor and a stage is, at most in a row among several or alone, pt."""
INDENT = 22.0
"""Where a row begins to which the flow comes from the row above."""
BETWEEN = 20.0
"""The free height between two rows."""
TURN = 7.0
"""How far right of everything the flow goes down to the next row."""
BELOW, BESIDE = 6.0, 2.0
"""From a block down to its cells, and from cells to a stage beside them, pt."""
NOTE = 10.0
"""The height of a line under a stage or a tensor."""
APART = 18.0
"""How far h and c run from the middle of the flow, where both are handed on."""


@dataclass(frozen=True, slots=True)
class Extent:
    """How far an item reaches: its width on the flow and below it, above and below the middle."""

    wide: float
    foot: float
    up: float
    down: float


def extent_of(item: Item) -> Extent:
    """The room that an item needs."""
    if isinstance(item.body, StageBox):
        wide, high = item.body.size
        under = NOTE * len(item.body.under)
        return Extent(wide, max((n.width for n in item.body.under), default=0.0), high / 2, high / 2 + under)
    if item.states:
        high = APART + item.states[0].size[1] / 2 + item.states[0].head / 2
        return Extent(max(t.size[0] for t in item.states), 0.0, high, high + NOTE - 6)
    assert item.body is not None
    wide, high = item.body.size
    note, under = words(item.note, 7).width if item.note else 0.0, NOTE if item.note else 0.0
    if item.picture is None:
        head = item.body.head / 2
        return Extent(wide, note, high / 2 + head, high / 2 - head + under)
    above = item.picture.block.level - item.picture.block.box[1]
    if item.picture.followed:
        under += NOTE
        wide = max(wide, SWATCH + 3 + step_label(item.picture.step).width)
    return Extent(max(item.picture.size[0], note), wide, above, item.picture.size[1] - above + under)


def spaced(items: list[Item], start: float, gap: float) -> tuple[list[float], float]:
    """The middles of items in a row, and its right end; what stands below keeps apart as well."""
    x, taken, right, middles = start, start, start, []
    for item in items:
        extent = extent_of(item)
        middle = max(x + extent.wide / 2, taken + extent.foot / 2)
        middles.append(middle)
        x = middle + extent.wide / 2 + gap
        if extent.foot:
            taken = middle + extent.foot / 2 + 7
        right = max(right, x - gap, middle + extent.foot / 2)
    return middles, right


def in_rows(items: list[Item], width: float) -> list[list[Item]]:
    """Items in as few rows of at most `width` as hold them, filled evenly.

    A row after the first begins with a stage. What is wider than a row alone has one for itself.
    """
    pairs = [items[:1], *(items[i : i + 2] for i in range(1, len(items), 2))]
    least: list[tuple[int, float, int]] = [(0, 0.0, 0)]
    """For the first pairs: in how many rows, how wide the widest is, where the last of them begins."""
    for end in range(1, len(pairs) + 1):
        found = []
        for begin in range(end - 1, -1, -1):
            row = [item for pair in pairs[begin:end] for item in pair]
            wide = spaced(row, INDENT if begin else 0.0, LEAST)[1]
            if wide > width - TURN - 1 and begin < end - 1:
                break
            found.append((least[begin][0] + 1, max(least[begin][1], wide), begin))
        least.append(min(found))
    rows: list[list[Item]] = []
    end = len(pairs)
    while end:
        begin = least[end][2]
        rows.insert(0, [item for pair in pairs[begin:end] for item in pair])
        end = begin
    return rows


def one_row(items: list[Item], width: float) -> bool:
    """Whether all items fit side by side."""
    return spaced(items, 0.5, LEAST)[1] <= width - 1


def draw_rows(plan: PipelinePlan) -> float:
    """Draw everything; gives the lower end."""
    rows = [plan.items] if one_row(plan.items, plan.width) else in_rows(plan.items, plan.width)
    y, boxes, levels = 0.0, dict[str, "Box"](), list[float]()
    turns: list[Point] = []
    for number, row in enumerate(rows):
        start, room = (INDENT if number else 0.5), plan.width - (TURN + 1 if len(rows) > 1 else 1.0)
        spare = (room - spaced(row, start, LEAST)[1]) / max(1, len(row) - 1)
        most = MOST if len(rows) > 1 else ALONE
        middles, right = spaced(row, start, min(most, LEAST + max(0.0, spare)))
        level = y + max(extent_of(item).up for item in row)
        below = level + max(extent_of(item).down for item in row)
        for item, x, top in zip(row, middles, _cells_at(row, middles), strict=True):
            boxes[item.id] = _draw(plan, item, (x, level), level + top)
            if item.picture and isinstance(item.body, Tag) and item.body.shown:
                below = max(below, level + top + item.body.cells.height)
        low = _under(plan, row, boxes, below)
        levels.append(level)
        turns.append((min(right, plan.width - TURN - 1) + TURN, low + BETWEEN / 2))
        y = low + BETWEEN
    _arrows(plan, rows, boxes, levels, turns)
    return y - BETWEEN


def _cells_at(row: list[Item], middles: list[float]) -> list[float]:
    """How far below the flow the cells of each picture begin: right under it, and under stages above them.

    What is written over the cells has room there.
    """
    extents = [(x, extent_of(item)) for item, x in zip(row, middles, strict=True)]
    found = []
    for item, (at, own) in zip(row, extents, strict=True):
        over = item.body.head if isinstance(item.body, Tag) else 0.0
        near = [e.down for x, e in extents if abs(x - at) < (e.wide + own.foot) / 2 + BESIDE]
        found.append(max(own.down, *near) + BELOW + over)
    return found


def _draw(plan: PipelinePlan, item: Item, at: Point, cells: float) -> Box:
    """Draw one item on the flow line; the cells of a picture have their upper border at `cells`."""
    canvas, (x, y) = plan.canvas, at
    if isinstance(item.body, StageBox):
        box = item.body.draw(canvas, at)
        for k, note in enumerate(item.body.under):
            canvas.text(note, x, box[3] + 9 + 9 * k, "middle", role="note")
        return box
    if item.states:
        aside = APART if len(item.states) > 1 else 0.0
        places = [(x, y + d - t.head / 2) for t, d in zip(item.states, (-aside, aside), strict=False)]
        return state_tags(canvas, item, places)
    assert isinstance(item.body, Tag)
    if item.picture is None:
        box = item.body.draw(canvas, (x, y - item.body.head / 2))
        low = box[3] + 9.5
    else:
        block = item.picture.draw(canvas, at, upward=False)
        box = block.box
        if item.picture.step + 1 not in _name_groups(plan, item, block.front) and item.picture.followed:
            merged = bool(item.picture.groups)
            middle = (box[0] + box[2]) / 2 if merged else item.picture.middle_of_step(block)
            item.picture.name_step(canvas, block, middle, swatch=merged)
        low = box[3] + 9.5 + NOTE * bool(item.picture.followed)
        if item.body.shown:
            item.body.draw(canvas, (x, cells - item.body.head + item.body.size[1] / 2))
    if item.note:
        canvas.text(words(item.note, 7, tint=MUTED), x, low, "middle", role="axis")
    canvas.node(item.id, item.role, box, tensor=item.tensor.name, shape=item.tensor.sizes, outline="none")
    return box


def _name_groups(plan: PipelinePlan, item: Item, front: Box) -> set[int]:
    """``t = 1`` and the last step beside the groups of a merged axis, clear of the arrow; the steps named."""
    picture = item.picture
    assert picture is not None
    if not picture.groups or None in picture.block.rows:
        return set()
    high = picture.groups * picture.block.cell[1]
    count, letter = len(picture.block.rows) // picture.groups, "t" if picture.merged == "T·N" else "n"
    if (front[3] - front[1] - high) / 2 < 40:
        return set()
    for k, y in ((1, front[1] + high / 2), (count, front[3] - high / 2)):
        label = ticked(letters(f"{letter} = {k}", 8, tint=MUTED), k, count, letter)
        plan.canvas.text(label, front[0] - 4, y + 2.6, "end", role="axis")
    return {1, count} if letter == "t" else set()


def _under(plan: PipelinePlan, row: list[Item], boxes: dict[str, Box], low: float) -> float:
    """What stages read beside the main line, below the row; gives the lower end of the row."""
    foot = low
    for item in row:
        if not isinstance(item.body, StageBox):
            continue
        box, at = boxes[item.id], low + 8
        middle, spread = (box[0] + box[2]) / 2, 5.0 * (len(item.beside) - 1)
        for k, one in enumerate(item.beside):
            assert isinstance(one.body, Tag)
            wide, high = one.body.size
            x, left = middle + spread - 10 * k, middle + spread + 12
            if one.picture is not None:
                left += one.picture.size[0] / 2
                high = max(high, one.picture.size[1])
            right = left + wide <= plan.width
            place = (left + wide / 2 if right else 2 * middle - left - wide / 2, at + high / 2)
            x = x if right else 2 * middle - x
            route = partial(_up, x, box[3], None if one.picture else right)
            draw_beside(plan, item.body.step.id, one, ((x, place[1]), place), route)
            at += high + 6
            foot = max(foot, at - 6)
    return foot


def _up(x: float, foot: float, right: bool | None, placed: Box) -> list[Point]:
    """Straight up from a block to a stage's foot, else from the side of cells at the `right`, or left."""
    if right is None:
        return [(x, placed[1]), (x, foot)]
    y = (placed[1] + placed[3]) / 2
    return [(placed[0] if right else placed[2], y), (x, y), (x, foot)]


def _arrows(
    plan: PipelinePlan, rows: list[list[Item]], boxes: dict[str, Box], levels: list[float], turns: list[Point]
) -> None:
    """The main line, from item to item and from row to row."""
    for number, row in enumerate(rows):
        if number:
            a, b = rows[number - 1][-1], row[0]
            plan.link(a, b, partial(_turned, (boxes[a.id][2], levels[number - 1]), turns[number - 1],
                                    (boxes[b.id][0], levels[number])))  # fmt: skip
        for a, b in pairwise(row):
            plan.link(a, b, partial(_straight, boxes[a.id][2], boxes[b.id][0], levels[number]))


def _straight(x0: float, x1: float, y: float, aside: float) -> list[Point]:
    return [(x0, y + aside * APART), (x1, y + aside * APART)]


def _turned(start: Point, turn: Point, end: Point, aside: float) -> list[Point]:
    """Right, down, back to the left below the row, and down to the next."""
    (x0, y0), (x1, y1), (x2, y2) = start, turn, end
    dy, small = aside * APART, aside * 3.0
    x3 = 3.0 + small
    return [(x0, y0 + dy), (x1 - small, y0 + dy), (x1 - small, y1 + small), (x3, y1 + small), (x3, y2 + dy),
            (x2, y2 + dy)]  # fmt: skip
