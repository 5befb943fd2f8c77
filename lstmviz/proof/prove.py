"""A scene held against the module that it draws: every arrow, label, frame and shape."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from lstmviz.network.own_recurrences import own_recurrences
from lstmviz.network.plan import ModelPlan
from lstmviz.network.run import TooBigError, undisturbed
from lstmviz.network.structure import Recurrent, Trace
from lstmviz.network.surroundings import same_environment
from lstmviz.network.user.stage_dependences import Followed
from lstmviz.network.values.data import ValueSource
from lstmviz.proof import block_ways, code, cuts, own_words, sentences, text_claims
from lstmviz.proof.branches import chain_faults, traced_faults
from lstmviz.proof.cells import own as own_cell
from lstmviz.proof.cells.judge import cell_faults
from lstmviz.proof.evidence import evidence
from lstmviz.proof.flow import box_faults, cut_faults, of_maps, source_faults
from lstmviz.proof.geometry import geometry_faults
from lstmviz.proof.measured import judge_activity, judge_influence
from lstmviz.proof.own_words import shortened
from lstmviz.proof.packing import batch_faults
from lstmviz.proof.page_text import ink_faults, labels_of, title_faults
from lstmviz.proof.probe import module_of
from lstmviz.proof.real_model import NOTHING, WHOLE, Asked, Case, Real
from lstmviz.proof.stage_runs import run_through
from lstmviz.proof.stepped import prefixes, stepped
from lstmviz.proof.streams import stream_faults
from lstmviz.proof.units.judge import unit_faults
from lstmviz.proof.units.modules import modules_of
from lstmviz.proof.unsaid import unsaid
from lstmviz.proof.verdict import Finding, Tally
from lstmviz.proof.weights import judge_values, weight_faults
from lstmviz.scene import claims, ids
from lstmviz.scene.items import Edge
from lstmviz.scene.scene import Scene
from lstmviz.translation import spelling


def prove(
    scene: Scene,
    trace: Trace,
    plan: ModelPlan | None = None,
    asked: Asked = WHOLE,
    *,
    followed: Followed | None = None,
    measures: Callable[[], ValueSource] | None = None,
) -> Finding:
    """Hold a scene against its model: run it, and compare what is drawn.

    The scene alone says what is claimed; the trace says which modules there
    are, the plan how to run what stands between and above the recurrent
    layers; of a user's own module it is `followed` that ran. Nothing of torch's
    state is changed.
    """
    real, tally = Real(trace, plan, followed, measures), Tally(scene.kind, len(scene.edges))
    judge = JUDGES.get(scene.kind, _strange)
    with same_environment(), undisturbed():
        try:
            case = Case(tally, scene, real, asked)
            if judge is not stepped:  # which knows whose steps a shape is of
                case.compare_shapes()
            judge(case)
        except TooBigError as error:
            tally.doubt_arrows(scene.edges, f"the model is too large to run ({error})")
        except Exception as error:
            if os.environ.get("LSTMVIZ_DEBUG") == "1":
                raise
            why = f"the proof broke: {type(error).__name__}: {error}"
            tally.doubt_arrows(scene.edges, why)
            if not scene.edges:
                tally.doubt("the figure", why)
        code.judge(tally, scene, trace)
        with spelling(dict(asked.letters)):
            sentences.judge(tally, scene, trace, about(scene, trace, asked))
    cuts.judge(tally, scene, trace, followed)
    text_claims.judge(tally, scene, trace)
    if asked.words is not None:
        own_words.judge(tally, scene, asked.words, asked.steps, trace)
    for what in () if asked.bare else unsaid(scene, trace):
        if plan is not None:
            tally.refute([what])
        else:  # what a user's module may do has no end: no figure is false for what it leaves out
            tally.doubt(what, "so a reader may think that there is nothing more")
    tally.refute(shortened(scene, asked.names))
    tally.refute(page_faults(scene))
    return tally.finding()


def about(scene: Scene, trace: Trace, asked: Asked) -> list[dict[str, Any]]:
    """Return what the sentences are about: a module, which of its layers and directions, the steps drawn.

    One for each layer that is drawn along time, where a decoder stands beside its encoder.
    """
    layer = asked.recurrent(trace)
    match scene.kind:
        case "neurons":
            times = {one.step for one in ids.read_all(scene.nodes) if one.form == ids.INPUT_UNIT}
            drawn = _with_units(trace, asked)
            found: list[dict[str, Any]] = [{"times": len(times), "layer": drawn.name if drawn else ""}]
        case "cube":
            found = [_highlighted(scene) | dict(asked.cut)]
        case "rolled" | "unrolled" | "unfold":
            drawn_here = [one for one in prefixes(scene) if not one.startswith(ids.ROLLED)]
            found = [_along_time(scene, trace, one) for one in drawn_here]
        case "grid":
            told = [given for name, given in sentences.asserted(scene) if name == "grid.sample"]
            found = [{"sample": dict(given)["sample"]} for given in told]
        case "cell" if own_cell.own_of(scene, trace) is not None:
            found = [{"count": sum(ids.kind(node.id) == "op" for node in scene.nodes)}]
        case "cell" if layer is not None:
            found = [{"layer": layer.name, "depth": asked.layer, "way": ids.WAY[asked.direction]}]
        case _:
            found = []
    return found


def _highlighted(scene: Scene) -> dict[str, int]:
    """Return which step, from 1, and which sample, from 0, of a cube the code in its description takes."""
    told = [dict(given) for _, given in claims.sentences(scene.said)]
    return {
        what: dict(dict(given[code][2])["does"])["takes"][1] + start
        for given in told
        for what, code, start in (("step", "code", 1), ("sample", "other", 0))
        if code in given and "flat" not in given
    }


def _along_time(scene: Scene, trace: Trace, prefix: str) -> dict[str, Any]:
    """Return which layer the cells of a prefix are of, and at which steps; of a rolled cell, at none."""
    here = [one for one in ids.read_all(scene.nodes) if one.prefix == prefix and one.is_cell]
    steps = ", ".join(map(str, sorted({one.step for one in here if one.step is not None})))
    alone = next(one.name for one in (*trace.recurrent, *own_recurrences(trace)))
    named = {"layer": prefix.rstrip("/") or alone, "depth": here[0].layer}
    return named | ({"steps": steps} if steps else {})


def page_faults(scene: Scene) -> list[str]:
    """Say what the page shows otherwise than the scene's texts and ids say it."""
    return list(dict.fromkeys([*ink_faults(scene), *geometry_faults(scene), *title_faults(scene)]))


def _cell(case: Case) -> None:
    if (own := own_cell.own_of(case.scene, case.real.trace)) is not None:
        own_cell.judge(case, own)
        return
    layer = case.asked.recurrent(case.real.trace)
    if layer is None:
        case.tally.doubt_arrows(case.scene.edges, NOTHING)
        return
    module, direction = module_of(layer), int(case.asked.direction == "reverse")
    _counted(case, cell_faults(case.scene, module, layer=case.asked.layer, direction=direction))


def _neurons(case: Case) -> None:
    layer = _with_units(case.real.trace, case.asked)
    _counted(case, unit_faults(case.scene, modules_of(case.real.trace, layer), layer))


def _with_units(trace: Trace, asked: Asked) -> Recurrent | None:
    """Return the layer asked for; if none is, the first whose units have one h each."""
    plain = (one for one in trace.recurrent if one.directions == 1 and not one.proj_size)
    return asked.recurrent(trace) if asked.of is not None else next(plain, asked.recurrent(trace))


def _counted(case: Case, found: tuple[list[str], int]) -> None:
    """Note the faults of a figure that is proven as one, and how many of its arrows are right."""
    faults, proven = found
    case.tally.refute(faults)
    if faults:
        case.tally.wrong = len(case.scene.edges) - proven
    elif proven < len(case.scene.edges):
        case.tally.doubt_arrows(case.scene.edges[proven:], "no run showed it")


def _box(case: Case) -> None:
    """Prove a module drawn as a box."""
    layer = case.asked.recurrent(case.real.trace)
    if layer is None:
        case.tally.doubt_arrows(case.scene.edges, NOTHING)
    else:
        case.tally.refute(box_faults(case.scene, evidence(layer, [1])))


def _cube(case: Case) -> None:
    if case.scene.edges:
        case.tally.refute(cut_faults(case.scene, case.real.trace))


def _chain(case: Case) -> None:
    """Prove the arrows between whole tensors, from stage to stage."""
    if case.scene.kind == "pipeline":
        block_ways.judge(case.tally, case.scene, case.real.trace)
    if case.real.plan is not None:
        ran = run_through(case.real.plan)
        case.tally.refute(source_faults(case.real.trace, ran))
    traced = chain_faults if of_maps(case.scene) else traced_faults
    case.tally.refute(traced(case.scene, case.real.trace))
    if case.scene.kind == "pipeline":
        case.tally.refute(case.real.faults)
    _doubted(case)


def _doubted(case: Case) -> None:
    """Note the arrows of a user's module for which no run showed anything."""
    if (followed := case.real.followed) is None:
        return
    if not followed.whole:
        case.tally.doubt_arrows(case.scene.edges, followed.why)
        return
    for (reader, read), why in followed.reasons.items():
        case.tally.doubt_arrows(list(_between(case.scene, read, reader)), why)


def _between(scene: Scene, read: str, reader: str) -> Iterator[Edge]:
    """Yield the drawn arrows that stand for what one stage reads of another."""
    for edge in scene.edges:
        source, target = (end.partition(".")[2] or end for end in (edge.source, edge.target))
        starts = edge.source if read.startswith("input") else source
        if f"{starts}.".startswith(f"{read}.") and f"{target}.".startswith(f"{reader}."):
            yield edge


def _weights(case: Case) -> None:
    case.tally.refute(weight_faults(case.scene, case.real.trace))
    judge_values(case)


def _batch(case: Case) -> None:
    packed = any(layer.packing for layer in case.real.trace.recurrent)
    case.tally.refute((batch_faults if packed else stream_faults)(case.scene, case.real.trace))


def _strange(case: Case) -> None:
    """Measure what a kind of one's own says of tensors; nobody knows what its arrows mean.

    Its texts are proven as far as they carry claims, which are judged in every kind alike.
    """
    why = f"nothing here knows what a figure of the kind {case.scene.kind!r} says"
    case.tally.doubt_arrows(case.scene.edges, f"{why} with an arrow")
    for label in labels_of(case.scene):
        if text_claims.asserts(label) or not (label.claims or case.scene.edges):
            case.tally.doubt(label.english, why)


JUDGES: Mapping[str, Callable[[Case], None]] = {
    **dict.fromkeys(("rolled", "unrolled", "unfold", "grid"), stepped),
    "cell": _cell,
    "neurons": _neurons,
    "tensors": _box,
    "cube": _cube,
    "pipeline": _chain,
    "volumes": _chain,
    "activity": judge_activity,
    "influence": judge_influence,
    "weights": _weights,
    "batch": _batch,
}
"""Who proves the figures of a kind."""
