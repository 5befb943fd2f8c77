"""Several results of one model, layers that read the same input, names of one letter."""

import pytest
import torch
from torch import nn

import lstmviz
from lstmviz.errors import FigureError, ModelError

X = torch.randn(4, 6, 3, generator=torch.Generator().manual_seed(1))


class Two(nn.Module):
    """An LSTM, and what one function makes of its output and a head."""

    def __init__(self, given):
        super().__init__()
        self.lstm, self.fc, self.given = nn.LSTM(3, 4, batch_first=True), nn.Linear(4, 2), given
        self.attention = nn.MultiheadAttention(4, 2, batch_first=True)

    def forward(self, x):
        return self.given(self, self.lstm(x)[0])


def last_of_all(model, output):
    y = model.fc(output)
    return y, y[:, -1], y


def weights_too(model, output):
    y, weights = model.attention(output, output, output)
    return model.fc(y), weights


def places_too(model, output):
    y, places = output.max(1)
    return model.fc(y), places


@pytest.mark.parametrize(
    ("given", "arrows"),
    [
        (
            last_of_all,
            {("stage.fc", "tensor.fc"), ("tensor.fc", "stage.getitem"), ("stage.getitem", "tensor.getitem")},
        ),
        (weights_too, {("stage.attention", "tensor.attention.output.1"), ("stage.attention", "stage.fc")}),
        (places_too, {("stage.max", "tensor.max.output.1"), ("stage.max", "stage.fc")}),
    ],
)
def test_a_bare_pipeline_frames_what_the_model_returns_and_nothing_else(given, arrows):
    figure = lstmviz.draw(Two(given), "pipeline", inputs=(X,), detail="low")
    assert figure.refuted == ()
    framed = {edge.target for edge in figure.scene.edges if edge.target.startswith("tensor.")}
    assert arrows <= {(edge.source, edge.target) for edge in figure.scene.edges}
    assert framed == {target for _, target in arrows if target.startswith("tensor.")} | {"tensor.fc"}


class Pair(nn.Module):
    """Two layers: the second begins where the first ended, and reads what one function says."""

    def __init__(self, read=lambda x: x, index=None):
        super().__init__()
        both = index is not None
        self.a = nn.LSTM(3, 4, batch_first=True, bidirectional=both)
        self.b, self.read, self.index = nn.LSTM(3, 4, batch_first=True), read, index

    def forward(self, x, *more):
        _, states = self.a(x)
        if self.index is not None:
            states = tuple(state[self.index :] for state in states)
        return self.b(self.read(*(more or (x,))), states)[0]


@pytest.mark.parametrize(
    ("read", "more", "aloud", "told"),
    [
        (lambda x: x, (), "from the last states of a. ", "x′: input, as a reads it"),
        (lambda x: x.flip(1), (), "from the last states of a. ", "x′: made in the model from flip.output"),
        (
            lambda y: y,
            (X[:, :5],),
            "from the last states of a and reads the target. ",
            "x′: the target as given, not shifted",
        ),
    ],
)
def test_what_the_second_layer_reads_is_a_target_only_if_it_is_given_beside_the_first(
    read, more, aloud, told
):
    scene = lstmviz.draw(Pair(read), "grid", inputs=(X, *more)).scene
    assert aloud in f"{scene.description} "
    assert told in {text.label.text for text in scene.texts}
    assert [proof.unproven for proof in lstmviz.check(Pair(read), inputs=(X, *more)) if proof.unproven] == []


def test_a_decoder_that_begins_with_reverse_states_alone_is_drawn_bare():
    figure = lstmviz.draw(Pair(index=1), "grid", inputs=(X, X[:, :5]), detail="low")
    states = {
        (e.source, e.target)
        for e in figure.scene.edges
        if e.source.startswith("a/") and e.target.startswith("b/")
    }
    assert states == {(f"a/{one}_n.l0.rev", f"b/{one}_0.l0.fwd") for one in "hc"}
    assert figure.refuted == ()


def test_an_empty_input_is_refused_in_words():
    for inputs in ((X[:0],), (X[:, :0],)):
        with pytest.raises(ModelError, match=r"the input is empty: \(|Expected sequence length"):
            lstmviz.draw(Two(last_of_all), "grid", inputs=inputs)


class Learned(nn.Module):
    """Learned first states."""

    def __init__(self):
        super().__init__()
        self.gru, self.start = nn.GRU(3, 4, batch_first=True), nn.Parameter(torch.zeros(1, 1, 4))

    def forward(self, x):
        return self.gru(x, self.start.repeat(1, len(x), 1))[0]


class Within(nn.Module):
    """A module with parts of its own."""

    def __init__(self):
        super().__init__()
        self.inner = Two(last_of_all)

    def forward(self, x):
        return self.inner(x)[0]


@pytest.mark.parametrize(
    ("module", "why"),
    [
        (Learned(), "low draws what comes of the input, and repeat reads none of it"),
        (Within(), "low draws no modules with parts of their own, and Two is one"),
    ],
)
def test_a_bare_pipeline_says_which_part_it_cannot_show(module, why):
    with pytest.raises(FigureError, match=why):
        lstmviz.draw(module, "pipeline", inputs=(X,), detail="low")


@pytest.mark.parametrize(
    ("given", "read", "shown"),
    [
        (lambda m, o: m.fc(o[:, :-1]), {1, 5}, {1, 5, 6}),
        (lambda m, o: m.fc(o[:, 1:5:2]), {2, 4}, {1, 2, 3, 4, 6}),
        (lambda m, o: m.fc(o[:, -3:].mean(1)), {4, 6}, {1, 4, 6}),
        (lambda m, o: m.fc(o[:, 1:4]), {2, 4}, {1, 2, 4, 6}),
    ],
)
def test_a_bare_grid_shows_the_steps_that_tell_which_ones_are_read(given, read, shown):
    """Dots between two steps that are read are read as well, and else not."""
    scene = lstmviz.draw(Two(given), "grid", inputs=(X,), detail="low").scene
    starts = {edge.source for edge in scene.edges if edge.source.startswith("output.")}
    assert starts == {f"output.t{step}" for step in read}
    cells = {node.id for node in scene.nodes if node.id.startswith("cell.")}
    assert cells == {f"cell.l0.fwd.t{step}" for step in shown}
