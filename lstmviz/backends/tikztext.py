"""Labels as TeX: what stands on one baseline is one piece, with its indices, in the document's fonts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from lstmviz.backends.tex import in_tex
from lstmviz.scene.items import Anchor, Font, Label, Run, Tint
from lstmviz.scene.metrics import text_width

ARROWS = {"→": r"\vec", "←": r"\lvback"}
"""Arrows over a letter."""
RELATIONS = ("=", ",", "(", "+", "-")
SMALL, APART = 0.86, 1.1
"""An index is at most so much of its letter's size; pieces stand so many em apart at least."""


@dataclass
class Atom:
    """Text in one font, its arrow, and what stands below and above its end."""

    text: str
    font: Font
    below: str = ""
    above: str = ""
    over: str = ""


@dataclass
class Piece:
    """What stands on one baseline without a gap."""

    x: float
    y: float
    size: float
    anchor: Anchor
    tint: Tint
    end: float
    atoms: list[Atom] = field(default_factory=list)

    @property
    def middle(self) -> float:
        """The middle of its ink."""
        return (self.x + self.end) / 2

    @property
    def place(self) -> tuple[float, str]:
        """Where its anchor is, and what TikZ calls that."""
        at = {"start": (self.x, "base west"), "middle": (self.middle, "base"), "end": (self.end, "base east")}
        return at[self.anchor]

    @property
    def tex(self) -> str:
        """Its TeX."""
        return "".join(_joined(self.atoms))


def pieces(label: Label) -> list[Piece]:
    """Return the pieces of a label, from its runs."""
    found: list[Piece] = []
    for run in label.runs:
        if not run.text.strip():
            continue
        width = text_width(run.text, run.font, run.size)
        start = run.x - {"start": 0.0, "middle": width / 2, "end": width}[run.anchor]
        last = found[-1] if found else None
        if last is None or not _belongs(last, run, start):
            found.append(Piece(start, run.y, run.size, run.anchor, run.tint, start + width))
            last = found[-1]
        _add(last, run, start)
        last.end = max(last.end, start + width)
    return found


def rows(label: Label) -> list[list[Piece]]:
    """Return the pieces of a label; those that follow each other on a line are one, as wide as TeX's."""
    found: list[list[Piece]] = []
    for piece in pieces(label):
        last = found[-1][-1] if found else piece
        level = last.anchor == piece.anchor == "start" and abs(last.y - piece.y) < 0.5
        if found and level and -1 < piece.x - last.end < APART * piece.size:
            found[-1].append(piece)
        else:
            found.append([piece])
    return found


def _belongs(piece: Piece, run: Run, start: float) -> bool:
    if _is_index(piece, run):
        return start - piece.end < piece.size
    near = abs(run.y - piece.y) < 0.5 and start - piece.end < APART * piece.size
    return near and run.tint == piece.tint and abs(run.size - piece.size) < 0.2


def _is_index(piece: Piece, run: Run) -> bool:
    return run.size <= SMALL * piece.size and 0.4 < abs(run.y - piece.y) < piece.size


def _add(piece: Piece, run: Run, start: float) -> None:
    """Add a run: an atom, or an index of the last one."""
    if not piece.atoms or not _is_index(piece, run):
        gap = bool(piece.atoms) and start - piece.end > 0.12 * piece.size
        piece.atoms.append(Atom(f" {run.text}" if gap else run.text, run.font))
        return
    atom = piece.atoms[-1]
    if run.text in ARROWS and run.y < piece.y:
        atom.over = ARROWS[run.text]
    elif run.y > piece.y:
        atom.below += run.text
    else:
        atom.above += run.text


def _joined(atoms: list[Atom]) -> Iterator[str]:
    """Yield text and mathematics, neighbours of mathematics in one formula."""
    formula = ""
    for atom in atoms:
        if atom.font in {"roman", "italic"}:
            relation = atom.text.strip()[:1] in RELATIONS or formula[-1:] in RELATIONS  # it has its own space
            formula += (r"\ " if formula and atom.text[:1] == " " and not relation else "") + _math(atom)
            continue
        if formula:
            yield f"${formula}$"
            formula = ""
        yield _text(atom)
    if formula:
        yield f"${formula}$"


def _math(atom: Atom) -> str:
    text = in_tex(atom.text.strip(), math=True)
    if atom.font == "roman" and any(c.isalpha() for c in atom.text):
        text = rf"\mathrm{{{text}}}"
    elif len(atom.text.strip()) > 1 and atom.text.strip().isalpha():
        text = rf"\mathit{{{text}}}"
    text = f"{atom.over}{{{text}}}" if atom.over else text
    return text + _indices(atom)


def _text(atom: Atom) -> str:
    family = {"mono": r"\texttt", "bold": r"\textsf{\textbf", "sans": r"\textsf"}[atom.font]
    said = f"{family}{{{in_tex(atom.text)}}}" + ("}" if atom.font == "bold" else "")
    marks = _indices(atom)
    return f"{said}${{}}{marks}$" if marks else said


def _indices(atom: Atom) -> str:
    below = rf"_{{\mathrm{{{in_tex(atom.below, math=True)}}}}}" if atom.below else ""
    return below + (rf"^{{\mathrm{{{in_tex(atom.above, math=True)}}}}}" if atom.above else "")
