"""Measured values as data: kept between runs, and handed over by the process that runs a user's module."""

from __future__ import annotations

import json

import pytest
import torch
from torch import nn

import lstmviz
from lstmviz import checking, pipeline
from lstmviz.errors import ModelError
from lstmviz.network.foreign.opening import open_model
from lstmviz.network.user.describe import describe
from lstmviz.network.values import known, measuring

MODEL = {"input": {"batch_size": 2, "timesteps": 5, "features": 3}, "layers": [{"lstm": 4}]}
INPUTS = [{"name": "", "tree": {"sizes": [2, 5, 3]}}]
ASKED = {"weights": "runs/best.pt", "make_inputs": None, "inputs": INPUTS,
         "figures": [["influence", {}], ["activity", {"of": "gru"}]]}  # fmt: skip


def test_a_spec_is_measured_once(monkeypatch, tmp_path):
    monkeypatch.setenv("LSTMVIZ_CACHE_DIR", str(tmp_path))
    asked = []
    measure = measuring.Measuring.measure
    monkeypatch.setattr(
        measuring.Measuring, "measure", lambda self, *about: asked.append(about) or measure(self, *about)
    )
    first = lstmviz.draw(MODEL, "influence").scene
    assert [name for name, _ in asked] == ["influence", "carried"]
    assert lstmviz.draw(MODEL, "influence").scene == first
    assert len(asked) == 2  # the second came from the file
    subject = pipeline.trace(lstmviz.load(MODEL), use_cache=False)
    subject.measures().influence("lstm", 0, "fro")
    assert len(asked) == 3
    (entry,) = tmp_path.glob("values-*.json")
    entry.write_bytes(b"damaged")
    assert lstmviz.draw(MODEL, "influence").scene == first


def test_what_was_refused_is_kept_as_well():
    def refused(*_):
        raise ModelError("too much", hint="take less")

    one = known.Known(measure=refused)
    with pytest.raises(ModelError, match="too much"):
        one.carried("lstm", 0)
    other = known.from_record(json.loads(json.dumps(known.to_record(one))))
    with pytest.raises(ModelError, match="too much") as error:
        other.carried("lstm", 0)
    assert error.value.hint == "take less"
    with pytest.raises(ModelError, match="not measured"):
        other.carried("gru", 0)


def test_another_process_hands_its_values_over():
    module, x = nn.GRU(3, 4, batch_first=True), torch.randn(2, 5, 3)
    opened = open_model(module, (x,))
    seen = describe(opened.module, opened.inputs)
    data = json.loads(json.dumps(checking.values(opened, seen, ASKED)))
    told = known.from_record(data)
    assert {key[0] for key in told.known} >= {"influence", "carried"}
    name = seen.recurrent[0].name
    found = told.influence(name, 0, "fro")
    true = known.of_module(module, (x,), seen).influence(name, 0, "fro")
    assert found.values == true.values
    assert (found.origin.weights, found.origin.random) == ("best.pt", True)


class Until(nn.Module):
    """Rounds go through the first axis; what they handed on is read from the fourth round on."""

    def __init__(self):
        super().__init__()
        self.read, self.state, self.out = nn.Linear(3, 4), nn.Linear(4, 4), nn.Linear(4, 2)

    def forward(self, x):
        h, given, t = x.new_zeros(x.size(1), 4), [], 0
        while t < len(x):
            now = self.read(x[t])
            h = torch.tanh(now + self.state(h) if t >= 3 else now)
            given.append(h)
            t += 1
        return self.out(torch.stack(given))


@pytest.mark.parametrize("sizes", [(7, 2, 3), (5, 1, 3), (5, 5, 3)])
def test_steps_of_which_the_first_read_no_other_are_no_samples(sizes):
    module, x = Until(), torch.randn(sizes)
    proofs = {one.kind: one for one in lstmviz.check(module, inputs=x)}
    assert {(one.faults, one.unproven) for one in proofs.values()} == {((), ())}
    (heat,) = [p for p in lstmviz.draw(module, "influence", inputs=x).scene.plots if p.id == "map"]
    wide = x[:, :1].double().requires_grad_()
    rows = [
        torch.autograd.grad(y.sum(), wide, retain_graph=True)[0].flatten(1).any(1)
        for y in module.double()(wide)
    ]
    assert [bool(value) for value in heat.values] == torch.stack(rows).flatten().tolist()
