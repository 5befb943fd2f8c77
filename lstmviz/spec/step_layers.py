"""The options of layers about steps and about other layers, which torch has no class for."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from lstmviz.spec.layers import MAX_LAYERS, Depth, Options, Probability, Size, Steps

LayerName = Annotated[str, Field(pattern=r"^[^\s/\\.]{1,80}$")]


class DecoderOptions(Options):
    """A second recurrent layer that starts from the last states of the one before."""

    mostly = ("features",)

    cell: Literal["lstm", "gru", "rnn"] = Field(description="The kind of cell.")
    hidden_size: Size = Field(description="H, the number of units.")
    num_layers: Depth = Field(1, description="L, how many layers are stacked.")
    steps: Steps = Field(description="How many steps it has, as target, its second input, does.")
    features: Size | None = Field(
        None, description="How many features a step of target has; of its own answer that follows."
    )
    reads: Literal["target", "shifted", "own"] = Field(
        "target",
        description="At step t, the target's step t; shifted: its step t − 1, as in teacher forcing; "
        "own: its own answer of step t − 1.",
    )
    attention: Literal["dot", "general", "additive"] | None = Field(
        None, description="How its steps weigh the encoder's: dot, general (W between) or additive."
    )
    start: Literal["zeros", "last_input"] = Field(
        "zeros",
        description="What step 1 reads, where later steps read what is of the step before: zeros, or "
        "the input's last step.",
    )


class LastStepOptions(Options):
    """The last valid step of `output`."""


class FirstStepOptions(Options):
    """The first step of `output`."""


class LastStateOptions(Options):
    """The last layer's h_n, both directions side by side: ``(N, D·H)``."""


class PoolStepsOptions(Options):
    """One vector of all valid steps of a sample."""

    mode: Literal["mean", "max"] = Field(description="What is taken of each feature: mean or max.")


class SelfAttentionOptions(Options):
    """Every step reads every step: attention whose queries, keys and values are the steps themselves."""

    num_heads: Annotated[int, Field(ge=1, le=MAX_LAYERS)] = Field(
        description="How many heads; it divides the number of features."
    )
    bias: bool = Field(True, description="Whether the bias vectors exist.")
    dropout: Probability = Field(0.0, description="Dropout of the weights of attention, while training.")


class AddOptions(Options):
    """Adds what an earlier layer gave: a skip connection."""

    layer: LayerName = Field(description="The name of that layer, or input.")


class ConcatOptions(Options):
    """Puts what an earlier layer gave behind the last axis."""

    layer: LayerName = Field(description="The name of that layer, or input.")


class RepeatOptions(Options):
    """A vector so many times along a new time axis."""

    times: Steps = Field(description="How many steps there are afterwards.")
