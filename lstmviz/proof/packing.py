"""The kind `batch`: every step of every sample sits where torch packs it, and every arrow leads there."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from lstmviz.network.structure import Recurrent, Trace
from lstmviz.proof.facts.packing import Rows, ends_in_buckets, packed_again
from lstmviz.proof.verdict import against
from lstmviz.scene import ids
from lstmviz.scene.items import Box, Node, sentences_on
from lstmviz.scene.scene import Scene

CELLS = ("input", "sorted", "bucket", "data")
NEAR = 20.0
"""What is less than this over a row of data stands over it, pt."""


def batch_faults(scene: Scene, trace: Trace) -> Iterator[str]:
    """Say which cells, numbers and arrows are not as the batch is packed."""
    layers = [layer for layer in trace.recurrent if layer.packing]
    prefixes = {one.prefix for one in ids.read_all(scene.nodes)}
    layer = next((one for one in layers if ids.inside(one.name) in prefixes), layers[0])
    if packed_again(layer)[0] != layer.packing:
        yield f"{layer.name} was packed otherwise than torch packs these lengths"
    nodes = {ids.short(node.id): node for node in scene.nodes}
    yield from _cells(nodes, layer)
    yield from _numbers(nodes)
    yield from _held(scene, nodes)
    yield from _places(nodes)
    yield from _arrows(scene, layer)
    yield from _missing(scene, layer, nodes)


def _stands(name: str, rows: Rows, order: tuple[int, ...]) -> tuple[int, int] | None:
    """Return which sample and step, from 0, a cell of this id is; None for one that there is not."""
    one = ids.read(name)
    field, at, step = ids.kind(name), _at(name), (one.step or 0) - 1
    if field not in CELLS or at is None:
        return None
    if field == "data":
        return rows[at] if at < len(rows) else None
    if field in {"sorted", "bucket"}:
        return (order[at], step) if at < len(order) and step >= 0 else None
    return (at, step)


def _at(name: str) -> int | None:
    """Return which of its field an id names: a row of data, a sample, a place, or else a step."""
    one, (kind, *more) = ids.read(name), ids.parts(name)
    if kind == "data":
        return int(more[0]) if more else None
    return next((at for at in (one.sample, one.place, one.step) if at is not None), None)


def _cells(nodes: dict[str, Node], layer: Recurrent) -> Iterator[str]:
    """Hold what is written in each cell, and whether it is padding, against the run."""
    packing, rows = packed_again(layer)
    order, lengths = packing.sorted_indices or tuple(range(len(layer.lengths or ()))), layer.lengths or ()
    shades: dict[int, set[object]] = {}
    said: dict[tuple[int, int], set[str]] = {}
    for name, node in nodes.items():
        if ids.kind(name) not in CELLS or len(ids.parts(name)) == 1:
            continue
        at = _stands(name, rows, order)
        if at is None or not at[0] < len(lengths) or not 0 <= at[1] < layer.timesteps:
            yield f"{name} is no step of a sample"
            continue
        real = at[1] < lengths[at[0]]
        if real == (node.tensor is None):
            yield f"{name} is {'a real step' if real else 'padding'}, and is drawn as the other"
        if real:
            shades.setdefault(at[0], set()).add(node.fill)
        if node.label is not None and node.label.text:
            said.setdefault(at, set()).add(node.label.text)
        yield from _written(name, node, at)
    drawn = [shade for own in shades.values() for shade in own]
    if any(len(own) > 1 for own in shades.values()) or len(set(drawn)) < len(shades):
        yield "the steps of a sample have not one shade of their own"
    if any(len(own) > 1 for own in said.values()):
        yield "a step is called otherwise in data than in the input"


def _written(name: str, node: Node, at: tuple[int, int]) -> Iterator[str]:
    """Say whether the words in a cell are of another step."""
    if node.label is None or not node.label.text:
        return
    claims = [one for one in node.label.claims if one.kind == "state"]
    if any(int(one.fact("step")) != at[1] + 1 for one in claims):
        yield f"{name} is step {at[1] + 1}, not {node.label.text}"


def _numbers(nodes: dict[str, Node]) -> Iterator[str]:
    """Say which numbers claim another place of their field than their id."""
    for name, node in nodes.items():
        field, at = ids.kind(name), _at(name)
        if at is None or field in CELLS or node.label is None:
            continue
        for one in node.label.claims:
            if one.kind == "step" and one.fact("step") != at:
                yield f"{name} says {node.label.text}"
            place = at - (ids.read(name).step is not None)
            if one.kind == "packing" and (one.fact("field"), one.fact("at")) != (field, place):
                yield f"{name} holds {one.fact('field')}[{one.fact('at')}]"


def _held(scene: Scene, nodes: dict[str, Node]) -> Iterator[str]:
    """Say which row of data is said to hold the sample of another row."""
    rows = {node.box: _at(name) for name, node in nodes.items() if ids.kind(name) == "data"}
    for text in scene.texts:
        row = rows.get(text.at) if text.at is not None else None
        for one in text.label.claims if row is not None else ():
            if one.kind == "packing" and (one.fact("field"), one.fact("at")) != ("holder", row):
                yield f"row {row} of data says {one.fact('field')}[{one.fact('at')}]"


def _places(nodes: dict[str, Node]) -> Iterator[str]:
    """Say where samples, places, steps or rows do not stand in their order."""
    for field in (
        "input",
        "sorted",
        "bucket",
        "order",
        "lengths",
        "unsorted_indices",
        "sorted_indices",
        "batch_sizes",
        "step",
    ):
        found = [(ids.read(name), node.box) for name, node in nodes.items() if ids.read(name).base == field]
        samples = [(one.sample if one.place is None else one.place, box[1]) for one, box in found]
        rows = [(at, y) for at, y in samples if at is not None]
        steps = [(one.step, box) for one, box in found if one.step is not None]
        lined = field in {"step", "batch_sizes"}
        across = [] if lined else [(step, box[0]) for step, box in steps]
        read = [(step, _reading(box)) for step, box in steps] if lined else []
        if not (_agree(rows) and _agree(across) and _agree(read)):
            yield f"{field} does not stand in its order"
    cells = [(_at(name), node.box) for name, node in nodes.items() if ids.kind(name) == "data"]
    data = [(at, _reading(box)) for at, box in cells if at is not None]
    if not _agree(data):
        yield "data does not stand in its order"


def _reading(box: Box) -> float:
    """Return where a box stands when lines are read one after the other."""
    return round(box[1]) * 10_000 + box[0]


def _agree(pairs: list[tuple[int, float]]) -> bool:
    """Whether equal indices stand at equal places, and greater ones further on."""
    places = dict(pairs)
    alike = all(abs(places[index] - at) < 0.1 for index, at in pairs)
    ordered = [places[index] for index in sorted(places)]
    return alike and all(a < b for a, b in pairwise(ordered))


def _arrows(scene: Scene, layer: Recurrent) -> Iterator[str]:
    """Hold every arrow against the run: a sample's to its place."""
    packing, _ = packed_again(layer)
    order = packing.sorted_indices or tuple(range(len(layer.lengths or ())))
    bases = {one.base for one in ids.read_all(scene.nodes)}
    source = next((one for one in ("unsorted_indices", "lengths") if one in bases), "")
    target = next((one for one in ("sorted_indices", "order", "sorted") if one in bases), "")
    for edge in scene.edges:
        one, other = ids.read(edge.source), ids.read(edge.target)
        if (one.form, other.form) == ("input", "data"):
            continue
        true = False
        if (one.base, other.base) == (source, target) and other.place is not None:
            first = target != "sorted" or other.step == 1
            true = first and order[other.place] == one.sample
        if not true:
            yield against(edge, "is false")


def _over_its_rows(name: str, nodes: dict[str, Node], rows: Rows) -> bool:
    """Whether what names a step, or counts its rows, stands over its rows of data, and over no other."""
    step, (x0, _, x1, y1) = (ids.read(name).step or 0) - 1, nodes[name].box
    own = {
        int(ids.name(name)) for name, node in nodes.items()
        if ids.kind(name) == "data" != name and x0 - 1 < node.box[0] < x1 and 0 <= node.box[1] - y1 < NEAR
    }  # fmt: skip
    return bool(own) and all(rows[row][1] == step for row in own)


def _missing(scene: Scene, layer: Recurrent, nodes: dict[str, Node]) -> Iterator[str]:
    """Say what of a drawn sample or step is not there."""
    packing, rows = packed_again(layer)
    order = packing.sorted_indices or tuple(range(len(layer.lengths or ())))
    cells = {_stands(name, rows, order) for name in nodes if ids.kind(name) == "input"} - {None}
    real = {at for at in cells if at is not None and at[1] < (layer.lengths or ())[at[0]]}
    for field in ("data", "sorted"):
        if any(ids.kind(name) == "bucket" for name in nodes):
            break
        found = {_stands(name, rows, order) for name in nodes if ids.kind(name) == field} - {None}
        if field == "sorted" and not found:
            return  # a bare figure
        if found != real:
            yield f"{field} holds other steps than are drawn of the input"
    samples = {at[0] for at in cells if at is not None}
    targets = {ids.read(edge.target).place for edge in scene.edges}
    bare = bool(_counts(scene, "batch.in-buckets"))
    if not bare and {order.index(sample) for sample in samples} - targets:
        yield "a sample has no arrow to its place"
    over = [name for name in nodes if ids.read(name).form in {"batch_sizes.t", "step.t"}]
    if not all(_over_its_rows(name, nodes, rows) for name in over):
        yield "a step, or a number of batch_sizes, does not stand over its rows of data"
    whole = {(sample, step) for sample in samples for step in {at[1] for at in cells if at is not None}}
    if whole != cells:
        yield "a step of a sample is missing"
    steps = {step for _, step in whole}
    yield from _bucketed(scene, layer, nodes, steps)
    if bare:
        cut = {cell.place for cell in map(ids.read, nodes) if cell.form == "bucket.k.t"}
        if cut != {order.index(sample) for sample in samples}:
            yield "the buckets hold other samples than are drawn of the input"
        return
    yield from _left_out(scene, layer, samples, steps)


def _counts(scene: Scene, *names: str) -> list[int]:
    """Return into how many buckets these messages say that the batch is cut."""
    return [dict(given)["buckets"] for name, given in sentences_on(scene.texts) if name in names]


def _left_out(scene: Scene, layer: Recurrent, samples: set[int], steps: set[int]) -> Iterator[str]:
    """Say which number of drawn samples or steps is false, and whether what is left out is not said."""
    said = sentences_on(scene.texts)
    parts = [dict(given) for name, given in said if name.startswith("batch.some-")]
    true = {}
    if len(samples) < (layer.batch_size or 1):
        true["shown"] = len(samples)
    if len(steps) < layer.timesteps:
        true["drawn"] = len(steps)
    if true and not parts:
        yield "that samples or steps are left out is not said"
    for given in parts:
        if {name: given[name] for name in ("shown", "drawn") if name in given} != true:
            yield "other samples or steps are drawn than is said"


def _bucketed(scene: Scene, layer: Recurrent, nodes: dict[str, Node], steps: set[int]) -> Iterator[str]:
    """Say which sample is padded to another length than the longest of its bucket."""
    counts = _counts(scene, "batch.buckets", "batch.in-buckets")
    cells = [one for one in map(ids.read, nodes) if one.form == "bucket.k.t"]
    if bool(counts) != bool(cells):
        yield "it is not said into how many buckets the batch is cut"
        return
    ends = ends_in_buckets(layer, counts[0]) if counts else []
    for place in {cell.place or 0 for cell in cells}:
        drawn = {(cell.step or 0) - 1 for cell in cells if cell.place == place}
        if drawn != {step for step in steps if step < ends[place]}:
            yield f"the sample at {place} is padded to another length than its bucket"
