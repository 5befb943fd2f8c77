"""The drawn cell against torch's: it is proven, it equals torch's cells, and no mutation passes."""

import os
from dataclasses import replace
from functools import cache

import pytest
import torch
from torch import nn

from lstmviz.figures import kind
from lstmviz.figures.base import Subject
from lstmviz.figures.composing import compose
from lstmviz.network.cache import traced
from lstmviz.network.run import undisturbed
from lstmviz.proof.cells.algebra import Numbers
from lstmviz.proof.cells.graph import compute, read
from lstmviz.proof.cells.judge import cell_evidence, cell_faults, faults_against
from lstmviz.proof.known import Known
from lstmviz.proof.page_text import labels_of
from lstmviz.proof.sizes import tensor_faults
from lstmviz.proof.text_claims import label_faults
from lstmviz.spec import load

from .cell_mutations import MUTATIONS

CELL = kind("cell")
MANY, EVERY = 60, 1 if os.environ.get("LSTMVIZ_ALL") == "1" else 3
"""Of so many changes of a cell and more, every third is tried."""
CASES = {
    "lstm": {},
    "lstm-bare": {"bias": False},
    "proj": {"proj_size": 2},
    "gru": {"type": "gru"},
    "gru-bare": {"type": "gru", "bias": False},
    "rnn": {"type": "rnn"},
    "relu": {"type": "rnn", "nonlinearity": "relu", "bias": False},
    "deep": {"num_layers": 2, "bidirectional": True, "proj_size": 2, "batch_first": True},
    "deep-gru": {"type": "gru", "num_layers": 2, "bidirectional": True},
}


@cache
def spec_of(type="lstm", *, batch_first=False, **arguments):
    return load(
        {
            "input": {"batch_size": 6, "timesteps": 5, "features": 3, "batch_first": batch_first},
            "layers": [{type: {"hidden_size": 5, **arguments}}],
        }
    )


@cache
def trace_of(**given):
    return traced(spec_of(**given))


def scene_of(*, layer=0, direction=0, width="text", options=None, **given):
    spec = spec_of(**given)
    way = ("forward", "reverse")[direction]
    asked = CELL.options(width=width, layer=layer, direction=way, **(options or {}))
    return compose(CELL, Subject(trace_of(**given), spec.input), asked)


def module_of(type="lstm", dtype=torch.float64, **arguments):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(7)
        return getattr(nn, type.upper())(3, 5, dtype=dtype, **arguments).eval()


def places(case):
    given = CASES[case]
    for layer in range(given.get("num_layers", 1)):
        for direction in range(1 + given.get("bidirectional", False)):
            yield case, layer, direction


@pytest.mark.parametrize(("case", "layer", "direction"), [p for case in CASES for p in places(case)])
@pytest.mark.parametrize("width", ["text", "column"])
def test_every_arrow_of_every_cell_is_proven(case, layer, direction, width):
    scene = scene_of(layer=layer, direction=direction, width=width, **CASES[case])
    faults, proven = cell_faults(scene, module_of(**CASES[case]), layer=layer, direction=direction)
    assert faults == []
    assert proven == len(scene.edges) > 6


@pytest.mark.parametrize("shapes", ["both", "symbols", "numbers", "off"])
@pytest.mark.parametrize("case", ["proj", "gru"])
def test_it_is_proven_however_its_shapes_are_written(case, shapes):
    scene = scene_of(options={"shapes": shapes, "equations": True}, **CASES[case])
    assert cell_faults(scene, module_of(**CASES[case]), layer=0, direction=0)[0] == []


@pytest.mark.parametrize(
    ("case", "cell"),
    [("lstm", nn.LSTMCell), ("gru", nn.GRUCell), ("rnn", nn.RNNCell), ("gru-bare", nn.GRUCell)],
)
@pytest.mark.parametrize(("dtype", "near"), [(torch.float32, 1e-6), (torch.float64, 1e-12)])
def test_the_drawing_evaluates_to_torchs_own_cell(case, cell, dtype, near):
    drawn = read(scene_of(**CASES[case]), CASES[case].get("type", "lstm"))
    alone = cell(3, 5, bias=CASES[case].get("bias", True), dtype=dtype)
    weights = {f"{name}_l0": value for name, value in alone.named_parameters()}
    for seed in range(5):
        random = torch.Generator().manual_seed(seed)
        x, h, c = (torch.randn(4, size, dtype=dtype, generator=random) for size in (3, 5, 5))
        with torch.no_grad():
            found = compute(drawn, {"x.t": x, "h.t-1": h, "c.t-1": c}, Numbers(weights, 5)).values
            real = alone(x, (h, c) if case == "lstm" else h)
        results = dict(zip(("h.t", "c.t"), real, strict=True)) if case == "lstm" else {"h.t": real}
        for name, value in results.items():
            assert (found[name] - value).abs().max() <= near
            assert found[name].abs().max() > 0.01
        assert torch.equal(found["h.t"], found["h.t.up"])


@pytest.mark.parametrize(("case", "layer", "direction"), [p for case in CASES for p in places(case)])
@pytest.mark.parametrize(("dtype", "near"), [(torch.float32, 1e-6), (torch.float64, 1e-12)])
def test_every_variant_evaluates_to_one_step_of_torchs_module(case, layer, direction, dtype, near):
    given = CASES[case]
    drawn = read(scene_of(layer=layer, direction=direction, **given), given.get("type", "lstm"))
    end = f"_l{layer}{'_reverse' if direction else ''}"
    weights = {n: p for n, p in module_of(dtype=dtype, **given).named_parameters() if n.endswith(end)}
    held = {k: v for k, v in given.items() if k in {"bias", "proj_size", "nonlinearity"}}
    read_size = weights[f"weight_ih{end}"].shape[1]
    alone = getattr(nn, given.get("type", "lstm").upper())(read_size, 5, dtype=dtype, **held)
    alone.load_state_dict({f"{n.removesuffix(end)}_l0": value for n, value in weights.items()})
    before = "t+1" if direction else "t-1"
    for seed in range(3):
        random = torch.Generator().manual_seed(seed)
        x, h, c = (
            torch.randn(4, size, dtype=dtype, generator=random)
            for size in (read_size, given.get("proj_size") or 5, 5)
        )
        with torch.no_grad():
            states = {"x.t": x, f"h.{before}": h, f"c.{before}": c}
            found = compute(drawn, states, Numbers(weights, 5)).values
            start = (h[None], c[None]) if isinstance(alone, nn.LSTM) else h[None]
            _, end_states = alone(x[None], start)
        real = end_states if isinstance(end_states, tuple) else (end_states,)
        for name, value in zip(("h.t", "c.t"), real, strict=False):
            assert (found[name] - value[0]).abs().max() <= near
        assert found["h.t"].abs().max() > 0.01


def test_a_huge_module_is_proven_on_a_small_one_without_being_run():
    scene = scene_of(type="gru")
    huge = nn.GRU(3, 5000, device="meta", dtype=torch.float64)
    true = scene_of(type="gru", hidden_size=5000)
    assert cell_faults(true, huge, layer=0, direction=0) == ([], len(true.edges))
    faults, _ = cell_faults(scene, huge, layer=0, direction=0)
    assert faults
    assert all("(15" in f or "rows" in f or "headed" in f or "last size" in f for f in faults)


def test_nothing_of_torch_is_changed():
    module, state = module_of(), torch.get_rng_state()
    cell_faults(scene_of(), module, layer=0, direction=0)
    assert torch.equal(torch.get_rng_state(), state)
    assert torch.is_grad_enabled()
    assert all(p.grad is None for p in module.parameters())


@pytest.mark.parametrize("case", ["lstm", "proj", "gru", "relu", "deep", "deep-gru"])
@pytest.mark.parametrize("mutate", MUTATIONS, ids=lambda m: m.__name__)
def test_every_mutation_is_caught(case, mutate, capsys):
    _, layer, direction = [*places(case)][-1]
    scene = scene_of(layer=layer, direction=direction, **CASES[case])
    module = module_of(**CASES[case])
    missed, count, changes, told = [], 0, [*mutate(scene)], Known(trace_of(**CASES[case]))
    turn = [*CASES].index(case)  # each case tries other ones
    with undisturbed():
        known = cell_evidence(module, layer, direction)
        for what, mutant in changes[turn % EVERY :: EVERY] if len(changes) > MANY else changes:
            count += 1
            claims = (fault for label in labels_of(mutant) for fault in label_faults(label, told))
            faults = faults_against(known, mutant, module, layer=layer, direction=direction)[0]
            if not faults and not tensor_faults(mutant, told.trace)[0] and not any(claims):
                missed.append(what)
    with capsys.disabled():
        print(f"\n{case}: {mutate.__name__}: caught {count - len(missed)} of {count}")  # noqa: T201
    assert count
    assert missed == []


@pytest.mark.parametrize("case", ["lstm", "proj", "gru", "rnn"])
def test_a_fault_names_its_arrow(case):
    scene, module = scene_of(**CASES[case]), module_of(**CASES[case])
    for i, edge in enumerate(scene.edges):
        mutant = replace(scene, edges=scene.edges[:i] + scene.edges[i + 1 :])
        faults, proven = cell_faults(mutant, module, layer=0, direction=0)
        assert any(edge.target in fault or edge.source in fault for fault in faults), edge.id
        assert proven < len(scene.edges)


def test_the_other_layer_and_direction_are_not_this_one():
    case = CASES["deep"]
    scene, module = scene_of(layer=1, direction=1, **case), module_of(**case)
    assert cell_faults(scene, module, layer=1, direction=1)[0] == []
    assert cell_faults(scene, module, layer=1, direction=0)[0]
    assert cell_faults(scene, module, layer=0, direction=1)[0]
