"""What stands between and above recurrent layers: stages, results, and states handed over."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import torch

from lstmviz.network.stage_types import PACKS, TURNS
from lstmviz.network.stages import Decode
from lstmviz.network.structure import Recurrent, Trace
from lstmviz.network.user.stage_run import StageRun
from lstmviz.proof import heads
from lstmviz.proof.attention_lane import attended
from lstmviz.proof.labels import LayerScene
from lstmviz.proof.levels import Level, ending, led_anew, on_its_way, pairs_of, unshown_states
from lstmviz.proof.made_states import ROLES, arrows, made_here, state_id
from lstmviz.proof.reading import by_step, led_back
from lstmviz.proof.sentences import shown
from lstmviz.proof.stage_runs import Deps, Ran, Run
from lstmviz.proof.verdict import Tally, against
from lstmviz.scene import ids
from lstmviz.scene.ids import WAYS
from lstmviz.scene.items import Edge
from lstmviz.scene.scene import Scene


def outer_edges(scene: Scene, prefixes: Sequence[str]) -> list[Edge]:
    """Return the arrows with an end outside every layer, or in two of them."""
    homes = [(e, _home(e.source, prefixes), _home(e.target, prefixes)) for e in scene.edges]
    return [e for e, source, target in homes if source != target or not source or led_back(e)]


def _home(name: str, prefixes: Sequence[str]) -> str | None:
    one = ids.read(name)
    return (one.prefix or ".") if one.inner and one.prefix in prefixes else None


UNTOLD = (
    "its derivative shows nothing, and no changed value could tell: tokens, a mask, a zero, too many to try"
)


def judge_outer(
    tally: Tally,
    scene: Scene,
    trace: Trace,
    parts: dict[str, LayerScene],
    ran: Sequence[Run],
    *,
    sample: int | None,
) -> None:
    """Hold the arrows between and above the layers against the run of the model.

    `parts` gives the recurrent layer behind each prefix of ids. Each stage's
    Jacobian says which steps of its result depend on which of its input; a
    state handed over is the very tensor that ended the layer before.
    """
    rows = _Rows(scene, trace, parts, ran)
    levels = {prefix: list(rows.above(part)) for prefix, part in parts.items()}
    if heads.several(scene):
        levels = {prefix: heads.parted(scene, trace, one) for prefix, one in levels.items()}
    pairs = [on_its_way(trace, *pair) for several in levels.values() for pair in pairs_of(several)]
    handed = {
        ends: role for prefix, part in parts.items() for ends, role in rows.handed(prefix, part.layer).items()
    }
    for below, level in pairs:
        handed |= _from_states(below, level)
    for part in parts.values():
        handed |= rows.led_back(part)
    for prefix, part in parts.items():
        held = _holding(trace, part.layer.name, ran)
        readers = _reading(trace, held, levels[prefix]) if trace.parts else None
        handed |= led_anew(scene, levels[prefix], held, sample, readers)
    handed |= attended(scene, ran, {part.layer.name: prefix for prefix, part in parts.items()}, sample)
    unshown = {ends: role for rows in levels.values() for ends, role in unshown_states(rows)}
    drawn = {node.id for node in scene.nodes}
    left_out = {str(dict(given)["stage"]) for name, given in shown(scene) if name == "grid.reads"}
    tally.refute(
        f"{name} is drawn, and said not to be" for name in sorted(left_out & made_here(trace, drawn))
    )
    prefixes = [*parts, *(f"{ids.ROLLED}{prefix}" for prefix in parts)]
    hold(tally, outer_edges(scene, prefixes), pairs, handed, sample=sample, unshown=unshown)


def _holding(trace: Trace, layer: str, ran: Sequence[Run]) -> frozenset[str]:
    """Return the tensors that hold a layer's output, packed or turned or not, and its place in a spec."""
    found = {f"{layer}.output"}
    found |= {run.stage.head.place for run in ran if isinstance(run, Ran) and run.name == layer}
    for stage in trace.stages:
        if stage.type in PACKS | TURNS and found & {*stage.sources}:
            found.add(f"{stage.name}.output")
    return frozenset(found)


def _reading(trace: Trace, held: frozenset[str], levels: Sequence[Level]) -> frozenset[str]:
    """Return the stages that read tensors by themselves, or through calls that are no row of their own."""
    rows = {level.ran.name for level in levels if level.ran is not None}
    rows |= {one.name for one in trace.recurrent}
    carried = {*held}
    for stage in trace.stages:
        if carried & {*stage.sources} and stage.name not in rows:
            carried |= {f"{stage.name}.{one.name}" for one in stage.outputs}
    return frozenset(stage.name for stage in trace.stages if carried & {*stage.sources})


def hold(
    tally: Tally,
    edges: Sequence[Edge],
    pairs: Sequence[tuple[Level, Level]],
    handed: dict[tuple[str, str], str],
    *,
    sample: int | None = None,
    unshown: Mapping[tuple[str, str], str] = MappingProxyType({}),
) -> None:
    """Hold arrows against rows that stand on each other, and against states handed over, by their roles.

    What is `unshown` by any number is neither borne out nor refuted.
    """
    expected: dict[tuple[str, str], str] = {}
    asked: dict[tuple[str, str], tuple[Run, int, int]] = {}
    for below, level in pairs:
        try:
            expected |= dict.fromkeys(_joined(below, level, sample), "output")
        except ValueError as error:
            tally.refute([str(error)])
        if level.ran is not None:
            asked |= {
                (source, target): (level.ran, step, read)
                for step, target in level.ids.items()
                for read, source in below.ids.items()
            }
    expected |= handed
    drawn = {(e.source, e.target): e for e in edges}
    for ends, edge in drawn.items():
        if ends not in expected and ends in asked:
            one, step, read = asked[ends]
            moved = one.reads(step, read, sample)
            if moved is None:
                tally.doubt_arrows([edge], UNTOLD)
            if moved is not False:
                expected[ends] = "output"
        elif ends in unshown and ends not in expected:
            tally.doubt_arrows([edge], UNTOLD)
            expected[ends] = unshown[ends]
        tally.refute(_arrow_faults(edge, expected.get(ends)))
    missing = [pair for pair in expected if pair not in drawn]
    tally.refute(f"the arrow {source} → {target} is missing" for source, target in missing)


def _arrow_faults(edge: Edge, role: str | None) -> Iterator[str]:
    """Say what is wrong with an arrow that should carry this; None: there should be none."""
    if role is None:
        yield against(edge, "is false: nothing flows there")
    elif edge.role != role:
        yield against(edge, f"is false: it carries {role}")
    elif edge.double != (edge.role == "cell"):
        yield against(edge, "has the wrong line: c, and c alone, is double")


@dataclass(frozen=True, slots=True)
class _Rows:
    """Finds the rows of nodes that stand on each recurrent layer of a scene."""

    scene: Scene
    trace: Trace
    parts: dict[str, LayerScene]
    ran: Sequence[Run]

    def above(self, part: LayerScene) -> Iterator[Level]:
        """Yield the rows from a layer's output upward: its stages, then y, or the layer above.

        Padded steps are drawn as not computed: nothing flows there.
        """
        padded = part.layer.lengths is not None
        names = [n.id for n in self.scene.nodes if not padded or (ids.read(n.id).step or 0) <= part.length]
        yield Level(by_step(names, "output", part.prefix), states=dict(_last_states(names, part)))
        hidden: list[Run] = []
        reached = {f"{part.layer.name}.{name}" for name in ("output", "h_n", "c_n")}
        stages = [stage.name for stage in self.trace.stages]
        recurrent = self.trace.layers
        for stage in self.trace.stages[stages.index(part.layer.name) + 1 :]:
            if stage.name in recurrent:
                over = self._prefix(stage.name)
                if over is None:  # not drawn, and so is what stands on it
                    continue
                if not recurrent[stage.name].giver:
                    yield Level(by_step(names, "x", over))
                return
            placed = by_step(names, stage.name) or by_step(names, f"{stage.name}-stage")
            ran = self._run_of(stage.name)
            if placed and stage.type not in PACKS:
                yield Level(placed, ran.beside(hidden) if ran and hidden else ran)
                reached = {f"{stage.name}.{tensor.name}" for tensor in stage.outputs}
            elif ran is not None and stage.type not in PACKS:
                hidden.append(ran)
        result = by_step(names, ids.RESULT)
        if result and not heads.several(self.scene):
            yield Level(result, ending(self.trace, hidden, reached))

    def handed(self, prefix: str, layer: Recurrent) -> dict[tuple[str, str], str]:
        """Return the arrows from the states that end one layer to those that begin this one."""
        giver = self._prefix(layer.giver)
        taken, given = self._run_of(layer.name), self._run_of(layer.giver)
        if giver is None or taken is None or given is None:
            return {}
        nodes = {node.id for node in self.scene.nodes}
        made = arrows(taken, layer, prefix, self._last) if isinstance(taken, StageRun) else ()
        found = {ends: role for ends, role in made if ends[1] in nodes}
        through = {one.first for one in layer.handovers if one.through}
        ender = self.parts[giver].layer
        for (letter, index), state in _entries(taken.begun, layer):
            target = state_id(letter, "0", index, layer, prefix)
            if (letter, index) in through:
                continue
            for (other, place), ended in _entries(given.ended, ender):
                source = state_id(other, "n", place, ender, giver)
                # zeros say nothing of where they come from, unless all of both are the same
                told = bool(state.any()) or (letter, index) == (other, place)
                if told and {source, target} <= nodes and torch.equal(state, ended):
                    found[source, target] = ROLES[letter]
        return found

    def _last(self, name: str, letter: str, index: int) -> str:
        """Name the node of a last state; what is none by its stage."""
        prefix = self._prefix(name)
        if prefix is None or letter not in ROLES:
            return name
        return state_id(letter, "n", index, self.parts[prefix].layer, prefix)

    def led_back(self, part: LayerScene) -> dict[tuple[str, str], str]:
        """Return the arrows from the answer of each step of a decoder to what its next step reads.

        Which stage's those are is told by the numbers: what it read, running free, is what the stage gives.
        """
        run = self._run_of(part.layer.name)
        stage, names = getattr(run, "stage", None), [node.id for node in self.scene.nodes]
        if not isinstance(run, Ran) or not isinstance(stage, Decode) or stage.reads != "own":
            return {}
        free, given, axis = stage.sequence(run.before), stage.given(run.before), run.before.time_axis
        count = free.shape[axis] - 1
        if not torch.equal(given.narrow(axis, 1, count), free.narrow(axis, 0, count)):
            return {}
        answers: dict[int, str] = {}
        alike = False
        for level in self.above(part):
            gave = level.ran if answers or level.ran else run  # the first row is its output
            if isinstance(gave, Ran):  # else y, which repeats the row below
                data = gave.after.data
                alike = data.shape == free.shape and torch.allclose(data, free, atol=1e-9)
            answers = level.ids if alike else answers
        read = by_step(names, "x", part.prefix)
        return {(name, read[step + 1]): "output" for step, name in answers.items() if step + 1 in read}

    def _prefix(self, name: str) -> str | None:
        return next((prefix for prefix, part in self.parts.items() if name and part.layer.name == name), None)

    def _run_of(self, name: str) -> Run | None:
        return next((one for one in self.ran if one.name == name), None)


def _last_states(names: Sequence[str], part: LayerScene) -> Iterator[tuple[tuple[str, int], str]]:
    """Yield the nodes of a layer's last states."""
    for name in names:
        one = ids.read(name)
        if one.prefix == part.prefix and one.form in ids.LAST:
            yield (one.base, (one.layer or 0) * part.layer.directions + WAYS.index(one.way) + 1), name


def _from_states(below: Level, level: Level) -> dict[tuple[str, str], str]:
    """Return the arrows that must run from last states to what stands on a layer."""
    if level.ran is None or not below.states:
        return {}
    read = level.ran.states()[0]
    return {
        (node, target): ROLES[tensor[0]]
        for (tensor, index), node in below.states.items()
        for target in level.ids.values()
        if (tensor, index) in read
    }


def _entries(
    states: Iterable[torch.Tensor], layer: Recurrent
) -> Iterator[tuple[tuple[str, int], torch.Tensor]]:
    """Yield the entries of h and c, each with its letter and index; a cell's have no axis of layers."""
    for letter, state in zip("hc", states, strict=False):
        entries = [state] if layer.cell else state
        yield from (((letter, index), entry) for index, entry in enumerate(entries))


def _joined(below: Level, level: Level, sample: int | None) -> list[tuple[str, str]]:
    """Return the arrows that must run from one row to the next."""
    steps = [step for step in level.ids if step]
    if 0 in below.ids:
        if steps:
            raise ValueError(f"{level.ids[steps[0]]} is drawn for one step, and what it takes has no steps")
        return [(below.ids[0], level.ids[0])]
    if level.ran is None:
        deps: Deps = {step: frozenset([step]) for step in steps} or {0: frozenset(below.ids)}
    else:
        deps = level.ran.depends(steps, sample, below.given)
    return [
        (below.ids[source], level.ids[step])
        for step, found in deps.items()
        for source in sorted(found)
        if source in below.ids
    ]
