"""Importing lstmviz is cheap."""

from __future__ import annotations

import subprocess
import sys

import pytest

import lstmviz

HEAVY = {"torch", "numpy", "matplotlib", "pygraphviz", "pydantic", "yaml", "fontTools"}


def loaded(code):
    """The heavy packages that a piece of code loads."""
    shown = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys; print(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    return HEAVY & set(shown.splitlines()[-1].split())


def test_import_loads_nothing_heavy():
    assert loaded("import lstmviz; dir(lstmviz)") == set()


def test_help_loads_nothing_heavy():
    assert loaded("import lstmviz.cli") == set()


def test_drawing_again_needs_no_torch(small, monkeypatch):
    lstmviz.draw(small, "rolled")
    code = f"import lstmviz; lstmviz.draw({str(small)!r}, 'rolled').svg"
    assert "torch" not in loaded(code)


COMMAND = """
import sys
from lstmviz.cli import main
try:
    main({arguments!r})
except SystemExit as done:
    assert done.code == {code}, done.code
"""


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["--help"], 0),
        (["render", "--help"], 0),
        (["kinds"], 0),
        (["themes"], 0),
        (["render", "bad.yaml", "-q"], 1),
        (["render", "small.yaml", "-q"], 0),
        (["render", "small.yaml", "-q", "--check"], 0),
        (["shapes", "small.yaml"], 0),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_a_command_loads_what_it_needs(run, small, tmp_path, arguments, code):
    """Where the model was run before; SVG is written without a painter."""
    assert run("render", small)[0] == 0
    (tmp_path / "bad.yaml").write_text(small.read_text("utf-8").replace("hidden_size", "hiden_size"))
    found = loaded(COMMAND.format(arguments=arguments, code=code))
    assert not found & {"torch", "numpy", "matplotlib", "pygraphviz"}
    assert arguments[-1] != "--help" or found == set()


def test_without_torch_what_needs_it_says_how_to_get_it(tmp_path):
    """Not installed at all: no module of it can be found."""
    gone = "import sys; sys.modules['torch'] = None\n"
    for code in (
        "import lstmviz; lstmviz.check('a.yaml')",
        "import lstmviz; lstmviz.draw('a.onnx', 'grid')",
        "from lstmviz.cli import main; main(['inspect', 'a.py:B'])",
    ):
        command = [sys.executable, "-c", gone + code]
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
        last = done.stderr.splitlines()[-1]
        assert "torch is not installed: uv pip install --torch-backend cpu torch" in last
        assert done.returncode == (3 if "main" in code else 1)


def test_every_public_name_is_there():
    for name in lstmviz.__all__:
        assert getattr(lstmviz, name) is not None
    assert set(lstmviz.__all__) <= set(dir(lstmviz))
    with pytest.raises(AttributeError):
        lstmviz.drwa  # noqa: B018
