"""The pipeline of a model that branches: stages upward, lines between them, modules as frames."""

from __future__ import annotations

from collections.abc import Iterator

from lstmviz.figures.base import Draft, Subject
from lstmviz.figures.pages import Page
from lstmviz.figures.pipeline.axis_descriptions import said
from lstmviz.figures.pipeline.cards import BADGE, Card, Graph
from lstmviz.figures.pipeline.columns import WORDS_BELOW
from lstmviz.figures.pipeline.flow import PipelineFlow, PipelineNode
from lstmviz.figures.pipeline.graph import PLAIN
from lstmviz.figures.pipeline.labels import draw_below
from lstmviz.figures.pipeline.options import PipelineOptions
from lstmviz.figures.pipeline.steps import Step
from lstmviz.figures.pipeline.trials import TALL, fitted, trials_of
from lstmviz.figures.shared.parts import line_style
from lstmviz.figures.shared.sentences import shape_said
from lstmviz.layout.branches import Placed
from lstmviz.layout.crossings import cuts_at_box, cuts_at_lines, merged, overlap
from lstmviz.network.structure import Tensor, full_name
from lstmviz.scene import ids
from lstmviz.scene.canvas import Canvas
from lstmviz.scene.geometry import bounds
from lstmviz.scene.items import MUTED, Anchor, Box, fill_of, stroke_of
from lstmviz.scene.labels import words
from lstmviz.translation.messages import Message, joined, message, note, user_text

CLEAR = 2.6
"""How far a line stays open on either side of another, pt."""


def branching(subject: Subject) -> bool:
    """Whether a model is to be drawn as a graph: it is no chain, or has modules of the user's in it."""
    trace = subject.trace
    own = any(cls not in {"Sequential", "ModuleList"} for _, cls in trace.modules)
    lost = bool(trace.inputs) and any(not stage.sources for stage in trace.stages)
    several = len(trace.results) > 1
    layers = {layer.name for layer in trace.recurrent}
    looped = any(set(loop.stages) - layers for loop in trace.loops)
    return not trace.chained or own or lost or several or looped


def compose(subject: Subject, options: PipelineOptions, page: Page) -> Draft:
    """Open as many levels of modules as asked for, or as fit the page, and draw them."""
    trials = trials_of(subject.trace, options.model_copy(update={"legend": "auto"}))  # it stands below them
    tall = TALL if page.most is None else min(TALL, page.most - WORDS_BELOW)
    return drawn(options, fitted(trials, page.inner, tall), page)


def drawn(options: PipelineOptions, graph: Graph, page: Page) -> Draft:
    """Everything on a canvas, and what is said below it."""
    canvas, placed, sides = Canvas(), graph.placed, free_sides(graph.placed)
    for group, box in reversed(list(placed.frames.items())):  # the outer ones first
        _frame(canvas, graph, group, box)
    for card in graph.cards.values():
        card.draw(canvas, placed.boxes[card.id], sides)
    obstacles = list(_named(canvas, graph))
    for number, ((tensor, _), (x, y)) in enumerate(placed.badges.items()):
        box = (x - BADGE[0] / 2, y - BADGE[1] / 2, x + BADGE[0] / 2, y + BADGE[1] / 2)
        later = words(message("pipeline.delay", tensor=tensor), 7)
        canvas.node(ids.named("delay", number + 1), "op", box, later, outline="stadium")
        obstacles.append(box)
    _lines(canvas, graph, obstacles)
    _forks(canvas, graph)
    canvas.notes += list(_repeats(graph.flow))
    x0, _, x1, y1 = canvas.extent()
    width = max(page.inner if page.fixed else x1 - x0, 200.0)
    canvas.move(max(0.0, (width - (x1 - x0)) / 2) - x0, 0.0)  # in the middle of the page
    draw_below(canvas, graph, options, (0.0, y1), width)
    return Draft(canvas, describe(graph))


def _repeats(flow: PipelineFlow) -> Iterator[str]:
    """Say for whom else a part of a repeated block is drawn."""
    for part in flow.parts:
        if part.name in flow.repeats:
            block = next(group for group in reversed(part.inside) if flow.groups[group].times)
            others = ", ".join(flow.repeats[part.name])
            yield note("note.stands", name=part.name, block=block, others=others)


def free_sides(placed: Placed) -> dict[str, Anchor]:
    """Return for every tensor that a line leaves the side on which no line turns right above it."""
    found: dict[str, Anchor] = {}
    for (name, _), route in placed.routes.items():
        right = len(route) > 2 and route[2][0] > route[1][0] + 0.01
        found[name] = "end" if right and found.get(name, "end") == "end" else "start"
    return found


def _frame(canvas: Canvas, graph: Graph, group: str, box: Box) -> None:
    homes = {stage: card.id for card in graph.cards.values() for stage in card.stages}
    own = (ids.named("stage", part.name) for part in graph.flow.parts if group in part.inside)
    members = dict.fromkeys(homes[stage] for stage in own)
    loops = graph.flow.groups[group].times > 0
    canvas.frame(ids.named("group", group), "op", box, members=tuple(members), line=0.75, radius=6.0,
                 fill=fill_of("op", 0.72), stroke=MUTED)  # fmt: skip
    if loops:  # as if the block lay several times on itself
        for k in (2, 1):
            canvas.line([(box[0] + 3 * k + 4, box[1] - 3 * k), (box[2] + 3 * k, box[1] - 3 * k),
                         (box[2] + 3 * k, box[3] - 3 * k - 4)], stroke=MUTED, line=0.75, role="op", z=9,
                        radius=6.0)  # fmt: skip


def _named(canvas: Canvas, graph: Graph) -> Iterator[Box]:
    """Write the names of groups; yield where they stand."""
    for group, (x, y) in graph.placed.names.items():
        line = graph.names[group]
        canvas.text(line, x, y, role="note")
        yield (x - 2, y - 7.5, x + line.width + 2, y + 3)


def _lines(canvas: Canvas, graph: Graph, obstacles: list[Box]) -> None:
    routes = graph.placed.routes
    order = {"cell": 3, "hidden": 2}
    owner = {given.name: (card, given) for card in graph.cards.values() for given in card.given}
    rank = {name: (order.get(graph.roles[name], 1), -number) for number, name in enumerate(owner)}
    spans = {pair: bounds(route) for pair, route in routes.items()}
    for (name, target), route in routes.items():
        card, given = owner[name]
        cuts = [cut for box in obstacles for cut in cuts_at_box(route, box)]
        for (other, end), across in routes.items():
            if rank[other] > rank[name] and overlap(spans[name, target], spans[other, end]):
                cuts += cuts_at_lines(route, across, CLEAR + (1.0 if graph.roles[other] == "cell" else 0.0))
        source, tensor = card.tensor_id(name), given.tag.tensor
        double = line_style("c") if given.role == "cell" else {"line": 1.5}
        canvas.edge(ids.flow(source, target), (source, target), given.role, route, tensor=name,
                    shape=tensor.sizes, cuts=merged(cuts), **double)  # fmt: skip


def _forks(canvas: Canvas, graph: Graph) -> None:
    """A dot where a line becomes two: both carry the same."""
    ways: dict[str, list[list[tuple[float, float]]]] = {}
    for (name, _), route in graph.placed.routes.items():
        ways.setdefault(name, []).append(route)
    for name, routes in ways.items():
        seen: dict[tuple[float, float], None] = {}
        for i, one in enumerate(routes):
            for two in routes[i + 1 :]:
                seen[_parting(one, two)] = None
        for x, y in seen:
            canvas.dot(x, y, 1.9, stroke_of(graph.roles[name]), role=graph.roles[name], z=45)


def _parting(one: list[tuple[float, float]], two: list[tuple[float, float]]) -> tuple[float, float]:
    """The last point that two routes from one place have in common."""
    at = one[0]
    for a, b in zip(one[1:], two[1:], strict=False):
        if a == b:
            at = a
            continue
        same = (a[0] - at[0]) * (b[1] - at[1]) == (a[1] - at[1]) * (b[0] - at[0])
        towards_ = (a[0] - at[0]) * (b[0] - at[0]) + (a[1] - at[1]) * (b[1] - at[1]) > 0
        if not same or not towards_:
            return at
        near = abs(a[0] - at[0]) + abs(a[1] - at[1]) < abs(b[0] - at[0]) + abs(b[1] - at[1])
        return a if near else b
    return at


def describe(graph: Graph) -> Message:
    """The parts in their order, what each reads and gives, to be read aloud."""
    flow = graph.flow
    names = {given.name: _read(card, given.name) for card in graph.cards.values() for given in card.given}
    for part, step in zip(flow.parts, graph.steps, strict=True):
        if _is_plain(step):
            names |= {name: step.title for name, _ in part.given}
    shape = "parts" if branches(flow) else "chain"
    told = [message(f"pipeline.aloud-{shape}", n=len(flow.parts), parts=tuple(p.name for p in flow.parts))]
    takes = [joined(" ", names[t.name], _given(t.name, t), other=" ") for t in flow.inputs]
    told.append(message("pipeline.aloud-takes", inputs=joined(", ", *takes, other=", ")))
    told += [_makes(part, step, flow, names) for part, step in zip(flow.parts, graph.steps, strict=True)]
    returned = [
        _called(names, name) if key == "output"
        else message("pipeline.as", name=_called(names, name), key=user_text(key), tensor=name)
        for name, key in flow.returned.items()
    ]  # fmt: skip
    results = joined(", ", *returned, other=", ")
    told.append(message("pipeline.aloud-returns", results=results, tensors=tuple(flow.returned)))
    return joined(" ", *told)


def _makes(part: PipelineNode, step: Step, flow: PipelineFlow, names: dict[str, Message]) -> Message:
    """What one part makes of what, how often, and where its numbers are not where one would look for them."""
    others = flow.repeats.get(part.name, ())
    blocks = (part.name, *others)
    times = message("pipeline.in-turn", n=len(blocks), blocks=blocks, loop="") if others else user_text("")
    wiring = step.wiring
    lines = said(wiring, step.type) if wiring and wiring.misleads else []
    warned = message("pipeline.warned", said=joined(" ", *lines)) if lines else user_text("")
    made = joined(", ", *(_given(name, tensor) for name, tensor in part.given), other=", ")
    found = [_called(names, name) for name in part.reads]
    reads = joined(", ", *found, other=", ") if found else _of_weights(part)
    return message(
        "pipeline.aloud-makes", part=_part_name(part, step), made=made, reads=reads,
        times=times, warned=warned, stage=part.name, sources=part.reads,
    )  # fmt: skip


def _of_weights(part: PipelineNode) -> Message:
    """What a part stands on that reads no tensor of others: its parameters, or what was not followed."""
    held = [p.name if s.function else full_name(s, p) for s in part.stages for p in s.parameters]
    if not held:
        return message("pipeline.nothing")
    return message("pipeline.of-parameters", names=", ".join(held), n=len(held), stage=part.name)


def _called(names: dict[str, Message], name: str) -> Message:
    """What a tensor is called; one that is not drawn by its full name."""
    return names.get(name) or message("pipeline.read", name=name.removesuffix(".output"), tensor=name)


def _given(name: str, tensor: Tensor) -> Message:
    return message("pipeline.gives", shape=shape_said(tensor), tensor=name)


def _part_name(part: PipelineNode, step: Step) -> Message:
    """Name a part in words: a function without a name of its own by what its box says."""
    if _is_plain(step):
        return step.title
    return message("pipeline.part-class", name=user_text(part.name), title=step.title)


def _is_plain(step: Step) -> bool:
    return step.type in PLAIN and step.called == ""


def branches(flow: PipelineFlow) -> bool:
    """Whether some part reads several tensors of others, or some tensor is read by several parts."""
    own = [dict(part.given) for part in flow.parts]
    outside = [[n for n in part.reads if n not in mine] for part, mine in zip(flow.parts, own, strict=True)]
    reads = [name for names in outside for name in names]
    return len(set(reads)) < len(reads) or any(len(names) > 1 for names in outside)


def _read(card: Card, name: str) -> Message:
    """What a tensor is called when it is read."""
    own = name.removesuffix(".output")
    if card.box is None and card.below is not None:
        own = card.below.text
    return message("pipeline.read", name=own, tensor=name)
