"""Loops of a user's module: rounds, what each reads, the states handed on, and what is one stage."""

import functools
import json
import sys
from math import prod
from pathlib import Path

import pytest
import torch

import lstmviz
from lstmviz.network.own_loops import why_not
from lstmviz.network.record import from_record, to_record
from lstmviz.network.rounds import Loop, Mixed
from lstmviz.network.structure import Tensor, Trace
from lstmviz.network.user.describe import describe

sys.path.insert(0, str(Path(__file__).parent))
import recurrences as r

X = torch.randn(r.T, r.N, r.F)
STEPS = tuple(range(r.T))


@functools.cache
def seen(make, *inputs):
    trace = describe(make(), inputs or (X,))
    assert from_record(to_record(trace)) == trace
    return trace


def test_a_trace_survives_json_with_what_its_rounds_read_in_turns():
    mixed = Mixed("fc.output", "fc.output", "input.1", 1, (None, 0, 1), (2, 3), begun=("input",), zeros=True)
    loop = Loop("loop", "a.py:3", 3, ("fc",), mixed=(mixed,), often=(3, 3))
    trace = Trace((), (), Tensor("input", (2, 3), ("N", "F")), (("N", 2),), loops=(loop,))
    data = json.loads(json.dumps(to_record(trace)))
    assert from_record(data) == trace
    with pytest.raises(KeyError):
        from_record({**data, "loops": [{"name": "loop"}]})
    with pytest.raises(ValueError, match="1 axes"):
        from_record({**data, "input": {**data["input"], "sizes": [2]}})


def reads(loop):
    return {(one.tensor, one.how, one.axis, one.steps) for one in loop.reads}


def weights(trace):
    return sum(prod(p.sizes) for stage in trace.stages for p in stage.parameters)


@pytest.mark.parametrize(
    ("how", "state", "tensor", "through"),
    [
        ("stack", "h", "cell.h", {"stack", "mul"}),
        ("mask", "h", "cell.h", {"mul"}),
        ("slice", "h", "cell.h", {"getitem-2"}),
        ("table", "table", "stack.output", {"getitem-2", "getitem-3"}),
        ("norm", "h", "layer_norm.output", {"cell"}),
        ("dict", "state['h']", "mul.output", {"cell"}),
        ("attribute", "self.h", "mul.output", {"cell"}),
        ("buffer", "self.memory", "copy.output", {"cell"}),
    ],
)
def test_a_state_is_told_by_what_depends_on_it_not_by_the_way_it_goes(how, state, tensor, through):
    trace = seen(functools.partial(r.Through, how))
    (loop,) = trace.loops
    found = {one.name: one for one in loop.states}
    assert (loop.rounds, found[state].tensor, set(found[state].stages)) == (r.T, tensor, through)
    assert ("input", "step", 0, STEPS) in reads(loop)
    assert trace.stage("cell").times == r.T
    assert trace.recurrent == ()
    assert not any("its own states" in note for note in trace.notes)


@pytest.mark.parametrize("how", ["detach", "clone", "plain"])
def test_a_state_handed_on_as_it_is_makes_a_layer(how):
    trace = seen(functools.partial(r.Through, how))
    (layer,), (loop,) = trace.recurrent, trace.loops
    assert (layer.cell, layer.timesteps, layer.tensor("input").sizes) == ("GRUCell", r.T, (r.T, r.N, r.F))
    assert [(s.name, s.tensor, s.detached) for s in loop.states] == [("h", "cell.h_n", how == "detach")]


def test_what_is_not_the_same_in_every_round_is_said():
    (loop,) = seen(functools.partial(r.Through, "slice")).loops
    assert {"cell", "getitem", "getitem-2"} <= set(loop.uneven)
    (loop,) = seen(functools.partial(r.Through, "mask")).loops
    assert dict(loop.partial) == {"mul": STEPS[1:]}


@pytest.mark.parametrize("make", [r.Reduced, r.Generated, r.Whiled, r.Listed, r.Checkpointed, r.Forwarded])
def test_a_loop_is_found_however_python_runs_it(make):
    trace = seen(make)
    (layer,) = trace.recurrent
    assert (layer.cell, layer.timesteps, layer.batch_first) == ("GRUCell", r.T, False)
    assert trace.stage("cell").sources == ("input",)
    assert [(s.name, s.tensor) for s in trace.loops[0].states] == [("h", "cell.h_n")]
    assert reads(trace.loops[0]) == {("input", "step", 0, STEPS)}


def test_steps_that_are_read_backwards():
    assert reads(seen(r.Reversed).loops[0]) == {("input", "step", 0, STEPS[::-1])}


def test_stacked_cells_of_one_class_are_loops_of_their_own():
    trace = seen(r.StackedOwn)
    assert [loop.rounds for loop in trace.loops] == [r.T] * 3
    assert [loop.states[0].name for loop in trace.loops] == ["h"] * 3
    for depth, loop in enumerate(trace.loops):
        before = {name for one in trace.loops[: depth + 1] for name in one.stages} | {"stack", "stack-2"}
        own = {source.rpartition(".")[0] for name in loop.stages for source in trace.stage(name).sources}
        assert own - {"", "input"} <= before
    assert weights(trace) == sum(p.numel() for p in r.StackedOwn().parameters())


def test_blocks_with_parameters_of_their_own_are_no_loop():
    trace = seen(r.Blocks, torch.randn(r.T, r.N, r.H))
    assert trace.loops == ()
    assert weights(trace) == sum(p.numel() for p in r.Blocks().parameters())
    assert {stage.times for stage in trace.stages} == {1}


def test_layers_within_each_step_are_one_loop_with_a_state_for_each():
    trace = seen(r.LayersInSteps)
    (loop,) = trace.loops
    assert (loop.rounds, len(loop.states)) == (r.T, 2)
    assert [layer.timesteps for layer in trace.recurrent] == [r.T, r.T]


def test_two_loops_over_one_cell_are_two_runs_of_one_layer():
    trace = seen(r.Ahead)
    first, second = trace.loops
    assert (first.rounds, second.rounds) == (r.T, 3)
    assert reads(first) == {("input", "step", 0, STEPS)}
    assert second.reads == ()
    own = {state.tensor: state.begun for state in second.states}
    assert own["fc-2.output"] == ("fc.output",)
    assert own["cell-2.h_n"] == ("cell.h_n",)
    assert trace.stage("cell").parameters
    assert not trace.stage("cell-2").parameters


def test_two_calls_of_one_module_in_a_loop_over_two_inputs_are_two_stages():
    trace = seen(r.Siamese, X, torch.randn(r.T, r.N, r.F))
    assert trace.loops == ()
    assert trace.stage("lstm").sources == ("input",)
    assert trace.stage("lstm-2").sources == ("input.1",)


def test_learned_starts_of_one_line_are_two_stages():
    trace = seen(r.LearnedStart)
    assert trace.loops == ()
    assert [p.name for name in ("expand", "expand-2") for p in trace.stage(name).parameters] == ["h0", "c0"]


def test_loops_nest_and_each_axis_is_its_own():
    trace = seen(r.Sentences, torch.randn(2, 3, r.N, r.F))
    outer, inner = trace.loops
    assert (outer.rounds, inner.rounds, inner.inside) == (2, 3, outer.name)
    assert ("input", "step", 0, (0, 1)) in reads(outer)
    assert ("input", "step", 1, (0, 1, 2)) in reads(inner)
    assert {state.name for state in outer.states} == {"document"}
    assert {state.name for state in inner.states} == {"h"}


def test_a_target_that_is_read_a_step_later_is_a_state_of_the_loop():
    trace = seen(r.Teacher, X, torch.randn(3, r.N, r.F))
    (loop,) = trace.loops
    read = next(state for state in loop.states if state.name == "read")
    assert (read.tensor, read.begun) == ("getitem-2.output", ("getitem.output",))
    assert ("input.1", "step", 0, (0, 1, 2)) in reads(loop)


def test_truncated_backpropagation_is_one_layer_with_cut_states():
    trace = seen(r.Truncated)
    (loop,), (layer,) = trace.loops, trace.recurrent
    assert (loop.rounds, layer.timesteps) == (r.T // 2, r.T)
    assert all(state.detached for state in loop.states)


def test_a_table_that_piles_up_results_is_no_state():
    for make in (r.Tabled, r.Growing):
        (loop,) = seen(make).loops
        assert [state.name for state in loop.states] == ["h"], make


def test_the_same_done_to_every_step_is_a_loop_without_states():
    (loop,) = seen(r.Mapped).loops
    assert (loop.rounds, loop.states) == (r.T, ())
    assert reads(loop) == {("lstm.output", "step", 0, STEPS)}


def test_branches_that_are_read_apart_are_no_loop():
    trace = seen(r.Apart)
    assert trace.loops == ()
    assert trace.stage("add").sources == ("relu.output", "mul-2.output")


def test_a_sum_of_a_list_is_no_loop_and_reads_all():
    trace = seen(r.Summed)
    assert trace.loops == ()
    assert [s.sources for s in trace.stages if s.type == "add"][-1][-1] == "tanh.output"


@pytest.mark.parametrize("make", [r.Traced, r.Scripted, r.Compiled, r.Functional, r.Hooked, r.Parallel])
def test_modules_are_seen_however_they_are_called(make):
    trace = seen(make)
    assert trace.recurrent[0].timesteps == r.T
    last = trace.stage(trace.results[0].rpartition(".")[0])
    assert weights(trace) == sum(p.numel() for p in make().parameters())
    assert (last.type == "mul") == (make is r.Hooked)
    assert not any("did not run" in note for note in trace.notes)


def test_a_cell_that_is_called_once_is_no_loop():
    trace = seen(r.Once)
    assert trace.loops == ()
    assert any(note == "cell: a GRUCell called for one step" for note in trace.notes)
    assert not any("1 times" in note for note in trace.notes)


def test_what_is_masked_in_place_is_returned_once():
    trace = seen(r.Masked)
    assert trace.results == ("masked_fill.output", "masked_fill-2.output")
    assert {stage.type for stage in trace.stages} == {"lstm", "linear", "masked_fill"}


def test_a_figure_that_cannot_show_a_loop_says_what_was_found():
    said = r"no recurrent layer of torch's; a loop of 6 rounds over cell, state h: drawn by pipeline, rolled"
    with pytest.raises(lstmviz.FigureError, match=said):
        lstmviz.draw(r.Through("mask"), "tensors", inputs=(X,))


def test_a_long_loop_is_not_looked_at_more_than_once_a_call():
    """Twice as many rounds take at most some three times as many function calls: not four, nor eight."""
    assert calls_in(80) < 2.6 * calls_in(40)


def calls_in(steps):
    """Count the function calls while a loop of so many rounds is looked at."""
    calls = []
    sys.setprofile(lambda frame, event, _: calls.append(1) if event == "call" else None)
    try:
        lstmviz.shapes(r.Reversed(), inputs=(torch.randn(steps, r.N, r.F),))
    finally:
        sys.setprofile(None)
    return len(calls)


class Fast(torch.nn.Module):
    """Quick weights: before the second round they come of zeros alone."""

    def __init__(self):
        super().__init__()
        self.read = torch.nn.Linear(r.F, 4)

    def forward(self, x):
        quick, h, given = torch.zeros(x.size(1), 4, 4), torch.zeros(x.size(1), 4), []
        for x_t in x:
            quick = 0.9 * quick + torch.bmm(h.unsqueeze(2), h.unsqueeze(1))
            h = torch.tanh(self.read(x_t) + torch.bmm(quick, h.unsqueeze(2)).squeeze(2))
            given.append(h)
        return torch.stack(given)


def test_rounds_that_take_less_are_said_by_their_numbers():
    (loop,) = seen(Fast).loops
    assert why_not(loop) == "round 2 makes h from less than the last one"


class Placed(torch.nn.Module):
    """A state that only a function that moves no number reads, and a sum that begins as a number."""

    def __init__(self, begin, put, total):
        super().__init__()
        self.linear, self.begin, self.put, self.total = torch.nn.Linear(r.F + 8, 4), begin, put, total

    def forward(self, x):
        h, total = self.begin(len(x[0]), 4), self.total
        for x_t in x:
            h = self.linear(torch.cat([x_t, self.put(h)], 1)).tanh()
            total = total + (h * h).sum()
        return h, total


PUTS = {
    "stack": lambda h: torch.stack((h, h), 1).flatten(1),
    "unsqueeze": lambda h: h.unsqueeze(1).expand(-1, 2, -1).reshape(len(h), -1),
    "cat": lambda h: torch.cat((h, h), 1),
}


@pytest.mark.parametrize("put", PUTS)
@pytest.mark.parametrize(("begin", "total"), [(torch.zeros, 0), (torch.ones, 0.5)])
def test_a_state_begins_with_zeros_where_what_reads_them_only_puts_them_elsewhere(put, begin, total):
    (loop,) = seen(functools.partial(Placed, begin, PUTS[put], total)).loops
    assert {state.name: state.zeros for state in loop.states} == {"h": not total, "total": not total}
