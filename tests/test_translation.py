"""Every word of every figure is a message, in every language; the user's own texts stay."""

from __future__ import annotations

import ast
import itertools
import os
from collections import Counter
from pathlib import Path

import pytest

import lstmviz
from lstmviz import pipeline
from lstmviz.figure_requests import able, plan
from lstmviz.proof.sentences import unread
from tests import house_specs
from tests.figures.lint import labels_of

ROOT = Path(__file__).parent.parent
SPECS = sorted([*(ROOT / "specs").glob("*.yaml"), *(ROOT / "lstmviz/spec/templates").glob("*.yaml")])
SEQUENCE = {"batch_size": 6, "timesteps": 5, "features": 3}
EXTRA = {
    "unbatched": ({"timesteps": 5, "features": 3}, [{"lstm": {"hidden_size": 4, "bidirectional": True}}]),
    "given": (SEQUENCE | {"states": "given"}, [{"lstm": {"hidden_size": 4, "num_layers": 2}}]),
    "one-step": (SEQUENCE | {"timesteps": 1}, [{"gru": 4}, "last_step", {"linear": 2}]),
    "long": (
        SEQUENCE | {"timesteps": 300, "batch_first": True},
        [{"rnn": {"hidden_size": 1, "nonlinearity": "relu"}}],
    ),
    "bare": (
        SEQUENCE,
        [{"lstm": {"hidden_size": 4, "bias": False, "num_layers": 3, "bidirectional": True, "dropout": 0.5}}],
    ),
    "deep": (SEQUENCE, [{"gru": {"hidden_size": 8, "num_layers": 6, "bidirectional": True}}]),
    "proj": (SEQUENCE, [{"lstm": {"hidden_size": 8, "proj_size": 2, "bidirectional": True}}, {"linear": 3}]),
    "packed": (
        SEQUENCE | {"lengths": [5, 3, 1, 2, 5, 4]},
        [{"gru": {"hidden_size": 4, "num_layers": 2}}, {"linear": 3}],
    ),
    "conv": (
        SEQUENCE,
        [{"conv1d": {"out_channels": 4, "kernel_size": 3, "padding": 1}}, "relu", {"lstm": 4}, "layer_norm"],
    ),
    "axes": (SEQUENCE, [{"permute": [1, 0, 2]}, {"reshape": [6, 15]}, {"linear": 4}, "tanh", "softmax"]),
    "cnn": (
        {"batch_size": 2, "channels": 1, "height": 16, "width": 16},
        [
            {"conv2d": {"out_channels": 4, "kernel_size": 3}},
            "batch_norm2d",
            {"avg_pool2d": 2},
            "flatten",
            {"linear": 2},
        ],
    ),
}
"""What no spec of the house has."""
OPTIONS = {
    "pipeline": [{"depth": 2, "parameters": True}],
    "tensors": [{"table": True}],
    "cube": [{"view": view} for view in ("solid", "slices", "matrix")]
    + [{"windows": {"rows": 9, "stride": 2}}, {"windows": {"rows": 9, "horizon": 2, "splits": 2}}],
    "cell": [{"equations": True}, {"equations": False}],
    "grid": [{"highlight": 2}],
}
STYLES = [
    {"width": "column"},
    {"width": "text", "elide": "never"},
    {"width": "slide"},
    {"width": "text", "shapes": "symbols"},
    {"width": "text", "shapes": "off"},
]


MORE = (False, True)
LOOKS = [(STYLES[0], False), (STYLES[2], True)]
OF_SPECS = [(STYLES[0], True)]
"""Of the specs of the house tests/figures/test_rubric.py reads the figures on a page of text."""
ALL = os.environ.get("LSTMVIZ_ALL") == "1"


def read(source):
    spec = lstmviz.load(source)
    return spec, pipeline.trace(spec)


def sources():
    """Every spec, and every text of it that is the user's."""
    yield from ((path.stem, path) for path in SPECS)
    yield from ((name, {"input": given, "layers": layers}) for name, (given, layers) in EXTRA.items())


def drawn(spec, about, looks):
    """Every figure of a spec in Chinese; with `LSTMVIZ_ALL=1` in every look that changes its words."""
    names = dict.fromkeys([*(r.name for r in spec.figures or ()), *able(about)])
    looks = [(style, more) for style in STYLES for more in MORE] if ALL else looks
    for name, (style, more) in itertools.product(names, looks):
        for own in OPTIONS.get(name, [{}]) if more else [{}]:
            try:
                yield pipeline.compose(about, plan(spec, name, {**style, **own, "language": "zh"}))
            except lstmviz.FigureError:
                continue  # too narrow, or nothing that this option could show


@pytest.mark.parametrize(("name", "source"), list(sources()), ids=lambda v: v if isinstance(v, str) else "")
def test_every_text_is_a_message_or_the_users(name, source):
    """A message has every language; a text that is none, nor of the user's, is in English alone."""
    spec, about = house_specs.subject(name) if source == house_specs.SPECS.get(name) else read(source)
    looks = LOOKS if name in EXTRA else OF_SPECS
    for figure in drawn(spec, about, looks):
        assert figure.scene.language == "zh"
        assert list(unread(figure.scene)) == [], name


TEXTS = ("time", "layer 1", "input", "all", "units", "depth", "step 3", "samples")
"""Phrases of figures that a user may have as texts of their own."""


def mine(**more):
    """A model whose own texts are phrases of the figures."""
    names = list(TEXTS)
    axes = {
        "batch": {"name": names[0], "labels": names[:2]},
        "time": {"name": names[1], "labels": names[2:5]},
        "features": names[5],
    }
    source = {"batch_size": 2, "timesteps": 3, "features": names[:2], "axes": axes}
    return {"title": "input gate", "input": source, "layers": [{"lstm": 4}], **more}


@pytest.mark.parametrize("kind", ["cube", "grid", "neurons"])
def test_the_users_own_texts_stay(kind):
    figure = lstmviz.draw(mine(), kind, language="zh", caption="forget gate")
    texts = {run.text for label in labels_of(figure.scene) for run in label.runs}
    assert {"input gate", "forget gate"} <= texts
    assert figure.scene.title == "input gate"
    assert {"cube": {"time", "layer 1", "input", "all", "units"}, "grid": {"input", "all", "units"},
            "neurons": {"input", "all"}}[kind] <= texts  # fmt: skip


def test_alt_title_and_caption_are_the_users(small):
    figure = lstmviz.draw(small, "rolled", language="zh", title="time", caption="zeros", alt="forward")
    assert (figure.alt, figure.scene.title) == ("forward", "time")
    assert "zeros" in {label.text for label in labels_of(figure.scene)}
    assert "时间" in {label.text for label in labels_of(lstmviz.draw(small, "unfold", language="zh").scene)}


def test_a_figure_in_chinese_says_so(small):
    svg = lstmviz.draw(small, "unfold", language="zh").svg
    assert 'lang="zh-CN"' in svg
    assert "'Noto Sans CJK SC'" in svg
    assert "每一步使用同一权重" in svg[: svg.index("</desc>")]
    english = lstmviz.draw(small, "unfold").svg
    assert "lang=" not in english
    assert "CJK" not in english
    assert "CJK" in lstmviz.draw(small, "unfold", title="天气").svg


def test_style_figure_and_command_ask_for_it(small, run, tmp_path):
    text = small.read_text("utf-8")
    small.write_text(text + "style: {language: zh}\n", "utf-8")
    spec = lstmviz.load(small)
    assert lstmviz.draw(spec, "rolled").scene.language == "zh"
    assert lstmviz.draw(spec, "rolled", language="en").scene.language == "en"
    code, _, _ = run("render", small, "--language", "zh", "-f", "json", "-o", tmp_path / "out")
    assert code == 0
    assert "延迟" in (tmp_path / "out/small-rolled.json").read_text("utf-8")
    small.write_text(text + "style: {language: cn}\n", "utf-8")
    with pytest.raises(lstmviz.SpecError, match="language"):
        lstmviz.load(small)


def test_what_is_said_in_chinese_is_proven_too(small):
    for kind in ("unfold", "grid", "cell", "tensors"):
        source = {"input": {"batch_size": 2, "timesteps": 3, "features": 2}, "style": {"language": "zh"},
                  "layers": [{"lstm": {"hidden_size": 4, "num_layers": 2}}], "figures": [kind]}  # fmt: skip
        assert lstmviz.check(source)[0].faults == ()


def test_a_wrong_word_in_chinese_is_found(small, monkeypatch):
    """What is translated is held to what it means: ``layer 1`` beside layer 0 is a fault."""
    from lstmviz.figures.grid import body as grid_lanes

    right = grid_lanes.message
    monkeypatch.setattr(grid_lanes, "message", lambda name, **given: right(name, **given | {"n": 1}))
    source = {"input": {"batch_size": 2, "timesteps": 3, "features": 2}, "style": {"language": "zh"},
              "layers": [{"lstm": {"hidden_size": 4, "num_layers": 2}}], "figures": ["grid"]}  # fmt: skip
    with pytest.raises(lstmviz.ProofError, match="layer 1"):
        lstmviz.check(source)


def test_no_two_facts_have_one_name():
    """The later one would answer for the sentences of the earlier."""
    tables = (
        node.value
        for path in (ROOT / "lstmviz/proof/facts").glob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.AnnAssign) and isinstance(node.value, ast.Dict)
        and any(word in ast.unparse(node.annotation) for word in ("Fact]", "MessageFacts], bool]"))
    )  # fmt: skip
    found = Counter(key.value for table in tables for key in table.keys if isinstance(key, ast.Constant))
    assert len(found) > 100
    assert [name for name, count in found.items() if count > 1] == []
