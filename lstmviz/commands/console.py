"""What the command says: lines on stderr, a report on stdout, an exit code."""

from __future__ import annotations

import contextlib
import json
import os
import re
import sys
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from lstmviz.commands.explaining import as_problem, entries, explained, in_words, reason, why
from lstmviz.errors import (
    ChoiceError,
    FigureError,
    LstmvizError,
    MissingDependencyError,
    ModelError,
    OutputError,
    ProofError,
    SpecError,
)
from lstmviz.view import Proof

if TYPE_CHECKING:
    from lstmviz.commands.batch import Outcome

CODES: dict[type[Exception], int] = {
    SpecError: 1,
    ModelError: 1,
    FigureError: 1,
    ProofError: 1,
    ChoiceError: 2,
    MissingDependencyError: 3,
    OutputError: 4,
}
MEANINGS = {
    0: "fine",
    1: "a spec is invalid, a figure is refuted, or --check found a figure missing or stale",
    2: "the command, or what it asks for, is wrong",
    3: "something that drawing needs is not installed",
    4: "a file could not be written",
    5: "nothing is refuted, but not everything is proven",
    130: "interrupted",
}
"""What exit codes say."""
NOT_PROVEN = 5
SHOWN = 3
"""So many arrows or texts that are not proven are named for each reason."""
WORDS = {"wrote": "written"} | {
    status: status for status in ("unchanged", "fresh", "stale", "missing", "leftover", "failed")
}
"""What became of files, in the order of the summary."""


def _takes_all() -> bool:
    """Whether stdout can hold any character."""
    return (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"


def code_of(error: Exception) -> int:
    """The exit code that an error means."""
    return next((code for kind, code in CODES.items() if isinstance(error, kind)), 1)


_STEERING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""Control characters but for the end of a line, and those that turn the direction of text."""
ERASE = "\r\x1b[K"
"""Takes away what `Console.progress` left in the terminal's last line."""


def on_terminal() -> bool:
    """Whether messages go to a terminal that can take back a line."""
    return sys.stderr.isatty() and os.environ.get("TERM", "dumb") != "dumb"


def say(line: str) -> None:
    """One message to the user; the work goes on where nobody can hear it."""
    with contextlib.suppress(OSError):
        print(f"{ERASE if on_terminal() else ''}{seen(line)}", file=sys.stderr, flush=True)  # noqa: T201


def seen(line: str) -> str:
    r"""A message without what could steer a terminal, as a file's name might.

    >>> seen("wrote \x1b[31ma.svg (2 kB)")
    'wrote �[31ma.svg (2 kB)'
    """
    return _STEERING.sub("�", line)


@dataclass(slots=True)
class Console:
    """The record of one run of the command."""

    quiet: bool = False
    as_json: bool = False
    lenient: bool = False
    """Whether what is not proven, and not refuted, is no reason to fail."""
    code: int = 0
    outcomes: list[Outcome] = field(default_factory=list)
    proofs: list[tuple[str, Proof]] = field(default_factory=list)
    errors: list[LstmvizError] = field(default_factory=list)
    began: float = field(default_factory=time.perf_counter)
    warned: set[str] = field(default_factory=lambda: {""})

    def progress(self, file: str, number: int, total: int) -> None:
        """Say what is being worked at, on a terminal and until the next message."""
        if total > 1 and not self.quiet and not self.as_json and on_terminal():
            with contextlib.suppress(OSError):
                sys.stderr.write(f"{ERASE}{seen(file)} ({number} of {total})")
                sys.stderr.flush()

    def done(self, outcome: Outcome) -> None:
        """Report one file."""
        self.outcomes.append(outcome)
        if outcome.error is not None:
            self._failed(outcome.error)
            if not self.as_json:
                say(f"failed {outcome.path}{why(outcome.error)}")
            return
        if outcome.status in {"stale", "missing"}:
            self.code = max(self.code, CODES[SpecError])
        if outcome.status != "drawn" and not self.quiet and not self.as_json:
            say(f"{outcome.status} {outcome.path}{_about(outcome)}")
        # What is lacking is said once, though every figure lacks it.
        lacking = outcome.warning.partition(" (")[0]
        if lacking not in self.warned and not self.quiet:
            say(f"warning: {outcome.warning}")
        self.warned.add(lacking)
        self._taught(outcome.lessons)

    def _taught(self, lessons: Iterable[str]) -> None:
        """Say once, though every figure shows it, what a model does that was probably not meant."""
        for lesson in lessons:
            if lesson not in self.warned and not self.quiet and not self.as_json:
                say(f"note: {lesson}")
            self.warned.add(lesson)

    def page(self, outcome: Outcome) -> None:
        """Report a page of figures, which is no figure itself."""
        if not self.quiet:
            say(f"{outcome.status} {outcome.path}{_about(outcome)}")

    def proved(self, file: str, proof: Proof) -> None:
        """Report one figure that was held against the real module."""
        self.proofs.append((file, proof))
        if proof.faults:
            self.code = max(self.code, CODES[ProofError])
        if self.as_json:
            return
        said = [f"{_count(proof.arrows, 'arrow')}, {proof.proven} proven"] if proof.arrows else []
        again = [f"{_count(proof.values, 'value')} measured again, to 0.2 %"] if proof.values else []
        read = [_count(proof.claims, "claim")] if proof.claims else []
        counted = proof.tensors or proof.arrows or not read
        tensors = [f"{_count(proof.tensors, 'tensor')} measured"] if counted else []
        said += [*again, *read, *tensors, f"{proof.seconds:.2f} s"]
        if on_terminal():
            sys.stderr.write(ERASE)
        if not self.quiet:
            print(seen(f"{file}: {proof.figure}: {'; '.join(said)}"), flush=True)  # noqa: T201
        self._taught(proof.lessons)
        for fault in proof.faults:
            say(f"{proof.place or file}: {proof.figure}: {fault}")
        if proof.unproven:
            say(f"{file}: {proof.figure}: {_left_over(proof)}")

    def error(self, error: LstmvizError) -> None:
        """Report what is wrong with a whole spec, or with the command."""
        self._failed(error)
        if self.as_json:
            return
        if isinstance(error, SpecError):
            say(in_words(error))
        else:
            say(explained(error) if as_problem(error) else f"lstmviz: {reason(error)}")

    def _failed(self, error: LstmvizError) -> None:
        self.errors.append(error)
        self.code = max(self.code, code_of(error))

    def finish(self) -> int:
        """The summary, or the whole report as JSON; the exit code."""
        if self.as_json:
            print(json.dumps(self._report(), ensure_ascii=not _takes_all(), indent=1))  # noqa: T201
        elif not self.quiet and any(o.status != "drawn" for o in self.outcomes):
            say(self._summary())
        elif self.proofs and not (self.quiet and all(proof.answer == "proven" for _, proof in self.proofs)):
            say(self._verdict())
        left = any(proof.answer == "not proven" for _, proof in self.proofs)
        return NOT_PROVEN if left and not self.code and not self.lenient else self.code

    def _verdict(self) -> str:
        """Return what came of all figures together: all proven only if all of each is."""
        arrows = sum(proof.arrows for _, proof in self.proofs)
        answers = Counter(proof.answer for _, proof in self.proofs)
        ends = [f"{answers[answer]} {answer}" for answer in ("refuted", "not proven") if answers[answer]]
        said = ", ".join(ends) or "all proven"
        return f"{_count(len(self.proofs), 'figure')}, {_count(arrows, 'arrow')}: {said}"

    def _summary(self) -> str:
        counts: Counter[str] = Counter(o.status for o in self.outcomes)
        said = ", ".join(f"{counts[status]} {word}" for status, word in WORDS.items() if counts[status])
        total = _count(len(self.outcomes) - counts["leftover"], "figure")
        advice = "; without --check they are drawn" if counts["stale"] or counts["missing"] else ""
        return f"{total}: {said} ({time.perf_counter() - self.began:.2f} s){advice}"

    def _report(self) -> dict[str, Any]:
        figures: list[dict[str, Any]] = [
            {
                "path": o.path,
                "status": o.status,
                "figure": o.figure,
                "kind": o.kind,
                "bytes": len(o.data),
                "seconds": round(o.seconds, 3),
            }
            for o in self.outcomes
        ]
        figures += [{"spec": file, **asdict(proof), "answer": proof.answer} for file, proof in self.proofs]
        return {"figures": figures, "errors": [entry for error in self.errors for entry in entries(error)]}


def _about(outcome: Outcome) -> str:
    """What is said of a file after its name."""
    if outcome.status in {"wrote", "unchanged"}:
        more = f"; {outcome.reason}" if outcome.reason else ""
        return f" ({_size(len(outcome.data))}, {outcome.seconds:.2f} s{more})"
    return f": {outcome.reason}" if outcome.reason else ""


def _left_over(proof: Proof) -> str:
    """Say how much of a figure is proven, what is not, and why: each reason once."""
    from lstmviz.proof.verdict import reasons  # noqa: PLC0415

    texts = 0 if len(proof.unproven) == proof.arrows - proof.proven else proof.claims
    total = proof.arrows + texts
    right = total - len(proof.unproven) - (proof.arrows - proof.proven if proof.faults else 0)
    said = []
    for cause, count, what in reasons(proof.unproven):
        more = f", and {count - SHOWN} more" if count > SHOWN else ""
        said.append(f"{count} not: {cause} ({', '.join(what[:SHOWN])}{more})")
    return f"{max(0, right)} of {total} proven; {'; '.join(said)}"


def _count(count: int, what: str) -> str:
    return f"{count} {what}{'s' * (count != 1)}"


def _size(count: int) -> str:
    """Bytes as people read them.

    >>> _size(640), _size(14200), _size(2_500_000)
    ('640 B', '14 kB', '2.5 MB')
    """
    if count < 1000:
        return f"{count} B"
    return f"{count / 1000:.0f} kB" if count < 999_500 else f"{count / 1e6:.1f} MB"
