"""Modules made at random, as people write them: nothing false is drawn, and nothing breaks.

The relations of steps that the trace tells are put together from the input to the result, and held against
changes of the input made here, without lstmviz. 24 modules in every run, LSTMVIZ_MODULES=400 in `make prove`.
"""

import math
import os
from functools import cache

import pytest
import torch

from lstmviz import checking, figures
from lstmviz.figure_requests import plan_kind
from lstmviz.network.foreign.opening import open_model
from lstmviz.network.user.stage_dependences import follow
from lstmviz.pipeline import described
from tests import user_modules

SEEDS = range(int(os.environ.get("LSTMVIZ_MODULES", "24")))


def reach(trace):
    """Which steps of the input each step of each tensor comes from, over every way that the trace tells."""
    every = range(1, user_modules.T + 1)
    steps = {"input": [{t} for t in every] if "T" in trace.input.symbols else [{*every}]}
    before = None
    while steps != before:
        before = {name: [set(row) for row in rows] for name, rows in steps.items()}
        for stage in trace.stages:
            for one in stage.reads:
                _join(
                    steps.setdefault(f"{stage.name}.{one.output}", []), _below(one, steps.get(one.source, []))
                )
            own = steps.get(f"{stage.name}.output", [])
            if any(layer.name == stage.name and layer.cell for layer in trace.recurrent):  # h goes on
                own[:] = [set().union(*own[: step + 1]) for step in range(len(own))]
            for tensor in stage.outputs:
                if tensor.name in {"h_n", "c_n"}:
                    steps[f"{stage.name}.{tensor.name}"] = [set().union(*own)]
    return steps


def _below(one, below):
    """What each step of a result comes from, through one reading."""
    if one.states:
        return [set().union(*below)]
    if one.read is None and one.relation.taken == 1:  # nothing is known of its steps
        below = [set().union(*below)]
    return [set().union(*(below[s - 1] for s in row if s <= len(below))) for row in one.relation.rows()]


def _join(own, rows):
    """Add what another reading says; where one of them has no steps, all come from all of it."""
    if own and len(own) != len(rows):
        whole = set().union(*own, *rows)
        rows = [whole] * max(len(own), len(rows))
    own += [set() for _ in rows[len(own) :]]
    for step, row in enumerate(rows):
        own[step] |= row


def axis_of(trace, name):
    """The axis along which a result has its steps, as its last reading tells; None if it has none."""
    stage = trace.stage(name.partition(".")[0])
    output = name.partition(".")[2]
    given = {one.given for one in stage.reads if one.output == output}
    if any(layer.name == stage.name for layer in trace.recurrent) and output == "output":
        return next(t for t in stage.outputs if t.name == output).symbols.index("T")
    return next(iter(given)) if len(given) == 1 else None


@cache
def about(seed):
    """A module, what it is called with, and what figures of it are about."""
    made, x = user_modules.module(seed), user_modules.inputs(seed)
    return made, x, described(made, (x,))


@pytest.mark.parametrize("seed", SEEDS)
def test_what_the_trace_says_of_steps_is_what_changes_show(seed):
    made, x, subject = about(seed)
    trace = subject.trace
    told = reach(trace)
    moved = user_modules.moved_by(made, x, 1 if user_modules.first(seed) else 0)
    for place, name in enumerate(trace.results):
        if name not in told:
            assert not trace.stage(name.partition(".")[0]).reads
            continue
        axis = axis_of(trace, name)
        if not bool(user_modules.results(made, x)[place].any()):
            continue  # a ReLU that is nowhere above zero: changes show nothing of it
        known = told[name] if axis is not None else [set().union(*told[name])]
        for step, seen in enumerate((one[place] for one in moved), 1):
            rows = [seen.any()] if axis is None else seen.movedim(axis, 0).flatten(1).any(1)
            for given, there in zip(known, map(bool, rows), strict=True):
                said = step in given
                assert said == there if "T" in trace.input.symbols else said >= there, (name, step, given)


@pytest.mark.parametrize("seed", SEEDS)
def test_no_figure_is_refuted_and_none_breaks(seed):
    made, x, _ = about(seed)
    for proof in checking.proofs_of(open_model(made, (x,))):
        assert not proof.faults, proof.kind
        assert not [one for one in proof.unproven if "cannot be drawn" in one.why], proof.kind


@pytest.mark.parametrize("seed", SEEDS[::3])
def test_no_bare_figure_is_refuted(seed):
    made, x, subject = about(seed)
    for kind in ("grid", "unrolled"):
        asked = plan_kind(kind, {"detail": "low"})
        if figures.kind(kind).unable(subject) is None:
            found = checking.proof(subject, asked, followed=follow(made, (x,), subject.trace))
            assert not found.faults, kind


@pytest.mark.parametrize("seed", SEEDS)
def test_shapes_and_parameters_are_torchs(seed):
    made, x, subject = about(seed)
    seen = {}
    for name, part in made.named_children():
        part.register_forward_hook(lambda _part, _taken, given, name=name: seen.setdefault(name, given))
    user_modules.results(made, x)
    trace = subject.trace
    drawn = {stage.name: stage for stage in trace.stages}
    for name, given in seen.items():
        if isinstance(given, torch.Tensor) and not any(one.name == name for one in trace.recurrent):
            assert drawn[name].outputs[0].sizes == tuple(given.shape)
    parts = [part for name, part in made.named_children() if name in seen]
    counted = sum(math.prod(t.sizes) for stage in trace.stages for t in stage.parameters)
    assert counted == sum(p.numel() for part in parts for p in part.parameters())
