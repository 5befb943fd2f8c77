"""A user's module for reading: what `shapes` says, what reads what, and where that stands in the code."""

from __future__ import annotations

import json
from typing import Any, Literal

from lstmviz.network import report
from lstmviz.network.structure import Stage, Trace

Form = Literal["table", "markdown", "json"]
HEAD = ("stage", "type", "reads", "gives", "in your code")


def told(trace: Trace, form: Form) -> str:
    """Return everything that was seen, as text tables, Markdown or JSON."""
    if form == "json":
        return json.dumps(_data(trace), ensure_ascii=False, indent=1) + "\n"
    rows = [HEAD, *(_row(stage) for stage in trace.stages)]
    if form == "markdown":
        lines = [f"| {' | '.join(row)} |" for row in rows]
        lines.insert(1, "|" + "---|" * len(HEAD))
        return "**what ran**\n\n" + "\n".join(lines) + "\n\n" + report.markdown(trace)
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["  " + "  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "what ran\n" + "\n".join(lines) + "\n\n" + report.table(trace)


def _row(stage: Stage) -> tuple[str, ...]:
    times = f" × {stage.times}" if stage.times > 1 else ""
    gives = ", ".join(f"({', '.join(map(str, tensor.sizes))})" for tensor in stage.outputs[:1])
    return f"{stage.name}{times}", stage.type, ", ".join(stage.sources), gives, stage.where


def _data(trace: Trace) -> dict[str, Any]:
    """Return what `shapes --json` prints, and beside it the data flow, the lines and the notes."""
    found = report.to_dict(trace)
    for stage, said in zip(trace.stages, found["stages"], strict=True):
        said |= {"reads": list(stage.sources), "where": stage.where, "times": stage.times}
    return found | {"returns": list(trace.results), "notes": list(trace.notes)}
