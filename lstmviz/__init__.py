"""Right and clear figures of LSTM, GRU and RNN models.

>>> import lstmviz
>>> fig = lstmviz.draw("specs/lstm.yaml", "grid")  # doctest: +SKIP
>>> fig.save("grid.svg", "grid.pdf")  # doctest: +SKIP
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from lstmviz.errors import (
    ChoiceError,
    FigureError,
    LstmvizError,
    MissingDependencyError,
    ModelError,
    OutputError,
    ProofError,
    SpecError,
)
from lstmviz.version import __version__

if TYPE_CHECKING:
    from lstmviz.checking import check
    from lstmviz.commands.batch import render
    from lstmviz.figure import Figure
    from lstmviz.pipeline import draw, load, shapes

__all__ = [
    "ChoiceError",
    "Figure",
    "FigureError",
    "LstmvizError",
    "MissingDependencyError",
    "ModelError",
    "OutputError",
    "ProofError",
    "SpecError",
    "__version__",
    "check",
    "draw",
    "load",
    "render",
    "shapes",
]

_HOMES = {"Figure": "figure", "check": "checking", "render": "commands.batch"}
_HOMES |= dict.fromkeys(("draw", "load", "shapes"), "pipeline")


def __getattr__(name: str) -> Any:
    """Import a public name when it is first asked for."""
    if name not in __all__:
        raise AttributeError(f"module 'lstmviz' has no attribute {name!r}")
    try:
        home = import_module(f"lstmviz.{_HOMES.get(name, 'errors')}")
    except ModuleNotFoundError as error:
        if error.name != "torch":
            raise
        errors = import_module("lstmviz.errors")
        raise errors.MissingDependencyError("torch", errors.TORCH) from error
    return getattr(home, name)


def load_ipython_extension(shell: Any) -> None:
    """Give a notebook its cell magic: ``%load_ext lstmviz``, then ``%%lstmviz``."""
    shell.register_magic_function(import_module("lstmviz.documents.notebook").lstmviz, "cell", "lstmviz")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
