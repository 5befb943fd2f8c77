"""A path, a text or a mapping into a Spec, or all that is wrong with it."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import PurePath
from typing import Any

from pydantic import BaseModel, ConfigDict

from lstmviz import suggestions
from lstmviz.errors import Problem, SpecError
from lstmviz.spec import phrases
from lstmviz.spec.checking import Check
from lstmviz.spec.data_files import check_data
from lstmviz.spec.examples import example
from lstmviz.spec.flow import DataState
from lstmviz.spec.foreign import INPUT_ANSWERS, INPUT_WORDS, OWN_MODULE, input_value_answer
from lstmviz.spec.forms import ALIASES, write_out
from lstmviz.spec.layer_answers import answer
from lstmviz.spec.layer_types import LAYERS, RECURRENT, Form
from lstmviz.spec.ledger import Ledger
from lstmviz.spec.model import FigureSchema, Input, Spec, WrittenInput
from lstmviz.spec.nodes import Node, Scalar, Table, from_python, kind_of, walk
from lstmviz.spec.other_specs import Others
from lstmviz.spec.override import override
from lstmviz.spec.reading import read, unprintable
from lstmviz.spec.requests import figures as read_figures
from lstmviz.spec.requests import style as read_style
from lstmviz.spec.rules import InputRules, layer_rules
from lstmviz.spec.source import Source, parse
from lstmviz.spec.stack import known_layers, labelled
from lstmviz.spec.stack import layers as read_layers

_SLIPS = 20
"""So many misspelt keys are looked at."""
_SECTIONS = ("input", "layers", "figures", "style")
_SECTION_WORDS = {
    "model": "layers", "network": "layers", "architecture": "layers", "modules": "layers",
    "data": "input", "inputs": "input", "plots": "figures", "diagrams": "figures", "theme": "style",
}  # fmt: skip
_FORMS: dict[str, Form] = {"a sequence": "sequence", "tokens": "tokens", "an image": "image"}


class Document(BaseModel):
    """The top level of a spec; its sections are checked on their own."""

    model_config = ConfigDict(extra="forbid")

    title: str | None = None
    input: Any
    layers: Any
    weights: str | None = None
    figures: Any = None
    style: Any = None


def load(
    source: Any,
    *,
    overrides: Sequence[str] = (),
    figures: FigureSchema | None = None,
    name: str | None = None,
    others: Others | None = None,
) -> Spec:
    """Load a spec from a path, from YAML text or from a mapping.

    A string with a line break is text. `overrides` are ``KEY=VALUE`` with a
    dotted key, `figures` knows the kinds and their options (without it, they
    are taken as written), `name` is what errors call a text or a mapping, `others`
    know the specs whose sheets led to this one.
    Raises SpecError with all problems, sorted by place.
    """
    if isinstance(source, Mapping):
        file = name or "spec"
        try:
            root = from_python(source)
        except SpecError as error:
            raise SpecError(error.problems, file) from None
        return _check(Source(file, _stem(file), "", root), [], overrides, figures, others)
    if isinstance(source, str) and ("\n" in source or "\r" in source):
        return load_text(source, name or "spec", overrides=overrides, figures=figures)
    if not isinstance(source, str | os.PathLike):
        message = f"a spec is a path, YAML text, or a mapping, not {type(source).__name__}"
        raise SpecError([Problem("bad-type", message)], name or "spec")
    file = os.fspath(source)
    text = read(source)
    root, problems = parse(text, name or file)
    return _check(Source(name or file, _stem(file), text, root), problems, overrides, figures, others)


def load_text(
    text: str,
    file: str = "stdin",
    *,
    overrides: Sequence[str] = (),
    figures: FigureSchema | None = None,
) -> Spec:
    r"""Load a spec from YAML text that errors say is in `file`.

    Raises SpecError with all problems, sorted by place.

    >>> load_text("input: {timesteps: 5, features: 3}\nlayers: [lstm: 16]").layers[0].label
    'lstm'
    """
    text = text.removeprefix("\ufeff")
    root, problems = parse(text, file)
    return _check(Source(file, _stem(file), text, root), problems, overrides, figures)


def _stem(file: str) -> str:
    """The first part of the figures' names.

    >>> _stem("specs/weather.yaml"), _stem("-"), _stem("<stdin>")
    ('weather', 'stdin', 'stdin')
    """
    return "stdin" if file in {"-", "<stdin>"} else PurePath(file).stem or "spec"


def _check(
    source: Source,
    problems: list[Problem],
    overrides: Sequence[str],
    figures: FigureSchema | None,
    others: Others | None = None,
) -> Spec:
    root, more = write_out(source.root)
    problems = problems + more
    for setting in overrides:
        try:
            root, more = write_out(override(root, setting))
        except SpecError as error:
            more = list(error.problems)
        problems += more
    ledger = Ledger(root, problems)
    _undrawable(ledger)
    others = (others or Others(lambda path, led: load(path, figures=figures, others=led))).of(source.file)
    spec = _spec(ledger, Source(source.file, source.stem, source.text, root), figures, others)
    if ledger.problems or spec is None:
        raise SpecError(_sorted(ledger.problems, source.file), source.file)
    return spec


def _spec(ledger: Ledger, source: Source, schema: FigureSchema | None, others: Others) -> Spec | None:
    if not isinstance(ledger.root, Table):
        message = f"a spec is a mapping with 'input' and 'layers', not {kind_of(ledger.root)}"
        ledger.add("bad-type", message, ledger.root.span, ())
        return None
    title, weights = _document(ledger, ledger.root, schema)
    value, form = _input(ledger)
    parts = read_layers(ledger)
    layer_rules(ledger, parts, value)
    if form:
        timed = value is None or value.timesteps is not None
        DataState(ledger, form, timed, value is None or value.batch_size is not None).run(parts)
    if value and value.states == "given" and all(p and p.type not in RECURRENT for p in parts):
        key = "stateful" if value.stateful else "states"
        message = f"'{key}' is about the states of a recurrent layer, and the model has none"
        ledger.add("bad-value", message, ledger.at("input", key), ("input", key))
    check_data(ledger, source.file, weights, ("weights",))
    check_data(ledger, source.file, value.values if value else None, ("input", "values"))
    requests = read_figures(ledger, schema, others)
    style = read_style(ledger, schema)
    if ledger.problems or value is None:
        return None
    layers = labelled([p for p in parts if p])
    known_layers(ledger, layers)
    if ledger.problems:
        return None
    return Spec(
        title=title,
        input=value,
        layers=layers,
        weights=weights,
        figures=requests,
        style=style,
        others=others.found,
        source=source,
    )


def _undrawable(ledger: Ledger) -> None:
    """Complain of characters, written as escapes, that no figure can hold."""
    for path, node in walk(ledger.root):
        bad = unprintable(node.text) if isinstance(node, Scalar) else None
        if bad:
            ledger.add("bad-value", f"the character U+{ord(bad):04X} cannot be drawn", node.span, path)


def _document(ledger: Ledger, root: Table, schema: FigureSchema | None) -> tuple[str | None, str | None]:
    """Check the top level, with stand-ins for the sections; gives the title and the file of weights."""
    frame = root
    for key in _SECTIONS:
        if key in root.entries:
            frame = frame.having(key, Scalar("", ""))
    at_home = _elsewhere(frame, schema)
    checked = Check(Document, root, (), "a key of a spec", _SECTION_WORDS, elsewhere=at_home).run(frame)
    ledger.problems += checked.problems
    return (checked.value.title, checked.value.weights) if checked.value else (None, None)


def _elsewhere(frame: Table, schema: FigureSchema | None) -> dict[str, str]:
    """Say of keys at the top that belong elsewhere, where."""
    looks = schema.style.model_fields if schema else ()
    return {
        key: hint
        for key in frame.entries.keys() - Document.model_fields.keys()
        if (hint := _home(key, frame.entries[key].node, looks))
    }


def _home(key: str, node: Node, looks: Collection[str]) -> str:
    """Where a key that no spec has belongs; empty if that is not known. `looks` are the keys of style."""
    sizes = (*WrittenInput.model_fields, *ALIASES)
    known = (*Document.model_fields, *_SECTION_WORDS, *looks, *sizes, *LAYERS)
    near = key if key in known else suggestions.slip(key, known) or key
    number = isinstance(node, Scalar) and isinstance(node.value, int)
    if isinstance(node, Table) and node.entries.keys() & {"input", "layers"}:
        return f"leave out '{key}:': input and layers begin their lines"
    if near in Document.model_fields or near in _SECTION_WORDS:
        return ""
    name = "it" if near == key else near
    if near in looks and not (number and near in sizes):
        return f"write {name} below 'style:', for every figure, or in one of 'figures'"
    if near in sizes:
        return f"indent {name} below 'input:'"
    if near in LAYERS:
        return f"it is an entry of 'layers:': '{example(near)}'"
    said = answer(key)
    return "" if OWN_MODULE in said else said


def _input(ledger: Ledger) -> tuple[Input | None, Form | None]:
    """Check the input section; gives its form even if a value is broken."""
    node = ledger.section("input")
    if node is None:
        return None, None
    if not isinstance(node, Table):
        message = f"'input' must be a mapping, not {phrases.shown(node)}"
        close = re.match(r"(\w+):(\S+)", node.text) if isinstance(node, Scalar) else None
        hint = (
            f"write a space after the colon: {close[1]}: {close[2]}"
            if close
            else f"as in: {phrases.EXAMPLES['input']}"
        )
        ledger.add("bad-type", message, ledger.at("input"), ("input",), hint)
        return None, None
    check = Check(
        WrittenInput, ledger.root, ("input",), "a key of input", INPUT_WORDS, elsewhere=INPUT_ANSWERS
    )
    checked = check.run()
    ledger.problems += [_answered(problem, node) for problem in checked.problems]
    # What is sound is checked further, so that one mistake hides no other.
    sound = node.without(*checked.broken)
    value = checked.value or check.run(sound).value
    if value is None:
        return None, None
    odd = [k for k in node.entries if k not in WrittenInput.model_fields][:_SLIPS]
    misspelt = [suggestions.guess(k, WrittenInput.model_fields, INPUT_WORDS) for k in odd]
    keys = (*node.entries, *(m for m in misspelt if m))
    rules = InputRules(ledger, value, keys, checked.broken | {m for m in misspelt if m})
    before = len(ledger.problems)
    form = rules.run()
    whole = checked.value is not None and form and len(ledger.problems) == before
    return rules.resolve() if whole else None, _flow_form(form, rules)


def _answered(problem: Problem, node: Table) -> Problem:
    """The problem of a value that others take, with what to write here."""
    key = problem.path.rpartition(".")[2]
    value = node.get(key)
    said = input_value_answer(key, value.text) if isinstance(value, Scalar) else None
    return replace(problem, hint=problem.hint or said)


def _flow_form(form: str | None, rules: InputRules) -> Form | None:
    if form == "a sequence" and rules.absent("timesteps"):
        return "rows"
    if form == "an image" and not rules.absent("timesteps"):
        return "frames"
    return _FORMS.get(form or "")


def _sorted(problems: list[Problem], file: str) -> list[Problem]:
    """By place, each once: what an alias repeats is one problem."""

    def order(problem: Problem) -> tuple[bool, int, int]:
        span = problem.span
        return (bool(span and span.file != file), span.line if span else 0, span.column if span else 0)

    unique = {(p.span, p.code, p.message, p.path if p.span is None else ""): p for p in problems}
    return sorted(unique.values(), key=order)
