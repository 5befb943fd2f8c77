"""The facts that messages assert of a model's stages: how many there are, and what they give."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from torch.nn import functional

from lstmviz.network.second_input import later_answers, second_origin, second_reading, starts_with
from lstmviz.network.structure import Stage, Tensor, Trace, full_name
from lstmviz.proof.code import CodeRunner
from lstmviz.proof.code_claims import UnknownError
from lstmviz.proof.expression import FalseError
from lstmviz.proof.facts.fact import Fact, MessageFacts
from lstmviz.proof.facts.parts import says
from lstmviz.proof.facts.work import members, stage_of, tensors_behind
from lstmviz.proof.operations import UntriedError
from lstmviz.spec.layer_types import KEEPS_SHAPE


def _between(trace: Trace, given: MessageFacts) -> list[Stage]:
    """Return the stages from the `first` to the `last` that change the shape."""
    names = [stage.name for stage in trace.stages]
    found = trace.stages[names.index(given["first"]) : names.index(given["last"]) + 1]
    return [stage for stage in found if stage.type.lower() not in KEEPS_SHAPE]


def _all_alike(trace: Trace, given: MessageFacts) -> bool:
    """Whether so many stages of one type follow one another, a change of the axes aside."""
    found = [stage for stage in _between(trace, given) if stage.type.lower() != "flatten"]
    return len(found) == given["n"] and len({stage.type for stage in found}) == 1


def _axis_size(trace: Trace, given: MessageFacts) -> bool:
    """Whether a tensor that a stage gives, or the input, has this size."""
    return any(sizes[given["axis"]] == given["n"] for sizes in _sizes(trace, given["of"]))


def _named(trace: Trace, full: str) -> Tensor | None:
    """Return a tensor by its full name: ``input``, ``encoder.h_n``; None if there is none."""
    made = {full_name(stage, one): one for stage in trace.stages for one in stage.outputs}
    return trace.input if full == "input" else made.get(full)


def _is_state(trace: Trace, given: MessageFacts, name: str) -> bool:
    """Whether a tensor is the last h, or c, of a layer."""
    tensor = _named(trace, given["of"])
    return tensor is not None and tensor.name == name


def _is_sequence(trace: Trace, given: MessageFacts) -> bool:
    """Whether a tensor has an axis of steps."""
    tensor = _named(trace, given["of"])
    return tensor is not None and any(symbol[:1] == "T" for symbol in tensor.symbols)


def _chosen(trace: Trace, given: MessageFacts) -> bool:
    """Whether the model ends in a softmax over so many numbers."""
    last = trace.stages[-1]
    softmax = last.type.lower() in {"softmax", "log_softmax", "logsoftmax"}
    return softmax and last.name == given["of"] and _axis_size(trace, given)


def _plane_size(trace: Trace, given: MessageFacts) -> bool:
    """Whether the maps of such a tensor have so many rows and columns."""
    wanted = (given["rows"], given["columns"])
    return any(len(sizes) > 2 and sizes[-2:] == wanted for sizes in _sizes(trace, given["of"]))


def _sizes(trace: Trace, name: str) -> Iterator[tuple[int, ...]]:
    """Yield the sizes of what a stage of this name gives, or an input."""
    yield from (tensor.sizes for tensor in (trace.input, *trace.inputs) if tensor.name == name)
    yield from (tensor.sizes for one in trace.stages if one.name == name for tensor in one.outputs[:1])


def _has_frames(trace: Trace, given: MessageFacts) -> bool:
    """Whether the input is so many images for each sample."""
    sizes = dict(zip(trace.input.symbols, trace.input.sizes, strict=True))
    return len(trace.input.sizes) > 3 and sizes.get("T") == given["steps"]


def _reads_frames(trace: Trace, given: MessageFacts) -> bool:
    """Whether a recurrent layer has a step for every one of them."""
    steps = trace.layers[given["layer"]].timesteps
    said = given["reader"] == ("own", given["layer"])
    return said and steps == given["steps"] and _has_frames(trace, given)


def _starts(trace: Trace, given: MessageFacts) -> bool:
    """Whether a decoder's target comes one step later, and its first step reads a tensor's last one, or none.

    By what was measured: which steps its result depends on, with all else held.
    """
    stage = next(stage for stage in trace.stages if stage.name == given["decoder"])
    if second_reading(stage) is None and "source" in given:
        decoder = trace.layers[stage.name]
        own = second_origin(trace, decoder)[0] == "later"
        return own and given["source"][1] in starts_with(trace, decoder)
    later, read = _later(stage)
    others = {one.source: one.relation for one in stage.reads if one.source != read}
    if "source" not in given:
        return later and not others
    last = others.get(given["source"][1])
    return later and last is not None and last.read() == (last.taken,)


def _later(stage: Stage) -> tuple[bool, str]:
    """Return whether a decoder's steps read what it reads one step later, and what that is."""
    read = second_reading(stage)
    if read is None:
        return False, ""
    return read.relation.shift == -1 and read.relation.reads(1) == (), read.source


def _begins_and_answers(trace: Trace, given: MessageFacts) -> bool:
    """Whether a decoder starts from another layer's last states and reads its own answer a step later."""
    layer = trace.layers[given["layer"]]
    own = [stage.name for stage, _ in later_answers(trace)]
    return given["giver"] == ("own", layer.states_from) and layer.name in own


def _starts_at_ends(trace: Trace, given: MessageFacts) -> bool:
    """The same of a padded batch: each sample's first step reads what its length says."""
    stage = next(stage for stage in trace.stages if stage.name == given["decoder"])
    start = stage.reading(given["source"][1])
    lengths = next((layer.lengths for layer in trace.recurrent if layer.lengths), ())
    return (
        _later(stage)[0]
        and start is not None
        and [one.read() for one in start.samples] == [(n,) for n in lengths]
    )


def _rows_left_out(trace: Trace, given: MessageFacts) -> bool:
    """Whether a pooling stage gives the same if its last rows or columns are cut off: the sizes say which."""
    stage = next(stage for stage in trace.stages if stage.name == given["stage"])
    before, after = stage.inputs[0].sizes[-2:], stage.outputs[0].sizes[-2:]
    told = ((given["high"], given["wide"]), (given["rows"], given["columns"]))
    pool = getattr(functional, stage.type)
    settings = {name: value for name, value in stage.arguments if name in SETTINGS}
    image = torch.arange(before[0] * before[1], dtype=torch.float64).reshape(1, *before)
    whole, cut = (
        pool(image[:, : before[0] - less, : before[1] - other], **settings)
        for less, other in ((0, 0), _rests(settings, before))
    )
    fits = tuple(whole.shape[-2:]) == after and whole.shape == cut.shape
    return told == (before, after) and any(_rests(settings, before)) and fits and bool((whole == cut).all())


def _rests(settings: MessageFacts, sizes: tuple[int, ...]) -> tuple[int, ...]:
    """How many rows and columns are left over."""
    size, stride = settings["kernel_size"], settings.get("stride") or settings["kernel_size"]
    pairs = [one if isinstance(one, (tuple, list)) else (one, one) for one in (size, stride)]
    return tuple((many - k) % s for many, k, s in zip(sizes, *pairs, strict=True))


def _is_result(trace: Trace, given: MessageFacts) -> bool:
    """Whether what a stage gives is all that the model returns."""
    stage = stage_of(trace, {"stage": given["of"]})
    return set(trace.returned) == {full_name(stage, stage.outputs[0])}


def _is_output(trace: Trace, given: MessageFacts) -> bool:
    """Whether a stage gives `output` of the only recurrent layer, or of its packed data unpacked."""
    stage = stage_of(trace, {"stage": given["of"]})
    return len(trace.recurrent) == 1 and (stage.type == "unpack" or stage.name == trace.recurrent[0].name)


SETTINGS = {"kernel_size", "stride", "padding", "dilation", "ceil_mode"}
"""What says where a pooling window stands."""


def _code(trace: Trace, given: MessageFacts) -> bool:
    """Whether code in a sentence does what is said of it."""
    try:
        CodeRunner(trace).hold(given["source"], dict(given["names"]), dict(given["does"]))
    except FalseError:
        return False
    except UnknownError as error:
        raise UntriedError(str(error)) from error
    return True


def _made_of(trace: Trace, given: MessageFacts) -> bool:
    """Whether what a stage reads comes through stages of these types."""
    made = trace.behind(stage_of(trace, given).sources)
    return {*given["names"].split(", ")} <= {one.type for one in trace.stages if one.name in made}


def _side_of_pair(trace: Trace, given: MessageFacts) -> bool:
    """Whether stages run before the one decoder of a model; or none of them does."""
    layers = trace.layers
    names = [stage.name for stage in trace.stages]
    [decoder] = [name for name in names if name in layers and layers[name].giver]
    at = names.index(decoder)
    places = {names.index(stage.name) for one in given["stages"].split(", ") for stage in members(trace, one)}
    encodes = given["id"] == "bare.encoder-of"
    return bool(places) and all((place < at) == encodes for place in places)


def _shaped(trace: Trace, given: MessageFacts) -> bool:
    return any(says(given["shape"], tensor) for tensor in stage_of(trace, given).outputs)


def _stands_on(trace: Trace, given: MessageFacts) -> bool:
    """Whether a stage has this shape, and is made of just these tensors of a layer."""
    made_of = tensors_behind(trace, stage_of(trace, given), given["layer"])
    made = {f"{given['layer']}.{name}" for name in given["names"]} == made_of
    return made and {*_own_words(given["on"])} == {*given["names"]} and _shaped(trace, given)


def _own_words(said: Any) -> Iterator[str]:
    """Yield the names that are put into a message, and into the messages that it is made of."""
    if isinstance(said, tuple) and said[:1] == ("own",):
        yield said[1]
    elif isinstance(said, tuple):
        for part in said:
            yield from _own_words(part)


ABOUT_STAGES: dict[str, Fact] = {
    "stands-on": _stands_on,
    "side-of-pair": _side_of_pair,
    "stages-alike": _all_alike,
    "stages-between": lambda trace, given: len(_between(trace, given)) == given["n"],
    "axis-size": _axis_size,
    "is-sequence": _is_sequence,
    "is-hidden-state": lambda trace, given: _is_state(trace, given, "h_n"),
    "is-cell-state": lambda trace, given: _is_state(trace, given, "c_n"),
    "chosen-by-softmax": _chosen,
    "plane-size": _plane_size,
    "code-runs": _code,
    "stage-made-of": _made_of,
    "starts-zero": _starts,
    "starts-last": _starts,
    "begins-and-answers": _begins_and_answers,
    "starts-last-real": _starts_at_ends,
    "rows-left-out": _rows_left_out,
    "has-frames": _has_frames,
    "reads-frames": _reads_frames,
    "stage-is-result": _is_result,
    "stage-is-output": _is_output,
    "stage-result-at": lambda trace, given: dict(trace.names).get(given["tensor"]) == f"output{given['at']}",
}
"""Facts of the stages that the sentence names."""
