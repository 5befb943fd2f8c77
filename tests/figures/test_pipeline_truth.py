"""What a pipeline (and volumes) says of axes and samples is so."""

from __future__ import annotations

import pytest
import torch
from torch import nn

import lstmviz
from lstmviz import pipeline
from lstmviz.checking import proofs_of
from lstmviz.figure_requests import plan_kind
from lstmviz.figures.pipeline.axes import wiring_of
from lstmviz.network.foreign.opening import open_model
from lstmviz.proof.facts.layers import FACTS
from lstmviz.proof.flow import held_in
from tests.figures.test_pipeline_ops import calls, numbers  # noqa: F401 (fixtures)


def words_of(scene):
    return [text.label.text for text in scene.texts]


def drawn(model, *inputs, **options):
    return pipeline.compose(pipeline.described(model, inputs), plan_kind("pipeline", options)).scene


class Head(nn.Module):
    def __init__(self, rows, directions=2):
        super().__init__()
        self.rows = rows
        self.lstm = nn.LSTM(3, 8, bidirectional=directions == 2, batch_first=True)
        self.fc = nn.Linear(8 * directions, 1)

    def forward(self, x):
        return self.fc(self.rows(self.lstm(x)[1][0], len(x)))


MIXED = "use transpose(0, 1).reshape(N, -1)"
ROWS = {
    "view": (lambda h, n: h.view(n, -1), 2, True),
    "reshape": (lambda h, n: h.reshape(n, -1), 2, True),
    "one direction": (lambda h, n: h.view(n, -1), 1, False),
    "transposed first": (lambda h, n: h.transpose(0, 1).reshape(n, -1), 2, False),
    "joined": (lambda h, _: torch.cat([h[0], h[1]], 1), 2, False),
}


@pytest.mark.parametrize("way", ROWS)
def test_mixed_samples_are_said(way):
    rows, directions, mixes = ROWS[way]
    model, x = Head(rows, directions).eval(), torch.randn(4, 5, 3)
    with torch.no_grad():
        other = x.clone()
        other[1:] += 1.0
        really = not torch.allclose(model(x)[0], model(other)[0])
    assert really == mixes
    scene = drawn(model, x)
    assert (MIXED in words_of(scene)) == mixes
    assert ("mixes samples" in scene.description) == mixes


def test_axes_are_wired_as_values_move(calls, numbers):  # noqa: F811
    """Each axis after an operation is joined to the axes before it that its numbers come from."""
    places = torch.arange(numbers.numel()).reshape(numbers.shape)
    held = 0
    for _, call in calls:
        trace = pipeline.described(nn.Sequential(Only(call)), (numbers,)).trace
        for stage in trace.stages:
            wiring = wiring_of(stage) if len(stage.inputs) == len(stage.outputs) == 1 else None
            if wiring is None:
                continue
            held += 1
            moved = call(places.clone())
            assert joined(moved, numbers.shape) <= {
                (a, b) for old, new in wiring.groups for a in old for b in new
            }
    assert held >= 10


class Only(nn.Module):
    def __init__(self, call):
        super().__init__()
        self.call = call

    def forward(self, x):
        return self.call(x)


def joined(moved, sizes):
    """The pairs of an axis before and one after along which the place of a number changes."""
    before = torch.stack(torch.unravel_index(moved, sizes))
    found = set()
    for after in range(moved.dim()):
        if moved.shape[after] > 1:
            steps = before.diff(dim=after + 1).flatten(1).ne(0).any(1)
            found |= {(axis, after) for axis, moves in enumerate(steps.tolist()) if moves}
    return found


THREE = """
input: {batch_size: 3, timesteps: 5, features: 4, batch_first: true}
layers: [lstm: 16, last_step, linear: 24, view: [N, 6, 4]]
figures: [pipeline]
"""


def test_a_tensor_of_three_axes_is_no_matrix():
    subject = pipeline.trace(pipeline.load(THREE))
    scene = pipeline.compose(subject, plan_kind("pipeline", {})).scene
    boxes = {node.id: node.box for node in scene.nodes}
    last, before = ("tensor.view", "tensor.linear")
    wide = [boxes[name][2] - boxes[name][0] for name in (before, last)]
    assert wide[1] > wide[0]  # six columns, where the matrix has none


IMAGES = """
input: {{batch_size: {n}, channels: {c}, height: 28, width: 28{more}}}
layers: [view: [-1, 28, 28], lstm: 16, last_step, linear: 10]
figures: [volumes]
"""


def test_volumes_draws_one_image_of_the_batch_or_refuses():
    figure = lstmviz.draw(IMAGES.format(n=8, c=1, more=", batch_first: true"), "volumes")
    said = words_of(figure.scene)
    assert {"(8, 1, 28, 28)", "(8, 28, 28)"} <= {*said}  # shapes are of the batch; one image of it is drawn
    assert any("one image of the batch is drawn" in text for text in said)
    with pytest.raises(lstmviz.FigureError, match="no axis is the batch alone"):
        lstmviz.draw(IMAGES.format(n=8, c=3, more=", batch_first: true"), "volumes")
    with pytest.raises(lstmviz.FigureError, match="no axis is the batch alone"):
        lstmviz.draw(IMAGES.format(n=8, c=1, more=""), "volumes")


def test_a_batch_that_is_taken_for_time_is_said():
    scene = lstmviz.draw(IMAGES.format(n=100, c=1, more=""), "pipeline").scene
    assert "takes N·C as time" in words_of(scene)
    assert "view: C and 28 become one axis, in which 28 varies fastest" not in words_of(scene)
    right = lstmviz.draw(IMAGES.format(n=100, c=1, more=", batch_first: true"), "pipeline").scene
    assert not any("as time" in said for said in words_of(right))


class Narrow(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(6, 6)

    def forward(self, x):
        return torch.relu(self.fc(x)) + x


class Doubled(nn.Module):
    def __init__(self):
        super().__init__()
        self.blocks = nn.ModuleList(Narrow() for _ in range(4))
        self.fc = nn.Linear(6, 2)

    def forward(self, x):
        for block in self.blocks:
            x = block(x)
        return self.fc(x)


def test_blocks_drawn_once_count_with_all_their_parameters():
    model = Doubled()
    scene = drawn(model, torch.randn(3, 6), parameters=True)
    total = sum(p.numel() for p in model.parameters())
    assert f"{total:,} parameters in all" in words_of(scene)
    assert "× 4" in " ".join(words_of(scene))


class Inner(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(3, 4)

    def forward(self, x):
        return torch.tanh(self.fc(x))


class Chain(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner = Inner()

    def forward(self, x):
        return torch.logsumexp(self.inner(x)[:, -1], 1)


def test_a_chain_does_not_branch():
    scene = drawn(Chain(), torch.randn(2, 5, 3))
    assert scene.description.startswith("A model of 4 parts, one after the other.")
    assert "getitem" not in scene.description
    assert "[:, −1]" in scene.description


class Residual(Chain):
    def forward(self, x):
        y = self.inner(x)
        return y + y.flip(1)


def test_a_skip_branches():
    assert "that branches" in drawn(Residual(), torch.randn(2, 5, 3)).description


class Sampled(nn.Module):
    """Rounds of many calls; what a module that is not opened gives is read by what it is piled with."""

    def __init__(self):
        super().__init__()
        self.read, self.spread = nn.Linear(3, 4), nn.Sequential(nn.Linear(4, 2), nn.Softplus())
        self.draw, self.gru = nn.Linear(2, 4), nn.GRU(8, 4)

    def forward(self, x):
        h, found = x.new_zeros(1, x.shape[1], 4), []
        for x_t in x:
            read = torch.relu(self.read(x_t) + h[-1])
            width = self.spread(read)
            drawn = torch.relu(self.draw(width * torch.randn_like(width)))
            found.append(torch.cat([drawn, h[-1]], 1).sigmoid())
            h = self.gru(torch.cat([read, drawn], 1).unsqueeze(0), h)[1]
        return torch.stack(found)


def test_what_a_closed_module_hands_on_in_a_pile_has_the_name_of_the_tensor():
    inputs = torch.randn(5, 2, 3)
    scene = drawn(Sampled(), inputs)
    assert held_in(scene) | {"spread": "stage.mul", "mul": "stage.mul"} == held_in(scene)
    assert (
        next(proof for proof in proofs_of(open_model(Sampled(), inputs)) if proof.kind == "pipeline").answer
        == "proven"
    )


class Decay(nn.Module):
    """A linear recurrence whose decay is made of a parameter, before its loop: as in an LRU."""

    def __init__(self):
        super().__init__()
        self.nu, self.into = nn.Parameter(torch.randn(4)), nn.Linear(3, 4)

    def forward(self, x):
        decay, h, hs = torch.exp(self.nu), x.new_zeros(x.shape[1], 4), []
        for step in x:
            h = decay * h + self.into(step)
            hs.append(h)
        return torch.stack(hs)


def test_what_reads_parameters_alone_says_their_names():
    model, x = Decay(), torch.randn(5, 2, 3)
    assert "exp (exp) makes (4,) of parameter nu." in lstmviz.draw(model, "pipeline", inputs=(x,)).alt
    trace = pipeline.described(model, (x,)).trace
    made = ("said", "pipeline.gives", (("tensor", "exp.output"),))

    def said(id, **facts):
        reads = ("said", id, tuple(facts.items()))
        return FACTS["part-makes"](trace, {"stage": "exp", "made": made, "reads": reads, "sources": ()})

    assert said("pipeline.of-parameters", names="nu")
    assert not said("pipeline.nothing")
    read = FACTS["reads-parameters"]
    assert read(trace, {"stage": "exp", "names": "nu", "n": 1})
    assert not read(trace, {"stage": "exp", "names": "mu", "n": 1})
    assert not read(trace, {"stage": "into", "names": "into.weight, into.bias", "n": 2})
