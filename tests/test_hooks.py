"""The hooks for pre-commit, and the workflow that the docs show, do what they say."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
import yaml

from lstmviz.cli import cli
from tests.conftest import SPEC

ROOT = Path(__file__).parent.parent
HOOKS = {hook["id"]: hook for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))}
KNOWN = {
    "id",
    "name",
    "description",
    "entry",
    "args",
    "language",
    "files",
    "pass_filenames",
    "require_serial",
}


@pytest.fixture
def hook(run, tmp_path):
    """Run a hook as pre-commit would, for the files that changed: its code and what it says."""
    (tmp_path / "specs").mkdir()
    (tmp_path / "specs/small.yaml").write_text(SPEC, "utf-8")

    def hook(name, changed):
        found = HOOKS[name]
        files = [file for file in changed if re.search(found["files"], file)]
        if not files:
            return None
        given = files if found.get("pass_filenames", True) else []
        program, *words = shlex.split(found["entry"])
        assert program == "lstmviz"
        code, _, err = run(*words, *found.get("args", ()), *given)
        return code, err

    return hook


def test_the_file_is_one_of_pre_commits():
    assert list(HOOKS) == ["lstmviz-render", "lstmviz-check"]
    for found in HOOKS.values():
        assert set(found) <= KNOWN
        assert {"id", "name", "entry", "language"} <= set(found)
        assert found["language"] == "python"


def test_render_draws_what_changed(hook, tmp_path):
    assert hook("lstmviz-render", ["README.md", "specs/notes.txt", "data/a.yaml"]) is None
    code, _ = hook("lstmviz-render", ["specs/small.yaml"])
    assert code == 0
    assert {path.name for path in (tmp_path / "output").iterdir()} == {"small-rolled.svg", "small-unfold.svg"}


def test_check_fails_until_figures_are_drawn(hook, tmp_path):
    code, err = hook("lstmviz-check", ["specs/small.yaml"])
    assert code == 1
    assert "missing output/small-rolled.svg" in err
    assert not (tmp_path / "output").exists()
    hook("lstmviz-render", ["specs/small.yaml"])
    assert hook("lstmviz-check", ["output/small-rolled.svg"])[0] == 0
    (tmp_path / "specs/small.yaml").write_text(SPEC.replace("16", "32"), "utf-8")
    code, err = hook("lstmviz-check", ["specs/small.yaml"])
    assert code == 1
    assert "stale output/small-unfold.svg" in err


def test_a_broken_spec_stops_the_commit(hook, tmp_path):
    (tmp_path / "specs/small.yaml").write_text(SPEC.replace("hidden", "hiden"), "utf-8")
    for name in HOOKS:
        code, err = hook(name, ["specs/small.yaml"])
        assert code == 1
        assert "did you mean 'hidden_size'?" in err


def test_arguments_of_the_users_send_figures_elsewhere(hook, monkeypatch, tmp_path):
    for found in HOOKS.values():
        monkeypatch.setitem(found, "args", ["-o", "docs/img"])
    assert hook("lstmviz-render", ["specs/small.yaml"])[0] == 0
    assert hook("lstmviz-check", ["specs/small.yaml"])[0] == 0
    assert (tmp_path / "docs/img/small-rolled.svg").is_file()


def test_the_action_calls_commands_that_there_are():
    action = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))
    *_, last = action["runs"]["steps"]
    lines = re.findall(r"lstmviz (render|check) ([^;]*);;", last["run"])
    assert len(lines) == 3
    for name, words in lines:
        known = {option for p in cli.commands[name].params for option in p.opts}
        assert {word for word in words.split() if word.startswith("-")} <= known
    assert set(re.findall(r"inputs\.(\w+)", str(action["runs"]))) == set(action["inputs"])
