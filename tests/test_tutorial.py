"""What the tutorial says of its figures, held against the page that readers get: in both widths."""

from __future__ import annotations

import re
from pathlib import Path

import markdown
import pytest

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "docs/tutorial.md").read_text("utf-8")
SECTIONS = re.split(r"^## (?=\d+\. )", TEXT, flags=re.MULTILINE)[1:]
WORDS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
NUMBERS = {word: number for number, word in enumerate((*WORDS, "thirteen"), 1)}
SHOWN = {
    1: ("4 features", "age", "dose", "pulse", "fever", "Linear(4, 5)", "Linear(5, 3)", "Linear(3, 1)"),
    2: ("channels × height × width", "(N, C, H, W)", "each kernel (3×3) sums all channels"),
    3: ("rolled", "unrolled", "T = 4", "7 units", "zeros", "next step", "nn.RNN(3, 7)"),
    4: ("t = 1", "t = 2", "Bold: what one unit reads."),
    5: ("LSTM cell: H = 4 units", "forget", "candidate", "weight_ih_l0", "(4H, F) = (16, 3)"),
    6: ("N = 6", "rainfall", "wind speed", "PM2.5", "Wed, all cities", "all 5 days, side by side"),
    7: ("output", "h_n", "c_n", "output[-1] = h_n[1]", "Mon", "Fri", "num_layers=2"),
    8: ("output (N, T, 2H) = (6, 5, 32)", "output[:, 0, 16:] = h_n[3]", "bidirectional=True", "dropout=0.2"),
    9: ("LSTM", "view", "Linear", "T·N", "without both views the result is the same"),
    10: ("weight_hh_l1", "4·(H·F + H·H + H + H)", "parameters in all: 1,472 + 2,176 + 17 = 3,665"),
    11: ("exactly 0: no", "step reads a", "T = 20"),
    12: ("input gate", "forget gate", "cell state", "marked", "the weights of marked.pt"),
    13: ("batch_sizes", "sorted_", "longest first", "none of it is read", "(15, 3)"),
}  # fmt: skip
"""What the words of each section name, and a reader looks for."""


def prose(section):
    """The words of a section, without code and tables."""
    return re.sub(r"```.*?```", "", section, flags=re.DOTALL)


@pytest.fixture(scope="module")
def figures():
    """What each figure prints, by its number: once for a wide page and once for a narrow one."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(ROOT)
        page = markdown.markdown(TEXT, extensions=["lstmviz.markdown", "tables", "fenced_code"])
    found = {}
    for section in re.split(r"<h2(?= |>)", page)[1:]:
        heading = re.search(r">(\d+)\. ", section)
        if heading:
            pictures = re.findall(r"<svg.*?</svg>", section, re.DOTALL)
            texts = (re.findall(r"<text.*?</text>", picture, re.DOTALL) for picture in pictures)
            found[int(heading[1])] = [
                " | ".join(re.sub("<[^>]+>", "", text).replace(" ", " ") for text in words) for words in texts
            ]
    return found


def test_the_figures_are_as_many_as_the_page_says(figures):
    said = re.findall(r"(\w+) (?:figures|pictures)", TEXT.lower())
    assert {NUMBERS[word] for word in said if word in NUMBERS} == {len(SECTIONS)}
    captions = re.findall(r'caption="Figure (\d+)\.', TEXT)
    assert [*map(int, captions)] == [*figures] == [*range(1, len(SECTIONS) + 1)]
    assert all(len(pictures) == 2 for pictures in figures.values())


def test_its_two_examples_have_the_figures_that_it_says():
    specs = re.findall(r"spec=specs/(\w+)\.yaml", TEXT)
    (said,) = re.findall(r"(\w+) of them are about two examples", TEXT.lower())
    assert sum(name in {"mlp", "patient", "weather"} for name in specs) == NUMBERS[said]


@pytest.mark.parametrize("number", sorted(SHOWN))
def test_what_a_section_speaks_of_is_in_its_figure(figures, number):
    for shown in figures[number]:
        assert [words for words in SHOWN[number] if words not in shown.replace("= | ", "= ")] == []


def test_the_days_that_section_4_walks_through_are_columns_in_both_widths(figures):
    """It counted five columns beside a narrow figure of three."""
    named = re.findall(r"Monday|Tuesday|Wednesday|Thursday|Friday", prose(SECTIONS[3]))
    days = {"Monday": "t = 1", "Tuesday": "t = 2", "Friday": "t = 5"}
    for shown in figures[4]:
        assert all(days[day] in shown for day in named)
    counted = [word for word in re.findall(r"(\w+) columns", prose(SECTIONS[3])) if word in NUMBERS]
    for shown in figures[4]:
        assert all(NUMBERS[word] == len(re.findall(r"\bt = \d", shown)) for word in counted)


def test_h_is_height_in_figure_2_alone(figures):
    (row,) = re.findall(r"^\| H \|.*$", TEXT, re.MULTILINE)
    assert "in Figure 2, of images, H and W are height and width" in row
    for number, pictures in figures.items():
        for shown in pictures:
            assert ("H, W" in shown) == (number == 2), number
            assert not re.search(r"H (height|rows)", shown), number


@pytest.mark.parametrize(
    ("number", "cells"), [(10, ("F", "H")), (7, ("N", "T", "F", "H", "L")), (3, ("N", "T", "H"))]
)
def test_keys_explain_letters_as_the_page_does(figures, number, cells):
    meaning = {"N": "batch", "T": "time", "F": "features", "H": "units", "L": "layers"}
    for shown in figures[number]:
        assert all(f"{letter} {meaning[letter]}" in shown for letter in cells)
