"""What cannot be is said in the field's words, with the place, from its cause."""

import time

import pytest

from lstmviz.errors import ModelError
from lstmviz.network.plan import ModelPlan, PlanLayer
from lstmviz.network.trace import trace, trace_plan

LSTM = ("lstm", {"hidden_size": 16})


def refused(made):
    with pytest.raises(ModelError) as caught:
        trace(made)
    return caught.value


@pytest.mark.parametrize(
    ("layers", "message", "place"),
    [
        (
            [LSTM, ("view", {"sizes": (-1, 17)})],
            "view(-1, 17) cannot hold the 5 × 6 × 16 = 480 numbers",
            "layers.1",
        ),
        ([LSTM, ("permute", {"dims": (1, 0)})], "permute(1, 0) cannot order the 3 axes", "layers.1"),
        ([LSTM, ("softmax", {"dim": 5})], "softmax asks for an axis that lstm does not have", "layers.1"),
        (
            [("conv1d", {"out_channels": 2, "kernel_size": 9})],
            "kernel_size 9 does not fit into 5 steps",
            "layers.0",
        ),
        ([LSTM, ("view", {"sizes": (-1, 16)}), "last_step"], "(30, 16)", "layers.2"),
        (["batch_norm2d"], "batch_norm2d", "layers.0"),
        ([("embedding", {"embedding_dim": 2})], "embedding looks up tokens", "layers.0"),
        (
            [("decoder", {"cell": "gru", "hidden_size": 2, "steps": 2, "features": 1})],
            "none comes before",
            "layers.0",
        ),
    ],
)
def test_sentences(spec, sequence, layers, message, place):
    error = refused(spec(sequence, *layers))
    assert message in error.message
    assert error.place == place


def test_a_view_that_memory_does_not_allow(spec, sequence):
    both = ("lstm", {"hidden_size": 16, "bidirectional": True})
    error = refused(spec({**sequence, "batch_first": True}, both, ("view", {"sizes": (30, 32)})))
    assert "use reshape" in error.hint
    assert isinstance(error.__cause__, RuntimeError)


def test_tokens_need_an_embedding(spec):
    given = {"batch_size": 2, "timesteps": 3, "vocabulary": 9}
    assert refused(spec(given, ("linear", {"out_features": 1}))).hint == "put an embedding before it"
    assert refused(spec(given, LSTM)).hint == "put an embedding before it"


def test_a_recurrent_layer_needs_time(spec):
    """(N, F) would be taken for unbatched (T, F), silently."""
    error = refused(spec({"batch_size": 2, "features": 3}, LSTM))
    assert error.hint == "give input.timesteps"


@pytest.mark.parametrize(
    ("encoder", "decoder", "message"),
    [
        ("lstm", {"cell": "lstm", "hidden_size": 5}, "hidden_size 5"),
        ("gru", {"cell": "lstm", "hidden_size": 4}, "only an lstm has a c_n"),
        ("lstm", {"cell": "gru", "hidden_size": 4}, "only an lstm has a c_n"),
    ],
)
def test_a_decoder_takes_over_the_same_states(spec, sequence, encoder, decoder, message):
    options = {"steps": 2, "features": 1, **decoder}
    error = refused(spec(sequence, (encoder, {"hidden_size": 4}), ("decoder", options)))
    assert message in error.message
    assert error.place.startswith("layers.1")


def test_lengths_are_about_the_inputs_steps(spec, sequence):
    conv = ("conv1d", {"out_channels": 4, "kernel_size": 3})
    made = spec({**sequence, "lengths": (5, 5, 5, 5, 5, 5)}, conv, LSTM)
    assert "about 5 steps, but 3 reach lstm" in refused(made).message
    same = ("conv1d", {"out_channels": 4, "kernel_size": 3, "padding": 1})
    assert trace(spec({**sequence, "lengths": (5, 5, 5, 5, 5, 5)}, same, LSTM)).recurrent[0].lengths


def plan(layer="lstm", options=None, **given):
    sizes = {"batch_size": 2, "timesteps": 3, "features": 4, **given}
    options = {"hidden_size": 5, **(options or {})}
    return ModelPlan("sequence", **sizes, layers=(PlanLayer("layers.0", layer, layer, options),))


@pytest.mark.parametrize(
    ("made", "place"),
    [
        (plan(batch_size=10**9), "input.batch_size"),
        (plan(timesteps=0), "input.timesteps"),
        (plan(features=-1), "input.features"),
        (plan(batch_size=10**7, timesteps=10**7, features=10**7), "input"),
        (plan(options={"hidden_size": 10**9}), "layers.0.lstm.hidden_size"),
        (plan(options={"num_layers": 10**4}), "layers.0.lstm.num_layers"),
        (plan(options={"proj_size": 5}), "layers.0.lstm.proj_size"),
        (plan("gru", {"proj_size": 2}), "layers.0.gru.proj_size"),
        (plan(lengths=(1, 4)), "input.lengths.1"),
        (plan(lengths=(0, 3)), "input.lengths.0"),
        (plan(lengths=(1,)), "input.lengths"),
        (plan(batch_size=None, lengths=(1,)), "input.lengths"),
        (ModelPlan("sequence", 2, None, 3, layers=plan().layers * 101), "layers"),
        (plan("rnn", timesteps=10**6), "layers"),
        (plan("gru", {"hidden_size": 4096, "num_layers": 8}, timesteps=1000, batch_size=512), "layers"),
    ],
)
def test_bounds_come_first(made, place):
    trace_plan(plan())  # so that torch is there
    began = time.perf_counter()
    with pytest.raises(ModelError) as caught:
        trace_plan(made)
    assert caught.value.place == place
    assert time.perf_counter() - began < 1


def test_what_torch_will_not_even_build():
    made = ModelPlan("tokens", 2, 3, vocabulary=5)
    layer = PlanLayer("layers.0", "embedding", "embedding", {"embedding_dim": 2, "padding_idx": 7})
    with pytest.raises(ModelError, match="embedding cannot be built") as caught:
        trace_plan(made.changed(layers=(layer,)))
    assert isinstance(caught.value.__cause__, AssertionError)


def test_what_is_too_big_for_data_is_run_without(spec):
    """Hidden 4096, 8 layers, both directions, 512 samples, 1000 steps."""
    given = {"batch_size": 512, "timesteps": 1000, "features": 3}
    options = {"hidden_size": 4096, "num_layers": 8, "bidirectional": True}
    traced = trace(spec(given, ("lstm", options), ("linear", {"out_features": 2})))
    layer = traced.recurrent[0]
    assert layer.tensor("output").sizes == (1000, 512, 8192)
    assert layer.tensor("c_n").sizes == (16, 512, 4096)
    assert layer.parameter("weight_ih_l7_reverse").sizes == (16384, 8192)
    assert layer.tensor("output").symbols == ("T", "N", "2H")
    assert traced.stages[1].outputs[0].sizes == (1000, 512, 2)


def test_packed_and_too_big_for_data(spec):
    """On meta tensors there is no data by which to unpack."""
    given = {"batch_size": 3, "timesteps": 4, "features": 2, "lengths": (2, 3, 1)}
    traced = trace(spec(given, ("gru", {"hidden_size": 9000}), "last_step"))
    assert traced.recurrent[0].tensor("output").sizes == (4, 3, 9000)
    assert traced.stages[1].inputs[0].sizes == (6, 2)
    assert traced.stages[-1].outputs[0].sizes == (3, 9000)
