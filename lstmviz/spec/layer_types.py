"""The layers of the language, a row each: options, torch's class, what it reads, how its call is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from pydantic import Field, create_model

from lstmviz.spec import layers as options
from lstmviz.spec import step_layers as steps
from lstmviz.spec.layers import Options

Form = Literal["tokens", "sequence", "rows", "image", "frames", "unknown"]
"""What runs from layer to layer: tokens, (N, T, F), (N, F), (N, C, height, width); frames, with T after N."""


CHANNELS = 1
"""The axis of channels in what torch's normalisations read: (N, C), (N, C, T), (N, C, height, width)."""


@dataclass(frozen=True, slots=True)
class LayerType:
    """One layer of the language."""

    options: type[Options]
    torch: str = ""
    """Its class in torch.nn; empty for what is no module of torch's (view, last_step …)."""
    reads: Form = "unknown"
    """What must reach it; ``unknown`` if several forms do."""
    gives: Form | None = None
    """What it makes of that; None if it stays what it is."""
    derived: Mapping[str, int] = field(default_factory=dict)
    """Arguments of torch's that follow from the size of an axis of what reaches it."""
    over_time: bool = False
    """Whether torch's module wants a sequence as (N, C, T): there it runs between two exchanges of axes."""
    each_step: bool = False
    """Whether it does the same to every step by itself."""
    keeps_shape: bool = False
    """Whether its result is as large as what reaches it, value for value."""
    always: tuple[str, ...] = ()
    """Arguments that its printed call names, in torch's order."""
    unusual: Mapping[str, Any] = field(default_factory=dict)
    """Arguments that are printed where they are not this default."""
    divides: str = ""
    """An option that has to divide the size that it reads; no shape follows from it."""
    in_its_way: bool = False
    """Whether torch's class is called in one way of several: a call of the class need not be this layer."""
    by_place: int = 0
    """How many of its printed arguments stand without their names."""
    unsaid: Mapping[str, Any] = field(default_factory=dict)
    """Arguments of `always` that need no words in a figure at this value (None: at any)."""
    curve: str = ""
    """How figures write it, if it is a function of numbers: ReLU, tanh."""


def _function(torch: str, does: str, *, by_place: int = 0, **arguments: tuple[Any, Any, str]) -> LayerType:
    """Return the row of a function of every number: torch's class, what it does, its arguments.

    An argument is its type, its default, at which a figure does not mention it, and what it means.
    """
    fields: dict[str, Any] = {
        name: (type_, Field(default, description=meaning))
        for name, (type_, default, meaning) in arguments.items()
    }
    made = create_model(
        f"{torch}Options", __base__=options.Options, __doc__=does, __module__=__name__, **fields
    )
    globals()[made.__name__] = made  # a spec is handed to other processes: they find the class by its name
    usual = {name: default for name, (_, default, _) in arguments.items()}
    curve = torch if torch[1:] != torch[1:].lower() else torch.lower()
    usual_call = replace(_POINTWISE, options=made, torch=torch, always=(*usual,), by_place=by_place)
    return replace(usual_call, unsaid=usual, curve=curve)


RECURRENT_DEFAULTS: Mapping[str, Any] = {
    "num_layers": 1, "nonlinearity": "tanh", "bias": True, "batch_first": False, "dropout": 0.0,
    "bidirectional": False, "proj_size": 0,
}  # fmt: skip
"""What torch assumes of a recurrent layer."""
_RECURRENT = LayerType(
    options.RecurrentOptions,
    reads="sequence",
    derived={"input_size": -1},
    always=("input_size", "hidden_size", "num_layers"),
    unusual={name: default for name, default in RECURRENT_DEFAULTS.items() if name != "num_layers"},
    by_place=3,
)
_CONV = LayerType(
    options.Conv1dOptions,
    always=("in_channels", "out_channels", "kernel_size"),
    unusual={"stride": 1, "padding": 0, "dilation": 1, "bias": True},
    by_place=3,
)
_POOL = LayerType(options.PoolOptions, always=("kernel_size", "stride"), unusual={"padding": 0}, by_place=1)
_POOL_1D = replace(_POOL, options=options.Pool1dOptions, reads="sequence", over_time=True)
_ONE_STEP = LayerType(steps.LastStepOptions, reads="sequence", gives="rows")
_POINTWISE = LayerType(options.Options, each_step=True, keeps_shape=True)
_VIEW = LayerType(options.ViewOptions, gives="unknown")

LAYER_TYPES: Mapping[str, LayerType] = {
    "lstm": replace(_RECURRENT, options=options.LstmOptions, torch="LSTM"),
    "gru": replace(_RECURRENT, options=options.GruOptions, torch="GRU"),
    "rnn": replace(_RECURRENT, options=options.RnnOptions, torch="RNN"),
    "linear": LayerType(
        options.LinearOptions, "Linear", derived={"in_features": -1}, each_step=True,
        always=("in_features", "out_features"), unusual={"bias": True}, by_place=2,
    ),
    "embedding": LayerType(
        options.EmbeddingOptions, "Embedding", "tokens",
        always=("num_embeddings", "embedding_dim"), unusual={"padding_idx": None}, by_place=2,
    ),
    "dropout": replace(
        _POINTWISE, options=options.DropoutOptions, torch="Dropout", always=("p",), by_place=1
    ),
    "conv1d": replace(_CONV, torch="Conv1d", reads="sequence", derived={"in_channels": -1}, over_time=True),
    "conv2d": replace(
        _CONV, options=options.Conv2dOptions, torch="Conv2d", reads="image", derived={"in_channels": -3}
    ),
    "max_pool1d": replace(_POOL_1D, torch="MaxPool1d"),
    "avg_pool1d": replace(_POOL_1D, torch="AvgPool1d"),
    "adaptive_avg_pool1d": LayerType(
        options.AdaptivePool1dOptions, "AdaptiveAvgPool1d", "sequence", over_time=True,
        always=("output_size",), by_place=1,
    ),
    "max_pool2d": replace(_POOL, torch="MaxPool2d", reads="image"),
    "avg_pool2d": replace(_POOL, torch="AvgPool2d", reads="image"),
    "adaptive_avg_pool2d": LayerType(
        options.AdaptivePool2dOptions, "AdaptiveAvgPool2d", "image", always=("output_size",), by_place=1
    ),
    "flatten": LayerType(
        options.FlattenOptions, "Flatten", gives="unknown",
        always=("start_dim", "end_dim"), unsaid={"start_dim": 1, "end_dim": -1},
    ),
    "layer_norm": replace(
        _POINTWISE, options=options.LayerNormOptions, torch="LayerNorm", derived={"normalized_shape": -1},
        always=("normalized_shape",), unusual={"eps": 1e-5}, unsaid={"normalized_shape": None},
    ),
    "group_norm": LayerType(
        options.GroupNormOptions, "GroupNorm", derived={"num_channels": CHANNELS}, over_time=True,
        keeps_shape=True, always=("num_groups", "num_channels"), unusual={"eps": 1e-5}, by_place=2,
        divides="num_groups",
    ),
    "self_attention": LayerType(
        steps.SelfAttentionOptions, "MultiheadAttention", "sequence", derived={"embed_dim": -1},
        keeps_shape=True, always=("embed_dim", "num_heads"), by_place=2, divides="num_heads",
        in_its_way=True, unusual={"dropout": 0.0, "bias": True, "batch_first": False},
    ),
    "batch_norm1d": LayerType(
        options.BatchNorm1dOptions, "BatchNorm1d", derived={"num_features": CHANNELS}, over_time=True,
        keeps_shape=True, always=("num_features",), unsaid={"num_features": None},
    ),
    "batch_norm2d": LayerType(
        options.BatchNorm2dOptions, "BatchNorm2d", "image", derived={"num_features": -3}, keeps_shape=True,
        always=("num_features",), unsaid={"num_features": None},
    ),
    "relu": _function("ReLU", "Keeps what is positive, and sets the rest to zero."),
    "tanh": _function("Tanh", "Squeezes numbers into −1 … 1."),
    "sigmoid": _function("Sigmoid", "Squeezes numbers into 0 … 1."),
    "gelu": _function("GELU", "Multiplies each number by the probability that a normal one is smaller."),
    "leaky_relu": _function(
        "LeakyReLU", "Keeps what is positive, and shrinks the rest.", by_place=1,
        negative_slope=(options.Probability, 0.01, "By what numbers below zero are multiplied."),
    ),
    "elu": _function(
        "ELU", "Keeps what is positive; the rest approaches −alpha.", by_place=1,
        alpha=(options.Positive, 1.0, "How far below zero the result can be."),
    ),
    "silu": _function("SiLU", "Multiplies each number by its sigmoid."),
    "softmax": _function(
        "Softmax", "Turns numbers into probabilities that sum to one.",
        dim=(options.Dimension, -1, "The axis that sums to one."),
    ),
    "log_softmax": _function(
        "LogSoftmax", "Turns numbers into the logarithms of probabilities that sum to one.",
        dim=(options.Dimension, -1, "The axis whose probabilities sum to one."),
    ),
    "identity": replace(_function("Identity", "Passes everything on as it is."), curve=""),
    "view": _VIEW,
    "reshape": replace(_VIEW, options=options.ReshapeOptions),
    "permute": replace(_VIEW, options=options.PermuteOptions),
    "last_step": _ONE_STEP,
    "first_step": replace(_ONE_STEP, options=steps.FirstStepOptions),
    "pool_steps": replace(_ONE_STEP, options=steps.PoolStepsOptions, always=("mode",)),
    "last_state": LayerType(steps.LastStateOptions, gives="rows"),
    "repeat": LayerType(steps.RepeatOptions, reads="rows", gives="sequence", always=("times",)),
    "add": LayerType(steps.AddOptions),
    "concat": LayerType(steps.ConcatOptions),
    "decoder": LayerType(steps.DecoderOptions, reads="sequence"),
}  # fmt: skip
"""In the order in which they are listed."""

LAYERS: Mapping[str, type[Options]] = {name: row.options for name, row in LAYER_TYPES.items()}
RECURRENT = frozenset(name for name, row in LAYER_TYPES.items() if row.derived.get("input_size"))
CLASSES: Mapping[str, str] = {name: row.torch for name, row in LAYER_TYPES.items() if row.torch}
"""torch's class of each layer that is one."""
OWN = frozenset({"attention", "last_step", "first_step", "pool_steps", "last_state", "repeat"})
"""Layers that torch has no class for: a figure calls them as a spec does."""
EACH_STEP = frozenset(name for name, row in LAYER_TYPES.items() if row.each_step)
POINTWISE = frozenset(
    name
    for name, row in LAYER_TYPES.items()
    if row.each_step and row.keeps_shape and not row.derived and "dim" not in row.always
)
"""Layers to which it is one where the axes are."""
WEIGHTLESS = frozenset(
    name for name, row in LAYER_TYPES.items() if row.each_step and row.keeps_shape and not row.derived
)
"""Functions of numbers, which have no weights of their own."""
CURVES: Mapping[str, str] = {name: row.curve for name, row in LAYER_TYPES.items() if row.curve}
"""Functions of numbers, as figures write them."""
KEEPS_SHAPE = frozenset(name for name, row in LAYER_TYPES.items() if row.keeps_shape)
