"""ONNX files: the twin gives the file's own numbers, is drawn and proven; what torch cannot do is named."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace

import numpy as np
import onnx
import pytest
import torch
from onnx import helper, numpy_helper
from onnx.reference import ReferenceEvaluator

import lstmviz
from lstmviz.errors import ModelError
from lstmviz.network.foreign import onnx_graph, onnx_layers, onnx_model
from lstmviz.network.foreign.onnx_graph import read_graph
from lstmviz.network.foreign.onnx_model import open_onnx
from lstmviz.network.foreign.onnx_reference import OPS
from lstmviz.pipeline import described
from lstmviz.proof.sentences import holds
from lstmviz.proof.weights import weight_faults
from tests.conftest import ROOT
from tests.network.foreign_notes import changes
from tests.network.onnx_files import (
    FILES,
    OTHERWISE,
    REFUSED,
    F,
    H,
    N,
    T,
    classifier,
    exported,
    looped,
    product,
    recurrent,
    tensor,
    weights,
    written,
)


@pytest.mark.parametrize("name", FILES)
def test_a_file_is_drawn_and_all_of_it_is_proven(tmp_path, name):
    path = FILES[name](tmp_path / "model.onnx")
    figure = lstmviz.draw(path, "grid")
    assert "n ONNX model (opset" in figure.alt
    for proof in lstmviz.check(str(path)):
        assert proof.answer == "proven", (proof.kind, proof.unproven)


def test_the_shape_arithmetic_is_folded_away(tmp_path):
    """What is left are the layers, and what was a batch-first layer is one again."""
    stages = lstmviz.shapes(classifier(tmp_path / "a.onnx")).stages
    assert [(s.name, s.type) for s in stages] == [
        ("words", "embedding"), ("rnn", "lstm"), ("last_step", "last_step"),
        ("relu", "relu"), ("head", "linear"),
    ]  # fmt: skip
    (rnn,) = (s for s in stages if s.type == "lstm")
    assert rnn.outputs[0] == (*rnn.inputs[0][:2], 2 * H)


@pytest.mark.parametrize("words", OTHERWISE)
def test_what_no_layer_of_torch_computes_is_a_loop_that_is_proven(tmp_path, words):
    path = OTHERWISE[words](tmp_path / "model.onnx")
    assert words in lstmviz.draw(path, "grid").alt
    shown = {proof.kind: proof.answer for proof in lstmviz.check(path)}
    assert shown.keys() >= {"grid", "unrolled", "cell", "pipeline"}
    assert set(shown.values()) == {"proven"}


@pytest.mark.parametrize("words", REFUSED)
def test_what_is_not_followed_is_named(tmp_path, words):
    path = REFUSED[words](tmp_path / "model.onnx")
    with pytest.raises(ModelError) as error:
        lstmviz.draw(path, "grid")
    assert words in str(error.value)


def test_another_order_of_gates_is_noticed(tmp_path, monkeypatch):
    monkeypatch.setitem(onnx_layers.ORDER, "LSTM", (0, 1, 2, 3))
    with pytest.raises(ModelError, match="other numbers in torch than in ONNX"):
        open_onnx(recurrent(tmp_path / "a.onnx", "LSTM"))


@pytest.mark.parametrize("lengths", [[5, 3], "input"])
def test_lengths_are_those_of_a_packed_batch(tmp_path, lengths):
    path = recurrent(tmp_path / "a.onnx", "LSTM", lengths=lengths, direction="bidirectional")
    x = torch.randn(T, N, F)
    inputs = (x, torch.tensor([5, 3])) if lengths == "input" else (x,)
    stages = lstmviz.shapes(path, inputs=inputs).stages
    assert "unpack" in [s.type for s in stages]
    lstmviz.check(path, inputs=inputs)


def test_the_reference_runs_each_sequence_alone():
    """A padded batch gives what each of its sequences gives by itself."""
    luck = np.random.default_rng(3)
    for op, cls in zip(("LSTM", "GRU", "RNN"), OPS[:3], strict=True):
        names = ["x", "w", "r", "b", "n"]
        node = helper.make_node(op, names, ["y", "h"], hidden_size=H, direction="bidirectional")
        run = ReferenceEvaluator(node, new_ops=[cls]).run
        w, r, b = weights(op, 2)
        x = luck.standard_normal((T, N, F)).astype("f")
        y, h = run(None, {"x": x, "w": w, "r": r, "b": b, "n": np.array([5, 3], "int32")})
        for sample, length in enumerate((5, 3)):
            one = {"x": x[:length, [sample]], "w": w, "r": r, "b": b, "n": np.array([length], "int32")}
            alone, state = run(None, one)
            assert np.allclose(y[:length, :, sample], alone[:, :, 0], atol=1e-6)
            assert np.allclose(h[:, sample], state[:, 0], atol=1e-6)
        assert not np.any(y[3:, :, 1])


def test_inputs_have_names_types_and_sizes_or_are_made_up(tmp_path):
    path = classifier(tmp_path / "a.onnx")
    tokens = torch.randint(0, 20, (4, 7))
    for inputs in (tokens, (tokens,), {"tokens": tokens}, [tokens.numpy()]):
        assert lstmviz.shapes(path, inputs=inputs).stages[0].inputs == [(4, 7)]
    assert "o inputs were given: numbers of shape (6, 5) are made up" in lstmviz.draw(path, "pipeline").alt
    for inputs, words in (
        ({"x": tokens}, "takes tokens; given: x"),
        ((tokens, tokens), r"takes 1 inputs \(tokens\), not 2"),
        ((torch.rand(4, 7),), "not whole"),
        ((tokens[0],), "does not run on these inputs"),
    ):
        with pytest.raises(ModelError, match=words):
            lstmviz.shapes(path, inputs=inputs)


def test_an_operator_that_is_not_known_is_named(tmp_path):
    node = helper.make_node("Det", ["x"], ["y"], name="/a/Det")
    path = written(tmp_path / "a.onnx", [node], [tensor("x", [3, 3])], [tensor("y", [])], {})
    with pytest.raises(ModelError, match="Det '/a/Det' is not followed"):
        lstmviz.draw(path, "pipeline")


@pytest.mark.parametrize("name", ["both_ways", "convlstm", "gru_steps", "lstm", "simple", "translator"])
def test_what_tf2onnx_made_of_a_keras_model_is_drawn_and_proven(name):
    """Files of tf2onnx 1.17 and Keras 3.15: an LSTM is one node there, a GRU and a SimpleRNN a Loop each."""
    path = ROOT / f"tests/network/tf2onnx/{name}.onnx"
    rounds = {"convlstm": "4 rounds", "lstm": "", "translator": ""}
    assert rounds.get(name, "5 rounds") in lstmviz.draw(path, "grid").svg
    shown = {proof.kind: proof.answer for proof in lstmviz.check(path)}
    assert shown.keys() >= {"grid", "unrolled", "cell", "pipeline"}
    assert set(shown.values()) == {"proven"}


def test_a_masked_loop_of_tf2onnx_is_proven_but_for_its_arithmetic_on_tokens():
    """Token + size where it is negative: a sum that no token here needs."""
    shown = {proof.kind: proof for proof in lstmviz.check(ROOT / "tests/network/tf2onnx/masked.onnx")}
    assert {kind for kind, one in shown.items() if one.answer != "proven"} == {"pipeline"}
    assert {one.why.partition(":")[0] for one in shown["pipeline"].unproven} == {"no run showed it"}


def test_sizes_that_do_not_fit_are_said_with_what_the_file_takes(tmp_path):
    """The newer exporter writes an LSTM with projections as one without: no evaluator runs it."""
    model, x = torch.nn.LSTM(3, 8, proj_size=4, batch_first=True), torch.randn(2, 5, 3)
    path = exported(tmp_path / "a.onnx", model, (x,), dynamo=True)
    with pytest.raises(ModelError, match=r"does not run on these inputs: .*; it takes input \(2, 5, 3\)"):
        lstmviz.draw(path, "grid")


@pytest.mark.parametrize("many", [4, "input"])
def test_a_loop_goes_round_as_often_as_the_file_says(tmp_path, many):
    path = looped(tmp_path / "a.onnx", many)
    if many == "input":
        with pytest.raises(ModelError, match="how often it goes round is computed from the data"):
            lstmviz.draw(path, "pipeline")
        return
    (proof,) = (one for one in lstmviz.check(path) if one.kind == "grid")
    assert proof.answer == "proven"
    assert "over 4 rounds" in lstmviz.draw(path, "grid").alt


def test_what_a_loop_reads_around_it_is_no_constant(tmp_path):
    """Its input is not among the node's own: taken for fixed, the twin would give the same for any x."""
    (loop,) = (n for n in read_graph(looped(tmp_path / "a.onnx", 4)).nodes if n.op == "Loop")
    assert "x" in loop.captured
    assert "x" not in loop.inputs
    assert not set(loop.outputs) & read_graph(tmp_path / "a.onnx").fixed


def test_a_twin_that_forgets_its_input_is_noticed_on_other_numbers(tmp_path, monkeypatch):
    monkeypatch.setattr(onnx_graph, "_captured", lambda _: iter(()))
    with pytest.raises(ModelError, match="other numbers in torch than in ONNX"):
        open_onnx(looped(tmp_path / "a.onnx", 4))


def test_onnxruntime_runs_what_the_reference_cannot_and_is_heard_where_it_differs(tmp_path, monkeypatch):
    path = recurrent(tmp_path / "a.onnx", "LSTM")
    monkeypatch.setattr(onnx_model, "_reference", lambda *_: 1 / 0)
    assert open_onnx(path).notes[-1].startswith("no inputs were given")
    monkeypatch.undo()
    clipped = recurrent(tmp_path / "b.onnx", "LSTM", clip=0.3)
    assert any("onnxruntime gives other numbers for this file" in note for note in open_onnx(clipped).notes)
    monkeypatch.setattr(onnx_model, "_has_runtime", lambda: False)
    monkeypatch.setattr(onnx_model, "_reference", lambda *_: 1 / 0)
    with pytest.raises(ModelError, match="does not run on these inputs") as error:
        open_onnx(path)
    assert error.value.hint == "onnxruntime may run it: pip install onnxruntime"


@pytest.mark.parametrize("words", [*sorted(OTHERWISE), "LSTM"])
def test_a_note_with_another_number_is_refuted(tmp_path, words):
    make = OTHERWISE.get(words, lambda path: recurrent(path, "LSTM"))
    seen = described(make(tmp_path / "a.onnx"), None).trace
    changed = [one for note in seen.notes for one in changes(note)]
    assert len(changed) >= 4
    for note in seen.notes:
        assert holds(seen, note.id, note.given), note
    for name, given in changed:
        assert not holds(seen, name, given), given


def test_what_onnxruntime_gives_is_held_against_what_it_gave(tmp_path):
    seen = described(recurrent(tmp_path / "a.onnx", "LSTM", clip=0.3), None).trace
    (told,) = (note for note in seen.notes if note.id == "foreign.runtime")
    assert holds(seen, told.id, told.given)
    assert not holds(seen, told.id, (("gap", "0.5"),))


def test_weights_are_drawn_as_onnx_keeps_them(tmp_path):
    path = classifier(tmp_path / "a.onnx")
    figure = lstmviz.draw(path, "weights")
    texts = [text.label.text for text in figure.scene.texts]
    gates = {"input gate", "output gate", "forget gate", "candidate"}
    named = [text for text in figure.scene.texts if text.label.text in gates]
    from_the_top = [text.label.text for text in sorted(named, key=lambda text: text.label.runs[0].y)]
    assert from_the_top == ["input gate", "output gate", "forget gate", "candidate"]
    assert {"data (20, 6)", f"B ({2 * H}, 3)", "Add B (3,)"} <= {*texts}
    assert "Every parameter of the model as ONNX keeps it" in figure.alt
    assert not any(text.startswith("as torch keeps them") for text in texts)


@pytest.mark.parametrize("size", [2, H], ids=["long", "square"])
@pytest.mark.parametrize("turned", [True, False], ids=["in-out", "out-in"])
def test_the_weights_of_a_product_lie_as_in_the_file(tmp_path, turned, size):
    """Names and sizes are those of the file's initializers; of a square one its place tells which it is."""
    path = product(tmp_path / "a.onnx", turned=turned, size=size)
    held = {one.name: numpy_helper.to_array(one) for one in onnx.load(str(path)).graph.initializer}
    opened = open_onnx(path)
    own = opened.original
    assert dict(own.kept)["head"] == (("B", held["weight"].shape), ("C", held["bias"].shape))
    assert own.turned == ("head",) * turned
    torchs = opened.module.head.weight.detach().numpy()
    assert np.array_equal(held["weight"], torchs.T if turned else torchs)
    scene = lstmviz.draw(path, "weights").scene
    (matrix, bias) = (one for name in ("B", "C") for one in scene.frames if one.id == f"head.{name}")
    wide, high = (matrix.box[end + 2] - matrix.box[end] for end in (0, 1))
    assert wide / high == pytest.approx(held["weight"].shape[1] / held["weight"].shape[0])
    lies = bias.box[2] - bias.box[0] > bias.box[3] - bias.box[1]
    assert lies is turned
    (proof,) = (one for one in lstmviz.check(str(path)) if one.kind == "weights")
    assert proof.answer == "proven"


def test_another_shape_than_the_file_s_is_refuted(tmp_path):
    trace = described(product(tmp_path / "a.onnx", turned=True), None).trace
    scene = lstmviz.draw(tmp_path / "a.onnx", "weights").scene
    assert list(weight_faults(scene, trace)) == []
    for changed in ({"turned": ()}, {"kept": (("head", (("B", (2, H)), ("C", (2,)))),)}):
        other = replace(trace, original=replace(trace.original, **changed))
        assert list(weight_faults(scene, other)), changed


def test_what_is_said_of_a_file_is_said_in_the_readers_language(tmp_path):
    alt = lstmviz.draw(recurrent(tmp_path / "a.onnx", "LSTM", clip=0.3), "grid", language="zh").alt
    assert "clip=0.3，torch 没有这样计算的层：画成循环" in alt
    assert "ONNX 模型（opset 17），在 torch 中运行" in alt
    assert "run in torch" not in alt


def test_what_is_no_model_is_said(tmp_path):
    (tmp_path / "a.onnx").write_bytes(b"no model")
    with pytest.raises(ModelError, match="is no ONNX model"):
        read_graph(tmp_path / "a.onnx")
    with pytest.raises(ModelError, match="there is no file"):
        lstmviz.draw(tmp_path / "b.onnx", "grid")
    with pytest.raises(ModelError, match=r"is a model, not a spec: lstmviz inspect .*a\.onnx, or draw"):
        lstmviz.load(str(tmp_path / "a.onnx"))


def test_inspect_takes_a_file(run, tmp_path):
    classifier(tmp_path / "words.onnx")
    code, out, err = run("inspect", "words.onnx", "--input", "4,7", "--kind", "grid", "--json")
    assert (code, err) == (0, "")
    assert json.loads(out)["stages"][1]["where"] == "words.onnx:8"
    assert (tmp_path / "output/words-grid.svg").is_file()
    assert run("inspect", "words.onnx", "-q")[0] == 0
    code, _, err = run("inspect", "words.onnx", "--call", "encode")
    assert code == 2
    assert "takes no --call" in err


def test_without_the_package_the_command_that_mends_it_is_said(tmp_path):
    (tmp_path / "a.onnx").write_bytes(b"")
    code = "import sys; sys.modules['onnx'] = None; import lstmviz; lstmviz.draw('a.onnx', 'grid')"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=tmp_path
    )
    assert "onnx is not installed: pip install 'lstmviz[onnx]'" in done.stderr
