"""Generated specs: all load; with one value broken, its place is named."""

from __future__ import annotations

import re

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from lstmviz.errors import SpecError
from lstmviz.spec import LAYERS, load, load_text
from lstmviz.spec.nodes import child
from lstmviz.spec.report import to_json, to_text
from lstmviz.spec.source import parse
from tests.spec.generated import Text, scalar, specs, written

FAST = settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))


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
@example("---")
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
