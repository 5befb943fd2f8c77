"""The whole way of one figure: load → trace → compose → Figure."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any, Literal

from lstmviz.errors import FigureError, Problem, ProofError, SpecError
from lstmviz.figure import Figure
from lstmviz.plans import able, plan, plan_all, schema
from lstmviz.spec.load import load as read_spec
from lstmviz.spec.model import Spec

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lstmviz.errors import ModelError
    from lstmviz.figures.base import Subject
    from lstmviz.plans import Plan
    from lstmviz.view import Proof, Shapes


def load(source: Any, *, overrides: Sequence[str] = ()) -> Spec:
    """Read a spec: a path, YAML text (anything with a line break) or a mapping.

    Raises SpecError, whose `problems` are all that is wrong with it.
    """
    if isinstance(source, Spec):
        return source
    return read_spec(source, overrides=tuple(overrides), figures=schema())


def load_bytes(data: bytes, name: str, *, overrides: Sequence[str] = ()) -> Spec:
    """Read a spec that came without a file; its figures are named after `name`."""
    from lstmviz.spec.reading import decode  # noqa: PLC0415

    return read_spec(decode(data, name) + "\n", overrides=tuple(overrides), figures=schema(), name=name)


def placed(error: ModelError, spec: Spec) -> SpecError:
    """A model's error as a problem of the spec, with its line and column."""
    span = spec.source.span(error.place) if error.place else None
    problem = Problem("model", error.message, span, error.place, error.hint)
    return SpecError([problem], spec.source.file)


def trace(spec: Spec, *, use_cache: bool = True) -> Subject:
    """Run the spec's model, or remember the run; what figures are about."""
    from lstmviz.figures.base import Subject  # noqa: PLC0415
    from lstmviz.network.cache import traced  # noqa: PLC0415

    return Subject(traced(spec, use_cache=use_cache), spec.input, spec.title)


def compose(subject: Subject, plan: Plan) -> Figure:
    """Place one figure; FigureError if this kind cannot show this model."""
    from lstmviz.figures.base import compose as scene_of  # noqa: PLC0415

    try:
        scene = scene_of(plan.kind, subject, plan.options)
    except FigureError as error:
        # If this kind could show the model, another one is no advice: the page is too narrow …
        others = able(subject) if plan.kind.refuse(subject) else error.can
        raise FigureError(error.kind, error.reason, others, plan.span) from error
    backend = plan.options.backend or plan.kind.backend
    return Figure(scene, plan.theme, backend, plan.options.text)


def draw(source: Any, figure: str, **options: Any) -> Figure:
    """Draw one figure: a kind, or the name of one of the spec's figures.

    `options` are those of a figure in a spec. Raises SpecError, ModelError,
    FigureError, and ChoiceError for a figure that there is not.
    """
    spec = load(source)
    chosen = plan(spec, figure, options)
    return compose(trace(spec), chosen)


def shapes(source: Any) -> Shapes:
    """The tensors and parameters of a spec's model, from a real run of it."""
    from lstmviz.view import Shapes  # noqa: PLC0415

    return Shapes(trace(load(source)).trace)


def shapes_text(spec: Spec, form: Literal["table", "markdown", "json"], *, use_cache: bool = True) -> str:
    """The same for reading: a table, Markdown, or JSON."""
    from lstmviz.network import report  # noqa: PLC0415

    seen = trace(spec, use_cache=use_cache).trace
    if form == "json":
        return json.dumps(report.to_dict(seen), indent=1) + "\n"
    return report.markdown(seen) if form == "markdown" else report.table(seen)


def check(source: Any) -> tuple[Proof, ...]:
    """Run a spec's model, and prove every arrow and label of its figures.

    Raises ProofError, whose `items` are all that is wrong, or what `load` and
    the run raise.
    """
    found = tuple(proofs(load(source)))
    faults = [f"{proof.figure}: {fault}" for proof in found for fault in proof.faults]
    if faults:
        more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
        raise ProofError(faults[0] + more, items=faults)
    return found


def proofs(spec: Spec) -> Iterator[Proof]:
    """Prove the figures of a spec one by one, on a fresh run of its model."""
    from lstmviz.network.plan import plan_of  # noqa: PLC0415
    from lstmviz.network.proof.prove import Asked, prove  # noqa: PLC0415  (imports torch)
    from lstmviz.view import Proof  # noqa: PLC0415

    subject, model = trace(spec, use_cache=False), plan_of(spec)
    for chosen in plan_all(spec, subject, (), (), {}):
        began = time.perf_counter()
        name, kind = chosen.name, chosen.kind.name
        try:
            given = chosen.options.model_dump()
            asked = Asked(**{field: given[field] for field in ("of", "layer", "direction") if field in given})
            found = prove(compose(subject, chosen).scene, subject.trace, model, asked)
        except FigureError as error:
            at = f"{span.file}:{span.line}:{span.column}" if (span := error.span) else ""
            yield Proof(name, kind, 0, 0, 0, time.perf_counter() - began, (str(error),), at)
            continue
        seconds = time.perf_counter() - began
        yield Proof(name, kind, found.arrows, found.proven, found.tensors, seconds, found.faults)
