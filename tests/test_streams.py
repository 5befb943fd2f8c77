"""Streams that are closed, full, endless or read by nobody, and names that no file can have."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from lstmviz.cli import main
from tests.conftest import ROOT
from tests.test_faults import mortal

LINES = {
    "render": (["render", "s.yaml", "--kind", "rolled"], 0),
    "render to stdout": (["render", "s.yaml", "--kind", "rolled", "-o", "-"], 0),
    "report": (["render", "s.yaml", "--kind", "rolled", "--json"], 0),
    "snippet": (["render", "s.yaml", "--kind", "rolled", "--snippet", "html"], 0),
    "gallery": (["gallery", "s.yaml", "-o", "page"], 0),
    "check": (["check", "s.yaml"], 0),
    "shapes": (["shapes", "s.yaml"], 0),
    "kinds": (["kinds"], 0),
    "help": (["--help"], 0),
    "an invalid spec": (["shapes", "bad.yaml"], 1),
    "no such command": (["drow"], 2),
}
TELLS = {"render to stdout", "report", "snippet", "check", "shapes", "kinds", "help"}
"""What has something to say on stdout."""


@pytest.fixture(autouse=True)
def written(tmp_path):
    """Write a spec, and one that is none, into the folder."""
    text = "input: {features: 3, timesteps: 5}\nlayers: [lstm: 16]\nfigures: [rolled]\n"
    (tmp_path / "s.yaml").write_text(text)
    (tmp_path / "bad.yaml").write_text(text.replace("5", "five"))


@pytest.fixture
def command(tmp_path):
    """Run the command in the folder as users do; its process, when it has ended."""

    def command(*words, shell='"$@"', **more):
        line = ["sh", "-c", shell, "sh", sys.executable, "-m", "lstmviz", *map(str, words)]
        return subprocess.run(
            line, cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": ""},
            capture_output=True, encoding="utf-8", errors="replace", check=False, timeout=120, **more,
        )  # fmt: skip

    return command


def quiet(done):
    """Nothing that only its authors understand."""
    assert "Traceback" not in done.stderr + done.stdout
    assert "internal error" not in done.stderr + done.stdout
    assert "Exception ignored" not in done.stderr
    return done.returncode


@pytest.mark.parametrize("closed", [">&-", "<&- >&- 2>&-"])
@pytest.mark.parametrize("name", LINES)
def test_a_closed_stream_changes_nothing(command, tmp_path, name, closed):
    words, code = LINES[name]
    assert quiet(command(*words, shell=f'"$@" {closed}')) == code
    if name == "render":
        figure = (tmp_path / "output/s-rolled.svg").read_text("utf-8")
        assert figure.startswith("<svg")
        assert figure.endswith("</svg>\n")


@pytest.mark.parametrize("name", LINES)
def test_a_full_stdout_is_said(command, name):
    words, code = LINES[name]
    done = command(*words, shell='"$@" >/dev/full')
    assert quiet(done) == (4 if name in TELLS else code)
    assert ("standard output: No space left" in done.stderr) == (name in TELLS)


@pytest.mark.parametrize("end", ["2>/dev/full", "2>&1 >/dev/null | true"])
def test_what_nobody_hears_is_drawn(command, tmp_path, end):
    command("render", "s.yaml", "bad.yaml", "s.yaml", "--kind", "rolled", shell=f'"$@" {end}')
    assert (tmp_path / "output/s-rolled.svg").is_file()


def test_an_endless_stdin(command):
    def small():
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (2**30, 2**30))

    done = command("render", "-", shell='"$@" < /dev/zero', preexec_fn=small)
    assert quiet(done) == 1
    assert "error[too-big]" in done.stderr


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_a_terminal_that_knows_few_letters(command, tmp_path, encoding):
    (tmp_path / "成都.yaml").write_text((tmp_path / "s.yaml").read_text())
    tried = [["check", "成都.yaml"], ["render", "成都.yaml", "--json"], ["kinds"], ["shapes", "成都.yaml"]]
    for words in tried if encoding == "ascii" else tried[2:]:  # ascii knows no letter that latin-1 does not
        assert quiet(command(*words, shell=f'PYTHONIOENCODING={encoding} "$@"')) == 0


@pytest.mark.parametrize("words", [["render", "{}"], ["check", "{}"], ["gallery", "{}", "-o", "page"]])
@pytest.mark.parametrize("name", ["x" * 5000, "x" * 300 + "/s.yaml", "x/" * 3000 + "s.yaml"])
def test_too_long_a_name_is_no_spec(run, words, name):
    done = run(*[word.format(name) for word in words])
    assert quiet(done) == 1
    assert "error[unreadable]" in done.stderr


@pytest.mark.parametrize("name", ["x" * 5000, "x" * 300 + ".svg", "x/" * 3000 + "s.svg"])
def test_too_long_a_name_is_no_figure(run, name):
    done = run("render", "s.yaml", "-o", name)
    assert quiet(done) == 4
    assert "File name too long" in done.stderr


def test_a_name_that_is_empty(run, tmp_path):
    done = run("render", "")
    assert quiet(done) == 2
    assert "a spec without a name" in done.stderr
    assert not (tmp_path / "output").exists()


def test_what_is_no_file_is_not_replaced(run, tmp_path):
    os.mkfifo(tmp_path / "pipe.svg")
    done = run("render", "s.yaml", "-o", "pipe.svg")
    assert quiet(done) == 4
    assert "not a file that could be replaced" in done.stderr
    assert stat.S_ISFIFO((tmp_path / "pipe.svg").stat().st_mode)


def test_a_name_steers_no_terminal(run, tmp_path):
    name = "a\x1b]0;took\x07\u202eb.yaml"
    (tmp_path / name).write_text((tmp_path / "s.yaml").read_text())
    for words in (["render", name], ["check", name], ["render", name, "--check"]):
        done = run(*words)
        assert quiet(done) == 0
        assert not {"\x1b", "\x07", "\u202e"} & {*done.stderr, *done.stdout}


@pytest.mark.parametrize("what", ["specs", "output"])
def test_a_folder_that_may_not_be_listed(command, tmp_path, what):
    folder = tmp_path / what
    folder.mkdir()
    spec = folder / "a.yaml" if what == "specs" else tmp_path / "s.yaml"
    spec.write_text((tmp_path / "s.yaml").read_text())
    assert quiet(command("render", spec)) == 0
    folder.chmod(0o311)
    try:
        for words in (["render", folder], ["render", Path(what) / "b.yaml"]):
            assert quiet(command(*words, preexec_fn=mortal)) in {1, 2}
        assert quiet(command("render", spec, "--check", preexec_fn=mortal)) == 0
    finally:
        folder.chmod(0o755)


@pytest.mark.parametrize("dpi", ["nan", "inf", "-1", "1e9"])
def test_no_resolution(run, dpi):
    done = run("render", "s.yaml", "-f", "png", "--dpi", dpi)
    assert quiet(done) == 2
    assert "--dpi" in done.stderr


def test_a_command_in_ones_own_process_leaves_ctrl_c_alone():
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(SystemExit):
        main(["kinds"])
    assert signal.getsignal(signal.SIGINT) is before
