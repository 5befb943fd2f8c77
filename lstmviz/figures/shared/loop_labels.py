"""What is said of a loop of one's own, in several kinds: what it reads and hands on, as the code calls it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lstmviz.figures.recurrences import listed
from lstmviz.figures.shared import claimed, parts
from lstmviz.figures.shared.legend import Entry
from lstmviz.figures.shared.parts import DrawnLayer
from lstmviz.figures.shared.state_looks import chip_style, strokes, tint
from lstmviz.network.operators import for_readers
from lstmviz.network.recurrence import Fed, OwnLoop, StateVariable
from lstmviz.network.rounds import listed_rounds
from lstmviz.network.structure import Tensor
from lstmviz.scene import labels
from lstmviz.scene.canvas import Canvas
from lstmviz.scene.code import Code
from lstmviz.scene.items import GROUND, MUTED, Point, fill_of
from lstmviz.scene.labels import TextLine
from lstmviz.translation.messages import Message, joined, message, user_text


def subtitle(part: DrawnLayer) -> tuple[Message, tuple[Code, ...]]:
    """Where the loop is, and how often it goes round; no code of torch's makes it."""
    layer = part.loop
    told = {"name": layer.origin, "where": layer.where, "n": layer.timesteps, "loop": layer.name}
    if layer.layer and layer.reverse:
        both = {"name": layer.layer, "other": layer.reverse.layer}
        return message("loop.both", **both, n=layer.timesteps, loop=layer.name), ()
    return message("loop.title", **told), ()


def step_shapes(part: DrawnLayer) -> list[TextLine]:
    """The shape of what one round reads, hands on and gives; those alike on one line."""
    layer = part.loop
    alike: dict[tuple[tuple[int, ...], tuple[str, ...]], list[tuple[str, Tensor]]] = {}
    for one in layer.parts:
        if layer.ahead and one in layer.fed:
            continue  # it is the forward direction's
        if one.each is not None and one not in (*layer.constants, *layer.chunks):
            same = alike.setdefault((one.each.sizes, one.each.symbols), [])
            same += [(one.base, one.each)] if one.base not in {base for base, _ in same} else []
    lines = []
    for named in alike.values():
        names = [claimed.each(layer, base) for base, _ in named]
        comma = labels.words(", ", 7)
        joined = labels.row(*[piece for name in names for piece in (comma, name)][1:])
        each = labels.words(message("layer.each"), 7, tint=MUTED)
        lines.append(parts.named_shape([each, joined], named[0][1], part.options))
    return lines


def remarks(part: DrawnLayer) -> Iterator[Message]:
    """What a box is, and whether it has weights."""
    layer = part.loop
    if layer.layer:
        yield message("loop.step-box", name=user_text(layer.layer), where=layer.where, loop=layer.name)
        return
    yield message("loop.box", where=layer.where, loop=layer.name)
    for name, where, rounds in layer.inner:
        yield message("loop.inner", name=user_text(name), where=where, n=rounds, loop=layer.name)
    if layer.weights:
        yield message("loop.weights", names=", ".join(layer.weights_told), loop=layer.name)
    else:
        yield message("loop.no-weights", loop=layer.name)


def key(part: DrawnLayer) -> Iterator[Entry]:
    """Each state's line and what the code calls it; what is read, and what is given."""
    layer = part.loop
    for state in layer.states[::-1]:
        words = _named("state", state.base, state.said, loop=layer.name)
        yield Entry((labels.words(words, 7, tint=MUTED),), "line", paint=_swatch(state, layer.way))
    read = {(one.base, one.tensor, one.answer): one for one in layer.fed} if not layer.ahead else {}
    for fed in read.values():
        yield Entry((labels.words(_read(layer, fed), 7, tint=MUTED),), "input")
    for whole in layer.constants:
        words = message("loop.all", base=whole.base, tensor=whole.tensor, loop=layer.name)
        yield Entry((labels.words(words, 7, tint=MUTED),), "input")
    for share in layer.shares[:-1]:
        if share.name != "softmax":
            line = message("loop.share", part=message(f"loop.{share.name}", loop=layer.name), of=share.name,
                           names=", ".join(share.stages), loop=layer.name)  # fmt: skip
            yield Entry((labels.words(line, 7, tint=MUTED),))
    for one in layer.given:
        if not one.state:
            words = message("loop.given", base=one.base, tensor=one.tensor, loop=layer.name)
            yield Entry((labels.words(words, 7, tint=MUTED),), "output")


def _read(layer: OwnLoop, fed: Fed) -> Message:
    """What a chip that a round reads stands for."""
    told = {"base": fed.base, "tensor": fed.tensor, "loop": layer.name}
    if fed.answer:
        return message("loop.answer", **told)
    if fed.window is not None:
        return message("loop.window", first=fed.window[0], last=fed.window[1], **told)
    if fed.size > 1:
        last = fed.last(layer.timesteps)
        return message(f"loop.chunks{'-last' if last != fed.size else ''}", n=fed.size, last=last, **told)
    return _named("read", fed.base, fed.said, tensor=fed.tensor, loop=layer.name)


def _named(what: str, base: str, said: str, **given: str) -> Message:
    """A letter with what the code calls it, if that is another name."""
    if said in {base, ""}:
        return message(f"loop.own-{what}", base=base, **given)
    return message(f"loop.{what}", base=base, name=said, **given)


def _swatch(state: StateVariable, way: str) -> Any:
    """What paints a small chip of a state with its line: dashed where it goes backwards."""

    def paint(canvas: Canvas, at: Point) -> None:
        x, y = at
        chip = {"fill": _fill(state), "stroke": tint(state)}
        canvas.box((x, y - 3.6, x + 8.0, y + 3.6), role="note", line=0.8, **chip)
        for dy in (-1.1, 1.1) if state.role == "cell" else (0.0,):
            thin = 0.9 if state.role == "cell" else 1.5
            dash = (2.6, 1.5) if way == "rev" else None
            canvas.line([(x + 8.0, y + dy), (x + 17.0, y + dy)], stroke=tint(state), line=thin, dash=dash)
        head = {"fill": GROUND, "stroke": tint(state), "line": 0.9} if way == "rev" else {"fill": tint(state)}
        canvas.form([(x + 22.0, y), (x + 17.0, y - 2.7), (x + 17.0, y + 2.7)], **head)
        strokes(canvas, state, (x + 7.5, y), 1)

    return paint


def _fill(state: StateVariable) -> Any:
    """The fill of a state's chip."""
    return chip_style(state).get("fill") or fill_of(state.role)


def notes(part: DrawnLayer) -> Iterator[Message]:
    """How the states begin, what is not read, and what is made from what where that differs."""
    layer = part.loop
    for id_, found in _begun(layer).items():
        if found:
            names = ", ".join(f"{state.base}_0" for state in found)
            yield message(f"loop.{id_}", names=names, loop=layer.name)
    for one in layer.starting:
        if one.begun:
            giver = ", ".join(map(for_readers, one.begun))
            yield message("loop.begun", names=f"{one.base}_0", giver=giver, loop=layer.name)
    if all(one.answer for one in layer.fed) and not layer.below:
        yield message("loop.nothing-read", loop=layer.name)
    if ends := [state.base for state in layer.states if state.base in layer.ends]:
        yield message("loop.last-read", names=listed(ends), loop=layer.name)
    yield from _in_turns(layer)
    yield from _takes(layer)
    if cut := [state.base for state in (*layer.states, *layer.answered) if state.detached]:
        yield message("loop.detached", names=", ".join(cut), loop=layer.name)
    for state in layer.states:
        if state.cut:
            yield message(
                "loop.cut", names=state.base, rounds=state.cut_at, cuts=len(state.cut), loop=layer.name
            )


def _in_turns(layer: OwnLoop) -> Iterator[Message]:
    """Say which rounds read what of all that they read in turns."""
    for one in layer.fed:
        if one.rounds:
            rounds = listed_rounds([number - 1 for number in one.rounds])
            base = one.base if one.turns else f"{one.base}_{one.index}"
            yield message("loop.turns", base=base, rounds=rounds, n=len(one.rounds), loop=layer.name)
        if one.less and not one.answer:
            rounds = listed_rounds([number - 1 for number in one.less])
            yield message("loop.less", base=one.base, rounds=rounds, n=len(one.less), loop=layer.name)


def _begun(layer: OwnLoop) -> dict[str, list[StateVariable | Fed]]:
    """The states that begin without another tensor: with zeros, or with another constant."""
    free = [one for one in layer.starting if not one.begun]
    return {"zeros": [s for s in free if s.zeros], "constant": [s for s in free if not s.zeros]}


def _takes(layer: OwnLoop) -> Iterator[Message]:
    """Say what each tensor of a round is made from, if not all are made from the same."""
    if len(set(layer.takes.values())) < 2:
        return
    for made, taken in layer.takes.items():
        yield message("loop.takes", made=f"{made}_t", taken=", ".join(taken), loop=layer.name)


def aloud(layer: OwnLoop, first: Message) -> Message:
    """A first sentence with what a round reads, hands on and gives, to be read aloud."""
    told = [first]
    fed = [one for one in layer.fed if one.turns or not one.answer]
    states = (*layer.states, *layer.answered)
    for what, named in (("reads", fed), ("states", states), ("gives", layer.given)):
        if named:
            names = ", ".join(dict.fromkeys(one.base for one in named))
            told.append(message(f"loop.aloud-{what}", names=names, loop=layer.name))
    told += _in_turns(layer)
    told.append(message("loop.aloud-shapes", shapes=shapes(layer), loop=layer.name))
    return joined(" ", *told)


def shapes(layer: OwnLoop) -> str:
    """The shapes of what a round has to do with, in words."""
    return ", ".join(f"{base} {shape}" for base, shape in layer.shapes.items())
