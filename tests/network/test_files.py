"""Weights and values from files beside a spec: data only, held against the run, told by content."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import lstmviz
from lstmviz.errors import SpecError

SPEC = """\
input: {batch_size: 2, timesteps: 3, features: 2, batch_first: true, values: x.npy}
layers: [{lstm: 4}, last_step, {linear: 1}]
weights: w.pt
figures: [{kind: activity, sample: 1}]
"""
SIZES = {
    "lstm.weight_ih_l0": (16, 2), "lstm.weight_hh_l0": (16, 4), "lstm.bias_ih_l0": (16,),
    "lstm.bias_hh_l0": (16,), "linear.weight": (1, 4), "linear.bias": (1,),
}  # fmt: skip
X = np.linspace(-1, 1, 12).reshape(2, 3, 2)


def state(seed=0, **others):
    luck = torch.Generator().manual_seed(seed)
    return {name: torch.randn(others.get(name, size), generator=luck) for name, size in SIZES.items()}


@pytest.fixture
def beside(tmp_path):
    """A spec with good files beside it."""
    np.save(tmp_path / "x.npy", X)
    torch.save(state(), tmp_path / "w.pt")
    (tmp_path / "a.yaml").write_text(SPEC)
    return tmp_path


def refused(folder, text=SPEC):
    (folder / "a.yaml").write_text(text)
    with pytest.raises(SpecError) as caught:
        lstmviz.check(folder / "a.yaml")
    (problem,) = caught.value.problems
    return problem


def test_the_trained_model_is_drawn_on_its_own_data_and_proven(beside):
    (proof,) = lstmviz.check(beside / "a.yaml")
    assert not proof.faults
    assert not proof.unproven
    figure = lstmviz.draw(beside / "a.yaml", "activity")
    assert any("the weights of w.pt, on the input of x.npy" in t.label.text for t in figure.scene.texts)
    given = [plot.values for plot in figure.scene.plots if plot.id in {"x.0", "x.1"}]
    assert np.allclose(np.array(given), X[1].T, atol=1e-3)


def test_another_content_of_a_file_of_the_same_name_is_another_figure(beside):
    digest = lstmviz.draw(beside / "a.yaml", "activity").digest()
    torch.save(state(1), beside / "w.pt")
    second = lstmviz.draw(beside / "a.yaml", "activity").digest()
    np.save(beside / "x.npy", X * 0.5)
    assert len({digest, second, lstmviz.draw(beside / "a.yaml", "activity").digest()}) == 3


def test_a_table_is_read_line_by_line_with_a_head_or_without(beside):
    lines = [",".join(map(str, row)) for row in X.reshape(6, 2)]
    text = SPEC.replace("x.npy", "x.csv")
    (beside / "a.yaml").write_text(text)
    made = []
    for head in ([], ["open,close"]):
        (beside / "x.csv").write_text("\n".join([*head, *lines]))
        made.append(lstmviz.draw(beside / "a.yaml", "activity").digest())
    assert made[0] == made[1]
    (beside / "x.csv").write_text("\n".join([*lines[:4], "1,two", lines[5]]))
    assert refused(beside, text).message == "x.csv:5: no number in column 2"
    (beside / "x.csv").write_text("\n".join(lines[:4]))
    assert refused(beside, text).message == "x.csv has 4 rows of 2 numbers, but the input (2, 3, 2) needs 6"
    (beside / "x.csv").write_text("\n".join([*lines, "nan,0"]))
    assert "more than 6 rows" in refused(beside, text).message


def test_values_that_do_not_fit_name_both_shapes_at_their_place(beside):
    np.save(beside / "x.npy", X[:, :2])
    problem = refused(beside)
    assert problem.message == "x.npy is (2, 2, 2), but the input is (2, 3, 2)"
    assert (problem.span.line, problem.path) == (1, "input.values")
    np.save(beside / "x.npy", np.where(X[1, 0, 1] == X, np.inf, X))
    assert refused(beside).message == "x.npy has a value at [1, 0, 1] that is no number"
    np.save(beside / "x.npy", np.array([{}], dtype=object), allow_pickle=True)
    assert "data" in refused(beside).message


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"linear.weight": (2, 4)}, "linear.weight is (2, 4) in w.pt, but (1, 4) in the model"),
        ({"linear.bias": None}, "w.pt has no linear.bias (1,)"),
        ({"fc.weight": (3, 4)}, "fc.weight (3, 4) of w.pt is not in the model"),
    ],
)
def test_weights_that_do_not_fit_name_both_shapes_at_their_place(beside, change, words):
    found = state() | {name: torch.zeros(size) for name, size in change.items() if size}
    torch.save(
        {name: one for name, one in found.items() if change.get(name, ()) is not None}, beside / "w.pt"
    )
    problem = refused(beside)
    assert (problem.message, problem.span.line, problem.path) == (words, 3, "weights")


def test_a_layer_that_the_file_calls_otherwise_is_told(beside):
    torch.save({name.replace("linear", "head"): one for name, one in state().items()}, beside / "w.pt")
    assert refused(beside).hint == "it has head.weight: give the layer the name 'head'"
    torch.save({name.replace("linear", "head"): one for name, one in state().items()}, beside / "w.pt")
    (beside / "a.yaml").write_text(SPEC.replace("{linear: 1}", "{linear: 1, name: head}"))
    lstmviz.check(beside / "a.yaml")


def test_a_module_around_all_layers_is_left_out(beside):
    torch.save({f"model.{name}": one for name, one in state().items()}, beside / "w.pt")
    lstmviz.check(beside / "a.yaml")
    torch.save(
        {f"model.{name.replace('linear', 'fc')}": one for name, one in state().items()}, beside / "w.pt"
    )
    assert refused(beside).hint == "it has fc.weight: give the layer the name 'fc'"


class Harmful:
    def __reduce__(self):
        return eval, ("1/0",)


def test_nothing_in_a_file_is_run(beside):
    torch.save(Harmful(), beside / "w.pt")
    assert refused(beside).message.startswith("w.pt holds more than weights")


@pytest.mark.parametrize(
    ("old", "new", "words", "hint"),
    [
        ("x.npy", "y.npy", "there is no file y.npy", "did you mean 'x.npy'?"),
        ("w.pt", "w.pth", "there is no file w.pth", "did you mean 'w.pt'?"),
        ("w.pt", "w.py", "'weights' is a file .safetensors, .pt, .pth or .bin, not 'w.py'", None),
    ],
)
def test_a_file_that_is_not_there_is_said_with_what_was_meant(beside, old, new, words, hint):
    problem = refused(beside, SPEC.replace(old, new))
    assert (problem.message, problem.hint) == (words, hint)
