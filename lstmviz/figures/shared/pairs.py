"""Models of an encoder and a decoder, for the kinds that draw one recurrent part at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lstmviz.figures.base import Subject


def one_part(subject: Subject) -> str | None:
    """Return why a model is not drawn bare: it has an encoder and a decoder; None if it has not."""
    if any(layer.states_from for layer in subject.trace.recurrent):
        return "detail: low draws one recurrent part, and this model has an encoder and a decoder"
    return None
