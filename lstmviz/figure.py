"""A drawn figure: a scene, and how it is to be painted."""

from __future__ import annotations

import base64
import hashlib
import html
import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

from lstmviz.backends import FORMATS, digest, paint
from lstmviz.backends.choices import Backend, FileOptions, PaintOptions, TextMode
from lstmviz.errors import OutputError
from lstmviz.scene.scene import Scene
from lstmviz.themes import Theme
from lstmviz.writer import write

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True, slots=True, repr=False)
class Figure:
    """One figure. A notebook shows it; it never changes.

    Every format is painted when asked for, and is the same bytes every time.
    """

    scene: Scene
    theme: str | Theme = "light"
    backend: Backend | None = None
    """Who paints, where one is named; else SVG is written directly."""
    default_backend: Backend = "graphviz"
    """Who paints PNG and PDF where none is named."""
    text: TextMode = "embed"
    refuted: tuple[str, ...] = ()
    """What is drawn of a user's own module and its run refutes; `lstmviz.check` looks closer."""
    before: tuple[Figure, ...] = ()
    """The figures on the pages before it, in a PDF."""

    @property
    def alt(self) -> str:
        """The sentence that says what the figure shows."""
        return self.scene.description

    @property
    def warning(self) -> str | None:
        """What the run refutes, or what no font of this machine can show; None if all is well."""
        if self.refuted:
            more = f" (and {len(self.refuted) - 1} more)" if len(self.refuted) > 1 else ""
            return f"{self.scene.kind}: refuted by the run: {self.refuted[0]}{more}"
        from lstmviz.backends.scripts import missing  # noqa: PLC0415  (importing this module is free)

        return missing(self.scene)

    @property
    def svg(self) -> str:
        """The figure as SVG."""
        return self.paint("svg").decode()

    @property
    def pdf(self) -> bytes:
        """The figure as PDF."""
        return self.paint("pdf")

    @property
    def dot(self) -> str:
        """The figure as Graphviz source, every node pinned."""
        return self.paint("dot").decode()

    @property
    def json(self) -> str:
        """The scene as JSON."""
        return self.paint("json").decode()

    def png(self, **how: Unpack[FileOptions]) -> bytes:
        """The figure as PNG: `dpi` 192 unless told otherwise, `transparent` leaves out the ground."""
        return self.paint("png", **how)

    def paint(self, fmt: str, **how: Unpack[FileOptions]) -> bytes:
        """The figure in any format, as the bytes of a file; `dpi` and `transparent` as in `png`."""
        if self.before and fmt == "pdf":
            from lstmviz.backends.pdf import together  # noqa: PLC0415  (importing this module is free)

            pages = (*self.before, replace(self, before=()))
            files = [one.paint(fmt, **how) for one in pages]
            return together(files, self.digest(**how))
        return paint(self.scene, self.theme, fmt=fmt, **self._own(how))

    def _own(self, how: FileOptions) -> PaintOptions:
        """What a file is painted with, by what the figure itself says."""
        return {
            "backend": self.backend, "default_backend": self.default_backend, "text": self.text, **how,
        }  # fmt: skip

    def digest(self, **how: Unpack[FileOptions]) -> str:
        """The hash of all that decides what is drawn, on every page, which the files carry."""
        if self.before:
            pages = (*self.before, replace(self, before=()))
            each = (one.digest(**how) for one in pages)
            return hashlib.sha256("".join(each).encode()).hexdigest()
        return digest(self.scene, self.theme, **self._own(how))

    def save(self, *paths: str | os.PathLike[str], **how: Unpack[FileOptions]) -> list[Path]:
        """Write the figure, each file in the format that its name says; `dpi` and `transparent` as in `png`.

        Files are written whole or not at all. Raises OutputError.
        """
        formats = {Path(path): format_of(Path(path)) for path in paths}
        for path, fmt in formats.items():
            write(path, self.paint(fmt, **how))
        return list(formats)

    def draw(self, ax: Axes) -> None:
        """Draw into Matplotlib Axes, which then show this figure and nothing else."""
        from lstmviz.backends.matplotlib import draw_into  # noqa: PLC0415  (it takes 0.5 s)
        from lstmviz.themes import Theme, load_theme  # noqa: PLC0415

        named = "light" if self.theme == "auto" else self.theme
        draw_into(ax, self.scene, named if isinstance(named, Theme) else load_theme(named))

    def __repr__(self) -> str:
        scene = self.scene
        theme = self.theme if isinstance(self.theme, str) else "own theme"
        return (
            f"<Figure {scene.kind} {scene.title!r}: {scene.width:.0f} × {scene.height:.0f} pt,"
            f" {theme}, {self.backend or self.default_backend}>"
        )

    def _repr_svg_(self) -> str:
        return self.svg

    def _repr_mimebundle_(self, **_: Any) -> tuple[dict[str, Any], dict[str, dict[str, str]]]:
        """What a notebook keeps: SVG to show, with its alternative text in HTML, and PDF for LaTeX.

        The alternative text of each picture is in its metadata, where a template of nbconvert finds it.
        """
        svg, scene = self.svg, self.scene
        size = f'width="{scene.width * 96 / 72:.0f}" height="{scene.height * 96 / 72:.0f}"'
        source = f"data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()}"
        image = (
            f'<img src="{source}" {size} style="max-width: 100%; height: auto" alt="{html.escape(self.alt)}">'
        )
        pictures = {"image/svg+xml": svg, "application/pdf": self.pdf}
        shown = {"text/html": image, **pictures, "text/plain": self.alt}
        return shown, {name: {"alt": self.alt} for name in pictures}


def format_of(path: Path) -> str:
    """The format that a file's name says; OutputError if it says none.

    >>> format_of(Path("grid.PDF"))
    'pdf'
    """
    fmt = path.suffix[1:].lower()
    if fmt not in FORMATS:
        raise OutputError(str(path), f"the name must end in one of .{', .'.join(FORMATS)}")
    return fmt
