"""A layer of torch's is one row of `spec/layer_types.py`: every kind of figure draws and proves it."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from tests.conftest import ROOT

ROW = '    "softplus": _function("Softplus", "A smooth curve that approaches relu."),\n'
SPEC = """\
input: {batch_size: 4, timesteps: 5, features: 3}
layers: [lstm: 6, linear: 8, softplus, last_step, linear: 2]
figures:
  [pipeline, grid, unrolled, rolled, unfold, cell, tensors, neurons, influence, activity, weights, cube]
"""
ADDED = f"""
import sys
from importlib.abc import MetaPathFinder
from importlib.machinery import PathFinder, SourceFileLoader

class Loader(SourceFileLoader):
    def get_code(self, name):
        source = self.get_data(self.path).decode()
        assert source.count('    "identity": ') == 1
        source = source.replace('    "identity": ', {ROW!r} + '    "identity": ')
        return self.source_to_code(source, self.path)

class Finder(MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name != "lstmviz.spec.layer_types":
            return None
        spec = PathFinder.find_spec(name, path)
        spec.loader = Loader(name, spec.origin)
        return spec

sys.meta_path.insert(0, Finder())
from lstmviz.__main__ import main
main()
"""
"""The command, with one more row in the table as if it stood in the file."""


@pytest.fixture
def added(tmp_path):
    (tmp_path / "new.yaml").write_text(SPEC, "utf-8")

    def run(*arguments):
        command = [sys.executable, "-c", ADDED, *arguments]
        env = {"PYTHONPATH": str(ROOT), "XDG_CACHE_HOME": str(tmp_path), "PATH": "/usr/bin:/bin"}
        return subprocess.run(command, capture_output=True, text=True, check=False, env=env, cwd=tmp_path)

    return run


def test_every_figure_of_it_is_drawn_and_proven(added, tmp_path):
    drawn = added("render", "new.yaml", "-f", "json,svg")
    assert drawn.returncode == 0, drawn.stderr
    for kind in ("pipeline", "neurons"):
        assert "softplus" in (tmp_path / f"output/new-{kind}.json").read_text("utf-8").lower()
    proven = added("check", "new.yaml")
    assert proven.returncode == 0, proven.stderr
    assert re.search(r"^12 figures, \d+ arrows: all proven$", proven.stderr + proven.stdout, re.MULTILINE)


def test_the_lists_and_the_schema_have_it(added):
    assert "A smooth curve that approaches relu" in added("layers", "softplus").stdout
    assert "layer.softplus" in added("schema").stdout


def test_without_the_row_the_language_does_not_have_it(tmp_path):
    (tmp_path / "new.yaml").write_text(SPEC, "utf-8")
    command = [sys.executable, "-m", "lstmviz", "render", "new.yaml"]
    env = {"PYTHONPATH": str(ROOT), "XDG_CACHE_HOME": str(tmp_path), "PATH": "/usr/bin:/bin"}
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path, env=env)
    assert "'softplus' is not a layer" in done.stderr
