"""A figure fits its page, or the command says that it does not and which option helps."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import lstmviz
from lstmviz import pipeline
from lstmviz.commands.page_room import ROOM, too_high
from lstmviz.figure_requests import able, plan

SPECS = sorted((Path(__file__).parent.parent / "specs").glob("*.yaml"))
SAID = re.compile(
    r"\d+ mm high, a (?:column|page) has room for \d+(?:: (\w+): (\w+) makes it (\d+)|, and .*)"
)
HELPLESS = {("vgg", "weights"), ("vgg", "pipeline"), ("packed", "tensors")}
"""What no one option makes fit: forty stages, one above the other; a table under the module in a column."""


@pytest.mark.parametrize("width", list(ROOM))
@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_a_figure_fits_its_page_or_it_is_said_what_helps(path, width):
    spec = lstmviz.load(path)
    about = pipeline.trace(spec)
    for kind in able(about):
        fits_or_is_helped(spec, about, path.stem, kind, width)


def fits_or_is_helped(spec, about, name, kind, width):
    chosen = plan(spec, kind, {"width": width})
    try:
        scene = pipeline.compose(about, chosen).scene
    except lstmviz.FigureError:
        return  # it says itself what it needs
    said = too_high(scene, chosen, about, printed=False)
    assert bool(said) == (scene.height > ROOM[width] + 0.5), kind
    if said and (name, kind) not in HELPLESS:
        option, value, height = SAID.fullmatch(said).groups()
        assert option, said
        better = pipeline.compose(
            about, plan(spec, kind, {"width": width, option: {"false": False}.get(value, value)})
        ).scene
        assert f"{better.height * 25.4 / 72:.0f}" == height
        assert better.height <= ROOM["text" if option == "width" else width] + 0.5


def test_the_command_says_it(tmp_path, capsys):
    from lstmviz.cli import main

    with pytest.raises(SystemExit):
        main(["render", str(SPECS[0].parent / "seq2seq.yaml"), "--figure", "column", "-o", str(tmp_path)])
    assert "a column has room for 230" in capsys.readouterr().err
