"""What stands on a layer of one's own module: arrows come from the steps that it reads, found by change."""

import pytest
import torch
from torch import nn

import lstmviz
from lstmviz.proof.sentences import holds

N, T, F, H = 4, 6, 3, 5


class Net(nn.Module):
    """An LSTM, and what the test does with its output and last states."""

    def __init__(self, head, *, both=False):
        super().__init__()
        self.head, self.lstm = head, nn.LSTM(F, H, batch_first=True, bidirectional=both)
        self.fc = nn.Linear(2 * H if both else H, 2)

    def forward(self, x):
        output, (h_n, _) = self.lstm(x)
        return self.fc(self.head(output, h_n))


HEADS = {
    "[:, -1]": lambda o, _: o[:, -1],
    "[:, 0]": lambda o, _: o[:, 0],
    "[:, -2:]": lambda o, _: o[:, -2:],
    "[:, ::2]": lambda o, _: o[:, ::2],
    "select": lambda o, _: o.select(1, 2),
    "narrow": lambda o, _: o.narrow(1, 1, 2),
    "chosen": lambda o, _: o.index_select(1, torch.tensor([0, 3])),
    "flip": lambda o, _: o.flip(1),
    "mean": lambda o, _: o.mean(1),
    "max": lambda o, _: o.max(1).values,
    "every step": lambda o, _: o,
    "h_n[-1]": lambda _, h: h[-1],
    "h_n.squeeze(0)": lambda _, h: h.squeeze(0),
}


def moves(head, step):
    """Whether the head's result depends on a step of `output`, and at which steps of its own."""
    torch.manual_seed(0)
    found = set()
    for _ in range(8):  # a maximum depends on a step where that one wins
        output, h_n = torch.randn(N, T, H), torch.randn(1, N, H)
        other = output.clone()
        other[:, step - 1] += torch.randn(N, H) * 3
        moved = head(output, h_n) != head(other, h_n)
        if moved.dim() == 3:
            found |= set((moved.movedim(1, 0).flatten(1).any(1).nonzero().flatten() + 1).tolist())
        elif moved.any():
            found.add(0)
    return found


def reached(scene, start):
    """The nodes that lines lead to from one node, those of cells left out."""
    found, open_ = set(), [start]
    while open_:
        at = open_.pop()
        for edge in scene.edges:
            if edge.source == at and edge.target not in found and "cell" not in edge.target:
                found.add(edge.target)
                open_.append(edge.target)
    return found


@pytest.mark.parametrize("kind", ["grid", "unrolled"])
@pytest.mark.parametrize("name", HEADS)
def test_arrows_come_from_the_steps_that_are_read_and_no_others(kind, name):
    model, inputs = Net(HEADS[name]), (torch.randn(N, T, F),)
    scene = lstmviz.draw(model, kind, inputs=inputs).scene
    steps = [int(n.id.partition("output.t")[2]) for n in scene.nodes if n.id.startswith("output.t")]
    assert steps
    for step in steps:
        ends = {n for n in reached(scene, f"output.t{step}") if n == "result" or n.startswith("result.t")}
        expected = moves(HEADS[name], step)
        assert ends == {
            f"result.t{s}" if s else "result"
            for s in expected
            if not s or f"result.t{s}" in {n.id for n in scene.nodes}
        }
    on_states = {edge.source for edge in scene.edges if edge.source.startswith("h_n")}
    assert bool(on_states) == name.startswith("h_n")


def test_two_directions_read_their_two_last_states():
    model = Net(lambda _, h: torch.cat([h[-2], h[-1]], 1), both=True)
    scene = lstmviz.draw(model, "grid", inputs=(torch.randn(N, T, F),)).scene
    assert {e.source for e in scene.edges if e.source.startswith("h_n")} == {"h_n.l0.fwd", "h_n.l0.rev"}
    assert not [e for e in scene.edges if e.source.startswith("output")]


def test_heads_are_proven():
    for name in ("[:, -2:]", "max", "h_n[-1]"):
        for proof in lstmviz.check(Net(HEADS[name]), inputs=(torch.randn(N, T, F),)):
            assert (proof.arrows, proof.unproven) == (proof.proven, ())


class Lines(nn.Module):
    """A line of writing: columns of maps become steps, in a view by numbers; letters at every step."""

    def __init__(self):
        super().__init__()
        self.maps = nn.Sequential(nn.Conv2d(1, 4, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2))
        self.gru, self.fc = nn.GRU(4 * 4, 5, bidirectional=True), nn.Linear(10, 7)

    def forward(self, image):
        n, c, high, wide = (maps := self.maps(image)).shape
        output, _ = self.gru(maps.reshape(n, c * high, wide).permute(2, 0, 1))
        return self.fc(output).log_softmax(2)


@pytest.mark.parametrize("kind", ["grid", "unrolled"])
def test_columns_of_an_image_that_become_steps_are_known_as_steps_in_the_head(kind):
    figure = lstmviz.draw(Lines(), kind, inputs=(torch.randn(2, 1, 8, 12),))
    assert {node.id for node in figure.scene.nodes} >= {"fc.t1", "fc.t6", "result.t1", "result.t6"}
    assert all(edge.source == "log_softmax." + edge.target.split(".")[1]
               for edge in figure.scene.edges if edge.target.startswith("result."))  # fmt: skip


@pytest.mark.parametrize("kind", ["grid", "unrolled"])
def test_the_order_in_which_a_last_state_joins_two_directions_is_said(kind):
    text = (
        "input: {batch_size: 2, timesteps: 3, features: 3}\nlayers:\n"
        "  - lstm: {hidden_size: 4, num_layers: 2, bidirectional: true}\n  - last_state\n"
    )
    texts = [
        t.label.text for t in lstmviz.draw(text, kind, **({} if kind == "grid" else {"layer": 1})).scene.texts
    ]
    assert sum("h_n[2], h_n[3] side by side" in one for one in texts) == 1
    assert sum("last_state" in one for one in texts) == (kind == "grid")  # its row's name: else it is its box
    trace = lstmviz.shapes(text).trace
    for names, right in (("h_n[2], h_n[3]", True), ("h_n[3], h_n[2]", False), ("h_n[0], h_n[1]", False)):
        assert holds(trace, "stage.side-by-side", (("names", names), ("stage", "last_state"))) is right
