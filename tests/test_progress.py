"""What is said while many specs are drawn: a line that goes away again, and on a terminal only."""

from __future__ import annotations

import os
import pty
import subprocess
import sys

from tests.conftest import ROOT


def on_terminal(folder, *arguments, **environment):
    """The command with its messages going to a terminal; what the terminal was sent."""
    ours, theirs = pty.openpty()
    env = {**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm", **environment}
    done = subprocess.run(
        [sys.executable, "-m", "lstmviz", *map(str, arguments)],
        cwd=folder, env=env, stderr=theirs, stdout=subprocess.PIPE, check=False,
    )  # fmt: skip
    os.close(theirs)
    said = b""
    while True:
        try:
            part = os.read(ours, 65536)
        except OSError:  # the other end is closed, and all of it is read
            part = b""
        if not part:
            break
        said += part
    os.close(ours)
    return done.returncode, said.decode()


def shown(said):
    """What stands on the terminal in the end."""
    return [line.split("\r\x1b[K")[-1] for line in said.replace("\r\n", "\n").split("\n")]


def two(small):
    other = small.with_name("zwei.yaml")
    other.write_text(small.read_text("utf-8"), "utf-8")
    return small.parent


def test_many_specs_are_counted_while_they_are_drawn(small, tmp_path):
    code, said = on_terminal(tmp_path, "render", two(small), "--kind", "rolled")
    assert code == 0
    assert "small.yaml (1 of 2)" in said
    assert "zwei.yaml (2 of 2)" in said
    *lines, summary, end = shown(said)
    assert [line.split(" (")[0] for line in lines] == [
        "wrote output/small-rolled.svg",
        "wrote output/zwei-rolled.svg",
    ]
    assert summary.startswith("2 figures: 2 written (")
    assert end == ""


def test_one_spec_or_a_quiet_run_is_not_counted(small, tmp_path):
    assert " of 1)" not in on_terminal(tmp_path, "render", small, "--kind", "rolled")[1]
    assert on_terminal(tmp_path, "render", two(small), "--kind", "rolled", "-q") == (0, "")
    assert "\x1b" not in on_terminal(tmp_path, "render", two(small), "--kind", "rolled", TERM="dumb")[1]


def test_off_a_terminal_nothing_is_counted(command, small):
    done = command("render", two(small), "--kind", "rolled")
    assert " of 2)" not in done.stderr
    assert "\x1b" not in done.stderr


def test_a_proof_ends_with_its_summary_on_a_terminal_too(small, tmp_path):
    code, said = on_terminal(tmp_path, "check", two(small))
    assert code == 0
    assert shown(said)[-2].endswith(": all proven")


def test_no_figures_at_all_are_said_so(command, small):
    done = command("render", small, "--set", "figures=[]")
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr.startswith("no figures: none is asked for")
