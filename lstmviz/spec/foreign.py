"""Words of other libraries and papers, each with the answer to who writes it in a spec."""

from __future__ import annotations

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
    word: layer
    for layer, others in {
        "rnn": "simple_rnn elman elman_rnn",
        "lstm": "cudnn_lstm",
        "gru": "cudnn_gru",
        "linear": (
            "dense fc fully_connected affine lin perceptron hidden out output_projection fc_out fc_in "
            "head classifier projection proj logits to_logits readout hidden_to_output h2o i2o decoder_fc"
        ),
        "embedding": (
            "embedding_dim embed emb word_embedding word_embeddings token_embedding char_embedding lookup "
            "lookup_table embeddings"
        ),
        "conv1d": "convolution1d temporal_conv temporal_convolution",
        "conv2d": "convolution2d",
        "max_pool1d": "max_pooling1d",
        "avg_pool1d": "average_pooling1d average_pool1d mean_pool1d",
        "max_pool2d": "max_pooling2d",
        "avg_pool2d": "average_pooling2d average_pool2d mean_pool2d",
        "adaptive_avg_pool2d: 1": "global_average_pooling2d global_avg_pool2d gap2d",
        "repeat": "repeat_vector tile expand",
        "layer_norm": "norm layer_normalization ln",
        "group_norm": "group_normalization gn",
        "leaky_relu": "lrelu",
        "silu": "swish",
        "identity": "noop pass_through",
        "self_attention": "multihead_attention mha intra_attention",
        "concat": "cat concatenate merge hstack",
        "add": "sum plus",
        "last_step": "last last_timestep take_last take_last_step get_last last_output last_frame",
        "first_step": "first first_timestep first_output",
        "last_state": "last_hidden last_hidden_state final_state final_hidden hidden_state hidden_states h_n",
        "pool_steps": "pool_time step_pool pool_over_time time_pool",
        "pool_steps: mean": (
            "mean_pool mean_pooling mean_over_time average_over_time temporal_mean gap1d "
            "global_average_pooling1d global_avg_pool global_avg_pool1d global_average_pool mean average"
        ),
        "pool_steps: max": (
            "max_over_steps max_over_time max_pool_over_time global_max_pooling1d global_max_pool "
            "global_max_pool1d temporal_max max"
        ),
        "permute": "transpose swapaxes moveaxis batch_to_time",
        "view": "unflatten",
    }.items()
    for word in others.split()
}
"""Other names of layers that the language has, by the layer."""

_NOT_SAID = """
transformer transformer_encoder transformer_decoder transformer_encoder_layer transformer_decoder_layer
positional_encoding positional_embedding position_embedding cross_attention group_query_attention crf
highway highway_network mamba s4 ssm retnet rwkv sru qrnn indrnn mgu xlstm mlstm slstm peephole
peephole_lstm conv_lstm conv_lstm1d conv_lstm2d conv_lstm3d conv_gru tree_lstm nested_lstm phased_lstm
clockwork_rnn dilated_rnn skip_rnn jordan jordan_rnn multiplicative_lstm ntm dnc esn reservoir ltc cfc
pointer_network copy_mechanism memory_network zoneout variational_dropout locked_dropout weight_drop prelu
rrelu selu celu mish softplus softsign softshrink hardshrink tanhshrink threshold log_sigmoid softmin
hardtanh hard_sigmoid hardswish hard_silu glu geglu swiglu reglu relu6 maxout gating gate instance_norm
instance_norm1d instance_norm2d rms_norm local_response_norm batch_norm3d spectral_norm
spectral_normalization activity_regularization weight_norm unit_normalization gaussian_noise noise
gaussian_dropout alpha_dropout feature_alpha_dropout dropout1d dropout2d dropout3d spatial_dropout1d
spatial_dropout2d upsample upsampling1d upsampling2d conv_transpose1d conv_transpose2d conv1d_transpose
conv2d_transpose deconv separable_conv1d separable_conv2d depthwise_conv1d depthwise_conv2d max_pool3d
avg_pool3d max_pooling3d average_pooling3d max_unpool1d max_unpool2d adaptive_max_pool1d adaptive_max_pool2d
global_max_pooling2d lp_pool1d lp_pool2d fractional_max_pool2d attention_pooling kmax_pooling top_k min_pool
sum_pool multiply mul subtract sub maximum minimum dot bilinear embedding_bag fold unfold pixel_shuffle
stack vstack dstack masked_softmax highway_lstm highway_rnn cropping1d cropping2d repeat_interleave
cosine_similarity scale clip clamp exp log sqrt abs roll flip shift vae gan
"""
"""Layers that no layer of the language is, nor its neighbour by name."""

_SAID: Mapping[str, str] = {
    "it is an option: '- lstm: {hidden_size: 16, bidirectional: true}'": "bidirectional bidir",
    "write {lstm: {…, bidirectional: true}}": "bilstm blstm lstm_bidirectional",
    "write {gru: {…, bidirectional: true}}": "bigru",
    "write {rnn: {…, bidirectional: true}}": "birnn",
    "output holds every step always; '- last_step' goes on with the last alone": (
        "return_sequences every_step"
    ),
    "h_n and c_n are there always; '- last_state' goes on with the last layer's h_n": "return_state",
    "a linear works on every step by itself as it is: '- linear: 10'": "time_distributed",
    "it is hidden_size of a recurrent layer, out_features of a linear one: '- lstm: 16'": "units num_units",
    "torch has none inside its cells; dropout of an lstm is between its layers": "recurrent_dropout",
    "input: {stateful: {parallel: 4, chunk: 5}} hands them on; states: given draws them": "stateful",
    "input: {stateful: {parallel: 4, chunk: 5}} cuts it": "bptt tbptt truncated_bptt detach",
    "a padded batch is input: {…, lengths: [5, 3, 4]}": (
        "masking mask pad padding pack pack_padded_sequence pad_packed_sequence pad_sequence "
        "packed_sequence pack_sequence"
    ),
    "over time '- max_pool1d: 2', over an image '- max_pool2d: 2'": "max_pool max_pooling",
    "over time '- avg_pool1d: 2', over an image '- avg_pool2d: 2'": "avg_pool average_pool average_pooling",
    "over time '- max_pool1d: 2', an image '- max_pool2d: 2', all steps '- pool_steps: max'": (
        "pool pooling global_pool global_pooling subsampling downsample"
    ),
    "of a sequence or rows '- batch_norm1d', of an image '- batch_norm2d'": (
        "batch_norm batch_normalization bn sync_batch_norm"
    ),
    "'- add: NAME' adds what the layer of that name gave": (
        "residual residual_block residual_connection skip skip_connection shortcut"
    ),
    "'- add: NAME', then '- layer_norm'": "add_norm add_and_norm",
    "a second head reads an earlier layer: '- {linear: 1, name: length, from: last_step}'": (
        "heads multi_head multi_output two_heads branch split"
    ),
    "between the steps '- self_attention: 2', of a decoder '{…, attention: dot}'": (
        "attention attn attention_layer seq_self_attention"
    ),
    "of a decoder: '- decoder: {cell: gru, …, attention: additive}'": (
        "additive_attention bahdanau bahdanau_attention attention_decoder attn_decoder attn_decoder_rnn "
        "seq2seq_attention_decoder"
    ),
    "of a decoder: '- decoder: {cell: lstm, …, attention: dot}'": (
        "dot_product_attention dot_attention luong luong_attention scaled_dot_product_attention"
    ),
    "it is an option: '- lstm: {hidden_size: 16, proj_size: 8}'": "lstmp projected_lstm",
    "trained numbers stand at the top of the spec: weights: FILE": "weight weights checkpoint state_dict",
    f"a spec is data only; {OWN_MODULE}": "lambda function forward",
    f"a cell of one's own is code; {OWN_MODULE}": "cell cells",
    "its loop over the steps is '- lstm: 16'; a loop of your own: lstmviz inspect": "lstm_cell",
    "its loop over the steps is '- gru: 16'; a loop of your own: lstmviz inspect": "gru_cell",
    "its loop over the steps is '- rnn: 16'; a loop of your own: lstmviz inspect": "rnn_cell simple_rnn_cell",
    "it is one of '- lstm: 16', '- gru: 16', '- rnn: 16'": "recurrent recurrence",
    "layers: is that list already: '- lstm: 16', '- linear: 10'": (
        "sequential module_list module_dict parameter_list layers"
    ),
    "layer by layer: '- linear: 16', '- relu', '- linear: 10'": (
        "mlp ffn feed_forward position_wise_ffn dnn ann"
    ),
    "layer by layer: '- conv1d: {out_channels: 16, kernel_size: 3, dilation: 2}', '- relu'": (
        "tcn dilated_conv dilated_conv1d wavenet atrous_conv"
    ),
    "layer by layer: '- conv2d: {out_channels: 16, kernel_size: 3}', '- relu', '- max_pool2d: 2'": (
        "cnn convnet resnet resnet18 resnet50 vgg vgg16 densenet mobilenet inception backbone "
        "feature_extractor lenet alexnet"
    ),
    "torch pads both ends alike; one end alone is code: lstmviz inspect": "causal_conv causal_conv1d",
    "it is an option: '- lstm: {hidden_size: 16, num_layers: 2}'": (
        "stacked_lstm stacked_rnn stacked_gru stacked_rnn_cells multi_rnn_cell multi_layer_lstm deep_lstm "
        "deep_rnn"
    ),
    "a layer by its own name: '- relu', '- tanh', '- sigmoid' …": "activation nonlinearity act act_fn",
    "over the channels it is '- softmax: {dim: 1}'": "softmax2d",
    "it is a section of its own: input: {batch_size: 6, timesteps: 5, features: 3}": (
        "input input_layer inputs x"
    ),
    "what the last layer gives is the output: '- linear: 10'": "output outputs output_layer",
    "no part of the model: it ends with what the loss reads, '- linear: 10'": "loss criterion",
    "no part of the model: leave it out": (
        "optimizer adam sgd rmsprop learning_rate lr epochs metrics compile fit early_stopping callbacks "
        "scheduler train_test_split dataloader"
    ),
    "data are prepared before the model: leave it out": (
        "normalization normalize standardize standard_scaler min_max_scaler rescaling resizing "
        "text_vectorization string_lookup tokenizer tokenize category_encoding"
    ),
    "tokens are input: {vocabulary: 1000}; '- embedding: 8' reads them": "one_hot",
    "'- embedding: 8' has the shape; trained numbers come from a file: weights: FILE": (
        "pretrained_embedding pretrained_embeddings glove word2vec"
    ),
    "'- view: [N, -1]' says the sizes that are left": "squeeze",
    "'- view: [N, 1, -1]' says the sizes; '- repeat: 1' makes one step of a vector": "unsqueeze expand_dims",
    "one step is '- last_step' or '- first_step'; others are code: lstmviz inspect": (
        "slice select index getitem take gather last_n last_two narrow chunk"
    ),
    "as the head's input that is code: lstmviz inspect; '- last_state' is h_n": "c_n cell_state last_cell",
    "'- conv1d: {…, padding: 1}' pads at both ends": "zero_padding1d zero_pad1d constant_pad1d",
    "'- conv2d: {…, padding: 1}' pads on every side": "zero_padding2d zero_pad2d",
    "over time '- conv1d: {…}', over an image '- conv2d: {…}'": "conv convolution",
    "it is the recurrent layer before the decoder: '- {lstm: 16, name: encoder}'": (
        "encoder encoder_rnn encoder_lstm encoder_gru seq2seq_encoder rnn_encoder"
    ),
    "'- decoder: {cell: lstm, hidden_size: 16, steps: 4, features: 8}'": (
        "decoder_rnn decoder_lstm decoder_gru seq2seq_decoder rnn_decoder lstm_decoder"
    ),
    "two layers: '- {lstm: 16, name: encoder}', '- decoder: {cell: lstm, …}'": "seq2seq encoder_decoder",
    "layer by layer: '- lstm: 8', '- last_step', '- repeat: 5', '- lstm: 16', '- linear: 3'": (
        "autoencoder lstm_autoencoder bottleneck latent"
    ),
    "of a decoder: reads: shifted is teacher forcing, reads: own runs free": "teacher_forcing feedback",
    "it is a loss: the model ends with '- linear: 30', '- log_softmax'": "ctc ctc_loss",
    f"a spec has no tokens of its own making; {OWN_MODULE}": "argmax sampling sample multinomial",
    f"it is no part of a module; {OWN_MODULE}": "beam_search viterbi greedy_search",
    "frames one by one: '- conv2d: …' with timesteps, channels, height and width": "conv3d",
    "a layer is written as its type: '- lstm: {hidden_size: 16}'": (
        "type class_name class kind layer op config"
    ),
    f"a spec cannot say it; {OWN_MODULE}": _NOT_SAID,
}

ANSWERS: Mapping[str, str] = {word: said for said, others in _SAID.items() for word in others.split()}
"""Words that are no layer here, and what to do instead, in one line."""

_FILLERS = (
    "layer layers block module lazy custom basic vanilla plain standard my nn keras tf torch"
    " quantized new model v"
)
FILLERS = frozenset(_FILLERS.split())
"""Words around the name of a layer that say nothing."""

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
