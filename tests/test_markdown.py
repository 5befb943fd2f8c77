"""Figures in Markdown: the extension, the custom fence of superfences, and MkDocs around both."""

from __future__ import annotations

import logging
import re
import subprocess
import sys

import markdown
import pytest

import lstmviz
from lstmviz.documents import document_cache
from lstmviz.documents.python_markdown import fence, validate
from lstmviz.themes import THEMES

SPEC = "input: {batch_size: 6, timesteps: 4, features: 3}\nlayers: [lstm: 16]"
BROKEN = SPEC.replace("16", "{hiden_size: 16}")
BY_SUPERFENCES = {
    "extensions": ["pymdownx.superfences"],
    "extension_configs": {
        "pymdownx.superfences": {
            "custom_fences": [
                {"name": "lstmviz", "class": "lstmviz", "format": fence, "validator": validate},
            ]
        }
    },
}


def page(text, **settings):
    """A Markdown text as HTML."""
    return markdown.markdown(text, **(settings or {"extensions": ["lstmviz.markdown", "fenced_code"]}))


def block(header="", body=SPEC, indent=""):
    """A fence with a spec in it."""
    lines = [f"```lstmviz {header}".rstrip(), *body.split("\n"), "```"]
    return "\n".join(indent + line if line else line for line in lines)


def prefixes(html):
    """The prefixes of the figures in a page."""
    return re.findall(r'aria-labelledby="(\w+)-title', html)


@pytest.mark.parametrize(
    ("header", "settings"),
    [
        ("unfold width=column", {}),
        ("kind=unfold width=column", {}),
        ("kind='unfold' width='column'", {}),
        ("kind='unfold' width='column'", BY_SUPERFENCES),
        ("unfold width='column'", BY_SUPERFENCES),
    ],
)
def test_a_fence_becomes_its_figure(header, settings):
    html = page(f"Before\n\n{block(header)}\n\nAfter", **settings)
    scene = lstmviz.draw(SPEC, "unfold", width="column").scene
    assert html.count("<svg") == 1
    assert 'class="lstmviz"' in html
    assert scene.description in html
    assert f'width="{scene.width * 4 / 3:.0f}'[:9] in html
    assert "<p>Before</p>" in html
    assert "<p>After</p>" in html


def test_a_spec_in_a_file(small, monkeypatch):
    monkeypatch.chdir(small.parent)
    expected = page(block("rolled", small.read_text("utf-8").strip()))
    for text in (block("rolled", "spec: small.yaml"), "```lstmviz rolled spec=small.yaml\n```"):
        assert page(text) == expected
    assert page(block("", "spec: small.yaml")).count("<svg") == 2


def test_caption_and_alt():
    html = page(block("unfold caption='A & <b>' alt='What it is'"))
    assert "<figcaption>A &amp; &lt;b&gt;</figcaption>" in html
    assert re.search(r"<desc[^>]*>What it is</desc>", html)
    assert "A &amp; &lt;b&gt;</text>" not in html


def test_id_and_class_of_a_superfence():
    html = page("```{.lstmviz #lstm .wide kind='unfold'}\n" + SPEC + "\n```", **BY_SUPERFENCES)
    assert re.search(r'<figure id="lstm" class="lstmviz wide">', html)


def test_fences_in_lists_and_quotes():
    html = page(f"- item\n\n{block('unfold', indent='    ')}\n\n{block('rolled', indent='> ')}")
    assert re.search(r"<li>.*<svg.*</li>", html, re.DOTALL)
    assert re.search(r"<blockquote>.*<svg.*</blockquote>", html, re.DOTALL)


@pytest.mark.parametrize("mark", ["````", "~~~~", "~~~"])
def test_a_fence_that_is_shown_stays_as_it_is(mark):
    html = page(f"{mark}markdown\n{block('unfold')}\n{mark}\n\n{block('rolled')}")
    assert "```lstmviz unfold\ninput:" in html
    assert html.count("<svg") == 1


def test_an_unclosed_fence_is_left_alone():
    assert "<svg" not in page("```lstmviz unfold\n" + SPEC)


def test_the_same_figure_twice_has_ids_of_its_own():
    one, two, three = prefixes(html := page("\n\n".join([block("unfold")] * 3)))
    assert len({one, two, three}) == 3
    ids = re.findall(r'\bid="([^"]+)"', html)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r"url\(#([^)]+)\)", html)) <= set(ids)


def test_a_figure_follows_the_page_unless_a_theme_is_chosen():
    follows = page(block("unfold"))
    rules = re.findall(r"\{(\.[^{}]+\{[^{}]+\}.*?)\}\}?(?=@|<)", follows)
    assert "data-md-color-scheme=slate" in follows
    assert "[data-theme=auto]" in follows
    assert len(rules) == 2
    assert rules[0].rstrip("}") == rules[1].rstrip("}")
    for theme in (*THEMES, "auto"):
        assert "data-theme" not in page(block(f"unfold theme={theme}"))
    assert "prefers-color-scheme" in page(block("unfold theme=auto"))
    assert "data-theme" not in page(block("unfold", SPEC + "\nstyle: {theme: print}"))


def test_a_narrow_screen_gets_a_figure_of_its_own():
    html = page(block("unfold narrow=column"))
    wide, narrow = re.findall(r'<svg class="lstmviz-(wide|narrow)" [^>]*? width="([\d.]+)"', html)
    assert (wide[0], narrow[0]) == ("wide", "narrow")
    assert float(narrow[1]) == pytest.approx(84 / 25.4 * 96, abs=0.1)
    assert float(wide[1]) > 1.5 * float(narrow[1])
    assert len(set(prefixes(html))) == 2
    assert "@media(max-width" in html
    assert "lstmviz-narrow" not in page(block("unfold"))


SHADES = """<script>
const shown = svg => getComputedStyle(svg).display !== "none";
const svgs = [...document.querySelectorAll("svg")];
const fill = () => getComputedStyle(svgs.find(shown).querySelector(".ground")).fill;
const seen = [fill()];
const switches = [["data-theme", "dark"], ["data-bs-theme", "dark"], ["data-md-color-scheme", "slate"],
                  ["data-theme", "light"], ["data-theme", "auto"]];
for (const [name, value] of switches) {
  document.body.setAttribute(name, value);
  seen.push(fill());
  document.body.removeAttribute(name);
}
document.title = seen.join(";") + ";" + svgs.filter(shown).length;
</script>"""


@pytest.mark.browser
@pytest.mark.parametrize("dark", [False, True])
def test_chromium_shows_the_figure_as_the_page_is(tmp_path, dark):
    (tmp_path / "page.html").write_text(f"<body>{page(block('unfold narrow=column'))}{SHADES}", "utf-8")
    screen = ["--force-dark-mode", "--blink-settings=preferredColorScheme=0"] if dark else []
    dom = subprocess.run(
        ["chromium", "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path / 'profile'}",
         *screen, "--dump-dom", (tmp_path / "page.html").as_uri()],
        capture_output=True, text=True, check=True, timeout=120,
    ).stdout  # fmt: skip
    *seen, count = re.search(r"<title>([^<]+)</title>", dom)[1].split(";")
    light, night = "rgb(255, 255, 255)", "rgb(17, 21, 26)"
    assert seen == [light, night, night, night, light, night if dark else light]
    assert count == "1"


@pytest.mark.parametrize(
    ("header", "body", "said"),
    [
        ("", BROKEN, "markdown:5:17: error[unknown-key]: 'hiden_size' is not an option of lstm"),
        ("gird", SPEC, "markdown:3: there is no kind or figure 'gird' (did you mean 'grid'?)"),
        ("unfold widht=column", SPEC, "did you mean 'width'?"),
        ("volumes", SPEC, "markdown:3: volumes: this model takes no images"),
        ("'unfold", SPEC, "markdown:3: "),
        ("", "spec: nix.yaml", "nix.yaml: error[unreadable]: there is no such file"),
        ("spec=nix.yaml", SPEC, "holds none"),
        ("", SPEC + "\nfigures: [volumes]", "markdown:6:11: error[figure]: volumes"),
    ],
)
def test_mistakes_are_warnings_with_their_place(header, body, said, caplog):
    with caplog.at_level(logging.WARNING, "mkdocs"):
        html = page(f"# Title\n\n{block(header, body)}\n\nAfter")
    (record,) = caplog.records
    assert said in record.getMessage()
    assert record.name.startswith("mkdocs.")
    assert '<pre class="lstmviz-error">' in html
    assert "<p>After</p>" in html
    assert "<svg" not in html


def test_the_column_is_that_of_the_document(caplog):
    page(f"- item\n\n{block('', BROKEN, indent='    ')}")
    assert "markdown:5:21: error" in caplog.text


def test_a_painted_figure_is_not_painted_again(monkeypatch, tmp_path):
    monkeypatch.setenv("LSTMVIZ_CACHE_DIR", str(tmp_path / "cache"))
    first = page(block("unfold"))
    monkeypatch.setattr(lstmviz.Figure, "paint", None)
    assert page(block("unfold")) == first
    with pytest.raises(TypeError):
        page(block("unfold width=column"))


def test_the_cache_is_bounded_and_may_be_impossible(monkeypatch, tmp_path, small):
    monkeypatch.setenv("LSTMVIZ_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setattr(document_cache, "ENTRIES", 2)
    figures = [lstmviz.draw(small, "rolled", title=str(n)) for n in range(4)]
    painted = [document_cache.paint(figure, "svg") for figure in figures]
    assert len(list((tmp_path / "cache").glob("figure-*"))) == 2
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("LSTMVIZ_CACHE_DIR", str(tmp_path / "file/below"))
    assert [document_cache.paint(figure, "svg") for figure in figures] == painted


def test_a_damaged_figure_is_painted_again(monkeypatch, tmp_path, small):
    monkeypatch.setenv("LSTMVIZ_CACHE_DIR", str(tmp_path))
    figure = lstmviz.draw(small, "rolled")
    painted = document_cache.paint(figure, "svg")
    (entry,) = tmp_path.glob("figure-*")
    whole = entry.read_bytes()
    for damage in (b"", whole[:-1], whole.replace(b"svg", b"gvs", 1), b"\0" * len(whole)):
        entry.write_bytes(damage)
        assert document_cache.paint(figure, "svg") == painted
        assert entry.read_bytes() == whole


def test_lstmviz_itself_needs_no_markdown():
    rooms = "lstmviz.documents.document_figures, lstmviz.cli, lstmviz.documents.notebook"
    code = f"import {rooms}, sys; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"markdown", "sphinx", "docutils", "pymdownx", "mkdocs"} & set(done.stdout.split())


MKDOCS = """\
site_name: Test
use_directory_urls: false
markdown_extensions: [{extension}]
"""
SUPERFENCES = """pymdownx.superfences: {custom_fences: [{name: lstmviz, class: lstmviz,
  format: !!python/name:lstmviz.markdown.fence , validator: !!python/name:lstmviz.markdown.validate }]}"""


@pytest.mark.parametrize("extension", ["lstmviz.markdown", SUPERFENCES])
def test_mkdocs_shows_figures_and_counts_mistakes(tmp_path, extension):
    (tmp_path / "docs").mkdir()
    (tmp_path / "mkdocs.yml").write_text(MKDOCS.replace("{extension}", extension), "utf-8")
    build = [sys.executable, "-m", "mkdocs", "build", "--strict", "-f", tmp_path / "mkdocs.yml"]
    text = f"---\ntitle: T\n---\n# Title\n\n{block()}\n"
    (tmp_path / "docs/index.md").write_text(text.replace("lstmviz", "lstmviz kind='unfold'", 1), "utf-8")
    done = subprocess.run(build, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "site/index.html").read_text("utf-8").count('<figure class="lstmviz"><svg') == 1
    (tmp_path / "docs/index.md").write_text(text.replace("16", "{hiden_size: 16}"), "utf-8")
    done = subprocess.run(build, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 1
    assert "index.md:8:17: error[unknown-key]: 'hiden_size' is not an option of lstm" in done.stderr
