"""Which part of `output` is which entry of h_n, as equations that hold for the whole batch."""

from __future__ import annotations

import re

from lstmviz.figures.shared.sentences import about
from lstmviz.network.second_input import output_unread
from lstmviz.network.structure import Recurrent, Trace
from lstmviz.scene.code import Code, coded
from lstmviz.scene.items import MUTED
from lstmviz.scene.labels import TextLine, words
from lstmviz.translation.messages import message

_NAMES = re.compile(r"(?<![\w.])(?:input|output|[hc]_[0n]|packed|out|lengths|i|_|lstm|gru|rnn)\b(?!=)")


def equation(layer: Recurrent, source: str) -> Code:
    """Code about a layer's own tensors: what stands on both sides of each ``=`` is the same."""
    names = dict.fromkeys(_NAMES.findall(source))
    return coded(source, [(name, ("layer", layer.name, name)) for name in names])


def batch_first(layer: Recurrent) -> Code:
    """``batch_first=True``: the argument that puts the batch axis first."""
    return coded(f"batch_first={True}", argument=(layer.type, "batch_first"), first=0)


def calls(layer: Recurrent) -> list[Code]:
    """The call of the module; of a padded batch with the packing before it and the unpacking after it."""
    begun, ended = ("(h_0, c_0)", "(h_n, c_n)") if layer.has_cell_state else ("h_0", "h_n")
    if layer.lengths is None:
        return [equation(layer, f"output, {ended} = {layer.type}(input, {begun})")]
    first = ", batch_first=True" if layer.batch_first else ""
    total = f", total_length={layer.timesteps}" if max(layer.lengths) < layer.timesteps else ""
    return [
        packing(layer),
        equation(layer, f"out, {ended} = {layer.type}(packed, {begun})"),
        equation(layer, f"output, _ = pad_packed_sequence(out{first}{total})"),
    ]


def packing(layer: Recurrent) -> Code:
    """The call that packed the batch; one that torch was not to sort was in order."""
    first = ", batch_first=True" if layer.batch_first else ""
    order = ", enforce_sorted=False" if layer.packing and layer.packing.sorted_indices else ""
    return equation(layer, f"packed = pack_padded_sequence(input, lengths{first}{order})")


def lane_of_output(layer: Recurrent, way: str) -> Code:
    """Return one direction's part of `output`: ``output[..., 16:]``."""
    wide = layer.tensor("h_n").sizes[-1]
    part = f"[..., :{wide}]" if way == "fwd" else f"[..., {wide}:]"
    held = (layer.num_layers - 1) * layer.directions + (way == "rev")
    return coded(f"output{part}", [("output", ("layer", layer.name, "output"))], ends=(layer.name, held))


def ragged(layer: Recurrent) -> bool:
    """Whether samples end at different steps."""
    return layer.lengths is not None and min(layer.lengths) < layer.timesteps


def own_end(layer: Recurrent, way: str, what: str = "leaves") -> list[TextLine]:
    """When the states of a ragged batch leave, or, of the reverse direction, enter; line by line."""
    said = about(layer, f"chain.{what}-ragged", way=way)
    lines = said.text.split("\n")
    return [words(said.part(line, said.text.index(line)), 7, tint=MUTED) for line in lines]


def output_equations(layer: Recurrent, sample: int | None = None, *, first: int = 0) -> list[Code]:
    """The equations of the last layer: one, or one per direction.

    `first` is where the reverse direction ends. In a ragged batch forward ends elsewhere in each sample:
    they are about the one `sample`, or about any, ``i``.
    """
    if layer.cell:
        return []  # its loop has no such tensors
    wide, place = layer.tensor("h_n").sizes[-1], (layer.num_layers - 1) * layer.directions
    held, other = str(place), str(place + 1)
    last, begin = _picked(layer, "-1"), _picked(layer, str(first))
    if ragged(layer):
        assert layer.lengths is not None
        one = "i" if sample is None else str(sample)
        last = _picked(layer, "lengths[i]-1" if sample is None else str(layer.lengths[sample] - 1), one)
        held = f"{held}, {one}"
        if sample is not None:
            begin, other = _picked(layer, str(first), one), f"{other}, {one}"
    if not layer.bidirectional:
        return [equation(layer, f"output[{last.removesuffix(', :')}] = h_n[{held}]")]
    return [
        equation(layer, f"output[{last}, :{wide}] = h_n[{held}]"),
        equation(layer, f"output[{begin}, {wide}:] = h_n[{other}]"),
    ]


def _picked(layer: Recurrent, step: str, sample: str = ":") -> str:
    """The index of a step in `output`: of one sample, or of all of them (``:``)."""
    if layer.batch_size is None:
        return step
    pair = (sample, step)
    return ", ".join(pair if layer.batch_first else pair[::-1])


def in_vain(layer: Recurrent, names: str = "output") -> TextLine:
    """That nothing reads the `output` of a layer, or these of its tensors."""
    return words(message("stage.unused", names=names, stage=layer.name), 7, tint=MUTED)


def states_unread(trace: Trace, layer: Recurrent) -> str:
    """The last states of a decoder, where nothing reads or returns them; or nothing."""
    before = trace.stage(layer.name)
    if before is None or not layer.states_from or any(o.states_from == layer.name for o in trace.recurrent):
        return ""
    names = [tensor.name for tensor in before.outputs[1:]]
    later = trace.stages[trace.stages.index(before) + 1 :]
    read = {*trace.results, *(source for one in trace.stages for source in one.sources)}
    told = any(one.sources for one in trace.stages)
    taken = not later or later[0].type == "last_state"
    if any(one.startswith(f"{layer.name}.{name}") for name in names for one in read) or (taken and not told):
        return ""
    return ", ".join(names)


def unread(trace: Trace, layer: str) -> bool:
    """Whether a layer's last states begin a decoder, and nothing reads its `output`, or returns it."""
    before = trace.stage(layer)
    if before is None or not output_unread(trace, layer) or f"{layer}.output" in trace.results:
        return False
    after = trace.stages[trace.stages.index(before) + 1 :][:1]
    return any(one.sources for one in trace.stages) or [one.type for one in after] == ["decoder"]
