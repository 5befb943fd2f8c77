"""A drawn cell as a graph, and what it computes.

Only the scene's nodes and edges are read. A node does what its label says; its
id says the same, and where the two differ that is a fault.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import torch

from lstmviz.proof.cells.algebra import Numbers, UndefinedError
from lstmviz.scene import ids
from lstmviz.scene.items import Node
from lstmviz.scene.scene import Scene

SIGNS = {
    "+": "plus",
    "⊙": "times",
    "×": "times",
    "1-": "one_minus",
    "σ": "sigmoid",
    "tanh": "tanh",
    "ReLU": "relu",
}
"""What stands in an operation, and what it is."""
TAKES = {"plus": 2, "times": 2, "layer": 2}
"""How many arrows end at an operation; at every other node it is one."""
PRODUCTS = ("linear", "matmul", "project")
LAYERS = ("layer", "part")
"""A whole gate in one box, weights and function; and one vector's part of its sum, without the function."""
BLOCKS = {"lstm": "ifgo", "gru": "rzn"}
"""torch's order of the gates in the rows of a weight."""


@dataclass(frozen=True)
class Cell:
    """The nodes of one drawn cell by their ids, and the arrows between them."""

    type: str
    nodes: Mapping[str, Node]
    arrows: tuple[tuple[str, str], ...]

    @cached_property
    def _coming(self) -> Mapping[str, list[str]]:
        found: dict[str, list[str]] = {name: [] for name in self.nodes}
        for source, target in self.arrows:
            found.setdefault(target, []).append(source)
        return found

    def into(self, name: str) -> list[str]:
        """Where the arrows into a node come from."""
        return self._coming.get(name, [])

    def out_of(self, name: str) -> list[str]:
        """Where the arrows out of a node go."""
        return [target for source, target in self.arrows if source == name]


READ = frozenset({"x.t", *(ids.named(letter, step) for letter in "hc" for step in ("t-1", "t+1"))})
"""The states that enter a cell."""


@dataclass(frozen=True, slots=True)
class Computed:
    """The value of every node that has one, and why others have none."""

    values: Mapping[str, torch.Tensor]
    faults: tuple[str, ...]


def read(scene: Scene, type_: str) -> Cell:
    """The cell that a scene draws; ids lose the layer's name in front."""
    bare = {n.id: ids.short(n.id) for n in scene.nodes}
    arrows = tuple((bare.get(e.source, e.source), bare.get(e.target, e.target)) for e in scene.edges)
    return Cell(type_, {bare[n.id]: n for n in scene.nodes}, arrows)


def arrow(source: str, target: str) -> str:
    """An arrow in words."""
    return f"{source} → {target}"


def operation(cell: Cell, name: str) -> str:
    """What a node does, by its label; for products and blocks, by its id.

    >>> operation(Cell("gru", {}, ()), "rows.hh.rz")
    'rows'
    """
    head = ids.kind(name)
    if head in {"rows", *PRODUCTS, *LAYERS}:
        return head
    label = cell.nodes[name].label
    said = label.english if label else ""
    # the box of a gate has its name before the function
    return SIGNS.get(said.rpartition(" ")[2] if head == "gate" else said, "")


def structure_faults(cell: Cell) -> list[str]:
    """Arrows too few, too many or into nowhere; operations that say another thing than they are."""
    faults = [
        f"the arrow {arrow(s, t)} ends nowhere" for s, t in cell.arrows if not {s, t} <= cell.nodes.keys()
    ]
    faults += [
        f"two arrows {arrow(*a)}" for a in sorted({a for a in cell.arrows if cell.arrows.count(a) > 1})
    ]
    for name in cell.nodes:
        faults += _node_faults(cell, name)
    return faults


def _node_faults(cell: Cell, name: str) -> list[str]:
    head, coming = ids.kind(name), cell.into(name)
    if head in {"x", "h", "c"}:
        return _end_faults(cell, name)
    takes = TAKES.get(operation(cell, name), 1)
    faults = []
    if len(coming) != takes:
        shown = ", ".join(arrow(s, name) for s in coming) or "none"
        faults.append(f"{takes} arrow(s) must end at {name}; drawn: {shown}")
    if not cell.out_of(name):
        faults.append(f"no arrow leaves {name}")
    label = cell.nodes[name].label
    does = operation(cell, name)
    if does not in ({"sigmoid", "tanh"} if head == "gate" else {head}):
        faults.append(f"{name} says {label.english if label else 'nothing'!r}")
    return faults


def _end_faults(cell: Cell, name: str) -> list[str]:
    """A state that enters has no arrow into it, one that leaves has exactly one and none out of it."""
    coming, going, reads = cell.into(name), cell.out_of(name), is_read(name)
    if reads and coming:
        return [f"nothing may end at {name}: {arrow(coming[0], name)}"]
    if reads:
        return [] if going else [f"no arrow leaves {name}"]
    faults = [f"nothing may leave {name}: {arrow(name, going[0])}"] if going else []
    if len(coming) != 1:
        shown = ", ".join(arrow(s, name) for s in coming) or "none"
        faults.append(f"1 arrow(s) must end at {name}; drawn: {shown}")
    return faults


def is_read(name: str) -> bool:
    """Whether a state enters the cell."""
    return name in READ


def compute(cell: Cell, given: Mapping[str, torch.Tensor], algebra: Numbers) -> Computed:
    """Follow the arrows from the states that enter; what cannot be computed is said, not raised."""
    values: dict[str, torch.Tensor] = dict(given)
    faults: dict[str, str] = {}
    for _ in cell.nodes:
        ready = [
            n
            for n in cell.nodes
            if n not in values and n not in faults and set(cell.into(n)) <= values.keys()
        ]
        for name in ready:
            try:
                values[name] = _value(cell, name, [values[s] for s in cell.into(name)], algebra)
            except UndefinedError as error:
                coming = ", ".join(arrow(s, name) for s in cell.into(name))
                faults[name] = f"{name} cannot be computed ({coming}): {error}"
    return Computed(values, tuple(faults.values()))


def _value(cell: Cell, name: str, coming: list[torch.Tensor], algebra: Numbers) -> torch.Tensor:
    does = operation(cell, name) if ids.kind(name) not in {"x", "h", "c"} else "state"
    if len(coming) != TAKES.get(does, 1):
        raise UndefinedError(f"it takes {TAKES.get(does, 1)} values")
    if does in PRODUCTS:
        weight = cell.nodes[name].tensor or ""
        bias = weight.replace("weight", "bias") if does == "linear" else None
        return algebra.affine(weight, bias, coming[0])
    if does == "rows":
        first, last = block(cell.type, name)
        return algebra.blocks(coming[0], first, last)
    if does in LAYERS:
        return _gated(cell, name, dict(zip(cell.into(name), coming, strict=True)), algebra)
    if does in {"plus", "times"}:
        return (algebra.plus if does == "plus" else algebra.times)(*coming)
    if does == "one_minus":
        return 1 - coming[0]
    if not does:
        raise UndefinedError("it does not say what it does")
    return coming[0] if does == "state" else algebra.apply(does, coming[0])


def _gated(cell: Cell, name: str, coming: Mapping[str, torch.Tensor], algebra: Numbers) -> torch.Tensor:
    """The value of a gate drawn as one box: x and h weighted, anything else as it is; then its function."""
    head, gate = ids.kind(name), ids.name(name)
    weight = cell.nodes[name].tensor or ""
    total: torch.Tensor | None = None
    for source, value in coming.items():
        if is_read(source):
            made = algebra.biased(weight if source == "x.t" else weight.replace("_ih_", "_hh_"), value)
            part = made if cell.type == "rnn" else algebra.blocks(made, *block(cell.type, name))
        else:
            part = value
        total = part if total is None else algebra.plus(total, part)
    if total is None:
        raise UndefinedError("nothing enters it")
    if head == "part":
        return total
    label = cell.nodes[name].label
    said = SIGNS.get(label.english.rpartition(" ")[2] if label else "", "")
    return algebra.apply(said if cell.type == "rnn" else "tanh" if gate in "gn" else "sigmoid", total)


def block(type_: str, name: str) -> tuple[int, int]:
    """Which blocks of H rows a node ``rows.…`` takes, by the gates in its name.

    >>> block("lstm", "rows.g"), block("gru", "rows.hh.rz")
    ((2, 3), (0, 2))
    """
    gates, order = ids.parts(name)[-1], BLOCKS.get(type_, "")
    if gates not in order:
        raise UndefinedError(f"there are no rows of {gates}")
    first = order.index(gates)
    return first, first + len(gates)
