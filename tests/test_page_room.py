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


def cases():
    for path in SPECS:
        for kind in able(pipeline.trace(lstmviz.load(path))):
            yield path, kind


@pytest.mark.parametrize("width", list(ROOM))
@pytest.mark.parametrize(("path", "kind"), list(cases()), ids=lambda one: getattr(one, "stem", one))
def test_a_figure_fits_its_page_or_it_is_said_what_helps(path, kind, width):
    spec = lstmviz.load(path)
    about, chosen = pipeline.trace(spec), plan(spec, kind, {"width": width})
    try:
        scene = pipeline.compose(about, chosen).scene
    except lstmviz.FigureError:
        return  # it says itself what it needs
    said = too_high(scene, chosen, about, printed=False)
    assert bool(said) == (scene.height > ROOM[width] + 0.5)
    if said and (path.stem, kind) not in HELPLESS:
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
