"""What a drawn cell says, held against what its nodes and parameters are."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping

from torch import nn

from lstmviz.proof.cells.algebra import UndefinedError
from lstmviz.proof.cells.graph import BLOCKS, LAYERS, PRODUCTS, Cell, block, is_read
from lstmviz.scene import ids
from lstmviz.scene.claims import sentences
from lstmviz.scene.ids import WAYS
from lstmviz.scene.items import Text
from lstmviz.scene.scene import Scene

SPOKEN = {"i": "input gate σ", "f": "forget gate σ", "o": "output gate σ"}
SPOKEN |= {"r": "reset gate σ", "z": "update gate σ", "g": "candidate tanh", "n": "candidate tanh"}
"""The gates and the candidate, with what makes their numbers."""
PARAMETER = re.compile(r"\b(?:weight|bias)_(?:ih|hh|hr)(?:_l\d+(?:_reverse)?)?\b")
LETTER = {"weight": "W", "bias": "b"}
NEAR = 22.0
"""How far the name of a gate may stand from it, pt."""


def label_faults(scene: Scene, drawn: Cell, module: nn.RNNBase, layer: int, direction: int) -> list[str]:
    """Compare every label with what it stands for."""
    suffix = f"_l{layer}" + ("_reverse" if direction else "")
    held = {n: tuple(p.shape) for n, p in module.named_parameters() if n.partition("_l")[2] == suffix[2:]}
    return [
        *_state_faults(drawn, direction),
        *_product_faults(drawn, held, suffix),
        *_row_faults(drawn),
        *_gate_faults(scene, drawn),
        *_layer_faults(drawn, held, suffix),
        *([] if _bare(drawn) else _table_faults(scene, held, suffix)),
        *_shape_faults(scene, drawn, suffix),
        *_frame_faults(scene, layer, direction),
    ]


def _text(drawn: Cell, name: str) -> str:
    node = drawn.nodes.get(name)
    return node.label.english if node and node.label else ""


def _state_faults(drawn: Cell, direction: int) -> Iterator[str]:
    other = "t-1" if direction else "t+1"
    for name in drawn.nodes:
        if ids.kind(name) not in {"x", "h", "c"}:
            continue
        if other in name:
            yield f"{name}: the {('forward', 'reverse')[direction]} direction does not read it"
        if _text(drawn, name) != "_".join(ids.parts(name)[:2]):
            yield f"{name} is called {_text(drawn, name)}"


def _product_faults(drawn: Cell, held: Mapping[str, tuple[int, ...]], suffix: str) -> Iterator[str]:
    for name, node in drawn.nodes.items():
        head, sub = ids.kind(name), ids.name(name)
        if head not in PRODUCTS:
            continue
        weight = f"weight_{'hr' if head == 'project' else sub}{suffix}"
        if node.tensor != weight or node.shape != held.get(weight):
            yield f"{name} is {node.tensor} {node.shape}; the module's is {weight} {held.get(weight)}"
        said = "W_hr"
        if head != "project":
            said = f"W_{sub} " + ", ".join(_text(drawn, source) for source in drawn.into(name))
            said += f" + b_{sub}" if head == "linear" else ""
        if _text(drawn, name) != ("project" if _bare(drawn) else said):
            yield f"{name} says {_text(drawn, name)!r}, not {said!r}"


def _bare(drawn: Cell) -> bool:
    """Whether gates are drawn as boxes that name no parameter."""
    return any(ids.kind(name) == "layer" for name in drawn.nodes)


def _layer_faults(drawn: Cell, held: Mapping[str, tuple[int, ...]], suffix: str) -> Iterator[str]:
    """Each gate drawn as a box says which it is, and has the weights of this cell."""
    for name, node in drawn.nodes.items():
        head, gate = ids.kind(name), ids.name(name)
        if head not in LAYERS:
            continue
        weight = f"weight_{'ih' if head == 'layer' else 'hh'}{suffix}"
        if node.tensor != weight or node.shape != held.get(weight):
            yield f"{name} is {node.tensor} {node.shape}; the module's is {weight} {held.get(weight)}"
        said = SPOKEN.get(gate, "") if head == "layer" else "weigh h"
        if drawn.type != "rnn" and _text(drawn, name) != said:
            yield f"{name} says {_text(drawn, name)!r}, not {said!r}"


def _row_faults(drawn: Cell) -> Iterator[str]:
    for name in drawn.nodes:
        gates = ids.parts(name)[-1]
        if ids.kind(name) != "rows":
            continue
        try:
            first, last = block(drawn.type, name)
        except UndefinedError as error:
            yield f"{name}: {error}"
            continue
        called, _, rows = (
            _text(drawn, name).rpartition(" ") if ":" in _text(drawn, name) else (_text(drawn, name), "", "")
        )
        product = ids.parts(name)[1:-1]
        own = ", ".join(gates) if product else "" if rows else f"a_{gates}"
        if called != own:
            yield f"{name} is called {called!r}"
        if product and [ids.parts(source)[-1] for source in drawn.into(name)] != product:
            yield f"{', '.join(drawn.into(name))} → {name}: it is a block of the other product"
        label = drawn.nodes[name].label
        blocks = [one.fact("blocks") for one in label.claims if one.kind == "rows"] if label else []
        if rows and blocks != [(first, last)]:
            yield f"{name} says rows {rows}; it is blocks {first} to {last}"


def _gate_faults(scene: Scene, drawn: Cell) -> Iterator[str]:
    """Each gate has its name beside it."""
    said = {ids.name(t.id): t for t in scene.texts if t.id and ids.kind(t.id) == "name"}
    for name in drawn.nodes:
        if ids.kind(name) == "gate" and name not in said:
            yield f"{name} has no name beside it"
    for name, text in said.items():
        if text.label.english != f"{ids.parts(name)[-1]}_t":
            yield f"{name} is called {text.label.english}"
        if name in drawn.nodes and not _beside(text, drawn, name):
            yield f"the name {text.label.english} does not stand beside {name}"
    order = BLOCKS.get(drawn.type, "")
    # where a box has no room for the name it has the function alone, and the table names all gates
    listed = any(id_.startswith("cell.gates-") for t in scene.texts for id_, _ in sentences(t.label.claims))
    for name in drawn.nodes:
        if ids.kind(name) != "gate":
            continue
        gate, told = ids.name(name), _text(drawn, name)
        if gate not in tuple(order):
            yield f"{name} is no gate of this cell"
        elif told != SPOKEN[gate] and not (listed and told == SPOKEN[gate].rpartition(" ")[2]):
            yield f"{name} says {told!r}, not {SPOKEN[gate]!r}"


def _beside(text: Text, drawn: Cell, name: str) -> bool:
    """Whether a name stands nearer to its own node than to any other of the kind, and near enough."""
    run = text.label.runs[0]
    far = {
        other: abs((n.box[0] + n.box[2]) / 2 - run.x) + abs(n.box[1] - run.y)
        for other, n in drawn.nodes.items()
        if ids.kind(other) == ids.kind(name)
    }
    return min(far, key=far.__getitem__) == name and far[name] <= NEAR


def _table_faults(scene: Scene, held: Mapping[str, tuple[int, ...]], suffix: str) -> Iterator[str]:
    """The parameters by their names: all of them, and each in the row of its symbol.

    A cell that a loop calls leaves out the layer: whether it is one, the claims with the names tell.
    """
    lines: dict[float, list[str]] = defaultdict(list)
    for text in scene.texts:
        lines[round(text.label.runs[0].y, 1)].append(text.label.english)
    named = [name for line in lines.values() for text in line for name in PARAMETER.findall(text)]
    told = [name if "_l" in name else f"{name}{suffix}" for name in named]
    for name in held.keys() - set(told):
        yield f"{name} is not named"
    for name in set(told) - held.keys():
        yield f"{name} is no parameter of this cell"
    yield from _unbeside(scene)
    for line in lines.values():
        names = [name for text in line for name in PARAMETER.findall(text)]
        symbols = ", ".join(f"{LETTER[n.split('_')[0]]}_{n.split('_')[1]}" for n in names)
        if names and symbols not in line:
            yield f"{', '.join(names)} does not stand beside {symbols}"


def _unbeside(scene: Scene) -> Iterator[str]:
    """Say which words do not stand in the row of the symbol that they are about."""
    rows: dict[float, set[str]] = defaultdict(set)
    for text in scene.texts:
        rows[round(text.label.runs[0].y, 1)].add(text.label.text)
    for text in scene.texts:
        for one in text.label.claims:
            mine = one.kind == "sentence" and one.fact("id").startswith("cell.")
            of = dict(one.fact("given")).get("of") if mine else None
            if of is not None and of not in rows[round(text.label.runs[0].y, 1)]:
                yield f"{text.label.english!r} does not stand beside {of}"


def _shape_faults(scene: Scene, drawn: Cell, suffix: str) -> Iterator[str]:
    """Each shape stands at what has it; that this is its shape is judged in every kind, by the claim."""
    for text in scene.texts:
        symbol = ids.short(text.id or "")
        own = {_tensor(part, drawn.type, suffix) for part in ids.parts(symbol)[1:]}
        own |= {name.removesuffix(suffix) for name in own}  # as a loop's cell has it
        claimed = [one.fact("tensor") for one in text.label.claims if one.kind == "shape"]
        if ids.kind(symbol) == "shape" and ({*claimed} | ({text.tensor} - {None})) - own:
            yield f"{text.label.english} of {', '.join(claimed)} stands at {symbol}"


def _tensor(symbol: str, type_: str, suffix: str) -> str:
    """Return the tensor or parameter whose last axes are those of a symbol: all gates have the state's."""
    base, _, sub = symbol.partition("_")
    if base in {"W", "b"}:
        return f"{'weight' if base == 'W' else 'bias'}_{sub}{suffix}"
    if base == "x":
        return "input" if suffix.startswith("_l0") else "output"
    return "h_n" if base == "h" or type_ != "lstm" else "c_n"


def _frame_faults(scene: Scene, layer: int, direction: int) -> Iterator[str]:
    """The cell's border: it says which cell, and holds all but the states around it."""
    frames = [f for f in scene.frames if ids.kind(f.id) == "cell"]
    if [ids.short(f.id) for f in frames] != [ids.cell(layer, WAYS[direction])]:
        yield f"the drawn cell is {', '.join(f.id for f in frames) or 'nameless'}"
        return
    outside = ("x.t", "h.t", "h.t.up", "c.t")
    inside = {n.id for n in scene.nodes}
    inside = {n for n in inside if ids.short(n) not in outside and not is_read(ids.short(n))}
    for name in sorted(inside ^ set(frames[0].members)):
        yield f"{name} {'does not stand' if name in inside else 'stands'} in the cell"
