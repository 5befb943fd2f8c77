"""Axes where a spec has them: layers over time between two exchanges, images of all steps as one batch.

A user's model may compute several layers between two exchanges of axes, take images step by step, or run what
makes a vector of each before or after samples and steps are apart. A spec does it in one way; both give the
same numbers.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace

from lstmviz.network.frames import FRAMES, IMAGES
from lstmviz.network.rounds import Loop
from lstmviz.network.stage_types import RESHAPES, TURNS
from lstmviz.network.structure import Stage, Tensor, Trace
from lstmviz.spec.layer_types import LAYER_TYPES, POINTWISE

Found = tuple[int, list[Stage]]
"""Where stages that a spec arranges otherwise end, and what it has instead."""

OVER_TIME = frozenset(name for name, row in LAYER_TYPES.items() if row.over_time)
IMAGE = frozenset(name for name, row in LAYER_TYPES.items() if row.reads == "image")
ROWS = frozenset({"linear", "layer_norm", *POINTWISE})
"""Layers of the last axis alone: to them it is one whether samples and steps are one axis or two."""
CUTS = RESHAPES | {"unflatten"}
POOLS = {"mean": "mean", "max": "max", "amax": "max"}
"""Functions that make one vector of all steps, and the mode of pool_steps that does the same."""

FLAT = (("start_dim", 1), ("end_dim", -1))
Sizes = tuple[int, ...]


class _Chain:
    """Stages as they are written anew: each reads the one before."""

    def __init__(self, first: Stage) -> None:
        self.sources, self.given = first.sources, first.inputs
        self.stages: list[Stage] = []

    def add(self, stage: Stage, sizes: Sizes) -> None:
        """Add a stage that gives a tensor of these sizes."""
        output = Tensor("output", sizes, tuple(map(str, sizes)))
        made = replace(stage, inputs=self.given, outputs=(output,), sources=self.sources, times=1)
        self.stages.append(made)
        self.sources, self.given = (f"{stage.name}.output",), (replace(output, name="input"),)

    def helper(self, like: Stage, type_: str, sizes: Sizes) -> None:
        """Add a rearrangement of the spec's own, at the line of another stage."""
        name = f"{like.name}-{type_}-{len(self.stages)}"
        self.add(replace(like, name=name, type=type_, arguments=(), parameters=()), sizes)


class Arranging:
    """Puts the stages of a trace as a spec has them."""

    def __init__(self, trace: Trace, *, batch_first: bool) -> None:
        self.batch_first = batch_first
        self.padded = any(layer.lengths for layer in trace.recurrent)
        self.loops = {loop.stages[0]: loop for loop in trace.loops if loop.stages and not loop.states}
        self.stages: list[Stage] = []
        self.read: Counter[str] = Counter()

    def put(
        self, stages: Sequence[Stage], results: tuple[str, ...]
    ) -> tuple[tuple[Stage, ...], tuple[str, ...]]:
        """Return the stages and the results, in which some are now others."""
        self.stages, renamed, at = list(stages), dict[str, str](), 0
        self.read = Counter((*(source for stage in stages for source in stage.sources), *results))
        while at < len(self.stages):
            ways = (self._over_time, self._frames, self._rounds)
            end, instead = next((found for way in ways if (found := way(at))), (at + 1, []))
            if instead:
                last = self.stages[end - 1]
                renamed[f"{last.name}.{last.outputs[0].name}"] = f"{instead[-1].name}.output"
                self.stages[at:end] = instead
                end = at + len(instead)
                for later in range(end, len(self.stages)):
                    sources = tuple(renamed.get(one, one) for one in self.stages[later].sources)
                    self.stages[later] = replace(self.stages[later], sources=sources)
            at = end
        return tuple(self.stages), tuple(renamed.get(one, one) for one in results)

    def _over_time(self, at: int) -> Found | None:
        """Put each layer over time between exchanges (N, T, C) → (N, C, T) → (N, T, C) of its own."""
        there, back = ((0, 2, 1), (0, 2, 1)) if self.batch_first else ((1, 2, 0), (2, 0, 1))
        end = self._end(at, lambda stage: stage.type in OVER_TIME | POINTWISE)
        body = self.stages[at + 1 : end]
        if _order(self.stages[at]) != there or not self._alone(end) or not {s.type for s in body} & OVER_TIME:
            return None
        made, exchange = _Chain(self.stages[at]), "transpose" if self.batch_first else "permute"
        sizes = self.stages[at].outputs[0].sizes
        for stage in body:
            before, sizes = sizes, stage.outputs[0].sizes
            plain = tuple(sizes[axis] for axis in back)
            if stage.type in POINTWISE:
                made.add(stage, plain)
                continue
            made.helper(self.stages[at], exchange, before)
            made.add(stage, sizes)
            made.helper(self.stages[at], exchange, plain)
        closing = self.stages[end]
        if _order(closing) == back:
            return end + 1, made.stages
        ended = _over_all_steps(closing, one=sizes[2:] == (1,))
        if ended is None or self.padded:
            return None
        made.add(ended, closing.outputs[0].sizes)
        return end + 1, made.stages

    def _frames(self, at: int) -> Found | None:
        """Put layers that see one batch of all frames: (N, T, C, height, width) → (N·T, C, height, width)."""
        first = self.stages[at]
        given = first.inputs[0].sizes if first.inputs else ()
        lead = given[:2]
        if len(given) != FRAMES or first.type not in CUTS or first.outputs[0].sizes != _all(lead, given[1:]):
            return None
        end = self._end(at, lambda stage: stage.outputs[0].sizes[:2] != lead)
        body = [(stage, stage.outputs[0].sizes) for stage in self.stages[at + 1 : end]]
        closes = self._alone(end) and self.stages[end].type in CUTS
        return self._apart(at, end, lead, body) if closes else None

    def _rounds(self, at: int) -> Found | None:
        """Put the layers of a loop that takes frame by frame, and of a stack of what each gave, likewise."""
        loop = self.loops.get(self.stages[at].name)
        given = self.stages[at].inputs[0].sizes if loop else ()
        if loop is None or len(given) != FRAMES or not _each_once(loop, given, axis=int(self.batch_first)):
            return None
        end = self._end(at, lambda stage: stage.name in loop.stages)
        axes = len(self.stages[end].outputs[0].sizes) if end < len(self.stages) else 0
        stacked = self._put_together(end) and dict(self.stages[end].arguments).get("dim", 0) in {
            int(self.batch_first), int(self.batch_first) - axes
        }  # fmt: skip
        lead, body = given[:2], self.stages[at + 1 : end]
        sized = [(stage, _all(lead, stage.outputs[0].sizes)) for stage in body]
        return self._apart(at, end, lead, sized) if stacked else None

    def _apart(self, at: int, end: int, lead: Sizes, body: list[tuple[Stage, Sizes]]) -> Found | None:
        """Write them as a spec does: samples and steps are apart again as soon as each frame is a vector."""
        first, last = self.stages[at], self.stages[end]
        made, apart, whole = _Chain(first), False, last.outputs[0].sizes
        made.helper(first, "view", _all(lead, first.inputs[0].sizes[1:]))
        for stage, sizes in body:
            if apart and stage.type in ROWS:
                made.add(stage, (*lead, *sizes[1:]))
            elif not apart and len(sizes) == IMAGES and stage.type in IMAGE | POINTWISE:
                made.add(stage, sizes)
            elif not apart and len(sizes) == 2 and stage.type in CUTS:
                made.add(replace(stage, type="flatten", arguments=FLAT), sizes)
                made.helper(stage, "view", (*lead, *sizes[1:]))
                apart = True
            else:
                return None
        if not apart and len(whole) == 3:
            made.add(
                replace(last, name=f"{last.name}-flat", type="flatten", arguments=FLAT), _all(lead, whole[1:])
            )
            made.helper(last, "view", whole)
        elif not apart:
            made.helper(last, "view", whole)
        return (end + 1, made.stages) if made.stages[-1].outputs[0].sizes == whole else None

    def _end(self, at: int, allowed: Callable[[Stage], bool]) -> int:
        """Return where a chain ends in which each stage reads the one before, and nothing else does."""
        end = at + 1
        while end < len(self.stages) and self._alone(end) and allowed(self.stages[end]):
            end += 1
        return end

    def _alone(self, at: int) -> bool:
        """Whether there is a stage that reads the one before, and nothing else does."""
        before = f"{self.stages[at - 1].name}.output"
        return at < len(self.stages) and self.stages[at].sources == (before,) and self.read[before] == 1

    def _put_together(self, at: int) -> bool:
        return self._alone(at) and self.stages[at].type == "stack"


def _all(lead: Sizes, sizes: Sizes) -> Sizes:
    """Return the sizes with one axis for all samples and steps in place of the first."""
    return (math.prod(lead), *sizes[1:])


def _order(stage: Stage) -> Sizes | None:
    """Return the old axes in their new order, of an exchange of three axes."""
    own, axes = dict(stage.arguments), [0, 1, 2]
    if stage.type not in TURNS or [len(t.sizes) for t in stage.inputs[:1]] != [3]:
        return None
    if stage.type == "permute":
        return tuple(axis % 3 for axis in own.get("dims", axes))
    one, other = own.get("dim0", 0) % 3, own.get("dim1", 0) % 3
    axes[one], axes[other] = axes[other], axes[one]
    return tuple(axes)


def _over_all_steps(stage: Stage, *, one: bool) -> Stage | None:
    """Return what a spec has for what makes a vector of all steps of (N, C, T); `one`: of its one step."""
    own = dict(stage.arguments)
    if stage.type in POOLS and own.get("dim") in {2, -1, (2,), (-1,)} and not own.get("keepdim"):
        return replace(stage, type="pool_steps", arguments=(("mode", POOLS[stage.type]),))
    if one and stage.type in {"flatten", "squeeze", "view"} and len(stage.outputs[0].sizes) == 2:
        return replace(stage, type="flatten", arguments=FLAT)
    return None


def _each_once(loop: Loop, given: Sizes, *, axis: int) -> bool:
    """Whether a loop's rounds take the steps of the given frames one by one, in their order."""
    steps = tuple(range(given[axis]))
    return all((read.how, read.axis, read.steps) == ("step", axis, steps) for read in loop.reads) and bool(
        loop.reads
    )
