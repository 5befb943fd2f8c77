"""Drawn shapes and frames held against what was measured."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator

from lstmviz.network.structure import Recurrent, Trace
from lstmviz.proof.claim_rules import part_of_shape
from lstmviz.proof.labels import LayerScene
from lstmviz.scene import ids
from lstmviz.scene.geometry import inflate, inside
from lstmviz.scene.items import Edge, Frame, Node, Text
from lstmviz.scene.scene import Scene

Sizes = tuple[int, ...]


def shape_faults(part: LayerScene) -> tuple[list[str], set[str]]:
    """Compare the shapes on a layer's own items with its tensors; return the names seen, too."""
    named = _sizes_of(part.layer)
    faults: list[str] = []
    seen: set[str] = set()
    for name, tensor, shape in _shaped(part.scene):
        if (name is None or part.own(name) is not None) and tensor in named:
            seen.add(tensor)
            if named[tensor] != shape:
                faults.append(f"{name}: {tensor} has {named[tensor]}, not {shape}")
    return faults, seen


def _sizes_of(layer: Recurrent) -> dict[str, Sizes]:
    """Return the sizes of a layer's tensors and parameters, and of one step's share: ``x_t``, ``h_t``."""
    named = {tensor.name: tensor.sizes for tensor in layer.tensors}
    named |= {layer.own_name(one.name): one.sizes for one in layer.parameters}
    time = layer.time_axis
    prime = "′" * bool(layer.giver)
    for step, whole in ((f"x{prime}_t", "input"), (f"→h{prime}_t ←h{prime}_t", "output")):
        named[step] = named[whole][:time] + named[whole][time + 1 :]
    return named | {f"{state}{prime}_t": named[f"{state}_n"][1:] for state in layer.state_letters}


def _shaped(scene: Scene) -> Iterator[tuple[str | None, str, Sizes]]:
    """Yield the ids of the items of a scene that stand for a tensor, with its name and the shape drawn."""
    items: list[Node | Edge | Frame | Text] = [*scene.nodes, *scene.edges, *scene.frames, *scene.texts]
    for item in items:
        if item.tensor is not None and item.shape is not None:
            yield item.id, item.tensor, item.shape


def tensor_faults(scene: Scene, trace: Trace) -> tuple[list[str], int]:
    """Compare the shapes of any scene's items with all that was measured, by name.

    What an item shows may be a part of its tensor, without some axes, or all
    of it in fewer axes: a slice of the cube, a flattened one.
    """
    known = _known(trace)
    faults, seen = [], set()
    for name, tensor, shape in _shaped(scene):
        seen.add((tensor, shape))
        if not any(part_of_shape(shape, whole) for whole in known.get(tensor, ())):
            said = " or ".join(map(str, sorted(known.get(tensor, ())))) or "nothing of that name"
            faults.append(f"{name}: {tensor} {shape}: measured {said}")
    return faults, len(seen)


def _known(trace: Trace) -> dict[str, set[Sizes]]:
    """Return all sizes measured under a name: a tensor's, a parameter's, a stage's."""
    known: dict[str, set[Sizes]] = defaultdict(set)
    known["input"].add(trace.input.sizes)
    for tensor in trace.inputs:
        known[tensor.name].add(tensor.sizes)
    for stage in trace.stages:
        known[stage.name].add(stage.outputs[0].sizes)
        known[f"{stage.name}.output"].add(stage.outputs[0].sizes)
        known[stage.type].add(stage.outputs[0].sizes)  # a cube says embedding, whatever its name is
        for tensor in (*stage.inputs, *stage.outputs, *stage.parameters):
            known[tensor.name].add(tensor.sizes)
            known[f"{stage.name}.{tensor.name}"].add(tensor.sizes)
    for layer in trace.recurrent:
        for tensor in (*layer.tensors, *layer.parameters):
            known[tensor.name].add(tensor.sizes)
        for tensor in layer.parameters:
            known[layer.own_name(tensor.name)].add(tensor.sizes)
    return known


def frame_faults(part: LayerScene) -> Iterator[str]:
    """Say which frames do not hold exactly the parts of their tensor.

    Several frames may share a tensor's parts between them. What a frame
    lists as its members must stand inside it, and nothing else may.
    """
    nodes = {node.id: node for node in part.scene.nodes}
    framed: dict[str, list[Frame]] = defaultdict(list)
    for frame in part.scene.frames:
        if frame.tensor and part.own(frame.id) is not None:
            framed[frame.tensor].append(frame)
    for tensor, frames in framed.items():
        listed = Counter(member for frame in frames for member in frame.members)
        whole = {node for node in nodes if _part_of(tensor, part.own(node))}
        for member in sorted(set(listed) - whole):
            yield f"the frame of {tensor} holds {member}, which is no part of it"
        for member in sorted(whole - set(listed)):
            yield f"the frame of {tensor} leaves out {member}"
        for member in sorted(member for member, times in listed.items() if times > 1):
            yield f"{member} is in the frame of {tensor} more than once"
        for frame in frames:
            room = inflate(frame.box, 0.5)  # a node's border may lie on the frame's
            outside = [m for m in frame.members if m in nodes and not inside(nodes[m].box, room)]
            yield from (f"{member} does not stand in the frame of {tensor}" for member in outside)


_FAMILY = {"input": ids.INPUT, "output": ids.OUTPUT}


def _part_of(tensor: str, name: str | None) -> bool:
    if name is None:
        return False
    one = ids.read(name)
    if tensor in _FAMILY:
        return one.form == _FAMILY[tensor]
    return one.layer is not None and bool(one.way) and name == ids.at(tensor, one.layer, one.way)
