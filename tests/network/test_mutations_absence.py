"""What a figure says that it does not show, left out; a line and all that is on it, left out: it is found."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import nn

from lstmviz import judging, pipeline
from lstmviz.figure_requests import plan_kind
from lstmviz.figures.shared.captions_below import ABSENT
from lstmviz.network.user.stage_dependences import follow
from lstmviz.proof import sentences
from lstmviz.proof.geometry import stacked
from lstmviz.proof.unsaid import WHICH, unsaid
from lstmviz.scene import ids
from tests.network import mutants, own_zoo

PART = {
    "volumes.one-image",
    "volumes.one-image-at-most",
    "volumes.frame",
    "volumes.frame-read",
    "activity.some",
    "grid.sample",
    *WHICH,
}
PART |= {f"batch.{what}" for what in ("some-samples", "some-steps", "some-both", "order", "in-order", "back")}
"""Sentences that a part of what there is is drawn, beside those of what the model has more."""
ELSEWHERE = {"second.starts-zero", "second.starts-last", "second.starts-last-real"}
"""What step 1 reads where others read what is said: arrows show these."""


def absences(scene, trace):
    """Each sentence of what is not shown, or shown in part; notes of the run are such."""
    noted = {note.id for note in trace.notes if getattr(note, "id", "")}
    told = (ABSENT | PART | noted) - ELSEWHERE
    cells = {one.prefix for one in ids.read_all(scene.nodes) if one.is_cell}
    if len(cells & {ids.inside(layer.name) for layer in trace.recurrent}) < 2:
        told -= {"grid.letters-of"}  # of one layer alone: there are no others' letters
    return dict.fromkeys(one for one in sentences.shown(scene) if one[0] in told)


def without(scene, name, given):
    """The scene without a sentence, and without the texts that print it."""

    def says(claims):
        heads = [(one.fact("id"), one.fact("given")) for one in claims if one.kind == "sentence"]
        inner = [part for _, facts in heads for part in sentences.inside(value for _, value in facts)]
        return (name, given) in [*heads, *inner]

    texts = tuple(text for text in scene.texts if not says(text.label.claims))
    left = tuple(one for one in scene.captioned if not says([one]))
    caption = scene.caption
    for one in scene.captioned:
        caption = caption if one in left else caption.replace(one.text, "")
    return replace(scene, texts=texts, captioned=left, caption=caption)


def test_right_figures_leave_nothing_unsaid():
    for one in mutants.drawn():
        assert [*unsaid(one.scene, one.trace)] == [], one.name


def test_every_sentence_of_what_is_not_drawn_left_out_is_found(capsys):
    found = [
        (one.scene.kind, any(unsaid(without(one.scene, *what), one.trace)), (one.name, *what))
        for one in mutants.drawn()
        for what in absences(one.scene, one.trace)
    ]
    mutants.tally(capsys, "sentences of what is not drawn", found)


def test_what_is_unsaid_is_a_fault_of_its_figure():
    one, what = next((one, what) for one in mutants.drawn() for what in absences(one.scene, one.trace))
    assert any("neither drawn nor said" in fault for fault in one.faults(without(one.scene, *what)))


def test_what_a_row_reads_beside_its_arrows_is_asked_even_of_a_layer_that_is_drawn():
    luong = next(file for file in mutants.every_spec() if file.stem == "luong")
    one = next(one for one in mutants.of_spec(luong) if one.scene.kind == "unrolled")
    what = next(what for what in absences(one.scene, one.trace) if what[0] == "grid.beside-pipeline")
    (fault,) = unsaid(without(one.scene, *what), one.trace)
    assert fault.startswith("attention reads encoder.output")


class Weighed(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(3, 8, batch_first=True)
        self.score, self.fc = nn.Linear(8, 1), nn.Linear(8, 2)

    def forward(self, x):
        output, _ = self.lstm(x)
        shares = torch.softmax(self.score(output), 1)
        return self.fc((shares * output).sum(1))


class Turned(Weighed):
    def forward(self, x):
        output = self.lstm(x)[0].transpose(0, 1)
        shares = torch.softmax(self.score(output), 0)
        return self.fc((shares * output).sum(0))


class Highest(Weighed):
    def forward(self, x):
        output, _ = self.lstm(x)
        return self.fc((torch.sigmoid(self.score(output)) * output).amax(1))


@pytest.mark.parametrize("kind", ["grid", "unrolled"])
@pytest.mark.parametrize("make", [Weighed, Turned, Highest], ids=lambda make: make.__name__)
def test_a_whole_line_left_out_with_its_chip_is_found(make, kind):
    torch.manual_seed(0)
    module, inputs = make().eval(), (torch.randn(2, 4, 3),)
    subject = pipeline.described(module, inputs)
    one = plan_kind(kind, {})
    scene = pipeline.compose(subject, one).scene
    followed = follow(module, inputs, subject.trace)
    drawn = mutants.Drawn(kind, scene, subject.trace, None, judging.asked(one.options, subject), followed)
    assert drawn.faults(scene) == ()
    (hub,) = (node.id for node in scene.nodes if node.label and node.label.text == "output")
    nodes = tuple(node for node in scene.nodes if node.id != hub)
    edges = tuple(edge for edge in scene.edges if hub not in {edge.source, edge.target})
    assert len(edges) < len(scene.edges)
    assert any("is missing" in fault for fault in drawn.faults(replace(scene, nodes=nodes, edges=edges)))


@pytest.mark.parametrize("of", [None, "loop"])
def test_a_head_that_is_not_drawn_beside_others_is_found(of):
    torch.manual_seed(0)
    subject = pipeline.described(own_zoo.MixtureDensity(), own_zoo.GIVEN["MixtureDensity"]())
    scene = pipeline.compose(subject, plan_kind("unrolled", {"of": of})).scene
    assert [*unsaid(scene, subject.trace)] == []
    for name in ("softmax", "mu", "exp"):
        gone = {node.id for node in scene.nodes if node.id.startswith(name)}
        assert gone
        nodes = tuple(node for node in scene.nodes if node.id not in gone)
        edges = tuple(edge for edge in scene.edges if not {edge.source, edge.target} & gone)
        assert any(unsaid(replace(scene, nodes=nodes, edges=edges), subject.trace)), name


@pytest.mark.parametrize("of", [None, "loop"])
def test_what_reads_a_loop_that_is_drawn_alone_is_drawn_or_said(of):
    torch.manual_seed(0)
    subject = pipeline.described(own_zoo.ResidualStack(), own_zoo.GIVEN["ResidualStack"]())
    scene = pipeline.compose(subject, plan_kind("unrolled", {"of": of})).scene
    assert [*unsaid(scene, subject.trace)] == []
    said = [one for one in sentences.shown(scene) if one[0] == "grid.beside"]
    assert said
    assert all(any(unsaid(without(scene, *one), subject.trace)) for one in said)


def test_a_map_less_than_is_said_is_found(capsys):
    """Of maps that stand behind each other, each left out."""
    found = []
    for one in mutants.drawn():
        for node in one.scene.nodes if one.name == "cnn volumes" else ():
            forms = one.scene.polygons
            count = stacked(node.box, forms)
            for i in range(len(forms) if count > 1 else 0):
                fewer = (*forms[:i], *forms[i + 1 :])
                if stacked(node.box, fewer) < count:
                    scene = replace(one.scene, polygons=fewer)
                    found.append((one.scene.kind, any(unsaid(scene, one.trace)), (one.name, node.id, i)))
    mutants.tally(capsys, "maps left out", found)
