"""``render --snippet``: the lines that embed a figure in a document."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

import lstmviz
from lstmviz.commands.snippets import MARKUPS, Picture, snippets

HOSTILE = 'a "quoted" <b> & 50 % of $x_1$ \\ {y} #1 [z] ~ ^ *s* `c` | e\nof two lines'


class Tags(HTMLParser):
    """The tags of a piece of HTML with their attributes."""

    def __init__(self, text):
        super().__init__()
        self.found = []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.found.append((tag, dict(attributes)))


@pytest.fixture
def picture(small):
    """A figure in a file; `options` as `draw` takes them."""
    return lambda path, **options: Picture(path, lstmviz.draw(small, "rolled", **options))


def test_markdown_is_printed_for_every_figure(run, small):
    code, out, err = run("render", small, "--snippet", "markdown")
    assert code == 0
    first, empty, second = out.splitlines()
    assert empty == ""
    assert re.fullmatch(r"!\[(.+)\]\(output/small-rolled\.svg\)", first)
    assert second.endswith("](output/small-unfold.svg)")
    assert err.splitlines()[-1].startswith("2 figures: 2 written")


def test_latex_draws_pdf_unless_told_otherwise(run, small, tmp_path):
    code, out, _ = run("render", small, "--snippet", "latex", "--figure", "rolled")
    assert code == 0
    assert [p.name for p in (tmp_path / "output").iterdir()] == ["small-rolled.pdf"]
    assert out.startswith("\\begin{figure}")
    assert "\n  \\def\\figurealt{" in out
    *_, image, caption, label, end = out.splitlines()
    assert image == "  \\includegraphics[alt=\\figurealt]{output/small-rolled.pdf}"
    assert caption == "  \\caption{A small LSTM}"
    assert (label, end) == ("  \\label{fig:small-rolled}", "\\end{figure}")
    assert "{output/small-rolled.png}" in run("render", small, "--snippet", "latex", "-f", "png")[1]


def test_what_is_not_drawn_is_in_the_caption_of_latex(small):
    (lines,) = snippets("latex", [Picture("a.pdf", lstmviz.draw(small, "neurons"))])
    assert re.search(r"\\caption\{.+?\. A digit is a unit; .*\.\}", lines)
    (lines,) = snippets("latex", [Picture("a.pdf", lstmviz.draw(small, "neurons", detail="full"))])
    assert "digit is" not in lines


@pytest.mark.parametrize("language", MARKUPS)
def test_what_is_not_drawn_is_under_the_figure_in_every_language(small, language):
    figure = lstmviz.draw(small, "neurons")
    (lines,) = snippets(language, [Picture("a.pdf" if language == "latex" else "a.svg", figure)])
    said = re.sub(r"[\\$*{}]|<[^>]*>", "", lines).replace("text", "")
    assert "A digit is a unit; " in said
    ends = {"html": "</figcaption>\n</figure>", "markdown": "*", "latex": "\\end{figure}"}
    assert lines.endswith(ends[language])


def test_html_has_size_and_alt(run, small):
    _, out, _ = run("render", small, "--snippet", "html", "--figure", "rolled", "-f", "png,svg")
    ((tag, attributes),) = Tags(out).found
    scene = lstmviz.draw(small, "rolled").scene
    assert (float(attributes["width"]), float(attributes["height"])) == pytest.approx(
        (scene.width * 96 / 72, scene.height * 96 / 72), abs=0.5
    )
    assert (tag, attributes["src"]) == ("img", "output/small-rolled.svg")
    assert attributes["alt"] == lstmviz.draw(small, "rolled").alt


def test_a_pair_for_light_and_dark_pages_is_one_picture(run, small):
    text = small.read_text("utf-8").replace(
        "[rolled, unfold]", "[rolled, {kind: rolled, name: night, theme: dark}]"
    )
    small.write_text(text, "utf-8")
    for language in ("html", "markdown"):
        _, out, _ = run("render", small, "--snippet", language)
        names = [(tag, a.get("srcset") or a.get("src")) for tag, a in Tags(out).found]
        assert names == [
            ("picture", None),
            ("source", "output/small-night.svg"),
            ("img", "output/small-rolled.svg"),
        ]
        assert Tags(out).found[1][1]["media"] == "(prefers-color-scheme: dark)"
    assert run("render", small, "--snippet", "latex")[1].count("includegraphics") == 1


def test_figures_that_differ_are_no_pair(picture):
    one, other = picture("a.svg"), picture("b.svg", theme="dark", width="column")
    assert len(snippets("html", [one, other])) == 2
    assert "picture" not in "".join(snippets("html", [one, other]))


def test_dark_alone_is_embedded(picture):
    assert snippets("markdown", [picture("b.svg", theme="dark")])


def test_hostile_words_are_escaped(picture):
    shown = picture("my dir/50%#1.svg", alt=HOSTILE, title=HOSTILE)
    flat = " ".join(HOSTILE.split())
    (html,) = snippets("html", [shown])
    ((_, attributes),) = Tags(html).found
    assert attributes["alt"] == flat
    assert attributes["src"] == "my%20dir/50%25%231.svg"
    (markdown,) = snippets("markdown", [shown])
    assert markdown.count("\n") == 0
    assert re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", markdown[2:].partition("](my%20dir")[0]) == flat
    (tex,) = snippets("latex", [picture("a.pdf", alt=HOSTILE, title=HOSTILE)])
    words = re.search(r"figurealt\{(.*)\}\n", tex)[1]
    bare = re.sub(r"\\text\w+\{\}|\\[{}$&#_%]", "", words)
    assert not set(bare) & set("\\{}$&#_%~^")


def test_figures_of_one_title_are_told_apart_in_latex(run, small):
    out = run("render", small, "--snippet", "latex")[1]
    assert re.findall(r"caption\{(.*)\}", out) == ["A small LSTM (rolled)", "A small LSTM (unfold)"]


def test_a_wide_figure_says_what_it_takes_in_two_columns(picture):
    (wide,) = snippets("latex", [picture("a.pdf", width="text")])
    (narrow,) = snippets("latex", [picture("a.pdf", width="column")])
    assert "% figure* where the page has two columns" in wide
    assert "figure*" not in narrow


def test_no_name_of_a_file_is_a_command_of_latex(picture):
    """``^^5c`` is a backslash to TeX, wherever it stands."""
    (tex,) = snippets("latex", [picture("a}^^5cinput{x}%#$~.pdf")])
    assert "^^" not in tex
    assert r"\label{fig:a---5cinput-x-----}" in tex
    file = re.search(r"\]\{(.*)\}\n", tex)[1]
    assert not re.search(r"(?<!\\string)[{}%^~#$]", file)
    (tex,) = snippets("latex", [picture("out/h_n-网格.pdf")])
    assert "{out/h_n-网格.pdf}" in tex
    assert r"\label{fig:h_n-网格}" in tex


@pytest.mark.parametrize("language", MARKUPS)
def test_what_failed_or_cannot_be_embedded_has_no_lines(run, small, language):
    (small.parent / "output").mkdir()
    for fmt in ("svg", "pdf"):
        (small.parent / f"output/small-rolled.{fmt}").mkdir()
    code, out, _ = run("render", small, "--snippet", language, "--kind", "rolled")
    assert (code, out) == (4, "")


@pytest.mark.parametrize(
    "options", [["-f", "json"], ["-f", "svg", "--snippet", "latex"], ["-o", "-"], ["--json"], ["--check"]]
)
def test_usage(run, small, options):
    code, _, err = run("render", small, "--snippet", "html", *options)
    assert code == 2, err
