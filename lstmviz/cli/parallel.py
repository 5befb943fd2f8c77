"""``render -j N``: specs in processes of their own, told in the order of the arguments."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from multiprocessing import get_context, parent_process
from multiprocessing.synchronize import Event

from lstmviz.commands import batch
from lstmviz.commands.batch import Outcome
from lstmviz.commands.selection import Wanted
from lstmviz.errors import LstmvizError, OutputError
from lstmviz.spec.model import Spec

LOOK = 0.5
"""So many seconds apart a process looks whether the one that began it is still there."""
GRACE = 1.0
"""So many seconds it has to finish its file when all is to end; what it leaves unfinished is swept away."""


@dataclass(frozen=True, slots=True)
class Done:
    """What became of one spec."""

    outcomes: list[Outcome]
    error: LstmvizError | None = None
    claimed: dict[str, str] = field(default_factory=dict)


@contextlib.contextmanager
def in_processes(
    specs: Mapping[str, Spec], wanted: Wanted, *, check: bool, jobs: int
) -> Iterator[Callable[[str], Done]]:
    """Begin with all specs; gives a function that waits for one of them."""
    groups = grouped({file: spec.stem for file, spec in specs.items()})
    # A forked process would have half of torch's threads; a new one has none.
    context = get_context("spawn")
    # Held on to until the end: a process that begins just now still looks for it.
    stop = _State.stop = context.Event()
    pool = ProcessPoolExecutor(min(jobs, len(groups)) or 1, context, _begin, (stop,))
    try:
        with _deaf():
            begun = [pool.submit(_together, [specs[f] for f in files], wanted, check) for files in groups]
        place = {file: (i, j) for i, files in enumerate(groups) for j, file in enumerate(files)}
        yield lambda file: _done(begun[place[file][0]], place[file][1], file)
    finally:
        stop.set()
        pool.shutdown(wait=False, cancel_futures=True)


def _done(running: Future[list[Done]], index: int, file: str) -> Done:
    """What became of one spec, also where its process did not live to tell."""
    try:
        return running.result()[index]
    except BrokenProcessPool:
        return Done([], OutputError(file, "its process was killed; is there enough memory for -j?"))


def grouped(stems: Mapping[str, str]) -> list[list[str]]:
    """Specs apart, but together where two figures could get one name.

    That of ``a-b`` and its figure ``c`` is that of ``a`` and its figure ``b-c``.

    >>> grouped({"x/a.yaml": "a", "b.yaml": "b", "a-b.yaml": "a-b", "ab.yaml": "ab"})
    [['x/a.yaml', 'a-b.yaml'], ['b.yaml'], ['ab.yaml']]
    """
    order = list(stems)
    groups: list[list[str]] = []
    for file in order:
        near = [g for g in groups if any(_alike(stems[file], stems[other]) for other in g)]
        groups = [g for g in groups if g not in near] + [[f for g in near for f in g] + [file]]
    return sorted((sorted(g, key=order.index) for g in groups), key=lambda g: order.index(g[0]))


def _alike(one: str, other: str) -> bool:
    return f"{one}-".startswith(f"{other}-") or f"{other}-".startswith(f"{one}-")


class _State:
    stop: Event


def _begin(stop: Event) -> None:
    _State.stop = stop
    threading.Thread(target=_follow, args=(stop,), daemon=True).start()


def _follow(stop: Event) -> None:
    """End this process soon after it is told to, and when whoever began it was killed."""
    parent = parent_process()
    while not stop.wait(LOOK):
        if parent is not None and not parent.is_alive():
            os._exit(1)
    time.sleep(GRACE)
    os._exit(1)


def _together(specs: Sequence[Spec], wanted: Wanted, check: bool) -> list[Done]:
    """What a process does: specs one after another, no file twice."""
    run = batch.compared if check else batch.drawn
    claimed: dict[str, str] = {}
    found: list[Done] = []
    for spec in specs:
        if _State.stop.is_set():
            break
        outcomes: list[Outcome] = []
        error = None
        try:
            for outcome in run(spec, wanted, claimed):
                outcomes.append(outcome)
                if _State.stop.is_set():
                    return found
        except LstmvizError as raised:
            error = raised
        found.append(Done(outcomes, error, dict(claimed)))
    return found


@contextlib.contextmanager
def _deaf() -> Iterator[None]:
    """Let what is begun here never hear Ctrl-C: this process ends it."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
