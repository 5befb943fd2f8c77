"""One alphabet for a whole model: the letters of its tensors, the same wherever one of them is shown.

The runs of a spec letter its stages; those of a layer alone letter that layer, which knows only of itself.
Here both are brought together: a letter has one number in a model, a tensor one spelling. Figures, captions
and the proof read what stands here and give no letters of their own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from lstmviz.network.letters import TOTAL
from lstmviz.network.own_letters import letters_after, letters_of_loop, units_of
from lstmviz.network.own_loops import why_not
from lstmviz.network.own_recurrences import told
from lstmviz.network.recurrence import OwnLoop
from lstmviz.network.stage_types import TURNS
from lstmviz.network.structure import Recurrent, Stage, Tensor, Trace, full_name
from lstmviz.spec.layer_types import KEEPS_SHAPE

ORDER = "NTΣFVCEHPL"
"""How letters are listed; a letter with an index stands by its letter."""
INDEX = "₁₂₃₄₅₆₇₈₉"
KEPT = KEEPS_SHAPE | {"flip", "roll", "contiguous", "clone", "detach"}
"""Stages whose axes count what those of the tensor count that they read."""
PASSED_ON = KEPT | TURNS | {"pack"}
"""Stages that leave a step's numbers as many as they are."""
_TIMES = re.compile(r"(\d*)(.*)")
_LETTER = re.compile(rf"[A-Z][′{INDEX}]?")


def in_one_alphabet(trace: Trace, *, sizes: Mapping[str, int] | None = None) -> Trace:
    """Return the trace with one spelling for every tensor, of its layers, its stages and its loops alike.

    `sizes` are the letters of a spec's stages with their numbers; without them the stages have only letters
    that were found layer by layer.
    """
    made = _Alphabet(trace, dict(sizes or {}))
    made.layers()
    made.loops()
    made.usual()
    return made.trace_in_letters()


@dataclass(slots=True)
class _Alphabet:
    trace: Trace
    sizes: dict[str, int]
    """The letters given so far, with their numbers."""
    spelt: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """What is said of each tensor, by its full name."""
    of_layers: dict[str, dict[str, str]] = field(default_factory=dict)
    measured: dict[str, tuple[int, ...]] = field(default_factory=dict)
    before: dict[str, str] = field(default_factory=dict)
    """What each stage of a chain reads, where the trace says it of none."""
    own: tuple[OwnLoop, ...] = ()
    planned: bool = False
    """Whether runs of a spec have lettered the stages."""

    def __post_init__(self) -> None:
        trace, last = self.trace, "input"
        self.planned = bool(self.sizes)
        drawn = (loop for loop in trace.loops if loop.states and not why_not(loop))
        self.own = tuple(told(trace, loop) for loop in drawn)
        self.measured = {name: tensor.sizes for name, tensor in self._tensors()}
        for stage in trace.stages:
            self.before[stage.name] = last
            last = full_name(stage, stage.outputs[0]) if stage.outputs else last
        self.spelt |= {name: tensor.symbols for name, tensor in self._tensors()}
        given = {tensor.name for tensor in trace.inputs} - {"input"}
        for stage in trace.stages if self.planned else ():  # what a spec says of a further input stands there
            if (name := self._source(stage, 0)) in given:
                self.spelt[name or ""] = stage.inputs[0].symbols
        for symbol, size in _pairs((trace.input,)):
            if _LETTER.fullmatch(symbol):
                self.sizes.setdefault(symbol, size)
        for symbol, size in _pairs(tensor for stage in trace.stages for tensor in stage.outputs):
            if symbol == "T′":  # of a loop; T may be that of a layer alone
                self.sizes.setdefault(symbol, size)

    def layers(self) -> None:
        """Letter the recurrent layers, then what they read and give."""
        every = [layer.hidden_size for layer in self.trace.recurrent]
        units = _indexed([*every, *(units_of(own) for own in self.own)])
        projected = _indexed([layer.proj_size for layer in self.trace.recurrent])
        # A decoder's layers are its encoder's, or L′.
        depths = _indexed([0 if layer.states_from else layer.num_layers for layer in self.trace.recurrent])
        for place, layer in enumerate(self.trace.recurrent):
            stage = self.trace.stage(layer.name)
            said = _said_by(stage, layer) if stage else {}
            plain = {"H": f"H{units[place]}", "P": f"P{projected[place]}", "L": f"L{depths[place]}"}
            letters = {}
            for bare, size in _values(layer).items():
                usual = said.get(bare, plain.get(bare, bare))
                usual = plain.get(bare, usual) if usual == bare else usual
                letters[bare] = self._letter(bare, usual, size, layer, stage)
                if _LETTER.fullmatch(letters[bare]):
                    self.sizes[letters[bare]] = size
            self.of_layers[layer.name] = letters
            if stage is not None:
                self._put_around(layer, stage, letters)
                self.spelt |= letters_after(self.trace, layer, stage, self.spelt, self._source)

    def _letter(self, bare: str, usual: str, size: int, layer: Recurrent, stage: Stage | None) -> str:
        """Return what a letter that a layer alone has is in the whole model."""
        if bare == "F" and stage is not None:
            return self._features(size, layer, stage)
        if not _LETTER.fullmatch(usual) or self._fits(usual, size):
            return usual
        tried: list[str] = []
        if bare == "L" and layer.giver:
            tried = [self.of_layers[layer.giver]["L"], "L′"]
        elif bare == "T":
            primed = bool(layer.giver) or "T′" in self.sizes
            tried = ["T′"] * primed + [f"T{one}" for one in INDEX[1:]]
        return next((one for one in tried if self._fits(one, size)), str(size))

    def _fits(self, letter: str, size: int) -> bool:
        """Whether a letter is free, or has this number."""
        return self.sizes.get(letter, size) == size

    def _features(self, size: int, layer: Recurrent, stage: Stage) -> str:
        """Return what a step that a layer reads has: the letters of what gave it, else F."""
        said = self.spelt.get(self._source(stage, 0) or "", stage.inputs[0].symbols)[-1]
        if not said.isdigit() and (said not in {"F", "F′"} or self._fits(said, size)):
            return said
        free = "E" if self._reads_tokens(layer) else "F′" if layer.giver else "F"
        told = self.planned and free != "E" and free in self.sizes  # then the runs of a spec have denied it
        return free if self._fits(free, size) and not told else str(size)

    def _reads_tokens(self, layer: Recurrent) -> bool:
        """Whether nothing but what keeps a step's numbers stands between an embedding and the layer."""
        before = [stage.type for stage in self.trace.leading(layer.name)]
        while before and before[-1] in PASSED_ON:
            before.pop()
        return before[-1:] == ["embedding"]

    def _source(self, stage: Stage, place: int) -> str | None:
        """Return the full name of what a stage reads in a place, if it reads all of it."""
        if place >= len(stage.inputs):
            return None
        read = stage.sources or (self.before[stage.name],)
        name = read[place] if place < len(read) else ""
        return name if self.measured.get(name) == stage.inputs[place].sizes else None

    def _tensors(self) -> Iterator[tuple[str, Tensor]]:
        yield from ((tensor.name, tensor) for tensor in (*self.trace.inputs, self.trace.input))
        for stage in self.trace.stages:
            yield from ((full_name(stage, tensor), tensor) for tensor in stage.outputs)

    def _put_around(self, layer: Recurrent, stage: Stage, letters: Mapping[str, str]) -> None:
        """Spell what a layer gives, and what it reads as far back as that stays the same."""
        own = {tensor.name: _written(tensor, letters) for tensor in layer.tensors}
        if layer.cell:  # torch's cells have no axis of layers
            own |= {name: own[name][1:] for name in layer.states_at("n")}
        for tensor in stage.outputs:
            if tensor.name == "data":
                self.spelt[full_name(stage, tensor)] = (*self._total(tensor, layer), own["output"][-1])
            elif tensor.name in own and len(own[tensor.name]) == len(tensor.sizes):
                self.spelt[full_name(stage, tensor)] = own[tensor.name]
        read = own["input"]
        if stage.inputs[0].name == "data":
            read = (*self._total(stage.inputs[0], layer), read[-1])
        now: Stage | None = stage
        while now is not None and (name := self._source(now, 0)):
            if len(self.spelt[name]) != len(read):
                return
            pairs = zip(self.spelt[name], read, self.measured[name], strict=True)
            self.spelt[name] = tuple(
                new
                if old.isdigit() or (old[:1] in "TF" and not new.isdigit()) or not self._fits(old, size)
                else old
                for old, new, size in pairs
            )
            before = self.trace.stage(name.removesuffix(".output"))
            now = before if before is not None and before.type in KEPT | {"embedding"} else None
            read = read[:-1] if before is not None and before.type == "embedding" else read
            if before is not None and before.type in TURNS:
                self._put_turned(before, dict(zip(map(str, self.measured[name]), read, strict=True)))

    def _put_turned(self, stage: Stage, letters: Mapping[str, str]) -> None:
        """Spell what a stage turns round: the axes that are as long as no other."""
        if (name := self._source(stage, 0)) and len({*self.measured[name]}) == len(self.measured[name]):
            self.spelt[name] = tuple(letters.get(symbol, symbol) for symbol in self.spelt[name])

    def loops(self) -> None:
        """Letter what the loops of the user's own code hand on, read and give."""
        every = [layer.hidden_size for layer in self.trace.recurrent] + [units_of(own) for own in self.own]
        letters = {size: f"H{index}" for size, index in zip(every, _indexed(every), strict=True) if size}
        inputs = {tensor.name for tensor in (*self.trace.inputs, self.trace.input)}
        for own in self.own:
            for name, axis, letter in letters_of_loop(own, letters, inputs):
                symbols, size = self.spelt[name], self.measured[name][axis]
                if symbols[axis].isdigit() and self._fits(letter, size):
                    self._spell(name, axis, letter)

    def usual(self) -> None:
        """Give what a step of the input holds, or of embedded tokens, its letter where it has none yet."""
        embeddings = [stage for stage in self.trace.stages if stage.type == "embedding"]
        axes = [(f"{stage.name}.output", -1, "E") for stage in embeddings]
        given = self.spelt["input"]
        if "T" in given[:2] and len(given) == len("NTF"):
            axes += [("input", -1, "F"), ("input", 1 - given.index("T"), "N")]
        for name, axis, letter in axes:
            if self.spelt.get(name, ("",))[axis].isdigit() and letter not in self.sizes:
                self._spell(name, axis, letter)

    def _spell(self, name: str, axis: int, letter: str) -> None:
        """Put a letter to an axis of a tensor."""
        symbols = self.spelt[name]
        self.sizes[letter] = self.measured[name][axis]
        at = axis % len(symbols)
        self.spelt[name] = (*symbols[:at], letter, *symbols[at + 1 :])

    def trace_in_letters(self) -> Trace:
        """Return the trace as all of it is spelt."""
        trace = self.trace
        layers = tuple(self._layer(layer) for layer in trace.recurrent)
        stages = tuple(self._stage(stage) for stage in trace.stages)
        inputs = tuple(replace(one, symbols=self.spelt[one.name]) for one in trace.inputs)
        sizes = {s: n for s, n in self.sizes.items() if s[0] in ORDER}
        return replace(
            trace, recurrent=layers, stages=stages, inputs=inputs,
            input=replace(trace.input, symbols=self.spelt["input"]),
            sizes=tuple(sorted(sizes.items(), key=lambda item: ORDER.index(item[0][0]))),
        )  # fmt: skip

    def _total(self, data: Tensor, layer: Recurrent) -> tuple[str, ...]:
        """The first axis of packed data: every sample's steps; of several batches one has the letter."""
        first = next((sum(one.lengths) for one in self.trace.recurrent if one.lengths), 0)
        return (TOTAL if data.sizes[0] == sum(layer.lengths or ()) == first else data.symbols[0],)

    def _layer(self, layer: Recurrent) -> Recurrent:
        letters, name = self.of_layers[layer.name], layer.name
        tensors = tuple(replace(t, symbols=_written(t, letters), of=name) for t in layer.tensors)
        parameters = tuple(replace(p, symbols=_written(p, letters), of=name) for p in layer.parameters)
        return replace(layer, tensors=tensors, parameters=parameters)

    def _stage(self, stage: Stage) -> Stage:
        """Return a stage in the letters of its tensors; a layer's states and parameters in its own."""
        layer = self.trace.layers.get(stage.name)
        letters = self.of_layers[layer.name] if layer else {}
        own = {t.name: _written(t, letters) for t in (*layer.tensors, *layer.parameters)} if layer else {}
        inputs = []
        for place, tensor in enumerate(stage.inputs):
            name = None if place and layer else self._source(stage, place)
            symbols = self.spelt[name] if name else own.get(tensor.name, tensor.symbols)
            fits = len(symbols) == len(tensor.sizes)
            inputs.append(replace(tensor, symbols=symbols if fits else tensor.symbols, of=stage.name))
        spelt, of = self.spelt, stage.name
        outputs = tuple(replace(t, symbols=spelt[full_name(stage, t)], of=of) for t in stage.outputs)
        parameters = tuple(replace(p, symbols=own.get(p.name, p.symbols), of=of) for p in stage.parameters)
        return replace(stage, inputs=tuple(inputs), outputs=outputs, parameters=parameters)


def _pairs(tensors: Iterable[Tensor]) -> Iterator[tuple[str, int]]:
    """Yield the axes of tensors, in letters and numbers."""
    for tensor in tensors:
        yield from zip(tensor.symbols, tensor.sizes, strict=True)


def _values(layer: Recurrent) -> dict[str, int]:
    """The numbers of the letters that a layer alone has."""
    found = {"N": layer.batch_size, "T": layer.timesteps, "F": layer.input_size, "H": layer.hidden_size,
             "P": layer.proj_size or None, "L": layer.num_layers}  # fmt: skip
    return {token: size for token, size in found.items() if size is not None}


def _indexed(values: Sequence[int]) -> list[str]:
    """Return an index for each value, equal ones alike; none if all are equal."""
    several = list(dict.fromkeys(value for value in values if value))
    if len(several) < 2:
        return [""] * len(values)
    return [INDEX[several.index(value) % len(INDEX)] if value else "" for value in values]


def _said_by(stage: Stage, layer: Recurrent) -> dict[str, str]:
    """Return what the letters of a layer alone are on its stage, where that is lettered."""
    found: dict[str, str] = {}
    own = {tensor.name: tensor for tensor in (*layer.tensors, *layer.parameters)}
    for tensor in (*stage.outputs, *stage.parameters):
        alone = own.get(tensor.name)
        for symbol, said in zip(alone.symbols, tensor.symbols, strict=False) if alone else ():
            times, token = _parted(symbol)
            if token and not said.isdigit() and said.startswith(times):
                found.setdefault(token, said.removeprefix(times))
    return found


def _parted(symbol: str) -> tuple[str, str]:
    match = _TIMES.fullmatch(symbol)
    assert match is not None
    return match[1], match[2]


def _written(tensor: Tensor, letters: Mapping[str, str]) -> tuple[str, ...]:
    """Return a layer's tensor in the letters of the whole model."""
    found = []
    for symbol in tensor.symbols:
        times, token = _parted(symbol)
        said = letters.get(token, token)
        found.append(str(int(times or 1) * int(said)) if said.isdigit() else f"{times}{said}")
    return tuple(found)
