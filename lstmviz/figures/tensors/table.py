"""The table of a recurrent module's constructor: each argument, and what it does here."""

from __future__ import annotations

from typing import Any

from lstmviz.figures.shared.sentences import about
from lstmviz.figures.tensors.plan import TensorsDrawing
from lstmviz.network.structure import Recurrent
from lstmviz.scene import labels
from lstmviz.scene.code import Code, coded
from lstmviz.scene.labels import code, words, wrap
from lstmviz.translation.messages import Message, message

STEP = 9.5


def constructor(layer: Recurrent, rows: list[tuple[str, Message]]) -> Code:
    """The constructor with every argument by its name, of which each row shows one."""
    given = ", ".join(name for name, _ in rows)
    return coded(f"nn.{layer.cell or layer.type.upper()}({given})", makes=layer.name)


def rows_of(layer: Recurrent) -> list[tuple[str, Message]]:
    """``argument=value`` and what it does in this very module."""
    found = [
        (f"input_size={layer.input_size}", _said("input-size", layer)),
        (f"hidden_size={layer.hidden_size}", _units(layer)),
    ]
    if not layer.cell:
        found.append((f"num_layers={layer.num_layers}", _layers(layer)))
    if layer.type == "rnn":
        said = _said("nonlinearity", layer, name=layer.nonlinearity)
        found.append((f"nonlinearity={layer.nonlinearity!r}", said))
    found.append((f"bias={layer.bias}", _bias(layer)))
    if layer.cell:
        return found
    found += [
        (f"batch_first={layer.batch_first}", _batch_first(layer)),
        (f"dropout={layer.dropout:g}", _dropout(layer)),
        (
            f"bidirectional={layer.bidirectional}",
            _said("both-ways" if layer.bidirectional else "forward", layer),
        ),
    ]
    if layer.type == "lstm":
        found.append((f"proj_size={layer.proj_size}", _projection(layer)))
    return found


def _said(what: str, layer: Recurrent, **given: Any) -> Message:
    return about(layer, f"tensors.{what}", **given)


def _units(layer: Recurrent) -> Message:
    if not layer.has_cell_state:
        return _said("units-h", layer)
    return _said("units-c" if layer.proj_size else "units-hc", layer)


def _layers(layer: Recurrent) -> Message:
    return _said({1: "one-layer", 2: "two-layers"}.get(layer.num_layers, "more-layers"), layer)


def _bias(layer: Recurrent) -> Message:
    if not layer.bias:
        return _said("no-bias", layer)
    return _said("bias", layer, rows=layer.parameter("bias_ih_l0").sizes[0])


def _batch_first(layer: Recurrent) -> Message:
    if layer.batch_size is None:
        return _said("batch-unbatched", layer)
    return _said("batch-first" if layer.batch_first else "time-first", layer)


def _dropout(layer: Recurrent) -> Message:
    if not layer.dropout:
        return _said("no-dropout", layer)
    return _said("dropout-idle" if layer.num_layers == 1 else "dropout", layer)


def _projection(layer: Recurrent) -> Message:
    if not layer.proj_size:
        return _said("no-proj", layer)
    shape = labels.shape((), layer.parameter("weight_hr_l0").sizes, mode="numbers").text
    return _said("proj", layer, shape=shape, small=layer.proj_size, size=layer.hidden_size)


def draw_table(sheet: TensorsDrawing, y: float) -> float:
    """Draw the table under everything else; gives its lower end."""
    canvas, left, width = sheet.canvas, -sheet.half, 2 * sheet.half
    rows = rows_of(sheet.layer)
    whole = constructor(sheet.layer, rows)
    first = max(code(name, 7).width for name, _ in rows) + 12
    narrow = sheet.narrow
    indent = 10.0 if narrow else first
    heading = message("tensors.table", cls=sheet.layer.type.upper(), layer=sheet.layer.name)
    for line in wrap(heading, width, 8, "bold"):
        canvas.text(words(line, 8, font="bold"), left, y)
        y += STEP + 1
    y -= STEP + 1
    y += 5
    for name, text in rows:
        canvas.line([(left + 0.5, y), (left + width - 0.5, y)], line=0.5, role="note")
        y += STEP + 1
        canvas.text(whole.piece(name), left, y, role="param")
        lines = wrap(text, width - indent, 7)
        y += STEP if narrow else 0
        for i, line in enumerate(lines):
            canvas.text(words(line, 7), left + indent, y + i * STEP)
        y += STEP * (len(lines) - 1) + 4
    canvas.line([(left + 0.5, y), (left + width - 0.5, y)], line=0.5, role="note")
    return y
