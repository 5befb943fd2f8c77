"""Specs that mean harm, to the command as users run it: a clear answer, in little time and memory."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.conftest import ROOT
from tests.spec.test_hostile import LAUGHS, MERGES

GOOD = "input: {features: 3, timesteps: 5}\nlayers: [lstm: 16]\n"
HUGE = 10**9
LIMIT_MIB = 300
LIMIT_SECONDS = 4
"""Of the processor, beside other tests; on its own each takes less than one, with torch less than two."""
MEASURED = """
import os, resource, signal, sys
from lstmviz.cli import main
def run(*arguments):
    try:
        main(arguments)
    except SystemExit as done:
        return done.code
run("render", "warm.yaml")  # what every command imports is imported once
for folder in sys.stdin:
    if not (child := os.fork()):
        os.chdir(folder.rstrip())
        os.dup2(os.open("words", os.O_CREAT | os.O_WRONLY), 2)
        os.dup2(2, 1)
        signal.alarm(120)
        begun = resource.getrusage(resource.RUSAGE_SELF)
        code = run("render", "s.yaml")
        with open("/proc/self/status") as status:
            peak = next(line.split()[1] for line in status if line.startswith("VmHWM"))
        used = resource.getrusage(resource.RUSAGE_SELF)
        seconds = used.ru_utime + used.ru_stime - begun.ru_utime - begun.ru_stime
        with open("used", "w") as file:
            print(code, peak, seconds, "torch" in sys.modules, file=file)
        os._exit(0)
    print(os.waitpid(child, 0)[1], flush=True)
"""
"""A process of its own for each spec: a fork of one in which lstmviz is imported."""
INPUTS = ("batch_size", "timesteps", "features", "vocabulary", "channels", "height", "width")
LAYERS = {
    "hidden_size": f"lstm: {HUGE}",
    "num_layers": f"lstm: {{hidden_size: 4, num_layers: {HUGE}}}",
    "proj_size": f"lstm: {{hidden_size: 16, proj_size: {HUGE}}}",
    "out_features": f"linear: {HUGE}",
    "sizes": f"view: [-1, {HUGE}]",
    "padding": f"conv1d: {{out_channels: 2, kernel_size: 3, padding: {HUGE}}}",
    "steps": f"decoder: {{cell: lstm, hidden_size: 16, steps: {HUGE}, features: 8}}",
}
FIGURES = {
    "highlight": f"kind: grid, highlight: {HUGE}",
    "step": f"kind: cube, step: {HUGE}",
    "rows": f"kind: cube, windows: {{rows: {HUGE}, stride: 1}}",
    "shown": f"kind: neurons, steps: {HUGE}",
    "page": f"kind: rolled, width: {HUGE}mm",
    "layer": f"kind: rolled, layer: {HUGE}",
}
SPECS = {
    "aliases": LAUGHS,
    "merges": MERGES,
    "anchor in itself": "a: &a [*a]\n",
    "depth, flow": GOOD + "style: " + "[" * 100_000 + "\n",
    "depth, closed": GOOD + "style: " + "[" * 100_000 + "]" * 100_000 + "\n",
    "depth, mappings": GOOD + "style: " + "{a: " * 100_000 + "\n",
    "depth, lists": "- " * 100_000 + "\n",
    "depth, keys": "? " * 100_000 + "\n",
    "100 MB": GOOD + "#" * 100 * 2**20,
    "NUL": GOOD + "\0",
    "UTF-16 without a mark": GOOD.encode("utf-16-le"),
    "UTF-32": GOOD.encode("utf-32"),
    "tabs": "input:\n\tfeatures: 3\n",
    "an object": GOOD + "title: !!python/object/apply:os.system ['touch used']\n",
    "not a number": GOOD.replace("5", ".nan"),
    "no end": GOOD.replace("5", ".inf"),
    "too large a number": GOOD.replace("5", "1e999"),
    "a million digits": GOOD.replace("5", "9" * 900_000),
    "an enormous title": GOOD + "title: " + "x " * 450_000 + "\n",
    "an enormous name": GOOD.replace("16", "{hidden_size: 16, name: " + "x" * 900_000 + "}"),
    "an enormous key": GOOD + "x" * 900_000 + ": 1\n",
    "a hundred thousand layers": GOOD.replace("lstm: 16", ", ".join(["relu"] * 100_000)),
    "a thousand layers": GOOD.replace("lstm: 16", ", ".join(["lstm: 4"] * 1000)),
    "many deep layers": GOOD.replace("lstm: 16", ", ".join(["lstm: {hidden_size: 4, num_layers: 100}"] * 3)),
    "a hundred thousand figures": GOOD + "figures: [" + "grid, " * 100_000 + "]\n",
    **{f"huge {name}": f"input: {{{name}: {HUGE}, timesteps: 5}}\nlayers: [relu]\n" for name in INPUTS[2:4]},
    **{f"huge {name}": GOOD.replace("timesteps: 5", f"{name}: {HUGE}") for name in INPUTS[:2]},
    **{
        f"huge {name}": "input: {channels: 3, height: 8, width: 8}\nlayers: [flatten]\n".replace(
            f"{name}: {3 if name == 'channels' else 8}", f"{name}: {HUGE}"
        )
        for name in INPUTS[4:]
    },
    **{f"huge {name}": GOOD.replace("16]", f"16, {layer}]") for name, layer in LAYERS.items()},
    **{f"huge {name}": f"{GOOD}figures: [{{{figure}}}]\n" for name, figure in FIGURES.items()},
}


@pytest.fixture(scope="module")
def forking(tmp_path_factory):
    """The process that is forked."""
    folder = tmp_path_factory.mktemp("forking")
    (folder / "warm.yaml").write_text("layers: [lstn: 16]\n")
    with subprocess.Popen(
        [sys.executable, "-c", MEASURED], cwd=folder, env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    ) as process:  # fmt: skip
        yield process
        process.stdin.close()


@pytest.fixture
def measured(forking, tmp_path):
    """Render a spec in a process of its own; its code, words, MiB, seconds, and whether it used torch."""

    def measured(spec):
        (tmp_path / "s.yaml").write_bytes(spec if isinstance(spec, bytes) else spec.encode())
        print(tmp_path, file=forking.stdin, flush=True)
        assert forking.stdout.readline() == "0\n"
        code, peak, seconds, torch = (tmp_path / "used").read_text().split()
        return int(code), (tmp_path / "words").read_text(), int(peak) / 1024, float(seconds), torch == "True"

    return measured


@pytest.mark.parametrize("name", SPECS)
def test_a_hostile_spec_is_refused(measured, tmp_path, name):
    code, words, mib, seconds, torch = measured(SPECS[name])
    figure_alone = "error[figure]" in words  # whose model was run
    assert code == 1, words
    assert "internal error" not in words
    assert "Traceback" not in words
    assert "s.yaml" in words
    assert len(words) < 9000
    assert figure_alone or not torch
    assert mib < LIMIT_MIB
    assert seconds < LIMIT_SECONDS
    assert not (tmp_path / "output").exists()


@pytest.mark.parametrize(
    "spec",
    [
        GOOD.replace("\n", "\r\n"),
        GOOD.replace("\n", "\r"),
        b"\xef\xbb\xbf" + GOOD.encode(),
        GOOD.encode("utf-16"),
    ],
    ids=["CRLF", "CR", "a mark", "UTF-16"],
)
def test_what_an_editor_may_write_is_drawn(run, tmp_path, spec):
    (tmp_path / "s.yaml").write_bytes(spec if isinstance(spec, bytes) else spec.encode())
    assert run("render", "s.yaml", "--kind", "rolled")[0] == 0


def test_drawing_every_step_has_an_end(run, tmp_path):
    spec = GOOD.replace("5", "100000") + "figures: [{kind: unrolled, elide: never}]\n"
    (tmp_path / "s.yaml").write_text(spec)
    code, _, words = run("render", "s.yaml")
    assert code == 1
    assert "elide: never would draw 100000 cells, and 20000 are the most" in words


TRICKS = [
    "../x",
    "/tmp/lstmviz-trick",
    "a/b",
    "a\\b",
    "..",
    ".",
    ".hidden",
    "~/x",
    "a\tb",
    "",
    "x" * 300,
    "-o",
]


@pytest.mark.parametrize("name", TRICKS)
def test_nothing_is_written_outside_the_folder(run, tmp_path, name):
    home = tmp_path / "in"
    home.mkdir()
    before = {*tmp_path.rglob("*")}
    quoted = name.replace("\\", "\\\\").replace("\t", "\\t")
    (tmp_path / "s.yaml").write_text(f'{GOOD}figures: [{{kind: rolled, name: "{quoted}"}}]\n')
    code, _, words = run("render", "s.yaml", "-o", "in/out")
    assert "internal error" not in words
    new = {*tmp_path.rglob("*")} - before - {tmp_path / "s.yaml"}
    assert all(p == home / "out" or p.parent == home / "out" for p in new)
    assert code == (0 if any(p.is_file() for p in new) else code)
    assert code in {0, 1, 4}
