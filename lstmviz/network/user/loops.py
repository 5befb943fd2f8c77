"""Calls that belong together: a loop over a cell is one recurrent layer, its other lines run T times."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import torch

from lstmviz.network.user.kinds import cell_type, described, recurrent_type, torch_name
from lstmviz.network.user.recurrent import Ran, facts_of, parameters_of, ran, states_of
from lstmviz.network.user.values import leaves, sizes

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from lstmviz.network.user.events import Event, Source
    from lstmviz.network.user.values import Sizes


@dataclass(slots=True)
class Group:
    """The calls that are one stage of the trace."""

    events: list[Event]
    ran: Ran | None = None
    """Of a recurrent layer, also of one that the user's loop runs step by step."""
    absorbed: list[Event] = field(default_factory=list)
    """The calls that only cut steps out of the input, or put those of the output together."""
    name: str = ""

    @property
    def first(self) -> Event:
        """The first of its calls."""
        return self.events[0]

    @property
    def looped(self) -> bool:
        """Whether it is a recurrent layer that the user's own loop runs."""
        return self.ran is not None and (len(self.events) > 1 or cell_type(self.first.module) is not None)

    def output(self, sources: Iterable[Source]) -> tuple[str, ...]:
        """Return under which names of torch's API these of its tensors are known."""
        given = [source for source in sources if source[0] in {e.index for e in self.events}]
        if not self.looped:
            return tuple(dict.fromkeys(name for _, name in given))
        last = self.events[-1].index
        together = {e.index for e in self.absorbed}
        hidden = {index for index, name in given if name in {"h", "h_n"}}
        whole = any(index in together for index, _ in sources) or any(name == "output" for _, name in given)
        found = ["output"] if whole or hidden - {last} else []
        found += ["h_n"] if hidden == {last} else []
        return (*found, *dict.fromkeys("c_n" for _, name in given if name.startswith("c")))


def grouped(events: Sequence[Event], notes: list[str]) -> list[Group]:
    """Put the calls of a run together to stages, in the order in which they began."""
    groups = _layers(events, notes)
    taken = {e.index for group in groups for e in (*group.events, *group.absorbed)}
    rest = [event for event in events if event.index not in taken]
    folded = _folded(rest, _spans(events))
    groups += [Group(found) for found in folded]
    return sorted(groups, key=lambda group: group.first.index)


def _folded(events: Sequence[Event], spans: Sequence[tuple[range, int]]) -> list[list[Event]]:
    """Put the calls of one line together that run in every turn of a loop; the first turn may differ."""
    alike: dict[Any, list[Event]] = defaultdict(list)
    for event in events:
        alike[_key(event)].append(event)
    found = []
    for calls in alike.values():
        within = [(span, turns) for span, turns in spans if any(call.index in span for call in calls)]
        inside = [call for call in calls if any(call.index in span for span, _ in within)]
        turns = min((turns for _, turns in within), default=0)
        one_by_one = len(inside) < max(2, turns - 1)
        found += [[call] for call in calls if one_by_one or call not in inside]
        found += [] if one_by_one else [inside]
    return found


def _key(event: Event) -> Any:
    return (id(event.module) if event.module else event.type, event.name, event.where,
            tuple(s for _, s in event.inputs), tuple(s for _, s in event.outputs))  # fmt: skip


def _spans(events: Sequence[Event]) -> list[tuple[range, int]]:
    """Return where loops run, and their turns: from the first to the last call of weights on one line."""
    repeated: dict[Any, list[int]] = defaultdict(list)
    for event in events:
        if event.module is not None or event.parameters:
            repeated[_key(event)].append(event.index)
    spans = []
    for found in repeated.values():
        if len(found) > 1:
            period = found[1] - found[0]
            spans.append((range(found[0] - period + 1, found[-1] + period), len(found)))
    return spans


def _layers(events: Sequence[Event], notes: list[str]) -> list[Group]:
    """Find the recurrent layers: torch's own, and those that a loop runs step by step."""
    calls: dict[int, list[Event]] = defaultdict(list)
    for event in events:
        if event.module is not None and (recurrent_type(event.module) or cell_type(event.module)):
            calls[id(event.module)].append(event)
    groups = []
    for found in calls.values():
        for run in _runs(found):
            made = (
                Group(run, ran(run[0]))
                if len(run) == 1 and recurrent_type(run[0].module)
                else _loop(run, events)
            )
            if made.ran is None:
                name = run[0].name or "the module"
                notes.append(f"{name} gives something else than torch's own; it is no layer here")
            groups.append(made)
        if cell_type(found[0].module) and len(found) > 1 and len(_runs(found)) == len(found):
            notes.append(
                f"{found[0].name} does not read its own states of the step before: "
                "its calls are shown one by one"
            )
    return groups


def _runs(calls: list[Event]) -> list[list[Event]]:
    """Split the calls of one module where a call does not begin with the states of the one before."""
    runs = [calls[:1]]
    for before, after in pairwise(calls):
        handed = states_of(after)
        given = _ended(before)
        if (
            _one_step(after)
            and handed
            and len(handed) == len(given)
            and all(map(torch.Tensor.is_set_to, handed, given))
        ):
            runs[-1].append(after)
        else:
            runs.append([after])
    return runs


def _one_step(event: Event) -> bool:
    if cell_type(event.module):
        return True
    seen = ran(event)
    return seen is not None and seen.timesteps == 1 and seen.lengths is None


def _ended(event: Event) -> list[torch.Tensor]:
    if cell_type(event.module):
        return [tensor for _, tensor in leaves(event.result)]
    return [tensor for _, tensor in leaves(event.result[1])] if isinstance(event.result, tuple) else []


def _loop(run: list[Event], events: Sequence[Event]) -> Group:
    """Read a loop as one layer with T = its calls, under the names of torch's API."""
    first, steps = run[0], len(run)
    cell = cell_type(first.module)
    cuts, put = _cuts(run, events), _put_together(run, events)
    if cell is None:
        one = ran(first)
        assert one is not None
        time = 1 if one.facts["batch_first"] and one.batch_size is not None else 0
        tensors = dict(one.tensors)
        for name in ("input", "output"):
            shape = list(tensors[name])
            shape[time] = steps
            tensors[name] = tuple(shape)
        seen = Ran(one.type, one.facts, steps, one.batch_size, None, tensors, one.parameters, one.zeros)
    else:
        seen = _cell(run, cell, batch_first=_batch_first([*cuts, *put]))
    return Group(run, seen, absorbed=[*cuts, *put])


def _cell(run: list[Event], type_: str, *, batch_first: bool) -> Ran:
    first, steps = run[0], len(run)
    given = first.args[0] if first.args else first.kwargs["input"]
    batched = given.dim() == 2
    facts = facts_of(first.module, type_) | {"batch_first": batch_first and batched}
    if type_ == "rnn":
        facts["nonlinearity"] = getattr(first.module, "nonlinearity", "tanh")

    def over_time(shape: Sizes) -> Sizes:
        return (shape[0], steps, *shape[1:]) if facts["batch_first"] else (steps, *shape)

    states = [(1, *sizes(state)) for state in _ended(first)]
    tensors = {
        "input": over_time(sizes(given)),
        **dict(zip(("h_0", "c_0"), states, strict=False)),
        "output": over_time(sizes(_ended(first)[0])),
        **dict(zip(("h_n", "c_n"), states, strict=False)),
    }
    assert first.module is not None
    own = {f"{name}_l0": sizes(getattr(first.module, name)) for name, _ in first.module.named_parameters()
           if hasattr(first.module, name)}  # fmt: skip
    parameters = own if len(own) in {2, 4} else parameters_of(first.module, type_, facts)
    return Ran(type_, facts, steps, given.shape[0] if batched else None, None, tensors, parameters,
               not states_of(first), torch_name(first.module))  # fmt: skip


def _cuts(run: list[Event], events: Sequence[Event]) -> list[Event]:
    """Return the calls that cut the steps out of a sequence, which nothing else reads."""
    own = {event.index for event in run}
    by_index = {event.index: event for event in events}
    found: dict[int, Event] = {}
    for event in run:
        before = [by_index[i] for i, _ in event.sources if i in by_index and i not in own]
        found |= {e.index: e for e in before if e.type in {"getitem", "select", "unbind", "narrow"}}
    readers = [event for event in events if event.index not in own]
    kept = [e for e in found.values() if not any(e.index in {i for i, _ in r.sources} for r in readers)]
    total = len(kept) if all(len(e.outputs) == 1 for e in kept) else sum(len(e.outputs) for e in kept)
    return kept if total == len(run) and len({e.sources for e in kept}) == 1 else []


def _put_together(run: list[Event], events: Sequence[Event]) -> list[Event]:
    """Return the call that puts the outputs of all steps together, if it takes nothing else."""
    name = "h" if cell_type(run[0].module) else "output"
    steps = tuple((event.index, name) for event in run)
    kinds = {"stack"} if name == "h" else {"cat"}
    return [e for e in events if e.type in kinds and e.sources == steps and len(e.inputs) == len(steps)
            and _dim(e) in {0, 1}]  # fmt: skip


def _dim(event: Event) -> Any:
    return event.kwargs.get("dim", event.args[1] if len(event.args) > 1 else 0)


def _batch_first(around: Sequence[Event]) -> bool:
    """Whether time is the second axis where the steps are cut out, or put together."""
    for event in around:
        if event.type == "getitem":
            index = event.args[1]
            return isinstance(index, tuple) and isinstance(index[0], slice)
        if event.type in {"stack", "unbind", "cat", "select"}:
            return bool(_dim(event) == 1)
    return False


def types_of(group: Group) -> tuple[str, tuple[tuple[str, Any], ...]]:
    """Return the type of a stage, and the arguments that a figure may print."""
    type_, arguments = described(group.first)
    if group.ran is not None and group.looped:
        facts = group.ran.facts
        return group.ran.type, (("input_size", facts["input_size"]), ("hidden_size", facts["hidden_size"]))
    return type_, arguments
