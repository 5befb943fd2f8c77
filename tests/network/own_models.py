"""Models whose recurrence is a loop of their own code, with what stands on it, as people write them."""

import torch
from torch import nn

T, N, F, H = 5, 2, 3, 4


class Cell(nn.Module):
    """One round: tanh of a sum."""

    def __init__(self, inputs=F, units=H):
        super().__init__()
        self.w, self.u = nn.Linear(inputs, units), nn.Linear(units, units, bias=False)

    def forward(self, x, h):
        return torch.tanh(self.w(x) + self.u(h))


class Looped(nn.Module):
    """Its steps' states, and the last of them."""

    def __init__(self):
        super().__init__()
        self.cell = Cell()

    def steps(self, x):
        h, hs = x.new_zeros(x.shape[1], H), []
        for x_t in x:
            h = self.cell(x_t, h)
            hs.append(h)
        return torch.stack(hs), h


class EachStep(Looped):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(H, 2)

    def forward(self, x):
        return self.fc(self.steps(x)[0])


class LastStep(EachStep):
    def forward(self, x):
        return self.fc(self.steps(x)[0][-1])


class LastState(EachStep):
    def forward(self, x):
        return self.fc(self.steps(x)[1])


class MeanOfSteps(EachStep):
    def forward(self, x):
        return self.fc(torch.relu(self.steps(x)[0]).mean(0))


class TwoHeads(EachStep):
    def __init__(self):
        super().__init__()
        self.whole = nn.Linear(H, 3)

    def forward(self, x):
        hs, h = self.steps(x)
        return self.fc(hs), self.whole(h)


class Stack(nn.Module):
    """Layers of which each goes over all steps, and a head."""

    def __init__(self):
        super().__init__()
        self.cells = nn.ModuleList([Cell(), Cell(H)])
        self.fc = nn.Linear(H, 2)

    def forward(self, x):
        for cell in self.cells:
            h, hs = x.new_zeros(x.shape[1], H), []
            for x_t in x:
                h = cell(x_t, h)
                hs.append(h)
            x = torch.stack(hs)
        return self.fc(x)


class StackWithNorm(Stack):
    """With a normalisation between the layers."""

    def __init__(self):
        super().__init__()
        self.norm = nn.LayerNorm(H)

    def forward(self, x):
        for depth, cell in enumerate(self.cells):
            h, hs = x.new_zeros(x.shape[1], H), []
            for x_t in x:
                h = cell(x_t, h)
                hs.append(h)
            x = torch.stack(hs)
            x = self.norm(x) if depth == 0 else x
        return x


class CellStack(nn.Module):
    """Layers of LSTMs by hand: two states each, and of the last only the end is read."""

    def __init__(self):
        super().__init__()
        self.gates = nn.ModuleList([nn.Linear(F + H, 4 * H), nn.Linear(2 * H, 4 * H)])
        self.fc = nn.Linear(H, 2)

    def forward(self, x):
        for gates in self.gates:
            h = c = x.new_zeros(x.shape[1], H)
            hs = []
            for x_t in x:
                i, f, g, o = gates(torch.cat([x_t, h], 1)).chunk(4, 1)
                c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
                h = torch.sigmoid(o) * torch.tanh(c)
                hs.append(h)
            x = torch.stack(hs)
        return self.fc(h)


def steps():
    return (torch.randn(T, N, F),)


GIVEN = dict.fromkeys(
    ("EachStep", "LastStep", "LastState", "MeanOfSteps", "TwoHeads", "Stack", "StackWithNorm", "CellStack"),
    steps,
)
"""What each takes."""


class LayersInSteps(nn.Module):
    """Layers inside of each step, and a head."""

    def __init__(self):
        super().__init__()
        self.cells, self.fc = nn.ModuleList([Cell(), Cell(H), Cell(H)]), nn.Linear(H, 2)

    def forward(self, x):
        states, out = [x.new_zeros(x.shape[1], H)] * 3, []
        for x_t in x:
            value = x_t
            for depth, cell in enumerate(self.cells):
                value = states[depth] = cell(value, states[depth])
            out.append(value)
        return self.fc(torch.stack(out))


class LstmsInSteps(nn.Module):
    """Two LSTMs by hand inside of each step, and in the step a head."""

    def __init__(self):
        super().__init__()
        self.gates = nn.ModuleList([nn.Linear(F + H, 4 * H), nn.Linear(2 * H, 4 * H)])
        self.fc = nn.Linear(H, 2)

    def forward(self, x):
        hs, cs, out = [x.new_zeros(x.shape[1], H)] * 2, [x.new_zeros(x.shape[1], H)] * 2, []
        for t in range(len(x)):
            value = x[t]
            for k, gates in enumerate(self.gates):
                i, f, g, o = gates(torch.cat([value, hs[k]], 1)).chunk(4, 1)
                cs[k] = torch.sigmoid(f) * cs[k] + torch.sigmoid(i) * torch.tanh(g)
                hs[k] = value = torch.sigmoid(o) * torch.tanh(cs[k])
            out.append(self.fc(value))
        return torch.stack(out)


GIVEN |= dict.fromkeys(("LayersInSteps", "LstmsInSteps"), steps)
