"""What stands on the page, read from the places of its glyphs: a label as a person would say it."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from lstmviz.scene.claims import Claim
from lstmviz.scene.items import Label, Run
from lstmviz.scene.labels import run_box
from lstmviz.scene.scene import Scene

LEVEL = 0.02
"""Runs on one baseline differ by rounding alone, in em."""
NEXT = 0.8
"""What stands so far below a baseline is a line of its own, in em; a subscript drops by 0.25."""
LINE = 1.6
"""From one baseline to the next, in em."""
HIGH = 1.1
"""An arrow over a capital stands at most so far above its baseline, in em."""
GAP = 3.2
"""Parts of one label stand at most so far apart, in em of what follows: 18 pt before 7 pt type, with air."""
PILED = 0.3
"""Runs of one level cover each other at most so far, in em: what slanted letters do."""
TORN = "…?"
OVER = "→←"
LEVELS = {"base": "", "low": "_", "high": "^"}
"""Where runs of a line stand, and the sign before each in a label's text."""


def ink_faults(scene: Scene) -> Iterator[str]:
    """Say which labels say aloud something else than what stands on the page."""
    for label in labels_of(scene):
        if (drawn := misdrawn(label)) is not None:
            yield f"the label {label.text!r} is drawn as {drawn!r}"


def misdrawn(label: Label) -> str | None:
    """Return what a label is drawn as, where that is not what it says; None where it is."""
    if len(label.runs) == 1 and label.runs[0].text == label.text:
        return None
    drawn = spelled(label)
    return None if _bare(drawn) in {_bare(label.text), _bare(label.text.replace("⊙", "•"))} else drawn


def labels_of(scene: Scene) -> Iterator[Label]:
    """Yield every label of a scene that has ink."""
    yield from (text.label for text in scene.texts)
    yield from (node.label for node in scene.nodes if node.label)


def claims_of(scene: Scene, kind: str) -> Iterator[tuple[Label, Claim]]:
    """Yield the claims of a kind in a scene, each with the label that shows it or a part of it."""
    yield from ((label, one) for label in labels_of(scene) for one in label.claims if one.kind == kind)


def spelled(label: Label) -> str:
    """Return what a label's glyphs spell, line by line from left to right: ``→h_2^(0)``.

    What stands lower is a subscript, higher a superscript, and an arrow above a
    letter belongs before it; ``…?`` marks where runs are torn apart or cover each other.
    """
    said: list[str] = []
    above: tuple[Run, list[Run]] | None = None
    for base, line in _lines([run for run in label.runs if run.text.strip()]):
        torn = above is not None and not _below(above, (base, line))
        said.append(f"{TORN if torn else ''}{_line(base, line)}")
        above = (base, line)
    return " ".join(said)


def _below(above: tuple[Run, list[Run]], line: tuple[Run, list[Run]]) -> bool:
    """Whether one line stands under another, as the next line of the same label."""
    (upper, over), (lower, under) = above, line
    (a0, a1), (b0, b1) = _reach(over), _reach(under)
    return lower.y - upper.y <= LINE * min(lower.size, upper.size) and max(a0, b0) < min(a1, b1)


def _reach(runs: Sequence[Run]) -> tuple[float, float]:
    boxes = [run_box(run) for run in runs]
    return min(box[0] for box in boxes), max(box[2] for box in boxes)


def _bare(text: str) -> str:
    return re.sub(r"\s", "", text).replace("−", "-")


def _lines(runs: Sequence[Run]) -> Iterable[tuple[Run, list[Run]]]:
    """Sort runs into lines, each with the run whose baseline it has."""
    lines: list[tuple[Run, list[Run]]] = []
    for run in runs:
        near = (one for one in lines if -HIGH * one[0].size < run.y - one[0].y < NEXT * one[0].size)
        found = next(near, None)
        if found is None:
            lines.append((run, [run]))
        else:
            found[1].append(run)
    return sorted(lines, key=lambda line: line[0].y)


def _line(base: Run, runs: Sequence[Run]) -> str:
    """Read one line: letters with their scripts, one after the other."""
    said, right = "", dict.fromkeys(LEVELS, -math.inf)
    now: dict[str, list[tuple[float, str]]] = {level: [] for level in LEVELS}
    for x, run in sorted(((_place(base, run), run) for run in runs), key=lambda placed: placed[0]):
        level = _level(base, run)
        x0, _, x1, _ = run_box(run)
        if level == "over":  # it belongs to all letters below it: of a name, to the whole name
            before = sum(middle < x0 for middle, _ in now["base"])
            over = x < right["base"] + PILED * base.size
            now["base"].insert(before, (x0, run.text if over else TORN))
            continue
        if level == "base" and (now["low"] or now["high"]):
            said, now = said + _scripted(now), {level: [] for level in LEVELS}
        torn = -math.inf < max(right.values()) < x - GAP * run.size
        piled = x < right[level] - PILED * run.size
        now[level].append(((x0 + x1) / 2, f"{TORN}{run.text}" if torn or piled else run.text))
        right[level] = max(x1, right[level])
    return said + _scripted(now)


def _scripted(parts: Mapping[str, Sequence[tuple[float, str]]]) -> str:
    written = {level: "".join(text for _, text in several) for level, several in parts.items()}
    return "".join(sign + written[level] for level, sign in LEVELS.items() if written[level])


def _level(base: Run, run: Run) -> str:
    """Say where a run stands: on the baseline, low, high, or over the letters."""
    drop = run.y - base.y
    if abs(drop) <= LEVEL * base.size:
        return "base"
    if drop > 0:
        return "low"
    return "over" if run.text in OVER else "high"


def _place(base: Run, run: Run) -> float:
    """Where a run is read: an arrow over a letter by its middle, after the letter's beginning."""
    x0, _, x1, _ = run_box(run)
    return (x0 + x1) / 2 if _level(base, run) == "over" else x0


def title_faults(scene: Scene) -> Iterator[str]:
    """Say which line over a figure is bold, in the user's words, and not of the figure's title."""
    drawn = (*scene.nodes, *scene.frames, *scene.plots)
    top = min((item.box[1] for item in drawn), default=0.0)
    for text in scene.texts:
        label = text.label
        bold = label.runs[0].font == "bold" and label.runs[0].y < top
        if bold and [(one.kind, one.text) for one in label.claims] == [("own", label.text)]:
            low, high = label.claims[0].fact("span")
            if label.text != scene.title[low:high]:
                yield f"{label.text!r} stands over a figure whose title is {scene.title!r}"
