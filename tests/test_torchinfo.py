"""Shapes as another tool measures them: torchinfo, on ten models written by hand in torch."""

from __future__ import annotations

import json
import re
import warnings
import xml.etree.ElementTree as ET

import pytest
import torch
import torchinfo
from torch import nn

import lstmviz
from lstmviz import cli

SVG = "{http://www.w3.org/2000/svg}"


class Plain(nn.Module):
    """Modules one after the other; the states of a recurrent one pass an Identity each.

    torchinfo sees what passes a module: so it measures h_n and c_n as well.
    """

    def __init__(self, *modules, last=False, around=None):
        super().__init__()
        self.body = nn.ModuleList(modules)
        self.h_n, self.c_n = nn.Identity(), nn.Identity()
        self.last, self.around = last, around

    def forward(self, x):
        for module in self.body:
            if isinstance(module, nn.RNNBase):
                x, states = module(x)
                states = states if isinstance(states, tuple) else (states,)
                for name, state in zip(("h_n", "c_n"), states, strict=False):
                    getattr(self, name)(state)
                if self.last:
                    x = x[:, -1] if module.batch_first else x[-1]
            elif isinstance(module, nn.Conv1d):
                x = module(x.transpose(1, 2)).transpose(1, 2)
            else:
                x = module(x)
        return x


def sequence(*sizes, **more):
    n, t, f = sizes
    return {"batch_size": n, "timesteps": t, "features": f, **more}


FIRST = {"batch_first": True}
MODELS = {
    "one rnn": (
        {"input": sequence(5, 4, 3), "layers": [{"rnn": 7}]},
        lambda: Plain(nn.RNN(3, 7)),
        (4, 5, 3),
    ),
    "relu rnn": (
        {"input": sequence(5, 4, 3), "layers": [{"rnn": {"hidden_size": 7, "nonlinearity": "relu"}}]},
        lambda: Plain(nn.RNN(3, 7, nonlinearity="relu")),
        (4, 5, 3),
    ),
    "three-layer gru": (
        {"input": sequence(8, 5, 4, **FIRST), "layers": [{"gru": {"hidden_size": 12, "num_layers": 3}}]},
        lambda: Plain(nn.GRU(4, 12, 3, batch_first=True)),
        (8, 5, 4),
    ),
    "bidirectional gru": (
        {"input": sequence(8, 5, 4), "layers": [{"gru": {"hidden_size": 12, "bidirectional": True}}]},
        lambda: Plain(nn.GRU(4, 12, bidirectional=True)),
        (5, 8, 4),
    ),
    "stacked bidirectional lstm, head": (
        {
            "input": sequence(6, 5, 3, **FIRST),
            "layers": [{"lstm": {"hidden_size": 16, "num_layers": 2, "bidirectional": True}}, {"linear": 1}],
        },
        lambda: Plain(nn.LSTM(3, 16, 2, bidirectional=True, batch_first=True), nn.Linear(32, 1)),
        (6, 5, 3),
    ),
    "projection": (
        {"input": sequence(6, 4, 3), "layers": [{"lstm": {"hidden_size": 16, "proj_size": 5}}]},
        lambda: Plain(nn.LSTM(3, 16, proj_size=5)),
        (4, 6, 3),
    ),
    "no bias": (
        {"input": sequence(6, 4, 3), "layers": [{"lstm": {"hidden_size": 16, "bias": False}}, {"linear": 4}]},
        lambda: Plain(nn.LSTM(3, 16, bias=False), nn.Linear(16, 4)),
        (4, 6, 3),
    ),
    "last step": (
        {"input": sequence(6, 4, 3, **FIRST), "layers": [{"lstm": 9}, "last_step", {"linear": 2}]},
        lambda: Plain(nn.LSTM(3, 9, batch_first=True), nn.Linear(9, 2), last=True),
        (6, 4, 3),
    ),
    "embedding": (
        {
            "input": {"batch_size": 3, "timesteps": 7, "vocabulary": 50, "batch_first": True},
            "layers": [{"embedding": 8}, {"gru": 11}, {"linear": 50}],
        },
        lambda: Plain(nn.Embedding(50, 8), nn.GRU(8, 11, batch_first=True), nn.Linear(11, 50)),
        (3, 7),
    ),
    "conv1d": (
        {
            "input": sequence(3, 9, 4, **FIRST),
            "layers": [{"conv1d": {"out_channels": 6, "kernel_size": 3}}, {"lstm": 5}],
        },
        lambda: Plain(nn.Conv1d(4, 6, 3), nn.LSTM(6, 5, batch_first=True)),
        (3, 9, 4),
    ),
}


def theirs(build, shape):
    """What torchinfo measures: per module its type, sizes and number of parameters."""
    tokens = len(shape) == 2
    x = torch.zeros(shape, dtype=torch.long) if tokens else torch.zeros(shape)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # oneDNN has no projections, and says so
        seen = torchinfo.summary(build(), input_data=x, verbose=0)
    return [layer for layer in seen.summary_list[1:] if layer.class_name != "ModuleList"]


@pytest.mark.parametrize("name", MODELS)
def test_shapes_are_those_that_torchinfo_measures(name, tmp_path, capsys):
    model, build, shape = MODELS[name]
    path = tmp_path / "model.json"
    path.write_text(json.dumps(model), "utf-8")  # JSON is YAML
    assert cli._run(["shapes", str(path), "--json"]) == 0
    ours = json.loads(capsys.readouterr().out)
    stages = iter([s for s in ours["stages"] if s["parameters"]])
    tensors = ours["tensors"]
    for layer in theirs(build, shape):
        if layer.class_name == "Identity":
            assert tensors[layer.var_name] == layer.output_size
            continue
        stage = next(stages)
        assert stage["type"] == layer.class_name.lower()
        assert sum(torch.Size(sizes).numel() for sizes in stage["parameters"].values()) == layer.num_params
        if stage["type"] == "conv1d":  # lstmviz transposes before and after; torchinfo sees (N, C, T)
            continue
        assert next(iter(_listed(stage["inputs"]))) == layer.input_size
        assert next(iter(_listed(stage["outputs"]))) == layer.output_size
    assert next(stages, None) is None


def _listed(sizes):
    return list(sizes.values()) if isinstance(sizes, dict) else sizes


@pytest.mark.parametrize("name", MODELS)
def test_the_figure_prints_them(name):
    model, build, shape = MODELS[name]
    svg = lstmviz.draw(model, "grid", text="plain").svg
    text = re.sub(r"\s", "", "".join("".join(t.itertext()) for t in ET.fromstring(svg).iter(f"{SVG}text")))
    layers = theirs(build, shape)
    recurrent = next(layer for layer in layers if layer.class_name in {"LSTM", "GRU", "RNN"})
    states = [layer for layer in layers if layer.class_name == "Identity"]
    for sizes in (recurrent.input_size, recurrent.output_size, *(state.output_size for state in states)):
        assert f"=({','.join(map(str, sizes))})" in text
