"""What a spec may say, and what it then means."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import BaseModel, ConfigDict, ValidationError

from lstmviz.spec import LAYERS, FigureSchema, load, load_text
from lstmviz.spec.model import WrittenInput

ROOT = Path(__file__).parents[2]
WEATHER = """\
title: Daily weather, two-layer LSTM
input:
  batch_size: 6
  timesteps: 5
  features: [rainfall, wind speed, PM2.5]
  batch_first: true
  axes:
    batch: {name: cities, labels: [Beijing, Chengdu, Lhasa, Ürümqi, Harbin, Sanya]}
    time: {name: days, labels: [Mon, Tue, Wed, Thu, Fri]}
    features: weather factors
  lengths: [5, 3, 4, 2, 5, 1]
  states: given
layers:
  - lstm: {hidden_size: 16, num_layers: 2, bidirectional: true, dropout: 0.2}
  - linear: {out_features: 1}
figures:
  - rolled
  - {kind: grid, backend: graphviz, name: stacked, width: column}
style: {theme: light, width: text}
"""


def of(layers, given="timesteps: 5, features: 3, batch_size: 2"):
    return load_text(f"input: {{{given}}}\nlayers: {layers}\n")


def test_the_example_of_the_manual():
    spec = load_text(WEATHER, "specs/weather.yaml")
    assert (spec.title, spec.stem) == ("Daily weather, two-layer LSTM", "weather")
    given = spec.input
    assert (given.form, given.batch_size, given.timesteps, given.features) == ("sequence", 6, 5, 3)
    assert given.feature_names == ("rainfall", "wind speed", "PM2.5")
    assert given.axes.batch.labels[3] == "Ürümqi"
    assert (given.axes.features.name, given.axes.features.labels) == ("weather factors", None)
    assert (given.lengths, given.states, given.batch_first) == ((5, 3, 4, 2, 5, 1), "given", True)
    lstm, linear = spec.layers
    assert (lstm.type, lstm.label, lstm.name) == ("lstm", "lstm", None)
    options = lstm.options
    assert (options.hidden_size, options.num_layers, options.bidirectional) == (16, 2, True)
    assert (options.dropout, options.bias, options.proj_size) == (0.2, True, 0)
    assert (linear.options.out_features, linear.options.bias) == (1, True)
    assert [(f.kind, f.name, f.options, f.path) for f in spec.figures] == [
        ("rolled", "rolled", {}, "figures.0"),
        ("grid", "stacked", {"backend": "graphviz", "width": "column"}, "figures.1"),
    ]
    assert spec.style == {"theme": "light", "width": "text"}


@pytest.mark.parametrize(
    ("short", "long"),
    [
        ("[lstm: 16]", "[lstm: {hidden_size: 16}]"),
        ("[linear: 10]", "[linear: {out_features: 10}]"),
        ("[relu]", "[relu: {}]"),
        ("[relu]", "[relu: ]"),
        ("[relu]", "[relu: ~]"),
        ("[dropout]", "[dropout: {p: 0.5}]"),
        ("[softmax]", "[softmax: -1]"),
        ("[view: [N, -1]]", "[view: {sizes: [N, -1]}]"),
        ("[permute: [1, 0, 2]]", "[permute: {dims: [1, 0, 2]}]"),
        ("[layer_norm]", "[layer_norm: 1e-5]"),
        ("[flatten]", "[flatten: {start_dim: 1, end_dim: -1}]"),
        ("[lstm: {hidden_size: 16, name: a}]", "[{lstm: 16, name: a}]"),
        ("[lstm: {hidden_size: 16, dropout: 0}]", "[lstm: {hidden_size: 16, dropout: 0.0}]"),
        ("[lstm: 16]", "[{lstm: 16, name: ~}]"),
        ("[lstm: 16]", "[lstm: {hidden_size: 16, name: null}]"),
        ("[lstm: 16]", "[lstm: {hidden_size: 16, num_layers: 1, bias: true, dropout: 0}]"),
        ("[lstm: 16]", "[lstm: {hidden_size: 16, bidirectional: false, proj_size: 0}]"),
        (
            "[conv1d: {out_channels: 4, kernel_size: 3}]",
            "[conv1d: {out_channels: 4, kernel_size: 3, stride: 1, padding: 0, dilation: 1, bias: true}]",
        ),
        ("[rnn: 16]", "[rnn: {hidden_size: 16, nonlinearity: tanh}]"),
        (
            "[lstm: &a {hidden_size: 4}, gru: {<<: *a, num_layers: 2}]",
            "[lstm: 4, gru: {hidden_size: 4, num_layers: 2}]",
        ),
    ],
)
def test_short_forms_mean_the_long_ones(short, long):
    assert of(short) == of(long)


def test_aliases():
    spec = load_text("input: {seq_len: 5, input_size: 3}\nlayers: [lstm: 4]\n")
    assert (spec.input.timesteps, spec.input.features) == (5, 3)


def test_labels_are_taken_as_written():
    text = """\
title: 1e3
input:
  features: [no, 010, "5"]
  timesteps: 6
  axes: {time: {name: 2024, labels: [no, 1e3, 12:30, null, ~, 0x1F]}}
layers: [lstm: 4]
"""
    spec = load_text(text)
    assert spec.title == "1e3"
    assert spec.input.feature_names == ("no", "010", "5")
    assert spec.input.axes.time.name == "2024"
    assert spec.input.axes.time.labels == ("no", "1e3", "12:30", "null", "~", "0x1F")


@pytest.mark.parametrize("quiet", ["title: ~\n", "figures:\n", "style:\n", "figures: ~\n", "style: {}\n", ""])
def test_what_is_left_out(quiet):
    spec = load_text("input: {features: 3, timesteps: 2, axes: }\nlayers: [lstm: 4]\n" + quiet)
    assert (spec.title, spec.figures, spec.style, spec.input.batch_size) == (None, None, {}, None)


def test_sentences_give_the_sizes():
    spec = of("[embedding: 8]", "sentences: [[the, no, fox], [12, 'a b']]")
    given = spec.input
    assert (given.form, given.batch_size, given.timesteps, given.lengths) == ("tokens", 2, 3, (3, 2))
    assert given.sentences == (("the", "no", "fox"), ("12", "a b"))
    assert given.vocabulary == 6  # five words and the padding


def test_sentences_of_one_length_are_not_padded():
    given = of("[embedding: 8]", "sentences: [[a, b], [b, a]], vocabulary: 100").input
    assert (given.lengths, given.timesteps, given.vocabulary) == (None, 2, 100)


def test_sentences_in_a_longer_frame():
    assert of("[embedding: 8]", "sentences: [[a, b], [b, a]], timesteps: 2").input.timesteps == 2
    given = of("[embedding: 8]", "sentences: [[a, b], [b, a]], timesteps: 5").input
    assert (given.lengths, given.timesteps) == ((2, 2), 5)


def test_image_and_conv():
    text = "[conv2d: {out_channels: 4, kernel_size: [3, 5]}, max_pool2d: 2, "
    text += "avg_pool2d: {kernel_size: 2, stride: 1}]"
    spec = of(text, "channels: 3, height: 8, width: 9, batch_size: 2")
    assert spec.input.form == "image"
    conv, pool, average = (layer.options for layer in spec.layers)
    assert (conv.kernel_size, conv.stride, pool.kernel_size, pool.stride) == ((3, 5), 1, 2, None)
    assert average.stride == 1


@pytest.mark.parametrize(
    ("layers", "labels"),
    [
        ("[lstm: 4, linear: 2, lstm: 4, lstm: 4]", ["lstm", "linear", "lstm-2", "lstm-3"]),
        ("[lstm: {hidden_size: 4, name: encoder}, lstm: 4]", ["encoder", "lstm"]),
        ("[lstm: 4, gru: {hidden_size: 4, name: lstm}]", ["lstm-2", "lstm"]),
        ("[lstm: 4, {lstm: 4, name: lstm-2}, lstm: 4]", ["lstm", "lstm-2", "lstm-3"]),
    ],
)
def test_labels_of_layers_are_unique(layers, labels):
    assert [layer.label for layer in of(layers).layers] == labels


def test_names_of_figures():
    spec = load_text(
        "input: {features: 3, timesteps: 2}\nlayers: [lstm: 4]\n"
        "figures: [grid, {kind: grid, name: mine}, grid, cell, {kind: grid}]\n"
    )
    assert [f.name for f in spec.figures] == ["grid", "mine", "grid-2", "cell", "grid-3"]
    assert spec.figures[4].options == {}


def test_the_flow_of_layers_that_only_a_run_can_judge():
    of("[view: [N, T, 3], lstm: 4]", "features: 3, timesteps: 5, batch_size: 2")
    of("[reshape: [2, 4, 3], lstm: 4]", "features: 12, batch_size: 2")
    of("[flatten, linear: 4]", "channels: 3, height: 4, width: 4, batch_size: 2")
    of("[lstm: 4, last_step, linear: 3]")
    of("[flatten: {start_dim: 2}, lstm: 4]", "channels: 3, height: 4, width: 4, batch_size: 2")
    of("[flatten, lstm: 4]", "channels: 3, height: 4, width: 4")
    of("[conv1d: {out_channels: 4, kernel_size: 3}, lstm: 4]")
    of(
        "[embedding: 4, lstm: 4, decoder: {cell: lstm, hidden_size: 4, steps: 3, features: 2}]",
        "vocabulary: 9, timesteps: 3",
    )
    of("[embedding: 4, linear: 2]", "vocabulary: 9")


def test_a_schema_decides_what_is_text():
    class Options(BaseModel):
        model_config = ConfigDict(extra="forbid")
        title: str | None = None
        step: int | None = None
        sizes: tuple[int, ...] = ()

    schema = FigureSchema({"grid": Options}, Options)
    text = "input: {features: 3, timesteps: 2}\nlayers: [lstm: 4]\n"
    text += "figures: [{kind: grid, title: 12:30, step: 3, sizes: [1, 2]}]\nstyle: {title: 2024}\n"
    spec = load_text(text, figures=schema)
    assert spec.figures[0].options == {"title": "12:30", "step": 3, "sizes": [1, 2]}
    assert spec.style == {"title": "2024"}


def test_load_takes_a_path_text_and_a_mapping(tmp_path):
    text = "input: {features: 3, timesteps: 2}\nlayers: [lstm: 4]\n"
    path = tmp_path / "my model.yaml"
    path.write_text(text, "utf-8")
    mapping = {"input": {"features": 3, "timesteps": 2}, "layers": [{"lstm": 4}]}
    specs = [load(path), load(str(path)), load(text), load(mapping), load(text, name="-")]
    assert specs == [specs[0]] * 5
    assert [s.stem for s in specs] == ["my model", "my model", "spec", "spec", "stdin"]


def test_a_mapping_takes_numpy_like_numbers_and_tuples():
    class Three:
        def __index__(self):
            return 3

    spec = load({"input": {"features": ("a", 2024), "timesteps": Three()}, "layers": ("relu", {"lstm": 4})})
    assert (spec.input.timesteps, spec.input.feature_names) == (3, ("a", "2024"))


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_encodings_and_line_ends(tmp_path, codec, newline):
    path = tmp_path / "a.yaml"
    path.write_bytes(WEATHER.replace("\n", newline).encode(codec))
    assert load(path) == load_text(WEATHER)


def test_places_of_paths():
    source = load_text(WEATHER, "w.yaml").source
    for path, line, column in [
        ("layers.0", 14, 5),
        ("layers.0.lstm", 14, 11),
        ("layers.0.lstm.dropout", 14, 74),
        ("layers.0.lstm.nonlinearity", 14, 5),
        ("layers.7", 13, 1),
        ("input.axes.time.labels.4", 9, 53),
        ("figures.0", 17, 5),
    ]:
        span = source.span(path)
        assert (path, span.file, span.line, span.column) == (path, "w.yaml", line, column)


def test_everything_is_frozen():
    spec = load_text(WEATHER)
    for part, name in [
        (spec, "title"),
        (spec.input, "features"),
        (spec.layers[0], "name"),
        (spec.figures[0], "name"),
    ]:
        with pytest.raises(ValidationError):
            setattr(part, name, None)


def test_every_field_is_described():
    for model in {*LAYERS.values(), WrittenInput}:
        assert model.__doc__
        for name, field in model.model_fields.items():
            assert field.description, (model, name)
            assert field.description.endswith("."), (model, name)


def test_the_schema_hides_what_a_layer_has_not():
    assert "proj_size" not in LAYERS["gru"].model_json_schema()["properties"]
    assert "proj_size" in LAYERS["lstm"].model_json_schema()["properties"]


def test_the_layers_take_torchs_own_arguments():
    torch = pytest.importorskip("torch")
    import inspect

    names = {"rnn": "RNN", "lstm": "LSTM", "gru": "GRU", "layer_norm": "LayerNorm"}
    pools = {f"{k}_pool2d": f"{k.title()}Pool2d" for k in ("max", "avg")}
    convs = {f"conv{n}d": f"Conv{n}d" for n in (1, 2)}
    names |= pools | convs | {k: k.title() for k in ("linear", "embedding", "dropout", "flatten", "softmax")}
    recurrent = set(inspect.signature(torch.nn.RNNBase).parameters)
    for layer, name in names.items():
        taken = set(inspect.signature(getattr(torch.nn, name)).parameters)
        taken |= recurrent | {"nonlinearity"} if layer in {"rnn", "lstm", "gru"} else set()
        assert set(LAYERS[layer].arguments()) <= taken, layer


def test_importing_is_cheap():
    code = "import sys, lstmviz.spec; print({'torch', 'numpy', 'matplotlib', 'click'} & set(sys.modules))"
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert result.stdout == "set()\n"
