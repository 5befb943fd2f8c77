"""Keras models for the tests: sequential, functional and subclassed ones."""

from __future__ import annotations

import os

os.environ.setdefault("KERAS_BACKEND", "torch")

import keras
from keras import layers as k

SEQUENCE, TOKENS = (None, 3), (None,)


def chain(*parts, shape=SEQUENCE, dtype="float32"):
    """A Sequential over sequences."""
    return keras.Sequential([keras.Input(shape, dtype=dtype), *parts], name="chain")


def states():
    """A functional model that returns all that an LSTM has."""
    x = keras.Input(SEQUENCE, name="x")
    output, h, c = k.LSTM(4, return_sequences=True, return_state=True, name="encoder")(x)
    return keras.Model(x, [k.Dense(2, name="head")(output), h, c], name="states")


def translator():
    """An encoder whose states begin a decoder."""
    source, target = keras.Input(TOKENS, name="source"), keras.Input(TOKENS, name="target")
    _, h, c = k.LSTM(5, return_state=True, name="encoder")(k.Embedding(20, 6, name="words")(source))
    decoded = k.LSTM(5, return_sequences=True, name="decoder")(
        k.Embedding(30, 6, name="answers")(target), initial_state=[h, c]
    )
    return keras.Model(
        [source, target], k.TimeDistributed(k.Dense(30), name="scores")(decoded), name="translator"
    )


def branches():
    """Two layers over one input, joined."""
    x = keras.Input(SEQUENCE, name="x")
    a, b = k.LSTM(4, name="slow")(x), k.GRU(4, name="fast")(x)
    return keras.Model(x, k.Dense(1, name="head")(k.Concatenate(name="both")([a, b])), name="branches")


def in_a_graph():
    """Functions of keras.ops between layers, one with a number."""
    x = keras.Input((6, 3))
    mean = keras.ops.mean(k.LSTM(4, return_sequences=True)(x), axis=1)
    return keras.Model(x, k.Dense(1)(keras.ops.relu(mean) * 2.0))


def twice():
    """One layer over two inputs, and how alike its answers are."""
    x, y, rnn = keras.Input((5, 3)), keras.Input((5, 3)), k.LSTM(4)
    return keras.Model([x, y], k.Dense(1)(k.Dot(axes=1)([rnn(x), rnn(y)])))


def two_texts():
    """One masked layer over two texts of different lengths, and how near its answers are."""
    a, b = keras.Input((4,), dtype="int32"), keras.Input((3,), dtype="int32")
    words, rnn = k.Embedding(20, 6, mask_zero=True), k.LSTM(4)
    apart = keras.ops.sum(keras.ops.abs(rnn(words(a)) - rnn(words(b))), axis=1, keepdims=True)
    return keras.Model([a, b], keras.ops.exp(-apart))


def by_hand():
    """Steps weighed by a score that is repeated and permuted, as was written before Keras had attention."""
    x = keras.Input((8, 3))
    h = k.Bidirectional(k.LSTM(4, return_sequences=True))(x)
    weights = k.Activation("softmax")(k.Flatten()(k.Dense(1, activation="tanh")(h)))
    weighed = k.Multiply()([h, k.Permute([2, 1])(k.RepeatVector(8)(weights))])
    return keras.Model(x, k.Dense(1)(k.Lambda(lambda t: keras.ops.sum(t, axis=1))(weighed)))


def residual():
    """Two layers, each with what it reads added."""
    x = keras.Input((10, 4))
    low = k.LayerNormalization()(k.Add()([k.LSTM(4, return_sequences=True)(x), x]))
    high = k.Add()([low, k.LSTM(4, return_sequences=True)(low)])
    return keras.Model(x, k.Dense(1)(k.GlobalAveragePooling1D()(high)))


def conditioned():
    """States that begin as what a vector says."""
    series, fixed = keras.Input((6, 3), name="series"), keras.Input((2,), name="fixed")
    rnn = k.LSTM(4)(series, initial_state=[k.Dense(4)(fixed), k.Dense(4)(fixed)])
    return keras.Model([series, fixed], k.Dense(1)(rnn))


def caption():
    """A picture's vector and the words so far, added."""
    picture, words = keras.Input((10,)), keras.Input((6,), dtype="int32")
    said = k.LSTM(8)(k.Embedding(30, 8, mask_zero=True)(words))
    both = k.Add()([k.Dense(8, activation="relu")(picture), said])
    return keras.Model([picture, words], k.Dense(30, activation="softmax")(both))


def last_step():
    """The last step picked by an index."""
    x = keras.Input(SEQUENCE, name="x")
    output = k.LSTM(4, return_sequences=True, name="rnn")(x)
    return keras.Model(x, k.Dense(1, name="head")(output[:, -1]), name="last_step")


def nested():
    """A model within a model."""
    return chain(
        chain(k.GRU(4, return_sequences=True, name="inner"), k.Dropout(0.5)), k.LSTM(5, name="outer")
    )


class Forecast(keras.Model):
    """A subclassed model."""

    def __init__(self):
        super().__init__()
        self.encoder = k.LSTM(4, return_sequences=True)
        self.head = k.Dense(2, activation="tanh")

    def call(self, x, training=None):
        """The last step's forecast."""
        return self.head(self.encoder(x, training=training)[:, -1])


class Resumed(keras.Model):
    """A subclassed model that hands states on itself."""

    def __init__(self):
        super().__init__()
        self.first = k.GRU(4, return_sequences=True, return_state=True)
        self.second = k.GRU(4)

    def call(self, x):
        """The last state of the second."""
        output, h = self.first(x)
        return self.second(output, initial_state=h)


class Masked(keras.Model):
    """A subclassed model whose mask goes from layer to layer with the tensors."""

    def __init__(self):
        super().__init__()
        self.words, self.drop = k.Embedding(20, 6, mask_zero=True), k.Dropout(0.2)
        self.low, self.high = k.GRU(4, return_sequences=True), k.Bidirectional(k.LSTM(3))
        self.norm, self.head = k.LayerNormalization(), k.Dense(1)

    def call(self, tokens):
        """One number of both directions' last states."""
        return self.head(self.high(self.norm(self.low(self.drop(self.words(tokens))))))


class Handed(keras.Model):
    """A subclassed model that hands a mask and states on itself."""

    def __init__(self):
        super().__init__()
        self.words = k.Embedding(20, 6, mask_zero=True)
        self.first, self.second = k.LSTM(4, return_state=True), k.LSTM(4, return_sequences=True)

    def call(self, tokens):
        """Every step of the second, which begins where the first ended."""
        x, mask = self.words(tokens), self.words.compute_mask(tokens)
        _, h, c = self.first(x, mask=mask)
        return self.second(x, initial_state=[h, c], mask=mask)


class Silent(keras.Model):
    """A subclassed model that leaves zeros out."""

    def __init__(self):
        super().__init__()
        self.masking, self.rnn = k.Masking(), k.SimpleRNN(4, return_sequences=True)

    def call(self, x):
        """Every step."""
        return self.rnn(self.masking(x))


class Answers(keras.Model):
    """A subclassed model that steps a cell itself on what it said last, as TensorFlow's tutorial does."""

    def __init__(self):
        super().__init__()
        self.cell = k.LSTMCell(4)
        self.warm, self.head = k.RNN(self.cell, return_state=True), k.Dense(3)

    def warmup(self, x):
        """The first answer, and the states."""
        output, *states = self.warm(x)
        return self.head(output), states

    def call(self, x, training=None):
        """Three answers."""
        answer, states = self.warmup(x)
        found = [answer]
        for _ in range(2):
            output, states = self.cell(found[-1], states=states, training=training)
            found.append(self.head(output))
        return keras.ops.transpose(keras.ops.stack(found), [1, 0, 2])


class Pair(keras.Model):
    """A subclassed model whose call takes a list, and attends with a mask."""

    def __init__(self):
        super().__init__()
        self.words = k.Embedding(20, 6, mask_zero=True)
        self.encoder = k.GRU(5, return_sequences=True, return_state=True)
        self.decoder, self.attention = k.GRU(5, return_sequences=True), k.Attention()
        self.join, self.head = k.Concatenate(), k.Dense(20)

    def call(self, inputs):
        """Scores of every step of the second."""
        source, target = inputs
        encoded, h = self.encoder(self.words(source))
        decoded = self.decoder(self.words(target), initial_state=h)
        return self.head(self.join([decoded, self.attention([decoded, encoded])]))


class Alike(k.Layer):
    """A cell of a user's with matrices of its own, as Keras's guide to RNN writes it."""

    def __init__(self, units):
        super().__init__()
        self.state_size = self.units = units

    def build(self, shape):
        self.kernel = self.add_weight(shape=(shape[-1], self.units), name="kernel")
        self.recurrent_kernel = self.add_weight(shape=(self.units, self.units), name="recurrent_kernel")

    def call(self, x, states):
        """One step."""
        h = keras.ops.matmul(x, self.kernel) + keras.ops.matmul(states[0], self.recurrent_kernel)
        return h, [h]


class Unused(keras.Model):
    """A subclassed model with a layer that its call leaves out, and a layer that runs backwards."""

    def __init__(self):
        super().__init__()
        self.words, self.others = k.Embedding(20, 6, mask_zero=True), k.Embedding(30, 6)
        self.rnn, self.head = k.LSTM(4, go_backwards=True), k.Dense(1)

    def call(self, tokens):
        """One number of the first step."""
        return self.head(self.rnn(self.words(tokens)))


class Summary(k.Layer):
    """A layer of a user's: each step weighed by a score."""

    def build(self, shape):
        self.score = self.add_weight(shape=(shape[-1], 1), name="score")
        self.built = True

    def call(self, x):
        """The sum of all steps, weighed."""
        return keras.ops.sum(keras.ops.softmax(keras.ops.matmul(x, self.score), axis=1) * x, axis=1)


class Block(k.Layer):
    """A layer of a user's that is made of Keras's."""

    def __init__(self, units):
        super().__init__()
        self.rnn, self.norm = k.LSTM(units, return_sequences=True), k.LayerNormalization()

    def call(self, x):
        """The layer, normalised."""
        return self.norm(self.rnn(x))


class Minimal(k.Layer):
    """A cell of a user's, with two states."""

    def __init__(self, units):
        super().__init__()
        self.state_size = [units, units]
        self.gate, self.new = k.Dense(units, activation="sigmoid"), k.Dense(units, activation="tanh")

    def call(self, x, states):
        """One step."""
        h, c = states
        f = self.gate(keras.ops.concatenate([x, h], -1))
        c = f * c + (1 - f) * self.new(x)
        h = keras.ops.tanh(c)
        return h, [h, c]


def attended(**options):
    """A decoder that attends to an encoder: Keras's Attention between them."""
    x, y = keras.Input(SEQUENCE), keras.Input((4, 3))
    encoded, h, c = k.LSTM(4, return_sequences=True, return_state=True)(x)
    decoded = k.LSTM(4, return_sequences=True)(y, initial_state=[h, c])
    context = k.Attention(**options)([decoded, encoded])
    return keras.Model([x, y], k.Dense(2)(k.Concatenate()([decoded, context])))


def attended_texts():
    """A decoder that attends to an encoder, both of padded texts: only the encoder's mask goes to a layer."""
    a, b = keras.Input((4,), dtype="int32"), keras.Input((3,), dtype="int32")
    words = k.Embedding(15, 6, mask_zero=True)
    encoded, h = k.GRU(6, return_sequences=True, return_state=True)(words(a))
    decoded = k.GRU(6, return_sequences=True)(words(b), initial_state=h)
    context = k.Attention(use_scale=True)([decoded, encoded])
    return keras.Model([a, b], k.Dense(15)(k.Concatenate()([decoded, context])))


def from_no_state():
    """A tagger under a mask whose layer is told that it begins with nothing."""
    words = keras.Input(TOKENS, dtype="int32")
    read = k.LSTM(5, return_sequences=True)(k.Embedding(20, 6, mask_zero=True)(words), initial_state=None)
    return keras.Model(words, k.Dense(3)(read))


def under_a_mask(layer, **how):
    """Attention of many heads from a text to itself, where its words have an end."""
    words = keras.Input(TOKENS, dtype="int32")
    read = k.LSTM(5, return_sequences=True)(k.Embedding(20, 6, mask_zero=True)(words))
    return keras.Model(words, k.Dense(3)(layer(read, read, **how)))


def of_chosen_pairs():
    """Attention to which a user says himself which step reads which."""
    x, pairs = keras.Input((6, 3)), keras.Input((6, 6), dtype="bool")
    read = k.LSTM(4, return_sequences=True)(x)
    return keras.Model([x, pairs], k.MultiHeadAttention(2, 3)(read, read, attention_mask=pairs))


class Tagger(keras.Model):
    """A user's own call: what the embedding leaves out goes on to the attention."""

    def __init__(self, attention, **how):
        super().__init__()
        self.words, self.rnn = k.Embedding(20, 6, mask_zero=True), k.LSTM(4, return_sequences=True)
        self.attention, self.how, self.many = attention, how, hasattr(attention, "num_heads")
        self.head = k.Dense(3)

    def call(self, x):
        """One row of numbers for each word."""
        read = self.rnn(self.words(x))
        return self.head(self.attention(*([read, read] if self.many else [[read, read]]), **self.how))


TAGGERS = {
    "attention": lambda: Tagger(k.Attention()),
    "additive": lambda: Tagger(k.AdditiveAttention()),
    "causal": lambda: Tagger(k.Attention(), use_causal_mask=True),
    "heads": lambda: Tagger(k.MultiHeadAttention(2, 3)),
    "heads of its own size": lambda: Tagger(k.MultiHeadAttention(2, 2)),
    "heads with a dropout": lambda: Tagger(k.MultiHeadAttention(2, 3, dropout=0.2)),
    "causal heads": lambda: Tagger(k.MultiHeadAttention(2, 3), use_causal_mask=True),
}


def to_itself(layer):
    """An attention of a layer's steps to themselves."""
    x = keras.Input(SEQUENCE)
    steps = k.GRU(4, return_sequences=True)(x)
    same = [steps, steps] if isinstance(layer, k.AdditiveAttention) else (steps, steps)
    found = layer(same) if isinstance(same, list) else layer(*same)
    return keras.Model(x, k.Dense(1)(k.GlobalAveragePooling1D()(found)))


MODELS = {
    "lstm": lambda: chain(k.LSTM(4, name="rnn"), k.Dense(2, name="head")),
    "gru": lambda: chain(k.GRU(4, name="rnn", return_sequences=True), k.Dense(2, activation="relu")),
    "simple": lambda: chain(k.SimpleRNN(4, name="rnn"), k.Dense(1)),
    "simple relu": lambda: chain(k.SimpleRNN(4, activation="relu", name="rnn"), k.Dense(1)),
    "stacked": lambda: chain(
        k.LSTM(5, return_sequences=True, name="low"), k.Dropout(0.5), k.LSTM(4, name="high"), k.Dense(1)),
    "bidirectional": lambda: chain(k.Bidirectional(k.LSTM(4), name="rnn"), k.Dense(1)),
    "bidirectional sum": lambda: chain(
        k.Bidirectional(k.GRU(4, return_sequences=True), merge_mode="sum", name="rnn"), k.Dense(1)),
    "time distributed": lambda: chain(
        k.LSTM(4, return_sequences=True, name="rnn"), k.TimeDistributed(k.Dense(2), name="each")),
    "go backwards": lambda: chain(k.LSTM(4, go_backwards=True, name="rnn"), k.Dense(1)),
    "directions apart": lambda: keras.Model(
        x := keras.Input(SEQUENCE), k.Bidirectional(k.LSTM(4, return_sequences=True), merge_mode=None)(x)),
    "dropped": lambda: chain(k.GRU(4, dropout=0.2, recurrent_dropout=0.3, name="rnn"), k.Dense(1)),
    "without bias": lambda: chain(k.LSTM(4, use_bias=False, name="rnn")),
    "stateful": lambda: keras.Sequential(
        [keras.Input(batch_shape=(2, 5, 3)), k.LSTM(4, stateful=True, name="rnn")], name="chain"),
    "convolution": lambda: chain(
        k.Conv1D(6, 3, padding="causal", activation="relu", name="conv"), k.MaxPooling1D(2), k.GRU(4)),
    "pooled": lambda: chain(
        k.Embedding(20, 6, name="words"), k.Bidirectional(k.LSTM(4, return_sequences=True), name="rnn"),
        k.GlobalMaxPooling1D(), k.LayerNormalization(), k.Dense(1), shape=TOKENS),
    "states": states, "translator": translator, "branches": branches, "last step": last_step,
    "nested": nested, "attention": attended, "attention under masks": attended_texts,
    "attention to itself": lambda: to_itself(k.AdditiveAttention()),
    "no state under a mask": from_no_state,
    "many heads under a mask": lambda: under_a_mask(k.MultiHeadAttention(2, 3)),
    "causal heads": lambda: under_a_mask(k.MultiHeadAttention(2, 3), use_causal_mask=True),
    "causal attention": lambda: under_a_mask(lambda *xs: k.Attention()([*xs], use_causal_mask=True)),
    "pairs that a user chooses": of_chosen_pairs,
    "many heads": lambda: to_itself(k.MultiHeadAttention(2, 3)),
    "a cell of Keras's": lambda: chain(k.RNN(k.LSTMCell(4), name="rnn"), k.Dense(1)),
    "stacked cells": lambda: chain(k.RNN([k.LSTMCell(3), k.LSTMCell(4)], return_sequences=True), k.Dense(1)),
    "video": lambda: chain(
        k.TimeDistributed(k.Conv2D(2, 3, padding="same", activation="relu")),
        k.TimeDistributed(k.MaxPooling2D()), k.TimeDistributed(k.Flatten()), k.LSTM(4), k.Dense(1),
        shape=(4, 6, 6, 1)),
    "a function": lambda: chain(k.LSTM(4, return_sequences=True), k.Lambda(lambda x: x[:, -1]), k.Dense(1)),
    "a block of a user's": lambda: chain(Block(4), k.LSTM(3)),
    "functions of Keras's": lambda: chain(k.LSTM(4, return_sequences=True), Summary(), k.Dense(1)),
    "a cell of a user's": lambda: chain(k.RNN(Minimal(4), return_sequences=True), k.Dense(1)),
    "cells of a user's": lambda: chain(k.RNN([Minimal(4), Minimal(3)], go_backwards=True), k.Dense(1)),
    "a cell with matrices": lambda: chain(k.RNN([Alike(8), Alike(6)])),
    "two texts": two_texts,
    "backwards under a mask": lambda: chain(
        k.Embedding(20, 6, mask_zero=True), k.LSTM(4, go_backwards=True), k.Dense(1), shape=TOKENS),
    "zeros for a mask": lambda: chain(
        k.Embedding(20, 6, mask_zero=True), k.LSTM(4, return_sequences=True, zero_output_for_mask=True),
        k.Dense(1), shape=TOKENS),
    "an autoencoder": lambda: chain(
        k.LSTM(8, activation="relu", return_sequences=True), k.LSTM(4, activation="relu"), k.RepeatVector(6),
        k.LSTM(4, activation="relu", return_sequences=True), k.TimeDistributed(k.Dense(3)), shape=(6, 3)),
    "attention by hand": by_hand, "residual": residual, "states from a vector": conditioned,
    "a caption": caption, "normalised": lambda: chain(
        k.GaussianNoise(0.1), k.BatchNormalization(), k.LSTM(4, return_sequences=True),
        k.BatchNormalization(), k.LSTM(4), k.Dense(1), shape=(6, 3)),
    "cropped": lambda: chain(
        k.GRU(4, return_sequences=True), k.Cropping1D((2, 1)), k.GlobalMaxPooling1D(), k.Dense(1),
        shape=(6, 3)),
    "functions in a graph": in_a_graph, "one layer twice": twice,
    "a tagger": lambda: chain(
        k.Embedding(20, 6, mask_zero=True), k.Bidirectional(k.GRU(4, return_sequences=True), name="rnn"),
        k.TimeDistributed(k.Dense(3, activation="softmax")), shape=TOKENS),
    "masking": lambda: chain(
        k.Masking(-1.0), k.LSTM(4, return_sequences=True),
        k.TimeDistributed(k.Dense(2, activation="softmax"))),
    "a layer for each step": lambda: chain(k.TimeDistributed(k.LSTM(4)), k.GRU(3), shape=(3, 5, 2)),
    "a model for each step": lambda: chain(
        k.TimeDistributed(keras.Sequential([keras.Input((6, 6, 1)), k.Conv2D(2, 3), k.Flatten()])), k.LSTM(3),
        shape=(4, 6, 6, 1)),
    "layers without a row": lambda: chain(
        k.Rescaling(0.5), k.ZeroPadding1D(1), k.Conv1D(4, 3, strides=2, padding="same", activation="mish"),
        k.UpSampling1D(2), k.LSTM(4, return_sequences=True), k.PReLU(), k.LSTM(3), k.UnitNormalization(),
        shape=(6, 3)),
}  # fmt: skip
SUBCLASSED = {"forecast": Forecast, "resumed": Resumed}
OTHERWISE = {
    "reset_after=False": lambda: chain(k.GRU(4, reset_after=False, return_sequences=True), k.Dense(2)),
    "activation='relu'": lambda: chain(k.LSTM(4, activation="relu"), k.Dense(1)),
    "recurrent_activation='hard_sigmoid'": lambda: chain(
        k.Bidirectional(k.LSTM(4, recurrent_activation="hard_sigmoid", return_sequences=True))),
    "activation='sigmoid'": lambda: chain(k.SimpleRNN(4, activation="sigmoid", go_backwards=True)),
    "backward_layer=LSTM(units=4, activation='relu')": lambda: chain(
        k.Bidirectional(k.LSTM(4), backward_layer=k.LSTM(4, go_backwards=True, activation="relu"))),
    "backward_layer=SimpleRNN(units=4, activation='relu')": lambda: chain(
        k.Bidirectional(k.SimpleRNN(4), backward_layer=k.SimpleRNN(4, go_backwards=True, activation="relu"))),
    "GRU(units=4, return_sequences=True, reset_after=False)": lambda: chain(
        k.Embedding(20, 3, mask_zero=True), k.GRU(4, reset_after=False, return_sequences=True), shape=TOKENS),
}  # fmt: skip
"""What no layer of torch computes, by the words that are said of it: each is a loop."""
REFUSED = {
    "gru: go_backwards=True with return_sequences=True is not followed under a mask": lambda: chain(
        k.Embedding(20, 6, mask_zero=True), k.GRU(4, go_backwards=True, return_sequences=True, name="gru"),
        k.Dense(1), shape=TOKENS),
    "rnn with dtype='mixed_float16'": lambda: chain(k.LSTM(4, dtype="mixed_float16", name="rnn"), k.Dense(1)),
    "heads with return_attention_scores=True is not followed": lambda: under_a_mask(
        lambda *xs: k.MultiHeadAttention(2, 3, name="heads")(*xs, return_attention_scores=True)[0]),
    "ConvLSTM2D": lambda: chain(k.ConvLSTM2D(2, 3), shape=(None, 8, 8, 1)),
    "the activation 'mish' is not followed": lambda: chain(k.LSTM(4, activation="mish")),
    "a Bidirectional of LSTM(units=4) and GRU(units=4), which are not of one kind and size": lambda: chain(
        k.Bidirectional(k.LSTM(4), backward_layer=k.GRU(4, go_backwards=True))),
}  # fmt: skip
"""What is not drawn, by the words that must be said of it."""
