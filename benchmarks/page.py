"""docs/benchmarks.md and its plot, from what bench.py kept."""

from __future__ import annotations

import json
import platform
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

HOME = Path(__file__).parent
KEPT = HOME / "results.json"
DOCS = HOME.parent / "docs"
HEAD = """\
# How fast it is

Written by `make bench`. Whole processes; a ratio is the median over runs of the processor time
over that of `python -c "import torch"` just before it, and beside it the same ratio on the clock.
Scaling and peers are one run each, over the middle one of three imports. In scaling, "over half as
many" compares what a process takes beyond importing torch.

![Time over the number of steps](benchmarks.svg)

| what | measured | on the clock | bar | |
|---|---|---|---|---|
"""
COLOURS = {"Graphviz": "#942311", "Matplotlib": "#0B6FDB"}
PEERS = {"lstmviz": "#942311", "torchview": "#00664D", "torchlens": "#5E1F50"}
PANELS = (
    ("scaling", COLOURS, "8 layers, every step drawn"),
    ("peers", PEERS, "2 layers, every step drawn"),
)


def keep(part: str, rows: list[dict[str, Any]], load: str) -> None:
    """Keep the rows of one part, and under which load they were measured."""
    kept = _kept()
    kept[part] = {"load": load, "rows": rows}
    KEPT.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n", "utf-8")


def _kept() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(KEPT.read_text("utf-8")) if KEPT.exists() else {}
    return found


def write(parts: Iterable[str], line: Callable[[dict[str, Any]], str]) -> None:
    """Write the page and draw the plot."""
    kept = {part: found for part, found in _kept().items() if part in parts}
    lines = [_said(row, line) for part in parts if part in kept for row in kept[part]["rows"]]
    versions = ", ".join(f"{name} {metadata.version(name)}" for name in ("torch", "matplotlib", "pygraphviz"))
    loads = "; ".join(f"{part} under a load of {found['load']}" for part, found in kept.items())
    foot = f"\nPython {platform.python_version()}, {versions}, {platform.machine()}. Measured: {loads}.\n"
    foot += "torchlens places the nodes of the longest itself, without dot, on 21 by 9 metres.\n"
    foot += "Other programs ran beside it and shared the processor's caches: single runs vary by a fifth.\n"
    (DOCS / "benchmarks.md").write_text(HEAD + "\n".join(lines) + "\n" + foot, "utf-8")
    plot(kept)


def _said(row: dict[str, Any], line: Callable[[dict[str, Any]], str]) -> str:
    if row["value"] == 0:
        return f"| {row['what']} | not within two minutes | | | |"
    return line(row)


def plot(kept: dict[str, Any]) -> None:
    """A panel of our own scaling, and one of the peers; what was not measured is left out."""
    import matplotlib as mpl  # noqa: PLC0415  (what runs beside a measurement should be small)
    from matplotlib.backends.backend_svg import FigureCanvasSVG  # noqa: PLC0415
    from matplotlib.figure import Figure  # noqa: PLC0415

    with mpl.rc_context({"svg.hashsalt": "lstmviz", "font.size": 8, "svg.fonttype": "path"}):
        shown = [panel for panel in PANELS if panel[0] in kept]
        figure = Figure((3.42 * len(shown), 2.6), layout="constrained")
        axes = figure.subplots(1, len(shown), squeeze=False)[0]
        for ax, (part, colours, title) in zip(axes, shown, strict=True):
            curves(ax, kept[part], colours, title)
        FigureCanvasSVG(figure).print_svg(DOCS / "benchmarks.svg", metadata={"Date": None})


def curves(ax: Any, part: dict[str, Any], colours: dict[str, str], title: str) -> None:
    """One curve for each painter, named at its end."""
    for name, colour in colours.items():
        points = [
            (int(row["what"].split(" × ")[1].split()[0]), row["value"])
            for row in part["rows"]
            if row["what"].endswith(name) and row["value"]
        ]
        if points:
            ax.plot(*zip(*points, strict=True), "o-", color=colour, linewidth=1.5, markersize=3.5)
            ax.annotate(name, points[-1], (4, 3), textcoords="offset points", color=colour)
    ax.set_xscale("log")
    ax.set_yscale("log")
    steps = sorted({int(n) for line in ax.lines for n in line.get_xdata()})
    ax.set_xticks(steps, map(str, steps))
    ticks = [n for n in (1, 2, 3, 5, 10, 20, 50) if ax.get_ylim()[0] <= n <= ax.get_ylim()[1]]
    ax.set_yticks(ticks, map(str, ticks))
    ax.minorticks_off()
    ax.set_title(title, fontsize=9)
    ax.set_xlabel("steps")
    ax.set_ylabel("processor time, × import torch")
    ax.margins(x=0.25)
    ax.spines[["top", "right"]].set_visible(False)
