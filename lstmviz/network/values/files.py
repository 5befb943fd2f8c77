"""Weights and input from files beside a spec: read as data only, and held against the shapes of the run."""

from __future__ import annotations

import csv
import math
import zipfile
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch

from lstmviz.errors import ModelError
from lstmviz.network.plan import DataFile, ModelPlan
from lstmviz.network.stages import StageModule
from lstmviz.network.structure import Stage as Traced
from lstmviz.network.user.weights import state_of
from lstmviz.spec.data_files import MIB, MOST

WEIGHTS, VALUES = "weights", "input.values"
"""The places in a spec that name the files."""


def check_files(plan: ModelPlan, stages: Iterable[Traced]) -> None:
    """Raise ModelError, with both shapes, where a file does not fit the model that was run."""
    if plan.values:
        read_values(plan)
    if plan.weights:
        stages = tuple(stages)
        own = {f"{stage.name}.{one.name}": one.sizes for stage in stages for one in stage.parameters}
        _fitting(plan.weights, own, _state(plan.weights, {stage.name for stage in stages}))


def put_weights(file: DataFile, stages: Iterable[StageModule]) -> None:
    """Load a state dict into the stages of a model, each by its name: ``lstm.weight_ih_l0``."""
    stages = tuple(stages)
    state = _state(file, {stage.head.name for stage in stages})
    for stage in stages:
        start = f"{stage.head.name}."
        own = {name.removeprefix(start): one for name, one in state.items() if name.startswith(start)}
        if own:
            stage.inner.load_state_dict(own, strict=False)


def _state(file: DataFile, names: Collection[str]) -> Mapping[str, torch.Tensor]:
    """Return the state dict in a file; ModelError at the spec's weights if there is none.

    The module that all of it was in (``model.lstm…``) is left out, unless it is one of the layers' `names`.
    """
    path = Path(file.path)
    if zipfile.is_zipfile(path):  # torch's own is stored; one that was packed could grow without end
        with zipfile.ZipFile(path) as parts:
            if sum(part.file_size for part in parts.infolist()) > MOST["weights"]:
                raise ModelError(f"{file.name} holds more than {MOST['weights'] // MIB} MiB", place=WEIGHTS)
    try:
        state = state_of(path, file.name)
    except ModelError as error:
        raise ModelError(error.message, place=WEIGHTS, hint=error.hint) from error
    around = {name.partition(".")[0] for name in state}
    inside = len(around) == 1 and around.isdisjoint(names) and all("." in name for name in state)
    return {name.partition(".")[2]: one for name, one in state.items()} if inside else state


def _fitting(file: DataFile, own: Mapping[str, Sequence[int]], state: Mapping[str, torch.Tensor]) -> None:
    """Raise ModelError at the first parameter that a state dict has otherwise, or not at all."""
    ends = tuple({name.rpartition(".")[0] for name in own})
    for name, sizes in own.items():
        if name not in state:
            last = name.rpartition(".")[2]
            near = next((one for one in state if one.rpartition(".")[2] == last and one not in own), None)
            called = near.rpartition(".")[0] if near else ""
            hint = (
                f"it has {near}: give the layer the name {called!r}" if called and "." not in called else None
            )
            raise ModelError(f"{file.name} has no {name} {tuple(sizes)}", place=WEIGHTS, hint=hint)
        if tuple(state[name].shape) != tuple(sizes):
            there = tuple(state[name].shape)
            raise ModelError(
                f"{name} is {there} in {file.name}, but {tuple(sizes)} in the model", place=WEIGHTS
            )
    for name, tensor in state.items():
        buffer = tensor.dim() < 2 and name.rpartition(".")[0] in ends
        if name not in own and not buffer:
            shape = tuple(tensor.shape)
            raise ModelError(f"{name} {shape} of {file.name} is not in the model", place=WEIGHTS)


def read_values(plan: ModelPlan) -> torch.Tensor:
    """Return the input that a file holds, in float64 or as tokens, in the order of the model's own axes."""
    file, shape = plan.values, plan.input_shape
    assert file is not None
    found = _table(file, shape) if file.path.lower().endswith(".csv") else _array(file, shape)
    if not bool(torch.isfinite(found).all()):
        at = tuple(torch.nonzero(~torch.isfinite(found))[0].tolist())
        raise ModelError(f"{file.name} has a value at {list(at)} that is no number", place=VALUES)
    if plan.form != "tokens":
        return found
    whole = found.long()
    if not torch.equal(whole.double(), found) or int(whole.min()) < 0:
        raise ModelError(f"{file.name} holds numbers that are no tokens: 0, 1, 2 …", place=VALUES)
    if plan.vocabulary and int(whole.max()) >= plan.vocabulary:
        most = int(whole.max())
        reason = f"{file.name} holds the token {most}, but the vocabulary has {plan.vocabulary}"
        raise ModelError(reason, place=VALUES)
    return whole


def _array(file: DataFile, shape: tuple[int, ...]) -> torch.Tensor:
    """Return what NumPy saved; nothing in the file is run, and its header is read before its numbers."""
    try:
        import numpy as np  # noqa: PLC0415  (torch comes without it)

        found = np.load(file.path, mmap_mode="r", allow_pickle=False)
    except Exception as error:
        raise ModelError(
            f"{file.name} is no file of NumPy's that can be read as data", place=VALUES
        ) from error
    if found.shape != shape:
        raise ModelError(f"{file.name} is {found.shape}, but the input is {shape}", place=VALUES)
    if found.dtype.kind not in "fiub":
        raise ModelError(f"{file.name} holds {found.dtype}, and no numbers", place=VALUES)
    return torch.from_numpy(np.array(found, dtype=np.float64))


def _table(file: DataFile, shape: tuple[int, ...]) -> torch.Tensor:
    """Return the numbers of a table: a line for each step (of each sample, one after the other)."""
    count, wide = math.prod(shape[:-1]), shape[-1]
    rows: list[list[float]] = []
    try:
        with Path(file.path).open(encoding="utf-8-sig", newline="") as stream:
            lines = csv.reader(stream)
            for cells in lines:
                if not cells or (not rows and lines.line_num == 1 and not _number(cells[0])):
                    continue  # what the columns are called
                if len(rows) == count:
                    raise ModelError(_other(file, f"more than {count}", wide, shape), place=VALUES)
                rows.append(_row(file, cells, lines.line_num, wide))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ModelError(f"{file.name} cannot be read as a table: {error}", place=VALUES) from error
    if len(rows) != count:
        raise ModelError(_other(file, str(len(rows)), wide, shape), place=VALUES)
    return torch.tensor(rows, dtype=torch.float64).reshape(shape)


def _other(file: DataFile, rows: str, wide: int, shape: tuple[int, ...]) -> str:
    count = math.prod(shape[:-1])
    return f"{file.name} has {rows} rows of {wide} numbers, but the input {shape} needs {count}"


def _row(file: DataFile, cells: Sequence[str], line: int, wide: int) -> list[float]:
    if len(cells) != wide:
        reason = f"{file.name}:{line}: {len(cells)} numbers, but the input has {wide} in a row"
        raise ModelError(reason, place=VALUES)
    for column, cell in enumerate(cells, 1):
        if not _number(cell):
            raise ModelError(f"{file.name}:{line}: no number in column {column}", place=VALUES)
    return [float(cell) for cell in cells]


def _number(cell: Any) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True
