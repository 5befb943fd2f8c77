"""A trace as plain JSON data, and back, without loss."""

from __future__ import annotations

import dataclasses
from typing import Any

from lstmviz.network.handovers import StateHandover
from lstmviz.network.original import from_data
from lstmviz.network.packed import Packing
from lstmviz.network.rounds import Call, Filled, Loop, Made, Read, State
from lstmviz.network.steps import reading_from
from lstmviz.network.structure import Recurrent, Stage, Tensor, Trace
from lstmviz.translation.messages import Note, note

Data = dict[str, Any]


def to_record(trace: Trace) -> Data:
    """Return the trace as JSON data; `from_record` gives an equal trace."""
    notes = [[one.id, *map(list, one.given)] if isinstance(one, Note) else one for one in trace.notes]
    return dataclasses.asdict(trace) | {"notes": notes}


def from_record(data: Data) -> Trace:
    """Return the trace of a record.

    Raises KeyError, TypeError or ValueError if it is not one.
    """
    return Trace(
        stages=tuple(_stage(stage) for stage in data["stages"]),
        recurrent=tuple(_recurrent(layer) for layer in data["recurrent"]),
        input=_tensor(data["input"]),
        sizes=tuple((str(symbol), int(size)) for symbol, size in data["sizes"]),
        notes=tuple(map(_note, data["notes"])),
        results=tuple(map(str, data["results"])),
        inputs=_tensors(data["inputs"]),
        names=_pairs(data["names"]),
        modules=_pairs(data["modules"]),
        parts=tuple(map(str, data["parts"])),
        loops=tuple(map(_loop, data["loops"])),
        halves=tuple(map(_loop, data["halves"])),
        original=from_data(data["original"]),
    )


def _note(data: list[Any] | str) -> str:
    return data if isinstance(data, str) else note(data[0], **dict(data[1:]))


def _tensor(data: Data) -> Tensor:
    sizes, symbols = tuple(map(int, data["sizes"])), tuple(map(str, data["symbols"]))
    tensor = Tensor(str(data["name"]), sizes, symbols, str(data["of"]))
    if len(tensor.sizes) != len(tensor.symbols):
        raise ValueError(f"{tensor.name} has {len(tensor.sizes)} axes and {len(tensor.symbols)} symbols")
    return tensor


def _tensors(data: list[Data]) -> tuple[Tensor, ...]:
    return tuple(map(_tensor, data))


def _stage(data: Data) -> Stage:
    return Stage(
        name=str(data["name"]),
        type=str(data["type"]),
        arguments=tuple((str(name), frozen(value)) for name, value in data["arguments"]),
        inputs=_tensors(data["inputs"]),
        outputs=_tensors(data["outputs"]),
        parameters=_tensors(data["parameters"]),
        sources=tuple(map(str, data["sources"])),
        where=str(data["where"]),
        times=int(data["times"]),
        inside=tuple(map(str, data["inside"])),
        reads=tuple(map(reading_from, data["reads"])),
        function=bool(data["function"]),
    )


def _pairs(data: list[list[str]]) -> tuple[tuple[str, str], ...]:
    return tuple((str(name), str(said)) for name, said in data)


def _recurrent(data: Data) -> Recurrent:
    tensors = {name: _tensors(data[name]) for name in ("tensors", "parameters")}
    lengths = None if data["lengths"] is None else tuple(map(int, data["lengths"]))
    if lengths is not None and (
        len(lengths) != data["batch_size"] or not all(0 < n <= data["timesteps"] for n in lengths)
    ):
        raise ValueError(f"{data['name']} has {data['batch_size']} samples, and lengths {lengths}")
    packing = data["packing"] and Packing(**{name: tuple(map(int, n)) for name, n in data["packing"].items()})
    more = {
        "cuts": tuple(map(int, data["cuts"])),
        "handovers": tuple(StateHandover(**_frozen_values(one)) for one in data["handovers"]),
    }
    return Recurrent(**{**data, **tensors, **more, "lengths": lengths, "packing": packing})


def _loop(data: Data) -> Loop:
    made: Data = {
        "reads": tuple(Read(**_frozen_values(read)) for read in data["reads"]),
        "states": tuple(State(**_frozen_values(state)) for state in data["states"]),
        "made": tuple(Made(**_frozen_values(one)) for one in data["made"]),
        "filled": tuple(Filled(**_frozen_values(one)) for one in data["filled"]),
        "body": tuple(Call(**_frozen_values(one)) for one in data["body"]),
    }
    return Loop(**{**_frozen_values(data), **made})


def _frozen_values(data: Data) -> Data:
    return {name: frozen(value) for name, value in data.items()}


def frozen(value: Any) -> Any:
    """Return what JSON gave as lists as tuples."""
    return tuple(map(frozen, value)) if isinstance(value, list | tuple) else value
