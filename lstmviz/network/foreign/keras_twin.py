"""A Keras model as a torch module: its graph as code, or its layers under its own call."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from torch import nn

from lstmviz.errors import ModelError
from lstmviz.network.foreign import twins
from lstmviz.network.foreign.keras_attention import (
    ATTENDING,
    MASK,
    causal_text,
    counted,
    counted_lines,
    given_of,
    taken_by,
    written_apart,
)
from lstmviz.network.foreign.keras_layers import ONE, SEVERAL, SILENT
from lstmviz.network.foreign.keras_lines import Lines
from lstmviz.network.foreign.keras_own import (
    Cells,
    CellTwin,
    arguments_text,
    flat,
    key_text,
    mask_text,
    of_users,
    regrouped,
    with_own_call,
)
from lstmviz.network.foreign.keras_recurrent import CELLS, CLASSES, kind, of_cells
from lstmviz.network.foreign.keras_sequences import backwards, ends_of, recurrent
from lstmviz.network.foreign.onnx_graph import identifier

SPACE: dict[str, Any] = {**twins.SPACE, "backwards": backwards, "flat": flat, "regrouped": regrouped,
                         "counted": counted,
                         "ModelError": ModelError}  # fmt: skip


class Writer(Lines):
    """Writes the forward of a twin, layer by layer."""

    def finished(self, arguments: str, results: str) -> nn.Module:
        """Return the module, whose forward takes and returns these."""
        lines = [*self.lines, f"return {results}"]
        body = [f"def forward(self, {arguments}):", *(f"    {line}" for line in lines)]
        return self.compiled("\n".join(body), self.title, self.title, SPACE | self.functions)

    def layer(self, layer: Any, xs: list[str], states: list[str], said: str = "") -> list[str]:
        """Write the call of one layer; return its results. `said` are its arguments in a graph."""
        name = kind(layer)
        cells = of_cells(layer) if name == "RNN" else []
        if name in CLASSES or name == "Bidirectional" or cells:
            return self.stacked(cells or [layer], xs[0], states or xs[1:])
        if name in SILENT or name == "InputLayer":
            return xs[:1]
        if graph_of(layer) is not None:
            return self._inner(layer, xs)
        with suppress(NotImplementedError):
            if name in SEVERAL:
                return [SEVERAL[name](self, layer, xs)]
            if name in ONE and len(xs) == 1:
                return [ONE[name](self, layer, xs[0])]
        return self._under_its_own_call(layer, xs, said)

    def _under_its_own_call(self, layer: Any, xs: list[str], said: str) -> list[str]:
        """Write the call of a layer that runs its own code: a user's, or one of Keras's without a row."""
        twin, notes = own_twin(layer)
        self.notes += notes
        given = said or ", ".join(xs)
        if isinstance(twin, Cells) and (mask := self.masks.get(xs[0])):
            given += f", {mask}"
        found = self.call(twin, layer.name, given)
        count = twin.gives if isinstance(twin, Cells) else 1
        return [found] if count == 1 else [f"{found}[{at}]" for at in range(count)]

    def _inner(self, model: Any, xs: list[str]) -> list[str]:
        """Write the call of a model within a model, as a module of its own."""
        twin, notes = graph_twin(model)
        self.notes += notes
        found = self.call(twin, model.name, ", ".join(xs))
        count = len(model.outputs)
        return [found] if count == 1 else [f"{found}[{i}]" for i in range(count)]

    def stacked(self, layers: list[Any], x: str, states: list[str]) -> list[str]:
        """Write the layers that an RNN of several cells is; return output and all states."""
        ended: list[str] = []
        for layer in layers:
            count = len(states) if len(layers) == 1 else len(ends_of(layer)) - 1
            begun, states = states[:count], states[count:]
            x, *own = recurrent(self, layer, x, begun)
            ended += own
        return [x, *ended]


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
    operation, called = node.operation, node.arguments
    said = {key: value for key, value in called.kwargs.items() if key not in {"training", "mask"}}
    if not hasattr(operation, "trainable_weights"):
        if type(operation).__name__ == "GetItem":
            key = called.args[1] if len(called.args) > 1 else called.kwargs["key"]
            return [writer.let("picked", f"{names[id(called.args[0])]}[{key_text(key)}]")]
        return [
            writer.function(operation.call, operation.name, arguments_text(called.args, called.kwargs, names))
        ]
    if kind(operation) in ATTENDING:
        return _attending(writer, node, names)
    mask, extra = called.kwargs.get("mask"), called.kwargs.get("initial_state")
    extra = [] if extra is None else list(extra) if isinstance(extra, list | tuple) else [extra]
    states = [names[id(t)] for t in extra]
    apart = {id(t) for t in (*extra, mask)}
    read = [t for t in node.input_tensors if id(t) not in apart]
    xs = [names.get(id(t), "") for t in read]
    if mask is None and len(read) == 1 and not extra:  # Keras gives it the mask of the one that it reads
        mask = getattr(read[0], MASK, None)
    if mask is not None:
        writer.masks[xs[0]] = _mask(writer, mask, names)
    return writer.layer(operation, xs, states, arguments_text(called.args, said, names))


def _attending(writer: Writer, node: Any, names: dict[int, str]) -> list[str]:
    """Write one node of attention: it reads the masks of all that it is given."""
    read, masks, pairs, causal = given_of(node.operation, node.arguments.args, node.arguments.kwargs)
    xs = [names[id(t)] for t in read]
    for x, t, mask in zip(xs, read, masks, strict=False):
        if (kept := getattr(t, MASK, None) if mask is None else mask) is not None:
            writer.masks[x] = _mask(writer, kept, names)
    said = [] if pairs is None else [f"{names[id(pairs)]}.bool()"]
    writer.pairs = " & ".join([*said, *[causal_text(xs)] * causal])
    return writer.layer(node.operation, xs, [])


def _mask(writer: Writer, mask: Any, names: dict[int, str]) -> str:
    """Return the variable of a mask; written first where no layer of the graph has read it."""
    if id(mask) not in names:
        operation, at, _ = mask._keras_history  # noqa: SLF001
        node = operation._inbound_nodes[at]  # noqa: SLF001
        for tensor in node.input_tensors:
            _mask(writer, tensor, names)
        names |= {id(t): said for t, said in zip(node.outputs, _node(writer, node, names), strict=False)}
    return names[id(mask)]


def own_twin(layer: Any) -> tuple[nn.Module, list[str]]:
    """Return the twin of a layer that runs its own code; ModelError for a recurrent one of Keras's."""
    if kind(layer) == "Lambda":
        return with_own_call(twins.Twin(), layer, layer.function), []
    if kind(layer) == "RNN":
        cells = [layer_twin(cell) for cell in getattr(layer.cell, "cells", [layer.cell])]
        return Cells(layer, [twin for twin, _ in cells]), [said for _, notes in cells for said in notes]
    if not of_users(layer) and hasattr(layer, "cell"):
        raise ModelError(f"the layer {kind(layer)} {layer.name!r} is not followed")
    return subclass_twin(layer)


def subclass_twin(model: Any) -> tuple[nn.Module, list[str]]:
    """Return a module with twins of a subclassed model's layers, and the model's own call as its forward."""
    proxy, notes = twins.Twin(), []
    for name, value in (*vars(model).items(), *model.named_children()):
        if name.startswith("_"):
            continue
        if hasattr(value, "call") and hasattr(value, "name"):
            if not getattr(value, "built", True):  # it did not run, and has no weights yet
                continue
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
    name = kind(layer)
    if name in CELLS:
        return CellTwin(layer), []
    layers = of_cells(layer) if name == "RNN" else [layer] * (name in CLASSES or name == "Bidirectional")
    writer = Writer(type(layer).__name__)
    if layers:
        return _recurrent_twin(writer, layer, layers)
    if name in ATTENDING:
        return _attention_twin(writer, layer)
    several = name in SEVERAL
    if not several and name not in ONE and name not in SILENT:
        return own_twin(layer)
    (found,) = writer.layer(layer, ["xs[0]", "xs[1]"] if several else ["x"], [])
    mask = mask_text(layer, "x")
    if not several and found != "x":
        writer.lines.append(f"{found}.{MASK} = {mask or f'getattr(x, {MASK!r}, None)'}")
    twin = writer.finished("xs, training=None" if several else "x, training=None", found)
    if mask:
        twin.__dict__["compute_mask"] = eval(f"lambda x, mask=None: {mask}", dict(SPACE))  # noqa: S307
    return twin, writer.notes


def _attention_twin(writer: Writer, layer: Any) -> tuple[nn.Module, list[str]]:
    """Return the twin of a layer of attention: its calls without and with a key, without and with masks."""
    names, branches, made = ["query", "value", "key"], [], {}

    def once(module: nn.Module, name: str) -> str:
        if name not in made:
            made[name] = Writer.add(writer, module, name)
        return made[name]

    vars(writer)["add"] = once  # every branch calls the same modules
    for case in ((2, False), (2, True), (3, False), (3, True)):
        count, masked = case
        writer.variables, writer.lines = {"self", "torch", "F", *names}, []
        writer.masks = {name: f"counts[{at}]" for at, name in enumerate(names[:count]) if masked}
        writer.pairs = "pairs" if masked else ""
        try:
            found = written_apart(writer, layer, names[:count])
        except NotImplementedError:
            return own_twin(layer)
        lines = (f"    {line}" for line in (*writer.lines, f"found = {found}"))
        branches += [f"if (given, masked) == {case}:", *lines]
    writer.lines = [
        *counted_lines(layer), *branches,
        f"found.{MASK} = query_mask if query_mask is not None else getattr(query, {MASK!r}, None)",
    ]  # fmt: skip
    return writer.finished(taken_by(layer), "found"), writer.notes


def _recurrent_twin(writer: Writer, layer: Any, layers: list[Any]) -> tuple[nn.Module, list[str]]:
    """Return the twin of a recurrent layer: its calls with and without states, with and without a mask."""
    one = getattr(layer, "forward_layer", layer)
    counts = [len(ends_of(getattr(own, "forward_layer", own))) - 1 for own in layers]
    counts = counts * 2 if one is not layer else counts
    begun = [f"initial_state[{i}]" for i in range(sum(counts))]

    def lines(states: list[str], masks: dict[str, str]) -> list[str]:
        writer.variables, writer.masks, writer.lines = {"self", "torch", "F"}, masks, []
        found, *ends = writer.stacked(layers, "x", states)
        return [
            f"    {line}"
            for line in (*writer.lines, f"found, ends = {found}, ({''.join(f'{e}, ' for e in ends)})")
        ]

    masked = {"x": "mask"}
    writer.lines = [
        "initial_state = None if initial_state is None else flat(initial_state)",
        f"mask = getattr(x, {MASK!r}, None) if mask is None else mask",
        "if mask is None and initial_state is None:", *lines([], {}),
        "elif mask is None:", *lines(begun, {}),
        "elif initial_state is None:", *lines([], masked), "else:", *lines(begun, masked),
        *([f"found.{MASK} = mask"] * one.return_sequences),
    ]  # fmt: skip
    said = "(found, *ends)" if one.return_state else "found"
    if one.return_state and len(layers) > 1:  # each cell's states are a list of their own
        said = f"(found, *regrouped(ends, {counts}))"
    return writer.finished("x, initial_state=None, mask=None, training=None", said), writer.notes
