"""The lines under a figure of states: grouped, aligned, with swatches of what they explain."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from itertools import groupby

from lstmviz.figures.base import Options
from lstmviz.figures.shared.called_names import called_short
from lstmviz.figures.shared.common import keep
from lstmviz.figures.shared.parts import key_items, packed_rows
from lstmviz.figures.shared.swatches import CHIP, WIDE, Swatch, paint_swatch
from lstmviz.layout.packing import balanced_rows
from lstmviz.network.structure import Recurrent, Tensor
from lstmviz.records import record
from lstmviz.scene.canvas import Canvas
from lstmviz.scene.claims import parted, whole
from lstmviz.scene.items import MUTED, Point
from lstmviz.scene.labels import TextLine, row, words, wrap
from lstmviz.translation.messages import Message, lettered, message, user_text

LINE = 11.5
"""From one line to the next, pt."""
NAMES, MOST = 0.26, 105.0
"""The most that names may take of a row; and what, pt, they never take more than."""
OVER = 4.2
"""From what hangs below one line to the arrows over the next line's letters, pt."""
GROUP = 4.0
"""How much more lies between two groups of lines, pt."""
APART = 12.0
"""Between two entries of a line, pt."""
INNER = 4.5
"""Between the parts of an entry, pt."""
MIDDLE = 2.6
"""How far a swatch's middle stands over the words' baseline, pt."""


@record(frozen=True, slots=True)
class Entry:
    """Words in one or more parts, and the swatch before them; `name` begins a row of its own."""

    parts: tuple[TextLine, ...]
    swatch: Swatch = ""
    name: str = ""
    paint: Callable[[Canvas, Point], None] | None = None
    """Of a ``line``: paints it, its left middle at a point."""

    @property
    def lead(self) -> float:
        """The room of the swatch with the gap behind it, pt."""
        wide = WIDE.get(self.swatch, CHIP)
        return wide + 4.0 if wide else 0.0

    @property
    def line(self) -> TextLine:
        """The parts on one line."""
        return row(*self.parts, gap=INNER)

    @property
    def width(self) -> float:
        """The width of swatch and words, pt."""
        return self.lead + self.line.width


SAID: dict[Swatch, tuple[str, Callable[[Recurrent], bool]]] = {
    "hidden": ("h", lambda _: True),
    "cell": ("c", lambda layer: layer.has_cell_state),
    "param": ("learned", lambda _: True),
    "fwd": ("forward", lambda layer: layer.bidirectional),
    "rev": ("against-time", lambda layer: layer.bidirectional),
}
"""What a colour or line means, and of which layers."""
ORDER: tuple[Swatch, ...] = (
    "input", "hidden", "cell", "output", "param", "zeros", "fwd", "rev", "step"
)  # fmt: skip


def plain(lines: Iterable[TextLine], name: str = "") -> list[Entry]:
    """Lines as entries without a swatch."""
    return [Entry((line,), name=name) for line in lines if line.runs]


def muted(texts: Iterable[Message]) -> list[Entry]:
    """Sentences in the quieter colour."""
    return plain(words(text, 7, tint=MUTED) for text in texts)


def fitted(line: TextLine, room: float) -> list[TextLine]:
    """A line of one font in as many as fit."""
    if line.width <= room or len(line.runs) != 1:
        return [line]
    run = line.runs[0]
    texts = wrap(run.text, room, run.size, run.font)
    broken = [words(t, run.size, font=run.font, tint=run.tint) for t in texts]
    claims = parted(whole(line.claims, run.text), run.text, texts)
    return [one.claiming(*own) for one, own in zip(broken, claims, strict=True)]


def letters(tensors: Iterable[Tensor], options: Options, *, without: str = "") -> list[Entry]:
    """What each letter of these shapes means; those `without` are said elsewhere."""
    return plain(key_items(tensors, options, without=without))


def lines_taken(groups: Iterable[Sequence[Entry]], room: float, *, apart: bool = True) -> int:
    """How many lines groups take."""
    return sum(
        len(_rows([e for e in group if e.name == name], room * (1 - NAMES if name else 1), apart=apart))
        for group in groups
        for name in dict.fromkeys(entry.name for entry in group)
    )


def colours(
    layers: Sequence[Recurrent], options: Options, *, without: Collection[Swatch] = (), short: bool = False
) -> list[Entry]:
    """What the colours and lines of these layers mean, or `short`; those that are not drawn are left out."""
    if options.legend == "off":
        return []
    said: dict[Swatch, Message] = {"input": message("bare.input"), "output": message("bare.output")}
    for swatch, (name, true) in SAID.items():
        named = next((layer.name for layer in layers if true(layer)), None)
        said |= {swatch: message(f"layer.{name}", layer=named)} if named is not None else {}
    if begun := [layer for layer in layers if layer.begins_with_zeros]:
        handed = next((layer for layer in begun if layer.handed or short), None)
        which, first = ("handed", handed) if handed is not None else ("zero", begun[0])
        names = ", ".join(first.states_at("0"))
        said |= {"zeros": message(f"layer.states-{which}", names=names, layer=first.name)}
    said |= {"step": message("layer.one-step")} if "fwd" in said else {}
    shown = [swatch for swatch in ORDER if swatch in said and swatch not in without]
    pair = any(layer.begins_with_zeros and layer.has_cell_state for layer in layers)
    drawn: dict[Swatch, Swatch] = {"zeros": "both-zeros"} if pair else {}
    told = ((words(said[swatch], 7, tint=MUTED), drawn.get(swatch, swatch)) for swatch in shown)
    return keep(Entry((line,), swatch) for line, swatch in told)


def joint(entries: Iterable[Entry]) -> list[Entry]:
    """What several figures explain, each thing once: colours and lines first, then letters."""
    found: dict[tuple[str, str], Entry] = {}
    for entry in sorted(entries, key=lambda entry: not entry.swatch):
        found.setdefault((entry.swatch, entry.line.text), entry)
    texts = [entry.line.text for entry in found.values()]
    return [
        entry
        for entry in found.values()
        if not any(text.startswith(f"{entry.line.text} ") for text in texts)  # the letter and its way
    ]


def at_odds(entries: Iterable[Entry]) -> bool:
    """Whether a letter means one thing here, and another there."""
    meant: dict[str, str] = {}
    letters = (entry.line.text.partition(" ") for entry in joint(entries) if not entry.swatch)
    return any(meant.setdefault(letter, meaning) != meaning for letter, _, meaning in letters)


def write(
    canvas: Canvas, groups: Iterable[Sequence[Entry]], at: Point, room: float, *, apart: bool = True
) -> float:
    """Write the groups under each other from a top left corner; gives the last baseline.

    Entries with a `name` stand in rows of that name, aligned behind the names. Swatches stand `apart` from
    words, or in one row with them if that holds all of a group.
    """
    x, y = at
    first = True
    for group in groups:
        if not group:
            continue
        y += 0.0 if first else GROUP
        first = False
        names = list(dict.fromkeys(entry.name for entry in group))
        heads = {
            name: called_short(name, min(room * NAMES, MOST), 7, among=[n for n in names if n])
            for name in names
        }
        column = max((heads[name].width + 8 for name in names if name), default=0.0)
        for name in names:
            begin = column if name else 0.0
            rows = _rows([e for e in group if e.name == name], room - begin, apart=apart)
            for i, one in enumerate(rows):
                y += max(LINE, max(entry.line.ascent for entry in one) + OVER)
                _row(canvas, one, (x + begin, y))
                if name and i == 0:
                    canvas.text(heads[name], x, y)
    return y


def _rows(entries: Sequence[Entry], room: float, *, apart: bool = True) -> list[list[Entry]]:
    """Entries in as few rows as fit, in order, swatches apart from words; what is too long is broken."""
    rows: list[list[Entry]] = []
    if not apart and sum(entry.width for entry in entries) + APART * (len(entries) - 1) <= room:
        return [list(entries)]
    for _, alike in groupby(entries, key=lambda entry: bool(entry.swatch)):
        pieces = [
            Entry((part,), "" if i else entry.swatch, paint=entry.paint)
            for entry in alike
            for i, part in enumerate(_broken(entry, room))
        ]
        packed = balanced_rows([piece.width for piece in pieces], room, APART)
        rows += [[pieces[at] for at in one] for one in packed]
    return rows


def _broken(entry: Entry, room: float) -> list[TextLine]:
    """An entry's words in as few lines as fit."""
    lines = packed_rows(entry.parts, room - entry.lead, INNER)
    return [piece for line in lines for piece in fitted(line, room - entry.lead)]


def _row(canvas: Canvas, entries: Sequence[Entry], at: Point) -> None:
    x, y = at
    for entry in entries:
        if entry.paint and entry.swatch:
            entry.paint(canvas, (x, y - MIDDLE))
        else:
            paint_swatch(canvas, entry.swatch, (x, y - MIDDLE))
        canvas.text(entry.line, x + entry.lead, y)
        x += entry.width + APART


OWN = frozenset("₁₂₃₄₅₆₇₈₉′")
"""What letters end with that are not the same in all layers."""


def own_letters(tensors: Iterable[Tensor], name: str, taken: Collection[str] = ()) -> list[Message]:
    """Which letters are a layer's own, beside those `taken` from below: ``H₁, L₁: of lstm``."""
    bare = {symbol.lstrip("0123456789") for tensor in tensors for symbol in tensor.symbols}
    own = sorted(s for s in bare if s[-1:] in OWN and s not in {t.lstrip("0123456789") for t in taken})
    if not own or not name:
        return []
    letters = lettered(", ".join(own))
    return [message("grid.letters-of", letters=letters, name=user_text(name), layer=name, symbols=tuple(own))]
