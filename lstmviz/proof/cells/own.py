"""The inside of a cell of one's own held against a run: every line, sign and name of a round's calls.

Of each call of a round the derivative says what it reads, all other calls letting nothing through; the sign
on its node, tried on the numbers that the call took, must give what it gave.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import torch

from lstmviz.network.own_layers import ids_before
from lstmviz.network.own_recurrences import own_recurrences
from lstmviz.network.recurrence import OwnLoop
from lstmviz.network.rounds import Loop
from lstmviz.network.state_names import spelt
from lstmviz.network.structure import Trace
from lstmviz.network.user.changer import Change
from lstmviz.network.user.events import Event, Source
from lstmviz.network.user.kinds import described
from lstmviz.network.user.loop_kinds import PIECES
from lstmviz.network.user.loops import OTHER
from lstmviz.network.user.rounds_run import RoundsRun
from lstmviz.network.user.stage_dependences import OFTEN
from lstmviz.network.user.values import leaves
from lstmviz.proof.real_model import Case
from lstmviz.proof.rounds import UNRUN
from lstmviz.proof.verdict import against
from lstmviz.scene import ids
from lstmviz.scene.geometry import inflate, inside
from lstmviz.scene.items import Edge, Node
from lstmviz.scene.scene import Scene

Line = tuple[str, str, str]
"""From which node, which tensor of it, into which node."""
UNSEEN = "its derivative is zero, and another value there changes nothing"
SIGNS: Mapping[str, Callable[[Any, Any], Any]] = {
    "⊙": torch.mul, "+": torch.add, "−": torch.sub, "÷": torch.div,
}  # fmt: skip
CURVES: Mapping[str, Callable[[torch.Tensor], torch.Tensor]] = {
    "σ": torch.sigmoid, "tanh": torch.tanh, "ReLU": torch.relu, "exp": torch.exp,
    "softplus": torch.nn.functional.softplus,
}  # fmt: skip


def own_of(scene: Scene, trace: Trace) -> OwnLoop | None:
    """Return the loop whose round a scene draws; None if it draws a cell of torch's."""
    drawn = {ids.read(node.id).prefix for node in scene.nodes if ids.kind(node.id) == "op"}
    found = (own for own in own_recurrences(trace) if ids_before(trace, own.name) in drawn)
    return next(found, None)


def judge(case: Case, own: OwnLoop) -> None:
    """Prove the calls of a round, their signs and names, and the lines between them."""
    tally, scene, real = case.tally, case.scene, case.real
    loops = real.followed.loops if real.followed else ()
    ran = next((one for one in loops if one.name == own.name), None)
    if ran is None:
        tally.doubt_arrows(scene.edges, real.followed.why or UNRUN if real.followed else UNRUN)
        return
    loop = next(one for one in real.trace.loops if one.name == own.name)
    inside = Inside(scene, real.trace, own, loop, ran)
    tally.refute(inside.faults())
    for edge, why in inside.doubts():
        tally.doubt_arrows([edge], why)
    for what in inside.untried:
        tally.doubt(what, "no rule is known for it")
    same, why = ran.replayed
    tally.refute([] if same else [why])


@dataclass
class Inside:
    """A drawn round beside the last round of a run."""

    scene: Scene
    trace: Trace
    own: OwnLoop
    loop: Loop
    ran: RoundsRun
    untried: list[str] = field(default_factory=list)
    unshown: dict[Line, tuple[Event, Source]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.number = len(self.ran.ran.rounds) - 1
        self.round = self.ran.ran.rounds[self.number]
        self.before = {source: tensor for tensor, source in self.ran.ran.rounds[self.number - 1].made.items()}
        self.nodes = {node.id: node for node in self.scene.nodes}
        self.prefix = ids_before(self.trace, self.own.name)
        self.known = {taken[2] for call in self.loop.body for taken in call.taken}
        self.known |= {state.tensor for state in self.own.states} | {one.tensor for one in self.own.given}
        self.events = {}
        for index in sorted(self.round.calls):
            if home := self.ran.record.home.get(index):
                self.events[home.name] = self.ran.record.events[index]
        self.expected = set(self._expected())

    def _node(self, source: Source) -> tuple[str, str]:
        """Return the node that stands for a tensor, and which tensor of it; a layer's own cut is no node."""
        home = self.ran.record.home.get(source[0])
        event = self.ran.record.events[source[0]] if home is not None and home.ran is not None else None
        if event is not None and event.module is None:
            return self._node(event.slots[0].sources[0])
        if turns := self.ran.feeding(self.number).get(source):
            last = [one for one in self.own.fed if one.turns == turns and one.is_read(self.own.timesteps)]
            return ids.named(last[0].letter, "t", prefix=self.prefix), ""
        tensor = self.ran.name_of(source)
        source = self._cut_before(source)
        if source in self.before and source[0] not in self.round.calls:
            states = {state.tensor: state.letter for state in self.own.states}
            return ids.named(states.get(self.before[source], "?"), "t-1", prefix=self.prefix), ""
        stage = tensor.removesuffix(f".{source[1]}")
        op = ids.named("op", stage, prefix=self.prefix)
        if source[0] in self.round.calls and op in self.nodes:
            either = (tensor, f"{tensor}_n", f"{stage}.output")  # of a cell that a loop calls
            return op, next((one for one in either if one in self.known), tensor)
        tensor = self._whole(source)
        whole = next((one.letter for one in self.own.constants if one.tensor == tensor), "")
        letter = self._letter(source, tensor)
        cut = letter != "?" and self.ran.name_of(source) != tensor  # one step of it, where both are read
        return f"{self.prefix}{ids.named(letter, 't') if cut or not whole else whole}", ""

    def _letter(self, source: Source, tensor: str) -> str:
        """Return the letter of what a round reads of a tensor: of several steps by which of them it is."""
        feds = [one for one in self.own.fed if one.tensor == tensor]
        event = self.ran.record.events[source[0]] if len(feds) > 1 and source[0] >= 0 else None
        cut = event.cuts.get(source[1][7:] if event.type in PIECES else "") if event else None
        steps = [cut[one.axis][0] // one.size - self.number for one in feds if cut and one.axis is not None]
        return next((one.letter for one in feds if not steps or one.first == steps[0]), "?")

    def _cut_before(self, source: Source) -> Source:
        """Return the tensor of the round before that is the same cut of the same tensor: ``x[t - 1]``."""
        events = self.ran.record.events
        if not 0 <= source[0] < len(events) or events[source[0]].type != "getitem":
            return source
        one = events[source[0]]
        for before in self.before:
            other = events[before[0]]
            if other.type == "getitem" and (other.cuts, other.sources) == (one.cuts, one.sources):
                return before
        return source

    def _whole(self, source: Source) -> str:
        """Return what a tensor is a step of, where it was only cut out of that."""
        record, name = self.ran.record, self.ran.name_of(source)
        event = self.events.get(name.removesuffix(f".{source[1]}"))
        made = record.events[source[0]] if 0 <= source[0] < len(record.events) else None
        if name in {one.tensor for one in (*self.own.fed, *self.own.constants)}:
            return name
        if made is not None and (name.startswith(".") or made.type in PIECES):  # a cut that is no stage
            event = made
        elif event is None or event.type != "getitem":
            return name
        read = [one for slot in event.slots for one in slot.sources] if event else []
        return self._whole(read[0]) if read else name

    def _expected(self) -> Iterator[Line]:
        """Yield the lines that a drawing of this round has: what each call reads, and what leaves."""
        for stage, event in self.events.items():
            target = ids.named("op", stage, prefix=self.prefix)
            if target in self.nodes:
                read = self.ran.record.latest(self.ran.record.reads_of(event))
                yield from (
                    (*self._node(part), target) for source in read for part in self._parts(event, source)
                )
                for source in (one for slot in event.slots for one in slot.sources if one not in read):
                    self.unshown[*self._node(self.ran.record.cut_from(source)), target] = (event, source)
        ends = {state.tensor: state.letter for state in self.own.states}
        ends |= {one.tensor: one.letter for one in self.own.given if not one.state}
        for tensor, source in self.round.made.items():
            if tensor in ends:
                yield *self._node(source), ids.named(ends[tensor], "t", prefix=self.prefix)

    def _parts(self, event: Event, source: Source) -> list[Source]:
        """Return what a call reads of a tensor: a part that the round before read too is handed on by it."""
        record = self.ran.record
        taken = [one for slot in event.slots for one in slot.sources if record.cut_from(one) == source]
        several = sum(one.tensor == self.ran.name_of(source) for one in self.own.fed) > 1
        return list({one if one in self.before or several else source: None for one in taken}) or [source]

    def line(self, edge: Edge) -> Line:
        """Return what a drawn line says."""
        return edge.source, edge.tensor or "", edge.target

    def faults(self) -> Iterator[str]:
        """Say which lines, signs and names are false, and which are missing."""
        drawn = [self.line(edge) for edge in self.scene.edges]
        for edge, line in zip(self.scene.edges, drawn, strict=True):
            if line not in self.expected and line not in self.unshown:
                yield against(edge, "is false: nothing flows there")
            elif drawn.count(line) > 1:
                yield against(edge, "is drawn twice")
            if edge.double != (edge.role == "cell") or edge.role != self._role(edge):
                yield against(edge, "has the wrong line")
        yield from (f"the arrow {a} → {b} is missing" for a, _, b in sorted({*self.expected} - {*drawn}))
        if self._differ() and not self.own.unlike:  # of which the sentences speak
            yield "rounds make other calls than the one that is drawn, and nothing says so"
        for name, node in self.nodes.items():
            yield from self._sign(name, node)

    def _differ(self) -> bool:
        """Whether a round after the first calls other stages than the one drawn, or others as often."""
        home, rounds = self.ran.record.home, self.ran.ran.rounds
        made = [sorted(home[index].name for index in one.calls if index in home) for one in rounds]
        return any(calls != made[-1] for calls in made[1:])

    def _role(self, edge: Edge) -> str:
        """The role of a line: of a state, of what is read anew, of a gate, or of neither."""
        name = edge.source.removeprefix(self.prefix)
        for state in self.own.states:
            if edge.tensor == state.tensor or name == ids.named(state.letter, "t-1"):
                return state.role
        if ids.kind(name) != "op":
            return "input"
        return "gate" if self.nodes[edge.source].role == "gate" else "op"

    def _sign(self, name: str, node: Node) -> Iterator[str]:
        """Try the sign on a call's node on the numbers that it took, and hold names against the code's."""
        stage = name.removeprefix(ids.named("op", "", prefix=self.prefix))
        if ids.kind(name) != "op":
            yield from self._chip(name.removeprefix(self.prefix), node)
            return
        event = self.events.get(stage)
        if event is None:
            yield f"{name} is drawn, and no round calls it"
            return
        yield from self._names(stage, node)
        if node.label is None:
            return
        text = node.label.text
        holds = tried(text, event)
        if holds is None and text not in {event.type, described(event)[0]}:
            self.untried.append(f"{name}: {text}")
        elif holds is False:
            yield f"{name} is no {text}: it gives something else"

    def _chip(self, name: str, node: Node) -> Iterator[str]:
        """Hold the name of what is read or leaves against its id."""
        letter, step = ids.kind(name), ids.name(name)
        bases = self.own.letters
        firsts = {one.letter: one.first for one in self.own.fed}
        index = f"t{firsts[letter]:+d}" if firsts.get(letter) else step
        claims = node.label.claims if node.label else ()
        if letter in {one.letter for one in self.own.constants}:
            if [one.fact("name") for one in claims if one.kind == "name"] != [bases[letter]]:
                yield f"{node.id} is {bases[letter]}, and does not say so"
            return
        said = [(one.fact("letter"), one.fact("step")) for one in claims if one.kind == "state"]
        if said != [(bases.get(letter, "?"), index)]:
            yield f"{node.id} is {bases.get(letter, '?')}_{index}, and does not say so"

    def _names(self, stage: str, node: Node) -> Iterator[str]:
        """Hold the names beside or in a node against what the code calls what it gives."""
        called = {tensor: spelt(name) for tensor, name in self.loop.called}
        outputs = [output for output, _ in self.events[stage].outputs]
        names = [f"{stage}.{one}" for output in outputs for one in (output, f"{output}_n", "output")]
        own = [called.get(name, "") for name in names]
        for text in self.scene.texts:
            here = text.at is not None and inside(text.at, inflate(node.box, 0.1))
            italic = any(run.font == "italic" for run in text.label.runs)
            if here and italic and text.label.text not in own:
                yield f"{node.id}: the code has no {text.label.text} there"

    def doubts(self) -> Iterator[tuple[Edge, str]]:
        """Yield the lines that neither a derivative nor a changed value showed."""
        for edge in self.scene.edges:
            line = self.line(edge)
            if line in self.expected or line not in self.unshown:
                continue
            event, source = self.unshown[line]
            moved = self.ran.moved(Change(source))
            if moved is None or event.index not in moved:
                yield edge, OFTEN if moved is None else UNSEEN


def tried(text: str, event: Event) -> bool | None:
    """Whether a sign gives what a call gave; None if it is none that can be tried.

    A number before or after it is taken as it stands there, or as the call took it: ``÷ …``.
    """
    tensors = [tensor.detach() for _, tensor in leaves([list(event.args), dict(event.kwargs)])]
    if not isinstance(result := event.result, torch.Tensor) or not tensors:
        return None
    if text in CURVES:
        return _same(CURVES[text](tensors[0]), result)
    numbers = [one for one in (*event.args, *event.kwargs.values()) if type(one) in {int, float}]
    parts = [str(numbers[0]) if numbers and one == OTHER else one for one in text.split()]
    mark = next((one for one in parts if one in SIGNS), None)
    if mark is None:
        return None
    if len(tensors) == 2:
        return _same(SIGNS[mark](*tensors), result)
    number = next((one for one in parts if re.fullmatch(r"-?\d[\d.e+-]*", one.replace("−", "-"))), None)
    if number is None or len(parts) != 2:
        return None
    value = torch.tensor(float(number.replace("−", "-")), dtype=tensors[0].dtype)
    first, second = (tensors[0], value) if parts[0] == mark else (value, tensors[0])
    return _same(SIGNS[mark](first, second), result)


def _same(one: torch.Tensor, two: torch.Tensor) -> bool:
    return one.shape == two.shape and bool(torch.allclose(one, two.detach(), rtol=1e-6, atol=1e-9))
