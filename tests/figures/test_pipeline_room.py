"""Pipelines keep to the height of a page, and name no arrangement when bare."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import nn

from lstmviz import pipeline
from lstmviz.figure_requests import plan_kind
from lstmviz.figures import kind
from lstmviz.figures.base import Subject
from lstmviz.figures.composing import compose
from lstmviz.figures.pages import TALLEST
from lstmviz.network.cache import traced
from lstmviz.proof.flow import held_in
from lstmviz.proof.prove import prove
from lstmviz.translation.messages import note
from tests.conftest import ROOT


class Conv(nn.Module):
    """Convolutions along time, an LSTM that wants time first, and its last state."""

    def __init__(self):
        super().__init__()
        self.first, self.second = nn.Conv1d(3, 8, 5), nn.Conv1d(8, 8, 3)
        self.lstm, self.last = nn.LSTM(8, 16), nn.Linear(16, 4)

    def forward(self, x):
        for conv in (self.first, self.second):
            x = torch.relu(conv(x.transpose(1, 2))).transpose(1, 2)
        return self.last(torch.relu(self.lstm(x.transpose(0, 1))[1][0][-1]))


@pytest.fixture(scope="module")
def subject():
    return pipeline.described(Conv(), (torch.randn(4, 20, 3),))


def scene_of(subject, **options):
    return pipeline.compose(subject, plan_kind("pipeline", options)).scene


def words_of(scene):
    labels = [*(text.label for text in scene.texts), *(node.label for node in scene.nodes if node.label)]
    return " ".join(label.text for label in labels)


@pytest.mark.parametrize(("width", "most"), [("column", TALLEST[0]), ("text", TALLEST[1])])
def test_long_models_keep_to_the_page(subject, width, most):
    vgg = pipeline.load(ROOT / "specs/vgg.yaml")
    for one in (subject, Subject(traced(vgg), vgg.input, vgg.title)):
        scene = compose(kind("pipeline"), one, plan_kind("pipeline", {"width": width}).options)
        assert scene.height <= most


@pytest.mark.parametrize("width", ["column", "text"])
def test_what_shares_a_box_is_proven(subject, width):
    scene = scene_of(subject, width=width)
    assert held_in(scene)["first"] == held_in(scene)["second"]
    assert prove(scene, subject.trace).faults == ()


def test_a_bare_box_names_no_arrangement_and_holds_it(subject):
    scene = scene_of(subject, detail="low")
    assert not {"transpose", "getitem"} & {*words_of(scene).split()}
    assert held_in(scene)["getitem"] == "stage.relu-3"
    assert prove(scene, subject.trace).faults == ()


def test_what_makes_new_numbers_may_not_go_unnamed(subject):
    scene = scene_of(subject, detail="low")
    told = note("note.within", name="second", box="stage.relu-2")
    assert prove(replace(scene, notes=(*scene.notes, told)), subject.trace).faults


class TwoInputs(nn.Module):
    """Two layers that read an input each."""

    def __init__(self) -> None:
        super().__init__()
        self.one, self.two = nn.GRU(3, 4, batch_first=True), nn.GRU(2, 4, batch_first=True)

    def forward(self, words, tags):
        return self.one(words)[0][:, -1] + self.two(tags)[0][:, -1]


def test_a_bare_box_reads_the_input_that_its_layer_reads():
    two = pipeline.described(TwoInputs(), (torch.randn(2, 5, 3), torch.randn(2, 4, 2)))
    scene = scene_of(two, detail="low")
    assert "tags" in words_of(scene).split()
    arrows = {(edge.source, edge.target) for edge in scene.edges}
    assert {("input", "stage.one"), ("input.1", "stage.two")} <= arrows
    assert ("input", "stage.two") not in arrows
    assert prove(scene, two.trace).faults == ()
