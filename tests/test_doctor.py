"""``lstmviz doctor`` and ``completion``: what is there, and the Tab key."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib import metadata

import pytest

from lstmviz import store
from lstmviz.backends import fonts
from lstmviz.cli import cli
from lstmviz.commands import doctor
from tests.conftest import ROOT


def test_all_is_well(run):
    code, out, err = run("doctor")
    assert (code, err) == (0, "")
    assert "✗" not in out
    for package in ("torch", "matplotlib", "pydantic"):
        assert metadata.version(package) in out
    assert "DejaVu Sans" in out
    assert out.count("draws svg, pdf, png") == 2
    assert out.endswith("Figures can be drawn.\n")
    assert max(map(len, out.splitlines())) <= 140


def test_one_backend_is_enough(run, monkeypatch):
    monkeypatch.setitem(sys.modules, "pygraphviz", None)
    monkeypatch.setenv("PATH", "")
    code, out, _ = run("doctor")
    assert code == 0
    assert "✗ --backend graphviz    cannot draw: pygraphviz is not installed" in out
    assert "→ pip install pygraphviz" in out
    assert out.endswith("Figures can be drawn.\n")


def test_without_torch_nothing_can_be_drawn(run, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    code, out, _ = run("doctor")
    assert code == 3
    assert "without it only models are drawn that ran here before" in out
    assert "→ uv pip install --torch-backend cpu torch" in out
    assert out.endswith("see ✗ above.\n")


def test_without_any_backend_nothing_can_be_drawn(run, monkeypatch):
    def fails(*_, **__):
        raise RuntimeError("broken")

    monkeypatch.setattr(doctor.Figure, "paint", fails)
    code, out, _ = run("doctor")
    assert code == 3
    assert out.count("cannot draw: RuntimeError: broken") == 3
    assert "✗ painting" in out


def test_without_the_shipped_fonts_nothing_can_be_drawn(run, monkeypatch, tmp_path):
    monkeypatch.setattr(fonts, "font_folder", lambda: tmp_path)
    finding = doctor._fonts()
    assert "DejaVu Sans" in finding.says
    assert finding.remedy


def test_no_cache_is_no_disaster(monkeypatch):
    monkeypatch.setattr(store, "cache_folder", lambda: None)
    finding = doctor._cache()
    assert finding.remedy
    assert not finding.vital


def test_a_missing_package_is_said_without_a_traceback(run, monkeypatch):
    monkeypatch.setitem(sys.modules, "lstmviz.commands.doctor", None)
    code, _, err = run("doctor")
    assert code == 3
    assert "is not installed" in err


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_every_shell_gets_its_script(run, shell):
    code, out, _ = run("completion", shell)
    assert code == 0
    assert f"_LSTMVIZ_COMPLETE={shell}_complete" in out


def test_other_shells_are_refused(run):
    assert run("completion", "tcsh")[0] == 2


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("render --kind c", {"cube", "cell"}),
        ("render --theme a", {"auto"}),
        ("render --figure unf", {"unfold"}),
        ("new st", {"stacked"}),
        ("completion f", {"fish"}),
        ("render sp", {"file"}),
    ],
)
def test_what_is_completed(words, found):
    from click.shell_completion import ShellComplete

    *before, begun = words.split()
    items = ShellComplete(cli, {}, "lstmviz", "_LSTMVIZ_COMPLETE").get_completions(before, begun)
    assert {item.type if item.type == "file" else item.value for item in items} == found


def test_the_command_answers_the_shell():
    done = subprocess.run(
        [sys.executable, "-m", "lstmviz"],
        env={
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "_LSTMVIZ_COMPLETE": "bash_complete",
            "COMP_WORDS": "lstmviz do",
            "COMP_CWORD": "1",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "plain,doctor\n", "")
