"""Slides: 16:9, with the largest type that fits the screen."""

from __future__ import annotations

import pytest

import lstmviz
from lstmviz.figures import composing
from lstmviz.figures.pages import SLIDES
from tests.conftest import ROOT
from tests.figures.lint import faults

LSTM = {"input": {"batch_size": 6, "timesteps": 4, "features": 3}, "layers": [{"lstm": {"hidden_size": 16}}]}
CNN = {
    "input": {"channels": 3, "height": 16, "width": 16},
    "layers": [{"conv2d": {"out_channels": 8, "kernel_size": 3}}, "flatten", {"linear": 10}],
}
TALL = LSTM | {"layers": [{"lstm": {"hidden_size": 16, "num_layers": 9}}]}


def type_of(scene):
    """The size of the title, 9 pt at type size 1."""
    return max(run.size for text in scene.texts for run in text.label.runs if run.font == "bold") / 9


@pytest.mark.parametrize("kind", ["rolled", "volumes"])
def test_what_fits_has_type_twice_as_large(kind):
    scene = lstmviz.draw(
        (CNN if kind == "volumes" else LSTM) | {"title": "Small"}, kind, width="slide", detail="full"
    ).scene
    assert (scene.width, scene.height) == pytest.approx(SLIDES["slide"])
    assert type_of(scene) == pytest.approx(2)


@pytest.mark.parametrize("kind", ["grid", "tensors", "neurons"])
def test_what_is_taller_has_smaller_type_rather_than_a_taller_page(kind):
    deep = LSTM | {"title": "Deep", "layers": [{"lstm": {"hidden_size": 16, "num_layers": 2}}]}
    scene = lstmviz.draw(deep, kind, width="slide", detail="full").scene
    assert (scene.width, scene.height) == pytest.approx(SLIDES["slide"])
    assert 1 <= type_of(scene) < 2
    assert faults(scene, words=7) == {}


def test_type_never_shrinks_below_that_of_print():
    scene = lstmviz.draw(
        TALL | {"title": "Nine layers"}, "grid", width="slide", elide="never", detail="full"
    ).scene
    assert type_of(scene) == pytest.approx(1)
    assert scene.height > SLIDES["slide"][1]


@pytest.mark.parametrize("detail", ["low", "normal"])
def test_a_slide_is_composed_few_times_to_find_its_type_size(monkeypatch, detail):
    """A page that does not hold a figure says by how much, which is where the next one is looked for."""
    drafts = []
    drafted = composing._drafted
    monkeypatch.setattr(composing, "_drafted", lambda *given: drafts.append(0) or drafted(*given))
    counts = []
    for name, kind in (("lstm", "grid"), ("gru", "unfold"), ("weather", "tensors"), ("long", "unrolled")):
        drafts.clear()
        lstmviz.draw(ROOT / f"specs/{name}.yaml", kind, width="slide", detail=detail)
        counts.append(len(drafts))
    assert max(counts) <= {"low": 10, "normal": 7}[detail], counts
