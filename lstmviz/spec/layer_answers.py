"""What is said of layers and options that a spec does not have, but other libraries and papers do."""

from __future__ import annotations

import re
from dataclasses import replace

from lstmviz.errors import Problem
from lstmviz.spec import phrases
from lstmviz.spec.examples import example
from lstmviz.spec.foreign import (
    ANSWERS,
    DERIVED,
    FILLERS,
    INPUT_WORDS,
    MEANT,
    OWN_MODULE,
    option_answer,
    synonyms,
    value_answer,
)
from lstmviz.spec.forms import ALIASES
from lstmviz.spec.layer_types import LAYERS, RECURRENT
from lstmviz.spec.ledger import Ledger
from lstmviz.spec.model import WrittenInput
from lstmviz.spec.nodes import Items, Path, Scalar, Table, key_place
from lstmviz.suggestions import bare, did_you_mean, guess, listed, slip


def answer(key: str) -> str:
    """What to do about a word that is no layer.

    >>> answer("RepeatVector"), answer("fc1"), answer("seq_len")
    ("did you mean 'repeat'?", "did you mean 'linear'?", 'it belongs in input: {…, timesteps: …}')
    """
    words = (key, _core(key))
    known = {bare(word): text for word, text in ANSWERS.items()}
    meant = {bare(word): word for word in LAYERS} | {bare(word): text for word, text in MEANT.items()}
    for word in map(bare, words):
        if word in known or word in meant:
            return known.get(word) or did_you_mean(meant[word])
    if bare(key).endswith("loss"):
        return ANSWERS["loss"]
    if at_home := _at_home(key):
        return at_home
    near = [slip(word, [*LAYERS, *MEANT, *ANSWERS]) for word in words]
    if close := next((word for word in near if word), None):
        return known.get(bare(close)) or did_you_mean(meant[bare(close)])
    return f"there is {listed(LAYERS)}; {OWN_MODULE}"


def _core(key: str) -> str:
    """A word without the module before it, numbers behind it, and what says nothing.

    >>> _core("nn.LazyLinear"), _core("lstm_layer_2"), _core("max_pool2d")
    ('linear', 'lstm', 'max_pool2d')
    """
    parts = re.findall(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+[dD]?", key.rpartition(".")[2])
    kept = [part.lower() for part in parts if part.lower() not in FILLERS and not part.isdecimal()]
    return re.sub(r"_(?=[123]d\b)", "", "_".join(kept))


def _at_home(key: str) -> str | None:
    """Where a word belongs that is a size of the input or an option of layers."""
    sizes = {bare(size): size for size in (*WrittenInput.model_fields,)}
    sizes |= {bare(word): size for word, size in [*INPUT_WORDS.items(), *ALIASES.items()] if len(word) > 1}
    if size := sizes.get(bare(key)):
        return f"it belongs in input: {{…, {size}: …}}"
    for name in LAYERS:
        fields = [*LAYERS[name].arguments()]
        options = {bare(field): field for field in fields} | {bare(w): o for w, o in synonyms(fields).items()}
        if option := options.get(bare(key)):
            return f"it is an option: '- {name}: {{…, {option}: …}}'"
    return None


def unknown_layer(ledger: Ledger, key: str, node: Table, path: Path) -> None:
    """Complain of a type that does not exist."""
    hint = answer(key)
    value = node.get(key)
    if hint == ANSWERS["type"] and isinstance(value, Scalar):
        named = guess(value.text, LAYERS, MEANT)
        hint = f"a layer is written as its type: '{_as_entry(named, node)}'" if named else answer(value.text)
    elif glued := re.fullmatch(r"(\w+):(\S+)", key):
        hint = f"write a space after the colon: {glued[1]}: {glued[2]}"
    elif written := re.fullmatch(r"(?P<layer>[\w.]+)[ (=]+(?P<value>[^()]+)\)?", key):
        named = guess(written["layer"].rpartition(".")[2], LAYERS, MEANT)
        hint = did_you_mean(_call(named, written["value"])) if named else answer(written["layer"])
    elif "(" in key:
        hint = answer(key.partition("(")[0])
    ledger.add(
        "unknown-layer", f"{phrases.quoted(key)} is not a layer", key_place(node, key), (*path, key), hint
    )


def _as_entry(type_: str, node: Table) -> str:
    """An entry that names its type beside its options, as a spec writes it, with what the layer has."""
    fields = [*LAYERS[type_].arguments()]
    config = node.get("config")
    entries = config.entries if isinstance(config, Table) else node.entries
    said = {synonyms(fields).get(key, key): entry.node for key, entry in entries.items()}
    kept = [
        f"{key}: {value.text}" for key, value in said.items() if key in fields and isinstance(value, Scalar)
    ]
    return f"- {type_}: {{{', '.join(kept)}}}" if kept else example(type_)


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
        if type_ in {*RECURRENT, "linear"} and all(isinstance(item, Scalar) for item in value.items):
            entries = [f"'- {type_}: {item.text}'" for item in value.items[:3] if isinstance(item, Scalar)]
            found = f"one layer each: {', '.join(entries)}"
        elif option == "layer" and isinstance(first, Scalar):
            found = f"what runs before is there already; name the other: '- {type_}: {first.text}'"
        elif options.entries[option].key is None:
            found = found or shown
    return replace(problem, hint=problem.hint or found)
