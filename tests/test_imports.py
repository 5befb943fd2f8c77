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
    return HEAVY & set(shown.split())


def test_import_loads_nothing_heavy():
    assert loaded("import lstmviz; dir(lstmviz)") == set()


def test_help_loads_nothing_heavy():
    assert loaded("import lstmviz.cli") == set()


def test_drawing_again_needs_no_torch(small, monkeypatch):
    lstmviz.draw(small, "rolled")
    code = f"import lstmviz; lstmviz.draw({str(small)!r}, 'rolled').svg"
    assert "torch" not in loaded(code)


def test_every_public_name_is_there():
    for name in lstmviz.__all__:
        assert getattr(lstmviz, name) is not None
    assert set(lstmviz.__all__) <= set(dir(lstmviz))
    with pytest.raises(AttributeError):
        lstmviz.drwa  # noqa: B018
