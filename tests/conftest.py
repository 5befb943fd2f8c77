"""What several test files need."""

from __future__ import annotations

import gc
import io
import os
import signal
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import NamedTuple

import pytest
from hypothesis import settings

# A shell's background job ignores Ctrl-C, and so would all that is started from here.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
# Two threads for a tensor of six numbers wait for each other longer than either computes, and all the longer
# where the cores are shared: ten times the processor. A test that is about threads sets their number itself.
os.environ.setdefault("OMP_NUM_THREADS", "1")
# How long an example takes says more of what else the machine does: benchmarks/ measures.
# An ordinary run tries the same examples each time, `make prove` (LSTMVIZ_EXAMPLES) others: what fails
# of those becomes an example by name, and no change fails for a fault that is not its own.
settings.register_profile("lstmviz", deadline=None, derandomize="LSTMVIZ_EXAMPLES" not in os.environ)
settings.load_profile("lstmviz")
ROOT = Path(__file__).parent.parent
SPEC = """\
title: A small LSTM
input: {batch_size: 6, timesteps: 4, features: 3}
layers:
  - lstm: {hidden_size: 16, num_layers: 2}
figures: [rolled, unfold]
"""


def pytest_ignore_collect(collection_path):
    """Look for no doctests in what tests import: there are none, and Keras takes seconds."""
    helper = collection_path.suffix == ".py" and not collection_path.name.startswith("test_")
    return True if helper and collection_path.is_relative_to(ROOT / "tests") else None


@pytest.hookimpl(wrapper=True)
def pytest_collection():
    """Look for no garbage while 11,000 tests are made: all of it stays, and each look goes through all."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()


def pytest_collection_finish():
    """Leave what is there for good out of every later look for garbage, and look less often."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)  # a twentieth of the processor went there: most is kept for other tests


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory, monkeypatch):
    """Keep the traces of one test run apart from the user's; its processes share them."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "cache"
    folder.mkdir(exist_ok=True)
    monkeypatch.setenv("LSTMVIZ_CACHE_DIR", str(folder))


@pytest.fixture
def small(tmp_path):
    """A spec on disk."""
    path = tmp_path / "small.yaml"
    path.write_text(SPEC, "utf-8")
    return path


@pytest.fixture
def specs():
    """Every spec of the house."""
    return sorted((ROOT / "specs").glob("*.yaml"))


@pytest.fixture
def command(tmp_path):
    """The command as users run it: a process of its own, in an empty folder."""

    def run(*arguments, env=None, stdin=None):
        variables = {**os.environ, "PYTHONPATH": str(ROOT), **(env or {})}
        return subprocess.run(
            [sys.executable, "-m", "lstmviz", *map(str, arguments)],
            cwd=tmp_path,
            env={name: value for name, value in variables.items() if value is not None},
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    return run


class Done(NamedTuple):
    """What a command in this process did, in the words of one in a process of its own."""

    returncode: int
    stdout: str
    stderr: str


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    """The command in this process, in an empty folder: its code, stdout and stderr."""
    from lstmviz import cli

    monkeypatch.chdir(tmp_path)

    def run(*arguments):
        code = cli._run([*map(str, arguments)])
        return Done(code, *capsys.readouterr())

    return run


class Fork:
    """A process as `subprocess.Popen` starts it for code that is inspected, but a fork: torch is there."""

    def __init__(self, command, **_):
        self.program, self.root = command[-2:]

    def communicate(self, request, timeout):
        """Run the program in the fork until it ends."""
        self.pid = os.fork()
        if not self.pid:
            try:
                os.setsid()
                signal.alarm(int(timeout))
                sys.argv, sys.stdin = ["-c", self.root], io.StringIO(request.decode())
                exec(self.program, {})
            finally:
                os._exit(0)
        self.returncode = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])

    def wait(self):
        """It has ended."""


@pytest.fixture
def forked(monkeypatch):
    """Code that is inspected runs in a fork of this process: no seconds for importing torch again."""
    if sys.platform != "linux":
        return  # others cannot fork a process with threads
    processes = SimpleNamespace(Popen=Fork, PIPE=None, TimeoutExpired=subprocess.TimeoutExpired)
    monkeypatch.setattr("lstmviz.commands.inspection.subprocess", processes)
