"""Kinds `influence` and `activity` of modules that pack a batch or sort it, or whose samples mix."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

import lstmviz
from tests.figures.test_activity import values

LENGTHS = [4, 7, 2, 5]


class Packs(nn.Module):
    """Packs what it reads; what it gives is as long as the longest sample of the batch."""

    def __init__(self, *, words=False):
        super().__init__()
        self.embedding = nn.Embedding(20, 3) if words else nn.Identity()
        self.lstm, self.head = nn.LSTM(3, 6, batch_first=True), nn.Linear(6, 2)

    def forward(self, x, lengths):
        packed = pack_padded_sequence(self.embedding(x), lengths, batch_first=True, enforce_sorted=False)
        padded, _ = pad_packed_sequence(self.lstm(packed)[0], batch_first=True)
        return self.head(padded)


class Sorts(Packs):
    """Sorts the batch by itself, and puts what comes out back into the order in which it came."""

    def forward(self, x, lengths):
        lengths, order = lengths.sort(descending=True)
        packed = pack_padded_sequence(self.embedding(x[order]), lengths, batch_first=True)
        padded, _ = pad_packed_sequence(self.lstm(packed)[0], batch_first=True)
        return self.head(padded[order.argsort()])


def of_a_batch(make):
    torch.manual_seed(3)
    module = make()
    x = torch.randn(4, 7, 3) if isinstance(module.embedding, nn.Identity) else torch.randint(0, 20, (4, 7))
    return module.eval(), (x, torch.tensor(LENGTHS))


PACKING = {"packs": Packs, "sorts": Sorts, "words": lambda: Packs(words=True),
           "sorted words": lambda: Sorts(words=True)}  # fmt: skip


@pytest.mark.parametrize("case", PACKING)
@pytest.mark.parametrize("sample", range(4))
def test_a_sample_of_a_packed_batch_is_measured_with_its_own_length(case, sample):
    module, inputs = of_a_batch(PACKING[case])
    length, found = LENGTHS[sample], {}
    module.lstm.register_forward_hook(lambda _m, _given, result: found.update(ended=result[1][0][0]))
    module(*inputs)
    order = np.argsort(-np.array(LENGTHS), kind="stable").tolist() if "sort" in case else [0, 1, 2, 3]
    last = found["ended"][order.index(sample)].detach()
    scene = lstmviz.draw(module, "activity", inputs=inputs, sample=sample).scene
    assert values(scene, "h").shape == (6, length)
    assert np.allclose(values(scene, "h")[:, -1], last, atol=1e-4)
    read = module.embedding(inputs[0][sample, :length]).detach()
    assert np.allclose(values(scene, "x"), read.T, atol=1e-3)
    scene = lstmviz.draw(module, "influence", inputs=inputs, sample=sample).scene
    said = " ".join(text.label.text for text in scene.texts)
    assert (f"after step {length} this sample is padding" in said) is (length < 7)
    assert "at most" not in said  # as far as the sample goes, every step reads all before it
    cells = values(scene, "map") > 0
    expected = np.zeros((7, 7), bool)
    expected[:length, :length] = np.tri(length, dtype=bool)
    assert (cells == expected).all()


@pytest.mark.parametrize("case", PACKING)
def test_the_longest_sample_is_found_whatever_order_the_code_packs_them_in(case):
    module, inputs = of_a_batch(PACKING[case])
    scene = lstmviz.draw(module, "activity", inputs=inputs).scene
    assert values(scene, "h").shape == (6, 7)
    assert {dict(one.about)["sample"] for one in scene.plots if one.about} == {1}


@pytest.mark.parametrize("case", PACKING)
def test_it_is_proven(case):
    module, inputs = of_a_batch(PACKING[case])
    found = {proof.kind: proof for proof in lstmviz.check(module, inputs=inputs)}
    for kind in ("influence", "activity"):
        assert (found[kind].faults, found[kind].unproven) == ((), ()), kind


class Mixes(nn.Module):
    """Reads how far each sample is from the mean of all."""

    def __init__(self, *, after=False):
        super().__init__()
        self.lstm, self.after = nn.LSTM(3, 5, batch_first=True), after

    def forward(self, x):
        if not self.after:
            return self.lstm(x - x.mean(0))[0]
        return (y := self.lstm(x)[0]) - y.mean(0)


class OfTheBatch(Mixes):
    """Normalises by what the batch has, in evaluation too."""

    def __init__(self):
        super().__init__()
        self.norm = nn.BatchNorm1d(3, track_running_stats=False)

    def forward(self, x):
        return self.lstm(self.norm(x.transpose(1, 2)).transpose(1, 2))[0]


@pytest.mark.parametrize(
    "make", [Mixes, lambda: Mixes(after=True), OfTheBatch], ids=["mean", "after", "norm"]
)
@pytest.mark.parametrize("sample", [0, 3])
def test_gates_of_samples_that_move_each_other_are_those_of_the_batch_as_given(make, sample):
    torch.manual_seed(0)
    module, x, seen = make().eval(), torch.randn(4, 6, 3), {}
    module.lstm.register_forward_hook(lambda _m, given, result: seen.update(x=given[0], h=result[0]))
    module(x)
    scene = lstmviz.draw(module, "activity", inputs=(x,), sample=sample).scene
    assert np.allclose(values(scene, "h"), seen["h"][sample].T.detach(), atol=1e-4)
    assert np.allclose(values(scene, "x"), seen["x"][sample].T.detach(), atol=1e-3)
    with pytest.raises(lstmviz.FigureError, match="samples of one batch move each other"):
        lstmviz.draw(module, "influence", inputs=(x,), sample=sample)
    found = {proof.kind: proof for proof in lstmviz.check(module, inputs=(x,))}
    assert (found["activity"].faults, found["activity"].unproven) == ((), ())
    assert "influence" not in found


def test_few_copies_of_long_samples_find_the_batch():
    """As many as there are steps would take a hundred times the forward."""
    counted = []

    class Long(nn.Module):
        def __init__(self):
            super().__init__()
            self.lstm = nn.LSTM(3, 6, batch_first=True)

        def forward(self, x):
            counted.append(len(x))
            return self.lstm(x)[0][:, -1]

    lstmviz.draw(Long(), "activity", inputs=(torch.randn(4, 40, 3),))
    assert max(counted) <= 10
