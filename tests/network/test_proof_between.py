"""Arrows between and above the layers: none may miss, none may be false, padded steps have none."""

from __future__ import annotations

import itertools
from dataclasses import replace
from functools import cache

import pytest
import torch

import lstmviz
from lstmviz import pipeline
from lstmviz.figure_requests import plan_kind
from lstmviz.network.plan import plan_of
from lstmviz.network.user.stage_dependences import follow
from lstmviz.proof.between import outer_edges
from lstmviz.proof.prove import prove
from lstmviz.proof.real_model import Asked
from lstmviz.proof.stepped import prefixes
from tests.refuting import refuted

MODELS = {
    "head on every step": """
        input: {batch_size: 2, timesteps: 3, features: 3}
        layers: [{lstm: {hidden_size: 4, bidirectional: true}}, relu, {linear: 2}]
        """,
    "last valid step": """
        input: {batch_size: 3, timesteps: 4, features: 3, lengths: [2, 4, 1], batch_first: true}
        layers: [{gru: 4}, last_step, {linear: 2}, softmax]
        """,
    "two layers of different sizes": """
        input: {batch_size: 2, timesteps: 3, features: 3}
        layers: [{lstm: 4}, relu, {gru: 5}, {linear: 2}]
        """,
    "encoder and decoder": """
        input: {batch_size: 2, timesteps: 3, features: 3}
        layers:
          - lstm: {hidden_size: 4, num_layers: 2}
          - decoder: {cell: lstm, hidden_size: 4, num_layers: 2, steps: 2, features: 5}
          - linear: 2
        """,
    "an encoder of two directions": """
        input: {batch_size: 2, timesteps: 3, features: 3}
        layers:
          - gru: {hidden_size: 4, bidirectional: true}
          - decoder: {cell: gru, hidden_size: 4, num_layers: 2, steps: 2, features: 5}
          - linear: 2
        """,
    "axes merged": """
        input: {batch_size: 2, timesteps: 3, features: 3}
        layers: [{lstm: 4}, {view: [-1, 4]}, {linear: 1}]
        """,
}

CASES = [*((name, "grid") for name in MODELS), ("encoder and decoder", "unrolled"),
         ("an encoder of two directions", "unrolled"), ("last valid step", "unrolled")]  # fmt: skip


@cache
def drawn(name, kind="grid"):
    spec = lstmviz.load(MODELS[name])
    subject = pipeline.trace(spec)
    return lstmviz.draw(spec, kind, width="text").scene, subject.trace, plan_of(spec)


def changed(name, kind):
    """Every arrow outside the layers removed or turned, and false ones added."""
    scene, *_ = drawn(name, kind)
    outer = outer_edges(scene, prefixes(scene))
    assert outer
    for edge in outer:
        rest = tuple(e for e in scene.edges if e is not edge)
        yield f"without {edge.id}", rest
        yield f"{edge.id} turned", (*rest, replace(edge, source=edge.target, target=edge.source))
    there = {(e.source, e.target) for e in scene.edges}
    ends = sorted({e.source for e in outer} | {e.target for e in outer})
    others = [node.id for node in scene.nodes][:: max(1, len(scene.nodes) // 8)]
    for source, target in itertools.chain(itertools.product(ends, ends), itertools.product(others, ends)):
        if (source, target) not in there:
            false = replace(outer[0], id="false", source=source, target=target)
            yield f"{source} to {target}", (*scene.edges, false)


@pytest.mark.parametrize(("name", "kind"), CASES)
def test_the_unchanged_scene_is_proven(name, kind):
    found = prove(*drawn(name, kind))
    assert found.faults == ()
    assert found.proven == found.arrows


@pytest.mark.parametrize(("name", "kind"), CASES)
def test_every_change_is_found(name, kind, capsys):
    scene, trace, plan = drawn(name, kind)
    missed = []
    count = 0
    for what, edges in changed(name, kind):
        count += 1
        if not refuted(replace(scene, edges=edges), trace, plan):
            missed.append(what)
    with capsys.disabled():
        print(f"\n{name}: caught {count - len(missed)} of {count}")  # noqa: T201
    assert missed == []


def test_without_a_plan_they_are_not_called_proven():
    scene, trace, _ = drawn("head on every step")
    found = prove(scene, trace)
    assert found.faults == ()
    assert found.arrows - found.proven == len(outer_edges(scene, prefixes(scene)))


def test_a_decoder_beside_its_encoder_is_the_layer_that_the_states_begin():
    scene, trace, plan = drawn("an encoder of two directions", "unrolled")
    other = {
        node.id: replace(node, id=node.id.replace("decoder/h_0.l0", "decoder/h_0.l1")) for node in scene.nodes
    }
    wrong = replace(scene, nodes=tuple(other.values()))
    assert prove(wrong, trace, plan).faults
    assert prove(scene, trace, plan, Asked(layer=1)).faults


def test_every_change_of_what_enters_the_layer_over_the_one_drawn_is_found():
    scene, trace, plan = drawn("an encoder of two directions", "unrolled")
    into = [e for e in scene.edges if e.target == "decoder/layer.l1"]
    assert {e.source for e in into} == {"decoder/h_0.l1.fwd", "decoder/h.l0.t1", "decoder/h.l0.t2"}
    for edge in into:
        rest = tuple(e for e in scene.edges if e is not edge)
        others = ["decoder/h_0.l0.fwd", "decoder/x.t1", "decoder/h_n.l0.fwd"]
        changes = [rest, (*scene.edges, replace(edge, id="false")), (*rest, replace(edge, role="cell"))]
        changes += [(*rest, replace(edge, source=other)) for other in others]
        changes += [(*rest, replace(edge, source=edge.target, target=edge.source))]
        for edges in changes:
            assert refuted(replace(scene, edges=edges), trace, plan)


@pytest.mark.parametrize("kind", ["grid", "unrolled"])
def test_what_a_decoder_reads_is_not_what_its_encoder_reads(kind):
    scene, trace, plan = drawn("encoder and decoder", kind)
    nodes = {node.id: node for node in scene.nodes}
    one, other = nodes["lstm/x.t1"], nodes["decoder/x.t1"]
    swapped = {one.id: replace(one, label=other.label), other.id: replace(other, label=one.label)}
    wrong = replace(scene, nodes=tuple(swapped.get(node.id, node) for node in scene.nodes))
    faults = prove(wrong, trace, plan).faults
    assert any("x′_1" in fault for fault in faults)
    assert any("'x_1'" in fault for fault in faults)


class Zero(torch.nn.Module):
    """Reads what it multiplies by zero: no number there shows it, nor that it is not read."""

    def __init__(self, read):
        super().__init__()
        self.lstm, self.fc, self.read = torch.nn.LSTM(3, 8, batch_first=True), torch.nn.Linear(8, 2), read

    def forward(self, x):
        output, (h_n, _) = self.lstm(x)
        return self.fc(self.read(output, h_n))


@pytest.mark.parametrize("kind", ["grid", "unrolled"])
@pytest.mark.parametrize(
    ("read", "arrow"),
    [
        (lambda o, _: o[:, -1] + o[:, 0] * 0, "output.t1 → add"),
        (lambda o, h: o[:, -1] + h[0] * 0, "h_n.l0.fwd → add"),
        (lambda _, h: h[0] * 0, "h_n.l0.fwd → mul"),
    ],
    ids=["a step", "a state", "a state alone"],
)
def test_what_is_multiplied_by_zero_is_not_proven(read, arrow, kind):
    torch.manual_seed(0)
    module, inputs = Zero(read).eval(), (torch.randn(2, 4, 3),)
    subject = pipeline.described(module, inputs)
    scene = pipeline.compose(subject, plan_kind(kind, {})).scene
    finding = prove(scene, subject.trace, followed=follow(module, inputs, subject.trace))
    assert finding.faults == ()
    assert [one.what for one in finding.unproven] == [arrow]
    false = replace(scene.edges[0], id="false", source="output.t2", target=arrow.split()[-1], role="output")
    more = replace(scene, edges=(*scene.edges, false))
    assert prove(more, subject.trace, followed=follow(module, inputs, subject.trace)).faults
