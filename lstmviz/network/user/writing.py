"""A run's calls written down as a trace: stages, what they read, and the recurrent layers."""

from __future__ import annotations

import dataclasses
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Sequence
from itertools import dropwhile

import torch

from lstmviz.network.recurrence import in_code
from lstmviz.network.structure import Recurrent, Stage, Tensor, Trace
from lstmviz.network.user.call_recorder import CallRecorder
from lstmviz.network.user.events import INPUT, Source
from lstmviz.network.user.loops import Group, types_of
from lstmviz.network.user.paths import first_calls, shared
from lstmviz.network.user.recurrent import recurrent, states_of
from lstmviz.network.user.values import sizes
from lstmviz.translation.messages import note


class Writer:
    """Writes the groups of a run down as a trace."""

    def __init__(self, groups: list[Group], notes: list[str]) -> None:
        self.groups = groups
        self.notes = notes
        self.home = {e.index: group for group in groups for e in (*group.events, *group.absorbed)}
        self.readable = {id(group): self._sources(group) for group in groups}
        self.layers: dict[str, Recurrent] = {}
        self.symbols: dict[str, tuple[str, ...]] = {}
        self.tied: dict[int, str] = {}
        self.first = ""
        self.called_first = first_calls([event.inside for event in group.events] for group in groups)
        self.last_steps = {id(group) for group in groups if self._last_step(group)}

    def trace(
        self, taken: Sequence[tuple[str, torch.Tensor]], returned: Iterable[tuple[Source, ...]]
    ) -> Trace:
        """Return the whole trace; `returned` is where the model's results come from."""
        for group in self.groups:
            self._layer(group)
        self.first, given = taken[0][0], sizes(taken[0][1])
        letters = tuple(map(str, given))
        for group in self.groups:
            if (
                group.ran is not None
                and self._read(group)[:1] == ("input",)
                and group.ran.tensors["input"] == given
            ):
                letters = self.layers[group.name].tensor("input").symbols
        self.symbols["input"] = letters
        stages = tuple(self._stage(group) for group in self.groups)
        return Trace(
            stages=stages,
            recurrent=tuple(self.layers.values()),
            input=Tensor("input", given, letters),
            inputs=tuple(self._taken(name, tensor, letters) for name, tensor in taken),
            sizes=(),
            notes=tuple(dict.fromkeys(self.notes)),
            results=tuple(dict.fromkeys(name for sources in returned for name in self._named(sources))),
        )

    def _taken(self, name: str, tensor: torch.Tensor, letters: tuple[str, ...]) -> Tensor:
        """Return one of the model's inputs, in the letters of the layer that reads it."""
        if name == self.first:
            return Tensor("input", sizes(tensor), letters)
        called, shape = f"input.{name}", sizes(tensor)
        for group in self.groups:
            if group.ran is not None and self._read(group)[:1] == (called,):
                whole = self.layers[group.name].tensor("input")
                if whole.sizes == shape:
                    return Tensor(called, shape, whole.symbols)
        return Tensor(called, shape, tuple(map(str, shape)))

    def returned(
        self, result: Iterable[tuple[str, torch.Tensor]], watcher: CallRecorder
    ) -> Iterator[tuple[str, str]]:
        """Yield what the keys, fields or places of the model's result are, ``("fc.output", "logits")``.

        What a loop gave round by round is named by the list that holds it.
        """
        paths: dict[str, list[list[str]]] = defaultdict(list)
        for name, tensor in result:
            for one in self._named(watcher.sources(tensor)):
                paths[one].append(name.split(".") if name else [])
        for one, found in paths.items():
            own = found[0] if len(found) == 1 else list(shared(tuple(path) for path in found))
            if any(not part.isdigit() for part in own):
                yield one, ".".join(dropwhile(str.isdigit, own)) if len(found) > 1 else ".".join(own)
            elif own and len(paths) > 1:
                yield one, "".join(["output", *(f"[{part}]" for part in own)])

    def _read(self, group: Group) -> tuple[str, ...]:
        """Name the tensors that a stage reads from others, each once."""
        found: dict[str, None] = {}
        homes: dict[int, None] = {}
        sources = self.readable[id(group)]
        for index, name in sources:
            home = self.home.get(index)
            if index == INPUT:
                found["input" if name == self.first else f"input.{name}"] = None
            elif home is not None and home is not group and id(home) not in homes:
                homes[id(home)] = None
                found |= dict.fromkeys(f"{home.name}.{one}" for one in home.output(sources))
        return tuple(found)

    def _sources(self, group: Group) -> tuple[Source, ...]:
        cuts = [e for e in group.absorbed if e.index < group.events[-1].index]
        return tuple(dict.fromkeys(s for event in (*group.events, *cuts) for s in event.sources))

    def full(self, source: Source) -> tuple[str, ...]:
        """Return the full names of a tensor of the run; none where it is left out of the trace."""
        index, name = source
        if index == INPUT:
            return ("input" if name == self.first else f"input.{name}",)
        home = self.home.get(index)
        return tuple(f"{home.name}.{one}" for one in home.output([source])) if home else ()

    def state(self, source: Source) -> str:
        """Return the full name of what a stage hands on to its loop's next round."""
        home = self.home[source[0]]
        name = {"h": "h_n", "c": "c_n"}.get(source[1], source[1]) if home.looped else source[1]
        return f"{home.name}.{name}"

    def _named(self, sources: tuple[Source, ...]) -> list[str]:
        homes = dict.fromkeys(id(self.home[index]) for index, _ in sources if index in self.home)
        groups = [group for group in self.groups if id(group) in homes]
        return [f"{group.name}.{name}" for group in groups for name in group.output(sources)]

    def _layer(self, group: Group) -> None:
        if group.ran is None:
            return
        layer = recurrent(group.name, group.ran)
        begun = states_of(group.first)
        if begun and not group.first.begun and group.first.zeros:
            layer = recurrent(group.name, dataclasses.replace(group.ran, zeros=True))
            layer = dataclasses.replace(layer, handed=True)
        self.layers[group.name] = layer
        self.symbols |= {f"{group.name}.{t.name}": t.symbols for t in layer.tensors}
        if group.looped:
            type_ = type(group.first.module).__name__
            times = len(group.events)
            how = "user.cell-loop" if times > 1 else "user.cell-once"
            self.notes.append(note(how, name=group.name, cls=type_, n=times))
            for home in self._own_answers(group):
                other = self._other(home, group)
                which = note("user.other-result", name=group.name, other=other, through=home.name)
                own = note("user.own-result", name=group.name, through=home.name)
                self.notes.append(which if other else own)

    def _own_answers(self, group: Group) -> list[Group]:
        """Return the stages through which a loop over a layer reads what came of its results before."""
        own = {e.index for e in (*group.events, *group.absorbed)}
        later = {i for e in group.events for i, _ in e.sources if i not in own and i > group.first.index}
        homes = {id(self.home[i]): self.home[i] for i in later if i in self.home}.values()
        found = [home for home in homes if self._comes_from(home, group) and home.name not in self.layers]
        return sorted(found, key=lambda home: home.name)

    def _other(self, home: Group, group: Group) -> str:
        """Name the layer whose result a stage hands to another, if nothing of that one's last call is in it.

        Of two layers that read each other's results of the step before, each gets its own two steps later.
        """
        called = {e.index: e for one in self.groups for e in (*one.events, *one.absorbed)}
        last = group.events[-1]
        open_ = deque(s for i, _ in last.sources if self.home.get(i) is home for s in called[i].sources)
        seen: set[Source] = set()
        between: list[str] = []
        while open_:
            source = open_.popleft()
            giver = self.home.get(source[0])
            if source in seen or giver is None or source[0] not in called:
                continue
            seen.add(source)
            if giver is group:
                if source[0] >= group.events[-2].index:
                    return ""  # its own result of the step before
                continue
            between += [giver.name] if giver.looped else []
            open_ += called[source[0]].sources
        return between[0] if between else ""

    def _comes_from(self, group: Group, giver: Group) -> bool:
        """Whether what a layer reads, beside its states, was made from another's output."""
        states = set(group.first.begun)
        open_ = [s for e in (*group.events, *group.absorbed) for s in e.sources if s not in states]
        seen: set[Source] = set()
        while open_:
            source = open_.pop()
            home = self.home.get(source[0])
            if source in seen or home is None or home is group:
                continue
            seen.add(source)
            if home is giver:
                return True
            open_ += [s for e in (*home.events, *home.absorbed) for s in e.sources]
        return False

    def _stage(self, group: Group) -> Stage:
        type_, arguments = types_of(group)
        event, layer = group.first, self.layers.get(group.name)
        sources = self._read(group)
        if id(group) in self.last_steps:
            type_, arguments = "last_step", ()
        if event.inputs and not sources and event.module is not None:
            self.notes.append(note("user.input-lost", name=group.name))
        inputs = self._inputs(group, layer, sources)
        outputs = self._outputs(group, layer)
        self.symbols |= {f"{group.name}.{t.name}": t.symbols for t in outputs if t.name != "data"}
        return Stage(group.name, type_, arguments, inputs, outputs, self._parameters(group, layer), sources,
                     event.where, 1 if group.looped else len(group.events), self.inside(group),
                     function=event.module is None)  # fmt: skip

    def inside(self, group: Group) -> tuple[str, ...]:
        """The modules that a stage ran in, by their first calls."""
        return tuple(self.called_first[name] for name in group.first.inside)

    def _inputs(self, group: Group, layer: Recurrent | None, sources: tuple[str, ...]) -> tuple[Tensor, ...]:
        if layer is not None and group.looped:
            return (layer.tensor("input"),)
        taken = group.first.inputs or tuple((n, sizes(p)) for n, p in group.first.parameters.items())
        known = [self.symbols[s] for s in sources if s in self.symbols]
        packed = group.first.type == "unpack" or (layer is not None and layer.lengths is not None)
        found = []
        for place, (_, shape) in enumerate(taken):
            name = "input" if place == 0 else f"input.{place}"
            if layer is not None and place:
                name = ("h_0", "c_0")[place - 1]
            source = sources[place] if place < len(sources) else ""
            said = self.symbols.get(source, ())
            # Another input of the model has letters of its own, not those of what else is read.
            same = [s for s in known if len(s) == len(shape) and source and not source.startswith("input.")]
            symbols = said if len(said) == len(shape) else same[0] if same and len(known) == 1 else ()
            found.append(
                Tensor("data" if packed and not place else name, shape, symbols or tuple(map(str, shape)))
            )
        return tuple(found)

    def _outputs(self, group: Group, layer: Recurrent | None) -> tuple[Tensor, ...]:
        if layer is not None and layer.lengths is None:
            given = (t for t in layer.tensors if t.name in {"output", "h_n", "c_n"})
            return tuple(dataclasses.replace(in_code(layer, t), name=t.name) for t in given)
        if layer is not None:
            states = tuple(t for t in layer.tensors if t.name in {"h_n", "c_n"})
            shape = group.first.outputs[0][1]
            return (Tensor("data", shape, tuple(map(str, shape))), *states)
        packed = group.first.type == "pack"
        return tuple(Tensor("data" if packed else n, s, tuple(map(str, s))) for n, s in group.first.outputs)

    def _parameters(self, group: Group, layer: Recurrent | None) -> tuple[Tensor, ...]:
        """Return the parameters that no stage before has: tied ones count once."""
        own = {name: p for name, p in group.first.parameters.items() if isinstance(p, torch.Tensor)}
        shared = {name: self.tied[id(p)] for name, p in own.items() if id(p) in self.tied}
        fresh = [name for name in own if name not in shared]
        if shared and not fresh:
            others = " and ".join(sorted(set(shared.values())))
            self.notes.append(note("user.tied", name=group.name, others=others))
        elif shared:
            self.notes += [
                note("user.tied-one", name=f"{group.name}.{name}", of=of) for name, of in shared.items()
            ]
        self.tied |= {id(own[name]): group.name for name in fresh}
        if layer is not None:
            return layer.parameters if fresh or not own else ()
        short = {name: name.rpartition(".")[2] if group.first.module is None else name for name in fresh}
        return tuple(Tensor(short[n], sizes(own[n]), tuple(map(str, sizes(own[n])))) for n in fresh)

    def _last_step(self, group: Group) -> bool:
        """Whether a call picks the last step of a recurrent layer's output, and nothing else."""
        event = group.first
        if event.type != "getitem" or len(event.sources) != 1 or event.sources[0][0] not in self.home:
            return False
        home = self.home[event.sources[0][0]]
        if home.ran is None or home.output(event.sources) != ("output",) or home.ran.lengths is not None:
            return False
        time = 1 if home.ran.facts["batch_first"] and home.ran.batch_size is not None else 0
        whole = event.args[0]
        if whole.dim() <= time or whole.shape[time] != home.ran.timesteps:
            return False
        last = whole.select(time, whole.shape[time] - 1)
        return bool(last.data_ptr() == event.result.data_ptr() and last.stride() == event.result.stride()
                    and last.shape == event.result.shape)  # fmt: skip
