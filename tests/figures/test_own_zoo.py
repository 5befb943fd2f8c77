"""A zoo of sixty recurrences: each is drawn, and nothing in it is refuted; or it says why it is not."""

import dataclasses
import functools
import sys
from pathlib import Path

import pytest
import torch

import lstmviz
from lstmviz.checking import proof
from lstmviz.figure_requests import plan_kind
from lstmviz.network.own_recurrences import own_recurrences
from lstmviz.network.user.stage_dependences import follow
from lstmviz.pipeline import compose, described
from tests.figures.own_paths import depends, paths
from tests.refuting import refuted

sys.path.insert(0, str(Path(__file__).parents[1] / "network"))
import own_cells
import own_zoo as z

REFUSED = {"Unseen": "some rounds read out.output of the round before, and it is not given"}


@functools.cache
def made(name):
    torch.manual_seed(0)
    return getattr(z, name)(), z.GIVEN[name]()


@functools.cache
def seen(name):
    return described(*made(name))


def test_there_are_sixty():
    assert len({cell.__name__ for cell in own_cells.cells()} | {*z.GIVEN}) >= 60


@pytest.mark.parametrize("name", sorted(z.GIVEN.keys() - REFUSED.keys()))
def test_a_recurrence_is_drawn_and_proven(name):
    ran = follow(*made(name), seen(name).trace)
    loops = [own.name for own in own_recurrences(seen(name).trace)]
    for of in {None, loops[0]}:
        found = proof(seen(name), plan_kind("grid", {"of": of}), followed=ran)
        assert found.faults == (), of
        assert found.arrows > 0
        assert found.arrows == found.proven, of
    assert all(loop.replayed[0] for loop in ran.loops)


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_drawn_says_why(name):
    for kind in ("grid", "rolled", "unrolled", "cell"):
        with pytest.raises(lstmviz.FigureError, match=REFUSED[name]):
            compose(seen(name), plan_kind(kind, {}))


@pytest.mark.parametrize("name", [name for name in z.STEPS if name not in {"Ctc", "Elmo"}])
def test_what_is_drawn_depends_on_what_the_module_depends_on(name):
    scene = compose(seen(name), plan_kind("grid", {"elide": "never"})).scene
    assert paths(scene) == depends(*made(name), z.T)


def test_where_no_derivative_goes_back_is_said():
    module, (x,) = z.Chunks(), z.GIVEN["Chunks"]()
    given = x.requires_grad_()
    (grad,) = torch.autograd.grad(module(given)[-1].sum(), given)
    cut = [t for t in range(1, z.T) if t % 2 == 0]
    assert [t for t in range(z.T) if grad[t].any()] == list(range(cut[-1], z.T))
    said = f"h: detached as rounds {', '.join(str(t + 1) for t in cut)} begin"
    for kind in ("grid", "unrolled", "rolled", "unfold", "cell"):
        scene = compose(seen("Chunks"), plan_kind(kind, {})).scene
        assert any(text.label.text.startswith(said) for text in scene.texts), kind
        marks = [text for text in scene.texts if text.label.text == "//"]
        assert bool(marks) == (kind in {"grid", "unrolled", "unfold"}), kind
        new = [
            dataclasses.replace(
                t, label=dataclasses.replace(t.label, text=t.label.text.replace("3, 5", "2, 4"))
            )
            for t in scene.texts
        ]
        assert refuted(dataclasses.replace(scene, texts=tuple(new)), seen("Chunks").trace), kind
        for mark in marks:
            claims = [
                dataclasses.replace(one, facts=tuple(
                    (key, tuple((k, 4 if k == "step" else v) for k, v in value) if key == "given" else value)
                    for key, value in one.facts
                ))
                for one in mark.label.claims
            ]  # fmt: skip
            wrong = dataclasses.replace(mark, label=dataclasses.replace(mark.label, claims=tuple(claims)))
            assert wrong != mark
            moved = tuple(wrong if text is mark else text for text in scene.texts)
            assert refuted(dataclasses.replace(scene, texts=moved), seen("Chunks").trace), kind


def test_loops_that_are_not_drawn_are_said():
    texts = compose(seen("Crf"), plan_kind("grid", {})).scene.texts
    assert any("not drawn: loop-2 (4 rounds); ask for it with of: loop-2" in t.label.text for t in texts)


@pytest.mark.parametrize("name", ["MixtureDensity", "Ctc"])
def test_what_stands_on_a_bare_loop_is_drawn_and_proven(name):
    ran = follow(*made(name), seen(name).trace)
    for kind in ("grid", "unrolled"):
        asked = plan_kind(kind, {"detail": "low"})
        found = proof(seen(name), asked, followed=ran)
        assert (found.faults, found.unproven) == ((), ())
        assert "result.t1" in {node.id for node in compose(seen(name), asked).scene.nodes}
