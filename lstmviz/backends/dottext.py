"""Labels as Graphviz writes them: plain where they can be, else HTML-like."""

from __future__ import annotations

import re
from html import escape

from lstmviz.backends.drawing import legal
from lstmviz.backends.fonts import NAMES
from lstmviz.backends.xdot import number
from lstmviz.scene.items import Label, Point, Run
from lstmviz.scene.labels import run_box
from lstmviz.themes import Theme

PLAIN = re.compile(r"[^<>&\\\"]*")
"""What Graphviz takes as it is; `\\N` and the like would be replaced."""
ARROWS = frozenset("→←")


def label(label: Label | None, theme: Theme) -> dict[str, str]:
    """The attributes of a label: its text, font, size and colour."""
    if label is None or not label.runs:
        return {"label": ""}
    first = label.runs[0]
    return {
        "label": words(label),
        "fontname": NAMES[first.font],
        "fontsize": number(first.size),
        "fontcolor": theme.paint(first.tint),
    }


def words(label: Label) -> str:
    """The text, as HTML where it has scripts, lines or dangerous characters.

    >>> from lstmviz.scene.items import Label, Run
    >>> words(Label("LSTM", (Run(0, 0, "LSTM", "sans", 8),)))
    'LSTM'
    >>> words(Label("x_1", (Run(0, 0, "x", "italic", 10), Run(5, 2.5, "1", "roman", 7))))
    '<x<SUB>1</SUB>>'
    """
    if len(label.runs) == 1 and PLAIN.fullmatch(text := legal(label.runs[0].text)):
        return text
    return f"<{_html(label.runs)}>"


def _html(runs: tuple[Run, ...]) -> str:
    """Runs by their place: lines of their own, scripts, arrows before their letter."""
    size = max(r.size for r in runs)
    out: list[str] = []
    base = runs[0].y
    for run in runs:
        text = escape(legal(run.text)).replace("\\", "\\\\")
        raised = base - run.y
        if run.text in ARROWS and len(out) > 0 and raised > 0:
            out.insert(len(out) - 1, text)
        elif run.size < 0.85 * size and abs(raised) > 0.1 * size:
            tag = "SUP" if raised > 0 else "SUB"
            out.append(f"<{tag}>{text}</{tag}>")
        else:
            if abs(raised) > 0.8 * size:
                out.append("<BR/>")
                base = run.y
            out.append(text)
    return "".join(out)


def centre(label: Label) -> Point:
    """The middle of a label, for Graphviz places texts by theirs."""
    boxes = [run_box(r) for r in label.runs]
    size = max(r.size for r in label.runs)
    x = (min(b[0] for b in boxes) + max(b[2] for b in boxes)) / 2
    return (x, label.runs[0].y - 0.33 * size)
