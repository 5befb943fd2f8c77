"""Recurrences as people write them in their own style: tables, loops in loops, cells of torch's in loops."""

import torch
from torch import nn
from torch.nn import functional as f

N, T, F, H = 2, 5, 3, 4


class Table(nn.Module):
    """Writes each step into a tensor made before."""

    def __init__(self):
        super().__init__()
        self.cell, self.fc = nn.Linear(F + H, H), nn.Linear(H, 2)

    def forward(self, x):
        h, out = x.new_zeros(len(x), H), x.new_empty(len(x), x.shape[1], H)
        for t in range(x.shape[1]):
            h = torch.tanh(self.cell(torch.cat([x[:, t], h], 1)))
            out[:, t] = h
        return self.fc(out)


class Grown(nn.Module):
    """Joins each step on to those before."""

    def __init__(self):
        super().__init__()
        self.cell = nn.Linear(F + H, H)

    def forward(self, x):
        h, out = x.new_zeros(len(x), H), x.new_zeros(len(x), 0, H)
        for t in range(x.shape[1]):
            h = torch.tanh(self.cell(torch.cat([x[:, t], h], 1)))
            out = torch.cat([out, h.unsqueeze(1)], dim=1)
        return out


class Mogrifier(nn.Module):
    """x and h gate each other before each step of an LSTM."""

    def __init__(self):
        super().__init__()
        self.ih, self.hh, self.q, self.r = (
            nn.Linear(F, 4 * H),
            nn.Linear(H, 4 * H),
            nn.Linear(H, F),
            nn.Linear(F, H),
        )

    def mogrify(self, x, h):
        for i in range(1, 5):
            if i % 2 == 0:
                h = 2 * torch.sigmoid(self.r(x)) * h
            else:
                x = 2 * torch.sigmoid(self.q(h)) * x
        return x, h

    def forward(self, x):
        h, c, seq = x.new_zeros(len(x), H), x.new_zeros(len(x), H), []
        for t in range(x.shape[1]):
            xt, h = self.mogrify(x[:, t, :], h)
            i, g, o, z = (self.ih(xt) + self.hh(h)).chunk(4, 1)
            c = torch.sigmoid(g) * c + torch.sigmoid(i) * torch.tanh(z)
            h = torch.sigmoid(o) * torch.tanh(c)
            seq.append(h)
        return torch.stack(seq, 1)


class Liquid(nn.Module):
    """A liquid time constant: three Euler steps for each x, in a loop that calls all."""

    def __init__(self):
        super().__init__()
        self.w, self.u, self.a = nn.Linear(F, H), nn.Linear(H, H), nn.Parameter(torch.rand(H))

    def forward(self, inputs):
        state, outs = inputs.new_zeros(len(inputs), H), []
        for x in inputs.unbind(1):
            for _ in range(3):
                g = torch.sigmoid(self.w(x) + self.u(state))
                state = (state + 0.1 * g * self.a) / (1 + 0.1 * g)
            outs.append(state)
        return torch.stack(outs, dim=1)


class OdeRnn(nn.Module):
    """Between observations the state follows a differential equation."""

    def __init__(self):
        super().__init__()
        self.f = nn.Sequential(nn.Linear(H, H), nn.Tanh(), nn.Linear(H, H))
        self.cell = nn.GRUCell(F, H)

    def forward(self, x, dt):
        h, found = x.new_zeros(len(x), H), []
        for i in range(x.shape[1]):
            for _ in range(2):
                h = h + dt[:, i : i + 1] / 2 * self.f(h)
            h = self.cell(x[:, i], h)
            found.append(h)
        return torch.stack(found, 1)


class Rwkv(nn.Module):
    """Time mixing kept stable, with the x of the step before as `last`."""

    def __init__(self):
        super().__init__()
        self.k, self.v, self.r = nn.Linear(F, F), nn.Linear(F, F), nn.Linear(F, F)
        self.w, self.u, self.mix = (nn.Parameter(torch.rand(F)) for _ in range(3))

    def forward(self, x):
        aa, bb, last = (x.new_zeros(len(x), F) for _ in range(3))
        pp, ys = torch.full((len(x), F), -1e30), []
        for t in range(x.shape[1]):
            xt = x[:, t]
            xm, last = xt * self.mix + last * (1 - self.mix), xt
            k, v, r = self.k(xm), self.v(xm), torch.sigmoid(self.r(xm))
            p = torch.maximum(pp, self.u + k)
            e1, e2 = torch.exp(pp - p), torch.exp(self.u + k - p)
            ys.append(r * (e1 * aa + e2 * v) / (e1 * bb + e2))
            p = torch.maximum(pp - self.w, k)
            e1, e2 = torch.exp(pp - self.w - p), torch.exp(k - p)
            aa, bb, pp = e1 * aa + e2 * v, e1 * bb + e2, p
        return torch.stack(ys, 1)


class Memory(nn.Module):
    """A memory of fixed size, read in each step by a cell of torch's."""

    def __init__(self):
        super().__init__()
        self.cell, self.key = nn.LSTMCell(F + H, H), nn.Linear(H, H)
        self.memory = nn.Parameter(torch.randn(6, H))

    def forward(self, x):
        h = c = r = x.new_zeros(len(x), H)
        found = []
        for t in range(x.shape[1]):
            h, c = self.cell(torch.cat([x[:, t], r], 1), (h, c))
            r = torch.softmax(self.key(h) @ self.memory.t(), -1) @ self.memory
            found.append(torch.cat([h, r], 1))
        return torch.stack(found, 1)


class Selective(nn.Module):
    """A selective scan as a loop, its inputs made for all steps at once."""

    def __init__(self):
        super().__init__()
        self.inp, self.parts, self.dt = nn.Linear(F, H), nn.Linear(H, 5), nn.Linear(1, H)
        self.a, self.d = nn.Parameter(torch.randn(H, 2)), nn.Parameter(torch.ones(H))

    def forward(self, x):
        u = f.silu(self.inp(x))
        dt, b, c = self.parts(u).split([1, 2, 2], -1)
        dt = f.softplus(self.dt(dt))
        da = torch.exp(torch.einsum("bld,dn->bldn", dt, -torch.exp(self.a)))
        dbu = torch.einsum("bld,bln,bld->bldn", dt, b, u)
        state, ys = x.new_zeros(len(x), H, 2), []
        for i in range(x.shape[1]):
            state = da[:, i] * state + dbu[:, i]
            ys.append(torch.einsum("bdn,bn->bd", state, c[:, i, :]))
        return torch.stack(ys, 1)


class LastOfCell(nn.Module):
    """A cell of torch's in a loop, and a head on its last state."""

    def __init__(self):
        super().__init__()
        self.cell, self.fc = nn.LSTMCell(F, H), nn.Linear(H, 2)

    def forward(self, x):
        h = c = x.new_zeros(len(x), H)
        for t in range(x.shape[1]):
            h, c = self.cell(x[:, t], (h, c))
        return self.fc(h)


class Generated(nn.Module):
    """A cell of torch's that reads its own answers."""

    def __init__(self):
        super().__init__()
        self.cell, self.fc = nn.LSTMCell(1, H), nn.Linear(H, 1)

    def forward(self, x):
        h = c = x.new_zeros(len(x), H)
        y, found = x[:, -1, :1], []
        for _ in range(4):
            h, c = self.cell(y, (h, c))
            y = self.fc(h)
            found.append(y)
        return torch.stack(found, 1)


STEPS = (Table, Grown, Mogrifier, Liquid, OdeRnn, Rwkv, Memory, Selective)
"""Give a step for each step of x (N, T, F)."""
OTHERS = (LastOfCell, Generated)


def given(cell):
    """Return what each takes."""
    torch.manual_seed(0)
    x = torch.randn(N, T, F)
    return (x, torch.rand(N, T)) if cell is OdeRnn else (x,)
