"""Measures what tracing a loop of one's own costs beside its forward, for the recurrences of the tests.

With `--check` what proving all its figures takes, in seconds of the processor. Names of modules: these alone.
`--steps=200`: of so many steps, and not of 5, 50 and 200.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import torch
from modules import ROOT, first, milliseconds

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "network")]
import own_cells  # noqa: E402
import own_styles  # noqa: E402
import own_zoo  # noqa: E402

import lstmviz  # noqa: E402

GIVEN = sys.argv[1:]
STEPS = [int(one[len("--steps=") :]) for one in GIVEN if one.startswith("--steps=")] or [5, 50, 200]
CHECKED = 5.0
"""So many seconds a check may take."""


def cases() -> Iterator[tuple[Callable[[], torch.nn.Module], Callable[[], Any]]]:
    """Yield each recurrence, and what makes its inputs."""
    yield from ((cell, own_cells.GIVEN.get(cell, own_cells.steps)) for cell in own_cells.cells())
    yield from ((getattr(own_zoo, name), given) for name, given in own_zoo.GIVEN.items())
    yield from ((cell, lambda c=cell: own_styles.given(c)) for cell in own_styles.STEPS + own_styles.OTHERS)


def of(steps: int) -> Iterator[tuple[str, torch.nn.Module, Any]]:
    """Yield the modules, those named on the command line or all, with inputs of so many steps."""
    own_cells.T = own_zoo.T = own_styles.T = steps
    named = {name for name in GIVEN if not name.startswith("-")}
    for make, given in cases():
        if not named or make.__name__ in named:
            torch.manual_seed(0)
            yield make.__name__, make().eval(), given()


def checks() -> None:
    """Print a table: seconds of a check."""
    lstmviz.check(torch.nn.LSTM(1, 1))  # what is imported once is of no module
    print("| recurrence | steps | checked, s | over the bar |\n|---|---|---|---|")
    for steps in STEPS:
        held = []
        for name, module, inputs in of(steps):
            spent = milliseconds(lambda: lstmviz.check(module, inputs=inputs), 1) / 1000  # noqa: B023
            held.append(spent <= CHECKED)
            print(f"| {name} | {steps} | {spent:.2f} | {spent / CHECKED:.2f} |", flush=True)
        print(f"{sum(held)} of {len(held)} hold at {steps} steps")


def traces() -> None:
    """Print a table: milliseconds of a forward, of its trace, and over 3 × forward + 50 ms."""
    print("| recurrence | steps | forward, ms | traced, ms | over the bar |\n|---|---|---|---|---|")
    for steps in STEPS:
        held = []
        for name, module, inputs in of(steps):
            with torch.no_grad():
                forward = milliseconds(lambda: module(*inputs))  # noqa: B023
            first(module, inputs)
            traced = milliseconds(lambda: first(module, inputs), 3)  # noqa: B023
            over = traced / (3 * forward + 50)
            held.append(over <= 1)
            print(f"| {name} | {steps} | {forward:.1f} | {traced:.1f} | {over:.2f} |", flush=True)
        print(f"{sum(held)} of {len(held)} hold at {steps} steps")


if __name__ == "__main__":
    torch.set_num_threads(1)
    checks() if "--check" in GIVEN else traces()
