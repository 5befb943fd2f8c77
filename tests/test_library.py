"""The library as a reader of its page uses it: what things are called, say and refuse."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

import lstmviz
from lstmviz.errors import ChoiceError, FigureError, SpecError
from lstmviz.figures import KINDS
from tests.conftest import ROOT

MAPPING = {
    "input": {"batch_size": 6, "timesteps": 4, "features": 3},
    "layers": [{"lstm": 16}],
    "figures": ["rolled", "unfold"],
}
MLP = {"input": {"batch_size": 5, "features": 3}, "layers": [{"linear": 4}]}
IMAGE = {
    "input": {"channels": 1, "height": 8, "width": 8},
    "layers": [{"conv2d": {"out_channels": 4, "kernel_size": 3}}],
}


def test_a_scene_and_a_trace_are_data():
    fig = lstmviz.draw(MAPPING, "grid")
    data = fig.scene.to_dict()
    assert data == json.loads(fig.json)
    assert {"kind", "title", "description", "width", "height"} <= data.keys()
    trace = lstmviz.shapes(MAPPING)
    assert json.loads(json.dumps(trace.to_dict()))["tensors"]["h_n"] == [1, 6, 16]


def test_a_figure_says_what_it_is_in_one_line():
    fig = lstmviz.draw(MAPPING, "rolled", width="column", title="Ours")
    assert repr(fig) == f"<Figure rolled 'Ours': 238 × {fig.scene.height:.0f} pt, light, graphviz>"


def test_a_traceback_shows_place_and_hint():
    with pytest.raises(SpecError) as caught:
        lstmviz.load("input: {timesteps: 4, features: 3}\nlayers: [lstm: {hiden_size: 16}]")
    assert str(caught.value) == (
        "spec:2:17: 'hiden_size' is not an option of lstm (did you mean 'hidden_size'?)"
    )
    with pytest.raises(SpecError, match=r"^nothing\.yaml: there is no such file$"):
        lstmviz.load("nothing.yaml")


@pytest.mark.parametrize("source", [3, None, b"input: {}\n", ["a"]])
def test_what_is_no_spec_is_said_so(source):
    with pytest.raises(SpecError, match="a spec is a path, YAML text, or a mapping, not "):
        lstmviz.load(source)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"widht": "column"}, "'widht' is not an option of rolled (did you mean 'width'?)"),
        ({"equations": True}, "'equations' is not an option of rolled (only cell has it)"),
        ({"width": 84}, "12cm, 5in or 340pt (did you mean 84mm?)"),
        ({"width": "colum"}, "(did you mean column?)"),
        ({"theme": "drak"}, "there is no theme 'drak' (did you mean 'dark'?)"),
        ({"symbols": {"bach": "B"}}, "'bach' is not a key of 'symbols' (did you mean 'batch'?)"),
        ({"symbols": "B"}, "'symbols' must be a mapping, not the text 'B'"),
        ({"legend": "no"}, "(did you mean 'off'?)"),
        ({"shapes": False}, "(did you mean 'off'?)"),
        ({"layer": True}, "'layer' must be a whole number, not True (a boolean is not a number)"),
        ({"title": object()}, "a spec holds text, numbers, lists and mappings, not object"),
    ],
)
def test_options_are_refused_in_the_words_of_a_spec(options, words):
    with pytest.raises(ChoiceError) as caught:
        lstmviz.draw(MAPPING, "rolled", **options)
    assert words in str(caught.value)


def test_letters_of_your_own():
    fig = lstmviz.draw(MAPPING, "grid", symbols={"batch": "B", "H": "K"})
    assert "output (T, B, K) = (4, 6, 16)" in {text["label"] for text in fig.scene.to_dict()["texts"]}


def test_a_name_that_there_is_not_is_no_default():
    with pytest.raises(FigureError, match="no recurrent layer"):
        lstmviz.draw(MLP, "neurons", of="lstm")


def test_formats_may_be_one(tmp_path):
    (path,) = lstmviz.render(MAPPING, output=tmp_path, formats="pdf", kinds="grid")
    assert path == tmp_path / "spec-grid.pdf"


def test_one_file_takes_one_spec(tmp_path):
    with pytest.raises(ChoiceError, match="one figure of one spec, and there are 2 specs"):
        lstmviz.render([MAPPING, MAPPING], output=tmp_path / "a.svg", kinds="grid")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("kind", KINDS)
def test_every_node_and_edge_has_its_group_with_its_role(kind):
    packed = {**MAPPING, "input": {**MAPPING["input"], "lengths": [4, 2, 3, 1, 4, 2]}}
    spec = {"volumes": IMAGE, "batch": packed}.get(kind, MAPPING)
    fig = lstmviz.draw({**spec, "title": "<&>"}, kind)
    svg = fig.svg
    start = svg.partition('aria-labelledby="')[2].partition("-title")[0]
    for node in fig.scene.nodes:
        assert f'<g id="{start}-{node.id}" class="node role-{node.role}">' in svg
    for edge in fig.scene.edges:
        assert f'<g id="{start}-{edge.id}" class="edge role-{edge.role}">' in svg


def test_the_proof_of_a_cell_leaves_the_environment_alone():
    code = (
        "import os, sys, lstmviz, torch\n"
        "before = dict(os.environ)\n"
        "lstmviz.check('input: {timesteps: 3, features: 2}\\nlayers: [lstm: 3]\\nfigures: [cell]')\n"
        "assert dict(os.environ) == before\n"
        "assert 'torch._dynamo' not in sys.modules\n"
    )
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    env.pop("TORCHINDUCTOR_CACHE_DIR", None)
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_your_own_module_takes_a_tensor_or_a_tuple():
    import torch

    module, x = torch.nn.LSTM(3, 16), torch.zeros(4, 6, 3)
    assert lstmviz.shapes(module, inputs=x).tensors == lstmviz.shapes(module, inputs=(x,)).tensors
