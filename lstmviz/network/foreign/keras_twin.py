"""A Keras model as a torch module: its graph as code, or its layers under its own call."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from lstmviz.errors import ModelError
from lstmviz.network.foreign.keras_layers import ONE, SEVERAL, SILENT
from lstmviz.network.foreign.keras_own import (
    Cells,
    Twin,
    begun_text,
    key_text,
    mask_text,
    of_users,
    with_own_call,
)
from lstmviz.network.foreign.keras_recurrent import CLASSES, in_kerass_words, kind, layer_of, of_cells, unlike
from lstmviz.network.foreign.onnx_graph import identifier
from lstmviz.translation.messages import note

SPACE: dict[str, Any] = {"torch": torch, "F": F, "pack_padded_sequence": pack_padded_sequence,
                         "pad_packed_sequence": pad_packed_sequence}  # fmt: skip


MASK = "_keras_mask"
"""The attribute of a tensor that Keras keeps its mask in: the steps that count."""


class Writer:
    """Writes the forward of a twin, and makes its modules."""

    def __init__(self, title: str) -> None:
        self.title = title
        self.module: nn.Module = Twin()
        self.lines: list[str] = []
        self.notes: list[str] = []
        self.variables = {"self", "torch", "F"}
        self.masks: dict[str, str] = {}
        self._modules = set(dir(nn.Module))
        self._shared: dict[int, str] = {}

    def add(self, module: nn.Module, name: str) -> str:
        """Keep a module; return how it is called."""
        found = identifier(name, self._modules)
        self.module.add_module(found, module)
        return f"self.{found}"

    def let(self, name: str, text: str) -> str:
        """Write a line that gives a variable; return it."""
        variable = identifier(name, self.variables)
        self.lines.append(f"{variable} = {text}")
        return variable

    def finished(self, arguments: str, results: str) -> nn.Module:
        """Return the module, whose forward takes and returns these."""
        lines = [*self.lines, f"return {results}"]
        body = [f"def forward(self, {arguments}):", *(f"    {line}" for line in lines)]
        space = dict(SPACE)
        exec(compile("\n".join(body), self.title, "exec"), space)  # noqa: S102  (of our own making)
        self.module.__class__ = type(self.title, (Twin,), {"forward": space["forward"]})
        return self.module.eval()

    def layer(self, layer: Any, xs: list[str], states: list[str]) -> list[str]:
        """Write the call of one layer; return its results. ModelError for one that is not known."""
        name = kind(layer)
        cells = of_cells(layer) if name == "RNN" else []
        if name in CLASSES or name == "Bidirectional" or cells:
            return self._stacked(cells or [layer], xs[0], states or xs[1:])
        if name in SILENT or name == "InputLayer":
            return xs[:1]
        if name in SEVERAL:
            return [SEVERAL[name](self, layer, xs)]
        if graph_of(layer) is not None:
            return self._inner(layer, xs)
        if name in ONE and len(xs) == 1:
            return [ONE[name](self, layer, xs[0])]
        return self._of_the_user(layer, xs)

    def _of_the_user(self, layer: Any, xs: list[str]) -> list[str]:
        """Write the call of a layer that a user wrote, or of a user's cell; ModelError for Keras's own."""
        own = own_twin(layer)
        if own is None:
            raise ModelError(f"the layer {kind(layer)} {layer.name!r} is not followed")
        found = self.let(layer.name, f"{self.add(own[0], layer.name)}({', '.join(xs)})")
        self.notes += own[1]
        count = 1 + len(own[0].sizes) if isinstance(own[0], Cells) and own[0].states else 1
        return [found] if count == 1 else [f"{found}[{at}]" for at in range(count)]

    def _inner(self, model: Any, xs: list[str]) -> list[str]:
        """Write the call of a model within a model, as a module of its own."""
        twin, notes = graph_twin(model)
        self.notes += notes
        found = self.let(model.name, f"{self.add(twin, model.name)}({', '.join(xs)})")
        count = len(model.outputs)
        return [found] if count == 1 else [f"{found}[{i}]" for i in range(count)]

    def _stacked(self, layers: list[Any], x: str, states: list[str]) -> list[str]:
        """Write the layers that an RNN of several cells is; return output and all states."""
        ended: list[str] = []
        for layer in layers:
            count = len(states) if len(layers) == 1 else len(self._ends(layer)) - 1
            begun, states = states[:count], states[count:]
            x, *own = self.recurrent(layer, x, begun)
            ended += own
        return [x, *ended]

    def recurrent(self, layer: Any, x: str, states: list[str]) -> list[str]:
        """Write the call of a recurrent layer, and what it returns of output and states."""
        both = kind(layer) == "Bidirectional"
        one = layer.forward_layer if both else layer
        called = self._shared.get(id(layer))
        if called is None:
            made = layer_of(one, layer.backward_layer if both else None)
            called = self._shared[id(layer)] = self.add(made, layer.name)
            told = {"name": called.removeprefix("self."), "words": in_kerass_words(layer)}
            self.notes.append(note("foreign.keras-loop" if unlike(one) else "foreign.keras-layer", **told))
        stem = called.removeprefix("self.")
        back = bool(getattr(one, "go_backwards", False)) and not both
        x, mask = (f"{x}.flip(1)" if back else x), self.masks.get(x, "")
        if mask and unlike(one):
            raise ModelError(f"{layer.name} has {unlike(one)}, and a mask: no layer of torch computes that")
        if mask:
            lengths = self.let("lengths", f"{mask}.sum(1)")
            x = self.let(
                "packed", f"pack_padded_sequence({x}, {lengths}, batch_first=True, enforce_sorted=False)"
            )
        output, *ends = (identifier(f"{stem}_{end}", self.variables) for end in self._ends(one))
        pair = f"({', '.join(ends)})" if len(ends) > 1 else ends[0]
        self.lines.append(f"{output}, {pair} = {called}({x}{begun_text(states, both=both)})")
        apart = both and layer.merge_mode is None
        if not one.return_sequences and apart:
            found = [f"{ends[0]}[0]", f"{ends[0]}[1]"]
        elif not one.return_sequences:
            result = self._merged(layer, f"{ends[0]}[0]", f"{ends[0]}[1]") if both else f"{ends[0]}[-1]"
            found = [self.let(f"{stem}_last", result)]
        else:
            if mask:
                self.lines.append(f"{output}, _ = pad_packed_sequence({output}, batch_first=True)")
                last = f"{ends[0]}[-1].unsqueeze(1)"
                output = self.let(output, f"torch.where({mask}.unsqueeze(-1), {output}, {last})")
            halves = [f"{output}[..., {p}]" for p in (f":{one.units}", f"{one.units}:")]
            plain = not both or layer.merge_mode == "concat"
            if apart:
                found = halves
            else:
                found = [output if plain else self.let(f"{stem}_merged", self._merged(layer, *halves))]
        if one.return_state:
            directions = (0, 1) if both else (-1,)
            found += [f"{end}[{d}]" for d in directions for end in ends]
        return found

    def _ends(self, layer: Any) -> tuple[str, ...]:
        return ("output", "h_n", "c_n") if kind(layer) == "LSTM" else ("output", "h_n")

    def _merged(self, layer: Any, forward: str, backward: str) -> str:
        mode = layer.merge_mode
        if mode == "concat":
            return f"torch.cat([{forward}, {backward}], dim=-1)"
        signs = {"sum": f"{forward} + {backward}", "mul": f"{forward} * {backward}"}
        signs["ave"] = f"({forward} + {backward}) / 2"
        return signs[mode]


def graph_of(model: Any) -> Any:
    """Return what holds a model's graph: a functional model itself, of a Sequential what it is built as."""
    return model if hasattr(model, "_nodes_by_depth") else getattr(model, "_functional", None)


def graph_twin(model: Any) -> tuple[nn.Module, list[str]]:
    """Return the twin of a Sequential or functional model, and what is said of its layers."""
    writer = Writer(identifier(model.name, set()))
    model = graph_of(model)
    names: dict[int, str] = {id(t): identifier(t.name, writer.variables) for t in model.inputs}
    arguments = ", ".join(names.values())
    for depth in sorted(model._nodes_by_depth, reverse=True):  # noqa: SLF001
        for node in model._nodes_by_depth[depth]:  # noqa: SLF001
            if node.operation and not node.is_input:
                results = _node(writer, node, names)
                names |= {id(t): said for t, said in zip(node.outputs, results, strict=False)}
    given = ", ".join(names[id(t)] for t in model.outputs)
    return writer.finished(arguments, given), writer.notes


def _node(writer: Writer, node: Any, names: dict[int, str]) -> list[str]:
    """Write one node of a graph."""
    operation = node.operation
    given = [names.get(id(t), "") for t in node.input_tensors]
    if type(operation).__name__ == "GetItem":
        key = node.arguments.args[1] if len(node.arguments.args) > 1 else node.arguments.kwargs["key"]
        return [writer.let("picked", f"{given[0]}[{key_text(key)}]")]
    if type(operation).__name__ in {
        "NotEqual",
        "Any",
    }:  # of these Keras makes the masks of Embedding and Masking
        rest = node.arguments.args[1:]
        return [f"({given[0]} != {rest[0]})" if rest else f"{given[0]}.any(-1)"]
    said = node.arguments.kwargs
    mask, extra = said.get("mask"), said.get("initial_state")
    extra = [] if extra is None else list(extra) if isinstance(extra, list | tuple) else [extra]
    states = [names[id(t)] for t in extra]
    apart = {id(t) for t in (*extra, mask)}
    xs = [names.get(id(t), "") for t in node.input_tensors if id(t) not in apart]
    if mask is not None and xs:
        writer.masks[xs[0]] = names[id(mask)]
    return writer.layer(operation, xs, states)


def own_twin(layer: Any) -> tuple[nn.Module, list[str]] | None:
    """Return the twin of a layer that a user wrote, or of an RNN over a user's cell; None for Keras's own."""
    if kind(layer) == "Lambda":
        return with_own_call(Twin(), layer, layer.function), []
    cell = getattr(layer, "cell", None)
    if (
        kind(layer) == "RNN"
        and cell is not None
        and of_users(cell)
        and not layer.go_backwards
        and not layer.stateful
    ):
        sizes = cell.state_size if isinstance(cell.state_size, list | tuple) else [cell.state_size]
        twin, notes = subclass_twin(cell)
        more = {"last": not layer.return_sequences, "states": layer.return_state}
        return Cells(twin, list(sizes), **more), notes
    return subclass_twin(layer) if of_users(layer) else None


def subclass_twin(model: Any) -> tuple[nn.Module, list[str]]:
    """Return a module with twins of a subclassed model's layers, and the model's own call as its forward."""
    proxy, notes = Twin(), []
    for name, value in (*vars(model).items(), *model.named_children()):
        if name.startswith("_"):
            continue
        if hasattr(value, "call") and hasattr(value, "name"):
            twin, said = layer_twin(value)
            proxy.add_module(name, twin)
            notes += said
        elif isinstance(getattr(value, "value", None), nn.Parameter):
            proxy.register_parameter(name, value.value)
    return with_own_call(proxy, model), notes


def layer_twin(layer: Any) -> tuple[nn.Module, list[str]]:
    """Return one layer's twin as a module; it takes `initial_state` and `mask` where it is recurrent."""
    if graph_of(layer) is not None:
        return graph_twin(layer)
    writer, name = Writer(type(layer).__name__), kind(layer)
    if name in CLASSES or name == "Bidirectional":
        return _recurrent_twin(writer, layer)
    several = name in SEVERAL
    (found,) = writer.layer(layer, ["xs[0]", "xs[1]"] if several else ["x"], [])
    mask = mask_text(layer, "x")
    if not several and found != "x":
        writer.lines.append(f"{found}.{MASK} = {mask or f'getattr(x, {MASK!r}, None)'}")
    twin = writer.finished("xs, training=None" if several else "x, training=None", found)
    if mask:
        twin.__dict__["compute_mask"] = eval(f"lambda x, mask=None: {mask}", dict(SPACE))  # noqa: S307
    return twin, writer.notes


def _recurrent_twin(writer: Writer, layer: Any) -> tuple[nn.Module, list[str]]:
    """Return the twin of a recurrent layer: its calls with and without states, with and without a mask."""
    one = layer.forward_layer if kind(layer) == "Bidirectional" else layer
    count = (2 if kind(one) == "LSTM" else 1) * (2 if one is not layer else 1)
    begun = [f"initial_state[{i}]" for i in range(count)]

    def lines(states: list[str], masks: dict[str, str]) -> list[str]:
        writer.variables, writer.masks, writer.lines = {"self", "torch", "F"}, masks, []
        found, *ends = writer.recurrent(layer, "x", states)
        return [
            f"    {line}"
            for line in (*writer.lines, f"found, ends = {found}, ({''.join(f'{e}, ' for e in ends)})")
        ]

    body = ["one = isinstance(initial_state, torch.Tensor)",
            "initial_state = [initial_state] if one else initial_state",
            f"mask = getattr(x, {MASK!r}, None) if mask is None else mask",
            "if mask is None and initial_state is None:", *lines([], {}),
            "elif mask is None:", *lines(begun, {})]  # fmt: skip
    if not unlike(one):  # else the numbers differ, and the model is refused
        masked = {"x": "mask"}
        body += ["elif initial_state is None:", *lines([], masked), "else:", *lines(begun, masked)]
    if one.return_sequences:
        body.append(f"found.{MASK} = mask")
    writer.lines = body
    said = "(found, *ends)" if one.return_state else "found"
    return writer.finished("x, initial_state=None, mask=None, training=None", said), writer.notes
