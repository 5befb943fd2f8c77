"""Loops of one's own code drawn as recurrences: each cell is drawn and proven, or refused in a sentence."""

import dataclasses
import functools
import sys
from itertools import pairwise
from pathlib import Path

import pytest
import torch

import lstmviz
from lstmviz.checking import proof
from lstmviz.figure_requests import plan_kind
from lstmviz.network.user.stage_dependences import follow
from lstmviz.pipeline import compose, described
from lstmviz.proof.prove import prove
from lstmviz.proof.real_model import WHOLE
from tests.figures.own_paths import depends, paths
from tests.refuting import refuted

sys.path.insert(0, str(Path(__file__).parents[1] / "network"))
import own_cells as o

KINDS = ("rolled", "unrolled", "unfold", "grid", "cell")
REFUSED = {
    o.Clockwork: "not every round makes h from the same",
    o.Shrinking: "is not of one size in all rounds",
}
"""What is not drawn, and why."""
ELSEWHERE = (o.Stacked, o.Attention, o.InputFeeding)
"""Whose first recurrence is a layer of torch's, or none that is found."""
DRAWN = [cell for cell in o.cells() if cell not in {*REFUSED, *ELSEWHERE}]


@functools.cache
def made(cell):
    torch.manual_seed(0)
    return cell(), o.GIVEN.get(cell, o.steps)()


@functools.cache
def seen(cell):
    return described(*made(cell))


@functools.cache
def followed(cell):
    return follow(*made(cell), seen(cell).trace)


def scene_of(cell, kind, **options):
    return compose(seen(cell), plan_kind(kind, options)).scene


@pytest.mark.parametrize("cell", DRAWN)
def test_a_loop_is_drawn_and_proven(cell):
    for kind in KINDS if cell is not o.Hierarchical else KINDS[:-1]:
        found = proof(seen(cell), plan_kind(kind, {}), followed=followed(cell))
        assert found.faults == (), kind
        assert found.unproven == (), kind
        assert found.arrows == found.proven > 0
    assert all(loop.replayed == (True, "") for loop in followed(cell).loops)


@pytest.mark.parametrize("cell", REFUSED)
def test_what_cannot_be_drawn_says_why(cell):
    for kind in KINDS:
        with pytest.raises(lstmviz.FigureError, match=REFUSED[cell]):
            scene_of(cell, kind)


def test_a_cell_with_a_loop_inside_says_so():
    with pytest.raises(lstmviz.FigureError, match=r"loop-2 .* goes round 4 times in each round of loop"):
        scene_of(o.Hierarchical, "cell")
    texts = {text.label.text for text in scene_of(o.Hierarchical, "grid").texts}
    assert any("in each round loop-2" in text and "goes round 4 times" in text for text in texts)


OTHERWISE = (
    o.OwnAnswer, o.Hierarchical, o.Greedy, o.TwoWays, o.BatchFirst, o.QRNN, o.ConvGRU, o.Padded, o.Momentum,
)  # fmt: skip
"""Without an x (T, …), or without a result for each step."""
STEPS = [cell for cell in DRAWN if cell not in (*OTHERWISE, o.Attributes, o.Dictionary)]


@pytest.mark.parametrize("cell", STEPS)
def test_what_is_drawn_depends_on_what_the_module_depends_on(cell):
    scene = scene_of(cell, "unrolled", width="slide", detail="normal", elide="never")
    assert paths(scene) == depends(*made(cell), o.T)


def caught(cell, new):
    """Whether the proof finds a fault in a changed scene; None is no change."""
    return new is None or refuted(new, seen(cell).trace, followed=followed(cell))


def without(scene, place):
    """Leave one arrow out."""
    return dataclasses.replace(scene, edges=scene.edges[:place] + scene.edges[place + 1 :])


def aside(scene, place):
    """Let one arrow end where the next one does."""
    edge, other = scene.edges[place], scene.edges[(place + 1) % len(scene.edges)]
    if edge.target == other.target:
        return None
    return exchanged(scene, place, dataclasses.replace(edge, target=other.target))


def turned(scene, place):
    edge = scene.edges[place]
    return exchanged(scene, place, dataclasses.replace(edge, source=edge.target, target=edge.source))


def recoloured(scene, place):
    edge = scene.edges[place]
    role = "hidden" if edge.role != "hidden" else "cell"
    return exchanged(scene, place, dataclasses.replace(edge, role=role, double=role == "cell"))


def plain(scene, place):
    """Draw a marked state as if it were h or c."""
    edge = scene.edges[place]
    return None if edge.stroke is None else exchanged(scene, place, dataclasses.replace(edge, stroke=None))


def exchanged(scene, place, edge):
    return dataclasses.replace(scene, edges=(*scene.edges[:place], edge, *scene.edges[place + 1 :]))


@pytest.mark.parametrize("change", [without, aside, turned, recoloured, plain])
@pytest.mark.parametrize("kind", ["rolled", "unrolled"])
def test_every_false_arrow_is_found(kind, change):
    scene = scene_of(o.SLSTM, kind)
    for place in range(len(scene.edges)):
        assert caught(o.SLSTM, change(scene, place)), (change, place)


@pytest.mark.parametrize("change", [without, aside, turned])
@pytest.mark.parametrize("kind", ["rolled", "unrolled", "cell"])
def test_every_false_arrow_of_what_is_handed_on_as_it_was_read_is_found(kind, change):
    scene = scene_of(o.Shifted, kind)
    for place in range(len(scene.edges)):
        assert caught(o.Shifted, change(scene, place)), (change, place)


@pytest.mark.parametrize("change", [without, aside, turned, recoloured])
def test_every_false_line_in_a_cell_is_found(change):
    scene = scene_of(o.OwnGRU, "cell")
    for place in range(len(scene.edges)):
        assert caught(o.OwnGRU, change(scene, place)), (change, place)


def test_every_false_sign_in_a_cell_is_found():
    scene = scene_of(o.OwnGRU, "cell")
    calls = [place for place, node in enumerate(scene.nodes) if node.id.startswith("op.") and node.label]
    for one in calls:
        for two in calls:
            if scene.nodes[one].label.text == scene.nodes[two].label.text:
                continue
            nodes = list(scene.nodes)
            nodes[one] = dataclasses.replace(nodes[one], label=scene.nodes[two].label)
            new = dataclasses.replace(scene, nodes=tuple(nodes))
            found = prove(new, seen(o.OwnGRU).trace, None, WHOLE, followed=followed(o.OwnGRU))
            assert found.faults or found.unproven, (scene.nodes[one].id, scene.nodes[two].label.text)


def test_a_cell_draws_every_call_once_under_the_names_of_the_code():
    scene = scene_of(o.OwnGRU, "cell")
    signs = sorted(node.label.text for node in scene.nodes if node.id.startswith("op.") and node.label)
    assert signs == ["+", "1 −", "cat", "cat", "tanh", "σ", "⊙", "⊙", "⊙"]
    said = {text.label.text for text in scene.texts}
    assert {"z", "r", "n", "gates", "Linear 7→8", "chunk"} <= said
    lines = {(edge.source, edge.target) for edge in scene.edges}
    assert {("h.t-1", "op.mul"), ("h.t-1", "op.mul-2"), ("h.t-1", "op.cat"), ("op.add", "h.t")} <= lines


@pytest.mark.parametrize("kind", ["rolled", "unrolled"])
def test_every_exchanged_name_is_found(kind):
    scene = scene_of(o.SLSTM, kind)
    named = [place for place, node in enumerate(scene.nodes) if node.label and node.label.claims]
    for one, two in pairwise(named):
        if scene.nodes[one].label.text == scene.nodes[two].label.text:
            continue
        nodes = list(scene.nodes)
        nodes[one] = dataclasses.replace(nodes[one], label=scene.nodes[two].label)
        new = dataclasses.replace(scene, nodes=tuple(nodes))
        assert refuted(new, seen(o.SLSTM).trace, followed=followed(o.SLSTM))


@pytest.mark.parametrize("state", ["maximum.output", "add-5.output", "div.output"])
def test_a_state_that_was_overlooked_is_missed_in_the_replay(state):
    loop = followed(o.SLSTM).loops[0]
    rounds = [
        dataclasses.replace(one, made={name: source for name, source in one.made.items() if name != state})
        for one in loop.ran.rounds
    ]
    other = dataclasses.replace(loop, ran=dataclasses.replace(loop.ran, rounds=tuple(rounds)))
    assert other.replayed == (False, f"round 2 reads {state} of an earlier round, and no state hands it on")


def test_calls_that_do_something_else_are_missed_in_the_replay():
    """The weights of the copy that is replayed are changed: the module's own run gives something else."""
    torch.manual_seed(0)
    module, inputs = o.Plain(), o.steps()
    loop = follow(module, inputs, described(module, inputs).trace).loops[0]
    with torch.no_grad():
        loop.record.model.u.weight.add_(0.1)
    same, why = loop.replayed
    assert not same
    assert "replayed with the states that were found" in why


def test_states_have_the_names_of_the_code_and_lines_of_their_own():
    scene = scene_of(o.SLSTM, "unrolled")
    looks = {}
    for edge in scene.edges:
        if ".next" in edge.id:
            looks.setdefault(edge.id.split(".")[0], set()).add((edge.role, edge.stroke))
    assert set(looks) == {"h", "c", "m", "n"}
    assert looks["h"] == {("hidden", None)}
    assert looks["c"] == {("cell", None)}
    said = " ".join(text.label.text for text in scene.texts)
    assert "state h" in said
    assert "m_t is made from m_t-1, h_t-1, x_t" in said


def test_a_head_that_each_step_of_a_loop_ends_in_reads_that_steps_state_alone():
    for kind in ("unrolled", "grid"):
        found = proof(seen(o.InputFeeding), plan_kind(kind, {}), followed=followed(o.InputFeeding))
        assert not found.faults, kind


def test_a_loop_beside_a_layer_is_drawn_when_it_is_asked_for():
    scene = scene_of(o.InputFeeding, "unrolled", of="loop")
    assert {"feed_1", "feed_0"} <= {node.label.text for node in scene.nodes if node.label}
    found = proof(
        seen(o.InputFeeding), plan_kind("unrolled", {"of": "loop"}), followed=followed(o.InputFeeding)
    )
    assert (found.faults, found.unproven) == ((), ())


def test_what_every_round_reads_all_of_is_one_chip_with_a_tap_for_each():
    """The encoder's output in a decoder with attention; inside of the cell scores, softmax and context."""
    for kind in KINDS:
        found = proof(seen(o.Attention), plan_kind(kind, {"of": "loop"}), followed=followed(o.Attention))
        assert (found.faults, found.unproven) == ((), ()), kind
    scene = scene_of(o.Attention, "unrolled", of="loop")
    taps = [edge for edge in scene.edges if edge.source == "loop/all1"]
    assert [edge.target[-3:] for edge in taps] == [f".t{step}" for step in range(1, o.T)]
    for place, edge in enumerate(scene.edges):
        if edge in taps:
            new = without(scene, place)
            assert refuted(new, seen(o.Attention).trace, followed=followed(o.Attention))
    names = {text.label.text for text in scene_of(o.Attention, "cell", of="loop").texts}
    assert {"scores", "context"} <= names


def test_a_loop_that_goes_backwards_runs_from_right_to_left():
    scene = scene_of(o.TwoWays, "unrolled", of="loop-2")
    assert all(edge.dashed for edge in scene.edges if ".next" in edge.id)
    first = next(edge for edge in scene.edges if edge.source.endswith("h_0.l0.rev"))
    assert first.target.endswith(".t5")


def test_long_loops_are_elided_and_short_ones_are_not():
    for steps in (2, 96):
        torch.manual_seed(0)
        subject = described(o.LayerNormLSTM(), (torch.randn(steps, o.N, o.F),))
        scene = compose(subject, plan_kind("unrolled", {"width": "column"})).scene
        assert {f"x.t{step}" for step in (1, 2, steps)} <= {node.id for node in scene.nodes}
        assert any(f"T = {steps}" in text.label.text for text in scene.texts)


def test_what_a_state_begins_with_is_said():
    said = [text.label.text for text in scene_of(o.Memory, "unrolled").texts]
    assert "M_0: a constant at the start" in said
    assert "h_0: zeros at the start" in said
    said = [text.label.text for text in scene_of(o.OwnAnswer, "unrolled").texts]
    assert "y_0: begins as input" in said
    assert "no round reads a step of its own" in said


BARE = [o.Plain, o.LayerNormLSTM, o.SSM, o.Momentum, o.ConvGRU]


@pytest.mark.parametrize("cell", BARE)
def test_a_loop_for_a_first_look_is_drawn_and_proven(cell):
    for kind in ("rolled", "unrolled", "unfold", "grid"):
        for width in ("column", "text"):
            asked = plan_kind(kind, {"detail": "low", "width": width})
            found = proof(seen(cell), asked, followed=followed(cell))
            assert (found.faults, found.unproven) == ((), ()), (kind, width)
    said = {text.label.text for text in scene_of(cell, "unrolled", detail="low").texts}
    assert "start" in said
    assert {"input", "time"} <= said or cell is o.ConvGRU


@pytest.mark.parametrize("change", [without, aside, turned, recoloured])
def test_every_false_arrow_of_a_bare_loop_is_found(change):
    for kind in ("rolled", "unrolled"):
        scene = scene_of(o.LayerNormLSTM, kind, detail="low")
        for place in range(len(scene.edges)):
            new = change(scene, place)
            if new is None or new.edges[place - len(scene.edges) + len(new.edges)] == scene.edges[place]:
                continue
            assert caught(o.LayerNormLSTM, new), (kind, place)


def test_a_loop_that_few_words_cannot_tell_says_so():
    for cell, kind, why in (
        (o.SLSTM, "rolled", "at most 3 states"),
        (o.DoneMask, "unrolled", "read one tensor"),
        (o.Plain, "cell", "inside of torch's cells"),
        (o.Stacked, "grid", "detail: low draws one loop"),
    ):
        with pytest.raises(lstmviz.FigureError, match=why):
            scene_of(cell, kind, detail="low")
        assert scene_of(cell, kind, width="slide").nodes
