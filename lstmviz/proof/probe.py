"""The module that a proof runs: torch's own, in float64, with weights that hide nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from lstmviz.network.structure import Recurrent
from lstmviz.spec.layer_types import CLASSES

NUMBERS = 20_000
"""More parameters than this, and a narrower module of the same form is taken."""

MOST = 4_000_000
"""More parameters than this are not given memory."""

SAMPLES = 4
"""So many samples run beside each other: enough to see one leak into another."""


@dataclass(frozen=True, slots=True)
class Probe:
    """A recurrent module and what it is run on.

    `inputs` is ``(T, N, F)`` and `begun` h_0 (c_0) of ``(L·D, N, H)``, also
    where the module takes them batch-first or unbatched: `run` turns them.
    """

    module: nn.RNNBase
    inputs: torch.Tensor
    begun: tuple[torch.Tensor, ...]
    batched: bool
    lengths: tuple[int, ...] | None

    def run(self) -> tuple[torch.Tensor, tuple[torch.Tensor, ...]]:
        """Run the real module; give ``(T, N, D·H)`` and h_n (c_n) of ``(L·D, N, H)``."""
        inputs, begun = self.inputs, self.begun
        if not self.batched:
            inputs, begun = inputs[:, 0], tuple(state[:, 0] for state in begun)
        elif self.module.batch_first:
            inputs = inputs.transpose(0, 1)
        output, ended = self._call(inputs, begun if self._lstm else begun[0])
        ended = ended if self._lstm else (ended,)
        if not self.batched:
            return output[:, None], tuple(state[:, None] for state in ended)
        return (output.transpose(0, 1) if self.module.batch_first else output), tuple(ended)

    def _call(self, inputs: torch.Tensor, begun: Any) -> tuple[torch.Tensor, Any]:
        if self.lengths is None:
            return self.module(inputs, begun)  # type: ignore[no-any-return]
        first = self.module.batch_first
        packed = pack_padded_sequence(inputs, torch.tensor(self.lengths), first, enforce_sorted=False)
        output, ended = self.module(packed, begun)
        total = inputs.shape[1 if first else 0]
        return pad_packed_sequence(output, first, total_length=total)[0], ended

    @property
    def _lstm(self) -> bool:
        return isinstance(self.module, nn.LSTM)


def probe(layer: Recurrent, sample: int | None = None, *, seed: int = 0) -> Probe:
    """Build a layer's module with its own arguments, in evaluation mode.

    The sizes are the layer's own while the module is small; else fewer
    features and units: what depends on what does not depend on their number.
    With `lengths` the chosen `sample` comes first, with a few beside it.
    """
    generator = torch.Generator().manual_seed(seed)
    features, hidden, proj = layer.input_size, layer.hidden_size, layer.proj_size
    if sum(_numbers(p.sizes) for p in layer.parameters) > NUMBERS:
        features, hidden, proj = min(features, 3), min(hidden, 4), min(proj, 2)
    module = built(layer, (features, hidden, proj))
    _weigh(module, generator)
    lengths = _beside(layer.lengths, sample)
    samples = len(lengths) if lengths else 1 if layer.batch_size is None else 2

    def positive(*sizes: int) -> torch.Tensor:
        return torch.rand(sizes, generator=generator, dtype=torch.float64) + 0.1

    stacked = layer.num_layers * layer.directions
    begun = [positive(stacked, samples, proj or hidden)]
    begun += [positive(stacked, samples, hidden)] if layer.type == "lstm" else []
    given = positive(layer.timesteps, samples, features)
    return Probe(module, given, tuple(begun), layer.batch_size is not None, lengths)


def module_of(layer: Recurrent) -> nn.RNNBase:
    """Build a layer's module at its own sizes; a very large one has no memory (``meta``)."""
    large = sum(_numbers(p.sizes) for p in layer.parameters) > MOST
    sizes = (layer.input_size, layer.hidden_size, layer.proj_size)
    return built(layer, sizes, "meta" if large else "cpu")


def built(layer: Recurrent, sizes: tuple[int, int, int], device: str = "cpu") -> nn.RNNBase:
    """Build a layer's module with its own arguments, at these F, H and P, for evaluation."""
    features, hidden, proj = sizes
    options: dict[str, Any] = {"nonlinearity": layer.nonlinearity} if layer.type == "rnn" else {}
    options |= {"proj_size": proj} if proj else {}
    made: nn.RNNBase = getattr(nn, CLASSES[layer.type])(
        features,
        hidden,
        layer.num_layers,
        bias=layer.bias,
        batch_first=layer.batch_first,
        dropout=layer.dropout,
        bidirectional=layer.bidirectional,
        dtype=torch.float64,
        device=device,
        **options,
    )
    return made.eval()


def _numbers(sizes: tuple[int, ...]) -> int:
    return int(torch.Size(sizes).numel())


def _beside(lengths: tuple[int, ...] | None, sample: int | None) -> tuple[int, ...] | None:
    """Keep the chosen sample, the longest, the shortest and the first others."""
    if lengths is None:
        return None
    chosen = sample or 0
    order = [chosen, lengths.index(max(lengths)), lengths.index(min(lengths)), *range(len(lengths))]
    return tuple(lengths[index] for index in list(dict.fromkeys(order))[:SAMPLES])


def _weigh(module: nn.RNNBase, generator: torch.Generator) -> None:
    """Give all weights positive values, so that a zero derivative means none.

    Then nothing cancels and no ReLU is dead. Rows of the recurrent weights
    sum to 0.8 and inputs weigh little: nothing saturates, and derivatives
    over a thousand steps stay above the least float64.
    """
    with torch.no_grad():
        for name, weights in module.named_parameters():
            fresh = torch.rand(weights.shape, generator=generator, dtype=weights.dtype) + 0.1
            scale = 0.8 if name.startswith("weight_h") else 0.1
            total = fresh.sum(-1, keepdim=True) if fresh.dim() > 1 else torch.tensor(1.0)
            weights.copy_(fresh * scale / total)
