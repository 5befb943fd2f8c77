"""The pipeline in a column: input below, every stage above the one before."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from itertools import pairwise

from lstmviz.figures.pipeline.boxes import StageBox
from lstmviz.figures.pipeline.parts import Item, PipelinePlan, Tag, draw_beside, state_tags
from lstmviz.figures.pipeline.pictures import SLANT, SWATCH, Picture, step_label
from lstmviz.figures.shared.blocks import Block
from lstmviz.figures.shared.claimed import ticked
from lstmviz.scene.items import MUTED, Box, Point
from lstmviz.scene.labels import letters, words

APART_NAMES = 5.0
"""The least room between the names of steps, pt."""
BESIDE = 22.0
"""From the widest picture to the cells of all, pt."""
NOTE = 8.0
"""From a stage to the note beside it, pt."""
BORDER = 2.0
"""How far the lowest border, or a letter, may reach down into what stands under the drawing, pt."""
AXES = {True: 84.0, False: 66.0}
"""The x of the flow with something beside it, where shapes are set tightly on lines, and where not, pt."""
OVER = 4.0
"""From a block beside a stage up to its cells, pt."""
APART = 35.0
"""How far h and c run from the flow, where both are handed on."""


def draw_column(plan: PipelinePlan) -> float:
    """Draw everything from y = 0 upward; gives the lower end."""
    boxes: dict[str, Box] = {}
    y = 0.0
    _settle(plan)
    for item in plan.items:
        high, above, below = room_of(item)
        boxes[item.id] = draw_item(plan, item, (plan.axis, y - below - high / 2))
        y -= high + above + below + plan.look.gap
    for a, b in pairwise(plan.items):
        plan.link(a, b, partial(_straight, plan.axis, boxes[a.id][1], boxes[b.id][3]))
    return max(boxes["input"][3], plan.canvas.extent()[3] - BORDER)


def _settle(plan: PipelinePlan) -> None:
    """Find where the flow goes, in the middle where nothing stands beside it; widen its boxes alike."""
    boxes = [item.body for item in plan.items if isinstance(item.body, StageBox)]
    wide = max((_wide(item) for item in plan.items), default=0.0)
    noted = max((line.width + NOTE for box in boxes for line in box.under), default=0.0)
    beside = any(item.beside or item.states for item in plan.items)
    plan.axis = AXES[plan.look.dense]
    if plan.look.dense and not beside and wide / 2 + noted <= plan.width / 2:
        plan.axis = plan.width / 2
    if not beside and wide / 2 <= min(plan.axis, plan.width - plan.axis - noted):
        plan.items = even(plan.items)


def even(items: list[Item]) -> list[Item]:
    """Return the items with stages, and shapes on lines, as wide as the widest of these."""
    found = list(items)
    wide = max((_wide(one) for one in items), default=0.0)
    for at, one in enumerate(items):
        if isinstance(one.body, StageBox):
            found[at] = replace(one, body=replace(one.body, least=(wide, one.body.least[1])))
        elif one.body is not None and _wide(one):
            found[at] = replace(one, body=replace(one.body, least=wide))
    return found


def _wide(item: Item) -> float:
    """How wide a stage is, or a shape on a line; nothing of cells, which are as wide as their axes."""
    alike = isinstance(item.body, StageBox) or (isinstance(item.body, Tag) and item.body.line is not None)
    return item.body.size[0] if item.body is not None and alike else 0.0


def _straight(x: float, y0: float, y1: float, aside: float) -> list[Point]:
    return [(x + aside * APART, y0), (x + aside * APART, y1)]


def room_of(item: Item) -> tuple[float, float, float]:
    """The height of an item on the line, and what it needs above and below."""
    if isinstance(item.body, StageBox):
        high = item.body.size[1]
        if not item.beside:
            return high, 0.0, 0.0
        up = _middle(item)
        low = sum(_high(one) + 5 for one in item.beside) - 5 - up
        return high, max(0.0, up - high / 2 + 8), max(0.0, low - high / 2 + 8)
    if item.states:
        return item.states[0].size[1] - item.states[0].head, item.states[0].head, 0.0
    assert item.body is not None
    if item.picture is not None:
        spare = max(0.0, (item.body.size[1] - item.picture.size[1]) / 2 - 6)
        return item.picture.size[1], spare, spare + (9.0 if item.picture.groups else 0.0)
    return item.body.size[1] - item.body.head, item.body.head, 0.0


def draw_item(plan: PipelinePlan, item: Item, at: Point) -> Box:
    """Draw one item with its middle at `at`, and its node; gives the box that arrows meet."""
    canvas, (x, y) = plan.canvas, at
    if isinstance(item.body, StageBox):
        box = item.body.draw(canvas, at)
        _beside(plan, item, item.body, box)
        return box
    if item.states:
        aside = APART if len(item.states) > 1 else 0.0
        places = [(x + d, y - t.head / 2) for t, d in zip(item.states, (-aside, aside), strict=False)]
        return state_tags(canvas, item, places)
    assert isinstance(item.body, Tag)
    if item.picture is None:
        box = item.body.draw(canvas, (x, y - item.body.head / 2))
    else:
        block = item.picture.draw(canvas, at, upward=True)
        box = block.box
        if item.picture.groups:
            _name_groups(plan, item, block)
        elif item.id == "input" and item.picture.followed:
            item.picture.name_step(canvas, block, item.picture.middle_of_step(block), swatch=False)
        if item.body.shown:
            up = (item.body.size[1] + item.body.head - item.picture.size[1]) / 2
            low = y - item.body.head / 2 + max(0.0, up - plan.look.gap + 1)  # clear of the stage above
            item.body.draw(canvas, (_cells_at(plan) + item.body.size[0] / 2, low))
    if item.note is not None:
        canvas.text(words(item.note, 7, tint=MUTED), box[2] + 6, (box[1] + box[3]) / 2 + 2.5, role="note")
    if item.picture is not None:
        over = block.front[0] + block.depth[0] - x  # the flow leaves a deep block where its upper face is
        box = (box[0], box[1] + max(0.0, over) * SLANT, *box[2:])
    canvas.node(item.id, item.role, box, tensor=item.tensor.name, shape=item.tensor.sizes, outline="none")
    return box


def _cells_at(plan: PipelinePlan) -> float:
    """Where the cells of all pictures begin: right of pictures and notes, as far as the page goes."""
    right, wide = 0.0, 0.0
    for item in plan.items:
        if item.picture is None or not isinstance(item.body, Tag):
            continue
        noted = words(item.note, 7).width + NOTE if item.note else 0.0
        right = max(right, item.picture.size[0] / 2 + max(BESIDE, noted + NOTE))
        wide = max(wide, item.body.size[0])
    return min(plan.axis + right, plan.width - wide - 0.5)


def _name_groups(plan: PipelinePlan, item: Item, block: Block) -> None:
    """Below the groups of a merged axis: the first step, the last, and the one that is followed."""
    picture, front = item.picture, block.front
    assert picture is not None
    named: list[tuple[float, float]] = []
    if None not in picture.block.columns:
        named = _name_ends(plan, picture, front)
    if not picture.followed or (named and len(block.columns) == picture.groups * (picture.step + 1)):
        return
    half, flow = step_label(picture.step).width / 2, plan.axis
    beside = 5 + (SWATCH + 3) / 2 + half
    own = [(picture.middle_of_step(block), False)] if picture.merged == "T·N" else []
    for x, swatch in (*own, (flow + beside, True), (flow - beside, True)):
        wide = half + (SWATCH + 3) / 2 * swatch
        taken = [*named, (flow + 2, flow - 2)]
        if all(x + wide <= low - APART_NAMES or high + APART_NAMES <= x - wide for low, high in taken):
            picture.name_step(plan.canvas, block, x, swatch=swatch)
            return


def _name_ends(plan: PipelinePlan, picture: Picture, front: Box) -> list[tuple[float, float]]:
    """``t = 1`` and the last step below their groups; gives the stretches that they take."""
    wide = picture.groups * picture.block.cell[0]
    count, letter = len(picture.block.columns) // picture.groups, "t" if picture.merged == "T·N" else "n"
    if (front[2] - front[0] - wide) / 2 < 24:
        return []
    taken = []
    for k, x in ((1, front[0] + wide / 2), (count, front[2] - wide / 2)):
        label = ticked(letters(f"{letter} = {k}", 8, tint=MUTED), k, count, letter)
        plan.canvas.text(label, x, front[3] + 9.5, "middle", role="axis")
        taken.append((x - label.width / 2, x + label.width / 2))
    return taken


def _high(item: Item) -> float:
    """The height of what a stage reads besides: its cells, over its block."""
    assert isinstance(item.body, Tag)
    return item.body.size[1] + (item.picture.size[1] + OVER if item.picture else 0.0)


def _middle(item: Item) -> float:
    """How far below the upper end of what a stage reads besides its arrow leaves: a lone block's middle."""
    if len(item.beside) == 1 and item.beside[0].picture is not None:
        (_, y0, _, y1), (_, deep) = item.beside[0].picture.block.box, item.beside[0].picture.block.depth
        return _high(item.beside[0]) - (y1 - y0 - deep) / 2
    return (sum(_high(one) + 5 for one in item.beside) - 5) / 2


def _beside(plan: PipelinePlan, item: Item, drawn: StageBox, box: Box) -> None:
    """At the right of a stage: what it reads besides, or what nothing reads."""
    y = (box[1] + box[3]) / 2 - _middle(item) if item.beside else 0.0
    for k, one in enumerate(item.beside):
        assert isinstance(one.body, Tag)
        wide = max(one.body.size[0], one.picture.size[0] if one.picture else 0.0)
        x, low = plan.width - wide / 2 - 0.5, y + _high(one)
        at = (x, low - (one.picture.size[1] / 2 if one.picture else 0.0))
        route = partial(_elbow, box, (k + 1) / (len(item.beside) + 1))
        draw_beside(plan, drawn.step.id, one, (at, (x, y + one.body.size[1] / 2)), route)
        y = low + 5
    for k, note in enumerate(drawn.under):
        first = (box[1] + box[3]) / 2 + 2.5 - 4.5 * (len(drawn.under) - 1)
        plan.canvas.text(note, box[2] + NOTE, first + 9 * k, role="note")


def _elbow(box: Box, share: float, placed: Box) -> list[Point]:
    """From a tag's left side into the stage: straight, or to its own height on the box."""
    y, turn = (placed[1] + placed[3]) / 2, placed[0] - 7
    if box[1] + 6 <= y <= box[3] - 6:
        return [(placed[0], y), (box[2], y)]
    inner = box[1] + (box[3] - box[1]) * share
    return [(placed[0], y), (turn, y), (turn, inner), (box[2], inner)]
