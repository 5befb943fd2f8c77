"""What is said of layers and options that a spec does not have, but other libraries and papers do."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from lstmviz.spec import phrases
from lstmviz.spec.examples import example
from lstmviz.spec.foreign import ANSWERS, DERIVED, MEANT, OWN_MODULE
from lstmviz.spec.foreign_options import option_answer, value_answer
from lstmviz.spec.layer_types import LAYERS, RECURRENT
from lstmviz.spec.nodes import Items, Path, Scalar, Table, key_place
from lstmviz.suggestions import bare, did_you_mean, guess, listed

if TYPE_CHECKING:
    from lstmviz.errors import Problem
    from lstmviz.spec.ledger import Ledger


def answer(key: str) -> str:
    """What to do about a word that is no layer.

    >>> answer("RepeatVector"), answer("max_pool3d")[:17]
    ("did you mean 'repeat'?", 'there is lstm, gr')
    """
    if found := {bare(word): text for word, text in ANSWERS.items()}.get(bare(key)):
        return found
    meant = {bare(word): text for word, text in MEANT.items()}.get(bare(key))
    near = meant or guess(key, LAYERS)
    return did_you_mean(near) if near else f"there is {listed(LAYERS)}; {OWN_MODULE}"


def unknown_layer(ledger: Ledger, key: str, node: Table, path: Path) -> None:
    """Complain of a type that does not exist."""
    hint = answer(key)
    if written := re.fullmatch(r"(?P<layer>[\w.]+)[ (=]+(?P<value>[^()]+)\)?", key):
        named = guess(written["layer"].rpartition(".")[2], LAYERS, MEANT)
        hint = did_you_mean(_call(named, written["value"])) if named else hint
    elif "(" in key:
        hint = answer(key.partition("(")[0])
    ledger.add(
        "unknown-layer", f"{phrases.quoted(key)} is not a layer", key_place(node, key), (*path, key), hint
    )


def _call(type_: str, arguments: str) -> str:
    """A call of Python's, as a layer of a spec; what the layer does not have is left out.

    >>> _call("lstm", "3, 16, bidirectional=True"), _call("linear", "10, activation='relu'")
    ('lstm: {hidden_size: 16, bidirectional: true}', 'linear: 10')
    """
    known = LAYERS[type_].arguments()
    values = [part.strip() for part in arguments.split(",")]
    plain = [value for value in values if "=" not in value]
    first = next(iter(known), "")
    said = {first: plain[min(len(plain), 2) - 1]} if plain else {}
    for value in values:
        name, sign, what = value.partition("=")
        if sign and name.strip() in known:
            said[name.strip()] = {"True": "true", "False": "false"}.get(what.strip(), what.strip())
    if [*said] == [first]:
        return f"{type_}: {said[first]}"
    return f"{type_}: {{{', '.join(f'{name}: {what}' for name, what in said.items())}}}"


def said_of(type_: str, key: str, *, is_meant: bool) -> tuple[str, str] | None:
    """The message and the answer about an option that is not this layer's; None to guess what was meant."""
    if key in DERIVED:
        return f"'{key}' is not written: {DERIVED[key]}", "leave it out"
    known = option_answer(type_, key, alone=is_meant)
    if key in LAYERS[type_].foreign and not known:
        known = f"only {phrases.either(k for k in RECURRENT if key not in LAYERS[k].foreign)} has it"
    return (f"{phrases.quoted(key)} is not an option of {type_}", known) if known else None


def answered(problem: Problem, type_: str, options: Table) -> Problem:
    """The problem of a value that is known from elsewhere, with its answer; of a missing one, an example."""
    shown = f"as in: '{example(type_)}'"
    if problem.code == "missing-key":
        return replace(problem, hint=shown)
    keys = problem.path.split(".")
    option = next((key for key in reversed(keys) if key in LAYERS[type_].arguments()), "")
    value = options.get(option)
    found = value_answer(type_, option, value.text if isinstance(value, Scalar) else "")
    if isinstance(value, Scalar):
        if written := re.fullmatch(r"(\w+) ?= ?(\S+)", value.text):
            found = f"did you mean {{{written[1]}: {written[2]}}}?"
    elif isinstance(value, Items) and value.items and problem.code == "bad-type":
        first = value.items[0]
        if option == "layer" and isinstance(first, Scalar):
            found = f"what runs before is there already; name the other: '- {type_}: {first.text}'"
        elif options.entries[option].key is None:
            found = found or shown
    return replace(problem, hint=problem.hint or found)
