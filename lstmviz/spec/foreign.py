"""Words of other libraries and papers, each with the answer to who writes it in a spec: `foreign.yaml`."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from importlib import resources
from typing import Any

import yaml

from lstmviz.suggestions import bare

OWN_MODULE = "lstmviz inspect model.py:Name --input 6,5,3 draws your own nn.Module"
"""What to do about a model that a spec cannot say."""


def _read() -> Any:
    text = resources.files("lstmviz.spec").joinpath("foreign.yaml").read_text("utf-8")
    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml is ten times as fast
    return yaml.load(text.replace("OWN_MODULE", OWN_MODULE), loader)  # noqa: S506  (both are safe loaders)


def _by_word(texts: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return by each word what is said of it, or meant by it."""
    return {word: text for text, words in texts for word in words.split()}


_TABLES = _read()
KINDS: Mapping[str, str] = _by_word(_TABLES["kinds"].items())
"""Other words for kinds of figures."""
MEANT: Mapping[str, str] = _by_word(_TABLES["layers"].items())
"""Other names of layers that the language has, by the layer."""
ANSWERS: Mapping[str, str] = _by_word((row["say"], row["to"]) for row in _TABLES["answers"])
"""Words that are no layer here, and what to do instead, in one line."""
FILLERS = frozenset(_TABLES["fillers"].split())
"""Words around the name of a layer that say nothing."""
DERIVED: Mapping[str, str] = _TABLES["derived"]
"""What torch asks for and a spec never says, and why."""
INPUT_WORDS: Mapping[str, str] = _by_word(_TABLES["input"].items())
"""Words of other libraries for the sizes of the input, for a hint only."""
INPUT_ANSWERS: Mapping[str, str] = _TABLES["input_answers"]
"""Keys that input does not have, and what to do instead."""
_OPTION_ANSWERS = _by_word((row["say"], row["to"]) for row in _TABLES["option_answers"])


def synonyms(fields: Collection[str]) -> dict[str, str]:
    """Return other words for the options of one layer, each with the option; the first that has it counts.

    >>> synonyms(["out_features", "bias"])["units"]
    'out_features'
    """
    found: dict[str, str] = {}
    for field, others in _TABLES["options"].items():
        if field in fields:
            for word in others.split():
                found.setdefault(word, field)
    return found


def option_answer(layer: str, option: str, *, alone: bool = False) -> str | None:
    """Return what to do about an option that a layer does not have; None for a word that is not known.

    `alone`: only what is said of this layer alone.

    >>> option_answer("linear", "kernel_initializer")
    'structure shows no numbers; trained ones come from a file: weights: FILE'
    """
    known = {bare(word): text for word, text in _OPTION_ANSWERS.items()}
    words = (f"{layer}.{option}", *(() if alone else (option, option.rpartition("_")[2])))
    return next((known[bare(word)] for word in words if bare(word) in known), None)


def value_answer(layer: str, option: str, value: str) -> str | None:
    """Return what to write instead of a value that is known from elsewhere.

    >>> value_answer("pool_steps", "mode", "avg")
    "did you mean 'mean'?"
    """
    known: Mapping[str, str] = _TABLES["option_values"]
    return known.get(f"{layer} {option} {value.lower()}") or known.get(f"{layer} {option} *")


def input_value_answer(key: str, value: str) -> str | None:
    """Return what to write instead of a value of input that others take."""
    known: Mapping[str, str] = _TABLES["input_values"]
    return known.get(f"{key} {value.lower()}")
