"""`--set KEY=VALUE`: what it sets, and what it refuses."""

from __future__ import annotations

import pytest

from lstmviz.errors import SpecError
from lstmviz.spec import load, load_text

TEXT = """\
input: {seq_len: 5, features: 3, axes: {time: days}}
layers:
  - lstm: 16
  - relu
  - linear: {out_features: 4}
figures: [rolled, {kind: grid, width: text}]
"""


def with_(*settings):
    return load_text(TEXT, "a.yaml", overrides=settings)


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("input.timesteps=8", lambda s: s.input.timesteps == 8),
        ("input.seq_len=8", lambda s: s.input.timesteps == 8),
        ("input.batch_size=8", lambda s: s.input.batch_size == 8),
        ("input.features=[a, b]", lambda s: s.input.feature_names == ("a", "b")),
        (
            "input.axes.time.labels=[1, 2, 3, 4, 5]",
            lambda s: s.input.axes.time.labels == ("1", "2", "3", "4", "5"),
        ),
        ("input.axes.features=[]", None),
        (
            "layers.0.lstm.num_layers=2",
            lambda s: (s.layers[0].options.hidden_size, s.layers[0].options.num_layers) == (16, 2),
        ),
        ("layers.0.lstm=32", lambda s: s.layers[0].options.hidden_size == 32),
        ("layers.0=gru: 7", lambda s: (s.layers[0].type, s.layers[0].options.hidden_size) == ("gru", 7)),
        ("layers.1=tanh", lambda s: s.layers[1].type == "tanh"),
        ("layers.2.linear.out_features=2", lambda s: s.layers[2].options.out_features == 2),
        ("layers.2.name=head", lambda s: s.layers[2].label == "head"),
        ("figures.0.width=column", lambda s: s.figures[0].options == {"width": "column"}),
        ("figures.1.width=column", lambda s: s.figures[1].options == {"width": "column"}),
        ("figures=[cell]", lambda s: [f.kind for f in s.figures] == ["cell"]),
        ("figures=~", lambda s: s.figures is None),
        ("style.theme=dark", lambda s: s.style == {"theme": "dark"}),
        ("title=a=b", lambda s: s.title == "a=b"),
        ("title='2024'", lambda s: s.title == "2024"),
        (" title = 2024", lambda s: s.title == "2024"),
        ("input={features: 2}", None),
    ],
)
def test_what_is_set(setting, value):
    if value is None:
        with pytest.raises(SpecError):
            with_(setting)
    else:
        assert value(with_(setting))


def test_later_ones_build_on_earlier_ones():
    spec = with_("layers.1=lstm: 3", "layers.1.lstm.num_layers=4", "layers.1.lstm.num_layers=5")
    assert (spec.layers[1].options.hidden_size, spec.layers[1].options.num_layers) == (3, 5)


def test_the_file_can_be_mended():
    text = TEXT.replace("seq_len: 5", "seq_len: x")
    assert load_text(text, overrides=["input.timesteps=5"]).input.timesteps == 5


@pytest.mark.parametrize(
    ("setting", "code", "column", "path"),
    [
        ("input.timesteps=x", "bad-type", 17, "input.timesteps"),
        ("layers.0.lstm={hidden_size: 3, dropout: no}", "bad-type", 41, "layers.0.lstm.dropout"),
        ("layers.0.lstm.hiden_size=3", "unknown-key", 1, "layers.0.lstm.hiden_size"),
        ("titel=x", "unknown-key", 1, "titel"),
        ("input", "bad-override", 1, "input"),
        ("=3", "bad-override", 1, ""),
        ("input..timesteps=3", "bad-override", 1, "input..timesteps"),
        ("input.timesteps=", "bad-override", 1, "input.timesteps"),
        ("layers.9.lstm=3", "bad-override", 1, "layers.9.lstm"),
        ("layers.-1=relu", "bad-override", 1, "layers.-1"),
        ("layers.x=relu", "bad-override", 1, "layers.x"),
        ("layers.²=relu", "bad-override", 1, "layers.²"),
        ("input.features.x=3", "bad-override", 1, "input.features.x"),
        ("input.features=[", "syntax", 16, ""),
        ("title=!!python/name:os.system", "unknown-tag", 7, ""),
    ],
)
def test_what_is_refused(setting, code, column, path):
    with pytest.raises(SpecError) as caught:
        with_(setting)
    (problem,) = caught.value.problems
    assert (problem.code, problem.span.file, problem.span.line, problem.span.column) == (
        code,
        "--set",
        1,
        column,
    )
    assert problem.span.text == setting
    assert problem.path == path


def test_all_problems_of_all_overrides_after_those_of_the_file():
    with pytest.raises(SpecError) as caught:
        load_text(TEXT + "titel: x\n", "a.yaml", overrides=["input.timesteps=x", "layers.9=relu"])
    places = [(p.span.file, p.code) for p in caught.value.problems]
    assert places == [("a.yaml", "unknown-key"), ("--set", "bad-override"), ("--set", "bad-type")]


def test_a_mapping_can_be_overridden_and_stays_as_it_was():
    mapping = {"input": {"features": 3, "timesteps": 2}, "layers": ["relu"]}
    assert load(mapping, overrides=["input.features=4"]).input.features == 4
    assert mapping == {"input": {"features": 3, "timesteps": 2}, "layers": ["relu"]}


def test_a_key_of_thousands_of_parts():
    with pytest.raises(SpecError) as caught:
        with_(".".join(["a"] * 5000) + "=1")
    assert [p.code for p in caught.value.problems] == ["bad-override"]
