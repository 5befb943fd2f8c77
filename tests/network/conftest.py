"""Specs of models, made of the language's own input and layers."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from lstmviz.spec.model import LAYERS, Input, Layer


def make(given: dict[str, Any], *layers: Any) -> SimpleNamespace:
    """A spec: layers are a bare name, or (type, options[, name])."""
    made = []
    for index, layer in enumerate(layers):
        type_, options, *name = (layer, {}) if isinstance(layer, str) else layer
        label = name[0] if name else f"{type_}-{index}" if index else type_
        made.append(Layer(type=type_, options=LAYERS[type_](**options), label=label))
    return SimpleNamespace(input=Input(**given), layers=tuple(made))


@pytest.fixture
def spec():
    return make


@pytest.fixture(autouse=True)
def cache_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("LSTMVIZ_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def axes():
    """How a stage's or a layer's tensors are written: name → '(T, N, F)'."""

    def written(tensors):
        return {tensor.name: f"({', '.join(tensor.symbols)})" for tensor in tensors}

    return written


SEQUENCE = {"batch_size": 6, "timesteps": 5, "features": 3}


@pytest.fixture
def sequence():
    return dict(SEQUENCE)
