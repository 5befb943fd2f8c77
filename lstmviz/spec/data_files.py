"""Files that a spec names: data beside it, found from its folder, bounded, and never run."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from lstmviz.spec import phrases
from lstmviz.spec.ledger import Ledger
from lstmviz.spec.nodes import Path as Place
from lstmviz.suggestions import did_you_mean, guess

MIB = 2**20
WEIGHTS = (".safetensors", ".pt", ".pth", ".bin")
"""A state dict: safetensors', or torch.save's read with weights_only."""
VALUES = (".npy", ".csv")
MOST = {"weights": 512 * MIB, "values": 64 * MIB}
"""A larger file is not read."""


def beside(file: str, name: str) -> Path:
    """Where a file is that a spec names: from the folder of the spec; of a text, from the working one.

    >>> str(beside("specs/a.yaml", "data/a.npy")), str(beside("spec", "a.npy"))
    ('specs/data/a.npy', 'a.npy')
    """
    return Path(file).parent / name


def check_data(ledger: Ledger, file: str, name: str | None, place: Place) -> None:
    """Complain of a file of data that is not there, too large, or of a kind that is not read."""
    if name is None:
        return
    what = str(place[-1])
    endings = WEIGHTS if what == "weights" else VALUES
    path, at = beside(file, name), ledger.at(*place)
    if path.suffix.lower() not in endings:
        ledger.add(
            "bad-value", f"'{what}' is a file {phrases.either(list(endings))}, not {name!r}", at, place
        )
        return
    if missing(ledger, path, name, place, endings):
        return
    if (size := path.stat().st_size) > MOST[what]:
        most = MOST[what] // MIB
        ledger.add("too-big", f"{name} has {size / MIB:.0f} MiB, but at most {most} are read", at, place)


def missing(ledger: Ledger, path: Path, name: str, place: Place, endings: Sequence[str]) -> bool:
    """Whether a file is not there, which is complained of, with the name that may have been meant."""
    try:
        if path.is_file():
            return False
        folder = path.parent
        others = (
            [one.name for one in folder.iterdir() if one.suffix.lower() in endings] if folder.is_dir() else []
        )
    except (OSError, ValueError):  # a name too long, or a folder that may not be read
        others = []
    near = guess(path.name, others)
    hint = did_you_mean(str(Path(name).with_name(near))) if near else "files are looked for beside the spec"
    ledger.add("unreadable", f"there is no file {name}", ledger.at(*place), place, hint)
    return True
