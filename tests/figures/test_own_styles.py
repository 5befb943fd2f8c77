"""Recurrences in many styles of code: drawn, proven, and held against what moves when a step is changed."""

import dataclasses
import functools
import sys
from pathlib import Path

import pytest
import torch

import lstmviz
from lstmviz.checking import proof
from lstmviz.figure_requests import plan_kind
from lstmviz.network.user.stage_dependences import follow
from lstmviz.pipeline import compose, described
from tests.figures.own_paths import depends, paths
from tests.figures.own_scenes import ends
from tests.refuting import refuted

sys.path.insert(0, str(Path(__file__).parents[1] / "network"))
import own_styles as o


@functools.cache
def made(cell):
    torch.manual_seed(0)
    return cell(), o.given(cell)


@functools.cache
def seen(cell):
    return described(*made(cell))


def scene_of(cell, kind="grid"):
    return compose(seen(cell), plan_kind(kind, {"elide": "never"} if kind == "grid" else {})).scene


@pytest.mark.parametrize("cell", (*o.STEPS, *o.OTHERS))
def test_it_is_drawn_and_proven(cell):
    ran = follow(*made(cell), seen(cell).trace)
    loops = [loop for loop in seen(cell).trace.loops if loop.inside]
    for kind in ("grid", "unrolled", "rolled", *(() if loops else ("cell",))):
        found = proof(seen(cell), plan_kind(kind, {}), followed=ran)
        assert (found.faults, found.unproven) == ((), ()), kind
        assert found.arrows == found.proven > 0
    assert all(loop.replayed == (True, "") for loop in ran.loops)


class StepsFirst(torch.nn.Module):
    """A module with its steps first: as `depends` reads them."""

    def __init__(self, inner):
        super().__init__()
        self.inner = inner

    def forward(self, x, *more):
        return self.inner(x.transpose(0, 1), *more).transpose(0, 1)


@pytest.mark.parametrize("cell", o.STEPS)
def test_what_is_drawn_depends_on_what_the_module_depends_on(cell):
    module, (x, *more) = made(cell)
    found = {step: read for step, read in paths(scene_of(cell)).items() if read}
    assert found == depends(StepsFirst(module), (x.transpose(0, 1), *more), o.T)


def test_a_table_that_is_filled_holds_the_steps():
    scene = scene_of(o.Table)
    (frame,) = [one for one in scene.frames if one.id == "output"]
    assert (frame.tensor, frame.shape) == ("setitem.output", (o.N, o.T, o.H))
    assert {("output.t2", "fc.t2"), ("fc.t5", "result.t5")} <= ends(scene)


def test_a_head_reads_the_last_state_of_a_cell_in_a_loop():
    for kind in ("grid", "unrolled"):
        assert ("h_n.l0.fwd", "fc") in ends(scene_of(o.LastOfCell, kind))


def test_a_loop_stands_for_the_cell_that_does_not_tell_all():
    states = {state.name for state in seen(o.Memory).trace.loops[0].states}
    assert states == {"h", "c", "r"}
    assert ("loop/cell.l0.fwd.t1", "loop/cell.l0.fwd.t2") in ends(scene_of(o.Memory))


def test_an_answer_is_led_back_to_what_the_next_step_reads():
    scene = scene_of(o.Generated)
    back = {(edge.source, edge.target) for edge in scene.edges if edge.dashed}
    assert back == {(f"loop/output.t{t}", f"loop/x.t{t + 1}") for t in (1, 2, 3)}
    said = {text.label.text for text in scene.texts}
    assert any(text.startswith("y: fc.output of the round before") for text in said)
    assert not any("drawn as one layer" in text or "pipeline draws that" in text for text in said)


@pytest.mark.parametrize("kind", ["grid", "unrolled"])
def test_every_arrow_that_is_led_back_is_missed(kind):
    scene = scene_of(o.Generated, kind)
    ran = follow(*made(o.Generated), seen(o.Generated).trace)
    for edge in [one for one in scene.edges if one.dashed]:
        for other in ((), (dataclasses.replace(edge, dashed=False),)):
            edges = (*(one for one in scene.edges if one is not edge), *other)
            new = dataclasses.replace(scene, edges=edges)
            assert refuted(new, seen(o.Generated).trace, followed=ran)


def test_tokens_that_a_loop_embeds_step_by_step_are_no_cube():
    class Tokens(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.embed, self.cell = torch.nn.Embedding(7, o.F), torch.nn.GRUCell(o.F, o.H)

        def forward(self, tokens):
            h = torch.zeros(len(tokens), o.H)
            for t in range(tokens.shape[1]):
                h = self.cell(self.embed(tokens[:, t]), h)
            return h

    tokens = (torch.randint(7, (o.N, o.T)),)
    with pytest.raises(lstmviz.FigureError, match="cube: no recurrent layer reads the input itself"):
        lstmviz.draw(Tokens(), "cube", inputs=tokens)
