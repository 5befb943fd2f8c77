"""Arrows between whole tensors: removed, turned or added, they are missed or found."""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path

import pytest

import lstmviz
from lstmviz import pipeline
from lstmviz.network.plan import plan_of
from lstmviz.proof.prove import prove
from tests.refuting import refuted

SPECS = Path(__file__).parents[2] / "specs"
DRAWN = [
    ("seq2seq", "pipeline"),
    ("sentences", "pipeline"),
    ("regression", "pipeline"),
    ("cnn", "volumes"),
    ("weather", "tensors"),
    ("packed", "tensors"),
    ("gru", "tensors"),
    ("weather", "cube"),
    ("shares", "cube"),
]


@pytest.mark.parametrize(("name", "kind"), DRAWN)
def test_every_changed_arrow_is_found(name, kind, capsys):
    spec = lstmviz.load(SPECS / f"{name}.yaml")
    trace, plan = pipeline.trace(spec).trace, plan_of(spec)
    scene = lstmviz.draw(spec, kind, width="text").scene
    found = prove(scene, trace, plan)
    assert found.faults == ()
    assert found.proven == found.arrows == len(scene.edges) > 0
    mutants = [tuple(e for e in scene.edges if e is not edge) for edge in scene.edges]
    mutants += [
        tuple(replace(e, source=e.target, target=e.source) if e is edge else e for e in scene.edges)
        for edge in scene.edges
    ]
    there = {(e.source, e.target) for e in scene.edges}
    names = [node.id for node in scene.nodes]
    pairs = [pair for pair in itertools.product(names, names) if pair not in there]
    false = [
        replace(scene.edges[0], id="false", source=a, target=b) for a, b in pairs[:: 1 + len(pairs) // 60]
    ]
    mutants += [(*scene.edges, edge) for edge in false]
    caught = sum(refuted(replace(scene, edges=edges), trace, plan) for edges in mutants)
    with capsys.disabled():
        print(f"\n{name} {kind}: caught {caught} of {len(mutants)}")  # noqa: T201
    assert caught == len(mutants)


def test_a_slice_of_the_wrong_size_is_found():
    spec = lstmviz.load(SPECS / "weather.yaml")
    trace = pipeline.trace(spec).trace
    scene = lstmviz.draw(spec, "cube").scene
    nodes = tuple(replace(n, shape=(5, 5)) if n.id == "slice" else n for n in scene.nodes)
    assert prove(replace(scene, nodes=nodes), trace).faults


def test_an_arrow_with_several_faults_is_one_wrong_arrow():
    spec = lstmviz.load(SPECS / "weather.yaml")
    trace, plan = pipeline.trace(spec).trace, plan_of(spec)
    scene = lstmviz.draw(spec, "pipeline").scene
    first = scene.edges[0]
    moved = replace(first, double=not first.double, route=tuple((x + 30, y + 30) for x, y in first.route))
    found = prove(replace(scene, edges=(moved, *scene.edges[1:])), trace, plan)
    assert sum(first.source in fault for fault in found.faults) > 1
    assert found.proven == found.arrows - 1
