"""What a model's stages, modules and tensors are called, in full or by the last parts of their names."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Any

from lstmviz.network.meaning import meaning_of
from lstmviz.network.operators import for_readers
from lstmviz.network.own_layers import every_loop
from lstmviz.network.structure import Trace


def names_of(trace: Trace) -> frozenset[str]:
    """Return every name that a figure may call something by."""
    drawn = frozenset(one.name for one in every_loop(trace))
    return drawn.union(part for name in _names(trace) for part in _endings(name))


def _names(trace: Trace) -> Iterator[str]:
    yield from ("input", "output", "target", "data", "weight")
    yield from (tensor.name for tensor in trace.inputs)
    yield from (name for pair in trace.names for name in pair)
    yield from (name for pair in trace.modules for name in pair)
    yield from trace.results
    for stage in trace.stages:
        yield from (stage.name, for_readers(stage.name))
        yield from stage.inside
        for tensor in (*stage.inputs, *stage.outputs, *stage.parameters):
            yield from (tensor.name, f"{stage.name}.{tensor.name}")
    for layer in trace.recurrent:
        yield from (layer.name, *(tensor.name for tensor in (*layer.tensors, *layer.parameters)))
        if layer.packing:
            yield from ("lengths", "batch_sizes")
            yield from ("sorted_indices", "unsorted_indices") if layer.packing.sorted_indices else ()
        yield from (layer.own_name(tensor.name) for tensor in layer.parameters)
    for loop in trace.loops:
        yield from (state.name for state in loop.states)


def _endings(name: str) -> Iterator[str]:
    """Yield a name, and what is left of it without its first parts: ``encoder.rnn``, ``rnn``."""
    while name:
        yield name
        yield name.removesuffix(".output")
        _, _, name = name.partition(".")


def titled(trace: Trace, of: str, tensor: str, *, returned: bool = False) -> frozenset[str]:
    """Return what a tensor may be called where it stands, `of` being the stage that gives or reads it.

    That is its own name and its stage's, in full or by their last parts, what the user's code calls it, and
    what the stages that read it call what they read; and ``output`` if the model gives it and `returned`.
    """
    alike = {f"{of}.{tensor}" if of else tensor}
    for stage in trace.stages:
        for place, source in enumerate(stage.sources[: len(stage.inputs)]):
            alike |= {f"{stage.name}.{stage.inputs[place].name}", source} if source in alike else set()
            if f"{stage.name}.{stage.inputs[place].name}" in alike:
                alike.add(source)
    own = dict(trace.names)
    said = {name for full, name in own.items() if full in alike}
    said |= {"output"} if returned and alike & {*trace.results} - own.keys() else set()
    return frozenset(part for name in alike | said for part in (*_endings(name), name.rpartition(".")[0]))


def misnamed(facts: Mapping[str, Any], names: Collection[str]) -> str | None:
    """Say so if nothing in the model is called this."""
    return None if facts["name"] in names else f"nothing is called {facts['name']!r}"


def misread(facts: Mapping[str, Any], letters: Iterable[str]) -> str | None:
    """Say so if no shape has a letter, or if it counts something else."""
    symbol, meaning = facts["symbol"], facts["meaning"]
    parts = {part for written in letters for part in re.split("[·−+]", written)}
    parts |= {part.rstrip("₁₂₃₄₅₆₇₈₉′") for part in parts}  # H₁ and H₂ are told as H, T′ as T
    if symbol not in {*letters, *parts, *(part.lstrip("0123456789") for part in parts)}:
        return f"no axis is {symbol}"
    return None if meaning_of(symbol) == meaning else f"{symbol} counts {meaning_of(symbol)}, not {meaning}"


def unpictured(facts: Mapping[str, Any], sizes: tuple[int, ...]) -> str | None:
    """Say so if an image has no such axis: its last three are channels, height and width."""
    return None if facts["letter"] in "CHW" and len(sizes) > 2 else f"the input has no {facts['letter']}"


NAMING: dict[str, Callable[[Mapping[str, Any], Any], str | None]] = {
    "called": lambda facts, known: misnamed(facts, known.names),
    "letter": lambda facts, known: misread(facts, known.letters),
    "result": lambda *_: None,
    "image": lambda facts, known: unpictured(facts, known.trace.input.sizes),
}
"""What bears out a claim about a name or a letter, by its kind."""
