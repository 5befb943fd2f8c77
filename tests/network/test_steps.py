"""Which steps a stage reads: what the trace measured, held against changes made here, without lstmviz."""

import pytest
import torch
from torch import nn

from lstmviz.network.measuring import Meter, found
from lstmviz.network.moved_numbers import Work, codes_of
from lstmviz.network.record import from_record, to_record
from lstmviz.network.steps import Relation, relation
from lstmviz.network.trace import trace
from lstmviz.network.user.describe import describe

N, T, F = 3, 6, 4
LENGTHS = torch.tensor([6, 4, 2])


class Read(nn.Module):
    """Some way to read the steps of an LSTM's output."""

    def __init__(self, way, *, both=False):
        super().__init__()
        self.lstm, self.way = nn.LSTM(F, 5, batch_first=True, bidirectional=both), way

    def forward(self, x):
        return self.way(self.lstm(x)[0])


WAYS = {
    "the last two": lambda o: o[:, -2:],
    "the first": lambda o: o[:, 0],
    "select": lambda o: o.select(1, 2),
    "unbind": lambda o: o.unbind(1)[3],
    "split": lambda o: o.split(2, 1)[1],
    "chunk": lambda o: o.chunk(3, 1)[2],
    "narrow": lambda o: o.narrow(1, 1, 3),
    "index_select": lambda o: o.index_select(1, torch.tensor([4, 1])),
    "flip": lambda o: o.flip(1),
    "every second": lambda o: o[:, ::2],
    "a mask": lambda o: o[:, torch.tensor([True, False, False, True, True, False])],
    "each sample's own": lambda o: o[torch.arange(len(o)), LENGTHS - 1],
    "the maximum": lambda o: o.max(1).values,
    "the minimum": lambda o: o.amin(1),
    "the mean": lambda o: o.mean(1),
    "of some": lambda o: o[:, 2:5].mean(1),
    "a running sum": lambda o: o.cumsum(1),
    "all of all": lambda o: o.softmax(1),
    "each alone": lambda o: o.tanh(),
    "two side by side": lambda o: o.unfold(1, 2, 1),
    "one step earlier": lambda o: torch.cat([torch.zeros(len(o), 1, 5), o[:, :-1]], 1),
    "samples and steps in one": lambda o: o.reshape(-1, 5),
    "a Boolean": lambda o: o > o.mean(1, keepdim=True),
    "the place of the largest": lambda o: o.argmax(1),
}


def changed(way, rows):
    """Which steps of `rows` of the result move with each step of what is read, tried often."""
    torch.manual_seed(1)
    moved = torch.zeros(rows or 1, T, dtype=torch.bool)
    for turn in range(12):
        o = torch.randn(N, T, 5, dtype=torch.float64)
        for step in range(T):
            other = o.clone()
            other[:, step] += (-1) ** turn * 9 * torch.rand(N, 5)
            new, old = way(other), way(o)
            assert new.shape == old.shape
            there = new != old
            moved[:, step] |= there.movedim(1, 0).flatten(1).any(1) if rows else there.any()
    return [tuple((row.nonzero().flatten() + 1).tolist()) for row in moved]


def composed(made, name):
    """What a tensor reads of the LSTM's output, over every way there; and its axis of steps."""
    if name == "lstm.output":
        return [{step} for step in range(1, T + 1)], 1
    stage = made.stage(name.split(".")[0])
    rows, axis = [], None
    for one in stage.reads:
        if f"{stage.name}.{one.output}" == name:
            below, axis = composed(made, one.source)[0], one.given
            own = [set().union(*(below[s - 1] for s in row)) for row in one.relation.rows()]
            rows = [a | b for a, b in zip(rows, own, strict=True)] if rows else own
    return rows, axis


@pytest.mark.parametrize("name", WAYS)
def test_the_steps_read_are_those_that_move_the_result(name):
    made = describe(Read(WAYS[name]), torch.randn(N, T, F))
    rows, axis = composed(made, made.results[0])
    assert [tuple(sorted(row)) for row in rows] == changed(WAYS[name], len(rows) if axis == 1 else None)


def test_the_samples_of_a_batch_may_read_different_steps():
    torch.manual_seed(0)  # the same weights and numbers in every run
    (reading,) = describe(Read(WAYS["each sample's own"]), torch.randn(N, T, F)).stages[-1].reads
    assert [one.reads(1) for one in reading.samples] == [(6,), (4,), (2,)]
    assert reading.samples[1].reads(1) == (4,)


class InALoop(nn.Module):
    def __init__(self, pieces):
        super().__init__()
        self.cell, self.fc, self.pieces = nn.LSTMCell(F, 5), nn.Linear(5, 2), pieces

    def forward(self, x):
        state, given = None, []
        for piece in self.pieces(x):
            state = self.cell(piece, state)
            given.append(self.fc(state[0]))
        return torch.stack(given, 1)


PIECES = {
    "an index": lambda x: [x[:, t] for t in range(x.shape[1])],
    "unbind": lambda x: x.unbind(1),
    "split": lambda x: [piece.squeeze(1) for piece in x.split(1, 1)],
    "chunk": lambda x: [piece.squeeze(1) for piece in x.chunk(x.shape[1], 1)],
    "a loop": lambda x: x.transpose(0, 1),
}


@pytest.mark.parametrize("steps", [3, 30])
@pytest.mark.parametrize("pieces", PIECES)
def test_a_loop_has_its_steps_and_letters_however_its_input_is_cut(pieces, steps):
    made = describe(InALoop(PIECES[pieces]), torch.randn(N + 1, steps, F))
    for stage in made.stages:
        assert [one.relation.kind for one in stage.reads] == ["own"], stage.name
    last = made.stages[-1]
    assert last.outputs[0].symbols[:2] == ("N", "T")
    assert {tensor.symbols[0] for tensor in last.inputs} == {"N"}


class WritesIntoWhatItTakes(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm, self.relu = nn.LSTM(F, 5, batch_first=True), nn.ReLU(inplace=True)

    def forward(self, x):
        return self.relu(self.lstm(x)[0].sum((0, 2)))


def test_a_call_that_writes_into_what_it_takes_changes_nothing_that_is_used_again():
    codes = codes_of(T, torch.float32)
    before = [code.clone() for code in codes]
    describe(WritesIntoWhatItTakes(), torch.randn(N, T, F))
    assert all(map(torch.equal, codes, before))


def test_recurrent_layers_are_measured_as_well():
    for both, kind in ((False, "past"), (True, "all")):
        layer = describe(Read(torch.tanh, both=both), torch.randn(N, 9, F)).stages[0]
        assert layer.reading("input").relation.kind == kind


class Mixed(nn.Module):
    def __init__(self, read):
        super().__init__()
        self.lstm, self.read = nn.LSTM(F, 5, batch_first=True, bidirectional=True), read

    def forward(self, x):
        return self.read(self.lstm(x)[1][0])


@pytest.mark.parametrize(
    ("read", "steps", "mixes"),
    [
        (lambda h: h[-1], (2,), False),
        (lambda h: torch.cat([h[-2], h[-1]], 1), (1, 2), False),
        (lambda h: h.transpose(0, 1).reshape(N, -1), (1, 2), False),
        (lambda h: h.view(N, -1), (1, 2), True),
    ],
)
def test_states_are_counted_layer_by_layer_and_mixed_samples_are_seen(read, steps, mixes):
    stages = describe(Mixed(read), torch.randn(N, T, F)).stages
    readings = [one for stage in stages for one in stage.reads if one.source == "lstm.h_n"]
    assert {step for one in readings for step in one.relation.read()} == set(steps)
    assert any(one.mixes for stage in stages for one in stage.reads) == mixes


def test_a_record_keeps_the_steps():
    made = describe(Read(WAYS["index_select"]), torch.randn(N, T, F))
    assert from_record(to_record(made)) == made


def test_a_spec_says_the_same_at_any_length(spec, sequence):
    for steps in (5, 300):
        given = {**sequence, "timesteps": steps}
        conv = ("conv1d", {"out_channels": 4, "kernel_size": 3})
        made = trace(spec(given, ("lstm", {"hidden_size": 4}), conv, "last_step"))
        reads = {stage.type: stage.reads[0].relation for stage in made.stages}
        assert reads["lstm"] == Relation("past", steps, steps)
        assert reads["conv1d"] == Relation("window", steps - 2, steps, 3)
        assert reads["last_step"].reads(1) == (steps - 2,)


@pytest.mark.parametrize(
    "rows",
    [
        lambda t: [[s] for s in range(1, t + 1)],
        lambda t: [[t - 1], [t]],
        lambda t: [list(range(1, t + 1))],
        lambda t: [list(range(1, s + 1)) for s in range(1, t + 1)],
        lambda t: [list(range(s, t + 1)) for s in range(1, t + 1)],
        lambda t: [list(range(max(1, s - 1), min(t, s + 1) + 1)) for s in range(1, t + 1)],
        lambda t: [list(range(1, t + 1))] * t,
        lambda t: [[t + 1 - s] for s in range(1, t + 1)],
        lambda t: [[], *([s] for s in range(1, t))],
        lambda t: [[1, 2, t]],
        lambda t: [[1, t]] * t,
    ],
)
def test_few_runs_find_what_many_would(rows):
    for steps in (7, 200):
        wanted, runs = [tuple(row) for row in rows(steps)], []

        def probe(changed, wanted=wanted, runs=runs):
            runs.append(changed)
            return frozenset(t for t, row in enumerate(wanted, 1) if not set(row).isdisjoint(changed))

        assert list(found(probe, len(wanted), steps).rows()) == wanted
        if len(wanted) > 2 and wanted[0] != (1, steps):
            assert len(runs) <= 24


def test_a_relation_is_as_short_as_it_can_be():
    assert relation([[2], [4], [6]], 6) == Relation("window", 3, 6, 1, 1, 2)
    assert relation([[1], [1, 2], [1, 2, 3]], 3).kind == "past"
    assert relation([range(1, 901)], 900) == Relation("all", 1, 900)


def test_what_is_not_the_same_twice_is_not_known_and_neither_is_what_costs_too_much():
    x = torch.randn(2, T, 3)
    assert Meter(lambda t: t * torch.rand(1), x, 1, Work(1e9)).measured() is None
    assert Meter(lambda t: t.tanh(), x, 1, Work(100)).measured() is None


def test_steps_put_behind_others_are_still_steps():
    """Of an axis that no other run tells: seven places, six of them steps that were read."""
    x = torch.randn(T - 1, 2, 3)
    read = Meter(lambda t: torch.cat([torch.zeros_like(t[:1]), t]), x, 0, Work(1e9)).measured()
    assert read is not None
    assert (read.axis, list(read.relation.rows())) == (0, [(), *((step,) for step in range(1, T))])
