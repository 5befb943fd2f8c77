"""From what figures count: samples, as torch's layers, from 0; steps, features and units from 1."""

from __future__ import annotations

import re

import pytest

import lstmviz
from lstmviz import figures
from lstmviz.errors import LstmvizError

SPEC = {
    "input": {"batch_size": 4, "timesteps": 5, "features": 3, "batch_first": True},
    "layers": [{"lstm": 6}, "last_step", {"linear": 2}],
}
COUNTED = sorted(name for name in figures.KINDS if "sample" in figures.kind(name).options.model_fields)
PADDED = SPEC | {"input": SPEC["input"] | {"lengths": [5, 3, 4, 2]}}
STEPS = {"cube": "step", "grid": "highlight"}


def test_these_kinds_ask_for_a_sample():
    assert COUNTED == ["activity", "cube", "grid", "influence"]


@pytest.mark.parametrize("kind", COUNTED)
def test_the_first_sample_is_0_and_the_last_one_less_than_their_number(kind):
    for sample in (0, 3):
        scene = lstmviz.draw(SPEC, kind, sample=sample).scene
        said = " ".join(text.label.text for text in scene.texts)
        assert f"sample {sample}" in said or kind in {"influence", "grid"}, said
    for sample in (-1, 4):
        with pytest.raises((LstmvizError, TypeError)):
            lstmviz.draw(SPEC, kind, sample=sample)


@pytest.mark.parametrize("kind", sorted(STEPS))
def test_the_first_step_is_1_and_the_last_is_t(kind):
    for step in (1, 5):
        assert lstmviz.draw(SPEC, kind, **{STEPS[kind]: step}).scene
    for step in (0, 6):
        with pytest.raises((LstmvizError, TypeError)):
            lstmviz.draw(SPEC, kind, **{STEPS[kind]: step})


def test_a_sample_stands_beside_its_code_with_its_index():
    said = [text.label.text for text in lstmviz.draw(SPEC, "cube", sample=2).scene.texts]
    assert "X[2]" in said
    assert any(re.fullmatch("sample 2, all steps", one) for one in said)


@pytest.mark.parametrize(("kind", "spec", "first"), [("batch", PADDED, 0), ("cube", SPEC, 0)])
def test_rows_of_samples_are_numbered(kind, spec, first):
    scene = lstmviz.draw(spec, kind).scene
    numbers = {}
    for text in scene.texts:
        if text.label.text.isdigit():
            numbers.setdefault(round(text.label.runs[-1].x), []).append(int(text.label.text))
    assert [*range(first, first + 4)] in [found[:4] for found in numbers.values()]


def test_a_cube_says_from_where_it_counts():
    said = " ".join(text.label.text for text in lstmviz.draw(SPEC, "cube", detail="full").scene.texts)
    assert "samples count from 0, as Python's indices do, steps and features from 1" in said
