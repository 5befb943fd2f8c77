"""Every function of torch that takes and gives tensors has a stage that says nothing false."""

from __future__ import annotations

import warnings

import pytest
import torch
import torch.nn.functional as F
from torch import nn

import lstmviz
from lstmviz import pipeline
from lstmviz.figure_requests import plan_kind
from lstmviz.figures.pipeline.boxes import stage_box
from lstmviz.figures.pipeline.flow import parts_of
from lstmviz.figures.pipeline.graph import Speaker, flow_of, roles_of
from tests.figures.torch_calls import called, functions

OPTIONS = plan_kind("pipeline", {}).options


class Calls(nn.Module):
    """Runs functions on what a Linear gives, each on its own, and returns all that they give."""

    def __init__(self, calls):
        super().__init__()
        self.calls = calls
        self.linear = nn.Linear(8, 8)
        with torch.no_grad():
            self.linear.weight.copy_(torch.eye(8))
            self.linear.bias.zero_()

    def forward(self, x):
        x = self.linear(x)
        return [call(x) for _, call in self.calls]


@pytest.fixture(scope="module")
def numbers():
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return torch.rand(4, 6, 8)


@pytest.fixture(scope="module")
def calls(numbers):
    found = [(name, called(func, numbers)) for name, func in functions()]
    return [(name, call) for name, call in found if call is not None]


def test_all_of_torch_is_tried(calls):
    names = {name for name, _ in calls}
    wanted = {"torch.nn.functional.softmax", "torch.flatten", "torch.conv1d", "torch.nn.functional.embedding",
              "torch.nn.functional.max_pool2d", "Tensor.view", "torch.bmm", "Tensor.permute"}  # fmt: skip
    assert sorted(wanted - names) == []
    assert len(names) > 850


def stages(call, x):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        trace = pipeline.described(Calls([("", call)]), (x,)).trace
    speaker = Speaker(trace, roles_of(trace), flow_of(trace, 1))
    for part in parts_of(trace, 1):
        yield trace, part.stage, speaker.step(part)


def test_every_function_has_a_stage_that_is_true(calls, numbers):
    for name, call in calls:
        for _, stage, step in stages(call, numbers):
            box = stage_box(step, OPTIONS, upward=True, dense=True)
            said = " ".join(line.text for line in box.lines)
            assert step.title, name
            assert stage.outputs, name
            assert "None" not in said, (name, said)
            assert "tensor(" not in said, (name, said)
            if "sums to 1" in said and stage.type != "linear":
                result = call(numbers).exp() if stage.type == "log_softmax" else call(numbers)
                total = result.sum(dict(stage.arguments)["dim"])
                assert torch.allclose(total, torch.ones_like(total)), name


FORMS = {
    "flatten": (lambda x: torch.flatten(x, 1), "dim 1 to the last"),
    "flatten by name": (lambda x: torch.flatten(x, start_dim=-2), "(-2, -1)"),
    "transpose": (lambda x: x.transpose(0, dim1=1), "(0, 1)"),
    "permute": (lambda x: x.permute(dims=(2, 0, 1)), "(2, 0, 1)"),
    "view of another type": (lambda x: x.view(torch.int32), "dtype = int32"),
    "softmax over no axis": (F.softmax, "sums to 1 over dim 0"),
    "Softmax over no axis": (nn.Softmax(), "sums to 1 over dim 0"),
    "conv1d": (lambda x: F.conv1d(x, torch.ones(3, 6, 2), stride=2), "6 → 3 channels kernel 2, stride 2"),
    "conv2d": (lambda x: F.conv2d(x, torch.ones(2, 4, 3, 3)), "4 → 2 channels 3×3 kernels"),
    "max_pool2d": (lambda x: F.max_pool2d(x, (2, 2)), "largest of 2×2"),
    "embedding": (lambda x: F.embedding(x.argmax(-1), torch.ones(9, 5)), "9 tokens → 5"),
    "clamp": (lambda x: torch.clamp(x, min=0.25), "min = 0.25"),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.filterwarnings("ignore:Implicit dimension")
def test_arguments_are_read_whichever_way_they_were_passed(form, numbers):
    call, wanted = FORMS[form]
    told = [" ".join(one.text for one in step.told) for _, _, step in stages(call, numbers)]
    assert wanted in told
    lstmviz.draw(Calls([("", call)]), "pipeline", inputs=(numbers,))
