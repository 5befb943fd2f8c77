"""What the texts of a figure assert, as their claims say it, held against the run; the same in every kind."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from lstmviz.network.structure import Trace
from lstmviz.proof.branches import DrawnFlow
from lstmviz.proof.claim_rules import false
from lstmviz.proof.claims import ARROWS
from lstmviz.proof.facts.weight import formula_of
from lstmviz.proof.known import Known
from lstmviz.proof.page_text import labels_of
from lstmviz.proof.signs import misnumbered
from lstmviz.proof.verdict import Tally
from lstmviz.scene.claims import Claim
from lstmviz.scene.items import Label, Node, Text
from lstmviz.scene.scene import Scene
from lstmviz.translation.messages import message_from_facts

LOOKS = re.compile(
    r"[hc]_[0n]\[-?\d+\]|\(\d[\d, ]*\)|\((?:[^()=,]+, )+[^()=]*\) = |[→←]?[xyhc]_(?:t|T|\d)|\bT′? = \d"
)
"""What asserts at sight: a place, a shape, a state, a number of steps."""


LETTERS = frozenset("NTFHLPEV")
"""What sentences write in the reader's own letters."""


def judge(tally: Tally, scene: Scene, trace: Trace) -> None:
    """Hold every claim against the run, and its text against the claim; doubt what asserts without one."""
    known = Known(trace, scene.language)
    for label in labels_of(scene):
        tally.refute(label_faults(label, known))
        tally.claims += sum(one.kind in SPELLED for one in label.claims)
        tally.refute(known.shared(label.claims))
    tally.refute(mistitled(scene, known))
    tally.refute(_spelt_twice(scene))
    tally.refute(_counted_twice(scene))
    tally.refute(misnumbered(one for label in labels_of(scene) for one in label.claims))


def mistitled(scene: Scene, known: Known) -> Iterator[str]:
    """Say which names are not of the tensor that they stand on, or whose shape stands beside them."""
    items: list[Text | Node] = [*scene.texts, *scene.nodes]
    ends = DrawnFlow(scene, known.trace).ends  # a block that is drawn once stands for its last turn, too
    for item in items:
        claims = item.label.claims if item.label else ()
        names = [one for one in claims if one.kind in {"called", "name"}]
        shapes = [one.fact for one in claims if one.kind == "shape" and one.fact("tensor")]
        if len(names) != 1 or (names[0].kind == "name" and names[0].fact("way")):
            continue
        whole = [(fact("of"), fact("tensor")) for fact in shapes] if len(shapes) == 1 else []
        for of, tensor in whole or ([("", item.tensor)] if item.tensor else []):
            titles = known.titles(of, tensor, returned=names[0].kind == "called")
            if last := ends.get(f"{of}.{tensor}" if of else tensor):
                titles |= known.titles("", last, returned=names[0].kind == "called")
            if titles and known.whole(names[0]) not in {tensor, *titles}:
                yield f"{names[0].text!r} stands where {tensor} does"


def _power(value: float, *, plain: bool) -> str:
    """Return how a power of ten is written: with its exponent, after a factor between two, or plainly."""
    if plain:
        return f"{10**value:.3g}"
    factor, _, power = f"{10**value:.1e}".partition("e")
    return f"{float(factor):g}·10^{int(power)}".removeprefix("1·")


def _spelt_twice(scene: Scene) -> Iterator[str]:
    """Say which letter a figure writes in two ways, as T here and S there."""
    found: dict[str, set[str]] = defaultdict(set)
    for label in labels_of(scene):
        for one in label.claims:
            for symbol, written in _spelt(one):
                found[symbol].add(written)
    for symbol, ways in found.items():
        if len(ways) > 1 and not symbol.isdigit():
            yield f"{symbol} is written {' and '.join(sorted(ways))}"


def _counted_twice(scene: Scene) -> Iterator[str]:
    """Say which letter has two numbers in one figure."""
    found: dict[str, set[int]] = defaultdict(set)
    for label in labels_of(scene):
        for one in label.claims:
            facts = dict(one.facts)
            if one.kind == "shape" and facts["said"] != "numbers":
                for letter, size in zip(facts["written"], facts["sizes"], strict=True):
                    found[str(letter)].add(size)
            elif one.kind == "count" and facts["said"] != "numbers":
                found[str(facts["written"])].add(facts["number"])
    for letter, numbers in found.items():
        if len(numbers) > 1 and letter[:1].isalpha():
            yield f"{letter} counts {' and '.join(map(str, sorted(numbers)))}"


def _spelt(one: Claim) -> Iterator[tuple[str, str]]:
    """Yield the letters of a claim, each with how it is written."""
    facts = dict(one.facts)
    if one.kind == "sentence":
        letters = ((name, value) for name, value in facts["given"] if name in LETTERS)
        yield from ((name, _bare(value[1] if isinstance(value, tuple) else value)) for name, value in letters)
    elif one.kind == "state" and facts["step"] in LETTERS:
        yield facts["step"], facts.get("written", facts["step"])
    elif one.kind in {"count", "axis", "rows", "meaning"} and facts["written"]:
        yield facts["symbol"], facts["written"]
    elif one.kind == "shape" and facts["said"] != "numbers":
        yield from zip(facts["symbols"], facts["written"], strict=False)


def _bare(symbol: Any) -> str:
    """A letter without an index, a prime, or what is taken from it."""
    return re.split("[′₁-₉−]", str(symbol))[0]


def label_faults(label: Label, known: Known) -> Iterator[str]:
    """Say what is wrong with the claims of a label; those that are alike stand there once each."""
    for (kind, said), count in Counter((one.kind, one.text) for one in label.claims).items():
        if len(_places(said, label.text)) < count > 1:
            yield f"the label {label.text!r} does not say {said!r} {count} times, which it claims ({kind})"
    for one in label.claims:
        yield from claim_faults(label, one, known)


def claim_faults(label: Label, one: Claim, known: Known) -> Iterator[str]:
    """Say what is wrong with a claim: the run has it otherwise, or the label says something else.

    What code does and sentences mean is judged where they are run; that they stand there, here.
    """
    if not _places(one.text, label.text):
        yield f"the label {label.text!r} does not say {one.text!r}, which it claims"
    if one.kind not in SPELLED:
        return
    facts = dict(one.facts)
    if one.text != (spelt := SPELLED[one.kind]({**facts, "language": known.language})):
        yield f"the label {label.text!r} says {one.text!r}, and what it claims is {spelt!r}"
    if (why := false(one.kind, facts, known)) is not None:
        yield f"{one.text!r} in {label.text!r} is false: {why}"


def asserts(label: Label) -> bool:
    """Whether a label says something at sight that none of its claims says."""
    return bool(LOOKS.search(unclaimed(label.text, label.claims)))


GAP = "\N{SYMBOL FOR SPACE}"


def unclaimed(text: str, claims: Iterable[Claim]) -> str:
    """Return what of a text no claim says, with a gap where one does."""
    left = text
    for one in sorted(claims, key=lambda one: -len(one.text)):
        for at in _places(one.text, left)[:1] if one.text else ():
            left = f"{left[:at]}{GAP}{left[at + len(one.text) :]}"
    return left


def _places(said: str, text: str) -> list[int]:
    """Find where a text stands in another, and no digit before or after it makes it another number."""
    found, at, size = [], text.find(said), len(said)
    while at >= 0:
        before, after = text[max(0, at - 1) : at], text[at + size : at + size + 1]
        longer = (said[:1].isdigit() and before.isdecimal()) or (said[-1:].isdigit() and after.isdecimal())
        if not longer:
            found.append(at)
        at = text.find(said, at + (1 if longer else max(1, size)))
    return found


def _tuple(parts: Any) -> str:
    said = ", ".join(map(str, parts))
    return f"({said},)" if len(parts) == 1 else f"({said})"


def _shape(facts: Mapping[str, Any]) -> str:
    names, numbers = _tuple(facts["written"]), _tuple(facts["sizes"])
    return {"symbols": names, "numbers": numbers, "both": f"{names} = {numbers}"}[facts["said"]]


def _state(facts: Mapping[str, Any]) -> str:
    depth = "" if facts["depth"] is None else f"^({facts['depth']})"
    step = f"_{facts.get('written', facts['step'])}" if facts["step"] else ""
    return f"{ARROWS[facts['way']]}{facts['letter']}{step}{depth}"


def _count(facts: Mapping[str, Any]) -> str:
    name, number = str(facts["written"]), str(facts["number"])
    return {"symbols": name, "numbers": number, "both": f"{name} = {number}"}[facts["said"]]


def _setting(facts: Mapping[str, Any]) -> str:
    value = facts["value"]
    return "×".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _weight(facts: Mapping[str, Any]) -> str:
    depth = "" if facts["depth"] is None else f"^({facts['depth']})"
    return f"{facts['letter']}_{facts['which']}{depth}"


def _named_by(facts: Mapping[str, Any]) -> str:
    return f"{facts['letter']} = " if facts["letter"] else ""


def _rows(facts: Mapping[str, Any]) -> str:
    letter, numbers = facts["written"], zip(facts["blocks"], facts["rows"], strict=True)
    ends = [f"{k if k > 1 else ''}{letter}" if letter and k else str(row) for k, row in numbers]
    return f"{facts['gate']} {':'.join(ends)}".strip()


def _unit(facts: Mapping[str, Any]) -> str:
    number = str(facts["number"])
    above = f"^{facts['layer']}" if facts["layer"] else ""
    return f"{facts['letter']}_{number}{above}" if facts["letter"] else number


def values_of(index: int, rows: int) -> str:
    """Return how the values of a row of units are called."""
    if index in {0, rows - 1}:
        return "x" if index == 0 else "y"
    return f"h^({index})" if rows > 3 else "h"


def _dense(facts: Mapping[str, Any]) -> str:
    index, rows = facts["index"], facts["rows"]
    body = f"{values_of(index - 1, rows)} W_{index}^T" + (f" + b_{index}" if facts["bias"] else "")
    body = f"{facts['activation']} ( {body} )" if facts["activation"] else body
    return f"{values_of(index, rows)} = {body}"


SPELLED: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "layer": lambda facts: str(facts["depth"]),
    "call": lambda facts: str(facts["said"]),
    "called": lambda facts: str(facts["name"])[slice(*facts["span"])],
    "result": lambda facts: str(facts["letter"]),
    "image": lambda facts: str(facts["letter"]),
    "letter": lambda facts: str(facts["written"]),
    "place": lambda facts: str(facts["index"]),
    "tick": lambda facts: f"{_named_by(facts)}{facts['number']}",
    "symbol": lambda facts: f"{facts['base']}_{facts['sub']}" if facts["sub"] else str(facts["base"]),
    "rows": _rows,
    "unit": _unit,
    "name": lambda facts: f"{ARROWS[facts['way']]}{facts['name']}",
    "shape": _shape,
    "table": _shape,
    "target": _shape,
    "index": lambda facts: f"{facts['tensor']}[{facts['index']}]",
    "state": _state,
    "count": _count,
    "axis": lambda facts: str(facts["written"] or facts["size"]),
    "setting": _setting,
    "step": lambda facts: f"{_named_by(facts)}{facts['step']}",
    "weight": _weight,
    "meaning": lambda facts: (
        f"{facts['written']} {message_from_facts(facts['means'], (), facts['language']).text}"
    ),
    "operation": lambda facts: str(facts["name"]),
    "type": lambda facts: str(facts["type"]),
    "part": lambda facts: str(facts["number"]),
    "parameter": lambda facts: str(facts["name"]),
    "values": lambda facts: values_of(facts["index"], facts["rows"]),
    "dense": _dense,
    "last-unit": lambda facts: str(facts["letter"]),
    "theta": lambda facts: (
        f"{ARROWS[facts['way']]}θ{'′' if facts['second'] else ''}"
        + ("" if facts["depth"] is None else f"^({facts['depth']})")
    ),
    "block": lambda facts: f"{facts['letter']}_{facts['read']}{facts['gate'].strip() or 'h'}",
    "mark": lambda facts: (
        _power(facts["value"], plain=facts["plain"]) if facts["log"] else f"{facts['value']:g}"
    ),
    "formula": lambda facts: formula_of(facts).write(facts["said"]),
    "packing": lambda facts: str(facts["said"]),
    "term": lambda facts: f"{facts['letter']}_{facts['which']} {facts['name']}".strip(),
    "way": lambda facts: {"down": "↓", "right": "→", "away": "↗"}[facts["way"]],
}
"""How each kind of claim is written out, from its facts alone."""
