"""``lstmviz gallery``: one page that holds every figure, and needs nothing else."""

from __future__ import annotations

import re
import subprocess
from html.parser import HTMLParser

import pytest
from PIL import Image

import lstmviz
from lstmviz.commands import gallery

SWITCH = """<script>
const fill = () => getComputedStyle(document.querySelector("figure svg rect.ground")).fill;
const seen = [];
for (const theme of ["light", "dark"]) {
  document.querySelector(`[data-choose=${theme}]`).click();
  seen.push(fill(), getComputedStyle(document.querySelector("figure")).backgroundColor);
}
document.title = seen.join(";");
</script>"""


class Page(HTMLParser):
    """What is in a page: tags with attributes, ids, links, and the texts of pre and figcaption."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.texts, self.inside = [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        if tag in {"pre", "figcaption", "h2", "h3"}:
            self.inside.append(tag)
            self.texts.append([tag, ""])

    def handle_endtag(self, tag):
        if self.inside and self.inside[-1] == tag:
            self.inside.pop()

    def handle_data(self, data):
        if self.inside:
            self.texts[-1][1] += data

    def all(self, tag):
        return [text for name, text in self.texts if name == tag]


@pytest.fixture
def made(run, small, tmp_path):
    """The page of the small spec, and of others."""

    def made(*specs, code=0):
        found, out, err = run("gallery", *(specs or [small]), "-o", "page")
        assert (found, out) == (code, "")
        return (tmp_path / "page/index.html").read_text("utf-8"), err

    return made


def test_every_figure_is_there_with_its_alt_and_the_lines_to_embed_it(made, small):
    text, err = made()
    page = Page(text)
    assert re.fullmatch(r"wrote page/index\.html \(\d+ kB, \d+\.\d\d s\)\n", err)
    assert page.all("h3") == ["rolled", "unfold"]
    assert page.all("figcaption") == [lstmviz.draw(small, kind).alt for kind in ("rolled", "unfold")]
    yaml, draw, markdown, html, latex = page.all("pre")[:5]
    assert yaml == small.read_text("utf-8").strip()
    assert draw == f"lstmviz render {small} --figure rolled -f svg,pdf"
    assert markdown.endswith("](output/small-rolled.svg)")
    assert Page(html).tags[0][1]["src"] == "output/small-rolled.svg"
    assert "{output/small-rolled.pdf}" in latex
    assert sum(tag == "svg" for tag, _ in page.tags) == 2


def test_the_lines_name_the_files_that_the_command_draws(made, run, tmp_path):
    text, _ = made()
    page = Page(text)
    run(*page.all("pre")[1].split()[1:])
    assert (tmp_path / "output/small-rolled.svg").is_file()
    assert (tmp_path / "output/small-rolled.pdf").is_file()


def test_the_page_needs_nothing_else(made):
    text, _ = made()
    page = Page(text)
    for _, attributes in page.tags:
        for name in ("src", "href", "srcset"):
            assert attributes.get(name, "#").startswith(("#", "data:"))
    assert not re.search(r"url\((?!data:|\"data:|'data:)", text)
    assert "default-src 'none'" in text
    assert "$" not in re.sub(r"<style>.*?</style>", "", text, flags=re.DOTALL)


def test_ids_are_unique_even_if_a_figure_comes_twice(made, small, tmp_path):
    (tmp_path / "again.yaml").write_text(small.read_text("utf-8"), "utf-8")
    page = Page(made(small, "again.yaml")[0])
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    assert sum(tag == "img" and a["src"].startswith("data:image/svg") for tag, a in page.tags) == 2


def test_figures_follow_the_switch_unless_they_have_a_theme(made, small):
    small.write_text(small.read_text("utf-8").replace("unfold", "{kind: unfold, theme: print}"), "utf-8")
    text, _ = made()
    assert text.count(gallery.PAGES + ".") == 1
    assert gallery.READERS not in text


def test_hostile_words_stay_words(made, small):
    hostile = '</style><script>alert(1)</script> & "q" $title ${x}'
    small.write_text(small.read_text("utf-8").replace("A small LSTM", f"'{hostile}'"), "utf-8")
    text, _ = made()
    assert "<script>alert" not in text
    assert Page(text).all("h2") == [hostile]


def test_what_cannot_be_drawn_is_said_and_the_rest_is_shown(made, small, tmp_path):
    (tmp_path / "bad.yaml").write_text("input: 3\n", "utf-8")
    small.write_text(small.read_text("utf-8").replace("unfold", "volumes"), "utf-8")
    text, err = made(small, "bad.yaml", code=1)
    assert Page(text).all("h3") == ["rolled"]
    assert "volumes: this model takes no images" in err
    assert "bad.yaml:1:8: error[bad-type]" in err


def test_an_equal_page_is_left_alone(made):
    made()
    assert made()[1].startswith("unchanged page/index.html")


def test_nothing_is_written_without_a_figure(run, tmp_path):
    assert run("gallery", "nothing.yaml")[0] == 1
    assert not (tmp_path / "gallery").exists()


def browser(tmp_path, page, *options):
    command = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"]
    profile = f"--user-data-dir={tmp_path / 'profile'}"
    done = subprocess.run(
        [*command, profile, *options, page.as_uri()], capture_output=True, text=True, check=True, timeout=120
    )
    return done.stdout


@pytest.mark.browser
def test_the_switch_works_in_chromium(made, tmp_path):
    made()
    page = tmp_path / "page/index.html"
    page.write_text(page.read_text("utf-8").replace("</body>", f"{SWITCH}</body>"), "utf-8")
    title = re.search(r"<title>(.*?)</title>", browser(tmp_path, page, "--dump-dom"))[1]
    light, light_card, dark, dark_card = title.split(";")
    assert light == light_card == "rgb(255, 255, 255)"
    assert dark == dark_card != light


@pytest.mark.browser
def test_chromium_shows_the_page(made, tmp_path):
    made()
    shot = tmp_path / "shot.png"
    browser(tmp_path, tmp_path / "page/index.html", "--window-size=1280,1600", f"--screenshot={shot}")
    image = Image.open(shot).convert("RGB")
    counts = sorted(count for count, _ in image.getcolors(2**24))
    assert 0.1 < 1 - counts[-1] / sum(counts) < 0.9
    assert len(counts) > 200
