"""Mistakes in the figures and in the YAML itself, and several at once."""

from __future__ import annotations

import pytest
from pydantic import BaseModel, ConfigDict, Field

from lstmviz.spec import LAYERS, FigureSchema
from tests.spec.marked import check, marked, problems

INPUT = "input: {batch_size: 6, timesteps: 5, features: 3}\n"
LAYER = "layers: [lstm: 16]\n"


def layers(text):
    return f"{INPUT}layers:\n{text}\n"


class Windows(BaseModel):
    model_config = ConfigDict(extra="forbid")
    rows: int = 1
    stride: int = 1


class Common(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: str | None = None
    title: str | None = None
    theme: str = "auto"
    symbols: dict[str, str] = Field(default_factory=dict)


class Cube(Common):
    step: int | None = None
    windows: Windows | None = None


SCHEMA = FigureSchema({"grid": Common, "cube": Cube}, Common)
FIGURES = [
    ("figures: «grid»\n", "bad-type", "write a list: [grid]"),
    ("figures: [«gird»]\n", "unknown-kind", "did you mean 'grid'?"),
    ("figures: [{kind: «gird»}]\n", "unknown-kind", "did you mean 'grid'?"),
    ("figures: [«{kynd: grid}»]\n", "missing-key", "did you mean 'kind'?"),
    ("figures: [«{cube: {step: 1}}»]\n", "missing-key", "{kind: cube, …}"),
    ("figures: [{kind: «3»}]\n", "bad-type", None),
    ("figures: [grid, {kind: cube, name: «Grid»}]\n", "duplicate-name", "another 'name'"),
    ("figures: [{kind: grid, name: «a/b»}]\n", "bad-value", "no slashes"),
    ("figures: [{kind: grid, name: «..»}]\n", "bad-value", "no dot"),
    ("figures: [{kind: cube, «stpe»: 1}]\n", "unknown-key", "did you mean 'step'?"),
    ("figures: [{kind: cube, step: «'1'»}]\n", "bad-type", "drop the quotes: 1"),
    ("figures: [{kind: cube, step: «true»}]\n", "bad-type", "not a number"),
    ("figures: [{kind: cube, windows: {«row»: 3}}]\n", "unknown-key", "did you mean 'rows'?"),
    ("figures: [{kind: cube, windows: {rows: «x»}}]\n", "bad-type", None),
    ("figures: [{kind: cube, symbols: {batch: «[1]»}}]\n", "bad-type", "without [ ]"),
    ("style: {«them»: dark}\n", "unknown-key", "did you mean 'theme'?"),
    ("style: «dark»\n", "bad-type", None),
]


@pytest.mark.parametrize(("text", "code", "hint"), FIGURES)
def test_one_mistake_in_the_figures(text, code, hint):
    check(INPUT + LAYER + text, code, hint, figures=SCHEMA)


SYNTAX = [
    (layers("\t- lstm: 16").replace("\t", "«\t»"), "indent with spaces"),
    (layers("  - lstm: 16\n«\t»- linear: 1"), "indent with spaces"),
    (INPUT + "layers: «[»lstm: 16\n", None),
    (INPUT + "layers: [lstm: {hidden_size: 16«]»\n", "write '}'"),
    (INPUT + "layers: [lstm: 16\nstyle«:» {}\n", "'[' opens in line 2"),
    (INPUT + LAYER + "title: «'»never closed\n", "close it"),
    (INPUT + LAYER + "title: a: b\n", "quote the text"),
    (INPUT + LAYER + "title: «@»home\n", "quotes"),
    (INPUT + LAYER + "title: «*»\n", "quotes"),
    (INPUT + LAYER + "title: «*here»\n", "quotes"),
    (INPUT + LAYER + "«---»\na: 1\n", None),
    ("«\0»", "UTF-8"),
    (INPUT + LAYER + "title: a«\x1b»b\n", "delete it"),
    ("«»", None),
    ("«#» only a comment\n", None),
]


@pytest.mark.parametrize(("text", "hint"), SYNTAX)
def test_syntax(text, hint):
    clean, line, column, _ = marked(text)
    (problem,) = problems(clean)
    assert problem.code == "syntax"
    if "«" in text:
        assert (problem.span.line, problem.span.column) == (line, column)
    assert (hint is None and problem.hint is None) or hint in (problem.hint or ""), problem
    assert problem.span.text == clean.split("\n")[problem.span.line - 1]


def test_all_at_once_sorted_by_place():
    text = "layers:\n  - lstm: {hiden_size: 1, dropout: 2}\n  - LSTM: 3\n"
    text += "input: {features: no, lengths: [1]}\ntitel: x\n"
    found = [(p.code, p.span.line, p.span.column) for p in problems(text)]
    assert found == [
        ("misplaced-layer", 2, 5),
        ("unknown-key", 2, 12),
        ("out-of-range", 2, 36),
        ("unknown-layer", 3, 5),
        ("bad-type", 4, 19),
        ("missing-key", 4, 23),
        ("missing-key", 4, 23),
        ("unknown-key", 5, 1),
    ]


def test_paths_are_in_the_words_of_the_file():
    text = "input: {seq_len: x, features: [a, [b]]}\nlayers:\n  - lstm: y\n  - linear: {out_features: z}\n"
    assert [p.path for p in problems(text)] == [
        "input.seq_len",
        "input.features.1",
        "layers.0.lstm.hidden_size",
        "layers.1.linear.out_features",
    ]


def test_an_alias_repeats_no_problem():
    text = INPUT + "layers:\n  - lstm: &a {hidden_size: «no»}\n  - lstm: *a\n"
    clean, line, column, _ = marked(text)
    assert {(p.span.line, p.span.column) for p in problems(clean)} == {(line, column)}


@pytest.mark.parametrize("name", LAYERS)
def test_every_layer_refuses_an_unknown_option(name):
    needed = {"lstm": 1, "gru": 1, "rnn": 1}
    text = f"{INPUT}layers:\n  - {name}: {{zzz: 1}}\n"
    codes = [p.code for p in problems(text)]
    assert "unknown-key" in codes
    assert ("missing-key" in codes) == any(f.is_required() for f in LAYERS[name].arguments().values())
    assert needed.get(name, 0) <= codes.count("missing-key")
