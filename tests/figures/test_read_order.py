"""Loops that read steps in another order than 1 … T: said of x in every kind, and nothing false is proven."""

from __future__ import annotations

import dataclasses

import pytest
import torch
from torch import nn

import lstmviz
from lstmviz import pipeline
from lstmviz.figure_requests import plan_kind
from lstmviz.network.run import undisturbed
from lstmviz.network.user.stage_dependences import follow
from lstmviz.proof.code import CodeRunner
from lstmviz.proof.expression import FalseError
from lstmviz.proof.page_text import claims_of
from lstmviz.proof.prove import prove

T = 6
X = torch.randn(2, T, 3, generator=torch.Generator().manual_seed(0))
ORDERS = {
    "in order": lambda x: (x[:, t] for t in range(T)),
    "unbind": lambda x: x.unbind(1),
    "reversed": lambda x: (x[:, t] for t in reversed(range(T))),
    "unbind, reversed": lambda x: x.unbind(1)[::-1],
    "from the second": lambda x: (x[:, t] for t in range(1, T)),
    "unbind, from the second": lambda x: x.unbind(1)[1:],
    "every other": lambda x: (x[:, t] for t in range(0, T, 2)),
    "each twice": lambda x: (x[:, t // 2] for t in range(T)),
    "shuffled": lambda x: (x[:, t] for t in (2, 0, 1, 5, 3, 4)),
    "one again and again": lambda x: (x[:, 0] for _ in range(T)),
}
PLAIN = ("in order", "unbind")


class Ordered(nn.Module):
    """A cell in a loop over the steps of an order; a head on all it gave."""

    def __init__(self, order):
        super().__init__()
        self.order, self.cell, self.out = ORDERS[order], nn.GRUCell(3, 4), nn.Linear(4, 2)

    def forward(self, x):
        h, found = x.new_zeros(len(x), 4), []
        for x_t in self.order(x):
            h = self.cell(x_t, h)
            found.append(h)
        return self.out(torch.stack(found, 1))


def subject_of(model):
    return pipeline.described(model.eval(), (X,))


def scene_of(subject, kind, **options):
    return pipeline.compose(subject, plan_kind(kind, options)).scene


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("kind", ["grid", "unrolled", "rolled", "unfold"])
def test_x_is_the_data_itself_only_where_it_is_read_in_order(order, kind):
    told = " ".join(text.label.text for text in scene_of(subject_of(Ordered(order)), kind).texts)
    said = any(one in told for one in ("in this order", "makes of the data", "data → "))
    assert said == (order not in PLAIN)
    assert "getitem" not in told


@pytest.mark.parametrize("order", ORDERS)
def test_no_step_is_followed_from_the_data_through_a_loop_that_turns_it(order):
    texts = scene_of(subject_of(Ordered(order)), "pipeline").texts
    followed = any("shaded: step" in text.label.text for text in texts)
    assert not followed or order in PLAIN
    assert all(not one.faults and not one.unproven for one in lstmviz.check(Ordered(order), inputs=(X,)))


class BothWays(nn.Module):
    """Two cells, one over the steps from the last to the first."""

    def __init__(self, units):
        super().__init__()
        self.one, self.two, self.out = nn.GRUCell(3, 4), nn.GRUCell(3, units), nn.Linear(4 + units, 2)

    def forward(self, x):
        steps, h, g = x.unbind(1), x.new_zeros(len(x), 4), x.new_zeros(len(x), self.two.hidden_size)
        ahead, back = [], []
        for x_t in steps:
            h = self.one(x_t, h)
            ahead.append(h)
        for x_t in steps[::-1]:
            g = self.two(x_t, g)
            back.append(g)
        return self.out(torch.cat([torch.stack(ahead, 1), torch.stack(back[::-1], 1)], 2))


@pytest.mark.parametrize("units", [4, 5])
@pytest.mark.parametrize("kind", ["grid", "unrolled", "rolled", "unfold"])
def test_of_a_cell_that_is_drawn_alone_it_is_said_that_it_goes_backwards(kind, units):
    subject = subject_of(BothWays(units))
    scene = scene_of(subject, kind, of="two")
    said = [text for text in scene.texts if "two goes through input from its last step" in text.label.text]
    assert len(said) == 1
    silent = dataclasses.replace(scene, texts=tuple(text for text in scene.texts if text not in said))
    found = [prove(one, subject.trace) for one in (scene, silent)]
    assert not found[0].faults
    doubts = [[one.what for one in proof.unproven if "its last step first" in one.what] for proof in found]
    assert [len(one) for one in doubts] == [0, 1]


class Turned(nn.Module):
    """Calls whose arguments the shape of what they give does not tell."""

    def __init__(self):
        super().__init__()
        self.rnn, self.out = nn.GRU(3, 3, batch_first=True), nn.Linear(3, 3)

    def forward(self, x):
        y, _ = self.rnn(x[:, 1:].roll(1, 1))
        return self.out(y.flip(1).cumsum(1))[:, :3]


def test_an_argument_that_leaves_the_shape_is_no_less_false():
    x = torch.randn(4, 4, 3, generator=torch.Generator().manual_seed(1))
    subject = pipeline.described(Turned().eval(), (x,))
    scene, bench = scene_of(subject, "grid"), CodeRunner(subject.trace)
    claims = {one.fact("source"): one for _, one in claims_of(scene, "code")}
    wrong = {
        "[:, 1:]": "[:, :3]", "roll(shifts=1, dims=(1,))": "roll(shifts=2, dims=(1,))",
        "flip(dims=(1,))": "flip(dims=(2,))", "cumsum(dim=1)": "cumsum(dim=2)", "[:, :3]": "[:, 0:3]",
    }  # fmt: skip
    assert set(wrong) <= set(claims), set(claims)
    for source, other in wrong.items():
        facts = dict(claims[source].facts)
        with undisturbed():
            bench.hold(source, {}, facts)
            with pytest.raises(FalseError):
                bench.hold(other, {}, facts | {"source": other})


def changed(scene, at, key, value):
    """The scene with something else given to the sentence of a text."""
    text = scene.texts[at]
    (claim,) = (one for one in text.label.claims if one.kind == "sentence")
    given = tuple((k, value if k == key else v) for k, v in claim.fact("given"))
    facts = tuple((k, given if k == "given" else v) for k, v in claim.facts)
    other = dataclasses.replace(text.label, claims=(dataclasses.replace(claim, facts=facts),))
    texts = (*scene.texts[:at], dataclasses.replace(text, label=other), *scene.texts[at + 1 :])
    return dataclasses.replace(scene, texts=texts)


class Rounds(nn.Module):
    """A layer over what the calls of a loop cut out of the data."""

    def __init__(self):
        super().__init__()
        self.rnn, self.out = nn.GRU(3, 4), nn.Linear(4, 2)

    def forward(self, x):
        return self.out(torch.stack([self.rnn(x[:, :, t].transpose(0, 1))[1][0] for t in range(x.shape[2])]))


def test_whose_result_x_is_made_of_is_read():
    subject = pipeline.described(Rounds().eval(), (torch.randn(2, 4, 3, 3),))
    scene = scene_of(subject, "unrolled")
    found = [k for k, text in enumerate(scene.texts) if "makes of the data" in text.label.text]
    assert prove(scene, subject.trace).faults == ()
    assert [prove(changed(scene, k, "stage", "out"), subject.trace).faults != () for k in found] == [True]


@pytest.mark.parametrize("kind", ["grid", "unrolled"])
@pytest.mark.parametrize(
    ("how", "order"),
    [
        ("buffer", "3, 1, 4, 2"),
        ("list", "4, 2, 1"),
        ("select", "3, 1, 4, 2"),
        ("long", "12, 11, 10, 9, 8, 7, 6, 5, 4 … 1"),
    ],
)
def test_a_layer_over_steps_in_another_order_says_which(how, order, kind):
    subject = pipeline.described(Shuffled(how).eval(), (torch.randn(12 if how == "long" else 4, 2, 3),))
    scene = scene_of(subject, kind)
    (at,) = (k for k, text in enumerate(scene.texts) if "in this order" in text.label.text)
    assert scene.texts[at].label.text == f"x: steps {order} of input, in this order"
    followed = follow(Shuffled(how).eval(), (torch.randn(12 if how == "long" else 4, 2, 3),), subject.trace)
    assert not prove(scene, subject.trace, followed=followed).faults
    assert prove(changed(scene, at, "order", "2, 1, 4, 3"), subject.trace, followed=followed).faults


def test_an_order_that_the_run_does_not_bear_out_is_refuted():
    data = (torch.randn(4, 2, 3),)
    subject = pipeline.described(Shuffled("buffer").eval(), data)
    other = dataclasses.replace(pipeline.described(Shuffled("select", (3, 2, 1, 0)).eval(), data).trace)
    followed = follow(Shuffled("buffer").eval(), data, subject.trace)
    reads = next(stage.reads for stage in other.stages if stage.type == "index_select")
    stages = tuple(
        dataclasses.replace(one, reads=reads) if one.type == "getitem" else one
        for one in subject.trace.stages
    )
    false = dataclasses.replace(subject, trace=dataclasses.replace(subject.trace, stages=stages))
    found = prove(scene_of(false, "grid"), false.trace, followed=followed).faults
    assert "rnn reads input in another order" in found


class Shuffled(nn.Module):
    """A layer over the steps in the order of a table, which has so many entries and no more."""

    def __init__(self, how, order=(2, 0, 3, 1)):
        super().__init__()
        self.how, self.rnn, self.out = how, nn.GRU(3, 4), nn.Linear(4, 2)
        self.register_buffer("order", torch.tensor(order))

    def forward(self, x):
        return self.out(self.rnn(self.shuffled(x))[0])

    def shuffled(self, x):
        if self.how == "buffer":
            return x[self.order]
        if self.how == "select":
            return x.index_select(0, self.order)
        return x[[3, 1, 0]] if self.how == "list" else x[list(range(11, -1, -1))]
