"""Measures what tracing a loop of one's own costs beside its forward, for the recurrences of the tests."""

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

STEPS = (5, 50, 200)


def cases() -> Iterator[tuple[Callable[[], torch.nn.Module], Callable[[], Any]]]:
    """Yield each recurrence, and what makes its inputs."""
    yield from ((cell, own_cells.GIVEN.get(cell, own_cells.steps)) for cell in own_cells.cells())
    yield from ((getattr(own_zoo, name), given) for name, given in own_zoo.GIVEN.items())
    yield from ((cell, lambda c=cell: own_styles.given(c)) for cell in own_styles.STEPS + own_styles.OTHERS)


def main() -> None:
    """Print a table: milliseconds of a forward, of its trace, and over 3 × forward + 50 ms."""
    torch.set_num_threads(1)
    print("| recurrence | steps | forward, ms | traced, ms | over the bar |\n|---|---|---|---|---|")
    held = dict.fromkeys(STEPS, 0)
    for steps in STEPS:
        own_cells.T = own_zoo.T = own_styles.T = steps
        for make, given in cases():
            torch.manual_seed(0)
            module, inputs = make().eval(), given()
            with torch.no_grad():
                forward = milliseconds(lambda: module(*inputs))  # noqa: B023
            first(module, inputs)
            traced = milliseconds(lambda: first(module, inputs), 3)  # noqa: B023
            over = traced / (3 * forward + 50)
            held[steps] += over <= 1
            print(f"| {make.__name__} | {steps} | {forward:.1f} | {traced:.1f} | {over:.2f} |")
    print("\n".join(f"{count} hold at {steps} steps" for steps, count in held.items()))


if __name__ == "__main__":
    main()
