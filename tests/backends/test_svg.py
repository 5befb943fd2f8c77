"""The SVG that both backends give after the finishing pass."""

from __future__ import annotations

import base64
import io
import re
from dataclasses import replace
from xml.etree import ElementTree as ET

import cairosvg
import numpy as np
import pytest
from PIL import Image

import lstmviz
from lstmviz.backends import digest, engines, paint
from lstmviz.backends.choices import BACKENDS, TEXT_MODES
from lstmviz.backends.svgtext import TIMES
from lstmviz.scene.items import Tint
from lstmviz.scene.metrics import text_width

SVG = "{http://www.w3.org/2000/svg}"
FORBIDDEN = (
    "<!",
    "<!--",
    "xml:space",
    "clip-path",
    "<script",
    "<image",
    "baseline-shift",
    "var(",
)


def parsed(*args, **more):
    return ET.fromstring(paint(*args, **more))


def prefix(root):
    return root.get("aria-labelledby").split("-")[0]


@pytest.mark.parametrize("backend", BACKENDS)
def test_every_item_is_a_group_with_its_id_and_role(scene, backend):
    root = parsed(scene, "light", backend=backend)
    found = {g.get("id"): g.get("class") for g in root.iter(f"{SVG}g") if g.get("id")}
    for kind, items in (("node", scene.nodes), ("edge", scene.edges), ("frame", scene.frames)):
        for item in items:
            assert found[f"{prefix(root)}-{item.id}"] == f"{kind} role-{item.role}"


def test_ids_are_unique_and_differ_between_figures(build):
    ids = [e.get("id") for e in parsed(build(), "light").iter() if e.get("id")]
    assert len(ids) == len(set(ids))
    other = {e.get("id") for e in parsed(build("one more"), "light").iter()}
    dark = {e.get("id") for e in parsed(build(), "dark").iter()}
    assert not set(ids) & other - {None}
    assert not set(ids) & dark - {None}


def test_the_root_says_what_the_figure_is(scene):
    root = parsed(scene, "light")
    assert root.get("role") == "img"
    assert float(root.get("width")) == pytest.approx(360.25 * 96 / 72, abs=0.01)
    assert root.get("viewBox") == "0 0 360.25 240.5"
    title, desc = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
    assert (title.text, desc.text) == (scene.title, scene.description)
    assert root.get("aria-labelledby").split() == [title.get("id"), desc.get("id")]
    assert re.fullmatch("lstmviz sha256:[0-9a-f]{64}", root.find(f"{SVG}metadata").text)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("text", TEXT_MODES)
def test_nothing_foreign_is_left(scene, backend, text):
    source = paint(scene, "light", backend=backend, text=text).decode()
    assert not [word for word in FORBIDDEN if word in source]
    assert "url(" not in source.replace("url(data:font/woff2;base64,", "")
    assert all(f'href="#{prefix(ET.fromstring(source))}.' in use for use in source.split("<use")[1:])
    assert source.count("href=") == source.count("<use")
    assert source.count("<title") == 1
    plain = re.sub(r"base64,[^)]*|sha256:[0-9a-f]*|scale\([^)]*\)", "", source)
    assert not re.findall(r"\d\.\d{3,}", plain)


@pytest.mark.parametrize("backend", BACKENDS)
def test_hostile_labels_arrive_as_written(build, hostile, backend):
    root = parsed(build(*hostile, title="<&\"'>"), "light", backend=backend, text="plain")
    found = {g.get("id"): g[0].text for g in root.iter(f"{SVG}g") if g.get("class") == "text role-note"}
    for i, text in enumerate(hostile):
        if text.isprintable():
            assert found[f"{prefix(root)}-extra.{i}"] == text.replace("  ", "\xa0 ")
    assert root.find(f"{SVG}title").text == "<&\"'>"


def test_what_lies_beyond_the_page_is_still_drawn(build):
    narrow = build(width=100)
    assert len(list(parsed(narrow, "light").iter(f"{SVG}path"))) == len(
        list(parsed(build(), "light", backend="matplotlib").iter(f"{SVG}path"))
    )


def test_a_fallback_chain_begins_with_a_real_font(scene):
    root = parsed(scene, "light", text="plain")
    assert root.get("font-family") == "'DejaVu Sans',Verdana,sans-serif"
    families = {t.get("font-family") for t in root.iter(f"{SVG}text")} - {None}
    assert families == {
        f"STIXGeneral,'STIX Two Text',{TIMES},serif",
        "'DejaVu Sans Mono',Menlo,Consolas,monospace",
    }


def places(root):
    """Every run of a label of several, and where its first letter stands in the fonts it was measured for."""
    found = []
    for text in root.iter(f"{SVG}text"):
        x = y = 0.0
        for span in text.iter(f"{SVG}tspan"):
            now = text.attrib | span.attrib
            x = float(now["x"]) if "x" in now else x + float(now.get("dx", 0))
            y = float(now["y"]) if "y" in now else y + float(now.get("dy", 0))
            found.append((span.text.strip(), x, y))
            family = now.get("font-family", "'DejaVu Sans'")
            slant = "italic" if "font-style" in now else "roman"
            font = slant if "STIX" in family else "mono" if "Mono" in family else "sans"
            x += text_width(span.text, "bold" if "font-weight" in now else font, float(now["font-size"]))
    return found


def test_plain_runs_stand_where_embedded_ones_do():
    spec = {"input": {"batch_size": 6, "timesteps": 4, "features": 3}, "layers": [{"lstm": 16}]}
    one, other = (
        places(ET.fromstring(lstmviz.draw(spec, "cell", text=text).svg)) for text in ("plain", "embed")
    )
    assert len(one) > 100
    for run, x, y in one:  # places are rounded to 1/100 pt
        assert any(run == text and abs(x - u) < 0.02 and abs(y - v) < 0.02 for text, u, v in other), run
    assert "dx=" in lstmviz.draw(spec, "cell", text="plain").svg


def test_embedded_fonts_hold_just_the_characters_used(build):
    ttlib = pytest.importorskip("fontTools.ttLib")
    source = paint(build("⊙ − ö"), "light").decode()
    rules = re.findall(r"font-family:(\S+?);.*?base64,([^)]+)\)", source)
    fonts = {name: ttlib.TTFont(io.BytesIO(base64.b64decode(data))) for name, data in rules}
    assert [name.split("-")[1] for name in fonts] == ["mono", "sans"]  # math is outlines
    sans = next(f for name, f in fonts.items() if name.endswith("sans"))
    characters = {chr(c) for c in sans.getBestCmap()}
    assert set("⊙−öLSTMneverkpt") <= characters
    assert not characters & set("QZ5#")


def test_figures_that_differ_in_a_digit_share_their_fonts(build):
    def fonts(words):
        source = paint(build(words), "light").decode()
        return re.findall(r"base64,([^)]+)\)", source)

    assert fonts("T = 3") == fonts("T = 8")
    assert fonts("T = 3") != fonts("T = Q")


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_figure_painted_in_sheets_is_the_figure_painted_at_once(scene, backend, monkeypatch):
    whole = paint(scene, "light", backend=backend)
    sheets = []
    real = engines.painted
    monkeypatch.setattr(engines, "SHEET", 3)
    monkeypatch.setattr(engines, "painted", lambda *a, **k: (sheets.append(a), real(*a, **k))[1])
    assert paint(scene, "light", backend=backend) == whole
    assert len(sheets) > 5


def test_math_is_outlines_below_its_own_text(scene):
    root = parsed(scene, "light")
    glyphs = {p.get("id") for p in root.find(f"{SVG}defs")}
    used = {u.get("{http://www.w3.org/1999/xlink}href")[1:] for u in root.iter(f"{SVG}use")}
    assert used == glyphs
    unseen = [t for t in root.iter() if t.get("fill-opacity") == "0"]
    assert unseen
    spans = {s.text for s in root.iter(f"{SVG}tspan")}
    assert spans >= {"h", "1", "(0)"}


def test_an_outline_is_the_fonts_own():
    """Every usual glyph, drawn by CairoSVG from the outlines and from the font's own path."""
    from lstmviz.backends.svgtext import EM
    from lstmviz.backends.webfonts import USUAL, _drawn, outline
    from lstmviz.scene.metrics import measured

    for font in ("roman", "italic"):
        chars = [c for some in USUAL for c in map(chr, some) if measured(c, font)]
        kept = {c: outline(c, font) for c in chars}
        own = {c: _drawn([(c, font)], EM, 0.0, 0.0, "{:.0f}".format) for c in chars}
        apart = np.abs(sheet(kept.values()) - sheet(own.values()))
        assert apart.max() < 40  # of 255: rounded on the way, edges are antialiased otherwise
        assert sheet(kept.values()).mean() > 10


def sheet(paths):
    """A picture of glyphs in rows, ink counted up."""
    body = "".join(
        f'<path transform="translate({i % 20 * 40} {i // 20 * 40 + 30})scale(.03)" d="{data}"/>'
        for i, data in enumerate(paths)
    )
    source = f'<svg xmlns="http://www.w3.org/2000/svg" width="800" height="600">{body}</svg>'
    picture = Image.open(io.BytesIO(cairosvg.svg2png(source.encode())))
    return np.asarray(picture.getchannel("A"), float)


def test_a_character_that_the_font_lacks_comes_from_another(build):
    from lstmviz.backends.webfonts import holder

    assert holder("⊙", "mono") in {"mono", "sans"}
    assert holder("中", "sans") is None
    assert holder("Ж", "italic") is not None


@pytest.mark.parametrize("backend", BACKENDS)
def test_outlines_keep_their_words(build, backend):
    root = parsed(build("中 stays text"), "light", text="paths", backend=backend)
    labels = {p.get("aria-label") for p in root.iter(f"{SVG}path")}
    assert {"LSTM", "never batch-first", "h_n[3]", "32)"} & labels >= {"LSTM", "never batch-first", "h_n[3]"}
    assert {t.text for t in root.iter(f"{SVG}text")} == {"中 stays text"}


def test_the_hash_follows_the_content(build):
    def mark(*args, **more):
        return parsed(*args, **more).find(f"{SVG}metadata").text

    scenes = [
        mark(build(), "light"),
        mark(build("x"), "light"),
        mark(build(), "dark"),
        mark(build(), "light", text="plain"),
    ]
    assert len(set(scenes)) == 4
    assert mark(build(), "light") == scenes[0]


def test_the_hash_follows_what_no_mark_of_the_light_figure_shows(scene):
    """The ends of an edge are in Graphviz source, and the dark paint in the rules of an `auto` figure."""
    edge, node = scene.edges[0], scene.nodes[0]
    turned = replace(edge, source=edge.target, target=edge.source)
    # The same on light pages, and no longer on dark ones.
    paints = [
        replace(node, fill=tint) for tint in (Tint("ink", "ink", 0.5), Tint("ink", "cell.stroke", 0.004))
    ]
    scenes = [
        scene,
        replace(scene, edges=(turned, *scene.edges[1:])),
        replace(scene, description="other words"),
        *(replace(scene, nodes=(one, *scene.nodes[1:])) for one in paints),
    ]
    assert len({digest(one, "auto") for one in scenes}) == len(scenes)
    assert len({digest(one, "light") for one in scenes}) == len(scenes) - 1


def test_auto_is_the_light_figure_with_rules_for_dark_pages(scene):
    light, auto = (paint(scene, t, text="plain").decode() for t in ("light", "auto"))
    style = re.search("<style>(.*)</style>", auto)[1]
    assert style.startswith("@media(prefers-color-scheme:dark){")
    assert set(re.findall(r"\.(\S+?)\{", style)) == {
        c for c in re.findall(r"[\w-]+", auto) if re.fullmatch(r"f\w{6}-d\d+", c)
    }
    bare = re.sub(r"<style>.*</style>\n|sha256:\w+", "", auto)
    bare = re.sub(r' class="f\w{6}-d\d+( f\w{6}-d\d+)*"| f\w{6}-d\d+(?=[ "])|f\w{6}', "", bare)
    assert bare == re.sub(r"sha256:\w+|f\w{6}(?=-)", "", light)
    assert "#f28a2a" in style  # hidden's stroke on dark pages


def test_transparent_has_no_ground(scene):
    assert parsed(scene, "light", transparent=True).find(f"{SVG}rect") is None
    assert parsed(scene, "light").find(f"{SVG}rect").get("class") == "ground"


def test_unknown_names_are_key_errors(scene):
    for more in ({"backend": "tikz"}, {"fmt": "gif"}, {"text": "bitmap"}):
        with pytest.raises(KeyError):
            paint(scene, "light", **more)
    with pytest.raises(KeyError):
        paint(scene, "nosuch")
