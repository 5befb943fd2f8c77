"""The whole way of one figure: load → trace → compose → Figure."""

from __future__ import annotations

import json
import os
import warnings
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from typing import Any, Literal

from lstmviz.errors import ChoiceError, FigureError, ModelError
from lstmviz.figure import Figure
from lstmviz.figure_requests import FigurePlan, able, plan, plan_kind, schema
from lstmviz.figures import KINDS, SHEET
from lstmviz.figures import kind as kind_of
from lstmviz.figures.base import Kind, Subject
from lstmviz.figures.composing import compose as scene_of
from lstmviz.network import report
from lstmviz.network.cache import need_torch
from lstmviz.network.foreign.opened import Opened
from lstmviz.network.user.spelling import MODELS
from lstmviz.network.values import known
from lstmviz.scene.frames import By, frames
from lstmviz.spec.load import load as read_spec
from lstmviz.spec.model import Spec
from lstmviz.spec.reading import decode
from lstmviz.subjects import trace
from lstmviz.view import Shapes

__all__ = [
    "built_up", "compose", "described", "draw", "is_module", "judged", "load", "load_bytes", "shapes",
    "shapes_text", "subject_of", "trace",
]  # fmt: skip


def load(source: Any, *, overrides: Sequence[str] = ()) -> Spec:
    """Read a spec: a path, YAML text (anything with a line break) or a mapping.

    Raises SpecError, whose `problems` are all that is wrong with it.
    """
    if isinstance(source, Spec):
        return source
    if is_module(source):
        is_file = isinstance(source, str | os.PathLike)
        name, inspect = (source, f"lstmviz inspect {source}, or ") if is_file else (type(source).__name__, "")
        raise ModelError(f"{name} is a model, not a spec: {inspect}draw, shapes and check in Python take it")
    return read_spec(source, overrides=tuple(overrides), figures=schema())


def is_module(source: Any) -> bool:
    """Whether a source is a user's own module, or a file that holds a model, and no spec."""
    path = isinstance(source, str | os.PathLike) and "\n" not in str(source)
    keras = type(source).__module__.startswith("keras.") or hasattr(source, "_flatten_layers")
    return hasattr(source, "named_modules") or keras or (path and str(source).lower().endswith(MODELS))


def load_bytes(data: bytes, name: str, *, overrides: Sequence[str] = ()) -> Spec:
    """Read a spec that came without a file; its figures are named after `name`."""
    return read_spec(decode(data, name) + "\n", overrides=tuple(overrides), figures=schema(), name=name)


def compose(subject: Subject, plan: FigurePlan) -> Figure:
    """Place one figure; FigureError if this kind cannot show this model."""
    try:
        scene = scene_of(plan.kind, subject, plan.options)
    except FigureError as error:
        # If this kind could show the model, another one is no advice: the page is too narrow …
        others = able(subject) if plan.kind.refuse(subject) else error.can
        raise type(error)(error.kind, error.reason, others, plan.span) from error
    options = plan.options
    return Figure(scene, plan.theme, options.backend, plan.kind.backend, options.text)


def built_up(figure: Figure, kind: Kind, by: By) -> list[Figure]:
    """The frames of a figure, the last of them the figure itself; FigureError where it has none."""
    if by not in kind.frames:
        can = ", ".join(name for name in KINDS if by in kind_of(name).frames)
        raise FigureError(kind.name, f"it is not built up by {by} ({can} can be)")
    found = frames(figure.scene, by)
    if len(found) == 1:
        raise FigureError(kind.name, f"there is nothing to build up by {by}: all of it is there at once")
    return [replace(figure, scene=scene) for scene in found]


def judged(figure: Figure, subject: Subject, plan: FigurePlan) -> Figure:
    """A figure of a user's own module, with what its trace refutes: none that is false leaves silently."""
    from lstmviz.judging import finding  # noqa: PLC0415  (imports torch)

    return replace(figure, refuted=finding(figure.scene, subject, plan, closely=False).faults)


def draw(source: Any, figure: str | None = None, *, inputs: Any = None, **options: Any) -> Figure:
    """Draw one figure: a kind, or the name of one of the spec's figures.

    Several on one sheet are drawn by ``sheet=[["unfold", "grid"], ["cell"]]``
    in the place of a kind.

    With `inputs` the source is your own nn.Module or Keras model, or the path of an ONNX or
    Keras file: a copy of it is run on them (a tuple of what it takes, or a mapping by
    name); for a layer of torch's own, and for such files, they can be left out. Without a
    figure it is `grid`, or `pipeline` where there is no recurrent layer. Should the run
    refute what is drawn, a RuntimeWarning and `Figure.refuted` say what. `options` are
    those of a figure in a spec. Raises SpecError, ModelError, FigureError, and ChoiceError
    for a figure that there is not.
    """
    own = is_module(source) or inputs is not None
    if figure is None and "sheet" not in options and not own:
        raise ChoiceError(
            "which figure? name a kind, one of the spec's figures, or rows of them: sheet=[[…], […]]"
        )
    if own:
        subject = described(source, inputs)
        usual = SHEET if "sheet" in options else "grid" if "grid" in able(subject) else "pipeline"
        asked = plan_kind(figure or usual, options)
        made = judged(compose(subject, asked), subject, asked)
        if made.refuted:
            warnings.warn(made.warning or "", RuntimeWarning, stacklevel=2)
        return made
    spec = load(source)
    chosen = plan(spec, figure or SHEET, options)
    return compose(trace(spec), chosen)


def described(source: Any, inputs: Any) -> Subject:
    """Run a copy of a user's own model on `inputs`; what figures are about.

    Without inputs their sizes are made up, where that can be, and a note says so.
    """
    need_torch()
    from lstmviz.network.foreign.opening import open_model  # noqa: PLC0415  (imports torch)

    return subject_of(open_model(source, inputs))


def subject_of(opened: Opened) -> Subject:
    """Run a copy of a model that was opened; what figures are about."""
    from lstmviz.network.user.describe import describe  # noqa: PLC0415  (imports torch)

    seen = opened.told(describe(opened.module, opened.inputs))
    measures = cache(lambda: known.of_module(opened.module, opened.inputs, seen))
    return Subject(seen, None, opened.title, measures)


def shapes(source: Any, *, inputs: Any = None) -> Shapes:
    """The tensors and parameters of a spec's model, or of your own module, from a real run of it."""
    own = is_module(source) or inputs is not None
    return Shapes((described(source, inputs) if own else trace(load(source))).trace)


def shapes_text(spec: Spec, form: Literal["table", "markdown", "json"], *, use_cache: bool = True) -> str:
    """The same for reading: a table, Markdown, or JSON."""
    seen = trace(spec, use_cache=use_cache).trace
    if form == "json":
        return json.dumps(report.to_dict(seen), indent=1) + "\n"
    return report.markdown(seen) if form == "markdown" else report.table(seen)
