"""What a module is run on: inputs as people have them, or none: sizes are made up, and the figure says so."""

import dataclasses

import pytest
import torch
from torch import nn
from torch.nn.utils.rnn import pack_sequence

import lstmviz
from lstmviz.network.user.made_up import made_up


@pytest.mark.parametrize(
    ("module", "axes"),
    [
        (nn.LSTM(3, 16), ("T", "N", 3)),
        (nn.GRU(6, 5, 2, batch_first=True, bidirectional=True), ("N", "T", 6)),
        (nn.RNNCell(3, 8), ("N", 3)),
        (nn.Sequential(nn.Embedding(50, 8), nn.LSTM(8, 4, batch_first=True)), ("N", "T")),
    ],
)
def test_sizes_that_no_other_axis_has(module, axes):
    (given,), note = made_up(module)
    made = dict(zip(axes, given.shape, strict=True))
    free = {name: size for name, size in made.items() if isinstance(name, str)}
    sizes = {size for p in module.parameters() for size in p.shape}
    assert not sizes & {*free.values()}
    assert len({*free.values()}) == len(free)
    assert all(f"{name} = {size}" in note for name, size in free.items())
    assert all(name == size for name, size in made.items() if name not in free)


def test_drawn_shown_and_proven():
    module = nn.LSTM(3, 16)
    figure = lstmviz.draw(module, "tensors")
    assert any("N = 6 and T = 5 are made up" in text.label.text for text in figure.scene.texts)
    assert lstmviz.shapes(module).tensors["input"] == (5, 6, 3)
    assert all(proof.proven == proof.arrows for proof in lstmviz.check(module))


def test_other_modules_need_inputs():
    for module in (nn.Linear(3, 2), nn.Sequential(), nn.ModuleList([nn.LSTM(3, 4)])):
        with pytest.raises(lstmviz.ModelError, match=r"takes inputs=\(x,\)"):
            lstmviz.shapes(module)
    assert isinstance(made_up(nn.Embedding(5, 2))[0][0], torch.LongTensor)


def test_an_array_is_one_input_like_a_tensor():
    given = torch.randn(5, 2, 3)
    figures = [lstmviz.draw(nn.LSTM(3, 4), "grid", inputs=one) for one in (given, given.numpy())]
    assert figures[0].svg == figures[1].svg


@dataclasses.dataclass
class Batch:
    """A batch as a user's own type."""

    x: torch.Tensor
    name: str


class Reads(nn.Module):
    """Takes one thing, whatever it is, and how to get what the layer reads out of it."""

    def __init__(self, get):
        super().__init__()
        self.get, self.rnn = get, nn.GRU(3, 4)

    def forward(self, batch):
        """Its last state."""
        return self.rnn(self.get(batch))[1]


SEQUENCES = [torch.randn(5, 3), torch.randn(3, 3)]


@pytest.mark.parametrize(
    ("given", "get"),
    [
        (pack_sequence(SEQUENCES), lambda packed: packed),
        (Batch(torch.randn(5, 2, 3), "a"), lambda batch: batch.x),
        (torch.randn(5, 2, 3), lambda x: x),
    ],
    ids=["packed", "dataclass", "tensor"],
)
def test_one_value_is_one_input_with_or_without_a_tuple_around_it(given, get):
    alone, within = (lstmviz.draw(Reads(get), "grid", inputs=inputs).svg for inputs in (given, (given,)))
    assert alone == within
    assert all(proof.answer == "proven" for proof in lstmviz.check(Reads(get), inputs=given))


def test_an_example_that_a_module_keeps_is_what_it_is_run_on():
    """Lightning's modules keep one under this name."""
    module = Reads(lambda x: x)
    with pytest.raises(lstmviz.ModelError, match=r"takes inputs=\(x,\)"):
        lstmviz.draw(module, "grid")
    module.example_input_array = torch.randn(7, 2, 3)
    assert lstmviz.shapes(module).stages[0].inputs == [(7, 2, 3)]


class Steps(nn.Module):
    """Goes round as often as it is told."""

    def __init__(self):
        super().__init__()
        self.cell = nn.GRUCell(3, 3)

    def forward(self, x, steps):
        """The last state."""
        for _ in range(steps):
            x = self.cell(x)
        return x


def test_a_tensor_in_the_place_of_a_number_is_explained():
    with pytest.raises(lstmviz.ModelError) as error:
        lstmviz.draw(Steps(), "grid", inputs=(torch.randn(2, 3), torch.rand(4)))
    assert error.value.hint == "a plain number is --input 'number(4)', or inputs=(…, 4)"
    assert "4 rounds" in lstmviz.draw(Steps(), "grid", inputs=(torch.randn(2, 3), 4)).alt
