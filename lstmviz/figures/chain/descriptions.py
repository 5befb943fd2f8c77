"""Who says what around a drawing of one layer: of torch's `facts`, of a loop of one's own `own_facts`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from lstmviz.figures.chain import facts, own_facts
from lstmviz.figures.chain.plan import Chain
from lstmviz.figures.shared.parts import DrawnLayer
from lstmviz.network.recurrence import OwnLoop
from lstmviz.scene.canvas import Canvas
from lstmviz.scene.claims import Claim
from lstmviz.scene.code import Code
from lstmviz.translation.messages import Message


class Words(Protocol):
    """What stands around the drawing, and what is read aloud of it."""

    def around(self, canvas: Canvas, drawn: Chain, **more: Any) -> float:
        """Name the tensors above and below, and time; give the y where facts may go on."""

    def below(
        self, canvas: Canvas, layers: Sequence[DrawnLayer], y: float, width: float, **more: Any
    ) -> float:
        """Write lines of facts under a drawing; give the last baseline."""

    def unrolled(self, drawn: Chain) -> Message:
        """Describe the unrolled layer."""

    def rolled(self, part: DrawnLayer) -> Message:
        """Describe the rolled layer."""

    def same(self, part: DrawnLayer) -> Message:
        """Say that one set of weights is used again and again."""

    def subtitle(self, part: DrawnLayer) -> tuple[str | Message, tuple[Code | Claim, ...]]:
        """Return the line under the title, and the codes in it."""


def of(part: DrawnLayer) -> Words:
    """Return who speaks of a layer."""
    return own_facts if isinstance(part.layer, OwnLoop) else facts
