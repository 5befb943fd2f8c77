"""``lstmviz check`` and ``lstmviz.check``: the proof as users meet it."""

from __future__ import annotations

import dataclasses
import json
import re

import pytest

import lstmviz
from lstmviz import cli, pipeline

LINE = re.compile(r"(\S+): (\S+): (\d+) arrows?, (\d+) proven; (\d+) tensors? measured; \d+\.\d\d s")


@pytest.fixture
def wrong(monkeypatch):
    """Every figure loses its first arrow after it was composed."""
    right = pipeline.compose

    def lossy(subject, plan):
        figure = right(subject, plan)
        scene = dataclasses.replace(figure.scene, edges=figure.scene.edges[1:])
        return dataclasses.replace(figure, scene=scene)

    monkeypatch.setattr(pipeline, "compose", lossy)


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
    assert err.splitlines()[-1].endswith("2 not proven")


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
