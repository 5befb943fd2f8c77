"""Generated specs: all load; with one value broken, its place is named."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lstmviz.errors import SpecError
from lstmviz.spec import LAYERS, load, load_text
from lstmviz.spec.nodes import child
from lstmviz.spec.report import to_json, to_text
from lstmviz.spec.source import parse

FAST = settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
small = st.integers(1, 9)
probability = st.sampled_from([0, 0.2, 1, 1e-3])
words = st.sampled_from(["days", "no", "12:30", "中文", "a b", "Ürümqi", "x: y", "🙂", "1e3", "it's", ""])


@dataclass(frozen=True)
class Text:
    """A leaf that is text, whatever it looks like."""

    value: str


@st.composite
def axis(draw, size):
    if draw(st.booleans()):
        return Text(draw(words))
    return {"name": Text(draw(words)), "labels": [Text(draw(words)) for _ in range(size)]}


@st.composite
def sequences(draw):
    steps, batch, features = draw(small), draw(small), draw(small)
    data = {"timesteps": steps, "batch_size": batch, "batch_first": draw(st.booleans())}
    data["features"] = draw(st.sampled_from([features, [Text(f"f{i}") for i in range(features)]]))
    named = isinstance(data["features"], list)
    axes = {"batch": axis(batch), "time": axis(steps)} | ({} if named else {"features": axis(features)})
    chosen = draw(st.sets(st.sampled_from(sorted(axes))))
    if chosen:
        data["axes"] = {k: draw(axes[k]) for k in sorted(chosen)}
    if draw(st.booleans()):
        data["lengths"] = draw(st.lists(st.integers(1, steps), min_size=batch, max_size=batch))
    return data


@st.composite
def recurrent(draw):
    type_ = draw(st.sampled_from(["lstm", "gru", "rnn"]))
    options = {"hidden_size": draw(st.integers(2, 9))}
    extra = {
        "num_layers": small,
        "bias": st.booleans(),
        "dropout": probability,
        "bidirectional": st.booleans(),
    }
    extra |= {"proj_size": st.just(1)} if type_ == "lstm" else {}
    extra |= {"nonlinearity": st.sampled_from([Text("tanh"), Text("relu")])} if type_ == "rnn" else {}
    for key in sorted(draw(st.sets(st.sampled_from(sorted(extra))))):
        options[key] = draw(extra[key])
    return {type_: draw(st.sampled_from([options, options["hidden_size"]]))}


simple = st.one_of(
    recurrent(),
    st.builds(lambda n: {"linear": n}, small),
    st.builds(lambda n, b: {"linear": {"out_features": n, "bias": b}}, small, st.booleans()),
    st.builds(lambda p: {"dropout": {"p": p}}, probability),
    st.builds(lambda n, k: {"conv1d": {"out_channels": n, "kernel_size": k}}, small, small),
    st.sampled_from(["relu", "tanh", "sigmoid", "layer_norm"]).map(Text),
    st.just({"softmax": -1}),
)
specs = st.builds(
    lambda data, layers: {"input": data, "layers": layers},
    sequences(),
    st.lists(simple, min_size=1, max_size=4),
)


def scalar(value):
    if isinstance(value, Text):
        plain = re.fullmatch(r"\w+(:\w+)?( \w+)*", value.value)
        return value.value if plain and value.value else "'" + value.value.replace("'", "''") + "'"
    return {True: "true", False: "false"}[value] if isinstance(value, bool) else str(value)


class Writer:
    """YAML text, with the place of every leaf and every key on the way."""

    def __init__(self, flow_below):
        self.flow_below = flow_below
        self.text = ""
        self.values = {}
        self.keys = {}

    def mark(self, where, path, text):
        start = len(self.text) - (self.text.rfind("\n") + 1) + 1
        where[path] = (self.text.count("\n") + 1, start)
        self.text += text

    def node(self, value, path, indent):
        if not isinstance(value, dict | list):
            self.mark(self.values, path, scalar(value))
        elif len(path) >= self.flow_below:
            self.flow(value, path)
        else:
            self.block(value, path, indent)

    def flow(self, value, path):
        entries = value.items() if isinstance(value, dict) else enumerate(value)
        self.text += "{" if isinstance(value, dict) else "["
        for i, (key, below) in enumerate(entries):
            self.text += ", " * bool(i)
            if isinstance(value, dict):
                self.mark(self.keys, (*path, key), key)
                self.text += ": "
            self.node(below, (*path, key), 0)
        self.text += "}" if isinstance(value, dict) else "]"

    def block(self, value, path, indent):
        for key, below in value.items() if isinstance(value, dict) else enumerate(value):
            self.text += "\n" + "  " * indent
            if isinstance(value, dict):
                self.mark(self.keys, (*path, key), key)
                self.text += ": "
            else:
                self.text += "- "
            self.node(below, (*path, key), indent + 1)


def written(spec, flow_below):
    writer = Writer(flow_below)
    writer.node(spec, (), 0)
    writer.text += "\n"
    return writer


def leaves(value, path=()):
    if isinstance(value, dict | list):
        for key, below in value.items() if isinstance(value, dict) else enumerate(value):
            yield from leaves(below, (*path, key))
    else:
        yield path, value


def keys(value, path=()):
    if isinstance(value, dict):
        yield from ((*path, k) for k in value)
    if isinstance(value, dict | list):
        for key, below in value.items() if isinstance(value, dict) else enumerate(value):
            yield from keys(below, (*path, key))


def changed(value, path, new):
    """A copy with another value at a path."""
    if not path:
        return new
    first, *rest = path
    if isinstance(value, dict):
        return {k: changed(v, rest, new) if k == first else v for k, v in value.items()}
    return [changed(v, rest, new) if i == first else v for i, v in enumerate(value)]


def renamed(value, path, new):
    """A copy with another word for the key at a path."""
    *above, last = path
    old = value
    for step in above:
        old = old[step]
    return changed(value, above, {(new if k == last else k): v for k, v in old.items()})


def broken_values(value):
    """What must not stand in the place of this value."""
    if isinstance(value, Text):
        return [["x"], {"x": 1}]
    if isinstance(value, bool):
        return [Text("yes"), Text("off"), 1, ["x"], Text("tRuE")]
    return [
        Text("yes"),
        True,
        Text("010"),
        Text("0x10"),
        Text("12:30"),
        10**9,
        -(10**9),
        {"x": 1},
        10**4000,
    ]


def problems(text):
    try:
        load_text(text, "a.yaml")
    except SpecError as error:
        to_text(error), to_json(error)
        return error.problems
    return ()


def plain(value):
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items()}
    if isinstance(value, list):
        return [plain(v) for v in value]
    return value.value if isinstance(value, Text) else value


@FAST
@given(specs, st.integers(1, 5))
def test_every_generated_spec_loads(spec, flow_below):
    text = written(spec, flow_below).text
    assert problems(text) == ()
    loaded = load_text(text)
    assert loaded == load(plain(spec))
    assert [layer.type for layer in loaded.layers] == [
        layer.value if isinstance(layer, Text) else next(iter(layer)) for layer in spec["layers"]
    ]
    for (_, first), (_, second) in zip(leaves(spec), leaves(spec), strict=True):
        assert first == second


@FAST
@given(specs, st.integers(1, 5), st.data())
def test_one_broken_value_is_named_by_its_place(spec, flow_below, data):
    every = [
        (p, v) for p, v in leaves(spec) if not (p[0] == "layers" and isinstance(v, Text) and len(p) == 2)
    ]
    path, value = data.draw(st.sampled_from(every))
    new = data.draw(st.sampled_from(broken_values(value)))
    if isinstance(value, Text) and isinstance(new, dict) and path[:2] == ("input", "axes") and len(path) == 3:
        new = ["x"]  # an axis may be a mapping
    if isinstance(new, dict | list) and path[:2] == ("input", "features") and len(path) == 2:
        new = Text("yes")  # the features may be a list
    if isinstance(new, dict) and path[0] == "layers" and len(path) == 3:
        new = Text("yes")  # the options may be a mapping
    writer = written(changed(spec, path, new), flow_below if not isinstance(new, dict | list) else 1)
    place = writer.values.get(path) or next(
        v for k, v in sorted(writer.values.items()) if k[: len(path)] == path
    )
    found = problems(writer.text)
    if isinstance(new, dict | list):
        # The place of a collection is its bracket, before its first leaf.
        where = [(p.span.line, p.span.column) for p in found if p.span]
        line, column = place if isinstance(new, list) else writer.keys[(*path, "x")]
        assert set(where) == {(line, column - 1)}, (writer.text, found)
    else:
        assert {(p.span.line, p.span.column) for p in found} == {place}, (writer.text, found)


@FAST
@given(specs, st.integers(1, 5), st.data())
def test_one_misspelt_key_is_named_with_what_was_meant(spec, flow_below, data):
    path = data.draw(st.sampled_from(sorted(keys(spec), key=str)))
    word = path[-1]
    at = data.draw(st.integers(1, len(word)))
    wrong = word[:at] + "q" + word[at:]
    writer = written(renamed(spec, path, wrong), flow_below)
    place = writer.keys[(*path[:-1], wrong)]
    named = [p for p in problems(writer.text) if p.span and (p.span.line, p.span.column) == place]
    assert [p.code for p in named] in (["unknown-key"], ["unknown-layer"]), (writer.text, named)
    assert named[0].hint == f"did you mean '{word}'?"
    assert named[0].span.end_column - named[0].span.column == len(wrong)
    missing = [p.path.split(".")[-1] for p in problems(writer.text) if p.code == "missing-key"]
    assert word not in missing


@FAST
@given(specs, st.data())
def test_one_missing_key_is_asked_for(spec, data):
    required = [
        p
        for p in keys(spec)
        if len(p) == 1 or (p[0] == "layers" and len(p) == 4 and LAYERS[p[2]].model_fields[p[3]].is_required())
    ]
    path = data.draw(st.sampled_from(required))
    *above, last = path
    old = spec
    for step in above:
        old = old[step]
    text = written(changed(spec, above, {k: v for k, v in old.items() if k != last}), 3).text
    found = problems(text)
    assert ("missing-key", ".".join(map(str, path))) in [(p.code, p.path) for p in found], text


@FAST
@given(specs, st.integers(1, 5), st.data())
def test_an_override_sets_what_the_text_says(spec, flow_below, data):
    numbers = [(p, v) for p, v in leaves(spec) if isinstance(v, int) and not isinstance(v, bool)]
    path, value = data.draw(st.sampled_from(numbers))
    text = written(spec, flow_below).text
    setting = f"{'.'.join(map(str, path))}={value}"
    assert load_text(text, overrides=[setting]) == load_text(text)


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet=st.sampled_from(list("ab:-[]{},'\"#&*!|>%@`? \n\t\r\\é中🙂\0\x85\u2028\ufeff0<="))))
def test_any_text_gives_a_spec_or_a_report(text):
    found = problems(text)
    assert found
    lines = re.split("\r\n|[\n\r\x85\u2028\u2029]", text.removeprefix("\ufeff"))
    for problem in found:
        assert problem.span.text == lines[problem.span.line - 1]
        assert 1 <= problem.span.column <= len(problem.span.text) + 1
        assert problem.span.column < problem.span.end_column


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=60))
def test_any_bytes_give_a_report(tmp_path_factory, data):
    path = tmp_path_factory.mktemp("bytes") / "a.yaml"
    path.write_bytes(data)
    with pytest.raises(SpecError) as caught:
        load(path)
    assert to_text(caught.value).endswith("; nothing was written")


@FAST
@given(specs, st.integers(1, 5))
def test_places_quote_what_was_written(spec, flow_below):
    writer = written(spec, flow_below)
    root, found = parse(writer.text, "a.yaml")
    assert not found
    for path, value in leaves(spec):
        node = root
        for step in path:
            node = child(node, step)
        span = node.span
        assert (span.line, span.column) == writer.values[path]
        assert span.text[span.column - 1 : span.end_column - 1] == scalar(value)
