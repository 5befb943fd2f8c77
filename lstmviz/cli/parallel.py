"""``render -j N``: specs drawn here and in processes of their own, told in the order of the arguments."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from multiprocessing import get_context, resource_tracker
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess

from lstmviz.commands import batch
from lstmviz.commands.batch import Outcome
from lstmviz.commands.selection import Wanted
from lstmviz.errors import LstmvizError, OutputError
from lstmviz.network.cache import need_torch, unknown
from lstmviz.spec.model import Spec

GRACE = 1.0
"""So many seconds a process has to finish its file when all is to end; what it leaves is swept away."""

MANY = 16
"""So many groups of specs take longer than a process needs to begin."""


@dataclass(frozen=True, slots=True)
class Done:
    """What became of one spec."""

    outcomes: list[Outcome]
    error: LstmvizError | None = None
    claimed: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Work:
    """What is done with every spec: it is drawn, or compared with what is on disk."""

    wanted: Wanted
    check: bool
    embeds: bool
    """Whether the figures are needed when their files are written."""

    def together(self, specs: Sequence[Spec], enough: Callable[[], bool] = lambda: False) -> list[Done]:
        """Take specs one after another, no file twice, until it is enough."""
        run = batch.compared if self.check else batch.drawn
        claimed: dict[str, str] = {}
        found: list[Done] = []
        for spec in specs:
            outcomes: list[Outcome] = []
            error = None
            try:
                for outcome in run(spec, self.wanted, claimed):
                    # To pack and unpack a figure takes a sixth of the time that it took to draw.
                    outcomes.append(outcome if self.embeds else replace(outcome, drawing=None))
                    if enough():
                        return found
            except LstmvizError as raised:
                error = raised
            found.append(Done(outcomes, error, dict(claimed)))
        return found


class Crew:
    """Groups of specs, those that nobody has taken yet, and what became of the others."""

    def __init__(self, groups: Sequence[list[Spec]], work: Work) -> None:
        """All of them wait."""
        self.groups, self.work = groups, work
        self.waiting = deque(range(len(groups)))
        self.found: list[Future[list[Done]]] = [Future() for _ in groups]
        self.torch = not work.wanted.use_cache or any(unknown(spec) for specs in groups for spec in specs)
        self.ended = threading.Event()
        self.lifeline, self.held = get_context("spawn").Pipe(duplex=False)

    @property
    def patience(self) -> float:
        """Seconds after which a process more is worth its beginning: at once, if there is much to do."""
        return 0.0 if len(self.groups) >= MANY else 2.0 if self.torch else 0.5

    def result(self, number: int) -> list[Done]:
        """What became of a group; until it is known, others are drawn here."""
        while not self.found[number].done() and self.waiting:
            with contextlib.suppress(IndexError):  # it was another's in this moment
                mine = self.waiting.popleft()
                self.found[mine].set_result(self.work.together(self.groups[mine]))
        return self.found[number].result()


class Worker(threading.Thread):
    """Begins a process when it is worth it, and hands it groups of a crew."""

    number: int | None = None
    """Which group it has."""
    process: BaseProcess | None = None

    def __init__(self, crew: Crew) -> None:
        """Nothing is begun yet."""
        super().__init__(daemon=True)
        self.crew, self.lock = crew, threading.Lock()

    def run(self) -> None:
        """Wait, begin the process and serve it."""
        crew = self.crew
        crew.ended.wait(crew.patience)
        with self.lock:
            if crew.ended.is_set() or not crew.waiting:
                return
            pipe = self._begun()
        with pipe:
            try:
                pipe.recv()
                while crew.waiting:
                    self.number = crew.waiting.popleft()
                    pipe.send(crew.groups[self.number])
                    answer, future = pipe.recv(), crew.found[self.number]
                    (future.set_exception if isinstance(answer, Exception) else future.set_result)(answer)
                    self.number = None
            except IndexError:  # it was another's in this moment
                self.number = None
            except (EOFError, OSError):
                if self.number is not None:
                    crew.found[self.number].set_exception(KilledError())

    def _begun(self) -> Connection:
        """Begin the process, which never hears Ctrl-C: the command ends it."""
        # A forked process would have half of torch's threads; a new one has none.
        context = get_context("spawn")
        if hasattr(signal, "pthread_sigmask"):  # else no process hears it but by the console
            resource_tracker.ensure_running()  # which lets signals through again, and begins first
            signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        here, there = context.Pipe()
        with there:
            needed = (there, self.crew.lifeline, self.crew.work, self.crew.torch)
            self.process = context.Process(target=_help, args=needed)
            self.process.start()
        return here

    def end(self) -> None:
        """See the process end: at once, or soon if it is about to write a file."""
        with self.lock:
            if self.process and self.number is None:
                self.process.kill()
        if self.process:
            self.process.join()


class KilledError(Exception):
    """A process did not live to tell what became of its specs."""


@contextlib.contextmanager
def in_processes(specs: Mapping[str, Spec], work: Work, *, jobs: int) -> Iterator[Callable[[str], Done]]:
    """Draw here and in up to jobs − 1 processes more; gives a function that says what became of a file."""
    groups = grouped({file: spec.stem for file, spec in specs.items()})
    place = {file: (i, j) for i, files in enumerate(groups) for j, file in enumerate(files)}
    crew = Crew([[specs[file] for file in files] for files in groups], work)
    workers = [Worker(crew) for _ in groups[1:jobs]]

    def wait_for(file: str) -> Done:
        group, index = place[file]
        try:
            return crew.result(group)[index]
        except KilledError:
            return Done([], OutputError(file, "its process was killed; is there enough memory for -j?"))

    try:
        for worker in workers:
            worker.start()
        yield wait_for
    finally:
        crew.ended.set()
        crew.held.close()
        for worker in workers:
            worker.end()


def _help(pipe: Connection, lifeline: Connection, work: Work, torch: bool) -> None:
    """What a worker does: specs for as long as it is given any."""
    ended = threading.Event()
    threading.Thread(target=_follow, args=(lifeline, ended), daemon=True).start()
    if torch:  # who takes specs and is not ready for them keeps the others waiting
        need_torch()
    with contextlib.suppress(EOFError, OSError):
        pipe.send(None)
        while True:
            specs = pipe.recv()
            try:
                pipe.send(work.together(specs, ended.is_set))
            except Exception as error:  # noqa: BLE001 (raised where the command runs)
                pipe.send(error)


def _follow(lifeline: Connection, ended: threading.Event) -> None:
    """End this process soon after whoever began it wants no more, or was killed."""
    with contextlib.suppress(EOFError, OSError):
        lifeline.recv()
    ended.set()
    time.sleep(GRACE)
    os._exit(1)


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
