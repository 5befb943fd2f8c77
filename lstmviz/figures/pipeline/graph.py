"""What a pipeline that branches consists of: the parts of a model, folded and grouped, and their words."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from math import prod
from typing import Any

from lstmviz.figures.pipeline.axes import wiring_of
from lstmviz.figures.pipeline.flow import GroupName, PipelineFlow, PipelineNode, looped, parts_of
from lstmviz.figures.pipeline.repeats import Folded, folded
from lstmviz.figures.pipeline.steps import KEEPS, Step
from lstmviz.figures.shared.stage_descriptions import TITLES, about, title_of, told_of
from lstmviz.network.rounds import lags
from lstmviz.network.structure import Stage, Trace, full_name, split_name
from lstmviz.scene.items import Role
from lstmviz.scene.labels import shape
from lstmviz.spec.layer_types import RECURRENT, WEIGHTLESS
from lstmviz.translation.messages import Message, joined, message, user_text

MessageFacts = dict[str, Any]

SIGNS = {"add": "+", "sub": "−", "mul": "⊙", "truediv": "÷", "div": "÷"}
"""Functions on two tensors, number by number."""
PLAIN = frozenset({"getitem", "setitem", "iter", "invert", "matmul", "neg", "pow"})
"""Operators of Python that are said in plain words; what is cut out of a tensor is said by its index."""
SAME = KEEPS | {
    "getitem", "squeeze", "unsqueeze", "expand", "select", "chunk", "split", "narrow", "flip", "repeat",
    "unbind", "contiguous", "index_select", "movedim", "masked_fill",
}  # fmt: skip
"""Stages that give the very numbers that they read (or some of them)."""


def flow_of(
    trace: Trace, depth: int, opened: AbstractSet[str] = frozenset(), *, fold: bool = True
) -> PipelineFlow:
    """The parts of a model, its modules opened `depth` levels deep or `opened`; repeated blocks once."""
    parts = list(parts_of(trace, depth, opened))
    found = folded(parts, set(trace.results)) if fold else Folded(parts, {}, {}, {})
    parts, loops = looped(found.parts, trace.loops)
    groups = found.groups | loops
    counts = Counter(group for part in parts for group in part.inside)
    kept = {group for group, count in counts.items() if count > 1 or group in groups}
    parts = [replace(part, inside=tuple(g for g in part.inside if g in kept)) for part in parts]
    classes = dict(trace.modules)
    outer = {group: part.inside[: part.inside.index(group)] for part in parts for group in part.inside}
    own = {g: GroupName(shortened(g, outer[g]), module=classes.get(g, "")) for g in outer}
    groups = own | groups
    read = {name for part in parts for name in part.reads}
    inputs = tuple(t for t in trace.inputs or (trace.input,) if t.name in read or t.name == "input")
    names, results = dict(trace.names), trace.returned
    returned = {found.renamed.get(r, r): names.get(r, "output") for r in results}
    weights = sum(prod(p.sizes) for stage in trace.stages for p in stage.parameters)
    layers = {f"{layer.name}.output" for layer in trace.recurrent}
    lists = {tensor: loop.rounds for loop in trace.loops for tensor, taken in loop.results
             if taken == "every" and tensor in results and tensor not in layers}  # fmt: skip
    delays = {state.tensor: lags(loop, state.tensor) for loop in trace.loops for state in loop.states}
    delays |= {one.read: (1,) for loop in trace.loops for one in loop.mixed}  # an answer, in some rounds
    outputs = {f"{name}.h_n": f"{name}.output" for name in trace.layers}  # each round's, of a cell
    delays |= {outputs[tensor]: lag for tensor, lag in delays.items() if tensor in outputs}
    return PipelineFlow(tuple(parts), inputs, groups, found.repeats, returned, weights, delays, names, lists)


def roles_of(trace: Trace) -> Mapping[str, Role]:
    """The role of every tensor: data, a state, or what the model predicts."""
    roles: dict[str, Role] = {tensor.name: "input" for tensor in (trace.input, *trace.inputs)}
    settled = _settled(trace)
    for stage in trace.stages:
        for tensor in stage.outputs:
            name = full_name(stage, tensor)
            if stage.type in RECURRENT or tensor.name == "c_n":
                roles[name] = "cell" if tensor.name == "c_n" else "hidden"
            elif stage.type in SAME and stage.sources:
                roles[name] = roles.get(stage.sources[0], "hidden")
            elif stage.type == "embedding":
                roles[name] = "input"
            else:
                roles[name] = "output" if stage.name in settled else "hidden"
    return roles


def _settled(trace: Trace) -> set[str]:
    """The stages after which nothing with weights of its own comes: what they give are the predictions."""
    readers: dict[str, list[Stage]] = defaultdict(list)
    for stage in trace.stages:
        for source in stage.sources:
            readers[split_name(source)[0]].append(stage)
    settled: set[str] = set()
    for stage in reversed(trace.stages):
        others = (r for r in readers[stage.name] if r is not stage)
        if all(r.name in settled and not r.parameters for r in others):
            settled.add(stage.name)
    return settled


class Speaker:
    """Says what is in the boxes of the parts of a model."""

    def __init__(self, trace: Trace, roles: Mapping[str, Role], flow: PipelineFlow) -> None:
        self.trace, self.roles, self.flow = trace, roles, flow
        self.layers = trace.layers
        self.read = {source for stage in trace.stages for source in stage.sources} | set(trace.results)

    def step(self, part: PipelineNode) -> Step:
        """Return what the box of a part says."""
        name, tensor = part.given[0]
        weights = sum(prod(p.sizes) for stage in part.stages for p in stage.parameters)
        if part.stage is None:
            inside: MessageFacts = {"stage": part.name}
            held = [message("stage.stages", n=len(part.stages), **inside)]
            held += [message("stage.rounds", n=part.rounds, **inside)] if part.rounds > 1 else []
            held += self._later(part)
            own = any(s.parameters or s.type in RECURRENT for s in part.stages)
            title = message("stage.class", name=part.module, **inside)
            role: Role = "param" if own else "op"
            return Step(
                part.name, part.module, title, tuple(held), tensor, role, self.roles[name],
                parameters=weights, called=called(part), stage=part.name,
            )  # fmt: skip
        stage = part.stage
        told = self._told(stage)
        told = (*told, *self._rounds(part))
        owns = bool(stage.parameters) or stage.type in {*RECURRENT, "linear", "embedding"}
        wiring = wiring_of(stage) if len(stage.inputs) == 1 and stage.outputs else None
        title = _title(stage)
        if stage.type in {"getitem", "setitem"} and stage.arguments:
            title, told = self._indexed(stage, told[1:])
        return Step(part.name, stage.type, title, told, tensor, "param" if owns else "op", self.roles[name],
                    wiring=wiring, parameters=weights, called=called(part), stage=part.name)  # fmt: skip

    def _rounds(self, part: PipelineNode) -> Iterator[Message]:
        """Say what a part has to do with the rounds of the loops around it."""
        found = ((one, dict(one.partial).get(part.name, ())) for one in self.trace.loops)
        some = next(((len(rounds), one.rounds) for one, rounds in found if rounds), None)
        if part.name in self.layers and part.rounds > 1:
            yield message("stage.all-rounds", stage=part.name)
        elif some is not None:
            yield message("stage.some-rounds", k=some[0], n=some[1], stage=part.name)
        yield from self._later(part)
        if part.times > 1 and part.name not in self.layers:
            how = "stage.times-round" if part.rounds > 1 else "stage.times-loop"
            yield message(how, n=part.times, stage=part.name)

    def _later(self, part: PipelineNode) -> Iterator[Message]:
        """Say of what a part hands on when it is read, where that is not in the next round."""
        later = {tensor: self.flow.delays[tensor] for tensor, _ in part.given if tensor in self.flow.delays}
        for rounds in dict.fromkeys(later.values()):
            if not rounds or rounds == (1,):
                continue
            some = tuple(tensor for tensor in later if later[tensor] == rounds)
            *rest, last = map(user_text, map(str, rounds))
            said = message("pipeline.and", rest=joined(", ", *rest), last=last) if rest else last
            given = {"rounds": said, "tensors": some, "stage": part.name}
            name = user_text(", ".join(split_name(tensor)[1] for tensor in some))
            alike = len({*later.values()}) == 1
            yield message("stage.later", **given) if alike else message("stage.one-later", name=name, **given)

    def _indexed(self, stage: Stage, told: tuple[Message, ...]) -> tuple[Message, tuple[Message, ...]]:
        """Return the title and the words of what is cut out of a tensor, or written into one."""
        index = str(stage.arguments[0][1]).replace("-", "−")
        if index == "[…]":
            told = (about(stage, "another"), *told)
        source = stage.sources[0] if stage.sources else ""
        given = dict(self.trace.names).get(source, "") if source.startswith("input") else ""
        if stage.type == "setitem":
            return about(stage, "index-into", index=index), told
        if given:
            return about(stage, "index-of", name=user_text(given), index=index), told
        return about(stage, "index", index=index), told

    def _told(self, stage: Stage) -> tuple[Message, ...]:
        told = told_of(stage, self.layers.get(stage.name))
        names = [full_name(stage, t) for t in stage.outputs]
        unused = [name.removeprefix(f"{stage.name}.") for name in names if name not in self.read]
        if stage.type in RECURRENT and 0 < len(unused) < len(names):
            told = (*told, about(stage, "not-used", names=", ".join(unused)))
        fed = stage.function and not stage.sources and bool(stage.parameters) and stage.type in WEIGHTLESS
        if fed or (stage.type not in TITLES and not stage.type[:1].isupper()):  # a function takes parameters
            sizes = ((p.name, shape(p.symbols, p.sizes, mode="numbers").text) for p in stage.parameters)
            told = (*told, *(about(stage, "parameter", name=name, shape=said) for name, said in sizes))
        if (
            self.trace.inputs
            and not stage.sources
            and not fed
            and (not stage.parameters or stage.type in TITLES)
        ):
            told = (*told, about(stage, "not-followed"))
        return told


def _title(stage: Stage) -> Message:
    """A sign, an operator in plain words, or the name of what was called."""
    if stage.type in SIGNS:
        return about(stage, "sign", sign=SIGNS[stage.type])
    if stage.type in PLAIN:
        return about(stage, stage.type)
    return about(stage, "class", name=title_of(stage))


def called(part: PipelineNode) -> str:
    """The name of a part as it is written in its box: without those of the groups around it."""
    if part.stage is not None and _counted(part.name) in {part.stage.type, "last_step"}:
        return ""
    name = shortened(part.name, part.inside)
    return "" if name.isdigit() else name


def shortened(name: str, around: Sequence[str]) -> str:
    """A name without that of the innermost group around it which it begins with."""
    for group in reversed(around):
        own = group.partition("-")[0]
        if name.startswith(f"{own}."):
            return name[len(own) + 1 :]
    return name


def _counted(name: str) -> str:
    base, _, number = name.rpartition("-")
    return base if number.isdigit() else name
