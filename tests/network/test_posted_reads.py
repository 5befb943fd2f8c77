"""What the rounds of loops read, as people write it: out of tables, steps before, chunks."""

import pytest
import torch
from torch import nn

import lstmviz
from lstmviz.network.own_recurrences import own_recurrences
from lstmviz.network.user.describe import describe

X = torch.randn(2, 6, 3)
KINDS = ("grid", "unrolled", "rolled", "unfold", "cell", "pipeline")


def all_proven(module, *inputs):
    """Whether every kind that a recurrence has is drawn and proven."""
    proofs = {proof.kind: proof.answer for proof in lstmviz.check(module, inputs=inputs)}
    return {kind: proofs.get(kind) for kind in KINDS} == dict.fromkeys(KINDS, "proven")


class Table(nn.Module):
    """The state is read out of the table that the round before wrote it into."""

    def __init__(self, way="read"):
        super().__init__()
        self.a, self.b, self.way = nn.Linear(3, 5), nn.Linear(5, 5), way

    def forward(self, x):
        hs = x.new_zeros(len(x), x.shape[1] + 1, 5)
        for t in range(x.shape[1]):
            before = hs[:, t] if self.way == "view" else hs[:, t].clone()
            if self.way == "changed":
                before += 1.0
            hs[:, t + 1] = torch.tanh(self.a(x[:, t]) + self.b(before))
        return hs[:, 1:]


@pytest.mark.parametrize("way", ["read", "view"])
def test_a_state_that_is_read_out_of_the_table_of_results_is_a_state(way):
    (loop,) = describe(Table(way), (X,)).loops
    assert [state.tensor for state in loop.states] == ["tanh.output"]
    assert all_proven(Table(way), X)


class InPlace(nn.Module):
    """Gates and a state that are written over where they are: each call gives a whole tensor all the same."""

    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Linear(3, 10), nn.Linear(5, 10)

    def forward(self, x):
        h = x.new_zeros(len(x), 5)
        for x_t in x.unbind(1):
            gates = self.a(x_t)
            gates += self.b(h)
            f, g = gates.chunk(2, 1)
            f = torch.sigmoid(f)
            h = f * h
            h += (1 - f) * torch.tanh(g)
        return h


@pytest.mark.parametrize("module", [InPlace(), Table("changed")], ids=["gates", "table"])
def test_what_is_written_over_is_taken_as_it_was_when_a_call_took_it(module):
    """The cell said that ``+`` gives something else."""
    proofs = {proof.kind: proof.answer for proof in lstmviz.check(module, inputs=(X,))}
    assert (proofs["cell"], proofs["rolled"]) == ("proven", "proven")
    assert "refuted" not in proofs.values()


class Overwritten(nn.Module):
    """A part that was put into a table is written over in part before it is read."""

    def __init__(self):
        super().__init__()
        self.a = nn.Linear(3, 5)

    def forward(self, x):
        table = x.new_zeros(2, 4, 5)
        table[:, 1] = self.a(x[:, 0])
        table[0, 0:2] = self.a(x[0, 0:2])
        return torch.relu(table[:, 1])


def test_a_part_that_was_written_over_since_comes_from_both():
    reads = {stage.name: stage.sources for stage in describe(Overwritten(), (X,)).stages}
    assert set(reads["relu"]) != {"a.output"}


class Smoothed(nn.Module):
    """The weights of before are added before the softmax: the state goes round one box of two calls."""

    def __init__(self):
        super().__init__()
        self.q, self.c = nn.Linear(4, 4), nn.LSTMCell(3, 4)

    def forward(self, x):
        h = c = w = x.new_zeros(len(x), 4)
        ws = []
        for x_t in x.unbind(1):
            h, c = self.c(x_t, (h, c))
            w = torch.softmax(self.q(h) + w, 1)
            ws.append(w)
        return torch.stack(ws, 1)


def test_a_state_that_is_read_within_the_box_that_gives_it_is_led_back_to_it():
    scene = lstmviz.draw(Smoothed(), "pipeline", inputs=(X,)).scene
    assert ("tensor.softmax", "stage.softmax") in {(edge.source, edge.target) for edge in scene.edges}
    assert all_proven(Smoothed(), X)


class Lags(nn.Module):
    """Every round reads x[t] and x[t - lag], cut out of the whole, out of a list of steps, or zipped."""

    def __init__(self, way="cut", lag=2):
        super().__init__()
        self.a, self.b, self.c = nn.Linear(3, 5), nn.Linear(3, 5), nn.Linear(5, 5)
        self.way, self.lag = way, lag

    def forward(self, x):
        h, k = x.new_zeros(len(x), 5), self.lag
        steps = x.unbind(1)
        if self.way == "zipped":
            pairs = list(zip(x[:, k:].unbind(1), x[:, :-k].unbind(1), strict=True))
        elif self.way == "list":
            pairs = [(steps[t], steps[t - k]) for t in range(k, x.shape[1])]
        for t in range(k, x.shape[1]):
            now, before = (x[:, t], x[:, t - k]) if self.way == "cut" else pairs[t - k]
            h = torch.tanh(self.a(now) + self.b(before) + self.c(h))
        return h


@pytest.mark.parametrize("lag", [1, 2, 3])
@pytest.mark.parametrize("way", ["cut", "list"])
def test_a_step_of_before_is_read_as_the_step_that_it_is(way, lag):
    """It was refused, or drawn as one state, or one input, with a shape that it does not have."""
    (own,) = own_recurrences(describe(Lags(way, lag), (X,)))
    assert [(one.tensor, one.first, one.lag) for one in own.fed] == [("input", lag, 0), ("input", 0, lag)]
    scene = lstmviz.draw(Lags(way, lag), "grid", inputs=(X,)).scene
    said = {node.id: node.label.text for node in scene.nodes if node.id.endswith(".t1") and node.id[0] == "x"}
    assert sorted(text[-1] for text in said.values()) == ["1", str(1 + lag)]
    assert all_proven(Lags(way, lag), X)


def test_steps_that_are_zipped_are_two_tensors_read_step_by_step():
    assert all_proven(Lags("zipped"), X)


class OfAll(nn.Module):
    """A loop in each round cuts several steps out, no one of which is the round's own."""

    def __init__(self):
        super().__init__()
        self.a, self.c = nn.Linear(6, 5), nn.Linear(5, 5)

    def forward(self, x):
        h = x.new_zeros(len(x), 5)
        for t in range(2, x.shape[1]):
            h = torch.tanh(self.a(torch.cat([x[:, t - k] for k in (0, 2)], 1)) + self.c(h))
        return h


def test_several_steps_that_a_loop_in_the_round_reads_are_refused():
    with pytest.raises(lstmviz.FigureError, match="in another order than step by step"):
        lstmviz.draw(OfAll(), "grid", inputs=(X,))


class Chunks(nn.Module):
    """Truncated backpropagation: so many steps a round, the last chunk may be shorter."""

    def __init__(self, size, own=True):
        super().__init__()
        self.a, self.b, self.gru, self.memory = (
            nn.Linear(3, 5),
            nn.Linear(5, 5),
            nn.GRU(6, 5),
            nn.Linear(5, 3),
        )
        self.size, self.own = size, own

    def forward(self, x):
        h, m, ys = x.new_zeros(len(x), 5), x.new_zeros(len(x), 3), []
        for start in range(0, x.shape[1], self.size):
            part = x[:, start : start + self.size]
            if self.own:
                for x_t in part.unbind(1):
                    h = torch.tanh(self.a(x_t) + self.b(h))
                    ys.append(h)
                h = h.detach()
            else:
                both = torch.cat([part, m.unsqueeze(1).expand(-1, part.shape[1], -1)], 2)
                y, last = self.gru(both.transpose(0, 1), h.unsqueeze(0))
                h = last.squeeze(0).detach()
                m = torch.tanh(self.memory(y[-1]))
                ys.append(y)
        return torch.stack(ys, 1) if self.own else torch.cat(ys)


@pytest.mark.parametrize(("size", "own"), [(2, True), (3, True), (4, True), (2, False), (3, False)])
def test_a_chunk_is_as_many_steps_as_a_round_reads(size, own):
    """Its arrows were refuted, and its x had the shape of one step."""
    figures = {kind: lstmviz.draw(Chunks(size, own), kind, inputs=(X,)) for kind in KINDS[:4]}
    assert [figure.refuted for figure in figures.values()] == [()] * 4
    told = " ".join(text.label.text for text in figures["grid"].scene.texts)
    last = ", 2 in the last" if size == 4 else ""
    assert f": {size} steps of input a round{last}" in told
    assert {proof.answer for proof in lstmviz.check(Chunks(size, own), inputs=(X,))} == {"proven"}
    told = " ".join(
        text.label.text for text in lstmviz.draw(Chunks(size, own), "pipeline", inputs=(X,)).scene.texts
    )
    assert "6 times" not in told
    assert "target" not in told


class ReadsItself(nn.Module):
    """A layer of torch's whose input is what it gave the time before."""

    def __init__(self, kind):
        super().__init__()
        self.rnn = nn.LSTM(4, 4, batch_first=True) if kind == "layer" else nn.GRUCell(4, 4)
        self.first, self.kind = nn.Linear(3, 4), kind

    def forward(self, z):
        h = self.first(z)
        x, states, ys = h.unsqueeze(1), None, []
        for _ in range(5):
            if self.kind == "layer":
                x, states = self.rnn(x, states)
                ys.append(x)
            else:
                h = self.rnn(h, h)
                ys.append(h.unsqueeze(1))
        return torch.cat(ys, 1)


@pytest.mark.parametrize("kind", ["cell", "layer"])
def test_a_layer_that_reads_what_it_gave_has_no_input_that_never_was(kind):
    """It was drawn as one layer over an input (N, 5, 4), and proven."""
    module, z = ReadsItself(kind), torch.randn(2, 3)
    assert describe(module, (z,)).recurrent == ()
    scene = lstmviz.draw(module, "grid", inputs=(z,)).scene
    assert [node.id for node in scene.nodes if node.id.startswith("x.")] == []
    assert any("no round reads a step of its own" in text.label.text for text in scene.texts)
    assert all_proven(module, z)


def test_what_a_layer_of_a_round_gives_is_not_called_by_its_state_unless_it_is_that():
    """Chunks of three steps: the output holds h of each, and h is the last of them."""
    (own,) = own_recurrences(describe(Chunks(3, own=False), (X,)))
    assert [(one.state, one.tensor) for one in own.given] == [("", "gru.output")]
