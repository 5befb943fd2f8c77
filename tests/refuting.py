"""Whether the proof says something against a scene: it is asked no further than its first word against it."""

from __future__ import annotations

from dataclasses import dataclass
from unittest.mock import patch

from lstmviz.proof import prove as proving
from lstmviz.proof.real_model import WHOLE
from lstmviz.proof.verdict import Tally


class RefutedError(BaseException):
    """Something that is drawn is false: no defect, which the proof would report as its own."""


@dataclass(slots=True)
class First(Tally):
    """A tally that ends the proof at the first fault."""

    def refute(self, faults):
        for one in faults:
            raise RefutedError(one)


def refuted(scene, trace, plan=None, asked=WHOLE, *, followed=None):
    """Whether `prove` finds a fault: what judges this kind first, and only then the page and its words."""
    with patch.object(proving, "Tally", First):
        try:
            return bool(proving.prove(scene, trace, plan, asked, followed=followed).faults)
        except RefutedError:
            return True
