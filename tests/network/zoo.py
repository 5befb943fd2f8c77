"""Models as people write them, for tracing: each with inputs and what is true of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import torch
from torch import nn
from torch.nn import functional
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from lstmviz import pipeline

N, T, F, H = 4, 5, 3, 8


class RegLSTM(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.LSTM(F, H, 2)
        self.reg = nn.Sequential(nn.Linear(H, H), nn.Tanh(), nn.Linear(H, 1))

    def forward(self, x):
        out, _ = self.rnn(x)
        t, n, h = out.shape
        return self.reg(out.view(t * n, h)).view(t, n, -1)


class LastStep(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(F, H, 2, batch_first=True, bidirectional=True)
        self.fc = nn.Linear(2 * H, 1)

    def forward(self, x):
        return self.fc(self.lstm(x)[0][:, -1])


class LastState(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(F, H, batch_first=True)
        self.fc = nn.Linear(H, 2)

    def forward(self, x):
        _, h_n = self.gru(x)
        return self.fc(h_n[-1])


class Tagger(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(50, 6)
        self.lstm = nn.LSTM(6, H, batch_first=True, bidirectional=True)
        self.tag = nn.Linear(2 * H, 7)

    def forward(self, tokens, lengths):
        packed = pack_padded_sequence(self.embed(tokens), lengths, batch_first=True, enforce_sorted=False)
        out, _ = pad_packed_sequence(self.lstm(packed)[0], batch_first=True)
        return self.tag(out)


class Crf(Tagger):
    """Its emissions with transition scores added, step by step."""

    def __init__(self):
        super().__init__()
        self.transitions = nn.Parameter(torch.randn(7, 7))

    def forward(self, tokens, lengths):
        scores = super().forward(tokens, lengths)
        best = scores[:, 0]
        for t in range(1, scores.size(1)):
            best = (best.unsqueeze(2) + self.transitions).logsumexp(1) + scores[:, t]
        return best


class Seq2Seq(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.LSTM(F, H, batch_first=True)
        self.decoder = nn.LSTM(2, H, batch_first=True)
        self.out = nn.Linear(H, 2)

    def forward(self, source, target):
        _, state = self.encoder(source)
        return self.out(self.decoder(target, state)[0])


class Attention(Seq2Seq):
    def __init__(self):
        super().__init__()
        self.out = nn.Linear(2 * H, 2)

    def forward(self, source, target):
        memory, state = self.encoder(source)
        asked, _ = self.decoder(target, state)
        weights = functional.softmax(asked @ memory.transpose(1, 2), dim=-1)
        return self.out(torch.cat([asked, weights @ memory], dim=-1))


class GreedyDecoder(nn.Module):
    """Reads its own last answer, step by step."""

    def __init__(self):
        super().__init__()
        self.encoder = nn.GRU(F, H, batch_first=True)
        self.decoder = nn.GRU(2, H, batch_first=True)
        self.out = nn.Linear(H, 2)

    def forward(self, source):
        _, h = self.encoder(source)
        y, ys = source.new_zeros(source.size(0), 1, 2), []
        for _ in range(6):
            o, h = self.decoder(y, h)
            y = self.out(o)
            ys.append(y)
        return torch.cat(ys, dim=1)


class LstmCells(nn.Module):
    def __init__(self):
        super().__init__()
        self.cell = nn.LSTMCell(F, H)
        self.fc = nn.Linear(H, 2)

    def forward(self, x):
        h, c = torch.zeros(x.size(0), H), torch.zeros(x.size(0), H)
        hs = []
        for t in range(x.size(1)):
            h, c = self.cell(x[:, t], (h, c))
            hs.append(h)
        return self.fc(torch.stack(hs, 1))


class GruCells(nn.Module):
    def __init__(self):
        super().__init__()
        self.cell = nn.GRUCell(F, H)
        self.fc = nn.Linear(H, 2)

    def forward(self, x):
        h = None
        for step in x.unbind(0):
            h = self.cell(step, h)
        return self.fc(h)


class StackedCells(nn.Module):
    def __init__(self):
        super().__init__()
        self.cells = nn.ModuleList([nn.LSTMCell(F, H), nn.LSTMCell(H, H)])

    def forward(self, x):
        states = [None, None]
        for t in range(x.size(0)):
            value = x[t]
            for i, cell in enumerate(self.cells):
                states[i] = cell(value, states[i])
                value = states[i][0]
        return value


class CnnLstm(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv1d(F, 6, 3, padding=1)
        self.lstm = nn.LSTM(6, H, batch_first=True)
        self.fc = nn.Linear(H, 2)

    def forward(self, x):
        x = functional.relu(self.conv(x.transpose(1, 2)))
        return self.fc(self.lstm(x.transpose(1, 2))[0])


class TiedLanguageModel(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(50, H)
        self.lstm = nn.LSTM(H, H, 2, dropout=0.1)
        self.decode = nn.Linear(H, 50)
        self.decode.weight = self.embed.weight

    def forward(self, tokens):
        return self.decode(self.lstm(self.embed(tokens))[0])


class Residual(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList(nn.GRU(H, H, batch_first=True) for _ in range(3))

    def forward(self, x):
        for layer in self.layers:
            x = x + layer(x)[0]
        return x


class ConvLstm(nn.Module):
    """A ConvLSTM written by hand: there is no recurrent module of torch's in it."""

    def __init__(self):
        super().__init__()
        self.gates = nn.Conv2d(1 + 2, 4 * 2, 3, padding=1)

    def forward(self, x):
        h = c = x.new_zeros(x.size(0), 2, *x.shape[-2:])
        for t in range(x.size(1)):
            i, f, g, o = self.gates(torch.cat([x[:, t], h], 1)).chunk(4, 1)
            c = f.sigmoid() * c + i.sigmoid() * g.tanh()
            h = o.sigmoid() * c.tanh()
        return h


class WeightNormed(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.utils.parametrizations.weight_norm(nn.LSTM(F, H), "weight_hh_l0")
        self.fc = nn.utils.parametrizations.weight_norm(nn.Linear(H, 2))

    def forward(self, x):
        return self.fc(self.lstm(x)[0])


class Siamese(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(F, H, batch_first=True)

    def forward(self, a, b):
        one = self.lstm(a)[1][0][-1]
        two = self.lstm(b)[1][0][-1]
        return (one - two).abs().sum(-1)


class InPlace(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(F, H)
        self.fc = nn.Linear(H, 2)

    def forward(self, x):
        out, _ = self.lstm(x)
        kept = torch.zeros(out.size(0), out.size(1), H)
        kept[1:] = out[1:]
        row = kept[0]
        row.copy_(out[0])  # written through a view, and read as a whole
        return self.fc(kept)


class Dicts(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.RNN(F, H, nonlinearity="relu", batch_first=True)
        self.fc = nn.Linear(H, 2)

    def forward(self, batch):
        out, h_n = self.rnn(batch["x"])
        return {"logits": self.fc(out), "state": h_n}


class Branch(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(F, H)
        self.big, self.small = nn.Linear(H, 2), nn.Linear(H, 2)

    def forward(self, x):
        out, _ = self.lstm(x)
        return self.big(out) if x.sum() > 0 else self.small(out)


class NumpyTrip(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(F, H)
        self.fc = nn.Linear(H, 2)

    def forward(self, x):
        out, _ = self.lstm(x)
        return self.fc(torch.from_numpy(out.numpy() * 2))


class OwnLSTM(nn.LSTM):
    """A subclass that changes its input, and gives what torch's own gives."""

    def forward(self, x, hx=None):
        return super().forward(x * 2, hx)


class Subclass(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = OwnLSTM(F, H, proj_size=4)
        self.fc = nn.Linear(4, 2)

    def forward(self, x):
        return self.fc(self.body(x)[0])


class LearnedState(nn.Module):
    def __init__(self):
        super().__init__()
        self.begin = nn.Parameter(torch.zeros(1, 1, H))
        self.gru = nn.GRU(F, H)

    def forward(self, x):
        return self.gru(x, self.begin.expand(-1, x.size(1), -1).contiguous())[0]


class Unbatched(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(F, H, batch_first=True)

    def forward(self, x):
        return self.lstm(x)[0][-1]


class StepwiseAttention(nn.Module):
    """Bahdanau's decoder: a cell that looks back at the whole source, and reads its own answer."""

    def __init__(self):
        super().__init__()
        self.encoder = nn.GRU(F, H, batch_first=True, bidirectional=True)
        self.bridge, self.score = nn.Linear(2 * H, H), nn.Linear(3 * H, 1)
        self.cell, self.out = nn.GRUCell(2 * H + 2, H), nn.Linear(H, 2)

    def forward(self, source):
        memory, h_n = self.encoder(source)
        h = torch.tanh(self.bridge(torch.cat([h_n[0], h_n[1]], dim=-1)))
        y, answers = source.new_zeros(source.size(0), 2), []
        for _ in range(4):
            asked = h.unsqueeze(1).expand(-1, memory.size(1), -1)
            weights = self.score(torch.cat([asked, memory], dim=-1)).softmax(1)
            h = self.cell(torch.cat([(weights * memory).sum(1), y], dim=-1), h)
            y = self.out(h)
            answers.append(y)
        return torch.stack(answers, 1)


@dataclass
class Batch:
    x: torch.Tensor
    mask: torch.Tensor


@dataclass
class Answer:
    logits: torch.Tensor
    states: tuple


class Dataclasses(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm, self.fc = nn.LSTM(F, H, batch_first=True), nn.Linear(H, 2)

    def forward(self, batch):
        out, states = self.lstm(batch.x)
        return Answer(self.fc(out.masked_fill(batch.mask, 0.0)), states)


class BothWays(nn.Module):
    """Two directions by hand: a second layer on the reversed sequence."""

    def __init__(self):
        super().__init__()
        self.there, self.back = nn.GRU(F, H), nn.GRU(F, H)

    def forward(self, x):
        return torch.cat([self.there(x)[0], self.back(x.flip(0))[0].flip(0)], dim=-1)


class Heads(nn.Module):
    """Attention of torch's own after a layer, and a skip around it."""

    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(F, H, batch_first=True)
        self.attend, self.norm = nn.MultiheadAttention(H, 2, batch_first=True), nn.LayerNorm(H)
        self.drop = nn.Dropout(0.1)

    def forward(self, x):
        out, _ = self.lstm(x)
        seen, _ = self.attend(out, out, out)
        return self.norm(out + self.drop(seen))


class Packed(nn.Module):
    """Takes a packed sequence, and gives the last states of both directions."""

    def __init__(self):
        super().__init__()
        self.rnn, self.fc = nn.RNN(F, H, bidirectional=True), nn.Linear(2 * H, 2)

    def forward(self, packed):
        _, h_n = self.rnn(packed)
        return self.fc(torch.cat([h_n[-2], h_n[-1]], dim=-1))


@dataclass
class Case:
    """A model, what it is run on, and what must be seen.

    `layers`: name → type, T, `output`, `h_n`; `flow`: stage → what it reads;
    `notes`: words that the notes must have.
    """

    make: type
    inputs: object
    layers: dict
    flow: dict = field(default_factory=dict)
    notes: tuple = ()

    @cached_property
    def subject(self):
        """The model as it was seen in a run: one for all tests that only read it."""
        return pipeline.described(self.make(), self.inputs)

    @property
    def trace(self):
        return self.subject.trace


def data(*shape):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(0))


def tokens(*shape):
    return torch.randint(0, 50, shape, generator=torch.Generator().manual_seed(0))


LENGTHS = torch.tensor([5, 3, 4, 2])
CASES = [
    Case(RegLSTM, (data(T, N, F),), {"rnn": ("lstm", T, (T, N, H), (2, N, H))}, {
        "rnn": ("input",), "view": ("rnn.output",), "reg.0": ("view.output",), "view-2": ("reg.2.output",)}),
    Case(LastStep, (data(N, T, F),), {"lstm": ("lstm", T, (N, T, 2 * H), (4, N, H))},
         {"last_step": ("lstm.output",), "fc": ("last_step.output",)}),
    Case(LastState, (data(N, T, F),), {"gru": ("gru", T, (N, T, H), (1, N, H))}, {"getitem": ("gru.h_n",)}),
    Case(Tagger, (tokens(N, T), LENGTHS), {"lstm": ("lstm", T, (N, T, 2 * H), (2, N, H))},
         {"pack": ("embed.output",), "lstm": ("pack.output",), "unpack": ("lstm.output",),
         "tag": ("unpack.output",)}),
    Case(Crf, (tokens(N, T), LENGTHS), {"lstm": ("lstm", T, (N, T, 2 * H), (2, N, H))},
        {"tag": ("unpack.output",)}),
    Case(Seq2Seq, (data(N, T, F), data(N, 6, 2)), {
        "encoder": ("lstm", T, (N, T, H), (1, N, H)), "decoder": ("lstm", 6, (N, 6, H), (1, N, H))},
         {"decoder": ("input.1", "encoder.h_n", "encoder.c_n"), "out": ("decoder.output",)}),
    Case(Attention, (data(N, T, F), data(N, 6, 2)), {
        "encoder": ("lstm", T, (N, T, H), (1, N, H)), "decoder": ("lstm", 6, (N, 6, H), (1, N, H))},
         {"transpose": ("encoder.output",), "matmul": ("decoder.output", "transpose.output"),
          "matmul-2": ("softmax.output", "encoder.output"), "cat": ("decoder.output", "matmul-2.output")}),
    Case(GreedyDecoder, (data(N, T, F),), {
        "encoder": ("gru", T, (N, T, H), (1, N, H)), "decoder": ("gru", 6, (N, 6, H), (1, N, H))},
         {"out": ("decoder.output",), "cat": ("out.output",)}, ("a loop calls 6 times",)),
    Case(LstmCells, (data(N, T, F),), {"cell": ("lstm", T, (N, T, H), (1, N, H))},
         {"cell": ("input",), "fc": ("cell.output",)}, ("LSTMCell that a loop calls 5 times",)),
    Case(GruCells, (data(T, N, F),), {"cell": ("gru", T, (T, N, H), (1, N, H))},
         {"cell": ("input",), "fc": ("cell.h_n",)}, ("GRUCell that a loop calls 5 times",)),
    Case(StackedCells, (data(T, N, F),), {
        "cells.0": ("lstm", T, (T, N, H), (1, N, H)), "cells.1": ("lstm", T, (T, N, H), (1, N, H))},
         {"cells.0": ("input",), "cells.1": ("cells.0.output",)}),
    Case(CnnLstm, (data(N, T, F),), {"lstm": ("lstm", T, (N, T, H), (1, N, H))}, {
        "transpose": ("input",), "conv": ("transpose.output",), "relu": ("conv.output",),
        "transpose-2": ("relu.output",), "lstm": ("transpose-2.output",), "fc": ("lstm.output",)}),
    Case(TiedLanguageModel, (tokens(T, N),), {"lstm": ("lstm", T, (T, N, H), (2, N, H))},
         {"lstm": ("embed.output",),
         "decode": ("lstm.output",)}, ("decode.weight belongs to embed as well",)),
    Case(Residual, (data(N, T, H),), {f"layers.{i}": ("gru", T, (N, T, H), (1, N, H)) for i in range(3)},
         {"add": ("input", "layers.0.output"), "layers.1": ("add.output",)}),
    Case(ConvLstm, (data(N, T, 1, 6, 6),), {}, {"gates": ("cat.output",)}),
    Case(WeightNormed, (data(T, N, F),), {"lstm": ("lstm", T, (T, N, H), (1, N, H))},
        {"fc": ("lstm.output",)}),
    Case(Siamese, (data(N, T, F), data(N, 6, F)), {
        "lstm": ("lstm", T, (N, T, H), (1, N, H)), "lstm-2": ("lstm", 6, (N, 6, H), (1, N, H))},
         {"lstm": ("input",), "lstm-2": ("input.1",), "sub": ("getitem.output", "getitem-2.output")}),
    Case(InPlace, (data(T, N, F),), {"lstm": ("lstm", T, (T, N, H), (1, N, H))},
         {"fc": ("setitem.output", "copy.output")}),
    Case(Dicts, ({"x": data(N, T, F)},), {"rnn": ("rnn", T, (N, T, H), (1, N, H))}, {"fc": ("rnn.output",)}),
    Case(Branch, (data(T, N, F).abs(),), {"lstm": ("lstm", T, (T, N, H), (1, N, H))},
        {"big": ("lstm.output",)}, ("small did not run on these inputs",)),
    Case(NumpyTrip, (data(T, N, F),), {"lstm": ("lstm", T, (T, N, H), (1, N, H))}, {"fc": ()},
         ("not followed: where the input of fc comes from",)),
    Case(Subclass, (data(T, N, F),), {"body": ("lstm", T, (T, N, 4), (1, N, 4))}, {"fc": ("body.output",)}),
    Case(LearnedState, (data(T, N, F),), {"gru": ("gru", T, (T, N, H), (1, N, H))},
        {"gru": ("input", "expand.output")}),
    Case(Unbatched, (data(T, F),), {"lstm": ("lstm", T, (T, H), (1, H))}, {"last_step": ("lstm.output",)}),
    Case(StepwiseAttention, (data(N, T, F),), {
        "encoder": ("gru", T, (N, T, 2 * H), (2, N, H)), "cell": ("gru", 4, (N, 4, H), (1, N, H))},
         {"getitem": ("encoder.h_n",), "getitem-2": ("encoder.h_n",), "bridge": ("cat.output",),
         "cat-2": ("expand.output", "encoder.output"), "mul": ("softmax.output", "encoder.output"),
         "cat-3": ("sum.output", "out.output"), "cell": ("cat-3.output", "tanh.output"),
         "unsqueeze": ("tanh.output", "cell.output")}, ("GRUCell that a loop calls 4 times",)),
    Case(Dataclasses, (Batch(data(N, T, F), torch.zeros(N, T, 1, dtype=torch.bool)),),
         {"lstm": ("lstm", T, (N, T, H), (1, N, H))},
         {"masked_fill": ("lstm.output", "input.0.mask"), "fc": ("masked_fill.output",)}),
    Case(BothWays, (data(T, N, F),), {
        "there": ("gru", T, (T, N, H), (1, N, H)), "back": ("gru", T, (T, N, H), (1, N, H))},
         {"flip": ("input",), "back": ("flip.output",), "flip-2": ("back.output",),
         "cat": ("there.output", "flip-2.output")}),
    Case(Heads, (data(N, T, F),), {"lstm": ("lstm", T, (N, T, H), (1, N, H))}, {
        "attend": ("lstm.output",), "drop": ("attend.output.0",), "add": ("lstm.output", "drop.output"),
         "norm": ("add.output",)}),
    Case(Packed, (nn.utils.rnn.pack_padded_sequence(data(T, N, F), [5, 4, 3, 2]),),
         {"rnn": ("rnn", T, (T, N, 2 * H), (2, N, H))},
         {"rnn": ("input",), "cat": ("getitem.output", "getitem-2.output")}),
]  # fmt: skip
