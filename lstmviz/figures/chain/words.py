"""Who says what around a drawing of one layer: of torch's `facts`, of a loop of one's own `own_facts`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from lstmviz.figures.chain import facts, own_facts
from lstmviz.network.recurrence import Own
from lstmviz.translation.messages import Said, joined

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lstmviz.figures.chain.plan import Chain
    from lstmviz.figures.shared.parts import Part
    from lstmviz.scene.canvas import Canvas
    from lstmviz.scene.code import Code


class Words(Protocol):
    """What stands around the drawing, and what is read aloud of it."""

    def around(self, canvas: Canvas, drawn: Chain, **more: Any) -> float:
        """Name the tensors above and below, and time; give the y where facts may go on."""

    def below(self, canvas: Canvas, layers: Sequence[Part], y: float, width: float, **more: Any) -> None:
        """Write lines of facts under a drawing."""

    def unrolled(self, drawn: Chain) -> str | Said:
        """Describe the unrolled layer."""

    def rolled(self, part: Part) -> str | Said:
        """Describe the rolled layer."""

    def subtitle(self, part: Part) -> tuple[str, tuple[Code, ...]]:
        """Return the line under the title, and the codes in it."""


def described(*told: str | Said) -> str | Said:
    """Return sentences as one text, which knows its parts where they know theirs."""
    said = [one for one in told if isinstance(one, Said)]
    return joined(" ", *said) if len(said) == len(told) else " ".join(map(str, told))


def of(part: Part) -> Words:
    """Return who speaks of a layer."""
    return own_facts if isinstance(part.layer, Own) else facts
