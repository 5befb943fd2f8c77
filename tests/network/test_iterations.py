"""Loops that go through no steps of data: they come closer to one result, and no time passes."""

import pytest
import torch
from torch import nn

import lstmviz
from lstmviz.errors import FigureError
from lstmviz.figures.shared.claimed import named_state
from lstmviz.network.own_recurrences import own_recurrences
from lstmviz.proof.facts.layers import FACTS
from lstmviz.proof.page_text import misdrawn
from lstmviz.translation.messages import entry
from tests.network.mutants import inked

X = torch.randn(2, 6, generator=torch.Generator().manual_seed(0))


class Settles(nn.Module):
    """A network of Hopfield's kind: the input is where it begins."""

    def __init__(self):
        super().__init__()
        self.w, self.u = nn.Linear(6, 6), nn.Linear(6, 6)

    def forward(self, x):
        for _ in range(5):
            x = torch.tanh(self.w(x))
        return x


class Equilibrium(Settles):
    """All of the input is read in each round."""

    def forward(self, x):
        z = torch.zeros_like(x)
        for _ in range(5):
            z = torch.tanh(self.w(z) + self.u(x))
        return z


class Each(Settles):
    """The same rounds, all of which are results."""

    def forward(self, x):
        rounds = []
        for _ in range(5):
            x = torch.tanh(self.w(x))
            rounds.append(x)
        return torch.stack(rounds, 1)


@pytest.mark.parametrize("kind", ["grid", "unrolled"])
@pytest.mark.parametrize(("model", "timeless"), [(Settles, True), (Equilibrium, True), (Each, False)])
def test_rounds_are_called_time_where_each_has_a_step_of_its_own(model, timeless, kind):
    scene = lstmviz.draw(model(), kind, inputs=(X,)).scene
    texts = [text.label.text for text in scene.texts]
    assert ("rounds" in texts, any("time" in text for text in texts)) == (timeless, not timeless)
    assert any("round by round" in text for text in texts) is timeless


def test_all_of_it_is_proven():
    for model in (Settles, Equilibrium):
        assert not [one for one in lstmviz.check(model(), inputs=(X,)) if one.unproven]


@pytest.mark.parametrize("id", ["loop.axis", "loop.view"])
def test_rounds_with_results_of_their_own_are_refuted_as_such(id):
    fact = FACTS[entry(id).fact]
    for model, true in ((Settles, True), (Each, False)):
        trace = lstmviz.shapes(model(), inputs=(X,)).trace
        (own,) = own_recurrences(trace)
        assert fact(trace, {"loop": own.name}) is true


@pytest.mark.parametrize("way", ["", "fwd", "rev"])
def test_an_arrow_over_a_name_of_two_signs_belongs_to_all_of_it(way):
    label = named_state("", "c0", "1", way).at(0, 0)
    assert misdrawn(label) is None
    for mutant in inked(label):
        assert misdrawn(mutant) is not None


class Beam(nn.Module):
    """The list of what was chosen grows by one tensor in each round, and all of it is sorted anew."""

    def __init__(self):
        super().__init__()
        self.cell, self.out = nn.Linear(10, 6), nn.Linear(6, 4)

    def forward(self, h):
        chosen = [self.out(h).softmax(1)]
        for _ in range(3):
            h = torch.tanh(self.cell(torch.cat([chosen[-1], h], 1)))
            order = self.out(h).sum(1).argsort()
            chosen = [one[order] for one in chosen] + [self.out(h).softmax(1)]
        return torch.stack(chosen, 1)


def test_a_list_that_grows_is_no_state_that_every_round_makes():
    with pytest.raises(FigureError, match="not every round makes"):
        lstmviz.draw(Beam(), "grid", inputs=(X,))
    assert not [one for one in lstmviz.check(Beam(), inputs=(X,)) if one.unproven]
