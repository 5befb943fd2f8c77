"""``render --watch``: draw a spec again whenever it is saved."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from lstmviz.cli import on_demand
from lstmviz.cli.common import debug, load
from lstmviz.commands.console import say
from lstmviz.commands.explaining import in_one_line
from lstmviz.errors import ChoiceError, LstmvizError, MissingDependencyError

if TYPE_CHECKING:
    from lstmviz.commands.batch import Outcome
    from lstmviz.commands.selection import Wanted

GROUPED = 150
"""Saves within so many ms are one: editors write a file in several steps."""
QUIET = 20
"""So many ms without a change end the waiting."""
AGAIN = 1000
"""After so many ms the files are looked at even if the system told of no change."""

Stamp = tuple[int, int, int]


@dataclass(slots=True)
class Watch:
    """The specs that are watched, and what is known of each."""

    specs: Sequence[str]
    overrides: Sequence[str]
    wanted: Wanted
    stamps: dict[str, tuple[Stamp | None, ...]] = field(default_factory=dict)
    read: dict[str, list[Path]] = field(default_factory=dict)
    """What each spec names beside itself, which is looked at as it is."""
    claims: dict[str, dict[str, str]] = field(default_factory=dict)

    def run(self) -> int:
        """Draw everything, then what is saved, until Ctrl-C."""
        try:
            import watchfiles  # noqa: PLC0415  (only watching needs it)
        except ImportError as error:
            raise MissingDependencyError("watchfiles", "pip install watchfiles") from error
        folders = dict.fromkeys(p if (p := Path(s)).is_dir() else p.parent for s in self.specs)
        for folder in folders:
            if not folder.is_dir():
                raise ChoiceError(f"there is no folder {str(folder)!r} to watch")
        for file in self.changed():
            say(self.draw(file))
        say(f"watching {', '.join(self.specs)}; Ctrl-C ends it")
        self.warm()
        saves = watchfiles.watch(
            *folders,
            watch_filter=None,
            debounce=GROUPED,
            step=QUIET,
            rust_timeout=AGAIN,
            yield_on_timeout=True,
            recursive=False,
        )
        for _ in saves:
            for file in self.changed():
                say(self.draw(file))
        return 0

    def warm(self) -> None:
        """Run a model once, so that the first save is drawn as fast as the rest."""
        for file in self.files()[:1]:
            with contextlib.suppress(LstmvizError):
                on_demand.pipeline.trace(load(file, self.overrides), use_cache=False)

    def changed(self) -> Iterator[str]:
        """The specs that are not as they were when they were last drawn."""
        for file in self.files():
            stamp = (_stamp(file), *map(_stamp, self.read.get(file, ())))
            if file not in self.stamps or (stamp[0] and stamp != self.stamps[file]):
                self.stamps[file] = stamp
                yield file
                self.stamps[file] = (stamp[0], *map(_stamp, self.read.get(file, ())))

    def files(self) -> list[str]:
        """The specs there are now: a folder may have got new ones."""
        found = on_demand.selection.specs_in
        many = [found(p) if (p := Path(source)).is_dir() else [source] for source in self.specs]
        return list(dict.fromkeys(str(file) for files in many for file in files))

    def draw(self, file: str) -> str:
        """Draw one spec; what happened, in one line."""
        began = time.perf_counter()
        others = {
            path: who for name, mine in self.claims.items() if name != file for path, who in mine.items()
        }
        claimed = dict(others)
        try:
            spec = load(file, self.overrides)
            self.read[file] = spec.beside
            done = list(on_demand.batch.drawn(spec, self.wanted, claimed))
        except LstmvizError as error:
            debug()
            return f"{in_one_line(error)}; its figures stay as they were"
        self.claims[file] = {path: who for path, who in claimed.items() if path not in others}
        return f"{file}: {_said(done)} ({time.perf_counter() - began:.2f} s)"


def _said(done: Sequence[Outcome]) -> str:
    """What became of the figures of one spec."""
    wrote = [o.path for o in done if o.status == "wrote"]
    failed = [f"failed {o.path} ({in_one_line(o.error)})" for o in done if o.error]
    same = len(done) - len(wrote) - len(failed)
    parts = [f"wrote {', '.join(wrote)}"] if wrote else []
    return "; ".join([*parts, *failed, *([f"{same} unchanged"] if same else [])]) or "no figures"


def _stamp(file: str | Path) -> Stamp | None:
    """What changes when a file is saved; None while it is not there."""
    try:
        found = Path(file).stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
