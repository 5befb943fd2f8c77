"""The real model that a figure is held against, and what of it the figure was to show."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from lstmviz.network.plan import ModelPlan
from lstmviz.network.structure import Recurrent, Trace
from lstmviz.network.user.stage_dependences import Followed
from lstmviz.network.values.data import ValueSource
from lstmviz.proof.sizes import tensor_faults
from lstmviz.proof.stage_runs import Run, run_through
from lstmviz.proof.verdict import Tally
from lstmviz.scene.scene import Scene

NOTHING = "there is nothing to run"


@dataclass(frozen=True, slots=True)
class Asked:
    """What of the model a figure was to show, in the words of its options."""

    of: str | None = None
    layer: int = 0
    direction: str = "forward"
    cut: tuple[tuple[str, int], ...] = ()
    """How a table is cut into windows, of which a run sees the windows alone: rows, stride, horizon, gap."""
    bare: bool = False
    """Whether the drawing alone was asked for: what it leaves out is not said."""
    names: frozenset[str] = frozenset()
    """The data's own names, of which one that is cut has to stand in the figure whole."""
    letters: tuple[tuple[str, str], ...] = ()
    """The reader's own letters, by those that they replace."""
    words: tuple[tuple[str, ...], ...] | None = None
    """The user's own texts, each list of them as one; None if nobody asked whose words stand on a figure."""
    steps: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """What the user calls steps, of the axes ``time`` and ``target``: labels, or the tokens of a sample."""

    def recurrent(self, trace: Trace) -> Recurrent | None:
        """Return the recurrent layer meant: the first, if none is named."""
        return next((layer for layer in trace.recurrent if self.of in {None, layer.name}), None)


WHOLE = Asked()
"""A figure that was not asked for any part of the model."""


@dataclass(frozen=True, slots=True)
class Real:
    """The real model: its trace, and how it runs: by a spec's plan, or as a module that was followed."""

    trace: Trace
    plan: ModelPlan | None = None
    followed: Followed | None = None
    measures: Callable[[], ValueSource] | None = None
    """Who measures values of a run, if there is a model at hand."""

    def runs(self) -> Sequence[Run]:
        """Return every stage as it ran; none if there is no way to. Raises TooBigError."""
        if self.followed is not None:
            return self.followed.runs
        return run_through(self.plan) if self.plan is not None else ()

    @property
    def faults(self) -> tuple[str, ...]:
        """What a user's module does otherwise than its trace says."""
        return self.followed.faults if self.followed is not None else ()


@dataclass(frozen=True, slots=True)
class Case:
    """A figure before its judge: its verdicts, what is drawn, the model, and what of it was asked for."""

    tally: Tally
    scene: Scene
    real: Real
    asked: Asked = WHOLE

    def measured(self) -> ValueSource | None:
        """Return who measures values again; None if there is no model at hand."""
        return self.real.measures() if self.real.measures else None

    def compare_shapes(self) -> None:
        """Hold the shapes of everything that names a tensor against the trace."""
        faults, self.tally.tensors = tensor_faults(self.scene, self.real.trace)
        self.tally.refute(faults)
