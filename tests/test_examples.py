"""The examples that ``lstmviz layers`` and ``lstmviz kinds KIND`` print: each in a spec, drawn and proven."""

import pytest

import lstmviz
from lstmviz.commands.reference import kind_page
from lstmviz.figures import KINDS
from lstmviz.spec.examples import example
from lstmviz.spec.layer_types import LAYERS

STEPS = "input: {batch_size: 2, timesteps: 8, features: 4, batch_first: true}"
TOKENS = "input: {vocabulary: 9, batch_size: 2, timesteps: 5, batch_first: true}"
PADDED = "input: {batch_size: 2, timesteps: 5, features: 4, batch_first: true, lengths: [5, 3]}"
IMAGE = "input: {batch_size: 2, channels: 3, height: 9, width: 9}"
ROWS = "input: {batch_size: 2, features: 4}"
AFTER = {
    **{name: IMAGE for name in LAYERS if name.endswith("2d")},
    "flatten": IMAGE,
    "embedding": TOKENS,
    "group_norm": (IMAGE, "conv2d: {out_channels: 8, kernel_size: 3}"),
    "repeat": (STEPS, "lstm: 4", "last_step"),
    "add": (STEPS, "lstm: 4", "tanh"),
    "concat": (STEPS, "lstm: 4", "tanh"),
    "view": (STEPS, "linear: 3"),
    "decoder": (STEPS, "lstm: 16"),
}  # fmt: skip
"""What a layer is written after: its input, and layers before it; after an LSTM where nothing is said."""
ON = {
    "neurons": (ROWS, "linear: 5"),
    "volumes": (IMAGE, "conv2d: {out_channels: 4, kernel_size: 3}"),
    "batch": (PADDED, "lstm: 4"),
}
"""A model for a kind that does not show every one."""


def spec(before, last):
    given, *layers = (before,) if isinstance(before, str) else before
    return f"{given}\nlayers:\n" + "".join(f"  - {layer}\n" for layer in layers) + last


def proven(text):
    proofs = lstmviz.check(text)
    assert proofs
    for proof in proofs:
        assert proof.answer == "proven", proof
    return proofs


@pytest.mark.parametrize("name", LAYERS)
def test_the_example_of_a_layer_is_drawn_and_proven(name):
    text = spec(AFTER.get(name, (STEPS, "lstm: 4")), f"  {example(name)}\n")
    stages = [stage.type for stage in lstmviz.shapes(text).stages]
    assert {name, "cat" if name == "concat" else name} & {*stages}
    kinds = "pipeline, grid" if "lstm" in stages else "pipeline"
    proven(f"{text}figures: [{kinds}]\n")


@pytest.mark.parametrize("kind", KINDS)
def test_the_example_of_a_kind_is_drawn_and_proven(kind):
    (line,) = [line.strip() for line in kind_page(kind).splitlines() if "figures: [" in line]
    before = ON.get(kind, (STEPS, "lstm: 4", "last_step", "linear: 2"))
    (proof,) = proven(spec(before, line + "\n"))
    assert proof.kind == kind
