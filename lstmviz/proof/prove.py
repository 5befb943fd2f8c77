"""A scene held against the module that it draws: every arrow, label, frame and shape."""

from __future__ import annotations

import dataclasses
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lstmviz.network.run import TooBigError, undisturbed
from lstmviz.proof.arrows import arrow_faults
from lstmviz.proof.between import outer_edges, outer_faults, run_through
from lstmviz.proof.branches import chain_faults, traced_faults
from lstmviz.proof.cell import cell_faults
from lstmviz.proof.evidence import evidence
from lstmviz.proof.flow import box_faults, cut_faults, flow_faults
from lstmviz.proof.labels import Part, label_faults
from lstmviz.proof.probe import module_of
from lstmviz.proof.reading import CELL, Reading, read, read_rolled
from lstmviz.proof.sizes import (
    equation_faults,
    frame_faults,
    printed_faults,
    shape_faults,
    tensor_faults,
)
from lstmviz.proof.units import modules_of, unit_faults

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from lstmviz.network.plan import Plan
    from lstmviz.network.structure import Recurrent, Trace
    from lstmviz.network.user.followed import Followed
    from lstmviz.proof.between import Run
    from lstmviz.proof.evidence import Evidence
    from lstmviz.scene.scene import Scene

STEPPED = ("rolled", "unrolled", "unfold", "grid")
"""The kinds that draw a recurrent layer's states and what depends on what."""

FLOWS = ("pipeline", "volumes")
"""The kinds that draw whole tensors from stage to stage."""

LOOPS = 4
"""A rolled cell is unrolled for so many steps: first, second, inner and last differ."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What the proof of one figure found; without faults all of it is proven."""

    kind: str
    arrows: int
    wrong: int
    """How many of them are not as the module has them."""
    tensors: int
    faults: tuple[str, ...]

    @property
    def proven(self) -> int:
        """How many arrows are as the module has them."""
        return max(0, self.arrows - self.wrong)


@dataclass(frozen=True, slots=True)
class Asked:
    """What of the model a figure was to show, in the words of its options."""

    of: str | None = None
    layer: int = 0
    direction: str = "forward"

    def recurrent(self, trace: Trace) -> Recurrent | None:
        """Return the recurrent layer meant: the first, if none is named."""
        return next((layer for layer in trace.recurrent if self.of in {None, layer.name}), None)


@dataclass(frozen=True, slots=True)
class Real:
    """The real model: its trace, and how it runs: by a spec's plan, or as a module that was followed."""

    trace: Trace
    plan: Plan | None = None
    followed: Followed | None = None

    def runs(self) -> Sequence[Run]:
        """Return every stage as it ran; none if there is no way to. Raises TooBigError."""
        if self.followed is not None:
            return self.followed.runs
        return run_through(self.plan) if self.plan is not None else ()

    @property
    def faults(self) -> tuple[str, ...]:
        """What a user's module does otherwise than its trace says."""
        return self.followed.faults if self.followed is not None else ()


def prove(
    scene: Scene,
    trace: Trace,
    plan: Plan | None = None,
    asked: Asked = Asked(),
    *,
    followed: Followed | None = None,
) -> Finding:
    """Hold a scene against its model: run it, and compare what is drawn.

    The scene alone says what is claimed; the trace says which modules there
    are, the plan how to run what stands between and above the recurrent
    layers; of a user's own module it is `followed` that ran. Nothing of torch's
    state is changed.
    """
    real = Real(trace, plan, followed)
    with undisturbed():
        if scene.kind not in STEPPED:
            return _other(scene, real, asked)
        if not prefixes(scene):
            return Finding(scene.kind, len(scene.edges), len(scene.edges), 0, ("no cell is drawn",))
        return _stepped(scene, real, asked)


def merged(scene: Scene, panels: Mapping[str, Scene]) -> list[str]:
    """Say where a sheet differs from its panels: it draws their items under their letters, and no others."""
    faults = []
    for items in ("nodes", "edges", "frames"):
        here = {item.id for item in getattr(scene, items)}
        there = {f"{letter}/{item.id}" for letter, one in panels.items() for item in getattr(one, items)}
        faults += [f"{name} is drawn on the sheet alone" for name in sorted(here - there)]
        faults += [f"{name} is missing on the sheet" for name in sorted(there - here)]
    ends = {edge.id: (edge.source, edge.target, edge.role) for edge in scene.edges}
    for letter, one in panels.items():
        for edge in one.edges:
            wanted = (f"{letter}/{edge.source}", f"{letter}/{edge.target}", edge.role)
            if ends.get(f"{letter}/{edge.id}", wanted) != wanted:
                faults.append(f"{letter}/{edge.id} joins other things on the sheet than in its panel")
    return faults


def _other(scene: Scene, real: Real, asked: Asked) -> Finding:
    trace = real.trace
    faults, tensors = tensor_faults(scene, trace)
    found: list[str] = []
    arrows = proven = 0
    layer = asked.recurrent(trace)
    if scene.kind == "cell" and layer is not None:
        found, proven = _cell(scene, layer, asked)
        arrows = len(scene.edges)
    elif scene.kind == "neurons":
        if asked.of is None:  # it draws the first layer whose units have one h each
            plain = (one for one in trace.recurrent if one.directions == 1 and not one.proj_size)
            layer = next(plain, layer)
        found, proven = unit_faults(scene, modules_of(trace, layer), layer)
        arrows = max(proven, len(scene.edges))
    elif scene.edges:
        arrows = len(scene.edges)
        found, proven = _flow(scene, real, layer)
    return Finding(scene.kind, arrows, arrows - proven, tensors, tuple(dict.fromkeys(faults + found)))


def _flow(scene: Scene, real: Real, layer: Recurrent | None) -> tuple[list[str], int]:
    """Prove the arrows between whole tensors; none can be where the model is too large to run."""
    trace, plan = real.trace, real.plan
    try:
        if scene.kind == "tensors" and layer is not None:
            found = box_faults(scene, evidence(layer, [1]))
        elif scene.kind in FLOWS and plan is not None:
            handed = any(layer.states_from for layer in trace.recurrent)
            found = flow_faults(scene, run_through(plan, "cpu" if handed else "meta"))
        elif scene.kind == "pipeline":
            found = [*traced_faults(scene, trace), *real.faults]
        elif scene.kind == "volumes":
            found = chain_faults(scene, trace)
        elif scene.kind == "cube":
            found = cut_faults(scene, trace)
        else:
            return [], 0
    except TooBigError:
        return [], 0
    wrong = sum("is missing" not in fault for fault in found)
    if scene.kind in FLOWS and real.followed is not None:
        wrong += len(real.followed.unproven) if real.followed.whole else len(scene.edges)
    return found, max(0, len(scene.edges) - wrong)


def _cell(scene: Scene, layer: Recurrent, asked: Asked) -> tuple[list[str], int]:
    return cell_faults(
        scene, module_of(layer), layer=asked.layer, direction=int(asked.direction == "reverse")
    )


def _stepped(scene: Scene, real: Real, asked: Asked) -> Finding:
    trace = real.trace
    parts: list[Part] = []
    faults: list[str] = []
    runs: list[Evidence] = []
    tensors: set[str] = set()
    arrows = 0
    samples: list[int | None] = []
    for prefix in prefixes(scene):
        layer = _layer_of(prefix, trace)
        rolled = scene.kind == "rolled" or "rolled/" in prefix
        part, reading, sample, misfits = _part(scene, layer, prefix, rolled=rolled)
        faults += misfits
        meant = _depth(layer, trace, scene, asked)
        if scene.kind != "grid" and reading.layers != [meant]:
            faults.append(f"layer {meant} was asked for, and {reading.layers} is drawn")
        run = dataclasses.replace(layer, timesteps=LOOPS, lengths=None) if rolled else layer
        found = evidence(run, reading.steps, sample)
        faults += arrow_faults(reading, found)
        shaped, named = shape_faults(part, trace)
        faults += shaped + list(frame_faults(part))
        tensors |= {f"{part.prefix}{name}" for name in named}
        parts.append(part)
        runs += [] if rolled else [found]
        samples.append(sample)
        arrows += reading.arrows
    printed, named = printed_faults(parts, trace)
    faults += label_faults(parts) + printed + equation_faults(scene, runs)
    outer, unproven = _outer(scene, real, parts, samples)
    faults = list(dict.fromkeys(faults + outer))
    wrong = sum(fault.startswith("the arrow ") and "is missing" not in fault for fault in faults)
    arrows += len(outer_edges(scene, [part.prefix for part in parts]))
    return Finding(scene.kind, arrows, wrong + unproven, len(tensors | named), tuple(faults))


def _outer(scene: Scene, real: Real, parts: list[Part], samples: list[int | None]) -> tuple[list[str], int]:
    """Prove the arrows outside the layers; say what is wrong, and how many could not be tried."""
    layers = {part.prefix: part for part in parts if not part.rolled}
    edges = outer_edges(scene, [part.prefix for part in parts])
    try:
        ran = real.runs()
    except TooBigError:
        ran = ()
    if not ran or not layers:
        return list(real.faults), len(edges)
    sample = next((sample for sample in samples if sample is not None), None)
    return [*outer_faults(scene, real.trace, layers, ran, sample), *real.faults], 0


def _depth(layer: Recurrent, trace: Trace, scene: Scene, asked: Asked) -> int:
    """Return which of a layer's layers is meant: beside its encoder, a decoder's that those states begin."""
    giver = next((one for one in trace.recurrent if one.name == layer.states_from), None)
    if giver is None or f"{giver.name}/" not in prefixes(scene):
        return asked.layer
    return asked.layer * giver.directions // layer.directions


def prefixes(scene: Scene) -> list[str]:
    """Return what the ids of each recurrent layer in a scene begin with."""
    return sorted({node.id[: node.id.index("cell.")] for node in scene.nodes if CELL.search(node.id)})


def _layer_of(prefix: str, trace: Trace) -> Recurrent:
    """Return the recurrent layer that ids with this prefix belong to."""
    name = prefix.replace("rolled/", "").rstrip("/")
    return next((layer for layer in trace.recurrent if layer.name == name), trace.recurrent[0])


def _part(
    scene: Scene, layer: Recurrent, prefix: str, *, rolled: bool
) -> tuple[Part, Reading, int | None, list[str]]:
    """Read a part of a scene; say which sample is drawn, and how long it is."""
    if rolled:
        reading = read_rolled(scene, prefix, layer.directions, LOOPS)
        return Part(scene, layer, prefix, layer.timesteps, rolled=True), reading, None, []
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
    return Part(scene, layer, prefix, last, rolled=False), reading, sample, faults
