"""What an unquoted YAML scalar means: YAML 1.2's rules, without its traps."""

from __future__ import annotations

import re

_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_BOOL = {w: w.lower() == "true" for w in ("true", "True", "TRUE", "false", "False", "FALSE")}
_INT = re.compile(r"[-+]?(0|[1-9][0-9]*)\Z")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|(0|[1-9][0-9]*)(\.[0-9]*)?)([eE][-+]?[0-9]+)?\Z")
_SPECIAL = {
    f"{sign}{word}": float(f"{sign}{word[1:]}")
    for word in (".inf", ".Inf", ".INF", ".nan", ".NaN", ".NAN")
    for sign in ("", "+", "-")
    if not (sign and word[1] in "nN")
}
_DIGITS = 400
"""More digits than any bound has; Python refuses to read thousands of them."""

_YES_NO = {"yes": "true", "y": "true", "on": "true", "no": "false", "n": "false", "off": "false"}
_BASES = {"0x": 16, "0o": 8, "0b": 2}


def resolve(text: str) -> str | float | bool | None:
    """Give the meaning of an unquoted scalar.

    What YAML 1.1 reads in a surprising way stays text, so that a number or a
    boolean is never guessed.

    >>> [resolve(t) for t in ("16", "1e-3", "true", "~", "no", "010", "12:30")]
    [16, 0.001, True, None, 'no', '010', '12:30']
    """
    if text in _NULL:
        return None
    if text in _BOOL:
        return _BOOL[text]
    if _INT.match(text):
        return int(text) if len(text) <= _DIGITS else int(text[:2] + "0" * _DIGITS)
    if _FLOAT.match(text):
        return float(text)
    return _SPECIAL.get(text, text)


def meant_number(text: str) -> str | None:
    """Guess the number that someone meant by this text; None if none.

    >>> meant_number("010"), meant_number("0x10"), meant_number("1_000"), meant_number("16 units")
    ('10', '16', '1000', '16')
    """
    text = text.strip(" “”„‘’")
    text = re.sub(r"(?<=\d) [A-Za-z]+\Z", "", text)  # 16 units
    sign = text[:1] if text[:1] in {"-", "+"} else ""
    digits = text[len(sign) :].replace("_", "").lower()
    base = _BASES.get(digits[:2])
    if base and len(digits) < 20:
        try:
            return str(int(sign + digits[2:], base))
        except ValueError:
            return None
    if re.fullmatch(r"[0-9]{1,3}(,[0-9]{3})+", digits):
        digits = digits.replace(",", "")
    digits = re.sub(r"\A([0-9]+),([0-9]+)\Z", r"\1.\2", digits)
    digits = re.sub(r"\A0+(?=[0-9])", "", digits)
    value = resolve(sign.replace("+", "") + digits)
    if isinstance(value, bool) or not isinstance(value, int | float) or len(digits) > 20:
        return None
    return str(int(value)) if value == value // 1 and abs(value) < 1e15 else str(value)


def meant_boolean(text: str) -> str | None:
    """Guess the boolean that someone meant by this text; None if none.

    >>> meant_boolean("Yes"), meant_boolean("off"), meant_boolean("maybe")
    ('true', 'false', None)
    """
    word = text.strip().lower()
    return word if word in {"true", "false"} else _YES_NO.get(word)
