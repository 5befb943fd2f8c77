"""The mechanical rubric (D1–D7) over every spec, kind, backend, theme, width and language.

Scenes are checked all of them: a scene depends on neither backend nor theme.
Pictures are painted for a pairwise sample; with `LSTMVIZ_ALL=1` (`make prove`)
for every combination. Contrast, colour vision and greyscale are held to in
tests/themes/test_colour.py, the same picture in all renderers in tests/test_renderers.py.
"""

from __future__ import annotations

import io
import itertools
import os
import re
from dataclasses import replace
from functools import cache
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from PIL import Image

import lstmviz
from lstmviz import figures, pipeline
from lstmviz.backends.choices import BACKENDS
from lstmviz.commands.page_room import ROOM, too_high
from lstmviz.figure_requests import able, plan
from lstmviz.proof.sentences import unread
from lstmviz.scene.items import GROUND
from lstmviz.scene.labels import run_box
from lstmviz.themes import THEMES
from tests.figures.lint import faults, indented, runs
from tests.house_specs import SPECS, subject

WIDTHS = ("column", "text", "slide")
SVG = "{http://www.w3.org/2000/svg}"
ALL = os.environ.get("LSTMVIZ_ALL") == "1"


@cache
def asked(name, width):
    """The figures of a spec with their own options, and every other kind that can show it.

    A slide is composed in ten sizes: there, the other kinds take turns from spec to spec.
    """
    spec, about = subject(name)
    own = {request.name for request in spec.figures or ()}
    kinds = {request.kind for request in spec.figures or ()}
    others = [kind for kind in able(about) if kind not in kinds]
    if width == "slide" and not ALL:
        others = others[[*SPECS].index(name) % 2 :: 2]
    return [*sorted(own), *others]


def drawn(name, figure, **options):
    spec, about = subject(name)
    return pipeline.compose(about, plan(spec, figure, options))


SAID = re.compile(
    r"\d+ mm high, a (?:column|page) has room for \d+(?:: (\w+): (\w+) makes it (\d+)|, and .*)"
)
HELPLESS = {("vgg", "weights"), ("vgg", "pipeline"), ("packed", "tensors")}
"""What no one option makes fit: forty stages, one above the other; a table under the module in a column."""


def misfits(name, figure, scene, width):
    """What is wrong with what is said of a figure's height: that it does not fit, and what helps."""
    spec, about = subject(name)
    asked_for = plan(spec, figure, {"width": width})
    if asked_for.panels:
        return {}  # a sheet is as high as what stands on it
    said = too_high(scene, asked_for, about, printed=False)
    if bool(said) != (scene.height > ROOM[width] + 0.5):
        return {"height": said}
    if not said or (name, scene.kind) in HELPLESS:
        return {}
    option, value, height = SAID.fullmatch(said).groups()
    better = drawn(name, figure, **({"width": width} | {option: {"false": False}.get(value, value)})).scene
    fits = better.height <= ROOM["text" if option == "width" else width] + 0.5
    return {} if fits and f"{better.height * 25.4 / 72:.0f}" == height else {"height": said}


PAGES = [(width, "en") for width in WIDTHS] + [("text", "zh"), *([("column", "zh")] if ALL else [])]
CASES = [(name, *page) for name, page in itertools.product(SPECS, PAGES)]


@pytest.mark.parametrize(("name", "width", "language"), CASES)
def test_every_scene_is_clean(name, width, language):
    found = {}
    for figure in asked(name, width):
        try:
            scene = drawn(name, figure, width=width, language=language).scene
        except lstmviz.FigureError as error:
            if "too narrow" in str(error) and width == "column":
                continue  # said, not shrunk
            raise
        wrong = faults(scene, words=7)
        thin = [e.id for e in scene.edges if e.line < 0.5]
        wrong |= {"thin": thin} if thin else {}
        asked_for = plan(subject(name)[0], figure, {"width": width})
        # left of the maps of activity is room for the longest word in any language
        page = width in ROOM and scene.kind != "activity" and not asked_for.panels
        bare = page and asked_for.kind.is_bare(asked_for.options)
        wrong |= {"indented": far} if page and (far := indented(scene, bare=bare)) else {}
        wrong |= {"unread": left} if language != "en" and (left := list(unread(scene))) else {}
        wrong |= misfits(name, figure, scene, width) if width in ROOM and language == "en" else {}
        wrong |= {} if scene.title and len(scene.description) > 30 else {"undescribed": scene.title}
        if wrong:
            found[figure] = wrong
    assert found == {}


@cache
def showing():
    """The specs that have a figure, by kind."""
    kinds = {name: {*able(subject(name)[1])} for name in SPECS}
    return {kind: [name for name in SPECS if kind in kinds[name]] for kind in figures.KINDS}


def sample():
    """Every kind with every backend and theme; the widths and the specs take turns."""
    for turn, (kind, backend, theme) in enumerate(itertools.product(figures.KINDS, BACKENDS, THEMES)):
        fitting = showing()[kind]
        chosen = fitting if ALL else [fitting[turn % len(fitting)]]
        widths = WIDTHS[:2] if ALL else (WIDTHS[turn % 2],)
        yield from ((name, kind, backend, theme, width) for name in chosen for width in widths)


def pytest_generate_tests(metafunc):
    if "picture" in metafunc.fixturenames:
        kinds = list(figures.KINDS)
        pairs = list(itertools.product(kinds, BACKENDS, THEMES))
        metafunc.parametrize("picture", pairs, ids=["-".join(pair) for pair in pairs])


def test_every_picture_carries_what_it_must(picture):
    kind, backend, theme = picture
    for name, _, _, _, width in [case for case in sample() if case[1:4] == (kind, backend, theme)]:
        try:
            figure = drawn(name, kind, width=width, backend=backend, theme=theme)
        except lstmviz.FigureError as error:
            assert "too narrow" in str(error)
            continue
        svg = figure.svg
        if theme == "light":
            assert svg == drawn(name, kind, width=width, backend=backend, theme=theme).svg
        root = ET.fromstring(svg)
        assert root.get("role") == "img"
        assert root.find(f"{SVG}title").text
        assert len(root.find(f"{SVG}desc").text) > 30
        ids = [element.get("id") for element in root.iter() if element.get("id")]
        assert len(ids) == len(set(ids))
        assert not re.search(r"""(href|src)=["'](?!#|data:)""", svg)
        assert "<script" not in svg
        meant = [run.text for text in figure.scene.texts for run in text.label.runs]
        meant += [run.text for node in figure.scene.nodes if node.label for run in node.label.runs]
        assert letters(["".join(t.itertext()) for t in root.iter(f"{SVG}text")]) == letters(meant)


DPI = 144
"""Enough for the dot between two items of a legend."""


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("kind", list(figures.KINDS))
def test_ink_is_where_labels_are_and_not_in_the_margin(kind, backend):
    """Every label shows, in both backends, and the page's edge is bare: seen in the pixels."""
    cases = [case for case in sample() if case[1:3] == (kind, backend)]
    for name, _, _, theme, width in cases if ALL else cases[:2]:
        try:
            figure = drawn(name, kind, width=width, backend=backend, theme=theme)
        except lstmviz.FigureError as error:
            assert "too narrow" in str(error)
            continue
        pixels = np.asarray(Image.open(io.BytesIO(figure.png(dpi=DPI))).convert("L"), int)
        edge = round(7 * DPI / 72)
        inner = pixels[edge:-edge, edge:-edge]
        ground = pixels[0, 0]
        assert (pixels != ground).sum() == (inner != ground).sum(), f"{name}: ink in the margin"
        blank = [
            run.text
            for run in runs(figure.scene)
            if run.text.strip() and np.ptp(_cut(pixels, run_box(run))) < 40
        ]
        assert blank == [], name


def _cut(pixels, box):
    left, top, right, bottom = (round(n * DPI / 72) for n in box)
    return pixels[max(top, 0) : bottom + 1, max(left, 0) : right + 1]


def test_a_blank_label_is_seen():
    """The test above can fail: a label in the colour of what is under it."""
    figure = drawn("lstm", "rolled", width="text")
    hidden = [replace(t, label=replace(t.label, runs=tuple(replace(r, tint=GROUND) for r in t.label.runs)))
              for t in figure.scene.texts]  # fmt: skip
    pale = replace(figure, scene=replace(figure.scene, texts=tuple(hidden)))
    pixels = np.asarray(Image.open(io.BytesIO(pale.png(dpi=DPI))).convert("L"), int)
    assert any(np.ptp(_cut(pixels, run_box(r))) < 40 for t in hidden for r in t.label.runs)


def letters(texts):
    return sorted("".join("".join(texts).split()))
