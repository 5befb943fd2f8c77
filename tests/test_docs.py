"""docs/adding-a-kind.md does what it says: its file, its line and its spec make a kind."""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path
from types import ModuleType

import pytest

import lstmviz
from lstmviz import cli, figures
from tests.figures.lint import faults

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs/adding-a-kind.md").read_text("utf-8")
FILE, LINE = re.findall(r"^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
(SPEC,) = re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


@pytest.fixture
def added(monkeypatch):
    """The table of kinds with the page's line in it, and the page's file where the line says."""
    line = ast.literal_eval("{" + LINE + "}")
    ((name, dotted),) = line.items()
    place = dotted.partition(":")[0]
    assert f"`{place.replace('.', '/')}.py`" in PAGE
    module = ModuleType(place)
    exec(compile(FILE, place, "exec", dont_inherit=True), module.__dict__)
    monkeypatch.setitem(sys.modules, place, module)
    monkeypatch.setattr(figures, "KINDS", {**figures.KINDS, **line})
    return name


def test_the_line_stands_as_its_neighbours_do():
    neighbours = (ROOT / "lstmviz/figures/__init__.py").read_text("utf-8")
    assert re.search(r'\n    "volumes": "lstmviz\.figures\.volumes(\.\w+)?:VOLUMES",\n', neighbours)
    assert re.fullmatch(r' {4}"areas": "lstmviz\.figures\.areas:AREAS",\n', LINE)


@pytest.mark.parametrize("backend", ["graphviz", "matplotlib"])
@pytest.mark.parametrize("width", ["column", "text", "slide"])
@pytest.mark.parametrize("figure", ["areas", "largest-first"])
def test_the_spec_is_drawn(added, figure, width, backend):
    drawn = lstmviz.draw(SPEC, figure, width=width, backend=backend)
    assert drawn.scene.kind == added
    assert faults(drawn.scene, words=7) == {}
    assert "weight_hh_l1" in drawn.svg


def test_its_shapes_are_the_models(added):
    seen = lstmviz.shapes(SPEC)
    drawn = {node.id.partition(".")[2]: node.shape for node in lstmviz.draw(SPEC, added).scene.nodes}
    assert drawn["weight_ih_l0"] == (64, 3) == seen.parameters["weight_ih_l0"]
    assert {**drawn, **seen.parameters} == drawn


def test_a_kind_with_columns_elision_and_a_key_takes_fewer_than_80_lines(added):
    assert len(FILE.splitlines()) < 80
    wide, narrow = (lstmviz.draw(SPEC, added, width=width).scene for width in ("text", "column"))
    assert len({node.box[0] for node in wide.nodes}) > len({node.box[0] for node in narrow.nodes}) > 0
    deep = SPEC.replace("num_layers: 2", "num_layers: 5")
    some, every = (lstmviz.draw(deep, added, elide=elide).scene for elide in ("auto", "never"))
    assert (len(some.nodes), len(every.nodes)) == (12, 22)
    texts = [text.label.text for text in some.texts]
    assert "… and 10 more" in texts
    assert any("units" in text for text in texts)
    plain = lstmviz.draw(deep, added, legend="off").scene.texts
    assert not any("units" in text.label.text for text in plain)


def test_its_option_orders(added):
    def sizes(order):
        return [node.shape for node in lstmviz.draw(SPEC, added, order=order).scene.nodes]

    assert sizes("torch")[0] == (64, 3)
    assert sizes("size")[0] == (64, 16)
    with pytest.raises(lstmviz.LstmvizError, match="did you mean 'order'"):
        lstmviz.draw(SPEC, added, ordr="size")


@pytest.mark.parametrize("name", sorted(path.stem for path in (ROOT / "specs").glob("*.yaml")))
def test_every_other_spec_can_be_shown_too(added, name):
    scene = lstmviz.draw(ROOT / f"specs/{name}.yaml", added, width="column").scene
    assert faults(scene, words=7) == {}


def test_the_command_knows_it(added, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "areas.yaml").write_text(SPEC, "utf-8")
    for line, said in (("kinds", added), ("render areas.yaml", "areas-largest-first.svg")):
        with pytest.raises(SystemExit) as left:
            cli.main(line.split())
        assert left.value.code == 0
        assert said in "".join(capsys.readouterr())
