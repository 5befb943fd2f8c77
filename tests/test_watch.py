"""``render --watch``: drawn again on every save, the last good figure kept."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading

import pytest
import watchfiles

from tests.conftest import ROOT

BETTER = "title: A small LSTM", "title: A better LSTM"
WORSE = "hidden_size", "hiden_size"


@pytest.fixture
def watch(run, small, monkeypatch):
    """Watch while these things happen, one before each time the watcher wakes."""

    def watch(*happenings, specs=(small,), options=()):
        def wakes(*_, **__):
            for happening in happenings:
                happening()
                yield set()

        monkeypatch.setattr(watchfiles, "watch", wakes)
        code, out, err = run("render", *specs, "--watch", *options)
        assert (code, out) == (0, "")
        first, rest = err.split("Ctrl-C ends it\n")
        return [
            re.sub(r" \(\d+\.\d\d s\)$", "", line) for line in (*first.splitlines()[:-1], *rest.splitlines())
        ]

    return watch


@pytest.fixture
def edit(small):
    """Change the words of the small spec."""
    return lambda old, new: small.write_text(small.read_text("utf-8").replace(old, new), "utf-8")


def test_a_save_draws_what_it_changed(watch, edit, small, tmp_path):
    _, line = watch(lambda: edit(*BETTER))
    assert line == f"{small}: wrote output/small-rolled.svg, output/small-unfold.svg"
    assert "A better LSTM" in (tmp_path / "output/small-rolled.svg").read_text("utf-8")


def test_a_save_that_changes_one_figure_leaves_the_other_alone(watch, edit, small):
    _, line = watch(lambda: edit("[rolled, unfold]", "[rolled, {kind: unfold, theme: dark}]"))
    assert line == f"{small}: wrote output/small-unfold.svg; 1 unchanged"


def test_waking_without_a_save_draws_nothing(watch, tmp_path):
    (line,) = watch(lambda: (tmp_path / "other.txt").write_text("x"), lambda: None)
    assert "wrote" in line


def test_an_error_is_one_line_and_the_last_good_figure_stays(watch, edit, small, tmp_path):
    kept = []

    def spoil():
        kept.extend(p.read_bytes() for p in sorted((tmp_path / "output").iterdir()))
        edit(*WORSE)

    _, error, mended = watch(spoil, lambda: edit(*reversed(WORSE)))
    assert error == (
        f"{small}:4:12: error[unknown-key]: 'hiden_size' is not an option of lstm "
        "(did you mean 'hidden_size'?); its figures stay as they were"
    )
    assert mended == f"{small}: 2 unchanged"
    assert [p.read_bytes() for p in sorted((tmp_path / "output").iterdir())] == kept


def test_a_figure_that_cannot_be_is_named(watch, edit, small):
    _, line = watch(lambda: edit("unfold", "volumes"))
    assert line.startswith(f"{small}: failed output/small-volumes.svg (")
    assert line.endswith("; 1 unchanged")


def test_a_spec_that_goes_and_comes_back(watch, small):
    text = small.read_text("utf-8")
    lines = watch(small.unlink, lambda: small.write_text(text, "utf-8"))
    assert lines[1:] == [f"{small}: 2 unchanged"]


def test_a_new_spec_in_a_folder_is_drawn(watch, small, tmp_path):
    text = small.read_text("utf-8")
    lines = watch(lambda: (tmp_path / "z.yaml").write_text(text, "utf-8"), specs=[tmp_path])
    assert lines[1] == f"{tmp_path / 'z.yaml'}: wrote output/z-rolled.svg, output/z-unfold.svg"


def test_no_spec_takes_the_file_of_another(watch, small, tmp_path):
    other = tmp_path / "sub/small.yaml"
    other.parent.mkdir()
    other.write_text(small.read_text("utf-8"), "utf-8")
    _, error = watch(specs=[small, other])
    assert "would be the same file" in error


@pytest.mark.parametrize("options", [["--check"], ["--json"], ["-o", "-"]])
def test_what_does_not_go_with_it(run, small, options):
    assert run("render", small, "--watch", *options)[0] == 2


def test_standard_input_is_never_saved(run):
    assert run("render", "-", "--watch")[0] == 2


def test_a_folder_that_is_not_there(run):
    code, _, err = run("render", "nowhere/a.yaml", "--watch")
    assert code == 2
    assert err == "lstmviz: there is no folder 'nowhere' to watch\n"


def test_a_spec_that_is_not_there_yet(watch, small, tmp_path):
    text = small.read_text("utf-8")
    later = tmp_path / "later.yaml"
    first, then = watch(lambda: later.write_text(text, "utf-8"), specs=[later])
    assert "there is no such file" in first
    assert then == f"{later}: wrote output/later-rolled.svg, output/later-unfold.svg"


def test_an_empty_folder_gets_its_first_spec(watch, small, tmp_path):
    text, folder = small.read_text("utf-8"), tmp_path / "empty"
    folder.mkdir()
    (line,) = watch(lambda: (folder / "a.yaml").write_text(text, "utf-8"), specs=[folder])
    assert line.endswith("wrote output/a-rolled.svg, output/a-unfold.svg")


def test_without_the_library_it_is_said_what_to_install(run, small, monkeypatch):
    monkeypatch.setitem(sys.modules, "watchfiles", None)
    code, _, err = run("render", small, "--watch")
    assert code == 3
    assert "pip install watchfiles" in err


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGINT for other processes")
def test_the_whole_thing_until_ctrl_c(small, tmp_path, edit):
    process = subprocess.Popen(
        [sys.executable, "-m", "lstmviz", "render", "small.yaml", "--watch"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stderr=subprocess.PIPE,
        text=True,
    )
    guard = threading.Timer(60, process.kill)
    guard.start()
    try:
        assert process.stderr.readline().startswith("small.yaml: wrote ")
        assert process.stderr.readline().startswith("watching small.yaml")
        edit(*BETTER)
        assert process.stderr.readline().startswith("small.yaml: wrote ")
        process.send_signal(signal.SIGINT)
        assert process.wait() == 130
        assert process.stderr.read().strip() == ""
    finally:
        guard.cancel()
        process.kill()
        process.stderr.close()
