"""The trace: what the real torch module did, as plain data without torch."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from lstmviz.network.original import Original
from lstmviz.network.reach import reached
from lstmviz.network.recurrent import Recurrent
from lstmviz.network.rounds import Loop
from lstmviz.network.tensors import Stage, Tensor, full_name, split_name

__all__ = ["Recurrent", "Stage", "Tensor", "Trace", "full_name", "split_name"]


@dataclass(frozen=True, slots=True)
class Trace:
    """What the real run of a whole model showed.

    `sizes` gives the letters their numbers: ``(("N", 6), ("T", 5), …)``, those
    of the model's input and of its first recurrent layer. `notes` says openly
    what could not be followed. `results` are the tensors that the model returns,
    ``fc.output``; empty if that is the output of its last stage.

    Of a user's module, `inputs` are all that it takes: ``input``, ``input.1`` …,
    the first among them; `names` says what the user's code calls what the model
    takes and returns, ``("input.1", "target")`` and ``("fc.output", "logits")``;
    `modules` gives the class of every module that a stage is `inside`, `parts` the names of
    all modules that the model has. `loops` are the loops of its code, an outer one before
    those inside it; `halves` layers of torch's that are the two directions of one, told in rounds.
    """

    stages: tuple[Stage, ...]
    recurrent: tuple[Recurrent, ...]
    input: Tensor
    sizes: tuple[tuple[str, int], ...]
    notes: tuple[str, ...] = ()
    results: tuple[str, ...] = ()
    inputs: tuple[Tensor, ...] = ()
    names: tuple[tuple[str, str], ...] = ()
    modules: tuple[tuple[str, str], ...] = ()
    parts: tuple[str, ...] = ()
    loops: tuple[Loop, ...] = ()
    halves: tuple[Loop, ...] = ()
    original: Original | None = None
    """The model of another library whose twin was run."""

    @property
    def returned(self) -> tuple[str, ...]:
        """The tensors that the model returns; where none are told, what its last stage gives."""
        last = ((one, tensor) for one in self.stages[-1:] for tensor in one.outputs[:1])
        return self.results or tuple(full_name(*pair) for pair in last)

    def kept(self, stage: Stage) -> tuple[Tensor, ...]:
        """What a stage gives that others read, or the model returns; all, if that is none of it."""
        read = {source for one in self.stages for source in one.sources} | {*self.returned}
        return tuple(t for t in stage.outputs if full_name(stage, t) in read) or stage.outputs

    def loop(self, stage: str) -> Loop | None:
        """The innermost loop that a stage runs in."""
        return next((loop for loop in reversed(self.loops) if stage in loop.stages), None)

    @property
    def layers(self) -> dict[str, Recurrent]:
        """The recurrent layers by their names."""
        return {layer.name: layer for layer in self.recurrent}

    def stage(self, name: str) -> Stage | None:
        """The stage of this name."""
        return next((stage for stage in self.stages if stage.name == name), None)

    def behind(self, tensors: Iterable[str], until: Collection[str] = ()) -> set[str]:
        """The stages that tensors come from, as far back as to those of `until`, which are left out."""

        def givers(names: Iterable[str]) -> list[str]:
            owners = (split_name(name)[0] for name in names)
            return [one for one in owners if one in sources and one not in until]

        sources = {stage.name: stage.sources for stage in self.stages}
        return {*reached(givers(tensors), lambda name: givers(sources[name]))}

    def following(self, name: str) -> tuple[Stage, ...]:
        """The stages after this one, as long as each reads the one before alone; ValueError without it.

        In a model that branches this ends where its output is read twice.
        """
        found: list[Stage] = []
        for stage in self.stages[[one.name for one in self.stages].index(name) + 1 :]:
            last = found[-1].name if found else name
            read = f"{last}.output"
            if stage.sources == (read,) and sum(read in s.sources for s in self.stages) < 2:
                found.append(stage)
            elif read not in stage.sources:
                continue  # beside the chain
            else:
                break
        return tuple(found)

    def leading(self, name: str) -> tuple[Stage, ...]:
        """The stages from the model's input to this one, if they are a chain; else those nearest."""
        at = [one.name for one in self.stages].index(name)
        found, now = list[Stage](), self.stages[at]
        while (read := now.reads_alone) and (before := self.stage(read.removesuffix(".output"))):
            found, now = [before, *found], before
        return tuple(found)

    def reads_input(self, name: str) -> bool:
        """Whether the stages to this one begin at the model's first input: those to a decoder do not."""
        first = next(iter(self.leading(name)), self.stage(name))
        return first is not None and first.reads_alone == "input"

    def readers(self, names: Collection[str]) -> tuple[Stage, ...]:
        """The stages that read a tensor of these, and are none of them."""
        others = (stage for stage in self.stages if stage.name not in names)
        return tuple(one for one in others if any(split_name(s)[0] in names for s in one.sources))

    @property
    def chained(self) -> bool:
        """Whether every stage reads what the one before it gives, and nothing else; a decoder its target."""
        before = ["input", *(f"{stage.name}.output" for stage in self.stages)]
        taught = [stage.type == "decoder" and not self.inputs for stage in self.stages]
        pairs = zip(self.stages, before, taught, strict=False)
        return all(told or stage.sources == (read,) for stage, read, told in pairs)
