"""The library: load, draw, render, shapes, and files written whole."""

from __future__ import annotations

import dataclasses
import os
from pathlib import Path

import pytest

import lstmviz
from lstmviz import writer
from lstmviz.errors import ChoiceError, FigureError, ModelError, OutputError, SpecError

MAPPING = {
    "input": {"batch_size": 6, "timesteps": 4, "features": 3},
    "layers": [{"lstm": {"hidden_size": 16, "num_layers": 2}}],
    "figures": ["rolled", {"kind": "unfold", "name": "both", "width": "column", "title": "Own title"}],
    "style": {"theme": "dark"},
}


def test_a_spec_comes_from_a_path_a_text_or_a_mapping(small):
    from_path = lstmviz.load(small)
    assert lstmviz.load(str(small)) == from_path
    assert lstmviz.load(small.read_text("utf-8")) == from_path
    assert lstmviz.load(from_path) is from_path
    assert lstmviz.load(MAPPING).layers == from_path.layers


def test_draw_by_kind_or_by_the_name_in_the_spec():
    named = lstmviz.draw(MAPPING, "both")
    assert (named.scene.kind, named.scene.title, named.theme) == ("unfold", "Own title", "dark")
    by_kind = lstmviz.draw(MAPPING, "unfold", theme="print")
    assert (by_kind.scene.kind, by_kind.theme) == ("unfold", "print")
    assert by_kind.scene.width != named.scene.width
    assert lstmviz.draw(MAPPING, "both", title="Other").scene.title == "Other"


def test_what_is_not_there_is_said_with_a_guess():
    with pytest.raises(ChoiceError, match="did you mean 'rolled'"):
        lstmviz.draw(MAPPING, "roled")
    with pytest.raises(ChoiceError, match="did you mean 'width'"):
        lstmviz.draw(MAPPING, "rolled", widht="column")
    with pytest.raises(SpecError) as caught:
        lstmviz.load({**MAPPING, "layers": [{"lstm": {"hiden_size": 3}}]})
    assert caught.value.problems[0].path.endswith("hiden_size")


def test_a_figure_that_cannot_be_says_which_can():
    mlp = {"input": {"batch_size": 5, "features": 3}, "layers": [{"linear": 4}]}
    with pytest.raises(FigureError) as caught:
        lstmviz.draw(mlp, "rolled")
    assert "rolled" not in caught.value.can


def test_a_model_that_cannot_run_is_a_model_error():
    with pytest.raises((ModelError, SpecError)):
        lstmviz.shapes({**MAPPING, "layers": [{"lstm": 16}, {"view": [5, 7]}]})


def test_every_format_is_the_same_bytes_twice():
    fig = lstmviz.draw(MAPPING, "rolled")
    again = lstmviz.draw(MAPPING, "rolled")
    assert fig == again
    assert fig.svg == again.svg
    assert fig.pdf == again.pdf
    assert fig.png(dpi=96) == again.png(dpi=96)
    assert fig.png().startswith(b"\x89PNG")
    assert fig.pdf.startswith(b"%PDF")
    assert fig.json == again.json
    assert fig.alt in fig.json


def test_a_figure_never_changes():
    fig = lstmviz.draw(MAPPING, "rolled")
    with pytest.raises(dataclasses.FrozenInstanceError):
        fig.theme = "dark"


def test_a_notebook_gets_svg_and_pdf():
    fig = lstmviz.draw(MAPPING, "rolled")
    bundle, _ = fig._repr_mimebundle_(include=None, exclude=None)
    assert bundle["image/svg+xml"] == fig._repr_svg_() == fig.svg
    assert bundle["application/pdf"] == fig.pdf


def test_save_takes_the_format_from_the_name(tmp_path):
    fig = lstmviz.draw(MAPPING, "rolled")
    paths = fig.save(tmp_path / "a.svg", str(tmp_path / "new/b.PDF"))
    assert paths == [tmp_path / "a.svg", tmp_path / "new/b.PDF"]
    assert paths[0].read_text("utf-8") == fig.svg
    with pytest.raises(OutputError, match=r"must end in one of \.svg"):
        fig.save(tmp_path / "c.svg", tmp_path / "c.jpg")
    assert not (tmp_path / "c.svg").exists()


def test_draw_into_axes_of_the_users_own():
    from matplotlib.figure import Figure as Canvas

    ax = Canvas().subplots()
    lstmviz.draw(MAPPING, "rolled").draw(ax)
    assert len(ax.get_children()) > 10


def test_shapes_are_those_of_torch(small):
    seen = lstmviz.shapes(small)
    assert seen.tensors["h_n"] == (2, 6, 16)
    assert seen.parameters["weight_ih_l0"] == (64, 3)
    stage = seen.stages[0]
    assert (stage.name, stage.type, stage.inputs[0], stage.outputs[0]) == (
        "lstm",
        "lstm",
        (4, 6, 3),
        (4, 6, 16),
    )
    assert seen.to_dict()["tensors"]["h_n"] == [2, 6, 16]


def test_render_gives_the_paths_written_or_unchanged(small, tmp_path):
    out = tmp_path / "img"
    expected = [out / "small-rolled.svg", out / "small-rolled.json"]
    for _ in range(2):
        assert lstmviz.render(small, output=out, formats=["svg", "json"], kinds=["rolled"]) == expected


def test_render_draws_what_it_can_and_then_raises(small, tmp_path):
    with pytest.raises(SpecError):
        lstmviz.render([tmp_path / "none.yaml", small], output=tmp_path / "img", kinds=["rolled"])
    assert (tmp_path / "img/small-rolled.svg").is_file()


def test_without_figures_every_kind_that_can_is_drawn(tmp_path):
    spec = {name: MAPPING[name] for name in ("input", "layers")}
    names = {path.stem for path in lstmviz.render(spec, output=tmp_path)}
    assert {"spec-rolled", "spec-unrolled", "spec-unfold", "spec-cube"} <= names


@pytest.mark.parametrize("name", ["../x", "a/b", "a\\b", "..", ".hidden", "", "a\0b", "a\nb"])
def test_a_figures_name_is_no_path(name):
    with pytest.raises(OutputError):
        writer.file_name("spec", name, "svg")


def test_an_error_leaves_the_old_file_whole(tmp_path, monkeypatch):
    path = tmp_path / "a.svg"
    path.write_bytes(b"old")

    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OutputError, match="No space left"):
        writer.write(path, b"new")
    assert path.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["a.svg"]


def test_a_kill_before_the_rename_leaves_nothing_behind(tmp_path, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        writer.write(tmp_path / "a.svg", b"new")
    assert list(tmp_path.iterdir()) == []


def test_a_written_file_has_the_rights_of_any_new_file(tmp_path):
    (tmp_path / "plain").write_bytes(b"")
    writer.write(tmp_path / "a.svg", b"new")
    assert (tmp_path / "a.svg").stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_a_folder_in_the_way_is_said(tmp_path):
    with pytest.raises(OutputError, match="is a directory"):
        writer.write(tmp_path, b"new")


def test_a_figure_is_chosen_by_its_name_before_its_kind(tmp_path):
    spec = {
        "input": {"timesteps": 3, "features": 2},
        "layers": [{"rnn": 4}],
        "figures": ["grid", {"kind": "grid", "name": "narrow", "width": "column"}, "rolled"],
    }
    for only, drawn in (("grid", ["grid"]), ("narrow", ["narrow"]), ("rolled", ["rolled"])):
        paths = lstmviz.render(spec, output=tmp_path, figures=[only])
        assert [path.stem.rpartition("-")[2] for path in paths] == drawn
