"""Kind `volumes`: a network for images as stacked feature maps.

Node ids: ``input``, and ``after.<stage>`` for what a stage makes (its `shape`
is the whole tensor measured, batch axis included). Edge ids: ``run.<stage>``,
from form to form; stages that keep the shape (relu, dropout, batch_norm2d …)
are said on the arrow of the stage before them, and listed in the scene's
`notes`, as are stages that are all alike and drawn once.
"""

from __future__ import annotations

from lstmviz.figures.base import Draft, Kind, Options, Subject
from lstmviz.figures.pages import Page
from lstmviz.figures.volumes import bare
from lstmviz.figures.volumes.captions_below import describe
from lstmviz.figures.volumes.draw import draw_foot, draw_rows
from lstmviz.figures.volumes.fewer import folded, joined
from lstmviz.figures.volumes.flow import LEAVE, LabelledMove, Row, cut_windows, rows_of, spread
from lstmviz.figures.volumes.labels import Voice, over, shared, silent, tag_of
from lstmviz.figures.volumes.plan import Move, image_of, moves_of, without_batch
from lstmviz.scene.canvas import Canvas
from lstmviz.translation.messages import Note, note

MANY = 4
"""More rows than this are folded: stages that are all alike are drawn once."""


class VolumesOptions(Options):
    """Options of the kind `volumes`: those of every kind."""


def refuse(subject: Subject) -> str | None:
    """Why there are no maps to stack, or None."""
    if image_of(subject) is None:
        return "this model takes no images"
    if not any(s.outputs for s in subject.trace.stages):
        return "this model has no layers"
    begun = any(layer.states_from for layer in subject.trace.recurrent)  # by states, not by what is drawn
    if begun or not subject.trace.chained:
        return "this model branches, and feature maps are drawn one after the other"
    return without_batch(subject) or None


def compose(subject: Subject, options: VolumesOptions, page: Page) -> Draft:
    """The forms in rows, and what is said under them."""
    room = page.inner - LEAVE - 3
    moves = moves_of(subject, room)
    rows, voice = _rows(moves, options, page)
    if len(rows) > MANY and not options.whole:
        moves = folded(moves)
        rows, voice = _rows(moves, options, page)
    if len(rows) > MANY and not options.whole:
        moves = joined(moves, room)
        voice = Voice("terse", min(64.0, page.inner - 16), shared(moves), silent(moves))
        rows = _placed(moves, options, page, voice)
    canvas = Canvas()
    rows = spread(rows, page.inner - 1, most=16.0 if page.fixed else 6.0)
    wraps = LEAVE if len(rows) > 1 else 0.0
    width = page.inner - 1 if page.fixed else max(row[-1].end() for row in rows) + wraps
    low, windows = draw_rows(canvas, rows, width)
    at = (low + 16, width if page.fixed else max(width, 200.0))
    draw_foot(canvas, moves, options, voice, at=at, windows=windows)
    canvas.notes += _notes(moves)
    return Draft(canvas, describe(moves))


def _rows(moves: list[Move], options: VolumesOptions, page: Page) -> tuple[list[Row], Voice]:
    """The rows with all that can be said, or with less if that saves rows, or windows from being cut."""
    most = page.inner - 16
    voices = [
        Voice("full", min(84.0, most)),
        Voice("tight", min(64.0, most)),
        Voice("terse", min(64.0, most), shared(moves)),
        Voice("tight", min(52.0, most)),  # the last: calls broken so short read worse, but windows stay whole
    ]
    found = [(_placed(moves, options, page, voice), voice) for voice in voices]
    least = MANY if page.narrow else 1
    return min(found, key=lambda pair: (max(len(pair[0]), least), cut_windows(pair[0])))


def _placed(moves: list[Move], options: VolumesOptions, page: Page, voice: Voice) -> list[Row]:
    first = moves[0].source
    said = [
        LabelledMove(m, lines, tag_of(m.target, options, voice.size), tight=not lines and bool(m.window))
        for m in moves
        for lines in [over(m, options, voice)]
    ]
    return rows_of(first, tag_of(first, options, voice.size), said, page.inner - 1)


def _notes(moves: list[Move]) -> list[Note]:
    """Which stages stand behind each arrow."""
    notes = []
    for move in moves:
        told = {"edge": move.id, "stages": ", ".join(s.name for s in (move.lead, *move.follows))}
        if move.times > 1:
            notes.append(note("note.behind-groups", n=move.times, **told))
        else:
            notes.append(note("note.behind", **told))
    return notes


VOLUMES = Kind(
    "volumes",
    "a network for images as stacked feature maps, with its kernels",
    VolumesOptions,
    compose,
    refuse,
    backend="matplotlib",
    bare=bare.compose,
    view="volumes.view",
)
