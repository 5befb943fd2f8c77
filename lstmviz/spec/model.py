"""The spec as data: what a YAML file says once it is checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, SerializeAsAny

from lstmviz.spec.data_files import beside
from lstmviz.spec.layer_types import LAYERS
from lstmviz.spec.layers import (
    MAX_BATCH,
    MAX_VOCABULARY,
    Options,
    RecurrentOptions,
    Size,
    Steps,
    Strict,
)
from lstmviz.spec.source import Source

__all__ = [
    "LAYERS", "Axes", "Axis", "FigureRequest", "FigureSchema", "Input", "Layer", "Options",
    "RecurrentOptions", "Source", "Spec", "WrittenInput",
]  # fmt: skip

Batch = Annotated[int, Field(ge=1, le=MAX_BATCH)]
Vocabulary = Annotated[int, Field(ge=1, le=MAX_VOCABULARY)]


Texts = Annotated[tuple[str, ...], Field(min_length=1)]


class Axis(Strict):
    """What one axis of the input means."""

    name: str | None = Field(None, description="The word for the axis: cities, days.")
    labels: Texts | None = Field(None, description="One label for every index along the axis.")


class Axes(Strict):
    """What the axes of the input mean: each a name, or a name with labels."""

    batch: Axis | None = Field(None, description="The samples.")
    time: Axis | None = Field(None, description="The steps.")
    features: Axis | None = Field(None, description="What is measured at every step.")
    target: Axis | None = Field(None, description="The steps of target, which a decoder reads.")
    horizon: Axis | None = Field(
        None, description="The steps that are foreseen, after those of the input; those that a decoder gives."
    )


class Stateful(Strict):
    """One long text or series, cut into parallel streams that are read chunk by chunk."""

    parallel: Batch = Field(description="N: how many streams are read beside each other.")
    chunk: Steps = Field(description="T: so many steps are read in one run, and learned from together.")


class InputFields(Strict):
    """What the written and the resolved input have in common."""

    batch_size: Batch | None = Field(None, description="N; leave it out for unbatched input.")
    timesteps: Steps | None = Field(None, description="T; leave it out for a model without time.")
    vocabulary: Vocabulary | None = Field(None, description="How many different tokens there are.")
    sentences: tuple[Texts, ...] | None = Field(
        None, description="The tokens themselves; they give batch_size, timesteps and lengths."
    )
    channels: Size | None = Field(None, description="C, the channels of an image.")
    height: Steps | None = Field(None, description="The rows of an image.")
    width: Steps | None = Field(None, description="The columns of an image.")
    batch_first: bool = Field(False, description="Whether recurrent layers take (N, T, F); as in torch.")
    axes: Axes = Field(Axes(), description="What the axes mean.")
    lengths: tuple[Steps, ...] | None = Field(
        None, description="The true length of every sample of a padded batch."
    )
    states: Literal["zeros", "given"] = Field(
        "zeros", description="Whether h_0 and c_0 are zeros, or drawn as inputs of the model."
    )
    stateful: Stateful | None = Field(
        None, description="Streams: each chunk begins with the last states of the one before."
    )
    values: str | None = Field(
        None, description="A file .npy or .csv beside the spec: the numbers (or tokens) of the input."
    )


class WrittenInput(InputFields):
    """The `input` of a spec as it may be written."""

    features: Size | Texts | None = Field(None, description="F: how many features, or their names.")


class Input(InputFields):
    """The input, resolved: what sentences and names imply is filled in."""

    features: Size | None = None
    feature_names: Texts | None = None

    @property
    def names(self) -> frozenset[str]:
        """What the data calls its samples, steps and features, and its tokens."""
        axes = (getattr(self.axes, axis) for axis in type(self.axes).model_fields)
        labels = (axis.labels or () for axis in axes if axis is not None)
        return frozenset().union(self.feature_names or (), *labels, *(self.sentences or ()))

    @property
    def form(self) -> Literal["sequence", "tokens", "image"]:
        """Which of the three forms of input this is."""
        if self.channels is not None:
            return "image"
        return "sequence" if self.vocabulary is None else "tokens"


class Layer(Strict):
    """One layer of the model with torch's arguments."""

    type: str
    options: SerializeAsAny[Options]
    name: str | None = None
    reads: str = ""
    """The label of the layer whose output it reads, or input; empty for the layer before it."""
    label: str = ""
    """The name, else the type, with -2, -3 … where a type comes again."""


class FigureRequest(Strict):
    """One figure that the spec asks for; `options` are as written."""

    kind: str
    name: str
    options: dict[str, Any] = Field(default_factory=dict)
    path: str = ""


class Spec(Strict):
    """A whole spec."""

    title: str | None = None
    input: Input
    layers: tuple[Layer, ...]
    figures: tuple[FigureRequest, ...] | None = None
    style: dict[str, Any] = Field(default_factory=dict)
    weights: str | None = None
    """A file beside the spec: the state dict of a trained model."""
    others: dict[str, Spec] = Field(default_factory=dict, exclude=True, repr=False)
    """The specs that its sheets name, as they are written."""
    source: Source = Field(exclude=True, repr=False)

    @property
    def stem(self) -> str:
        """The first part of the figures' file names."""
        return self.source.stem

    @property
    def data(self) -> dict[str, tuple[str, Path]]:
        """The files of data that the spec names: as they are written, and where they are."""
        named = {"weights": self.weights, "values": self.input.values}
        return {key: (name, beside(self.source.file, name)) for key, name in named.items() if name}

    @property
    def beside(self) -> list[Path]:
        """The files that the figures depend on besides the spec itself."""
        own = [path for _, path in self.data.values()]
        return own + [path for one in self.others.values() for path in (Path(one.source.file), *one.beside)]


@dataclass(frozen=True, slots=True)
class FigureSchema:
    """The kinds of figure with their options, and the options of `style`.

    Given by the caller of `load`, because the figures are not this room's.
    """

    kinds: Mapping[str, type[BaseModel]]
    style: type[BaseModel]
