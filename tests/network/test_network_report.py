"""The contract's `shapes --json`, and the two tables."""

import json

import pytest

from lstmviz.network import report
from lstmviz.network.trace import trace


@pytest.fixture
def traced(spec, sequence):
    lstm = ("lstm", {"hidden_size": 16, "num_layers": 2, "bidirectional": True}, "encoder|1")
    return trace(spec({**sequence, "batch_first": True}, lstm, ("linear", {"out_features": 1})))


def test_the_dictionary(traced):
    data = report.to_dict(traced)
    assert json.loads(json.dumps(data)) == data
    assert list(data) == ["tensors", "parameters", "stages", "recurrent"]
    assert data["tensors"] == {
        "input": [6, 5, 3],
        "h_0": [4, 6, 16],
        "c_0": [4, 6, 16],
        "output": [6, 5, 32],
        "h_n": [4, 6, 16],
        "c_n": [4, 6, 16],
    }
    assert data["parameters"]["weight_ih_l1_reverse"] == [64, 32]
    assert data["stages"][1] == {
        "name": "linear-1",
        "type": "linear",
        "inputs": [[6, 5, 32]],
        "outputs": [[6, 5, 1]],
        "parameters": {"weight": [1, 32], "bias": [1]},
    }
    (layer,) = data["recurrent"]
    assert layer.pop("tensors") == data["tensors"]
    assert layer.pop("parameters") == data["parameters"]
    assert layer == {
        "name": "encoder|1",
        "type": "lstm",
        "num_layers": 2,
        "directions": 2,
        "timesteps": 5,
        "hidden_size": 16,
        "proj_size": 0,
        "batch_first": True,
    }


def test_a_model_without_recurrent_layers(spec):
    data = report.to_dict(trace(spec({"batch_size": 4, "features": 3}, ("linear", {"out_features": 5}))))
    assert data["tensors"] == {"input": [4, 3]}
    assert (data["parameters"], data["recurrent"]) == ({}, [])
    assert data["stages"][0]["parameters"] == {"weight": [5, 3], "bias": [5]}


def test_the_text_table(traced):
    text = report.table(traced)
    lines = text.splitlines()
    assert "  h_n     (2L, N, H)  (4, 6, 16)" in lines
    assert "  encoder|1 → output  (N, T, 2H)  (6, 5, 32)" in lines
    assert not any(line != line.rstrip() for line in lines)
    assert text.endswith("(1)\n")


def test_the_markdown_table(traced):
    text = report.markdown(traced)
    assert "| `weight_ih_l0` | (4H, F) | (64, 3) |" in text
    assert "**encoder\\|1: its tensors**" in text
    for line in text.splitlines():
        if line.startswith("|"):
            assert line.replace("\\|", "").count("|") == 4, line


def test_arguments_are_resolved(spec, sequence):
    stages = trace(
        spec(
            {**sequence, "batch_first": True},
            ("conv1d", {"out_channels": 8, "kernel_size": 3, "padding": 1}),
            ("lstm", {"hidden_size": 4, "dropout": 0.5, "num_layers": 2, "bias": False}),
            ("view", {"sizes": ("N", 5, -1)}),
            ("linear", {"out_features": 2, "bias": False}),
            "layer_norm",
        )
    ).stages
    said = {stage.name: stage.arguments for stage in stages}
    assert said["transpose"] == said["transpose-2"] == (("dim0", 1), ("dim1", 2))
    assert said["conv1d"] == (("in_channels", 3), ("out_channels", 8), ("kernel_size", 3), ("padding", 1))
    assert said["lstm-1"][:3] == (("input_size", 8), ("hidden_size", 4), ("num_layers", 2))
    assert said["lstm-1"][3:] == (("bias", False), ("batch_first", True), ("dropout", 0.5))
    assert said["view-2"] == (("sizes", (6, 5, -1)),)
    assert said["linear-3"] == (("in_features", 4), ("out_features", 2), ("bias", False))
    assert said["layer_norm-4"] == (("normalized_shape", 2),)


def test_of_several_recurrent_layers_the_first_is_on_top(spec, sequence):
    data = report.to_dict(trace(spec(sequence, ("gru", {"hidden_size": 4}), ("lstm", {"hidden_size": 7}))))
    assert data["tensors"] == data["recurrent"][0]["tensors"]
    assert data["parameters"]["weight_hh_l0"] == [12, 4]
    assert [layer["hidden_size"] for layer in data["recurrent"]] == [4, 7]
