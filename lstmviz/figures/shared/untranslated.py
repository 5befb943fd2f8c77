"""What is the user's own in a subject, marked so that it is never translated."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from lstmviz.translation import own

if TYPE_CHECKING:
    from lstmviz.figures.base import Subject
    from lstmviz.network.structure import Trace
    from lstmviz.spec.model import Axis, Input


def owned(subject: Subject) -> Subject:
    """The subject with the user's own texts marked: axes, labels, tokens, names, the title."""
    title = own(subject.title) if subject.title is not None else None
    data = _input(subject.data) if subject.data is not None else None
    return replace(subject, trace=_trace(subject.trace), data=data, title=title)


def _input(data: Input) -> Input:
    axes = {name: _axis(axis) for name in type(data.axes).model_fields if (axis := getattr(data.axes, name))}
    sentences = data.sentences and tuple(_marked(sentence) for sentence in data.sentences)
    names = data.feature_names and _marked(data.feature_names)
    changed = {"axes": data.axes.model_copy(update=axes), "sentences": sentences, "feature_names": names}
    return data.model_copy(update=changed)


def _axis(axis: Axis) -> Axis:
    name = own(axis.name) if axis.name is not None else None
    return axis.model_copy(update={"name": name, "labels": axis.labels and _marked(axis.labels)})


def _marked(texts: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(map(own, texts))


def _trace(trace: Trace) -> Trace:
    layers = tuple(
        replace(r, name=own(r.name), states_from=own(r.states_from) if r.states_from else "")
        for r in trace.recurrent
    )
    return replace(
        trace,
        recurrent=layers,
        stages=tuple(replace(s, name=own(s.name)) for s in trace.stages),
        names=tuple((tensor, own(name)) for tensor, name in trace.names),
        modules=tuple((path, own(cls)) for path, cls in trace.modules),
    )
