"""The words of a `volumes` figure: over its arrows, under its forms, at its foot."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from lstmviz.figures.base import respell
from lstmviz.figures.shared.calls import arguments, call, class_of, made, ordinal
from lstmviz.figures.shared.parts import packed_rows
from lstmviz.figures.volumes.leading import lead_of
from lstmviz.figures.volumes.plan import small, weight_of
from lstmviz.scene import labels
from lstmviz.scene.claims import parted, whole
from lstmviz.scene.items import MUTED, stroke_of
from lstmviz.scene.labels import EMPTY, Inline, code, letters, row, words
from lstmviz.spec.layer_types import RECURRENT
from lstmviz.translation.messages import literal, message

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lstmviz.figures.base import Options
    from lstmviz.figures.volumes.plan import Form, Move
    from lstmviz.network.structure import Stage, Tensor
    from lstmviz.scene.items import Role, Tint
    from lstmviz.translation.messages import Said

OWNER = stroke_of("param")


@dataclass(frozen=True, slots=True)
class Voice:
    """How much is said over an arrow: all of it, what `weight` does not say, or the least.

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
    """The classes that come several times, always with the same tail."""
    tails: dict[str, list[Any]] = {}
    for move in moves:
        tails.setdefault(class_of(move.lead), []).append(tail(move))
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


def over(move: Move, options: Options, voice: Voice) -> tuple[Inline, ...]:
    """The lines over a move's arrow, the stage itself on top."""
    tint = OWNER if move.lead.parameters else MUTED
    name = class_of(move.lead)
    if name in voice.silent:
        return ()
    times = f"{move.times} × " if move.times > 1 else ""
    named, follows = ([], []) if name in voice.shared else tail(move)
    weight = _weight(move.weight, options, voice.level) if move.weight else []
    weight += _further(move, options, voice.level)
    brief = bool(weight) and voice.level != "full" and options.shapes in {"both", "numbers"}
    heads = [times + name, *named] if brief else [times + call(move.lead)]
    if not brief and voice.level == "terse" and (placed := arguments(move.lead)[0]):
        heads = [times + name, f"({', '.join([*placed, *['…'] * bool(named)])})"]
    joined = f" + {follows[0]}" if len(follows) == 1 and brief else ""
    stages = (move.lead, *move.follows[: len(follows)])
    if joined and labels.code(heads[0] + joined, 7).width <= voice.budget:
        heads[0] += joined
        follows = []
    lines = [line for head in heads for line in _coded(head, stages, voice.budget, tint)]
    lines += weight
    for follower in move.follows[: len(follows)]:
        hue = OWNER if follower.parameters else MUTED
        lines += _coded(f"+ {call(follower)}", [follower], voice.budget, hue)
    return tuple(lines)


def _coded(text: str, stages: Sequence[Stage], budget: float, tint: Tint) -> Iterator[Inline]:
    """Parts of the stages' calls, joined by ``+``, in lines: each line with what it shows of which call."""
    claims = []
    for part, stage in zip(re.sub(r"^(\d+ ×|\+) ", "", text).split(" + "), stages, strict=False):
        source = call(stage)
        bare = part if part in source else re.sub(r"(, …)?\)$", "", part)
        claims.append(made(stage).claim(bare, source.index(bare)))
    lines = broken(text, budget)
    for line, own in zip(lines, parted(whole(claims, text), text, lines), strict=True):
        yield code(line, tint=tint).claiming(*own)


def _weight(weight: Tensor, options: Options, level: str) -> list[Inline]:
    """The shape of a weight, on one line or two, or without its name."""
    mode = "numbers" if options.shapes == "both" else options.shapes
    tag = labels.shape(weight.symbols, weight.sizes, mode=mode, size=8, tint=OWNER)
    if not tag.runs:
        return []
    name = code("weight", tint=OWNER)
    return {"full": [row(name, tag, gap=3.5)], "tight": [name, tag], "terse": [tag]}[level]


def _further(move: Move, options: Options, level: str) -> list[Inline]:
    """The shape of the weights of those after the first, where they read other channels."""
    then = weight_of(move.then) if move.then is not None else None
    if then is None or move.weight is None or then.sizes == move.weight.sizes:
        return []
    lines = _weight(then, options, level)
    count = [letters(f"{move.times - 1} ×", 8, tint=OWNER)] if move.times > 2 and lines else []
    return [*lines[:-1], row(*count, lines[-1], gap=3)] if lines else []


def tag_of(form: Form, options: Options, size: float) -> Inline:
    """The shape under a form; letters at the input's own edges say what its axes are."""
    mode = "numbers" if options.shapes == "both" else options.shapes
    return labels.shape(form.symbols, form.sizes, mode=mode, size=size) if form.sizes else EMPTY


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


def shared_lines(moves: Sequence[Move], options: Options, voice: Voice) -> list[str]:
    """What is left out over the arrows, because it is the same at each of them."""
    said = []
    for name in sorted(voice.shared - voice.silent):
        one = next(m for m in moves if class_of(m.lead) == name)
        named, follows = tail(one)
        if named or follows:
            more = [", ".join(named)] * bool(named) + ["then " + ", ".join(follows)] * bool(follows)
            said.append(f"each {name}: {', '.join(more)}")
    if voice.level == "terse" and any(m.weight for m in moves) and options.shapes != "off":
        said.append("under Conv2d and Linear: the shape of weight")
    return said


def foot_lines(moves: Sequence[Move], options: Options, width: float) -> list[Inline]:
    """What the letters mean, what is drawn, and to which scale."""
    first = moves[0].source
    said = [_letters(first, options)]
    if len(first.tensor.sizes) > len(first.sizes):
        said.append(_given(first.tensor, options))
        said.append(words(_one(moves, first.tensor), tint=MUTED))
    if any(m.times > 1 for m in moves):
        said.append(words("⋯ several alike, one after the other", tint=MUTED))
    said.append(words("lengths grow as √size, each kind on its own scale", tint=MUTED))
    if (larger := _larger(moves, options)) != "":
        said.append(words(larger, tint=MUTED))
    return packed_rows(_short(said, width), width)


def _one(moves: Sequence[Move], given: Tensor) -> str | Said:
    """What is drawn of the batch: one image, or one frame of all that a layer reads."""
    steps = dict(zip(given.symbols, given.sizes, strict=True)).get("T")
    if steps is None:
        return "drawn: one image, without the batch axis"
    reader = next((m.lead.name for m in moves if m.lead.type in RECURRENT), None)
    if reader is None:
        return message("volumes.frame", steps=steps)
    return message("volumes.frame-read", steps=steps, reader=literal(reader), layer=reader)


def _larger(moves: Sequence[Move], options: Options) -> str:
    """What the scale does not hold for, because it could not be seen."""
    forms = [moves[0].source, *(m.target for m in moves)]
    named = list(dict.fromkeys(_shape(f) for f in forms if f.raised and f.sizes))
    told = [*named[:3], *["…"] * (len(named) > 3)] if options.shapes not in {"symbols", "off"} else []
    told = told or ["the smallest"] * bool(named)
    told += ["windows"] * any(small(m) for m in moves)
    return f"drawn larger, to be seen: {', '.join(told)}" if told else ""


def _short(items: Sequence[Inline], width: float) -> Iterator[Inline]:
    """The items, words that are wider than the page broken into lines."""
    for item in items:
        if item.width <= width:
            yield item
        else:
            yield from (words(t, tint=MUTED) for t in labels.wrap(item.text, width, 7))


def _letters(form: Form, options: Options) -> Inline:
    if options.shapes in {"numbers", "off"} or form.kind != "maps":
        return EMPTY
    parts: list[Inline] = []
    for symbol, meaning in (("C", "channels"), ("H", "height"), ("W", "width")):
        parts += [words("·", tint=MUTED)] if parts else []
        parts.append(row(letters(symbol, 9, tint=MUTED), words(meaning, tint=MUTED), gap=2.5))
    return row(*parts, gap=4)


def _given(given: Tensor, options: Options) -> Inline:
    """The whole input with its batch axis."""
    symbols = [*(respell(symbol, options) for symbol in lead_of(given)), "C", "H", "W"]
    # H is the height here, and elsewhere the units: what is held against the run is the measured axis.
    tag = labels.shape(
        symbols, given.sizes, mode=options.shapes, size=9, tint=MUTED, of="input", means=given.symbols
    )
    return row(code("input", tint=MUTED), tag, gap=4) if tag.runs else EMPTY


def kernel_text(moves: Sequence[Move], options: Options) -> str:
    """The lesson of one convolution in words: what a kernel sees, and what it makes."""
    convs = [m for m in moves if m.lead.type.lower() == "conv2d" and m.weight and m.window]
    size = f" ({same})" if (same := uniform(moves).get("param")) else ""
    plain = f"a kernel{size} sums over all channels of its input and makes one map"
    if not convs or options.shapes in {"symbols", "off"}:
        return plain if convs else ""
    sizes = [m.weight.sizes for m in convs if m.weight]
    at = next((i for i, s in enumerate(sizes) if s[1] > 1 and len(set(s[:3])) == 3), 0)  # no two sizes alike
    weight, before = convs[at].weight, sum(move.times for move in convs[:at])
    assert weight is not None
    many, deep, high, wide = weight.sizes
    which = "the Conv2d" if len(convs) == convs[0].times == 1 else f"the {ordinal(before)} Conv2d"
    each = f"each of the {many} kernels" if many > 1 else "the one kernel"
    return f"{plain}: {each} of {which} is ({deep}, {high}, {wide})"


def describe(moves: list[Move]) -> str:
    """A sentence that reads the figure aloud."""
    first, last = moves[0].source, moves[-1].target
    whole = ", ".join(map(str, first.tensor.sizes))
    begin = f"A network for images, one image drawn from left to right: input of shape ({whole})"
    if len(moves) > 12:
        return f"{begin}; {_counted(moves)}; output of shape {_shape(last)}. {_lesson(moves)}".strip()
    steps = []
    for move in moves:
        names = " and ".join(class_of(s) for s in (move.lead, *move.follows))
        window = f" {window_text(move)}" if move.window else ""
        times = f"{move.times} times " if move.times > 1 else ""
        lead, _, rest = names.partition(" and ")
        steps.append(f"{times}{lead}{window}{f' and {rest}' if rest else ''} to {_shape(move.target)}")
    return f"{begin}; {'; '.join(steps)}, which is the output. {_lesson(moves)}".strip()


def _counted(moves: list[Move]) -> str:
    counts: dict[str, int] = {}
    for move in moves:
        for stage in (move.lead, *move.follows):
            counts[class_of(stage)] = counts.get(class_of(stage), 0) + move.times
    return ", ".join(f"{n} {name}" for name, n in counts.items())


def _shape(form: Form) -> str:
    return labels.shape(form.symbols, form.sizes, mode="numbers").text


def _lesson(moves: list[Move]) -> str:
    conv = any(m.lead.type.lower() == "conv2d" for m in moves)
    return "Every kernel sums over all channels of its input." if conv else ""
