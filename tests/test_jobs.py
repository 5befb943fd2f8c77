"""``render -j N``: the same figures, words and exit codes as one after another."""

from __future__ import annotations

import pickle
import re
import sys

import pytest

import lstmviz.cli  # noqa: F401
from lstmviz.cli.parallel import grouped
from lstmviz.errors import (
    ChoiceError,
    FigureError,
    MissingDependencyError,
    ModelError,
    OutputError,
    Problem,
    ProofError,
    Span,
    SpecError,
)
from lstmviz.spec.layer_types import LAYERS


@pytest.fixture(autouse=True)
def two_processors(monkeypatch):
    """Specs are drawn at a time on a machine of one processor, too."""
    monkeypatch.setattr(sys.modules["lstmviz.cli.render"], "processors", lambda: 2)


@pytest.fixture(params=["here", "elsewhere"])
def drawn(request, monkeypatch):
    """Where specs are drawn: by the command, or all of them by the process that it begins."""
    if request.param == "elsewhere":
        monkeypatch.setattr("lstmviz.cli.parallel.MANY", 0)
        monkeypatch.setattr("lstmviz.cli.parallel.Crew.result", lambda crew, n: crew.found[n].result())


def without_times(text):
    return re.sub(r"\d+\.\d\d s", "… s", text)


@pytest.fixture
def many(small, tmp_path):
    """A folder of specs: good ones, broken ones, and two that want one file."""
    folder = tmp_path / "specs"
    folder.mkdir()
    text = small.read_text("utf-8").replace("[rolled, unfold]", "[rolled]")
    (folder / "a.yaml").write_text(text, "utf-8")
    (folder / "b.yaml").write_text(text.replace("hidden_size", "hiden_size"), "utf-8")
    (folder / "c.yaml").write_text(text.replace("[rolled]", "[volumes, rolled]"), "utf-8")
    (folder / "d-e.yaml").write_text(text.replace("[rolled]", "[{kind: rolled, name: f}]"), "utf-8")
    (folder / "d.yaml").write_text(text.replace("[rolled]", "[{kind: rolled, name: e-f}]"), "utf-8")
    (folder / "m.yaml").write_text(text.replace("figures", "  - view: [-1, 7]\nfigures"), "utf-8")
    return folder


@pytest.mark.usefixtures("drawn")
def test_all_is_as_without(run, many, tmp_path):
    alone = run("render", many, "--snippet", "html")
    files = {p.name: p.read_bytes() for p in (tmp_path / "output").iterdir()}
    for path in (tmp_path / "output").iterdir():
        path.unlink()
    together = run("render", many, "--snippet", "html", "-j", 2)
    assert alone[0] == together[0] == 4
    assert together[1] == alone[1]
    assert without_times(together[2]) == without_times(alone[2])
    assert {p.name: p.read_bytes() for p in (tmp_path / "output").iterdir()} == files
    assert sorted(files) == ["a-rolled.svg", "c-rolled.svg", "d-e-f.svg"]


def test_one_file_for_all_is_no_matter_of_processes(run, many):
    code, _, err = run("render", many / "a.yaml", many / "c.yaml", "-o", "x.svg", "--kind", "rolled", "-j", 2)
    assert code == 2
    assert "takes one figure of one spec" in err


def test_specs_that_could_name_one_file_stay_together():
    assert grouped({"1": "d", "2": "a", "3": "d-e-f", "4": "d-e", "5": "de"}) == [
        ["1", "3", "4"],
        ["2"],
        ["5"],
    ]
    assert grouped({"1": "a-b-c", "2": "a-x", "3": "a"}) == [["1", "2", "3"]]
    assert grouped({}) == []


@pytest.mark.parametrize(
    "error",
    [
        SpecError([Problem("bad-value", "m", Span("f", 1, 2, 3, "t"), "p", "h")], "f"),
        ModelError("m", place="layers.1", hint="h"),
        ChoiceError("m", known=["a"]),
        FigureError("grid", "r", ["cube"]),
        ProofError("m", items=["a"]),
        OutputError("p", "r"),
        MissingDependencyError("w", "r"),
    ],
    ids=lambda e: type(e).__name__,
)
def test_errors_cross_to_other_processes_with_their_facts(error):
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), str(again), again.args, vars(again)) == (
        type(error),
        str(error),
        error.args,
        vars(error),
    )


def test_the_options_of_every_layer_cross_to_other_processes():
    assert [pickle.loads(pickle.dumps(one)) for one in LAYERS.values()] == [*LAYERS.values()]


@pytest.mark.usefixtures("drawn")
def test_check_is_as_without(run, many):
    (many / "d-e.yaml").unlink()
    run("render", many)
    (many / "a.yaml").unlink()
    alone = run("render", many, "--check")
    together = run("render", many, "--check", "-j", 2)
    assert (together[0], together[1]) == (alone[0], alone[1]) == (1, "")
    assert without_times(together[2]) == without_times(alone[2])
    assert "leftover output/a-rolled.svg" in together[2]
