"""Keras 3 models: the twin gives their own numbers, is drawn and proven; what torch cannot do is named."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import replace

import pytest
import torch

import lstmviz
from lstmviz.errors import FigureError, ModelError
from lstmviz.figure_requests import plan_kind
from lstmviz.network.foreign import keras_recurrent, loops
from lstmviz.network.foreign.keras_model import open_keras
from lstmviz.pipeline import compose, described
from lstmviz.proof.sentences import holds
from lstmviz.proof.weights import weight_faults
from tests.network.foreign_notes import changes
from tests.network.keras_models import (
    MODELS,
    OTHERWISE,
    REFUSED,
    SUBCLASSED,
    TAGGERS,
    TOKENS,
    Answers,
    Handed,
    Masked,
    Pair,
    Silent,
    Unused,
    chain,
    k,
    keras,
)

JOINED = {"cat reads several tensors"}
"""Two directions' last states side by side are drawn in `grid` and `unrolled`, and proven in `pipeline`."""

ALIKE = "no run showed it: its derivative is zero, and another value there changes nothing"
"""Heads whose queries and keys are small weigh all steps nearly alike: to the digit, here and there."""


@pytest.mark.parametrize("name", MODELS)
def test_a_model_is_drawn_and_proven(name):
    model = MODELS[name]()
    assert "a Keras model, run in torch" in lstmviz.draw(model, "pipeline").alt.replace("A Keras", "a Keras")
    for proof in lstmviz.check(model):
        assert {one.why for one in proof.unproven} <= JOINED, proof.kind
        assert proof.proven == proof.arrows or proof.unproven


@pytest.mark.parametrize("name", SUBCLASSED)
def test_a_subclassed_model_runs_under_its_own_call(name):
    model = SUBCLASSED[name]()
    x = torch.randn(2, 5, 3)
    figure = lstmviz.draw(model, "pipeline", inputs=(x,))
    assert type(model).__name__ in figure.scene.title
    if name == "forecast":
        lstmviz.check(model, inputs=(x,))
    with pytest.raises(ModelError, match=r"takes inputs=\(x,\)"):
        lstmviz.draw(SUBCLASSED[name](), "grid")


@pytest.mark.parametrize("name", sorted(TAGGERS))
def test_attention_under_a_users_own_call_leaves_out_what_the_embedding_does(name):
    """The second sentence ends early; a whole one is computed alike."""
    for words in ([[3, 4, 5, 6, 7, 8], [1, 2, 3, 0, 0, 0]], [[3, 4, 5, 6, 7, 8]]):
        proofs = lstmviz.check(TAGGERS[name](), inputs=torch.tensor(words))
        assert all(proof.answer == "proven" for proof in proofs if proof.figure != "pipeline")
        assert {one.why for proof in proofs for one in proof.unproven} <= {ALIKE}


def test_a_cell_that_a_model_steps_itself_is_drawn_as_the_layer_that_it_is():
    x = torch.randn(2, 6, 3)
    layers = described(Answers(), x).trace.recurrent
    shown = [(layer.name.partition(".")[0], layer.timesteps) for layer in layers]
    assert shown == [("warm", 6), ("cell", 2)]
    assert all(proof.answer == "proven" for proof in lstmviz.check(Answers(), inputs=x))


@pytest.mark.parametrize("listed", [False, True])
def test_a_call_that_takes_a_list_is_given_one(listed):
    pair = (torch.randint(1, 20, (2, 6)), torch.randint(1, 20, (2, 4)))
    model = Pair()
    proofs = lstmviz.check(model, inputs=(list(pair),) if listed else pair)
    assert all(proof.answer == "proven" for proof in proofs)


@pytest.mark.parametrize("words", OTHERWISE)
def test_what_no_layer_of_torch_computes_is_a_loop_that_is_proven(words):
    model = OTHERWISE[words]()
    assert words in lstmviz.draw(model, "grid").alt
    shown = {proof.kind: proof for proof in lstmviz.check(model)}
    assert {"grid", "unrolled", "cell", "pipeline"} <= set(shown)
    assert all(proof.proven == proof.arrows for proof in shown.values())


@pytest.mark.parametrize("words", REFUSED)
def test_what_is_not_followed_is_named(words):
    with pytest.raises(ModelError) as error:
        lstmviz.draw(REFUSED[words](), "pipeline")
    assert words in str(error.value)


@pytest.mark.parametrize(
    ("cls", "option", "value"),
    [(k.GRU, "reset_after", False), (k.LSTM, "activation", "relu"), (k.GRU, "activation", "relu")],
)
def test_the_numbers_notice_what_the_options_would_hide(monkeypatch, cls, option, value):
    """Made as torch's own layer, the comparison refuses the same models."""
    model = chain(cls(4, **{option: value}))
    monkeypatch.setattr(loops.Lane, "usual", lambda *_: True)
    with pytest.raises(ModelError, match="gives other numbers"):
        open_keras(model, torch.randn(2, 5, 3))


def test_another_order_of_gates_is_noticed(monkeypatch):
    monkeypatch.setitem(keras_recurrent.ORDER, "GRU", (0, 1, 2))
    with pytest.raises(ModelError, match="gives other numbers"):
        open_keras(MODELS["gru"]())


def test_layers_are_said_in_kerass_words():
    alt = lstmviz.draw(MODELS["states"](), "grid").alt
    assert "encoder is Keras's LSTM(units=4, return_sequences=True, return_state=True)" in alt.replace(
        "Enc", "enc"
    )


def test_weights_are_drawn_as_keras_keeps_them():
    figure = lstmviz.draw(MODELS["gru"](), "weights")
    assert "as Keras keeps it" in figure.alt
    assert "118 numbers as Keras keeps them. rnn is Keras's GRU" in figure.alt
    assert any(text.label.text.endswith("from the left: z r n") for text in figure.scene.texts)
    assert {"head.weight", "rnn.weight_ih_l0"} <= {
        frame.id for frame in lstmviz.draw(MODELS["lstm"](), "weights", order="torch").scene.frames
    }


def kept(model):
    """The names and shapes of what Keras keeps, a row of a GRU's bias on its own."""
    found = []
    for one in model.trainable_weights:
        rows = [one] if one.name != "bias" or len(one.shape) == 1 else one
        names = [one.name] if rows[0] is one else ["bias[0]", "bias[1]"]
        found += [f"{name} {tuple(row.shape)}" for name, row in zip(names, rows, strict=True)]
    return sorted(found)


WHOLE = ["lstm", "gru", "simple", "stacked", "bidirectional", "bidirectional sum", "time distributed",
         "without bias", "convolution", "pooled", "translator", "nested", "stacked cells",
         "video"]  # fmt: skip
"""Models all of whose weights are drawn as Keras keeps them."""


@pytest.mark.parametrize("name", WHOLE)
def test_every_matrix_has_the_name_and_shape_that_it_has_in_keras(name):
    model = MODELS[name]()
    texts = [text.label.text for text in lstmviz.draw(model, "weights").scene.texts]
    # directions of one size are drawn once
    assert {text for text in texts if text in kept(model)} == set(kept(model))
    assert f"{model.count_params():,} numbers as Keras keeps them" in texts
    assert not any(text.startswith("as torch keeps them") for text in texts)


@pytest.mark.parametrize(
    ("model", "names"),
    [
        (OTHERWISE["reset_after=False"], "input, state, new"),
        (OTHERWISE["activation='sigmoid'"], "input, state"),
        (MODELS["many heads"], "query, key, value, output"),
        (MODELS["functions of Keras's"], "matmul"),
    ],
)
def test_what_keras_keeps_otherwise_is_named(model, names):
    for language, said in (("en", "as torch keeps them: "), ("zh", "按 torch 的存法：")):
        figure = lstmviz.draw(model(), "weights", language=language)
        assert any(text.label.text.startswith(said) for text in figure.scene.texts)
        told = figure.alt.partition(said)[2].split(", ")[: names.count(",") + 1]
        ends = [re.split(r"[._]", re.match(r"[\w.]*\w", one)[0])[-1] for one in told]
        assert ends == names.split(", ")


def test_a_matrix_of_kerass_that_is_turned_missing_or_misnamed_is_refuted():
    subject = described(MODELS["lstm"](), None)
    scene = compose(subject, plan_kind("weights", {})).scene
    assert list(weight_faults(scene, subject.trace)) == []
    frame = next(one for one in scene.frames if one.id == "head.kernel")
    x0, y0, x1, y1 = frame.box
    turned = replace(frame, box=(x0, y0, x0 + y1 - y0, y0 + x1 - x0))
    rest = tuple(one for one in scene.frames if one is not frame)
    assert "head.kernel: a side of" in " ".join(
        weight_faults(replace(scene, frames=(*rest, turned)), subject.trace)
    )
    assert "head.kernel is not drawn" in weight_faults(replace(scene, frames=rest), subject.trace)
    given = {"order": "keras", "stage": "head", "key": "kernel", "name": "kernel", "shape": " (4, 2)"}
    for other in ({}, {"shape": " (2, 4)"}, {"name": "weight", "key": "weight"}, {"name": "bias"}):
        assert holds(subject.trace, "weights.key", tuple((given | other).items())) == (not other)
    named = (("names", "head"), ("order", "keras"))
    assert not holds(subject.trace, "weights.as-torch", named)


def test_bare_weights_are_torchs_and_say_so():
    figure = lstmviz.draw(MODELS["lstm"](), "weights", detail="low")
    assert "as torch keeps them: rnn, head" in [text.label.text for text in figure.scene.texts]
    assert not figure.refuted


@pytest.mark.parametrize(
    "model",
    [MODELS["lstm"], MODELS["stacked cells"], MODELS["bidirectional sum"], OTHERWISE["activation='relu'"]],
)
def test_a_note_with_another_number_word_or_name_is_refuted(model):
    seen = described(model(), None).trace
    changed = [one for note in seen.notes for one in changes(note)]
    assert len(changed) >= 5
    for note in seen.notes:
        assert holds(seen, note.id, note.given), note
    for name, given in changed:
        assert not holds(seen, name, given), given


def test_an_option_that_is_on_has_to_be_said():
    seen = described(MODELS["go backwards"](), None).trace
    said = (("name", "rnn"), ("words", "LSTM(units=4, go_backwards=True)"))
    assert holds(seen, "foreign.keras-layer", said)
    assert not holds(seen, "foreign.keras-layer", (said[0], ("words", "LSTM(units=4)")))
    assert not holds(seen, "foreign.keras-layer", (said[0], ("words", "GRU(units=4, go_backwards=True)")))
    assert not holds(seen, "foreign.keras-loop", said)
    assert not holds(seen, "foreign.onnx", (("opset", 0), ("gap", "1e-05")))


@pytest.mark.parametrize("sequences", [False, True])
def test_a_mask_at_the_end_is_a_packed_batch(sequences):
    model = chain(
        k.Embedding(20, 6, mask_zero=True, name="words"), k.LSTM(4, return_sequences=sequences, name="rnn"),
        k.Dense(1), shape=TOKENS,
    )  # fmt: skip
    tokens = torch.tensor([[3, 4, 5, 0, 0], [3, 1, 2, 4, 9]])
    types = [stage.type for stage in lstmviz.shapes(model, inputs=tokens).stages]
    assert "pack" in types
    lstmviz.check(model, inputs=tokens)
    with pytest.raises(ModelError, match=r"words with mask_zero=True.*a mask may leave out steps at the end"):
        lstmviz.draw(model, "grid", inputs=torch.tensor([[3, 0, 5, 0, 0], [3, 1, 2, 4, 9]]))


def test_sequences_that_all_end_early_keep_their_length():
    tokens = torch.tensor([[3, 4, 5, 0, 0], [3, 1, 2, 4, 0]])
    assert described(MODELS["a tagger"](), tokens).trace.stages[-1].outputs[0].sizes == (2, 5, 3)


def test_a_result_that_jumps_has_no_influence():
    with pytest.raises(FigureError, match="jumps at these very numbers"):
        lstmviz.draw(MODELS["masking"](), "influence", sample=0)  # some of its steps hold the masked value
    model = chain(k.Masking(-1.0), k.LSTM(4, return_sequences=True), shape=(5, 3))
    lstmviz.draw(model, "influence", inputs=torch.randn(2, 5, 3))


def test_masking_is_a_packed_batch_too():
    model = chain(k.Masking(name="mask"), k.LSTM(4, return_sequences=True, name="rnn"))
    x = torch.randn(2, 5, 3)
    x[0, 3:] = 0
    assert "pack" in [stage.type for stage in lstmviz.shapes(model, inputs=x).stages]
    lstmviz.check(model, inputs=x)


@pytest.mark.parametrize("made", [Handed, Masked, Silent, Unused])
def test_a_mask_goes_through_a_users_own_call(made):
    tokens = torch.tensor([[3, 4, 5, 0, 0], [3, 1, 2, 4, 9]])
    given = tokens.ne(0).unsqueeze(-1) * torch.randn(2, 5, 3) if made is Silent else tokens
    model = made()
    assert [stage.type for stage in lstmviz.shapes(model, inputs=given).stages].count("pack") == (
        2 if made in {Handed, Masked} else 1
    )
    for proof in lstmviz.check(model, inputs=given):
        assert {one.why for one in proof.unproven} <= JOINED, (proof.kind, proof.unproven)


def test_a_file_becomes_a_spec_where_one_can_say_it(run, forked, tmp_path):
    keras.saving.save_model(MODELS["stacked"](), str(tmp_path / "stacked.keras"))
    code, _, err = run("inspect", "stacked.keras", "-o", "stacked.yaml")
    assert (code, "wrote stacked.yaml" in err) == (0, True)
    assert [layer.type for layer in lstmviz.load("stacked.yaml").layers] == [
        "lstm", "lstm", "last_state", "linear",
    ]  # fmt: skip
    keras.saving.save_model(OTHERWISE["reset_after=False"](), str(tmp_path / "gru.keras"))
    code, _, err = run("inspect", "gru.keras", "-o", "gru.yaml")
    assert (code, (tmp_path / "gru.yaml").exists()) == (1, False)
    assert "gru.yaml was not written: a spec cannot say all of gru:\n  gru" in err
    assert "reset_after=False), which no layer of torch computes" in err


def test_inspect_takes_a_file(run, forked, tmp_path):
    keras.saving.save_model(MODELS["translator"](), str(tmp_path / "translator.keras"))
    code, out, err = run("inspect", "translator.keras", "--kind", "pipeline", "--json")
    assert (code, err) == (0, "")
    assert [stage["type"] for stage in json.loads(out)["stages"]].count("lstm") == 2
    assert (tmp_path / "output/translator-pipeline.svg").is_file()
    words = ("--input", "3,7", "--input", "3,4", "--kind", "grid", "--json")  # tokens for both embeddings
    code, out, err = run("inspect", "translator.keras", *words)
    assert (code, err) == (0, "")
    assert json.loads(out)["recurrent"][0]["timesteps"] == 7
    keras.saving.save_model(MODELS["lstm"](), str(tmp_path / "lstm.keras"))
    code, out, err = run("inspect", "lstm.keras", "--input", "2,5,3", "--json")
    assert (code, err) == (0, "")
    assert json.loads(out)["tensors"]["input"][:2] == [2, 5]
    (tmp_path / "broken.keras").write_bytes(b"no model")
    code, _, err = run("inspect", "broken.keras")
    assert code == 1
    assert "is no model that Keras can read" in err


def test_inspect_takes_a_models_code(run, tmp_path):
    (tmp_path / "net.py").write_text(
        "import keras\nmodel = keras.Sequential([keras.Input((None, 3)), keras.layers.LSTM(4)])\n", "utf-8"
    )
    code, out, err = run("inspect", "net.py:model", "--input", "2,5,3", "--json")
    assert (code, err) == (0, "")
    assert json.loads(out)["recurrent"][0]["hidden_size"] == 4


def test_without_keras_the_command_that_mends_it_is_said(tmp_path):
    (tmp_path / "a.keras").write_bytes(b"")
    code = "import sys; sys.modules['keras'] = None; import lstmviz; lstmviz.draw('a.keras', 'grid')"
    command, env = [sys.executable, "-c", code], dict(os.environ)
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path, env=env)
    assert "keras is not installed: pip install 'lstmviz[keras]'" in done.stderr
