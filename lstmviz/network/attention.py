"""Attention of a decoder: each of its steps weighs the encoder's steps and reads their mean."""

from __future__ import annotations

import dataclasses
from typing import Any

import torch
from torch import nn

from lstmviz.errors import ModelError
from lstmviz.network.flow import RunningValue
from lstmviz.network.plan import PlanLayer
from lstmviz.network.stages import Head, StageModule


class Scores(nn.Module):
    """How well steps fit: dot, general (W between, Luong) or additive (Bahdanau), ``(N, T′, T)``."""

    def __init__(self, score: str, keys: int, queries: int, **factory: Any) -> None:
        super().__init__()
        self.score = score
        wide = {"dot": 0, "general": queries, "additive": queries}[score]
        self.keys = nn.Linear(keys, wide, bias=False, **factory) if wide else nn.Identity()
        if score == "additive":
            self.queries = nn.Linear(queries, wide, bias=False, **factory)
            self.v = nn.Linear(wide, 1, bias=False, **factory)

    def forward(self, queries: torch.Tensor, keys: torch.Tensor) -> torch.Tensor:
        """Score every step of the queries with every one of the keys."""
        if self.score == "additive":
            both = self.queries(queries)[:, :, None] + self.keys(keys)[:, None]
            scores: torch.Tensor = self.v(torch.tanh(both)).squeeze(-1)
            return scores
        found: torch.Tensor = queries @ self.keys(keys).transpose(1, 2)
        return found


class Attend(StageModule):
    """The decoder's output with the encoder's steps as it weighs them behind it: ``(N, T′, 2H)``."""

    names = ("input", "encoder")
    inner: Scores

    def forward(self, flow: RunningValue) -> RunningValue:
        """Weigh the valid steps of the encoder."""
        encoder = flow.made[self.head.other]
        queries, keys = self._batch_first(flow, flow.data), self._batch_first(flow, encoder.data)
        scores = self.inner(queries, keys)
        if encoder.lengths is not None:
            steps = torch.arange(keys.shape[1], device=keys.device)
            padding = steps >= torch.tensor(encoder.lengths, device=keys.device)[:, None]
            scores = scores.masked_fill(padding[:, None], -torch.inf)
        both = torch.cat((torch.softmax(scores, -1) @ keys, queries), -1)
        return dataclasses.replace(flow, value=self._batch_first(flow, both) if flow.batched else both[0])

    def weighed(self, flow: RunningValue, sample: int | None) -> dict[int, set[int]]:
        """Return which steps of the encoder each step of the result moves with, from 1, by derivatives."""
        encoder = flow.made[self.head.other]
        with torch.enable_grad():
            leaf = encoder.data.detach().clone().requires_grad_()
            made = {**flow.made, self.head.other: dataclasses.replace(encoder, value=leaf)}
            given = self._batch_first(flow, self(dataclasses.replace(flow, made=made)).data)
            given = given if sample is None else given[sample : sample + 1]
            found = {}
            for step in range(given.shape[1]):
                one = given[:, step]
                (moved,) = torch.autograd.grad(one, leaf, torch.rand_like(one), retain_graph=True)
                moved = self._batch_first(flow, moved)
                rows = (moved != 0).any(-1).any(0).nonzero().flatten()
                found[step + 1] = {row + 1 for row in rows.tolist()}
        return found

    @staticmethod
    def _batch_first(flow: RunningValue, value: torch.Tensor) -> torch.Tensor:
        """Put samples first; of what has them first, put them back."""
        if not flow.batched:
            return value[None]
        return value if flow.batch_first else value.transpose(0, 1)

    def takes(self, before: RunningValue) -> list[torch.Tensor]:
        """Return both."""
        return [before.data, before.made[self.head.other].data]


def attending(
    layer: PlanLayer, name: str, flow: RunningValue, encoder: str, factory: dict[str, Any]
) -> StageModule:
    """Return the attention after a decoder; ModelError if a dot cannot be taken."""
    score, size = layer.options["attention"], layer.options["hidden_size"]
    keys = flow.made[encoder].data.shape[-1]
    if score == "dot" and keys != size:
        raise ModelError(
            f"dot takes the product of vectors of one length: {flow.source} gives {keys}, the decoder {size}",
            place=f"{layer.place}.decoder.attention",
            hint="attention: general, or additive",
        )
    head = Head(layer.place, name, "attention", (("score", score),), encoder)
    return Attend(head, Scores(score, keys, size, **factory))
