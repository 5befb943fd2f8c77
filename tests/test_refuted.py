"""A figure of one's own module that its run refutes does not leave in silence."""

import dataclasses

import pytest
import torch
from torch import nn

import lstmviz
from lstmviz import pipeline
from lstmviz.commands import batch
from lstmviz.commands.selection import Wanted

INPUTS = (torch.zeros(2, 5, 3),)


@pytest.fixture
def turned(monkeypatch):
    """Every figure is composed with its first arrow turned round."""
    compose = pipeline.scene_of

    def false(kind, subject, options):
        scene = compose(kind, subject, options)
        first, *rest = scene.edges
        back = dataclasses.replace(first, source=first.target, target=first.source)
        return dataclasses.replace(scene, edges=(back, *rest))

    monkeypatch.setattr(pipeline, "scene_of", false)


@pytest.mark.parametrize("kind", ["grid", "pipeline", "tensors", "rolled"])
def test_draw_warns_of_what_is_false(turned, kind):
    with pytest.warns(RuntimeWarning, match=f"{kind}: refuted by the run: .*is false"):
        figure = lstmviz.draw(nn.LSTM(3, 4, batch_first=True), kind, inputs=INPUTS)
    assert figure.refuted
    assert figure.warning.startswith(f"{kind}: refuted by the run")


def test_the_commands_say_it_beside_the_file(turned, tmp_path):
    subject = pipeline.described(nn.LSTM(3, 4, batch_first=True), INPUTS)
    (outcome,) = batch.drawn_module(subject, "own", Wanted(str(tmp_path), ("svg",), (), ("grid",), {}))
    assert outcome.status == "wrote"
    assert outcome.warning.startswith("grid: refuted by the run")


def test_a_sheet_is_judged_panel_by_panel(recwarn):
    figure = lstmviz.draw(nn.GRU(3, 4), inputs=INPUTS, sheet=[["grid", "cell"]])
    assert figure.refuted == ()
    assert not recwarn.list


@pytest.mark.parametrize("kind", ["grid", "pipeline", "tensors", "cell", "cube", "neurons", "unfold"])
def test_what_is_true_is_drawn_without_a_word(recwarn, kind):
    figure = lstmviz.draw(nn.LSTM(3, 4, batch_first=True), kind, inputs=INPUTS)
    assert figure.refuted == ()
    assert not recwarn.list
