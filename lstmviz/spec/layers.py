"""The options of the layers of the language: torch's argument names, each with its bounds."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.fields import FieldInfo

# Every number is bounded before anything is built: a million layers would hang, not fail.
MAX_SIZE = 1_000_000
MAX_LAYERS = 1000
MAX_STEPS = 100_000
MAX_BATCH = 1_000_000
MAX_VOCABULARY = 10_000_000

Size = Annotated[int, Field(ge=1, le=MAX_SIZE)]
Steps = Annotated[int, Field(ge=1, le=MAX_STEPS)]
Padding = Annotated[int, Field(ge=0, le=MAX_STEPS)]
Pair = Steps | tuple[Steps, Steps]
PaddingPair = Padding | tuple[Padding, Padding]
Depth = Annotated[int, Field(ge=1, le=MAX_LAYERS)]
Dimension = Annotated[int, Field(ge=-8, le=7)]
Probability = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Positive = Annotated[float, Field(gt=0, le=100, allow_inf_nan=False)]
ViewSize = Annotated[int, Field(ge=-1, le=MAX_SIZE)] | Literal["N", "T"]


class Strict(BaseModel):
    """Frozen data in which nothing is converted and nothing is left over."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


def _hide_foreign(schema: dict[str, Any], model: type[Options]) -> None:
    for name in model.foreign:
        schema["properties"].pop(name, None)


class Options(Strict):
    """A layer that takes no arguments."""

    model_config = ConfigDict(json_schema_extra=_hide_foreign)

    foreign: ClassVar[tuple[str, ...]] = ()
    """Fields kept at their default, because torch's module has no such argument."""
    mostly: ClassVar[tuple[str, ...]] = ()
    """Fields that may be left out and seldom are: an example has them."""

    @classmethod
    def arguments(cls) -> dict[str, FieldInfo]:
        """The fields that a spec may write, in torch's order.

        >>> list(LinearOptions.arguments())
        ['out_features', 'bias']
        """
        return {k: f for k, f in cls.model_fields.items() if k not in cls.foreign}


class RecurrentOptions(Options):
    """A recurrent layer, as lstm, gru and rnn share it."""

    hidden_size: Size = Field(description="H, the number of units.")
    num_layers: Depth = Field(1, description="L, how many layers are stacked.")
    bias: bool = Field(True, description="Whether the two bias vectors exist.")
    dropout: Probability = Field(0.0, description="Dropout between the stacked layers, not after the last.")
    bidirectional: bool = Field(False, description="Whether a second direction reads the time in reverse.")
    proj_size: Annotated[int, Field(ge=0, le=MAX_SIZE)] = Field(
        0, description="P, the size to which h is projected; 0 for no projection."
    )
    nonlinearity: Literal["tanh", "relu"] = Field("tanh", description="The activation of the cell.")


class LstmOptions(RecurrentOptions):
    """A long short-term memory: hidden state h and cell state c."""

    foreign = ("nonlinearity",)


class GruOptions(RecurrentOptions):
    """A gated recurrent unit."""

    foreign = ("proj_size", "nonlinearity")


class RnnOptions(RecurrentOptions):
    """A plain (Elman) recurrent layer."""

    foreign = ("proj_size",)


class LinearOptions(Options):
    """A fully connected layer on the last axis."""

    out_features: Size = Field(description="The size of the last axis afterwards.")
    bias: bool = Field(True, description="Whether there is a bias vector.")


class EmbeddingOptions(Options):
    """A vector for every token."""

    embedding_dim: Size = Field(description="E, the length of a token's vector.")
    padding_idx: Annotated[int, Field(ge=-MAX_VOCABULARY, lt=MAX_VOCABULARY)] | None = Field(
        None, description="The token whose vector stays zero."
    )


class DropoutOptions(Options):
    """Dropout: sets units to zero while training, passes all otherwise."""

    p: Probability = Field(0.5, description="The probability that a unit is set to zero.")


class Conv1dOptions(Options):
    """A convolution over time."""

    out_channels: Size = Field(description="The number of kernels.")
    kernel_size: Steps = Field(description="How many steps a kernel sees.")
    stride: Steps = Field(1, description="How far a kernel moves on.")
    padding: Padding = Field(0, description="Zeros added at both ends.")
    dilation: Steps = Field(1, description="The distance between the steps a kernel sees.")
    bias: bool = Field(True, description="Whether there is a bias vector.")


class Conv2dOptions(Options):
    """A convolution over height and width."""

    out_channels: Size = Field(description="The number of kernels.")
    kernel_size: Pair = Field(description="The size of a kernel: a number, or [height, width].")
    stride: Pair = Field(1, description="How far a kernel moves on.")
    padding: PaddingPair = Field(0, description="Zeros added on every side.")
    dilation: Pair = Field(1, description="The distance between the pixels a kernel sees.")
    bias: bool = Field(True, description="Whether there is a bias vector.")


class PoolOptions(Options):
    """Pooling: one value for every window."""

    kernel_size: Pair = Field(description="The size of the window: a number, or [height, width].")
    stride: Pair | None = Field(None, description="How far the window moves on; default: its own size.")
    padding: PaddingPair = Field(0, description="Padding on every side.")


class Pool1dOptions(Options):
    """Pooling over time: one value for every window of steps."""

    kernel_size: Steps = Field(description="How many steps a window holds.")
    stride: Steps | None = Field(None, description="How far the window moves on; default: its own size.")
    padding: Padding = Field(0, description="Padding at both ends.")


class AdaptivePool1dOptions(Options):
    """The mean over as many windows of steps as asked for."""

    output_size: Steps = Field(description="How many steps are left.")


class AdaptivePool2dOptions(Options):
    """The mean over as many windows as asked for, whatever the image's size."""

    output_size: Pair = Field(description="The size of the image afterwards: a number, or [height, width].")


class FlattenOptions(Options):
    """Merges neighbouring axes into one."""

    start_dim: Dimension = Field(1, description="The first axis to merge.")
    end_dim: Dimension = Field(-1, description="The last axis to merge.")


class LayerNormOptions(Options):
    """Normalises the last axis."""

    eps: Probability = Field(1e-5, description="Added to the variance.")


class GroupNormOptions(Options):
    """Normalises groups of channels of each sample."""

    num_groups: Size = Field(description="How many groups the channels are split into.")
    eps: Probability = Field(1e-5, description="Added to the variance.")


class ViewOptions(Options):
    """Reads the same numbers in another shape."""

    sizes: Annotated[tuple[ViewSize, ...], Field(min_length=1, max_length=8)] = Field(
        description="The sizes of the new axes: numbers, -1 once for what is left, or the symbols N and T."
    )


class PermuteOptions(Options):
    """Reorders the axes."""

    dims: Annotated[tuple[Dimension, ...], Field(min_length=1, max_length=8)] = Field(
        description="The old axes in their new order."
    )


class BatchNorm1dOptions(Options):
    """Normalises every feature over the batch (and over time)."""


class BatchNorm2dOptions(Options):
    """Normalises every channel over the batch."""


class ReshapeOptions(ViewOptions):
    """Reads the numbers in another shape, and copies them if it must."""
