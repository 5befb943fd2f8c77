"""Modules that torch.jit compiled: what is said where no recurrence can be seen in them."""

import warnings

import pytest
import torch
from torch import nn

import lstmviz

X = torch.randn(2, 5, 3)


class Layer(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(3, 4, batch_first=True)

    def forward(self, x):
        y, _ = self.lstm(x)
        return y


class Cell(nn.Module):
    def __init__(self):
        super().__init__()
        self.i, self.h = nn.Linear(3, 4), nn.Linear(4, 4)

    def forward(self, x, h):
        return torch.tanh(self.i(x) + self.h(h))


class Looped(nn.Module):
    def __init__(self, cell):
        super().__init__()
        self.cell = cell

    def forward(self, x):
        h = torch.zeros(x.size(0), 4)
        for t in range(x.size(1)):
            h = self.cell(x[:, t], h)
        return h


def compiled(module, *inputs):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return torch.jit.trace(module, inputs) if inputs else torch.jit.script(module)


@pytest.mark.parametrize("kind", ["grid", "unrolled", "rolled", "cell"])
@pytest.mark.parametrize(
    "make",
    [lambda: compiled(Layer()), lambda: compiled(Looped(Cell())), lambda: compiled(Layer().eval(), X)],
)
def test_what_runs_unseen_is_named_with_what_to_do(make, kind):
    with pytest.raises(
        lstmviz.FigureError, match=r"compiled by torch\.jit.* draw the module as it was before"
    ):
        lstmviz.draw(make(), kind, inputs=X)


def test_a_loop_over_a_compiled_cell_is_drawn():
    scene = lstmviz.draw(Looped(compiled(Cell())), "grid", inputs=X).scene
    assert {"cell.l0.fwd.t1", "cell.l0.fwd.t5"} <= {node.id for node in scene.nodes}


def _step(gates: torch.Tensor, h: torch.Tensor) -> torch.Tensor:
    return torch.tanh(gates + 0.5 * h)


with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    STEPS = {
        "script": torch.jit.script(_step),
        "trace": torch.jit.trace(_step, (torch.ones(2, 4), torch.ones(2, 4))),
    }


class Scripted(nn.Module):
    """A loop over a function that torch.jit compiled, as fast cells are written."""

    def __init__(self, step):
        super().__init__()
        self.i, self.h, self.step = nn.Linear(3, 4), nn.Linear(4, 4), step

    def forward(self, x):
        h, hs = x.new_zeros(len(x), 4), []
        for t in range(x.size(1)):
            h = self.step(self.i(x[:, t]) + self.h(h), h)
            hs.append(h)
        return torch.stack(hs, 1)


@pytest.mark.parametrize("how", STEPS)
def test_a_function_that_was_compiled_is_followed_as_it_was_written(how):
    """Before, what it made was lost, and the figure that ended before it was refuted."""
    before = torch.jit.ScriptFunction.__call__
    found = {proof.kind: proof.answer for proof in lstmviz.check(Scripted(STEPS[how]), inputs=(X,))}
    assert found["unrolled"] == "proven"
    assert set(found.values()) == {"proven"}
    assert torch.jit.ScriptFunction.__call__ is before
