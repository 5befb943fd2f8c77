"""A plan becomes real torch modules, each sized by what ran before it."""

from __future__ import annotations

from collections.abc import Iterator
from inspect import signature
from typing import Any

import torch
from torch import nn

from lstmviz.errors import ModelError
from lstmviz.network import frames
from lstmviz.network.arguments import arguments_of
from lstmviz.network.attention import attending
from lstmviz.network.flow import RunningValue
from lstmviz.network.needs import need_first_step, need_rows, need_time, need_valid_steps
from lstmviz.network.plan import ModelPlan, PlanLayer
from lstmviz.network.stages import Decode, Head, Pack, Rearrange, Recur, StageModule, Unpack
from lstmviz.network.step_stages import (
    FirstStep,
    LastState,
    LastStep,
    Merge,
    PoolSteps,
    Repeat,
    SelfAttention,
)
from lstmviz.spec.layer_types import CHANNELS, CLASSES, LAYER_TYPES, RECURRENT

ONE_OF_STEPS = {"last_step": LastStep, "first_step": FirstStep, "pool_steps": PoolSteps}
"""Layers that make one vector of a sample's valid steps."""


class Builder:
    """Makes the stages of one layer at a time from what reaches it.

    `device` is where the modules are made: ``meta`` gives them no memory yet.
    """

    def __init__(self, plan: ModelPlan, device: str, dtype: torch.dtype) -> None:
        self.plan = plan
        self.factory: dict[str, Any] = {"device": device, "dtype": dtype}
        self._taken = {layer.name for layer in plan.layers}

    def stages(self, layer: PlanLayer, flow: RunningValue) -> Iterator[StageModule]:
        """Yield the stages of a layer, with its helpers before and after."""
        if layer.type in RECURRENT:
            yield from self._recurrent(layer, flow)
        elif layer.type == "decoder":
            yield from self._decoding(layer, flow)
        elif LAYER_TYPES[layer.type].over_time:
            yield from self._over_time(layer, flow)
        elif layer.type in ONE_OF_STEPS:
            need_time(layer, flow)
            if flow.lengths is not None:
                need_valid_steps(layer, flow)
            yield ONE_OF_STEPS[layer.type](self._head(layer, tuple(layer.options.items())), **layer.options)
        elif layer.type in {"add", "concat"}:
            yield self._merge(layer, flow)
        elif layer.type == "self_attention":
            yield self._attention(layer, flow)
        elif layer.type == "last_state":
            yield LastState(self._head(layer), self._directions(layer))
        elif layer.type == "repeat":
            need_rows(layer, flow)
            yield Repeat(self._head(layer, tuple(layer.options.items())), **layer.options)
        else:
            module = self._module(layer, flow)
            yield StageModule(self._head(layer, arguments_of(layer.type, module)), module)

    def before(self, layer: PlanLayer, flow: RunningValue) -> Iterator[StageModule]:
        """Yield the view of a sequence of images, or back from it, that a layer needs before it."""
        if sizes := frames.folding(layer, flow):
            yield frames.viewed(frames.Fold, self._helper(layer, "view"), sizes)
        elif sizes := frames.unfolding(layer, flow):
            yield frames.viewed(frames.Unfold, self._helper(layer, "view"), sizes)

    def after(self, layer: PlanLayer, flow: RunningValue) -> Iterator[StageModule]:
        """Yield the view that takes samples and steps apart at the model's end."""
        if layer is self.plan.layers[-1] and (sizes := frames.unfolding(None, flow)):
            yield frames.viewed(frames.Unfold, self._helper(layer, "view"), sizes)

    def _head(self, layer: PlanLayer, arguments: tuple[tuple[str, Any], ...] = ()) -> Head:
        return Head(layer.place, layer.name, layer.type, arguments)

    def _helper(self, layer: PlanLayer, type_: str, arguments: tuple[tuple[str, Any], ...] = ()) -> Head:
        """Name a stage that the spec does not: transpose, transpose-2 …."""
        name, count = type_, 1
        while name in self._taken:
            count += 1
            name = f"{type_}-{count}"
        self._taken.add(name)
        return Head(layer.place, name, type_, arguments)

    def _recurrent(self, layer: PlanLayer, flow: RunningValue) -> Iterator[StageModule]:
        need_time(layer, flow)
        module = self._cell_layer(layer, layer.type, flow.data.shape[-1])
        stage = Recur(self._head(layer, arguments_of(layer.type, module)), module)
        if flow.lengths is None:
            yield stage
            return
        need_valid_steps(layer, flow)
        yield Pack(self._helper(layer, "pack"))
        yield stage
        yield Unpack(self._helper(layer, "unpack"))

    def _cell_layer(self, layer: PlanLayer, cell: str, input_size: int) -> nn.Module:
        # A decoder has none of these options: torch's own defaults hold for it.
        names = ["hidden_size", "num_layers", "bias", "dropout", "bidirectional"]
        names += {"lstm": ["proj_size"], "rnn": ["nonlinearity"]}.get(cell, [])
        options = {n: layer.options[n] for n in names if layer.options.get(n) is not None}
        module = getattr(nn, CLASSES[cell])(
            input_size, batch_first=self.plan.batch_first, **options, **self.factory
        )
        assert isinstance(module, nn.Module)
        return module

    def _merge(self, layer: PlanLayer, flow: RunningValue) -> StageModule:
        other = layer.options["layer"]
        one, two = tuple(flow.data.shape), tuple(flow.made[other].data.shape)
        last = len(one) if layer.type == "add" else -1
        if len(one) != len(two) or one[:last] != two[:last]:
            name = next((each.name for each in self.plan.layers if each.place == other), "the input")
            what = "adds equal shapes" if layer.type == "add" else "wants all axes but the last alike"
            raise ModelError(
                f"{layer.type} {what}: what reaches it is {one}, and {name} gives {two}",
                place=f"{layer.place}.{layer.type}.layer",
            )
        if layer.type == "add":
            return Merge(Head(layer.place, layer.name, "add", (), other))
        return Merge(Head(layer.place, layer.name, "cat", (("dim", -1),), other))

    def _attention(self, layer: PlanLayer, flow: RunningValue) -> StageModule:
        need_time(layer, flow)
        if flow.lengths is not None:
            need_valid_steps(layer, flow)
        size, heads = flow.data.shape[-1], layer.options["num_heads"]
        if size % heads:
            raise ModelError(
                f"{heads} heads cannot share {size} features evenly",
                place=f"{layer.place}.{layer.type}.num_heads",
                hint=f"num_heads divides {size}",
            )
        options = {**layer.options, "batch_first": self.plan.batch_first}
        module = nn.MultiheadAttention(size, **options, **self.factory)
        return SelfAttention(self._head(layer, arguments_of(layer.type, module)), module)

    def _decoding(self, layer: PlanLayer, flow: RunningValue) -> Iterator[StageModule]:
        yield self.decoder(layer, flow, layer.options["features"])
        yield from self.attention_of(layer, flow)

    def attention_of(self, layer: PlanLayer, flow: RunningValue) -> Iterator[StageModule]:
        """Yield the attention of a decoder, if it has one."""
        if layer.options.get("attention"):
            name = self._helper(layer, "attention").name
            yield attending(layer, name, flow, self.plan.giver(layer), self.factory)

    def decoder(
        self, layer: PlanLayer, flow: RunningValue, features: int, *, trial: bool = False
    ) -> StageModule:
        """Return a decoder that reads so many features; on `trial` step 1 reads zeros."""
        if not flow.ended:
            raise ModelError(
                "a decoder starts from the h_n of a recurrent layer, and none comes before it",
                place=layer.place,
            )
        cell, steps = layer.options["cell"], layer.options["steps"]
        if (cell == "lstm") != (len(flow.ended) == 2):
            raise ModelError(
                f"a decoder with cell {cell} cannot start from {flow.source}: "
                "of lstm, gru and rnn only an lstm has a c_n",
                place=f"{layer.place}.decoder.cell",
                hint="use the same cell on both sides",
            )
        sizes = [steps]
        if flow.batched:
            sizes.insert(flow.batch_axis, flow.ended[0].shape[-2])
        module = self._cell_layer(layer, cell, features)
        head = self._head(layer, (("cell", cell), *arguments_of(cell, module)))
        # A decoder of a module has no such options.
        reads, begins = layer.options.get("reads", "target"), layer.options.get("start", "zeros")
        begins = "zeros" if trial else begins
        if begins == "last_input":
            need_first_step(layer, flow, features)
        target = torch.zeros(*sizes, features, **self.factory)
        return Decode(head, module, target, reads=reads, begins=begins)

    def _over_time(self, layer: PlanLayer, flow: RunningValue) -> Iterator[StageModule]:
        """Work along time: torch's Conv1d and its like want channels before steps.

        Normalisations take rows and images as well, as they are.
        """
        sequence = flow.data.dim() == (3 if flow.batched else 2)
        if LAYER_TYPES[layer.type].reads == "sequence" or sequence:
            need_time(layer, flow)
        if CHANNELS in LAYER_TYPES[layer.type].derived.values() and not flow.batched:
            raise ModelError(
                f"{layer.type} would take the first axis for the batch, and this input has none",
                place=layer.place,
                hint="give input.batch_size",
            )
        swaps = [self._swap(layer, flow, back=back) for back in (False, True)] if sequence else []
        module = self._module(layer, flow)
        stage = StageModule(self._head(layer, arguments_of(layer.type, module)), module)
        yield from (*swaps[:1], stage, *swaps[1:])

    def _directions(self, layer: PlanLayer) -> int:
        """Return how many directions the recurrent layer right before has; ModelError if it is none."""
        places = [one.name for one in self.plan.layers]
        at = places.index(layer.name)
        before = self.plan.layers[at - 1] if at else None
        if before is None or before.type not in RECURRENT:
            decoder = before is not None and before.type == "decoder"
            raise ModelError(
                "last_state is h_n of the recurrent layer right before it, and there is none",
                place=layer.place,
                hint="of a decoder take last_step: its h_n is that" if decoder else "put it after the lstm",
            )
        return 2 if before.options.get("bidirectional") else 1

    def _swap(self, layer: PlanLayer, flow: RunningValue, *, back: bool) -> StageModule:
        if flow.batched and not flow.batch_first:  # (T, N, C) to (N, C, T) and back
            dims = (2, 0, 1) if back else (1, 2, 0)
            return StageModule(self._helper(layer, "permute", (("dims", dims),)), Rearrange("permute", *dims))
        first = 1 if flow.batched else 0
        arguments = (("dim0", first), ("dim1", first + 1))
        return StageModule(
            self._helper(layer, "transpose", arguments), Rearrange("transpose", first, first + 1)
        )

    def _module(self, layer: PlanLayer, flow: RunningValue) -> nn.Module:
        if layer.type in ("view", "reshape"):
            return Rearrange(layer.type, *self._sizes(layer))
        if layer.type == "permute":
            return Rearrange("permute", *layer.options["dims"])
        if layer.type == "embedding":
            return _embedding(self.plan, layer, self.factory)
        kind = LAYER_TYPES[layer.type]
        # A sequence's channels are its features, wherever the exchange of axes puts them.
        last = flow.data.dim() < 4 and kind.over_time
        derived = {name: _axis(layer, flow, -1 if last else axis) for name, axis in kind.derived.items()}
        make = getattr(nn, kind.torch)
        owned = self.factory if "device" in signature(make).parameters else {}  # what has weights says where
        module = make(**derived, **layer.options, **owned)
        assert isinstance(module, nn.Module)
        return module

    def _sizes(self, layer: PlanLayer) -> Iterator[int]:
        known = {"N": self.plan.batch_size, "T": self.plan.timesteps}
        for size in layer.options["sizes"]:
            number = known[size] if isinstance(size, str) else size
            if number is None:
                what = "batch_size" if size == "N" else "timesteps"
                raise ModelError(
                    f"{layer.type} asks for {size}, but the input has no {what}", place=layer.place
                )
            yield number


def _axis(layer: PlanLayer, flow: RunningValue, axis: int) -> int:
    if flow.data.dim() < -axis:
        raise ModelError(
            f"{layer.type} needs {-axis} axes, but what reaches it is {tuple(flow.data.shape)}",
            place=layer.place,
        )
    return flow.data.shape[axis]


def _embedding(plan: ModelPlan, layer: PlanLayer, factory: dict[str, Any]) -> nn.Module:
    if plan.vocabulary is None:
        raise ModelError(
            "embedding looks up tokens, but the input is numbers",
            place=layer.place,
            hint="give input.vocabulary instead of features",
        )
    # Not by the constructor: normal_ on meta tensors loads 800 modules, a second.
    size: int = layer.options["embedding_dim"]
    weight = torch.zeros(plan.vocabulary, size, **factory)
    return nn.Embedding(plan.vocabulary, size, padding_idx=layer.options.get("padding_idx"), _weight=weight)
