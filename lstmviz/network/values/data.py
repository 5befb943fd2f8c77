"""What was measured, as plain data without torch; and who measures it when a figure asks."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, Literal

from lstmviz.scene.plots import Values

Norm = Literal["fro", "max"]
State = Literal["h", "c"]
Way = Literal["fwd", "rev"]


@dataclass(frozen=True, slots=True)
class Origin:
    """Whose values they are: weights and input as they were given, or untrained and random, of a seed."""

    own: bool = False
    weights: str = ""
    """The file that the weights come from."""
    values: str = ""
    """The file that the input comes from."""
    words: bool = False
    """Whether it is the sentences of the spec."""
    seed: int = 0
    random: bool = False
    """Whether the input of one's own module is random: only its sizes were given."""
    states: bool = False
    """Whether a spec gives the first states: they are random, of the seed."""


@dataclass(frozen=True, slots=True)
class Influence:
    """How much each step of an input moves each step of a stage's result, for one sample.

    `values` are the norms of ∂y_t/∂x_s, row by row: t from 1 in `rows`, s from 1 in `columns`.
    """

    of: str
    read: str
    """The input, or the embedding of its tokens."""
    rows: int
    columns: int
    values: Values
    origin: Origin
    walls: tuple[int, ...] = ()
    """After which steps the code cuts the gradient, though what is before still moves what follows."""
    lost: float = 0.0
    """What is no larger than this may be missing: it is lost in quotients of differences."""
    apart: float = 0.0
    """How far what the stage made of copies of the sample is from what it makes of it in another run."""
    bent: tuple[int, ...] = ()
    """The places in `values` that have no derivative: the run stands on the bend of a ReLU, say."""


@dataclass(frozen=True, slots=True)
class StateGradients:
    """How much a state moves the last one of its layer: the norms of ∂h_T/∂h_t for t = 0 … T."""

    layer: str
    depth: int
    direction: Way
    state: State
    values: Values
    bent: int = 0
    """The last t from which a step stands on a bend: no derivative leads back from there, 0 … `bent` − 1."""


@dataclass(frozen=True, slots=True)
class Activity:
    """Gates and states of one layer and direction: of each, unit by unit, its value at every step."""

    layer: str
    depth: int
    direction: Way
    sample: int
    steps: int
    units: tuple[tuple[str, int], ...]
    """The gates and states in order, with how many units each has: ``(("i", 16), …)``."""
    values: tuple[Values, ...]
    inputs: Values
    features: int
    error: float
    """The greatest difference from what the module gives."""
    origin: Origin


@dataclass(frozen=True, slots=True)
class Parameter:
    """The numbers of one parameter, row by row: its first axis down, all others across."""

    of: str
    name: str
    rows: int
    columns: int
    values: Values
    origin: Origin


class ValueSource(ABC):
    """Measures a model's values; each method raises ModelError where they cannot be had."""

    @abstractmethod
    def asked(self, name: str, *about: Any) -> Any:
        """Return what the method of this name gives of what it is asked about."""

    def influence(self, of: str, sample: int, norm: Norm) -> Influence:
        """Measure how the steps of the input move those of a stage's result."""
        return self.asked("influence", of, sample, norm)  # type: ignore[no-any-return]

    def differences(self, of: str, sample: int, norm: Norm) -> Influence:
        """Measure the same by another road: values changed a little, both ways."""
        return self.asked("differences", of, sample, norm)  # type: ignore[no-any-return]

    def cut(self, of: str, sample: int) -> tuple[int, ...]:
        """Measure after which steps of the input no gradient of a stage's result passes."""
        return self.asked("cut", of, sample)  # type: ignore[no-any-return]

    def carried(self, layer: str, sample: int) -> tuple[StateGradients, ...]:
        """Measure how the states of a recurrent layer move its last ones, layer by layer and direction."""
        return self.asked("carried", layer, sample)  # type: ignore[no-any-return]

    def carried_differences(self, layer: str, sample: int) -> tuple[StateGradients, ...]:
        """Measure the same by values changed a little."""
        return self.asked("carried_differences", layer, sample)  # type: ignore[no-any-return]

    def activity(self, layer: str, depth: int, direction: Way, sample: int) -> Activity:
        """Measure the gates and states of a layer over time."""
        return self.asked("activity", layer, depth, direction, sample)  # type: ignore[no-any-return]

    def activity_again(self, layer: str, depth: int, direction: Way, sample: int) -> Activity:
        """Measure the same by another road: gates as the module's own states need them."""
        return self.asked("activity_again", layer, depth, direction, sample)  # type: ignore[no-any-return]

    def parameter(self, of: str, name: str) -> Parameter:
        """Read the numbers of a stage's parameter."""
        return self.asked("parameter", of, name)  # type: ignore[no-any-return]

    def parameter_again(self, of: str, name: str) -> Parameter:
        """Read the same from the state dict."""
        return self.asked("parameter_again", of, name)  # type: ignore[no-any-return]
