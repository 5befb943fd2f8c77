"""What is true of small models that were once drawn wrongly: each with a module of its own."""

from dataclasses import replace

import pytest
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

import lstmviz
from lstmviz.checking import proof
from lstmviz.figure_requests import plan_kind
from lstmviz.network.user.stage_dependences import follow
from lstmviz.pipeline import compose, described
from tests.refuting import refuted


def drawn(module, inputs, kind="grid"):
    """Return the trace and the scene of a figure of which nothing is refuted."""
    (found,) = [one for one in lstmviz.check(module, inputs=inputs) if one.kind == kind]
    assert (found.faults, found.unproven) == ((), ())
    assert found.arrows == found.proven > 0
    seen = described(module, inputs)
    return seen.trace, compose(seen, plan_kind(kind, {})).scene


def said(scene):
    nodes = [node.label.text for node in scene.nodes if node.label]
    return [*nodes, *(text.label.text for text in scene.texts)]


class ByForward(nn.Module):
    """A layer that is called by its `forward`, as wrappers do that change its weights first."""

    def __init__(self):
        super().__init__()
        self.embed, self.rnn, self.out = nn.Embedding(9, 3), nn.LSTM(3, 4), nn.Linear(4, 9)

    def forward(self, tokens):
        return self.out(self.rnn.forward(self.embed(tokens))[0])


def test_a_layer_called_by_forward_is_found():
    trace, scene = drawn(ByForward(), (torch.randint(0, 9, (5, 2)),))
    assert [layer.name for layer in trace.recurrent] == ["rnn"]
    assert "Linear" in said(scene)


class Language(nn.Module):
    """Tokens and states are handed in."""

    def __init__(self):
        super().__init__()
        self.embed, self.drop = nn.Embedding(9, 3), nn.Dropout(0.2)
        self.rnn, self.out = nn.LSTM(3, 4, 2), nn.Linear(4, 9)

    def forward(self, tokens, state=None):
        output, state = self.rnn(self.drop(self.embed(tokens)), state)
        return self.out(output), state


@pytest.mark.parametrize("given", [False, True])
def test_what_leads_to_x_is_said_also_where_states_are_given(given):
    tokens, states = torch.randint(0, 9, (5, 2)), (torch.zeros(2, 2, 4), torch.zeros(2, 2, 4))
    _, scene = drawn(Language(), (tokens, states) if given else (tokens,))
    assert any("Embedding" in one for one in said(scene))


class Summed(nn.Module):
    """Both directions of a packed layer are added before the next one."""

    def __init__(self):
        super().__init__()
        self.one = nn.LSTM(3, 4, bidirectional=True)
        self.two = nn.LSTM(4, 4, bidirectional=True)

    def forward(self, x, lengths):
        x, _ = pad_packed_sequence(self.one(pack_padded_sequence(x, lengths))[0])
        x = x.view(x.size(0), x.size(1), 2, -1).sum(2)
        return pad_packed_sequence(self.two(pack_padded_sequence(x, lengths))[0])[0]


def test_what_is_between_two_layers_is_drawn_or_they_are_not_joined():
    _, scene = drawn(Summed(), (torch.randn(5, 2, 3), torch.tensor([5, 3])))
    between = [one for one in said(scene) if one in {"view", "sum"}]
    joined = any(edge.source.startswith("one/") and edge.target.startswith("two/") for edge in scene.edges)
    assert set(between) == {"view", "sum"} or not joined


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.lin, self.scale = nn.Linear(4, 4), nn.Parameter(torch.rand(4))

    def forward(self, x):
        return x + torch.tanh(self.lin(x * self.scale))


class Blocks(nn.Module):
    """Three equal blocks on each other, with parameters of their own: no loop over time."""

    def __init__(self):
        super().__init__()
        self.lstm, self.blocks = nn.LSTM(3, 4), nn.ModuleList(Block() for _ in range(3))

    def forward(self, x):
        x, _ = self.lstm(x)
        for block in self.blocks:
            x = block(x)
        return x


def test_equal_blocks_on_each_other_are_no_loop():
    trace, scene = drawn(Blocks(), (torch.randn(5, 2, 3),), "pipeline")
    assert not [loop for loop in trace.loops if loop.states]
    assert not any("delay" in one or "loop" in one for one in said(scene))


class Speaks(nn.Module):
    """A decoder of frames over what an encoder gives: it gives frames, stops, and where it looked."""

    def __init__(self):
        super().__init__()
        self.encoder = nn.GRU(3, 3, batch_first=True, bidirectional=True)
        self.pre, self.cell, self.out = nn.Linear(4, 6), nn.GRUCell(12, 6), nn.Linear(12, 4)
        self.stop = nn.Linear(12, 1)

    def forward(self, x, frames):
        memory, _ = self.encoder(x)
        h, context = memory.new_zeros(len(x), 6), memory.new_zeros(len(x), 6)
        y, made, stops, looks = frames.new_zeros(len(x), 4), [], [], []
        for t in range(frames.size(1)):
            h = self.cell(torch.cat([self.pre(y), context], 1), h)
            w = torch.softmax(torch.bmm(memory, h.unsqueeze(2)).squeeze(2), 1)
            context = torch.bmm(w.unsqueeze(1), memory).squeeze(1)
            both = torch.cat([h, context], 1)
            made.append(self.out(both))
            stops.append(self.stop(both))
            looks.append(w)
            y = frames[:, t]
        return torch.stack(made, 1), torch.stack(stops, 1), torch.stack(looks, 1)


@pytest.mark.parametrize("kind", ["grid", "unrolled"])
def test_weights_that_a_decoder_gives_beside_its_answers_are_drawn(kind):
    _, scene = drawn(Speaks(), (torch.randn(2, 5, 3), torch.randn(2, 4, 4)), kind)
    given = {edge.source.split(".")[0] for edge in scene.edges if "output3" in edge.target}
    assert given == {"loop/softmax"}


class Inner(nn.Module):
    def __init__(self):
        super().__init__()
        self.history_encoder, self.future_encoder = nn.LSTM(3, 4), nn.LSTM(3, 4)

    def forward(self, past, future):
        return self.future_encoder(future, self.history_encoder(past)[1])[0]


class Fusion(nn.Module):
    """Two layers whose names begin with one long path."""

    def __init__(self):
        super().__init__()
        self.temporal_fusion_decoder = Inner()

    def forward(self, past, future):
        return self.temporal_fusion_decoder(past, future)


FUSED = (torch.randn(5, 2, 3), torch.randn(4, 2, 3))


@pytest.mark.parametrize(("kind", "count"), [("grid", 2), ("unrolled", 4)])
def test_shortened_names_tell_two_layers_apart(kind, count):
    """The key of a grid has one row for the states of both, which are alike: no name stands in it."""
    _, scene = drawn(Fusion(), FUSED, kind)
    short = [one for one in said(scene) if one.startswith("…")]
    assert len(short) == len({*short}) == count
    assert {one[1:7] for one in short} == {"histor", "future"}
    assert ("of both, each" in " ".join(said(scene))) == (kind == "grid")


def test_long_names_of_who_hands_states_on_stand_under_the_grid():
    """Over the decoder's input they ran over its words, and broke within a name."""
    _, scene = drawn(Fusion(), FUSED)
    both = [f"temporal_fusion_decoder.{one}_encoder" for one in ("history", "future")]
    told = f"h_n, c_n of {both[0]} become h_0, c_0 of {both[1]}"
    below = max(node.box[3] for node in scene.nodes)
    (found,) = [text for text in scene.texts if text.label.text == told]
    assert all(run.y > below for run in found.label.runs)


class OwnCell(nn.Module):
    def __init__(self):
        super().__init__()
        self.gates = nn.Linear(7, 4)

    def forward(self, x, h):
        return torch.tanh(self.gates(torch.cat([x, h], 1)))


class OwnRNN(nn.Module):
    def __init__(self):
        super().__init__()
        self.cell = OwnCell()

    def forward(self, x):
        h, hs = x.new_zeros(len(x), 4), []
        for t in range(x.size(1)):
            h = self.cell(x[:, t], h)
            hs.append(h)
        return torch.stack(hs, 1)


@pytest.mark.parametrize(("depth", "reader"), [(1, "stage.cell"), (2, "stage.cat")])
def test_the_state_of_an_own_cell_goes_back_into_it_also_where_it_is_closed(depth, reader):
    module, inputs = OwnRNN(), (torch.randn(2, 5, 3),)
    seen, one = described(module, inputs), plan_kind("pipeline", {"depth": depth})
    ran = follow(module, inputs, seen.trace)
    found = proof(seen, one, followed=ran)
    assert (found.faults, found.unproven) == ((), ())
    scene = compose(seen, one).scene
    stack = [edge.source for edge in scene.edges if edge.target == "stage.stack"]
    assert [edge.target for edge in scene.edges if edge.source in stack] == ["stage.stack", reader]
    open_ = tuple(edge for edge in scene.edges if (edge.source, edge.target) != (stack[0], reader))
    assert refuted(replace(scene, edges=open_), seen.trace, followed=ran)
    assert "loop × 5" in said(scene)
    (loop,) = seen.trace.loops
    assert [(state.tensor, loop.rounds) for state in loop.states] == [("tanh.output", 5)]


class Waves(nn.Module):
    """Two cells in a loop over the pieces of a split, of as many steps as there are."""

    def __init__(self):
        super().__init__()
        self.one, self.two, self.out = nn.LSTMCell(1, 5), nn.LSTMCell(5, 5), nn.Linear(5, 1)

    def forward(self, x):
        h1 = c1 = h2 = c2 = x.new_zeros(len(x), 5)
        outs = []
        for x_t in x.split(1, dim=1):
            h1, c1 = self.one(x_t, (h1, c1))
            h2, c2 = self.two(h1, (h2, c2))
            outs.append(self.out(h2))
        return torch.cat(outs, dim=1)


def test_a_thousand_steps_are_a_page_and_no_fan():
    short, long = (described(Waves(), (torch.randn(2, steps),)) for steps in (20, 999))
    assert [loop.rounds for loop in long.trace.loops] == [999]
    assert [layer.timesteps for layer in long.trace.recurrent] == [999, 999]
    few, many = (compose(seen, plan_kind("pipeline", {})).scene for seen in (short, long))
    assert [node.id for node in many.nodes] == [node.id for node in few.nodes]
    assert many.height == few.height < 700  # pt: less than a page
    assert len(compose(long, plan_kind("grid", {})).scene.nodes) < 60
