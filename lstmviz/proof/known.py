"""What a run showed, by the names that claims use."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from lstmviz.network.own_layers import every_loop
from lstmviz.network.recurrence import in_code
from lstmviz.network.structure import Recurrent, Tensor, Trace, split_name
from lstmviz.network.two_ways import as_direction
from lstmviz.proof.names import names_of, titled
from lstmviz.scene.claims import Claim


class Known:
    """The tensors, letters, layers, arguments and notes of a trace; `language` is that of the figure."""

    def __init__(self, trace: Trace, language: str = "en") -> None:
        self.trace, self.language = trace, language
        own = [as_direction(trace, one) for one in every_loop(trace)]
        self.layers: dict[str, Recurrent] = {layer.name: layer for layer in (*own, *trace.recurrent)}
        self.tensors: dict[str, list[Tensor]] = defaultdict(list)
        self.owned: dict[tuple[str, str], list[Tensor]] = defaultdict(list)
        self.letters: dict[str, set[int]] = defaultdict(set)
        self.settings: dict[str, dict[str, Any]] = {
            stage.name: dict(stage.arguments) for stage in trace.stages
        }
        self.names = names_of(trace)
        for name, tensor in _named(trace):
            self.tensors[name].append(tensor)
            self.owned[tensor.of, name].append(tensor)
            for symbol, size in zip(tensor.symbols, tensor.sizes, strict=True):
                self.letters[symbol].add(size)
        for sizes in (trace.sizes, *(layer.sizes for layer in self.layers.values())):
            for symbol, size in sizes:
                self.letters[symbol].add(size)

    def titles(self, of: str, tensor: str, *, returned: bool = False) -> frozenset[str]:
        """Return what a tensor, of a stage or by its full name, may be called where it stands."""
        stage, name = (of, tensor) if of else split_name(tensor)
        if (stage, name) not in self.owned and tensor not in self.tensors:
            return frozenset()
        return titled(self.trace, stage, name, returned=returned)

    def whole(self, name: Claim) -> str:
        """Return which tensor a name is one step's share of: ``input`` of ``x_t``; else the name."""
        facts = dict(name.facts)
        layer = self.layers.get(facts.get("of", ""))
        share = layer.share(facts["name"]) if layer else None
        return share.name if share else str(facts["name"])

    @property
    def result_sizes(self) -> set[int]:
        """How many steps the model's results may have: a table may have more than were computed."""
        return {n for name in self.trace.results for tensor in self.tensors[name] for n in tensor.sizes[:2]}

    def of(self, name: str, stage: str = "") -> list[Tensor]:
        """Return the tensors of a name, of a stage if it is said; all of them, if none has it."""
        if stage:
            return self.owned.get((stage, name), [])
        return self.tensors.get(name) or [one for many in self.tensors.values() for one in many]

    def layer(self, facts: Mapping[str, Any]) -> Recurrent | None:
        """Return the layer that a claim names."""
        return self.layers.get(facts["layer"])

    def sizes(self, layer: Recurrent, name: str) -> tuple[int, ...] | None:
        """Return the sizes of a tensor or parameter of a layer; of its share at one step for ``h_t``."""
        if (share := layer.share(name)) or name.endswith("_t") or layer.type == "own":
            return share.sizes if share else None
        own = {tensor.name: tensor.sizes for tensor in layer.tensors}
        own |= {layer.own_name(parameter.name): parameter.sizes for parameter in layer.parameters}
        return own.get(name)

    def shared(self, claims: Sequence[Claim]) -> Iterator[str]:
        """Say which of the tensors that a label names does not have the shape beside their names."""
        shapes = [dict(one.facts)["sizes"] for one in claims if one.kind == "shape"]
        for one in claims if len(shapes) == 1 else ():
            facts = dict(one.facts)
            if one.kind != "name" or facts["of"] not in self.layers or facts["way"]:
                continue
            layer = self.layers[facts["of"]]
            true = self.sizes(layer, facts["name"])
            short = {in_code(layer, one).sizes for one in layer.tensors if one.name == facts["name"]}
            if true is not None and shapes[0] not in {true, *short}:
                yield f"{one.text} has {true}, not {shapes[0]}"


def _named(trace: Trace) -> Iterator[tuple[str, Tensor]]:
    yield "input", trace.input
    yield from ((tensor.name, tensor) for tensor in trace.inputs)
    for stage in trace.stages:
        yield from ((tensor.name, tensor) for tensor in (*stage.inputs, *stage.outputs, *stage.parameters))
        yield from ((f"{stage.name}.{tensor.name}", tensor) for tensor in (*stage.outputs, *stage.parameters))
        yield stage.name, stage.outputs[0]
    for layer in trace.recurrent:
        yield from ((tensor.name, tensor) for tensor in (*layer.tensors, *layer.parameters))
        yield from ((layer.own_name(one.name), one) for one in layer.parameters if layer.cell)
