"""What a recurrent module's results depend on in the end, by derivatives of the whole run."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence

import torch

from lstmviz.proof.probe import Probe
from lstmviz.proof.states import cells
from lstmviz.scene import ids

PASSES = 10_000
"""So many cells are differentiated again, some seconds; in a larger run fewer results are."""
FEWEST = 3

Sources = frozenset[str]
Place = tuple[int, int]
"""Which of output, h_n and c_n a result is in, and where: at a step, or of a layer and direction."""


class Total:
    """Runs with derivatives: each result is differentiated when it is first asked for."""

    def __init__(self, tried: Probe) -> None:
        self.tried = tried
        self.names = [(cell.layer, cell.way) for cell in cells(tried.module)]
        self.most = max(FEWEST, PASSES // (len(tried.inputs) * len(self.names)))
        self.known: dict[str, tuple[Sources, bool]] = {}

    def of(self, shown: Sequence[int]) -> tuple[dict[str, Sources], list[str]]:
        """Return what these steps' outputs, and h_n (c_n), depend on; and which depend on another sample."""
        targets = {ids.at("output", step=step): (0, step - 1) for step in shown}
        for part, letter in enumerate("hc"[: len(self.tried.begun)], 1):
            ends = [ids.state(letter, "n", *name) for name in self.names]
            targets |= {end: (part, index) for index, end in enumerate(ends)}
        every = -(-len(targets) // self.most)
        chosen = dict(list(targets.items())[::-every])
        new = {target: place for target, place in chosen.items() if target not in self.known}
        self.known |= dict(self._found(new))
        return {one: self.known[one][0] for one in chosen}, [one for one in chosen if self.known[one][1]]

    def _found(self, asked: Mapping[str, Place]) -> Iterator[tuple[str, tuple[Sources, bool]]]:
        """Differentiate each result in a copy of the sample of its own, all copies in one run.

        One after the other where the module takes no batch, or where another sample was reached: by which?
        """
        if not asked:
            return
        if self.tried.batched or len(asked) == 1:
            moved = self._moved(list(asked.values()))
            leaked = any(bool(part[:, len(asked) :].any()) for part in moved)
            if not leaked or len(asked) == 1:
                for row, target in enumerate(asked):
                    yield target, (frozenset(self._sources([part[:, row] for part in moved])), leaked)
                return
        for target, place in asked.items():
            yield from self._found({target: place})

    def _moved(self, places: Sequence[Place]) -> list[torch.Tensor]:
        """Return where derivatives of results are not zero, (T, N) and (L·D, N): of each in its own copy."""
        tried, count = self.tried, len(places)
        leaves = [
            torch.cat([part[:, :1].expand(-1, count, -1), part[:, 1:]], 1).requires_grad_()
            for part in (tried.inputs, *tried.begun)
        ]
        lengths = (*tried.lengths[:1] * count, *tried.lengths[1:]) if tried.lengths else tried.lengths
        again = dataclasses.replace(tried, inputs=leaves[0], begun=tuple(leaves[1:]), lengths=lengths)
        output, ended = again.run()
        parts = (output, *ended)
        values = torch.stack([parts[part][at, row].sum() for row, (part, at) in enumerate(places)])
        return [(grad != 0).any(-1) for grad in torch.autograd.grad(values.sum(), leaves)]

    def _sources(self, moved: Sequence[torch.Tensor]) -> Iterator[str]:
        yield from (ids.at("x", step=step + 1) for step in moved[0].nonzero().flatten().tolist())
        for letter, part in zip("hc", moved[1:], strict=False):
            yield from (ids.state(letter, "0", *self.names[i]) for i in part.nonzero().flatten().tolist())
