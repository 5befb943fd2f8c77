"""Recurrent cells as people write them: small, and each with what is true of its rounds.

`TRUE` says of each what a round reads anew, which states it hands on, and how many rounds there are.
"""

import torch
from torch import nn
from torch.nn import functional as f

T, N, F, H = 5, 2, 3, 4


class Loop(nn.Module):
    """A loop over the steps of x (T, N, F), with one state; `step` is a round."""

    def __init__(self):
        super().__init__()
        self.w, self.u = nn.Linear(F, H), nn.Linear(H, H, bias=False)

    def forward(self, x):
        h, hs = x.new_zeros(x.shape[1], H), []
        for t in range(len(x)):
            h = self.step(x[t], h)
            hs.append(h)
        return torch.stack(hs)


class TwoStates(Loop):
    """The same with h and c."""

    def __init__(self):
        super().__init__()
        self.w, self.u = nn.Linear(F, 4 * H), nn.Linear(H, 4 * H, bias=False)

    def forward(self, x):
        h, c, hs = x.new_zeros(x.shape[1], H), x.new_zeros(x.shape[1], H), []
        for t in range(len(x)):
            h, c = self.step(x[t], h, c)
            hs.append(h)
        return torch.stack(hs)


class Plain(Loop):
    def step(self, x, h):
        return torch.tanh(self.w(x) + self.u(h))


class LayerNormLSTM(TwoStates):
    def __init__(self):
        super().__init__()
        self.norm, self.norm_c = nn.LayerNorm(4 * H), nn.LayerNorm(H)

    def step(self, x, h, c):
        i, f_, g, o = self.norm(self.w(x) + self.u(h)).chunk(4, 1)
        c = torch.sigmoid(f_) * c + torch.sigmoid(i) * torch.tanh(g)
        h = torch.sigmoid(o) * torch.tanh(self.norm_c(c))
        return h, c


class Peephole(TwoStates):
    def __init__(self):
        super().__init__()
        self.p_i, self.p_f, self.p_o = (nn.Parameter(torch.rand(H)) for _ in range(3))

    def step(self, x, h, c):
        i, f_, g, o = (self.w(x) + self.u(h)).chunk(4, 1)
        i, f_ = torch.sigmoid(i + self.p_i * c), torch.sigmoid(f_ + self.p_f * c)
        c = f_ * c + i * torch.tanh(g)
        return torch.sigmoid(o + self.p_o * c) * torch.tanh(c), c


class Coupled(TwoStates):
    def __init__(self):
        super().__init__()
        self.w, self.u = nn.Linear(F, 3 * H), nn.Linear(H, 3 * H)

    def step(self, x, h, c):
        f_, g, o = (self.w(x) + self.u(h)).chunk(3, 1)
        f_ = torch.sigmoid(f_)
        c = f_ * c + (1 - f_) * torch.tanh(g)
        return torch.sigmoid(o) * torch.tanh(c), c


class OwnGRU(Loop):
    """The reset gate before the product, as in the first paper."""

    def __init__(self):
        super().__init__()
        self.gates, self.new = nn.Linear(F + H, 2 * H), nn.Linear(F + H, H)

    def step(self, x, h):
        z, r = torch.sigmoid(self.gates(torch.cat([x, h], 1))).chunk(2, 1)
        n = torch.tanh(self.new(torch.cat([x, r * h], 1)))
        return (1 - z) * h + z * n


class MGU(Loop):
    def __init__(self):
        super().__init__()
        self.gate, self.new = nn.Linear(F + H, H), nn.Linear(F + H, H)

    def step(self, x, h):
        f_ = torch.sigmoid(self.gate(torch.cat([x, h], 1)))
        return (1 - f_) * h + f_ * torch.tanh(self.new(torch.cat([x, f_ * h], 1)))


class MinGRU(Loop):
    def __init__(self):
        super().__init__()
        self.z, self.new = nn.Linear(F, H), nn.Linear(F, H)

    def step(self, x, h):
        z = torch.sigmoid(self.z(x))
        return (1 - z) * h + z * self.new(x)


class MinLSTM(Loop):
    def __init__(self):
        super().__init__()
        self.gates = nn.Linear(F, 3 * H)

    def step(self, x, h):
        f_, i, g = self.gates(x).chunk(3, 1)
        f_, i = torch.sigmoid(f_), torch.sigmoid(i)
        return f_ / (f_ + i) * h + i / (f_ + i) * g


class IndRNN(Loop):
    def __init__(self):
        super().__init__()
        self.w, self.v = nn.Linear(F, H), nn.Parameter(torch.rand(H))

    def step(self, x, h):
        return torch.relu(self.w(x) + self.v * h)


class FastGRNN(Loop):
    def __init__(self):
        super().__init__()
        self.b, self.zeta, self.nu = (nn.Parameter(torch.rand(H)) for _ in range(3))

    def step(self, x, h):
        pre = self.w(x) + self.u(h)
        z = torch.sigmoid(pre)
        return (torch.sigmoid(self.zeta) * (1 - z) + torch.sigmoid(self.nu)) * torch.tanh(
            pre + self.b
        ) + z * h


class AntisymmetricRNN(Loop):
    def __init__(self):
        super().__init__()
        self.m = nn.Parameter(torch.rand(H, H))

    def step(self, x, h):
        return h + 0.1 * torch.tanh(h @ (self.m - self.m.T) + self.w(x))


class Residual(Loop):
    def step(self, x, h):
        return h + f.relu(self.w(x) + self.u(h))


class Highway(Loop):
    """A recurrent highway of depth two, both in one round."""

    def __init__(self):
        super().__init__()
        self.h1, self.t1, self.h2, self.t2 = (
            nn.Linear(F + H, H),
            nn.Linear(F + H, H),
            nn.Linear(H, H),
            nn.Linear(H, H),
        )

    def step(self, x, h):
        both = torch.cat([x, h], 1)
        t = torch.sigmoid(self.t1(both))
        s = torch.tanh(self.h1(both)) * t + h * (1 - t)
        t = torch.sigmoid(self.t2(s))
        return torch.tanh(self.h2(s)) * t + s * (1 - t)


class Zoneout(Loop):
    """In evaluation mode: a mean of old and new."""

    def step(self, x, h):
        return 0.1 * h + 0.9 * torch.tanh(self.w(x) + self.u(h))


class SRU(Loop):
    """The state c alone is handed on; h is given."""

    def __init__(self):
        super().__init__()
        self.w, self.v = nn.Linear(F, 3 * H), nn.Parameter(torch.rand(H))

    def forward(self, x):
        c, hs = x.new_zeros(x.shape[1], H), []
        for x_t in x:
            new, f_, r = self.w(x_t).chunk(3, 1)
            f_ = torch.sigmoid(f_ + self.v * c)
            c = f_ * c + (1 - f_) * new
            hs.append(torch.sigmoid(r) * torch.tanh(c))
        return torch.stack(hs)


class QRNN(nn.Module):
    """The gates of all steps from one convolution, then a loop without matrices."""

    def __init__(self):
        super().__init__()
        self.conv, self.out = nn.Conv1d(F, 2 * H, 2, padding=1), nn.Linear(H, H)

    def forward(self, x):
        z, f_ = self.conv(x.permute(1, 2, 0))[:, :, :-1].chunk(2, 1)
        z, f_ = torch.tanh(z), torch.sigmoid(f_)
        c, cs = x.new_zeros(x.shape[1], H), []
        for t in range(len(x)):
            c = f_[:, :, t] * c + (1 - f_[:, :, t]) * z[:, :, t]
            cs.append(self.out(c))
        return torch.stack(cs)


class ConvLSTM(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(F + H, 4 * H, 3, padding=1)

    def forward(self, x):
        h = c = x.new_zeros(x.shape[1], H, *x.shape[3:])
        hs = []
        for t in range(len(x)):
            i, f_, o, g = self.conv(torch.cat([x[t], h], 1)).chunk(4, 1)
            c = torch.sigmoid(f_) * c + torch.sigmoid(i) * torch.tanh(g)
            h = torch.sigmoid(o) * torch.tanh(c)
            hs.append(h)
        return torch.stack(hs)


class ConvGRU(nn.Module):
    def __init__(self):
        super().__init__()
        self.gates, self.new = nn.Conv2d(F + H, 2 * H, 3, padding=1), nn.Conv2d(F + H, H, 3, padding=1)

    def forward(self, x):
        h = x.new_zeros(x.shape[1], H, *x.shape[3:])
        for frame in x:
            z, r = torch.sigmoid(self.gates(torch.cat([frame, h], 1))).chunk(2, 1)
            h = (1 - z) * h + z * torch.tanh(self.new(torch.cat([frame, r * h], 1)))
        return h


class SLSTM(nn.Module):
    """xLSTM's sLSTM: c, n, h and the stabiliser m."""

    def __init__(self):
        super().__init__()
        self.w, self.r = nn.Linear(F, 4 * H), nn.Linear(H, 4 * H, bias=False)

    def forward(self, x):
        h, c, n, m = (x.new_zeros(x.shape[1], H) for _ in range(4))
        out = []
        for x_t in x:
            z, i, f_, o = (self.w(x_t) + self.r(h)).chunk(4, 1)
            m_new = torch.maximum(f_ + m, i)
            i, f_ = torch.exp(i - m_new), torch.exp(f_ + m - m_new)
            c = f_ * c + i * torch.tanh(z)
            n = f_ * n + i
            h, m = torch.sigmoid(o) * c / (n + 1), m_new
            out.append(h)
        return torch.stack(out)


class MLSTM(nn.Module):
    """xLSTM's mLSTM: a matrix C and a vector n."""

    def __init__(self):
        super().__init__()
        self.qkv, self.gates = nn.Linear(F, 3 * H), nn.Linear(F, 2)

    def forward(self, x):
        C, n, out = x.new_zeros(x.shape[1], H, H), x.new_zeros(x.shape[1], H), []
        for x_t in x:
            q, k, v = self.qkv(x_t).chunk(3, 1)
            i, f_ = torch.sigmoid(self.gates(x_t)).chunk(2, 1)
            C = f_[:, :, None] * C + i[:, :, None] * v[:, :, None] * k[:, None]
            n = f_ * n + i * k
            out.append((C @ q[:, :, None])[:, :, 0] / (1 + (n * q).sum(1, keepdim=True).abs()))
        return torch.stack(out)


class SSM(nn.Module):
    """A linear state space model, step by step."""

    def __init__(self):
        super().__init__()
        self.A, self.B = nn.Parameter(0.3 * torch.rand(H, H)), nn.Linear(F, H, bias=False)
        self.C, self.D = nn.Linear(H, F, bias=False), nn.Parameter(torch.rand(F))

    def forward(self, u):
        x, ys = u.new_zeros(u.shape[1], H), []
        for u_t in u:
            x = x @ self.A.T + self.B(u_t)
            ys.append(self.C(x) + self.D * u_t)
        return torch.stack(ys)


class RWKV(nn.Module):
    """Time mixing: the sums a and b, and the x of the step before."""

    def __init__(self):
        super().__init__()
        self.mix = nn.Parameter(torch.rand(F))
        self.w, self.bonus = nn.Parameter(torch.rand(H)), nn.Parameter(torch.rand(H))
        self.k, self.v, self.r = nn.Linear(F, H), nn.Linear(F, H), nn.Linear(F, H)

    def forward(self, x):
        a, b, last, out = (
            x.new_zeros(x.shape[1], H),
            x.new_zeros(x.shape[1], H),
            x.new_zeros(x.shape[1], F),
            [],
        )
        for x_t in x:
            mixed = self.mix * x_t + (1 - self.mix) * last
            k, v, r = torch.exp(self.k(mixed)), self.v(mixed), torch.sigmoid(self.r(mixed))
            out.append(r * (a + self.bonus.exp() * k * v) / (b + self.bonus.exp() * k))
            decay = torch.exp(-self.w)
            a, b, last = decay * a + k * v, decay * b + k, x_t
        return torch.stack(out)


class Shifted(nn.Module):
    """Token shift: what changed since the step before, read by each round."""

    def __init__(self):
        super().__init__()
        self.w, self.u = nn.Linear(F, H), nn.Linear(H, H, bias=False)

    def forward(self, x):
        h, before, hs = x.new_zeros(x.shape[1], H), x.new_zeros(x.shape[1], F), []
        for now in x.unbind(0):
            h = torch.tanh(self.w(now - before) + self.u(h))
            before = now
            hs.append(h)
        return torch.stack(hs)


class Clockwork(nn.Module):
    """Two groups of units, the slow one every second step."""

    def __init__(self):
        super().__init__()
        self.fast, self.slow = nn.Linear(F + 2 * H, H), nn.Linear(F + H, H)

    def forward(self, x):
        h, s, out = x.new_zeros(x.shape[1], H), x.new_zeros(x.shape[1], H), []
        for t in range(len(x)):
            if t % 2 == 0:
                s = torch.tanh(self.slow(torch.cat([x[t], s], 1)))
            h = torch.tanh(self.fast(torch.cat([x[t], h, s], 1)))
            out.append(h)
        return torch.stack(out)


class Hierarchical(nn.Module):
    """Words in sentences."""

    def __init__(self):
        super().__init__()
        self.words, self.sentences = nn.Linear(F + H, H), nn.Linear(H + H, H)

    def forward(self, x):
        d = x.new_zeros(x.shape[2], H)
        for sentence in x:
            h = x.new_zeros(x.shape[2], H)
            for word in sentence:
                h = torch.tanh(self.words(torch.cat([word, h], 1)))
            d = torch.tanh(self.sentences(torch.cat([h, d], 1)))
        return d


class TwoWays(nn.Module):
    """Both directions by two loops."""

    def __init__(self):
        super().__init__()
        self.forth, self.back = nn.Linear(F + H, H), nn.Linear(F + H, H)

    def forward(self, x):
        h, right = x.new_zeros(x.shape[1], H), []
        for t in range(len(x)):
            h = torch.tanh(self.forth(torch.cat([x[t], h], 1)))
            right.append(h)
        h, left = x.new_zeros(x.shape[1], H), []
        for t in reversed(range(len(x))):
            h = torch.tanh(self.back(torch.cat([x[t], h], 1)))
            left.insert(0, h)
        return torch.cat([torch.stack(right), torch.stack(left)], 2)


class Stacked(nn.Module):
    """Layers inside of steps."""

    def __init__(self):
        super().__init__()
        self.cells = nn.ModuleList([nn.Linear(F + H, H), nn.Linear(H + H, H)])

    def forward(self, x):
        states, out = [x.new_zeros(x.shape[1], H), x.new_zeros(x.shape[1], H)], []
        for x_t in x:
            value = x_t
            for depth, cell in enumerate(self.cells):
                value = torch.tanh(cell(torch.cat([value, states[depth]], 1)))
                states[depth] = value
            out.append(value)
        return torch.stack(out)


class Attention(nn.Module):
    """A decoder that looks at all of an encoder's steps in each of its own."""

    def __init__(self):
        super().__init__()
        self.encoder, self.query, self.cell = nn.LSTM(F, H), nn.Linear(H, H), nn.Linear(F + 2 * H, H)

    def forward(self, x, target):
        memory, (h, _) = self.encoder(x)
        h, out = h[0], []
        for y_t in target:
            scores = torch.softmax((memory * self.query(h)).sum(2), 0)
            context = (scores[:, :, None] * memory).sum(0)
            h = torch.tanh(self.cell(torch.cat([y_t, context, h], 1)))
            out.append(h)
        return torch.stack(out)


class InputFeeding(nn.Module):
    def __init__(self):
        super().__init__()
        self.cell, self.out = nn.LSTMCell(F + H, H), nn.Linear(H, H)

    def forward(self, x):
        h, c, feed = (x.new_zeros(x.shape[1], H) for _ in range(3))
        out = []
        for x_t in x:
            h, c = self.cell(torch.cat([x_t, feed], 1), (h, c))
            feed = torch.tanh(self.out(h))
            out.append(feed)
        return torch.stack(out)


class OwnAnswer(nn.Module):
    """Reads what it answered the step before."""

    def __init__(self):
        super().__init__()
        self.cell, self.out = nn.Linear(F + H, H), nn.Linear(H, F)

    def forward(self, y, h):
        ys = []
        for _ in range(T):
            h = torch.tanh(self.cell(torch.cat([y, h], 1)))
            y = self.out(h)
            ys.append(y)
        return torch.stack(ys)


class Greedy(nn.Module):
    """Reads the token that it thought likeliest: no derivative goes there."""

    def __init__(self):
        super().__init__()
        self.embed, self.cell, self.out = nn.Embedding(6, F), nn.Linear(F + H, H), nn.Linear(H, 6)

    def forward(self, token, h):
        out = []
        for _ in range(T):
            h = torch.tanh(self.cell(torch.cat([self.embed(token), h], 1)))
            logits = self.out(h)
            token = logits.argmax(1)
            out.append(logits)
        return torch.stack(out)


class Truncated(Loop):
    """Cut at every step."""

    def step(self, x, h):
        return torch.tanh(self.w(x) + self.u(h.detach()))


class DoneMask(nn.Module):
    """As in reinforcement learning: a new episode begins with zeros."""

    def __init__(self):
        super().__init__()
        self.cell, self.policy = nn.GRUCell(F, H), nn.Linear(H, 2)

    def forward(self, x, done):
        h, out = x.new_zeros(x.shape[1], H), []
        for t in range(len(x)):
            h = self.cell(x[t], h * (1 - done[t])[:, None])
            out.append(self.policy(h))
        return torch.stack(out)


class Padded(Loop):
    """Short samples keep their state."""

    def forward(self, x, mask):
        h = x.new_zeros(x.shape[1], H)
        for t in range(len(x)):
            new = torch.tanh(self.w(x[t]) + self.u(h))
            h = torch.where(mask[t][:, None], new, h)
        return h


class Memory(nn.Module):
    """A table that each step reads and writes, as in an NTM."""

    def __init__(self):
        super().__init__()
        self.key, self.write, self.cell = nn.Linear(H, H), nn.Linear(H, H), nn.Linear(F + 2 * H, H)

    def forward(self, x):
        h, M, out = x.new_zeros(x.shape[1], H), 0.1 * torch.ones(x.shape[1], 3, H), []
        for x_t in x:
            w = torch.softmax((M * self.key(h)[:, None]).sum(2), 1)
            read = (w[:, :, None] * M).sum(1)
            h = torch.tanh(self.cell(torch.cat([x_t, read, h], 1)))
            M = M + w[:, :, None] * self.write(h)[:, None]
            out.append(h)
        return torch.stack(out)


class VRNN(nn.Module):
    """A latent z is drawn in each step."""

    def __init__(self):
        super().__init__()
        self.mean, self.cell = nn.Linear(F + H, H), nn.Linear(F + 2 * H, H)

    def forward(self, x):
        h, out = x.new_zeros(x.shape[1], H), []
        for x_t in x:
            z = self.mean(torch.cat([x_t, h], 1))
            z = z + 0.1 * torch.randn_like(z)
            h = torch.tanh(self.cell(torch.cat([x_t, z, h], 1)))
            out.append(z)
        return torch.stack(out)


class Momentum(Loop):
    def forward(self, x):
        h = v = x.new_zeros(x.shape[1], H)
        for t in range(len(x)):
            v = 0.9 * v + self.w(x[t])
            h = torch.tanh(self.u(h) + v)
        return h


class Leaky(Loop):
    """An echo state: leaky units, the weights within fixed."""

    def step(self, x, h):
        return 0.7 * h + 0.3 * torch.tanh(self.w(x) + self.u(h)).detach()


class Attributes(Loop):
    """States kept on the module."""

    def forward(self, x):
        self.state = x.new_zeros(x.shape[1], H)
        for t in range(len(x)):
            self.state = torch.tanh(self.w(x[t]) + self.u(self.state))
        return self.state


class Dictionary(Loop):
    def forward(self, x):
        state = {"h": x.new_zeros(x.shape[1], H)}
        for t in range(len(x)):
            state["h"] = torch.tanh(self.w(x[t]) + self.u(state["h"]))
        return state["h"]


class BatchFirst(Loop):
    def forward(self, x):
        h, hs = x.new_zeros(len(x), H), []
        for t in range(x.shape[1]):
            h = torch.tanh(self.w(x[:, t]) + self.u(h))
            hs.append(h)
        return torch.stack(hs, 1)


class Shrinking(Loop):
    """Samples drop out when they end: no round is as large as another."""

    def forward(self, x):
        h = x.new_zeros(x.shape[1], H)
        for t in range(len(x)):
            h = torch.tanh(self.w(x[t, : max(1, N - t)]) + self.u(h[: max(1, N - t)]))
        return h


def steps():
    return (torch.randn(T, N, F),)


def frames():
    return (torch.randn(T, N, F, 6, 6),)


GIVEN = {
    ConvLSTM: frames,
    ConvGRU: frames,
    Hierarchical: lambda: (torch.randn(3, 4, N, F),),
    Attention: lambda: (torch.randn(T, N, F), torch.randn(T - 1, N, F)),
    OwnAnswer: lambda: (torch.randn(N, F), torch.randn(N, H)),
    Greedy: lambda: (torch.tensor([1, 4]), torch.randn(N, H)),
    DoneMask: lambda: (torch.randn(T, N, F), torch.tensor([[0.0, 1.0]] * T)),
    Padded: lambda: (torch.randn(T, N, F), torch.rand(T, N) > 0.3),
    BatchFirst: lambda: (torch.randn(N, T, F),),
}
"""What those take that do not take (T, N, F)."""


def cells():
    """Return every cell of this file."""
    own = [one for one in globals().values() if isinstance(one, type) and issubclass(one, nn.Module)]
    return [one for one in own if one not in (Loop, TwoStates)]
