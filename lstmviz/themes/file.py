"""A user's own theme: a YAML file, checked like a spec.

How well two colours stand apart, by WCAG 2's formula, and which pairs must.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, create_model

from lstmviz.errors import Problem, SpecError
from lstmviz.interrupts import held_back
from lstmviz.spec import phrases
from lstmviz.spec.checking import Check
from lstmviz.spec.nodes import Node, Table, descend, place
from lstmviz.spec.reading import read
from lstmviz.spec.source import parse
from lstmviz.themes import BASICS, PARTS, ROLES, THEMES, Theme, load_theme, mix
from lstmviz.themes.ramps import linear

_COLOUR = re.compile(r"#[0-9A-Fa-f]{6}")
_COMMENT = re.compile(r"""(?:^|[\s:{,])(#[0-9A-Fa-f]{3,8})\b""")
"""What YAML takes for a comment where a colour was meant."""


def _colour(value: Any) -> Any:
    if isinstance(value, str) and not _COLOUR.fullmatch(value):
        raise ValueError(f'a colour is written "#RRGGBB", not {phrases.quoted(value)}')
    return value.lower() if isinstance(value, str) else value


Colour = Annotated[str, BeforeValidator(_colour)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


@cache
@held_back()
def _model(*, whole: bool) -> type[BaseModel]:
    """What a theme file may say; all of it, unless it extends another theme."""

    def some(kind: Any, **more: Any) -> Any:
        return (kind, Field(**more)) if whole else (kind | None, Field(None, **more))

    role = create_model("Role", __base__=_Part, **{part: some(Colour) for part in PARTS})
    roles = create_model("Roles", __base__=_Part, **{name: some(role) for name in ROLES})
    fields = {name: some(Colour) for name in BASICS}
    known: Any = Literal[tuple(THEMES)]
    return create_model(
        "ThemeFile",
        __base__=_Part,
        extends=(known | None, Field(None, description="the theme that holds where the file says nothing")),
        name=(str | None, Field(None, description="what the theme is called")),
        **fields,
        roles=some(roles),
    )


def read_theme(path: str | os.PathLike[str]) -> Theme:
    """The theme in a file; SpecError with all that is wrong with it.

    Every colour is ``#RRGGBB``. What no reader could make out is refused: text
    of less than 4.5 : 1 on what it stands on, and lines of less than 3 : 1.
    """
    file = str(path)
    try:
        root, problems = parse(read(path).removeprefix("\ufeff"), file)
    except SpecError as error:
        raise SpecError([_advised(p) for p in error.problems], file) from None
    if not isinstance(root, Table):
        message = f"a theme is a mapping with 'extends' and colours, not {phrases.shown(root)}"
        raise SpecError([*problems, Problem("bad-type", message, root.span)], file)
    model = _model(whole=root.get("extends") is None)
    checked = Check(model, root, (), "a key of a theme").run()
    problems += [_advised(p) for p in checked.problems]
    if problems or checked.value is None:
        raise SpecError(_by_place(problems), file)
    theme = _theme(checked.value.model_dump(), file)
    faint = list(_faint(theme, root))
    if faint:
        raise SpecError(_by_place(faint), file)
    return theme


def _theme(said: dict[str, Any], file: str) -> Theme:
    base = load_theme(said["extends"]).colours if said["extends"] else {}
    own = {name: said[name] for name in BASICS}
    for role, paint in (said["roles"] or {}).items():
        own |= {f"{role}.{part}": colour for part, colour in (paint or {}).items()}
    return Theme(said["name"] or Path(file).stem, {**base, **{k: v for k, v in own.items() if v}})


def _advised(problem: Problem) -> Problem:
    """The problem with advice, for what is missing and for a colour without quotes."""
    if problem.code == "missing-key":
        message = problem.message.replace("a spec needs", "a theme needs")
        return replace(problem, message=message, hint="'extends: light' brings what a file leaves out")
    found = _COMMENT.search(_uncited(problem.span.text)) if problem.span else None
    if problem.hint or not found:
        return problem
    hint = f'write the colour in quotes, "{found[1]}": without them # begins a comment'
    return replace(problem, hint=hint)


def _uncited(line: str) -> str:
    """A line without what stands in quotes."""
    return re.sub(r"""("[^"]*"|'[^']*')""", "''", line)


def _faint(theme: Theme, root: Node) -> Iterator[Problem]:
    """The pairs that a figure needs and no reader could tell apart."""
    for top, under, least in pairs():
        one, other = theme.colours[top], theme.colours[under]
        if contrast(one, other) >= least:
            continue
        own = next((key for key in (top, under) if descend(root, _path(key))), None)
        path = _path(own) if own else ("extends",)
        what = "text" if least == TEXT else "lines"
        message = (
            f"{top} {one} on {under} {other} is {contrast(one, other):.1f} : 1, but {what} need {least:g} : 1"
        ).replace("text need", "text needs")
        better = readable(one, other, least)
        hint = f"{top} could be {better.upper()}" if better else None
        yield Problem("contrast", message, place(root, path), ".".join(path), hint)


def pairs() -> Iterator[tuple[str, str, float]]:
    """What stands on what in figures, and the contrast that it needs."""
    fills = [f"{role}.fill" for role in ROLES]
    yield from (("ink", under, TEXT) for under in ("ground", *fills))
    yield "muted", "ground", TEXT
    yield from ((f"{role}.stroke", "ground", TEXT) for role in ROLES)
    yield from ((f"{role}.stroke", f"{role}.fill", LINE) for role in ROLES if role != "param")
    yield "param.stroke", "param.fill", TEXT


def _path(key: str) -> tuple[str, ...]:
    return ("roles", *key.split(".")) if "." in key else (key,)


def _by_place(problems: list[Problem]) -> list[Problem]:
    def order(problem: Problem) -> tuple[int, int]:
        return (problem.span.line, problem.span.column) if problem.span else (0, 0)

    return sorted(dict.fromkeys(problems), key=order)


TEXT, LINE = 4.5, 3.0
"""The least contrast of text, and of a line that means something."""


def contrast(one: str, other: str) -> float:
    """The contrast of two colours ``#rrggbb``, from 1 to 21.

    >>> round(contrast("#000000", "#ffffff"), 1)
    21.0
    """
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def luminance(colour: str) -> float:
    """The relative luminance of a colour ``#rrggbb``, from 0 to 1.

    >>> luminance("#ffffff")
    1.0
    """
    red, green, blue = (linear(int(colour[i : i + 2], 16) / 255) for i in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def readable(colour: str, ground: str, least: float) -> str | None:
    """The nearest colour on the way to black or white with that contrast, or None.

    >>> readable("#777777", "#ffffff", 7.0)
    '#595959'
    """
    ends = ("#000000", "#ffffff")
    for percent in range(0, 101, 1):
        for end in ends if luminance(ground) > 0.18 else reversed(ends):
            trial = mix(colour, end, percent / 100)
            if contrast(trial, ground) >= least:
                return trial
    return None
