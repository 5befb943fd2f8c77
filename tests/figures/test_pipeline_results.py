"""What a model returns, as the pipeline frames it."""

from __future__ import annotations

import torch
from torch import nn

from lstmviz import pipeline
from lstmviz.figure_requests import plan_kind


class Masked(nn.Module):
    """Masks what it returns in place, past the derivatives."""

    def __init__(self):
        super().__init__()
        self.lstm, self.mel, self.gate = nn.LSTM(3, 8, batch_first=True), nn.Linear(8, 4), nn.Linear(8, 1)

    def forward(self, x, lengths):
        out, _ = self.lstm(x)
        answers = [self.mel(out), self.gate(out).squeeze(-1)]
        mask = torch.arange(x.size(1)) >= lengths.unsqueeze(1)
        answers[0].data.masked_fill_(mask.unsqueeze(-1), 0.0)
        answers[1].data.masked_fill_(mask, 1e3)
        return answers


def test_a_write_through_data_gives_no_further_result():
    trace = pipeline.described(Masked(), (torch.randn(2, 5, 3), torch.tensor([5, 3]))).trace
    assert trace.results == ("masked_fill.output", "masked_fill-2.output")
    assert [stage.sources[0] for stage in trace.stages if stage.type == "masked_fill"] == [
        "mel.output",
        "squeeze.output",
    ]
    assert not {stage.type for stage in trace.stages} & {"get", "data"}


class Steps(nn.Module):
    def __init__(self):
        super().__init__()
        self.cell, self.out = nn.GRUCell(3, 4), nn.Linear(4, 2)

    def forward(self, x):
        h, answers, seen = None, [], {"scores": []}
        for x_t in x:
            h = self.cell(x_t, h)
            answers.append(self.out(h))
            seen["scores"].append(h.softmax(1))
        return answers, seen


def test_lists_of_step_results_have_the_users_names():
    subject = pipeline.described(Steps(), (torch.randn(5, 2, 3),))
    scene = pipeline.compose(subject, plan_kind("pipeline", {})).scene
    said = [text.label.text for text in scene.texts]
    assert [text for text in said if "list of" in text] == [
        "output[0] list of 5: (5, …)",
        "scores list of 5: (5, …)",
    ]


def test_two_results_have_names_of_their_own():
    trace = pipeline.described(Masked(), (torch.randn(2, 5, 3), torch.tensor([5, 3]))).trace
    names = dict(trace.names)
    assert [names[one] for one in trace.results] == ["output[0]", "output[1]"]
