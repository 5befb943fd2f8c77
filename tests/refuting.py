"""Whether the proof says something against a scene, asked in the quickest order."""

from __future__ import annotations

import contextlib

from lstmviz.network.run import undisturbed
from lstmviz.proof.prove import JUDGES, prove
from lstmviz.proof.real_model import WHOLE, Real
from lstmviz.proof.verdict import Tally


def refuted(scene, trace, plan=None, asked=WHOLE, *, followed=None):
    """Whether `prove` finds a fault: what judges this kind first, and only then the page and its words."""
    tally = Tally(scene.kind)
    with contextlib.suppress(Exception), undisturbed():
        JUDGES[scene.kind](tally, scene, Real(trace, plan, followed), asked)
    return bool(tally.faults or prove(scene, trace, plan, asked, followed=followed).faults)
