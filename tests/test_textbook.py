"""Models of textbooks and courses: each a spec of at most twelve lines, drawn and proven."""

import pytest

import lstmviz
from lstmviz import pipeline
from lstmviz.figure_requests import able

COLUMN = "style: {width: column}\n"
"""No word of figures: every kind that can show the model, in a column of print."""
WORDS = "input: {vocabulary: 1000, batch_size: 4, timesteps: 6, batch_first: true}\n"
PADDED = "input: {vocabulary: 1000, batch_size: 4, timesteps: 6, batch_first: true, lengths: [6, 3, 4, 2]}\n"
NUMBERS = "input: {batch_size: 4, timesteps: 5, features: 3, batch_first: true}\n"
BOTH = "lstm: {hidden_size: 16, bidirectional: true}"
PAIR = (
    "layers:\n"
    "  - {lstm: 16, name: encoder}\n"
    "  - decoder: {cell: lstm, hidden_size: 16, steps: 4, features: 3, %s}\n"
    "  - linear: 3\n"
)
BOOK = {
    "sentiment, head on the last states": f"{WORDS}layers: [embedding: 8, {BOTH}, last_state, linear: 2]\n",
    "sentiment, maximum over time": f"{WORDS}layers: [embedding: 8, {BOTH}, pool_steps: max, linear: 2]\n",
    "characters, by truncated backpropagation in streams": (
        "input: {vocabulary: 65, stateful: {parallel: 4, chunk: 5}, batch_first: true}\n"
        "layers: [embedding: 8, lstm: 16, linear: 65]\n"
    ),
    "caption of an image, its vector as the first input": (
        "input: {batch_size: 4, channels: 3, height: 16, width: 16, batch_first: true}\n"
        "layers: [conv2d: {out_channels: 8, kernel_size: 3}, relu, max_pool2d: 2, flatten, linear: 16, "
        "repeat: 1, lstm: 16, decoder: {cell: lstm, hidden_size: 16, steps: 5, features: 8, "
        "reads: shifted}, linear: 100]\n"
    ),
    "tagger of padded sentences": f"{PADDED}layers: [embedding: 8, {BOTH}, linear: 7, softmax]\n",
    "self-attention and mean": (
        f"{WORDS}layers: [embedding: 8, {BOTH}, self_attention: 2, pool_steps: mean, linear: 2]\n"
    ),
    "teacher forcing": NUMBERS + PAIR % "reads: shifted, start: last_input",
    "running free": NUMBERS + PAIR % "reads: own, start: last_input",
    "running free, weighing the encoder": NUMBERS + PAIR % "reads: own, attention: general",
    "additive attention": NUMBERS + PAIR % "reads: shifted, attention: additive",
    "dot attention": NUMBERS + PAIR % "reads: shifted, attention: dot",
    "autoencoder": f"{NUMBERS}layers: [lstm: 16, last_step, repeat: 5, lstm: 16, linear: 3]\n",
    "video": (
        "input: {batch_size: 4, timesteps: 6, channels: 3, height: 16, width: 16, batch_first: true}\n"
        "layers: [conv2d: {out_channels: 8, kernel_size: 3}, relu, max_pool2d: 2, flatten, "
        "lstm: 16, last_step, linear: 5]\n"
    ),
    "sensors": (
        "input: {batch_size: 4, timesteps: 20, features: 3, batch_first: true}\n"
        "layers: [conv1d: {out_channels: 8, kernel_size: 3}, relu, max_pool1d: 2, "
        "gru: 16, last_step, linear: 5]\n"
    ),
    "forecast of 24 hours from 168": (
        "input: {batch_size: 4, timesteps: 168, features: [load, heat, wind], batch_first: true}\n"
        "layers: [lstm: 16, last_step, linear: 72, view: [N, 24, 3]]\n"
    ),
    "stack of 128, 64, 32": (
        f"{NUMBERS}layers: [lstm: 128, dropout: 0.2, lstm: 64, dropout: 0.2, "
        "lstm: 32, last_step, linear: 1]\n"
    ),
    "residual stack": (
        f"{NUMBERS}layers: [linear: 16, gru: 16, add: linear, "
        "{gru: 16, name: upper}, add: add, linear: 3]\n"
    ),
    "MNIST row by row": (
        "input: {batch_size: 4, channels: 1, height: 28, width: 28, batch_first: true}\n"
        "layers: [view: [-1, 28, 28], lstm: 16, last_step, linear: 10]\n"
    ),
    "two heads": (
        f"{NUMBERS}layers: [lstm: 16, last_step, {{linear: 5, name: kind}}, "
        "{linear: 1, name: length, from: last_step}]\n"
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BOOK)
def test_it_is_said_in_few_lines_drawn_and_proven(name):
    text = BOOK[name] + COLUMN
    assert len(text.splitlines()) <= 12
    if "168" in name:  # the derivatives of so many steps take seconds
        kinds = [kind for kind in able(pipeline.trace(lstmviz.load(text))) if kind != "influence"]
        text += f"figures: [{', '.join(kinds)}]\n"
    proofs = lstmviz.check(text)
    assert {"grid", "pipeline", "weights"} <= {proof.kind for proof in proofs}
    for proof in proofs:
        assert proof.answer == "proven", proof


SHEETS = {
    "CNN, RNN and self-attention": {
        "conv": f"{NUMBERS}layers: [conv1d: {{out_channels: 16, kernel_size: 3}}, relu, linear: 3]\n",
        "rnn": f"{NUMBERS}layers: [rnn: 16, linear: 3]\n",
        "attention": f"{NUMBERS}layers: [linear: 16, self_attention: 2, linear: 3]\n",
    },
    "RNN, GRU and LSTM cells": {kind: f"{NUMBERS}layers: [{kind}: 16]\n" for kind in ("rnn", "gru", "lstm")},
}


@pytest.mark.parametrize("name", SHEETS)
def test_several_models_stand_side_by_side_on_one_sheet(name, tmp_path):
    for stem, text in SHEETS[name].items():
        (tmp_path / f"{stem}.yaml").write_text(text)
    kind = "cell" if "cells" in name else "pipeline"
    panels = ", ".join(f"{{spec: {stem}.yaml, kind: {kind}, title: {stem}}}" for stem in SHEETS[name])
    last = [*SHEETS[name].values()][-1]
    (tmp_path / "sheet.yaml").write_text(f"{last}figures: [{{sheet: [[{panels}]], width: slide}}]\n")
    (proof,) = lstmviz.check(tmp_path / "sheet.yaml")
    assert (proof.arrows, proof.unproven) == (proof.proven, ()), proof


def test_what_a_decoder_of_an_image_reads_is_measured_though_the_image_has_no_time():
    name = "caption of an image, its vector as the first input"
    stage = lstmviz.shapes(BOOK[name]).trace.stage("decoder")
    assert stage.reading("target").relation.shift == -1
    scene = lstmviz.draw(BOOK[name], "grid").scene
    said = [t.label.text for t in scene.texts]
    assert "step 1 reads zeros" in " ".join([*said, scene.caption])
    assert any(text.startswith("y (N, T′, 100)") for text in said)
