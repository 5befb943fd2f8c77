"""What stands on loops of the user's own code, held against the run of each stage: rows, results, frames."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from lstmviz.network.own_loops import recurrent_loops
from lstmviz.network.recurrence import OwnLoop
from lstmviz.network.stage_types import PACKS
from lstmviz.network.structure import Trace, split_name
from lstmviz.network.two_ways import turning
from lstmviz.proof import heads
from lstmviz.proof.between import hold
from lstmviz.proof.drawn_loop import Drawing
from lstmviz.proof.levels import Level, ending, led_anew
from lstmviz.proof.reading import by_step
from lstmviz.proof.real_model import Real
from lstmviz.proof.stage_runs import Deps, Run
from lstmviz.proof.verdict import Tally
from lstmviz.scene import ids
from lstmviz.scene.items import Edge
from lstmviz.scene.scene import Scene

UNRUN = "what stands on the loop was not run"


def judge(
    tally: Tally,
    drawings: Sequence[Drawing],
    real: Real,
    edges: Sequence[Edge],
    handed: Mapping[tuple[str, str], str],
) -> None:
    """Prove the arrows over and between loops; `edges` lie in none, `handed` come from layers below."""
    runs = {run.name: run for run in real.runs()}
    if not runs:
        tally.doubt_arrows(edges, real.followed.why or UNRUN if real.followed else UNRUN)
        return
    pairs: list[tuple[Level, Level]] = []
    states: dict[tuple[str, str], str] = dict(handed)
    lowest = {one.own.origin: one for one in drawings if not one.own.below}
    for drawing in drawings:
        rows = list(_rows(drawing, lowest, real.trace, runs)) if drawing.own.highest else []
        if rows and heads.several(drawing.scene):
            rows = heads.parted(drawing.scene, real.trace, rows)
        pairs += _pairs(rows)
        states |= led_anew(drawing.scene, rows, frozenset(_given(drawing.own)), None)
        states |= _from_states(drawing, [row for row in rows[1:] if row is rows[1] or row.under is rows[0]])
        tally.refute(_frame_faults(drawing, runs))
        tally.refute(_direction_faults(drawing, real.trace, runs) if drawing.own.two_ways else [])
    hold(tally, edges, pairs, states)


def _pairs(rows: Sequence[Level]) -> Iterator[tuple[Level, Level]]:
    """Yield each row with the one that it stands on; nothing stands on what repeats another one."""
    under = rows[:1]
    for row in rows[1:]:
        if row.under is not rows[0] or row is rows[1]:
            yield row.under or under[0], row
        under = under if row.ran is None else [row]


def _rows(
    drawing: Drawing, drawings: Mapping[str, Drawing], trace: Trace, runs: Mapping[str, Run]
) -> Iterator[Level]:
    """Yield the rows from what a loop gives upward: stages, then y, or what the loop above reads."""
    own, scene, names = drawing.own, drawing.scene, [node.id for node in drawing.scene.nodes]
    own_loop = [loop for loop in (*trace.loops, *trace.halves) if loop.name == own.origin or loop.layer]
    homes = {stage: loop.name for loop in (*recurrent_loops(trace), *own_loop) for stage in loop.stages}
    given = frozenset(_given(own))
    beside = {own.ahead, own.reverse.name if own.reverse else ""} - {""}
    yield Level(by_step(names, "output", drawing.prefix), given=given)
    reached = given
    hidden: list[Run] = []
    first = min(place for place, stage in enumerate(trace.stages) if homes.get(stage.name) == own.origin)
    for stage in trace.stages[first:]:
        home = homes.get(stage.name, "")
        if home in beside:
            continue
        if home and home != own.origin and home in drawings:
            yield from _entered(drawings[home], reached, names)
            return
        if home or stage.type in PACKS or any(name.startswith(f"{stage.name}.") for name in given):
            continue
        placed = by_step(names, stage.name) or by_step(names, f"{stage.name}-stage")
        run = runs[stage.name]
        if placed:
            yield Level(placed, run.beside(hidden) if hidden else run)
            reached = frozenset(f"{stage.name}.{one.name}" for one in stage.outputs)
        else:
            hidden.append(run)
    result = by_step(names, ids.RESULT)
    end = ending(trace, hidden, reached)
    ends = end is not None or reached & {*trace.results}
    if result and ends and _last(scene, drawing) and not heads.several(scene):
        yield Level(result, end)


def _last(scene: Scene, drawing: Drawing) -> bool:
    """Whether a loop is the highest of those drawn: its result is the model's."""
    cells = [node for node in scene.nodes if ids.read(node.id).is_cell]
    top = min(cells, key=lambda node: node.box[1])
    return ids.read(top.id).prefix == drawing.prefix


def _given(own: OwnLoop) -> Iterator[str]:
    """Yield the tensors that the row of what a loop gives stands for: its calls, and what holds them all."""
    for one in own.given[:1]:
        yield from [one.tensor] if own.way == "fwd" else []
        yield from [one.whole.name] if one.whole is not None else []


def _entered(over: Drawing, reached: frozenset[str], names: Sequence[str]) -> Iterator[Level]:
    """Yield the steps that a loop above reads of what was reached, if it does, each in a row of its own."""
    for place, fed in enumerate(over.own.fed):
        if fed.tensor in reached and not fed.first:
            yield Level(by_step(names, ids.numbered("x", place), over.prefix))


def _from_states(drawing: Drawing, over: Sequence[Level]) -> dict[tuple[str, str], str]:
    """Return the arrows that must run from a loop's last states to the first row on it."""
    own = drawing.own
    found: dict[tuple[str, str], str] = {}
    free = [state for state in own.states if state.tensor not in {one.tensor for one in own.given}]
    for level in over:
        read = level.ran.calls() if level.ran is not None else frozenset()
        for state in free:
            if (state.tensor, own.timesteps) in read:
                found |= {(drawing.end(state, "n"), target): state.role for target in level.ids.values()}
    return found


def _frame_faults(drawing: Drawing, runs: Mapping[str, Run]) -> Iterator[str]:
    """Hold the frame around what all rounds gave against what put it together."""
    frame = next((one for one in drawing.scene.frames if one.id == drawing.at("output", 0)), None)
    if frame is None:
        return
    own = drawing.own
    whole = own.given[0].whole if len(own.given) == 1 else None
    wanted = tuple(drawing.at("output", step) for step in sorted(drawing.steps))
    if whole is None or frame.tensor != whole.name or tuple(frame.members) != wanted:
        yield f"{frame.id} frames {frame.tensor}, and does not hold its steps"
        return
    steps, count = sorted(drawing.steps), own.timesteps
    true = {step: frozenset([step if own.way == "fwd" else count + 1 - step]) for step in steps}
    if _held(runs[whole.name.rpartition(".")[0]], steps, own) != true:
        yield f"{frame.id} holds the steps of {whole.name} in another order"


def _held(run: Run, steps: Sequence[int], own: OwnLoop) -> Deps:
    """Return which round's share each of `steps` of what holds them all is.

    A cell of torch's is a layer of the trace: its output has the steps of its calls, each of which gave an h.
    """
    tensor, whole = own.given[0].tensor, own.given[0].whole
    if whole is not None and split_name(whole.name)[0] == split_name(tensor)[0]:
        return {step: frozenset([step]) for step in steps}
    return _read(run, steps, [tensor, *(tensor.replace(".h_n", name) for name in (".h", ".output"))])


def _read(run: Run, steps: Sequence[int], given: Sequence[str]) -> Deps:
    """Return which steps each of `steps` reads of what is `given`."""
    found = run.depends(steps, None, given)
    if not any(found.values()):  # tokens have no derivative
        found = {step: frozenset(r for r in steps if run.reads(step, r, None, given)) for step in steps}
    return found


def _direction_faults(drawing: Drawing, trace: Trace, runs: Mapping[str, Run]) -> Iterator[str]:
    """Hold one of two directions against the run: which round is each step, and reads which."""
    own, steps, count = drawing.own, sorted(drawing.steps), drawing.own.timesteps
    whole = own.given[0].whole
    turned = turning(trace, own) if own.ahead else ()
    assert whole is not None
    run = runs[split_name(whole.name)[0]]
    between = [name for name in turned[1:-1] if name != split_name(own.given[0].tensor)[0]]
    run = run.beside([runs[name] for name in between]) if between else run
    back = {step: frozenset([count + 1 - step]) for step in steps}
    rounds = {step: frozenset([step]) for step in steps} if own.way == "fwd" else back
    if _held(run, steps, own) != rounds:
        yield f"{whole.name} holds the steps of {own.name} in another order"
    if turned and _read(runs[turned[0]], steps, []) != back:
        yield f"{own.name} does not read {own.fed[0].tensor} from its last step"
