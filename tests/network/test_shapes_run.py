"""A run whose calls are those of the run before: its sizes alone are looked at, and other calls are told."""

import functools

import pytest
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from lstmviz.errors import ModelError
from lstmviz.network.user.call_recorder import CallRecorder
from lstmviz.network.user.describe import describe, stages_of
from lstmviz.network.user.follower import OtherRunError
from lstmviz.network.user.running import alone, run
from lstmviz.network.user.shapes_run import ShapesRun, resized, with_rounds


def again(module, first, other):
    """Return the trace of a run, and what it becomes with the sizes of another one."""
    with alone():
        watcher, given, result = run(module, (first,), CallRecorder)
        trace, groups, _ = stages_of(watcher, given, result)
        seen = run(module, (other,), functools.partial(ShapesRun, made=watcher.made))[0]
        return trace, resized(seen, trace, groups)


def shapes(trace):
    return [(one.name, one.inputs[0].sizes, one.outputs[0].sizes) for one in trace.stages]


class Head(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn, self.fc = nn.GRU(3, 4, batch_first=True), nn.Linear(4, 2)

    def forward(self, x):
        return torch.tanh(self.fc(self.rnn(x)[0][:, -1]))


def test_a_run_on_more_samples_and_steps_has_their_sizes_and_its_own_letters():
    trace, other = again(Head().eval(), torch.randn(2, 5, 3), torch.randn(6, 7, 3))
    _, whole = again(Head().eval(), torch.randn(6, 7, 3), torch.randn(6, 7, 3))
    assert shapes(other) == shapes(whole) != shapes(trace)
    assert other.input.sizes == (6, 7, 3)
    assert [(one.batch_size, one.timesteps) for one in other.recurrent] == [(6, 7)]
    assert [one.outputs[0].symbols for one in other.stages] == [
        one.outputs[0].symbols for one in trace.stages
    ]


class Unbatched(Head):
    def forward(self, x):
        return self.fc(self.rnn(x)[0])


def test_a_layer_without_samples_gets_no_number_of_them():
    _, other = again(Unbatched().eval(), torch.randn(5, 3), torch.randn(8, 3))
    assert [(one.batch_size, one.timesteps) for one in other.recurrent] == [(None, 8)]


class Otherwise(Head):
    """It calls something else as soon as there are many samples, or less, or more."""

    def __init__(self, *many):
        super().__init__()
        self.many = many

    def forward(self, x):
        h = self.fc(self.rnn(x)[0])
        for call in [torch.sigmoid, torch.relu] if len(x) < 4 else self.many:
            h = call(h)
        return h


OTHERS = {
    "another": (torch.sigmoid, torch.tanh),
    "less": (torch.sigmoid,),
    "more": (torch.sigmoid, torch.relu, torch.relu),
}


@pytest.mark.parametrize("many", OTHERS)
def test_another_call_and_one_more_or_less_are_another_run(many):
    few = torch.randn(2, 5, 3)
    again(Otherwise(torch.sigmoid, torch.relu).eval(), few, torch.randn(6, 5, 3))
    with pytest.raises((OtherRunError, ModelError)) as caught:
        again(Otherwise(*OTHERS[many]).eval(), few, torch.randn(6, 5, 3))
    assert caught.type is OtherRunError or isinstance(caught.value.__cause__, OtherRunError)


class Packed(Head):
    def forward(self, x):
        lengths = torch.arange(len(x), 0, -1) + 1
        return pad_packed_sequence(self.rnn(pack_padded_sequence(x, lengths, batch_first=True))[0])[0]


def test_lengths_are_more_than_sizes_tell():
    with pytest.raises(OtherRunError):
        again(Packed().eval(), torch.randn(2, 6, 3), torch.randn(3, 6, 3))


class Cells(nn.Module):
    def __init__(self):
        super().__init__()
        self.cell = nn.GRUCell(3, 4)

    def forward(self, x):
        h = x.new_zeros(x.size(1), 4)
        for step in x:
            h = self.cell(step, h)
        return h


def test_a_layer_whose_steps_are_calls_of_a_cell_has_other_sizes_than_its_first_call():
    with pytest.raises(OtherRunError):
        again(Cells().eval(), torch.randn(5, 2, 3), torch.randn(5, 6, 3))


class Own(nn.Module):
    def __init__(self):
        super().__init__()
        self.both = nn.Linear(7, 4)

    def forward(self, x):
        h = x.new_zeros(x.size(1), 4)
        for step in x:
            h = torch.tanh(self.both(torch.cat([step, h], 1)))
        return h


def test_states_of_a_loop_have_the_sizes_of_what_gives_them():
    trace, other = again(Own().eval(), torch.randn(5, 2, 3), torch.randn(5, 6, 3))
    assert [one.sizes for loop in trace.loops for one in loop.states] == [(2, 4)]
    assert [one.sizes for loop in other.loops for one in loop.states] == [(6, 4)]


class Rounds(nn.Module):
    """A loop; in its last round it may do something more."""

    def __init__(self, *, last=False, first=False):
        super().__init__()
        self.w, self.u, self.last, self.first = nn.Linear(3, 4), nn.Linear(4, 4), last, first

    def forward(self, x):
        h, given = x.new_zeros(x.shape[1], 4), []
        for t, step in enumerate(x):
            h = torch.tanh(self.w(step) + self.u(h))
            h = h.relu() if (self.last and t == len(x) - 1) or (self.first and t == 0) else h
            h = h.abs() if self.first and t > 5 else h
            given.append(h)
        return torch.stack(given).sigmoid()


def with_more(module, first, other):
    with alone():
        watcher, given, result = run(module, (first,), CallRecorder)
        trace, groups, runs = stages_of(watcher, given, result)
        made, longer = with_rounds(watcher.made, trace, runs, len(other) - len(first))
        return resized(run(module, (other,), functools.partial(ShapesRun, made=made))[0], longer, groups)


@pytest.mark.parametrize("how", [{}, {"last": True}, {"first": True}])
@pytest.mark.parametrize("steps", [6, 7, 4, 3])
def test_a_run_with_more_or_fewer_rounds_has_the_sizes_and_rounds_of_its_own_trace(how, steps):
    module, first, other = Rounds(**how).eval(), torch.randn(5, 2, 3), torch.randn(steps, 2, 3)
    if how.get("first") and steps > 6:  # its seventh round does more
        with pytest.raises(ModelError, match="OtherRunError"):
            with_more(module, first, other)
        return
    trace, (_, whole) = with_more(module, first, other), again(module, other, other)
    assert shapes(trace) == shapes(whole)
    told = [(one.rounds, one.often, [s.sizes for s in one.states]) for one in trace.loops]
    assert told == [(one.rounds, one.often, [s.sizes for s in one.states]) for one in whole.loops]
    assert trace.loops[0].rounds == steps


def test_a_trace_without_a_loop_over_steps_has_no_more_rounds():
    with alone():
        watcher, given, result = run(Head().eval(), (torch.randn(2, 5, 3),), CallRecorder)
        trace, _, runs = stages_of(watcher, given, result)
        assert with_rounds(watcher.made, trace, runs, 1) is None


def test_one_run_is_recorded_of_a_short_loop(monkeypatch):
    """The others, with a step or a sample more, are looked at for their sizes alone: it takes a quarter."""
    recorded = []
    begin = CallRecorder.__init__

    def counted(self, *given):
        recorded.append(type(self))
        begin(self, *given)

    monkeypatch.setattr(CallRecorder, "__init__", counted)
    trace = describe(Rounds().eval(), (torch.randn(5, 2, 3),))
    assert trace.loops[0].rounds == 5
    assert trace.input.symbols == ("T", "N", "F")
    assert recorded.count(CallRecorder) == 1
    assert recorded.count(ShapesRun) == 2
