"""Modules as people post them: everything that is drawn of them is proven, and says what is true."""

import pytest
import torch
from torch import nn
from torch.nn.utils.rnn import pack_sequence

import lstmviz
from lstmviz.errors import FigureError
from lstmviz.network.user.describe import describe


class Layer(nn.Module):
    """One LSTM, batch first, and a Linear."""

    def __init__(self, both=False, wide=1):
        super().__init__()
        self.lstm = nn.LSTM(3, 4, batch_first=True, bidirectional=both)
        self.fc = nn.Linear(4 * wide, 2)

    def forward(self, x):
        return self.fc(self.lstm(x)[0])


class Viterbi(nn.Module):
    """A tagger's best path: what the forward loop keeps is one of several results, and is read backwards."""

    def __init__(self):
        super().__init__()
        self.lstm, self.fc, self.moves = nn.LSTM(3, 4), nn.Linear(4, 3), nn.Parameter(torch.randn(3, 3))

    def forward(self, x):
        scores, back = self.fc(self.lstm(x)[0]), []
        best = scores[0]
        for score in scores[1:]:
            best, at = (best.unsqueeze(2) + self.moves).max(1)
            best = best + score
            back.append(at)
        tag = best.argmax(1)
        path = [tag]
        for at in reversed(back):
            tag = at.gather(1, tag.unsqueeze(1)).squeeze(1)
            path.append(tag)
        return torch.stack(path[::-1])


class Table(nn.Module):
    """Answers written into a table from its second step on, and one of them written over."""

    def __init__(self):
        super().__init__()
        self.cell, self.fc = nn.GRUCell(3, 4), nn.Linear(4, 2)

    def forward(self, x):
        h, ys = x.new_zeros(x.size(1), 4), x.new_zeros(len(x) + 1, x.size(1), 2)
        for t in range(len(x)):
            h = self.cell(x[t], h)
            ys[t + 1] = self.fc(h)
        ys[2] = 0
        return ys.tanh()


class Sequences(Layer):
    """A list of sequences of unequal length, packed as it is."""

    def forward(self, sequences):
        return self.fc(self.lstm(pack_sequence(sequences, enforce_sorted=False))[1][0][-1])


class Names(nn.Module):
    """The name classifier of PyTorch's tutorial: a round's answer is a LogSoftmax."""

    def __init__(self):
        super().__init__()
        self.hidden, self.answer, self.softmax = nn.Linear(7, 4), nn.Linear(7, 2), nn.LogSoftmax(dim=1)

    def forward(self, line):
        h = torch.zeros(line.size(1), 4)
        for letter in line:
            both = torch.cat((letter, h), 1)
            h, answer = self.hidden(both), self.softmax(self.answer(both))
        return answer


class BothEnds(Layer):
    def forward(self, x):
        _, (h, c) = self.lstm(x)
        return self.fc(torch.cat((h[-2], h[-1], c[-2], c[-1]), 1))


class Shaped(Layer):
    """A vector made as large as another tensor, of which it reads nothing else."""

    def __init__(self):
        super().__init__(wide=2)
        self.bias = nn.Parameter(torch.randn(4))

    def forward(self, x):
        last = self.lstm(x)[0][:, -1]
        return self.fc(torch.cat([last, self.bias.expand_as(last)], 1))


class Attending(Layer):
    def __init__(self):
        super().__init__()
        self.encoder = nn.TransformerEncoderLayer(4, 2, 8, batch_first=True)

    def forward(self, x):
        return self.fc(self.encoder(self.lstm(x)[0]))


class Ends(Layer):
    """Each sample's own last step, by its index."""

    def forward(self, x):
        return self.fc(self.lstm(x)[0][torch.arange(2), torch.tensor([2, 4])])


class EachStep(Layer):
    """A head that a loop calls step by step."""

    def forward(self, x):
        output = self.lstm(x)[0]
        return torch.stack([self.fc(output[:, t]) for t in range(output.shape[1])], 1)


class Frozen(Layer):
    """A part that lets no derivatives through; numbers flow there all the same."""

    def forward(self, x):
        with torch.no_grad():
            output = self.lstm(x)[0]
        return self.fc(output.detach())


class Carries(Layer):
    """Begins where the last call ended."""

    def __init__(self):
        super().__init__()
        self.states = None

    def forward(self, x):
        output, states = self.lstm(x, self.states)
        self.states = tuple(state.detach() for state in states)
        return self.fc(output)


def old_weight_norm():
    found = Layer()
    with pytest.warns(FutureWarning):
        nn.utils.weight_norm(found.fc)
    return found


STEPS = torch.randn(2, 5, 3)
POSTED = {
    "table": (Table, torch.randn(4, 2, 3)),
    "list": (Sequences, [torch.randn(n, 3) for n in (3, 5)]),
    "names": (Names, torch.randn(5, 2, 3)),
    "both ends": (lambda: BothEnds(both=True, wide=4), STEPS),
    "shaped": (Shaped, STEPS),
    "attending": (Attending, STEPS),
    "ends": (Ends, STEPS),
    "each step": (EachStep, STEPS),
    "frozen": (Frozen, STEPS),
    "carries": (Carries, STEPS),
    "weight norm": (old_weight_norm, STEPS),
}


@pytest.mark.filterwarnings("error:.*refuted")
@pytest.mark.parametrize("name", POSTED)
def test_all_that_is_drawn_is_proven(name):
    make, given = POSTED[name]
    assert [proof.unproven for proof in lstmviz.check(make(), inputs=(given,)) if proof.unproven] == []


def test_one_of_several_results_goes_on_from_round_to_round():
    assert lstmviz.check(Viterbi(), inputs=(torch.randn(5, 2, 3),))


def test_a_step_of_a_table_has_its_own_number():
    """The answer of round 1 stands at index 1 of the table: that is step 2."""
    scene = lstmviz.draw(Table(), "grid", inputs=(torch.randn(4, 2, 3),)).scene
    found = {(e.source, e.target) for e in scene.edges if e.source.startswith("fc.")}
    assert found == {(f"fc.t{t}", f"setitem.t{t + 1}") for t in (1, 2, 3, 4)}
    assert [node.id for node in scene.nodes if node.id.startswith("result.")] == [
        "result.t2",
        "result.t4",
        "result.t5",
    ]


def test_samples_that_move_each_other_have_no_map():
    """A softmax over the batch; and what draws at random in every run."""
    with pytest.raises(FigureError, match="samples of one batch move each other"):
        lstmviz.draw(nn.Sequential(Layer(), nn.Softmax(dim=0)), "influence", inputs=(STEPS,))

    class Random(Layer):
        def forward(self, x):
            return super().forward(x * torch.rand_like(x))

    with pytest.raises(FigureError, match="two runs on the same give two results"):
        lstmviz.draw(Random(), "influence", inputs=(STEPS,))


def test_a_stack_of_own_cells_of_unequal_sizes():
    """Each layer has its own H; a closed cell in a loop is opened one level deeper."""

    class Cell(nn.Module):
        def __init__(self, before, units):
            super().__init__()
            self.gates = nn.Linear(before + units, units)

        def forward(self, x, h):
            return torch.tanh(self.gates(torch.cat([x, h], 1)))

    class Stack(nn.Module):
        def __init__(self):
            super().__init__()
            self.cells = nn.ModuleList([Cell(3, 5), Cell(5, 5), Cell(5, 7)])

        def forward(self, x):
            for cell in self.cells:
                h, hs = x.new_zeros(2, cell.gates.out_features), []
                for t in range(6):
                    h = cell(x[:, t], h)
                    hs.append(h)
                x = torch.stack(hs, 1)
            return x

    figures = [lstmviz.draw(Stack(), kind, inputs=(torch.randn(2, 6, 3),)) for kind in ("pipeline", "rolled")]
    assert [figure.refuted for figure in figures] == [(), ()]
    assert "depth: 2 opens more" in " ".join(text.label.text for text in figures[0].scene.texts)


def test_cells_on_each_other_in_a_loop_are_laid_out_alike():
    class Stack(nn.Module):
        def __init__(self):
            super().__init__()
            self.low, self.high = nn.LSTMCell(3, 4), nn.LSTMCell(4, 5)

        def forward(self, x):
            a = b = None
            for t in range(x.shape[1]):
                a = self.low(x[:, t], a)
                b = self.high(a[0], b)
            return b[0]

    found = describe(Stack(), (torch.rand(2, 6, 3),)).recurrent
    assert [layer.tensor("input").sizes for layer in found] == [(2, 6, 3), (2, 6, 4)]
