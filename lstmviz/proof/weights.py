"""The kind `weights`: every parameter is there, to scale, with the blocks of its gates in torch's order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import prod
from typing import Any

from lstmviz.errors import ModelError
from lstmviz.network.structure import Recurrent, Trace
from lstmviz.network.values.data import Origin
from lstmviz.proof.facts.kept import drawn_sides, kept_otherwise
from lstmviz.proof.facts.weight import order_of
from lstmviz.proof.measured import bar_faults, heat_faults
from lstmviz.proof.measured_said import Drawn
from lstmviz.proof.page_text import labels_of
from lstmviz.proof.real_model import Case
from lstmviz.scene import ids
from lstmviz.scene.claims import sentences
from lstmviz.scene.items import Box, Frame, sentences_on
from lstmviz.scene.scene import Scene

NEAR = 0.02
"""Two sides are alike to this, pt."""
SHORTEST, FEW = 12 / 7, 16
"""A side that is longer than to scale is at most so long, in the size of the smallest words; so many parts
are drawn at most."""
BAR = 0.5
"""A side of one number may be so thick beside the smallest words that a vector is seen as a bar."""

ORIGINS = ("weights.untrained", "weights.of-file", "weights.given")
"""The sentences that say whose the numbers are."""


def weight_faults(scene: Scene, trace: Trace) -> Iterator[str]:
    """Say which parameters are missing, which are not to scale, and which blocks are in a wrong place."""
    layers = trace.layers
    order = _order(scene)
    if "weights.more" not in _messages(scene):
        yield from _missing(scene, trace, order)
    for frame in scene.frames:
        layer = layers.get(ids.head(frame.id))
        yield from _misplaced(scene, frame, order, layer)
    yield from _off_scale(scene, trace, order)
    yield from _misnamed(scene)
    yield from _of_others(scene)


def _misnamed(scene: Scene) -> Iterator[str]:
    """Say which name of a gate does not stand at the height of its rows."""
    for text in scene.texts:
        for message, facts in sentences(text.label.claims):
            given = dict(facts)
            if not message.startswith("weights.gate-"):
                continue
            own = [node.box for node in scene.nodes if ids.inside_of(node.id, str(given["layer"]))
                   and node.id.endswith(str(given["gate"]))]  # fmt: skip
            at = text.at or (0.0, 0.0, 0.0, 0.0)
            if not any(abs(at[1] - box[1]) + abs(at[3] - box[3]) <= 2 * NEAR for box in own):
                yield f"{text.label.text!r} does not stand at its rows"


def _of_others(scene: Scene) -> Iterator[str]:
    """Say which name of a parameter stands at the matrix of another one."""
    frames = {frame.box: frame.id for frame in scene.frames}
    for text in scene.texts:
        own = frames.get(text.at) if text.at else None
        claims = [(one.kind, dict(one.facts)) for one in text.label.claims]
        names = [facts["name"] for kind, facts in claims if kind in {"called", "parameter"}]
        names += [_of_term(facts) for kind, facts in claims if kind == "term"]
        if own is not None and not all(
            own.endswith((f".{name}", f".{name.removesuffix('_l0')}")) for name in names
        ):
            yield f"{text.label.text!r} stands at {own}"


def _of_term(facts: Mapping[str, Any]) -> str:
    """Return the end of a parameter's name, of what stands over its matrix; torch's cells say no layer."""
    kind, depth, way = ("bias", "weight")[facts["letter"] == "W"], facts["depth"], facts["way"]
    return f"{kind}_{facts['which']}_l{depth}{'_reverse' if way == 'rev' else ''}"


def _messages(scene: Scene) -> dict[str, dict[str, Any]]:
    return {name: dict(given) for name, given in sentences_on(scene.texts)}


def _order(scene: Scene) -> str:
    """Return whose order is drawn, as the sum says."""
    return str(_messages(scene).get("weights.kept", {"order": "torch"})["order"])


def _missing(scene: Scene, trace: Trace, order: str) -> Iterator[str]:
    """Say which parameters are not drawn, and are not like those of the layer below, or forward, either."""
    drawn, said = {frame.id for frame in scene.frames}, {*_messages(scene)}
    alike = {frame.shape for frame in scene.frames if {"weights.layers", "weights.bare-layers"} & said}
    ways = "_reverse" if {"weights.both-ways", "weights.second-set"} & said else ""
    layers = trace.layers
    otherwise = None if order == "torch" else kept_otherwise(trace, order)
    yield from (f"{name} is not drawn" for name in sorted({*_sides(trace, order)} - drawn))
    for stage in trace.stages:
        layer = layers.get(stage.name)
        if otherwise is not None and stage.name not in otherwise:
            continue
        for parameter in stage.parameters:
            name = f"{stage.name}.{layer.own_name(parameter.name) if layer else parameter.name}"
            if name.removesuffix(ways) not in drawn and parameter.sizes not in alike:
                yield f"{name} is not drawn"


def _misplaced(scene: Scene, frame: Frame, order: str, layer: Recurrent | None) -> Iterator[str]:
    """Hold the blocks of a matrix against the order of the gates, and against each other."""
    inside = {node.id: node.box for node in scene.nodes if ids.inside_of(node.id, frame.id)}
    if set(inside) != set(frame.members):
        yield f"{frame.id} does not hold its blocks"
        return
    if not inside or layer is None:
        return
    axis = 0 if order == "keras" else 1
    ordered = sorted(inside, key=lambda name: inside[name][axis])
    gates = "".join(name[-1] for name in ordered)
    true = order_of(order, layer.type) or "h"
    if gates not in {true, 2 * true}:
        yield f"the blocks of {frame.id} are {' '.join(gates)}, and are {' '.join(true)}"
    share = (frame.box[axis + 2] - frame.box[axis]) / len(ordered)
    for at, name in enumerate(ordered):
        begins, wide = inside[name][axis] - frame.box[axis], _side(inside[name], axis)
        if abs(begins - at * share) > NEAR or abs(wide - share) > NEAR:
            yield f"{name} is not an equal part of {frame.id}"


def _side(box: Box, axis: int) -> float:
    return box[axis + 2] - box[axis]


def _sides(trace: Trace, order: str) -> dict[str, tuple[int, int]]:
    """Return rows and columns of what another framework keeps of stages without steps."""
    return {} if order == "torch" else drawn_sides(trace, order)


def _off_scale(scene: Scene, trace: Trace, order: str) -> Iterator[str]:
    """Say which sides are neither to scale nor said to be drawn otherwise."""
    known = {f"{stage.name}.{p.name}": ((p.sizes or (1,))[0], prod(p.sizes[1:]))
             for stage in trace.stages for p in stage.parameters} | _sides(trace, order)  # fmt: skip
    sides = [
        (frame.id, numbers, _side(frame.box, axis))
        for frame in scene.frames if frame.id in known
        for axis, numbers in zip((1, 0), known[frame.id], strict=True)
    ]  # fmt: skip
    if not sides:
        return
    said = {*_messages(scene)}
    sizes = [run.size for label in labels_of(scene) for run in label.runs if run.font in {"sans", "bold"}]
    size = min(sizes, default=7.0)

    def wrong(scale: float, numbers: int, points: float) -> bool:
        off = points - scale * numbers
        short = off > 0 and points <= SHORTEST * size and bool({"weights.short", "weights.roughly"} & said)
        short = short or (numbers == 1 and points <= BAR * size)
        return (
            abs(off) > NEAR * max(1.0, points)
            and not short
            and not (off < 0 and bool({"weights.long", "weights.roughly"} & said))
        )

    def misfits(scale: float) -> tuple[int, float]:
        found = sum(wrong(scale, numbers, points) for _, numbers, points in sides)
        return found, sum(abs(points - scale * numbers) > NEAR for _, numbers, points in sides)

    scale = min((points / numbers for _, numbers, points in sides), key=misfits)
    for name, numbers, points in sides:
        if wrong(scale, numbers, points):
            yield f"{name}: a side of {numbers} is {points:.1f} pt, and to scale {scale * numbers:.1f} pt"


def judge_values(case: Case) -> None:
    """Hold every shaded number against the module's state dict, and what is said of them."""
    tally, scene = case.tally, case.scene
    measures = case.measured() if scene.plots else None  # which may take long
    drawn = Drawn(scene)
    maps = [*drawn.maps.values()]
    tally.refute(bar_faults(scene, drawn))
    if maps and measures is None:
        tally.doubt("the numbers", "the model is not at hand")
    frames, plain = {frame.id: frame.box for frame in scene.frames}, len(scene.frames) - len(maps)
    if maps and _messages(scene).get("weights.unshaded", {}).get("count", 0) != plain:
        tally.refute([f"{plain} matrices have no shades, and it is not said"])
    for heat in maps if measures else ():
        assert measures is not None
        of, name = (str(dict(heat.about).get(fact)) for fact in ("of", "name"))
        if heat.id != f"{of}.{name}" or frames.get(heat.id) != heat.box:
            tally.refute([f"the shades of {of}.{name} do not fill its frame"])
        try:
            found = measures.parameter_again(of, name)
        except ModelError as error:
            tally.doubt(heat.id, str(error))
            continue
        tally.claims += 1
        tally.refute(heat_faults(heat, found.values, (found.rows, found.columns)))
        tally.refute(_strangers(_messages(scene), found.origin))


def _strangers(said: Mapping[str, Mapping[str, object]], origin: Origin) -> Iterator[str]:
    """Say which sentence names other weights than those that were read."""
    own: dict[str, dict[str, object]]
    own = {"weights.given": {}} if origin.own else {"weights.untrained": {"seed": origin.seed}}
    own = {"weights.of-file": {"file": origin.weights}} if origin.weights else own
    drawn = {name: said[name] for name in said if name in ORIGINS}
    if drawn != own:
        yield "it is said whose weights these are, and they are not"
