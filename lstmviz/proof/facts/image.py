"""The facts that messages assert of networks for images: kernels, windows, what is the same everywhere."""

from __future__ import annotations

import re
from itertools import groupby

from lstmviz.network.structure import Stage, Trace
from lstmviz.proof.facts.fact import Fact, MessageFacts
from lstmviz.proof.facts.parts import parts_of
from lstmviz.proof.facts.work import numbers_of, stage_of
from lstmviz.spec.layer_types import CLASSES

MOST_DRAWN = 8
"""Of more maps, or more steps, than so many, so many are to be drawn behind each other."""


def class_of(stage: Stage) -> str:
    """A stage's class in torch, or what else it is."""
    if stage.function and stage.parameters:
        return stage.type
    return CLASSES.get(stage.type.lower(), stage.type)


def _window(stage: Stage) -> str:
    own = dict(stage.arguments)["kernel_size"]
    return "×".join(map(str, own if isinstance(own, tuple | list) else (own, own)))


def _of(trace: Trace, *types: str) -> list[Stage]:
    return [stage for stage in trace.stages if stage.type.lower() in types]


def _maps(trace: Trace) -> list[Stage]:
    """The stages with windows that move over maps with rows and columns."""
    return [s for s in _of(trace, "max_pool2d", "avg_pool2d") if "kernel_size" in dict(s.arguments)]


def _kernels_sum(trace: Trace, given: MessageFacts) -> bool:
    """Whether every kernel reaches over all channels of what it reads, and all are of this size."""
    convs = _of(trace, "conv2d")
    sizes = {_window(stage) for stage in convs}
    whole = all(s.parameters[0].sizes[1] == s.inputs[0].sizes[-3] for s in convs if s.parameters)
    return (
        bool(convs)
        and whole
        and given.get("size", "") in {"", *sizes}
        and ("size" not in given or len(sizes) == 1)
    )


def _kernels_are(trace: Trace, given: MessageFacts) -> bool:
    weight = stage_of(trace, given).parameters[0].sizes
    return int(given.get("n", 1)) == weight[0] and given["shape"] == numbers_of(weight[1:])


def _nth(trace: Trace, given: MessageFacts) -> bool:
    names = [stage.name for stage in _of(trace, "conv2d")]
    alone = given["id"] != "volumes.the-conv" or len(names) == 1
    return alone and names.index(given["stage"]) + 1 == int(given["n"])


def _pools(trace: Trace, given: MessageFacts) -> bool:
    """Whether pooling keeps the channels apart, with windows of this size, as code makes them."""
    pools = _maps(trace)
    apart = all(s.inputs[0].sizes[-3] == s.outputs[0].sizes[-3] for s in pools)
    if "size" in given and {_window(stage) for stage in pools} != {given["size"]}:
        return False
    named = [
        re.match(r"(\w+)\((\d+|\([\d, ]+\))", one) for one in re.split(r", (?=[A-Z])", given.get("names", ""))
    ]
    own = {(class_of(s), str(dict(s.arguments)["kernel_size"])) for s in pools}
    return bool(pools) and apart and ("names" not in given or all(n and (n[1], n[2]) in own for n in named))


def _all(trace: Trace, given: MessageFacts) -> bool:
    """Whether every stage of a class has these arguments, and these followers."""
    at = [i for i, stage in enumerate(trace.stages) if class_of(stage) == given["cls"]]
    wanted = re.findall(r"(\w+)=(\([^)]*\)|[^,]+)", given.get("given", ""))
    follows = re.findall(r"(\w+)(?:\([^)]*\))?(?:, |$)", given.get("follows", ""))
    for i in at:
        own = dict(trace.stages[i].arguments)
        after = [class_of(stage) for stage in trace.stages[i + 1 : i + 1 + len(follows)]]
        if any(repr(own.get(name)) != value for name, value in wanted) or after != follows:
            return False
    return bool(at) and bool(wanted or follows)


def _shapes(trace: Trace) -> set[str]:
    """Every shape that flows, with and without the axes before an image's, in numbers."""
    tensors = [trace.input, *(t for stage in trace.stages for t in stage.outputs[:1])]
    return {numbers_of(t.sizes[skip:]) for t in tensors for skip in range(len(t.sizes))}


def _frames_apart(trace: Trace, given: MessageFacts) -> bool:
    """Whether what these stages give has one image of each of so many frames, those of all samples."""
    sizes = dict(zip(trace.input.symbols, trace.input.sizes, strict=True))
    frames = sizes.get("N", 1) * sizes.get("T", 0)
    found = [stage.outputs[0] for stage in trace.stages if stage.name in given["stages"]]
    lead = [(set(one.symbols[0].split("·")), one.sizes[0]) for one in found]
    axes = {name for name in ("N", "T") if name in sizes}
    return (
        len(found) == len(given["stages"]) > 0
        and all(one == (axes, int(given["n"])) for one in lead)
        and frames == int(given["n"])
    )


def _stage(trace: Trace, given: MessageFacts) -> bool:
    """Whether a stage is of this class, with a window of this size."""
    stage = stage_of(trace, given)
    return class_of(stage) == given["name"] and ("size" not in given or _window(stage) == given["size"])


def _makes(trace: Trace, given: MessageFacts) -> bool:
    """Whether the last of these stages, those told, or one like it further on makes this shape."""
    both = ("volumes.stage-window", "volumes.stage")
    told = tuple(one["stage"] for name in both for one in parts_of(given["what"], name))
    if told != given["stages"]:
        return False
    first, last = (stage_of(trace, {"stage": given["stages"][k]}) for k in (0, -1))
    sizes = last.outputs[0].sizes
    shapes = {numbers_of(sizes[skip:]) for skip in range(len(sizes))}
    alike = sum(one.type == first.type for one in trace.stages)
    return given["shape"] in shapes and 1 <= given.get("n", 1) <= alike and _turns(trace, given.get("n", 1))


def _turns(trace: Trace, n: int) -> bool:
    """Whether some class comes so often one after the other, what keeps the shape aside."""
    leads = [class_of(s) for s in trace.stages if not s.inputs or s.outputs[0].sizes != s.inputs[0].sizes]
    every = [class_of(s) for s in trace.stages if s.parameters]
    counts = {len(list(run)) for names in (leads, every) for _, run in groupby(names)}
    return n == 1 or any(n <= count for count in counts)


def _in_turn(trace: Trace, given: MessageFacts) -> bool:
    """Whether so many stages of this one's class follow one another, with other classes between."""
    names = [stage.name for stage in trace.stages]
    at = names.index(given["stage"])
    own, made = trace.stages[at], trace.stages[at].outputs[0].sizes
    later = [s for s in trace.stages[at:] if class_of(s) == class_of(own) and s.outputs[0].sizes == made]
    return len(later) in {given["n"], given["n"] + 1}


def _alike(trace: Trace, _: MessageFacts) -> bool:
    kinds = [(s.type, s.outputs[0].sizes) for s in trace.stages if s.outputs]
    return any(kinds.count(one) > 1 for one in kinds)


ABOUT_IMAGES: dict[str, Fact] = {
    "images-in-batch": lambda trace, given: (
        len(trace.input.sizes) == 4 and int(given.get("n", MOST_DRAWN)) == MOST_DRAWN
    ),
    "some-alike": _alike,
    "some-tensor": lambda trace, given: given["shape"] in _shapes(trace),
    "stages-in-turn": _in_turn,
    "have-weights": lambda trace, _: any(
        p.name.endswith("weight") for s in trace.stages for p in s.parameters
    ),
    "all-of-class": _all,
    "kernels-sum": _kernels_sum,
    "frames-apart": _frames_apart,
    "kernels-read-one": lambda trace, given: (
        _kernels_sum(trace, given)
        and all(s.parameters[0].sizes[1] == 1 for s in _of(trace, "conv2d") if s.parameters)
    ),
    "kernels-are": _kernels_are,
    "nth-conv": _nth,
    "pools-by-channel": _pools,
    "input-numbers": lambda trace, given: given["shape"] == numbers_of(trace.input.sizes),
    "so-many-of-class": lambda trace, given: (
        sum(class_of(stage) == given["cls"] for stage in trace.stages) == int(given["n"])
    ),
    "makes-shape": _makes,
    "stage-of-class": _stage,
}
"""Facts of networks for images."""
