"""Labels of any script: drawn where a font exists, else one line that says what to get."""

from __future__ import annotations

import io
import itertools
import re
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from PIL import Image

import lstmviz
from lstmviz.backends import scripts

HOSTILE = ["&<>\"'", "a\\b{c}|d", "\\\\", "%$#_^~", "--> ]]>", "\\N\\G\\n", "&amp;", "<b>x</b>", "back\\"]
ARABIC, CHINESE, EMOJI, THAI = "طقس", "天气", "🙂", "อากาศ"


def spec(*texts):
    """A model whose title and axis names are these."""
    names = itertools.cycle(texts)
    axes = {axis: {"name": next(names)} for axis in ("batch", "time", "features")}
    return {
        "title": " ".join(texts),
        "input": {"batch_size": 2, "timesteps": 3, "features": 2, "axes": axes},
        "layers": [{"lstm": 4}],
    }


@pytest.fixture
def bare(monkeypatch):
    """A machine without fonts of its own."""
    monkeypatch.setattr(scripts, "SYSTEM", ())
    scripts.on_system.cache_clear()
    yield
    scripts.on_system.cache_clear()


@pytest.mark.parametrize("backend", ["graphviz", "matplotlib"])
@pytest.mark.parametrize("kind", ["cube", "unfold"])
def test_hostile_labels_are_shown_as_they_are(kind, backend):
    for texts in (HOSTILE[i : i + 3] for i in range(0, 9, 3)):
        figure = lstmviz.draw(spec(*texts), kind, backend=backend)
        root = ET.fromstring(figure.svg)
        shown = " ".join("".join(t.itertext()) for t in root.iter("{http://www.w3.org/2000/svg}text"))
        assert all(text in shown for text in texts)
        assert figure.pdf.startswith(b"%PDF")
        assert figure.png(dpi=40).startswith(b"\x89PNG")
        assert figure.warning is None


HEBREW = "יום א׳"


@pytest.mark.parametrize("text", [ARABIC, HEBREW, "2 ימים (mm)"])
def test_what_runs_to_the_left_says_so_in_svg(text):
    """The first letter says which way the whole text runs, as in PNG and PDF; its anchor stays."""
    root = ET.fromstring(lstmviz.draw(spec(text), "cube").svg)
    found = [t for t in root.iter() if t.tag.endswith(("text", "tspan")) and text in (t.text or "")]
    assert found
    assert {t.get("unicode-bidi") for t in found} == {"plaintext"}
    assert "direction" not in {name for t in root.iter() for name in t.attrib}
    assert "unicode-bidi" not in lstmviz.draw(spec("Ürümqi", CHINESE), "cube").svg


def test_outlines_are_never_made_of_letters_that_join_or_run_to_the_left():
    """Set letter by letter they would stand in the wrong order, unjoined: they stay text."""
    svg = lstmviz.draw(spec(ARABIC, HEBREW, "Ürümqi"), "cube", text="paths").svg
    root = ET.fromstring(svg)
    texts = {"".join(t.itertext()) for t in root.iter("{http://www.w3.org/2000/svg}text")}
    assert {ARABIC, HEBREW} <= texts
    assert "Ürümqi" not in texts
    assert 'aria-label="Ürümqi"' in svg


@pytest.mark.parametrize("backend", ["graphviz", "matplotlib"])
def test_arabic_letters_are_joined(backend):
    """With a mark between them that keeps them apart the picture is another one."""
    joined, apart = "سلام", "\u200c".join("سلام")
    one, other = (
        lstmviz.draw(spec("x"), "rolled", title=t, backend=backend).png(dpi=96) for t in (joined, apart)
    )
    assert ink(one) != ink(other)
    same = lstmviz.draw(spec("x"), "rolled", title="\u200c".join("day"), backend=backend).png(dpi=96)
    assert ink(same) == ink(lstmviz.draw(spec("x"), "rolled", title="day", backend=backend).png(dpi=96))


def ink(png):
    """The darkness of every row of a picture's title."""
    picture = np.asarray(Image.open(io.BytesIO(png)).convert("L"), int)
    return [int(n) for n in (255 - picture[:26]).sum(axis=1)]


@pytest.mark.parametrize("backend", ["graphviz", "matplotlib"])
def test_line_breaks_and_tabs_in_labels_are_spaces(backend):
    figure = lstmviz.draw(spec("two\nlines", "a\tb", "c\r\nd"), "cube", backend=backend)
    shown = "".join(ET.fromstring(figure.svg).itertext())
    assert all(text in shown for text in ("two lines", "a b"))
    assert figure.pdf.startswith(b"%PDF")
    assert figure.png(dpi=40).startswith(b"\x89PNG")
    assert "two lines" in figure.dot


@pytest.mark.parametrize("backend", ["graphviz", "matplotlib"])
@pytest.mark.parametrize("text", [ARABIC, CHINESE, EMOJI, THAI, "👩‍👩‍👧", "नमस्ते", "e\u0301", "\u202eabc"])
def test_every_script_goes_through_both_backends(text, backend):
    figure = lstmviz.draw(spec(text), "cube", backend=backend)
    assert text in "".join(ET.fromstring(figure.svg).itertext())
    assert figure.pdf
    assert figure.png(dpi=40)


def test_tokens_and_labels_of_any_script(bare):
    source = spec("x") | {"input": {"sentences": [["天气", "很", "好"], ["a & b", "<unk>"]], "vocabulary": 9}}
    source["layers"] = [{"embedding": 4}, {"lstm": 4}]
    figure = lstmviz.draw(source, "cube")
    assert "天气" in figure.svg
    assert "Chinese" in figure.warning


def test_what_the_shipped_fonts_have_is_no_cause_for_a_word(bare):
    for text in ("Ürümqi", "погода", "καιρός", ARABIC, "∑ → ≤ ½", "a\u200bb"):
        assert lstmviz.draw(spec(text), "cube").warning is None, text


def test_what_is_missing_is_named_with_the_way_to_get_it(bare):
    said = lstmviz.draw(spec(CHINESE, EMOJI), "cube").warning
    assert "\n" not in said
    for word in ("Chinese", "emoji", CHINESE[0], "fonts-noto-cjk", "fonts-noto-color-emoji", "noto"):
        assert word in said


def test_a_font_of_the_system_is_enough(monkeypatch, tmp_path):
    """Any font with the character will do; here one that is made for the test."""
    from fontTools.fontBuilder import FontBuilder

    font = FontBuilder(1000, isTTF=True)
    font.setupGlyphOrder([".notdef", "thai"])
    font.setupCharacterMap(dict.fromkeys(map(ord, THAI), "thai"))
    font.save(tmp_path / "thai.ttf")
    (tmp_path / "broken.ttf").write_bytes(b"no font")
    monkeypatch.setattr(scripts, "SYSTEM", (str(tmp_path), "/nowhere"))
    scripts.on_system.cache_clear()
    assert lstmviz.draw(spec(THAI), "cube").warning is None
    assert "Chinese" in lstmviz.draw(spec(THAI, CHINESE), "cube").warning
    scripts.on_system.cache_clear()


def test_the_command_says_it_once(bare, run, tmp_path):
    (tmp_path / "a.yaml").write_text(
        "title: 天气\ninput: {timesteps: 3, features: 2}\nlayers: [lstm: 4]\nfigures: [rolled, unfold]\n",
        "utf-8",
    )
    code, _, said = run("render", "a.yaml", "-f", "svg,png")
    assert code == 0
    assert len(re.findall(r"^warning: .*Chinese.*fonts-noto-cjk", said, re.MULTILINE)) == 1
    assert said.count("warning") == 1
    assert "warning" not in run("render", "a.yaml", "-q")[2]
