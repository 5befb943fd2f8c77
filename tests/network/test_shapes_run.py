"""A run whose calls are those of the run before: its sizes alone are looked at, and other calls are told."""

import functools

import pytest
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from lstmviz.errors import ModelError
from lstmviz.network.user.call_recorder import CallRecorder
from lstmviz.network.user.describe import stages_of
from lstmviz.network.user.follower import OtherRunError
from lstmviz.network.user.running import alone, run
from lstmviz.network.user.shapes_run import ShapesRun, resized


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
