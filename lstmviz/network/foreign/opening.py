"""Whatever a user hands over, opened: a torch module as it is, models of other libraries as twins."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from torch import nn

from lstmviz.errors import ModelError
from lstmviz.network.foreign import keras_model, onnx_model
from lstmviz.network.foreign.keras_model import is_keras, load, open_keras
from lstmviz.network.foreign.onnx_model import open_onnx
from lstmviz.network.foreign.opened import Opened
from lstmviz.network.user.input_spelling import SpelledInput
from lstmviz.network.user.input_values import inputs_of, of_numpy
from lstmviz.network.user.made_up import made_up
from lstmviz.network.user.values import arguments


def open_model(source: Any, inputs: Any = None) -> Opened:
    """Return what is to be run for a module, or for the path of a model's file.

    Without inputs their sizes are made up, where that can be, and a note says so.
    Raises ModelError, and MissingDependencyError with the command that mends it.
    """
    if is_keras(source):
        return open_keras(source, inputs)
    if not isinstance(source, nn.Module):
        path = Path(source) if isinstance(source, str | Path) else Path()
        if path.suffix.lower() == ".onnx":
            return open_onnx(path, inputs)
        if path.suffix.lower() == ".keras":
            return open_keras(load(path), inputs, path.stem)
        raise ModelError(f"inputs go with a torch module, and this is a {type(source).__name__}")
    if inputs is None:
        inputs = getattr(
            source, "example_input_array", None
        )  # Lightning's name for what a model may be tried on
    if inputs is not None:
        given = of_numpy(inputs) if isinstance(inputs, np.ndarray) else inputs
        return Opened(source, arguments(given), type(source).__name__)
    given, note = made_up(source)
    return Opened(source, given, type(source).__name__, (note,))


def open_file(path: Path, said: Sequence[SpelledInput]) -> Opened:
    """Return what is to be run for a model's file on inputs as the command line says them, if it says any."""
    if not said:
        return open_model(path)
    if path.suffix.lower() == ".keras":
        model = load(path)
        given = inputs_of(onnx_model.typed(keras_model.types_of(model), said), nn.Module())
        return open_keras(model, given, path.stem)
    return open_onnx(path, inputs_of(onnx_model.typed(onnx_model.types_of(path), said), nn.Module()))
