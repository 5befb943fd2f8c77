"""The lines that embed a figure in LaTeX, HTML or Markdown, alt text included."""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING, Literal, get_args
from urllib.parse import quote

from lstmviz.backends.tex import in_tex, spoken
from lstmviz.scene.paper import COLUMN
from lstmviz.scene.scene import Scene

if TYPE_CHECKING:
    from lstmviz.figure import Figure

Markup = Literal["latex", "html", "markdown"]
MARKUPS: tuple[Markup, ...] = get_args(Markup)
EMBEDS = {"latex": ("pdf", "png"), "html": ("svg", "png"), "markdown": ("svg", "png")}
"""The formats that each can show, the better one first."""

_MARKS = re.compile(r"([\\`*_\[\]<>&~|])")


@dataclass(frozen=True, slots=True)
class Picture:
    """A figure and the file that it is in."""

    path: str
    figure: Figure
    frame: int = 0
    """Which frame of a figure it is, counted from 1; 0 for a whole figure."""

    @property
    def fmt(self) -> str:
        """The file's format."""
        return PurePath(self.path).suffix[1:]

    @property
    def url(self) -> str:
        """The file as HTML and Markdown name it."""
        return quote(PurePath(self.path).as_posix(), safe="/")


def snippets(markup: Markup, pictures: Sequence[Picture]) -> list[str]:
    """The lines for every figure, each with the file that suits the markup best.

    A figure that is there for light and for dark pages is embedded once.
    """
    chosen = _best(markup, pictures)
    if markup == "latex" and any(picture.frame for picture in chosen):
        return [_overlays(one) for one in _built_up(chosen)]
    captions = _captions(chosen)
    found = []
    for picture in chosen:
        if picture.figure.theme == "dark" and _partner(picture, "light", chosen):
            continue
        dark = _partner(picture, "dark", chosen) if picture.figure.theme == "light" else None
        found.append(snippet(markup, picture, captions[picture.path], dark))
    return found


def snippet(markup: Markup, picture: Picture, caption: str, dark: Picture | None = None) -> str:
    """The lines for one figure, and its `dark` version for dark pages.

    What belongs under a figure and is not drawn is its caption, in every markup.
    """
    under = _with_notes(caption, picture.figure.scene)
    if markup == "latex":
        return _latex(picture, under)
    said = under if picture.figure.scene.caption else ""
    image = _in_both_schemes(picture, dark) if dark else _image(picture)
    if markup == "markdown":
        image = image if dark else f"![{in_markdown(picture.figure.alt)}]({picture.url})"
        return f"{image}\n\n*{in_markdown(said)}*" if said else image
    return f"<figure>\n{image}\n<figcaption>{html.escape(said)}</figcaption>\n</figure>" if said else image


def _in_both_schemes(picture: Picture, dark: Picture) -> str:
    """The lines of HTML for a figure that is there for light and for dark pages."""
    source = f'  <source media="(prefers-color-scheme: dark)" srcset="{dark.url}">'
    return f"<picture>\n{source}\n  {_image(picture)}\n</picture>"


def _with_notes(title: str, scene: Scene) -> str:
    """A figure's title, and what is to be said under it, as its caption."""
    if not scene.caption:
        return title
    stop, gap = (".", " ") if scene.language == "en" else ("。", "")
    ended = "" if title.endswith((".", "?", "!", "。")) else stop
    return f"{title}{ended}{gap}{_begun(scene.caption)}{stop}"


def _begun(said: str) -> str:
    """A sentence with a capital at its beginning, but for one that begins with code.

    >>> _begun("reverse starts at t = T"), _begun("h_n holds it")
    ('Reverse starts at t = T', 'h_n holds it')
    """
    return said[0].upper() + said[1:] if re.match(r"[a-z]+[:,]? ", said) else said


def _captions(pictures: Sequence[Picture]) -> dict[str, str]:
    """Every figure's title by its path; those that share one get what tells their files apart."""
    titles = {p.path: p.figure.scene.title or p.figure.scene.kind for p in pictures}
    count = Counter(titles.values())
    stems = {path: PurePath(path).stem for path in titles}
    first, last = min(stems.values(), default=""), max(stems.values(), default="")
    shared = next((i for i, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), len(first))
    return {
        path: f"{title} ({stems[path][shared:]})" if count[title] > 1 and stems[path][shared:] else title
        for path, title in titles.items()
    }


def _path_in_tex(path: str) -> str:
    r"""A file's name as LaTeX takes it; what no name there can hold is no command at least.

    ``^^5c`` would be a backslash.

    >>> _path_in_tex("out/h_n-grid.pdf"), _path_in_tex("a^^5cb.pdf")
    ('out/h_n-grid.pdf', 'a\\string^\\string^5cb.pdf')
    """
    return re.sub(r"[\\{}%^~#$&]", lambda found: f"\\string{found[0]}", path)


def in_markdown(text: str) -> str:
    r"""Text of which nothing is a mark of Markdown's.

    >>> in_markdown("h_n [last]")
    'h\\_n \\[last\\]'
    """
    return _MARKS.sub(r"\\\1", " ".join(text.split()))


def _best(markup: Markup, pictures: Iterable[Picture]) -> list[Picture]:
    """One file for every figure, in the order in which they were drawn."""
    rank = EMBEDS[markup]
    best: dict[str, Picture] = {}
    for picture in pictures:
        if picture.fmt not in rank:
            continue
        name = picture.path.removesuffix(f".{picture.fmt}")
        if name not in best or rank.index(picture.fmt) < rank.index(best[name].fmt):
            best[name] = picture
    return list(best.values())


def _partner(picture: Picture, theme: str, among: Iterable[Picture]) -> Picture | None:
    """The same drawing in another theme."""
    return next(
        (p for p in among if p.figure.theme == theme and p.figure.scene == picture.figure.scene), None
    )


def _image(picture: Picture) -> str:
    scene = picture.figure.scene
    size = f'width="{scene.width * 96 / 72:.0f}" height="{scene.height * 96 / 72:.0f}"'
    return f'<img src="{picture.url}" {size} alt="{html.escape(" ".join(picture.figure.alt.split()))}">'


def _built_up(pictures: Iterable[Picture]) -> Iterator[list[Picture]]:
    """The frames of each figure."""
    one: list[Picture] = []
    for picture in pictures:
        if picture.frame <= 1 and one:
            yield one
            one = []
        one.append(picture)
    yield one


def _overlays(pictures: Sequence[Picture]) -> str:
    r"""The frames of a figure on one slide of Beamer's, one after the other; the last one stays.

    What is to be said under the figure is the speaker's note.
    """
    lines = [f"\\def\\figurealt{{{spoken(pictures[-1].figure.alt)}}}"]
    for picture in pictures:
        when = f"{picture.frame}-" if picture is pictures[-1] else str(picture.frame)
        path = _path_in_tex(PurePath(picture.path).as_posix())
        lines.append(f"\\only<{when}>{{\\includegraphics[alt=\\figurealt]{{{path}}}}}")
    said = pictures[-1].figure.scene.caption
    lines += [f"\\note{{{in_tex(' '.join(said.split()))}}}"] if said else []
    return "\n".join(lines)


def _latex(picture: Picture, caption: str) -> str:
    r"""A float of LaTeX's. The words stand in a macro: packages that load xkeyval split them at commas."""
    path = PurePath(picture.path)
    label = re.sub(r"[^\w:.+-]", "-", path.stem)
    figure = picture.figure
    wide = "  % figure* where the page has two columns" if figure.scene.width > COLUMN + 1 else ""
    return "\n".join(
        [
            rf"\begin{{figure}}{wide}",
            r"  \centering",
            f"  \\def\\figurealt{{{spoken(figure.alt)}}}",
            f"  \\includegraphics[alt=\\figurealt]{{{_path_in_tex(path.as_posix())}}}",
            f"  \\caption{{{in_tex(' '.join(caption.split()))}}}",
            f"  \\label{{fig:{label}}}",
            r"\end{figure}",
        ]
    )
