"""The calls of Keras's recurrent layers as lines of torch: states, masks, directions, and what they give."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from lstmviz.network.foreign.keras_lines import Lines
from lstmviz.network.foreign.keras_own import begun_text
from lstmviz.network.foreign.keras_recurrent import in_kerass_words, kind, layer_of, unlike
from lstmviz.network.foreign.onnx_graph import identifier
from lstmviz.translation.messages import note


def recurrent(lines: Lines, layer: Any, x: str, states: Sequence[str]) -> list[str]:
    """Write the call of a recurrent layer, and what it returns of output and states."""
    both = kind(layer) == "Bidirectional"
    one = layer.forward_layer if both else layer
    called = _called(lines, layer)
    stem, other = called.removeprefix("self."), unlike(layer)
    back = bool(getattr(one, "go_backwards", False)) and not both
    zeros = getattr(one, "zero_output_for_mask", False)
    mask, begun, lengths = lines.masks.get(x, ""), begun_text(states, both=both), ""
    if mask and not other:
        lengths = lines.let("lengths", f"{mask}.sum(1)")
    if back and lengths and one.return_sequences:  # its steps end together, each sample's at its own place
        said = f"{stem}: go_backwards=True with return_sequences=True is not followed under a mask"
        lines.lines.append(f"raise ModelError({said!r})")
    if back:
        x = lines.let("turned", f"backwards({x}, {lengths})") if lengths else f"{x}.flip(1)"
    if mask and other:
        mask = f"{mask}.flip(1)" if back else mask
        begun = f"{begun or ', None'}, {mask}"
    elif mask:
        x = lines.let(
            "packed", f"pack_padded_sequence({x}, {lengths}, batch_first=True, enforce_sorted=False)"
        )
    output, *ends = (identifier(f"{stem}_{end}", lines.variables) for end in ends_of(one))
    pair = f"({', '.join(ends)})" if len(ends) > 1 else ends[0]
    lines.lines.append(f"{output}, {pair} = {called}({x}{begun})")
    if mask and not other and one.return_sequences:
        output = _padded(lines, output, "" if both or zeros else ends[0], mask)
    found = _given(lines, layer, stem, output, ends[0])
    if one.return_state:
        found += [f"{end}[{d}]" for d in ((0, 1) if both else (-1,)) for end in ends]
    return found


def backwards(x: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
    """Return x, (N, T, …), with the steps of each sample that count in reverse, and then the others."""
    steps = (lengths.unsqueeze(1) - 1 - torch.arange(x.shape[1])) % x.shape[1]
    return x[torch.arange(x.shape[0]).unsqueeze(1), steps]


def _called(lines: Lines, layer: Any) -> str:
    """Return how a layer is called, made and said of where it was not met before."""
    if id(layer) not in lines.shared:
        both = kind(layer) == "Bidirectional"
        made = layer_of(layer.forward_layer, layer.backward_layer) if both else layer_of(layer)
        called = lines.shared[id(layer)] = lines.add(made, layer.name)
        told = {"name": called.removeprefix("self."), "words": in_kerass_words(layer)}
        lines.notes.append(note("foreign.keras-loop" if unlike(layer) else "foreign.keras-layer", **told))
    return lines.shared[id(layer)]


def _padded(lines: Lines, output: str, h_n: str, mask: str) -> str:
    """Write what Keras has at masked steps: the last output again, or zeros of a Bidirectional."""
    lines.lines.append(
        f"{output}, _ = pad_packed_sequence({output}, batch_first=True, total_length={mask}.shape[1])"
    )
    if not h_n:
        return output
    return lines.let(output, f"torch.where({mask}.unsqueeze(-1), {output}, {h_n}[-1].unsqueeze(1))")


def _given(lines: Lines, layer: Any, stem: str, output: str, h_n: str) -> list[str]:
    """Write what a layer gives but its states: all steps or the last, two directions merged or apart."""
    both = kind(layer) == "Bidirectional"
    one = layer.forward_layer if both else layer
    halves = [f"{output}[..., {p}]" for p in (f":{one.units}", f"{one.units}:")]
    if not one.return_sequences:
        halves = [f"{h_n}[0]", f"{h_n}[1]"]
    if both and layer.merge_mode is None:
        return halves
    if not one.return_sequences:
        return [lines.let(f"{stem}_last", _merged(layer, *halves) if both else f"{h_n}[-1]")]
    if not both or layer.merge_mode == "concat":
        return [output]
    return [lines.let(f"{stem}_merged", _merged(layer, *halves))]


def _merged(layer: Any, forward: str, backward: str) -> str:
    signs = {"sum": f"{forward} + {backward}", "mul": f"{forward} * {backward}"}
    signs["ave"] = f"({forward} + {backward}) / 2"
    signs["concat"] = f"torch.cat([{forward}, {backward}], dim=-1)"
    return signs[layer.merge_mode]


def ends_of(layer: Any) -> tuple[str, ...]:
    """Return what torch's layer gives: all steps, and the last states."""
    return ("output", "h_n", "c_n") if kind(layer) == "LSTM" else ("output", "h_n")
