"""The hooks for pre-commit, and the workflow that the docs show, do what they say."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

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


ACTION = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))


@pytest.fixture
def action(tmp_path):
    """Run the action's last step in a clean clone of a repository with one spec, as the runner would."""
    bin_, theirs, clone = (tmp_path / name for name in ("bin", "theirs.git", "clone"))
    bin_.mkdir()
    command = bin_ / "lstmviz"
    command.write_text(f'#!/bin/sh\nexec {sys.executable} -m lstmviz "$@"\n')
    command.chmod(0o755)
    env = os.environ | {
        "PATH": f"{bin_}{os.pathsep}{os.environ['PATH']}", "GIT_CONFIG_GLOBAL": os.devnull,
        "PYTHONPATH": os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")])),
    }  # fmt: skip

    def shell(script, **more):
        return subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
            cwd=clone, env=env | more, capture_output=True, text=True, check=False,
        )  # fmt: skip

    clone.mkdir()
    assert shell(f"git init -q --bare {theirs} && git clone -q {theirs} .").returncode == 0
    (clone / "specs").mkdir()
    (clone / "specs/small.yaml").write_text(SPEC, "utf-8")
    assert (
        shell(
            "git add -A && git -c user.name=a -c user.email=a@x commit -qm Spec && git push -q origin HEAD"
        ).returncode
        == 0
    )
    step = ACTION["runs"]["steps"][-1]

    def action(mode):
        given = {name: value["default"] for name, value in ACTION["inputs"].items()} | {"mode": mode}
        more = {key: re.sub(r"\$\{\{ inputs\.(\w+) \}\}", lambda m: given[m[1]], value)
                for key, value in step["env"].items()}  # fmt: skip
        return shell(step["run"], **more)

    action.shell = shell
    return action


def test_the_action_draws_checks_proves_and_commits(action):
    assert action("check").returncode == 1
    assert "missing" in action("check").stderr
    assert action("render").returncode == 0
    assert action("check").returncode == 0
    assert action.shell("git status --porcelain").stdout == "?? output/\n"
    assert action("prove").returncode == 0
    assert action("commit").returncode == 0
    assert action.shell("git log -1 --format=%s @{upstream}").stdout == "Figures drawn again\n"
    assert action.shell("git status --porcelain").stdout == ""
    before = action.shell("git rev-parse HEAD").stdout
    assert action("commit").returncode == 0
    assert action.shell("git rev-parse HEAD").stdout == before
    assert action("draw").returncode == 2


def test_the_action_is_given_what_it_names():
    assert set(re.findall(r"inputs\.(\w+)", str(ACTION["runs"]))) == set(ACTION["inputs"])
