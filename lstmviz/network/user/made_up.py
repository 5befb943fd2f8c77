"""Inputs for a module that was given none: sizes that differ pairwise, so that no two axes look alike."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import nn

from lstmviz.errors import ModelError
from lstmviz.translation.messages import note

NEED = "takes inputs=(x,), what its forward is to be run on"
IN_A_SHELL = "in a shell: --input 4,5,8"


def made_up(module: nn.Module) -> tuple[tuple[torch.Tensor, ...], str]:
    """Return inputs for a module that begins with a recurrent layer, a cell or an embedding, and a note.

    The note says which sizes were made up. Raises ModelError for any other module.
    """
    first = next(
        (m for m in module.modules() if isinstance(m, (nn.RNNBase, nn.RNNCellBase, nn.Embedding))), None
    )
    chain = first is module or isinstance(module, nn.Sequential)
    if first is None or not chain or next(_leaves(module)) is not first:
        raise ModelError(f"{type(module).__name__} is a module: it {NEED}", hint=IN_A_SHELL)
    layer = next((m for m in module.modules() if isinstance(m, nn.RNNBase)), None)
    batch, steps = _unlike(module)
    if isinstance(first, nn.RNNCellBase):
        return (torch.zeros(batch, first.input_size),), note("user.made-up-batch", batch=batch)
    sizes = (batch, steps) if layer is not None and layer.batch_first else (steps, batch)
    told = note("user.made-up", batch=batch, steps=steps)
    if isinstance(first, nn.Embedding):
        return (torch.arange(batch * steps).remainder(first.num_embeddings).view(sizes),), told
    return (torch.zeros(*sizes, first.input_size),), told


def _leaves(module: nn.Module) -> Iterator[nn.Module]:
    """Yield the modules that run, in the order in which a chain has them."""
    if isinstance(module, nn.Sequential):
        for inner in module:
            yield from _leaves(inner)
    else:
        yield module


def _unlike(module: nn.Module) -> tuple[int, int]:
    """Return N and T that are no size of the module, nor its layers × directions."""
    taken = {size for p in module.parameters() for size in p.shape}
    for layer in module.modules():
        if isinstance(layer, nn.RNNBase):
            taken |= {layer.hidden_size, layer.num_layers * (2 if layer.bidirectional else 1)}
    free = (n for n in (6, 5, 4, 7, 8, 9, 10, 11, 12, *range(13, 999)) if n not in taken)
    return next(free), next(free)
