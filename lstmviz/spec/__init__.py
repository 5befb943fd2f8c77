"""The YAML language: reading, checking, and what is wrong with a spec."""

from lstmviz.spec.layer_types import LAYERS
from lstmviz.spec.layers import Options, RecurrentOptions
from lstmviz.spec.load import load, load_text
from lstmviz.spec.model import Axes, Axis, FigureRequest, FigureSchema, Input, Layer, Spec
from lstmviz.spec.source import Source

__all__ = [
    "LAYERS",
    "Axes",
    "Axis",
    "FigureRequest",
    "FigureSchema",
    "Input",
    "Layer",
    "Options",
    "RecurrentOptions",
    "Source",
    "Spec",
    "load",
    "load_text",
]
