"""Figures on disk that no spec names any more."""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

from lstmviz.backends import embedded_digest
from lstmviz.commands.batch import Outcome
from lstmviz.commands.selection import STDOUT, Wanted, known_formats, names_file, specs_in
from lstmviz.errors import ChoiceError


def leftovers(
    files: Sequence[str], sound: Collection[str], wanted: Wanted, claimed: Collection[str], *, whole: bool
) -> Iterator[Outcome]:
    """The figures of ours in the output folder that none of these specs names.

    `files` are the specs asked for, `sound` those that could be read, `claimed`
    the figures that they name. A figure belongs to the spec whose stem its name
    begins with; what belongs to none is left over if a folder of specs was
    asked for as a `whole`.
    """
    if wanted.figures or wanted.kinds or wanted.output == STDOUT or names_file(wanted.output):
        return
    folder = Path(wanted.output)
    asked = {Path(file).stem for file in sound}
    others = {p.stem for file in files for p in _beside(Path(file).parent)}
    others = (others | {Path(file).stem for file in files}) - asked
    for path in _listed(folder):
        if path.suffix[1:] not in known_formats(wanted) or str(path) in claimed:
            continue
        owners = [stem for stem in asked | others if path.name.startswith(f"{stem}-")]
        ours = max(owners, key=len) in asked if owners else whole
        if ours and _drawn_here(path):
            yield Outcome(str(path), "leftover", "", "", reason="no spec names it any more")


def _beside(home: Path) -> list[Path]:
    """The specs in a folder; none that nobody may list."""
    with contextlib.suppress(ChoiceError):
        return specs_in(home)
    return []


def _listed(folder: Path) -> list[Path]:
    """What lies in the output folder, if there is one that may be listed."""
    with contextlib.suppress(OSError):
        return sorted(folder.iterdir())
    return []


def _drawn_here(path: Path) -> bool:
    """Whether a file is a figure of ours; what cannot be read is none."""
    with contextlib.suppress(OSError):
        return path.is_file() and bool(embedded_digest(path.read_bytes()))
    return False
