"""What a recurrent module's results depend on in the end, by derivatives of the whole run."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import torch

from lstmviz.proof.probe import Probe
from lstmviz.proof.states import cells
from lstmviz.scene import ids

PASSES = 10_000
"""So many cells are differentiated again, some seconds; in a larger run fewer results are."""
FEWEST = 3

Sources = frozenset[str]


class Total:
    """One run with derivatives; each result is differentiated when it is first asked for."""

    def __init__(self, tried: Probe) -> None:
        self.leaves = [part.clone().requires_grad_() for part in (tried.inputs, *tried.begun)]
        again = dataclasses.replace(tried, inputs=self.leaves[0], begun=tuple(self.leaves[1:]))
        self.output, self.ended = again.run()
        self.names = [(cell.layer, cell.way) for cell in cells(tried.module)]
        self.most = max(FEWEST, PASSES // (len(tried.inputs) * len(self.names)))
        self.known: dict[str, tuple[Sources, bool]] = {}

    def of(self, shown: Sequence[int]) -> tuple[dict[str, Sources], list[str]]:
        """Return what these steps' outputs, and h_n (c_n), depend on; and which depend on another sample."""
        targets = {ids.at("output", step=step): self.output[step - 1, 0] for step in shown}
        for letter, states in zip("hc", self.ended, strict=False):
            ends = [ids.state(letter, "n", *name) for name in self.names]
            targets |= {end: states[index, 0] for index, end in enumerate(ends)}
        every = -(-len(targets) // self.most)
        found: dict[str, Sources] = {}
        leaks = []
        for target, value in list(targets.items())[::-every]:
            if target not in self.known:
                self.known[target] = self._depends(value)
            found[target], leaked = self.known[target]
            leaks += [target] if leaked else []
        return found, leaks

    def _depends(self, value: torch.Tensor) -> tuple[Sources, bool]:
        grads = torch.autograd.grad(value.sum(), self.leaves, retain_graph=True)
        moved = [(grad != 0).any(-1) for grad in grads]
        sources = {ids.at("x", step=step + 1) for step in moved[0][:, 0].nonzero().flatten().tolist()}
        for letter, part in zip("hc", moved[1:], strict=False):
            reached = part[:, 0].nonzero().flatten().tolist()
            sources |= {ids.state(letter, "0", *self.names[i]) for i in reached}
        return frozenset(sources), any(bool(part[:, 1:].any()) for part in moved)
