"""The public names are typed as a strict reader of a program wants them."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.conftest import ROOT

SAMPLE = ROOT / "tests/typed_sample.py"
WRONG = (
    "import lstmviz\nsizes: list[str] = lstmviz.shapes('a.yaml').tensors['h_n']\nlstmviz.draw('a.yaml', 3)\n"
    "lstmviz.draw('a.yaml').scene.nodes[0].id = 'no record changes'\n"
)

# lstmviz as mypy takes an installed package: its signatures, not the bodies of its functions, which
# `make lint` checks. No type of another package is in a public signature.
SETTINGS = """\
[mypy]
strict = true
[mypy-lstmviz.*]
ignore_errors = true
[mypy-torch.*,numpy.*,pydantic.*,matplotlib.*,click.*]
follow_imports = skip
"""


def test_a_typed_program_passes_and_a_wrong_one_does_not(tmp_path):
    path, settings = tmp_path / "wrong.py", tmp_path / "mypy.ini"
    path.write_text(WRONG, "utf-8")
    settings.write_text(SETTINGS, "utf-8")
    how = ["--config-file", settings, "--cache-dir", tmp_path / "cache"]
    done = subprocess.run(
        [sys.executable, "-m", "mypy", *how, SAMPLE, path],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stdout.count("error:") == done.stdout.count("wrong.py:") == 3, done.stdout


@pytest.mark.parametrize("name", ["py.typed"])
def test_the_mark_of_a_typed_package_is_there(name):
    assert (ROOT / "lstmviz" / name).is_file()
