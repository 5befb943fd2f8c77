"""How errors look on a terminal and as data."""

from __future__ import annotations

import json

import pytest

from lstmviz.errors import Problem, Span, SpecError
from lstmviz.spec import load_text
from lstmviz.spec.report import to_json, to_text, window

WEATHER = """\
title: weather
input:
  features: 3
  timesteps: 5

layers:
  - lstm: {hiden_size: 16}
"""
SHOWN = """\
weather.yaml:7:12: error[unknown-key]: 'hiden_size' is not an option of lstm
  |
7 |   - lstm: {hiden_size: 16}
  |            ^^^^^^^^^^ did you mean 'hidden_size'?

1 error in weather.yaml; nothing was written"""


def error_of(text, file="weather.yaml"):
    with pytest.raises(SpecError) as caught:
        load_text(text, file)
    return caught.value


def test_as_the_manual_shows_it():
    assert to_text(error_of(WEATHER)) == SHOWN


def test_as_data():
    data = json.loads(json.dumps(to_json(error_of(WEATHER))))
    assert data == {
        "errors": [
            {
                "file": "weather.yaml",
                "line": 7,
                "column": 12,
                "code": "unknown-key",
                "path": "layers.0.lstm.hiden_size",
                "message": "'hiden_size' is not an option of lstm",
                "hint": "did you mean 'hidden_size'?",
            }
        ]
    }


def test_without_a_place():
    error = SpecError([Problem("bad-type", "it is wrong", path="input.features", hint="mend it")], "spec")
    assert to_text(error) == (
        "spec: error[bad-type]: it is wrong (at input.features)\n  = mend it\n\n"
        "1 error in spec; nothing was written"
    )


def carets(text, marked):
    """The source line and the line of carets, as columns of a terminal."""
    report = to_text(error_of(text)).splitlines()
    line = next(x for x in report[1:] if marked in x)
    below = report[report.index(line) + 1]
    return line, below


@pytest.mark.parametrize(
    ("before", "width"),
    [
        ("abc", 3),
        ("中文", 4),
        ("🙂", 2),
        ("e\u0301", 1),
        ("ａ", 2),
        ("👍🏽", 2),
        ("❤\ufe0f", 2),
        ("👩\u200d🚀", 2),
        ("עב", 2),
    ],
)
def test_carets_stand_below_wide_characters(before, width):
    line, below = carets(f"input: {{features: [{before}, [x]], timesteps: 5}}\nlayers: [relu]\n", before)
    start = line.index(before)
    assert below.index("^") == start + width + len(", ")
    assert below[below.index("^") :].split(" ")[0] == "^^^"


def test_carets_are_as_wide_as_what_they_mark():
    _, below = carets("input: {features: 3, 中文: 5, timesteps: 5}\nlayers: [relu]\n", "中文")
    assert below.count("^") == 4


def test_tabs_become_spaces():
    report = to_text(error_of("input: {features: 3, timesteps: 5}\nlayers: [relu]\ntitle:\t[a]\n"))
    assert "3 | title:  [a]\n  |         ^^^" in report


def test_what_a_terminal_would_obey_is_not_shown():
    report = to_text(error_of("input: {features: 3}\n\x1b[31mlayers: [relu]\n"))
    assert "\x1b" not in report
    span = Span("a\x1b.yaml", 1, 1, 2, "x\u202ey\x9b")
    report = to_text(SpecError([Problem("syntax", "m\x07\u2028", span, hint="h\x1b")], "a\x1b.yaml"))
    assert not set(report) & set("\x1b\x07\u202e\x9b\u2028")
    assert len(report.splitlines()) == 6


@pytest.mark.parametrize("start", [0, 3, 40, 100, 250, 390, 399])
@pytest.mark.parametrize("letter", ["x", "中"])
def test_long_lines_are_windowed(start, letter):
    text = letter * start + "HERE" + letter * (400 - start)
    shown, offset, width = window(text, start, start + 4, 80)
    columns = [c for c in shown for _ in range(1 + (c == "中"))]
    assert len(columns) <= 80
    assert "".join(columns[offset : offset + width]) == "HERE"
    assert len(columns) >= 75


def test_a_place_wider_than_the_window():
    shown, offset, width = window("a" * 500, 100, 400, 60)
    assert offset + width <= 60
    assert len(shown) <= 60


@pytest.mark.parametrize("count", [1, 2, 7, 8, 9, 20, 24, 25, 26, 27, 30, 100, 1000])
def test_one_screen(count):
    text = "input: {features: 3, timesteps: 5}\nlayers:\n" + "  - lstm: no\n" * count
    lines = to_text(error_of(text)).splitlines()
    assert len(lines) <= 40
    plural = "1 error" if count == 1 else f"{count} errors"
    assert lines[-1] == f"{plural} in weather.yaml; nothing was written"
    shown = sum("error[" in x for x in lines)
    more = [x for x in lines if x.startswith("… and")]
    assert more == ([f"… and {count - shown} more"] if shown < count else [])
    assert shown >= min(count, 20)


def test_messages_are_short_lines():
    text = f"input: {{features: 3, {'x' * 300}: 5}}\nlayers: [lstm: {'y' * 300}]\n"
    for line in to_text(error_of(text)).splitlines():
        assert len(line) <= 130
