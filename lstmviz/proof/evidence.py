"""What a recurrent module really does: which value depends on which, found by running it.

What a recurrent module's results depend on in the end, by derivatives of the whole run.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import torch

from lstmviz.network.run import undisturbed
from lstmviz.network.structure import Recurrent
from lstmviz.proof.probe import Probe, probe
from lstmviz.proof.states import States, cells, directions, step_through
from lstmviz.scene import ids
from lstmviz.scene.ids import WAYS

CLOSE = 1e-12
"""Stepped states against the module's own, in float64."""

FAR = 1000
"""Beyond so many steps a derivative may underflow: the totals follow from the direct ones."""

LAYERS = 4
"""So many layers that were run are kept."""

Sources = frozenset[str]


@dataclass(frozen=True, slots=True)
class Evidence:
    """What one sample of a recurrent layer's run shows; values by name.

    Names are those of scenes: ``x.t1``, ``h.l0.fwd.t1``, ``c.l0.rev.t5``,
    ``h_0.l0.fwd``, ``output.t1``, ``c_n.l1.rev``. `direct` says what a state
    is computed from, every other state held fixed; `taps` which states (in
    this order) a result consists of; `total` from what a result depends in
    the end, for some results of a very long run. `steps` is the sample's length, `timesteps` the padded T.
    """

    layer: Recurrent
    steps: int
    direct: Mapping[str, Sources]
    taps: Mapping[str, tuple[str, ...]]
    total: Mapping[str, Sources]
    error: float
    """The largest difference between a stepped state and the module's own."""
    leaks: tuple[str, ...]
    """Results of one sample that depend on another's values: none, or torch is broken."""


def evidence(layer: Recurrent, steps: Sequence[int], sample: int | None = None) -> Evidence:
    """Run a layer's module at its true T, and find what depends on what.

    `steps` are the time steps (from 1) whose results are examined; states and
    direct dependences are found at every step. Nothing of torch's state is
    changed. Raises AssertionError if torch contradicts itself.
    """
    with undisturbed():
        return _examined(layer, sample).evidence(steps)


@lru_cache(LAYERS)
def _examined(layer: Recurrent, sample: int | None) -> _Examined:
    """Return a layer that was run; the figures of a model share it."""
    return _Examined(layer, probe(layer, sample))


class _Examined:
    """A layer's module, run once, and asked for one result after another."""

    def __init__(self, layer: Recurrent, tried: Probe) -> None:
        self.layer, self.tried = layer, tried
        self.length = tried.lengths[0] if tried.lengths else layer.timesteps
        begun = tuple(state[:, :1] for state in tried.begun)
        self.stepped = list(step_through(tried.module, tried.inputs[: self.length, :1], begun))
        output, ended = tried.run()
        self.output, self.ended = output[:, 0], tuple(state[:, 0] for state in ended)
        self.error = _difference(tried, self.stepped, self.output, self.ended)
        with torch.enable_grad():
            self.direct = {name: found for states in self.stepped for name, found in _direct(tried, states)}
            self.total = Total(tried)

    def evidence(self, steps: Sequence[int]) -> Evidence:
        """Return what was found, with the results at these steps."""
        shown = sorted({step for step in steps if 1 <= step <= self.length})
        taps = dict(_taps(self.tried, self.stepped, self.output, self.ended, shown))
        with torch.enable_grad():
            total, leaks = self.total.of(shown) if self.length <= FAR else ({}, ())
        return Evidence(self.layer, self.length, self.direct, taps, total, self.error, tuple(leaks))


def _difference(
    tried: Probe, stepped: list[States], output: torch.Tensor, ended: tuple[torch.Tensor, ...]
) -> float:
    """Compare every stepped state that the module also gives with its own."""
    length = len(stepped[0].inputs)
    ways = directions(tried.module)
    top = torch.cat([states.after[0][:, 0] for states in stepped[-ways:]], -1)
    differences = [(top - output[:length]).abs().max().item()]
    for index, states in enumerate(stepped):
        last = length - 1 if states.cell.direction == 0 else 0
        differences += [
            (mine[last, 0] - theirs[index]).abs().max().item()
            for mine, theirs in zip(states.after, ended, strict=True)
        ]
    return max(differences)


def _direct(tried: Probe, states: States) -> Iterator[tuple[str, Sources]]:
    """Yield what each step's h (and c) is computed from, all steps at once.

    The steps stand side by side as samples of one call: every one starts from
    leaves of its own, so that nothing reaches it by another way.
    """
    cell, length = states.cell, len(states.inputs)
    given = [part.detach().reshape(1, length, -1) for part in (states.inputs, *states.before)]
    given = [part.clone().requires_grad_() for part in given]
    begun = tuple(given[1:])
    _, ended = cell.alone(given[0], begun if len(begun) == 2 else begun[0])
    for letter, state in zip("hc", ended if len(begun) == 2 else (ended,), strict=False):
        grads = torch.autograd.grad(state.sum(), given, retain_graph=True)
        moved = [(grad[0] != 0) for grad in grads]
        for step in range(length):
            found = set(_below(tried, cell.layer, step, moved[0][step]))
            for kind, row in zip("hc", moved[1:], strict=False):
                if row[step].any():
                    found.add(before(kind, cell.layer, cell.way, step + 1, length))
            yield ids.at(letter, cell.layer, cell.way, step + 1), frozenset(found)


def _below(tried: Probe, layer: int, step: int, moved: torch.Tensor) -> Iterator[str]:
    """Yield the inputs of a step that matter: x, or the halves of the layer below."""
    if layer == 0:
        if moved.any():
            yield ids.at("x", step=step + 1)
        return
    for direction, half in enumerate(moved.chunk(directions(tried.module))):
        if half.any():
            yield ids.at("h", layer - 1, WAYS[direction], step + 1)


def before(letter: str, layer: int, way: str, step: int, length: int) -> str:
    """Name the state that a step starts from.

    >>> before("h", 0, "fwd", 1, 5), before("c", 0, "rev", 4, 5)
    ('h_0.l0.fwd', 'c.l0.rev.t5')
    """
    earlier = step + 1 if way == "rev" else step - 1
    inside = 1 <= earlier <= length
    return ids.at(letter, layer, way, earlier) if inside else ids.state(letter, "0", layer, way)


def _taps(
    tried: Probe,
    stepped: list[States],
    output: torch.Tensor,
    ended: tuple[torch.Tensor, ...],
    shown: list[int],
) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield which states each result is: searched among all, not assumed."""
    names = [(states.cell, t + 1) for states in stepped for t in range(len(states.inputs))]
    pools = {
        letter: torch.cat([states.after[part][:, 0] for states in stepped])
        for part, letter in enumerate("hc"[: len(ended)])
    }

    def which(letter: str, value: torch.Tensor) -> str:
        same = ((pools[letter] - value).abs().amax(-1) <= CLOSE).nonzero().flatten().tolist()
        assert len(same) == 1, "two states of a run with random weights are equal"
        cell, step = names[same[0]]
        return ids.at(letter, cell.layer, cell.way, step)

    for step in shown:
        halves = output[step - 1].chunk(directions(tried.module))
        yield ids.at("output", step=step), tuple(which("h", half) for half in halves)
    for letter, states in zip("hc", ended, strict=False):
        for index, each in enumerate(stepped):
            name = ids.state(letter, "n", each.cell.layer, each.cell.way)
            yield name, (which(letter, states[index]),)


PASSES = 10_000
"""So many cells are differentiated again, some seconds; in a larger run fewer results are."""
FEWEST = 3

Place = tuple[int, int]
"""Which of output, h_n and c_n a result is in, and where: at a step, or of a layer and direction."""


class Total:
    """Runs with derivatives: each result is differentiated when it is first asked for."""

    def __init__(self, tried: Probe) -> None:
        self.tried = tried
        self.names = [(cell.layer, cell.way) for cell in cells(tried.module)]
        self.most = max(FEWEST, PASSES // (len(tried.inputs) * len(self.names)))
        self.known: dict[str, tuple[frozenset[str], bool]] = {}

    def of(self, shown: Sequence[int]) -> tuple[dict[str, frozenset[str]], list[str]]:
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

    def _found(self, asked: Mapping[str, Place]) -> Iterator[tuple[str, tuple[frozenset[str], bool]]]:
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
