"""Loops and layers as people post them: what is drawn is what ran, or is refused."""

import pytest
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

import lstmviz
from lstmviz.errors import FigureError
from lstmviz.network.user.describe import describe
from lstmviz.scene.plots import Heat

X = torch.randn(6, 2, 3)


class Episodes(nn.Module):
    """Reinforcement learning: a done flag empties the states between two calls of a layer."""

    def __init__(self):
        super().__init__()
        self.lstm, self.actor = nn.LSTM(3, 4), nn.Linear(4, 2)

    def forward(self, x, done):
        h = c = torch.zeros(1, x.shape[1], 4)
        outputs = []
        for x_t, d in zip(x, done, strict=True):
            kept = (1 - d).view(1, -1, 1)
            y, (h, c) = self.lstm(x_t[None], (kept * h, kept * c))
            outputs.append(y)
        return self.actor(torch.cat(outputs))


class Stepped(nn.Module):
    """A layer called on one step after the other; `read` is what of each call is kept."""

    def __init__(self, read, **more):
        super().__init__()
        self.lstm, self.read = nn.LSTM(3, 4, **more), read

    def forward(self, x):
        states, kept = None, []
        for t in range(len(x)):
            y, states = self.lstm(x[t : t + 1], states)
            kept.append({"output": y, "h": states[0], "c": states[1]}[self.read])
        return torch.cat(kept)


def cells(figure):
    return {node.id for node in figure.scene.nodes if node.id.rpartition("/")[2].startswith("cell.")}


def all_proven(module, *inputs):
    return [proof.unproven for proof in lstmviz.check(module, inputs=inputs) if proof.unproven] == []


def test_states_that_are_changed_between_the_calls_of_a_layer_are_those_of_a_loop():
    """It was drawn as a layer of one step."""
    given = (X, torch.randint(0, 2, (6, 2)).float())
    trace = describe(Episodes(), given)
    assert (trace.recurrent, trace.loops[0].rounds) == ((), 6)
    figure = lstmviz.draw(Episodes(), "grid", inputs=given)
    edges = {(edge.source, edge.target) for edge in figure.scene.edges}
    assert {("cell.l0.fwd.t1", "cell.l0.fwd.t2"), ("x2.t2", "cell.l0.fwd.t2")} <= edges


@pytest.mark.parametrize(
    ("read", "more", "merged"),
    [
        ("output", {}, True),
        ("output", {"num_layers": 2}, True),
        ("h", {}, False),  # it is what output is, and comes another way
        ("h", {"num_layers": 2}, False),
        ("c", {}, False),
        ("output", {"bidirectional": True}, False),  # its reverse states go forwards from call to call
    ],
)
def test_calls_are_one_layer_only_if_that_gives_all_that_is_read(read, more, merged):
    trace = describe(Stepped(read, **more), (X,))
    assert [layer.timesteps for layer in trace.recurrent] == [6] * merged
    assert all_proven(Stepped(read, **more), X)


class Collects(nn.Module):
    """What the rounds gave, joined on behind or before what there is; the first is all there is."""

    def __init__(self, way):
        super().__init__()
        self.a, self.b, self.way = nn.Linear(3, 4), nn.Linear(4, 4), way

    def forward(self, x):
        h, ys = x.new_zeros(x.shape[1], 4), x.new_zeros(0, x.shape[1], 4) if self.way == "before" else None
        for t in range(len(x)):
            h = torch.tanh(self.a(x[t]) + self.b(h))
            if self.way == "before":
                ys = torch.cat([h[None], ys])
            elif self.way == "once":
                y = h.unsqueeze(0)
                ys = y if ys is None else torch.cat([ys, y])
            else:
                ys = h.unsqueeze(0) if ys is None else torch.cat((ys, h.unsqueeze(0)))
        return ys


@pytest.mark.parametrize(
    ("way", "steps"), [("twice", range(6)), ("once", range(6)), ("before", range(5, -1, -1))]
)
def test_results_that_pile_up_are_no_state(way, steps):
    (loop,) = describe(Collects(way), (X,)).loops
    if way != "before":  # an index of None is no unsqueeze: it stays a call of its own
        assert [one.steps for one in loop.filled] == [tuple(steps)]
    assert [state.name for state in loop.states if "cat" in state.tensor] == []
    lstmviz.check(Collects(way), inputs=(X,))


class Clockwork(nn.Module):
    """The second half of the units moves in every other round alone."""

    def __init__(self, period):
        super().__init__()
        self.a, self.b, self.period = nn.Linear(3, 4), nn.Linear(4, 4), period

    def forward(self, x):
        h = x.new_zeros(x.shape[1], 4)
        for t in range(len(x)):
            new = torch.tanh(self.a(x[t]) + self.b(h))
            h = torch.cat([new[:, :2], new[:, 2:] if t % self.period == 0 else h[:, 2:]], 1)
        return h


@pytest.mark.parametrize(("period", "said"), [(2, True), (1, False)])
def test_a_cell_says_that_other_rounds_make_other_calls(period, said):
    (loop,) = describe(Clockwork(period), (X,)).loops
    assert loop.unlike == ((0, 2, 4) if said else ())
    figure = lstmviz.draw(Clockwork(period), "cell", inputs=(X,))
    told = " ".join(text.label.text for text in figure.scene.texts)
    assert ("not every round makes the same calls" in told, "one round as it ran" in told) == (said, not said)
    assert all_proven(Clockwork(period), X)


def test_what_each_round_cuts_out_at_one_place_is_not_another_each_round():
    told = lstmviz.draw(Clockwork(2), "pipeline", inputs=(X,)).scene
    boxes = " ".join(text.label.text for text in told.texts)
    assert boxes.count("another each round") == 1  # x[…]


class Between(nn.Module):
    """Several steps of an equation between two of the data: none before the first."""

    def __init__(self):
        super().__init__()
        self.f, self.cell = nn.Linear(4, 4), nn.GRUCell(3, 4)

    def forward(self, x):
        h = x.new_zeros(x.shape[1], 4)
        for t in range(len(x)):
            if t > 0:
                for _ in range(3):
                    h = h + self.f(h) / 3
            h = self.cell(x[t], h)
        return h


def test_a_loop_in_some_rounds_of_another_says_so():
    figure = lstmviz.draw(Between(), "pipeline", inputs=(X,))
    told = " ".join(text.label.text for text in figure.scene.texts)
    assert figure.refuted == ()
    assert "in 5 of 6 rounds" in told
    assert "times a round" not in told


class Halting(nn.Module):
    """What the first round gives outside is a constant: it is left out, and named."""

    def __init__(self):
        super().__init__()
        self.cell, self.more = nn.GRUCell(3, 4), nn.Linear(4, 1)

    def forward(self, x):
        h, u, used = x.new_zeros(x.shape[1], 4), x.new_ones(x.shape[1], 1), []
        for x_t in x:
            b = torch.round(u)
            h = b * self.cell(x_t, h) + (1 - b) * h
            u = b * torch.sigmoid(self.more(h)) + (1 - b) * u
            used.append(b)
        return h, torch.stack(used)


def test_a_result_that_not_all_rounds_make_alike_is_left_out_and_the_rest_is_drawn():
    scene = lstmviz.draw(Halting(), "grid", inputs=(X,)).scene
    told = " ".join(text.label.text for text in scene.texts)
    assert "not drawn: stack reads round.output" in told
    assert "only the last round" not in told  # those of other rounds are read as well
    lstmviz.check(Halting(), inputs=(X,))


class Tagger(nn.Module):
    """Padded tokens, and a length for each sample."""

    def __init__(self, *, batch_first=True):
        super().__init__()
        self.embed, self.batch_first = nn.Embedding(9, 3), batch_first
        self.lstm, self.head = nn.LSTM(3, 4, batch_first=batch_first), nn.Linear(4, 2)

    def forward(self, tokens, lengths):
        first = {"batch_first": self.batch_first}
        packed = pack_padded_sequence(self.embed(tokens), lengths, enforce_sorted=False, **first)
        steps = torch.arange(tokens.shape[int(self.batch_first)])
        output, _ = pad_packed_sequence(self.lstm(packed)[0], total_length=len(steps), **first)
        valid = steps[None] < lengths[:, None] if self.batch_first else steps[:, None] < lengths
        return self.head(output * valid[..., None])


@pytest.mark.parametrize("batch_first", [True, False])
def test_axes_of_a_packed_batch_are_found_with_its_lengths(batch_first):
    shape, letters = ((2, 6), ("N", "T")) if batch_first else ((6, 2), ("T", "N"))
    given = (torch.randint(9, shape), torch.tensor([6, 4]))
    trace = describe(Tagger(batch_first=batch_first), given)
    assert next(one.symbols for one in trace.inputs) == letters
    assert all_proven(Tagger(batch_first=batch_first), *given)


class Rows(nn.Module):
    """The tutorial of sine waves: (N, T), a step of each is one number."""

    def __init__(self):
        super().__init__()
        self.cell, self.out = nn.LSTMCell(1, 4), nn.Linear(4, 1)

    def forward(self, x):
        h = c = torch.zeros(len(x), 4)
        ys = []
        for x_t in x.split(1, dim=1):
            h, c = self.cell(x_t, (h, c))
            ys.append(self.out(h))
        return torch.cat(ys, 1)


def test_a_cube_has_features():
    """(N, T) was drawn as one sequence of N steps, and (N, F, T) as F steps."""
    with pytest.raises(FigureError, match=r"a cube has its features last.*\(N, T\)"):
        lstmviz.draw(Rows(), "cube", inputs=(torch.randn(3, 6),))

    class Channels(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv, self.lstm = nn.Conv1d(3, 4, 3, padding=1), nn.LSTM(4, 5, batch_first=True)

        def forward(self, x):
            return self.lstm(self.conv(x).transpose(1, 2))[0]

    given = (torch.randn(2, 3, 6),)
    with pytest.raises(FigureError, match=r"a cube has its features last.*\(N, 3, T\)"):
        lstmviz.draw(Channels(), "cube", inputs=given)
    assert all_proven(Channels(), *given)


class Twins(nn.Module):
    """One embedding for two inputs; the second result does not come from the first of them."""

    def __init__(self):
        super().__init__()
        self.embed, self.gru = nn.Embedding(9, 3), nn.GRU(3, 4, batch_first=True)

    def forward(self, a, b):
        one, two = self.embed(a), self.embed(b)
        return self.gru(one)[0], self.gru(two)[0].float() * 2


def test_one_input_alone_is_moved():
    """The second result is measured as itself, and the second use of an embedding is another input's."""
    given = (torch.randint(9, (2, 5)), torch.randint(9, (2, 5)))
    trace = describe(Twins(), given)
    second = trace.results[1].removesuffix(".output")
    scene = lstmviz.draw(Twins(), "influence", inputs=given, of=second).scene
    found = next(one for one in scene.plots if isinstance(one, Heat) and one.id == "map")
    assert set(found.values) == {0.0}


def test_tokens_that_nothing_embeds_cannot_be_moved():
    class OneHot(nn.Module):
        def __init__(self):
            super().__init__()
            self.lstm, self.head = nn.LSTM(9, 4, batch_first=True), nn.Linear(4, 9)

        def forward(self, tokens):
            return self.head(self.lstm(nn.functional.one_hot(tokens, 9).float())[0])

    given = (torch.randint(9, (2, 5)),)
    with pytest.raises(FigureError, match="whole numbers that no embedding reads"):
        lstmviz.draw(OneHot(), "influence", inputs=given)
    lstmviz.draw(OneHot(), "activity", inputs=given)  # float32 is asked for in the code, and is float64 here
    assert all_proven(OneHot(), *given)


class Padded(nn.Module):
    """What people do to the steps of a padded batch: take each sample's last one, or their mean."""

    def __init__(self, way):
        super().__init__()
        self.gru, self.fc, self.way = nn.GRU(3, 4, batch_first=True), nn.Linear(4, 2), way

    def forward(self, x, lengths):
        output = self.gru(x)[0]
        if self.way == "gather":
            at = (lengths - 1).view(-1, 1, 1).expand(-1, 1, output.shape[2])
            return self.fc(output.gather(1, at).squeeze(1))
        if self.way == "index":
            return self.fc(output[torch.arange(len(x)), lengths - 1])
        valid = (torch.arange(x.shape[1])[None] < lengths[:, None]).unsqueeze(-1).float()
        return self.fc((output * valid).sum(1) / lengths[:, None])


@pytest.mark.parametrize(
    ("way", "reader", "steps"),
    [
        ("gather", "gather", {2, 4, 6}),
        ("index", "getitem", {2, 4, 6}),
        ("mean", "mul", {1, 2, 3, 4, 5, 6}),
    ],
)
def test_a_head_stands_on_the_steps_that_lengths_choose(way, reader, steps):
    given = (torch.randn(3, 6, 3), torch.tensor([6, 2, 4]))
    scene = lstmviz.draw(Padded(way), "grid", inputs=given).scene
    read = {edge.source for edge in scene.edges if edge.target.partition(".")[0] == reader}
    drawn = {node.id for node in scene.nodes if node.id.startswith("output.")}
    assert read == drawn & {f"output.t{step}" for step in steps}
    told = " ".join(text.label.text for text in scene.texts)
    assert f"not drawn: {reader} reads" in told
    assert [node.id for node in scene.nodes if node.id.startswith("result")] == ["result"]
    assert all_proven(Padded(way), *given)


class Forecaster(nn.Module):
    """A loop over the data, and one that goes on from there and reads its own answers."""

    def __init__(self):
        super().__init__()
        self.enc, self.dec, self.out = nn.LSTMCell(3, 4), nn.LSTMCell(1, 4), nn.Linear(4, 1)

    def forward(self, x):
        h = c = x.new_zeros(x.shape[1], 4)
        for x_t in x:
            h, c = self.enc(x_t, (h, c))
        y, ys = x[-1, :, :1], []
        for _ in range(4):
            h, c = self.dec(y, (h, c))
            y = y + self.out(h)
            ys.append(y)
        return torch.stack(ys)


class Attends(nn.Module):
    """A decoder of one's own that attends to what a loop over a cell gave."""

    def __init__(self):
        super().__init__()
        self.enc, self.dec, self.out = nn.GRUCell(3, 4), nn.GRUCell(5, 4), nn.Linear(4, 1)

    def forward(self, x, target):
        h, hs = x.new_zeros(x.shape[1], 4), []
        for x_t in x:
            h = self.enc(x_t, h)
            hs.append(h)
        memory, ys = torch.stack(hs, 1), []
        for y_t in target:
            weights = torch.softmax(memory @ h.unsqueeze(2), 1)
            h = self.dec(torch.cat([y_t, (weights * memory).sum(1)], 1), h)
            ys.append(self.out(h))
        return torch.stack(ys)


@pytest.mark.parametrize(("make", "more"), [(Forecaster, ()), (Attends, (torch.randn(4, 2, 1),))])
def test_a_decoder_loop_stands_on_the_loop_over_a_cell_that_it_goes_on_from(make, more):
    given = (X, *more)
    scene = lstmviz.draw(make(), "grid", inputs=given).scene
    edges = {(edge.source, edge.target) for edge in scene.edges}
    assert ("enc/h_n.l0.fwd", "loop-2/h_0.l0.fwd") in edges
    assert all_proven(make(), *given)
