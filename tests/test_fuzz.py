"""Specs bent at random and bytes at random: an answer or a LstmvizError, and soon."""

from __future__ import annotations

import os
import time
from xml.etree import ElementTree as ET

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import lstmviz
from lstmviz import pipeline
from lstmviz.backends.choices import BACKENDS
from lstmviz.errors import LstmvizError
from tests.conftest import ROOT
from tests.spec import generated

EXAMPLES = int(os.environ.get("LSTMVIZ_FUZZ", "150"))
LIMIT = 2.0
SEEDS = [path.read_bytes() for path in sorted((ROOT / "specs").glob("*.yaml"))]
TOKENS = [
    b"&a ", b"*a", b"!!python/object:os.system ", b"!!binary ", b"<<: ", b"? ", b"- ", b": ", b"{", b"}",
    b"[", b"]", b"|\n", b">\n", b"\t", b"\r\n", b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b"---\n",
    b"...\n", b"%YAML 9.9\n",
    b".nan", b"-.inf", b"1e999", b"1000000000", b"-1", b"0", b"0x10", b"12:30", b"no", b"~", b"''",
    b"\xe2\x80\xae", b"layers", b"lstm", b"figures", b"grid", b"input", b"style", b"model", b"title", b"#",
    b"'", b'"', b"\\",
]  # fmt: skip
FUZZ = settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@st.composite
def bent(draw):
    """A valid spec with a few places cut out, doubled, moved or overwritten."""
    data = draw(st.sampled_from(SEEDS))
    for _ in range(draw(st.integers(1, 6))):
        start, stop = sorted(draw(st.tuples(*[st.integers(0, len(data))] * 2)))
        stop = min(stop, start + draw(st.integers(0, 60)))
        middle = draw(
            st.sampled_from(TOKENS) | st.binary(max_size=8) | st.just(data[start:stop] * 2) | st.just(b"")
        )
        data = data[:start] + middle + data[stop:]
    return data


def answered(data):
    """Load the bytes; anything but a Spec or a LstmvizError, or a long wait, fails."""
    began = time.process_time()
    try:
        pipeline.load_bytes(data, "fuzz")
    except LstmvizError as error:
        assert str(error)
    assert time.process_time() - began < LIMIT, data


@FUZZ
@given(bent())
def test_a_bent_spec_is_answered(data):
    answered(data)


KINDS = ("rolled", "unrolled", "unfold", "grid", "cube", "cell", "tensors", "pipeline", "neurons")


@settings(FUZZ, max_examples=max(EXAMPLES // 6, 1))
@given(generated.specs, st.sampled_from(KINDS), st.sampled_from(BACKENDS), st.integers(0, 3))
def test_a_valid_spec_is_drawn_or_refused(spec, kind, backend, flow_below):
    text = generated.written(spec, flow_below).text
    try:
        figure = lstmviz.draw(text, kind, backend=backend, text="plain")
        ET.fromstring(figure.svg)
    except LstmvizError as error:
        assert str(error)


@FUZZ
@given(st.binary(max_size=400))
def test_bytes_are_answered(data):
    answered(data)


@FUZZ
@given(st.lists(st.sampled_from(TOKENS), max_size=60).map(b"".join))
def test_signs_of_yaml_are_answered(data):
    answered(data)


def test_something_else_than_our_error_is_seen(monkeypatch):
    def broken(*_, **__):
        raise KeyError("a defect")

    monkeypatch.setattr(pipeline, "load_bytes", broken)
    with pytest.raises(KeyError):
        answered(b"")
