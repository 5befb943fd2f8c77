"""Which figures of a spec are to be drawn, and with which options."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lstmviz import figures
from lstmviz.errors import ChoiceError, Problem, Span, SpecError
from lstmviz.figures.base import Kind, Options, Style, Subject
from lstmviz.figures.sheet import Panel, of
from lstmviz.network.plan import plan_of
from lstmviz.network.structure import Trace
from lstmviz.spec.data_files import beside
from lstmviz.spec.load import load
from lstmviz.spec.model import FigureRequest, FigureSchema, Spec
from lstmviz.spec.nodes import from_python
from lstmviz.spec.requests import checked_options
from lstmviz.spec.sheets import OTHER
from lstmviz.subjects import trace
from lstmviz.suggestions import instead
from lstmviz.themes import THEMES, Theme, named_file
from lstmviz.themes.file import read_theme


@dataclass(frozen=True, slots=True)
class FigurePlan:
    """One figure to draw."""

    kind: Kind
    name: str
    options: Options
    theme: str | Theme = "light"
    """A shipped theme by its name, ``auto``, or the one in the user's file."""
    span: Span | None = None
    """The place in the spec of what asks for it."""
    panels: tuple[tuple[Panel, ...], ...] = ()
    """The figures of a sheet, row by row."""

    def traces(self, subject: Subject) -> Iterator[Trace]:
        """Yield what the models that it shows did: of a sheet the panels' own as well."""
        yield subject.trace
        yield from (panel.own.trace for line in self.panels for panel in line if panel.own)


class _OptionsOfKinds(Mapping[str, type[Options]]):
    """Every kind's options, and those of a sheet by its name; a kind is imported when these are asked for."""

    def __getitem__(self, name: str) -> type[Options]:
        return figures.kind(name).options

    def __contains__(self, name: object) -> bool:
        return name in figures.KINDS

    def __iter__(self) -> Iterator[str]:
        return iter(figures.KINDS)

    def __len__(self) -> int:
        return len(figures.KINDS)


def schema() -> FigureSchema:
    """What a spec may say about figures: every kind's options, and the style."""
    return FigureSchema(_OptionsOfKinds(), Style)


def plan(spec: Spec, figure: str, options: Mapping[str, Any]) -> FigurePlan:
    """One figure by its name in the spec, else by its kind; ChoiceError if neither."""
    for request in spec.figures or ():
        if request.name == figure:
            return _planned(spec, request, options)
    if figure not in figures.KINDS and not (figure == figures.SHEET and "sheet" in options):
        named = [request.name for request in spec.figures or ()]
        raise _unknown("kind or figure", figure, [*named, *figures.KINDS])
    return _planned(spec, FigureRequest(kind=figure, name=figure), options)


def plan_all(
    spec: Spec, subject: Subject, only: Sequence[str], kinds: Sequence[str], style: Mapping[str, Any]
) -> list[FigurePlan]:
    """Every figure asked for: these kinds, else the spec's figures, else all that can be.

    `only` chooses among them by name, or by kind where none has that name.
    """
    for name in kinds:
        if name not in figures.KINDS:
            raise _unknown("kind", name, list(figures.KINDS))
    requests = _requests(spec, subject, kinds)
    names = {request.name for request in requests}
    for name in only:
        if not any(name in (request.name, request.kind) for request in requests):
            raise _unknown("figure", name, [r.name for r in requests], f" in {spec.source.file}")
    kinds_meant = set(only) - names  # a figure of this very name goes before those of the kind
    chosen = [r for r in requests if not only or r.name in only or r.kind in kinds_meant]
    return [_planned(spec, request, style) for request in chosen]


def able(subject: Subject) -> list[str]:
    """The kinds that can show this model."""
    return [name for name in figures.KINDS if figures.kind(name).refuse(subject) is None]


def _requests(spec: Spec, subject: Subject, kinds: Sequence[str]) -> Sequence[FigureRequest]:
    if not kinds and spec.figures is not None:
        return spec.figures
    return [FigureRequest(kind=name, name=name) for name in dict.fromkeys(kinds) or able(subject)]


def plan_kind(name: str, options: Mapping[str, Any]) -> FigurePlan:
    """A figure of a kind, of a model without a spec; ChoiceError if there is no such kind or option."""
    if name not in figures.KINDS and not (name == figures.SHEET and "sheet" in options):
        raise _unknown("kind", name, list(figures.KINDS))
    return _planned(None, FigureRequest(kind=name, name=name), options)


def _planned(spec: Spec | None, request: FigureRequest, over: Mapping[str, Any]) -> FigurePlan:
    """Merge the options: the spec's style < the figure's own < `over`."""
    kind = figures.kind(request.kind)
    merged = {**(spec.style if spec else {}), **request.options, **over}
    try:
        node = from_python(merged)
        checked = checked_options(node, node, (), _OptionsOfKinds(), kind.name)
        problems = checked.problems
    except SpecError as error:  # what YAML could not have said
        problems = list(error.problems)
    if problems:
        if spec is None or any(p.path.split(".")[0] in over for p in problems):
            raise ChoiceError("; ".join(p.message + (f" ({p.hint})" if p.hint else "") for p in problems))
        raise SpecError(problems, spec.source.file)
    options = checked.value
    assert isinstance(options, Options)
    panels = _panels(spec, options) if kind.name == figures.SHEET else ()
    if panels:
        kind = of(panels)
    theme = _theme(spec, request, options.theme, asked="theme" in over)
    span = spec.source.span(request.path) if spec and request.path else None
    return FigurePlan(kind, options.name or request.name, options, theme, span, panels)


def _panels(spec: Spec | None, options: Any) -> tuple[tuple[Panel, ...], ...]:
    """The figures of a sheet, each in the sheet's style unless it says otherwise."""
    named = _named(spec)
    chosen = options.model_dump(exclude_unset=True, exclude_none=True)
    style = {name: value for name, value in chosen.items() if name in Style.model_fields}
    lines = []
    for line in options.sheet:
        plans = []
        for cell in line:
            own = dict(cell) if isinstance(cell, Mapping) else {"kind": cell}
            other = _other(spec, own.pop(OTHER, None))
            known = _named(other) if other else named
            name = str(own.pop("kind", ""))
            asked = known.get(name) or FigureRequest(kind=name, name=name)
            if asked.kind not in figures.KINDS:
                raise _unknown("kind or figure", name, [*known, *figures.KINDS], " for a panel of the sheet")
            merged = {
                **style,
                **asked.options,
                **own,
                "width": options.width,
                "theme": "light",
                "backend": None,
            }
            one = _planned(None, FigureRequest(kind=asked.kind, name=asked.name, options=merged), {})
            about = (trace(other), plan_of(other)) if other else ()
            plans.append(Panel(one.kind, one.options, *about))
        lines.append(tuple(plans))
    return tuple(lines)


def _named(spec: Spec | None) -> dict[str, FigureRequest]:
    """The figures of a spec that may stand in a sheet, by their names."""
    return {one.name: one for one in (spec.figures or ()) if one.kind != figures.SHEET} if spec else {}


def _other(spec: Spec | None, name: Any) -> Spec | None:
    """The spec that a panel names; one that no spec has read is read now."""
    if name is None:
        return None
    known = spec.others.get(str(name)) if spec else None
    return known or load(beside(spec.source.file if spec else "", str(name)), figures=schema())


def _theme(spec: Spec | None, request: FigureRequest, name: str, *, asked: bool) -> str | Theme:
    """A theme's name, or the theme in a file.

    What a spec names lies beside the spec, what is `asked` for by the caller in
    the working directory; each is looked for in the other place too.
    """
    if name == "auto" or name in THEMES:
        return name
    folders = [Path(spec.source.file).parent if spec else Path(), Path()]
    if named_file(name):
        for folder in reversed(folders) if asked else folders:
            if (folder / name).is_file():
                return read_theme(folder / name)
    message = f"there is no theme {'file ' if named_file(name) else ''}{name!r}"
    hint = instead(name, [*THEMES, "auto"], f"there is: {', '.join(THEMES)}, auto, or a file name.yaml")
    if asked or spec is None:
        raise ChoiceError(f"{message} ({hint})", known=list(THEMES))
    place = f"{request.path}.theme" if "theme" in request.options else "style.theme"
    raise SpecError([Problem("bad-value", message, spec.source.span(place), place, hint)], spec.source.file)


def _unknown(what: str, name: str, known: Sequence[str], where: str = "") -> ChoiceError:
    return ChoiceError(f"there is no {what} {name!r}{where} ({instead(name, known)})", known=known)
