"""Renders that are killed, cut off or shut out leave the old figure or the new one, whole."""

from __future__ import annotations

import os
import random
import resource
import signal
import subprocess
import sys
import time

import pytest

from tests.conftest import ROOT, SPEC

KILLS = int(os.environ.get("LSTMVIZ_KILLS", "20"))
COMMAND = [sys.executable, "-m", "lstmviz", "render"]
OLD, NEW = "An old title", "A new title"


@pytest.fixture
def run(tmp_path):
    """Begin a command in its own folder; what is left running is ended."""
    begun = []

    def begin(*words, env=None, **more):
        variables = {**os.environ, "PYTHONPATH": str(ROOT), **(env or {})}
        process = subprocess.Popen(
            [*COMMAND, *map(str, words)],
            cwd=tmp_path, env=variables, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **more,
        )  # fmt: skip
        begun.append(process)
        return process

    yield begin
    for process in begun:
        process.kill()
        process.communicate()


@pytest.fixture
def pair(tmp_path, run):
    """Two specs of one name that want one file, and the bytes of each figure."""
    found = {}
    for title in (OLD, NEW):
        spec = tmp_path / title / "s.yaml"
        spec.parent.mkdir()
        spec.write_text(SPEC.replace("A small LSTM", title), "utf-8")
        process = run(spec, "--figure", "rolled", "-o", "out/s.svg")
        assert process.wait(60) == 0, process.stderr.read()
        found[title] = (spec, (tmp_path / "out/s.svg").read_bytes())
    assert found[OLD][1] != found[NEW][1]
    return found


def wanted(spec):
    """The arguments that draw the one figure into the one file."""
    return spec, "--figure", "rolled", "-o", "out/s.svg"


def test_kill_leaves_a_whole_figure(tmp_path, run, pair):
    began = time.perf_counter()
    run(*wanted(pair[OLD][0])).wait(60)
    usual = time.perf_counter() - began
    chance = random.Random(8)
    for turn in range(KILLS):
        process = run(*wanted(pair[NEW if turn % 2 else OLD][0]))
        time.sleep(chance.uniform(0.3, 1.1) * usual)
        process.kill()
        process.wait(10)
        assert (tmp_path / "out/s.svg").read_bytes() in {pair[OLD][1], pair[NEW][1]}
    assert run(*wanted(pair[NEW][0])).wait(60) == 0
    assert (tmp_path / "out/s.svg").read_bytes() == pair[NEW][1]


def test_two_at_once(tmp_path, run, pair):
    both = [run(*wanted(pair[title][0])) for title in (OLD, NEW)]
    assert [process.wait(60) for process in both] == [0, 0]
    assert (tmp_path / "out/s.svg").read_bytes() in {pair[OLD][1], pair[NEW][1]}
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["s.svg"]


def test_full_disk(tmp_path, run, pair):
    def small_files():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (512, 512))

    process = run(*wanted(pair[OLD][0]), preexec_fn=small_files)
    _, errors = process.communicate(timeout=60)
    assert process.returncode not in {0, -signal.SIGXFSZ}
    assert b"File too large" in errors
    assert b"internal error" not in errors
    assert b"Traceback" not in errors
    assert (tmp_path / "out/s.svg").read_bytes() == pair[NEW][1]
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["s.svg"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_read_only_folder(tmp_path, run, pair):
    (tmp_path / "out").chmod(0o555)
    try:
        process = run(*wanted(pair[OLD][0]))
        _, errors = process.communicate(timeout=60)
    finally:
        (tmp_path / "out").chmod(0o755)
    assert process.returncode not in {0, None}
    assert b"Traceback" not in errors
    assert (tmp_path / "out/s.svg").read_bytes() == pair[NEW][1]


def test_vanished_folder(tmp_path, run, small):
    gone = tmp_path / "gone"
    gone.mkdir()
    begin = f"cd {gone} && rmdir {gone} && exec {sys.executable} -m lstmviz render {small} -o out"
    done = subprocess.run(
        ["sh", "-c", begin], capture_output=True, timeout=60, check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert done.returncode != 0
    assert b"Traceback" not in done.stderr
    assert done.stderr.strip()


def test_broken_pipe(run, small):
    process = run(small, "--figure", "rolled", "-o", "-")
    process.stdout.close()
    process.wait(60)
    assert process.returncode == 0
    assert process.stderr.read() == b""


def test_interrupt_is_130(tmp_path, run, small):
    process = run(small, "--watch")
    deadline = time.monotonic() + 40
    while not (tmp_path / "output/small-rolled.svg").exists() and time.monotonic() < deadline:
        time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=20)
    assert process.returncode == 130
    assert b"Traceback" not in errors


def test_missing_torch_is_3(tmp_path, run, small):
    (tmp_path / "stub/torch").mkdir(parents=True)
    (tmp_path / "stub/torch/__init__.py").write_text("raise ModuleNotFoundError('no torch', name='torch')\n")
    process = run(small, "--no-cache", env={"PYTHONPATH": f"{tmp_path / 'stub'}{os.pathsep}{ROOT}"})
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 3, errors
    assert b"torch" in errors
    assert b"Traceback" not in errors
