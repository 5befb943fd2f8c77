"""Matplotlib as a painter: the display list as artists, without pyplot."""

from __future__ import annotations

import contextlib
import io
import warnings
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

import matplotlib as mpl
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backend_bases import GraphicsContextBase, RendererBase
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_pdf import FigureCanvasPdf
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, fontManager
from matplotlib.path import Path as MplPath
from matplotlib.transforms import Affine2D, Transform

from lstmviz.backends.drawing import Drawing, Group, PathMark, TextMark, display_list
from lstmviz.backends.fonts import LOCK, NAMES, font_file, unlogged
from lstmviz.backends.graphviz import page
from lstmviz.backends.tex import in_tex
from lstmviz.scene.geometry import Path, polyline
from lstmviz.scene.metrics import covered
from lstmviz.scene.scene import Scene
from lstmviz.themes import Theme

RC: dict[Any, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "lstmviz",
    "pdf.fonttype": 42,
    "text.hinting": "none",
    "font.enable_last_resort": False,  # an empty box says as much, a second faster
}
FILES = {name: str(font_file(font)) for font, name in NAMES.items()}
OTHERS = (
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "Source Han Sans SC",
    "WenQuanYi Zen Hei",
    "WenQuanYi Micro Hei",
    "Droid Sans Fallback",
    "PingFang SC",
    "Hiragino Sans GB",
    "Heiti TC",
    "Microsoft YaHei",
    "SimHei",
    "Arial Unicode MS",
    "Noto Sans Arabic",
    "Noto Sans Hebrew",
    "Noto Sans Devanagari",
    "Noto Emoji",
)
"""Fonts of a system that may have what the shipped ones lack."""


def draw(drawing: Drawing, fmt: str, *, dpi: float = 96, transparent: bool = False) -> bytes:
    """What Matplotlib makes of a drawing: ``svg``, ``png`` or ``pdf``."""
    with LOCK, _own_settings(), unlogged():
        width, height = page(drawing, dpi) if fmt == "png" else (drawing.width, drawing.height)
        ground = "none" if transparent or fmt == "svg" else drawing.ground
        figure = Figure((width / 72, height / 72), dpi=dpi, facecolor=ground, frameon=fmt != "svg")
        down = Affine2D().scale(1 / 72, -1 / 72).translate(0, height / 72) + figure.dpi_scale_trans
        for group in drawing.groups:
            figure.add_artist(GroupArtist(group, down, whole=fmt == "svg"))
        out = io.BytesIO()
        if fmt == "svg":
            FigureCanvasSVG(figure).print_svg(out, metadata={"Date": None, "Creator": None})  # type: ignore[no-untyped-call]
        elif fmt == "pdf":
            FigureCanvasPdf(figure).print_pdf(out, metadata={"CreationDate": None})  # type: ignore[no-untyped-call]
        else:
            FigureCanvasAgg(figure).print_png(out, metadata={"Software": None})  # type: ignore[no-untyped-call]
        return out.getvalue()


def draw_into(ax: Axes, scene: Scene, theme: Theme) -> None:
    """Draw a scene into Axes, which then show it whole and nothing else.

    The figure keeps its proportions; lines and type scale with the Axes. The
    ground is that of the theme.
    """
    drawing = display_list(scene, theme)
    ax.set_xlim(0, drawing.width)
    ax.set_ylim(drawing.height, 0)
    ax.set_aspect("equal")
    ax.set_axis_off()
    corners = ((0.0, 0.0), (drawing.width, 0.0), (drawing.width, drawing.height), (0.0, drawing.height))
    sheet = polyline(corners, closed=True)
    ground = Group(None, "shape", "ground", (PathMark((sheet,), drawing.ground),))
    for group in (ground, *drawing.groups):
        ax.add_artist(GroupArtist(group, ax.transData))


@contextlib.contextmanager
def _own_settings() -> Iterator[None]:
    """Matplotlib's own defaults and ours, and no warnings, while the block runs."""
    with warnings.catch_warnings(), mpl.rc_context():
        warnings.simplefilter("ignore")
        mpl.rcdefaults()
        mpl.rcParams.update(RC)
        yield


class GroupArtist(Artist):
    """One item of a figure; its id names the group in an SVG.

    `whole` keeps lines from being cut off at the page, so that an SVG has all
    of them.
    """

    def __init__(self, group: Group, transform: Transform, *, whole: bool = False) -> None:
        super().__init__()
        self.group = group
        self.whole = whole
        self.set_transform(transform)
        self.set_gid(group.id)

    def draw(self, renderer: RendererBase) -> None:
        """Paint the marks."""
        if not self.get_visible():
            return
        renderer.open_group(self.group.kind, gid=self.get_gid())
        gc = renderer.new_gc()
        gc.set_joinstyle("miter")
        gc.set_capstyle("butt")
        gc.set_snap(False)
        for mark in self.group.marks:
            if isinstance(mark, PathMark):
                self._path(renderer, gc, mark)
            else:
                self._text(renderer, gc, mark)
        gc.restore()
        renderer.close_group(self.group.kind)

    def _scale(self, renderer: RendererBase) -> float:
        """How many pt on paper one pt of the scene takes."""
        (x0, y0), (x1, y1) = self.get_transform().transform([(0, 0), (1, 0)])
        return float(((x1 - x0) ** 2 + (y1 - y0) ** 2) ** 0.5 / renderer.points_to_pixels(1))

    def _path(self, renderer: RendererBase, gc: GraphicsContextBase, mark: PathMark) -> None:
        gc.set_foreground(mark.stroke or "none")
        gc.set_linewidth(mark.width * self._scale(renderer) if mark.stroke else 0)
        face = mpl.colors.to_rgba(mark.fill) if mark.fill else (0.0, 0.0, 0.0, 0.0) if self.whole else None
        renderer.draw_path(gc, outline(mark.paths), self.get_transform(), face)

    def _text(self, renderer: RendererBase, gc: GraphicsContextBase, mark: TextMark) -> None:
        x, up = (float(n) for n in self.get_transform().transform((mark.x, mark.y)))
        y = renderer.get_canvas_width_height()[1] - up if renderer.flipy() else up
        font = Face(mark, self._scale(renderer))
        gc.set_foreground(mark.colour)
        text = in_tex(mark.text) if _sets_tex(renderer) else mark.text
        with warnings.catch_warnings():
            if not all(covered(c, mark.font) for c in mark.text):
                warnings.filterwarnings("ignore", "Glyph .* missing")
            left = x
            if mark.anchor != "start" and not self.whole:  # an SVG keeps the anchor itself
                width = renderer.get_text_width_height_descent(text, font, ismath=False)[0]
                left -= width / 2 if mark.anchor == "middle" else width
            renderer.draw_text(gc, left, y, text, font, 0, False, Anchored(x, up, mark))  # type: ignore[arg-type]


def _sets_tex(renderer: RendererBase) -> bool:
    """Whether a renderer is Matplotlib's for TeX (pgf), for which text is TeX."""
    return type(getattr(renderer, "_renderer", renderer)).__name__ == "RendererPgf"


def outline(paths: Iterable[Path]) -> MplPath:
    """Paths as one of Matplotlib's."""
    points: list[tuple[float, float]] = []
    codes: list[int] = []
    for path in paths:
        points += path.points
        codes.append(int(MplPath.MOVETO))
        for segment in path.segments:
            codes += [int(MplPath.CURVE4)] * 3 if len(segment) == 3 else [int(MplPath.LINETO)]
        if path.closed:
            points.append(path.start)
            codes.append(int(MplPath.CLOSEPOLY))
    found = MplPath(points, codes)
    found.should_simplify = False
    return found


class Face(FontProperties):
    """A shipped font by its file, then what stands in for missing glyphs."""

    def __init__(self, mark: TextMark, scale: float) -> None:
        names = dict.fromkeys((NAMES[mark.font], "DejaVu Sans", "STIXGeneral"))
        if not all(covered(c, mark.font) for c in mark.text):
            names |= dict.fromkeys(_installed())
        super().__init__(family=list(names), size=mark.size * scale)

    def __copy__(self) -> Face:
        # Matplotlib looks each family up with a copy; its own copies forget the class.
        new = Face.__new__(Face)
        new.__dict__.update(self.__dict__)
        return new

    def get_file(self) -> str | None:
        """The shipped file of the first family, if it is one."""
        return FILES.get(self.get_family()[0])


@cache
def _installed() -> tuple[str, ...]:
    """Which of the other fonts this system has."""
    have = {font.name for font in fontManager.ttflist}
    return tuple(name for name in OTHERS if name in have)


class Anchored:
    """What the renderers of SVG and of TeX (pgf) ask of a text to place it by its anchor."""

    def __init__(self, x: float, y: float, mark: TextMark) -> None:
        self.place = (x, y)
        self.anchor = mark.anchor

    def get_transform(self) -> Transform:
        """The place is in pixels already."""
        return Affine2D()

    def get_unitless_position(self) -> tuple[float, float]:
        """Where the anchor is."""
        return self.place

    def get_ha(self) -> str:
        """The anchor in Matplotlib's words."""
        return {"start": "left", "middle": "center", "end": "right"}[self.anchor]

    get_horizontalalignment = get_ha

    def get_verticalalignment(self) -> str:
        """On its baseline."""
        return "baseline"

    get_va = get_verticalalignment

    def get_rotation_mode(self) -> str:
        """As if turned about the anchor."""
        return "anchor"

    def get_fontfeatures(self) -> None:
        """None but the font's own."""

    def get_language(self) -> None:
        """No language in particular."""
