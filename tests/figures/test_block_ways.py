"""Which way an axis runs in the blocks of a pipeline, as its key says, is counted in the blocks."""

from dataclasses import replace

import pytest
import torch
from torch import nn

import lstmviz
from lstmviz.checking import proofs
from lstmviz.figure_requests import plan_kind
from lstmviz.figures.pipeline import labels
from lstmviz.network.plan import plan_of
from lstmviz.pipeline import compose, described, load, trace
from lstmviz.proof.block_ways import judge
from lstmviz.proof.prove import prove
from lstmviz.proof.verdict import Tally
from lstmviz.scene.claims import claim

TRUE = {"N": "down", "T": "right"}
FALSE = {
    "turned": {"N": "right", "T": "down"},
    "samples away": {"N": "away", "T": "right"},
    "steps away": {"N": "down", "T": "away"},
    "features down": {**TRUE, "F": "down"},
    "units right": {**TRUE, "H": "right"},
}
SPECS = ("bilstm", "forecast", "patient", "seq2seq", "shares", "weather")
"""Of `forecast` the samples are left out but for some."""


WIDE = """
input: {batch_size: 4, channels: 3, height: 6, width: 14, batch_first: true}
layers: [conv2d: {out_channels: 8, kernel_size: 3}, relu, max_pool2d: 2, flatten, linear: 5]
"""
SQUARE = """
input: {batch_size: 8, channels: 1, height: 28, width: 28, batch_first: true}
layers: [view: [-1, 28, 28], lstm: 16, last_step, linear: 10]
"""


def found(text):
    spec = load(f"specs/{text}.yaml" if text in SPECS else text)
    subject = trace(spec)
    scene = compose(subject, plan_kind("pipeline", {})).scene
    ways = [dict(c.facts) for t in scene.texts for c in t.label.claims if c.kind == "way"]
    return ways, prove(scene, subject.trace, plan_of(spec)).faults


@pytest.mark.parametrize("name", SPECS)
def test_every_letter_of_a_block_says_which_way_it_runs(name):
    ways, faults = found(name)
    assert {"N": "down", "T": "right", "F": "away"}.items() <= {w["symbol"]: w["way"] for w in ways}.items()
    assert faults == ()


@pytest.mark.parametrize("name", SPECS)
@pytest.mark.parametrize("wrong", sorted(FALSE))
def test_another_way_is_refuted(name, wrong, monkeypatch):
    monkeypatch.setattr(labels, "way_of", lambda one: FALSE[wrong].get(one.rstrip("′"), "away"))
    ways, faults = found(name)
    told = {one["symbol"]: one["way"] for one in ways}
    false = [letter for letter, way in told.items() if way != TRUE.get(letter.rstrip("′"), "away")]
    if not false:  # it has no such letter
        return
    assert any("it does not run so in" in fault for fault in faults), false


@pytest.mark.parametrize("image", [WIDE, SQUARE], ids=["wide", "square"])
def test_words_for_the_axes_of_an_image_say_which_way_they_run(image):
    ways, faults = found(image)
    words = {"rows": "down", "columns": "right"} | ({"channels": "away"} if image is WIDE else {})
    assert words.items() <= {one["symbol"]: one["way"] for one in ways}.items()
    assert faults == ()


@pytest.mark.parametrize("word", ["rows", "columns", "channels"])
@pytest.mark.parametrize("wrong", ["down", "right", "away"])
@pytest.mark.parametrize("image", [WIDE, SQUARE], ids=["wide", "square"])
def test_another_way_of_an_image_is_refuted(image, word, wrong, monkeypatch):
    right = labels.IMAGES[word] == wrong
    monkeypatch.setattr(labels, "IMAGES", {**labels.IMAGES, word: wrong})
    ways, faults = found(image)
    if word in {one["symbol"] for one in ways}:  # of one channel none is said
        assert any(fault.startswith(f"{word} ") for fault in faults) is not right


class Frames(nn.Module):
    """Images of five axes, which are a row of sizes and no block."""

    def __init__(self):
        super().__init__()
        self.conv, self.rnn = nn.Conv2d(3, 4, 3), nn.LSTM(4, 5, batch_first=True)

    def forward(self, x):
        seen = self.conv(x.flatten(0, 1)).mean((2, 3))
        return self.rnn(seen.view(*x.shape[:2], -1))[0]


class Tagger(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn, self.head = nn.GRU(3, 4), nn.Linear(4, 2)

    def forward(self, x):
        return self.head(self.rnn(x)[0])


def test_the_axes_of_an_image_are_told_only_where_one_is_drawn():
    subject = described(Tagger(), (torch.randn(5, 2, 3),))  # frames are drawn as cells
    scene = compose(subject, plan_kind("pipeline", {})).scene
    told = {one.fact("symbol") for text in scene.texts for one in text.label.claims if one.kind == "way"}
    assert told == {"N", "T", "F", "H"}
    assert claiming(scene, subject.trace, "T", "right") == (set(), set())
    for word, way in labels.IMAGES.items():
        assert claiming(scene, subject.trace, word, way) == ({f"{word} x: no image is drawn so"}, set())
    assert claiming(scene, subject.trace, "L", "away") == (set(), {"L x"})  # no block can say


def claiming(scene, trace, symbol, way):
    """What is refuted, and what is not proven, where the key has one more axis."""
    text = next(text for text in scene.texts if any(one.kind == "way" for one in text.label.claims))
    label = replace(text.label, claims=(claim("way", "x", symbol=symbol, way=way),))
    tally = Tally("pipeline")
    judge(tally, replace(scene, texts=(*scene.texts, replace(text, label=label))), trace)
    return {*tally.faults}, {*tally.texts}


class Turned(nn.Module):
    def __init__(self):
        super().__init__()
        self.out = nn.Linear(3, 2)

    def forward(self, x):
        return self.out(x.transpose(0, 1))


def test_a_front_that_is_as_short_as_it_may_be_is_not_to_scale():
    (one,) = [p for p in lstmviz.check(Turned(), inputs=torch.randn(4, 7, 3)) if p.kind == "pipeline"]
    words = lstmviz.draw(Turned(), "pipeline", inputs=torch.randn(4, 7, 3)).scene.texts
    claims = [one for text in words for one in text.label.claims if one.kind == "way"]
    assert "rows" in {one.fact("symbol") for one in claims}
    assert one.faults == ()


def test_images_as_steps_of_a_sequence_are_images_no_more():
    text = "input: {batch_size: 10, channels: 1, height: 8, width: 8}\nlayers: [view: [-1, 8, 8], lstm: 4]\n"
    (proof,) = proofs(lstmviz.load(text + "figures: [pipeline]\n"))
    assert proof.answer == "proven"
