"""Recurrences as people write them, small, for what is seen of loops."""

import functools

import torch
from torch import nn
from torch.utils.checkpoint import checkpoint

T, N, F, H = 6, 4, 3, 5


class Through(nn.Module):
    """A cell whose state reaches the next round in many ways."""

    def __init__(self, how):
        super().__init__()
        self.cell, self.how = nn.GRUCell(F, H), how
        self.register_buffer("memory", torch.zeros(N, H))

    def forward(self, x):
        return getattr(self, self.how)(x, x.new_zeros(N, H))

    def plain(self, x, h):
        for t in range(T):
            h = self.cell(x[t], h)
        return h

    def stack(self, x, h):
        for t in range(T):
            both = torch.stack([h, h * 2])
            h = self.cell(x[t], both[0])
        return h

    def mask(self, x, h):
        keep = torch.ones(N, 1)
        for t in range(T):
            h = self.cell(x[t], h * keep)
        return h

    def slice(self, x, h):
        for t in range(T):
            n = N - t // 2
            h = self.cell(x[t, :n], h[:n])
        return h

    def table(self, x, h):
        table = torch.stack([h, h])
        for t in range(T):
            h = self.cell(x[t], table[0] + table[1])
            table = torch.stack([h, h])
        return h

    def norm(self, x, h):
        for t in range(T):
            h = torch.nn.functional.layer_norm(self.cell(x[t], h), (H,))
        return h

    def dict(self, x, h):
        state = {"h": h}
        for t in range(T):
            state["h"] = self.cell(x[t], state["h"]) * 2
        return state["h"]

    def attribute(self, x, h):
        self.h = h
        for t in range(T):
            self.h = self.cell(x[t], self.h) * 2
        return self.h

    def buffer(self, x, h):
        for t in range(T):
            self.memory.copy_(self.cell(x[t], self.memory))
        return self.memory

    def detach(self, x, h):
        for t in range(T):
            h = self.cell(x[t], h.detach())
        return h

    def clone(self, x, h):
        for t in range(T):
            h = self.cell(x[t], h.clone())
        return h


class Cells(nn.Module):
    def __init__(self):
        super().__init__()
        self.cell = nn.GRUCell(F, H)


class Reduced(Cells):
    def forward(self, x):
        return functools.reduce(lambda h, x_t: self.cell(x_t, h), x.unbind(0), x.new_zeros(N, H))


class Generated(Cells):
    def states(self, x):
        h = None
        for x_t in x:
            h = self.cell(x_t, h)
            yield h

    def forward(self, x):
        return torch.stack(list(self.states(x)))


class Whiled(Cells):
    def forward(self, x):
        h, t = x.new_zeros(N, H), 0
        while t < len(x):
            h = self.cell(x[t], h)
            t += 1
        return h


class Listed(Cells):
    def forward(self, x):
        h = None
        return torch.stack([h := self.cell(x_t, h) for x_t in x.split(1)[0:0] or x.unbind()])


class Checkpointed(Cells):
    def forward(self, x):
        h = x.new_zeros(N, H)
        for x_t in x:
            h = checkpoint(self.cell, x_t, h, use_reentrant=False)
        return h


class Forwarded(Cells):
    def forward(self, x):
        h = x.new_zeros(N, H)
        for x_t in x:
            h = self.cell.forward(x_t, h)
        return h


class Reversed(Cells):
    def forward(self, x):
        h, hs = x.new_zeros(N, H), [None] * len(x)
        for t in reversed(range(len(x))):
            h = hs[t] = self.cell(x[t], h)
        return torch.stack(hs)


class Once(Cells):
    def forward(self, x):
        return self.cell(x[0], x.new_zeros(N, H))


class Tabled(Cells):
    def forward(self, x):
        h, table = x.new_zeros(N, H), x.new_zeros(T, N, H)
        for t in range(T):
            h = self.cell(x[t], h)
            table[t] = h
        return table


class Growing(Cells):
    def forward(self, x):
        h, said = x.new_zeros(N, H), x.new_zeros(0, N, H)
        for t in range(T):
            h = self.cell(x[t], h)
            said = torch.cat([said, h.unsqueeze(0)])
        return said


class OwnCell(nn.Module):
    def __init__(self, n_in, n_out):
        super().__init__()
        self.gates = nn.Linear(n_in + n_out, n_out)

    def forward(self, x, h):
        return torch.tanh(self.gates(torch.cat([x, h], 1)))


class StackedOwn(nn.Module):
    def __init__(self):
        super().__init__()
        self.cells = nn.ModuleList([OwnCell(F, H), OwnCell(H, H), OwnCell(H, H)])

    def forward(self, x):
        for cell in self.cells:
            h, hs = x.new_zeros(N, H), []
            for x_t in x:
                h = cell(x_t, h)
                hs.append(h)
            x = torch.stack(hs)
        return x


class LayersInSteps(nn.Module):
    def __init__(self):
        super().__init__()
        self.cells = nn.ModuleList([nn.GRUCell(F, H), nn.GRUCell(H, H)])

    def forward(self, x):
        states = [x.new_zeros(N, H)] * 2
        for t in range(T):
            value = x[t]
            for depth, cell in enumerate(self.cells):
                value = states[depth] = cell(value, states[depth])
        return value


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.scale, self.fc = nn.Parameter(torch.rand(H)), nn.Linear(H, H)

    def forward(self, x):
        return x + torch.tanh(self.fc(x * self.scale))


class Blocks(nn.Module):
    def __init__(self):
        super().__init__()
        self.blocks = nn.ModuleList([Block(), Block(), Block()])

    def forward(self, x):
        for block in self.blocks:
            x = block(x)
        return x


class Ahead(nn.Module):
    def __init__(self):
        super().__init__()
        self.cell, self.fc = nn.LSTMCell(F, H), nn.Linear(H, F)

    def forward(self, x):
        h, c, ys = x.new_zeros(N, H), x.new_zeros(N, H), []
        for x_t in x:
            h, c = self.cell(x_t, (h, c))
            y = self.fc(h)
            ys.append(y)
        for _ in range(3):
            h, c = self.cell(y, (h, c))
            y = self.fc(h)
            ys.append(y)
        return torch.stack(ys)


class Layer(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(F, H)


class Siamese(Layer):
    def forward(self, left, right):
        ends = [self.lstm(side)[1][0][-1] for side in (left, right)]
        return ends[0] - ends[1]


class LearnedStart(Layer):
    def __init__(self):
        super().__init__()
        self.h0, self.c0 = nn.Parameter(torch.rand(1, 1, H)), nn.Parameter(torch.rand(1, 1, H))

    def forward(self, x):
        return self.lstm(x, (self.h0.expand(1, N, H).contiguous(), self.c0.expand(1, N, H).contiguous()))[0]


class Truncated(Layer):
    def forward(self, x):
        state, outs = None, []
        for chunk in x.split(2):
            out, state = self.lstm(chunk, state)
            state = tuple(part.detach() for part in state)
            outs.append(out)
        return torch.cat(outs)


class Teacher(Layer):
    def __init__(self):
        super().__init__()
        self.decoder, self.fc = nn.LSTM(F, H), nn.Linear(H, F)

    def forward(self, x, target):
        _, state = self.lstm(x)
        read, ys = x[-1], []
        for t in range(len(target)):
            y, state = self.decoder(read.unsqueeze(0), state)
            ys.append(self.fc(y.squeeze(0)))
            read = target[t]
        return torch.stack(ys)


class Sentences(nn.Module):
    def __init__(self):
        super().__init__()
        self.words, self.sentences = OwnCell(F, H), OwnCell(H, H)

    def forward(self, x):
        document = x.new_zeros(N, H)
        for sentence in x:
            h = x.new_zeros(N, H)
            for word in sentence:
                h = self.words(word, h)
            document = self.sentences(h, document)
        return document


class Head(Layer):
    def __init__(self, head=None):
        super().__init__()
        self.fc = nn.Linear(H, 2) if head is None else head

    def forward(self, x):
        return self.fc(self.lstm(x)[0])


class Mapped(Head):
    def forward(self, x):
        out = self.lstm(x)[0]
        return torch.stack([self.fc(out[t]) for t in range(len(out))])


class Apart(nn.Module):
    def forward(self, x):
        one, two = (torch.relu(part) for part in (x, x * 2))
        return one + two * 3


class Summed(nn.Module):
    def forward(self, x):
        return sum([x * 2, x.exp(), x.tanh()])


class Masked(Head):
    def forward(self, x):
        out = self.lstm(x)[0]
        answers = [self.fc(out), self.fc(out)]
        answers[0].data.masked_fill_(torch.ones(T, N, 1, dtype=torch.bool), 0.0)
        answers[1].data.masked_fill_(torch.ones(T, N, 1, dtype=torch.bool), 1e3)
        return answers


def Traced():
    return Head(torch.jit.trace(nn.Sequential(nn.Linear(H, 4), nn.ReLU()), torch.randn(2, H)))


def Scripted():
    return Head(torch.jit.script(nn.Linear(H, 2)))


def Compiled():
    return Head(torch.compile(nn.Linear(H, 2)))


def Hooked():
    head = Head()
    head.fc.register_forward_hook(lambda module, args, result: result * 2)
    return head


def Parallel():
    return nn.DataParallel(Head())


class Functional(Head):
    def forward(self, x):
        with torch.no_grad():
            return torch.func.functional_call(self.fc, dict(self.fc.named_parameters()), (self.lstm(x)[0],))
