"""Measures whole processes against ``import torch``, and writes docs/benchmarks.md and its plot.

Each part (``--only``) is measured by itself and kept in results.json beside
this file; the page is made of what was kept.
"""

from __future__ import annotations

import argparse
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import checked
import page

if TYPE_CHECKING:
    from collections.abc import Callable

HOME = Path(__file__).parent
ROOT = HOME.parent
TORCH = [sys.executable, "-c", "import torch"]
LSTMVIZ = [sys.executable, "-m", "lstmviz"]
RATIO = "× import torch"
PATIENCE = 120
"""Seconds after which a peer's drawing is given up."""
STEPS = (5, 50, 200)
SMALL = """\
input: {{batch_size: 2, timesteps: {steps}, features: 3}}
layers:
  - lstm: {{hidden_size: {hidden}, num_layers: {layers}}}
figures:
  - {{kind: grid{options}}}
"""
WARM = """
import statistics, sys, time, lstmviz
spec = lstmviz.load(sys.argv[1])
_ = lstmviz.draw(spec, "grid").svg
times = []
for _ in range(15):
    began = time.process_time()
    _ = lstmviz.draw(spec, "grid").svg
    times.append(time.process_time() - began)
print(statistics.median(times) * 1000)
"""


@dataclass(frozen=True)
class Spent:
    """What a process took: seconds on the clock and of the processor, peak MiB; `ended` if in time."""

    wall: float
    cpu: float
    peak: float
    ended: bool = True


@dataclass(frozen=True)
class Row:
    """One line of the table; `wall` is the same ratio on the clock."""

    what: str
    value: float
    unit: str
    bar: float | None = None
    wall: float | None = None


def line(row: Row) -> str:
    """A row as Markdown."""
    verdict = "" if row.bar is None else "holds" if row.value <= row.bar else "misses"
    bar = "" if row.bar is None else f"≤ {row.bar:g}"
    wall = "" if row.wall is None else f"{row.wall:.3g}"
    return f"| {row.what} | {row.value:.3g} {row.unit} | {wall} | {bar} | {verdict} |"


def run(command: list[str], env: dict[str, str], patience: float | None = None) -> Spent:
    """Run a process to its end, or kill it when patience ends; SystemExit if it fails."""
    began = time.perf_counter()
    with tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(
            command, env=env, stdout=subprocess.DEVNULL, stderr=errors, start_new_session=True
        )
        # With what it started: a peer's `dot` would go on for hours.
        late = threading.Timer(patience, os.killpg, (process.pid, signal.SIGKILL)) if patience else None
        if late:
            late.start()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if late:
            late.cancel()
        spent = time.perf_counter() - began
        killed = process.returncode < 0
        if process.returncode and not (patience and killed):
            errors.seek(0)
            raise SystemExit(f"{' '.join(command)}: {errors.read().decode()}")
    return Spent(spent, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, not killed)


def torch_beside(env: dict[str, str]) -> Spent:
    """What importing torch takes now: the middle one of three runs."""
    return sorted((run(TORCH, env) for _ in range(3)), key=lambda spent: spent.cpu)[1]


def ratio(what: str, bar: float, command: list[str], env: dict[str, str], runs: int) -> Row:
    """The medians of what a command takes over what importing torch took just before."""
    pairs = [(run(TORCH, env), run(command, env)) for _ in range(runs)]
    cpu = statistics.median(mine.cpu / torch.cpu for torch, mine in pairs)
    wall = statistics.median(mine.wall / torch.wall for torch, mine in pairs)
    return Row(what, cpu, RATIO, bar, wall)


def spec(folder: Path, name: str, steps: int, layers: int, *, options: str = "", hidden: int = 4) -> str:
    """A spec on disk."""
    path = folder / f"{name}.yaml"
    path.write_text(SMALL.format(steps=steps, layers=layers, options=options, hidden=hidden), "utf-8")
    return str(path)


def render(file: str, folder: Path, *more: str) -> list[str]:
    """The command that draws a spec."""
    return [*LSTMVIZ, "render", file, "-q", "-o", str(folder / "out"), *more]


def start_up(folder: Path, env: dict[str, str], runs: int) -> list[Row]:
    """One command, one figure."""
    file = spec(folder, "small", 5, 2)
    run(render(file, folder), env)
    run(render(file, folder, "--backend", "matplotlib"), env)
    rows = [
        ratio("`lstmviz --help`", 0.2, [*LSTMVIZ, "--help"], env, runs),
        ratio("one figure, no cached trace, Graphviz", 1.5, render(file, folder, "--no-cache"), env, runs),
        ratio("one figure, cached trace, Graphviz", 0.35, render(file, folder), env, runs),
        ratio(
            "one figure, cached trace, Matplotlib", 0.8,
            render(file, folder, "--backend", "matplotlib"), env, runs,
        ),
    ]  # fmt: skip
    warm = subprocess.run(
        [sys.executable, "-c", WARM, file], env=env, capture_output=True, check=True, text=True
    )
    return [*rows, Row("library call to SVG, warm, 2 × 5 grid", float(warm.stdout), "ms", 30)]


def batch(folder: Path, env: dict[str, str], runs: int) -> list[Row]:
    """A hundred small specs at one command, nothing cached: each its own model, of all three types."""
    home = folder / "hundred"
    home.mkdir()
    for i in range(100):
        layer = f"{('lstm', 'gru', 'rnn')[i % 3]}: {{hidden_size: {i + 1}, num_layers: {i % 2 + 1}"
        layer += ", bidirectional: true}" if i % 5 == 0 else "}"
        given = f"{{batch_size: 2, timesteps: {2 + i % 4}, features: 3}}"
        text = f"input: {given}\nlayers:\n  - {layer}\nfigures:\n  - {{kind: grid}}\n"
        (home / f"s{i}.yaml").write_text(text, "utf-8")
    found = []
    for turn in range(min(runs, 3)):
        own = env | {"LSTMVIZ_CACHE_DIR": str(folder / f"cache{turn}")}
        found.append(ratio("", 4, render(str(home), folder, "--no-cache"), own, 1))
    cpu, wall = (statistics.median(getattr(row, name) for row in found) for name in ("value", "wall"))
    return [Row("100 small specs, no cache at all", cpu, RATIO, 4, wall)]


def jobs(folder: Path, env: dict[str, str], runs: int) -> list[Row]:
    """The specs of the repository by two processes, over the same by one on the clock."""
    specs, rows = sorted(map(str, (ROOT / "specs").glob("*.yaml"))), []
    for files in (specs, specs[:3], specs[:2]):
        for what, more in (("no cached trace", ["--no-cache"]), ("cached traces", [])):
            both = [[*LSTMVIZ, "render", *files, "-q", "-o", f"{folder}/out", *more, "-j", j] for j in "12"]
            run(both[0], env)
            pairs = [[run(command, env) for command in both] for _ in range(runs)]
            cpu = statistics.median(two.cpu / one.cpu for one, two in pairs)
            wall = statistics.median(two.wall / one.wall for one, two in pairs)
            # Of few specs there is nothing to gain: what is measured is noise around 1.
            bar = 1.0 if files == specs else 1.1
            rows.append(Row(f"{len(files)} specs, {what}: `-j 2` over `-j 1`, by the clock", wall, "×", bar))
            rows.append(Row(f"{len(files)} specs, {what}: `-j 2` over `-j 1`, processor", cpu, "×"))
    return rows


def scaling(folder: Path, env: dict[str, str], runs: int) -> list[Row]:
    """Eight layers, every step drawn, model run anew."""
    rows: list[Row] = []
    for backend in ("graphviz", "matplotlib"):
        before = None
        for count in (25, 50) if runs == 1 else (250, 500, 1000):
            file = spec(folder, f"t{count}", count, 8, options=", elide: never")
            torch = torch_beside(env)
            mine = run(render(file, folder, "--backend", backend, "--no-cache"), env)
            what = f"8 layers × {count} steps, {backend.title()}"
            bar = 6 if (backend, count) == ("graphviz", 1000) else None
            rows.append(Row(what, mine.cpu / torch.cpu, RATIO, bar, mine.wall / torch.wall))
            # What every process with torch takes is no cost of the steps.
            drawing = mine.cpu - torch.cpu
            if before:
                rows.append(Row(f"{what}: over half as many", drawing / before, "×", 2.3))
            rows.append(Row(f"{what}: memory beyond torch", mine.peak - torch.peak, "MiB", 400))
            before = drawing
    return rows


def peers(folder: Path, env: dict[str, str], runs: int) -> list[Row]:
    """An LSTM of two layers, every step drawn, by others; 0 where they did not end in time."""
    rows: list[Row] = []
    run(render(spec(folder, "small", 5, 2), folder), env)  # the fonts, once per user
    for steps in STEPS[:1] if runs == 1 else STEPS:
        file = spec(folder, f"p{steps}", steps, 2, options=", elide: never")
        drawn: dict[str, list[str]] = {"lstmviz": render(file, folder, "--no-cache")}
        for name in ("torchview", "torchlens"):
            drawn[name] = [sys.executable, str(HOME / "peers.py"), name, str(steps), str(folder / name)]
        for name, command in drawn.items():
            torch, mine = torch_beside(env), run(command, env, PATIENCE)
            value, wall = (mine.cpu / torch.cpu, mine.wall / torch.wall) if mine.ended else (0.0, None)
            rows.append(Row(f"2 layers × {steps} steps, {name}", value, RATIO, None, wall))
    return rows


def checks(folder: Path, env: dict[str, str], runs: int) -> list[Row]:  # noqa: ARG001 (as every part)
    """The check of users' own modules, of the size of real ones, beside their own forward."""
    rows: list[Row] = []
    for name in checked.CASES:
        forward, spent, memory = of_module(name, "check", env)
        rows.append(Row(f"`check`, {name}: over 20 × forward + 2 s", spent / (20 * forward + 2), "×", 1))
        rows.append(Row(f"`check`, {name}: memory beyond the model", memory, "MiB", 500))
    own = "a cell of one's own, 200 steps"
    forward, spent, _ = of_module(own, "shapes", env)
    rows.append(Row(f"`shapes`, {own}: over 3 × forward + 50 ms", spent / (3 * forward + 0.05), "×", 1))
    _, spent, _ = of_module(own, "check", env)
    rows.append(Row(f"`check`, {own}", spent, "s", 5))
    for work in ("shapes", "pipeline"):
        forward, spent, _ = of_module(name, work, env)
        rows.append(Row(f"`{work}`, {name}: over 3 × forward + 0.5 s", spent / (3 * forward + 0.5), "×", 1))
    return rows


def of_module(name: str, work: str, env: dict[str, str]) -> tuple[float, float, float]:
    """The seconds of a module's forward and of a work on it, and the MiB that this took."""
    command = [sys.executable, str(HOME / "checked.py"), name, work]
    said = subprocess.run(command, env=env, capture_output=True, check=True, text=True).stdout
    forward, spent, memory = map(float, said.split())
    return forward, spent, memory


def recurrences(folder: Path, env: dict[str, str], runs: int) -> list[Row]:  # noqa: ARG001 (as every part)
    """How many of the tests' own recurrences take longer than they may: to be traced, and to be checked."""
    asked = [(steps, "traces of more than 3 × forward + 50 ms", ()) for steps in STEPS]
    asked.append((STEPS[-1], "`check`s of more than 5 s", ("--check",)))
    rows = []
    for steps, what, more in asked[:1] if runs == 1 else asked:
        command = [sys.executable, str(HOME / "recurrences.py"), f"--steps={steps}", *more]
        said = subprocess.run(command, env=env, capture_output=True, check=True, text=True).stdout
        held, _, every, *_ = said.splitlines()[-1].split()
        found = int(every) - int(held)
        rows.append(Row(f"{every} recurrences of one's own, {steps} steps: {what}", found, "", 0))
    return rows


PARTS: dict[str, Callable[[Path, dict[str, str], int], list[Row]]] = {
    "start-up": start_up,
    "batch": batch,
    "jobs": jobs,
    "scaling": scaling,
    "peers": peers,
    "check": checks,
    "recurrences": recurrences,
}


def measured(part: str, runs: int) -> list[Row]:
    """The rows of one part, measured now."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        env = {**os.environ, "LSTMVIZ_CACHE_DIR": str(folder / "cache"), "PYTHONPATH": str(ROOT)}
        # An installed package comes with its bytecode.
        env.pop("PYTHONDONTWRITEBYTECODE", None)
        env["PATH"] = f"{with_dot(folder)}{os.pathsep}{env.get('PATH', '')}"
        run(TORCH, env)
        return PARTS[part](folder, env, runs)


def with_dot(folder: Path) -> Path:
    """A folder with a `dot` for the peers, which need one: pygraphviz's."""
    home = folder / "bin"
    home.mkdir()
    for name in ("dot", "neato"):
        program = home / name
        program.write_text(f"#!{sys.executable}\n" + (HOME / "dot.py").read_text("utf-8"), "utf-8")
        program.chmod(0o755)
    return home


def main() -> None:
    """Measure and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one run, short sequences; nothing is kept")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--only", choices=PARTS, action="append", help="only this part; repeatable")
    given = parser.parse_args()
    for part in given.only or PARTS:
        rows = measured(part, 1 if given.quick else max(given.runs, 2))
        print(f"{part}:", *map(line, rows), sep="\n", flush=True)
        if not given.quick:
            load = f"{os.getloadavg()[1]:.1f} on {os.cpu_count()} processors"
            page.keep(part, [asdict(row) for row in rows], load)
    if not given.quick:
        page.write(PARTS, lambda kept: line(Row(**kept)))


if __name__ == "__main__":
    main()
