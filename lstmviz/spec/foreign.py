"""Words of other libraries and papers, each with the answer to who writes it in a spec."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

KINDS: Mapping[str, str] = {
    word: kind
    for kind, others in {
        "rolled": "folded loop recurrence compact",
        "unrolled": "unroll steps time timeline sequence",
        "unfold": "unfolding unfolded bptt",
        "grid": "stack stacked lattice layers bidirectional",
        "cube": "data tensor dataset windows sliding_window minibatch",
        "cell": "gate inside lstm gru rnn unit",
        "tensors": "shapes io api",
        "pipeline": "architecture model flow summary diagram blocks graph",
        "neurons": "network neural_network nn mlp units bp",
        "volumes": "cnn feature_maps maps",
        "influence": "gradients gradient saliency jacobian vanishing attention sensitivity",
        "activity": "gates activations states hidden_states heatmap trace",
        "weights": "parameters params matrices",
        "batch": "packed packing padding pad streams",
    }.items()
    for word in others.split()
}
"""Other words for kinds of figures."""

OWN_MODULE = "lstmviz inspect model.py:Name --input 6,5,3 draws your own nn.Module"
"""What to do about a model that a spec cannot say."""

MEANT: Mapping[str, str] = {
    "simple_rnn": "rnn",
    "elman": "rnn",
    "dense": "linear",
    "fc": "linear",
    "fully_connected": "linear",
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
    "global_avg_pool": "pool_steps: mean",
    "global_avg_pool1d": "pool_steps: mean",
    "global_average_pool": "pool_steps: mean",
    "global_max_pool": "pool_steps: max",
    "global_max_pool1d": "pool_steps: max",
    "mean": "pool_steps: mean",
    "average": "pool_steps: mean",
    "max": "pool_steps: max",
    "sum": "add",
    "plus": "add",
    "merge": "concat",
    "transpose": "permute",
    "embedding_dim": "embedding",
    "hidden_size": "lstm",
}
"""Other names of layers that the language has."""

_NOT_SAID = (
    "transformer transformer_encoder transformer_decoder positional_encoding crf highway mamba s4 ssm "
    "sru qrnn indrnn xlstm mlstm slstm peephole_lstm convlstm conv_lstm conv_lstm2d conv_gru "
    "tree_lstm nested_lstm phased_lstm ntm esn reservoir prelu selu celu mish softplus softsign "
    "hardtanh hard_sigmoid hardswish glu relu6 softmin instance_norm rms_norm local_response_norm "
    "gaussian_noise upsample upsampling1d conv_transpose1d conv_transpose2d dropout1d "
    "spatial_dropout1d alpha_dropout separable_conv1d multiply mul dot bilinear embedding_bag "
)
"""Layers that no layer of the language is, nor its neighbour by name."""

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
    "lambda": f"a spec is data only; {OWN_MODULE}",
    "cells": f"a cell of one's own is code; {OWN_MODULE}",
    "lstm_cell": "its loop over the steps is '- lstm: 16'; a loop of your own: lstmviz inspect",
    "gru_cell": "its loop over the steps is '- gru: 16'; a loop of your own: lstmviz inspect",
    "rnn_cell": "its loop over the steps is '- rnn: 16'; a loop of your own: lstmviz inspect",
    "sequential": "layers: is that list already: '- lstm: 16', '- linear: 10'",
    "mlp": "layer by layer: '- linear: 16', '- relu', '- linear: 10'",
    "tcn": "layer by layer: '- conv1d: {out_channels: 16, kernel_size: 3, dilation: 2}', '- relu'",
    "stacked_lstm": "it is an option: '- lstm: {hidden_size: 16, num_layers: 2}'",
    "activation": "a layer by its own name: '- relu', '- tanh', '- sigmoid' …",
    "input": "it is a section of its own: input: {batch_size: 6, timesteps: 5, features: 3}",
    "output": "what the last layer gives is the output: '- linear: 10'",
    "loss": "no part of the model: it ends with what the loss reads, '- linear: 10'",
    "optimizer": "no part of the model: leave it out",
    "squeeze": "'- view: [N, -1]' says the sizes that are left",
    "unsqueeze": "'- view: [N, 1, -1]' says the sizes; '- repeat: 1' makes one step of a vector",
    "zero_padding1d": "'- conv1d: {…, padding: 1}' pads at both ends",
    "conv": "over time '- conv1d: {…}', over an image '- conv2d: {…}'",
    "encoder": "it is the recurrent layer before the decoder: '- {lstm: 16, name: encoder}'",
    "seq2seq": "two layers: '- {lstm: 16, name: encoder}', '- decoder: {cell: lstm, …}'",
    "ctc": "it is a loss: the model ends with '- linear: 30', '- log_softmax'",
    "cross_entropy": "it is a loss: the model ends with what it reads, '- linear: 10'",
    "argmax": f"a spec has no tokens of its own making; {OWN_MODULE}",
    "sampling": f"a spec has no tokens of its own making; {OWN_MODULE}",
    "beam_search": f"it is no part of a module; {OWN_MODULE}",
    "conv3d": "frames one by one: '- conv2d: …' with timesteps, channels, height and width",
    "type": "a layer is written as its type: '- lstm: {hidden_size: 16}'",
    **dict.fromkeys(_NOT_SAID.split(), f"a spec cannot say it; {OWN_MODULE}"),
}
"""Words that are no layer here, and what to do instead, in one line."""

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
