"""Inputs and heads as people post them: what is drawn is what ran, or is refused."""

import pytest
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

import lstmviz
from lstmviz.errors import FigureError
from lstmviz.network.operators import for_readers
from lstmviz.network.user.describe import describe
from lstmviz.scene.plots import Heat

X = torch.randn(6, 2, 3)


def all_proven(module, *inputs):
    return [proof.unproven for proof in lstmviz.check(module, inputs=inputs) if proof.unproven] == []


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
    assert f"not drawn: {for_readers(reader)} reads" in told
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
