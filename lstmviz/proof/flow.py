"""Arrows between whole tensors: a module as a box, a cube; and what a spec's stages took, in a run."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from itertools import pairwise
from typing import Any

import torch

from lstmviz.network.stages import Decode, Recur
from lstmviz.network.structure import Tensor, Trace
from lstmviz.proof.evidence import Evidence
from lstmviz.proof.stage_runs import Ran
from lstmviz.proof.verdict import against
from lstmviz.scene import ids
from lstmviz.scene.claims import sentences
from lstmviz.scene.scene import Scene
from lstmviz.translation.messages import Note

Pairs = set[tuple[str, str]]
NAMES = frozenset({
    "stage.class", "stage.self_attention", "stage.sign", "stage.index", "stage.index-of",
    "stage.index-into", "stage.getitem", "stage.setitem", "stage.iter", "stage.invert", "stage.matmul",
    "stage.neg", "stage.pow",
})  # fmt: skip
"""The messages that say in a box which stage it is."""
SIDES = frozenset({"bare.encoder-of", "bare.decoder-of"})
"""The messages that say in a box which side of a pair it is, with the stages of that side."""
NONE: frozenset[tuple[str, str]] = frozenset()


def of_maps(scene: Scene) -> bool:
    """Whether feature maps are drawn, one after the other: `volumes`, and a bare `pipeline` of images."""
    return any(ids.head(node.id) == "after" for node in scene.nodes)


def held_in(scene: Scene) -> dict[str, str]:
    """Return in which box each stage is: the one that names it, or that is noted to hold it."""
    within = noted(scene, "note.within")
    named = {name: box for box, names in _named_in(scene).items() for name in names}
    return {one["name"]: one["box"] for one in within} | named


def noted(scene: Scene, name: str) -> list[dict[str, Any]]:
    """Return what each note of a scene with this id says."""
    return [dict(note.given) for note in scene.notes if isinstance(note, Note) and note.id == name]


def _named_in(scene: Scene) -> dict[str, list[str]]:
    """Return the stages that each box names, in its label or in lines of its own, in their order."""
    found: dict[str, list[str]] = defaultdict(list)
    boxes = {node.box: node.id for node in scene.nodes if ids.head(node.id) == "stage"}
    said = [(node.id, node.label) for node in scene.nodes if node.label and ids.head(node.id) == "stage"]
    said += [(boxes[text.at], text.label) for text in scene.texts if text.at in boxes]
    for box, label in said:
        for name, given in sentences(label.claims):
            if name in NAMES:
                found[box].append(dict(given)["stage"])
            elif name in SIDES:
                found[box] += dict(given)["stages"].split(", ")
    return found


def misplaced(scene: Scene, ran: Sequence[str]) -> Iterator[str]:
    """Say which boxes name stages in another order than they ran, or not the one that they are."""
    several = ((box, names) for box, names in _named_in(scene).items() if len(names) > 1)
    for box, names in several:
        if ids.rest(box) != names[-1] or names != [one for one in ran if one in names]:
            yield f"{box} names {', '.join(names)}, which did not run so"


def source_faults(trace: Trace, ran: Sequence[Ran]) -> Iterator[str]:
    """Say which stages of a spec's model read other tensors than the trace says, by those of a run."""
    made: dict[int, set[str]] = defaultdict(set)
    for stage, one in zip(trace.stages, ran, strict=True):
        all_taken = one.stage.takes(one.before)
        if one is ran[0]:
            made[id(all_taken[0])].add("input")
        if isinstance(one.stage, Decode):
            held = _answered(all_taken[0], ran, stage.sources[0]) if one.stage.reads == "own" else "target"
            made[id(all_taken[0])].add(held)
        if len(all_taken) != len(stage.sources):
            yield f"{stage.name} reads {len(all_taken)} tensors, not {len(stage.sources)}"
        for taken, source in zip(all_taken, stage.sources, strict=False):
            if source not in made[id(taken)]:
                others = ", ".join(sorted(made[id(taken)])) or "another tensor"
                yield f"{stage.name} reads {others}, not {source}"
        made[id(one.after.data)].add(f"{stage.name}.output")
        if isinstance(one.stage, Recur):
            for name, state in zip(("h_n", "c_n"), one.after.ended, strict=False):
                made[id(state)].add(f"{stage.name}.{name}")


def _answered(read: torch.Tensor, ran: Sequence[Ran], named: str) -> str:
    """Return `named`, if those are the very numbers that a decoder read as its answers, step by step.

    They were found running free. A run over all steps at once that gives the same for what the steps before
    gave can give nothing else: the first answer follows, and with it the next.
    """
    given = {f"{one.stage.head.name}.output": one.after.data for one in ran}.get(named)
    same = given is not None and given.shape == read.shape and torch.allclose(given, read, atol=1e-9)
    return named if same else "other answers"


def box_faults(scene: Scene, found: Evidence) -> list[str]:
    """Hold the module as a box against what its states depend on."""
    own = {ids.short(node.id): node.id for node in scene.nodes}
    expected = {(own[a], own[b]) for a, b in _box(own, found)}
    return differences(scene, expected)


def cut_faults(scene: Scene, trace: Trace) -> list[str]:
    """Hold the arrows of a cube against torch's own indexing of a tensor of that size."""
    whole = torch.empty(trace.input.sizes, device="meta")
    shapes = {node.id: node.shape for node in scene.nodes}
    batch = _batch_axis(trace.input)
    slices = {tuple(whole.select(axis, 0).shape) for axis in range(whole.dim())}
    flat = None if batch is None else tuple(whole.movedim(batch, 0).flatten(1).shape)
    sample = None if batch is None else tuple(whole.select(batch, 0).shape)
    cut = [name for name in ("slice", "flat") if shapes.get(name) in (slices if name == "slice" else {flat})]
    expected: Pairs = {("input", name) for name in cut}
    for name, shape in shapes.items():
        window = ids.named("window", ids.rest(name))
        if ids.head(name) == "sample" and shape == sample == shapes.get(window):
            expected.add((window, name))
    return differences(scene, expected)


def _batch_axis(tensor: Tensor) -> int | None:
    """Where X has its samples: its letter says it, or that of the steps beside them."""
    if "N" in tensor.symbols:
        return tensor.symbols.index("N")
    steps = tensor.symbols.index("T") if "T" in tensor.symbols and len(tensor.sizes) == 3 else None
    return None if steps is None else {0: 1, 1: 0}.get(steps)


def differences(
    scene: Scene, expected: Pairs, allowed: AbstractSet[tuple[str, str]] = frozenset()
) -> list[str]:
    """Say which arrows are false (unless `allowed`), missing, drawn twice, or have the wrong line."""
    drawn = Counter((edge.source, edge.target) for edge in scene.edges)
    faults: list[str] = []
    for edge in scene.edges:
        ends = edge.source, edge.target
        if ends not in expected and ends not in allowed:
            faults.append(against(edge, "is false: nothing flows there"))
        if drawn[ends] > 1:
            faults.append(against(edge, "is drawn twice"))
        if edge.double != (edge.role == "cell"):
            faults.append(against(edge, "has the wrong line: c alone is double"))
    return [*faults, *(f"the arrow {a} → {b} is missing" for a, b in sorted(expected - {*drawn}))]


def _states(own: Mapping[str, str], layer: int, kinds: str, found: Evidence) -> Iterator[tuple[str, str]]:
    """Yield the arrows of the states that a layer begins and ends with: its own, or through the bars."""
    name, through = ids.named("layer", layer), "begin" in own
    hidden = [(ids.read(name), read) for name, read in found.direct.items()]
    read = set().union(*(read for one, read in hidden if one.base == "h" and one.layer == layer))
    begun = {ids.read(value).base for value in read if ids.layer_of(value) == layer}
    ended = {ids.read(end).base for end, taps in found.taps.items() if layer in map(ids.layer_of, taps)}
    for kind in kinds:
        if f"{kind}_0" in begun:
            yield ids.door("begin", kind) if through else _held(own, f"{kind}_0", layer), name
        if f"{kind}_n" in ended:
            yield name, ids.door("end", kind) if through else _held(own, f"{kind}_n", layer)


def _held(own: Mapping[str, str], state: str, layer: int) -> str:
    """Return where a layer's state is drawn: in a place of its own, or in the one tensor of all."""
    place = ids.at(state, layer)
    return place if place in own else state


def _box(own: Mapping[str, str], found: Evidence) -> Iterator[tuple[str, str]]:
    """Yield the arrows of a module drawn as a box with its layers."""
    layers = sorted(int(ids.rest(one)) for one in own if ids.head(one) == "layer")
    depth = found.layer.num_layers
    kinds = found.layer.state_letters
    for layer in layers:
        yield from _states(own, layer, kinds, found)
    for lower, upper in pairwise(layers):
        steps = range(lower + 1, upper + 1)
        read = {k: found.direct[ids.at("h", k, "fwd", 1)] for k in steps}
        if all(any(ids.layer_of(value) == k - 1 for value in read[k]) for k in steps):
            yield ids.named("layer", lower), ids.named("layer", upper)
    for kind in kinds if "begin" in own else ():
        yield f"{kind}_0", ids.door("begin", kind)
        yield ids.door("end", kind), f"{kind}_n"
    top = {
        ids.layer_of(tap)
        for name, taps in found.taps.items()
        if ids.read(name).base == "output"
        for tap in taps
    }
    assert top == {depth - 1}
    assert ids.at("x", step=1) in found.direct[ids.at("h", 0, "fwd", 1)]
    yield from pairwise([*(n for n in ("input", "pack") if n in own), ids.named("layer", layers[0])])
    yield from pairwise([ids.named("layer", layers[-1]), *(n for n in ("unpack", "output") if n in own)])
