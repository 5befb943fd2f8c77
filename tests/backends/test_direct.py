"""SVG is written from the display list; a backend that is named paints the same bytes."""

from __future__ import annotations

import re
from dataclasses import fields, replace

import pytest

from lstmviz import pipeline
from lstmviz.backends import digest, paint
from lstmviz.backends.choices import BACKENDS, TEXT_MODES, Painting, PaintOptions
from lstmviz.errors import LstmvizError
from lstmviz.figure_requests import plan_all
from tests.house_specs import SPECS, subject


def unsigned(data):
    """An SVG without its hash, which names the backend."""
    return re.sub(rb"sha256:[0-9a-f]{64}", b"", data)


@pytest.mark.parametrize("name", SPECS)
def test_three_ways_write_the_same(name):
    read, traced = subject(name)
    for plan in plan_all(read, traced, (), (), {}):
        figure = replace(pipeline.compose(traced, plan), text="plain")
        by_backend = {unsigned(replace(figure, backend=name).paint("svg")) for name in BACKENDS}
        assert by_backend == {unsigned(replace(figure, backend=None).paint("svg"))}, plan.name


@pytest.mark.parametrize("text", TEXT_MODES)
@pytest.mark.parametrize("theme", ["light", "auto"])
def test_whatever_an_item_can_be(scene, text, theme):
    by_backend = {unsigned(paint(scene, theme, backend=name, text=text)) for name in BACKENDS}
    assert by_backend == {unsigned(paint(scene, theme, text=text))}


def test_a_backend_that_is_named_paints(scene, monkeypatch):
    def refuse(*_, **__):
        raise LstmvizError("asked")

    for name in BACKENDS:
        monkeypatch.setattr(f"lstmviz.backends.{name}.draw", refuse)
        with pytest.raises(LstmvizError, match="asked"):
            paint(scene, "light", backend=name)
        with pytest.raises(LstmvizError, match="asked"):
            paint(scene, "light", default_backend=name, fmt="png")
    assert paint(scene, "light", default_backend="matplotlib").endswith(b"</svg>\n")


def test_an_option_of_painting_is_written_once_with_its_type_and_once_with_its_default():
    assert {*PaintOptions.__annotations__} == {field.name for field in fields(Painting)}


@pytest.mark.parametrize(
    "option", [{"dpi": 96}, {"transparent": True}, {"text": "plain"}, {"backend": "matplotlib"}]
)
def test_every_option_of_painting_is_in_the_hash(build, option):
    assert digest(build(), "light", **option) != digest(build(), "light")
