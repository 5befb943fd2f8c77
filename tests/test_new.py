"""``lstmviz new``: specs to begin with, each of which can be drawn."""

from __future__ import annotations

import re

import pytest

import lstmviz
from lstmviz.cli.new import TEMPLATES, text_of
from tests.conftest import ROOT


def test_the_templates_are_the_files():
    files = (ROOT / "lstmviz/spec/templates").glob("*.yaml")
    assert {p.stem for p in files} == set(TEMPLATES)


@pytest.mark.parametrize("template", TEMPLATES)
def test_every_template_is_drawn_as_it_comes(run, template, tmp_path):
    code, out, err = run("new", template)
    assert (code, out) == (0, "")
    assert err == f"wrote {template}.yaml; draw it with: lstmviz render {template}.yaml\n"
    code, _, err = run("render", f"{template}.yaml", "--text", "plain")
    assert code == 0, err
    figures = lstmviz.load(tmp_path / f"{template}.yaml").figures
    assert len(list((tmp_path / "output").iterdir())) == len(figures) >= 2


@pytest.mark.parametrize("template", TEMPLATES)
def test_templates_explain_themselves(template):
    text = text_of(template)
    first, *rest = text.splitlines()
    assert re.fullmatch(r"# [A-Z].*[^.]\.", first)
    assert sum("#" in line for line in rest) >= 3
    assert max(map(len, text.splitlines())) <= 110


def test_a_file_that_is_there_stays(run, tmp_path):
    (tmp_path / "lstm.yaml").write_text("mine", "utf-8")
    code, _, err = run("new")
    assert code == 4
    assert "lstm.yaml: there is such a file already" in err
    assert (tmp_path / "lstm.yaml").read_text("utf-8") == "mine"


def test_a_name_of_ones_own(run, tmp_path):
    assert run("new", "gru", "deep/my.yaml")[0] == 0
    assert (tmp_path / "deep/my.yaml").read_text("utf-8") == text_of("gru")
    assert run("new", "my.yaml")[0] == 0
    assert (tmp_path / "my.yaml").read_text("utf-8") == text_of("lstm")


def test_to_stdout(run, tmp_path):
    assert run("new", "mlp", "-") == (0, text_of("mlp"), "")
    assert not list(tmp_path.iterdir())


def test_the_list(run):
    code, out, _ = run("new", "--list")
    assert code == 0
    assert [line.split()[0] for line in out.splitlines()] == list(TEMPLATES)
    assert all(30 < len(line) <= 110 for line in out.splitlines())


def test_a_misspelt_template(run, tmp_path):
    code, _, err = run("new", "bilstn")
    assert code == 2
    assert "did you mean 'bilstm'?" in err
    assert not list(tmp_path.iterdir())


def test_the_schema_is_named_where_it_is(run, tmp_path):
    (tmp_path / "lstmviz.schema.json").write_text(run("schema")[1], "utf-8")
    run("new")
    first, rest = (tmp_path / "lstm.yaml").read_text("utf-8").split("\n", 1)
    assert first == "# yaml-language-server: $schema=lstmviz.schema.json"
    assert rest == text_of("lstm")


def test_what_cannot_be_written(run, tmp_path):
    (tmp_path / "a").write_text("a file", "utf-8")
    assert run("new", "lstm", "a/b.yaml")[0] == 4
