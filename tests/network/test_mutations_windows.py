"""One thing changed in what a cube says of the table that its windows are cut from: it is found."""

from __future__ import annotations

import re

import pytest

import lstmviz
from lstmviz import judging, pipeline
from lstmviz.figure_requests import plan_all
from lstmviz.network.plan import plan_of
from lstmviz.network.run import undisturbed
from lstmviz.proof.code import CodeRunner
from lstmviz.proof.expression import FalseError
from lstmviz.proof.page_text import claims_of
from tests.network import mutants

SPEC = """\
title: Windows of one table
input:
  batch_size: {n}
  timesteps: {t}
  features: [open, close, volume]
  batch_first: {first}
layers: [lstm: 8, last_step, linear: {out}]
figures:
  - {{kind: cube, windows: {{{windows}}}}}
"""
CUTS = [
    (3, 3, "true", 2, "rows: 12, stride: 3, horizon: 2"),
    (4, 4, "true", 1, "rows: 30, batch: 2, horizon: 1, gap: 2, stride: 2"),
    (8, 2, "true", 1, "rows: 20, stride: 2, horizon: 3, target: [close], splits: 4"),
    (1, 4, "true", 1, "rows: 4"),
    (6, 4, "false", 1, "rows: 9, stride: 1"),
    (3, 4, "true", 1, "rows: 9, stride: 2"),
    (2, 4, "true", 2, "rows: 9, stride: 4"),
    (4, 4, "true", 1, "rows: 20, batch: 2"),
    (5, 4, "true", 2, "rows: 10, horizon: 2, target: [volume]"),
    (6, 4, "true", 1, "rows: 12, horizon: 2, gap: 1, target: [volume]"),
    (6, 4, "true", 1, "rows: 10, horizon: 1, target: [open, close]"),
    (9, 4, "true", 1, "rows: 13, horizon: 1, splits: 3"),
    (4, 5, "false", 1, "rows: 19, stride: 4, horizon: 1, splits: 2"),
]
"""Overlapping, end to end, apart, one window, some of many; targets, gaps, splits. ALL takes the rest."""


def drawn_of(cut, folder):
    n, t, first, out, windows = cut
    file = folder / "windows.yaml"
    file.write_text(SPEC.format(n=n, t=t, first=first, out=out, windows=windows), "utf-8")
    spec = lstmviz.load(file)
    subject = pipeline.trace(spec)
    (one,) = plan_all(spec, subject, (), (), {})
    scene = pipeline.compose(subject, one).scene
    return mutants.Drawn(windows, scene, subject.trace, plan_of(spec), judging.asked(one.options, subject))


@pytest.mark.parametrize("cut", CUTS if mutants.ALL else CUTS[:4], ids=lambda cut: cut[-1])
def test_every_argument_told_otherwise_is_found(cut, tmp_path, capsys):
    one = drawn_of(cut, tmp_path)
    assert not one.faults(one.scene)
    found = [
        ("cube", bool(one.words(mutant).faults), what) for what, mutant in mutants.told_otherwise(one.scene)
    ]
    mutants.tally(capsys, f"arguments of sentences, {one.name}", found)


@pytest.mark.parametrize("cut", CUTS if mutants.ALL else CUTS[:4], ids=lambda cut: cut[-1])
def test_every_number_that_a_sum_is_worked_out_with_is_found(cut, tmp_path, capsys):
    one = drawn_of(cut, tmp_path)
    bench, found = CodeRunner(one.trace), []
    sums = {c.fact("source"): c for _, c in claims_of(one.scene, "code") if "//" in c.fact("source")}
    for source, claim in sums.items():
        for match in re.finditer(r"\d+", source):
            other = f"{source[: match.start()]}{int(match[0]) + 1}{source[match.end() :]}"
            try:
                with undisturbed():
                    bench.hold(other, dict(claim.fact("names")), dict(claim.facts) | {"source": other})
                found.append(("cube", False, other))
            except FalseError:
                found.append(("cube", True, other))
    mutants.tally(capsys, f"numbers of sums, {one.name}", found)
