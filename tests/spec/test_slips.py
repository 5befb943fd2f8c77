"""Syntax errors with their usual cause: the place of the slip itself, and what to type."""

from __future__ import annotations

import pytest

from lstmviz.errors import SpecError
from lstmviz.figure_requests import schema
from lstmviz.spec.load import load_text
from tests.spec.marked import check

INPUT = "input: {timesteps: 5, features: 3}\n"
LAYER = "layers: [lstm: 16]\n"
LIST = "layers:\n  - lstm: 16\n"

KEYS = [
    (f"input:\n  batch_size«:»6\n  timesteps: 5\n{LAYER}", "write a space after the colon: batch_size: 6"),
    (f"input:\n  timesteps: 5\n  features«:»3\n{LIST}", "write a space after the colon: features: 3"),
    (f"«input»\n  timesteps: 5\n{LAYER}", "write input:"),
    (f"input:\n  «timesteps» 5\n  features: 3\n{LAYER}", "write timesteps: 5"),
    (f"{INPUT}«layers»\n  - lstm: 16\n", "write layers:"),
    (f"input:\n  timesteps «=» 5\n  features: 3\n{LAYER}", "write timesteps: 5"),
    (f"input:\n  timesteps«：»5\n  features: 3\n{LAYER}", "write timesteps: 5"),
    (f"input«：»{{timesteps: 5, features: 3}}\n{LAYER}", "write ': '"),
    (f"title: 天气：LSTM«:» 两层\n{INPUT}{LAYER}", "quote the text: '天气：LSTM: 两层'"),
    (f"input:\n«\xa0»\xa0timesteps: 5\n  features: 3\n{LAYER}", "indent with ordinary spaces"),
    (f"title: LSTM«:» two layers\n{INPUT}{LAYER}", "quote the text: 'LSTM: two layers'"),
    (f"title: Ann's«:» a model\n{INPUT}{LAYER}", 'quote the text: "Ann\'s: a model"'),
]
INDENTS = [
    (f"input:\n  timesteps: 5\n   «f»eatures: 3\n{LAYER}", "by 2 spaces, like line 2"),
    (f"input:\n  timesteps: 5\n «f»eatures: 3\n{LAYER}", "by 2 spaces, like line 2"),
    (f"{INPUT}{LIST} «-» linear: 1\n", "by 2 spaces, like line 3"),
]
BRACKETS = [
    (f"input: {{timesteps: 5, features: 3}}«}}»\n{LAYER}", "delete it"),
    (f"{INPUT}layers: [lstm: 16]«]»\n", "delete it"),
    (f"input: {{timesteps: 5, features: 3«]»\n{LAYER}", "write '}'"),
    (f"input: {{timesteps: 5 «features»: 3}}\n{LAYER}", "write ', ' between entries"),
    (f"input: {{timesteps: 5«;» features: 3}}\n{LAYER}", "write ', '"),
    (f"input: {{timesteps: 5«，» features: 3}}\n{LAYER}", "write ', '"),
    (f"{INPUT}layers:\n  - lstm: {{hidden_size: 16\n  - linear«:» 1\n", "'{' opens in line 3"),
    (f"title: 'Ann«'»s model'\n{INPUT}{LAYER}", "write '' for an apostrophe"),
    (f"«`»``yaml\n{INPUT}{LAYER}```\n", "leave out the lines with ```"),
]


@pytest.mark.parametrize(("text", "hint"), KEYS + INDENTS + BRACKETS)
def test_the_slip_behind_a_syntax_error(text, hint):
    check(text, "syntax", hint)


@pytest.mark.parametrize(
    ("text", "code", "hint"),
    [
        (f"input:\n  «timesteps:5»\n  features:3\n{LAYER}", "bad-type", "after the colon: timesteps: 5"),
        (f"{INPUT}layers:\n  «-lstm: 16»\n", "bad-type", "a space after the dash: - lstm"),
        (f"{INPUT}layers: [«lstm(16)»]\n", "unknown-layer", "did you mean 'lstm: 16'?"),
        (f"{INPUT}layers: [«lstm 16»]\n", "unknown-layer", "did you mean 'lstm: 16'?"),
        (f"{INPUT}layers:\n  - lstm:\n    «- hidden_size: 16»\n", "bad-type", "leave out the '- '"),
        (f"{INPUT}layers: [lstm: «“16”»]\n", "bad-type", "did you mean 16?"),
        (f"{INPUT}layers: «~»\n", "bad-type", "as in: layers: ["),
        (f"{INPUT}layers:\n  - «lstm:16»\n", "unknown-layer", "a space after the colon: lstm: 16"),
        (f"{INPUT}layers: [lstm: {{hidden_size: 16, «num_layers 2»}}]\n", "unknown-key", "num_layers: 2"),
        (f"{INPUT}layers: [lstm: «[16, 32]»]\n", "bad-type", "one layer each: '- lstm: 16', '- lstm: 32'"),
        (f"{INPUT}layers: [lstm: «16 units»]\n", "bad-type", "did you mean 16?"),
        (
            f"{INPUT}layers:\n  - {{«class_name»: LSTM, units: 8}}\n",
            "unknown-layer",
            "'- lstm: {hidden_size: 8}'",
        ),
        (f"{INPUT}layers:\n  - {{«type»: Dense}}\n", "unknown-layer", "its type: '- linear: 10'"),
        (
            f"{INPUT}layers: [«repeat»: 4, lstm: 4]\n",
            "misplaced-layer",
            "a vector of the steps first: '- last_step'",
        ),
        (f"{INPUT}{LAYER}«loss»: mse\n", "unknown-key", "no part of the model"),
        (f"{INPUT}{LAYER}«hidden_size»: 16\n", "unknown-key", "'- lstm: {…, hidden_size: …}'"),
        (f"{INPUT}{LAYER}«linear»: 2\n", "unknown-key", "an entry of 'layers:': '- linear: 10'"),
        (f"{INPUT}{LAYER}«widht»: 84\n", "unknown-key", "indent width below 'input:'"),
    ],
)
def test_slips_that_are_still_yaml(text, code, hint):
    check(text, code, hint)


@pytest.mark.parametrize(
    ("symbols", "hint"),
    [
        ("{time: T, batch: T}", "T stands for time already"),
        ("{time: N}", "N stands for batch already"),
        ("{T: S, N: S}", "S stands for batch already"),
        ("{time: t}", "t stands for a step already"),
        ("{hidden: 4}", "4 is a number, not a letter"),
    ],
)
def test_a_letter_stands_for_one_thing(symbols, hint):
    with pytest.raises(SpecError) as raised:
        load_text(f"{INPUT}{LAYER}style: {{symbols: {symbols}}}\n", figures=schema())
    (found,) = raised.value.problems
    assert (found.span.line, found.code, hint in found.message) == (3, "bad-value", True)


def test_letters_may_be_the_readers_own():
    spec = load_text(f"{INPUT}{LAYER}style: {{symbols: {{time: T, H: K, batch: B}}}}\n", figures=schema())
    assert spec.style["symbols"]
