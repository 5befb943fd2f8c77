"""The table of a recurrent module's constructor: each argument, and what it does here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lstmviz.scene import labels
from lstmviz.scene.code import coded
from lstmviz.scene.labels import code, words, wrap

if TYPE_CHECKING:
    from lstmviz.figures.tensors.plan import Sheet
    from lstmviz.network.structure import Recurrent
    from lstmviz.scene.code import Code

STEP = 9.5


def constructor(layer: Recurrent, rows: list[tuple[str, str]]) -> Code:
    """The constructor with every argument by its name, of which each row shows one."""
    return coded(f"nn.{layer.type.upper()}({', '.join(name for name, _ in rows)})", makes=layer.name)


def rows_of(layer: Recurrent) -> list[tuple[str, str]]:
    """``argument=value`` and what it does in this very module."""
    found = [
        (f"input_size={layer.input_size}", "features that each step of input has"),
        (f"hidden_size={layer.hidden_size}", _units(layer)),
        (f"num_layers={layer.num_layers}", _layers(layer)),
    ]
    if layer.type == "rnn":
        found.append((f"nonlinearity={layer.nonlinearity!r}", f"each step's h = {layer.nonlinearity}(…)"))
    found += [
        (f"bias={layer.bias}", _bias(layer)),
        (f"batch_first={layer.batch_first}", _batch_first(layer)),
        (f"dropout={layer.dropout:g}", _dropout(layer)),
        (f"bidirectional={layer.bidirectional}", _directions(layer)),
    ]
    if layer.type == "lstm":
        found.append((f"proj_size={layer.proj_size}", _projection(layer)))
    return found


def _units(layer: Recurrent) -> str:
    c = "h and c" if layer.has_cell_state and not layer.proj_size else "c" if layer.proj_size else "h"
    return f"units in every layer and direction: the length of {c}"


def _layers(layer: Recurrent) -> str:
    if layer.num_layers == 1:
        return "one layer: its h are output"
    middle = "layer 1 reads the h" if layer.num_layers == 2 else "each layer above reads the h"
    return f"{middle} of the layer below; output is the last layer's"


def _bias(layer: Recurrent) -> str:
    if not layer.bias:
        return "there are no bias vectors"
    rows = layer.parameter("bias_ih_l0").sizes[0]
    return f"two vectors of {rows} in every layer and direction: bias_ih and bias_hh"


def _batch_first(layer: Recurrent) -> str:
    if layer.batch_size is None:
        return "nothing here: the input is unbatched"
    if layer.batch_first:
        return "N before T in input and output; h and c stay as they are"
    return "T before N in input and output"


def _dropout(layer: Recurrent) -> str:
    if not layer.dropout:
        return "none"
    if layer.num_layers == 1:
        return "nothing here: it acts between layers, and there is one"
    return "of the h between the layers, while training only; not on output"


def _directions(layer: Recurrent) -> str:
    if not layer.bidirectional:
        return "time is read forward only"
    return "a second set of weights reads time in reverse; output has both side by side"


def _projection(layer: Recurrent) -> str:
    if not layer.proj_size:
        return "none: h is as long as c"
    shape = labels.shape((), layer.parameter("weight_hr_l0").sizes, mode="numbers").text
    return (
        f"h is multiplied by weight_hr {shape}: it has {layer.proj_size} numbers, c still {layer.hidden_size}"
    )


def draw_table(sheet: Sheet, y: float) -> float:
    """Draw the table under everything else; gives its lower end."""
    canvas, left, width = sheet.canvas, -sheet.half, 2 * sheet.half
    rows = rows_of(sheet.layer)
    whole = constructor(sheet.layer, rows)
    first = max(code(name, 7).width for name, _ in rows) + 12
    narrow = sheet.narrow
    indent = 10.0 if narrow else first
    heading = f"nn.{sheet.layer.type.upper()}: its arguments, and what each does here"
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
