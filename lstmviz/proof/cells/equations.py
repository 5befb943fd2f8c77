"""The equations printed beside a cell, read and worked out like the drawing."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import torch

from lstmviz.proof.cells.algebra import Numbers, UndefinedError
from lstmviz.proof.cells.graph import BLOCKS
from lstmviz.proof.evidence import CLOSE
from lstmviz.scene import ids
from lstmviz.scene.scene import Scene

Vectors = Mapping[str, torch.Tensor]
"""Values by name or by id, each ``(N, size)``."""

EQUATION = re.compile(r"([a-z]_[a-z]) = (.+)")
TOKEN = re.compile(r"[hc]_t[-+]1|[A-Za-z]_[a-z]+|σ|tanh|ReLU|[()+−⊙1]")
FUNCTIONS = {"σ": "sigmoid", "tanh": "tanh", "ReLU": "relu"}


def printed(scene: Scene) -> dict[str, str]:
    """What is printed to be equal to what: ``{"c_t": "f_t ⊙ c_t-1 + i_t ⊙ g_t"}``."""
    found: dict[str, str] = {}
    for text in scene.texts:
        for part in text.label.english.split(", "):
            equation = EQUATION.fullmatch(part.strip())
            if equation:
                found[equation[1]] = equation[2]
    return found


def equation_faults(scene: Scene, drawn: Vectors, real: Vectors, reader: Reader) -> Iterator[str]:
    """Equations that say another thing than torch computes, or than is drawn.

    `real` holds the true values of h_t (c_t), `drawn` those of all nodes.
    """
    said = printed(scene)
    for name in said:
        try:
            value = reader.symbol(name)
        except UndefinedError as error:
            yield f"the equation of {name} cannot be read: {error}"
            continue
        base, _, sub = name.partition("_")
        node = {"a": "plus.a" if sub == "t" else ids.named("rows", sub)}.get(base, ids.named("gate", base))
        wanted = real.get(name, drawn.get(node))
        if wanted is None or not alike(value, wanted):
            yield f"the equation {name} = {said[name]} does not hold"
    if said:
        yield from (f"there is no equation for {name}" for name in real if name not in said)


def alike(one: torch.Tensor, two: torch.Tensor) -> bool:
    """Whether two values are equal, but for how their sums were ordered."""
    return one.shape == two.shape and bool((one - two).abs().max() <= CLOSE)


@dataclass
class Reader:
    """Works out symbols from printed equations and from a module's parameters."""

    type: str
    suffix: str
    """What the parameters' names end with: ``_l0``."""
    said: Mapping[str, str]
    given: Vectors
    """The states that the cell reads."""
    algebra: Numbers
    open: set[str] = field(default_factory=set)
    """Symbols that are being worked out."""

    def symbol(self, name: str) -> torch.Tensor:
        """The value of x_t, of a state, or of what an equation defines."""
        if name in self.given:
            return self.given[name]
        base, _, sub = name.partition("_")
        if name not in self.said and base == "a" and sub in BLOCKS.get(self.type, " ") and "a_t" in self.said:
            first = BLOCKS[self.type].index(sub)
            return self.algebra.blocks(self.symbol("a_t"), first, first + 1)
        if name not in self.said or name in self.open:
            raise UndefinedError(f"{name} is not explained")
        self.open.add(name)
        try:
            tokens = TOKEN.findall(self.said[name])
            if "".join(tokens) != self.said[name].replace(" ", ""):
                raise UndefinedError(self.said[name])
            value = self._sum(tokens)
        finally:
            self.open.discard(name)
        if tokens:
            raise UndefinedError(f"{tokens[0]!r} is too much")
        return value

    def _sum(self, tokens: list[str]) -> torch.Tensor:
        total = self._product(tokens)
        while tokens and tokens[0] in {"+", "−"}:
            sign = 1 if tokens.pop(0) == "+" else -1
            total = self.algebra.plus(total, sign * self._product(tokens))
        return total

    def _product(self, tokens: list[str]) -> torch.Tensor:
        product = self._factor(tokens)
        while tokens and tokens[0] == "⊙":
            tokens.pop(0)
            product = self.algebra.times(product, self._factor(tokens))
        return product

    def _factor(self, tokens: list[str]) -> torch.Tensor:
        word = tokens.pop(0) if tokens else "nothing"
        if word == "1":
            return torch.ones(self.algebra.hidden, dtype=torch.float64)
        if word in FUNCTIONS and tokens and tokens[0] == "(":
            return self.algebra.apply(FUNCTIONS[word], self._factor(tokens))
        if word == "(":
            inner = self._sum(tokens)
            if not tokens or tokens.pop(0) != ")":
                raise UndefinedError("a bracket is open")
            return inner
        if word.startswith("W_"):
            name, vector = self._parameter("weight", word), self._factor(tokens)
            return self._rows(self.algebra.affine(name, None, vector), word)
        if word.startswith("b_"):
            return self._rows(self.algebra.parameter(self._parameter("bias", word)), word)
        return self.symbol(word)

    def _parameter(self, kind: str, token: str) -> str:
        """``W_ir`` is a part of ``weight_ih``, in a GRU; ``W_hr`` is one of its own in an LSTM."""
        sub = token[2:]
        whole = {"i": "ih", "h": "hh"}.get(sub[0], sub) if self.type == "gru" else sub
        return f"{kind}_{whole}{self.suffix}"

    def _rows(self, value: torch.Tensor, token: str) -> torch.Tensor:
        gate = token[-1]
        if self.type != "gru" or gate not in BLOCKS["gru"]:
            return value
        first = BLOCKS["gru"].index(gate)
        return self.algebra.blocks(value, first, first + 1)
