"""Running a plan's stages for real, cheaply, and leaving no trace behind."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import torch
from torch import nn
from torch.nn.utils.rnn import PackedSequence

from lstmviz.network.build import Builder
from lstmviz.network.flow import Flow
from lstmviz.network.plan import Plan
from lstmviz.network.refusals import refusal
from lstmviz.network.stages import Recur, Stage

Watch = Callable[[Stage, Flow, Flow], None]
"""Called after each stage with what reached it and what it gave."""


class TooBigError(Exception):
    """This run would cost too much on this device; another may do."""


@dataclass(frozen=True, slots=True)
class Budget:
    """What a run may cost; about a second on one old core."""

    numbers: float = 2**26
    """All parameters and the largest activation, 4 bytes each."""
    products: float = 4e9
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
    _spent: dict[str, float] = field(default_factory=dict)

    def place(self, stage: Stage, flow: Flow) -> None:
        """Weigh a stage and give its module memory; TooBigError if too much."""
        self._weigh(stage, flow)
        if self.device == self.made_on:
            return
        stage.to_empty(device=self.device)
        for tensor in (*stage.parameters(), *stage.buffers()):
            tensor.detach().zero_()
        if self.initialised:
            for module in stage.modules():
                reset = getattr(module, "reset_parameters", None)
                if reset is not None:
                    reset()

    def _weigh(self, stage: Stage, flow: Flow) -> None:
        weights = sum(p.numel() for p in stage.parameters())
        if isinstance(stage, Recur):
            self._spend("steps", self._cells(stage, flow))
        if not self.weighed:
            return
        self._spend("numbers", weights)
        if isinstance(stage, Recur):
            rows = max(p.shape[0] for p in stage.parameters())
            places = flow.data.numel() // flow.data.shape[-1]
            self._spend("numbers", places * rows, keep=False)
            self._spend("products", places * weights)
        elif weights:
            result = stage(_on_meta(flow)).data if stage.head.type != "embedding" else flow.data
            self._spend("numbers", result.numel(), keep=False)
            widest = max(p.numel() // p.shape[0] for p in stage.parameters())
            self._spend("products", result.numel() * widest)

    def _cells(self, stage: Recur, flow: Flow) -> int:
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


def _on_meta(flow: Flow) -> Flow:
    assert isinstance(flow.value, torch.Tensor)
    meta = torch.empty_strided(flow.value.shape, flow.value.stride(), dtype=flow.value.dtype, device="meta")
    return Flow(meta, flow.batched, flow.batch_first)


def run(plan: Plan, host: Host, watch: Watch | None = None) -> list[Stage]:
    """Build and run stage by stage; return the stages, in evaluation mode.

    Call it within `undisturbed`. Raises ModelError where a stage refuses what
    reaches it, TooBigError where the host's budget ends.
    """
    builder = Builder(plan, host.made_on, host.dtype)
    flow, stages = start(plan, host), []
    for layer in plan.layers:
        for stage in builder.stages(layer, flow):
            stage.eval()
            try:
                host.place(stage, flow)
                after = stage(flow)
            except (RuntimeError, ValueError, TypeError, IndexError) as cause:
                raise refusal(layer, stages, flow, cause) from cause
            if watch is not None:
                watch(stage, flow, after)
            stages.append(stage)
            flow = after
    return stages


def start(plan: Plan, host: Host) -> Flow:
    """Return the flow before the first stage: zeros in the input's shape."""
    shape = plan.input_shape
    if host.weighed and torch.Size(shape).numel() > host.budget.numbers:
        raise TooBigError("numbers")
    dtype = torch.long if plan.form == "tokens" else host.dtype
    return Flow(
        torch.zeros(shape, dtype=dtype, device=host.device),
        batched=plan.batched,
        batch_first=plan.batch_first,
        timesteps=plan.timesteps,
        lengths=plan.lengths,
    )


@contextlib.contextmanager
def undisturbed() -> Iterator[None]:
    """Run torch on one thread, without gradients, and put everything back.

    Threads: two that contend for a core are a hundred times slower. Warnings
    of torch are not the user's; the random state is.
    """
    threads = torch.get_num_threads()
    with warnings.catch_warnings(), torch.random.fork_rng(devices=[]), torch.no_grad():
        warnings.simplefilter("ignore")
        torch.set_num_threads(1)
        try:
            yield
        finally:
            torch.set_num_threads(threads)
