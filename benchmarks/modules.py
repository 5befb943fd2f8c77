"""Measures what tracing a module costs on top of the module's own run, for every model of the zoo."""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "network")]
import zoo  # noqa: E402

from lstmviz.network.user import as_plan, recurrent  # noqa: E402
from lstmviz.network.user.describe import describe  # noqa: E402
from lstmviz.network.user.stage_dependences import follow  # noqa: E402

BAR = 100.0
"""Milliseconds on top of the module's own run."""
RUNS = 5


def milliseconds(work: Callable[[], Any], runs: int = RUNS) -> float:
    """The median of the processor's time for a call: others may use the machine."""
    times = []
    for _ in range(runs):
        began = time.process_time()
        work()
        times.append(time.process_time() - began)
    return statistics.median(times) * 1000


def first(module: torch.nn.Module, inputs: Any) -> None:
    """Describe a module as in a new process: no letters are remembered."""
    recurrent._letters.cache_clear()  # noqa: SLF001
    as_plan._run.cache_clear()  # noqa: SLF001
    describe(module, inputs)


def main() -> None:
    """Print a table; exit with 1 if a model misses the bar."""
    torch.set_num_threads(1)
    missed = 0
    print("| module | its own run, ms | traced, ms | traced again, ms | checked, ms | |")
    print("|---|---|---|---|---|---|")
    for case in zoo.CASES:
        module, inputs = case.make().eval(), case.inputs
        describe(module, inputs)

        def own(module: torch.nn.Module = module, inputs: Any = inputs) -> None:
            with torch.no_grad():
                module(**inputs) if isinstance(inputs, Mapping) else module(*inputs)

        alone = milliseconds(own)
        new = milliseconds(lambda: first(module, inputs))  # noqa: B023
        again = milliseconds(lambda: describe(module, inputs))  # noqa: B023
        trace = describe(module, inputs)
        checked = milliseconds(lambda: follow(module, inputs, trace), 1)  # noqa: B023
        holds = new - alone <= BAR
        missed += not holds
        print(f"| {case.make.__name__} | {alone:.1f} | {new:.1f} | {again:.1f} | {checked:.0f} | "
              f"{'holds' if holds else 'misses'} |")  # fmt: skip
    sys.exit(missed > 0)


if __name__ == "__main__":
    main()
