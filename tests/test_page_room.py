"""The command says that a figure is higher than its page; for every spec: tests/figures/test_rubric.py."""

from __future__ import annotations

import pytest

from lstmviz.cli import main
from tests.conftest import ROOT


def test_the_command_says_it(tmp_path, capsys):
    with pytest.raises(SystemExit):
        # eleven layers over time, one above the other: no column is as high
        main(["render", str(ROOT / "specs/waves.yaml"), "--width", "column", "-o", str(tmp_path)])
    assert "a column has room for 230: width: text makes it" in capsys.readouterr().err
