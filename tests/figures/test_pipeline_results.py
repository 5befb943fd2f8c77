"""What a model returns, as the pipeline frames it."""

from __future__ import annotations

import pytest
import torch
from torch import nn

import lstmviz
from lstmviz import pipeline
from lstmviz.figure_requests import plan_kind
from lstmviz.proof.facts.layers import FACTS


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


@pytest.mark.parametrize(
    ("layers", "lengths", "named"),
    [
        ([{"gru": 4}, "last_step", {"linear": 2}], None, ["t = 8"] * 2),
        ([{"gru": 4}, "first_step", {"linear": 2}], None, ["t = 1"] * 2),
        ([{"gru": 4}, {"linear": 2}], None, []),  # no step is picked
        ([{"gru": 4}, "last_step", {"linear": 2}], [8, 3, 5], []),  # each sample ends elsewhere
        # the last of six steps after a convolution, which reorders axes, is no step of the input
        ([{"gru": 4}, {"conv1d": {"out_channels": 5, "kernel_size": 3}}, "last_step"], None, ["t = 3"] * 3),
    ],
)
def test_the_step_that_is_kept_is_followed_to_where_it_is_kept(layers, lengths, named):
    given = {"batch_size": 3, "timesteps": 8, "features": 2, "batch_first": True}
    given |= {"lengths": lengths} if lengths else {}
    scene = lstmviz.draw({"input": given, "layers": layers}, "pipeline", width="text").scene
    told = [t.label.text for t in scene.texts]
    assert [text for text in told if text.startswith("t = ") and "alone" not in text] == named
    said = f"shaded: step {named[0].removeprefix('t = ')} (counted from 1)" if named else "shaded"
    assert (said in " ".join(told)) is bool(named)
    (proof,) = lstmviz.check({"input": given, "layers": layers, "figures": ["pipeline"]})
    assert (proof.faults, proof.unproven) == ((), ())


@pytest.mark.parametrize(
    ("more", "lengths", "said"),
    [
        ({}, None, "the steps read up to it"),
        ({"bidirectional": True}, None, "all steps read"),
        ({"bidirectional": True}, [8, 3, 5], "all real steps read"),
    ],
)
def test_a_step_of_output_is_not_said_to_be_of_that_step_of_the_input_alone(more, lengths, said):
    given = {"batch_size": 3, "timesteps": 8, "features": 2} | ({"lengths": lengths} if lengths else {})
    given["batch_first"] = True
    turned = {"conv1d": {"out_channels": 5, "kernel_size": 1}}  # reorders axes: a step is followed
    spec = {"input": given, "layers": [{"gru": {"hidden_size": 4, **more}}, turned]}
    scene = lstmviz.draw(spec, "pipeline", width="text").scene
    assert f"each step of output depends on {said}" in " ".join(t.label.text for t in scene.texts)
    (proof,) = lstmviz.check(spec | {"figures": ["pipeline"]})
    assert (proof.faults, proof.unproven) == ((), ())
    trace = pipeline.trace(pipeline.load(spec)).trace
    facts = {"steps-to": not more, "all-steps": more and not lengths, "real-steps": lengths}
    for fact, holds in facts.items():
        assert FACTS[f"output-of-{fact}"](trace, {}) == bool(holds)


class Language(nn.Module):
    """A language model that gives its states back, and drops out what its head reads."""

    def __init__(self):
        super().__init__()
        self.emb, self.drop = nn.Embedding(9, 6), nn.Dropout()
        self.rnn, self.head = nn.LSTM(6, 6), nn.Linear(6, 9)

    def forward(self, tokens, hidden):
        out, hidden = self.rnn(self.emb(tokens), hidden)
        return self.head(self.drop(out)), hidden


class ActorCritic(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm, self.critic, self.actor = nn.LSTMCell(4, 6), nn.Linear(6, 1), nn.Linear(6, 3)

    def forward(self, x, state):
        h, c = self.lstm(x, state)
        return self.critic(h), self.actor(h), (h, c)


@pytest.mark.parametrize(
    ("model", "inputs", "ways"),
    [
        (
            Language,
            lambda: (torch.randint(0, 9, (5, 3)), (torch.randn(1, 3, 6), torch.randn(1, 3, 6))),
            {("stage.rnn", "tensor.rnn.h_n"), ("stage.rnn", "tensor.rnn.c_n"), ("stage.rnn", "stage.drop")},
        ),
        (
            ActorCritic,
            lambda: (torch.randn(2, 4), (torch.randn(2, 6), torch.randn(2, 6))),
            {("tensor.lstm.h_n", "stage.actor"), ("tensor.lstm.h_n", "stage.critic")},
        ),
    ],
)
def test_a_bare_pipeline_draws_states_that_are_returned_apart(model, inputs, ways):
    subject = pipeline.described(model(), inputs())
    plan = plan_kind("pipeline", {"detail": "low"})
    figure = pipeline.judged(pipeline.compose(subject, plan), subject, plan)
    assert not figure.refuted
    assert ways <= {(edge.source, edge.target) for edge in figure.scene.edges}
