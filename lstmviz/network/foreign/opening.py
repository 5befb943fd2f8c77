"""Whatever a user hands over, opened: a torch module as it is, models of other libraries as twins."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from torch import nn

from lstmviz.errors import ModelError
from lstmviz.network.foreign.onnx_model import open_onnx
from lstmviz.network.foreign.opened import Opened
from lstmviz.network.user.made_up import made_up


def open_model(source: Any, inputs: Any = None) -> Opened:
    """Return what is to be run for a module, or for the path of a model's file.

    Without inputs their sizes are made up, where that can be, and a note says so.
    Raises ModelError, and MissingDependencyError with the command that mends it.
    """
    if not isinstance(source, nn.Module):
        path = Path(source) if isinstance(source, str | Path) else None
        if path is not None and path.suffix.lower() == ".onnx":
            return open_onnx(path, inputs)
        raise ModelError(f"inputs go with a torch module, and this is a {type(source).__name__}")
    if inputs is not None:
        return Opened(source, inputs, type(source).__name__)
    given, note = made_up(source)
    return Opened(source, given, type(source).__name__, (note,))
