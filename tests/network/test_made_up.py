"""A layer of torch's own is drawn without inputs: its sizes are made up, and the figure says so."""

import pytest
import torch
from torch import nn

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
