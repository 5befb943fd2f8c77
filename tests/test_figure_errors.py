"""A figure that cannot be drawn is a problem of its spec: with place, reason and what can be."""

from __future__ import annotations

import json

import pytest

import lstmviz
from lstmviz.errors import FigureError
from tests.spec import test_broken, test_broken_parts
from tests.spec.marked import marked

HEAD = (
    "input: {batch_size: 6, timesteps: 5, features: 3}\nlayers: [lstm: 16, linear: 2]\nfigures:\n  - rolled\n"
)
IMPOSSIBLE = [
    ("«volumes»", "volumes: this model takes no images", "can be drawn as rolled, unrolled"),
    ("kind: «volumes»", "volumes: this model takes no images", "can be drawn as rolled"),
    ("«{kind: rolled, of: lstn, name: a}»", "no recurrent layer named 'lstn' (there is: lstm)", None),
    ("«{kind: unrolled, layer: 1}»", "there is no layer 1: lstm has only layer 0", None),
    ("«{kind: cell, layer: 4}»", "there is no layer 4", None),
    ("«{kind: cell, direction: reverse}»", "lstm is not bidirectional", None),
    ("«{kind: tensors, of: gru}»", "no recurrent layer named 'gru'", None),
    ("«{kind: grid, highlight: 9}»", "there is no step 9", None),
    ("«{kind: grid, sample: 9}»", "there is no sample 9", None),
    ("«{kind: cube, step: 9}»", "step 9 does not exist", None),
    ("«{kind: cube, windows: {rows: 3}}»", "does not fit in a table of 3 rows", None),
    ("«{kind: grid, width: 41mm}»", "a page 41 mm wide is too narrow", None),
    ("«{kind: pipeline, width: 41mm}»", "a page 41 mm wide is too narrow", None),
    ("«{kind: grid, elide: never, width: 41mm}»", "more than the page's 41 mm", None),
]


@pytest.mark.parametrize(("entry", "words", "hint"), IMPOSSIBLE)
def test_its_place_is_that_of_the_entry(run, tmp_path, entry, words, hint):
    text, line, column, _ = marked(f"{HEAD}  - {entry}\n")
    if entry.startswith("kind: "):
        column -= len("kind: ")  # of an entry in block style, the place is its beginning
    (tmp_path / "a.yaml").write_text(text, "utf-8")
    code, out, err = run("render", "a.yaml", "-f", "json")
    assert (code, out) == (1, "")
    good, failed, error, _, source, carets, summary = err.splitlines()
    assert good.startswith("wrote output/a-rolled.json")
    assert failed.startswith("failed output/a-")
    assert error.startswith(f"a.yaml:{line}:{column}: error[figure]: ")
    assert words in error
    assert source == f"{line} | {text.splitlines()[line - 1]}"
    assert carets.index("^") == len(f"{line} | ") + column - 1
    assert (hint or "") in carets
    assert summary.startswith("2 figures: 1 written, 1 failed")


def test_the_same_for_programs(run, tmp_path):
    (tmp_path / "a.yaml").write_text(f"{HEAD}  - volumes\n", "utf-8")
    code, out, err = run("render", "a.yaml", "-f", "json", "--json")
    assert (code, err) == (1, "")
    (error,) = json.loads(out)["errors"]
    assert (error["file"], error["line"], error["column"], error["code"]) == ("a.yaml", 5, 5, "figure")
    assert error["hint"].startswith("this model can be drawn as ")


def test_check_says_the_place_too(run, tmp_path):
    (tmp_path / "a.yaml").write_text(f"{HEAD}  - volumes\n", "utf-8")
    code, _, err = run("check", "a.yaml")
    assert code == 1
    assert err.startswith("a.yaml:5:5: volumes: volumes: this model takes no images\n")


def test_the_library_raises_it_with_its_place(small):
    text = small.read_text("utf-8").replace("unfold", "volumes")
    with pytest.raises(FigureError) as caught:
        lstmviz.draw(text, "volumes")
    assert (caught.value.span.line, caught.value.kind) == (5, "volumes")
    assert "rolled" in caught.value.can
    with pytest.raises(FigureError) as caught:
        lstmviz.draw(small, "volumes")
    assert caught.value.span is None


def test_a_kind_asked_for_on_the_command_line_has_no_place(run, small):
    _, _, err = run("render", small, "--kind", "volumes")
    assert err.splitlines()[0].startswith(
        "failed output/small-volumes.svg: volumes: this model takes no images"
    )


def test_without_a_list_of_figures_only_what_can_be_is_drawn(run, small, tmp_path):
    small.write_text(small.read_text("utf-8").partition("figures")[0], "utf-8")
    assert run("render", small, "-f", "json")[0] == 0
    assert not (tmp_path / "output/small-volumes.json").exists()


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ("{kind: grid, theme: «pink»}", "there is no theme 'pink'"),
        ("{kind: grid, width: «wide»}", "a length such as 120mm"),
        ("{kind: grid, backend: «cairo»}", "must be 'graphviz' or 'matplotlib'"),
        ("{kind: grid, «hilight»: 2}", "did you mean 'highlight'?"),
        ("{kind: «gird»}", "did you mean 'grid'?"),
        ("{kind: cube, view: «sold»}", "did you mean 'solid'?"),
        ("{kind: cell, equations: «yes»}", "did you mean true?"),
        ("{kind: neurons, steps: «0»}", "must be at least 1"),
    ],
)
def test_what_is_wrong_with_an_option_stops_the_spec(run, tmp_path, entry, words):
    text, line, column, _ = marked(f"{HEAD}  - {entry}\n")
    (tmp_path / "a.yaml").write_text(text, "utf-8")
    code, _, err = run("render", "a.yaml")
    assert code == 1
    assert err.startswith(f"a.yaml:{line}:{column}: error[")
    assert words in err
    assert err.endswith("1 error in a.yaml; nothing was written\n")
    assert not (tmp_path / "output").exists()


def test_forty_broken_specs_and_more_are_tried():
    tables = (
        test_broken.TOP,
        test_broken.NUMBERS,
        test_broken.STACK,
        test_broken.DATA,
        test_broken_parts.FIGURES,
        IMPOSSIBLE,
    )
    assert sum(map(len, tables)) > 180
