"""The rest of a zoo of sixty recurrences, beside those in `own_cells`, small, as people write them."""

import torch
from torch import nn
from torch.nn import functional as f

T, N, F, H = 5, 2, 3, 4


class Loop(nn.Module):
    """A round is `step(x_t, *states)`; the first of its states is given."""

    states = 1

    def __init__(self):
        super().__init__()
        self.w, self.u = nn.Linear(F, H), nn.Linear(H, H)

    def forward(self, x):
        states, hs = [x.new_zeros(x.shape[1], H)] * self.states, []
        for x_t in x:
            states = self.step(x_t, *states)
            hs.append(states[0])
        return torch.stack(hs)


class UGRNN(Loop):
    """Update gate alone."""

    def __init__(self):
        super().__init__()
        self.g = nn.Linear(F + H, H)

    def step(self, x, h):
        g = torch.sigmoid(self.g(torch.cat([x, h], 1)))
        return (g * h + (1 - g) * torch.tanh(self.w(x) + self.u(h)),)


class RAN(Loop):
    """A recurrent additive network."""

    states = 2

    def __init__(self):
        super().__init__()
        self.g = nn.Linear(F + H, 2 * H)

    def step(self, x, h, c):
        i, g = torch.sigmoid(self.g(torch.cat([x, h], 1))).chunk(2, 1)
        c = i * self.w(x) + g * c
        return torch.tanh(c), c


class MultiplicativeLSTM(Loop):
    states = 2

    def __init__(self):
        super().__init__()
        self.m, self.gates = nn.Linear(F, H), nn.Linear(F + H, 4 * H)

    def step(self, x, h, c):
        m = self.m(x) * self.u(h)
        i, g, o, z = self.gates(torch.cat([x, m], 1)).chunk(4, 1)
        c = torch.sigmoid(g) * c + torch.sigmoid(i) * torch.tanh(z)
        return torch.sigmoid(o) * torch.tanh(c), c


class UnitaryLike(Loop):
    """An orthogonal matrix from a skew one."""

    def __init__(self):
        super().__init__()
        self.a = nn.Parameter(torch.rand(H, H))

    def step(self, x, h):
        return (f.relu(h @ torch.matrix_exp(self.a - self.a.T) + self.w(x)),)


class LiquidTime(Loop):
    """A liquid time constant cell, one Euler step a round."""

    def __init__(self):
        super().__init__()
        self.tau = nn.Parameter(torch.rand(H))

    def step(self, x, h):
        g = torch.sigmoid(self.w(x) + self.u(h))
        return (h + 0.1 * (-(self.tau + g) * h + g),)


class CfC(Loop):
    """Closed-form continuous time: a blend by time."""

    def __init__(self):
        super().__init__()
        self.a, self.b, self.t = nn.Linear(F + H, H), nn.Linear(F + H, H), nn.Linear(F + H, H)

    def step(self, x, h):
        both = torch.cat([x, h], 1)
        t = torch.sigmoid(self.t(both))
        return (torch.tanh(self.a(both)) * (1 - t) + torch.tanh(self.b(both)) * t,)


class LMU(Loop):
    """A Legendre memory unit: a memory by a fixed matrix, and h."""

    states = 2

    def __init__(self):
        super().__init__()
        self.e = nn.Linear(F + H, H)
        self.register_buffer("A", 0.3 * torch.rand(H, H))

    def step(self, x, h, m):
        m = m @ self.A + self.e(torch.cat([x, h], 1))
        return torch.tanh(self.w(x) + self.u(h) + m), m


class RetNet(nn.Module):
    """Retention as a loop: a matrix that decays."""

    def __init__(self):
        super().__init__()
        self.q, self.k, self.v = nn.Linear(F, H), nn.Linear(F, H), nn.Linear(F, H)

    def forward(self, x):
        S, out = x.new_zeros(x.shape[1], H, H), []
        for x_t in x:
            S = 0.9 * S + self.k(x_t)[:, :, None] * self.v(x_t)[:, None]
            out.append((self.q(x_t)[:, None] @ S)[:, 0])
        return torch.stack(out)


class DeltaNet(nn.Module):
    """A fast weight memory with the delta rule."""

    def __init__(self):
        super().__init__()
        self.qkv, self.beta = nn.Linear(F, 3 * H), nn.Linear(F, 1)

    def forward(self, x):
        S, out = x.new_zeros(x.shape[1], H, H), []
        for x_t in x:
            q, k, v = self.qkv(x_t).chunk(3, 1)
            old = (S @ k[:, :, None])[:, :, 0]
            S = S + torch.sigmoid(self.beta(x_t))[:, :, None] * (v - old)[:, :, None] * k[:, None]
            out.append((S @ q[:, :, None])[:, :, 0])
        return torch.stack(out)


class Mamba(nn.Module):
    """A selective state space: its step depends on the input."""

    def __init__(self):
        super().__init__()
        self.dt, self.B, self.C = nn.Linear(F, F), nn.Linear(F, H), nn.Linear(F, H)
        self.A = nn.Parameter(-torch.rand(F, H))

    def forward(self, x):
        s, out = x.new_zeros(x.shape[1], F, H), []
        for x_t in x:
            dt = f.softplus(self.dt(x_t))
            s = (
                torch.exp(dt[:, :, None] * self.A) * s
                + dt[:, :, None] * self.B(x_t)[:, None] * x_t[:, :, None]
            )
            out.append((s * self.C(x_t)[:, None]).sum(2))
        return torch.stack(out)


class LRU(nn.Module):
    """A linear recurrent unit: complex states, told by their real parts."""

    def __init__(self):
        super().__init__()
        self.nu, self.B, self.out = nn.Parameter(torch.rand(H)), nn.Linear(F, H), nn.Linear(H, F)

    def forward(self, x):
        lam, s, out = torch.exp(-torch.exp(self.nu)), x.new_zeros(x.shape[1], H), []
        for x_t in x:
            s = lam * s + self.B(x_t)
            out.append(self.out(s))
        return torch.stack(out)


class Autoencoder(nn.Module):
    """An encoder loop, and a decoder loop that reads its own answers."""

    def __init__(self):
        super().__init__()
        self.enc, self.dec, self.out = nn.Linear(F + H, H), nn.Linear(F + H, H), nn.Linear(H, F)

    def forward(self, x):
        h = x.new_zeros(x.shape[1], H)
        for x_t in x:
            h = torch.tanh(self.enc(torch.cat([x_t, h], 1)))
        y, ys = x.new_zeros(x.shape[1], F), []
        for _ in range(len(x)):
            h = torch.tanh(self.dec(torch.cat([y, h], 1)))
            y = self.out(h)
            ys.append(y)
        return torch.stack(ys)


class Teacher(nn.Module):
    """A decoder that reads the target, shifted by a step."""

    def __init__(self):
        super().__init__()
        self.cell, self.out = nn.Linear(F + H, H), nn.Linear(H, F)

    def forward(self, target, h):
        ys = []
        for t in range(len(target) - 1):
            h = torch.tanh(self.cell(torch.cat([target[t], h], 1)))
            ys.append(self.out(h))
        return torch.stack(ys)


class Bahdanau(nn.Module):
    """Additive attention over an encoder's steps, and its own answer."""

    def __init__(self):
        super().__init__()
        self.encoder, self.q, self.k, self.v = nn.GRU(F, H), nn.Linear(H, H), nn.Linear(H, H), nn.Linear(H, 1)
        self.cell, self.out = nn.Linear(F + 2 * H, H), nn.Linear(H, F)

    def forward(self, x):
        memory, h = self.encoder(x)
        h, y, ys, keys = h[0], x[-1], [], self.k(memory)
        for _ in range(3):
            weights = torch.softmax(self.v(torch.tanh(self.q(h) + keys)), 0)
            h = torch.tanh(self.cell(torch.cat([y, (weights * memory).sum(0), h], 1)))
            y = self.out(h)
            ys.append(y)
        return torch.stack(ys)


class General(nn.Module):
    """Luong's general score, and the mean beside the state for the answer."""

    def __init__(self):
        super().__init__()
        self.encoder, self.W = nn.LSTM(F, H), nn.Linear(H, H, bias=False)
        self.cell, self.out = nn.Linear(F + H, H), nn.Linear(2 * H, F)

    def forward(self, x, target):
        memory, (h, _) = self.encoder(x)
        h, ys = h[0], []
        for y_t in target:
            h = torch.tanh(self.cell(torch.cat([y_t, h], 1)))
            weights = torch.softmax((memory * self.W(h)).sum(2), 0)
            context = (weights[:, :, None] * memory).sum(0)
            ys.append(self.out(torch.cat([context, h], 1)))
        return torch.stack(ys)


class MultiHead(nn.Module):
    """torch's attention with two heads, asked in each step."""

    def __init__(self):
        super().__init__()
        self.encoder, self.attend = nn.GRU(F, H), nn.MultiheadAttention(H, 2)
        self.cell = nn.Linear(F + 2 * H, H)

    def forward(self, x, target):
        memory, h = self.encoder(x)
        h, hs = h[0], []
        for y_t in target:
            context = self.attend(h[None], memory, memory, need_weights=False)[0][0]
            h = torch.tanh(self.cell(torch.cat([y_t, context, h], 1)))
            hs.append(h)
        return torch.stack(hs)


class ByChance(Teacher):
    """Reads the target or its own answer, as a coin falls: drawn as it ran."""

    def forward(self, target, h):
        y, ys = target[0], []
        for t, own in enumerate((True, False, True, True)):
            h = torch.tanh(self.cell(torch.cat([y, h], 1)))
            y = self.out(h)
            ys.append(y)
            y = y if own else target[t]
        return torch.stack(ys)


class Unseen(Teacher):
    """Reads the target or its own answer, of which nothing outside reads any."""

    def forward(self, target, h):
        y = target[0]
        for t, own in enumerate((True, False, True, True)):
            h = torch.tanh(self.cell(torch.cat([y, h], 1)))
            y = self.out(h) if own else target[t]
        return h


class Pointer(nn.Module):
    """Gives at each step a distribution over the encoder's steps."""

    def __init__(self):
        super().__init__()
        self.encoder, self.cell, self.q = nn.GRU(F, H), nn.Linear(2 * H, H), nn.Linear(H, H)

    def forward(self, x):
        memory, h = self.encoder(x)
        h, read, out = h[0], memory[-1], []
        for _ in range(3):
            h = torch.tanh(self.cell(torch.cat([read, h], 1)))
            weights = torch.softmax((memory * self.q(h)).sum(2), 0)
            read = (weights[:, :, None] * memory).sum(0)
            out.append(weights)
        return torch.stack(out)


class Copy(Pointer):
    """Mixes what it points at with what it makes up."""

    def __init__(self):
        super().__init__()
        self.gate, self.out = nn.Linear(H, 1), nn.Linear(H, T)

    def forward(self, x):
        memory, h = self.encoder(x)
        h, read, out = h[0], memory[-1], []
        for _ in range(3):
            h = torch.tanh(self.cell(torch.cat([read, h], 1)))
            weights = torch.softmax((memory * self.q(h)).sum(2), 0).T
            read = (weights.T[:, :, None] * memory).sum(0)
            p = torch.sigmoid(self.gate(h))
            out.append(p * torch.softmax(self.out(h), 1) + (1 - p) * weights)
        return torch.stack(out)


class Captioning(nn.Module):
    """An image begins the state, tokens are read."""

    def __init__(self):
        super().__init__()
        self.image, self.embed = nn.Conv2d(1, H, 3, padding=1), nn.Embedding(6, F)
        self.cell, self.out = nn.Linear(F + H, H), nn.Linear(H, 6)

    def forward(self, image, tokens):
        h, out = torch.relu(self.image(image)).mean((2, 3)), []
        for token in tokens:
            h = torch.tanh(self.cell(torch.cat([self.embed(token), h], 1)))
            out.append(self.out(h))
        return torch.stack(out)


class MixtureDensity(Loop):
    """Each step's weights, means and widths."""

    def __init__(self):
        super().__init__()
        self.pi, self.mu, self.sigma = nn.Linear(H, 2), nn.Linear(H, 2), nn.Linear(H, 2)

    def step(self, x, h):
        return (torch.tanh(self.w(x) + self.u(h)),)

    def forward(self, x):
        h = super().forward(x)
        return torch.softmax(self.pi(h), 2), self.mu(h), torch.exp(self.sigma(h))


class DRQN(nn.Module):
    """Convolutions see each frame, a loop remembers, a head values actions."""

    def __init__(self):
        super().__init__()
        self.see, self.cell, self.q = nn.Conv2d(1, 2, 3, stride=2), nn.Linear(8 + H, H), nn.Linear(H, 3)

    def forward(self, frames):
        h, out = frames.new_zeros(frames.shape[1], H), []
        for frame in frames:
            seen = torch.relu(self.see(frame)).flatten(1)
            h = torch.tanh(self.cell(torch.cat([seen, h], 1)))
            out.append(self.q(h))
        return torch.stack(out)


class Chunks(nn.Module):
    """Truncated backpropagation: detached every second step."""

    def __init__(self):
        super().__init__()
        self.cell = nn.Linear(F + H, H)

    def forward(self, x):
        h, hs = x.new_zeros(x.shape[1], H), []
        for t in range(len(x)):
            h = torch.tanh(self.cell(torch.cat([x[t], h.detach() if t % 2 == 0 else h], 1)))
            hs.append(h)
        return torch.stack(hs)


class StepBefore(nn.Module):
    """Each round reads the step before its own, too, by its index; zeros at the start."""

    def __init__(self):
        super().__init__()
        self.w, self.u = nn.Linear(2 * F, H), nn.Linear(H, H)

    def forward(self, x):
        h, hs = x.new_zeros(x.shape[1], H), []
        for t in range(len(x)):
            prev = x[t - 1] if t else torch.zeros_like(x[0])
            h = torch.tanh(self.w(torch.cat([prev, x[t]], 1)) + self.u(h))
            hs.append(h)
        return torch.stack(hs)


class Differences(StepBefore):
    """From the second step on, each with what it differs from the one before."""

    def forward(self, x):
        h, hs = x.new_zeros(x.shape[1], H), []
        for t in range(1, len(x)):
            h = torch.tanh(self.w(torch.cat([x[t] - x[t - 1], x[t]], 1)) + self.u(h))
            hs.append(h)
        return torch.stack(hs)


class Ctc(Loop):
    """Log probabilities of every step."""

    def __init__(self):
        super().__init__()
        self.out = nn.Linear(H, 6)

    def step(self, x, h):
        return (torch.tanh(self.w(x) + self.u(h)),)

    def forward(self, x):
        return torch.log_softmax(self.out(super().forward(x)), 2)


class Crf(Ctc):
    """A forward pass over the scores of the steps: a loop on a loop."""

    def __init__(self):
        super().__init__()
        self.transitions = nn.Parameter(torch.rand(6, 6))

    def forward(self, x):
        scores = super().forward(x)
        alpha = scores[0]
        for t in range(1, len(scores)):
            alpha = torch.logsumexp(alpha[:, :, None] + self.transitions, 1) + scores[t]
        return torch.logsumexp(alpha, 1)


class Pooled(Loop):
    """Attention pools over all steps."""

    def __init__(self):
        super().__init__()
        self.score, self.out = nn.Linear(H, 1), nn.Linear(H, 2)

    def step(self, x, h):
        return (torch.tanh(self.w(x) + self.u(h)),)

    def forward(self, x):
        hs = super().forward(x)
        return self.out((torch.softmax(self.score(hs), 0) * hs).sum(0))


class Elmo(nn.Module):
    """Two directions on each other by loops, layer by layer, mixed."""

    def __init__(self):
        super().__init__()
        self.ahead = nn.ModuleList([nn.Linear(F + H, H), nn.Linear(2 * H, H)])
        self.mix = nn.Parameter(torch.rand(2))

    def forward(self, x):
        layers = []
        for cell in self.ahead:
            h, hs = x.new_zeros(x.shape[1], H), []
            for x_t in x:
                h = torch.tanh(cell(torch.cat([x_t, h], 1)))
                hs.append(h)
            x = torch.stack(hs)
            layers.append(x)
        return sum(weight * layer for weight, layer in zip(self.mix, layers, strict=True))


class ResidualStack(nn.Module):
    """Stacked by loops, with a way around each layer."""

    def __init__(self):
        super().__init__()
        self.first, self.cells = nn.Linear(F, H), nn.ModuleList([nn.Linear(2 * H, H), nn.Linear(2 * H, H)])

    def forward(self, x):
        x = self.first(x)
        for cell in self.cells:
            h, hs = x.new_zeros(x.shape[1], H), []
            for x_t in x:
                h = torch.tanh(cell(torch.cat([x_t, h], 1)))
                hs.append(h)
            x = x + torch.stack(hs)
        return x


class Halting(Loop):
    """Adaptive computation: a weight of each step's halting."""

    states = 2

    def __init__(self):
        super().__init__()
        self.halt = nn.Linear(H, 1)

    def step(self, x, h, p):
        h = torch.tanh(self.w(x) + self.u(h))
        return h, p + (1 - p) * torch.sigmoid(self.halt(h))


class PhasedLSTM(Loop):
    """A time gate opens by the step's number."""

    def forward(self, x):
        h, hs = x.new_zeros(x.shape[1], H), []
        for t, x_t in enumerate(x):
            k = 0.5 + 0.4 * torch.cos(torch.tensor(float(t)))
            h = k * torch.tanh(self.w(x_t) + self.u(h)) + (1 - k) * h
            hs.append(h)
        return torch.stack(hs)


def steps():
    return (torch.randn(T, N, F),)


STEPS = [
    "UGRNN",
    "RAN",
    "MultiplicativeLSTM",
    "UnitaryLike",
    "LiquidTime",
    "CfC",
    "LMU",
    "RetNet",
    "DeltaNet",
    "Mamba",
    "LRU",
    "Chunks",
    "StepBefore",
    "Halting",
    "PhasedLSTM",
    "Ctc",
    "Elmo",
]
"""Those that give (T, N, ...) of (T, N, F), step by step."""
OTHERS = [
    "Autoencoder",
    "Bahdanau",
    "Pointer",
    "Copy",
    "MixtureDensity",
    "Crf",
    "Pooled",
    "ResidualStack",
    "Differences",
]
GIVEN = {
    **dict.fromkeys((*STEPS, *OTHERS), steps),
    **dict.fromkeys(("Teacher", "ByChance", "Unseen"), lambda: (torch.randn(T, N, F), torch.randn(N, H))),
    **dict.fromkeys(("General", "MultiHead"), lambda: (torch.randn(T, N, F), torch.randn(3, N, F))),
    "Captioning": lambda: (torch.randn(N, 1, 4, 4), torch.randint(6, (T, N))),
    "DRQN": lambda: (torch.randn(T, N, 1, 5, 5),),
}
"""What each takes."""
