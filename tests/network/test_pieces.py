"""Heads on some of several pieces of `output`, and on other steps in each sample of a packed batch."""

import pytest
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

import lstmviz

X = torch.randn(4, 6, 3, generator=torch.Generator().manual_seed(1))
LENGTHS = torch.tensor([6, 4, 3, 5])


def all_proven(module, *inputs):
    return [proof.unproven for proof in lstmviz.check(module, inputs=inputs) if proof.unproven] == []


class Head(nn.Module):
    """A head on what one function takes of an LSTM's results."""

    def __init__(self, taken, width=5, **options):
        super().__init__()
        self.lstm, self.fc = nn.LSTM(3, 5, batch_first=True, **options), nn.Linear(width, 2)
        self.taken = taken

    def forward(self, x):
        return self.fc(self.taken(*self.lstm(x)))


class PackedHead(Head):
    """The same on a packed batch that is padded again."""

    def forward(self, x, lengths):
        packed = pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
        output, _ = pad_packed_sequence(self.lstm(packed)[0], batch_first=True, padding_value=-9.0)
        return self.fc(self.taken(output, lengths))


def second_and_fifth(output, _):
    _, second, _, _, fifth, _ = output.unbind(1)
    return second * fifth


PIECES = {
    "mean of the second": (lambda o, _: o.split(2, 1)[1].mean(1), {"result": {3, 4}}),
    "the last": (lambda o, _: o.chunk(4, 1)[-1], {"result.t1": {5}, "result.t2": {6}}),
    "first and last added": (
        lambda o, _: o.chunk(3, 1)[0] + o.chunk(3, 1)[2],
        {"result.t1": {1, 5}, "result.t2": {2, 6}},
    ),
    "two of all steps": (second_and_fifth, {"result": {2, 5}}),
    "every second": (
        lambda o, _: torch.stack(o.unbind(1)[::2], 1),
        {f"result.t{n + 1}": {2 * n + 1} for n in range(3)},
    ),
}


def reached(scene):
    """Return which steps of output lead to each node of the result."""
    found: dict[str, set[int]] = {}
    for step in range(1, 7):
        seen: set[str] = set()
        open_ = [f"output.t{step}"]
        while open_:
            seen.add(here := open_.pop())
            open_ += [edge.target for edge in scene.edges if edge.source == here and edge.target not in seen]
        for node in scene.nodes:
            if node.id in seen and node.id.startswith("result"):
                found.setdefault(node.id, set()).add(step)
    return found


@pytest.mark.parametrize("name", PIECES)
def test_a_head_stands_on_the_steps_of_the_pieces_that_it_reads(name):
    taken, steps = PIECES[name]
    scene = lstmviz.draw(Head(taken), "grid", inputs=(X,), elide="never").scene
    assert reached(scene) == steps
    assert all_proven(Head(taken), X)


def test_a_head_stands_on_the_last_states_of_the_pieces_that_it_reads():
    def upper(_, states):
        _, middle, top = states[0].unbind(0)
        return torch.cat([top, middle], 1)

    module = Head(upper, width=10, num_layers=3)
    scene = lstmviz.draw(module, "grid", inputs=(X,)).scene
    read = {edge.source for edge in scene.edges if edge.source.startswith("h_n") and edge.target == "cat"}
    assert read == {"h_n.l1.fwd", "h_n.l2.fwd"}
    assert all_proven(module, X)


@pytest.mark.parametrize(
    ("taken", "steps"),
    [
        (lambda o, n: o[torch.arange(4), n - 1], {4}),
        (lambda o, n: o[torch.arange(4), n // 2], {3}),
        (lambda o, n: o.gather(1, (n - 1).view(-1, 1, 1).expand(-1, 1, 5)).squeeze(1), {4}),
        (lambda o, _: o.max(1)[0], {1, 2, 3, 4}),
    ],
)
def test_of_a_packed_batch_the_steps_that_the_drawn_sample_reads_are_proven(taken, steps):
    scene = lstmviz.draw(PackedHead(taken), "grid", inputs=(X, LENGTHS), elide="never").scene
    assert "drawn: sample 1, lengths[1] = 4" in {text.label.text for text in scene.texts}
    assert reached(scene) == {"result": steps}
    assert all_proven(PackedHead(taken), X, LENGTHS)
