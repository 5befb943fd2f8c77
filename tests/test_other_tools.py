"""docs/other-tools.md: what it says holds for what is installed here, and lstmviz tells the models apart."""

from __future__ import annotations

import re
import runpy

import pytest
import torch

import lstmviz
from tests.conftest import ROOT

PAGE = (ROOT / "docs/other-tools.md").read_text("utf-8")
OTHERS = runpy.run_path(str(ROOT / "benchmarks/others.py"))
PINNED = dict(
    line.split("==") for line in (ROOT / "constraints.txt").read_text("utf-8").splitlines() if "==" in line
)


def test_the_versions_are_those_that_are_installed():
    said = dict(re.findall(r"(torch\w+|Keras) (\d[\d.]*\d)", PAGE))
    assert said.keys() == {"Keras", *OTHERS["FACTS"]} - {"keras"}
    assert all(PINNED[tool.lower()] == version for tool, version in said.items())


def test_what_is_said_of_torchinfo_is_so():
    facts = dict(OTHERS["FACTS"]["torchinfo"]())
    assert len(facts) == 4
    assert all(facts.values()), facts
    for numbers in re.findall(r"([\d,]{6,}) for ([\d,]{6,})", " ".join(facts)):
        assert all(number in PAGE for number in numbers)


@pytest.mark.parametrize("kind", ["grid", "pipeline"])
def test_models_that_read_different_states_are_drawn_differently(kind):
    torch.manual_seed(0)
    nets = [OTHERS["Net"](read) for read in OTHERS["READS"].values()]
    figures = [lstmviz.draw(net, kind, inputs=(OTHERS["X"],)) for net in nets]
    assert len({figure.alt for figure in figures}) == len(figures)
    drawn = [{k: v for k, v in f.scene.to_dict().items() if k != "description"} for f in figures]
    assert all(drawn.count(one) == 1 for one in drawn)
