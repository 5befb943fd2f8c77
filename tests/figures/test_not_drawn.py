"""What a figure does not draw is told as the user knows it; what it does not have is not told at all."""

import pytest
import torch
from torch import nn

import lstmviz


class TwoHeads(nn.Module):
    """One head on the last states of both directions, one on every step."""

    def __init__(self):
        super().__init__()
        self.rnn = nn.LSTM(3, 4, batch_first=True, bidirectional=True)
        self.fc, self.tag = nn.Linear(8, 2), nn.Linear(8, 5)

    def forward(self, x):
        output, (h, _) = self.rnn(x)
        return self.fc(torch.cat((h[-2], h[-1]), 1)), self.tag(output)


class OneHead(TwoHeads):
    def forward(self, x):
        _, (h, _) = self.rnn(x)
        return self.fc(torch.cat((h[-2], h[-1]), 1))


class Loop(nn.Module):
    """A cell in a loop."""

    def __init__(self):
        super().__init__()
        self.cell = nn.LSTMCell(3, 4)

    def forward(self, x):
        h = c = x.new_zeros(x.size(1), 4)
        for x_t in x:
            h, c = self.cell(x_t, (h, c))
        return h


class Masked(Loop):
    """Its last h, which the model returns, goes through a mask to the next round."""

    def forward(self, x):
        h = c = x.new_zeros(x.size(1), 4)
        for x_t in x:
            keep = torch.ones(x.size(1), 1)
            h, c = self.cell(x_t, (h * keep, c * keep))
        return h


def told(model, kind, x, **options):
    figure = lstmviz.draw(model, kind, inputs=(x,), **options)
    return [text.label.text for text in figure.scene.texts]


def test_a_head_that_is_left_out_is_named_and_no_index_before_it():
    x = torch.randn(2, 5, 3)
    assert "not drawn: fc reads rnn.h_n" in told(TwoHeads(), "grid", x)
    assert not [text for text in told(OneHead(), "grid", x) if "not drawn" in text]


def test_a_cell_in_a_loop_has_no_batch_first():
    x = torch.randn(5, 2, 3)
    said = told(Loop(), "tensors", x, table=True)
    assert not [text for text in said if "batch_first" in text or "num_layers" in text]
    assert "batch_first" not in lstmviz.draw(Loop(), "tensors", inputs=(x,)).alt


@pytest.mark.filterwarnings("error")
def test_a_state_that_is_returned_may_be_called_output():
    assert "output" in told(Masked(), "pipeline", torch.randn(5, 2, 3))
