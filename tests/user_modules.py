"""Modules as people write them, made at random: recurrent layers, loops, functions, slices, joins, heads.

Each is Python source of its own, so that lstmviz sees the lines and the control flow that a file has.
What reads which step is found here by changing the input, without lstmviz.
"""

from __future__ import annotations

import copy
import linecache
import random
from dataclasses import dataclass, field

import torch
from torch import nn

F, T, N = 3, 7, 4


@dataclass
class Code:
    """What is written so far, and what `x` is: its channels, its steps (None: it has none), its layout."""

    luck: random.Random
    made: list[str] = field(default_factory=list)
    run: list[str] = field(default_factory=list)
    channels: int = F
    steps: int | None = T
    first: bool = True
    """Whether the batch comes before the steps."""
    also: str = ""
    """What the module returns beside `x`."""

    @property
    def t(self) -> int:
        """The axis of time."""
        return 1 if self.first else 0

    def part(self, source: str) -> str:
        """Make a part of the module; return its name."""
        name = f"part{len(self.made)}"
        self.made.append(f"self.{name} = {source}")
        return f"self.{name}"

    def do(self, *lines: str) -> None:
        """Write lines of forward."""
        self.run += lines

    def at(self, index: str) -> str:
        """`x` at an index of time."""
        return f"x[:, {index}]" if self.first else f"x[{index}]"

    def over_time(self, call: str, x: str = "x") -> str:
        """A call that takes (N, C, T)."""
        there, back = ("1, 2", "1, 2") if self.first else ("1, 2, 0", "2, 0, 1")
        if self.first:
            return f"{call.format(f'{x}.transpose({there})')}.transpose({back})"
        return f"{call.format(f'{x}.permute({there})')}.permute({back})"


def linear(code, x="x"):
    """A Linear of some width, as a call."""
    wide = code.luck.choice([2, 4, 5])
    name = code.part(f"nn.Linear({code.channels}, {wide})")
    code.channels = wide
    return f"{name}({x})"


PLAIN = (
    "F.relu(x)", "torch.tanh(x)", "x * 2", "x + 1", "F.gelu(x)", "x.sigmoid()", "F.softmax(x, -1)", "-x",
    "F.dropout(x, 0.1, self.training)", "F.layer_norm(x, x.shape[-1:])", "x / 3 - 1", "x ** 2",
)  # fmt: skip
JOINS = ("x = x + y", "x = F.relu(x) + y", "x += y", "x = y * x.sigmoid()")


def plain(code):
    """A function of every number alone."""
    code.do(f"x = {code.luck.choice(PLAIN)}")


def part(code):
    """A module without weights, or a norm."""
    how = [f"nn.LayerNorm({code.channels})", "nn.Dropout(0.2)", "nn.ReLU()", "nn.Tanh()", "nn.Identity()"]
    code.do(f"x = {code.part(code.luck.choice(how))}(x)")


def dense(code):
    """A Linear on every step."""
    code.do(f"x = {linear(code)}")


def residual(code):
    """A branch, and a join."""
    name = code.part(f"nn.Linear({code.channels}, {code.channels})")
    code.do("y = x", f"x = {name}(x)", code.luck.choice(JOINS))


def conv(code):
    """A convolution over time."""
    wide, pad = code.luck.choice([2, 4]), code.luck.choice([0, 1])
    name = code.part(f"nn.Conv1d({code.channels}, {wide}, 3, padding={pad})")
    code.do(f"x = {code.over_time(name + '({})')}")
    code.channels, code.steps = wide, code.steps - 2 + 2 * pad


def pool(code):
    """A maximum over pairs of steps."""
    code.do(f"x = {code.over_time('F.max_pool1d({}, 2)')}")
    code.steps //= 2


def cut(code):
    """A slice of the steps."""
    steps = code.steps
    ways = [("1:", steps - 1), (":-1", steps - 1), ("::2", (steps + 1) // 2), ("-3:", 3), (":3", 3)]
    index, left = code.luck.choice(ways)
    code.do(f"x = {code.at(index)}")
    code.steps = left


def moved(code):
    """The steps in another order."""
    t = code.t
    later = f"torch.cat([torch.zeros_like({code.at(':1')}), {code.at(':-1')}], {t})"
    code.do(f"x = {code.luck.choice([f'x.flip({t})', f'torch.roll(x, 1, {t})', f'x.cumsum({t})', later])}")


def beside(code):
    """Two sequences side by side."""
    other = code.luck.choice([f"x.flip({code.t})", "x * 2"])
    code.do(f"x = torch.cat([x, {other}], -1)")
    code.channels *= 2


def centred(code):
    """What is left of a sequence without its mean."""
    code.do(f"x = x - x.mean({code.t}, keepdim=True)")


def turned(code):
    """Time and batch the other way round."""
    code.do("x = x.transpose(0, 1)")
    code.first = not code.first


def attention(code):
    """Every step over all."""
    x = "x" if code.first else "x.transpose(0, 1)"
    code.do(f"x = torch.softmax({x} @ {x}.transpose(1, 2), -1) @ {x}")
    code.first = True


def sequence_step(code):
    """Something between layers, that keeps a sequence one."""
    ways = [plain, plain, part, dense, residual, moved, beside, centred, turned, attention]
    ways += [conv, cut] if code.steps >= 5 else []
    ways += [pool] if code.steps >= 4 else []
    code.luck.choice(ways)(code)


def layer(code):
    """A recurrent layer of torch."""
    luck = code.luck
    kind = luck.choice(["LSTM", "GRU", "RNN"])
    size, layers, both = luck.choice([4, 5]), luck.choice([1, 1, 2]), luck.random() < 0.3
    more = [f"batch_first={code.first}"] if code.first else []
    more += [f"num_layers={layers}"] if layers > 1 else []
    more += ["bidirectional=True"] if both else []
    name = code.part(f"nn.{kind}({', '.join([str(code.channels), str(size), *more])})")
    states = "(h, c)" if kind == "LSTM" else "h"
    code.do(f"x, {states} = {name}(x)" if luck.random() < 0.6 else f"x, h = {name}(x)")
    if kind == "LSTM" and "(h, c)" not in code.run[-1]:
        code.do("h = h[0]")
    code.channels = size * (2 if both else 1)
    return size, layers, both


def loop(code):
    """A loop over the steps: a cell of torch, or one of the user's own."""
    luck, size, steps = code.luck, code.luck.choice([4, 5]), code.steps
    samples = luck.choice([str(N), f"x.shape[{0 if code.first else 1}]"])
    begin = f"x.new_zeros({samples}, {size})"
    read = code.at("t")
    how = luck.choice(["LSTMCell", "GRUCell", "RNNCell", "own", "gated", "leaky", "split"])
    ahead = [f"h = {begin}", "outs = []"]
    turn = f"for t in range({luck.choice([str(steps), f'x.shape[{code.t}]'])}):"
    if how == "LSTMCell":
        name = code.part(f"nn.LSTMCell({code.channels}, {size})")
        ahead, body = [f"h = c = {begin}", "outs = []"], [f"h, c = {name}({read}, (h, c))"]
    elif how in {"GRUCell", "RNNCell"}:
        body = [f"h = {code.part(f'nn.{how}({code.channels}, {size})')}({read}, h)"]
    else:
        w, u = code.part(f"nn.Linear({code.channels}, {size})"), code.part(f"nn.Linear({size}, {size})")
        body = {
            "own": [f"h = torch.tanh({w}({read}) + {u}(h))"],
            "gated": [
                f"z = torch.sigmoid({w}({read}) + {u}(h))",
                f"h = z * h + (1 - z) * torch.tanh({w}({read}))",
            ],
            "leaky": [f"h = 0.9 * h + 0.1 * F.relu({w}({read}) + {u}(h))"],
            "split": [f"a = torch.tanh({w}(x_t.squeeze({code.t})) + {u}(h))", "h = a + 0.5 * h"],
        }[how]
        if how == "split":
            turn = f"for x_t in x.split(1, {code.t}):"
    wide = luck.choice([2, 3, size, size, size])
    kept = f"outs.append({code.part(f'nn.Linear({size}, {wide})')}(h))" if wide < size else "outs.append(h)"
    code.do(*ahead, turn, *(f"    {line}" for line in (*body, kept)), f"x = torch.stack(outs, {code.t})")
    code.channels = wide


def head(code, last):
    """Something that ends the sequence, or leaves it."""
    luck, t = code.luck, code.t
    size, layers, both = last or (0, 0, False)
    steps = [code.at(index) for index in ("-1", "0", "2")]
    over = [f"x.{how}" for how in (f"mean({t})", f"amax({t})", f"max({t}).values", f"sum({t})")]
    ways = [*(f"x = {one}" for one in (*steps, *over)), ""]
    states = []
    if last and code.steps:
        states = [("x = h[-1]", size)]
        states += [("x = torch.cat([h[-2], h[-1]], 1)", 2 * size)] if both or layers > 1 else []
        states += [("x = h.mean(0)", size)]
        states += [("x = h.transpose(0, 1).flatten(1)", size * layers * (1 + both))]
    way = luck.choice(["state", "attention", "flatten", *["way"] * 4])
    if way == "state" and states:
        line, code.channels = luck.choice(states)
        code.do(line)
        code.steps = None
    elif way == "attention":
        name = code.part(f"nn.Linear({code.channels}, 1)")
        code.do(f"a = torch.softmax({name}(x), {t})", f"x = (a * x).sum({t})")
        code.steps = None
    elif way == "flatten" and code.first:
        code.do("x = x.flatten(1)")
        code.channels, code.steps = code.channels * (code.steps or 1), None
    else:
        line = luck.choice(ways)
        if line:
            code.do(line)
            code.steps = None


SOURCE = """import torch
from torch import nn
from torch.nn import functional as F


class Made(nn.Module):
    def __init__(self):
        super().__init__()
        {}

    def forward(self, x):
        {}
        return x{}
"""


def source(seed: int) -> str:
    """The source of one module."""
    code = Code(random.Random(seed))
    luck = code.luck
    code.first = luck.random() < 0.7
    if luck.random() < 0.15:
        code.do("x = x.transpose(0, 1)")
        code.first = not code.first
    for _ in range(luck.choice([0, 0, 1, 2])):
        sequence_step(code)
    last = None
    for _ in range(luck.choice([1, 1, 2])):
        last = layer(code) if luck.random() < 0.6 else loop(code)
        for _ in range(luck.choice([0, 0, 1, 2])):
            sequence_step(code)
    if luck.random() < 0.15 and last:
        code.also = ", h"
    head(code, last)
    for _ in range(luck.choice([0, 1, 1, 2])):
        how = luck.choice(["", "F.relu(x)", "F.log_softmax(x, -1)", "torch.tanh(x)"])
        code.do(f"x = {how or linear(code)}")
        if "log_softmax" in how:  # a ReLU after it would be zero whatever comes
            break
    return SOURCE.format("\n        ".join(code.made), "\n        ".join(code.run), code.also)


def first(seed: int) -> bool:
    """Whether the input has its batch first: the first draw of the source."""
    return random.Random(seed).random() < 0.7


def module(seed: int) -> nn.Module:
    """One module, with weights that hide nothing."""
    text, name = source(seed), f"<made {seed}>"
    linecache.cache[name] = (len(text), None, text.splitlines(keepends=True), name)
    space: dict[str, object] = {"__name__": f"made_{seed}"}
    exec(compile(text, name, "exec"), space)
    torch.manual_seed(seed)
    return space["Made"]().eval()


def inputs(seed: int) -> torch.Tensor:
    """Its input, (N, T, F) or (T, N, F)."""
    torch.manual_seed(seed + 1)
    return torch.randn(N, T, F) if first(seed) else torch.randn(T, N, F)


def moved_by(made: nn.Module, x: torch.Tensor, axis: int) -> list[list[torch.Tensor]]:
    """For each step of the input, where each result moves with it, as a Boolean of the result's shape.

    Tried with several weights: what one hides (a ReLU that is zero) another shows.
    """
    made, x = copy.deepcopy(made).double(), x.double()
    found: list[list[torch.Tensor]] = []
    with torch.no_grad():
        for step in range(x.shape[axis]):
            seen = None
            for turn in range(6):
                torch.manual_seed(turn)
                for weight in made.parameters() if turn else ():
                    weight.normal_(0, 0.7)
                base = torch.randn_like(x) if turn else x
                other = base.clone()
                other.select(axis, step).add_(
                    (-1) ** turn * (0.5 + 3 * torch.rand_like(other.select(axis, step)))
                )
                old, new = results(made, base), results(made, other)
                here = [a != b for a, b in zip(old, new, strict=True)]
                seen = here if seen is None else [a | b for a, b in zip(seen, here, strict=True)]
            found.append(seen)
    return found


def results(made: nn.Module, x: torch.Tensor) -> list[torch.Tensor]:
    """What the module returns, as a list."""
    torch.manual_seed(0)
    given = made(x.clone())
    return list(given) if isinstance(given, tuple) else [given]
