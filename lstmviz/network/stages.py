"""The stages of a model: modules that take a Flow and give the next one."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence, pad_packed_sequence

from lstmviz.network.flow import RunningValue, States

Named = dict[str, torch.Tensor]


@dataclass(frozen=True, slots=True)
class Head:
    """How a stage is called, and which part of the spec it comes from."""

    place: str
    name: str
    type: str
    arguments: tuple[tuple[str, Any], ...] = ()
    other: str = ""
    """The place of another layer whose output it reads as well."""


class StageModule(nn.Module):
    """A stage that runs its module on the value and keeps all else; without a module, override `forward`."""

    names: tuple[str, ...] = ("input",)
    """What it calls the tensors that it takes."""

    def __init__(self, head: Head, inner: nn.Module | None = None) -> None:
        super().__init__()
        self.head = head
        self.inner = nn.Identity() if inner is None else inner

    def allocate(self, device: str) -> None:
        """Give modules made on ``meta`` memory, full of zeros.

        Not by `to_empty`: its first use loads 487 modules, half a second.
        """

        def zeros(tensor: torch.Tensor) -> torch.Tensor:
            return torch.zeros(tensor.shape, dtype=tensor.dtype, device=device)

        self._apply(zeros)  # type: ignore[no-untyped-call]

    def forward(self, flow: RunningValue) -> RunningValue:
        """Run the module on the value."""
        return dataclasses.replace(flow, value=self.inner(flow.value))

    def inputs(self, before: RunningValue, after: RunningValue) -> Named:  # noqa: ARG002 (recurrent stages need both)
        """Return what the stage takes, by name."""
        return dict(zip(self.names, self.takes(before), strict=True))

    def takes(self, before: RunningValue) -> list[torch.Tensor]:
        """Return the tensors that other stages gave it, in the order of a trace's sources."""
        return [before.data]

    def outputs(self, before: RunningValue, after: RunningValue) -> Named:  # noqa: ARG002
        """Return what the stage gives, by name."""
        return {"output": after.data}


class Rearrange(nn.Module):
    """One tensor method with fixed arguments: view, reshape, permute …."""

    def __init__(self, method: str, *arguments: int) -> None:
        super().__init__()
        self.method = method
        self.arguments = arguments

    def forward(self, value: torch.Tensor) -> torch.Tensor:
        """Call the method."""
        result: torch.Tensor = getattr(value, self.method)(*self.arguments)
        return result


class Pack(StageModule):
    """Drop the padding: ``(N, T, F)`` becomes data of ``(Σ lengths, F)``."""

    def forward(self, flow: RunningValue) -> RunningValue:
        """Pack by the flow's lengths."""
        assert flow.lengths is not None
        packed = pack_padded_sequence(
            flow.data,
            torch.tensor(flow.lengths, device="cpu"),
            batch_first=flow.batch_first,
            enforce_sorted=False,
        )
        return dataclasses.replace(
            flow, value=packed, timesteps=flow.data.shape[flow.time_axis], read=flow.data
        )

    def outputs(self, before: RunningValue, after: RunningValue) -> Named:  # noqa: ARG002
        """Return the packed data: ``(Σ lengths, F)``."""
        return {"data": after.data}


class Unpack(StageModule):
    """Put the padding back, up to the steps that the input had."""

    names = ("data",)

    def forward(self, flow: RunningValue) -> RunningValue:
        """Pad up to the flow's steps."""
        packed = flow.value
        assert isinstance(packed, PackedSequence)
        if packed.data.is_meta:  # without data there is no order to restore, and torch cannot try
            packed = PackedSequence(packed.data, packed.batch_sizes, None, None)
        padded, _ = pad_packed_sequence(packed, batch_first=flow.batch_first, total_length=flow.timesteps)
        return dataclasses.replace(flow, value=padded)


class Recur(StageModule):
    """A recurrent layer, always handed its h_0 (and c_0): zeros or given.

    Their shape is not computed. A run over the first step alone gives h_n and
    c_n; zeros like these are handed to the module, which checks them itself.
    """

    inner: nn.RNNBase

    @property
    def has_cell_state(self) -> bool:
        """Whether there is a c beside h."""
        return isinstance(self.inner, nn.LSTM)

    def forward(self, flow: RunningValue) -> RunningValue:
        """Run from the given states, or from zeros."""
        begun = flow.given.get(self.head.name) or self.zeros(flow)
        return self.run(flow, flow.value, begun)

    def run(self, flow: RunningValue, value: torch.Tensor | PackedSequence, begun: States) -> RunningValue:
        """Run the module on a sequence, from these states."""
        output, ended = self.inner(value, begun if self.has_cell_state else begun[0])
        return dataclasses.replace(
            flow,
            value=output,
            begun=begun,
            ended=ended if self.has_cell_state else (ended,),
            source=self.head.name,
            read=flow.read if isinstance(value, PackedSequence) else value,
        )

    def zeros(self, flow: RunningValue) -> States:
        """Return zeros in the shape in which the module gives its states."""
        _, ended = self.inner(_first_step(flow))
        return tuple(torch.zeros_like(state) for state in (ended if self.has_cell_state else (ended,)))

    def inputs(self, before: RunningValue, after: RunningValue) -> Named:
        """Return the sequence, and h_0 (c_0) where the spec gives them."""
        taken = {_data_name(before, "input"): before.data}
        if before.states_given:
            taken |= dict(zip(("h_0", "c_0"), after.begun, strict=False))
        return taken

    def outputs(self, before: RunningValue, after: RunningValue) -> Named:  # noqa: ARG002
        """Return the sequence and the last states."""
        states = dict(zip(("h_n", "c_n"), after.ended, strict=False))
        return {_data_name(after, "output"): after.data, **states}


class Decode(Recur):
    """The decoder: starts where the layer before it ended, reads `target`, or its own answers.

    If it reads the step before, step t reads step t − 1 of that, and the first one zeros or the last step of
    what the layer before it read. `head` are the stages that make an answer of its output, step by step.
    """

    def __init__(
        self,
        head: Head,
        inner: nn.Module,
        target: torch.Tensor,
        *,
        reads: str = "target",
        begins: str = "zeros",
    ) -> None:
        super().__init__(head, inner)
        self.reads, self.begins = reads, begins
        self.answering: tuple[StageModule, ...] | None = None
        self.register_buffer("target", target, persistent=False)

    def forward(self, flow: RunningValue) -> RunningValue:
        """Run on what it reads, from the last states before."""
        decoded = self.run(flow, self.given(flow), flow.ended)
        return dataclasses.replace(decoded, lengths=None)

    def given(self, flow: RunningValue) -> torch.Tensor:
        """Return what the steps read, x′: the target, or the steps of target or answers one later."""
        sequence, axis = self.sequence(flow), flow.time_axis
        if self.reads == "target":
            return sequence
        before = sequence.narrow(axis, 0, sequence.shape[axis] - 1)
        return torch.cat((self.first(flow), before), axis)

    def first(self, flow: RunningValue) -> torch.Tensor:
        """Return what the first step reads where later ones read the step before."""
        axis = flow.time_axis
        if self.begins == "last_input":
            assert flow.read is not None
            return last_of(flow.read, flow).unsqueeze(axis)
        return torch.zeros_like(self.get_buffer("target").narrow(axis, 0, 1))

    def sequence(self, flow: RunningValue) -> torch.Tensor:
        """Return the second input of the model, zeros if none was given; or the decoder's own answers."""
        given = flow.targets.get(self.head.name)
        if given is None and self.answering is not None:
            return self.answered(flow)
        return self.get_buffer("target") if given is None else given

    def answered(self, flow: RunningValue) -> torch.Tensor:
        """Run free, step by step: each step reads the answer of the one before; return all answers."""
        read, states, answers = self.first(flow), flow.ended, []
        for _ in range(self.get_buffer("target").shape[flow.time_axis]):
            one = dataclasses.replace(self.run(flow, read, states), lengths=None)
            states = one.ended
            for stage in self.answering or ():
                one = stage(one)
            read = one.data
            answers.append(read)
        return torch.cat(answers, flow.time_axis)

    def takes(self, before: RunningValue) -> list[torch.Tensor]:
        """Return the target, the states it starts from, and what its first step may read."""
        fed = before.read if self.reads != "target" and self.begins == "last_input" else None
        return [self.sequence(before), *before.ended, *([] if fed is None else [fed])]

    def inputs(self, before: RunningValue, after: RunningValue) -> Named:
        """Return the target (its own answers), and the states it starts from."""
        states = dict(zip(("h_0", "c_0"), after.begun, strict=False))
        if self.reads == "own":
            return {"answers": self.get_buffer("target"), **states}
        return {"target": self.sequence(before), **states}


def last_of(value: torch.Tensor, flow: RunningValue) -> torch.Tensor:
    """Return the last step of a sequence; of a padded batch each sample's last valid one."""
    axis = flow.time_axis
    if flow.lengths is None:
        return value.select(axis, value.shape[axis] - 1)
    samples = torch.arange(len(flow.lengths), device=value.device)
    steps = torch.tensor(flow.lengths, device=value.device) - 1
    return value[samples, steps] if axis == 1 else value[steps, samples]


def _first_step(flow: RunningValue) -> torch.Tensor:
    if isinstance(flow.value, PackedSequence):
        samples = int(flow.value.batch_sizes[0])
        return flow.value.data[:samples].unsqueeze(flow.time_axis)
    return flow.value.narrow(flow.time_axis, 0, 1)


def _data_name(flow: RunningValue, name: str) -> str:
    return "data" if isinstance(flow.value, PackedSequence) else name
