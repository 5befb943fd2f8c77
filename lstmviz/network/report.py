"""A trace for reading: the dictionary of `shapes --json`, and two tables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from lstmviz.network.structure import Recurrent, Stage, Tensor, Trace


def to_dict(trace: Trace) -> dict[str, Any]:
    """Return what `lstmviz shapes --json` prints: names and sizes.

    The top-level tensors and parameters are those of the first recurrent
    layer; a model without one has its input alone, and no parameters.
    """
    if trace.recurrent:
        tensors, parameters = trace.recurrent[0].tensors, trace.recurrent[0].parameters
    else:
        tensors, parameters = (trace.input,), ()
    return {
        "tensors": _sizes(tensors),
        "parameters": _sizes(parameters),
        "stages": [_stage(stage) for stage in trace.stages],
        "recurrent": [_recurrent(layer) for layer in trace.recurrent],
    }


def _stage(stage: Stage) -> dict[str, Any]:
    return {
        "name": stage.name,
        "type": stage.type,
        "inputs": [list(tensor.sizes) for tensor in stage.inputs],
        "outputs": [list(tensor.sizes) for tensor in stage.outputs],
        "parameters": _sizes(stage.parameters),
    }


def _recurrent(layer: Recurrent) -> dict[str, Any]:
    facts = (
        "name",
        "type",
        "num_layers",
        "directions",
        "timesteps",
        "hidden_size",
        "proj_size",
        "batch_first",
    )
    return {
        **{name: getattr(layer, name) for name in facts},
        "tensors": _sizes(layer.tensors),
        "parameters": _sizes(layer.parameters),
    }


def _sizes(tensors: Iterable[Tensor]) -> dict[str, list[int]]:
    return {tensor.name: list(tensor.sizes) for tensor in tensors}


def table(trace: Trace) -> str:
    """Return every tensor and parameter as an aligned text table."""
    lines = []
    for title, rows in _sections(trace):
        cells = [(before + name, *shape) for before, name, *shape in rows]
        widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
        lines += [title, *(_aligned(row, widths) for row in cells), ""]
    return "\n".join([*lines, *trace.notes]).rstrip() + "\n"


def markdown(trace: Trace) -> str:
    """Return the same as Markdown tables, one for each part of the model."""
    lines = []
    for title, rows in _sections(trace):
        lines += [f"**{_escaped(title)}**", "", "| tensor | shape | sizes |", "|---|---|---|"]
        lines += [
            f"| {_escaped(before)}`{name}` | {symbols} | {sizes} |" for before, name, symbols, sizes in rows
        ]
        lines.append("")
    return "\n".join([*lines, *trace.notes]).rstrip() + "\n"


Row = tuple[str, str, str, str]
"""Of which stage, a tensor's name, its shape in letters, and in numbers."""


def _sections(trace: Trace) -> Iterator[tuple[str, list[Row]]]:
    """Yield the recurrent layers with their own letters, then all stages."""
    for layer in trace.recurrent:
        yield f"{layer.name}: its tensors", [_row(tensor) for tensor in layer.tensors]
        yield f"{layer.name}: its parameters", [_row(tensor) for tensor in layer.parameters]
    rows = [_row(trace.input)]
    for stage in trace.stages:
        rows += [_row(tensor, f"{stage.name} → ") for tensor in stage.outputs]
        if not any(layer.name == stage.name for layer in trace.recurrent):
            rows += [_row(tensor, f"{stage.name}.") for tensor in stage.parameters]
    yield "the whole model", rows


def _row(tensor: Tensor, before: str = "") -> Row:
    return before, tensor.name, _tuple(tensor.symbols), _tuple(tensor.sizes)


def _tuple(axes: Sequence[object]) -> str:
    return f"({', '.join(map(str, axes))})"


def _aligned(row: Sequence[str], widths: Sequence[int]) -> str:
    return "  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def _escaped(text: str) -> str:
    """Keep a name from being read as Markdown."""
    return "".join(f"\\{char}" if char in "\\|*_`[]<>" else char for char in text)
