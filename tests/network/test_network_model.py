"""The model of a spec computes what the same modules compute by hand."""

import pytest
import torch
from torch import nn

from lstmviz.network.model import build


def run(model, value, **more):
    with torch.no_grad():
        return model(value, **more)


def inner(model, name):
    return next(stage.inner for stage in model.stages if stage.head.name == name)


def test_lstm_and_linear(spec, sequence):
    model = build(
        spec(sequence, ("lstm", {"hidden_size": 4, "bidirectional": True}), ("linear", {"out_features": 1}))
    )
    x = torch.randn(5, 6, 3)
    output, (h_n, c_n) = inner(model, "lstm")(x)
    flow = run(model, x)
    assert torch.equal(flow.value, inner(model, "linear-1")(output))
    assert torch.equal(flow.ended[0], h_n)
    assert torch.equal(flow.ended[1], c_n)
    assert not torch.equal(h_n, torch.zeros_like(h_n))


def test_given_states_are_used(spec, sequence):
    model = build(spec({**sequence, "states": "given"}, ("gru", {"hidden_size": 4})))
    x, h_0 = torch.randn(5, 6, 3), torch.randn(1, 6, 4)
    assert torch.equal(run(model, x, states={"gru": (h_0,)}).value, inner(model, "gru")(x, h_0)[0])
    assert not torch.equal(run(model, x).value, run(model, x, states={"gru": (h_0,)}).value)


@pytest.mark.parametrize("batch_first", [False, True])
def test_convolution_runs_over_time(spec, batch_first):
    given = {"batch_size": 6, "timesteps": 5, "features": 3, "batch_first": batch_first}
    model = build(spec(given, ("conv1d", {"out_channels": 4, "kernel_size": 3})))
    x = torch.randn(6, 5, 3)  # (N, T, F)
    expected = inner(model, "conv1d")(x.transpose(1, 2)).transpose(1, 2)
    result = run(model, x if batch_first else x.transpose(0, 1)).value
    assert torch.equal(result if batch_first else result.transpose(0, 1), expected)


def test_convolution_without_a_batch(spec):
    model = build(spec({"timesteps": 5, "features": 3}, ("conv1d", {"out_channels": 4, "kernel_size": 3})))
    x = torch.randn(5, 3)
    assert torch.equal(run(model, x).value, inner(model, "conv1d")(x.T).T)


@pytest.mark.parametrize("batch_first", [False, True])
def test_last_step_is_the_last_valid_one(spec, batch_first):
    lengths = (2, 5, 1)
    given = {"batch_size": 3, "timesteps": 5, "features": 3, "batch_first": batch_first, "lengths": lengths}
    model = build(spec(given, ("lstm", {"hidden_size": 4}), "last_step"))
    x = torch.randn(3, 5, 3)
    module = inner(model, "lstm")
    result = run(model, x if batch_first else x.transpose(0, 1)).value
    for sample, length in enumerate(lengths):  # each sample alone, without padding
        alone = x[sample, :length][None]
        output, _ = module(alone if batch_first else alone.transpose(0, 1))
        last = output[0, -1] if batch_first else output[-1, 0]
        assert torch.allclose(result[sample], last, atol=1e-6)


@pytest.mark.parametrize("batch_first", [False, True])
def test_last_step_of_full_samples(spec, sequence, batch_first):
    model = build(spec({**sequence, "batch_first": batch_first}, "last_step"))
    x = torch.randn((6, 5, 3) if batch_first else (5, 6, 3))
    assert torch.equal(run(model, x).value, x[:, -1] if batch_first else x[-1])


def test_packed_states_stay_in_the_samples_order(spec):
    lengths = (2, 5, 3)
    given = {"batch_size": 3, "timesteps": 5, "features": 3, "lengths": lengths}
    model = build(spec(given, ("gru", {"hidden_size": 4})))
    x = torch.randn(5, 3, 3)
    flow = run(model, x)
    for sample, length in enumerate(lengths):
        _, h_n = inner(model, "gru")(x[:length, sample : sample + 1])
        assert torch.allclose(flow.ended[0][:, sample], h_n[:, 0], atol=1e-6)
        assert not flow.value[length:, sample].any()


@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_decoder_starts_from_the_last_states(spec, sequence, cell):
    options = {"cell": cell, "hidden_size": 4, "steps": 2, "features": 7}
    model = build(spec(sequence, (cell, {"hidden_size": 4}), ("decoder", options, "decoder")))
    x, target = torch.randn(5, 6, 3), torch.randn(2, 6, 7)
    _, ended = inner(model, cell)(x)
    expected, _ = inner(model, "decoder")(target, ended)
    assert torch.equal(run(model, x, targets={"decoder": target}).value, expected)
    assert run(model, x).value.shape == (2, 6, 4)


def test_tokens_and_padding(spec):
    given = {"batch_size": 2, "timesteps": 3, "vocabulary": 9}
    model = build(
        spec(given, ("embedding", {"embedding_dim": 4, "padding_idx": 0}), ("rnn", {"hidden_size": 4}))
    )
    tokens = torch.tensor([[1, 0], [2, 3], [0, 8]])
    embedded = inner(model, "embedding")(tokens)
    assert torch.equal(run(model, tokens).value, inner(model, "rnn-1")(embedded)[0])
    assert not embedded[0, 1].any()
    assert embedded[0, 0].any()


def test_rnn_nonlinearity_reaches_torch(spec, sequence):
    model = build(spec(sequence, ("rnn", {"hidden_size": 4, "nonlinearity": "relu"})))
    assert inner(model, "rnn").nonlinearity == "relu"


def test_weights_depend_on_the_seed_alone(spec, sequence):
    one, two, other = (build(spec(sequence, ("lstm", {"hidden_size": 4})), seed=seed) for seed in (1, 1, 2))
    weights = [torch.cat([p.flatten() for p in model.parameters()]) for model in (one, two, other)]
    assert torch.equal(weights[0], weights[1])
    assert not torch.equal(weights[0], weights[2])
    assert isinstance(one, nn.Module)
    assert not one.stages[0].training
    assert (
        build(spec(sequence, ("lstm", {"hidden_size": 4})), dtype=torch.float64)
        .stages[0]
        .inner.weight_ih_l0.dtype
        == torch.float64
    )
