"""docs/your-module.md says what is true: its code runs, its commands print what it shows."""

import re
import shlex
from pathlib import Path

import pytest

from lstmviz import cli

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs/your-module.md").read_text("utf-8")


def blocks(language):
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


def test_the_code_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    exec(compile("\n".join(blocks("python")), "your-module.md", "exec"), {"__name__": "page"})
    assert Path("forecast.svg").exists()


def test_the_module_is_the_one_in_the_file():
    shown = "".join(blocks("python")[0].split())
    hints = r'"""(.|\n)*?"""|: int|: Tensor| -> \w+|Tensor, '
    written = re.sub(hints, "", (ROOT / "docs/forecast.py").read_text("utf-8"))
    assert "".join(written.split()) == shown


@pytest.mark.parametrize("block", blocks("console"))
def test_the_commands_print_what_is_shown(block, tmp_path, monkeypatch, capfd):
    (tmp_path / "docs").symlink_to(ROOT / "docs")
    monkeypatch.chdir(tmp_path)
    for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        line, _, shown = part.partition("\n")
        program, *words = shlex.split(line)
        if program == "cat":
            assert Path(*words).read_text("utf-8") == shown
            continue
        with pytest.raises(SystemExit) as left:
            cli.main(words)
        assert left.value.code == 0
        assert capfd.readouterr().out == shown
