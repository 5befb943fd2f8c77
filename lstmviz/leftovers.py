"""Figures on disk that no spec names any more."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from lstmviz.backends import carried
from lstmviz.batch import STDOUT, Outcome, known_formats, names_file, specs_in

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from lstmviz.batch import Wanted


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
    others = {p.stem for file in files if (home := Path(file).parent).is_dir() for p in specs_in(home)}
    others = (others | {Path(file).stem for file in files}) - asked
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        if path.suffix[1:] not in known_formats(wanted) or str(path) in claimed:
            continue
        owners = [stem for stem in asked | others if path.name.startswith(f"{stem}-")]
        ours = max(owners, key=len) in asked if owners else whole
        if ours and path.is_file() and carried(path.read_bytes()):
            yield Outcome(str(path), "leftover", "", "", reason="no spec names it any more")
