"""The command says that a figure is higher than its page; for every spec: tests/figures/test_rubric.py."""

from __future__ import annotations

import pytest

from lstmviz.cli import main

BLOCK = """\
  - conv1d: {out_channels: 16, kernel_size: 3}
  - group_norm: 4
  - gelu
  - avg_pool1d: 2
"""
SPEC = f"""\
input: {{batch_size: 8, timesteps: 500, features: 12, batch_first: true}}
layers:
{BLOCK * 3}  - gru: 32
  - layer_norm
  - linear: 5
figures: [pipeline]
"""


def test_the_command_says_it(tmp_path, capsys):
    # fifteen layers over time: no column is as high, nor two beside each other
    (tmp_path / "long.yaml").write_text(SPEC, "utf-8")
    with pytest.raises(SystemExit):
        main(["render", str(tmp_path / "long.yaml"), "--width", "column", "-o", str(tmp_path)])
    assert "a column has room for 230: width: text makes it" in capsys.readouterr().err
