"""Measures whole processes against ``import torch`` and writes docs/benchmarks.md."""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "benchmarks.md"
TORCH = [sys.executable, "-c", "import torch"]
LSTMVIZ = [sys.executable, "-m", "lstmviz"]
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
for _ in range(9):
    began = time.perf_counter()
    _ = lstmviz.draw(spec, "grid").svg
    times.append(time.perf_counter() - began)
print(statistics.median(times) * 1000)
"""


@dataclass(frozen=True)
class Row:
    """One line of the table: what was measured, its number, its bar."""

    what: str
    value: float
    unit: str
    bar: float | None

    def line(self) -> str:
        """The line as Markdown."""
        verdict = "" if self.bar is None else "holds" if self.value <= self.bar else "misses"
        bar = "" if self.bar is None else f"≤ {self.bar:g} {self.unit}"
        return f"| {self.what} | {self.value:.3g} {self.unit} | {bar} | {verdict} |"


def run(command: list[str], env: dict[str, str]) -> tuple[float, float]:
    """Seconds and peak MiB of a process."""
    began = time.perf_counter()
    process = subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    assert process.stderr
    errors = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(command)}: {errors.decode()}")
    return seconds, usage.ru_maxrss / 1024


def ratio(command: list[str], env: dict[str, str], runs: int) -> float:
    """The median of seconds over those of importing torch just before."""
    found = []
    for _ in range(runs):
        torch, _ = run(TORCH, env)
        found.append(run(command, env)[0] / torch)
    return statistics.median(found)


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
    import_torch = "× import torch"
    rows = [Row("`--help`", ratio([*LSTMVIZ, "--help"], env, runs), import_torch, 0.2)]
    cold = ratio(render(file, folder, "--no-cache"), env, runs)
    rows.append(Row("one figure, no cache, graphviz", cold, import_torch, 1.5))
    for backend, bar in (("graphviz", 0.35), ("matplotlib", 0.8)):
        cached = ratio(render(file, folder, "--backend", backend), env, runs)
        rows.append(Row(f"one figure, cached trace, {backend}", cached, import_torch, bar))
    warm = subprocess.run(
        [sys.executable, "-c", WARM, file], env=env, capture_output=True, check=True, text=True
    )
    rows.append(Row("library call to SVG, warm, 2 × 5 grid", float(warm.stdout), "ms", 30))
    return rows


def batch(folder: Path, env: dict[str, str], runs: int) -> Row:
    """A hundred small specs, each its own model, at one command."""
    home = folder / "hundred"
    home.mkdir()
    for i in range(100):
        spec(home, f"s{i}", 3, 1, hidden=i + 1)
    found = ratio(render(str(home), folder, "--no-cache"), env, runs)
    return Row("100 small specs, no cache", found, "× import torch", 4)


def scaling(folder: Path, env: dict[str, str], steps: tuple[int, ...]) -> list[Row]:
    """Eight layers, every step drawn."""
    rows = []
    torch = statistics.median(run(TORCH, env)[0] for _ in range(3))
    bare = run(TORCH, env)[1]
    for backend in ("graphviz", "matplotlib"):
        before = None
        for count in steps:
            file = spec(folder, f"t{count}", count, 8, options=", elide: never")
            seconds, peak = run(render(file, folder, "--backend", backend, "--no-cache"), env)
            what = f"8 layers × {count} steps, {backend}"
            bar = 6 if (backend, count) == ("graphviz", 1000) else None
            rows.append(Row(what, seconds / torch, "× import torch", bar))
            if before:
                rows.append(Row(f"{what}: over half the steps", seconds / before, "×", 2.3))
            rows.append(Row(f"{what}: memory beyond torch", peak - bare, "MiB", 400))
            before = seconds
    return rows


def main() -> None:
    """Measure and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer runs, shorter sequences; the page stays")
    quick = parser.parse_args().quick
    runs = 1 if quick else 5
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        env = {**os.environ, "LSTMVIZ_CACHE_DIR": str(folder / "cache"), "PYTHONPATH": str(ROOT)}
        run(TORCH, env)
        rows = start_up(folder, env, runs)
        rows.append(batch(folder, env, 1 if quick else 3))
        rows += scaling(folder, env, (25, 50) if quick else (250, 500, 1000))
    lines = ["| what | measured | bar | |", "|---|---|---|---|", *(row.line() for row in rows)]
    print("\n".join(lines))
    if not quick:
        head = (
            "# How fast it is\n\nWritten by `make bench`. Whole processes; a ratio is the median over runs "
            'of the time\nover that of `python -c "import torch"` just before it. Scaling is one run each.'
            "\n\n"
        )
        PAGE.write_text(head + "\n".join(lines) + "\n", "utf-8")


if __name__ == "__main__":
    main()
