"""The whole way of one figure: load → trace → compose → Figure."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any, Literal

from lstmviz.errors import ChoiceError, FigureError, ModelError, ProofError, SpecModelError
from lstmviz.figure import Figure
from lstmviz.figure_requests import able, plan, plan_all, plan_kind, schema
from lstmviz.figures import SHEET
from lstmviz.spec.load import load as read_spec
from lstmviz.spec.model import Spec

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lstmviz.figure_requests import Plan
    from lstmviz.figures.base import Options, Subject
    from lstmviz.network.plan import Plan as ModelPlan
    from lstmviz.network.user.followed import Followed
    from lstmviz.proof.real import Asked
    from lstmviz.proof.verdict import Finding
    from lstmviz.view import Proof, Shapes


def load(source: Any, *, overrides: Sequence[str] = ()) -> Spec:
    """Read a spec: a path, YAML text (anything with a line break) or a mapping.

    Raises SpecError, whose `problems` are all that is wrong with it.
    """
    if isinstance(source, Spec):
        return source
    if hasattr(source, "named_modules"):
        name = type(source).__name__
        raise ModelError(f"{name} is a module: it takes inputs=(x,), what its forward is to be run on")
    return read_spec(source, overrides=tuple(overrides), figures=schema())


def load_bytes(data: bytes, name: str, *, overrides: Sequence[str] = ()) -> Spec:
    """Read a spec that came without a file; its figures are named after `name`."""
    from lstmviz.spec.reading import decode  # noqa: PLC0415

    return read_spec(decode(data, name) + "\n", overrides=tuple(overrides), figures=schema(), name=name)


def trace(spec: Spec, *, use_cache: bool = True) -> Subject:
    """Run the spec's model, or remember the run; what figures are about.

    Raises SpecModelError, which names the line and column of what torch refuses.
    """
    from lstmviz.figures.base import Subject  # noqa: PLC0415
    from lstmviz.network.cache import traced  # noqa: PLC0415

    try:
        return Subject(traced(spec, use_cache=use_cache), spec.input, spec.title)
    except ModelError as error:
        span = spec.source.span(error.place) if error.place else None
        raise SpecModelError(error, span, spec.source.file) from error


def compose(subject: Subject, plan: Plan) -> Figure:
    """Place one figure; FigureError if this kind cannot show this model."""
    from lstmviz.figures.composing import compose as scene_of  # noqa: PLC0415

    try:
        scene = scene_of(plan.kind, subject, plan.options)
    except FigureError as error:
        # If this kind could show the model, another one is no advice: the page is too narrow …
        others = able(subject) if plan.kind.refuse(subject) else error.can
        raise FigureError(error.kind, error.reason, others, plan.span) from error
    options = plan.options
    return Figure(scene, plan.theme, options.backend, plan.kind.backend, options.text)


def draw(source: Any, figure: str | None = None, *, inputs: Any = None, **options: Any) -> Figure:
    """Draw one figure: a kind, or the name of one of the spec's figures.

    Several on one sheet are drawn by ``sheet=[["unfold", "grid"], ["cell"]]``
    in the place of a kind.

    With `inputs` the source is your own nn.Module: a copy of it is run on them
    (a tuple of what its forward takes, or a mapping by name). `options` are
    those of a figure in a spec. Raises SpecError, ModelError, FigureError, and
    ChoiceError for a figure that there is not.
    """
    if figure is None and "sheet" not in options:
        raise ChoiceError(
            "which figure? name a kind, one of the spec's figures, or rows of them: sheet=[[…], […]]"
        )
    figure = figure or SHEET
    if inputs is not None:
        subject = described(source, inputs)
        return compose(subject, plan_kind(figure, options))
    spec = load(source)
    chosen = plan(spec, figure, options)
    return compose(trace(spec), chosen)


def described(module: Any, inputs: Any) -> Subject:
    """Run a copy of a user's own module on `inputs`; what figures are about."""
    from lstmviz.figures.base import Subject  # noqa: PLC0415
    from lstmviz.network.user.describe import describe  # noqa: PLC0415  (imports torch)

    return Subject(describe(module, inputs), None, type(module).__name__)


def shapes(source: Any, *, inputs: Any = None) -> Shapes:
    """The tensors and parameters of a spec's model, or of your own module, from a real run of it."""
    from lstmviz.view import Shapes  # noqa: PLC0415

    subject = trace(load(source)) if inputs is None else described(source, inputs)
    return Shapes(subject.trace)


def shapes_text(spec: Spec, form: Literal["table", "markdown", "json"], *, use_cache: bool = True) -> str:
    """The same for reading: a table, Markdown, or JSON."""
    from lstmviz.network import report  # noqa: PLC0415

    seen = trace(spec, use_cache=use_cache).trace
    if form == "json":
        return json.dumps(report.to_dict(seen), indent=1) + "\n"
    return report.markdown(seen) if form == "markdown" else report.table(seen)


def check(source: Any, *, inputs: Any = None) -> tuple[Proof, ...]:
    """Run a spec's model, or your own module, and prove every arrow and label of its figures.

    Raises ProofError, whose `items` are all that is wrong, or what `load` and
    the run raise. What could be neither proven nor refuted is in each Proof's
    `unproven`. Of your own module every kind that can show it is proven, the
    arrows between its layers by a run of a copy of it with derivatives.
    """
    found = tuple(proofs(load(source)) if inputs is None else proofs_of(source, inputs))
    faults = [f"{proof.figure}: {fault}" for proof in found for fault in proof.faults]
    if faults:
        more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
        raise ProofError(faults[0] + more, items=faults)
    return found


def proofs(spec: Spec) -> Iterator[Proof]:
    """Prove the figures of a spec one by one, on a fresh run of its model."""
    from lstmviz.network.plan import plan_of  # noqa: PLC0415

    subject = trace(spec, use_cache=False)
    for chosen in plan_all(spec, subject, (), (), {}):
        yield proof(subject, chosen, plan_of(spec))


def proofs_of(module: Any, inputs: Any) -> Iterator[Proof]:
    """Prove every kind of figure that can show a user's own module."""
    from lstmviz.network.user.followed import follow  # noqa: PLC0415  (imports torch)

    subject = described(module, inputs)
    followed = follow(module, inputs, subject.trace)
    for name in able(subject):
        yield proof(subject, plan_kind(name, {}), followed=followed)


def asked(options: Options) -> Asked:
    """What of the model a figure's options ask for."""
    from lstmviz.proof.real import Asked  # noqa: PLC0415  (imports torch)

    fields = ("of", "layer", "direction")
    return Asked(**{field: getattr(options, field) for field in fields if hasattr(options, field)})


def proof(
    subject: Subject, chosen: Plan, model: ModelPlan | None = None, followed: Followed | None = None
) -> Proof:
    """Prove one figure, of a spec's model or of a module that was followed."""
    from lstmviz.view import Proof  # noqa: PLC0415

    began = time.perf_counter()
    prove_it = _sheet_finding if chosen.kind.name == SHEET else _finding
    try:
        found = prove_it(subject, chosen, model, followed)
    except FigureError as error:
        at = f"{span.file}:{span.line}:{span.column}" if (span := error.span) else ""
        seconds = time.perf_counter() - began
        return Proof(chosen.name, chosen.kind.name, 0, 0, 0, seconds, (str(error),), place=at)
    return Proof(
        chosen.name, chosen.kind.name, found.arrows, found.proven, found.tensors,
        time.perf_counter() - began, found.faults, found.unproven, found.claims,
    )  # fmt: skip


def _finding(subject: Subject, chosen: Plan, model: ModelPlan | None, followed: Followed | None) -> Finding:
    from lstmviz.proof.prove import prove  # noqa: PLC0415  (imports torch)

    scene = compose(subject, chosen).scene
    return prove(scene, subject.trace, model, asked(chosen.options), followed=followed)


def _sheet_finding(
    subject: Subject, chosen: Plan, model: ModelPlan | None, followed: Followed | None
) -> Finding:
    """Prove every panel of a sheet, and that the sheet draws its panels and nothing else."""
    from lstmviz.figures.sheet import scenes  # noqa: PLC0415
    from lstmviz.proof.prove import merged, prove  # noqa: PLC0415  (imports torch)
    from lstmviz.proof.verdict import together  # noqa: PLC0415

    drawn = compose(subject, chosen).scene
    panels = list(scenes(chosen.panels, subject, chosen.options))
    found = {
        letter: prove(scene, subject.trace, model, asked(panel.options), followed=followed)
        for letter, panel, scene in panels
    }
    return together(SHEET, found, merged(drawn, {letter: scene for letter, _, scene in panels}))
