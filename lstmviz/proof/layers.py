"""A recurrent layer run at its own sizes: the tensors that printed code names."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import torch
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from lstmviz.network.structure import Recurrent
from lstmviz.proof.expression import ANY
from lstmviz.proof.probe import built

MOST = 10**8
"""More parameters than this are not given memory."""
PRODUCTS = 4e9
"""More multiplications than this, and fewer samples and steps are run, where none has a length of its own."""
FEW = 3


class TooLargeError(Exception):
    """The layer cannot be run at its own sizes."""


@lru_cache(maxsize=2)
def ran(layer: Recurrent) -> dict[str, Any]:
    """Return the layer's tensors by name, from a run with random weights; TooLargeError if it costs much."""
    weights = sum(int(torch.Size(p.sizes).numel()) for p in layer.parameters)
    samples, steps = layer.batch_size or 1, layer.timesteps
    if weights * samples * steps > PRODUCTS and layer.lengths is None:
        samples, steps = min(samples, FEW), min(steps, FEW)
    if weights > MOST or weights * samples * steps > 10 * PRODUCTS:
        raise TooLargeError
    generator = torch.Generator().manual_seed(0)
    module = built(layer, (layer.input_size, layer.hidden_size, layer.proj_size))
    with torch.no_grad():
        for weight in module.parameters():
            weight.copy_(torch.rand(weight.shape, generator=generator, dtype=weight.dtype) - 0.5)
        return _run(layer, module, (samples, steps), generator)


def _run(layer: Recurrent, module: Any, sizes: tuple[int, int], generator: torch.Generator) -> dict[str, Any]:
    """Run it on random numbers, packed where the layer reads a packed batch."""
    (samples, steps), first = sizes, layer.batch_first

    def given(*shape: int) -> torch.Tensor:
        return torch.randn([n for n in shape if n], generator=generator, dtype=torch.float64)

    batch = samples if layer.batch_size is not None else 0
    x = given(*((batch, steps) if first else (steps, batch)), layer.input_size)
    stacked = layer.num_layers * layer.directions
    begun = {"h_0": given(stacked, batch, layer.proj_size or layer.hidden_size)}
    begun |= {"c_0": given(stacked, batch, layer.hidden_size)} if layer.has_cell_state else {}
    states = tuple(begun.values()) if layer.has_cell_state else begun["h_0"]
    found: dict[str, Any] = {"input": x, **begun, layer.type: module, "_": ANY}
    if layer.lengths is None:
        output, ended = module(x, states)
    else:
        lengths = list(layer.lengths)
        packed = pack_padded_sequence(x, torch.tensor(lengths), first, enforce_sorted=False)
        out, ended = module(packed, states)
        output, _ = pad_packed_sequence(out, first, total_length=steps)
        found |= {"packed": packed, "out": out, "lengths": lengths}
    ended = ended if layer.has_cell_state else (ended,)
    return found | {"output": output, **dict(zip(("h_n", "c_n"), ended, strict=False))}


def ends_in(layer: Recurrent, part: Any, place: int) -> bool:
    """Whether a part of `output` is that place of h_n at each sample's last step, in reverse at the first."""
    run = ran(layer)
    h_n, reverse = run["h_n"][place], place % layer.directions == 1
    if layer.batch_size is None:
        part, h_n = part[:, None], h_n[None]
    elif layer.batch_first:
        part = part.transpose(0, 1)
    ends = run.get("lengths") or [len(part)] * len(h_n)
    return all(torch.equal(part[0 if reverse else n - 1, i], h_n[i]) for i, n in enumerate(ends))


def goes_on(layer: Recurrent) -> bool:
    """Whether two chunks, the second from the last states of the first, give what one run of both gives.

    Detached, those states take no gradient back to the first chunk.
    """
    run, axis = ran(layer), layer.time_axis
    module = run[layer.type]

    def states(found: Mapping[str, Any], end: str) -> Any:
        return (found[f"h_{end}"], found[f"c_{end}"]) if layer.has_cell_state else found[f"h_{end}"]

    whole, _ = module(torch.cat([run["input"], run["input"]], axis), states(run, "0"))
    with torch.enable_grad():
        first = run["input"].clone().requires_grad_()
        output, ended = module(first, states(run, "0"))
        ended = tuple(one.detach() for one in ended) if layer.has_cell_state else ended.detach()
        second, _ = module(run["input"].clone().requires_grad_(), ended)
        second.sum().backward()
    return bool(torch.allclose(torch.cat([output, second], axis), whole)) and first.grad is None
