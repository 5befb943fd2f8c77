"""``lstmviz schema``: what editors know of the language, held against the language."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft7Validator

from lstmviz import figure_requests, figures
from lstmviz.commands import schema
from lstmviz.errors import SpecError
from lstmviz.figures.pages import width_in_pt
from lstmviz.spec import LAYERS, load_text
from lstmviz.spec.nodes import plain_data
from lstmviz.spec.source import parse
from tests.spec import generated, test_broken
from tests.spec.marked import marked

SCHEMA = schema.json_schema()
VALID = Draft7Validator(SCHEMA)
HEAD = "input: {batch_size: 6, timesteps: 5, features: 3}\nlayers: [lstm: 16]\n"
BEYOND = {
    "hidden_size: «1e3»",  # JSON's integers are those of mathematics
    "hidden_size: «16.0»",
    "dropout: «.nan»",
    "proj_size: «16»",  # what holds between two values
    "lengths: [5, «6»]",
    "padding_idx: «9»",
    "«lengths»: [5]",
}


def accepted(text):
    return VALID.is_valid(plain_data(parse(text, "a.yaml")[0]))


def test_it_is_draft_7():
    Draft7Validator.check_schema(SCHEMA)
    assert SCHEMA["$schema"] == "http://json-schema.org/draft-07/schema#"
    assert not {"$defs", "prefixItems"} & set(json.dumps(SCHEMA).split('"'))


def test_the_command_prints_it(run):
    code, out, err = run("schema")
    assert (code, err) == (0, "")
    assert json.loads(out) == SCHEMA


def test_a_layer_that_may_stand_alone_is_offered_once():
    mapping, bare = SCHEMA["properties"]["layers"]["items"]["anyOf"]
    alone = {one["const"] for one in bare["oneOf"]}
    assert {name for name, one in mapping["properties"].items() if one.get("doNotSuggest")} == alone


def test_every_spec_of_the_house_is_accepted(specs):
    for path in specs:
        assert accepted(path.read_text("utf-8")), path


def broken():
    """The broken specs whose mistake a schema can see."""
    for text, code, hint in test_broken.TOP + test_broken.NUMBERS + test_broken.STACK + test_broken.DATA:
        if code in {"unknown-key", "unknown-layer", "bad-type", "out-of-range", "missing-key"}:
            try:
                parse(marked(text)[0], "a.yaml")
            except SpecError:
                continue
            if not any(fragment in text for fragment in BEYOND):
                yield pytest.param(text, id=hint)


@pytest.mark.parametrize("text", list(broken()))
def test_broken_specs_are_refused(text):
    assert not accepted(marked(text)[0])


def test_as_many_were_tried_as_there_are():
    assert len(list(broken())) > 90


@pytest.mark.parametrize(
    "entry",
    [
        "gird", "{kind: gird}", "{kind: grid, stpe: 1}", "{kind: grid, highlight: 0}", "{name: a}",
        "grid: {}",
        "{kind: grid, backend: paint}", "{kind: grid, name: a/b}", "{kind: cube, view: round}", "3",
        "{kind: cube, windows: {stride: 1}}", "{kind: grid, windows: {rows: 9}}", "{kind: grid, width: wide}",
        "{kind: grid, theme: pink}",
    ],
)  # fmt: skip
def test_broken_figures_are_refused(entry):
    text = f"{HEAD}figures: [{entry}]\n"
    assert not accepted(text)
    with pytest.raises(SpecError):
        plans_of(load_text(text, figures=figure_requests.schema()))


def plans_of(spec):
    """Plan every figure, which is where a theme is looked up."""
    return [figure_requests.plan(spec, request.name, {}) for request in spec.figures]


@pytest.mark.parametrize("kind", figures.KINDS)
def test_every_kind_is_accepted_with_its_options(kind):
    assert accepted(
        f"{HEAD}figures: [{kind}, {{kind: {kind}, name: 7, width: 120 mm, theme: auto, title: 2020}}]\n"
    )


@pytest.mark.parametrize("layer", LAYERS)
def test_layers_have_the_short_forms_of_the_language(layer):
    for form in (
        layer,
        f"{layer}:",
        f"{layer}: 3",
        f"{layer}: [1, 0]",
        f"{layer}: {{}}",
        f"{layer}: {{name: a}}",
    ):
        text = f"input: {{batch_size: 6, timesteps: 5, features: 3}}\nlayers:\n  - lstm: 2\n  - {form}\n"
        try:
            load_text(text)
            fits = True
        except SpecError as error:
            fits = all(p.code == "misplaced-layer" for p in error.problems)
        assert accepted(text) or not fits, form
        if form in {layer, f"{layer}:", f"{layer}: {{}}"}:
            assert accepted(text) == fits, form


@settings(max_examples=40, deadline=None, database=None)
@given(generated.specs, st.integers(1, 5))
def test_every_valid_spec_is_accepted(spec, flow_below):
    assert accepted(generated.written(spec, flow_below).text)


@pytest.mark.parametrize(
    "width", ["auto", "column", "120mm", " 12 cm", "5in", "340pt", "wide", "12", "-3mm", "3 miles"]
)
def test_widths_are_those_of_the_language(width):
    try:
        fits = width in {"auto", "column"} or bool(width_in_pt(width))
    except ValueError:
        fits = False
    assert accepted(f"{HEAD}style: {{width: '{width}'}}\n") == fits


def test_every_key_is_explained():
    def walk(node, where=""):
        if isinstance(node, list):
            for item in node:
                walk(item, where)
        elif isinstance(node, dict):
            for name, field in node.get("properties", {}).items():
                assert len(field.get("description", "")) > 5, f"{where}.{name}"
            for name, below in node.items():
                walk(below, f"{where}.{name}")

    walk(SCHEMA)
    mapping, bare = SCHEMA["properties"]["layers"]["items"]["anyOf"]
    assert all(entry["description"] for entry in bare["oneOf"])
    assert set(mapping["properties"]) == {*LAYERS, "name", "from"}


def test_the_sections_and_kinds_are_all_there():
    assert set(SCHEMA["properties"]) == {"title", "input", "layers", "weights", "figures", "style"}
    kinds = SCHEMA["properties"]["figures"]["anyOf"][0]["items"]["anyOf"]
    assert [entry["const"] for entry in kinds[0]["oneOf"]] == list(figures.KINDS)
    for name in figures.KINDS:
        assert set(SCHEMA["definitions"][f"figure.{name}"]["properties"]) == {
            "kind",
            *figures.kind(name).options.model_fields,
        }
