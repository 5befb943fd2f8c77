"""Draw the pictures of style.md: python docs/style.py"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from colorspacious import cspace_convert

import lstmviz
from lstmviz.themes import THEMES, Theme, load_theme

FOLDER = Path(__file__).parent / "style"
VISIONS = {"deuteranopia": "deuteranomaly", "protanopia": "protanomaly", "tritanopia": "tritanomaly"}
SPEC = """\
input: {batch_size: 6, timesteps: 4, features: 3}
layers: [lstm: {hidden_size: 16, bidirectional: true}]
style: {legend: off, width: column}
"""


def pictures() -> dict[str, lstmviz.Figure]:
    """Every picture by its name: the cell and a sequence in each theme, and as others see them."""
    found = {}
    for name in THEMES:
        found[f"cell-{name}"] = lstmviz.draw(SPEC, "cell", theme=name)
        found[f"sequence-{name}"] = lstmviz.draw(SPEC, "unrolled", theme=name)
    for name, kind in VISIONS.items():
        cell = lstmviz.draw(SPEC, "cell")
        found[f"cell-{name}"] = lstmviz.Figure(cell.scene, seen(load_theme("light"), kind))
    return found


def seen(theme: Theme, kind: str) -> Theme:
    """A theme in the colours that someone without one kind of cone sees."""
    space = {"name": "sRGB1+CVD", "cvd_type": kind, "severity": 100}

    def other(colour: str) -> str:
        rgb = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        found = np.clip(cspace_convert(rgb, space, "sRGB1"), 0, 1)
        return "#" + "".join(f"{round(float(n) * 255):02x}" for n in found)

    return Theme(kind, {name: other(colour) for name, colour in theme.colours.items()})


def main() -> None:
    """Write the pictures that are not as they should be."""
    FOLDER.mkdir(exist_ok=True)
    for name, figure in pictures().items():
        print(*figure.save(FOLDER / f"{name}.svg"), file=sys.stderr)


if __name__ == "__main__":
    main()
