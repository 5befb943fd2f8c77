"""Catalogues of phrases: what an English phrase is in another language.

A catalogue is a YAML file beside this one. Its `phrases` are English texts as
figures write them, with placeholders for what varies: ``{n}`` is a number,
``{x}`` ``{y}`` ``{z}`` formulas, shapes and names that are the same everywhere,
``{w}`` words that are translated in turn, and ``{any}`` whatever stands there,
which stays; digits tell several apart. `names` are the words that never change.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache, partial
from importlib import resources
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PLACE = re.compile(r"\{([A-Za-z]+)(\d*)\}")
_SPACED = re.compile(rf"( ?){PLACE.pattern}( ?)")
_FULL = re.compile(r"[\u2e80-\u9fff\uff00-\uffef]")
_NUMBER = r"[−-]?\d[\d,.]*(?<![,.])"
WORD = re.compile(r"[^\W\d_][\w′]*(?:\.\w+)*")
SENTENCE, CLAUSE = ". ", "; "
SEPARATORS = (CLAUSE, ": ", ", ", " and ", " + ", " · ", " → ")
"""Where a text that no phrase matches is taken apart, the strongest first."""


@dataclass(frozen=True, slots=True)
class Template:
    """A phrase with placeholders; `literal` is its longest part without one, `weight` their length."""

    english: str
    other: str
    pattern: re.Pattern[str]
    literal: str
    weight: int
    free: bool
    """Whether it has an ``{any}``."""

    def fields(self, text: str) -> dict[str, str] | None:
        """What stands at the placeholders, if the text is this phrase."""
        if self.literal not in text:
            return None
        found = self.pattern.fullmatch(text)
        return found.groupdict() if found else None


def template(english: str, other: str) -> Template:
    """Compile a phrase.

    >>> template("layer {n} of {n1}", "").fields("layer 2 of 3")
    {'n': '2', 'n1': '3'}
    """
    parts = PLACE.split(english)
    literals, pattern = parts[::3], re.escape(parts[0])
    for kind, digits, literal in zip(parts[1::3], parts[2::3], parts[3::3], strict=True):
        pattern += f"(?P<{kind}{digits}>{_NUMBER if kind == 'n' else '.+?'}){re.escape(literal)}"
    weight = sum(map(len, literals))
    return Template(
        english, other, re.compile(pattern, re.DOTALL), max(literals, key=len), weight, "any" in parts
    )


class Catalogue:
    """The phrases of one language. Equal texts are always translated alike."""

    def __init__(self, phrases: Mapping[str, str], names: frozenset[str], joints: Mapping[str, str]) -> None:
        self.written = phrases
        self.phrases = {english: other for english, other in phrases.items() if not PLACE.search(english)}
        found = [template(english, other) for english, other in phrases.items() if PLACE.search(english)]
        # The more of a phrase is literal, the surer is the match; the order in the file decides nothing.
        self.templates = sorted(found, key=lambda t: (-t.weight, t.english.count("{any"), t.english))
        self.names = names
        self.joints = joints
        self.said = lru_cache(1 << 14)(self.find)

    def find(self, text: str) -> str:
        """The text in this language, or as it is where its words are in no phrase."""
        found = self.translated(text)
        return text if found is None else found

    def translated(self, text: str, *, free: bool = True) -> str | None:
        """The text in this language; None if some of its words are in no phrase.

        Only where it is `free` may it be a phrase around any text.
        """
        bare = text.strip()
        if not self.wordy(bare):
            return text
        found = self._whole(bare, free=free)
        if found is None:
            return None
        start = text.index(bare)
        return text[:start] + found + text[start + len(bare) :]

    def wordy(self, text: str) -> bool:
        """Whether there is anything to translate: a word that is no name or symbol."""
        return any(not self.is_name(word) for word in WORD.findall(text))

    def is_name(self, word: str) -> bool:
        """Whether a word is the same in every language: ``h_n``, ``W``, ``Conv2d``, ``LSTM``."""
        if word in self.names or len(word) == 1 or not word.isascii():
            return True
        return bool(re.search(r"[_\d.]|.[A-Z]", word))

    def _whole(self, text: str, *, free: bool) -> str | None:
        """The text as a phrase, sentence by sentence, clause by clause, at last as words around any text."""
        lower = text[0].lower() + text[1:]
        known = self.phrases.get(text) or self.phrases.get(lower)
        if known is not None:
            return known
        return next((found for found in self._tries(text, lower, free=free) if found is not None), None)

    def _tries(self, text: str, lower: str, *, free: bool) -> Iterator[str | None]:
        """The surest way first."""
        yield self._apart(text, SENTENCE, free=free)
        yield self._filled(text, lower, free=False)
        for separator in SEPARATORS:
            yield self._apart(text, separator, free=False)
        if free:
            yield self._apart(text, CLAUSE, free=True)
            yield self._filled(text, lower, free=True)

    def _filled(self, text: str, lower: str, *, free: bool) -> str | None:
        """The text as a phrase with placeholders."""
        for one in self.templates:
            if one.free != free:
                continue
            for spelt in dict.fromkeys((text, lower)):
                fields = one.fields(spelt) or {}
                filled = {
                    name: found for name in fields if (found := self._field(name, fields[name])) is not None
                }
                if fields and filled.keys() == fields.keys():
                    return _SPACED.sub(partial(_put, filled), one.other)
        return None

    def _field(self, name: str, value: str) -> str | None:
        """What a placeholder's text becomes; None if it cannot stand there."""
        if name[0] == "w":
            return self.translated(value)
        return None if name[0] in "xyz" and self.wordy(value) else value

    def _apart(self, text: str, separator: str, *, free: bool) -> str | None:
        """The parts of a text, each translated: sentences, clauses, the items of a list."""
        parts = split(text, separator)
        if len(parts) > 1:
            found = [self.translated(part, free=free) for part in parts]
            return None if None in found else self.joints[separator].join(map(str, found))
        sign = separator.rstrip()
        if len(sign) == 1 and text.endswith(sign) and text != sign:
            rest = self.translated(text[:-1], free=free)
            return None if rest is None else rest + self.joints[separator].rstrip()
        return None


def _put(filled: Mapping[str, str], place: re.Match[str]) -> str:
    """What stands at a placeholder: Chinese without the spaces that set off what is not."""
    value = filled[place[2] + place[3]]
    before = "" if _FULL.match(value[:1]) else place[1]
    return before + value + ("" if _FULL.match(value[-1:]) else place[4])


def split(text: str, separator: str) -> list[str]:
    """The parts of a text between separators that stand in no brackets.

    >>> split("a (b, c), d", ", ")
    ['a (b, c)', 'd']
    """
    parts = [""]
    for piece in text.split(separator):
        whole = sum(parts[-1].count(c) for c in "([") <= sum(parts[-1].count(c) for c in ")]")
        if whole:
            parts.append(piece)
        else:
            parts[-1] += separator + piece
    return parts[1:]


@cache
def catalogue_of(language: str) -> Catalogue:
    """The phrases of a language, read when first asked for."""
    import yaml  # noqa: PLC0415  (most figures need no catalogue)

    text = resources.files("lstmviz.translation").joinpath(f"{language}.yaml").read_text("utf-8")
    # libyaml's loader takes a tenth of the time; it is missing where PyYAML was built without it.
    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    data = yaml.load(text, loader)  # noqa: S506  (both are safe loaders)
    return Catalogue(data["phrases"], frozenset(data["names"]), data["joints"])
