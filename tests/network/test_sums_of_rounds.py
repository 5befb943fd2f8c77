"""Sums that rounds add to, and numbers that are others in each round."""

import dataclasses

import pytest
import torch
from torch import nn

import lstmviz
from tests.figures.own_scenes import Scenes
from tests.refuting import refuted

X = torch.randn(2, 6, 3)


class Summed(nn.Module):
    """A sum over the rounds: alone, or read by the next round, or its mean."""

    def __init__(self, way):
        super().__init__()
        self.a, self.b, self.way = nn.Linear(3, 4), nn.Linear(4, 4), way

    def forward(self, x):
        total, ys = x.new_zeros(len(x), 4), []
        for t in range(x.shape[1]):
            y = self.a(x[:, t])
            if self.way != "alone":
                before = total / (t + 1) if self.way == "mean" else torch.relu(total)
                y = torch.tanh(y + self.b(before))
                ys.append(y)
            total = total + y
        return torch.stack(ys, 1) if ys else total


SCENES = Scenes(lambda way: (Summed(way), (X,)))


def stage_of(way):
    return "add" if way == "alone" else "add-2"


@pytest.mark.parametrize("way", ["alone", "relu", "mean"])
def test_a_sum_is_led_back_to_where_it_is_added_to(way):
    """`+` stood on what it adds without a line back; what the next round reads stood on it in one box."""
    scene = SCENES.scene_of(way, "pipeline")
    name = stage_of(way)
    back = [edge for edge in scene.edges if (edge.source, edge.target) == (f"tensor.{name}", f"stage.{name}")]
    assert len(back) == 1
    trace, followed = SCENES.seen(way).trace, SCENES.followed(way)
    without = dataclasses.replace(scene, edges=tuple(edge for edge in scene.edges if edge is not back[0]))
    assert refuted(without, trace, followed=followed)
    assert {proof.answer for proof in lstmviz.check(Summed(way), inputs=(X,))} == {"proven"}


def test_a_number_that_is_another_one_in_each_round_is_not_printed():
    """`÷ 2` stood there, the number of the second round."""
    for kind in ("cell", "pipeline"):
        scene = SCENES.scene_of("mean", kind)
        told = [node.label.text for node in scene.nodes if node.label] + [t.label.text for t in scene.texts]
        assert not any("÷ 2" in text or "other = 2" in text for text in told), kind
        assert any("…" in text for text in told), kind
