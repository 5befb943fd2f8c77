"""Axes in letters: found by running, and only as far as runs can tell."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lstmviz.network import stages, symbols
from lstmviz.network.letters import TOTAL, letters_of, resized, true_sizes
from lstmviz.network.measure import _place
from lstmviz.network.plan import plan_of
from lstmviz.network.symbols import BUMPS, Expression, fit
from lstmviz.network.trace import stages_of, trace


def outputs(traced, axes):
    return [axes(stage.outputs)["output"] for stage in traced.stages]


def test_the_two_views_of_the_article(spec, sequence, axes):
    """LSTM → view(-1, H) → Linear → view back: which axes merge is visible."""
    traced = trace(
        spec(
            sequence,
            ("lstm", {"hidden_size": 16}),
            ("view", {"sizes": (-1, 16)}),
            ("linear", {"out_features": 1}),
            ("view", {"sizes": ("T", "N", 1)}),
        )
    )
    assert outputs(traced, axes) == ["(T, N, H)", "(T·N, 16)", "(T·N, 1)", "(T, N, 1)"]
    assert [stage.outputs[0].sizes for stage in traced.stages] == [(5, 6, 16), (30, 16), (30, 1), (5, 6, 1)]
    assert axes(traced.stages[1].inputs) == {"input": "(T, N, H)"}  # although H = 17 cannot go on


def test_literal_sizes_tie_only_what_they_say(spec, sequence, axes):
    sequence["batch_first"] = True
    traced = trace(spec(sequence, ("lstm", {"hidden_size": 16}), ("reshape", {"sizes": (6, 5, -1)}), "relu"))
    assert outputs(traced, axes) == ["(N, T, H)", "(6, 5, H)", "(6, 5, H)"]
    assert traced.recurrent[0].tensor("h_n").symbols == ("L", "N", "H")


def test_a_product_of_letters_written_as_a_number(spec, sequence, axes):
    traced = trace(spec(sequence, ("lstm", {"hidden_size": 16}), ("view", {"sizes": (30, -1)})))
    assert outputs(traced, axes) == ["(T, N, H)", "(30, H)"]


def test_a_number_that_fits_by_accident(spec, axes):
    """32 is 2H here, although with N = 16 everything also makes rows of 32."""
    given = {"batch_size": 16, "timesteps": 5, "features": 3}
    both = ("lstm", {"hidden_size": 16, "bidirectional": True})
    traced = trace(spec(given, both, ("view", {"sizes": (-1, 32)}), ("linear", {"out_features": 1})))
    assert outputs(traced, axes)[1:] == ["(T·N, 32)", "(T·N, 1)"]


def test_letters_said_as_numbers_are_found_at_once(spec, sequence, monkeypatch):
    count = []
    real = symbols.measure_part
    monkeypatch.setattr(
        symbols, "measure_part", lambda plan, known: (count.append(plan), real(plan, known))[1]
    )
    trace(spec(sequence, ("linear", {"out_features": 2}), ("view", {"sizes": (5, 6, 2)})))
    assert len(count) == 1 + 1 + 2 * 3  # small; with T and N as they are; N, T, F moved twice


def test_steps_that_a_convolution_takes(spec, sequence, axes):
    conv = ("conv1d", {"out_channels": 8, "kernel_size": 3})
    traced = trace(spec({**sequence, "batch_first": True}, conv, ("lstm", {"hidden_size": 7}), "flatten"))
    assert outputs(traced, axes) == [
        "(N, F, T)",
        "(N, 8, T−2)",
        "(N, T−2, 8)",
        "(N, T−2, H)",
        "(N, H·(T−2))",
    ]
    layer = traced.recurrent[0]
    assert axes(layer.tensors)["input"] == "(N, T−2, 8)"  # T and F are those of the model's input
    assert (layer.timesteps, layer.input_size) == (3, 8)
    assert layer.sizes == (("N", 6), ("T−2", 3), ("H", 7), ("L", 1))


def test_a_stride_is_no_letter(spec, axes):
    given = {"batch_size": 2, "timesteps": 7, "features": 3}
    traced = trace(spec(given, ("conv1d", {"out_channels": 8, "kernel_size": 3, "stride": 2})))
    assert axes(traced.stages[1].outputs)["output"] == "(N, 8, 3)"


def test_a_stride_that_looks_straight_for_a_step(spec, axes):
    """7 steps give 3 and 8 give 4, but that is not T−4."""
    given = {"batch_size": 2, "timesteps": 8, "features": 3}
    traced = trace(spec(given, ("conv1d", {"out_channels": 6, "kernel_size": 2, "stride": 2})))
    assert axes(traced.stages[1].outputs)["output"] == "(N, 6, 4)"


def test_a_kernel_longer_than_the_small_steps(spec, axes):
    given = {"batch_size": 2, "timesteps": 40, "features": 3}
    traced = trace(spec(given, ("conv1d", {"out_channels": 8, "kernel_size": 12})))
    assert axes(traced.stages[1].outputs)["output"] == "(N, 8, T−11)"


def test_two_recurrent_layers(spec, sequence, axes):
    """They are counted, in the stages and in the layers alike."""
    first = ("lstm", {"hidden_size": 16, "bidirectional": True}, "encoder")
    traced = trace(spec(sequence, first, ("gru", {"hidden_size": 8, "num_layers": 2})))
    assert axes(traced.stages[1].inputs) == {"input": "(T, N, 2H₁)"}
    assert axes(traced.stages[1].outputs) == {"output": "(T, N, H₂)", "h_n": "(L₂, N, H₂)"}
    assert axes(traced.stages[1].parameters)["weight_ih_l0"] == "(3H₂, 2H₁)"
    assert axes(traced.recurrent[1].parameters)["weight_ih_l0"] == "(3H₂, 2H₁)"
    assert axes(traced.recurrent[1].tensors)["input"] == "(T, N, 2H₁)"
    sizes = dict(traced.sizes)
    assert [sizes.get(symbol) for symbol in ("H", "H₁", "H₂", "L₂")] == [None, 16, 8, 2]
    assert [layer.name for layer in traced.recurrent] == ["encoder", "gru-1"]


def test_tokens(spec, axes):
    given = {"batch_size": 2, "timesteps": 3, "vocabulary": 50}
    traced = trace(
        spec(given, ("embedding", {"embedding_dim": 8}), ("lstm", {"hidden_size": 4}), "last_step")
    )
    assert traced.input.symbols == ("T", "N")
    assert outputs(traced, axes) == ["(T, N, E)", "(T, N, H)", "(N, H)"]
    assert axes(traced.stages[0].parameters) == {"weight": "(V, E)"}
    assert axes(traced.recurrent[0].tensors)["input"] == "(T, N, E)"
    assert traced.sizes == (("N", 2), ("T", 3), ("V", 50), ("E", 8), ("H", 4), ("L", 1))


def test_decoder(spec, sequence, axes):
    options = {"cell": "lstm", "hidden_size": 16, "steps": 4, "features": 8}
    traced = trace(spec(sequence, ("lstm", {"hidden_size": 16}), ("decoder", options, "decoder")))
    stage, layer = traced.stages[1], traced.recurrent[1]
    assert axes(stage.inputs) == {"target": "(T′, N, F′)", "h_0": "(L, N, H)", "c_0": "(L, N, H)"}
    assert axes(stage.outputs)["output"] == "(T′, N, H)"
    assert (layer.states_from, layer.timesteps, layer.type) == ("lstm", 4, "lstm")
    assert layer.tensor("input").sizes == (4, 6, 8)
    assert axes(layer.tensors)["output"] == "(T′, N, H)"


def test_a_decoder_with_more_layers_has_an_l_of_its_own(spec, sequence, axes):
    encoder = {"hidden_size": 16, "num_layers": 2, "bidirectional": True}
    options = {"cell": "lstm", "hidden_size": 16, "num_layers": 4, "steps": 4, "features": 8}
    first, second = trace(spec(sequence, ("lstm", encoder), ("decoder", options, "decoder"))).stages
    assert axes(first.outputs)["h_n"] == "(2L, N, H)"
    assert axes(second.inputs) == {"target": "(T′, N, F′)", "h_0": "(L′, N, H)", "c_0": "(L′, N, H)"}
    assert axes(second.outputs) == {"output": "(T′, N, H)", "h_n": "(L′, N, H)", "c_n": "(L′, N, H)"}


def test_images(spec, axes):
    given = {"batch_size": 4, "channels": 3, "height": 200, "width": 100}
    conv = ("conv2d", {"out_channels": 6, "kernel_size": 5})
    traced = trace(spec(given, conv, ("max_pool2d", {"kernel_size": 2}), "flatten"))
    assert traced.input.symbols == ("N", "C", "200", "100")
    assert outputs(traced, axes) == ["(N, 6, 196, 96)", "(N, 6, 98, 48)", "(N, 28224)"]
    assert axes(traced.stages[0].parameters) == {"weight": "(6, C, 5, 5)", "bias": "(6)"}


def test_without_time(spec, axes):
    traced = trace(spec({"batch_size": 4, "features": 3}, ("linear", {"out_features": 5}), "relu"))
    assert traced.input.symbols == ("N", "F")
    assert outputs(traced, axes) == ["(N, 5)", "(N, 5)"]
    assert traced.recurrent == ()


def test_equal_sizes_are_not_confused(spec, axes):
    given = {"batch_size": 4, "timesteps": 4, "features": 4}
    layer = trace(spec(given, ("lstm", {"hidden_size": 4, "num_layers": 4}))).recurrent[0]
    written = axes(layer.tensors) | axes(layer.parameters)
    assert written["input"] == "(T, N, F)"
    assert written["output"] == "(T, N, H)"
    assert written["c_n"] == "(L, N, H)"
    assert written["weight_ih_l0"] == "(4H, F)"


SYMBOLS = {"N": 3, "T": 7, "F": 5, "H": 17}


@given(
    st.lists(st.sampled_from(sorted(SYMBOLS)), unique=True, max_size=3),
    st.dictionaries(st.sampled_from(sorted(SYMBOLS)), st.integers(1, 4), max_size=2),
    st.integers(-2, 6),
)
def test_every_expression_is_found_again(factors, terms, constant):
    terms = {symbol: times for symbol, times in terms.items() if symbol not in factors}
    wanted = Expression(tuple(factors), tuple(terms.items()), constant)
    if wanted.value(SYMBOLS) <= 0:
        return
    moves = {
        symbol: tuple(wanted.value({**SYMBOLS, symbol: size + by}) for by in BUMPS)
        for symbol, size in SYMBOLS.items()
    }
    found = fit(wanted.value(SYMBOLS), moves, SYMBOLS)
    assert found is not None
    for other in ({"N": 11, "T": 2, "F": 9, "H": 64}, {"N": 1, "T": 1, "F": 1, "H": 1}):
        assert found.value(other) == wanted.value(other)


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        (Expression((), (), 1), "1"),
        (Expression((), (), 30), "30"),
        (Expression(("H",), (), 1), "H"),
        (Expression(("T", "N"), (), 2), "2T·N"),
        (Expression((), (("F", 1), ("H", 2)), 0), "F+2H"),
        (Expression((), (("T", -1),), 3), "−T+3"),
        (Expression(("N", "H"), (("T", 2),), -4), "N·H·(2T−4)"),
    ],
)
def test_how_expressions_are_written(expression, text):
    assert expression.text() == text


def test_what_is_not_straight_is_no_expression():
    assert fit(3, {"T": (4, 5)}, {"T": 7}) is None
    assert fit(3, {"T": (3, 5)}, {"T": 7}) is None


def test_small_lengths_fit_their_sizes(spec, sequence):
    plan = plan_of(spec({**sequence, "lengths": (5, 1, 1, 1, 1, 1)}, ("lstm", {"hidden_size": 4})))
    letters = letters_of(plan)
    assert true_sizes(plan, letters)[TOTAL] == 10
    small = {letter.symbol: letter.small for letter in letters}
    lengths = resized(plan, letters, small).lengths
    assert (len(lengths), sum(lengths)) == (small["N"], small[TOTAL])
    assert all(1 <= length <= small["T"] for length in lengths)
    with pytest.raises(ValueError, match="cannot sum"):
        resized(plan, letters, {**small, TOTAL: 1})


def test_small_sizes_differ_pairwise(spec, sequence):
    lstm = ("lstm", {"hidden_size": 9, "proj_size": 2})
    plan = plan_of(spec(sequence, lstm, ("gru", {"hidden_size": 9})))
    small = [letter.small for letter in letters_of(plan) if letter.symbol[0] != "L"]
    assert len(set(small)) == len(small)


def test_a_layer_that_meets_the_same_sizes_again_is_not_run_again(spec, sequence, monkeypatch):
    """Else ten recurrent layers cost a hundred times what one costs, and fifty never end."""
    ran = []
    real = stages.Recur.forward
    monkeypatch.setattr(stages.Recur, "forward", lambda self, flow: (ran.append(self), real(self, flow))[1])

    def count(layers):
        ran.clear()
        _place.cache_clear()
        plan = plan_of(spec(sequence, *[("lstm", {"hidden_size": 4})] * layers))
        stages_of(plan)
        return len(ran)

    six, twelve = count(6), count(12)
    assert twelve < 2.2 * six


def test_models_that_differ_in_sizes_alone_share_their_small_runs(spec, sequence, monkeypatch):
    ran = []
    real = stages.Recur.forward
    monkeypatch.setattr(stages.Recur, "forward", lambda self, flow: (ran.append(self), real(self, flow))[1])
    first = trace(spec(sequence, ("gru", {"hidden_size": 21})))
    ran.clear()
    second = trace(spec({**sequence, "timesteps": 9}, ("gru", {"hidden_size": 34})))
    assert len(ran) == 1  # the model itself
    assert [t.symbols for t in second.recurrent[0].tensors] == [t.symbols for t in first.recurrent[0].tensors]
    assert second.recurrent[0].tensor("output").sizes == (9, 6, 34)
    trace(spec(sequence, ("gru", {"hidden_size": 21, "bidirectional": True})))
    assert len(ran) > 3  # another model altogether


def test_what_is_kept_changes_no_letter(spec, sequence, monkeypatch):
    layers = [
        ("conv1d", {"out_channels": 4, "kernel_size": 3, "padding": 1}),
        ("gru", {"hidden_size": 4, "bidirectional": True}),
        ("linear", {"out_features": 4}),
        ("gru", {"hidden_size": 8}),
        ("decoder", {"cell": "gru", "hidden_size": 8, "steps": 3, "features": 2}),
        ("view", {"sizes": ("T", -1)}),
    ]
    for lengths in ({}, {"lengths": (5, 3, 1, 2, 4, 5)}):
        made = spec({**sequence, **lengths}, *layers[: 4 if lengths else 5])
        kept = trace(made)
        monkeypatch.setattr("lstmviz.network.run._keep", lambda *_: None)
        _place.cache_clear()
        assert trace(made) == kept
        monkeypatch.undo()


def test_a_model_too_large_for_small_runs_is_not_tried_in_every_size(spec, sequence, monkeypatch):
    count = []
    real = symbols.measure_part
    monkeypatch.setattr(
        symbols, "measure_part", lambda plan, known: (count.append(plan), real(plan, known))[1]
    )
    deep = [("lstm", {"hidden_size": 4, "num_layers": 60})] * 3
    stages_of(plan_of(spec({**sequence, "timesteps": 40}, *deep)))
    assert len(count) <= 2 + 2 * 9


def test_many_letters_are_not_tried_in_every_way(spec, sequence, monkeypatch):
    """Twelve layers have 27 letters, and three of them could be chosen in 2925 ways."""
    count = []
    monkeypatch.setattr(symbols, "measure_part", lambda *_: (count.append(1), ([], "refused"))[1])
    plan = plan_of(spec(sequence, *[("lstm", {"hidden_size": 4})] * 12))
    assert symbols.explain(plan, lambda *_: {}, {("input",): (5, 6, 3)}) == {("input",): ("5", "6", "3")}
    assert len(count) < 2 * symbols.TRIES
