"""Proof of whole specs and modules: every figure against the model that it shows. Imports torch."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from lstmviz.errors import FigureError, LstmvizError, MeasureError, ProofError, TooLongError
from lstmviz.figure_requests import FigurePlan, able, plan_all, plan_kind
from lstmviz.figures.base import Subject
from lstmviz.figures.teaching import learned
from lstmviz.judging import finding
from lstmviz.network.foreign.opened import Opened
from lstmviz.network.foreign.opening import open_model
from lstmviz.network.plan import ModelPlan, plan_of
from lstmviz.network.structure import Trace
from lstmviz.network.user.running import set_aside
from lstmviz.network.user.stage_dependences import Followed, follow
from lstmviz.network.values import known
from lstmviz.network.values.data import Origin
from lstmviz.pipeline import compose, is_module, load, subject_of, trace
from lstmviz.proof.verdict import Unproven
from lstmviz.spec.model import Spec
from lstmviz.view import Proof

MEASURED = frozenset({"activity", "influence", "weights"})
"""The kinds whose figures show values, which are measured again: how the model ran says nothing of them."""


def check(source: Any, *, inputs: Any = None) -> tuple[Proof, ...]:
    """Run a spec's model, or your own module, and prove every arrow and label of its figures.

    Raises ProofError, whose `items` are all that is wrong, or what `load` and
    the run raise. What could be neither proven nor refuted is in each Proof's
    `unproven`. Of your own module every kind that can show it is proven, the
    arrows between its layers by a run of a copy of it with derivatives.
    """
    own = is_module(source) or inputs is not None
    found = tuple(proofs_of(open_model(source, inputs)) if own else proofs(load(source)))
    faults = [f"{proof.figure}: {fault}" for proof in found for fault in proof.faults]
    if faults:
        more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
        raise ProofError(faults[0] + more, items=faults)
    return found


def proofs(spec: Spec) -> Iterator[Proof]:
    """Prove the figures of a spec one by one, on a fresh run of its model."""
    subject = trace(spec, use_cache=False)
    for chosen in plan_all(spec, subject, (), (), {}):
        try:
            yield proof(subject, chosen, plan_of(spec))
        except FigureError as error:
            if spec.figures is None and isinstance(error, MeasureError):
                continue  # nobody asked for it
            at = f"{span.file}:{span.line}:{span.column}" if (span := error.span) else ""
            yield Proof(chosen.name, chosen.kind.name, 0, 0, 0, 0.0, (str(error),), place=at)


def records(opened: Opened) -> list[dict[str, Any]]:
    """Prove every kind of figure that can show a user's own module; the proofs as JSON data."""
    return [asdict(one) for one in proofs_of(opened)]


def values(opened: Opened, seen: Trace, asked: Mapping[str, Any]) -> list[Any]:
    """Measure what figures of the kinds asked for draw of a user's own module; as JSON data."""
    made_up = not asked["make_inputs"] and (not asked["inputs"] or "'sizes'" in str(asked["inputs"]))
    origin = Origin(own=True, weights=Path(asked["weights"]).name, random=made_up)
    measures = known.of_module(opened.module, opened.inputs, seen, origin)
    subject = Subject(seen, None, opened.title, lambda: measures)
    for kind, style in asked["figures"]:
        with contextlib.suppress(LstmvizError):  # said again when it is drawn
            compose(subject, plan_kind(kind, style))
    return known.to_record(measures)


def proofs_of(opened: Opened) -> Iterator[Proof]:
    """Prove every kind of figure that can show a user's own module.

    A map of `influence` whose derivatives would take longer than some seconds is not proven.
    """
    subject = subject_of(opened)
    measures = known.of_module(opened.module, opened.inputs, subject.trace, briefly=True)
    subject = replace(subject, measures=lambda: measures)
    followed: Followed | None = follow(opened.module, opened.inputs, subject.trace)
    names = sorted(able(subject), key=MEASURED.__contains__)
    with set_aside():
        for name in names:
            if name not in MEASURED:
                yield from _proof_of_kind(subject, name, followed)
    followed = None  # one copy of the model in float64 is let go before another is made
    for name in names:
        if name in MEASURED:
            yield from _proof_of_kind(subject, name, None)


def _proof_of_kind(subject: Subject, name: str, followed: Followed | None) -> Iterator[Proof]:
    """Prove one kind of figure; what is refused is not drawn."""
    try:
        yield proof(subject, plan_kind(name, {}), followed=followed)
    except FigureError as error:
        cause: BaseException | None = error
        while cause and not isinstance(cause, TooLongError):
            cause = cause.__cause__
        if cause:
            left = Unproven("the map", f"{cause}; {name} asked for alone is drawn all the same")
            yield Proof(name, name, 0, 0, 0, 0.0, unproven=(left,))


def proof(
    subject: Subject, chosen: FigurePlan, model: ModelPlan | None = None, followed: Followed | None = None
) -> Proof:
    """Prove one figure, of a spec's model or of a module that was followed; FigureError if it is refused."""
    began = time.perf_counter()
    try:
        found = finding(compose(subject, chosen).scene, subject, chosen, model, followed)
    except LstmvizError:
        raise
    except Exception as error:
        if os.environ.get("LSTMVIZ_DEBUG") == "1":
            raise
        why = f"it cannot be drawn: {type(error).__name__}: {error}"  # a defect of ours is no verdict
        left, seconds = Unproven(chosen.name, why), time.perf_counter() - began
        return Proof(chosen.name, chosen.kind.name, 0, 0, 0, seconds, unproven=(left,))
    return Proof(
        chosen.name, chosen.kind.name, found.arrows, found.proven, found.tensors,
        time.perf_counter() - began, found.faults, found.unproven, found.claims,
        lessons=learned(chosen.traces(subject)), values=found.values,
    )  # fmt: skip
