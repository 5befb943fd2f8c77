"""The trace equals plain torch, written here once more, in every configuration."""

from itertools import product

import pytest
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from lstmviz.network.trace import trace

CLASSES = {"lstm": nn.LSTM, "gru": nn.GRU, "rnn": nn.RNN}
ALL = list(product(CLASSES, (1, 2, 3, 4), (False, True), (False, True), (2, 5)))


def shapes(tensors):
    return {tensor.name: tensor.sizes for tensor in tensors}


def plain(module, value, lengths=None):
    """Run torch's module by its documented calls, and list what it takes and gives."""
    given = value
    if lengths is not None:
        value = pack_padded_sequence(value, torch.tensor(lengths), module.batch_first, enforce_sorted=False)
    output, ended = module(value)
    if lengths is not None:
        output, _ = pad_packed_sequence(output, module.batch_first, total_length=max(given.shape[:2]))
    ended = ended if isinstance(module, nn.LSTM) else (ended,)
    seen = {"input": given} | dict(zip(("h_0", "c_0"), ended, strict=False)) | {"output": output}
    seen |= dict(zip(("h_n", "c_n"), ended, strict=False))
    parameters = {name: tuple(p.shape) for name, p in module.named_parameters()}
    return {name: tuple(t.shape) for name, t in seen.items()}, parameters


@pytest.mark.parametrize("case", ALL, ids=str)
def test_every_configuration(spec, case):
    kind, layers, both, batch_first, steps = case
    given = {"batch_size": 3, "timesteps": steps, "features": 4, "batch_first": batch_first}
    options = {"hidden_size": 7, "num_layers": layers, "bidirectional": both}
    traced = trace(spec(given, (kind, options))).recurrent[0]
    shape = (3, steps, 4) if batch_first else (steps, 3, 4)
    module = CLASSES[kind](4, 7, layers, bidirectional=both, batch_first=batch_first)
    tensors, parameters = plain(module, torch.zeros(shape))
    assert shapes(traced.tensors) == tensors
    assert list(shapes(traced.tensors)) == list(tensors)
    assert shapes(traced.parameters) == parameters
    assert list(shapes(traced.parameters)) == list(parameters)

    d = "2" if both else ""
    axes = {tensor.name: tensor.symbols for tensor in traced.tensors}
    sequence = ("N", "T") if batch_first else ("T", "N")
    assert axes["input"] == (*sequence, "F")
    assert axes["output"] == (*sequence, f"{d}H")
    for state in set(axes) - {"input", "output"}:
        assert axes[state] == (f"{d}L", "N", "H")
    gates = {"lstm": "4", "gru": "3", "rnn": ""}[kind]
    for parameter in traced.parameters:
        column = f"{d}H" if "ih_l" in parameter.name and "l0" not in parameter.name else "H"
        column = "F" if "ih_l0" in parameter.name else column
        expected = (f"{gates}H",) if parameter.name.startswith("bias") else (f"{gates}H", column)
        assert parameter.symbols == expected, parameter.name


@pytest.mark.parametrize("kind", CLASSES)
@pytest.mark.parametrize("batch_first", [False, True])
def test_packed_batches(spec, axes, kind, batch_first):
    lengths = (2, 6, 3, 1)
    given = {"batch_size": 4, "timesteps": 6, "features": 3, "lengths": lengths, "batch_first": batch_first}
    traced = trace(spec(given, (kind, {"hidden_size": 5, "bidirectional": True})))
    layer = traced.recurrent[0]
    shape = (4, 6, 3) if batch_first else (6, 4, 3)
    module = CLASSES[kind](3, 5, bidirectional=True, batch_first=batch_first)
    assert shapes(layer.tensors) == plain(module, torch.zeros(shape), lengths)[0]
    assert layer.lengths == lengths
    assert [stage.type for stage in traced.stages] == ["pack", kind, "unpack"]
    pack, ran, unpack = traced.stages
    assert pack.outputs[0].sizes == ran.inputs[0].sizes == (12, 3)
    assert ran.outputs[0].sizes == unpack.inputs[0].sizes == (12, 10)
    assert axes(pack.outputs) == {"data": "(Σ lengths, F)"}
    assert axes(unpack.outputs) == {"output": "(N, T, 2H)" if batch_first else "(T, N, 2H)"}
    assert dict(traced.sizes)["Σ lengths"] == 12


def test_no_sample_needs_to_be_full(spec, sequence):
    """`total_length`: else torch would give max(lengths) steps back."""
    traced = trace(spec({**sequence, "lengths": (2, 1, 3, 1, 1, 2)}, ("lstm", {"hidden_size": 4})))
    assert traced.recurrent[0].tensor("output").sizes == (5, 6, 4)


@pytest.mark.parametrize("both", [False, True])
def test_projection(spec, sequence, axes, both):
    options = {"hidden_size": 7, "proj_size": 2, "num_layers": 2, "bidirectional": both}
    layer = trace(spec(sequence, ("lstm", options))).recurrent[0]
    module = nn.LSTM(3, 7, 2, proj_size=2, bidirectional=both)
    tensors, parameters = plain(module, torch.zeros(5, 6, 3))
    assert (shapes(layer.tensors), shapes(layer.parameters)) == (tensors, parameters)
    d = "2" if both else ""
    written = axes(layer.tensors) | axes(layer.parameters)
    assert written["output"] == f"(T, N, {d}P)"
    assert (written["h_n"], written["c_n"]) == (f"({d}L, N, P)", f"({d}L, N, H)")
    assert written["weight_hh_l0"] == "(4H, P)"
    assert written["weight_ih_l1"] == f"(4H, {d}P)"
    assert written["weight_hr_l1"] == "(P, H)"


@pytest.mark.parametrize("batch_first", [False, True])
def test_unbatched_input(spec, axes, batch_first):
    given = {"timesteps": 5, "features": 3, "batch_first": batch_first}
    layer = trace(spec(given, ("gru", {"hidden_size": 7, "num_layers": 2}))).recurrent[0]
    module = nn.GRU(3, 7, 2, batch_first=batch_first)
    assert shapes(layer.tensors) == plain(module, torch.zeros(5, 3))[0]
    assert layer.batch_size is None
    assert axes(layer.tensors) == {"input": "(T, F)", "h_0": "(L, H)", "output": "(T, H)", "h_n": "(L, H)"}


def test_without_bias_there_are_no_bias_parameters(spec, sequence):
    layer = trace(spec(sequence, ("rnn", {"hidden_size": 7, "bias": False}))).recurrent[0]
    assert list(shapes(layer.parameters)) == ["weight_ih_l0", "weight_hh_l0"]


def test_states_as_inputs(spec, sequence):
    given = trace(spec({**sequence, "states": "given"}, ("lstm", {"hidden_size": 7})))
    zeros = trace(spec(sequence, ("lstm", {"hidden_size": 7})))
    assert [t.name for t in given.stages[0].inputs] == ["input", "h_0", "c_0"]
    assert [t.name for t in zeros.stages[0].inputs] == ["input"]
    assert given.recurrent[0].states_given
    assert given.recurrent[0].tensors == zeros.recurrent[0].tensors


def test_lengths_end_with_the_steps_that_they_are_about(spec, sequence):
    """Neither a decoder's target nor what comes after last_step is padded."""
    given = {**sequence, "batch_first": True, "lengths": (5, 3, 4, 2, 5, 1)}
    decoder = ("decoder", {"cell": "gru", "hidden_size": 10, "steps": 3, "features": 2})
    encoder = ("gru", {"hidden_size": 10})
    traced = trace(spec(given, encoder, decoder, ("rnn", {"hidden_size": 4}), "last_step"))
    assert [stage.type for stage in traced.stages] == ["pack", "gru", "unpack", "decoder", "rnn", "last_step"]
    again = ("view", {"sizes": ("N", "T", 2)})
    traced = trace(spec(given, encoder, "last_step", again, ("rnn", {"hidden_size": 4})))
    assert [stage.type for stage in traced.stages] == ["pack", "gru", "unpack", "last_step", "view", "rnn"]
