"""What a figure says of a decoder's second input is what the run showed."""

import pytest
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence

import lstmviz
from lstmviz.errors import SpecModelError
from lstmviz.network.model import build
from lstmviz.proof.facts.layers import FACTS
from lstmviz.translation.messages import entry, message, user_text

AS_GIVEN, LATER = (message(f"second.{how}", decoder="decoder").text for how in ("as-given", "later"))


class Pair(nn.Module):
    """An encoder and a decoder; how the decoder gets its steps is the test's."""

    def __init__(self, read):
        super().__init__()
        self.encoder, self.decoder, self.fc, self.read = nn.LSTM(2, 4), nn.LSTM(2, 4), nn.Linear(4, 2), read

    def forward(self, x, target):
        _, state = self.encoder(x)
        return self.fc(self.decoder(self.read(x, target), state)[0])


class Teacher(Pair):
    """Step by step: the last step of x, then the target's steps before."""

    def forward(self, x, target):
        _, state = self.encoder(x)
        read, given = x[-1], []
        for t in range(len(target)):
            y, state = self.decoder(read.unsqueeze(0), state)
            given.append(self.fc(y.squeeze(0)))
            read = target[t]
        return torch.stack(given)


def made(name):
    return message("second.made", names=user_text(name), decoder="decoder").text


MODELS = {
    "as given": (Pair(lambda _, target: target), AS_GIVEN),
    "doubled": (Pair(lambda _, target: target * 2), made("mul.output")),
    "turned round": (Pair(lambda _, target: target.flip(0)), made("flip.output")),
    "shifted": (Pair(lambda x, target: torch.cat([x[-1:], target[:-1]])), LATER),
    "step by step": (Teacher(None), LATER),
}


@pytest.mark.parametrize("kind", ["grid", "unrolled"])
@pytest.mark.parametrize("name", MODELS)
def test_only_what_the_run_showed_is_said(kind, name):
    model, expected = MODELS[name]
    figure = lstmviz.draw(model, kind, inputs=(torch.randn(5, 3, 2), torch.randn(4, 3, 2)))
    texts = " ".join([*(text.label.text for text in figure.scene.texts), figure.scene.caption])
    assert expected in texts
    assert not [one for one in (AS_GIVEN, LATER) if one != expected and one in texts]


@pytest.mark.parametrize("name", ["shifted", "step by step"])
def test_what_the_first_step_reads_is_said(name):
    model, inputs = MODELS[name][0], (torch.randn(5, 3, 2), torch.randn(4, 3, 2))
    scene = lstmviz.draw(model, "grid", inputs=inputs).scene
    assert "step 1 reads the last step of input" in scene.caption
    trace = lstmviz.shapes(model, inputs=inputs).trace
    about = {"decoder": "decoder", "id": "second.starts-last"}
    said = [FACTS["starts-last"](trace, about | {"source": ("own", one)}) for one in ("input", "input.1")]
    assert said == [True, False]


def decoding(**options):
    decoder = {"cell": "gru", "hidden_size": 4, "steps": 4, "features": 2, **options}
    given = {"batch_size": 3, "timesteps": 5, "features": 2, "lengths": [5, 2, 4], "batch_first": True}
    return {"input": given, "layers": [{"gru": 4}, {"decoder": decoder}, {"linear": 2}]}


@pytest.mark.parametrize("start", ["zeros", "last_input"])
def test_a_shifted_target_reaches_the_decoder_one_step_later(start):
    model = build(lstmviz.load(decoding(reads="shifted", start=start)))
    x, target = torch.randn(3, 5, 2), torch.randn(3, 4, 2)
    first = torch.stack([x[0, 4], x[1, 1], x[2, 3]]) if start == "last_input" else torch.zeros(3, 2)
    encoder, decoder = (stage.inner for stage in model.stages if stage.head.type in {"gru", "decoder"})
    packed = pack_padded_sequence(x, torch.tensor([5, 2, 4]), batch_first=True, enforce_sorted=False)
    with torch.no_grad():
        given = torch.cat([first[:, None], target[:, :-1]], 1)
        expected = model.stages[-1].inner(decoder(given, encoder(packed)[1])[0])
        torch.testing.assert_close(model(x, targets={"decoder": target}).value, expected)


@pytest.mark.parametrize("kind", ["grid", "unrolled"])
@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({}, [AS_GIVEN]),
        ({"reads": "shifted"}, [LATER, "step 1 reads zeros"]),
        (
            {"reads": "shifted", "start": "last_input"},
            [LATER, "step 1 reads each sample's last real step of input"],
        ),
    ],
)
def test_what_a_spec_s_decoder_reads_is_measured_and_proven(kind, options, said):
    model = decoding(**options) | {"figures": [kind]}
    scene = lstmviz.draw(model, kind).scene
    texts = " ".join([*(text.label.text for text in scene.texts), scene.caption])
    assert all(one in texts for one in said)
    assert not [text for text in scene.texts if text.label.text.startswith("target")]  # x′ is not the target
    for language in ("en", "zh"):
        (proof,) = lstmviz.check(model | {"style": {"language": language}})
        assert (proof.arrows, proof.unproven) == (proof.proven, ())


def test_a_start_of_another_width_is_refused():
    with pytest.raises(SpecModelError, match="reads 3 features, but each step that gru reads has 2"):
        lstmviz.shapes(decoding(reads="shifted", start="last_input", features=3))


@pytest.mark.parametrize("id", ["second.starts-zero", "second.starts-last", "second.starts-last-real"])
def test_a_false_start_is_refuted(id):
    start = "last_input" if id == "second.starts-zero" else "zeros"
    seen = lstmviz.shapes(decoding(reads="shifted", start=start)).trace
    given = {"source": ("own", "input")} if id != "second.starts-zero" else {}
    assert not FACTS[entry(id).fact](seen, {"decoder": "decoder"} | given)


def test_a_decoder_alone_reads_no_step_of_its_encoder():
    """What stands before it in the spec gives it its states, and no x."""
    text = (
        "input: {timesteps: 5, features: 3}\nlayers:\n  - lstm: 4\n"
        "  - decoder: {cell: lstm, hidden_size: 4, steps: 4, features: 2}\n"
        "figures: [{kind: grid, of: decoder}]\n"
    )
    (proof,) = lstmviz.check(text)
    assert (proof.faults, proof.unproven) == ((), ())
    told = " ".join(one.label.text for one in lstmviz.draw(text, "grid", of="decoder").scene.texts)
    assert "lstm.output" not in told
    assert "x′: the target as given, not shifted" in told
