"""What a recurrent module really does: which value depends on which, found by running it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import torch

from lstmviz.network.run import undisturbed
from lstmviz.network.structure import Recurrent
from lstmviz.proof.probe import Probe, probe
from lstmviz.proof.states import States, directions, step_through
from lstmviz.proof.total_dependence import Total
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
