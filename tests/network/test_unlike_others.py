"""Modules that do usual things in less usual ways: what is said of them is so, and what is not is refuted."""

import pytest
import torch
from torch import nn

import lstmviz
from lstmviz.network.user.describe import describe
from lstmviz.proof.facts.layers import FACTS

X = torch.randn(6, 4, 3)


def told(module, kind, *inputs, **options):
    """All that a figure says: its texts, boxes, description and caption."""
    figure = lstmviz.draw(module, kind, inputs=inputs, **options)
    scene = figure.scene
    nodes = (node.label for node in scene.nodes if node.label)
    labels = (*(text.label for text in scene.texts), *nodes)
    return " | ".join([*(label.text for label in labels), figure.alt, scene.caption])


def proven(module, *inputs):
    """Whether all figures of a module are proven, with no word left."""
    return all(proof.answer == "proven" for proof in lstmviz.check(module, inputs=inputs))


class Dilated(nn.Module):
    """A cell that reads its state of some rounds before."""

    def __init__(self, cell, back):
        super().__init__()
        self.cell, self.back = cell, back

    def forward(self, x):
        zeros = x.new_zeros(x.size(1), 4)
        states = [(zeros, zeros) if isinstance(self.cell, nn.LSTMCell) else zeros] * self.back
        for x_t in x:
            states.append(self.cell(x_t, states[-self.back]))
        return torch.stack([one[0] if isinstance(one, tuple) else one for one in states[self.back :]])


class TwoBefore(nn.Module):
    """A state is the sum of those of both rounds before: in the first round there is nothing to add."""

    def __init__(self):
        super().__init__()
        self.cell = nn.GRUCell(3, 4)

    def forward(self, x):
        states = [x.new_zeros(x.size(1), 4)] * 2
        for x_t in x:
            states.append(self.cell(x_t, states[-1] + states[-2]))
        return states[-1]


@pytest.mark.parametrize(
    ("module", "said", "lags"),
    [
        (Dilated(nn.GRUCell(3, 4), 2), "read 2 rounds later", {2}),
        (Dilated(nn.LSTMCell(3, 4), 3), "read 3 rounds later", {3}),
        (TwoBefore(), "read 1 and 2 rounds later", {1, 2}),
    ],
)
def test_a_delay_says_by_how_many_rounds_it_is(module, said, lags):
    text = told(module, "pipeline", X)
    assert said in text
    assert "delay: read in a later round" in text
    assert proven(module, X)
    trace = describe(module, (X,))
    asserted = {"tensors": ("cell.h",), "stage": "cell", "tensor": "cell.h"}
    assert not FACTS["read-next-round"](trace, asserted)
    assert [FACTS["read-rounds-later"](trace, asserted | {"rounds": n}) for n in ("1", "2", "3")] == [
        {number} == lags for number in (1, 2, 3)
    ]


def test_a_delay_stands_on_the_line_of_the_state_that_is_handed_on():
    """The sum is of the same round as the cell that reads it."""
    scene = lstmviz.draw(TwoBefore(), "pipeline", inputs=(X,)).scene
    (delay,) = [node for node in scene.nodes if node.label and node.label.text == "delay"]
    (claim,) = delay.label.claims
    assert dict(claim.fact("given"))["tensor"] == "cell.h"
    assert not FACTS["read-later"](describe(TwoBefore(), (X,)), {"tensor": "add.output"})


def test_a_delay_of_one_round_is_said_as_before():
    text = told(Dilated(nn.GRUCell(3, 4), 1), "pipeline", X)
    assert "rounds later" not in text


class OnState(nn.Module):
    """A head on the last state of the first of two layers, which is no part of `output`."""

    def __init__(self):
        super().__init__()
        self.rnn, self.fc = nn.LSTM(3, 4, 2), nn.Linear(4, 2)

    def forward(self, x):
        return self.fc(self.rnn(x)[1][0][0])


def test_what_stands_on_the_last_states_is_not_said_to_stand_on_output():
    assert "On h_n stand [0], Linear(4, 2)" in told(OnState(), "grid", X)
    trace = describe(OnState(), (X,))
    said = {"stage": "fc", "shape": "(N, 2) = (4, 2)", "layer": "rnn"}
    assert FACTS["stands-on"](trace, said | {"names": ("h_n",), "on": ("own", "h_n")})
    assert not FACTS["stands-on"](trace, said | {"names": ("output",), "on": ("own", "output")})
    assert not FACTS["stands-on"](trace, said | {"names": ("h_n",), "on": ("own", "output")})


class Cells(nn.Module):
    """An LSTMCell in a loop; the last states go on."""

    def __init__(self):
        super().__init__()
        self.cell, self.fc = nn.LSTMCell(3, 5), nn.Linear(5, 2)

    def forward(self, x):
        h = c = x.new_zeros(x.size(1), 5)
        for x_t in x:
            h, c = self.cell(x_t, (h, c))
        return self.fc(h), c


def test_the_last_states_of_a_cell_have_no_axis_of_layers():
    """Neither in the pipeline: LSTMCell gives (N, H)."""
    text = told(Cells(), "pipeline", X)
    assert "(N, H) = (4, 5)" in text
    assert "(1, 4, 5)" not in text
    assert proven(Cells(), X)


class Ahead(nn.Module):
    """What is forecast is compared with the next step of the data, which stands beside it."""

    def __init__(self):
        super().__init__()
        self.rnn, self.fc = nn.GRU(3, 4, batch_first=True), nn.Linear(4, 3)

    def forward(self, x):
        return ((self.fc(self.rnn(x[:, :-1])[0]) - x[:, 1:]) ** 2).mean(-1)


def test_a_step_of_the_data_beside_a_row_is_no_step_of_the_row():
    inputs = torch.randn(4, 6, 3)
    assert proven(Ahead(), inputs)
    text = told(Ahead(), "pipeline", inputs)
    assert "target" not in text  # all steps of x, of which the layer reads one less
    assert "(N, T₂, 3) = (4, 6, 3)" in text
    grid = told(Ahead(), "grid", inputs)
    assert "not drawn: sub reads index-2.output" in grid
    trace = describe(Ahead(), (inputs,))
    given = {"stage": "sub", "name": ("own", "sub"), "sources": "fc.output, rnn.h_n"}
    assert not FACTS["reads-these"](trace, given)


class Twins(nn.Module):
    """One layer over two inputs of other lengths."""

    def __init__(self):
        super().__init__()
        self.rnn = nn.GRU(3, 4, batch_first=True)

    def forward(self, left, right):
        return self.rnn(left)[1][-1] - self.rnn(right)[1][-1]


def test_a_letter_of_time_names_the_input_as_the_code_does():
    text = told(Twins(), "pipeline", torch.randn(4, 6, 3), torch.randn(4, 5, 3))
    assert "of right" in text
    assert "input.1" not in text
    trace = describe(Twins(), (torch.randn(4, 6, 3), torch.randn(4, 5, 3)))
    assert FACTS["axis-first-of"](trace, {"of": "right", "symbol": "T₂"})
    assert not FACTS["axis-first-of"](trace, {"of": "left", "symbol": "T₂"})


def test_an_index_is_called_so_in_the_lines_under_a_figure():
    assert "getitem" not in told(LastTwo(), "unrolled", X)


class LastTwo(nn.Module):
    """A head on the last two steps."""

    def __init__(self):
        super().__init__()
        self.rnn, self.fc = nn.GRU(3, 4), nn.Linear(4, 1)

    def forward(self, x):
        return self.fc(self.rnn(x)[0][-2:])
