"""What a figure does not draw is told as the user knows it; what it does not have is not told at all."""

from dataclasses import replace

import pytest
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

import lstmviz
from lstmviz.figure_requests import plan_kind
from lstmviz.pipeline import compose, described
from lstmviz.proof.prove import prove


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


class Squashed(TwoHeads):
    """A head on what is made of both last states."""

    def forward(self, x):
        _, (h, _) = self.rnn(x)
        return self.fc(torch.cat((h[-2].tanh(), h[-1].sigmoid()), 1))


class InVain(OneHead):
    """What it computes of its output nobody reads."""

    def __init__(self):
        super().__init__()
        self.act = nn.Tanh()

    def forward(self, x):
        output, (h, _) = self.rnn(x)
        self.act(output)
        return self.fc(torch.cat((h[-2], h[-1]), 1))


class Sorts(nn.Module):
    """Sorts its samples by their lengths, and puts what it ended with back into their order."""

    def __init__(self, again):
        super().__init__()
        self.rnn, self.fc, self.again = nn.GRU(3, 4, batch_first=True), nn.Linear(4, 2), again

    def forward(self, x, lengths):
        lengths, order = lengths.sort(descending=True)
        packed = pack_padded_sequence(x[order], lengths, batch_first=True)
        output, h = self.rnn(packed)
        output, _ = pad_packed_sequence(output, batch_first=True)
        return self.again(self.fc, output, h, order.argsort())


AGAIN = {
    "h_n": lambda fc, _, h, order: fc(h[:, order][-1]),
    "the last h_n": lambda fc, _, h, order: fc(h[-1][order]),
    "selected": lambda fc, _, h, order: fc(h.index_select(1, order)[-1]),
    "output": lambda fc, output, _, order: fc(output[order]),
    "another": lambda fc, output, h, order: (fc(h[-1]), output[order]),
}


@pytest.mark.parametrize("name", sorted(AGAIN))
@pytest.mark.parametrize("kind", ["grid", "unrolled"])
def test_an_order_of_samples_is_said(name, kind):
    module, inputs = Sorts(AGAIN[name]), (torch.randn(3, 5, 3), torch.tensor([2, 5, 3]))
    figure = lstmviz.draw(module, kind, inputs=inputs)
    said = " ".join(text.label.text for text in figure.scene.texts)
    assert "reads argsort.output" in said
    assert ("reads sort.output.1" in said) is (kind == "grid")


@pytest.mark.parametrize("name", sorted(AGAIN))
def test_samples_in_another_order_are_no_other_samples(name):
    module, inputs = Sorts(AGAIN[name]), (torch.randn(3, 5, 3), torch.tensor([2, 5, 3]))
    assert not [one.faults for one in lstmviz.check(module, inputs=inputs) if one.faults]


def told(model, kind, x, **options):
    figure = lstmviz.draw(model, kind, inputs=(x,), **options)
    return [text.label.text for text in figure.scene.texts]


def test_no_index_before_a_head_is_said_to_be_left_out():
    x = torch.randn(2, 5, 3)
    for model in (TwoHeads(), OneHead()):
        assert not [text for text in told(model, "grid", x) if "not drawn" in text]


def test_what_nobody_reads_is_no_part_of_what_stands_beside_it():
    """The head is no cat of tanh; and Tanh is named, since it reads what is drawn."""
    x, module = torch.randn(2, 5, 3), InVain()
    said = told(module, "grid", x)
    assert "not drawn: act reads rnn.output" in said
    assert not [text for text in said if "tanh" in text]
    assert all(one.answer == "proven" for one in lstmviz.check(module, inputs=(x,)))


def test_of_what_a_row_is_made_is_held_against_the_run():
    x, module = torch.randn(2, 5, 3), Squashed()
    subject = described(module, (x,))
    scene = compose(subject, plan_kind("grid", {})).scene
    assert prove(scene, subject.trace).faults == ()

    def other(claim):
        facts = dict(claim.facts)
        wrong = (("names", "relu, sigmoid"), *facts.get("given", ())[1:])
        return replace(claim, facts=tuple((facts | {"given": wrong}).items())) if is_of(claim) else claim

    def is_of(claim):
        return dict(claim.facts).get("id") == "stage.of"

    labels = [t.label for t in scene.texts]
    assert any(map(is_of, (one for label in labels for one in label.claims)))
    changed = [replace(label, claims=tuple(map(other, label.claims))) for label in labels]
    texts = tuple(replace(t, label=label) for t, label in zip(scene.texts, changed, strict=True))
    wrong = replace(scene, texts=texts)
    assert "'of relu, sigmoid' is false" in prove(wrong, subject.trace).faults


def test_a_cell_in_a_loop_has_no_batch_first():
    x = torch.randn(5, 2, 3)
    said = told(Loop(), "tensors", x, table=True)
    assert not [text for text in said if "batch_first" in text or "num_layers" in text]
    assert "batch_first" not in lstmviz.draw(Loop(), "tensors", inputs=(x,)).alt


@pytest.mark.filterwarnings("error")
def test_a_state_that_is_returned_may_be_called_output():
    assert "output" in told(Masked(), "pipeline", torch.randn(5, 2, 3))


class SkipOver(torch.nn.Module):
    """A layer reads what the one before it gives, beside what the first gave."""

    def __init__(self):
        super().__init__()
        self.a, self.b, self.c = (torch.nn.GRU(width, 4, batch_first=True) for width in (3, 4, 8))

    def forward(self, x):
        first, _ = self.a(x)
        slow, _ = self.b(first[:, ::2])
        return self.c(torch.cat([first, slow.repeat_interleave(2, 1)], -1))[0]


def test_what_a_layer_that_is_left_out_reads_past_another_is_said():
    x = torch.randn(2, 6, 3)
    assert "not drawn: c reads a.output" in told(SkipOver(), "grid", x)
    assert all(one.answer == "proven" for one in lstmviz.check(SkipOver(), inputs=(x,)))


class Rows(torch.nn.Module):
    """Each row of an image is a sequence: what is turned before it is reshaped says which numbers it has."""

    def __init__(self):
        super().__init__()
        self.rnn = torch.nn.GRU(3, 4, batch_first=True)

    def forward(self, x):
        return self.rnn(x.permute(0, 2, 3, 1).reshape(8, 5, 3))[0]


def test_what_is_turned_before_it_is_put_into_other_rows_stands_in_the_chain():
    said = told(Rows(), "grid", torch.randn(2, 3, 4, 5))
    assert "data → permute(0, 2, 3, 1) → reshape(8, 5, 3) → x_t" in said
