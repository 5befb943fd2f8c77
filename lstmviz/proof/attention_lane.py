"""The parts of a decoder's round, and what it reads of its encoder, held against derivatives of the run.

The line that leads an encoder's steps into the attention of a spec's decoder, held against derivatives.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from lstmviz.network.attention import Attend
from lstmviz.network.decoders import Decoder, Memory, StateTransfer, stages_in
from lstmviz.network.recurrence import OwnLoop, Share
from lstmviz.network.steps import time_axis
from lstmviz.network.structure import Trace, split_name
from lstmviz.network.user.changer import Change
from lstmviz.network.user.rounds_run import RoundsRun
from lstmviz.proof.drawn_loop import Drawing
from lstmviz.proof.reading import by_step
from lstmviz.proof.stage_runs import Ran, Run
from lstmviz.proof.verdict import Tally
from lstmviz.scene import ids
from lstmviz.scene.scene import Scene

Ends = tuple[str, str]
SOME = 8
"""Of so many rounds the first and the last two are asked."""
UNSEEN = "its derivative is zero in the rounds that were tried"


def judge_lane(
    tally: Tally, drawing: Drawing, ran: RoundsRun, numbers: Mapping[int, int], *, alike: bool
) -> None:
    """Hold what each part of a round takes against its derivatives; `numbers` are the rounds of the steps.

    Where all rounds were replayed, and are `alike`, one is enough to show it.
    """
    own = drawing.own
    begun = {split_name(name)[0] for one in own.starting for name in one.begun}
    for share in own.shares:
        told = {(kind, split_name(name)[0]) for kind, name, _ in share.takes}
        found = {step: {*_takes(ran, number, own, share)} for step, number in numbers.items()}
        anywhere = set().union(*found.values()) if alike else set()
        for step, number in numbers.items():
            unseen = told - found[step] - anywhere
            found[step] |= {take for take in unseen if _moves(ran, number, share, take)}
            anywhere |= found[step] if alike else set()
            more = {take for take in found[step] - told if number or take[1] not in begun}
            tally.refute(f"{share.name} of round {number + 1} reads {stage} ({kind}): that is not drawn"
                         for kind, stage in sorted(more))  # fmt: skip
            left = {one for one in told - found[step] - anywhere if one[0] != "state" or number}
            if share.name == "cell":  # what comes from elsewhere is held against the whole round
                left = {one for one in left if one[0] == "inner"}
            edges = [e for e in drawing.edges if e.target == drawing.share(share, step)]
            tally.doubt_arrows([e for e in edges if drawing.stands_for(e.source, step) & left], UNSEEN)


def _moves(ran: RoundsRun, number: int, share: Share, take: tuple[str, str]) -> bool:
    """Whether a part of a round moves with what has no derivative: a mask, tokens."""
    record, calls = ran.record, ran.ran.rounds[number].calls
    within = frozenset(i for i in calls if i in record.home and record.home[i].name in share.stages)
    read = {record.cut_from(source)
            for i in within for slot in record.events[i].slots for source in slot.sources}  # fmt: skip
    sources = [source for source in sorted(read) if split_name(ran.name_of(source))[0] == take[1]]
    moved = [ran.moved(Change(source, free=within)) for source in sources]
    given = split_name(share.tensor)[0]
    return any(record.home[i].name == given for one in moved if one is not None for i in within & {*one})


def _takes(ran: RoundsRun, number: int, own: OwnLoop, share: Share) -> Iterator[tuple[str, str]]:
    """Yield what a part of a round reads directly from outside: the kind, and the stage that made it."""
    for source, moves in _reached(ran, number, own, share):
        if moves:
            yield _kind(ran, number, source), split_name(ran.name_of(source))[0]


def _kind(ran: RoundsRun, number: int, source: tuple[int, str]) -> str:
    rounds, index = ran.ran.rounds, source[0]
    if index in rounds[number].calls:
        return "inner"
    if number and index in rounds[number - 1].calls:
        return "state"
    read = ran.ran.reads.get(ran.name_of(source))
    step = read.axis if read else None
    return "constant" if step is None else "step"


def _reached(
    ran: RoundsRun, number: int, own: OwnLoop, share: Share
) -> Iterator[tuple[tuple[int, str], bool]]:
    """Yield the sources of a part's results, and whether they move with them."""
    record, one = ran.record, ran.ran.rounds[number]
    homes = record.home
    within = frozenset(i for i in one.calls if i in homes and homes[i].name in share.stages)
    wanted = {share.tensor} if share.name != "cell" else _given_by(own, share)
    starts = [
        start
        for index in within
        for start in record.start(record.events[index])
        if any(split_name(tensor)[0] == homes[index].name for tensor in wanted)
    ]
    for source, grad in record.reached(starts, within).items():
        if grad is not None:
            yield source, bool(grad.ne(0).any())


def _given_by(own: OwnLoop, share: Share) -> set[str]:
    """The tensors that the cell of a round gives: to the next, outside, and to what it asks."""
    names = {one.tensor for one in own.states} | {one.tensor for one in own.given}
    names |= {name for other in own.shares for kind, name, _ in other.takes if kind == "inner"}
    return {name for name in names if split_name(name)[0] in share.stages}


def between(
    decoder: Decoder, drawing: Drawing, ran: RoundsRun, trace: Trace, runs: Mapping[str, Run]
) -> dict[Ends, str]:
    """Return the arrows that there must be from an encoder to its decoder, by their roles."""
    names = [node.id for node in drawing.scene.nodes]
    found: dict[Ends, str] = {}
    for memory in decoder.memories:
        found |= dict.fromkeys(
            _memory(decoder, memory, drawing, _read(memory, decoder, ran, trace, runs)), "output"
        )
        if memory.through:
            found[memory.through[-1], _chip(decoder, memory, drawing)] = "input"
    for one in decoder.handed:
        state = next(s for s in decoder.own.states if s.letter == one.letter)
        ends = _ends(one, decoder, ran, runs)
        target = drawing.end(state, "0")
        letters = [other.letter for other in decoder.own.states]
        via = ids.made(one.through[-1], target, letters) if one.through else target
        found |= {(name, via): state.role for end, name in _last(names, decoder) if end in ends}
        found |= {(via, target): state.role} if one.through else {}
    return found


def _chip(decoder: Decoder, memory: Memory, drawing: Drawing) -> str:
    place = [one.tensor for one in decoder.own.constants].index(memory.tensor)
    return ids.constant(place, prefix=drawing.prefix)


def _memory(decoder: Decoder, memory: Memory, drawing: Drawing, read: set[int]) -> Iterator[Ends]:
    """Yield the arrows of a memory: from the steps that the rounds `read` and the drawn sample has."""
    prefix = ids.inside(decoder.encoder.name)
    nodes = by_step([node.id for node in drawing.scene.nodes], ids.at("output", prefix=prefix))
    computed = {one.step for one in ids.read_all(drawing.scene.nodes) if one.prefix == prefix and one.is_cell}
    target = memory.through[-1] if memory.through else _chip(decoder, memory, drawing)
    yield from ((nodes[step], target) for step in sorted(read & computed) if step in nodes)


def _read(
    memory: Memory, decoder: Decoder, ran: RoundsRun, trace: Trace, runs: Mapping[str, Run]
) -> set[int]:
    """The encoder's steps that the rounds read through a tensor, as derivatives show it."""
    read, name = _rows(memory, ran, trace), split_name(memory.tensor)[0]
    stage, encoder = trace.stage(name), stages_in(trace, decoder.encoder)
    if name in encoder or not read or (stage is not None and stage.type == "unpack"):
        return read
    hidden = [runs[one] for one in _chain(trace, encoder, name)[:-1]]
    own = decoder.encoder.given if isinstance(decoder.encoder, OwnLoop) else ()
    depends = runs[name].beside(hidden).depends(sorted(read), None, [one.tensor for one in own])
    return {step for found in depends.values() for step in found}


def _rows(memory: Memory, ran: RoundsRun, trace: Trace) -> set[int]:
    """The steps of a tensor, from 1, that calls of the rounds read, each by its own derivative."""
    stage = trace.stage(split_name(memory.tensor)[0])
    assert stage is not None
    tensor = next(one for one in stage.outputs if one.name == split_name(memory.tensor)[1])
    axis = next((one.given for one in stage.reads if one.given is not None), time_axis(tensor.symbols))
    record, read, rounds = ran.record, set[int](), ran.ran.rounds
    for one in rounds if len(rounds) < SOME else (rounds[0], *rounds[-2:]):
        for index in one.calls:
            starts = record.start(record.events[index])
            for source, grad in record.reached(starts, frozenset([index])).items():
                if grad is not None and ran.name_of(source) == memory.tensor and axis is not None:
                    rows = grad.movedim(axis, 0).flatten(1).ne(0).any(-1).nonzero().flatten().tolist()
                    read |= {int(row) + 1 for row in rows}
    return read


def _chain(trace: Trace, encoder: Collection[str], name: str) -> list[str]:
    """The stages from an encoder to a stage, each read by the next alone."""
    found = [name]
    while (stage := trace.stage(found[0])) is not None and split_name(stage.sources[0])[0] not in encoder:
        found.insert(0, split_name(stage.sources[0])[0])
    return found


def _ends(
    one: StateTransfer, decoder: Decoder, ran: RoundsRun, runs: Mapping[str, Run]
) -> frozenset[tuple[str, int]]:
    """The last states that a state begins with, as derivatives show it."""
    name, output = split_name(one.tensor)
    inner = [run for stage, run in runs.items() if stage in decoder.passed and stage != name]
    if isinstance(encoder := decoder.encoder, OwnLoop):
        letters = {state.tensor: state.letter for state in encoder.states}
        made = next(state.tensor for state in decoder.own.states if state.letter == one.letter)
        first = ran.depends(0, made) or ()
        read = (
            runs[name].beside(inner).calls()
            if name in decoder.passed
            else {(tensor, 1 - lag) for _, tensor, lag in first}
        )
        ended = {(tensor, n) for tensor, n in read if name in decoder.passed or tensor == one.tensor}
        return frozenset((f"{letters[t]}_n", 1) for t, n in ended if t in letters and n == encoder.timesteps)
    if name == decoder.encoder.name:
        count = decoder.encoder.num_layers * decoder.encoder.directions
        return frozenset((output, index) for index in range(1, count + 1))
    return runs[name].beside(inner).states()[0]


def _last(names: Sequence[str], decoder: Decoder) -> Iterator[tuple[tuple[str, int], str]]:
    """Yield the encoder's last states that are drawn, with their nodes."""
    layer, prefix = decoder.encoder, ids.inside(decoder.encoder.name)
    for tensor in (f"{state.letter}_n" for state in layer.carried):
        for depth in range(layer.num_layers):
            for way, lane in enumerate(layer.ways):
                if (name := ids.at(tensor, depth, lane, prefix=prefix)) in names:
                    yield (tensor, depth * layer.directions + way + 1), name


def attended(
    scene: Scene, ran: Sequence[Run], prefixes: Mapping[str, str], sample: int | None
) -> dict[tuple[str, str], str]:
    """Return the arrows onto such a line and off it: of the steps that the stage reads at every step drawn.

    `prefixes` are what the ids of each recurrent layer drawn begin with.
    """
    nodes = [node.id for node in scene.nodes]
    found: dict[tuple[str, str], str] = {}
    for run in ran:
        if not isinstance(run, Ran) or not isinstance(run.stage, Attend):
            continue
        hub = ids.constant(0, prefix=ids.inside(run.name))
        giver = prefixes.get(run.before.made[run.stage.head.other].source)
        if hub not in nodes or giver is None:
            continue
        into, read = by_step(nodes, run.name), run.stage.weighed(run.before, sample)
        every = set.intersection(*(read[step] for step in into))
        steps = every.intersection(by_step(nodes, "output", giver))
        found |= {(ids.at("output", step=step, prefix=giver), hub): "output" for step in steps}
        found |= {(hub, name): "output" for name in into.values()}
    return found
