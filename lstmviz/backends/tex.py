r"""Text as TeX sets it: characters that are commands escaped, mathematics in math mode."""

from __future__ import annotations

import unicodedata

_COMMANDS = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}
_COMMANDS |= {c: f"\\{c}" for c in "{}$&#_%"}
_MATH = {
    "−": "-", "⊙": r"\odot", "×": r"\times", "·": r"\cdot", "→": r"\to", "←": r"\leftarrow", "′": "'",
    "↑": r"\uparrow", "↓": r"\downarrow", "″": "''", "≤": r"\leq", "≥": r"\geq", "≠": r"\neq", "∈": r"\in",
    "≈": r"\approx", "∂": r"\partial", "Σ": r"\Sigma", "∑": r"\sum", "⊕": r"\oplus", "⊗": r"\otimes",
    "↗": r"\nearrow", "↘": r"\searrow", "↔": r"\leftrightarrow", "⇒": r"\Rightarrow", "∪": r"\cup",
    "∞": r"\infty", "±": r"\pm", "⋮": r"\vdots", "⋯": r"\cdots", "√": r"\surd", "∘": r"\circ", "‖": r"\|",
}  # fmt: skip
_GREEK = {
    "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "epsilon", "η": "eta", "θ": "theta",
    "λ": "lambda", "μ": "mu", "π": "pi", "ρ": "rho", "σ": "sigma", "τ": "tau", "φ": "phi", "ω": "omega",
}  # fmt: skip
_MATH |= {letter: f"\\{name}" for letter, name in _GREEK.items()}
_WORDS = {"…": r"\dots{}", "–": "--", "—": "---", "\u00a0": "~"}
_PLAIN = {"−": "-", "⊙": "*", "′": "'", "″": "''", "→": "->", "←": "<-", "…": "..."}
_PLAIN |= {"≤": "<=", "≥": ">="} | _GREEK
_ACCENTS = {"\u0302": r"\hat", "\u0303": r"\tilde", "\u0304": r"\bar"}
LATIN = 0x180
"""Below, every LaTeX has the letters, with accents."""


def in_tex(text: str, *, math: bool = False) -> str:
    r"""Text as TeX prints it, in text or in math mode.

    >>> in_tex("50 % of h_n ⊙ x′")
    "50 \\% of h\\_n $\\odot$ x$'$"
    >>> in_tex("ŷ − σ", math=True)
    '\\hat{y} - \\sigma '
    """
    return "".join(_character(c, math=math) for c in text)


def _character(char: str, *, math: bool) -> str:
    if char in _COMMANDS:
        return _COMMANDS[char]
    maths = _MATH.get(char) or _accented(char) or _raised(char)
    if maths is None:
        return _WORDS.get(char, char)
    return (f"{maths} " if maths[-1].isalpha() else maths) if math else f"${maths}$"


def _accented(char: str) -> str | None:
    """A letter with an accent of mathematics."""
    parts = unicodedata.normalize("NFD", char)
    return f"{_ACCENTS[parts[1]]}{{{parts[0]}}}" if len(parts) == 2 and parts[1] in _ACCENTS else None


def _raised(char: str) -> str | None:
    """A digit, or a sign, that stands high or low."""
    how, _, code = unicodedata.decomposition(char).partition(" ")
    mark = {"<sub>": "_", "<super>": "^"}.get(how)
    if not mark or " " in code:
        return None
    base = chr(int(code, 16))
    return f"{{}}{mark}{{{_MATH.get(base, base)}}}"


def spoken(text: str) -> str:
    r"""Text for TeX that is read out and never set: no mathematics, and nothing that an engine might lack.

    >>> spoken("h_n: 2 − 1, ⊙, h₁ ≤ σ")
    'h\\_n: 2 - 1, *, h1 <= sigma'
    """
    plain = "".join(_PLAIN.get(c, c) for c in " ".join(text.split()))
    return "".join(_COMMANDS.get(c, c) for c in map(_said, plain) for c in c)


def _said(char: str) -> str:
    """A character as LaTeX has it without packages, else its name; letters of other scripts stay."""
    if ord(char) < LATIN:
        return char
    flat = unicodedata.normalize("NFKC", char)
    if flat.isascii() or (char.isalpha() and ord(char) >= 0x2E80):
        return flat
    return f"({unicodedata.name(char, 'a character').lower()})"
