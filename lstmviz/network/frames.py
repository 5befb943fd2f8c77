"""Sequences of images: layers for images run on all frames at once, N·T of them one after the other."""

from __future__ import annotations

import dataclasses

from lstmviz.network.flow import RunningValue
from lstmviz.network.plan import PlanLayer
from lstmviz.network.stages import Head, Rearrange, StageModule
from lstmviz.spec.layer_types import LAYER_TYPES

FRAMES = 5
"""The axes of a batch of sequences of images: (N, T, C, height, width)."""
IMAGES = FRAMES - 1


class Fold(StageModule):
    """The view that makes one batch of all frames: ``(N, T, …)`` becomes ``(N·T, …)``."""

    def forward(self, flow: RunningValue) -> RunningValue:
        """Remember what the first axis is made of."""
        first, second, *_ = flow.data.shape
        return dataclasses.replace(flow, value=self.inner(flow.data), folded=(first, second))


class Unfold(StageModule):
    """The view that takes samples and steps apart again."""

    def forward(self, flow: RunningValue) -> RunningValue:
        """Go on with a sequence."""
        return dataclasses.replace(flow, value=self.inner(flow.data), folded=None)


def folding(layer: PlanLayer, flow: RunningValue) -> tuple[int, ...] | None:
    """Return the sizes of the view before a layer that takes images, where it meets sequences of them."""
    takes = _takes_images(layer) and flow.folded is None and flow.data.dim() == FRAMES
    return (-1, *flow.data.shape[2:]) if takes else None


def unfolding(layer: PlanLayer | None, flow: RunningValue) -> tuple[int, ...] | None:
    """Return the sizes of the view after which samples and steps are apart: before what takes no images.

    None for the layer: the model's end.
    """
    if flow.folded is None:
        return None
    flat = flow.data.dim() < IMAGES
    if not flat and layer is not None and (_takes_images(layer) or LAYER_TYPES[layer.type].keeps_shape):
        return None
    return (*flow.folded, *((-1,) if flow.data.dim() == 2 else flow.data.shape[1:]))


def _takes_images(layer: PlanLayer) -> bool:
    kind = LAYER_TYPES[layer.type]
    return kind.reads == "image" or layer.type == "flatten" or (kind.over_time and kind.reads == "unknown")


def viewed(kind: type[StageModule], head: Head, sizes: tuple[int, ...]) -> StageModule:
    """Return the stage that folds, or unfolds, by a view of these sizes."""
    return kind(dataclasses.replace(head, arguments=(("sizes", sizes),)), Rearrange("view", *sizes))
