"""What is said of a packed batch, held against pack_padded_sequence, run on numbers that all differ."""

from __future__ import annotations

from collections.abc import Callable

from torch.nn.utils.rnn import pad_packed_sequence

from lstmviz.network.packed import Packing
from lstmviz.network.packing import packed_numbers
from lstmviz.network.structure import Recurrent
from lstmviz.proof.facts.fact import MessageFacts
from lstmviz.proof.layers import ends_in, ran

Rows = tuple[tuple[int, int], ...]


def packed_again(layer: Recurrent) -> tuple[Packing, Rows]:
    """Return what torch packs of these lengths: its fields, and which sample and step each row is, from 0."""
    assert layer.packing is not None
    assert layer.lengths is not None
    return packed_numbers(layer.lengths, in_order=not layer.packing.sorted_indices)


def number_fault(facts: MessageFacts, layer: Recurrent | None) -> str | None:
    """Return why a number of a field is false."""
    if layer is None or layer.packing is None or layer.lengths is None:
        return f"{facts['layer']} reads no packed batch"
    packing, rows = packed_again(layer)
    field, at, said = facts["field"], facts["at"], facts["said"]
    listed = {
        "lengths": layer.lengths,
        "sample": tuple(range(len(layer.lengths))),
        "holder": tuple(sample for sample, _ in rows),
        "place": tuple(range(len(rows))),
        "order": tuple(sample for sample, step in rows if step == 0),
        "batch_sizes": packing.batch_sizes,
        "sorted_indices": packing.sorted_indices,
        "unsorted_indices": packing.unsorted_indices,
    }
    if field == "row":  # of some step of the sample at this place
        fits = 0 <= said < len(rows) and rows[said][0] == rows[at][0]
        return None if fits else f"row {said} is of another sample"
    true = listed[field]
    return None if 0 <= at < len(true) and true[at] == said else f"{field} is {list(true)}"


def _rows(layer: Recurrent) -> bool:
    """Whether data holds step after step, as many rows of each as batch_sizes says, and all that is real."""
    packing, rows = packed_again(layer)
    steps = [step for step, count in enumerate(packing.batch_sizes) for _ in range(count)]
    real = {(sample, step) for sample, n in enumerate(layer.lengths or ()) for step in range(n)}
    return [step for _, step in rows] == steps and set(rows) == real and len(rows) == len(real)


def _samples(layer: Recurrent) -> bool:
    """Whether sorted_indices has at each place the sample whose step 1 is there, the longest first."""
    packing, rows = packed_again(layer)
    order, lengths = packing.sorted_indices, layer.lengths or ()
    falling = [lengths[sample] for sample in order]
    first = tuple(sample for sample, _ in rows[: len(order)])
    return falling == sorted(lengths, reverse=True) and first == order


def _places(layer: Recurrent) -> bool:
    """Whether unsorted_indices has for each sample the place at which its step 1 is."""
    packing, rows = packed_again(layer)
    held = [rows[place][0] for place in packing.unsorted_indices]
    return held == list(range(len(layer.lengths or ())))


def _back(layer: Recurrent) -> bool:
    """Whether what is unpacked again is the input sample by sample, and h_n is `output` at each one's end."""
    run, ends = ran(layer), list(layer.lengths or ())
    padded, lengths = pad_packed_sequence(run["packed"], layer.batch_first)
    given = run["input"]
    if not layer.batch_first:
        padded, given = padded.transpose(0, 1), given.transpose(0, 1)
    same = all(bool((padded[i, :n] == given[i, :n]).all()) for i, n in enumerate(ends))
    forward = run["output"][..., : run["h_n"].shape[-1]]
    place = (layer.num_layers - 1) * layer.directions
    return same and lengths.tolist() == ends and ends_in(layer, forward, place)


def _in_order(layer: Recurrent) -> bool:
    lengths = list(layer.lengths or ())
    return not packed_again(layer)[0].sorted_indices and lengths == sorted(lengths, reverse=True)


def _padding(layer: Recurrent, given: MessageFacts) -> bool:
    cells = (layer.batch_size or 0) * layer.timesteps
    return (given["count"], given["cells"]) == (cells - len(packed_again(layer)[1]), cells)


def _counted(layer: Recurrent, given: MessageFacts) -> bool:
    said = (given["count"], given["steps"], given["rows"])
    return said == (layer.batch_size, layer.timesteps, len(packed_again(layer)[1]))


def ends_in_buckets(layer: Recurrent, buckets: int) -> list[int]:
    """Return to how many steps each place is padded where the order is cut into so many like parts."""
    _, rows = packed_again(layer)
    lengths = [(layer.lengths or ())[sample] for sample, step in rows if step == 0]
    firsts = [-(-bucket * len(lengths) // buckets) for bucket in range(buckets)]
    return [lengths[max(first for first in firsts if first <= place)] for place in range(len(lengths))]


def _buckets(layer: Recurrent, given: MessageFacts) -> bool:
    ends = ends_in_buckets(layer, given["buckets"])
    return (given["count"], given["cells"]) == (sum(ends) - sum(layer.lengths or ()), sum(ends))


ABOUT_PACKING: dict[str, Callable[[Recurrent, MessageFacts], bool]] = {
    "packed-rows": lambda layer, _: _rows(layer),
    "packed-order": lambda layer, _: _samples(layer) and _places(layer),
    "packed-samples": lambda layer, _: _samples(layer),
    "packed-places": lambda layer, _: _places(layer),
    "packed-back": lambda layer, _: _back(layer),
    "packed-in-order": lambda layer, _: _in_order(layer),
    "padding-count": _padding,
    "packed-count": _counted,
    "buckets-count": _buckets,
    "buckets-cut": lambda layer, given: 0 < given["buckets"] <= len(layer.lengths or ()),
    "batch-sizes": lambda layer, given: (
        given.get("count", layer.batch_size) == layer.batch_size
        and given.get("steps", layer.timesteps) == layer.timesteps
    ),
}
"""What sentences of `batch` assert of the layer that they name."""
