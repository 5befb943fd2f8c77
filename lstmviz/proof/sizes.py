"""Drawn shapes, counts, equations and frames held against what was measured."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence

from lstmviz.network.recurrence import in_code
from lstmviz.network.structure import Recurrent, Trace
from lstmviz.proof import claims
from lstmviz.proof.claim_rules import part_of_shape
from lstmviz.proof.evidence import Evidence
from lstmviz.proof.labels import LayerScene
from lstmviz.scene import ids
from lstmviz.scene.geometry import inflate, inside
from lstmviz.scene.ids import WAYS
from lstmviz.scene.items import Edge, Frame, Node, Text
from lstmviz.scene.near import box_of
from lstmviz.scene.scene import Scene

Sizes = tuple[int, ...]


class Measured:
    """The sizes of one layer's tensors and of the whole model's, by name."""

    def __init__(self, trace: Trace, layer: Recurrent | None) -> None:
        stages = [tensor for stage in trace.stages for tensor in (*stage.inputs, *stage.outputs)]
        parameters = [parameter for stage in trace.stages for parameter in stage.parameters]
        self.any = {tensor.sizes for tensor in (trace.input, *stages, *parameters)}
        self.named: dict[str, Sizes] = {}
        self.in_code: dict[str, Sizes] = {}
        self.letters = {**dict(layer.sizes if layer else ()), **dict(trace.sizes)}
        if layer is None:
            return
        self.named = {tensor.name: tensor.sizes for tensor in layer.tensors}
        self.named |= {layer.own_name(one.name): one.sizes for one in layer.parameters}
        self.in_code = {tensor.name: in_code(layer, tensor).sizes for tensor in layer.tensors}
        self.any |= set(self.named.values())
        time = 1 if layer.batch_first and layer.batch_size is not None else 0
        prime = "′" * bool(layer.giver)
        for step, whole in (("x_t", "input"), (claims.PAIR, "output")):
            sizes = self.named[whole]
            self.named[step.replace("_t", f"{prime}_t")] = sizes[:time] + sizes[time + 1 :]
        for state in layer.state_letters:
            self.named[f"{state}{prime}_t"] = self.named[f"{state}_n"][1:]
        self.any |= set(self.named.values())


def shape_faults(part: LayerScene, trace: Trace) -> tuple[list[str], set[str]]:
    """Compare the shapes on a layer's own items with its tensors; return the names seen, too."""
    measured = Measured(trace, part.layer)
    faults: list[str] = []
    seen: set[str] = set()
    scene = part.scene
    items: list[Node | Edge | Frame | Text] = [*scene.nodes, *scene.edges, *scene.frames, *scene.texts]
    for item in items:
        if item.id is not None and part.own(item.id) is None:
            continue
        if item.tensor is not None and item.tensor in measured.named and item.shape is not None:
            seen.add(item.tensor)
            if measured.named[item.tensor] != item.shape:
                faults.append(f"{item.id}: {item.tensor} has {measured.named[item.tensor]}, not {item.shape}")
    return faults, seen


def printed_faults(parts: Sequence[LayerScene], trace: Trace) -> tuple[list[str], set[str]]:
    """Compare the shapes, counts and lengths printed in texts; return the tensors named, too.

    A text stands for one of the layers: it must be true of that one.
    """
    all_measured = [Measured(trace, part.layer) for part in parts]
    faults: list[str] = []
    seen: set[str] = set()
    for words in _joined(parts[0].scene.texts):
        for claim in claims.shapes(words):
            seen |= set(claim.names)
            faults += _of_one([list(_claim_faults(claim, measured)) for measured in all_measured])
    for text in parts[0].scene.texts:
        faults += _of_one([list(_counts(part, text.label.english)) for part in parts])
    return faults, seen


def _of_one(found: Sequence[list[str]]) -> list[str]:
    """Return nothing if a claim is true of one layer, else what is wrong with it."""
    return [] if [] in found else found[0][:1]


def tensor_faults(scene: Scene, trace: Trace) -> tuple[list[str], int]:
    """Compare the shapes of any scene's items with all that was measured, by name.

    What an item shows may be a part of its tensor, without some axes, or all
    of it in fewer axes: a slice of the cube, a flattened one.
    """
    known = _known(trace)
    faults, seen = [], set()
    items: list[Node | Edge | Frame | Text] = [*scene.nodes, *scene.edges, *scene.frames, *scene.texts]
    for item in items:
        if item.tensor is None or item.shape is None:
            continue
        seen.add((item.tensor, item.shape))
        if not any(part_of_shape(item.shape, whole) for whole in known.get(item.tensor, ())):
            said = " or ".join(map(str, sorted(known.get(item.tensor, ())))) or "nothing of that name"
            faults.append(f"{item.id}: {item.tensor} {item.shape}: measured {said}")
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


def _claim_faults(claim: claims.Shape, measured: Measured) -> Iterator[str]:
    said = f"({', '.join(claim.symbols)}) = ({', '.join(map(str, claim.sizes))})"
    for name in claim.names:
        true = measured.named.get(name)
        if true is not None and claim.sizes not in {true, measured.in_code.get(name)}:
            yield f"{name} {said}: measured {true}"
    if claim.sizes not in measured.any:
        yield f"{said}: no tensor of the model has this shape"
    if len(claim.symbols) != len(claim.sizes):
        yield f"{said}: as many symbols as sizes are needed"
        return
    for symbol, size in zip(claim.symbols, claim.sizes, strict=True):
        meant = claims.size_of(symbol, measured.letters)
        if meant is not None and meant != size:
            yield f"{said}: {symbol} is {meant}"


def _joined(texts: tuple[Text, ...]) -> list[str]:
    """Join the lines of texts that were broken: same left edge, next line."""
    boxes = sorted(
        ((box_of(t.label), t.label.english) for t in texts if t.label.runs), key=lambda b: (b[0][0], b[0][1])
    )
    joined: list[str] = []
    last = None
    for box, text in boxes:
        close = last is not None and abs(last[0] - box[0]) < 1 and -2 < box[1] - last[3] < 8
        if close:
            joined[-1] += f" {text}"
        else:
            joined.append(text)
        last = box
    return joined


def _counts(part: LayerScene, words: str) -> Iterator[str]:
    layer = part.layer
    for match in re.finditer(r"\bT′? = (\d+)", words):
        if int(match[1]) != layer.timesteps:
            yield f"{words!r}: the layer has {layer.timesteps} steps"
    for match in re.finditer(r"lengths\[(\d+)\] = (\d+)", words):
        sample, length = int(match[1]), int(match[2])
        lengths = layer.lengths or ()
        if sample >= len(lengths) or lengths[sample] != length or length != part.length:
            yield f"{words!r}: the lengths are {lengths}, and {part.length} steps are drawn"


def equation_faults(scene: Scene, runs: Sequence[Evidence]) -> list[str]:
    """Compare the printed equations with the states that results really consist of.

    Each must be true of one of the layers that were run.
    """
    faults = []
    for text in scene.texts:
        for equation in claims.equations(text.label.english):
            if equation.left[0] != "output":
                continue
            sides = [
                (_output_part(equation.left[1], found), _state_part(*equation.right, found)) for found in runs
            ]
            if not any(left is not None and left == right for left, right in sides):
                faults.append(f"{equation}: the module gives {sides[0][0]} and {sides[0][1]}")
    return faults


def _output_part(indices: str, found: Evidence) -> str | None:
    """Name the state that an index into `output` picks; None if it is not one state."""
    layer = found.layer
    picks = [pick.strip() for pick in indices.split(",")]
    batched = layer.batch_size is not None
    time = 1 if layer.batch_first and batched else 0
    last = 2 if batched else 1
    if len(picks) <= time or picks[time] in {":", "..."}:
        return None
    step = int(picks[time])
    step = step + 1 if step >= 0 else layer.timesteps + step + 1
    states = found.taps.get(ids.at("output", step=step))
    if states is None:
        return None
    half = _half(picks[last] if len(picks) > last else ":", layer)
    return states[half] if half is not None and half < len(states) else None


def _half(pick: str, layer: Recurrent) -> int | None:
    """Return which direction's half a slice of the last axis is: ``:16`` or ``16:``."""
    size = layer.proj_size or layer.hidden_size
    halves = {":": 0} if layer.directions == 1 else {f":{size}": 0, f"{size}:": 1}
    halves |= {":H": 0, "H:": 1, ":P": 0, "P:": 1} if layer.directions > 1 else {}
    return halves.get(pick.replace(" ", ""))


def _state_part(name: str, indices: str, found: Evidence) -> str | None:
    layer = found.layer
    if name not in {"h_n", "c_n"}:
        return None
    index = int(indices.split(",", maxsplit=1)[0]) % (layer.num_layers * layer.directions)
    depth, direction = divmod(index, layer.directions)
    taps: Mapping[str, tuple[str, ...]] = found.taps
    states = taps.get(ids.at(name, depth, WAYS[direction]))
    return states[0] if states else None


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
