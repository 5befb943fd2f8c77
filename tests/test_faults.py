"""Renders that are killed, cut off or shut out leave the old figure or the new one, whole."""

from __future__ import annotations

import contextlib
import ctypes
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import lstmviz
from lstmviz.cli.parallel import MANY
from tests.conftest import ROOT, SPEC

KILLS = int(os.environ.get("LSTMVIZ_KILLS", "6"))
"""`make faults` asks for 200."""
COMMAND = [sys.executable, "-m", "lstmviz", "render"]
OLD, NEW = "An old title", "A new title"
AT = """
import os, signal, sys
from pathlib import Path
from lstmviz import cli, store
count = 0
def die(*_, **__):
    global count
    count += 1
    if count == {turn}:
        os.kill(os.getpid(), signal.SIGKILL)
def before(real):
    return lambda *given, **more: (die(), real(*given, **more))[1]
def after(real):
    return lambda *given, **more: (real(*given, **more), die())[0]
{patch}
cli.main(sys.argv[1:])
"""
"""A command that kills itself at a place of its own."""
INTERRUPTED = """
import os, signal, sys, threading
from lstmviz.__main__ import main
timer = threading.Timer(float(sys.argv[1]), os.kill, (os.getpid(), signal.SIGINT))
timer.daemon = True
timer.start()
del sys.argv[1]
main()
"""


@pytest.fixture
def run(tmp_path):
    """Begin a command in its own folder; what is left running is ended."""
    begun = []
    (tmp_path / "tmp").mkdir()
    surroundings = {**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(tmp_path / "tmp")}

    def begin(*words, command=COMMAND, env=None, **more):
        process = subprocess.Popen(
            [*command, *map(str, words)],
            cwd=tmp_path, env={**surroundings, **(env or {})},
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, **more,
        )  # fmt: skip
        begun.append(process)
        return process

    yield begin
    for process in begun:
        process.kill()
        process.communicate()


@pytest.fixture
def pair(tmp_path):
    """Two specs of one name that want one file, and the bytes of each figure."""
    found = {}
    for title in (OLD, NEW):
        spec = tmp_path / title / "s.yaml"
        spec.parent.mkdir()
        spec.write_text(SPEC.replace("A small LSTM", title), "utf-8")
        lstmviz.render(spec, output=tmp_path / "out/s.svg", figures=["rolled"])
        found[title] = (spec, (tmp_path / "out/s.svg").read_bytes())
    assert found[OLD][1] != found[NEW][1]
    return found


def wanted(spec):
    """The arguments that draw the one figure into the one file."""
    return spec, "--figure", "rolled", "-o", "out/s.svg"


def names(folder):
    """What lies in a folder."""
    return sorted(path.name for path in folder.iterdir())


def strays(tmp_path):
    """What killed runs left that the next should have removed."""
    cache = [p for p in (tmp_path / "cache").rglob(".lstmviz-*") if not p.is_symlink()]
    return [*cache, *(tmp_path / "tmp").iterdir(), *(tmp_path / "out").glob(".*")]


def ends(process, code):
    """Wait for a process that must say in a sentence why it gave up."""
    _, errors = process.communicate(timeout=60)
    assert process.returncode == code, errors
    assert b"Traceback" not in errors
    assert b"internal error" not in errors
    return errors


def test_kill_leaves_a_whole_figure(tmp_path, run, pair):
    env = {"LSTMVIZ_CACHE_DIR": str(tmp_path / "cache")}
    assert run(*wanted(pair[OLD][0]), env=env).wait(60) == 0
    began = time.perf_counter()
    assert run(*wanted(pair[OLD][0]), env=env).wait(60) == 0
    usual = time.perf_counter() - began
    chance = random.Random(8)
    for turn in range(KILLS):
        process = run(*wanted(pair[NEW if turn % 2 else OLD][0]), env=env)
        time.sleep(chance.uniform(0.3, 1.1) * usual)
        process.kill()
        process.wait(10)
        assert (tmp_path / "out/s.svg").read_bytes() in {pair[OLD][1], pair[NEW][1]}
    assert run(*wanted(pair[NEW][0]), env=env).wait(60) == 0
    assert (tmp_path / "out/s.svg").read_bytes() == pair[NEW][1]
    assert strays(tmp_path) == []


PLACES = {
    "begun": "store._begun = after(store._begun)",
    "written": "os.fsync = before(os.fsync)",
    "synced": "os.fsync = after(os.fsync)",
    "renamed": "Path.replace = after(Path.replace)",
}


@pytest.mark.parametrize(
    ("place", "fresh"), [*((place, False) for place in PLACES), ("begun", True), ("synced", True)]
)
def test_kill_in_the_middle_of_writing(tmp_path, run, pair, place, fresh):
    """What a run writes first is in its cache, if that is a fresh one; then comes the figure."""
    env = {"LSTMVIZ_CACHE_DIR": str(tmp_path / "cache")} if fresh else {}
    command = [sys.executable, "-c", AT.format(patch=PLACES[place], turn=1)]
    process = run("render", *wanted(pair[OLD][0]), command=command, env=env)
    assert process.wait(60) == -signal.SIGKILL
    now = OLD if place == "renamed" and not fresh else NEW
    assert (tmp_path / "out/s.svg").read_bytes() == pair[now][1]
    assert run(*wanted(pair[NEW][0]), env=env).wait(60) == 0
    assert (tmp_path / "out/s.svg").read_bytes() == pair[NEW][1]
    assert strays(tmp_path) == []


def test_two_at_once(tmp_path, run, pair):
    both = [run(*wanted(pair[title][0])) for title in (OLD, NEW)]
    assert [process.wait(60) for process in both] == [0, 0]
    assert (tmp_path / "out/s.svg").read_bytes() in {pair[OLD][1], pair[NEW][1]}
    assert names(tmp_path / "out") == ["s.svg"]


def test_a_file_may_not_grow(tmp_path, run, pair):
    def small_files():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (512, 512))

    errors = ends(run(*wanted(pair[OLD][0]), preexec_fn=small_files), 4)
    assert b"File too large" in errors
    assert (tmp_path / "out/s.svg").read_bytes() == pair[NEW][1]
    assert names(tmp_path / "out") == ["s.svg"]


NAMESPACE = ["unshare", "--mount"] if os.geteuid() == 0 else ["unshare", "--map-root-user", "--mount"]
DISK = """
set -e
mount -t tmpfs -o size=64k,mode=777 none full
cp out/s.svg full/s.svg
set +e
"$@"
code=$?
ls -A full
cmp full/s.svg out/s.svg || exit 99
exit $code
"""


def may_mount():
    """Whether this user may have a disk of its own."""
    tried = [*NAMESPACE, "mount", "-t", "tmpfs", "none", "/mnt"]
    return (
        bool(shutil.which("unshare"))
        and subprocess.run(tried, capture_output=True, check=False).returncode == 0
    )


def test_a_full_disk(tmp_path, run, pair):
    if not may_mount():
        pytest.skip("no user of this system may mount a disk; test_a_file_may_not_grow stands for it")
    (tmp_path / "full").mkdir()
    spec = pair[OLD][0]
    # The old figure fills more than half of the disk.
    assert 32_000 < len(pair[NEW][1]) < 64_000
    command = [*NAMESPACE, "sh", "-c", DISK, "sh", *COMMAND]
    process = run(spec, "--figure", "rolled", "-o", "full/s.svg", command=command)
    errors = ends(process, 4)
    assert b"No space left on device" in errors


def mortal():
    """Root as well may write only where it says so."""
    if os.geteuid() == 0:
        drop, dac_override, dac_read_search = 24, 1, 2
        libc = ctypes.CDLL(None, use_errno=True)
        for capability in (dac_override, dac_read_search):
            if libc.prctl(drop, capability, 0, 0, 0):
                raise OSError(ctypes.get_errno(), "prctl")


def test_a_read_only_folder(tmp_path, run, pair):
    (tmp_path / "out").chmod(0o555)
    try:
        errors = ends(run(*wanted(pair[OLD][0]), preexec_fn=mortal), 4)
    finally:
        (tmp_path / "out").chmod(0o755)
    assert b"Permission denied" in errors
    assert (tmp_path / "out/s.svg").read_bytes() == pair[NEW][1]
    assert names(tmp_path / "out") == ["s.svg"]


def test_a_folder_that_is_a_file(tmp_path, run, small):
    (tmp_path / "out").write_text("mine")
    errors = ends(run(small, "--figure", "rolled", "-o", "out/deep/s.svg"), 4)
    assert b"out/deep/s.svg" in errors
    assert (tmp_path / "out").read_text() == "mine"


VANISHES = """
import shutil
real = store._begun
store._begun = lambda folder: (shutil.rmtree("out"), real(folder))[1]
"""


def test_a_folder_that_vanishes_meanwhile(tmp_path, run, small):
    (tmp_path / "out").mkdir()
    code = AT.format(patch=VANISHES, turn=0)
    process = run(
        "render", small, "--figure", "rolled", "-o", "out/s.svg", command=[sys.executable, "-c", code]
    )
    assert b"No such file" in ends(process, 4)


def test_a_working_folder_that_vanished(tmp_path, run, small):
    gone = tmp_path / "gone"
    gone.mkdir()
    begin = f"cd {gone} && rmdir {gone} && exec {sys.executable} -m lstmviz render {small} -o out"
    assert ends(run(command=["sh", "-c", begin]), 4).strip()


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
    ends(process, 130)


@pytest.mark.parametrize("cached", [True, False])
def test_interrupts_at_any_moment(tmp_path, run, pair, cached):
    more = [] if cached else ["--no-cache"]
    began = time.perf_counter()
    assert run(*wanted(pair[OLD][0]), *more).wait(60) == 0
    usual = time.perf_counter() - began
    chance = random.Random(9)
    for turn in range(max(KILLS // 2, 4)):
        after = chance.uniform(0.01, 1.0) * usual
        command = [sys.executable, "-c", INTERRUPTED, f"{after}", "render"]
        process = run(*wanted(pair[NEW if turn % 2 else OLD][0]), *more, command=command)
        _, errors = process.communicate(timeout=60)
        assert process.returncode in {0, 130}, errors
        assert b"Traceback" not in errors
        assert (tmp_path / "out/s.svg").read_bytes() in {pair[OLD][1], pair[NEW][1]}
        assert names(tmp_path / "out") == ["s.svg"]


AT_IMPORT = """
import os, signal, sys
class Presses:
    def find_spec(self, name, *_):
        if name == "torch.nn":
            os.kill(os.getpid(), signal.SIGINT)
sys.meta_path.insert(0, Presses())
from lstmviz.__main__ import main
import atexit
atexit.register(lambda: print(hasattr(sys.modules.get("torch"), "nn")))
main()
"""


def test_an_interrupt_waits_until_torch_is_there(tmp_path, run, small):
    """In the middle torch would end the process by an abort."""
    process = run("render", small, "--no-cache", command=[sys.executable, "-c", AT_IMPORT])
    out, errors = process.communicate(timeout=60)
    assert (process.returncode, out, errors.strip()) == (130, b"True\n", b"")
    assert not (tmp_path / "output").exists()


BUILDS = """
import os, signal
from pydantic.plugin import _schema_validator as pydantic
real, count = pydantic.SchemaValidator, 0
def built(*given, **more):
    global count
    count += 1
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        os.write(2, b"Ctrl-C would be heard")
    return real(*given, **more)
pydantic.SchemaValidator = built
import atexit
atexit.register(lambda: print(count))
from lstmviz.__main__ import main
main()
"""


@pytest.mark.parametrize("theme", ["light", "own.yaml"])
def test_an_interrupt_waits_until_pydantic_has_built_its_models(tmp_path, run, small, theme):
    """In its core an interrupt is said to be ignored, and lost."""
    (tmp_path / "own.yaml").write_text("extends: light\n")
    words = ("render", small, "--theme", theme, "--figure", "rolled")
    out, errors = run(*words, command=[sys.executable, "-c", BUILDS]).communicate(timeout=60)
    assert b"would be heard" not in errors
    assert int(out) > 20


def children(pid):
    """The processes that draw for this one."""
    found = []
    for status in Path("/proc").glob("[0-9]*/status"):
        with contextlib.suppress(OSError):
            command = status.with_name("cmdline").read_bytes()
            if f"PPid:\t{pid}\n" in status.read_text() and b"spawn_main" in command:
                found.append(int(status.parent.name))
    return found


def threads(pid):
    """How many threads a process has beside its first; none if it has ended."""
    with contextlib.suppress(OSError):
        return len([*Path(f"/proc/{pid}/task").iterdir()]) - 1
    return 0


def eventually(true, seconds=30):
    """Whether something comes true soon."""
    end = time.monotonic() + seconds
    while not (found := true()) and time.monotonic() < end:
        time.sleep(0.05)
    return found


@pytest.fixture
def many(pair):
    """Specs whose figures have names of their own, so many that other processes begin at once."""
    spec = pair[OLD][0]
    return [Path(shutil.copy(spec, spec.with_name(f"{n:02}.yaml"))) for n in range(MANY)]


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="finds processes in /proc")
@pytest.mark.parametrize("ends_by", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_no_process_outlives_the_command(run, many, ends_by):
    process = run(*many, "--no-cache", "-j", "3", "-o", "out", env={"PYTHON_CPU_COUNT": "3"})
    # One that is told nothing yet when the command is killed ends with Python's own message about that:
    # it has a second thread as soon as it knows what to do.
    both = eventually(lambda: len(found := [*filter(threads, children(process.pid))]) == 2 and found)
    process.send_signal(ends_by)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == (130 if ends_by is signal.SIGINT else -ends_by)
    assert b"Traceback" not in errors
    assert eventually(lambda: not any(Path(f"/proc/{pid}").exists() for pid in both))


MEETS = """
import os, signal, sys
said, real = " ".join(sys.orig_argv), os.fsync
def meets(how):
    os.close(os.open(os.environ["MEETING"], how))
def dies(_):
    meets(os.O_WRONLY)
    os.kill(os.getpid(), signal.SIGKILL)
def waits(file):
    os.fsync = real
    meets(os.O_RDONLY)
    real(file)
if "spawn_main" in said:
    os.fsync = dies
elif "lstmviz" in said:
    os.fsync = waits
"""
"""The command's first file waits until its other process writes one, which is killed there."""


def test_a_process_that_is_killed_is_said(tmp_path, run, many):
    (tmp_path / "stub").mkdir()
    (tmp_path / "stub/sitecustomize.py").write_text(MEETS)
    os.mkfifo(tmp_path / "meeting")
    paths = os.pathsep.join([str(tmp_path / "stub"), str(ROOT)])
    env = {"PYTHONPATH": paths, "MEETING": str(tmp_path / "meeting"), "PYTHON_CPU_COUNT": "2"}
    process = run(*many, "--figure", "rolled", "--no-cache", "-j", "2", "-o", "out", env=env)
    assert ends(process, 4).count(b"its process was killed") == 1
    assert len([name for name in names(tmp_path / "out") if name.endswith("-rolled.svg")]) == MANY - 1


def test_missing_torch_is_3(tmp_path, run, small):
    (tmp_path / "stub/torch").mkdir(parents=True)
    (tmp_path / "stub/torch/__init__.py").write_text("raise ModuleNotFoundError('no torch', name='torch')\n")
    process = run(small, "--no-cache", env={"PYTHONPATH": f"{tmp_path / 'stub'}{os.pathsep}{ROOT}"})
    assert b"torch" in ends(process, 3)
