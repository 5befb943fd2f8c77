"""Words of other libraries for the options of layers and of input, and what to write here."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from lstmviz.spec.foreign import OWN_MODULE
from lstmviz.suggestions import bare

_SAME: Mapping[str, str] = {
    "hidden_size": "units num_units num_hiddens n_hidden nhid hidden hidden_dim d_hidden state_size rnn_size "
    "output_size output_dim out_features embed_dim dim size cells",
    "out_features": "units num_units output_dim out_dim output_size size num_outputs n_out num_classes "
    "n_classes hidden_size features dim channels",
    "out_channels": "filters num_filters n_filters nb_filter channels num_channels output_channels",
    "kernel_size": "pool_size kernel window window_size width filter_size filter_length size ksize",
    "embedding_dim": "output_dim out_dim embed_dim embedding_size emb_dim dim size units hidden_size d_model",
    "num_layers": "layers n_layers nlayers depth num_rnn_layers stacked",
    "bidirectional": "bidir directions num_directions direction both_directions",
    "bias": "use_bias",
    "nonlinearity": "activation",
    "dropout": "dropout_rate rate drop p",
    "p": "rate prob probability dropout drop_prob dropout_rate",
    "stride": "strides subsample",
    "dilation": "dilation_rate",
    "num_heads": "heads n_heads nhead n_head",
    "num_groups": "groups",
    "eps": "epsilon variance_epsilon",
    "negative_slope": "alpha slope",
    "sizes": "shape target_shape new_shape size dims",
    "dims": "axes order perm permutation",
    "dim": "axis",
    "times": "n steps count num timesteps",
    "steps": "output_length seq_len length timesteps num_steps horizon target_length max_len max_length",
    "cell": "type rnn kind cell_type",
    "features": "target_size target_features output_dim",
    "mode": "type pooling reduction",
    "layer": "layers inputs with name_of skip",
    "output_size": "size steps bins",
    "padding_idx": "mask_idx pad_idx padding_index",
}
"""By option of torch's, what others call it."""

INPUT_WORDS: Mapping[str, str] = {
    word: field
    for field, others in {
        "timesteps": "sequence_length seq_length length num_steps time time_steps steps t window frames",
        "batch_size": "batch n samples num_samples",
        "features": "num_inputs input_dim f num_features n_features in_features variables",
        "vocabulary": "vocab vocab_size num_embeddings num_tokens vocabulary_size",
        "channels": "in_channels c",
        "height": "h rows",
        "width": "w columns",
        "lengths": "mask masking sequence_lengths",
    }.items()
    for word in others.split()
}
"""Words of other libraries for the sizes of the input, for a hint only."""

INPUT_ANSWERS: Mapping[str, str] = {
    "input_shape": "every size has its name: timesteps: 6, features: 3",
    "shape": "every size has its name: batch_size: 4, timesteps: 6, features: 3",
    "time_major": "batch_first: false is (T, N, F), batch_first: true is (N, T, F)",
    "embedding_dim": "input has a vocabulary: 1000, and '- embedding: 8' is the first layer",
    "horizon": "a figure cuts windows: figures: [{kind: cube, windows: {rows: 9, horizon: 2}}]",
    "windows": "a figure cuts windows: figures: [{kind: cube, windows: {rows: 9, horizon: 2}}]",
    "bidirectional": "it is an option of the layer: '- lstm: {hidden_size: 16, bidirectional: true}'",
    "dtype": "no figure changes by it: leave it out",
}
"""Keys that input does not have, and what to do instead."""

INPUT_VALUES: Mapping[tuple[str, str], str] = {
    ("batch_size", "none"): "leave it out for unbatched input",
    ("timesteps", "none"): "a figure needs a number: timesteps: 5",
    ("stateful", "true"): "as in: stateful: {parallel: 4, chunk: 5}",
}
"""Values of input that others take, and what to write."""

_SILENT = "no figure changes by it: leave it out"
_TORCHS = "a spec has torch's default for it; {}"
_FROM_ABOVE = "it follows from what runs before: leave it out"
_VOCABULARY = "it is the input's vocabulary: leave it out"
_LENGTHS = "a padded batch is input: {…, lengths: [5, 3, 4]}"

_ANSWERS: Mapping[str, str] = {
    "activation": "it is a layer of its own after this one, such as '- relu'",
    "lstm.activation": "torch's lstm has tanh always; rnn has nonlinearity: tanh or relu",
    "gru.activation": "torch's gru has tanh always; rnn has nonlinearity: tanh or relu",
    "decoder.activation": "torch's cells have tanh always",
    "lstm.nonlinearity": "torch's lstm has tanh always; only rnn has it",
    "gru.nonlinearity": "torch's gru has tanh always; only rnn has it",
    "recurrent_dropout": "torch has none inside its cells; dropout here is between the stacked layers",
    "return_sequences": "output holds every step always; '- last_step' goes on with the last alone",
    "return_state": "h_n and c_n are there always; '- last_state' goes on with the last layer's h_n",
    "go_backwards": "torch's layer reads forward, or both ways with bidirectional: true",
    "stateful": "input: {stateful: {parallel: 4, chunk: 5}} hands them on; states: given draws them",
    "teacher_forcing": "reads: shifted is teacher forcing, reads: own runs free",
    "merge_mode": "torch puts the directions side by side",
    "recurrent_activation": "torch's gates are sigmoids always",
    "forget_bias": "torch's biases start alike; biases of one's own come from a file: weights: FILE",
    "unit_forget_bias": "torch's biases start alike; biases of one's own come from a file: weights: FILE",
    "reset_after": "torch's GRU resets after the product always",
    "peephole": f"torch's cells have none; {OWN_MODULE}",
    "peepholes": f"torch's cells have none; {OWN_MODULE}",
    "use_peepholes": f"torch's cells have none; {OWN_MODULE}",
    "layer_norm": f"torch's cells have none; {OWN_MODULE}",
    "attention": "of a decoder: '- decoder: {…, attention: dot}'; between steps: '- self_attention: 2'",
    "keep_prob": "p is what is dropped: 1 − keep_prob",
    "initializer": "structure shows no numbers; trained ones come from a file: weights: FILE",
    "weights": "trained numbers stand at the top of the spec: weights: FILE",
    "regularizer": _SILENT, "constraint": _SILENT, "implementation": _SILENT, "unroll": _SILENT,
    "device": _SILENT, "dtype": _SILENT, "trainable": _SILENT, "seed": _SILENT, "inplace": _SILENT,
    "sparse": _SILENT, "use_cudnn": _SILENT, "momentum": _SILENT,
    "time_major": "batch_first is written once, in input",
    "input_dim": _FROM_ABOVE, "input_shape": _FROM_ABOVE, "batch_input_shape": _FROM_ABOVE,
    "input_length": _FROM_ABOVE, "embed_dim": _FROM_ABOVE, "d_model": _FROM_ABOVE, "ninp": _FROM_ABOVE,
    "embedding.input_dim": _VOCABULARY, "vocab_size": _VOCABULARY, "vocabulary": _VOCABULARY,
    "mask_zero": _LENGTHS, "lengths": _LENGTHS,
    "groups": _TORCHS.format(OWN_MODULE), "padding_mode": _TORCHS.format(OWN_MODULE),
    "affine": _TORCHS.format(OWN_MODULE),
    "ceil_mode": _TORCHS.format(OWN_MODULE), "approximate": _TORCHS.format(OWN_MODULE),
    "key_dim": "the heads share the features: each has F / num_heads of them",
    "value_dim": "the heads share the features: each has F / num_heads of them",
    "axis": "torch's layer has its axis: leave it out",
    "decoder.bidirectional": "a decoder writes its steps one by one: it can only go forward",
    "input_feeding": f"a spec cannot say it; {OWN_MODULE}",
}  # fmt: skip
"""Options that torch's layer does not have (``layer.option`` of one layer alone), and what to do instead."""

_VALUES: Mapping[tuple[str, str, str], str] = {
    ("decoder", "reads", "self"): "did you mean 'own'?",
    ("decoder", "reads", "output"): "did you mean 'own'?",
    ("decoder", "reads", "answers"): "did you mean 'own'?",
    ("decoder", "reads", "teacher"): "did you mean 'shifted'?",
    ("decoder", "reads", "teacher_forcing"): "did you mean 'shifted'?",
    ("decoder", "start", "sos"): "zeros stand for a first token; one of your own is code: lstmviz inspect",
    ("decoder", "attention", "bahdanau"): "did you mean 'additive'?",
    ("decoder", "attention", "concat"): "did you mean 'additive'?",
    ("decoder", "attention", "luong"): "did you mean 'general', or 'dot'?",
    ("decoder", "attention", "multiplicative"): "did you mean 'general'?",
    ("decoder", "attention", "scaled_dot"): f"dot is not scaled; {OWN_MODULE}",
    ("pool_steps", "mode", "average"): "did you mean 'mean'?",
    ("pool_steps", "mode", "avg"): "did you mean 'mean'?",
    ("pool_steps", "mode", "maximum"): "did you mean 'max'?",
    ("pool_steps", "mode", "sum"): f"mean or max alone; {OWN_MODULE}",
    ("conv1d", "padding", "same"): "write a number: dilation · (kernel_size − 1) / 2 zeros at both ends",
    ("conv1d", "padding", "causal"): "torch pads both ends alike; one end alone is code: lstmviz inspect",
    ("conv1d", "padding", "valid"): "leave it out: 0 is the default",
    ("conv2d", "padding", "same"): "write a number: dilation · (kernel_size − 1) / 2 zeros on every side",
    ("conv2d", "padding", "valid"): "leave it out: 0 is the default",
    ("decoder", "attention", "true"): "say which: dot, general or additive",
    ("layer_norm", "eps", "*"): "what is normalised follows from what runs before: '- layer_norm'",
    ("dropout", "p", "*"): "a probability: 0.5 for a half",
    ("permute", "dims", "*"): "the old axes by number, in their new order: [1, 0, 2]",
}
"""Other words for values of options, by layer and option, and what to write; * is any."""


def synonyms(fields: Collection[str]) -> dict[str, str]:
    """Return other words for the options of one layer, each with the option; the first that has it counts.

    >>> synonyms(["out_features", "bias"])["units"]
    'out_features'
    """
    found: dict[str, str] = {}
    for field, others in _SAME.items():
        if field in fields:
            for word in others.split():
                found.setdefault(word, field)
    return found


def option_answer(layer: str, option: str, *, alone: bool = False) -> str | None:
    """Return what to do about an option that a layer does not have; None for a word that is not known.

    `alone`: only what is said of this layer alone.

    >>> option_answer("linear", "kernel_initializer")
    'structure shows no numbers; trained ones come from a file: weights: FILE'
    """
    known = {bare(word): text for word, text in _ANSWERS.items()}
    words = (f"{layer}.{option}", *(() if alone else (option, option.rpartition("_")[2])))
    return next((known[bare(word)] for word in words if bare(word) in known), None)


def value_answer(layer: str, option: str, value: str) -> str | None:
    """Return what to write instead of a value that is known from elsewhere.

    >>> value_answer("pool_steps", "mode", "avg")
    "did you mean 'mean'?"
    """
    return _VALUES.get((layer, option, value.lower())) or _VALUES.get((layer, option, "*"))
