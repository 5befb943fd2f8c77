"""`emphasis`: one thing is told, all else is grey; what is drawn stays where it is, and stays proven."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import pytest

import lstmviz
from lstmviz import checking, pipeline
from lstmviz.figure_requests import able, plan
from lstmviz.network.plan import plan_of
from lstmviz.scene.items import Tint

MODEL = {
    "input": {"batch_size": 6, "timesteps": 4, "features": 3},
    "layers": [{"lstm": {"hidden_size": 8, "num_layers": 2}}, "last_step", {"linear": 2}],
}
TOLD = ("time", "states", "shapes")
KINDS = ("grid", "unfold", "cell", "tensors", "neurons", "pipeline", "cube", "rolled")
ABSENT = [("pipeline", "time"), ("cube", "time"), ("cube", "states"), ("rolled", "shapes")]
"""What these kinds have nothing of."""


@cache
def subject():
    spec = lstmviz.load(MODEL)
    return spec, pipeline.trace(spec)


def drawn(kind, **options):
    spec, about = subject()
    return pipeline.compose(about, plan(spec, kind, options)).scene


def plain(scene):
    """The scene without paint."""
    bare = {"fill": None, "stroke": None}

    def label(one):
        return one and replace(one, runs=tuple(replace(run, tint=Tint("ink")) for run in one.runs))

    return replace(
        scene,
        nodes=tuple(replace(n, label=label(n.label), **bare) for n in scene.nodes),
        edges=tuple(replace(e, stroke=None) for e in scene.edges),
        frames=tuple(replace(f, **bare) for f in scene.frames),
        texts=tuple(replace(t, label=label(t.label)) for t in scene.texts),
        polygons=tuple(replace(p, **bare) for p in scene.polygons),
    )


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("what", TOLD)
def test_only_paint_changes(kind, what):
    try:
        told = drawn(kind, emphasis=what)
    except lstmviz.FigureError as error:
        assert f"this figure has no {what}" in str(error)
        assert (kind, what) in {
            ("pipeline", "time"),
            ("cube", "time"),
            ("cube", "states"),
            ("rolled", "shapes"),
        }
        return
    whole = drawn(kind)
    assert plain(told) == plain(whole)
    assert told != whole
    kept = [
        one for one in told.texts + told.nodes + told.edges if one in whole.texts + whole.nodes + whole.edges
    ]
    assert kept


def test_what_is_told_keeps_its_paint():
    whole = drawn("grid")
    along = {edge for edge in drawn("grid", emphasis="time").edges if edge in whole.edges}
    assert {edge.id for edge in along} == {
        e.id for e in whole.edges if e.role in {"hidden", "cell"} and e.route[0][1] == e.route[-1][1]
    }
    states = {node.role for node in drawn("grid", emphasis="states").nodes if node in whole.nodes}
    assert states == {"hidden", "cell", "output"}
    said = {t.label.text for t in drawn("grid", emphasis="shapes").texts if t in whole.texts}
    assert any("(T, N, F)" in text for text in said)


@pytest.mark.parametrize("what", TOLD)
def test_it_is_proven_as_ever(what):
    spec, about = subject()
    for kind in ("grid", "cell"):
        proof = checking.proof(about, plan(spec, kind, {"emphasis": what}), plan_of(spec))
        assert proof.faults == ()
        assert proof.proven == proof.arrows > 0


def test_every_kind_takes_it_or_says_why_not():
    for kind in able(subject()[1]):
        if kind in KINDS:
            continue
        for what in TOLD:
            try:
                drawn(kind, emphasis=what)
            except lstmviz.FigureError as error:
                assert f"this figure has no {what}" in str(error)
