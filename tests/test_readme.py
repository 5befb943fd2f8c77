"""The README says what is true: its code runs, its YAML loads, its files exist."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

import lstmviz
from lstmviz import cli
from lstmviz.errors import SpecError
from lstmviz.figures import KINDS
from tests.network.onnx_files import classifier

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")


def blocks(language):
    """The code blocks in one language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


@pytest.fixture
def elsewhere(tmp_path, monkeypatch):
    """A folder with a few specs (that all can be drawn, other tests show), where anything may be written."""
    (tmp_path / "specs").mkdir()
    named = {*re.findall(r"specs/(\w+)\.yaml", "".join(blocks("python") + blocks("console"))), "seq2seq"}
    for name in sorted(named):
        (tmp_path / f"specs/{name}.yaml").symlink_to(ROOT / f"specs/{name}.yaml")
    (tmp_path / "docs").mkdir()
    classifier(tmp_path / "model.onnx")
    (tmp_path / "docs/forecast.py").symlink_to(ROOT / "docs/forecast.py")
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("code", blocks("python"))
@pytest.mark.usefixtures("elsewhere")
def test_python_runs(code):
    exec(compile(code, "README.md", "exec"), {})


@pytest.mark.parametrize("text", blocks("yaml"))
def test_yaml_loads(text):
    assert lstmviz.load(text).layers


def test_the_first_yaml_is_the_spec_it_names():
    assert lstmviz.load(blocks("yaml")[0]) == lstmviz.load(ROOT / "specs/lstm.yaml")


def test_the_error_shown_is_the_one_given(tmp_path, capsys, monkeypatch):
    lines = ["title: t", "input:", "  batch_size: 6", "  timesteps: 5", "  features: 3", "layers:"]
    (tmp_path / "weather.yaml").write_text("\n".join([*lines, "  - lstm: {hiden_size: 16}\n"]), "utf-8")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as left:
        cli.main(["render", "weather.yaml"])
    assert left.value.code == 1
    assert capsys.readouterr().err == blocks("text")[0]
    with pytest.raises(SpecError):
        lstmviz.load("weather.yaml")


def commands():
    """The commands of lstmviz that are shown, block by block."""
    shown = [
        [line for line in block.splitlines() if line.startswith("$ lstmviz ")] for block in blocks("console")
    ]
    return [[line.removeprefix("$ lstmviz ").split("  #")[0] for line in lines] for lines in shown if lines]


@pytest.mark.parametrize("lines", commands(), ids=lambda lines: lines[0])
@pytest.mark.usefixtures("elsewhere")
def test_commands_run_one_after_another(lines):
    for line in lines:
        with pytest.raises(SystemExit) as left:
            cli.main(shlex.split(line))
        assert left.value.code == 0, line


def test_pictures_and_links_exist():
    found = re.findall(r"\]\(([^)#:]+)\)|src=\"([^\"]+)\"", README)
    assert len(found) > 4
    for name in (a or b for a, b in found):
        assert (ROOT / name).exists(), name


def test_every_kind_is_listed():
    assert set(re.findall(r"^\| `(\w+)` \|", README, re.MULTILINE)) == set(KINDS)


def test_every_command_is_shown():
    for name in cli.cli.commands:
        assert f"lstmviz {name}" in README or f"`{name}`" in README or name == "themes"
