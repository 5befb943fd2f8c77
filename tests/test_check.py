"""``lstmviz check`` and ``lstmviz.check``: the proof as users meet it."""

from __future__ import annotations

import dataclasses
import json
import re

import pytest

import lstmviz
from lstmviz import checking, cli, pipeline
from lstmviz.network.run import TooBigError
from lstmviz.proof import prove as proving
from lstmviz.proof import real_model
from lstmviz.proof.cells import judge as cell_judge
from lstmviz.proof.prove import prove

LINE = re.compile(
    r"(\S+): (\S+): (\d+) arrows?, (\d+) proven;(?: \d+ claims?;)? (\d+) tensors? measured; \d+\.\d\d s"
)


@pytest.fixture
def wrong(monkeypatch):
    """Every figure loses its first arrow after it was composed."""
    right = checking.compose

    def lossy(subject, plan):
        figure = right(subject, plan)
        scene = dataclasses.replace(figure.scene, edges=figure.scene.edges[1:])
        return dataclasses.replace(figure, scene=scene)

    monkeypatch.setattr(checking, "compose", lossy)


def test_one_line_per_figure(command, small, tmp_path):
    done = command("check", small)
    assert done.returncode == 0, done.stderr
    found = [LINE.fullmatch(line) for line in done.stdout.splitlines()]
    assert [match[2] for match in found] == ["rolled", "unfold"]
    assert all(match[3] == match[4] for match in found)
    assert re.fullmatch(r"2 figures, \d+ arrows: all proven\n", done.stderr)
    assert list(tmp_path.iterdir()) == [small]


def test_a_wrong_arrow_is_named(small, wrong, capsys):
    assert cli._run(["check", str(small)]) == 1
    out, err = capsys.readouterr()
    first = LINE.fullmatch(out.splitlines()[0])
    assert first, out
    missing = [line for line in err.splitlines() if "the arrow" in line and "is missing" in line]
    assert missing
    assert missing[0].startswith(f"{small}: rolled: the arrow ")
    assert err.splitlines()[-1].endswith("2 refuted")


@pytest.fixture
def doubtful(monkeypatch):
    """What follows the layer is too large to run."""

    def refused(*_):
        raise TooBigError("numbers")

    monkeypatch.setattr(real_model, "run_through", refused)


HEADED = """\
input: {batch_size: 6, timesteps: 3, features: 3}
layers: [lstm: 4, linear: 2]
figures: [grid, cell]
"""


@pytest.fixture
def headed(tmp_path):
    path = tmp_path / "headed.yaml"
    path.write_text(HEADED, "utf-8")
    return path


@pytest.mark.usefixtures("doubtful")
def test_what_is_not_proven_is_the_third_answer(headed, capsys):
    assert cli._run(["check", str(headed)]) == 5
    out, err = capsys.readouterr()
    grid = lstmviz.check(headed)[0]
    assert grid.answer == "not proven"
    assert grid.faults == ()
    assert grid.arrows - grid.proven == len(grid.unproven) == 6
    assert {one.what for one in grid.unproven} >= {"output.t1 → linear.t1", "linear.t3 → result.t3"}
    assert f"{grid.arrows} arrows, {grid.proven} proven" in out
    said = f"headed.yaml: grid: {grid.proven} of {grid.arrows} proven; 6 not: what follows the layer is too"
    assert said in err
    assert err.splitlines()[-1].endswith("1 not proven")
    assert cli._run(["check", "--allow-unproven", str(headed)]) == 0
    assert "all proven" not in capsys.readouterr().err


@pytest.mark.usefixtures("doubtful")
def test_a_program_reads_what_is_not_proven(headed, capsys):
    assert cli._run(["check", str(headed), "--json"]) == 5
    grid, cell = json.loads(capsys.readouterr().out)["figures"]
    assert (grid["answer"], cell["answer"]) == ("not proven", "proven")
    assert grid["unproven"][0].keys() == {"what", "why"}


@pytest.mark.usefixtures("doubtful", "wrong")
def test_what_is_refuted_goes_before_what_is_not_proven(headed):
    assert cli._run(["check", str(headed)]) == 1


@pytest.mark.usefixtures("doubtful")
def test_a_sheet_says_what_its_panels_leave_over(headed, tmp_path):
    sheet = tmp_path / "sheet.yaml"
    sheet.write_text(HEADED.replace("[grid, cell]", "[sheet: [[grid], [cell]]]"), "utf-8")
    (proof,) = lstmviz.check(sheet)
    assert proof.answer == "not proven"
    assert all(one.what.startswith("(a) ") for one in proof.unproven)


def test_a_kind_of_ones_own_is_not_proven(headed):
    """Nobody here knows what its arrows mean."""
    scene = dataclasses.replace(lstmviz.draw(headed, "grid").scene, kind="mine")
    found = prove(scene, pipeline.trace(lstmviz.load(headed)).trace)
    assert found.faults == ()
    assert found.proven == 0
    assert len(found.unproven) == found.arrows == len(scene.edges)
    assert "of the kind 'mine'" in found.unproven[0].why


def test_a_cell_is_proven_by_what_it_gives_where_torch_shows_no_values_on_the_way(headed, monkeypatch):
    """Of another torch, say, that computes its cells in one operation."""
    monkeypatch.setattr(cell_judge, "values_of_step", lambda *_: {})
    cell = lstmviz.check(headed)[1]
    assert (cell.answer, cell.proven) == ("proven", cell.arrows)


def test_a_proof_that_breaks_is_not_proven(headed, monkeypatch):
    """A defect of ours is no verdict on the user's figure, and no traceback either."""

    def broken(*_):
        raise KeyError("lstm")

    monkeypatch.setitem(proving.JUDGES, "grid", broken)
    grid, cell = lstmviz.check(headed)
    assert (grid.answer, cell.answer) == ("not proven", "proven")
    assert grid.proven == 0
    assert "KeyError" in grid.unproven[0].why


def test_a_figure_that_breaks_is_not_proven(headed, monkeypatch):
    def broken(*_):
        raise TypeError("no picture")

    monkeypatch.setattr(checking, "compose", broken)
    found = lstmviz.check(headed)
    assert {proof.answer for proof in found} == {"not proven"}
    assert found[0].unproven[0].why == "it cannot be drawn: TypeError: no picture"


@pytest.mark.parametrize("call", [lstmviz.shapes, lstmviz.check, lambda spec: lstmviz.draw(spec, "grid"),
                                  lstmviz.render])  # fmt: skip
def test_what_torch_refuses_has_a_place(call, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    spec = tmp_path / "bad.yaml"
    spec.write_text("input: {timesteps: 3, features: 2}\nlayers:\n- lstm: 4\n- view: [5, 7]\n", "utf-8")
    with pytest.raises(lstmviz.SpecError, match=r"bad\.yaml:4:3: ") as caught:
        call(spec)
    assert isinstance(caught.value, lstmviz.ModelError)
    assert [problem.code for problem in caught.value.problems] == ["model"]


def test_the_report_for_programs(small, capsys):
    assert cli._run(["check", str(small), "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["errors"] == []
    first = report["figures"][0]
    assert (first["figure"], first["kind"], first["faults"]) == ("rolled", "rolled", [])
    assert first["arrows"] == first["proven"] > 0


def test_a_broken_spec_has_a_place(tmp_path, capsys):
    spec = tmp_path / "bad.yaml"
    spec.write_text("input: {timesteps: 3, features: 2}\nlayers: [lstm: {hiden_size: 4}]\n", "utf-8")
    assert cli._run(["check", str(spec)]) == 1
    assert "bad.yaml:2:17: error[unknown-key]" in capsys.readouterr().err


def test_what_was_proven_is_returned(small):
    found = lstmviz.check(small)
    assert [proof.figure for proof in found] == ["rolled", "unfold"]
    assert all(proof.proven == proof.arrows > 0 and not proof.faults for proof in found)


def test_a_false_drawing_raises(small, wrong):
    with pytest.raises(lstmviz.ProofError) as caught:
        lstmviz.check(small)
    assert any("is missing" in item for item in caught.value.items)


def test_every_spec_of_the_house_is_proven(specs):
    for path in specs:
        lstmviz.check(path)


NET = """\
from torch import nn

rnn = nn.LSTM(3, 16)


class Net(nn.Module):
    def __init__(self, hidden=4):
        super().__init__()
        self.rnn, self.head = nn.GRU(3, hidden), nn.Linear(hidden, 1)

    def forward(self, x):
        return self.head(self.rnn(x)[0])

    def breaks(self, x):
        return x @ x
"""


def test_what_inspect_takes_is_checked(run, forked, tmp_path, small):
    """Modules in code, with and without inputs, beside a spec; the proofs are those of the library."""
    (tmp_path / "net.py").write_text(NET, "utf-8")
    code, out, err = run("check", "net.py:Net", "small.yaml", "--input", "5,2,3", "--args", "hidden=6")
    assert code == 0, err
    figures = [tuple(line.split(": ")[:2]) for line in out.splitlines()]
    assert {("net.py:Net", kind) for kind in ("grid", "pipeline", "cell")} <= {*figures}
    assert figures[-2:] == [("small.yaml", "rolled"), ("small.yaml", "unfold")]
    code, out, _ = run("check", "net.py:rnn", "--json")
    assert code == 0
    assert {one["answer"] for one in json.loads(out)["figures"]} == {"proven"}
    assert not (tmp_path / "output").exists()


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["net.py:Net"], 1, "in a shell: --input 4,5,8"),
        (["net.py:Net", "--input", "5,2,3", "--call", "breaks"], 1, "(net.py:15): RuntimeError"),
        (["small.yaml", "--input", "5,2,3"], 2, "--input goes with a module"),
        (["net.py:Net", "--set", "a=1"], 2, "--set goes with a spec"),
        (["none.onnx"], 1, "there is no file none.onnx"),
    ],
)
def test_what_check_cannot_be_asked(run, forked, small, words, code, said):  # noqa: PLR0917
    small.with_name("net.py").write_text(NET, "utf-8")
    found = run("check", *words)
    assert found[0] == code
    assert said in found[2]
