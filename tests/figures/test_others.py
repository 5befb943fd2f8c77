"""A figure of one recurrent layer says that there are others, and what the whole model is."""

from dataclasses import replace

import pytest
import torch
from torch import nn

import lstmviz
from lstmviz.network.plan import plan_of
from lstmviz.pipeline import described, load, trace
from lstmviz.proof.prove import prove
from lstmviz.proof.unsaid import unsaid

THREE = {
    "input": {"batch_size": 8, "timesteps": 10, "features": 6, "batch_first": True},
    "layers": [{"lstm": 12}, {"lstm": 8}, {"lstm": 4}, "last_step", {"linear": 1}],
}
TOLD = "of lstm → lstm-2 → lstm-3 → last_step → linear"


def foot(scene):
    return [text for text in scene.texts if text.label.text.startswith("drawn:")]


@pytest.mark.parametrize("kind", ["rolled", "unrolled", "unfold", "cell", "tensors"])
def test_the_others_are_named(kind):
    scene = lstmviz.draw(THREE, kind, of="lstm-2").scene
    assert [text.label.text for text in foot(scene)] == [f"drawn: lstm-2, {TOLD}"]
    assert not foot(lstmviz.draw(THREE | {"layers": [{"lstm": 12}]}, kind).scene)


def test_it_is_said_in_chinese_and_proven():
    spec = THREE | {"figures": ["rolled", "tensors"], "style": {"language": "zh"}}
    assert all(proof.proven == proof.arrows for proof in lstmviz.check(spec))
    assert "画出：lstm" in lstmviz.draw(spec, "rolled").svg


WRONG = [
    ("chain", TOLD.removeprefix("of ").replace("lstm-3", "lstm")),
    ("drawn", "lstm, lstm-2, lstm-3"),
]


@pytest.mark.parametrize(("name", "said"), WRONG)
def test_what_is_not_so_is_refuted(name, said):
    spec = load(THREE)
    scene, seen = lstmviz.draw(spec, "rolled").scene, trace(spec).trace
    (text,) = foot(scene)
    (one,) = text.label.claims
    given = tuple({**dict(one.fact("given")), name: ("own", said)}.items())
    lie = replace(one, facts=tuple((key, given if key == "given" else value) for key, value in one.facts))
    wrong = replace(text, label=replace(text.label, claims=(lie,)))
    changed = replace(scene, texts=tuple(wrong if t is text else t for t in scene.texts))
    assert any("is false" in fault for fault in prove(changed, seen, plan_of(spec)).faults)


class Answering(nn.Module):
    """A decoder's cell that a loop calls, after an encoder."""

    def __init__(self):
        super().__init__()
        self.enc = nn.GRU(4, 6, batch_first=True)
        self.dec = nn.GRUCell(3, 6)
        self.out = nn.Linear(6, 3)

    def forward(self, x):
        output, _ = self.enc(x)
        h, answers = output.mean(1), []
        for _ in range(3):
            h = self.dec(x[:, -1, :3], h)
            answers.append(self.out(h))
        return torch.stack(answers, 1)


LOOPED = "dec: a GRUCell that a loop calls 3 times, drawn as one layer"


@pytest.mark.parametrize(
    ("kind", "of", "stands"),
    [("rolled", "enc", False), ("rolled", "dec", True), ("weights", "", False), ("pipeline", "", True)],
)
def test_a_cell_in_a_loop_is_told_as_a_layer_where_that_layer_is_drawn(kind, of, stands):
    """Where it stands though that layer is not drawn, it is refuted; where it is drawn, it is asked for."""
    torch.manual_seed(0)
    data, module = torch.randn(2, 5, 4), Answering()
    scene = lstmviz.draw(module, kind, inputs=data, **({"of": of} if of else {})).scene
    seen = described(module, data).trace
    said = [text for text in scene.texts if text.label.text == LOOPED]
    assert (LOOPED in scene.description) is stands
    assert not [fault for fault in unsaid(scene, seen) if LOOPED in fault]
    if said:
        without = replace(scene, texts=tuple(text for text in scene.texts if text not in said))
        assert [fault for fault in unsaid(without, seen) if LOOPED in fault]
    if not stands:
        told = lstmviz.draw(module, "rolled", of="dec", inputs=data).scene.texts
        (other,) = [text for text in told if text.label.text == LOOPED]
        wrong = replace(scene, texts=(*scene.texts, other))
        assert [fault for fault in unsaid(wrong, seen) if LOOPED in fault]
