"""Attention over a layer's output, and residuals: what reads its steps anew, as a change of each shows."""

from dataclasses import replace

import pytest
import torch
from torch import nn

import lstmviz
from lstmviz.proof.prove import prove
from lstmviz.proof.real_model import WHOLE
from tests.figures.lint import faults
from tests.figures.own_scenes import Scenes, ends

N, T, F, H = 3, 6, 4, 8


class Pool(nn.Module):
    """An LSTM, scores of its steps, and `head`, which makes one vector of output, scores and h_n."""

    def __init__(self, head, wide=H):
        super().__init__()
        self.enc = nn.LSTM(F, H, batch_first=True)
        self.score, self.out = nn.Linear(H, 1), nn.Linear(wide, 2)
        self.head = head

    def forward(self, x):
        output, (h_n, _) = self.enc(x)
        return self.out(self.head(output, self.score(torch.tanh(output)), h_n))


class Residual(nn.Module):
    """At every step what was made of output, added to it; beside it the tokens' vectors."""

    def __init__(self):
        super().__init__()
        self.words, self.rnn = nn.Embedding(9, H), nn.LSTM(H, H, batch_first=True)
        self.lin, self.fc = nn.Linear(H, H), nn.Linear(2 * H, 2)

    def forward(self, tokens):
        read = self.words(tokens)
        output, _ = self.rnn(read)
        output = output + torch.relu(self.lin(output))
        return self.fc(torch.cat([output, read], -1))


class AllWithAll(nn.Module):
    """Additive scores of every step with every other, weighted by a parameter: steps on two axes."""

    def __init__(self):
        super().__init__()
        self.rnn, self.fc, self.w = (
            nn.GRU(F, H, batch_first=True),
            nn.Linear(H, 2),
            nn.Parameter(torch.ones(H)),
        )

    def forward(self, x):
        o, _ = self.rnn(x)
        scores = (self.w * torch.tanh(o.unsqueeze(2) + o.unsqueeze(1))).sum(-1)
        return self.fc((torch.softmax(scores, -1) @ o).mean(1))


class Asked(nn.Module):
    """The last state asks through a layer, and stands beside what was found."""

    def __init__(self):
        super().__init__()
        self.rnn, self.w, self.fc = nn.GRU(F, H, batch_first=True), nn.Linear(H, H), nn.Linear(2 * H, 2)

    def forward(self, x):
        output, h_n = self.rnn(x)
        asked = self.w(h_n[-1]).unsqueeze(1)
        weights = torch.softmax((asked * output).sum(-1), dim=1)
        found = (weights.unsqueeze(-1) * output).sum(1)
        return self.fc(torch.cat([found, h_n[-1]], dim=1))


def masked(o, s, _):
    ends = torch.tensor([6, 4, 2])
    late = torch.arange(T)[None] >= ends[:, None]
    weights = torch.softmax(s.squeeze(-1).masked_fill(late, -1e9), -1)
    return (weights[..., None] * o).sum(1)


HEADS = {
    "sum": lambda o, s, _: (torch.softmax(s, 1) * o).sum(1),
    "bmm": lambda o, s, _: torch.bmm(torch.softmax(s.squeeze(-1), -1).unsqueeze(1), o).squeeze(1),
    "einsum": lambda o, s, _: torch.einsum("nti,nth->nh", torch.softmax(s, 1), o),
    "masked": masked,
    "the last two": lambda o, s, _: (torch.sigmoid(s[:, -2:]) * o[:, -2:]).sum(1),
}
OTHERS = {"beside h_n": lambda o, s, h: torch.cat([(torch.softmax(s, 1) * o).sum(1), h[-1]], 1)}


def made(name):
    if name == "residual":
        return Residual(), (torch.randint(0, 9, (N, T)),)
    if name == "all with all":
        return AllWithAll(), (torch.randn(N, T, F),)
    model = Asked() if name == "asked" else Pool({**HEADS, **OTHERS}[name], 2 * H if name in OTHERS else H)
    return model, (torch.randn(N, T, F),)


SCENES = Scenes(made)
NAMES = [*HEADS, *OTHERS, "asked", "residual", "all with all"]


def hubs(scene):
    """What steps of `output` lead to, and the stages that it leads to, of each line beside the rows."""
    found = {}
    for source, hub in ends(scene):
        if source.startswith("output.t") and "/" in hub:
            found.setdefault(hub, set()).add(int(source.partition("output.t")[2]))
    return {hub: (steps, {to for at, to in ends(scene) if at == hub}) for hub, steps in found.items()}


def weighed(head, step):
    """Whether what is made of scores and output moves with a step of output while the scores stay."""
    torch.manual_seed(1)
    output, scores, h_n = torch.randn(N, T, H), torch.randn(N, T, 1), torch.randn(1, N, H)
    other = output.clone()
    other[:, step - 1] += torch.randn(N, H)
    return bool((head(output, scores, h_n) != head(other, scores, h_n)).any())


@pytest.mark.parametrize("kind", ["grid", "unrolled"])
@pytest.mark.parametrize("name", HEADS)
def test_the_line_comes_from_the_steps_that_are_weighed(kind, name):
    scene = SCENES.scene_of(name, kind)
    drawn = {int(n.id.partition("output.t")[2]) for n in scene.nodes if n.id.startswith("output.t")}
    expected = {step for step in drawn if weighed(HEADS[name], step)}
    ((steps, targets),) = hubs(scene).values()
    assert steps == expected
    assert len(targets) == 1
    assert any(node.id == "result" for node in scene.nodes)


@pytest.mark.parametrize("kind", ["grid", "unrolled"])
def test_a_last_state_asks_and_is_joined(kind):
    scene = SCENES.scene_of("asked", kind)
    taken = {to for at, to in ends(scene) if at.startswith("h_n")}
    assert taken == {"w", "cat"}
    assert {to for _, (to,) in hubs(scene).values()} == {"softmax", "sum-2"}
    assert any(node.id == "result" for node in scene.nodes)


@pytest.mark.parametrize("kind", ["grid", "unrolled"])
def test_a_residual_is_a_line_past_what_was_made_of_each_step(kind):
    scene = SCENES.scene_of("residual", kind)
    steps = [int(n.id.partition("output.t")[2]) for n in scene.nodes if n.id.startswith("output.t")]
    for step in steps:
        taken = {to for at, to in ends(scene) if at == f"output.t{step}"}
        assert taken == {f"lin.t{step}", f"add.t{step}"}
        assert (f"fc.t{step}", f"result.t{step}") in ends(scene)
    assert "cat reads words.output" in str(scene.texts) + str(scene.said)


@pytest.mark.parametrize("width", ["column", "text"])
@pytest.mark.parametrize("name", NAMES)
def test_nothing_overlaps(name, width):
    assert faults(SCENES.scene_of(name, width=width), words=6) == {}


def judged(name, scene):
    return prove(scene, SCENES.seen(name).trace, None, WHOLE, followed=SCENES.followed(name))


@pytest.mark.parametrize("kind", ["grid", "unrolled"])
@pytest.mark.parametrize("name", NAMES)
def test_all_is_proven(name, kind):
    found = judged(name, SCENES.scene_of(name, kind))
    assert (found.faults, found.unproven) == ((), ())
    assert found.proven == found.arrows


@pytest.mark.parametrize("name", ["sum", "asked", "residual", "all with all"])
def test_a_line_that_is_missing_or_false_is_refuted(name):
    scene = SCENES.scene_of(name)
    for edge in scene.edges:
        if "/" in edge.target or "/" in edge.source or edge.target in {"cat", "w"} or "add.t" in edge.target:
            without = tuple(one for one in scene.edges if one is not edge)
            assert judged(name, replace(scene, edges=without)).faults, edge.id
            other = replace(edge, source="x.t1")
            assert judged(name, replace(scene, edges=(*without, other))).faults, edge.id


@pytest.mark.parametrize("batched", [False, True])
def test_a_spec_adds_what_its_layer_gave(batched):
    given = {"timesteps": 5, "features": 4} | ({"batch_size": 3, "lengths": [5, 2, 4]} if batched else {})
    layers = [{"lstm": 8, "name": "rnn"}, {"linear": 8}, {"add": "rnn"}, {"linear": 2}]
    scene = lstmviz.draw(lstmviz.load({"input": given, "layers": layers}), "grid").scene
    taken = {}
    for source, target in ends(scene):
        if source.startswith("output.t"):
            taken.setdefault(int(source.partition("output.t")[2]), set()).add(target)
    assert taken == {n: {f"linear.t{n}", f"add.t{n}"} for n in range(1, (2 if batched else 5) + 1)}
    assert all(not proof.faults for proof in lstmviz.check({"input": given, "layers": layers}))
