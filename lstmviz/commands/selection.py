"""What a user wants drawn, and which specs and files that names."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lstmviz.backends import FORMATS
from lstmviz.backends.choices import FileOptions
from lstmviz.errors import ChoiceError
from lstmviz.figure_requests import plan_kind
from lstmviz.scene.frames import By

STDOUT = "-"
OTHER_SUFFIXES = frozenset({
    "bmp", "emf", "gif", "html", "jpeg", "jpg", "pgf", "ps", "tex", "tif", "tiff", "webp", "wmf",
})  # fmt: skip
"""Suffixes of formats that there are not: an output of such a name is no folder, but an error."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to draw of every spec, and how.

    `output` is a folder, or, if its name ends in a known suffix, one file, or
    ``-`` for no file at all. `style` overrides what a spec says.
    """

    output: str = "output"
    formats: tuple[str, ...] = ("svg",)
    figures: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    style: Mapping[str, Any] = field(default_factory=dict)
    painting: FileOptions = field(default_factory=FileOptions)
    use_cache: bool = True
    frames: By | None = None
    """What figures are built up by, a file for each frame."""


def spec_files(source: Any) -> list[Any]:
    """The spec files of a folder, by name; any other source is itself."""
    if isinstance(source, str) and "\n" in source:
        return [source]
    if not hasattr(source, "__fspath__") and not isinstance(source, str):
        return [source]
    if not str(source):  # to Path it is the working folder
        raise ChoiceError("a spec without a name: an empty argument, or a variable that is not set")
    if not is_folder(source):
        return [source]
    folder = Path(source)
    found = specs_in(folder)
    if not found:
        raise ChoiceError(f"there is no *.yaml or *.yml in {folder}")
    return list(found)


def specs_in(folder: Path) -> list[Path]:
    """The spec files of a folder, by name; ChoiceError if it cannot be read."""
    try:
        return sorted(p for p in folder.iterdir() if p.suffix in {".yaml", ".yml"} and p.is_file())
    except OSError as error:
        raise ChoiceError(f"{folder} cannot be read: {error.strerror}") from error


def is_folder(path: Any) -> bool:
    """Whether this is a folder; what no path can be, as too long a one, is none."""
    # Unlike Path.is_dir, this raises nothing.
    return os.path.isdir(path)  # noqa: PTH112


def known_formats(wanted: Wanted) -> tuple[str, ...]:
    """The formats asked for, or what the file's name says; ChoiceError."""
    suffix = Path(wanted.output).suffix[1:].lower()
    if names_file(wanted.output):
        return (suffix,)
    for fmt in (*wanted.formats, *({suffix} & OTHER_SUFFIXES if not is_folder(wanted.output) else ())):
        if fmt not in FORMATS:
            raise ChoiceError(
                f"there is no format {fmt!r} (there is: {', '.join(FORMATS)})", known=[*FORMATS]
            )
    return tuple(dict.fromkeys(wanted.formats))


def one_spec(specs: Sequence[Any], wanted: Wanted) -> None:
    """ChoiceError for several specs where one figure is to be written."""
    if len(specs) > 1 and single(wanted.output):
        where = "stdout" if wanted.output == STDOUT else wanted.output
        raise ChoiceError(f"{where} takes one figure of one spec, and there are {len(specs)} specs")


def single(output: str) -> bool:
    """Whether an output takes one figure only."""
    return output == STDOUT or names_file(output)


def names_file(output: str) -> bool:
    """Whether an output is one file: its name ends in a known suffix."""
    return Path(output).suffix[1:].lower() in FORMATS and not is_folder(output)


def check_kinds(wanted: Wanted) -> None:
    """Complain of kinds, options and formats that there are not, before anything runs; ChoiceError."""
    known_formats(wanted)
    for kind in wanted.kinds:
        plan_kind(kind, wanted.style)
