"""A Keras model as a torch module: its graph as code, or its layers under its own call."""

from __future__ import annotations

import types
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from lstmviz.errors import ModelError
from lstmviz.network.foreign.keras_layers import ONE, SEVERAL, SILENT
from lstmviz.network.foreign.keras_recurrent import CLASSES, in_kerass_words, kind, layer_of, unlike
from lstmviz.network.foreign.onnx_graph import identifier

SPACE: dict[str, Any] = {"torch": torch, "F": F, "pack_padded_sequence": pack_padded_sequence,
                         "pad_packed_sequence": pad_packed_sequence}  # fmt: skip


class Twin(nn.Module):
    """What a model's layers compute, in torch."""


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
        if name in CLASSES or name == "Bidirectional":
            return self.recurrent(layer, xs[0], states or xs[1:])
        if name in SILENT or name == "InputLayer":
            return xs[:1]
        if name in SEVERAL:
            return [self.let(layer.name, SEVERAL[name](layer, xs))]
        if graph_of(layer) is not None:
            return self._inner(layer, xs)
        if name in ONE and len(xs) == 1:
            return [ONE[name](self, layer, xs[0])]
        raise ModelError(f"the layer {name} {layer.name!r} is not followed")

    def _inner(self, model: Any, xs: list[str]) -> list[str]:
        """Write the call of a model within a model, as a module of its own."""
        twin, notes = graph_twin(model)
        self.notes += notes
        found = self.let(model.name, f"{self.add(twin, model.name)}({', '.join(xs)})")
        count = len(model.outputs)
        return [found] if count == 1 else [f"{found}[{i}]" for i in range(count)]

    def recurrent(self, layer: Any, x: str, states: list[str]) -> list[str]:
        """Write the call of a recurrent layer, and what it returns of output and states."""
        both = kind(layer) == "Bidirectional"
        one = layer.forward_layer if both else layer
        called = self._shared.get(id(layer))
        if called is None:
            made = layer_of(one, layer.backward_layer if both else None)
            called = self._shared[id(layer)] = self.add(made, layer.name)
            own = ", which no layer of torch computes: it is drawn as a loop" if unlike(one) else ""
            self.notes.append(f"{called.removeprefix('self.')} is Keras's {in_kerass_words(layer)}{own}")
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
        self.lines.append(f"{output}, {pair} = {called}({x}{_begun(states, both=both)})")
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


def _begun(states: list[str], *, both: bool) -> str:
    """Return h_0 and c_0 as an argument, for states as Keras takes them, (N, units) each."""
    if not states:
        return ""
    per = len(states) // (2 if both else 1)
    if both:
        parts = [f"torch.stack([{', '.join(states[place::per])}])" for place in range(per)]
    else:  # the last state of a layer, taken out of its h_n and put back, is h_n
        parts = [s[:-4] if s.endswith("_n[-1]") else f"{s}.unsqueeze(0)" for s in states]
    return f", ({', '.join(parts)})" if len(parts) > 1 else f", {parts[0]}"


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
        return [writer.let("picked", f"{given[0]}[{_key(key)}]")]
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


def _key(key: Any) -> str:
    """Write an index as it stands in brackets."""
    parts = key if isinstance(key, tuple) else (key,)
    said = []
    for part in parts:
        if isinstance(part, slice):
            ends = ["" if n is None else str(n) for n in (part.start, part.stop)]
            said.append(":".join(ends) + (f":{part.step}" if part.step not in {None, 1} else ""))
        else:
            said.append("..." if part is Ellipsis else repr(part))
    return ", ".join(said)


class Layer(nn.Module):
    """One recurrent layer under a subclassed model's own call: takes and returns what Keras's does."""


def subclass_twin(model: Any) -> tuple[nn.Module, list[str]]:
    """Return a module with twins of a subclassed model's layers, and the model's own call as its forward."""
    proxy, notes = Twin(), []
    for name, value in (*vars(model).items(), *model.named_children()):
        if name.startswith("_") or not hasattr(value, "call") or not hasattr(value, "name"):
            continue
        twin, said = layer_twin(value)
        proxy.add_module(name, twin)
        notes += said
    proxy.__class__ = type(type(model).__name__, (Twin,), {"forward": _own_call(type(model).call)})
    return proxy.eval(), notes


def _own_call(call: Any) -> Any:
    """Return a model's call under the name of forward."""
    return types.FunctionType(call.__code__, call.__globals__, "forward", call.__defaults__, call.__closure__)


def layer_twin(layer: Any) -> tuple[nn.Module, list[str]]:
    """Return one layer's twin as a module; it takes `initial_state` where it is recurrent."""
    if graph_of(layer) is not None:
        return graph_twin(layer)
    writer = Writer(type(layer).__name__)
    if kind(layer) not in CLASSES and kind(layer) != "Bidirectional":
        several = kind(layer) in SEVERAL
        (found,) = writer.layer(layer, ["xs[0]", "xs[1]"] if several else ["x"], [])
        return writer.finished("xs, training=None" if several else "x, training=None", found), writer.notes
    one = layer.forward_layer if kind(layer) == "Bidirectional" else layer
    count = (2 if kind(one) == "LSTM" else 1) * (2 if one is not layer else 1)
    results = writer.recurrent(layer, "x", [])
    plain, writer.lines = writer.lines, []
    writer.variables -= {v for v in writer.variables if v not in {"self", "torch", "F"}}
    given = writer.recurrent(layer, "x", [f"initial_state[{i}]" for i in range(count)])
    writer.lines = ["one = isinstance(initial_state, torch.Tensor)",
                    "initial_state = [initial_state] if one else initial_state",
                    "if initial_state is None:", *(f"    {line}" for line in plain),
                    "else:", *(f"    {line}" for line in writer.lines)]  # fmt: skip
    assert given == results
    said = results[0] if len(results) == 1 else f"({', '.join(results)})"
    return writer.finished("x, initial_state=None, mask=None, training=None", said), writer.notes
