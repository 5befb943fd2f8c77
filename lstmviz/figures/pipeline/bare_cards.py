"""The boxes of a bare pipeline: what has weights, in one box with what is done to its numbers right after."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from lstmviz.figures.pipeline.bare_steps import relation_of
from lstmviz.figures.pipeline.steps import Step
from lstmviz.figures.shared import bare, claimed
from lstmviz.figures.shared.stage_descriptions import window
from lstmviz.network.stage_types import RESHAPES, TURNS
from lstmviz.network.steps import Relation
from lstmviz.network.structure import Stage, Tensor, Trace, split_name
from lstmviz.scene import ids, labels
from lstmviz.scene.canvas import Canvas
from lstmviz.scene.items import MUTED, Box, Point, Role, Tint, fill_of
from lstmviz.scene.labels import TextLine
from lstmviz.spec.layer_types import KEEPS_SHAPE
from lstmviz.translation.messages import Message, message, note, user_text

CLOSE, GAP = 14.0, 20.0
"""From one box to the next: at least in one row, and else, pt."""
NARROW = 380.0
"""On a page no wider than this the boxes stand upward, pt."""
EDGE, PAD, LEAST = 16.5, 6.0, 40.0
"""Above and below the lines of a box together; beside them; the least width of a box, pt."""
OPENS = RESHAPES | TURNS | {"pack"}
"""What only arranges the numbers for the stage after it."""
UNSAID = RESHAPES | TURNS | {"getitem"}
"""What makes no new number: a box that names others does not name it."""
WHOLE = frozenset({"output", "data"})
LAST = frozenset({"h_n", "c_n"})
LINES = 4
"""So many lines stand in a box at most."""


@dataclass(frozen=True, slots=True)
class Card:
    """A box: its lines, the stages that they name, what it reads, and more words about it."""

    id: str
    role: Role
    lines: tuple[TextLine, ...]
    tensor: str
    shape: tuple[int, ...]
    under: tuple[Message, ...] = ()
    reads: tuple[str, ...] = ()
    """The boxes that it reads, by their ids."""
    steps: Relation | None = None
    """Which steps each step reads, if those are all."""
    unsaid: tuple[str, ...] = ()
    """The stages in the box that it does not name."""

    @property
    def wide(self) -> float:
        """The width of its box."""
        return max(LEAST, max(line.width for line in self.lines) + 2 * PAD)

    @property
    def high(self) -> float:
        """The height of its box."""
        return EDGE + bare.LEAD * len(self.lines)

    @property
    def room(self) -> float:
        """Its width with the words under it."""
        return max(self.wide, *(labels.wide(line, bare.WORD) for line in self.under), 0.0)

    def draw(self, canvas: Canvas, box: Box) -> None:
        """A module in a rounded box, what has no weights in a stadium, a tensor in a sharp one."""
        free = "stadium" if len(self.lines) == 1 else "round"  # lines would touch its ends
        outline = {"param": "round", "op": free}.get(self.role, "rect")
        look = {"outline": outline, "line": 2.4 if self.role == "output" else 1.4, "radius": 7.0}
        if self.role == "output":
            look["fill"] = fill_of("output")
        canvas.notes += [note("note.within", name=name, box=self.id) for name in self.unsaid]
        label = labels.stacked(self.lines, bare.LEAD + 0.5)
        canvas.node(self.id, self.role, box, label, tensor=self.tensor, shape=self.shape, **look)


def cards_of(trace: Trace, steps: Sequence[Step], *, upward: bool = False) -> list[Card]:
    """The input, a box for every group of stages, and after each what the model gives of it.

    What is read beside the input stands before what reads it. Boxes that stand `upward` are low and wide.
    """
    groups = _groups(trace, steps)
    results = _results(trace, steps)
    home = {step.name: said_of(group)[-1].id for group in groups for step in group} | {"input": "input"}
    home |= {card.tensor: card.id for cards in results.values() for card in cards}
    tokens = bool(steps) and steps[0].type == "embedding"
    word = labels.words(message("grid.tokens"), bare.WORD) if tokens else _word("input")
    found = [Card("input", "input", (word,), "input", trace.input.sizes, _sizes(trace, None))]
    given = "input"
    for group in groups:
        inside = {step.name for step in group}
        sources = [one for step in group if (stage := trace.stage(step.stage)) for one in stage.sources]
        inputs = {tensor.name for tensor in trace.inputs}  # input.1 is no result of a stage
        names = [one if one in inputs or one in home else split_name(one)[0] or one for one in sources]
        for tensor in trace.inputs:
            if tensor.name in names and tensor.name not in home:
                home[tensor.name] = tensor.name
                name = dict(trace.names).get(tensor.name, tensor.name)  # as forward calls it
                line = claimed.called(name, bare.WORD, font="sans")
                found.append(Card(tensor.name, "input", (line,), tensor.name, tensor.sizes))
        read = [home[one] for one in names if split_name(one)[0] not in inside and one not in inside] or [
            given
        ]
        found.append(_card(trace, group, tuple(dict.fromkeys(read)), upward=upward))
        given = found[-1].id
        found += [replace(card, reads=(given,)) for step in group for card in results.get(step.name, ())]
    return found


def _results(trace: Trace, steps: Sequence[Step]) -> dict[str, list[Card]]:
    """What the model gives of each stage: its output, its last states and others of several results."""
    called = dict(trace.names)
    names = {split_name(one)[0] for one in trace.results} or {steps[-1].name}
    found: dict[str, list[Card]] = {}
    for step in (step for step in steps if step.name in names):
        own = len(names) > 1 and not step.name.startswith(step.type.lower())  # named by the user
        line = claimed.called(step.name, bare.WORD, font="sans") if own else _word("output")
        whole = f"{step.name}.{step.output.name}"
        states = [(f"{step.name}.{one.name}", one) for one in _beside(trace, step)]
        states = [(name, one) for name, one in states if name in trace.results]
        if not states or whole in trace.results:
            found[step.name] = [Card(step.tensor_id, "output", (line,), whole, step.output.sizes)]
        for name, one in states:
            line = claimed.called(one.name if one.name in LAST else called.get(name, one.name), bare.WORD)
            card = Card(f"{step.tensor_id}.{one.name}", "output", (line,), name, one.sizes)
            found.setdefault(step.name, []).append(card)
    return found


def _beside(trace: Trace, step: Step) -> list[Tensor]:
    """What a stage gives beside its output: the last states, or others of several results."""
    stage = trace.stage(step.name)
    return [one for one in (stage.outputs if stage else ()) if one.name not in {step.output.name, *WHOLE}]


def _word(name: str) -> TextLine:
    return labels.words(message(f"bare.{name}"), bare.WORD)


def said_of(group: Sequence[Step]) -> Sequence[Step]:
    """The stages that a box names."""
    return [step for step in group if step.type.lower() not in UNSAID] or group


def _groups(trace: Trace, steps: Sequence[Step]) -> list[list[Step]]:
    """The stages by boxes: what keeps the shape, pools, or picks, stands with what it is done to."""
    found: list[list[Step]] = []
    opened = False
    read = {*trace.results} | {source for stage in trace.stages for source in stage.sources}
    parting = {step.name for step in steps
               if f"{step.name}.{step.output.name}" in trace.results
               or any(f"{step.name}.{one.name}" in read for one in _beside(trace, step))}  # fmt: skip
    for step in steps:
        type_ = step.type.lower()
        joins = (type_ in KEEPS_SHAPE - {"self_attention"}) or "_pool" in type_ or type_ == "unpack"
        stage = trace.stage(step.stage) if type_ == "getitem" else None
        if stage is not None and found:  # it reads what stands in the box before, and nothing else
            joins = {split_name(source)[0] for source in stage.sources} == {found[-1][-1].name}
        joins &= not (found and found[-1][-1].name in parting)
        if opened or (found and joins and len(said_of(found[-1])) < LINES):
            found[-1].append(step)
        else:
            found.append([step])
        opened = type_ in OPENS and len(said_of(found[-1])) < LINES and step is not steps[-1]
    return found


def _card(trace: Trace, group: Sequence[Step], reads: tuple[str, ...], *, upward: bool) -> Card:
    unsaid = tuple(step.name for step in group if step not in said_of(group))
    group, last, under = said_of(group), group[-1], []
    lines = []
    role: Role = "op"
    for step in group:
        layer = next((one for one in trace.recurrent if one.name == step.name), None)
        weighs = trace.stage(step.name) is not None and step.role == "param"
        role = "param" if weighs else role
        lines += _with_kernels(_lines(step, bold=weighs), trace.stage(step.stage), beside=upward)
        if layer is not None and layer.num_layers > 1:
            under.append(message("stage.layers", n=layer.num_layers, stage=step.stage))
        if layer is not None and layer.bidirectional:
            under.append(message("stage.both-ways", stage=step.stage))
    steps = relation_of(trace.stage(group[0].stage))
    under += _sizes(trace, last)
    return Card(group[-1].id, role, tuple(lines), last.name, last.output.sizes, tuple(under), reads, steps,
                unsaid)  # fmt: skip


def _lines(step: Step, *, bold: bool) -> list[TextLine]:
    """What a stage is called."""
    if step.type == "self_attention":
        return [labels.words(message("stage.self_attention", stage=step.stage), bare.WORD, font="bold")]
    name = message("stage.class", name=step.title.english.replace("_", " "), stage=step.stage)
    return [labels.words(name, bare.WORD, font="bold" if bold else "sans")]


def _with_kernels(lines: list[TextLine], stage: Stage | None, *, beside: bool) -> list[TextLine]:
    """The name of a convolution of images, and the size of its kernels under it, or `beside`: ``5×5``."""
    size = dict(stage.arguments).get("kernel_size") if stage is not None else None
    if stage is None or size is None or stage.type.lower() != "conv2d":
        return lines
    pair = (size, size) if isinstance(size, int) else tuple(size)
    told = labels.words(user_text(window(size)), bare.WORD)
    told = claimed.setting(told, stage.name, "kernel_size", pair)
    return [labels.row(lines[0], told, gap=4), *lines[1:]] if beside else [lines[0], told, *lines[1:]]


def _sizes(trace: Trace, step: Step | None) -> tuple[Message, ...]:
    """How many maps or units there are, in a model of images or of rows of numbers."""
    if trace.recurrent or "T" in trace.input.symbols:
        return ()
    tensor, of = (trace.input, "input") if step is None else (step.output, step.name)
    return tuple(bare.counted(tensor, of, first=step is None))


def arrow(canvas: Canvas, ends: tuple[str, str], route: list[Point], tint: Tint = MUTED) -> None:
    """What one box gives to another."""
    canvas.edge(ids.arrow(*ends), ends, "op", route, line=bare.THICK, stroke=tint, radius=4.0)
