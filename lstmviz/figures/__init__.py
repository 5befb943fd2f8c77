"""The kinds of figure. A new kind is one file here and one line in `KINDS`."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module

from lstmviz.figures.base import Kind

KINDS: Mapping[str, str] = {
    "rolled": "lstmviz.figures.chain.rolled:ROLLED",
    "unrolled": "lstmviz.figures.chain.unrolled:UNROLLED",
    "unfold": "lstmviz.figures.chain.unfold:UNFOLD",
    "grid": "lstmviz.figures.grid.figure:GRID",
    "cube": "lstmviz.figures.cube.figure:CUBE",
    "cell": "lstmviz.figures.cell.figure:CELL",
    "tensors": "lstmviz.figures.tensors.figure:TENSORS",
    "pipeline": "lstmviz.figures.pipeline.figure:PIPELINE",
    "neurons": "lstmviz.figures.neurons.figure:NEURONS",
    "volumes": "lstmviz.figures.volumes.figure:VOLUMES",
    "activity": "lstmviz.figures.activity.figure:ACTIVITY",
    "influence": "lstmviz.figures.influence.figure:INFLUENCE",
    "weights": "lstmviz.figures.weights.figure:WEIGHTS",
    "batch": "lstmviz.figures.batch.figure:BATCH",
}
"""Dotted names, in the order in which figures are listed and drawn."""


SHEET = "sheet"
"""Several figures on one sheet: what is made of kinds, and is none of them."""


def kind(name: str) -> Kind:
    """The kind of this name, or the sheet, imported when first asked for; KeyError if there is none."""
    module, _, attribute = {**KINDS, SHEET: "lstmviz.figures.sheet:SHEET"}[name].partition(":")
    found: Kind = getattr(import_module(module), attribute)
    return found
