"""Specs into files: which figure goes into which file, drawn or held against it."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from lstmviz import pipeline
from lstmviz.backends import embedded_digest
from lstmviz.backends.choices import FileOptions, file_options
from lstmviz.backends.order import painted_instead
from lstmviz.commands.page_room import too_high
from lstmviz.commands.selection import STDOUT, Wanted, known_formats, one_spec, single, spec_files
from lstmviz.errors import ChoiceError, LstmvizError, MeasureError, OutputError
from lstmviz.figure import Figure
from lstmviz.figure_requests import FigurePlan, plan_all, plan_kind
from lstmviz.figures.base import Subject
from lstmviz.figures.teaching import learned
from lstmviz.scene.frames import By
from lstmviz.spec.model import Spec
from lstmviz.writer import file_name, write

FOR_PRINT = ("pdf", "eps", "tikz")
Status = Literal["wrote", "unchanged", "failed", "drawn", "fresh", "stale", "missing", "leftover"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one file."""

    path: str
    status: Status
    figure: str
    kind: str
    data: bytes = b""
    seconds: float = 0.0
    error: LstmvizError | None = None
    reason: str = ""
    drawing: Figure | None = None
    warning: str = ""
    frame: int = 0
    """Which frame of its figure it is, counted from 1; 0 for a whole figure."""
    lessons: tuple[str, ...] = ()
    """What the model does that was probably not meant."""


@dataclass(frozen=True, slots=True)
class _Target:
    """One file to be: a figure in a format."""

    plan: FigurePlan
    fmt: str
    path: str
    frame: int = 0
    pages: bool = False
    """Whether its frames are the pages of one file."""

    def outcome(self, status: Status, data: bytes = b"", **more: Any) -> Outcome:
        """What became of it."""
        return Outcome(self.path, status, self.plan.name, self.plan.kind.name, data, frame=self.frame, **more)

    def frames(self, count: int, claimed: dict[str, str]) -> list[_Target]:
        """The files of its frames: ``lstm-grid-01.svg`` …; none of them another figure's."""
        stem, found = self.path.removesuffix(f".{self.fmt}"), []
        mine = claimed.pop(self.path, self.plan.name)
        for frame in range(1, count + 1):
            path = f"{stem}-{frame:0{max(2, len(str(count)))}}.{self.fmt}"
            if path in claimed:
                raise OutputError(path, f"{claimed[path]} and frame {frame} of {mine} would be the same file")
            claimed[path] = mine
            found.append(replace(self, path=path, frame=frame))
        return found


def render(
    specs: Any,
    *,
    output: str | os.PathLike[str] = "output",
    formats: str | Sequence[str] = ("svg",),
    figures: str | Sequence[str] = (),
    kinds: str | Sequence[str] = (),
    overrides: Sequence[str] = (),
    use_cache: bool = True,
    frames: By | None = None,
    **style: Any,
) -> list[Path]:
    """Draw the figures of one or more specs; the paths written or unchanged.

    `specs` is a path, a folder of them, any other source of a spec, or a list
    of these; with `frames` each figure is built up in numbered files. `style` is
    `dpi`, `transparent` and what overrides the specs: `theme`, `width` ….
    What can be drawn is drawn; then the first error is raised.
    """
    names = (_names(formats), _names(figures), _names(kinds))
    painting, style = file_options(style)
    wanted = Wanted(str(output), *names, style, painting, use_cache, frames)
    many = [
        file for one in (specs if isinstance(specs, list | tuple) else [specs]) for file in spec_files(one)
    ]
    one_spec(many, wanted)
    claimed: dict[str, str] = {}
    paths, errors = [], []
    for source in many:
        try:
            for done in drawn(pipeline.load(source, overrides=overrides), wanted, claimed):
                paths += [Path(done.path)] if done.error is None else []
                errors += [done.error] if done.error else []
        except LstmvizError as error:
            errors.append(error)
    if errors:
        raise errors[0]
    return paths


def _names(given: str | Sequence[str]) -> tuple[str, ...]:
    """One name or many, as many."""
    return (given,) if isinstance(given, str) else tuple(given)


def drawn(spec: Spec, wanted: Wanted, claimed: dict[str, str]) -> Iterator[Outcome]:
    """Draw one spec; every file's outcome as soon as it is known.

    `claimed` says which figure has which file, over all specs of a run. What
    is wrong with the whole spec is raised before anything is written.
    """
    return _each(spec, wanted, claimed, lambda target, figure: _written(target, figure, wanted.painting))


def compared(spec: Spec, wanted: Wanted, claimed: dict[str, str]) -> Iterator[Outcome]:
    """Hold one spec's figures against the files on disk; write nothing."""
    return _each(spec, wanted, claimed, lambda one, figure: _compared_with_disk(one, figure, wanted.painting))


def _each(
    spec: Spec, wanted: Wanted, claimed: dict[str, str], finish: Callable[[_Target, Figure], Outcome]
) -> Iterator[Outcome]:
    """Compose every figure of a spec, and do something about each of its files."""
    known_formats(wanted)
    began = time.perf_counter()
    subject = pipeline.trace(spec, use_cache=wanted.use_cache)
    plans = plan_all(spec, subject, wanted.figures, wanted.kinds, wanted.style)
    source = _Source(spec.stem, spec.source.file, "--figure")
    targets = _targets(source, plans, wanted, claimed)
    frames = (wanted.frames, claimed) if wanted.frames else None
    asked = bool(wanted.kinds) or spec.figures is not None
    yield from _composed(subject, targets, finish, began, frames, asked=asked)


def drawn_module(subject: Subject, stem: str, wanted: Wanted) -> Iterator[Outcome]:
    """Draw a user's own module: the kinds asked for; files as of a spec with this stem."""
    began = time.perf_counter()
    plans = [plan_kind(kind, wanted.style) for kind in dict.fromkeys(wanted.kinds)]
    targets = _targets(_Source(stem, stem, "--kind"), plans, wanted, {})
    yield from _composed(subject, targets, lambda t, figure: _written(t, figure, wanted.painting), began)


def _composed(
    subject: Subject,
    targets: Sequence[_Target],
    finish: Callable[[_Target, Figure], Outcome],
    began: float,
    frames: tuple[By, dict[str, str]] | None = None,
    *,
    asked: bool = True,
) -> Iterator[Outcome]:
    """Compose and finish every target, or its frames: what they are built up by, and the files claimed.

    Of figures that nobody `asked` for those are left out that cannot be measured.
    """
    last: tuple[FigurePlan, Figure] | None = None
    for target in targets:
        try:
            if last is None or last[0] is not target.plan:  # a figure's formats follow one another
                made = pipeline.compose(subject, target.plan)
                last = target.plan, made if subject.data else pipeline.judged(made, subject, target.plan)
            parts, several = [target], [last[1]]
            if frames:
                several = pipeline.built_up(last[1], target.plan.kind, frames[0])
                if target.pages:
                    several = [replace(several[-1], before=tuple(several[:-1]))]
                else:
                    parts = target.frames(len(several), frames[1])
        except LstmvizError as error:
            if isinstance(error, MeasureError) and not asked:
                continue
            yield replace(target.outcome("failed"), error=error, seconds=time.perf_counter() - began)
            began = time.perf_counter()
            continue
        for part, figure in zip(parts, several, strict=True):
            try:
                outcome = finish(part, figure)
                if outcome.status in {"wrote", "unchanged"}:
                    high = too_high(figure.scene, part.plan, subject, printed=part.fmt in FOR_PRINT)
                    outcome = replace(outcome, reason=high)
            except LstmvizError as error:
                outcome = replace(part.outcome("failed"), error=error)
            yield replace(
                outcome, seconds=time.perf_counter() - began, lessons=learned(target.plan.traces(subject))
            )
            began = time.perf_counter()


@dataclass(frozen=True, slots=True)
class _Source:
    """What figures come from: the first part of their files' names, and how one of them is chosen."""

    stem: str
    said: str
    option: str


def _targets(
    source: _Source, plans: Sequence[FigurePlan], wanted: Wanted, claimed: dict[str, str]
) -> list[_Target]:
    """Every figure in every format with its file; none of them twice."""
    alone, formats = single(wanted.output), known_formats(wanted)
    if alone and wanted.frames and tuple(formats) != ("pdf",):
        raise ChoiceError(f"frames are several files: give a folder or a PDF, not {wanted.output}")
    targets = []
    for chosen in plans:
        for fmt in formats:
            file = wanted.output
            if not alone:
                file = str(Path(file) / file_name(source.stem, chosen.name, fmt))
            mine = f"the figure {chosen.name!r} of {source.said}"
            if file in claimed and alone:
                more = [p.name for p in plans] if len(plans) > 1 else formats
                option = source.option if len(plans) > 1 else "-f"
                raise ChoiceError(
                    f"{'stdout' if file == STDOUT else file} takes one figure in one format, and there are "
                    f"more ({', '.join(more)}); choose one with {option}"
                )
            if file in claimed:
                raise OutputError(file, f"{claimed[file]} and {mine} would be the same file")
            claimed[file] = mine
            targets.append(_Target(chosen, fmt, file, pages=alone and bool(wanted.frames)))
    return targets


def _written(target: _Target, figure: Figure, painting: FileOptions) -> Outcome:
    """Paint and write one file."""
    data = figure.paint(target.fmt, **painting)
    warning = figure.warning or painted_instead(figure.backend, figure.default_backend, target.fmt)
    if target.path == STDOUT:
        return target.outcome("drawn", data, warning=warning)
    status: Status = "wrote" if write(Path(target.path), data) else "unchanged"
    return target.outcome(status, data, drawing=figure, warning=warning)


def _compared_with_disk(target: _Target, figure: Figure, painting: FileOptions) -> Outcome:
    """Hold one file against its figure: by the hash in it, JSON by what it says."""
    try:
        found = Path(target.path).read_bytes()
    except FileNotFoundError:
        return target.outcome("missing")
    except OSError as error:
        raise OutputError(target.path, f"cannot be read: {error.strerror}") from error
    if target.fmt == "json":
        return target.outcome("fresh" if found == figure.paint("json") else "stale", found)
    signed = embedded_digest(found)
    if signed == figure.digest(**painting):
        return target.outcome("fresh", found)
    return target.outcome("stale", found, reason="" if signed else "not drawn by lstmviz")
