"""One HTML page that holds all figures, and needs nothing else."""

from __future__ import annotations

import base64
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from html import escape
from importlib import resources
from pathlib import Path
from string import Template

from lstmviz import pipeline
from lstmviz.commands.snippets import Markup, Picture, snippet
from lstmviz.errors import LstmvizError, MeasureError
from lstmviz.figure import Figure
from lstmviz.figure_requests import plan_all
from lstmviz.spec.model import Spec
from lstmviz.themes import load_theme
from lstmviz.version import __version__
from lstmviz.writer import file_name

READERS = "@media(prefers-color-scheme:dark){"
"""With this a figure follows the reader's screen …"""
PAGES = ":root[data-theme=dark]{"
"""… and with this the page's switch."""
EMBEDDED: tuple[tuple[str, Markup, str], ...] = (
    ("Markdown", "markdown", "svg"),
    ("HTML", "html", "svg"),
    ("LaTeX", "latex", "pdf"),
)


@dataclass(frozen=True, slots=True)
class Exhibit:
    """One figure of a spec."""

    name: str
    figure: Figure


@dataclass(frozen=True, slots=True)
class Room:
    """The figures of one spec."""

    spec: Spec
    exhibits: tuple[Exhibit, ...]

    @property
    def title(self) -> str:
        """What the spec is called."""
        return self.spec.title or self.spec.stem


def exhibits(spec: Spec, *, use_cache: bool = True) -> Iterator[Exhibit | LstmvizError]:
    """The spec's figures, or why one of them cannot be drawn."""
    subject = pipeline.trace(spec, use_cache=use_cache)
    for chosen in plan_all(spec, subject, (), (), {}):
        try:
            figure = pipeline.compose(subject, chosen)
        except LstmvizError as error:
            if spec.figures is not None or not isinstance(error, MeasureError):
                yield error
        else:
            # What is not meant for one kind of page is drawn for both.
            yield Exhibit(chosen.name, replace(figure, theme="auto") if figure.theme == "light" else figure)


def page(rooms: Sequence[Room], title: str = "Figures") -> str:
    """The whole page."""
    count = sum(len(room.exhibits) for room in rooms)
    shown: set[str] = set()
    return _template().substitute(
        title=escape(title),
        light=load_theme("light").colours["ground"],
        dark=load_theme("dark").colours["ground"],
        count=f"{count} figure{'s' * (count != 1)}",
        version=escape(__version__),
        links="\n".join(f'<a href="#room-{i}">{escape(room.title)}</a>' for i, room in enumerate(rooms)),
        sections="\n".join(_section(i, room, shown) for i, room in enumerate(rooms)),
    )


def _template() -> Template:
    return Template(resources.files("lstmviz").joinpath("gallery.html").read_text("utf-8"))


def _section(number: int, room: Room, shown: set[str]) -> str:
    """One spec: its title, its text, its figures."""
    cards = "\n".join(_card(room, exhibit, shown) for exhibit in room.exhibits)
    text = room.spec.source.text
    yaml = f"<details><summary>{escape(room.spec.source.file)}</summary>{_lines('YAML', text)}</details>"
    return (
        f'<section id="room-{number}"><h2>{escape(room.title)}</h2>\n{yaml if text else ""}\n'
        f'<div class="figures">\n{cards}\n</div></section>'
    )


def _card(room: Room, exhibit: Exhibit, shown: set[str]) -> str:
    """One figure with its words and the lines that embed it."""
    kind = exhibit.figure.scene.kind
    other = "" if kind == exhibit.name else f" <small>{escape(kind)}</small>"
    draw = ["lstmviz", "render", room.spec.source.file, "--figure", exhibit.name, "-f", "svg,pdf"]
    lines = [_lines("Draw", shlex.join(draw))]
    for label, markup, fmt in EMBEDDED:
        path = (Path("output") / file_name(room.spec.stem, exhibit.name, fmt)).as_posix()
        lines.append(_lines(label, snippet(markup, Picture(path, exhibit.figure), room.title)))
    return (
        f'<figure id="{escape(f"{room.spec.stem}-{exhibit.name}")}"><h3>{escape(exhibit.name)}{other}</h3>\n'
        f'<div class="sheet">{_image(exhibit.figure, shown)}</div>\n'
        f"<figcaption>{escape(exhibit.figure.alt)}</figcaption>\n"
        f"<details><summary>Embed</summary>{''.join(lines)}</details></figure>"
    )


def _image(figure: Figure, shown: set[str]) -> str:
    """The figure in the page; as data where its ids are taken already."""
    svg = figure.svg
    if svg not in shown:
        shown.add(svg)
        return svg.replace(READERS, PAGES)
    data = base64.b64encode(svg.encode()).decode()
    return f'<img src="data:image/svg+xml;base64,{data}" alt="{escape(figure.alt)}">'


def _lines(label: str, text: str) -> str:
    button = '<button class="take" type="button">Copy</button>'
    return f'<div class="copy">{label}{button}</div><pre>{escape(text.strip())}</pre>'
