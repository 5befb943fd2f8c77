"""The axes that count images: the batch, and the steps of a sequence of images. One image leaves them out."""

from __future__ import annotations

from lstmviz.network.structure import Stage, Tensor

IMAGE = 3
"""The axes of one image: channels, height, width."""


def lead_of(given: Tensor) -> tuple[str, ...]:
    """The letters before those of one image: none, N, or N and T."""
    return given.symbols[: len(given.sizes) - IMAGE]


def skipped(tensor: Tensor, given: Tensor) -> int:
    """How many of a tensor's first axes count images alone: N (and axes of size 1), or N, T and N·T."""
    lead = lead_of(given)
    if len(lead) < 2:
        return int(bool(lead) and _batched(tensor, lead[0], given.sizes[0]))
    count = 0
    while count < len(tensor.symbols) and {*tensor.symbols[count].split("·")} <= {*lead}:
        count += 1
    return count


def _batched(tensor: Tensor, batch: str, size: int) -> bool:
    return bool(tensor.sizes) and batch in tensor.symbols[0].split("·") and tensor.sizes[0] == size


def lost(given: Tensor, stages: tuple[Stage, ...]) -> str:
    """Say after which stage no axis is the batch alone, so that one image cannot be drawn; or nothing."""
    lead = lead_of(given)
    batch = lead[0] if len(lead) == 1 else "N"
    for stage in stages if lead else ():
        for tensor in stage.outputs[:1]:
            kept = tensor.symbols[: skipped(tensor, given)]
            if not any(batch in symbol.split("·") for symbol in kept):
                axes = ", ".join(tensor.symbols)
                return f"after {stage.name}, ({axes}), no axis is the batch alone: one image cannot be drawn"
    return ""
