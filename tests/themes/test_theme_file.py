"""A user's own theme file: what it may say, where it is looked for, what is refused."""

from __future__ import annotations

import pickle
import re
from pathlib import Path

import pytest

import lstmviz
from lstmviz.themes import PARTS, ROLES, THEMES, load_theme
from lstmviz.themes.file import contrast, pairs, read_theme

SPEC = "input: {timesteps: 3, features: 3}\nlayers: [lstm: 4]\nfigures: [rolled]\n"
OWN = 'extends: light\nroles:\n  hidden: {stroke: "#0B3D91"}\n'


def written(folder, text, name="lab.yaml"):
    path = folder / name
    path.write_text(text, "utf-8")
    return path


def problems(folder, text):
    with pytest.raises(lstmviz.SpecError) as caught:
        read_theme(written(folder, text))
    return [(p.code, p.span.line, p.span.column, p.hint or "") for p in caught.value.problems]


def test_a_file_that_extends_a_theme_changes_only_what_it_says(tmp_path):
    theme = read_theme(written(tmp_path, OWN))
    assert theme.name == "lab"
    assert theme.colours == {**load_theme("light").colours, "hidden.stroke": "#0b3d91"}


def test_a_file_may_say_everything_itself(tmp_path):
    dark = load_theme("dark").colours
    lines = [f'{name}: "{dark[name]}"' for name in ("ground", "ink", "muted", "hatch")]
    lines += ["name: night", "roles:"]
    lines += [f'  {r}: {{stroke: "{dark[f"{r}.stroke"]}", fill: "{dark[f"{r}.fill"]}"}}' for r in ROLES]
    theme = read_theme(written(tmp_path, "\n".join(lines)))
    assert (theme.name, theme.colours) == ("night", dark)


@pytest.mark.parametrize(
    ("text", "code", "place", "hint"),
    [
        ("extends: lihgt\n", "bad-value", (1, 10), "'light'"),
        ('extends: light\ninc: "#000000"\n', "unknown-key", (2, 1), "'ink'"),
        ('extends: light\nroles:\n  hiden: {stroke: "#0B3D91"}\n', "unknown-key", (3, 3), "'hidden'"),
        ('extends: light\nroles: {cell: {fil: "#FFFFFF"}}\n', "unknown-key", (2, 16), "'fill'"),
        ('extends: light\nink: "#000"\n', "bad-value", (2, 6), ""),
        ("extends: light\nink: black\n", "bad-value", (2, 6), ""),
        ("extends: light\nink: 12\n", "bad-value", (2, 6), ""),
        ('extends: light\nink: "#00000g"\n', "bad-value", (2, 6), ""),
        ('extends: light\nink: "#000000\\n"\n', "bad-value", (2, 6), ""),
        ("extends: light\nink: #000000\n", "bad-value", (2, 1), '"#000000"'),
        ("extends: light\nroles: {cell: {fill: #FFFFFF}}\n", "syntax", (2, 30), '"#FFFFFF"'),
        ('extends: light\nink: "#000000"\nink: "#111111"\n', "duplicate-key", (3, 1), ""),
        ('extends: light\nmuted: "#CCCCCC"\n', "contrast", (2, 8), "#767676"),
        ('extends: light\nroles: {cell: {fill: "#101010"}}\n', "contrast", (2, 22), ""),
        ("- light\n", "bad-type", (1, 1), ""),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_at_its_place(tmp_path, text, code, place, hint):
    found = problems(tmp_path, text)
    said = [h for c, line, column, h in found if (c, (line, column)) == (code, place)]
    assert said, found
    assert hint in said[0]


def test_all_problems_at_once_and_what_is_missing_with_the_way_out(tmp_path):
    found = problems(tmp_path, 'ground: "#FFFFFF"\nroles: {hidden: {stroke: "#0B3D91"}}\n')
    assert len(found) == 3 + 6 + 1
    assert all(code == "missing-key" and "extends" in hint for code, _, _, hint in found)


@pytest.mark.parametrize(
    ("file", "listed"),
    [
        ("lstmviz/cli/looks.py", ", ".join(THEMES)),
        ("lstmviz/figures/base.py", ", ".join(THEMES)),
        ("lstmviz/spec/templates/lstm.yaml", ", ".join(THEMES)),
        ("docs/style.md", f"| {' | '.join(f'`{name}`' for name in THEMES)} |"),
    ],
)
def test_every_list_of_the_themes_names_them_all(file, listed):
    assert listed in (Path(__file__).parents[2] / file).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", THEMES)
def test_the_shipped_themes_pass_what_a_file_must(name):
    colours = load_theme(name).colours
    assert [(a, b) for a, b, least in pairs() if contrast(colours[a], colours[b]) < least] == []


def test_the_hint_of_a_faint_colour_is_one_that_passes(tmp_path):
    hint = problems(tmp_path, 'extends: light\nmuted: "#CCCCCC"\n')[0][3]
    better = re.search(r"#[0-9A-F]{6}", hint)[0]
    read_theme(written(tmp_path, f'extends: light\nmuted: "{better}"\n'))


def test_a_theme_beside_the_spec_is_found_from_anywhere(tmp_path, run):
    folder = tmp_path / "specs"
    folder.mkdir()
    written(folder, OWN)
    spec = written(folder, SPEC + "style: {theme: lab.yaml}\n", "a.yaml")
    assert run("render", spec, "-o", "out")[0] == 0
    assert "#0b3d91" in (tmp_path / "out" / "a-rolled.svg").read_text()
    assert run("render", spec, "-o", "out", "--check")[0] == 0
    written(folder, OWN.replace("0B3D91", "0B3D92"))
    assert run("render", spec, "-o", "out", "--check")[0] == 1


def test_the_option_looks_in_the_working_directory_first(tmp_path, run):
    folder = tmp_path / "specs"
    folder.mkdir()
    spec = written(folder, SPEC, "a.yaml")
    written(folder, OWN)
    assert run("render", spec, "--theme", "lab.yaml", "-o", "out")[0] == 0
    assert "#0b3d91" in (tmp_path / "out" / "a-rolled.svg").read_text()
    written(tmp_path, OWN.replace("0B3D91", "7A0019"))
    assert run("render", spec, "--theme", "lab.yaml", "-o", "out")[0] == 0
    assert "#7a0019" in (tmp_path / "out" / "a-rolled.svg").read_text()


def test_a_file_that_is_not_there(tmp_path, run):
    spec = written(tmp_path, SPEC + "style: {theme: none.yaml}\n", "a.yaml")
    code, _, said = run("render", spec, "-o", "out")
    assert code == 1
    assert "a.yaml:4:16: error[bad-value]: there is no theme file 'none.yaml'" in said
    assert run("render", spec, "--theme", "lihgt")[0] == 2


def test_problems_of_the_theme_name_the_theme_file(tmp_path, run):
    written(tmp_path, "extends: light\nink: black\n")
    spec = written(tmp_path, SPEC, "a.yaml")
    code, _, said = run("render", spec, "--theme", "lab.yaml")
    assert code == 1
    assert "lab.yaml:2:6: error[bad-value]" in said
    assert not (tmp_path / "output").exists()


def test_every_format_and_both_backends_take_it(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    written(tmp_path, OWN)
    for backend in ("graphviz", "matplotlib"):
        figure = lstmviz.draw(SPEC, "rolled", theme="lab.yaml", backend=backend)
        assert "#0b3d91" in figure.svg
        assert "#0b3d91" in figure.dot
        assert figure.pdf.startswith(b"%PDF")
        assert figure.png(dpi=72) == figure.png(dpi=72)
        assert pickle.loads(pickle.dumps(figure)).svg == figure.svg
    assert hash(figure) == hash(pickle.loads(pickle.dumps(figure)))


def test_parts_are_what_themes_have():
    for name in THEMES:
        assert {f"{r}.{p}" for r in ROLES for p in PARTS} <= load_theme(name).colours.keys()
