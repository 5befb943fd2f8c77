"""What a model does that was probably not meant: said in one line, proven by the run, and silenced."""

from __future__ import annotations

import pytest
import torch
from torch import nn
from torch.nn.utils import rnn

import lstmviz
from lstmviz import pipeline
from lstmviz.figures.teaching import lessons
from lstmviz.proof.sentences import holds

DATA = "input: {batch_size: 4, timesteps: 6, features: 3%s}\nlayers: [%s]\n"
ONE = DATA.replace("timesteps: 6", "timesteps: 1")
FIRST = ", batch_first: true"
PADDED = ", batch_first: true, lengths: [6, 3, 2, 1]"
IMAGE = "input: {batch_size: 10, channels: 1, height: 8, width: 8}\nlayers: [view: [-1, 8, 8], lstm: 4]\n"
REVERSE = "at the last step, the reverse pass has made only one step; h_n holds the end of both directions"
TAUGHT = {
    "image": (IMAGE, "lstm takes axis 0 of (10, 8, 8) for time, and it counts samples: batch_first=False"),
    "traded": (
        DATA % (FIRST, "lstm: 8, permute: [1, 0, 2], gru: 5"),
        "gru takes axis 1 of (6, 4, 8) for time, and it counts samples: batch_first=True",
    ),
    "view": (
        DATA % ("", "lstm: 8, view: [N, 48], linear: 2"),
        "view mixes samples: rows of what it gives hold numbers of several",
    ),
    "padding": (
        DATA % (PADDED, "lstm: 8, flatten, linear: 2"),
        "flatten reads the padded steps too; last_step and pool_steps read the valid ones alone",
    ),
    "reverse": (
        DATA % (FIRST, "lstm: {hidden_size: 8, bidirectional: true}, last_step, linear: 2"),
        REVERSE,
    ),
}
HEADS = "{linear: 2, name: a}, {linear: 3, name: b, from: last_step}"
TAUGHT |= {
    "view without N": (
        DATA % ("", "lstm: 8, view: [-1, 16], linear: 2"),
        "view mixes samples: vectors that it gives hold numbers of several",
    ),
    "one vector": (
        DATA % ("", "lstm: 8, view: [-1], linear: 2"),
        "view mixes samples: vectors that it gives hold numbers of several",
    ),
    "padding, pooled by another": (
        DATA % (PADDED, "lstm: 8, linear: 4, adaptive_avg_pool1d: 1, flatten, linear: 2"),
        "adaptive_avg_pool1d reads the padded steps too; last_step and pool_steps read the valid ones alone",
    ),
    "reverse, below dropout": (
        DATA % (FIRST, "lstm: {hidden_size: 8, bidirectional: true}, dropout: 0.5, last_step, linear: 2"),
        REVERSE,
    ),
    "reverse, below two heads": (
        DATA % (FIRST, f"lstm: {{hidden_size: 8, bidirectional: true}}, last_step, {HEADS}"),
        REVERSE,
    ),
}  # fmt: skip
FINE = (
    DATA % (FIRST, "lstm: 8, linear: 1, view: [-1]"),
    DATA % (FIRST, "lstm: 8, reshape: [-1, 8], linear: 2"),
    DATA % ("", "lstm: 8, view: [-1, 8], linear: 2"),
    DATA % (FIRST, "lstm: 8, last_step, linear: 1, view: [-1]"),
    DATA % (FIRST, "lstm: 8, last_step, linear: 24, view: [N, 6, 4]"),
    DATA % (PADDED.replace("6, 3, 2, 1", "6, 6, 6, 6"), "lstm: 8, flatten, linear: 2"),
    DATA % (PADDED, "lstm: {hidden_size: 8, bidirectional: true}, last_state, linear: 2"),
    DATA % (PADDED, "lstm: 8, self_attention: 2, pool_steps: max, linear: 2"),
    ONE % (FIRST, "lstm: {hidden_size: 8, bidirectional: true}, last_step"),
    DATA % (FIRST, "lstm: 8, last_step, linear: 2"),
    DATA % (FIRST, "lstm: 8, flatten, linear: 2"),
    DATA % (FIRST, "lstm: 8, reshape: [N, 48], linear: 2"),
    DATA % (PADDED, "lstm: 8, pool_steps: mean, linear: 2"),
    DATA % (PADDED, "lstm: 8, linear: 2"),
    DATA % (FIRST, "lstm: {hidden_size: 8, bidirectional: true}, last_state, linear: 2"),
    IMAGE.replace("width: 8}", "width: 8, batch_first: true}"),
)


@pytest.mark.parametrize("name", TAUGHT)
def test_it_is_said_under_the_figure_and_on_stderr_and_proven(name, run, tmp_path):
    text, said = TAUGHT[name]
    file = tmp_path / "a.yaml"
    kind = "pipeline" if said == REVERSE else "tensors"
    file.write_text(f"{text}figures: [{kind}]\n")
    (proof,) = lstmviz.check(file)
    assert not proof.unproven
    code, _, found = run("render", str(file), "-o", str(tmp_path))
    assert code == 0
    assert f"note: {said}\n" in found
    assert said in " ".join(t.label.text for t in lstmviz.draw(file, kind).scene.texts)
    assert said not in run("render", str(file), "-o", str(tmp_path), "--quiet")[2]
    quiet = lstmviz.draw(file, kind, notes="off").scene
    assert said not in " ".join(t.label.text for t in quiet.texts)


@pytest.mark.parametrize("text", FINE)
def test_nothing_is_said_of_a_model_that_does_none_of_it(text):
    trace = lstmviz.shapes(text).trace
    assert lessons(trace) == []
    for name, (other, _) in TAUGHT.items():
        for one in lessons(lstmviz.shapes(other).trace):
            assert not _holds(trace, one), name


def _holds(trace, lesson):
    return holds(trace, lesson.id, lesson.given)


def test_a_kind_that_says_it_in_a_place_of_its_own_says_it_once():
    text = TAUGHT["reverse"][0]
    said = "the reverse pass has made only one step"
    for kind in ("grid", "unrolled"):
        scene = pipeline.draw(text, kind).scene
        assert " ".join(t.label.text for t in scene.texts).count(said) == 1


@pytest.mark.parametrize("layers", [1, 2])
def test_of_the_step_that_is_taken_only_figures_speak_that_draw_it(layers):
    text = TAUGHT["reverse"][0].replace("bidirectional", f"num_layers: {layers}, bidirectional")
    of = " of layer 1" if layers > 1 else ""
    for kind in ("pipeline", "grid", "tensors", "weights", "activity", "influence"):
        told = " ".join(t.label.text for t in pipeline.draw(text, kind).scene.texts)
        assert (f"the reverse pass{of} has made only one step" in told) == (kind in {"pipeline", "grid"})


def test_check_says_it_once_and_quiet_silences_it(run, tmp_path):
    text, said = TAUGHT["view"]
    file = tmp_path / "a.yaml"
    file.write_text(f"{text}figures: [tensors, grid]\n")
    code, out, err = run("check", str(file))
    assert code == 0
    assert err.count(f"note: {said}\n") == 1
    assert "arrows" in out
    code, out, err = run("check", str(file), "--quiet")
    assert (code, out, err) == (0, "", "")


def test_without_notes_a_pipeline_says_nothing_of_mixed_samples():
    text, _ = TAUGHT["view"]
    said = {
        notes: " ".join(t.label.text for t in lstmviz.draw(text, "pipeline", notes=notes).scene.texts)
        for notes in ("auto", "off")
    }
    assert ("mixes" in said["auto"], "mixes" in said["off"]) == (True, False)
    (proof,) = lstmviz.check(f"{text}figures: [{{kind: pipeline, notes: off}}]\n")
    assert proof.answer == "proven", proof


def test_a_sheet_says_it_of_each_model_that_it_shows(run, tmp_path):
    for name in ("reverse", "view"):
        (tmp_path / f"{name}.yaml").write_text(TAUGHT[name][0])
    own = DATA % (FIRST, "lstm: 8, last_step, linear: 2")
    panels = "{spec: reverse.yaml, kind: pipeline}, {spec: view.yaml, kind: tensors}"
    sheet = tmp_path / "sheet.yaml"
    sheet.write_text(f"{own}figures: [{{sheet: [[{panels}], [tensors]], width: slide}}]\n")
    code, _, err = run("render", str(sheet), "-o", str(tmp_path))
    assert code == 0
    (proof,) = lstmviz.check(sheet)
    texts = " ".join(t.label.text for t in lstmviz.draw(sheet, "sheet").scene.texts)
    for name in ("reverse", "view"):
        first = TAUGHT[name][1].partition(";")[0].partition(":")[0]
        assert first in err
        assert texts.count(first) == 1
    assert len(proof.lessons) == 2


@pytest.mark.parametrize("kind", ["rolled", "unfold"])
def test_of_the_last_step_nothing_is_said_where_its_stage_is_not_drawn(kind):
    scene = pipeline.draw(TAUGHT["reverse"][0], kind).scene
    assert "reverse pass" not in " ".join(t.label.text for t in scene.texts)


@pytest.mark.parametrize("layer", [0, 2])
def test_which_layer_of_several_is_drawn_stands_under_it(layer):
    scene = pipeline.draw(DATA % ("", "lstm: {hidden_size: 4, num_layers: 3}"), "rolled", layer=layer).scene
    said = f"Layer {layer} of 3, marked ({layer}); each layer has its own weights and states."
    assert said in {t.label.text for t in scene.texts}
    trace = lstmviz.shapes(DATA % ("", "lstm: {hidden_size: 4, num_layers: 3}")).trace
    assert not any("another" in t.label.text for t in scene.texts)
    given = {"layer": "lstm", "depth": layer, "n": layer, "count": 3}
    assert holds(trace, "layer.depth-of", tuple(given.items()))
    for wrong in ({"n": 1}, {"count": 2}):
        assert not holds(trace, "layer.depth-of", tuple({**given, **wrong}.items()))


@pytest.mark.parametrize(("lengths", "own"), [("[4, 2, 3]", True), ("[3, 3, 3]", True), ("[4, 4, 4]", False)])
def test_samples_that_end_apart_are_not_said_to_end_at_the_last_step(lengths, own):
    text = (
        f"input: {{batch_size: 3, timesteps: 4, features: 5, lengths: {lengths}}}\n"
        "layers:\n  - lstm: {hidden_size: 6, bidirectional: true}\n"
    )
    scene = pipeline.draw(text, "rolled").scene
    said = {t.label.text for t in scene.texts}
    assert ("last step" in said, "t = T = 4" in said) == (own, not own)
    assert ("after each sample's own last step" in scene.description) == own
    trace = lstmviz.shapes(text).trace
    for name, way in (("enters", "rev"), ("leaves", "fwd")):
        given = {"layer": "lstm", "depth": 0, "way": way}
        assert holds(trace, f"chain.{name}-ragged", tuple(given.items())) == own
        assert holds(trace, f"chain.{name}-last", tuple({**given, "n": 4}.items())) != own


def test_a_stage_that_shares_its_box_is_drawn():
    layers = "{lstm: {hidden_size: 8, bidirectional: true}}, last_step, dropout: 0.5, linear: 2"
    scene = lstmviz.draw(DATA % (FIRST, layers), "pipeline").scene
    assert not any(node.id == "stage.last_step" for node in scene.nodes)
    assert REVERSE in " ".join(text.label.text for text in scene.texts)


class RowByRow(nn.Module):
    """A layer over padded sequences, and a Linear on its steps as rows, (T, N, H) to (T·N, H) and back."""

    def __init__(self) -> None:
        super().__init__()
        self.rnn, self.linear = nn.GRU(3, 4), nn.Linear(4, 2)

    def forward(self, x, lengths):
        output, _ = rnn.pad_packed_sequence(self.rnn(rnn.pack_padded_sequence(x, lengths))[0])
        return self.linear(output.view(-1, 4)).view(*x.shape[:2], 2)


def test_steps_that_become_rows_beside_the_samples_are_not_made_into_one():
    inputs = (torch.randn(5, 3, 3), torch.tensor([5, 4, 2]))
    assert lessons(lstmviz.shapes(RowByRow(), inputs=inputs).trace) == []
