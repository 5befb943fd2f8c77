"""One figure, placed: the whole of its items."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from lstmviz.scene.claims import Claim
from lstmviz.scene.items import Edge, Frame, Node, Polygon, Text
from lstmviz.scene.json import to_dict
from lstmviz.scene.plots import Plot


@dataclass(frozen=True, slots=True)
class Scene:
    """One figure, placed: pure data, what ``-f json`` prints."""

    kind: str
    title: str
    description: str
    width: float
    height: float
    nodes: tuple[Node, ...] = ()
    edges: tuple[Edge, ...] = ()
    frames: tuple[Frame, ...] = ()
    texts: tuple[Text, ...] = ()
    polygons: tuple[Polygon, ...] = ()
    notes: tuple[str, ...] = field(default=())
    """Facts about the drawing that no item holds, such as the true T of an elided one."""
    language: Literal["en", "zh"] = "en"
    said: tuple[Claim, ...] = ()
    """What the description asserts, sentence by sentence."""
    plots: tuple[Plot, ...] = ()
    """Measured values; left out of the JSON of a scene that has none."""
    caption: str = ""
    """What belongs under the figure and is not drawn: the caption of a snippet has it."""
    captioned: tuple[Claim, ...] = ()
    """What the caption asserts."""

    def to_dict(self) -> dict[str, Any]:
        """What ``-f json`` prints: dicts, lists, numbers and text; coordinates to 1/1000 pt."""
        return to_dict(self)
