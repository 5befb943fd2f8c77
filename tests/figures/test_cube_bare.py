"""Kind `cube` at `detail: low`: every view has a bare drawing, and it is proven."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

import lstmviz
from lstmviz import checking, pipeline
from lstmviz.figure_requests import plan
from lstmviz.network.plan import plan_of
from lstmviz.proof.prove import prove
from tests.figures.lint import faults


@pytest.mark.parametrize("width", ["column", "text"])
@pytest.mark.parametrize(("view", "made"), [("slices", {"input": (5, 3, 4)}),
                                            ("matrix", {"slice": (3, 4), "flat": (3, 20)})])  # fmt: skip
def test_every_view_has_a_bare_drawing(view, made, width):
    given = {"batch_size": 3, "timesteps": 5, "features": 4}
    spec = lstmviz.load({"input": given, "layers": [{"gru": 2}]})
    subject, asked = pipeline.trace(spec), plan(spec, "cube", {"view": view, "detail": "low", "width": width})
    proof = checking.proof(subject, asked, plan_of(spec))
    assert (proof.faults, proof.unproven) == ((), ())
    scene = pipeline.compose(subject, asked).scene
    assert {node.id: node.shape for node in scene.nodes} == made
    assert faults(scene, words=7) == {}
    told = " ".join(text.label.text for text in scene.texts)
    assert {"3 samples", "4 features", "one step"} <= {*re.findall(r"\d samples|\d features|one step", told)}
    wrong = tuple(replace(node, shape=(*node.shape[:-1], 9)) for node in scene.nodes)
    assert prove(replace(scene, nodes=wrong), subject.trace, plan_of(spec)).faults
