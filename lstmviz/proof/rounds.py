"""Figures of a loop of the user's own code held against a run of it: every arrow, state and name, by rounds.

The trace found by where tensors are kept what a round is made from. Here a copy of the module runs in float64
with derivatives, and once more on other numbers, where the rounds' calls, wired as found, must give the same.

A layer of torch's drawn round by round: its steps one by one are the layer, and read what is drawn.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import torch

from lstmviz.network.answers import answering
from lstmviz.network.decoders import decoders
from lstmviz.network.own_layers import every_loop, ids_before
from lstmviz.network.recurrence import OwnLoop
from lstmviz.network.structure import Recurrent, Trace
from lstmviz.network.two_ways import as_direction
from lstmviz.network.user.rounds_run import RoundsRun
from lstmviz.proof import attention_lane as lane
from lstmviz.proof import own_above
from lstmviz.proof.between import outer_edges
from lstmviz.proof.drawn_loop import Drawing, RoundInput
from lstmviz.proof.probe import probe
from lstmviz.proof.reading import is_rolled
from lstmviz.proof.real_model import Case, Real
from lstmviz.proof.sentences import shown
from lstmviz.proof.verdict import Tally, against
from lstmviz.scene import ids
from lstmviz.scene.scene import Scene

MOST, SOME = 24, 6
"""So many rounds are differentiated one by one; of more, the first, the last and some between."""
UNRUN = "the loop was not run again"
UNSEEN = "its derivative is zero, and what could not be tried with another value there"
CONSTANT = "the value that it begins with was not seen to be read"


def own_of(scene: Scene, trace: Trace) -> list[tuple[str, OwnLoop]]:
    """Return what the ids of each loop in a scene begin with, and the loop."""
    drawn = {one.prefix for one in ids.read_all(scene.nodes) if one.is_cell}
    found = [
        (way + ids_before(trace, own.name), own) for own in every_loop(trace) for way in ("", ids.ROLLED)
    ]
    loops = [(prefix, _as_drawn(prefix, own, scene, trace)) for prefix, own in found if prefix in drawn]
    return [(prefix, _as_direction(own, scene, trace)) for prefix, own in loops]


def _as_direction(own: OwnLoop, scene: Scene, trace: Trace) -> OwnLoop:
    """Return a loop as one direction of a layer, where the other one is drawn and both read the same x_t."""
    found = as_direction(trace, own)
    behind = ids_before(trace, found.reverse.name if found.reverse else found.name)
    nodes = ids.read_all(scene.nodes)
    drawn = any(one.prefix == behind and one.is_cell for one in nodes)
    own_x = any(one.prefix == behind and one.counted[0] == "x" for one in nodes)
    return found if found.two_ways and drawn and not own_x else own


def _as_drawn(prefix: str, own: OwnLoop, scene: Scene, trace: Trace) -> OwnLoop:
    """Return a loop as it is drawn: where its rounds are one box each, what is told apart in them is not.

    A state that has no line is what a round reads of its answer before.
    """
    nodes = [one for one in ids.read_all(scene.nodes) if one.prefix == prefix]
    chips = {"x", "output"}  # what a state may be called, too
    lines = {one.base.removesuffix("_0") for one in nodes if one.counted[0] not in chips}
    own = own if is_rolled(scene, prefix) else answering(trace, own, lines)
    named = {(share.name, prefix) for share in own.shares[:-1]}
    shown = any((one.base, one.prefix) in named for one in ids.read_all(scene.nodes))
    return own if shown else replace(own, shares=())


def judge(case: Case, layers: Sequence[str] = ()) -> None:
    """Prove every loop drawn; `layers` are the prefixes of those of torch's beside them, proven elsewhere."""
    tally, scene, real, asked = case.tally, case.scene, case.real, case.asked
    case.compare_shapes()
    found = own_of(scene, real.trace)
    if asked.of is not None and {own.origin for _, own in found} != {asked.of}:
        tally.refute([f"{asked.of} was asked for, and {', '.join(own.name for _, own in found)} is drawn"])
    drawings = [Drawing(scene, prefix, own) for prefix, own in found]
    left_out = {str(dict(given)["loop"]) for name, given in shown(scene) if name == "loop.other"}
    for name in sorted(left_out & {own.origin for _, own in found}):
        tally.refute([f"{name} is drawn, and said not to be"])
    owned = {edge.id for drawing in drawings for edge in drawing.edges}
    outer = {edge.id for edge in outer_edges(scene, layers)} if layers else {edge.id for edge in scene.edges}
    others = [edge for edge in scene.edges if edge.id not in owned and edge.id in outer]
    handed = _begun(drawings, layers, real)
    own_above.judge(tally, [one for one in drawings if not one.rolled], real, others, handed)
    for drawing in drawings:
        own = drawing.own
        tally.refute(drawing.faults())
        if own.layer:
            tally.refute(layer_faults(own, real.trace.layers[own.layer]))
            continue
        loops = real.followed.loops if real.followed else ()
        ran = next((one for one in loops if one.name == own.origin), None)
        if ran is None:
            tally.doubt_arrows(drawing.edges, real.followed.why or UNRUN if real.followed else UNRUN)
            continue
        _held(tally, drawing, ran, real.trace)


def _begun(drawings: Sequence[Drawing], layers: Sequence[str], real: Real) -> dict[tuple[str, str], str]:
    """Return the arrows that there must be from encoders into loops, as the run shows them."""
    runs = {run.name: run for run in real.runs()}
    found: dict[tuple[str, str], str] = {}
    drawn = {drawing.own.name for drawing in drawings}
    for one in decoders(real.trace):
        if not (one.encoder.name in drawn if isinstance(one.encoder, OwnLoop) else layers):
            continue
        drawing = next((d for d in drawings if d.own.name == one.own.name), None)
        ran = next(
            (r for r in (real.followed.loops if real.followed else ()) if r.name == one.own.name), None
        )
        if drawing is not None and ran is not None and runs:
            found |= lane.between(one, drawing, ran, real.trace, runs)
    return found


def _held(tally: Tally, drawing: Drawing, ran: RoundsRun, trace: Trace) -> None:
    """Hold the arrows against what each round depends on, and against the replay."""
    own, count = drawing.own, drawing.own.timesteps
    loop = next(one for one in trace.loops if one.name == own.origin)
    if len(ran.ran.rounds) != count:
        tally.refute([f"{len(ran.ran.rounds)} rounds ran, and {count} are drawn"])
        return
    told = {one.tensor: frozenset(one.takes) for one in loop.made}
    told = {tensor: frozenset(takes) for tensor, takes in own.taken} or told
    shown: dict[int, set[RoundInput]] = {}
    doubted: set[RoundInput] = set()
    for number in _looked_at(count, [_number(drawing.own, step) for step in drawing.steps if step]):
        shown[number] = set()
        for tensor in [one for one in ran.ran.rounds[number].made if not own.loop or one in told]:
            found, left = _of_round(ran, number, tensor, told.get(tensor, frozenset()), own.stages)
            shown[number] |= found
            doubted |= left
            more = found - told.get(tensor, frozenset())
            for take in sorted(one for one in more if not _begins(one, number, drawing.own)):
                what = f"{take[1]} ({take[0]}, {take[2]} rounds before)"
                tally.refute([f"{tensor} of round {number + 1} depends on {what}: that is not drawn"])
    numbers = {step: _number(own, step) for step in drawing.steps if step}
    same, why = ran.replayed
    lane.judge_lane(tally, drawing, ran, numbers, alike=same and not why)
    tally.refute([] if same else [why])
    _arrows(tally, drawing, shown, doubted, why if same else "")
    _answers(tally, drawing, ran, alike=same and not why)
    _turns(tally, drawing, ran)


def _answers(tally: Tally, drawing: Drawing, ran: RoundsRun, *, alike: bool) -> None:
    """Hold what is led back against the run: it is the answer itself, or moves with it.

    Where all rounds were replayed and do `alike` one is enough.
    """
    edges = {drawing.key(edge): edge for edge in drawing.edges}
    known: set[str] = set()
    for arrow, answer, read in drawing.led_back():
        if alike and read in known:
            continue
        edge, number = edges.get(arrow.key), _number(drawing.own, arrow.step)
        moves = ran.passes_on(number, answer, read)
        known |= {read} if moves else set()
        if moves is False:
            why = "is false: another answer changes nothing"
            tally.refute([against(edge, why) if edge else f"the arrow {arrow.source} → {arrow.target} {why}"])
        elif moves is None and edge is not None:
            tally.doubt_arrows([edge], UNSEEN)


def _turns(tally: Tally, drawing: Drawing, ran: RoundsRun) -> None:
    """Hold what rounds read in turns against the run: the step of the target, else the answer before."""
    edges = {(edge.source, edge.target): edge for edge in drawing.edges}
    drawn = {_number(drawing.own, step): step for step in drawing.steps if step}
    for place, fed in enumerate(drawing.own.fed):
        rounds = [n for n in _looked_at(drawing.own.timesteps, [*drawn]) if fed.turns and fed.is_read(n + 1)]
        for number in rounds if not fed.answer else [n for n in rounds if n]:
            moves = (
                ran.passes_on(number - 1, fed.answer, fed.tensor)
                if fed.answer
                else ran.reads_part(number, fed.turns, fed.axis or 0, number + fed.first)
            )
            step = drawn.get(number, 0)
            ends = drawing.at(ids.numbered("x", place), step), drawing.cell(step)
            if moves is False:
                tally.refute([f"round {number + 1} does not read {fed.base}"])
            elif moves is None and ends in edges:
                tally.doubt_arrows([edges[ends]], UNSEEN)


def _number(own: OwnLoop, step: int) -> int:
    """The round, from 0, of a step, from 1."""
    return own.timesteps - step if own.way == "rev" else step - 1


def _begins(take: RoundInput, number: int, own: OwnLoop) -> bool:
    """Whether the first round reads this in the place of a state."""
    return number == 0 and any(take[1] in one.begun for one in own.starting)


def _of_round(
    ran: RoundsRun, number: int, tensor: str, told: frozenset[RoundInput], stages: Sequence[str]
) -> tuple[set[RoundInput], set[RoundInput]]:
    """Return from what a tensor of a round is made, and what of it that is told could not be shown."""
    found = ran.depends(number, tensor, stages, told) or frozenset()
    # of a tensor that every round reads all of, and one step of besides, the other steps are of all of it
    wholes = {name for kind, name, _ in told if kind == "constant"}
    shown = {take if take in told or take[1] not in wholes else ("constant", take[1], 0) for take in found}
    left: set[RoundInput] = set()
    for take in told - shown if number in {1, 2} or len(ran.ran.rounds) == 1 else ():
        moved = ran.shown(number, tensor, take)
        shown |= {take} if moved else set()
        left |= set() if moved else {take}
    return shown, left


def _looked_at(count: int, drawn: Sequence[int]) -> list[int]:
    every = 1 if count <= MOST else -(-count // SOME)
    return sorted({*range(0, count, every), *range(min(3, count)), *drawn, count - 1})


def _arrows(
    tally: Tally, drawing: Drawing, shown: dict[int, set[RoundInput]], doubted: set[RoundInput], why: str
) -> None:
    """Say which arrows no run showed: one round is enough for all that were replayed and did the same."""
    edges = {drawing.key(edge): edge for edge in drawing.edges}
    anywhere = set().union(*shown.values()) if not why else set()
    for one in drawing.arrows():
        edge, take = edges.get(one.key), one.take
        if edge is None or take is None:
            continue
        own = shown.get(_number(drawing.own, one.step), set()) if one.step else set().union(*shown.values())
        if take in own or take in anywhere:
            continue
        begins = one.source in {drawing.end(state, "0") for state in drawing.own.states}
        tally.doubt_arrows([edge], why or (UNSEEN if take in doubted or not begins else CONSTANT))


def layer_faults(own: OwnLoop, layer: Recurrent) -> Iterator[str]:
    """Say how torch's layer does otherwise than a loop whose every round has one x_t and the states before.

    It is run on all steps at once, and step by step, each with the states that the step before gave.
    """
    whole = probe(layer)
    gives, ends = whole.run()
    states, given = whole.begun, []
    for step in whole.inputs:
        read = [one.detach().requires_grad_() for one in (step[None], *states)]
        with torch.enable_grad():
            output, states = replace(whole, inputs=read[0], begun=tuple(read[1:])).run()
        given.append(output)
        for made in (output, *states):
            with torch.enable_grad():
                moves = torch.autograd.grad(made.sum(), read, retain_graph=True, allow_unused=True)
            if any(one is None or not one.any() for one in moves):
                yield f"not all that a round of {own.name} makes is made from x_t and every state before"
                return
    if not all(map(torch.allclose, (torch.cat(given), *states), (gives, *ends))):
        yield f"{layer.name} step by step, with the states handed on, gives something else"
