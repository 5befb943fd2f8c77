"""The facts that the notes of a scene assert: which steps are drawn, and what stands for what else.

The facts that notes assert of a model of another library: its numbers, its layers, its inputs.
"""

from __future__ import annotations

import re
from typing import Any

from lstmviz.network.foreign.keras_recurrent import BACK
from lstmviz.network.foreign.numbers import CLOSE
from lstmviz.network.original import Original
from lstmviz.network.second_input import given_beside
from lstmviz.network.stage_types import RESHAPES, TURNS
from lstmviz.network.structure import Recurrent, Stage, Trace
from lstmviz.proof.facts.fact import Fact, MessageFacts
from lstmviz.proof.facts.work import members


def _steps(trace: Trace, given: MessageFacts) -> bool:
    """Whether some layer, or sample, has so many steps, and these are some of them in their order."""
    said = [int(step) for step in given["steps"].split(", ")] if "steps" in given else [1]
    ends = {n for layer in trace.recurrent for n in (layer.timesteps, *(layer.lengths or ()))}
    return given["n"] in ends and 1 <= said[0] <= said[-1] <= given["n"] and said == sorted({*said})


def _layers_drawn(trace: Trace, given: MessageFacts) -> bool:
    """Whether the layer has so many layers, and these are some of them, the first and the last among them."""
    said = [int(depth) for depth in given["layers"].split(", ")]
    count = next(one.num_layers for one in trace.recurrent if one.name == given["layer"])
    return given["n"] == count > len(said) and said == sorted({*said, 0, count - 1})


def _does(stages: list[Stage]) -> list[tuple[Any, ...]]:
    return [
        (stage.type, stage.arguments, tuple(tensor.sizes for tensor in stage.outputs)) for stage in stages
    ]


def _stands(trace: Trace, given: MessageFacts) -> bool:
    """Whether the parts that a drawn one stands for do the same."""
    own = _does(members(trace, given["name"]))
    return bool(own) and all(_does(members(trace, name)) == own for name in given["others"].split(", "))


def _behind(trace: Trace, given: MessageFacts) -> bool:
    """Whether these stages run one after the other, and so many groups like them do."""
    names, told = [stage.name for stage in trace.stages], given["stages"].split(", ")
    at = names.index(told[0])
    types = [stage.type for stage in trace.stages[at:]]
    groups = given.get("n", 1)
    alike = types[: len(told) * groups] == types[: len(told)] * groups
    return bool(names[at : at + len(told)] == told and groups >= 1 and alike)


def _within(trace: Trace, given: MessageFacts) -> bool:
    """Whether a stage makes no new number, so that a box need not name it."""
    stage = trace.stage(given["name"])
    return stage is not None and stage.type in RESHAPES | TURNS | {"getitem"}


def _unshown(trace: Trace, given: MessageFacts) -> bool:
    """Whether a decoder reads an input beside its states."""
    stage = trace.stage(given["layer"])
    return stage is not None and stage.type == "decoder" and given["name"] in given_beside(trace, stage.name)


ABOUT_NOTES: dict[str, Fact] = {
    "note-steps": _steps,
    "note-layers": _layers_drawn,
    "note-stands": _stands,
    "note-within": _within,
    "note-unshown": _unshown,
    "note-behind": _behind,
}
"""Facts of what a scene notes."""

OPTION = re.compile(r"(\w+)=('[^']*'|[\w.+-]+)")
"""An option as it is printed, ``units=4``."""


def _original(trace: Trace) -> Original:
    if trace.original is None:
        raise LookupError("the model is torch's own")
    return trace.original


def _same(trace: Trace, given: MessageFacts) -> bool:
    """Whether the model is of this library, and its twin's results are as close as is said."""
    own = _original(trace)
    library = own.library == given["id"].rpartition(".")[2] and own.opset == int(given.get("opset", 0))
    return library and own.gap <= float(given["gap"]) == CLOSE


def _runtime(trace: Trace, given: MessageFacts) -> bool:
    own = _original(trace)
    return own.runtime > CLOSE and given["gap"] == f"{own.runtime:.2g}"


def _layers(trace: Trace, name: str) -> list[Recurrent]:
    """Return torch's layers of a name; those of a user's own model have its attributes before it."""
    return [one for one in trace.recurrent if one.name == name or one.name.endswith(f".{name}")]


def _words(trace: Trace, given: MessageFacts) -> bool:
    """Whether a layer's class and options are those of Keras's own object, and its units those of the run."""
    own = _original(trace).options(given["name"])
    other = {k.removeprefix(f"{BACK} "): v for k, v in own.items() if k.startswith(BACK)}
    words, _, back = given["words"].partition(f", {BACK}=")
    units = {layer.hidden_size for layer in _layers(trace, given["name"])}
    classes = re.findall(r"(\w+)\(", words)
    return (
        own["class"].split() == classes
        and _said_rightly(own, words)
        and (
            _said_rightly(other, back) and re.findall(r"(\w+)\(", back) == classes[1:] if other else not back
        )
        and units <= {int(own["units"])}
    )


def _said_rightly(own: MessageFacts, words: str) -> bool:
    """Whether all options that are said are the layer's own, and all that are on are said."""
    said = dict(OPTION.findall(words))
    on = {key for key, value in own.items() if value == "True" and key != "reset_after" and BACK not in key}
    return "units" in said and all(own[key] == value for key, value in said.items()) and on <= said.keys()


def _options(trace: Trace, given: MessageFacts) -> bool:
    """Whether an ONNX node has these options."""
    own, said = _original(trace).options(given["name"]), given["options"]
    used = re.search(r"activations (\w+(?:, [A-Z]\w*)*)", said)
    return (
        all(own.get(key, "0") == value for key, value in OPTION.findall(said))
        and ("peepholes (P)" not in said or own["P"] == "True")
        and (used is None or used[1] == own.get("activations"))
    )


def _loop(trace: Trace, given: MessageFacts) -> bool:
    """Whether no layer of torch is there under this name, a loop is, and the options are the model's own."""
    said = _words(trace, given) if "words" in given else _options(trace, given)
    return said and not _layers(trace, given["name"]) and bool(trace.loops)


def _made_up(trace: Trace, given: MessageFacts) -> bool:
    """Whether nobody gave inputs, and those of the run had these shapes."""
    shapes = ", ".join(f"({', '.join(map(str, one.sizes))})" for one in trace.inputs or (trace.input,))
    known = trace.original is None or trace.original.made_up
    return known and given["shapes"] == shapes


ABOUT_FOREIGN: dict[str, Fact] = {
    "same-numbers": _same,
    "runtime-differs": _runtime,
    "said-of-layer": lambda trace, given: _words(trace, given) and bool(_layers(trace, given["name"])),
    "drawn-as-loop": _loop,
    "inputs-made-up": _made_up,
}
"""Facts of a model of another library."""
