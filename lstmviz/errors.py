"""What can go wrong, as exceptions that keep their facts as attributes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

PROBLEMS: Mapping[str, str] = {
    "syntax": "this is not YAML",
    "unreadable": "the file is not there, cannot be read, or is not text",
    "too-big": "the file is larger, longer or deeper than any spec",
    "unknown-tag": "a YAML tag such as !!python: a spec is data only",
    "unknown-key": "a key that there is not, or not here",
    "duplicate-key": "a key that stands twice in one mapping",
    "missing-key": "a key that is needed",
    "bad-type": "a value of another type",
    "bad-value": "a value of the right type that means nothing here",
    "out-of-range": "a number, or a count, beyond its bounds",
    "mixed-input": "keys of two forms of input",
    "unknown-layer": "a layer that there is not",
    "misplaced-layer": "a layer that cannot take what runs before it",
    "unknown-kind": "a kind of figure that there is not",
    "duplicate-name": "two layers, or two figures, of one name",
    "model": "torch refuses to build or to run the model",
    "figure": "a kind of figure that cannot show this model, or not at this width",
    "bad-override": "a --set that fits nowhere in the spec",
    "contrast": "a colour of a theme file that nobody could make out",
}
"""What the codes of problems mean."""


TORCH = "uv pip install --torch-backend cpu torch (or pip install torch, with the parts for GPUs)"
"""What brings torch without the gigabytes that it has for GPUs."""


@dataclass(frozen=True, slots=True)
class Span:
    """A place in a file: one-based line and columns, the end exclusive."""

    file: str
    line: int
    column: int
    end_column: int
    text: str = ""
    """The source line itself, without its line break."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with a spec."""

    code: str
    """A stable, dashed name: ``unknown-key``, ``bad-value`` …"""
    message: str
    span: Span | None = None
    path: str = ""
    """Where in the data: ``layers.0.lstm.hidden_size``."""
    hint: str | None = None


class LstmvizError(Exception):
    """The root of everything that lstmviz raises on purpose."""

    def __reduce__(self) -> tuple[Any, ...]:
        """Let an error cross to another process with all its facts."""
        return _again, (type(self), self.args, self.__dict__)


def _again(kind: type[LstmvizError], arguments: tuple[Any, ...], facts: dict[str, Any]) -> LstmvizError:
    error = kind.__new__(kind)
    error.args = arguments
    error.__dict__.update(facts)
    return error


class SpecError(LstmvizError):
    """A spec is not valid; `problems` lists everything found, by place."""

    def __init__(self, problems: Sequence[Problem], source: str = "") -> None:
        self.problems = tuple(problems)
        self.source = source
        super().__init__("\n".join(_in_a_line(p, source) for p in self.problems))


def _in_a_line(problem: Problem, source: str) -> str:
    """What a traceback shows of a problem: its place, what is wrong, what was meant."""
    span = problem.span
    place = f"{span.file}:{span.line}:{span.column}" if span else source
    at = f" at {problem.path}" if problem.path and not span else ""
    hint = f" ({problem.hint})" if problem.hint else ""
    return f"{place}: {problem.message}{at}{hint}" if place else f"{problem.message}{at}{hint}"


class ModelError(LstmvizError):
    """The model cannot be built or run; always raised `from` its cause.

    `place` is the spec's path of the part that failed (``layers.1``), for the
    caller that can turn it into a line and a column.
    """

    def __init__(self, message: str, *, place: str = "", hint: str | None = None) -> None:
        self.message = message
        self.place = place
        self.hint = hint
        super().__init__(message)


class TooLongError(ModelError):
    """What is asked of a model would be had, and takes longer than is waited for."""


class SpecModelError(SpecError, ModelError):
    """The model of a spec cannot be built or run: a problem of the spec, with its line and column."""

    def __init__(self, error: ModelError, span: Span | None, source: str) -> None:
        self.message, self.place, self.hint = error.message, error.place, error.hint
        SpecError.__init__(self, [Problem("model", error.message, span, error.place, error.hint)], source)


class ChoiceError(LstmvizError):
    """Asked for by name, and not there; `known` are those that are."""

    def __init__(self, message: str, *, known: Sequence[str] = ()) -> None:
        self.message = message
        self.known = tuple(known)
        super().__init__(message)


class FigureError(LstmvizError):
    """A kind of figure that cannot show this model; `can` names those that can.

    `span` is the place in the spec that asks for the figure, if one does.
    """

    def __init__(self, kind: str, reason: str, can: Sequence[str] = (), span: Span | None = None) -> None:
        self.kind = kind
        self.reason = reason
        self.can = tuple(can)
        self.span = span
        super().__init__(f"{kind}: {reason}")
        if can:  # what a traceback shows below the message
            self.add_note(f"this model can be drawn as {', '.join(can)}")


class MeasureError(FigureError):
    """What a figure of values shows cannot be measured of this model: it is not drawn unless asked for."""


class ProofError(LstmvizError):
    """The drawing says something that the module does not do."""

    def __init__(self, message: str, *, items: Sequence[str] = ()) -> None:
        self.message = message
        self.items = tuple(items)
        super().__init__(message)


class OutputError(LstmvizError):
    """A figure could not be written."""

    def __init__(self, path: str, reason: str) -> None:
        self.path = path
        self.reason = reason
        super().__init__(f"{path}: {reason}")


class MissingDependencyError(LstmvizError):
    """Something that drawing needs is not installed."""

    def __init__(self, what: str, remedy: str) -> None:
        self.what = what
        self.remedy = remedy
        super().__init__(f"{what} is not installed: {remedy}")
