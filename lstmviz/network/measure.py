"""Every size of a model, seen while it ran.

torch's fake tensors: sizes without data, for what is too big to run.

A private module of torch: no other file touches it. Under it a plain
LSTM costs the same whatever its number of steps.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

import torch

from lstmviz.errors import ModelError
from lstmviz.network.bounds import largest
from lstmviz.network.flow import RunningValue
from lstmviz.network.plan import ModelPlan, as_data
from lstmviz.network.run import Budget, Host, Known, TooBigError, run, undisturbed
from lstmviz.network.stages import Decode, Head, Recur, StageModule
from lstmviz.network.surroundings import same_environment
from lstmviz.spec.layer_types import RECURRENT_DEFAULTS

SMALL = Budget(numbers=2**24, products=2e8, steps=4000)
"""For one of the dozens of small runs: tens of milliseconds."""

SMALL_SIZE = 100

SMALL_STEPS = 60
"""The same without data, where a step takes longer than any step with."""

REMEMBERED = 512
"""So many small runs are kept in a process; a model takes about twenty."""

Sizes = tuple[int, ...]
Named = dict[str, Sizes]
End = Literal["whole", "refused", "too big"]


@dataclass(frozen=True, slots=True)
class Measured:
    """One stage that ran, with the sizes of all that it touched.

    `states` are h_0 (c_0), which a recurrent stage was handed, zeros or not.
    """

    head: Head
    inputs: Named
    outputs: Named
    parameters: Named
    states: Named
    facts: dict[str, Any]
    """Of a recurrent stage: the arguments as its module keeps them."""


def measure(plan: ModelPlan) -> list[Measured]:
    """Run the plan on the first host that can, and return what was seen.

    Raises ModelError if the model is wrong, or too large for every host.
    """
    with undisturbed():
        for host in (_real, _meta, fake_host) if _fusible(plan) else (_real, _meta):
            seen: list[Measured] = []
            with contextlib.suppress(TooBigError), host() as opened:
                run(plan, opened, _into(seen))
                return seen
    raise ModelError(
        "this model is too large to run here: too many numbers, or too many steps × layers",
        place="layers",
        hint="the figure looks the same with smaller sizes",
    )


def measure_part(plan: ModelPlan, known: Known) -> tuple[Sequence[Measured], End]:
    """Run a plan as far as it goes; return what was seen, and how it ended.

    For the small variants from which symbols are found: what a literal number
    in the spec forbids is not an error there. Models that differ in nothing
    but sizes have the same small variants, and share their runs; `known` holds
    the layers that variants of one model have in common.
    """
    place = _place(json.dumps(as_data(plan), sort_keys=True, default=list))
    if not place:
        place.append(_measured(plan, known))
    return place[0]


@lru_cache(REMEMBERED)
def _place(said: str) -> list[tuple[Sequence[Measured], End]]:  # noqa: ARG001 (the key)
    """Where the run of a variant is kept; empty before it ran."""
    return []


def _measured(plan: ModelPlan, known: Known) -> tuple[Sequence[Measured], End]:
    seen: list[Measured] = []
    # Made with memory at once where that is sure to be little: a third faster.
    made_on = "cpu" if largest(plan) <= SMALL_SIZE else "meta"
    with undisturbed():
        for host in (
            Host(made_on=made_on, budget=SMALL, known=known),
            Host("meta", weighed=False, budget=Budget(steps=SMALL_STEPS)),
        ):
            seen.clear()
            try:
                run(plan, host, _into(seen))
            except ModelError:
                return tuple(seen), "refused"
            except TooBigError:
                continue
            return tuple(seen), "whole"
    return tuple(seen), "too big"


def _fusible(plan: ModelPlan) -> bool:
    """Whether fake tensors would help: they take an unpacked, unprojected LSTM as one operation."""
    return plan.lengths is None and any(
        (layer.type == "lstm" and not layer.options.get("proj_size")) or layer.options.get("cell") == "lstm"
        for layer in plan.layers
    )


@contextlib.contextmanager
def _real() -> Iterator[Host]:
    yield Host()


@contextlib.contextmanager
def _meta() -> Iterator[Host]:
    yield Host(device="meta", weighed=False, budget=Budget(steps=STEPS))


def _into(seen: list[Measured]) -> Callable[[StageModule, RunningValue, RunningValue], None]:
    def watch(stage: StageModule, before: RunningValue, after: RunningValue) -> None:
        recurrent = isinstance(stage, Recur)
        seen.append(
            Measured(
                stage.head,
                _sizes(stage.inputs(before, after)),
                _sizes(stage.outputs(before, after)),
                _sizes(dict(stage.inner.named_parameters())),
                _sizes(dict(zip(("h_0", "c_0"), after.begun, strict=False))) if recurrent else {},
                _facts(stage, before) if isinstance(stage, Recur) else {},
            ),
        )

    return watch


def _sizes(tensors: dict[str, torch.Tensor]) -> Named:
    return {name: tuple(map(int, tensor.shape)) for name, tensor in tensors.items()}


_FACTS = ("input_size", "hidden_size", *(name for name in RECURRENT_DEFAULTS if name != "nonlinearity"))


def _facts(stage: Recur, before: RunningValue) -> dict[str, Any]:
    facts = {name: getattr(stage.inner, name) for name in _FACTS}
    facts["nonlinearity"] = getattr(stage.inner, "nonlinearity", "tanh")
    facts["type"] = stage.inner.mode.lower().partition("_")[0]
    facts["time_axis"], facts["batch_axis"] = before.time_axis, before.batch_axis if before.batched else None
    facts["giver"] = before.source if isinstance(stage, Decode) else ""
    return facts


def api_tensors(seen: Sequence[Measured], index: int) -> Named:
    """Return ``input h_0 [c_0] output h_n [c_n]`` of the recurrent stage.

    Of a packed layer, `input` and `output` are the padded ones around it.
    """
    stage = seen[index]
    packed = "data" in stage.inputs
    given = seen[index - 1].inputs["input"] if packed else next(iter(stage.inputs.values()))
    result = seen[index + 1].outputs["output"] if packed else stage.outputs["output"]
    ends = {name: sizes for name, sizes in stage.outputs.items() if name in ("h_n", "c_n")}
    return {"input": given, **stage.states, "output": result, **ends}


STEPS = 800
"""Cells that may be run without data: about 5 ms each."""


@contextlib.contextmanager
def fake_host() -> Iterator[Host]:
    """Yield a host on which tensors have sizes only.

    Raises TooBigError if this torch has no fake tensors any more.
    """
    with same_environment():
        try:
            from torch._subclasses.fake_tensor import FakeTensorMode  # noqa: PLC0415 (slow, seldom needed)
        except ImportError as cause:
            raise TooBigError("fake tensors") from cause
    with FakeTensorMode():
        yield Host(made_on="cpu", weighed=False, fused=True, budget=Budget(steps=STEPS))
