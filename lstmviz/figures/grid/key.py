"""The foot of a grid: shapes layer by layer, colours, letters, and what marks mean."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from lstmviz.figures.base import shape_tag
from lstmviz.figures.grid.body import Grid
from lstmviz.figures.grid.labels import groups, named, shape_beside, spare, under_sides
from lstmviz.figures.grid.notes_below import weights
from lstmviz.figures.grid.options import GridOptions
from lstmviz.figures.shared import legend
from lstmviz.figures.shared.captions_below import Foot
from lstmviz.figures.shared.claimed import all_of
from lstmviz.figures.shared.legend import Entry, own_letters
from lstmviz.figures.shared.parts import states_tensor
from lstmviz.figures.shared.sentences import states_begun
from lstmviz.figures.shared.swatches import Swatch
from lstmviz.scene.labels import TextLine, row, words
from lstmviz.translation.messages import Message, joined, message, user_text


def foot(
    gs: Sequence[Grid],
    options: GridOptions,
    told: tuple[Sequence[Entry], Sequence[Message]],
    at: tuple[float, float],
    room: float,
) -> float:
    """All that stands under a grid, to the last y; `told` are rows of shapes from above it, and sentences."""
    rows, said = told
    gs = [replace(g, name=g.name or (g.layer.name if rows else "")) for g in gs]
    layers = [g.layer for g in gs]
    if lone(gs):
        under_sides(gs[0], options)
    white = not lone(gs) and any(layer.begins_with_zeros for layer in layers)  # else it is said under them
    unused: list[Swatch] = []
    unused += ["rev"] if len(gs) > 1 and not gs[0].m.full else []  # words at each lane
    unused += [] if white else ["zeros"]
    quiet = [*said, *(marks(gs) if options.legend != "off" else [])]
    told_ = [] if gs[0].name else legend.plain([weights(gs[0])])
    foot_ = Foot([*_shapes(gs, options), *rows], told_, quiet)
    return foot_.write(gs[0].canvas, layers, options, at, room, without=unused)


def lone(gs: Sequence[Grid]) -> bool:
    """Whether the states' shapes stand under their own regions."""
    return len(gs) == 1 and gs[0].m.sides == "frames" and len(groups(gs[0].layer)) == 1


def _shapes(gs: Sequence[Grid], options: GridOptions) -> list[Entry]:
    """The shapes that do not stand where their tensors are, layer by layer."""
    never = any(g.layer.batch_first and g.layer.batch_size is not None for g in gs)
    found: list[Entry] = []
    alike, pair = _alike(gs), _handing(gs) and not gs[0].m.full
    for g in gs:
        found += legend.plain(_ends(g, options), g.name)
        for bases in groups(g.layer) if not (lone(gs) or (alike and g is gs[0])) else ():
            names = all_of(g.layer, [f"{b}_{end}" for end in "0n" for b in bases], 7)
            said = message("grid.each-of-both" if alike else "layer.each", layer=g.layer.name)
            each = [words(said, 7)] if options.shapes != "off" else []
            tag = shape_tag(states_tensor(g.layer, f"{bases[0]}_n"), options)
            found.append(Entry((row(names, *each, gap=4), tag), name="" if alike else g.name))
        found += legend.plain(spare(g) if not pair else [], g.name)
    name = "" if alike else gs[-1].name
    if never and not lone(gs):
        found += legend.plain([words(message("layer.states-never-first", layer=gs[-1].layer.name), 7)], name)
        if pair:
            found += legend.plain([words(message("grid.weights-alike", layer=gs[-1].layer.name), 7)], name)
    return found


def _handing(gs: Sequence[Grid]) -> bool:
    """Whether these are an encoder and its decoder."""
    return len(gs) == 2 and gs[1].layer.giver == gs[0].layer.name


def _alike(gs: Sequence[Grid]) -> bool:
    """Whether an encoder's states and its decoder's have the same shapes, and are told as one."""
    shapes = [[(t.symbols, t.sizes) for t in g.layer.tensors if t.name in {"h_n", "c_n"}] for g in gs]
    return _handing(gs) and not gs[0].m.full and shapes[0] == shapes[1]


def _ends(g: Grid, options: GridOptions) -> list[TextLine]:
    """The shapes of `input` and `output` that have no room beside their frames."""
    if g.m.sides != "slots":
        return []
    told = "shape" in g.told or shape_beside(g, options)
    names = (["input"] if g.fed else []) + (["output"] if g.covered and not told else [])
    return [named(g.layer, name, options) for name in names]


def marks(gs: Sequence[Grid]) -> Iterable[Message]:
    """What the marks in the drawing mean, each as one sentence."""
    for g in gs:
        if g.layer.bidirectional and g.layer.num_layers > 1 and (g.narrow or not g.m.full):
            yield message("grid.concat", layer=g.layer.name)
            break
    if _handing(gs) and not gs[-1].layer.batch_first:
        yield message("grid.weights-alike", layer=gs[-1].layer.name)
    for g in gs:
        if g.layer.dropout and g.layer.num_layers > 1:
            yield message("grid.drop", p=g.layer.dropout, layer=g.layer.name)
        if g.layer.cuts:
            yield message("loop.cut-key")
        if not g.layer.begins_with_zeros and not _seen(g, gs):
            said = states_begun(g.layer)
            yield joined(": ", user_text(g.name), said) if g.name else said
    for g in gs:
        yield from own_letters(g.layer.tensors, g.name, g.layer.tensor("input").symbols if g.fed else ())
    yield message("layer.counting")
    padded = next((g.layer for g in gs if g.valid < g.layer.timesteps), None)
    if padded is not None:
        yield message("grid.copied", layer=padded.name)


def _seen(g: Grid, gs: Sequence[Grid]) -> bool:
    """Whether the layer whose last states begin this one is drawn, or its side says what does."""
    said = lone(gs) and not (g.narrow and g.layer.made_of)
    return said or any(other.layer.name == g.layer.giver for other in gs)
