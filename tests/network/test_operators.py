"""What readers are told Python's operators on tensors are called, wherever a figure names one."""

from dataclasses import replace

import pytest
import torch
from torch import nn

import lstmviz
from lstmviz.network.operators import for_readers
from lstmviz.network.own_recurrences import own_recurrences
from lstmviz.pipeline import described
from lstmviz.proof.prove import prove


class At(nn.Module):
    """The state at a step that the data tell, behind a layer."""

    def __init__(self):
        super().__init__()
        self.gru, self.out = nn.GRU(4, 6, batch_first=True), nn.Linear(6, 3)

    def forward(self, x):
        output, _ = self.gru(x)
        n = len(x)
        return self.out(output[torch.arange(n), torch.full((n,), 3)])


def texts(scene):
    return [scene.description, *(text.label.text for text in scene.texts)]


@pytest.mark.parametrize("detail", ["low", "normal", "full"])
@pytest.mark.parametrize("kind", ["pipeline", "neurons", "grid"])
def test_an_index_is_called_so_and_not_by_pythons_method(kind, detail):
    data, module = torch.randn(2, 5, 4), At()
    scene = lstmviz.draw(module, kind, inputs=data, detail=detail).scene
    assert not [text for text in texts(scene) if "getitem" in text]
    if (kind, detail) != ("grid", "low"):  # there it has its shape alone
        assert [text for text in texts(scene) if "index" in text or "[…]" in text] or kind == "neurons"
    assert prove(scene, described(module, data).trace).faults == ()


def test_what_the_operators_are_called():
    names = ["getitem", "setitem-2", "getitem.output", "own/getitem", "lstm.getitem", "getitems"]
    assert [for_readers(name) for name in names] == [
        "index", "writing-2", "index.output", "own/index", "lstm.getitem", "getitems",
    ]  # fmt: skip


class Decaying(nn.Module):
    """A cell whose input is weighed by a parameter of the module's own, and moved by another."""

    def __init__(self):
        super().__init__()
        self.gx, self.bx = nn.Parameter(torch.rand(4)), nn.Parameter(torch.rand(4))
        self.cell, self.gate = nn.GRUCell(4, 6), nn.Linear(4, 6)

    def forward(self, x):
        h = x.new_zeros(len(x), 6)
        for t in range(x.shape[1]):
            h = self.cell(x[:, t], torch.exp(-torch.relu(self.gate(x[:, t] * self.gx + self.bx))) * h)
        return h


def test_weights_of_a_round_are_parameters_and_modules_not_the_products_that_read_them():
    torch.manual_seed(0)
    data, module = torch.randn(2, 5, 4), Decaying()
    scene, seen = lstmviz.draw(module, "grid", inputs=data).scene, described(module, data).trace
    assert "the same weights in every round: gx, bx, gate, cell" in texts(scene)
    assert prove(scene, seen).faults == ()
    (wrong,) = [replace(own, products=()) for own in own_recurrences(seen)]
    assert wrong.weights_told == ("mul", "add", "gate", "cell")
