"""Specs made up by hypothesis, and YAML text that knows where it put what."""

from __future__ import annotations

import re
from dataclasses import dataclass

from hypothesis import strategies as st

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
