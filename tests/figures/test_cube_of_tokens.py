"""The cube of a user's own module that reads tokens: of words, and of their characters."""

import dataclasses

import pytest
import torch
from torch import nn

import lstmviz
from lstmviz.errors import FigureError
from lstmviz.pipeline import described
from lstmviz.proof.facts.cube import ABOUT_CUBES

WORDS, CHARACTERS, VOCABULARY = 4, 7, 30


class CharTagger(nn.Module):
    """Tags words by features that a convolution makes of their characters."""

    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(VOCABULARY, 6)
        self.conv = nn.Conv1d(6, 8, 3, padding=1)
        self.lstm = nn.LSTM(8, 10, batch_first=True)
        self.out = nn.Linear(10, 5)

    def forward(self, chars):
        *batch, words, width = chars.shape
        x = self.embedding(chars.view(-1, width)).transpose(1, 2)
        x = torch.relu(self.conv(x)).max(dim=2).values
        return self.out(self.lstm(x.view(*batch, words, -1))[0])


class WordTagger(nn.Module):
    """Tags words by a vector of each."""

    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(VOCABULARY, 6)
        self.lstm = nn.LSTM(6, 10, batch_first=True)

    def forward(self, words):
        return self.lstm(self.embedding(words))[0]


def ids(*sizes):
    return torch.randint(VOCABULARY, sizes)


@pytest.mark.parametrize("sizes", [(3, WORDS, CHARACTERS), (WORDS, CHARACTERS)], ids=["batch", "sentence"])
def test_characters_of_words_are_neither_features_nor_sentences(sizes):
    with pytest.raises(FigureError, match="tokens at each step"):
        lstmviz.draw(CharTagger(), "cube", inputs=ids(*sizes))


def test_a_cube_of_characters_would_be_refuted():
    trace = described(CharTagger(), ids(WORDS, CHARACTERS)).trace
    (embedding,) = (stage for stage in trace.stages if stage.name == "embedding")
    given = {"id": "cube.count-words", "of": "embedding", "what": "time", "n": WORDS}
    assert embedding.outputs[0].symbols[:-1] == ("T", str(CHARACTERS))
    assert not ABOUT_CUBES["cube-count"](trace, given)
    assert not ABOUT_CUBES["cube-tokens"](trace, given)
    batch = dataclasses.replace(embedding.outputs[0], symbols=("T", "N", "E"))
    stages = [dataclasses.replace(s, outputs=(batch,)) if s is embedding else s for s in trace.stages]
    assert ABOUT_CUBES["cube-count"](dataclasses.replace(trace, stages=tuple(stages)), given)


def test_words_still_make_a_cube_of_vectors():
    said = {t.label.text for t in lstmviz.draw(WordTagger(), "cube", inputs=ids(3, WORDS)).scene.texts}
    assert {"words T = 4", "sentences"} <= said
