"""The letters that shapes are written in, and a reader's own in their place."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from lstmviz.translation import spelling
from lstmviz.translation.letters import LETTERS, spell

_NAMES = {letter: name for name, letter in LETTERS.items()}

_TAKEN = {"t": "a step", "x": "the input", "h": "a hidden state", "c": "a cell state", "y": "the result"}
"""Letters that figures write for something else."""

Letter = Annotated[str, Field(min_length=1, max_length=12)]


class Letters(BaseModel):
    """A reader's own letters, by what they count (or by the letter that they replace)."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        strict=True,
        json_schema_extra={"patternProperties": {f"^[{''.join(_NAMES)}]$": {"type": "string"}}},
    )

    batch: Letter | None = Field(None, description="written instead of N")
    time: Letter | None = Field(None, description="written instead of T")
    features: Letter | None = Field(None, description="written instead of F")
    hidden: Letter | None = Field(None, description="written instead of H")
    layers: Letter | None = Field(None, description="written instead of L")
    proj: Letter | None = Field(None, description="written instead of P")
    embedding: Letter | None = Field(None, description="written instead of E")
    vocabulary: Letter | None = Field(None, description="written instead of V")

    @model_validator(mode="after")
    def _unlike(self) -> Letters:
        """Refuse a letter that would stand for two things."""
        taken = _TAKEN | _NAMES
        for name, letter in self:
            if letter and letter.isdecimal():
                raise ValueError(f"{letter} is a number, not a letter")
            if letter and taken.setdefault(letter, name) != name:
                raise ValueError(f"{letter} stands for {taken[letter]} already")
        return self

    @cached_property
    def own(self) -> dict[str, str]:
        """The reader's letters by those that they replace.

        >>> Letters(hidden="K").own
        {'H': 'K'}
        """
        return {LETTERS[name]: letter for name, letter in self if letter is not None}

    def spell(self, symbol: str) -> str:
        """A symbol in these letters.

        >>> Letters(hidden="K").spell("2H")
        '2K'
        """
        if not self.own:
            return symbol
        with spelling(self.own):
            return spell(symbol)


def _by_name(value: Any) -> Any:
    return {_NAMES.get(key, key): v for key, v in value.items()} if isinstance(value, Mapping) else value


Symbols = Annotated[Letters, BeforeValidator(_by_name)]
