"""Figures of a recurrent layer's states, and of what stands on it, held against runs."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Sequence

from lstmviz.network.run import TooBigError
from lstmviz.network.second_input import order_before, output_unread
from lstmviz.network.structure import Recurrent, Trace
from lstmviz.proof import rounds, sentences
from lstmviz.proof.arrows import arrow_faults
from lstmviz.proof.between import judge_outer, outer_edges
from lstmviz.proof.evidence import evidence
from lstmviz.proof.labels import LayerScene, label_faults
from lstmviz.proof.reading import DrawnStates, is_rolled, read, read_rolled
from lstmviz.proof.real_model import NOTHING, Asked, Case, Real
from lstmviz.proof.sizes import frame_faults, shape_faults
from lstmviz.proof.stage_runs import Run
from lstmviz.proof.verdict import Tally
from lstmviz.scene import ids
from lstmviz.scene.scene import Scene

LOOPS = 4
"""A rolled cell is unrolled for so many steps: first, second, inner and last differ."""


def stepped(case: Case) -> None:
    """Prove every cell and state drawn, step by step, and what is joined to them."""
    tally, scene, asked, trace = case.tally, case.scene, case.asked, case.real.trace
    loops = {prefix for prefix, _ in rounds.own_of(scene, trace)}
    layers = [prefix for prefix in prefixes(scene) if prefix not in loops]
    if loops:
        rounds.judge(case, layers)
    if loops and not layers:
        return
    scene = _without(scene, tuple(loops))
    if not layers:
        tally.refute(["no cell is drawn"])
        tally.wrong = len(scene.edges)
        return
    said = {name for name, _ in sentences.shown(scene)}
    parts: list[LayerScene] = []
    tensors: set[str] = set()
    samples: list[int | None] = []
    for prefix in layers:
        layer = _layer_of(prefix, trace)
        part, reading, sample, misfits = _part(scene, layer, prefix)
        tally.refute(misfits)
        meant = _depth(layer, trace, scene, asked)
        if scene.kind != "grid" and reading.layers != [meant]:
            tally.refute([f"layer {meant} was asked for, and {reading.layers} is drawn"])
        run = dataclasses.replace(layer, timesteps=LOOPS, lengths=None) if part.rolled else layer
        if part.rolled and scene.kind == "unfold" and "chain.reverse-alike" in said:
            reading.ways = ("fwd",)
        found = evidence(run, reading.steps, sample)
        quiet = asked.bare and reading.silent and output_unread(trace, layer.name)
        tally.refute(arrow_faults(reading, found, given=not quiet))
        shaped, named = shape_faults(part)
        tally.refute([*shaped, *frame_faults(part)])
        tensors |= {f"{part.prefix}{name}" for name in named}
        parts.append(part)
        samples.append(sample)
    tally.refute(label_faults(parts))
    tally.tensors += len(tensors)
    if not loops:
        _outer(tally, scene, case.real, parts, samples)


def _without(scene: Scene, prefixes: tuple[str, ...]) -> Scene:
    """Return a scene without the nodes and texts of the loops that are drawn beside layers."""
    if not prefixes:
        return scene
    nodes = tuple(node for node in scene.nodes if not node.id.startswith(prefixes))
    texts = tuple(text for text in scene.texts if not (text.id or "").startswith(prefixes))
    ids = {node.id for node in nodes}
    edges = tuple(edge for edge in scene.edges if {edge.source, edge.target} <= ids)
    return dataclasses.replace(scene, nodes=nodes, texts=texts, edges=edges)


def _outer(
    tally: Tally, scene: Scene, real: Real, parts: list[LayerScene], samples: list[int | None]
) -> None:
    """Prove the arrows outside the layers."""
    layers = {part.prefix: part for part in parts if not part.rolled}
    edges = outer_edges(scene, [part.prefix for part in parts])
    tally.refute(real.faults)
    if not edges and not layers:
        return
    try:
        ran = real.runs()
    except TooBigError as error:
        tally.doubt_arrows(edges, f"what follows the layer is too large to run ({error})")
        return
    if not ran or not layers:
        tally.doubt_arrows(edges, real.followed.why if real.followed else NOTHING)
        return
    tally.refute(fault for part in parts for fault in order_faults(real.trace, part.layer, ran))
    sample = next((sample for sample in samples if sample is not None), None)
    judge_outer(tally, scene, real.trace, layers, ran, sample=sample)


def order_faults(trace: Trace, layer: Recurrent, ran: Sequence[Run]) -> Iterator[str]:
    """Say what on the way to a layer reads other steps, by derivatives, than those that are said."""
    runs = {run.name: run for run in ran}
    for stage in order_before(trace, layer)[2]:
        reading = stage.reading(stage.sources[0])
        true = {
            step: frozenset(row) for step, row in enumerate(reading.relation.rows() if reading else (), 1)
        }
        if runs[stage.name].depends([*true], None) not in (true, dict.fromkeys(true, frozenset())):
            yield f"{layer.name} reads {stage.sources[0]} in another order"


def _depth(layer: Recurrent, trace: Trace, scene: Scene, asked: Asked) -> int:
    """Return which of a layer's layers is meant: beside its encoder, a decoder's that those states begin."""
    giver = trace.layers.get(layer.giver or "")
    if giver is None or ids.inside(giver.name) not in prefixes(scene):
        return asked.layer
    forward = asked.layer * giver.directions
    begun = {one.last[1]: one.first[1] for one in reversed(layer.handovers)}  # the lowest that it begins
    return begun.get(forward, forward) // layer.directions


def prefixes(scene: Scene) -> list[str]:
    """Return what the ids of each recurrent layer in a scene begin with."""
    return sorted({one.prefix for one in ids.read_all(scene.nodes) if one.is_cell})


def _layer_of(prefix: str, trace: Trace) -> Recurrent:
    """Return the recurrent layer that ids with this prefix belong to."""
    name = prefix.removeprefix(ids.ROLLED).rstrip("/")
    return trace.layers.get(name, trace.recurrent[0])


def _part(
    scene: Scene, layer: Recurrent, prefix: str
) -> tuple[LayerScene, DrawnStates, int | None, list[str]]:
    """Read a part of a scene; say which sample is drawn, and how long it is."""
    if is_rolled(scene, prefix):
        reading = read_rolled(scene, prefix, layer.directions, LOOPS)
        return LayerScene(scene, layer, prefix, layer.timesteps), reading, None, []
    reading = read(scene, prefix, layer.directions)
    last = max(reading.steps, default=0)
    sample, faults = None, []
    if layer.lengths is not None:
        said = [int(m[1]) for t in scene.texts if (m := re.search(r"\bsample (\d+)\b", t.label.english))]
        fitting = [index for index, length in enumerate(layer.lengths) if length == last]
        sample = said[0] if said else fitting[0] if fitting else 0
        if sample not in fitting:
            faults.append(f"{last} steps are drawn, and the lengths are {layer.lengths}")
            sample = min(sample, len(layer.lengths) - 1)
    elif last != layer.timesteps:
        faults.append(f"the last step drawn is {last} of {layer.timesteps}")
    return LayerScene(scene, layer, prefix, last), reading, sample, faults
