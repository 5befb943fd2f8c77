"""Loops of one's own that stand on each other, and what stands on them: drawn as they ran, and proven."""

import dataclasses
import sys
from pathlib import Path

import pytest
import torch
from torch import nn

from lstmviz.checking import check, proof
from lstmviz.figure_requests import plan_kind
from lstmviz.network.own_layers import layers_of
from lstmviz.network.own_recurrences import own_recurrences
from lstmviz.network.user.stage_dependences import follow
from lstmviz.pipeline import compose, described
from lstmviz.proof.prove import prove
from lstmviz.proof.real_model import WHOLE
from tests.figures.own_scenes import Scenes, ends
from tests.refuting import refuted

sys.path.insert(0, str(Path(__file__).parents[1] / "network"))
import own_cells
import own_models as m

ALL = pytest.mark.parametrize("name", m.GIVEN)


SCENES = Scenes(lambda name: (getattr(m, name)(), m.GIVEN[name]()))
made, seen, followed, scene_of = SCENES.made, SCENES.seen, SCENES.followed, SCENES.scene_of


@ALL
@pytest.mark.parametrize("kind", ["grid", "unrolled"])
def test_what_is_drawn_is_proven(name, kind):
    for width in ("text", "column"):
        found = proof(seen(name), plan_kind(kind, {"width": width}), followed=followed(name))
        assert (found.faults, found.unproven) == ((), ()), width
        assert found.arrows == found.proven > 0


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("Stack", 2),
        ("StackWithNorm", 2),
        ("CellStack", 2),
        ("EachStep", 1),
        ("LayersInSteps", 3),
        ("LstmsInSteps", 2),
    ],
)
def test_layers_that_each_go_over_all_steps_stand_on_each_other(name, count):
    scene = scene_of(name)
    cells = {node.id.partition("cell.")[0] for node in scene.nodes if "cell." in node.id}
    assert len(cells) == count
    assert cells == {""} if count == 1 else "" not in cells
    if name.endswith("InSteps"):
        assert ("loop.0/output.t3", "loop.1/cell.l0.fwd.t3") in ends(scene)
    elif count > 1:
        lower = "norm.t3" if name == "StackWithNorm" else "loop/output.t3"
        assert (lower, "loop-2/x.t3") in ends(scene)


def test_the_second_layers_states_have_the_names_of_the_code():
    first, second = own_recurrences(seen("CellStack").trace)
    assert [s.base for s in first.states] == [s.base for s in second.states] == ["c", "h"]
    assert {s.each.symbols for own in (first, second) for s in own.states} == {("N", "H")}
    assert second.fed[0].whole.symbols == ("T", "N", "H")
    assert first.fed[0].whole.symbols == ("T", "N", "F")


def test_a_head_reads_the_steps_that_it_was_measured_to_read():
    assert {("output.t1", "fc.t1"), ("output.t5", "fc.t5")} <= ends(scene_of("EachStep"))
    reads = {source for source, target in ends(scene_of("LastStep")) if source.startswith("output.")}
    assert reads == {"output.t5"}
    assert ("h_n.l0.fwd", "fc") in ends(scene_of("LastState"))
    assert {target for source, target in ends(scene_of("MeanOfSteps")) if source.startswith("relu")} == {
        "mean"
    }


def test_what_is_not_drawn_is_said():
    said = " ".join(text.label.text for text in scene_of("TwoHeads").texts)
    assert "= model(x)[1]" in said
    assert "not drawn" not in said
    assert "loop-2" not in " ".join(
        text.label.text for text in scene_of("Stack").texts if "not drawn" in text.label.text
    )


def over(scene):
    """The arrows that lie in no loop."""
    return [
        place
        for place, e in enumerate(scene.edges)
        if e.source.partition("/")[0] != e.target.partition("/")[0]
    ]


def changed(name, change):
    scene = scene_of(name)
    for place in over(scene):
        edges = list(scene.edges)
        change(edges, place)
        new = dataclasses.replace(scene, edges=tuple(edges))
        yield place, prove(new, seen(name).trace, None, WHOLE, followed=followed(name))


@pytest.mark.parametrize("name", ["Stack", "LastState", "LstmsInSteps"])
def test_every_false_arrow_over_a_loop_is_found(name):
    def without(edges, place):
        del edges[place]

    def turned(edges, place):
        edge = edges[place]
        edges[place] = dataclasses.replace(edge, source=edge.target, target=edge.source)

    def elsewhere(edges, place):
        edge = edges[place]
        steps = {".t2": ".t3", ".t5": ".t4", ".fwd": ".fwd"}
        source = next((edge.source.replace(a, b) for a, b in steps.items() if a in edge.source), edge.target)
        edges[place] = dataclasses.replace(edge, source=source)

    for change in (without, turned, elsewhere):
        for place, found in changed(name, change):
            edge = scene_of(name).edges[place]
            if change is elsewhere and ".t" not in edge.source:
                continue
            if change is elsewhere and edge.source.endswith((".t1", ".t3", ".t4")):
                continue
            assert found.faults, (change, edge.source, edge.target)


def test_a_frame_around_other_steps_is_found():
    scene = scene_of("EachStep")
    frames = [dataclasses.replace(one, members=one.members[::-1]) if one.id == "output" else one
              for one in scene.frames]  # fmt: skip
    new = dataclasses.replace(scene, frames=tuple(frames))
    assert refuted(new, seen("EachStep").trace, followed=followed("EachStep"))


def test_a_result_that_no_one_reads_is_not_given():
    """The list of states of `LastState` is made, and thrown away."""
    (own,) = own_recurrences(seen("LastState").trace)
    assert own.given == ()


def test_layers_inside_of_a_step_have_the_names_and_colours_of_one():
    lower, upper = layers_of(seen("LstmsInSteps").trace, own_recurrences(seen("LstmsInSteps").trace)[0])
    assert [(s.base, s.role, s.mark, s.said) for s in upper.states] == [
        ("c", "cell", 0, "cs[1]"), ("h", "hidden", 0, "hs[1]")]  # fmt: skip
    assert (lower.below, upper.below) == ("", lower.given[0].tensor)
    assert upper.weights == ("gates.1", "fc")


def test_states_that_read_each_other_are_one_layer():
    """Momentum hands its speed up within a round, and does something else with it: no layer on another."""
    torch.manual_seed(0)
    trace = described(own_cells.Momentum(), own_cells.steps()).trace
    (own,) = own_recurrences(trace)
    assert layers_of(trace, own) == (own,)


class Cut(nn.Module):
    """A layer as in an SRU: one product for all steps, cut into what each round reads step by step."""

    def __init__(self, size):
        super().__init__()
        self.w, self.bias = nn.Linear(size, 12), nn.Parameter(torch.randn(8))

    def forward(self, x):
        u, f, r = self.w(x).chunk(3, -1)
        b_f, b_r = self.bias.chunk(2)
        c, hs = x.new_zeros(x.shape[1], 4), []
        for t in range(len(x)):
            gate = torch.sigmoid(f[t] + b_f)
            c = gate * c + (1 - gate) * u[t]
            hs.append(torch.sigmoid(r[t] + b_r) * c)
        return torch.stack(hs)


def test_each_piece_of_what_stands_on_a_loop_leads_to_its_own_input_of_the_next():
    model, x = nn.Sequential(Cut(3), Cut(4)), torch.randn(5, 2, 3)
    (found,) = [one for one in check(model, inputs=x) if one.kind == "grid"]
    assert (found.faults, found.unproven) == ((), ())
    seen = described(model, x)
    scene, trace = compose(seen, plan_kind("grid", {})).scene, seen.trace
    ran = follow(model, x, trace)
    into = {
        edge for edge in scene.edges if edge.target.startswith("loop-2/x") and edge.target.endswith(".t1")
    }
    assert len(into) == len({edge.source for edge in into}) * 3 == 3
    for edge in into:  # two are right, and one is missing
        less = dataclasses.replace(scene, edges=tuple(one for one in scene.edges if one != edge))
        assert refuted(less, trace, followed=ran)
