"""The words of a `volumes` figure: over its arrows, under its forms, at its foot."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from lstmviz.figures.base import Options
from lstmviz.figures.shared.calls import arguments, call, class_of, made
from lstmviz.figures.shared.claimed import called, result
from lstmviz.figures.volumes.plan import Form, Move, weight_of
from lstmviz.network.structure import Stage, Tensor
from lstmviz.scene import labels
from lstmviz.scene.claims import parted, whole
from lstmviz.scene.items import MUTED, Role, Tint, stroke_of
from lstmviz.scene.labels import EMPTY, TextLine, code, letters, row, words
from lstmviz.spec.layer_types import RECURRENT
from lstmviz.translation.messages import Message, message

OWNER = stroke_of("param")
NAME = 8.0
"""The size of the words input and output, pt."""


@dataclass(frozen=True, slots=True)
class Voice:
    """How much is said over an arrow: all of it, all in narrow lines, or the least.

    `budget` is the width of a line, pt. `shared` are the classes whose further
    arguments and followers are the same everywhere, and said once at the foot;
    `silent` those of which nothing is said but there.
    """

    level: Literal["full", "tight", "terse"]
    budget: float
    shared: frozenset[str] = frozenset()
    silent: frozenset[str] = frozenset()

    @property
    def size(self) -> float:
        """The size of shapes under the forms."""
        return 7.5 if self.level == "terse" else 8.5


def broken(text: str, budget: float) -> list[str]:
    """A call in lines of at most `budget` pt where it can be, broken before its arguments.

    >>> broken("Conv2d(3, 64, (3, 5), padding=1)", 78)
    ['Conv2d(3, 64,', '(3, 5), padding=1)']
    """
    lines = [""]
    for piece in re.findall(r"^[^(]*\(|\([^)]*\)[,)]* ?|[^\s,]+[,)]* ?|.", text):
        trial = lines[-1] + piece
        if labels.code(trial.rstrip(), 7).width <= budget or not lines[-1]:
            lines[-1] = trial
        else:
            lines.append(piece)
    return [part for line in lines for part in labels.wrap(line.strip(), max(budget, 84.0), 7, "mono")]


def tail(move: Move) -> tuple[list[str], list[str]]:
    """A move's arguments that have names, and the stages that follow it."""
    return arguments(move.lead)[1], [call(s) for s in move.follows]


def shared(moves: Sequence[Move]) -> frozenset[str]:
    """The classes that come several times, always with the same windows and the same tail."""
    tails: dict[str, list[Any]] = {}
    for move in moves:
        size = dict(move.lead.arguments).get("kernel_size")
        tails.setdefault(class_of(move.lead), []).append((tail(move), size))
    return frozenset(k for k, all_ in tails.items() if len(all_) > 1 and all(t == all_[0] for t in all_))


def silent(moves: Sequence[Move]) -> frozenset[str]:
    """The pooling classes that come several times, always with the same arguments and alone."""
    calls: dict[str, set[str]] = {}
    for move in moves:
        if move.lead.type in {"max_pool2d", "avg_pool2d"}:
            calls.setdefault(class_of(move.lead), set()).add(stated(move))
    many = {name for name in calls if sum(class_of(m.lead) == name for m in moves) > 1}
    return frozenset(name for name, found in calls.items() if len(found) == 1 and name in many)


def stated(move: Move) -> str:
    """A move as code makes it, with what follows it."""
    return " + ".join(call(stage) for stage in (move.lead, *move.follows))


def over(move: Move, options: Options, voice: Voice) -> tuple[TextLine, ...]:
    """The lines over a move's arrow, the stage itself on top."""
    name = class_of(move.lead)
    if name in voice.silent:
        return ()
    alike = name in voice.shared
    lines = list(_stages(move, () if alike else move.follows, voice.budget))
    told = () if alike and options.legend != "off" else move.told  # the key says what all have
    wrapped = [part for one in told for part in labels.wrap(one, voice.budget, 7)]
    lines += [words(part, 7, tint=MUTED) for part in wrapped]
    if options.detail == "full" and move.weight is not None:
        lines += [*_weight(move.weight, options, voice.level), *_further(move, options, voice.level)]
    return tuple(lines)


def _stages(move: Move, follows: Sequence[Stage], budget: float) -> Iterator[TextLine]:
    """The class of a stage and the calls of those that follow it, several on a line where they fit."""
    first = class_of(move.lead) if class_of(move.lead) in call(move.lead) else call(move.lead)
    lines: list[tuple[str, list[Stage]]] = [(first, [move.lead])]
    if move.times > 1:
        lines[0] = (f"{move.times} × {first}", [move.lead])
    for stage in follows:
        said = f"+ {call(stage)}"
        trial = f"{lines[-1][0]} {said}"
        if labels.code(trial, 7).width <= budget:
            lines[-1] = (trial, [*lines[-1][1], stage])
        else:
            lines.append((said, [stage]))
    for at, (text, stages) in enumerate(lines):
        tint = OWNER if any(stage.parameters for stage in stages) else MUTED
        parts = list(_coded(text, stages, budget, tint))
        if at == 0 and move.times > 1:
            parts[0] = parts[0].claiming(labels.asserted(in_turn(move, move.times)))
        yield from parts


def in_turn(move: Move, times: int) -> Message:
    """How many stages that do the same follow one another: ``3 ×``."""
    return message("volumes.times", n=times, stage=move.lead.name)


def _coded(text: str, stages: Sequence[Stage], budget: float, tint: Tint) -> Iterator[TextLine]:
    """Parts of the stages' calls, joined by ``+``, in lines: each line with what it shows of which call."""
    claims = []
    for part, stage in zip(re.sub(r"^(\d+ ×|\+) ", "", text).split(" + "), stages, strict=False):
        source = call(stage)
        bare = part if part in source else re.sub(r"(, …)?\)$", "", part)
        claims.append(made(stage).claim(bare, source.index(bare)))
    lines = broken(text, budget)
    for line, own in zip(lines, parted(whole(claims, text), text, lines), strict=True):
        yield code(line, tint=tint).claiming(*own)


def _weight(weight: Tensor, options: Options, level: str) -> list[TextLine]:
    """The shape of a weight, on one line or two, or without its name."""
    mode = "numbers" if options.shapes == "both" else options.shapes
    tag = labels.shape(
        weight.symbols, weight.sizes, mode=mode, size=8, tint=OWNER, of=weight.name, stage=weight.of
    )
    if not tag.runs:
        return []
    name = called("weight", tint=OWNER)
    return {"full": [row(name, tag, gap=3.5)], "tight": [name, tag], "terse": [tag]}[level]


def _further(move: Move, options: Options, level: str) -> list[TextLine]:
    """The shape of the weights of those after the first, where they read other channels."""
    then = weight_of(move.then) if move.then is not None else None
    if then is None or move.weight is None or then.sizes == move.weight.sizes:
        return []
    lines = _weight(then, options, level)
    count = []
    if move.times > 2 and lines:
        told = labels.asserted(in_turn(move, move.times - 1))
        count = [letters(f"{move.times - 1} ×", 8, tint=OWNER).claiming(told)]
    return [*lines[:-1], row(*count, lines[-1], gap=3)] if lines else []


def tag_of(form: Form, options: Options, size: float) -> TextLine:
    """The shape under a form, that of the whole batch."""
    mode = "numbers" if options.shapes == "both" else options.shapes
    name, stage = ("input", "") if form.first else ("output", form.tensor.of)
    return labels.shape(form.tensor.symbols, form.tensor.sizes, mode=mode, size=size, of=name, stage=stage)


def name_of(form: Form, move: Move | None) -> TextLine:
    """What stands under the first form and the last: the input, a layer's output, or the model's result."""
    if form.first:
        return called("input", NAME, tint=stroke_of("input"))
    if not form.last or move is None:
        return EMPTY
    tint = stroke_of("output")
    if move.lead.type in RECURRENT:
        return called("output", NAME, tint=tint)
    return row(words(message("pipeline.result"), 7, tint=tint), result(9, tint=tint), gap=2.5)


def window_text(move: Move) -> str:
    """A window's size: ``3×3``."""
    window = move.window
    assert window is not None
    return "×".join(map(str, window.size))


def uniform(moves: Sequence[Move]) -> dict[Role, str]:
    """The size of kernels, and that of pooling windows, where all have the same."""
    found: dict[Role, set[str]] = {}
    for move in moves:
        if move.window is not None:
            found.setdefault(window_role(move), set()).add(window_text(move))
    return {role: sizes.pop() for role, sizes in found.items() if len(sizes) == 1}


def window_role(move: Move) -> Role:
    """A kernel owns weights, a pooling window does not."""
    return "param" if move.lead.type.lower() == "conv2d" else "op"
