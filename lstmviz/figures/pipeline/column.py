"""The pipeline in a column: input below, every stage above the one before."""

from __future__ import annotations

from functools import partial
from itertools import pairwise

from lstmviz.figures.pipeline.boxes import StageBox
from lstmviz.figures.pipeline.parts import Item, PipelinePlan, Tag, beside_tags, side_tag, state_tags
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
CLEAR = 3.0
"""From a stage to cells beside it, pt."""
APART = 33.0
"""How far h and c run from the flow, where both are handed on."""


def draw_column(plan: PipelinePlan) -> float:
    """Draw everything from y = 0 upward; gives the lower end."""
    boxes: dict[str, Box] = {}
    y = 0.0
    for item in plan.items:
        high, above, below = room_of(plan, item)
        boxes[item.id] = draw_item(plan, item, (plan.look.axis, y - below - high / 2))
        y -= high + above + below + plan.look.gap
    for a, b in pairwise(plan.items):
        plan.link(a, b, partial(_straight, plan.look.axis, boxes[a.id][1], boxes[b.id][3]))
    picture = plan.items[0].picture
    note = 10.0 * bool(picture and picture.followed)
    return max(*(box[3] for box in boxes.values()), boxes["input"][3] + note)


def _straight(x: float, y0: float, y1: float, aside: float) -> list[Point]:
    return [(x + aside * APART, y0), (x + aside * APART, y1)]


def room_of(plan: PipelinePlan, item: Item) -> tuple[float, float, float]:
    """The height of an item on the line, and what it needs above and below."""
    if isinstance(item.body, StageBox):
        tags = beside_tags(item.body.step, plan.options)
        beside = sum(t.size[1] + 5 for t in tags)
        spare = max(0.0, beside - item.body.size[1] + 12) / 2 if tags else 0.0
        return item.body.size[1], spare, spare
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
        _beside(plan, item.body, box)
        return box
    if item.states:
        aside = APART if len(item.states) > 1 else 0.0
        box = state_tags(
            canvas,
            item,
            [(x + d, y - t.head / 2) for t, d in zip(item.states, (-aside, aside), strict=False)],
        )
        if item.note:
            canvas.text(words(item.note, 7, tint=MUTED), box[2] + 8, y + 2.5, role="note")
        return box
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
            item.body.draw(canvas, (_cells_at(plan) + item.body.size[0] / 2, y - item.body.head / 2))
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
    for item, above in zip(plan.items, (*plan.items[1:], plan.items[-1]), strict=True):
        if isinstance(item.body, StageBox) and item.body.under:
            noted = max(note.width for note in item.body.under)
            right = max(right, item.body.size[0] / 2 + noted + 2 * NOTE)
        elif item.states and item.note:
            half = item.states[0].size[0] / 2 + (APART if len(item.states) > 1 else 0.0)
            right = max(right, half + words(item.note, 7).width + 2 * NOTE)
        elif item.picture is not None and isinstance(item.body, Tag):
            noted = words(item.note, 7).width + NOTE if item.note else 0.0
            right = max(right, item.picture.size[0] / 2 + max(BESIDE, noted + NOTE))
            wide = max(wide, item.body.size[0])
            up = (item.body.size[1] + item.body.head - item.picture.size[1]) / 2
            if isinstance(above.body, StageBox) and up > plan.look.gap:  # beside the stage that reads it, too
                right = max(right, above.body.size[0] / 2 + CLEAR)
    return min(plan.look.axis + right, plan.width - wide - 0.5)


def _name_groups(plan: PipelinePlan, item: Item, block: Block) -> None:
    """Below the groups of a merged axis: the first step, the last, and the one that is followed."""
    picture, front = item.picture, block.front
    assert picture is not None
    named: list[tuple[float, float]] = []
    if None not in picture.block.columns:
        named = _name_ends(plan, picture, front)
    if not picture.followed or (named and len(block.columns) == picture.groups * (picture.step + 1)):
        return
    half, flow = step_label(picture.step).width / 2, plan.look.axis
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


def _beside(plan: PipelinePlan, drawn: StageBox, box: Box) -> None:
    """At the right of a stage: what it reads besides, or what nothing reads."""
    tags = beside_tags(drawn.step, plan.options)
    y = (box[1] + box[3]) / 2 - (sum(t.size[1] for t in tags) + 5 * (len(tags) - 1)) / 2
    for k, tag in enumerate(tags):
        wide, high = tag.size
        at = (plan.width - wide / 2 - 0.5, y + high / 2)
        side_tag(plan, drawn.step.id, tag, at, partial(_elbow, box, (k + 1) / (len(tags) + 1)))
        y += high + 5
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
