"""What every part of a cube figure is given: canvas, data, options, page."""

from __future__ import annotations

from dataclasses import dataclass, field

from lstmviz.figures.cube.data import Cube
from lstmviz.figures.cube.options import CubeOptions
from lstmviz.figures.pages import Page
from lstmviz.scene.canvas import Canvas
from lstmviz.scene.labels import TextLine


@dataclass(frozen=True, slots=True)
class CubeDrawing:
    """What every part of a cube figure needs."""

    canvas: Canvas
    cube: Cube
    options: CubeOptions
    page: Page
    said: set[str] = field(default_factory=set)
    """What is said where it stands, so that no key says it."""

    @property
    def narrow(self) -> bool:
        """Whether the layout for a column is used."""
        return self.page.narrow

    @property
    def inner(self) -> float:
        """The width between the margins, less the halves of the outermost lines."""
        return self.page.inner - 2.5

    def caption(self, line: TextLine, x: float, y: float) -> None:
        """A line that explains, left aligned."""
        self.canvas.text(line, x, y, role="note")
