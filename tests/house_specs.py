"""The specs of the house, each read and run once in a process, for all test files."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import lstmviz
from lstmviz import pipeline

SPECS = {path.stem: path for path in sorted((Path(__file__).parents[1] / "specs").glob("*.yaml"))}


@cache
def subject(name):
    """A spec, and what its figures are about: with what `influence` and `activity` measured, once it has."""
    spec = lstmviz.load(SPECS[name])
    return spec, pipeline.trace(spec)
