"""Words of other libraries and papers, each with the answer to who writes it in a spec."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

OWN_MODULE = "lstmviz inspect model.py:Name --input 6,5,3 draws your own nn.Module"
"""What to do about a model that a spec cannot say."""

MEANT: Mapping[str, str] = {
    "simple_rnn": "rnn",
    "elman": "rnn",
    "dense": "linear",
    "fc": "linear",
    "fully_connected": "linear",
    "conv": "conv2d",
    "repeat_vector": "repeat",
    "norm": "layer_norm",
    "swish": "silu",
    "noop": "identity",
    "multihead_attention": "self_attention",
    "cat": "concat",
    "concatenate": "concat",
    "last": "last_step",
    "first": "first_step",
    "last_timestep": "last_step",
    "take_last": "last_step",
    "last_output": "last_step",
    "last_hidden": "last_state",
    "final_state": "last_state",
    "mean_pool": "pool_steps: mean",
    "max_over_steps": "pool_steps: max",
    "global_average_pooling1d": "pool_steps: mean",
    "global_max_pooling1d": "pool_steps: max",
    "mean_over_time": "pool_steps: mean",
    "max_over_time": "pool_steps: max",
    "embedding_dim": "embedding",
    "hidden_size": "lstm",
}
"""Other names of layers that the language has."""

ANSWERS: Mapping[str, str] = {
    "bidirectional": "it is an option: '- lstm: {hidden_size: 16, bidirectional: true}'",
    "bilstm": "write {lstm: {…, bidirectional: true}}",
    "bigru": "write {gru: {…, bidirectional: true}}",
    "birnn": "write {rnn: {…, bidirectional: true}}",
    "return_sequences": "output holds every step always; '- last_step' goes on with the last alone",
    "return_state": "h_n and c_n are there always; '- last_state' goes on with the last layer's h_n",
    "time_distributed": "a linear works on every step by itself as it is: '- linear: 10'",
    "units": "it is hidden_size of a recurrent layer, out_features of a linear one: '- lstm: 16'",
    "recurrent_dropout": "torch has none inside its cells; dropout of an lstm is between its layers",
    "stateful": "input: {stateful: {parallel: 4, chunk: 5}} hands them on; states: given draws them",
    "masking": "a padded batch is input: {…, lengths: [5, 3, 4]}",
    "pad": "a padded batch is input: {…, lengths: [5, 3, 4]}",
    "maxpool": "over time '- max_pool1d: 2', over an image '- max_pool2d: 2'",
    "avgpool": "over time '- avg_pool1d: 2', over an image '- avg_pool2d: 2'",
    "pool": "over time '- max_pool1d: 2', an image '- max_pool2d: 2', all steps '- pool_steps: max'",
    "batch_norm": "of a sequence or rows '- batch_norm1d', of an image '- batch_norm2d'",
    "residual": "'- add: NAME' adds what the layer of that name gave",
    "skip": "'- add: NAME' adds what the layer of that name gave",
    "heads": "a second head reads an earlier layer: '- {linear: 1, name: length, from: last_step}'",
    "attention": "between the steps '- self_attention: 2', of a decoder '{…, attention: dot}'",
    "transformer": f"a spec cannot say it; {OWN_MODULE}",
    "lambda": f"a spec is data only; {OWN_MODULE}",
    "cells": f"a cell of one's own is code; {OWN_MODULE}",
    "convlstm": f"a spec cannot say it; {OWN_MODULE}",
    "encoder": "it is the recurrent layer before the decoder: '- {lstm: 16, name: encoder}'",
    "seq2seq": "two layers: '- {lstm: 16, name: encoder}', '- decoder: {cell: lstm, …}'",
    "positional_encoding": f"a spec cannot say it; {OWN_MODULE}",
    "ctc": "it is a loss: the model ends with '- linear: 30', '- log_softmax'",
    "cross_entropy": "it is a loss: the model ends with what it reads, '- linear: 10'",
    "argmax": f"a spec has no tokens of its own making; {OWN_MODULE}",
    "sampling": f"a spec has no tokens of its own making; {OWN_MODULE}",
    "beam_search": f"it is no part of a module; {OWN_MODULE}",
    "conv3d": "frames one by one: '- conv2d: …' with timesteps, channels, height and width",
    "crf": f"a spec cannot say it; {OWN_MODULE}",
    "type": "a layer is written as its type: '- lstm: {hidden_size: 16}'",
}
"""Words that are no layer here, and what to do instead, in one line."""

OPTIONS: Mapping[str, str] = {
    "recurrent_dropout": "torch has none inside its cells; dropout here is between the stacked layers",
    "return_sequences": "output holds every step always; '- last_step' goes on with the last alone",
    "return_state": "h_n and c_n are there always; '- last_state' goes on with the last layer's h_n",
    "go_backwards": "torch's layer reads forward, or both ways with bidirectional: true",
    "stateful": "input: {stateful: {parallel: 4, chunk: 5}} hands them on; states: given draws them",
    "teacher_forcing": "reads: shifted is teacher forcing, reads: own runs free",
    "merge_mode": "torch puts the directions side by side",
    "recurrent_activation": "torch's gates are sigmoids always",
    "unit_forget_bias": "torch's biases start alike",
    "reset_after": "torch's GRU resets after the product always",
}
"""The same for arguments of layers."""

VALUES: Mapping[tuple[str, str, str], str] = {
    ("decoder", "reads", "self"): "did you mean 'own'?",
    ("decoder", "reads", "output"): "did you mean 'own'?",
    ("decoder", "reads", "answers"): "did you mean 'own'?",
    ("decoder", "reads", "teacher_forcing"): "did you mean 'shifted'?",
    ("decoder", "attention", "bahdanau"): "did you mean 'additive'?",
    ("decoder", "attention", "concat"): "did you mean 'additive'?",
    ("decoder", "attention", "luong"): "did you mean 'general', or 'dot'?",
    ("decoder", "attention", "multiplicative"): "did you mean 'general'?",
    ("decoder", "attention", "scaled_dot"): f"dot is not scaled; {OWN_MODULE}",
}
"""Other words for values of options, by layer and option, and what to write."""

DERIVED: Mapping[str, str] = {
    "input_size": "it follows from what runs before",
    "in_features": "it follows from what runs before",
    "in_channels": "it follows from what runs before",
    "num_features": "it follows from what runs before",
    "normalized_shape": "it follows from what runs before",
    "num_embeddings": "it is the input's vocabulary",
    "batch_first": "it is written once, in input",
}
"""What torch asks for and a spec never says, and why."""

FOREIGN_WORDS: Mapping[str, str] = {
    "units": "hidden_size",
    "num_hiddens": "hidden_size",
    "nhid": "hidden_size",
    "hidden_dim": "hidden_size",
    "layers": "num_layers",
    "n_layers": "num_layers",
    "bidir": "bidirectional",
    "activation": "nonlinearity",
    "filters": "out_channels",
    "rate": "p",
    "output_dim": "embedding_dim",
}
"""Words of other libraries for the same arguments, for a hint only."""
