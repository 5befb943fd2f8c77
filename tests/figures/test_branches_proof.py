"""Pipelines that branch, and feature maps, of a user's own module: what is drawn otherwise is found."""

from __future__ import annotations

import dataclasses

import pytest
import torch
from torch import nn

import lstmviz
from lstmviz import pipeline
from lstmviz.figure_requests import plan_kind
from lstmviz.proof.prove import prove
from tests.figures.branching import STACK, TRANSLATOR, zoo
from tests.refuting import refuted

MUTATED = [TRANSLATOR, STACK]


@pytest.mark.parametrize("model", MUTATED, ids=["translator", "stack"])
@pytest.mark.parametrize("depth", [1, 2, 3])
def test_every_arrow_that_is_left_out_turned_or_made_up_is_found(model, depth):
    subject = pipeline.described(*model)
    scene = pipeline.compose(subject, plan_kind("pipeline", {"depth": depth})).scene
    assert prove(scene, subject.trace).faults == ()
    pairs = {(e.source, e.target) for e in scene.edges}
    for at, edge in enumerate(scene.edges):
        rest = (*scene.edges[:at], *scene.edges[at + 1 :])
        turned = dataclasses.replace(edge, source=edge.target, target=edge.source)
        double = dataclasses.replace(edge, double=not edge.double)
        for edges in (rest, (*rest, turned), (*rest, double)):
            assert refuted(dataclasses.replace(scene, edges=edges), subject.trace), edge.id
    ends = [n.id for n in scene.nodes]
    for source in ends:
        for target in ends:
            if source != target and (source, target) not in pairs and (target, source) not in pairs:
                false = dataclasses.replace(scene.edges[0], id="false", source=source, target=target)
                wrong = dataclasses.replace(scene, edges=(*scene.edges, false))
                assert refuted(wrong, subject.trace), (source, target)


def test_every_wrong_frame_shape_and_count_is_found():
    for model in MUTATED:
        subject = pipeline.described(*model)
        scene = pipeline.compose(subject, plan_kind("pipeline", {"depth": 3})).scene
        for at, frame in enumerate(scene.frames):
            fewer = dataclasses.replace(frame, members=frame.members[1:])
            frames = (*scene.frames[:at], fewer, *scene.frames[at + 1 :])
            assert refuted(dataclasses.replace(scene, frames=frames), subject.trace)
        for at, node in enumerate(scene.nodes):
            if node.shape is None:
                continue
            other = dataclasses.replace(node, shape=(*node.shape[:-1], node.shape[-1] + 1))
            unframed = dataclasses.replace(node, line=2.25 if node.line != 2.25 else 1.0)
            for wrong in (other, unframed):
                nodes = (*scene.nodes[:at], wrong, *scene.nodes[at + 1 :])
                assert refuted(dataclasses.replace(scene, nodes=nodes), subject.trace), node.id
        for note in scene.notes:
            notes = tuple(other for other in scene.notes if other != note)
            assert refuted(dataclasses.replace(scene, notes=notes), subject.trace), note


class Images(nn.Module):
    """Convolutions one after the other, or with a connection past one of them."""

    def __init__(self, *, skips):
        super().__init__()
        self.first, self.second = nn.Conv2d(3, 4, 3, padding=1), nn.Conv2d(4, 4, 3, padding=1)
        self.skips = skips

    def forward(self, x):
        x = torch.relu(self.first(x))
        return self.second(x) + x if self.skips else self.second(x)


def test_feature_maps_are_drawn_of_a_chain_alone_and_proven():
    inputs = (zoo.data(2, 3, 8, 9),)
    chain, skipping = (pipeline.described(Images(skips=s), inputs) for s in (False, True))
    scene = pipeline.compose(chain, plan_kind("volumes", {})).scene
    found = prove(scene, chain.trace)
    assert (found.faults, found.proven) == ((), len(scene.edges))
    assert prove(dataclasses.replace(scene, edges=scene.edges[1:]), chain.trace).faults
    assert prove(scene, skipping.trace).faults
    with pytest.raises(lstmviz.FigureError, match="branches") as caught:
        pipeline.compose(skipping, plan_kind("volumes", {}))
    assert "pipeline" in caught.value.can
    assert "volumes" not in caught.value.can
    sequence = pipeline.described(zoo.CnnLstm(), (zoo.data(4, 5, 3),))
    with pytest.raises(lstmviz.FigureError, match="no images"):
        pipeline.compose(sequence, plan_kind("volumes", {}))
