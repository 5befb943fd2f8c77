"""Running a plan's stages for real, cheaply, and leaving no trace behind."""

from __future__ import annotations

import contextlib
import math
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import torch
from torch import nn
from torch.nn.utils.rnn import PackedSequence

from lstmviz.network.build import Builder
from lstmviz.network.flow import RunningValue
from lstmviz.network.needs import need_answer, need_steps_apart
from lstmviz.network.plan import ModelPlan, PlanLayer
from lstmviz.network.refusals import refusal, unbuildable
from lstmviz.network.stages import Decode, Recur, StageModule
from lstmviz.network.surroundings import ordinary

Watch = Callable[[StageModule, RunningValue, RunningValue], None]
"""Called after each stage with what reached it and what it gave."""

Ran = tuple[StageModule, RunningValue, RunningValue]
"""A stage that ran, what reached it and what it gave."""

Known = dict[tuple[Any, ...], list[Ran]]
"""The stages of layers that ran, by all that their sizes depend on."""

KEPT = 2**14
"""Beyond so many numbers, what a layer gave is not kept."""


REFUSALS = (RuntimeError, ValueError, TypeError, IndexError)
"""What torch raises when it cannot do as it is told."""


class TooBigError(Exception):
    """A run would cost too much on this device; another may do."""


@dataclass(frozen=True, slots=True)
class Budget:
    """What a run may cost; about a second on one old core."""

    numbers: float = 2**26
    """All parameters and the largest activation, 4 bytes each."""
    products: float = 2e10
    """Multiplications and additions of all matrix products."""
    steps: float = 40_000
    """Cells: layers × directions × time steps."""


@dataclass
class Host:
    """Where modules are made and run, and what the run may still spend.

    On ``cpu`` modules are made on ``meta`` first, weighed, then given memory.
    """

    device: str = "cpu"
    made_on: str = "meta"
    budget: Budget = field(default_factory=Budget)
    dtype: torch.dtype = torch.float32
    initialised: bool = False
    """Whether parameters get torch's random values; else zeros."""
    weighed: bool = True
    """Whether memory and time are really spent here."""
    fused: bool = False
    """Whether a plain LSTM costs nothing per step here."""
    known: Known | None = None
    """Where sizes alone matter: a layer that meets the same sizes again is not run again."""
    _spent: dict[str, float] = field(default_factory=dict)

    def place(self, stage: StageModule, flow: RunningValue) -> None:
        """Weigh a stage and give its module memory; TooBigError if too much."""
        if isinstance(stage, Recur):
            self._spend("steps", self._cells(stage, flow))
        if self.weighed:
            self._weigh(stage, flow)
        if self.device == self.made_on:
            return
        stage.allocate(self.device)
        if self.initialised:
            for module in stage.modules():
                reset = getattr(module, "reset_parameters", getattr(module, "_reset_parameters", None))
                if reset is not None:
                    reset()

    def _weigh(self, stage: StageModule, flow: RunningValue) -> None:
        """Estimate the cost from the weights; no shape comes from here."""
        weights = sum(p.numel() for p in stage.parameters())
        if weights:
            places = _places(stage.inner, flow.data)
            width = max(p.shape[-1 if stage.head.type == "embedding" else 0] for p in stage.parameters())
            self._spend("numbers", weights)
            self._spend("numbers", places * width, keep=False)
            self._spend("products", places * weights)

    def _cells(self, stage: Recur, flow: RunningValue) -> int:
        module = stage.inner
        if self.fused and isinstance(module, nn.LSTM) and not module.proj_size:
            return 0
        if isinstance(flow.value, PackedSequence):
            steps = len(flow.value.batch_sizes)
        else:
            steps = flow.data.shape[flow.time_axis]
        return steps * module.num_layers * (2 if module.bidirectional else 1)

    def _spend(self, what: str, amount: float, *, keep: bool = True) -> None:
        total = self._spent.get(what, 0) + amount
        if total > getattr(self.budget, what):
            raise TooBigError(what)
        if keep:
            self._spent[what] = total


def _places(module: nn.Module, data: torch.Tensor) -> int:
    """Return at most how often the weights of a module are applied."""
    if isinstance(module, nn.Embedding):
        return data.numel()
    if isinstance(module, nn.Conv1d | nn.Conv2d):
        axes = len(module.kernel_size)
        padding: tuple[int, ...] = tuple(map(int, module.padding))
        padded = [size + 2 * by for size, by in zip(data.shape[-axes:], padding, strict=True)]
        return math.prod([*padded, *data.shape[: -axes - 1]])
    return data.numel() // data.shape[-1]


def run(plan: ModelPlan, host: Host, watch: Watch | None = None) -> list[StageModule]:
    """Build and run stage by stage; return the stages, in evaluation mode.

    Call it within `undisturbed`. Raises ModelError where a stage refuses what
    reaches it, TooBigError where the host's budget ends.
    """
    builder = Builder(plan, host.made_on, host.dtype)
    flow, before = start(plan, host), "input"
    stages: list[StageModule] = []
    layers = plan.layers
    while layers:
        together = plan.head(layers[0]) if layers[0].answers_itself else layers[:1]
        layers = layers[len(together) :]
        key = () if host.known is None else _key(plan, together, flow)
        known = host.known.get(key) if host.known else None
        made: list[Ran] = []
        run_them = _run if len(together) == 1 and not together[0].answers_itself else _run_free
        for ran in known or run_them(builder, host, together, before, flow):
            if watch is not None:
                watch(*ran)
            made.append(ran)
            flow = ran[2]
        stages += [stage for stage, _, _ in made]
        if host.known is not None and not known:
            _keep(host.known, key, made)
        before = together[-1].name
    return stages


def _run(
    builder: Builder, host: Host, layers: Sequence[PlanLayer], before: str, flow: RunningValue
) -> Iterator[Ran]:
    """Build and run the stages of one layer."""
    (layer,) = layers
    flow = flow.back(layer.reads)
    for make in (builder.before, builder.stages, builder.after):
        for stage in _built(layer, partial(make, layer, flow)):
            yield stage, flow, (flow := _placed(host, stage, layer, before, flow))


def _built(layer: PlanLayer, make: Callable[[], Iterable[StageModule]]) -> list[StageModule]:
    """Make stages of a layer, in evaluation mode."""
    try:
        return [stage.eval() for stage in make()]
    except (*REFUSALS, AssertionError) as cause:
        raise unbuildable(layer, cause) from cause


def _placed(
    host: Host, stage: StageModule, layer: PlanLayer, before: str, flow: RunningValue
) -> RunningValue:
    """Give a stage its memory and run it; return what goes on."""
    try:
        host.place(stage, flow)
        return stage(flow).kept(layer.place)  # type: ignore[no-any-return]
    except REFUSALS as cause:
        raise refusal(layer, before, flow, cause) from cause


def _run_free(
    builder: Builder, host: Host, layers: Sequence[PlanLayer], before: str, flow: RunningValue
) -> Iterator[Ran]:
    """Build and run a decoder that reads its own answers, with the layers that make them of its output.

    How many features an answer has is seen with a decoder of one feature, in which all else is the same.
    Where numbers count, the decoder then runs free.
    """
    decoder, *after = layers
    flow = flow.back(decoder.reads)

    def made(features: int, *, trial: bool = False) -> tuple[Decode, RunningValue]:
        (stage,) = _built(decoder, lambda: [builder.decoder(decoder, flow, features, trial=trial)])
        assert isinstance(stage, Decode)
        return stage, _placed(host, stage, decoder, before, flow)

    _, passing = made(1, trial=True)
    head: list[tuple[PlanLayer, StageModule]] = []
    for stage in _built(decoder, lambda: builder.attention_of(decoder, flow)):
        passing = _placed(host, stage, decoder, before, passing)
        head.append((decoder, stage))
    for layer, last in zip(after, layers, strict=False):
        ran = list(_run(builder, host, [layer], last.name, passing))
        head += [(layer, stage) for stage, _, _ in ran]
        passing = ran[-1][2]
    stage, _ = made(need_answer(decoder, after, passing))
    if host.initialised and not flow.data.is_meta:
        stage.answering = tuple(one for _, one in head)
    passing = flow
    for layer, one in [(decoder, stage), *head]:
        yield one, passing, (passing := one(passing).kept(layer.place))
    if stage.answering is not None:
        need_steps_apart(decoder, after, stage.sequence(flow), passing.data)


def _key(plan: ModelPlan, layers: Sequence[PlanLayer], flow: RunningValue) -> tuple[Any, ...]:
    """All that the sizes of the stages of layers depend on."""
    value = flow.value
    packed = tuple(value.batch_sizes.tolist()) if isinstance(value, PackedSequence) else ()
    states = tuple(tuple(state.shape) for state in (*flow.begun, *flow.ended))
    return (
        tuple((layer.place, repr(dict(layer.options))) for layer in layers),
        plan.batch_size, plan.timesteps, plan.vocabulary, flow.timesteps, flow.lengths, flow.source,
        tuple(flow.data.shape), flow.data.dtype, packed, states,
        flow.folded, tuple((place, tuple(one.data.shape)) for place, one in flow.made.items()),
    )  # fmt: skip


def _keep(known: Known, key: tuple[Any, ...], made: list[Ran]) -> None:
    """Keep what ran, if that is little; weights are not needed any more, only their sizes."""
    if sum(flow.data.numel() for _, before, after in made for flow in (before, after)) <= KEPT:
        for stage, _, _ in made:
            stage.allocate("meta")
        known[key] = made


def start(plan: ModelPlan, host: Host) -> RunningValue:
    """Return the flow before the first stage: zeros in the input's shape."""
    shape = plan.input_shape
    if host.weighed and torch.Size(shape).numel() > host.budget.numbers:
        raise TooBigError("numbers")
    dtype = torch.long if plan.form == "tokens" else host.dtype
    return RunningValue(
        torch.zeros(shape, dtype=dtype, device=host.device),
        batched=plan.batched,
        batch_first=plan.batch_first,
        timesteps=plan.timesteps,
        lengths=plan.lengths,
        states_given=plan.states_given,
        wanted=plan.kept,
    ).kept("input")


@contextlib.contextmanager
def undisturbed() -> Iterator[None]:
    """Run torch on one thread, without gradients, and put everything back.

    Threads: two that contend for a core are a hundred times slower. Warnings
    of torch are not the user's; the random state is, and so is every mode
    that torch runs in.
    """
    threads = torch.get_num_threads()
    with warnings.catch_warnings(), ordinary(), torch.random.fork_rng(devices=[]), torch.no_grad():
        warnings.simplefilter("ignore")
        torch.set_num_threads(1)
        try:
            yield
        finally:
            torch.set_num_threads(threads)
