"""The flow of a user's module, found a second time by derivatives and by changed runs."""

import dataclasses
import gc
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

import lstmviz
from lstmviz.figure_requests import plan_kind
from lstmviz.figures.base import Subject
from lstmviz.network.user.call_recorder import INPUT, CallRecorder
from lstmviz.network.user.changer import Change
from lstmviz.network.user.copying import copied
from lstmviz.network.user.describe import describe
from lstmviz.network.user.recorder import Recorder
from lstmviz.network.user.stage_dependences import follow
from lstmviz.pipeline import compose
from lstmviz.proof.prove import prove

sys.path.insert(0, str(Path(__file__).parent))
import zoo

CASES = pytest.mark.parametrize("case", zoo.CASES, ids=lambda case: case.make.__name__)


def followed(module, *inputs):
    return follow(module, inputs, describe(module, inputs))


@CASES
def test_derivatives_show_the_flow_of_the_trace(case):
    module = case.make()
    found = follow(module, case.inputs, describe(module, case.inputs))
    assert found.whole
    assert found.faults == ()
    assert found.unproven == frozenset()


@CASES
def test_every_arrow_of_every_kind_is_proven(case):
    for proof in lstmviz.check(case.make(), inputs=case.inputs):  # it raises what is refuted
        assert proof.proven == proof.arrows, proof


class Odd(nn.Module):
    """What has no derivative: tokens chosen by argmax, a mask, a detached value, an integer."""

    def __init__(self):
        super().__init__()
        self.gru, self.embed = nn.GRU(3, 4), nn.Embedding(4, 4)

    def forward(self, x, scale):
        out = self.gru(x)[0]
        mask = out > 0
        chosen = self.embed(out.argmax(-1))
        return torch.where(mask, chosen, out.detach().exp()) * scale


def test_what_has_no_derivative_is_changed_instead():
    module = Odd()
    inputs = (zoo.data(5, 4, 3), torch.tensor([2]))
    assert follow(module, inputs, describe(module, inputs)).unproven == frozenset()
    trace = describe(module, inputs)
    reads = {stage.name: stage.sources for stage in trace.stages}
    assert reads["where"] == ("gt.output", "embed.output", "exp.output")
    assert reads["mul"] == ("where.output", "input.1")


@pytest.mark.parametrize(
    ("case", "reader", "read"), [(13, "add", "input"), (6, "cat", "decoder"), (16, "sub", "lstm")]
)
def test_an_arrow_that_the_trace_lacks_is_noticed(case, reader, read, monkeypatch):
    """Also where the same value arrives on another way."""
    whole = CallRecorder._event

    def lacking(self, type_, *rest):
        event = whole(self, type_, *rest)
        if type_ == reader:
            event.sources = event.sources[1:]
        return event

    monkeypatch.setattr(CallRecorder, "_event", lacking)
    case = zoo.CASES[case]
    module = case.make()
    found = follow(module, case.inputs, describe(module, case.inputs))
    assert f"{reader} depends on {read}, and the trace has nothing flow there" in found.faults


class Two(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm, self.fc, self.other = nn.LSTM(3, 4), nn.Linear(4, 2), nn.Linear(3, 5)

    def forward(self, x, y):
        return self.fc(self.lstm(x)[0]), self.other(y)


def test_an_arrow_that_is_none_is_not_proven(monkeypatch):
    """`fc` said to read y as well; where another way leads there, changed runs could not tell it."""
    whole = CallRecorder._before

    def more(self, module, args, kwargs):
        whole(self, module, args, kwargs)
        if isinstance(module, nn.Linear) and module.out_features == 2 and self._open:
            self._open.sources = (*self._open.sources, (INPUT, "1"))

    inputs = (zoo.data(5, 4, 3), zoo.data(5, 4, 3))
    assert followed(Two(), *inputs).unproven == frozenset()
    monkeypatch.setattr(CallRecorder, "_before", more)
    assert followed(Two(), *inputs).unproven == {("fc", "input.1")}


def test_a_module_that_runs_otherwise_each_time_is_not_proven():
    class Moody(nn.Module):
        def __init__(self):
            super().__init__()
            self.lstm, self.calls = nn.LSTM(3, 4), []

        def __deepcopy__(self, memo):
            return self  # one and the same object, whoever copies it

        def forward(self, x):
            self.calls.append(1)
            out = self.lstm(x.to(self.lstm.weight_ih_l0.dtype))[0]
            return out if len(self.calls) % 2 else out * 2

    module = Moody()
    trace = describe(module, (zoo.data(5, 4, 3),))
    assert len(trace.stages) == 1
    assert not follow(module, (zoo.data(5, 4, 3),), dataclasses.replace(trace, stages=())).whole


def test_a_grid_with_an_arrow_less_is_refused():
    module, inputs = zoo.LastStep(), (zoo.data(4, 5, 3),)
    trace = describe(module, inputs)
    found = follow(module, inputs, trace)
    scene = compose(Subject(trace), plan_kind("grid", {})).scene
    outer = [edge for edge in scene.edges if edge.target.startswith(("last_step", "fc", "result"))]
    assert outer
    for edge in outer:
        less = dataclasses.replace(scene, edges=tuple(e for e in scene.edges if e is not edge))
        faults = prove(less, trace, followed=found).faults
        assert f"the arrow {edge.source} → {edge.target} is missing" in faults
        turned = dataclasses.replace(edge, source=scene.edges[0].source)
        false = dataclasses.replace(scene, edges=(*scene.edges, turned))
        assert any("is false" in fault for fault in prove(false, trace, followed=found).faults)


def test_the_module_is_left_alone():
    module, x = zoo.LastStep().train(), zoo.data(4, 5, 3)
    before, luck = {n: p.clone() for n, p in module.named_parameters()}, torch.get_rng_state()
    lstmviz.check(module, inputs=(x,))
    assert module.training
    assert all(torch.equal(p, before[n]) and p.grad is None for n, p in module.named_parameters())
    assert torch.equal(torch.get_rng_state(), luck)
    assert torch.get_default_dtype() is torch.float32
    assert not any(m._forward_hooks or m._forward_pre_hooks for m in module.modules())


class Clamped(nn.Module):
    """Writes into its own weights whenever it runs."""

    def __init__(self):
        super().__init__()
        self.embed, self.rnn = nn.Embedding(300, 20), nn.LSTM(20, 8)

    def forward(self, tokens):
        self.embed.weight.data[0] = 0.0
        return self.rnn(self.embed(tokens))[0]


def test_copies_share_large_weights_until_they_are_written_into():
    """A table of words is as large as all else: a proof that copies it for every run takes gigabytes."""
    address = torch._C._data_address
    module, tokens = Clamped(), torch.randint(0, 300, (6, 2), generator=torch.Generator().manual_seed(0))
    before = {n: p.clone() for n, p in module.named_parameters()}
    own, other = (copied(module, (tokens,))[0] for _ in range(2))
    assert len({address(one.embed.weight) for one in (module, own, other)}) == 1
    assert address(own.rnn.weight_ih_l0) != address(module.rnn.weight_ih_l0)  # small ones are copied
    own(tokens)
    assert not own.embed.weight[0].any()
    assert address(other.embed.weight) == address(module.embed.weight) != address(own.embed.weight)
    lstmviz.check(module, inputs=(tokens,))
    assert all(torch.equal(p, before[n]) for n, p in module.named_parameters())
    with torch.no_grad():
        module.embed.weight += 1.0
    assert torch.equal(other.embed.weight, before["embed.weight"])
    module.embed.weight.data = torch.from_numpy(np.ones((300, 20), np.float32))  # shares NumPy's memory
    assert torch.equal(copied(module, (tokens,))[0].embed.weight, module.embed.weight)


def test_a_torch_that_shares_no_memory_copies_all_weights(monkeypatch):
    monkeypatch.delattr(torch, "_lazy_clone")
    module = nn.Linear(100, 100)
    own, _ = copied(module, (torch.randn(2, 100),))
    assert torch.equal(own.weight, module.weight)
    assert own.weight.data_ptr() != module.weight.data_ptr()


def test_what_was_followed_is_let_go():
    """A hook of a node of torch's graph that holds the node keeps a copy of the whole model for ever."""

    def recorders():
        gc.collect()
        return sum(type(one) is Recorder for one in gc.get_objects())

    before = recorders()
    found = followed(nn.Sequential(nn.Linear(3, 4), nn.Tanh()), torch.randn(5, 2, 3))
    assert found.whole
    del found
    assert recorders() == before


class Greatest(nn.Module):
    """A loop whose state is a maximum: of what loses against it there is no derivative."""

    def __init__(self):
        super().__init__()
        self.inp = nn.Linear(3, 4)

    def forward(self, x):
        h, hs = x.new_zeros(x.shape[1], 4), []
        for x_t in x:
            h = torch.maximum(torch.tanh(self.inp(x_t)), h * 0.9)
            hs.append(h)
        return torch.stack(hs)


def test_a_run_that_is_changed_ends_with_the_last_call_that_is_asked_about():
    module, x = Greatest(), torch.randn(20, 2, 3)
    loop = followed(module, x).loops[0]
    one = loop.ran.rounds[2]
    source, last = next(iter(loop.ran.rounds[1].made.values())), max(one.calls)
    change = Change(source, free=frozenset(one.calls))
    whole, ended = loop.moved(change), loop.moved(dataclasses.replace(change, until=last))
    assert whole.keys() > ended.keys() >= {index for index in whole if index <= last}
    assert max(ended) <= last + 1 < max(whole)


def test_a_copy_is_one_of_all_that_a_module_holds():
    """Shared parts stay shared, a class that is copied in a way of its own is, and nothing is of both."""

    class Held(nn.Linear):
        def __deepcopy__(self, known):
            made = Held(3, 3)
            made.load_state_dict(self.state_dict())
            made.own_way = True
            return made

    module = nn.Module()
    module.one, module.held, module.rnn = nn.Linear(3, 3), Held(3, 3), nn.LSTM(3, 3)
    module.two = nn.Sequential(module.one, nn.Tanh())
    module.kept, module.names = {"a": [torch.ones(2)]}, ["x"]
    module.computed = module.one.weight * 2
    module.one.register_buffer("nothing", None)
    own, _ = copied(module, ())
    assert own.two[0] is own.one
    assert own.held.own_way
    assert not own.training
    assert module.training
    assert own.rnn._flat_weights[0] is own.rnn.weight_ih_l0
    assert torch.equal(own.computed, module.computed)
    assert own.computed.is_leaf
    assert {id(one) for one in own.modules()}.isdisjoint(map(id, module.modules()))
    own.kept["a"][0].zero_()
    own.names.append("y")
    own.one.weight.data.zero_()
    own.one.extra = 1
    assert module.kept["a"][0].all()
    assert module.names == ["x"]
    assert module.one.weight.any()
    assert not hasattr(module.one, "extra")
    assert own.state_dict().keys() == module.state_dict().keys()
