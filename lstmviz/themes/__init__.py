"""Themes turn the names of colours into paint; the only place for hex values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources

import yaml

from lstmviz.scene.items import Tint
from lstmviz.themes.ramps import shade

THEMES: Mapping[str, str] = {
    "light": "on white, for papers and pages",
    "dark": "light lines on a dark ground, for dark pages and slides",
    "print": "black lines and grey fills, safe on any printer",
}
BASICS = ("ground", "ink", "muted", "hatch")
ROLES = ("input", "hidden", "cell", "output", "gate", "op", "param")
PARTS = ("stroke", "fill")


@dataclass(frozen=True)
class Theme:
    """Paint for every name that a `Tint` may use."""

    name: str
    colours: Mapping[str, str] = field(hash=False)

    def paint(self, tint: Tint) -> str:
        """The colour of a tint as ``#rrggbb``."""
        base = self.colours.get(tint.name) or shade(self.colours, tint.name)
        return mix(base, self.colours[tint.to], tint.by) if tint.to else base


def named_file(name: str) -> bool:
    """Whether a theme's name is that of a file.

    >>> named_file("lab.yaml"), named_file("light")
    (True, False)
    """
    return name.lower().endswith((".yaml", ".yml"))


def mix(a: str, b: str, by: float) -> str:
    """The colour `by` of the way from a to b, in sRGB.

    >>> mix("#000000", "#ffffff", 0.5)
    '#808080'
    """
    one, two = (tuple(int(c[i : i + 2], 16) for i in (1, 3, 5)) for c in (a, b))
    return "#" + "".join(f"{round(p + (q - p) * by):02x}" for p, q in zip(one, two, strict=True))


@cache
def load_theme(name: str) -> Theme:
    """A shipped theme by its name; KeyError if there is none."""
    if name not in THEMES:
        raise KeyError(name)
    data = yaml.safe_load(resources.files(__name__).joinpath(f"{name}.yaml").read_text("utf-8"))
    colours = {k: data[k].lower() for k in BASICS}
    for role, paint in data["roles"].items():
        colours |= {f"{role}.{part}": colour.lower() for part, colour in paint.items()}
    return Theme(name, colours)
